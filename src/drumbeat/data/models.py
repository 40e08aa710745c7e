"""What-ifs: named lists of changes of the production system, kept to be run, compared and shared."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from drumbeat.data.table import CODE_LENGTH, not_padded


class WhatIf(models.Model):
    """A named list of changes: an idea to try before it is done.

    It is no part of the production system, so no table that people exchange: nothing changes until somebody edits the
    data themselves.
    """

    code = models.CharField(max_length=CODE_LENGTH, unique=True, validators=[not_padded], help_text="Unique code")
    name = models.CharField(max_length=200, help_text="Name for people")
    note = models.TextField(blank=True, default="", max_length=4000, help_text="Why, and what is expected of it")
    site = models.CharField(
        max_length=CODE_LENGTH, blank=True, default="", help_text="Code of the site that it is about; empty = all sites"
    )
    changes = models.JSONField(default=list, help_text="Changes in order, each with its kind, version and fields")
    origin = models.CharField(max_length=200, blank=True, default="", help_text="Address of the page it came from")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-id"]

    def __str__(self) -> str:
        return str(self.name)
