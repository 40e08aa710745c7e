"""Decisions and who agrees: the functions' plans, options and their scores, assumptions, signatures, outcomes."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from drumbeat.data.table import CODE_LENGTH, Table, choice, day, not_padded, number, text
from drumbeat.strategy.models.roadmap import Function


class FunctionPlan(Table):
    """What one function plans or aims at, for one thing in one period: set beside the others'."""

    key_columns = ("subject", "period_start", "function")

    subject = text("What is planned, such as Output of Line 2 or Headcount", length=80, required=True)
    period_start = day("First day of the period", required=True)
    function = choice(Function, "Function whose plan it is", default=None)
    value = number("The plan, in `unit`", low=None)
    unit = text("Unit: the same for all functions", length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "period_start", "function"], name="function_plan_key")
        ]


class GapOwner(models.Model):
    """Who closes the gap between the functions' plans for one thing in one period, and what was said."""

    subject = models.CharField(max_length=80)
    period_start = models.DateField()
    owner = models.CharField(max_length=150, blank=True, default="")
    note = models.CharField(max_length=1000, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "period_start"], name="gap_owner_key")]


class Decision(models.Model):
    """A question of the enterprise, from its options to what came of it."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DECIDED = "decided", "Decided"
        REOPENED = "reopened", "Reopened"
        RESOLVED = "resolved", "Resolved"

    options: Any
    criteria: Any
    assumptions: Any
    signatures: Any
    events: Any
    chosen_id: int | None

    code = models.CharField(max_length=CODE_LENGTH, unique=True, validators=[not_padded])
    title = models.CharField(max_length=200)
    question = models.TextField(max_length=4000, blank=True, default="", help_text="What is to be decided, and why now")
    claim = models.CharField(
        max_length=400,
        blank=True,
        default="",
        help_text="What will be seen if the decision is right, so that it can be told",
    )
    probability = models.FloatField(null=True, blank=True, help_text="How sure we are of that, 0 to 1")
    resolves_on = models.DateField(null=True, blank=True, help_text="Day on which it can be told")
    premortem = models.TextField(max_length=4000, blank=True, default="", help_text="It has failed: why?")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    chosen = models.ForeignKey("strategy.DecisionOption", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    came_true = models.BooleanField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(max_length=4000, blank=True, default="", help_text="What came of it")
    author = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(probability__isnull=True) | Q(probability__gte=0, probability__lte=1),
                name="decision_probability_is_one",
            )
        ]

    def __str__(self) -> str:
        return str(self.title)


class DecisionOption(models.Model):
    """One way to decide."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="options")
    name = models.CharField(max_length=120)
    note = models.TextField(max_length=2000, blank=True, default="")
    what_if = models.CharField(
        max_length=CODE_LENGTH, blank=True, default="", help_text="Code of the what-if behind it"
    )
    cost = models.FloatField(null=True, blank=True, help_text="What it costs, in the company's currency")
    value_low = models.FloatField(null=True, blank=True, help_text="Value with 90 % probability exceeded (P10)")
    value_mid = models.FloatField(null=True, blank=True, help_text="Value as often exceeded as not (P50)")
    value_high = models.FloatField(null=True, blank=True, help_text="Value with 10 % probability exceeded (P90)")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "name"], name="decision_option_key"),
            models.CheckConstraint(
                condition=(Q(value_low__isnull=True) | Q(value_mid__isnull=True) | Q(value_mid__gte=F("value_low")))
                & (Q(value_mid__isnull=True) | Q(value_high__isnull=True) | Q(value_high__gte=F("value_mid"))),
                name="decision_option_values_rise",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class Criterion(models.Model):
    """What options are judged by."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["decision", "name"], name="criterion_key")]

    def __str__(self) -> str:
        return str(self.name)


class Judgement(models.Model):
    """How many times as important a function holds one criterion to be as another."""

    first_id: int
    second_id: int

    first = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    second = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    function = models.CharField(max_length=20, choices=Function.choices)
    ratio = models.FloatField(help_text="1/9 to 9: 9 = the first is nine times as important")
    author = models.CharField(max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "second", "function"], name="judgement_key")]


class OptionScore(models.Model):
    """How well an option does by a criterion."""

    option_id: int
    criterion_id: int

    option = models.ForeignKey(DecisionOption, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="+")
    score = models.FloatField(help_text="0 to 10, 10 = best")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["option", "criterion"], name="option_score_key")]


class Assumption(models.Model):
    """What a decision takes for granted: whose it is, until when it stands, and what would show that it broke."""

    class State(models.TextChoices):
        HOLDS = "holds", "Holds"
        BROKEN = "broken", "Broken"

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="assumptions")
    text = models.CharField(max_length=300)
    owner = models.CharField(max_length=150)
    expires_on = models.DateField(help_text="Until when it stands without being looked at again")
    state = models.CharField(max_length=10, choices=State.choices, default=State.HOLDS)
    figure = models.CharField(
        max_length=60, blank=True, default="", help_text="Figure of the scorecard that watches it"
    )
    scope = models.CharField(
        max_length=CODE_LENGTH, blank=True, default="", help_text="Site or line; empty = enterprise"
    )
    least = models.FloatField(null=True, blank=True, help_text="It breaks when the figure falls below")
    most = models.FloatField(null=True, blank=True, help_text="It breaks when the figure rises above")
    note = models.CharField(max_length=1000, blank=True, default="", help_text="What broke it")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When somebody last confirmed or broke it")

    class Meta:
        ordering = ["expires_on", "id"]


class Signature(models.Model):
    """That a function agrees, or does not and why, with a decision as it stood."""

    get_function_display: Any

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="signatures")
    function = models.CharField(max_length=20, choices=Function.choices)
    author = models.CharField(max_length=150)
    agrees = models.BooleanField()
    reason = models.CharField(max_length=1000, blank=True, default="", help_text="Why not, or on what condition")
    signed_at = models.DateTimeField()
    fingerprint = models.CharField(max_length=64, help_text="Of the text that was signed: a later change needs another")

    class Meta:
        ordering = ["signed_at", "id"]


class DecisionEvent(models.Model):
    """What happened to a decision, in the order in which it happened; never changed."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    author = models.CharField(max_length=150)
    text = models.CharField(max_length=500)

    class Meta:
        ordering = ["-at", "-id"]
