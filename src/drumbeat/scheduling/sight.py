"""What a user may see of a schedule: its sites, the tasks on their machines, the time zone to write moments in."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from drumbeat.accounts.permissions import sites_of
from drumbeat.plant.models import Resource, Site
from drumbeat.scheduling.models import Schedule, ScheduledOrder, ScheduledTask


def wanted_sites(request: Any) -> set[str] | None:
    """Sites that a page shows: those the user may see, narrowed to `?site=`; None = all."""
    allowed = sites_of(request.user)
    site = request.GET.get("site", "")
    if not site:
        return allowed
    return {site} if allowed is None or site in allowed else set()


def find_schedule(number: int | None) -> Schedule | None:
    """Return the schedule of that number, or the newest; None when there is none at all."""
    return get_object_or_404(Schedule, pk=number) if number else Schedule.objects.first()


def find_previous(schedule: Schedule, wanted: str = "") -> Schedule | None:
    """Return the schedule of that number, or the one made before; None where there is none."""
    if wanted.isdigit():
        return Schedule.objects.filter(pk=int(wanted[:18])).exclude(pk=schedule.pk).first()
    return Schedule.objects.filter(pk__lt=schedule.pk).first()


def tasks_in_sight(schedule: Schedule, sites: set[str] | None) -> QuerySet[ScheduledTask]:
    """Tasks of a schedule on the machines of some sites; None = all."""
    tasks = ScheduledTask.objects.filter(schedule=schedule)
    if sites is None:
        return tasks
    return tasks.filter(resource__in=Resource.objects.filter(site__in=sites).values("code"))


def orders_in_sight(schedule: Schedule, sites: set[str] | None) -> QuerySet[ScheduledOrder]:
    """Orders of a schedule that have a task at one of some sites; None = all."""
    orders = ScheduledOrder.objects.filter(schedule=schedule)
    return orders if sites is None else orders.filter(order__in=tasks_in_sight(schedule, sites).values("order"))


def zone_of(request: HttpRequest) -> str:
    """Time zone to write moments in: that of the first site shown, as on the home page and in the messages."""
    sites = wanted_sites(request)
    rows = Site.objects.all() if sites is None else Site.objects.filter(code__in=sites)
    return rows.order_by("code").values_list("time_zone", flat=True).first() or "UTC"
