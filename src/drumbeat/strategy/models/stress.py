"""Stress tests and studies of flexibility, as they were run."""

from __future__ import annotations

from django.db import models


class StoredFlexibility(models.Model):
    """Which further links between machines and operations would be worth most, at one moment."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment that the data describe")
    version = models.CharField(max_length=64, help_text="Version of the data")
    study = models.JSONField(help_text="Work covered today, by a chain and with all links, and the links to add")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Flexibility {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"


class StoredStress(models.Model):
    """All stress tests of the data at one moment."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment that the data describe")
    version = models.CharField(max_length=64, help_text="Version of the data")
    terms = models.JSONField(help_text="What was assumed")
    run = models.JSONField(help_text="The tests, the largest loss first, with what is lost and what would cover it")

    played = models.JSONField(
        default=dict, blank=True, help_text="By key of the test, what the twin says of it; only those that were played"
    )

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Stress tests {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"
