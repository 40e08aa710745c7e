"""Sourcing: suppliers, the terms on which they deliver, and purchase orders past and open."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Named, Table, choice, day, moment, money, number, refer, text, whole

DAY_NAME = "(mon|tue|wed|thu|fri|sat|sun)"
are_weekdays = RegexValidator(
    rf"^({DAY_NAME}(, *{DAY_NAME})*)?$", "Days are written like: tue, fri (mon tue wed thu fri sat sun)."
)


class Supplier(Named):
    """Somebody from whom items are bought."""

    country = text("Country, ISO 3166 code", length=2)
    delivery_days = models.CharField(
        max_length=40, blank=True, default="", validators=[are_weekdays],
        help_text="Weekdays on which he delivers, e.g. tue, fri; empty = any",
    )  # fmt: skip
    truck_kg = number("[kg] What a truck carries; 0 = any", default=0)
    truck_m3 = number("[m3] What a truck holds; 0 = any", default=0)
    truck_pallets = number("Pallets on a truck; 0 = any", default=0)
    truck_cost = money("Cost of a truck, full or not")


class SupplyTerm(Table):
    """Terms on which a supplier delivers an item; several lines with rising `quantity_from` are price breaks.

    A supplier with the code of a site stands for transfers from that site.
    """

    key_columns = ("supplier", "item", "site", "quantity_from", "position")

    supplier = refer("sourcing.Supplier")
    item = refer("plant.Item")
    site = refer("plant.Site")
    quantity_from = number("Order quantity from which this line's price holds", default=0)
    position = whole("Tells apart lines of different validity", default=1)
    price = money("Price of a unit")
    order_minimum = number("Smallest order", default=0)
    order_multiple = number("Orders are multiples of this; 0 = any", default=0)
    lead_time_days = number("[d] Usual time from order to receipt", default=0)
    lead_time_spread_days = number("[d] Standard deviation of the lead time, as agreed or believed", default=0)
    expedite_days = number("[d] Time from order to receipt when hurried; empty = cannot be hurried", required=False)
    expedite_cost = money("Cost of hurrying an order")
    capacity_per_week = number("Units a week at most; empty = no limit", required=False)
    priority = whole("Preferred first: 1 before 2", default=1)
    sends_components = models.BooleanField(
        default=False,
        help_text="Whether he makes it of components that we send him: the item's bill is needed when it is ordered",
    )
    valid_from = day("First day; empty = always was")
    valid_to = day("Last day; empty = no end")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "item", "site", "quantity_from", "position"], name="supply_term_key"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="supply_term_ends_after_start",
            ),
        ]


class PurchaseOrder(Coded):
    """A purchase, or a transfer from another site."""

    class State(models.TextChoices):
        OPEN = "open"
        RECEIVED = "received"
        CANCELLED = "cancelled"

    supplier = refer("sourcing.Supplier", required=False, help_text="Empty for a transfer")
    from_site = refer("plant.Site", required=False, help_text="Site that sends it, for a transfer")
    item = refer("plant.Item")
    site = refer("plant.Site", help_text="Site that receives it")
    quantity = number("Units ordered")
    price = money("Price of a unit")
    ordered_at = moment("Ordered")
    due_at = moment("Promised", required=True)
    received_at = moment("Received")
    received_quantity = number("Units received", required=False)
    is_frozen = models.BooleanField(
        default=False, help_text="Whether neither its day nor its quantity may be changed any more"
    )
    state = choice(State, "Where it is", default=State.OPEN)
