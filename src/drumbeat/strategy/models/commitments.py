"""What is promised and what became of it, what each function puts first, and what the KPIs are measured against."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import Named, Table, choice, day, money, number, refer, text
from drumbeat.plant.models import is_currency
from drumbeat.strategy.models.roadmap import Function


class Commitment(Named):
    """Something promised: what, by when, at which cost and for which benefit; later, what became of it."""

    function = choice(Function, "Function that made it", default=Function.PRODUCTION)
    owner = text("Person who answers for it")
    site = refer("plant.Site", required=False, help_text="Site that it is about; empty = several")
    made_on = day("When it was made", required=True)
    due_on = day("When its milestones are to be met", required=True)
    probability = number(
        "Probability, stated when it was made, that milestones, budget and benefit are all met", default=0.8, high=1
    )
    currency = models.CharField(
        max_length=3, blank=True, default="", validators=[is_currency],
        help_text="Currency; empty = that of the site, or the company",
    )  # fmt: skip
    budget = money("What it may cost; empty = none was promised", default=None, required=False)
    benefit = money("What it is to bring; empty = nothing was promised", default=None, required=False)
    done_on = day("When its milestones were met; empty = not yet, or never")
    cost = money("What it cost in the end", default=None, required=False)
    gained = money("What it brought in the end", default=None, required=False, low=None)
    resolved_on = day("When its outcome was known; empty = it is open")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("made_on")), name="commitment_due_after_made"),
        ]


class PriorityRating(Table):
    """Where a function puts a priority of the company."""

    key_columns = ("function", "priority", "rated_on")

    function = choice(Function, "Function that ranks")
    priority = text("What is ranked, in the same words for all functions", length=80, required=True)
    rated_on = day("When; the newest ranking of a function counts", required=True)
    rank = number("1 = first; equal ones share a rank", low=1, high=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["function", "priority", "rated_on"], name="priority_rating_key"),
        ]


class KpiTarget(Table):
    """A value that a KPI of the enterprise is measured against."""

    class Kpi(models.TextChoices):
        ROLLED_YIELD = "rolled_yield"
        OVERTIME_SHARE = "overtime_share"

    key_columns = ("kpi",)

    kpi = choice(Kpi, "Rolled first-pass yield to reach; overtime share of labour hours not to exceed")
    value = number("Target, as a share", high=1)
    source = text("Who set it, and when")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kpi"], name="kpi_target_key")]
