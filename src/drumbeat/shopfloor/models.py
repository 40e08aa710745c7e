"""The shop floor's facts: what machines did, second by second, and what came off them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, choice, moment, number, refer, text


class MachineEvent(Coded):
    """A time that a machine spent in one state."""

    class State(models.TextChoices):
        RUN = "run"
        SETUP = "setup"
        DOWN = "down"
        MAINTENANCE = "maintenance"
        BLOCKED = "blocked"
        STARVED = "starved"
        IDLE = "idle"

    resource = refer("plant.Resource")
    state = choice(State, "What it was doing")
    starts_at = moment("Start", required=True)
    ends_at = moment("End; empty = still so")
    reason = text("Why, e.g. the failure")
    order = refer("orders.Order", required=False)

    class Meta:
        indexes = [models.Index(fields=["resource", "starts_at"], name="machine_event_when")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")),
                name="machine_event_ends_after_start",
            ),
        ]


class ProductionReport(Coded):
    """What a machine or crew made in a time: good, scrap and rework."""

    resource = refer("plant.Resource", required=False)
    order = refer("orders.Order", required=False)
    operation = refer("plant.Operation", required=False)
    item = refer("plant.Item", required=False)
    person = refer("people.Person", required=False)
    starts_at = moment("Start", required=True)
    ends_at = moment("End", required=True)
    good = number("Good units", default=0)
    scrap = number("Units scrapped", default=0)
    rework = number("Units sent to rework", default=0)

    class Meta:
        indexes = [models.Index(fields=["resource", "starts_at"], name="production_report_when")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gte=F("starts_at")), name="production_report_ends_after_start"),
        ]
