"""Plans as they were made: what to make, buy or move, and what to do about what is already on order."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from drumbeat.planning.kept_tables import PeopleWeek as PeopleWeek
from drumbeat.planning.kept_tables import PlacedStock as PlacedStock
from drumbeat.planning.kept_tables import PurchaseTruck as PurchaseTruck
from drumbeat.planning.kept_tables import StockPlacement as StockPlacement


class Plan(models.Model):
    """One run of the planning engine on one version of the data."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    horizon_start = models.DateTimeField()
    summary = models.JSONField(default=dict, help_text="Counts and the findings of the run")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Plan {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class PlannedOrder(models.Model):
    """A proposal to make, buy or move."""

    class Method(models.TextChoices):
        MAKE = "make"
        BUY = "buy"
        MOVE = "move"
        REPLACE = "replace"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="orders")
    code = models.CharField(max_length=140)
    method = models.CharField(max_length=10, choices=Method.choices)
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    source = models.CharField(max_length=120, blank=True, help_text="Supplier or sending site")
    quantity = models.FloatField()
    start_at = models.DateTimeField()
    due_at = models.DateTimeField()
    demand = models.CharField(max_length=120, blank=True, help_text="First demand that it serves")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="planned_order_key")]


class ActionMessage(models.Model):
    """What a planner should do about an order that exists, or about a demand that cannot be met."""

    class Kind(models.TextChoices):
        NEW = "new"
        EXPEDITE = "expedite"
        DEFER = "defer"
        CANCEL = "cancel"
        SHORT = "short"
        SPLIT = "split"
        REPLACE = "replace"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="actions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=140, help_text="Code of the order or demand concerned")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    from_at = models.DateTimeField(null=True, blank=True)
    to_at = models.DateTimeField(null=True, blank=True)
    quantity = models.FloatField()
    reason = models.CharField(max_length=300)
    held_back = models.CharField(
        max_length=200, blank=True, help_text="Stability rule that keeps it back; empty = none"
    )


class MachineLoad(models.Model):
    """How loaded a machine is by a plan, over its whole horizon."""

    class Kind(models.TextChoices):
        FREE = "free"
        NEAR_BOTTLENECK = "near-bottleneck"
        BOTTLENECK = "bottleneck"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="machine_loads")
    resource = models.CharField(max_length=120)
    name = models.CharField(max_length=200, blank=True)
    site = models.CharField(max_length=120)
    line = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    peak = models.FloatField(null=True, help_text="Highest work until a week / usable hours until then; empty = none")
    peak_week = models.DateTimeField()
    overload_hours = models.FloatField(help_text="Most hours that cannot be done in time")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "resource"], name="machine_load_key")]


class WeekLoad(models.Model):
    """Load and usable capacity of a machine in a week of a plan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="week_loads")
    resource = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    week_start = models.DateTimeField()
    open_hours = models.FloatField()
    care_hours = models.FloatField(help_text="Taken by bookings and planned maintenance")
    breakdown_hours = models.FloatField(help_text="Expected to be lost to breakdowns")
    usable_hours = models.FloatField()
    run_hours = models.FloatField()
    setup_hours = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "resource", "week_start"], name="week_load_key")]


class MasterPlan(models.Model):
    """A plan of quantities, overtime and shifts by week at the least cost."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    terms = models.JSONField(default=dict, help_text="Horizon, rates and limits that it was made with")
    cost = models.FloatField()
    bound = models.FloatField(help_text="No plan is cheaper than this")
    cost_parts = models.JSONField(default=dict)
    budget_worth = models.JSONField(default=dict, help_text="Money that one more of the budget saves, by week's day")
    findings = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Master plan {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class MasterHours(models.Model):
    """Hours of a machine in a week of a master plan, and what one more would be worth."""

    master = models.ForeignKey(MasterPlan, models.CASCADE, related_name="hours")
    week_start = models.DateTimeField()
    resource = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    usable = models.FloatField(help_text="After the work of orders under way")
    planned = models.FloatField()
    overtime = models.FloatField()
    shifts = models.FloatField()
    worth = models.FloatField(help_text="Money that one more hour would save")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["master", "resource", "week_start"], name="master_hours_key")]


