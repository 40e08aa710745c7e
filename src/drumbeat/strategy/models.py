"""Weaknesses that were found, with what shows them."""

from __future__ import annotations

from django.db import models


class Weakness(models.Model):
    """One hidden weakness of the production system."""

    found_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was found in")
    rank = models.IntegerField()
    kind = models.CharField(max_length=40)
    site = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=140)
    headline = models.CharField(max_length=300)
    metric = models.CharField(max_length=120)
    value = models.FloatField()
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    threshold = models.FloatField()
    evidence = models.JSONField(default=list, help_text="The rows behind it")
    remedy = models.CharField(max_length=400)
    disproof = models.CharField(max_length=400, help_text="What would prove the alert wrong")

    class Meta:
        ordering = ["-found_at", "rank"]
