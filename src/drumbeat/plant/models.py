"""The plant: where we produce, with what, and how each item is made."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import (
    Coded,
    Named,
    Table,
    choice,
    day,
    moment,
    money,
    number,
    refer,
    text,
    whole,
)
from drumbeat.plant.plan_tables import ByProduct as ByProduct
from drumbeat.plant.plan_tables import StabilityRule as StabilityRule
from drumbeat.plant.plan_tables import Substitute as Substitute

is_currency = RegexValidator(r"^[A-Z]{3}$", "A currency is three capital letters, such as EUR.")


def is_time_zone(value: str) -> None:
    """Accept the names of the IANA time zone database only."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is no time zone; write one such as Europe/Berlin or UTC.")


class Weekday(models.TextChoices):
    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class Company(Named):
    """The enterprise."""

    currency = models.CharField(
        max_length=3, default="EUR", validators=[is_currency], help_text="Currency of its reports"
    )
    as_of = moment("Moment that the data describe; empty = now")
    late_hour_cost = money(
        "What it costs that an order of priority 1 is an hour late: the price against which schedules weigh setup "
        "costs, overtime, pay while waiting and what is left out; empty = only lateness counts",
        default=None,
        required=False,
    )
    overtime_hour_cost = money("What an hour of a machine costs more in overtime")
    is_set_up_ahead = models.BooleanField(
        default=False, help_text="Whether machines are set up before the piece of work has come (external setup)"
    )
    is_importance_first = models.BooleanField(
        default=False, help_text="Whether the finite plan serves the more important demand first, whatever is due when"
    )


class Region(Named):
    """Several sites under one regional manager."""

    company = refer("plant.Company", required=False)


class Calendar(Named):
    """When something is open: weekly shifts in the site's local time, and dated exceptions."""


class CalendarShift(Table):
    """A weekly shift: open from start to end on one weekday; an end at or before the start is on the next day."""

    key_columns = ("calendar", "weekday", "start")

    calendar = refer("plant.Calendar")
    weekday = choice(Weekday, "Weekday on which the shift starts")
    start = models.TimeField(help_text="Local time at which the shift starts")
    end = models.TimeField(help_text="Local time at which it ends; 00:00 = midnight")
    level = whole("Multiplies the capacity of what follows this calendar", default=1, low=1)
    is_overtime = models.BooleanField(
        default=False, help_text="Whether it is overtime; what a shift without overtime covers is not"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "weekday", "start"], name="calendar_shift_key"),
        ]


class CalendarException(Table):
    """A dated exception: closed (a holiday, an inspection) or open (an extra shift)."""

    key_columns = ("calendar", "starts_at", "is_open")

    calendar = refer("plant.Calendar")
    starts_at = moment("Start of the exception", required=True)
    ends_at = moment("End of the exception", required=True)
    is_open = models.BooleanField(default=False, help_text="Whether it opens (true) or closes (false)")
    is_overtime = models.BooleanField(default=False, help_text="Whether what it opens is overtime")
    reason = text("Why")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "starts_at", "is_open"], name="calendar_exception_key"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="calendar_exception_ends_after_start"),
        ]


class Site(Named):
    """A plant, a studio or a warehouse."""

    class Kind(models.TextChoices):
        PLANT = "plant"
        STUDIO = "studio"
        WAREHOUSE = "warehouse"

    region = refer("plant.Region", required=False)
    kind = choice(Kind, "What the site is", default=Kind.PLANT)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[is_time_zone],
        help_text="IANA time zone, e.g. Europe/Berlin",
    )
    currency = models.CharField(
        max_length=3, default="EUR", validators=[is_currency], help_text="Currency of its costs"
    )


class Line(Named):
    """A production line or department of a site."""

    site = refer("plant.Site")
    keeps_sequence = models.BooleanField(
        default=False, help_text="Whether its machines take the orders in one sequence: nobody overtakes"
    )


class SetupMatrix(Named):
    """How long it takes to change a machine from one setup family to another."""


class SetupChange(Table):
    """One entry of a setup matrix; what is not listed takes no time. "*" stands for any family."""

    key_columns = ("setup_matrix", "from_family", "to_family")

    setup_matrix = refer("plant.SetupMatrix")
    from_family = text("Family set up before; * = any", length=60, required=True)
    to_family = text("Family to set up; * = any", length=60, required=True)
    minutes = number("[min] Working time of the change")
    cost = money("Cost of the change in material and scrap, labour excluded")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["setup_matrix", "from_family", "to_family"], name="setup_change_key"),
        ]