class MasterQuantity(models.Model):
    """What a master plan makes, buys, moves or has worked on in a week."""

    master = models.ForeignKey(MasterPlan, models.CASCADE, related_name="quantities")
    week_start = models.DateTimeField()
    how = models.CharField(max_length=10)
    item = models.CharField(max_length=120, blank=True)
    site = models.CharField(max_length=120)
    source = models.CharField(max_length=120, blank=True, help_text="Routing, supplier, sending site or machine")
    quantity = models.FloatField()
    worth = models.FloatField(default=0, help_text="Money that one more unit of its limit would save; 0 = none binds")


class MasterStock(models.Model):
    """What is wanted, delivered, in stock and late at the end of a week of a master plan."""

    master = models.ForeignKey(MasterPlan, models.CASCADE, related_name="stocks")
    week_start = models.DateTimeField()
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    wanted = models.FloatField()
    delivered = models.FloatField()
    stock = models.FloatField()
    late = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["master", "item", "site", "week_start"], name="master_stock_key")
        ]


class StockReview(models.Model):
    """One review of stock policies on one version of the data."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    terms = models.JSONField(default=dict, help_text="Fill rates and assumptions that it was made with")
    findings = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Stock review {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class StockPolicy(models.Model):
    """What a review proposes for an item at a site, and what is there now."""

    review = models.ForeignKey(StockReview, models.CASCADE, related_name="policies")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    how = models.CharField(max_length=10, blank=True)
    stock_class = models.CharField(max_length=2)
    policy = models.CharField(max_length=2, default="sQ", help_text="sQ, sS or RS: how it is ordered")
    unit_cost = models.FloatField()
    weekly = models.FloatField(help_text="Mean units that go out in a week")
    weekly_spread = models.FloatField(help_text="Their standard deviation")
    lead_weeks = models.FloatField()
    lead_spread_weeks = models.FloatField()
    fill_target = models.FloatField()
    lot = models.FloatField(help_text="Units ordered at once, in the mean")
    reorder_at = models.FloatField(help_text="Stock on hand and on order at or below which to order")
    up_to = models.FloatField(help_text="The same after ordering")
    safety = models.FloatField(help_text="Safety stock proposed")
    safety_now = models.FloatField()
    fill_now = models.FloatField(help_text="Share of demand that the present safety stock meets")
    stock = models.FloatField()
    cover_weeks = models.FloatField(null=True)
    excess = models.FloatField()
    obsolete = models.FloatField()
    excess_money = models.FloatField()
    obsolete_money = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "item", "site"], name="stock_policy_key")]


class Material(models.Model):
    """What a plan lets an item at a site have, week by week."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="materials")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    stock = models.FloatField(help_text="Usable units on hand when the plan was made")
    safety = models.FloatField(help_text="Units that planning keeps in stock")
    wanted = models.FloatField(help_text="Units that demands and orders take in all weeks shown")
    coming = models.FloatField(help_text="Units that orders under way bring in them")
    planned = models.FloatField(help_text="Units that planned orders bring in them")
    lowest = models.FloatField(help_text="Lowest stock at the end of a week")
    short_at = models.DateTimeField(null=True, help_text="First week at whose end less than nothing is there")
    low_at = models.DateTimeField(null=True, help_text="First week at whose end less than the safety stock is there")
    weeks = models.JSONField(default=dict, help_text="Lists by week from the plan's start: wanted, coming, planned")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "item", "site"], name="material_key")]
        indexes = [models.Index(fields=["plan", "short_at", "low_at", "item"], name="material_short_first")]


