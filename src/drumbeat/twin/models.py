"""What the twin found: how probable it is that a schedule holds, and what threatens it."""

from __future__ import annotations

from django.conf import settings
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
    probability_low = models.FloatField(help_text="95 % interval")
    probability_high = models.FloatField(help_text="95 % interval")
    played = models.FloatField(
        null=True, help_text="Probability as it was played, before past predictions put it right; empty = the same"
    )
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


class Comparison(models.Model):
    """What-ifs that were compared with today on the same luck."""

    created_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    site = models.CharField(max_length=120, blank=True, default="", help_text="Code of its site; empty = all sites")
    codes = models.JSONField(default=list, help_text="Codes of the what-ifs, in order")
    version = models.CharField(max_length=64, help_text="Version of today's data")
    verdict = models.CharField(max_length=1000)
    outcome = models.JSONField(default=dict, help_text="Figures, differences, and the orders that change most")

    class Meta:
        ordering = ["-id"]


class Replay(models.Model):
    """One replication of a simulation, moment by moment, to look at."""

    simulation = models.ForeignKey(Simulation, models.CASCADE, related_name="replays")
    which = models.CharField(max_length=20, help_text="median or bad")
    replication = models.IntegerField(help_text="Its number: the same seed gives it again")
    num_late = models.IntegerField(help_text="Orders late in it")
    tasks = models.BinaryField(help_text="Task, start and end in Unix seconds: gzipped JSON columns")
    events = models.JSONField(default=list, help_text="Breakdowns, absences, late receipts: kind, subject, from, to")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["simulation", "which"], name="replay_key")]


class Validation(models.Model):
    """What the twin said of the last weeks, against what happened."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment of the data")
    version = models.CharField(max_length=64, help_text="Version of the data")
    weeks = models.IntegerField(help_text="How far it looked back")
    num_resolved = models.IntegerField(help_text="Predictions of which the outcome is known")
    brier = models.FloatField(null=True, help_text="Mean squared difference of probability and outcome")
    skill = models.FloatField(null=True, help_text="1 - Brier score over that of the share on time")
    error = models.FloatField(null=True, help_text="Calibration error, 0 to 1")
    bias = models.FloatField(null=True, help_text="Mean probability less share on time")
    summary = models.JSONField(default=dict, help_text="Curve, promise dates, limits in words")

    class Meta:
        ordering = ["-id"]


class Outcome(models.Model):
    """One prediction and how it came out."""

    validation = models.ForeignKey(Validation, models.CASCADE, related_name="outcomes")
    source = models.CharField(
        max_length=10, help_text="kept: said at the time; scheduled or replayed: with the schedule of then, or without"
    )
    said_at = models.DateTimeField()
    order = models.CharField(max_length=140)
    item = models.CharField(max_length=120, blank=True)
    machine = models.CharField(max_length=120, blank=True, help_text="The last that it needed")
    due_at = models.DateTimeField()
    probability = models.FloatField(help_text="Probability on time as it was played")
    put_right = models.FloatField(null=True, help_text="The same, put right by what had come out before it was said")
    p50_end = models.DateTimeField(null=True)
    p80_end = models.DateTimeField(null=True)
    p95_end = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="Empty = not to this day")
    is_on_time = models.BooleanField()


class FloorPlay(models.Model):
    """The plant played some weeks ahead by a rule, without a schedule, many times."""

    created_at = models.DateTimeField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    site = models.CharField(max_length=120, blank=True, default="", help_text="Code of its site; empty = all sites")
    as_of = models.DateTimeField(help_text="Moment of the data, when it begins")
    version = models.CharField(max_length=64, help_text="Version of the data")
    weeks = models.IntegerField(help_text="Weeks ahead")
    replications = models.IntegerField()
    seed = models.BigIntegerField()
    rule = models.CharField(max_length=20, help_text="What a machine takes next")
    setups_first = models.BooleanField(default=False, help_text="Whether the shortest changeover goes before the rule")
    kpis = models.BinaryField(help_text="Figures by place, as Parquet: `FloorRun.kpis`")
    weekly = models.BinaryField(help_text="Output by week and product, as Parquet: `FloorRun.weekly`")
    fans = models.BinaryField(help_text="Output and what is due by week and site, as Parquet: `FloorRun.fans`")
    threats = models.BinaryField(
        default=bytes, help_text="What threatens it, as Parquet: `FloorRun.threats`; empty = not asked for"
    )
    findings = models.JSONField(default=dict, help_text="What it assumes")

    class Meta:
        ordering = ["-id"]
