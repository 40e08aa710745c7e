"""Initiatives: what could be changed, at what cost, in which order; what there is to spend; roadmaps that were made."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Coded, Named, Table, choice, day, money, number, refer, text, whole
from drumbeat.plant.models import is_currency


class Function(models.TextChoices):
    PRODUCTION = "production"
    ENGINEERING = "engineering"
    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    HR = "hr", "HR"
    PROCUREMENT = "procurement"
    FINANCE = "finance"
    SALES = "sales"


class Initiative(Named):
    """An improvement or investment that could be made: what it takes, when, and how sure its effect is."""

    site_id: str | None

    class Kind(models.TextChoices):
        DEBOTTLENECK = "debottleneck"
        RELIABILITY = "reliability"
        QUALITY = "quality"
        LABOUR = "labour"
        RESILIENCE = "resilience"
        OUTSOURCING = "outsourcing"
        CAPEX = "capex"
        NEW_LINE = "new_line"
        NEW_SITE = "new_site"

    class State(models.TextChoices):
        PROPOSED = "proposed"
        COMMITTED = "committed"
        DONE = "done"
        DROPPED = "dropped"

    kind = choice(Kind, "What kind of improvement it is", default=Kind.DEBOTTLENECK)
    state = choice(
        State, "A committed one is in every roadmap; one that is done or dropped is in none", default=State.PROPOSED
    )
    function = choice(Function, "Function that owns it", default=Function.PRODUCTION)
    owner = text("Person who answers for it")
    site = refer("plant.Site", required=False, help_text="Site where it works; empty = several")
    currency = models.CharField(
        max_length=3,
        blank=True,
        default="",
        help_text="Currency; empty = that of the site, or the company",
    )
    earliest_start = day("First day on which it can start; empty = at once")
    latest_start = day("Last day on which it can start; empty = any")
    duration_weeks = number("[week] From its start until its effect begins", default=0, high=520)
    ramp_weeks = number("[week] From there until the effect is full, evenly", default=0, high=520)
    engineering_weeks = number("[week] Work of engineers while it is built", default=0)
    downtime_resource = refer("plant.Resource", required=False, help_text="Machine that stands while it is built")
    downtime_hours = number("[h] Hours for which that machine stands", default=0)
    saving_per_year = money("Saving or income of a year in full force that no machine's hours show", low=None)
    running_cost_per_year = money("What it costs a year while its effect is in force")
    success_probability = number("Probability that it works once its gates are passed", default=1, high=1)
    effect_low = number("Share of the stated effect that comes at the worst", default=1, high=10)
    effect_likely = number("Share that comes most likely", default=1, high=10)
    effect_high = number("Share that comes at the best", default=1, high=10)
    cost_spread = number("Standard deviation of its cost, as a share of it", default=0, high=5)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(latest_start__isnull=True)
                | Q(earliest_start__isnull=True)
                | Q(latest_start__gte=F("earliest_start")),
                name="initiative_latest_after_earliest",
            ),
            models.CheckConstraint(
                condition=Q(effect_likely__gte=F("effect_low")), name="initiative_effect_likely_above_low"
            ),
            models.CheckConstraint(
                condition=Q(effect_high__gte=F("effect_likely")), name="initiative_effect_high_above_likely"
            ),
        ]


class InitiativeChange(Table):
    """One change that an initiative makes to the plant, as a what-if would."""

    key_columns = ("initiative", "position")

    initiative = refer("strategy.Initiative")
    position = whole("Order in which changes are made", default=10)
    change = text(
        'The change as JSON, such as {"kind": "plant.AddMachine", "code": "MILL-09", "like": "MILL-01"}',
        length=1000,
        required=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "position"], name="initiative_change_key")]


class InitiativeCost(Table):
    """What an initiative costs in a month since its start."""

    key_columns = ("initiative", "month", "function")

    initiative = refer("strategy.Initiative")
    month = whole("[month] Month since its start, 1 = the first", low=1, high=240)
    function = choice(Function, "Function whose budget pays", default=Function.PRODUCTION)
    amount = money("Amount, in the initiative's currency", default=None)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "month", "function"], name="initiative_cost_key")]


class InitiativeLink(Table):
    """What an initiative requires to be built before it starts, or what it excludes."""

    class Kind(models.TextChoices):
        REQUIRES = "requires"
        EXCLUDES = "excludes"

    key_columns = ("initiative", "other")

    initiative = refer("strategy.Initiative")
    other = refer("strategy.Initiative", help_text="Initiative that is required, or excluded")
    kind = choice(Kind, "Whether the other is built before, or never", default=Kind.REQUIRES)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["initiative", "other"], name="initiative_link_key")]


class StageGate(Named):
    """A point at which an initiative goes on or is stopped: what is spent later is saved."""

    initiative = refer("strategy.Initiative")
    month = whole("[month] Month since its start at whose end it is decided", low=1, high=240)
    pass_probability = number("Probability that it passes", default=1, high=1)
    criterion = text("What must be shown", length=300)


class ImprovementBudget(Table):
    """What a function may spend on initiatives in a period, which ends where its next row begins."""

    class Payer(models.TextChoices):
        ALL = "all"
        PRODUCTION = "production"
        ENGINEERING = "engineering"
        MAINTENANCE = "maintenance"
        QUALITY = "quality"
        HR = "hr", "HR"
        PROCUREMENT = "procurement"
        FINANCE = "finance"
        SALES = "sales"

    key_columns = ("period_start", "function")

    period_start = day("First day of the period", required=True)
    function = choice(Payer, "Function that may spend it; all = of all functions together", default=Payer.ALL)
    amount = money("Amount for the whole period", default=None)
    currency = models.CharField(max_length=3, default="EUR", validators=[is_currency], help_text="Currency")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period_start", "function"], name="improvement_budget_key")]


class Absorption(Table):
    """How much change the organisation can take from a day on, until its next row."""

    key_columns = ("valid_from",)

    valid_from = day("First day", required=True)
    engineering_weeks_per_month = number("[week] Work of engineers that there is for initiatives in a month")
    most_at_once = whole("Initiatives that can be under way at a time", default=3, low=1, high=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["valid_from"], name="absorption_key")]


class DemandOutlook(Coded):
    """A way in which demand may go on from a day on, after another: together they form a tree."""

    after = refer("strategy.DemandOutlook", required=False, help_text="What went before; empty = today's demand")
    starts_on = day("First day", required=True)
    probability = number("Probability, given what went before; those after the same one sum to 1", high=1)
    demand_factor = number("Demand against today's: 1.2 = a fifth more", default=1, high=100)
    name = text("Name for people")


class RoadmapPlan(models.Model):
    """A roadmap that was made: the terms, the chosen one, and all that the page shows."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    terms = models.JSONField(default=dict)
    summary = models.JSONField(default=dict, help_text="Headline figures")
    content = models.JSONField(default=dict, help_text="Roadmaps, curves, comparisons and reasons")

    class Meta:
        ordering = ["-id"]
