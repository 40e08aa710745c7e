"""Users, and the roles that they have at sites."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property


class Role(models.TextChoices):
    """What somebody may do at a site; each role may do what those before it may."""

    VIEWER = "viewer", "Viewer: sees"
    PLANNER = "planner", "Planner: edits data, plans and schedules"
    MANAGER = "manager", "Manager: also loads whole data sets and removes"
    ADMIN = "admin", "Administrator: also manages users"

    @property
    def rank(self) -> int:
        """Place in the order of roles: a higher one may do all that a lower one may."""
        return list(Role).index(self)


class User(AbstractUser):
    """Somebody who signs in."""

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Role by site code; the key "" holds for all sites. Read once a request."""
        return {site: Role(role) for site, role in Membership.objects.filter(user=self).values_list("site", "role")}

    def sites_with(self, role: str) -> set[str] | None:
        """Return the sites at which the user has this role or a higher one; None = at all."""
        held = {site for site, own in self.roles.items() if own.rank >= Role(role).rank}
        return None if "" in held else held

    def may(self, role: str, site: str | None = None) -> bool:
        """Say whether the user has this role or a higher one: at `site`, everywhere (""), or anywhere (None)."""
        sites = self.sites_with(role)
        return sites is None or (bool(sites) if site is None else site in sites)

    @property
    def role_label(self) -> str:
        """The user's roles for people: "Planner at BERLIN, LYON", "Administrator"."""
        words: dict[str, list[str]] = {}
        for site, role in sorted(self.roles.items()):
            words.setdefault(str(role.label).split(":")[0], []).append(site)
        return (
            "; ".join(word if "" in sites else f"{word} at {', '.join(sites)}" for word, sites in words.items())
            or "No role yet"
        )


class Membership(models.Model):
    """A role of a user at one site, or at all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.VIEWER)
    site = models.CharField(max_length=120, blank=True, default="", help_text="Code of the site; empty = all sites")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site"], name="membership_key")]


class AuditRecord(models.Model):
    """Who changed something, when, and by which page: kept when the user is gone; bodies of forms are never kept."""

    at = models.DateTimeField(db_index=True, help_text="When it was asked for, UTC")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=150, db_index=True, help_text="Name of the user at that time")
    deed = models.CharField(max_length=200, help_text="What the page says of itself that it does")
    path = models.CharField(max_length=400, help_text="Address that was asked, without its query")
    is_refused = models.BooleanField(default=False, help_text="Whether the answer was an error: it was not done")

    class Meta:
        ordering = ["-at", "-pk"]
