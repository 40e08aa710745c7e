"""Plans as they were made: what to make, buy or move, and what to do about what is already on order."""

from __future__ import annotations

from django.db import models


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

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="actions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    subject = models.CharField(max_length=140, help_text="Code of the order or demand concerned")
    item = models.CharField(max_length=120)
    site = models.CharField(max_length=120)
    from_at = models.DateTimeField(null=True, blank=True)
    to_at = models.DateTimeField(null=True, blank=True)
    quantity = models.FloatField()
    reason = models.CharField(max_length=300)
