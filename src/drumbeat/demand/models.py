"""Demand: who wants what by when, what they wanted before, and what sales is about to do."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Named, Table, choice, day, moment, money, number, refer


class Customer(Named):
    """Somebody who buys."""

    region = refer("plant.Region", required=False)
    priority = number("Importance: 2 counts twice as much as 1", default=1, low=0.0001)


class DemandLine(Coded):
    """A customer's order for an item, or a forecast that stands in for one."""

    class State(models.TextChoices):
        OPEN = "open"
        DELIVERED = "delivered"
        CANCELLED = "cancelled"

    class Kind(models.TextChoices):
        ORDER = "order"
        FORECAST = "forecast"

    customer = refer("demand.Customer", required=False)
    kind = choice(Kind, "Order or forecast", default=Kind.ORDER)
    item = refer("plant.Item")
    site = refer("plant.Site", help_text="Site that delivers")
    quantity = number("Units wanted")
    due_at = moment("Wanted by", required=True)
    delivered_at = moment("Delivered")
    priority = number("Importance: 2 counts twice as much as 1", default=1, low=0.0001)
    price = money("Price of a unit; empty = the item's", required=False, default=None)
    order = refer("orders.Order", required=False, help_text="Order that makes it, where it is made to order")
    state = choice(State, "Where it is", default=State.OPEN)


class DemandHistory(Table):
    """What was wanted of an item in a past period."""

    key_columns = ("item", "site", "period_start")

    item = refer("plant.Item")
    site = refer("plant.Site")
    period_start = day("First day of the period", required=True)
    quantity = number("Units wanted in the period")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "site", "period_start"], name="demand_history_key"),
        ]


class Promotion(Named):
    """Something that sales will do, or did, to raise demand."""

    item = refer("plant.Item")
    site = refer("plant.Site", required=False)
    starts_on = day("First day", required=True)
    ends_on = day("Last day", required=True)
    uplift = number("Demand during it against usual: 1.3 = 30 % more", default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="promotion_ends_after_start"),
        ]