class Peg(models.Model):
    """Units of a supply that a demand, an order or a planned order takes."""

    class Taker(models.TextChoices):
        DEMAND = "demand"
        ORDER = "order"
        PLANNED = "planned"

    class Supply(models.TextChoices):
        STOCK = "stock"
        ORDER = "order"
        PLANNED = "planned"

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="pegs")
    taker_kind = models.CharField(max_length=10, choices=Taker.choices)
    taker = models.CharField(max_length=140)
    taker_item = models.CharField(max_length=120)
    taker_site = models.CharField(max_length=120)
    supply_kind = models.CharField(max_length=10, choices=Supply.choices)
    supply = models.CharField(max_length=140, blank=True, help_text="Code of the order; empty for stock")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    quantity = models.FloatField()
    needed_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True, help_text="When the supply can be there; empty for stock, or never")

    class Meta:
        indexes = [
            models.Index(fields=["plan", "taker_kind", "taker"], name="peg_down"),
            models.Index(fields=["plan", "item", "site", "supply"], name="peg_up"),
            models.Index(fields=["plan", "taker_item", "taker_site"], name="peg_maker"),
        ]


class LateDemand(models.Model):
    """A demand that a plan cannot meet in time, and why."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="late_demands")
    demand = models.CharField(max_length=140)
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    quantity = models.FloatField()
    due_at = models.DateTimeField(null=True)
    ready_at = models.DateTimeField(null=True, help_text="When all of it can be there; empty = never")
    late_days = models.FloatField(null=True, help_text="Empty = never")
    cause = models.CharField(max_length=300)
    chain = models.JSONField(default=list, help_text="What it waits for, what that waits for, and so on")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "demand"], name="late_demand_key")]


class FollowUp(models.Model):
    """Who looks after a late demand, and how far it is; it outlives the plan that found it late."""

    class State(models.TextChoices):
        OPEN = "open"
        DOING = "doing"
        DONE = "done"

    demand = models.CharField(max_length=140, unique=True)
    site = models.CharField(max_length=120)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="follow_ups")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    remedy = models.CharField(max_length=300, blank=True, help_text="What the person is asked to bring about")
    note = models.CharField(max_length=500, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)


class PurchaseLine(models.Model):
    """A line of a purchase that a plan proposes."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="purchases")
    order = models.CharField(max_length=20, help_text="Lines of one number go to one supplier together")
    supplier = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    item = models.CharField(max_length=120)
    needed = models.FloatField(help_text="Units that the plan needs")
    quantity = models.FloatField(help_text="Units to order")
    price = models.FloatField()
    money = models.FloatField()
    order_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300)
    planned_order = models.CharField(max_length=140)


class FinitePlan(models.Model):
    """When each demand can be delivered, machines and material looked at together."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    findings = models.JSONField(default=dict, help_text="What it does not look at")
    is_importance_first = models.BooleanField(
        default=False, help_text="Whether the more important demand was served first, whatever is due when"
    )
    lessons = models.JSONField(default=dict, help_text="What a schedule before it taught the plan; promises keep to it")
    passes = models.JSONField(default=list, help_text="Late demands of each pass, which of them is kept, and why")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Finite plan {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class FiniteDelivery(models.Model):
    """When a finite plan delivers a demand, and what it waits for longest."""

    plan = models.ForeignKey(FinitePlan, models.CASCADE, related_name="deliveries")
    demand = models.CharField(max_length=140)
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    quantity = models.FloatField()
    due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True, help_text="Empty = never")
    late_days = models.FloatField(null=True, help_text="0 = on time, empty = never delivered")
    reason = models.CharField(max_length=300, blank=True, help_text="What it waits for longest; empty where on time")


class FinitePurchase(models.Model):
    """By when a finite plan needs something bought."""

    plan = models.ForeignKey(FinitePlan, models.CASCADE, related_name="purchases")
    code = models.CharField(max_length=140)
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    source = models.CharField(max_length=120)
    quantity = models.FloatField()
    order_at = models.DateTimeField(null=True, help_text="The latest moment")
    arrives_at = models.DateTimeField(null=True)
