"""Background jobs: long work that shows its progress and can be cancelled."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class Job(models.Model):
    """One piece of long work."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=40, help_text="Name under which the work is registered")
    title = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    progress = models.FloatField(default=0, help_text="0 to 1")
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, help_text="What came out, or the findings that stopped it")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="jobs")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    is_cancel_wanted = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "id"], name="job_queue")]

    def __str__(self) -> str:
        return f"{self.title} (job {self.pk}, {self.state})"

    @property
    def seconds(self) -> float | None:
        """[s] How long it took; None until it has run and ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return float((self.ended_at - self.started_at).total_seconds())

    @property
    def plain_result(self) -> list[tuple[str, Any]]:
        """The result's plain values, for the job's page."""
        hidden = {"url", "trace", "findings"}
        return [
            (name.replace("_", " ").capitalize(), value)
            for name, value in self.result.items()
            if name not in hidden and not isinstance(value, dict | list)
        ]
