"""Weaknesses that were found, with what shows them."""

from __future__ import annotations

from django.db import models


class Weakness(models.Model):
    """One hidden weakness of the production system."""

    found_at = models.DateTimeField()
    version = models.CharField(max_length=64, help_text="Version of the data it was found in")
    as_of = models.DateTimeField(null=True, blank=True, help_text="Moment of the data; empty = not known")
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
    threshold_source = models.CharField(max_length=300, blank=True, default="", help_text="Why this threshold")
    evidence = models.JSONField(default=list, help_text="The rows behind it")
    num_evidence = models.IntegerField(default=0, help_text="How many rows are behind it")
    remedy = models.CharField(max_length=400)
    remedies = models.JSONField(
        default=list, help_text="Remedies as lists of changes that can be opened as a what-if, each with its name"
    )
    disproof = models.CharField(max_length=400, help_text="What would prove the alert wrong")
    hours_at_risk = models.FloatField(default=0, help_text="[h] Hours at risk over the next 13 weeks")
    money_at_risk = models.FloatField(default=0, help_text="Money at risk over the next 13 weeks")
    risk_basis = models.CharField(max_length=300, blank=True, default="", help_text="How the risk was counted")
    currency = models.CharField(max_length=3, blank=True, default="")
    by_twin = models.JSONField(
        default=dict, blank=True, help_text="What it will cost if it is left, as the twin plays it; empty = not played"
    )

    class Meta:
        ordering = ["-found_at", "rank"]
