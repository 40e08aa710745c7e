"""Before and after: what the newest schedule changed, how it was found, and which orders are late for what reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from drumbeat.accounts.permissions import require
from drumbeat.plant.models import Resource
from drumbeat.scheduling.compare_schedules import KINDS, compare_tasks, compare_worth
from drumbeat.scheduling.draw_curve import draw_curve
from drumbeat.scheduling.models import Schedule
from drumbeat.scheduling.pack_board import read_tasks
from drumbeat.scheduling.sight import find_previous, orders_in_sight, wanted_sites, zone_of
from drumbeat.scheduling.tell_waits import KINDS as WAITS
from drumbeat.scheduling.tell_waits import sum_up, tell_waits

ROWS_PER_PAGE = 50
LATE_PER_PAGE = 25
REASONS = 3
"""Causes that are told in words for each late order; the bar shows all."""


def moves_between(before: Schedule, after: Schedule, sites: set[str] | None) -> pl.DataFrame:
    """Compare the tasks of two schedules on the machines of some sites; see `compare_tasks`."""
    found = compare_tasks(read_tasks(before.pk), read_tasks(after.pk))
    if sites is None:
        return found
    seen = set(Resource.objects.filter(site__in=sites).values_list("code", flat=True))
    return found.filter(pl.col("resource").is_in(seen) | pl.col("resource_before").is_in(seen))


@require("viewer")
def compare(request: HttpRequest, number: int) -> HttpResponse:
    """Show the figures of a schedule beside those of the one before, and the tasks that moved."""
    schedule = get_object_or_404(Schedule, pk=number)
    before = find_previous(schedule, request.GET.get("with", ""))
    kind = request.GET.get("kind", "")
    counts: dict[str, int] = {}
    page, shown = None, []
    if before is not None:
        found = moves_between(before, schedule, wanted_sites(request))
        counts = dict(found.group_by("change").len().iter_rows())
        rows = found.filter(pl.col("change") == kind if kind in KINDS else pl.col("change") != "same")
        page = Paginator(range(rows.height), ROWS_PER_PAGE).get_page(request.GET.get("page"))
        shown = [_as_moments(row) for row in rows[list(page.object_list)].iter_rows(named=True)]
    worth, zone = schedule.summary.get("worth", {}), zone_of(request)
    context = {
        "schedule": schedule, "before": before, "zone": zone, "tab": "compare", "kind": kind,
        "site": request.GET.get("site", ""),
        "others": Schedule.objects.exclude(pk=schedule.pk)[:12],
        "figures": compare_worth(before.summary.get("worth", {}) if before else None, worth),
        "kinds": [(name, counts[name]) for name in KINDS[:-1] if counts.get(name)],
        "same": counts.get("same", 0), "page": page, "shown": shown,
        "curve": draw_curve(schedule.summary.get("curve", []), schedule.bound),
        "gap": _gap(schedule),
    }  # fmt: skip
    with timezone.override(ZoneInfo(zone)):
        part = request.headers.get("HX-Target") == "moves"
        return render(request, "scheduling/moves.html" if part else "scheduling/compare.html", context)


def _as_moments(row: dict[str, Any]) -> dict[str, Any]:
    moments = {
        name: None if row[name] is None else datetime.fromtimestamp(row[name], UTC)
        for name in ("start_before", "start", "end_before", "end")
    }
    return {**row, **moments}


def _gap(schedule: Schedule) -> float | None:
    """How far the objective may be above the best possible, as a share of it; None where no bound is known."""
    if schedule.summary.get("is_optimal"):
        return 0.0
    if schedule.bound <= 0 or schedule.objective <= 0:
        return None
    return float((schedule.objective - schedule.bound) / schedule.objective)


@require("viewer")
def late(request: HttpRequest, number: int) -> HttpResponse:
    """Show the late orders, each with the chain of waits that binds it."""
    schedule = get_object_or_404(Schedule, pk=number)
    words = request.GET.get("q", "").strip()
    orders = orders_in_sight(schedule, wanted_sites(request)).filter(late_seconds__gt=0)
    for word in words.split():
        orders = orders.filter(order__icontains=word) | orders.filter(item__icontains=word)
    page = Paginator(orders.order_by("-late_seconds", "order"), LATE_PER_PAGE).get_page(request.GET.get("page"))
    rows, zone = [], zone_of(request)
    for order in page:
        stretches = tell_waits(order.waits)
        waits = [one for one in sum_up(stretches) if one.kind not in ("work", "setup")]
        rows.append({"order": order, "stretches": stretches, "waits": waits[:REASONS], "more": len(waits) - REASONS})
    context = {
        "schedule": schedule, "page": page, "rows": rows, "zone": zone, "words": words, "tab": "late",
        "kinds": WAITS.items(),
        "site": request.GET.get("site", ""),
    }  # fmt: skip
    with timezone.override(ZoneInfo(zone)):
        part = request.headers.get("HX-Target") == "late-orders"
        return render(request, "scheduling/late_orders.html" if part else "scheduling/late.html", context)
