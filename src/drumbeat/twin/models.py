"""What the twin found: how probable it is that a schedule holds, and what threatens it."""

from __future__ import annotations

from django.db import models


class Simulation(models.Model):
    """One run of the twin over one schedule."""

    created_at = models.DateTimeField()
    schedule_id = models.BigIntegerField(help_text="Schedule that was simulated")
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    replications = models.IntegerField()
    seed = models.BigIntegerField()
    probability_all = models.FloatField(help_text="Probability that every order is on time")
    expected_on_time = models.FloatField(help_text="Expected share of orders on time")
    expected_on_time_low = models.FloatField()
    expected_on_time_high = models.FloatField()
    summary = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]


class OrderConfidence(models.Model):
    """How sure one order is."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="orders")
    order = models.CharField(max_length=140)
    due_at = models.DateTimeField(null=True, blank=True)
    probability = models.FloatField(help_text="Probability that it is on time")
    probability_low = models.FloatField(help_text="Wilson 95 % interval")
    probability_high = models.FloatField(help_text="Wilson 95 % interval")
    planned_end = models.DateTimeField()
    p50_end = models.DateTimeField()
    p80_end = models.DateTimeField()
    p95_end = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["simulation", "order"], name="order_confidence_key")]


class Threat(models.Model):
    """A cause of lateness: what the on-time share would gain if it never happened, on the same luck."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="threats")
    rank = models.IntegerField()
    kind = models.CharField(max_length=20, help_text="breakdown, absence, supplier, scrap or run time")
    subject = models.CharField(max_length=140, help_text="Code of the resource, skill, supplier or operation")
    loss = models.FloatField(help_text="Expected share of orders on time that it alone costs")
    loss_low = models.FloatField()
    loss_high = models.FloatField()
    late_hours = models.FloatField(default=0, help_text="[h] Expected lateness that it alone causes, all orders")
    worst_order = models.CharField(max_length=140, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["simulation", "rank"], name="threat_key")]
