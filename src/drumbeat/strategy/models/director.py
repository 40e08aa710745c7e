"""Reviews of the director's KPIs, as they were made."""

from __future__ import annotations

from django.db import models


class StoredReview(models.Model):
    """The seven KPIs at one moment, with all that is shown of them."""

    created_at = models.DateTimeField()
    as_of = models.DateTimeField(help_text="Moment that the data describe")
    version = models.CharField(max_length=64, help_text="Version of the data")
    review = models.JSONField(help_text="The KPIs with their intervals, fans and evidence")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Review {self.pk} of {self.created_at:%Y-%m-%d %H:%M}"
