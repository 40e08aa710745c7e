"""What planning may know of items beyond their bills: what comes out beside them, what may stand in for them, and how
much their orders may be changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Table, choice, day, money, number, refer, whole


class ByProduct(Table):
    """What comes out beside an item whenever it is made: it serves its own demand before anything is bought or made."""

    key_columns = ("item", "product")

    item = refer("plant.Item", help_text="Item that is made")
    product = refer("plant.Item", help_text="Item that comes out beside it")
    quantity_per = number("Units of the product for each good unit of the item", low=0.000001)
    is_co_product = models.BooleanField(
        default=False,
        help_text="Whether more of the item is made where the product runs short and is not to be had otherwise",
    )
    cost_share = number("Share of the cost of making that the product bears", default=0, high=1)
    routing = refer("plant.Routing", required=False, help_text="Only when made by this routing; empty = by any")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "product"], name="by_product_key")]


class Substitute(Table):
    """An item that may stand in for another one, at the same site."""

    class Use(models.TextChoices):
        WHEN_LATE = "when_late"
        STOCK_FIRST = "stock_first"
        USE_UP = "use_up"

    key_columns = ("item", "substitute", "position")

    item = refer("plant.Item", help_text="Item that is replaced")
    substitute = refer("plant.Item", help_text="Item that stands in for it")
    position = whole("Tells apart lines of different validity or use", default=1)
    used_in = refer("plant.Item", required=False, help_text="Only on the bill of this item; empty = everywhere")
    ratio = number("Units of the substitute for one unit of the item", default=1, low=0.000001)
    priority = whole("Preferred first: 1 before 2", default=1)
    use = choice(
        Use,
        "when_late: its spare stock, where the item comes too late; stock_first: its spare stock before the item is "
        "ordered; use_up: the item is not ordered any more, what is left of it is used up, then the substitute",
        default=Use.WHEN_LATE,
    )
    valid_from = day("First day; empty = always was")
    valid_to = day("Last day; empty = no end")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "substitute", "position"], name="substitute_key"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="substitute_ends_after_start",
            ),
        ]


class StabilityRule(Coded):
    """How little is not worth a change of an order: messages below it are counted and kept back."""

    item = refer("plant.Item", required=False, help_text="Item whose orders it is about; empty = all others")
    within_days = number(
        "[d] Holds for orders promised within so many days from now (the fence); empty = for all", required=False
    )
    least_move_days = number("[d] An order is not moved by less", default=0)
    least_change_share = number("Share of an order below which its quantity is not split", default=0, high=1)
    most_changes = whole(
        "Changes of orders of an item at a site that are promised in one week, at most; empty = any", required=False
    )
    remember_days = number(
        "[d] most_changes counts what earlier plans asked for, so many days back; 0 = each plan by itself", default=0
    )
    change_cost = money("Cost of a change: an order is deferred or cancelled only where that saves more")
