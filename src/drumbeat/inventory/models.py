"""Inventory: stock by item and site, and the lots in it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Table, choice, day, number, refer


class Stock(Table):
    """Usable stock of an item at a site."""

    key_columns = ("item", "site")

    item = refer("plant.Item")
    site = refer("plant.Site")
    quantity = number("Units on hand", default=0)
    safety_stock = number("Stock kept here; empty = that of the item", required=False)
    storage_maximum = number(
        "Units that its tank or store holds: what is made waits for room; empty = no bound", low=0.0001, required=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "site"], name="stock_key"),
            models.CheckConstraint(
                condition=Q(storage_maximum__isnull=True) | Q(storage_maximum__gte=F("quantity")),
                name="stock_within_storage",
            ),
        ]


class Lot(Coded):
    """A quantity of an item made or bought together; part of the site's stock unless blocked."""

    class State(models.TextChoices):
        RELEASED = "released"
        BLOCKED = "blocked"

    item = refer("plant.Item")
    site = refer("plant.Site")
    order = refer("orders.Order", required=False, help_text="Order that made it")
    quantity = number("Units left", default=0)
    expires_on = day("Last day of use; empty = keeps")
    state = choice(State, "Usable or blocked", default=State.RELEASED)
