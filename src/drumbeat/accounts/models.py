"""Users, and the roles that they have at sites."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Somebody who signs in."""


class Role(models.TextChoices):
    """What somebody may do at a site; each role may do what those before it may."""

    VIEWER = "viewer", "Viewer: sees"
    PLANNER = "planner", "Planner: edits data, plans and schedules"
    MANAGER = "manager", "Manager: also loads whole data sets and removes"
    ADMIN = "admin", "Administrator: also manages users"


class Membership(models.Model):
    """A role of a user at one site, or at all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    site = models.CharField(max_length=120, blank=True, default="", help_text="Code of the site; empty = all sites")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="membership_key")]
