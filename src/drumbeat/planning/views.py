"""The planner's messages as a page and as a workbook."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.schema import MOMENT
from drumbeat.data.send_sheets import send_sheets
from drumbeat.orders.models import Order
from drumbeat.planning.models import ActionMessage, LateDemand, Plan, PlannedOrder
from drumbeat.plant.models import Site

ROWS_PER_PAGE = 50
HELD = "held"
"""Kind by which the page is asked for messages that stability rules hold back."""
MOST_EXPORTED = 1_000_000
"""A sheet holds 1,048,576 rows."""

COLUMNS = {
    "kind": "Do", "subject": "Order or demand", "item": "Item", "site": "Site", "quantity": "Quantity",
    "from_at": "From", "to_at": "To", "reason": "Because",
}  # fmt: skip


def find_messages(request: Any, plan: Plan | None) -> QuerySet[ActionMessage]:
    """Return the messages of a plan, told and held back, that the search and sort ask for, at the user's sites."""
    rows = ActionMessage.objects.filter(plan=plan)
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    for word in request.GET.get("q", "").split():
        rows = rows.filter(
            Q(subject__icontains=word) | Q(item__icontains=word) | Q(site__icontains=word) | Q(reason__icontains=word)
        )
    sort = request.GET.get("sort", "to_at")
    column = sort.removeprefix("-") if sort.removeprefix("-") in COLUMNS else "to_at"
    return rows.order_by(F(column).desc(nulls_last=True) if sort[:1] == "-" else F(column).asc(nulls_last=True), "pk")


def _of_kind(rows: QuerySet[ActionMessage], kind: str) -> QuerySet[ActionMessage]:
    """Narrow messages to those of a kind that are told, or to those that are held back."""
    if kind == HELD:
        return rows.exclude(held_back="")
    rows = rows.filter(held_back="")
    return rows.filter(kind=kind) if kind else rows


def zone_of(request: Any) -> ZoneInfo:
    """Return the time zone of the first site that a user sees."""
    sites = sites_of(request.user)
    places = Site.objects.order_by("code") if sites is None else Site.objects.filter(code__in=sites).order_by("code")
    return ZoneInfo(places.values_list("time_zone", flat=True).first() or "UTC")


@require("viewer")
def messages(request: HttpRequest) -> HttpResponse:
    """List what the planner should do, with search, kind, sort and pages."""
    plan = Plan.objects.first()
    found = find_messages(request, plan)
    counts = dict(_of_kind(found, "").order_by().values_list("kind").annotate(Count("pk")))
    kind = request.GET.get("kind", "")
    sort = request.GET.get("sort", "to_at")
    page = Paginator(_of_kind(found, kind), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    shown = [row.subject for row in page]
    known = set(Order.objects.filter(code__in=shown).values_list("code", flat=True))
    planned = set(PlannedOrder.objects.filter(plan=plan, code__in=shown).values_list("code", flat=True))
    context = {
        "plan": plan, "page": page, "kind": kind, "sort": sort, "words": request.GET.get("q", ""),
        "kinds": [(value, counts[value]) for value in ActionMessage.Kind.values if counts.get(value)],
        "total": sum(counts.values()), "num_held": _of_kind(found, HELD).count(), "held": HELD, "tab": "actions",
        "orders": known | planned,
        "late": set(LateDemand.objects.filter(plan=plan, demand__in=shown).values_list("demand", flat=True)),
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "actions"
        return render(request, "planning/actions_table.html" if part else "planning/actions.html", context)


@require("viewer")
def export_messages(request: HttpRequest) -> HttpResponse:
    """Send the messages that the page shows as a workbook, times in the site's time zone."""
    found = find_messages(request, Plan.objects.first())
    rows = _of_kind(found, request.GET.get("kind", "")).values_list(*COLUMNS, "held_back")[:MOST_EXPORTED]
    heads = [*COLUMNS.values(), "Held back by"]
    moments = {COLUMNS[name]: MOMENT for name in ("from_at", "to_at")}
    frame = pl.DataFrame(list(rows), schema=heads, schema_overrides=moments, orient="row", infer_schema_length=None)
    return send_sheets({"Actions": frame}, "actions.xlsx", zone_of(request).key)
