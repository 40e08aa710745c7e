"""Stress tests, as they were run."""

from __future__ import annotations

from django.db import models


class StoredStress(models.Model):
    """All stress tests of the data at one moment."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment that the data describe")
    version = models.CharField(max_length=64, help_text="Version of the data")
    terms = models.JSONField(help_text="What was assumed")
    run = models.JSONField(help_text="The tests, the largest loss first, with what is lost and what would cover it")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Stress tests {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"
