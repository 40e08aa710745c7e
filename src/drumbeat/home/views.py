"""The pages that join disciplines: home, orders, weaknesses, the scorecard."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, F, FloatField, IntegerField, OuterRef, Subquery, Value, When
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.home import read_today
from drumbeat.home.read_order import draw_path, find_order, read_demands, read_messages, read_supply
from drumbeat.home.read_scorecard import read_scorecard
from drumbeat.home.report import verdict
from drumbeat.home.show_rows import tabulate_evidence
from drumbeat.home.show_scorecard import show_scorecard
from drumbeat.home.sight import Sight, page
from drumbeat.home.views_director import UNDER_WAY
from drumbeat.plant.models import Resource, Site
from drumbeat.scheduling.models import Schedule, ScheduledOrder
from drumbeat.twin.models import OrderConfidence
from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ORDERS_PER_PAGE = 50


@page("viewer")
def home(request: HttpRequest, sight: Sight) -> HttpResponse:
    """Will it hold? The probability, what threatens it, and today's lists."""
    running = Job.objects.filter(kind="run", state__in=[Job.State.WAITING, Job.State.RUNNING]).first()
    context: dict[str, Any] = {"sight": sight, "running": running, "tab": "today", "may_plan": _may_plan(request)}
    if sight.schedule is None:
        context |= {"num_sites": Site.objects.count(), "num_resources": Resource.objects.count()}
        return render(request, "home/start.html", context)
    found = read_today.read_verdict(sight)
    context |= {
        "verdict": found,
        "verdict_words": verdict(found.share) if found else "",
        "threats": read_today.read_threats(sight),
        "risks": read_today.read_risks(sight),
        "dispatch": read_today.read_dispatch(sight),
        "actions": read_today.read_actions(sight),
        "absences": read_today.read_absences(sight),
        "weaknesses": read_today.read_weaknesses(sight, 4),
        "has_report": sight.sites is None and _report_path(sight.schedule.pk).exists(),
        "is_stale": Schedule.objects.filter(pk__gt=sight.schedule.pk).exists(),
    }
    return render(request, "home/home.html", context)


@require("planner")
@require_POST
def start_run(request: HttpRequest) -> HttpResponse:
    """Plan, schedule and simulate in the background."""
    if not _may_plan(request):
        raise PermissionDenied("A run covers all sites: it needs the role planner for all sites.")
    running = Job.objects.filter(kind="run", state__in=[Job.State.WAITING, Job.State.RUNNING]).first()
    if running is None:
        running = enqueue("run", {}, request.user)
    else:
        messages.info(request, "A run is under way already.")
    return lead_to_job(request, running, "home")


