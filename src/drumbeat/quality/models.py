"""Quality: what is measured, what was measured, and what did not conform."""

from __future__ import annotations

from django.db import models

from drumbeat.data.table import Coded, Named, choice, moment, money, number, refer, text, whole


class Characteristic(Named):
    """Something measured on an item."""

    item = refer("plant.Item")
    operation = refer("plant.Operation", required=False)
    unit = text("Unit of its values", length=20)
    target = number("Target", low=None, required=False)
    lower = number("Lower limit; empty = none", low=None, required=False)
    upper = number("Upper limit; empty = none", low=None, required=False)


class Sample(Coded):
    """One measured value."""

    characteristic = refer("quality.Characteristic")
    order = refer("orders.Order", required=False)
    taken_at = moment("When", required=True)
    subgroup = whole("Values of one subgroup share this number", default=0)
    value = number("Measured value", low=None)


class Nonconformance(Coded):
    """Something that did not conform, found somewhere between receipt and the customer."""

    class Stage(models.TextChoices):
        INCOMING = "incoming"
        PROCESS = "process"
        FINAL = "final"
        CUSTOMER = "customer"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    item = refer("plant.Item", required=False)
    order = refer("orders.Order", required=False)
    resource = refer("plant.Resource", required=False)
    found_at = moment("When", required=True)
    stage = choice(Stage, "Where it was found", default=Stage.PROCESS)
    quantity = number("Units concerned", default=1)
    cause = text("Cause, as far as known")
    cost = money("Cost of it")
    state = choice(State, "Where it is", default=State.OPEN)
