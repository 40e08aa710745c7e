"""Schedules as they were made, with the version of the data that they came from."""

from __future__ import annotations

from django.db import models


class Schedule(models.Model):
    """One finite schedule."""

    created_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was made from")
    plan_id = models.BigIntegerField(null=True, blank=True, help_text="Plan whose orders it contains")
    horizon_start = models.DateTimeField()
    method = models.CharField(max_length=60)
    objective = models.FloatField()
    bound = models.FloatField(default=0)
    num_tasks = models.IntegerField()
    num_unscheduled = models.IntegerField(default=0)
    num_late = models.IntegerField(default=0)
    summary = models.JSONField(default=dict, help_text="The worth of the schedule and the findings of the run")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Schedule {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class ScheduledTask(models.Model):
    """When and where one task runs."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="tasks")
    task = models.CharField(max_length=160)
    order = models.CharField(max_length=140)
    item = models.CharField(max_length=120, blank=True)
    operation = models.CharField(max_length=120, blank=True)
    resource = models.CharField(max_length=120, help_text="Its machine: the first resource that it holds")
    resources = models.CharField(max_length=400, blank=True, help_text="All resources that it holds")
    quantity = models.FloatField(default=1)
    starts_at = models.DateTimeField()
    setup_seconds = models.BigIntegerField(default=0)
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    setup_note = models.CharField(max_length=140, blank=True, default="", help_text="From which setup family to which")
    batch = models.CharField(
        max_length=160, blank=True, default="", help_text="First task of those that run together with it; empty = alone"
    )
    material_note = models.CharField(max_length=300, blank=True, default="", help_text="What it takes when it starts")

    class Meta:
        indexes = [
            models.Index(fields=["schedule", "resource", "starts_at"], name="scheduled_task_board"),
            models.Index(fields=["schedule", "order"], name="scheduled_task_order"),
        ]


class ScheduledOrder(models.Model):
    """How one order ends in a schedule, and why it ends then."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="orders")
    order = models.CharField(max_length=140)
    item = models.CharField(max_length=120, blank=True)
    quantity = models.FloatField(default=1)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    late_seconds = models.BigIntegerField(default=0)
    waits = models.JSONField(default=list, help_text="Binding chain: what it waited for, and how long")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "order"], name="scheduled_order_key")]