class Resource(Named):
    """What work needs: a machine, tool, room, crew, person slot or subcontractor."""

    class Kind(models.TextChoices):
        MACHINE = "machine"
        TOOL = "tool"
        ROOM = "room"
        CREW = "crew"
        PERSON = "person"
        SUBCONTRACTOR = "subcontractor"

    site = refer("plant.Site")
    line = refer("plant.Line", required=False)
    kind = choice(Kind, "What it is", default=Kind.MACHINE)
    capability = text("What it can do; operations ask for a capability", length=60)
    capacity = whole("Tasks at a time", default=1, low=1, high=1_000_000)
    calendar = refer("plant.Calendar", required=False, help_text="When it is open; empty = always")
    setup_matrix = refer("plant.SetupMatrix", required=False, help_text="Its changeover times; empty = none")
    set_up_for = text("Setup family it is set up for now", length=60)
    setup_crew = refer(
        "plant.Resource", required=False, help_text="Resource (a crew) of which one unit is held during its setups"
    )
    is_batch = models.BooleanField(
        default=False,
        help_text="Whether tasks of one setup family run in it together, as in an oven; capacity is what it holds",
    )
    most_campaign_hours = number(
        "[h] Run time in one setup family in a row after which it is cleaned; empty = never",
        low=0.01,
        required=False,
    )
    clean_minutes = number("[min] Working time of the cleaning after a campaign", default=0)
    queue_places = whole(
        "Lots that may wait before it; what finds no place stays on the machine before and blocks it; empty = any",
        high=1_000_000,
        required=False,
    )
    cost_per_hour = money("Cost of an hour of work")
    is_paid_when_idle = models.BooleanField(
        default=False,
        help_text="Whether its hours cost money while it waits (talent), or are sunk (a machine)",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_campaign_hours__isnull=True) | Q(capacity=1) | Q(is_batch=True),
                name="resource_campaign_one_at_a_time",
            ),
        ]


class Item(Named):
    """What is made, bought, assembled on the way or delivered."""

    class Kind(models.TextChoices):
        MAKE = "make"
        BUY = "buy"
        PHANTOM = "phantom"
        DELIVERABLE = "deliverable"

    class LotRule(models.TextChoices):
        AS_NEEDED = "as_needed"
        FIXED = "fixed"
        BY_PERIOD = "by_period"
        ECONOMIC = "economic"
        ECONOMIC_PERIOD = "economic_period"
        LEAST_COST = "least_cost"
        SILVER_MEAL = "silver_meal"
        FOR_EACH = "for_each"

    class Lifecycle(models.TextChoices):
        CONCEPT = "concept"
        ACTIVE = "active"
        PHASE_OUT = "phase_out"
        RETIRED = "retired"

    kind = choice(Kind, "How it comes into being", default=Kind.MAKE)
    unit = models.CharField(max_length=20, default="pc", help_text="Unit of all its quantities")
    cost = money("Standard cost of one unit")
    price = money("Usual sales price of one unit")
    lead_time_days = number("[d] Time from order to stock where nothing better is known", default=0)
    lot_minimum = number("Smallest lot", default=0)
    lot_multiple = number("Lots are multiples of this; 0 = any quantity", default=0)
    lot_maximum = number("Largest lot; empty = any", required=False)
    lot_rule = choice(
        LotRule,
        "How needs are put together: one by one; always lot_minimum; those of lot_days; the economic order quantity, "
        "or the needs of so long as it lasts on average; the least cost; or for_each: made to order, each need its own",
        default=LotRule.AS_NEEDED,
    )
    lot_days = number(
        "[d] by_period: an order covers the needs of so long; least_cost, silver_meal: length of a period", default=7
    )
    order_cost = money("Cost of placing one order, or of setting up one lot")
    holding_rate = number("Share of its standard cost that keeping a unit for a year costs", default=0.2)
    safety_days = number("[d] Safety time: how long before its need an order is to arrive", default=0)
    frozen_days = number(
        "[d] Frozen fence: no planned order arrives, and none on its way is moved, within so long from now", default=0
    )
    forecast_fence_days = number(
        "[d] Within so long from now only customers' orders are planned for, forecasts are not", default=0
    )
    safety_stock = number("Stock kept at each site where it is stocked, unless the stock row says otherwise", default=0)
    weight_kg = number("[kg] Weight of a unit, packed; 0 = not known", default=0)
    volume_m3 = number("[m3] Volume of a unit, packed; 0 = not known", default=0)
    units_per_pallet = number("Units on a pallet; 0 = not known", default=0)
    setup_family = text("Setup family of its operations", length=60)
    lifecycle = choice(Lifecycle, "Where in its life it is", default=Lifecycle.ACTIVE)


