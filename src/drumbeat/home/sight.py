"""What a user may see of the newest run: the sites, the time zone, the plan, the schedule and the simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.orders.models import Order
from drumbeat.planning.models import Plan, PlannedOrder
from drumbeat.plant.models import Company, Site
from drumbeat.scheduling.models import Schedule
from drumbeat.twin.models import Simulation


@dataclass(frozen=True)
class Sight:
    """The newest run as one user sees it.

    Parameters
    ----------
    sites
        Codes of the sites that are shown; None = all.
    zone
        IANA name of the time zone in which moments are written.
    now
        Moment that the run describes.
    plan, schedule, simulation
        The newest ones that belong together; None where there is none yet.
    """

    sites: frozenset[str] | None
    zone: str
    now: datetime
    plan: Plan | None
    schedule: Schedule | None
    simulation: Simulation | None

    def orders(self, rows: QuerySet[Any], column: str = "order") -> QuerySet[Any]:
        """Narrow rows that carry an order's code to the orders of the sites in sight."""
        if self.sites is None:
            return rows
        stored = Order.objects.filter(site__in=self.sites).values("code")
        planned = PlannedOrder.objects.filter(plan=self.plan, site__in=self.sites).values("code")
        return rows.filter(Q(**{f"{column}__in": stored}) | Q(**{f"{column}__in": planned}))

    def at_sites(self, rows: QuerySet[Any], column: str = "site") -> QuerySet[Any]:
        """Narrow rows that carry a site's code to the sites in sight."""
        return rows if self.sites is None else rows.filter(**{f"{column}__in": self.sites})


def look(request: Any) -> Sight:
    """Find out what the user of a request sees."""
    allowed = sites_of(request.user)
    sites = None if allowed is None else frozenset(allowed)
    places = Site.objects.order_by("code") if sites is None else Site.objects.filter(code__in=sites).order_by("code")
    zone = places.values_list("time_zone", flat=True).first() or "UTC"
    simulation = Simulation.objects.first()
    newest = Schedule.objects.first()
    schedule = Schedule.objects.filter(pk=simulation.schedule_id).first() if simulation else None
    schedule = schedule or newest
    plan = Plan.objects.filter(pk=schedule.plan_id).first() if schedule and schedule.plan_id else None
    as_of = Company.objects.exclude(as_of=None).values_list("as_of", flat=True).first()
    return Sight(
        sites=sites,
        zone=zone,
        now=schedule.horizon_start if schedule else as_of or timezone.now(),
        plan=plan or Plan.objects.first(),
        schedule=schedule,
        simulation=simulation,
    )


def page(role: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Make a view of a function of a request and a sight: guarded by a role, with times of the user's site."""

    def mark(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @require(role)
        @wraps(view)
        def shown(request: HttpRequest, *arguments: Any, **options: Any) -> HttpResponseBase:
            sight = look(request)
            with timezone.override(ZoneInfo(sight.zone)):
                return view(request, sight, *arguments, **options)

        return shown

    return mark