@page("viewer")
def orders(request: HttpRequest, sight: Sight) -> HttpResponse:
    """List all orders of the schedule by how sure they are."""
    which = request.GET.get("show", "all")
    words = request.GET.get("q", "").strip()
    rows = _orders_with_confidence(sight)
    counts = {
        "all": rows.count(),
        "late": rows.filter(late_seconds__gt=0).count(),
        "unsafe": rows.filter(probability__lt=read_today.SAFE).count(),
    }
    if which == "late":
        rows = rows.filter(late_seconds__gt=0)
    elif which == "unsafe":
        rows = rows.filter(probability__lt=read_today.SAFE)
    for word in words.split():
        rows = rows.filter(order__icontains=word) | rows.filter(item__icontains=word)
    rows = rows.order_by("has_due", F("probability").asc(nulls_last=True), "-late_seconds", "due_at", "order")
    shown = Paginator(rows, ORDERS_PER_PAGE).get_page(request.GET.get("page"))
    sure = {}
    if sight.simulation is not None:
        codes = [row.order for row in shown]
        sure = {one.order: one for one in OrderConfidence.objects.filter(simulation=sight.simulation, order__in=codes)}
    rows_shown = [
        {"order": row, "sure": sure.get(row.order), "spread": spread_of(sure.get(row.order))} for row in shown
    ]
    context = {
        "sight": sight, "page": shown, "rows": rows_shown, "which": which, "words": words, "tab": "orders",
        "counts": counts, "filters": [("all", "All"), ("unsafe", "At risk"), ("late", "Late on paper")],
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "orders"
    return render(request, "home/orders_table.html" if part else "home/orders.html", context)


def _orders_with_confidence(sight: Sight) -> Any:
    rows = sight.orders(ScheduledOrder.objects.filter(schedule=sight.schedule))
    mine = OrderConfidence.objects.filter(simulation=sight.simulation, order=OuterRef("order"))
    chance = Subquery(mine.values("probability")[:1], output_field=FloatField())
    none = Value(None, output_field=FloatField())
    return rows.annotate(
        has_due=Case(When(due_at=None, then=1), default=0, output_field=IntegerField()),
        probability=Case(When(due_at=None, then=none), default=chance, output_field=FloatField()),
    )


def spread_of(sure: OrderConfidence | None) -> dict[str, float] | None:
    """Place an order's due time and likely ends on a line, in percent; None without both."""
    if sure is None or sure.due_at is None:
        return None
    moments = [sure.planned_end, sure.p50_end, sure.p80_end, sure.p95_end, sure.due_at]
    first, last = min(moments), max(moments)
    span = max((last - first).total_seconds(), 3600.0)
    place = {
        name: round(4 + 92 * (moment - first).total_seconds() / span, 2)
        for name, moment in zip(("planned", "p50", "p80", "p95", "due"), moments, strict=True)
    }
    return place | {"width": round(place["p95"] - place["p50"], 2)}


@page("viewer")
def order(request: HttpRequest, sight: Sight, code: str) -> HttpResponse:
    """Show one order: its path, why it ends when it does, its material, whom it serves."""
    found = find_order(sight, code)
    if found is None:
        raise Http404(f"There is no order {code} at the sites that you may see.")
    context = {
        "sight": sight,
        "order": found,
        "path": draw_path(found, sight.now),
        "supply": read_supply(sight, found),
        "demands": read_demands(sight, found),
        "actions": read_messages(sight, code),
        "tab": "orders",
    }
    return render(request, "home/order.html", context)


@page("viewer")
def board_panel(request: HttpRequest, sight: Sight, number: int) -> HttpResponse:
    """Show an order in the panel of the plan board."""
    schedule = get_object_or_404(Schedule, pk=number)
    found = find_order(sight, request.GET.get("order", ""), schedule)
    if found is None:
        raise Http404("There is no such order at the sites that you may see.")
    is_newest = sight.schedule is not None and sight.schedule.pk == number
    return render(request, "home/order_panel.html", {"order": found, "is_newest": is_newest})


@page("viewer")
def weaknesses(request: Any, sight: Sight) -> HttpResponse:
    """Show the hidden weaknesses that were found, with what shows them."""
    found = read_today.read_weaknesses(sight)
    for one in found:
        one.rows, one.columns = tabulate_evidence(one.evidence)  # type: ignore[attr-defined]
        one.ready = [  # type: ignore[attr-defined]
            {"name": remedy["name"], "changes": json.dumps(remedy["changes"])} for remedy in one.remedies
        ]
    context = {
        "sight": sight, "weaknesses": found, "tab": "weaknesses", "may_play": request.user.may("planner", ""),
        "playing": Job.objects.filter(kind="weak-twin", state__in=UNDER_WAY).first(),
    }  # fmt: skip
    return render(request, "home/weaknesses.html", context)


@require("planner")
@require_POST
def play_weaknesses(request: HttpRequest) -> HttpResponse:
    """Let the twin play in the background what the newest weaknesses will cost if they are left."""
    check_role(request.user, "planner", "")
    running = Job.objects.filter(kind="weak-twin", state__in=UNDER_WAY).first()
    if running is None:
        running = enqueue("weak-twin", {}, request.user)
    return lead_to_job(request, running, "weaknesses")


@page("viewer")
def scorecard(request: HttpRequest, sight: Sight) -> HttpResponse:
    """Show the scorecard: what happened, signal or noise."""
    card = read_scorecard(sight)
    shown = show_scorecard(card, with_enterprise=sight.sites is None) if card else None
    return render(request, "home/scorecard.html", {"sight": sight, "card": shown, "tab": "scorecard"})


@page("viewer")
def report(_request: HttpRequest, sight: Sight, number: int) -> FileResponse:
    """Send the report of a run, one page that needs nothing else."""
    path = _report_path(number)
    if sight.sites is not None:
        raise PermissionDenied("The report covers all sites: it needs a role for all sites.")
    if not path.exists():
        raise Http404("This run has no report.")
    return FileResponse(path.open("rb"), content_type="text/html; charset=utf-8")


def _report_path(number: int) -> Any:
    return settings.HOME / "reports" / f"run-{number}.html"


def _may_plan(request: Any) -> bool:
    return sites_of(request.user, "planner") is None