class Revision(Coded):
    """A revision of an item: its drawing, bill of material or brief, valid for a time; it never changes."""

    item = refer("plant.Item")
    label = text("Revision as people write it, e.g. B", length=20, required=True)
    valid_from = day("First day; empty = always was")
    valid_to = day("Last day; empty = no end")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="revision_ends_after_start",
            ),
        ]


class BillLine(Table):
    """One component of an item's bill of material."""

    key_columns = ("item", "component", "position")

    item = refer("plant.Item", help_text="Item that is made")
    component = refer("plant.Item", help_text="Item that goes into it")
    position = whole("Position on the bill", default=10)
    quantity_per = number("Units of the component in one unit of the item")
    scrap = number("Share of the component that is lost, 0 to below 1", default=0, high=0.99)
    revision = refer("plant.Revision", required=False, help_text="Only in this revision; empty = in all")
    valid_from = day("First day; empty = always was")
    valid_to = day("Last day; empty = no end")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "component", "position"], name="bill_line_key"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="bill_line_ends_after_start",
            ),
        ]


class Routing(Named):
    """A way to make an item at a site: its operations in order."""

    item = refer("plant.Item")
    site = refer("plant.Site")
    revision = refer("plant.Revision", required=False, help_text="Only for this revision; empty = for all")
    priority = whole("Preferred first: 1 before 2", default=1)


class Operation(Named):
    """A step of a routing."""

    routing = refer("plant.Routing")
    sequence = whole("Order within the routing")
    capability = text("Capability that its machine must have; empty = see operation_resource", length=60)
    setup_minutes = number("[min] Setup for a lot, whatever was made before", default=0)
    run_minutes = number("[min] Run time of one unit", default=0)
    lot_minutes = number("[min] Run time of a lot, whatever its size", default=0)
    wait_minutes = number("[min] Least wait after it (cooling, transport), elapsed", default=0)
    most_wait_minutes = number(
        "[min] Most wait between its end and the start of the next operation, elapsed; 0 = no wait; empty = any",
        required=False,
    )
    setup_family = text("Setup family; empty = that of the item", length=60)
    operation_yield = number("Share of what is started that comes out good, above 0", default=1, low=0.0001, high=1)
    scrap_drift = number(
        "Share by which its scrap grows with each hour that its machine works since its last planned care",
        default=0,
        high=100,
    )
    transfer_lot = number(
        "Units handed on together so that the next operation may overlap; 0 = the whole lot", default=0
    )
    can_pause = models.BooleanField(default=True, help_text="Whether it pauses while its machine is closed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["routing", "sequence"], name="operation_sequence_key"),
            models.CheckConstraint(
                condition=Q(most_wait_minutes__isnull=True) | Q(most_wait_minutes__gte=F("wait_minutes")),
                name="operation_most_wait_at_least_wait",
            ),
        ]


class OperationResource(Table):
    """A resource on which an operation can run; alternatives share a need, different needs are all held at once."""

    key_columns = ("operation", "need", "resource")

    operation = refer("plant.Operation")
    resource = refer("plant.Resource")
    need = models.CharField(
        max_length=30,
        default="machine",
        help_text="What it is needed as: machine, tool, room; one of each need",
    )
    units = whole("Units of the resource held", default=1, low=1, high=1_000_000)
    speed = number("Speed against the operation's standard: 2 = twice as fast", default=1, low=0.0001)
    priority = whole("Preferred first: 1 before 2", default=1)
    spends = money("What choosing it takes from the order's budget, for the whole task")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "need", "resource"], name="operation_resource_key"),
        ]
