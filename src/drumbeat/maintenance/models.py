"""Maintenance: how machines fail, what care they are due, and what of it is done or put off."""

from __future__ import annotations

from django.db import models

from drumbeat.data.table import Coded, Named, choice, moment, money, number, refer, whole


class FailureMode(Named):
    """A way in which a resource fails, and how long it takes to repair."""

    class Distribution(models.TextChoices):
        EXPONENTIAL = "exponential"
        WEIBULL = "weibull"
        LOGNORMAL = "lognormal"
        GAMMA = "gamma"
        FIXED = "fixed"

    class Clock(models.TextChoices):
        CALENDAR = "calendar"
        BUSY = "busy"

    resource = refer("plant.Resource")
    clock = choice(Clock, "Whether it ages all the time or only while the resource works", default=Clock.BUSY)
    distribution = choice(Distribution, "Of the time between repair and failure", default=Distribution.EXPONENTIAL)
    mean_hours = number("[h] Mean time between repair and failure", low=0.0001)
    shape = number("Weibull or gamma shape, or lognormal sigma; ignored otherwise", default=1, low=0.01, high=100)
    repair_distribution = choice(Distribution, "Of the repair time", default=Distribution.LOGNORMAL)
    repair_mean_hours = number("[h] Mean time to repair", low=0)
    repair_shape = number(
        "Weibull or gamma shape, or lognormal sigma; ignored otherwise", default=0.6, low=0.01, high=100
    )
    repair_priority = whole("Repaired first where a crew has several to repair: 1 before 2", default=1)
    spare = refer("plant.Item", required=False, help_text="Item of which a repair uses up one unit; it waits for it")


class MaintenancePlan(Named):
    """Care that a resource is due at intervals."""

    resource = refer("plant.Resource")
    skill = refer("people.Skill", required=False, help_text="Skill that it takes")
    interval_days = number("[d] Time between two of them", low=0.01)
    duration_minutes = number("[min] Length", low=0)
    wear_growth = number(
        "How much more often the resource fails once this care is an interval late: 0.5 = half as often again, in "
        "proportion before, at most three times as often; empty = not known",
        high=100,
        required=False,
    )


class MaintenanceOrder(Coded):
    """One piece of maintenance, due, done or put off."""

    class Kind(models.TextChoices):
        PREVENTIVE = "preventive"
        CORRECTIVE = "corrective"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        DEFERRED = "deferred"
        CANCELLED = "cancelled"

    resource = refer("plant.Resource")
    plan = refer("maintenance.MaintenancePlan", required=False)
    kind = choice(Kind, "Planned care or repair", default=Kind.PREVENTIVE)
    due_at = moment("Due", required=True)
    starts_at = moment("Started")
    ends_at = moment("Ended")
    crew_hours = number("[h] Work that it takes", default=0)
    cost = money("Cost of parts and outside help")
    state = choice(State, "Where it is", default=State.OPEN)
