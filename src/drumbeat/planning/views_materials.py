"""The material plan as pages and a workbook: what runs short first, stock by week, who takes an item, its parts."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.core.paginator import Paginator
from django.db.models import F, Min, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.draw_stock import draw_stock, list_weeks
from drumbeat.planning.models import Material, Peg, Plan, PlannedOrder, StockPolicy, StockReview
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame

ROWS_PER_PAGE = 50
MOST_SHOWN = 100
"""Orders and takers of an item that its page lists."""
LEAST_WEEKS = 8
COLUMNS = {
    "item": "Item", "site": "Site", "stock": "Stock", "safety": "Safety", "wanted": "Wanted", "coming": "Coming",
    "planned": "Planned", "lowest": "Lowest", "short_at": "Short from", "low_at": "Below safety from",
}  # fmt: skip
SHOWN = {"short": ("Run short", Q(short_at__isnull=False)),
         "low": ("Below safety", Q(short_at__isnull=True, low_at__isnull=False))}  # fmt: skip
MAKERS = [Peg.Taker.ORDER, Peg.Taker.PLANNED]


def find_materials(request: Any, plan: Plan | None) -> QuerySet[Material]:
    """Return the materials of a plan that the request's words ask for, at the user's sites, without their weeks."""
    rows = at_sites(request, Material.objects.filter(plan=plan)).defer("weeks")
    for word in request.GET.get("q", "").split():
        rows = rows.filter(Q(item__icontains=word) | Q(site__icontains=word))
    return rows


def sort_rows(rows: QuerySet[Any], sort: str, columns: Any, *usual: Any) -> QuerySet[Any]:
    """Order rows by a column that people may sort by ("-" before it = downwards), else as usual."""
    column = sort.removeprefix("-")
    if column not in columns:
        return rows.order_by(*usual, "pk")
    return rows.order_by(
        F(column).desc(nulls_last=True) if sort[:1] == "-" else F(column).asc(nulls_last=True), *usual, "pk"
    )


def _shortest_first(rows: QuerySet[Material], sort: str) -> QuerySet[Material]:
    first = (F("short_at").asc(nulls_last=True), F("low_at").asc(nulls_last=True), "item", "site")
    return sort_rows(rows, sort, COLUMNS, *first)


@require("viewer")
def materials(request: HttpRequest) -> HttpResponse:
    """List items at sites, those that run short first, with search, sort and pages."""
    plan = Plan.objects.first()
    found = find_materials(request, plan)
    show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    counts = [("", "All", found.count())]
    counts += [(key, label, found.filter(which).count()) for key, (label, which) in SHOWN.items()]
    rows = found.filter(SHOWN[show][1]) if show in SHOWN else found
    context = {
        "plan": plan, "tab": "materials", "words": request.GET.get("q", ""), "show": show, "sort": sort,
        "page": Paginator(_shortest_first(rows, sort), ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "filters": counts, "texts": ["item", "site", "short_at", "low_at"],
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "materials"
        return render(request, "planning/materials_table.html" if part else "planning/materials.html", context)


@require("viewer")
def export_materials(request: HttpRequest) -> HttpResponse:
    """Send the materials that the page shows, and their weeks, as a workbook."""
    plan = Plan.objects.first()
    if plan is None:
        raise Http404("There is no plan yet: run one on the home page.")
    found, show = find_materials(request, plan), request.GET.get("show", "")
    rows = _shortest_first(found.filter(SHOWN[show][1]) if show in SHOWN else found, "").defer(None)
    weeks = [
        (row.item, row.site, week["start"], week["wanted"], week["coming"], week["planned"], week["stock"])
        for row in rows.iterator(2_000)
        for week in list_weeks(row, plan.horizon_start)
        if week["wanted"] or week["coming"] or week["planned"]
    ]
    names = ["item", "site", "week_start", "wanted", "coming", "planned", "stock"]
    sheets = {
        "materials": to_frame(rows, list(COLUMNS)),
        # A sheet holds a million rows.
        "weeks": pl.DataFrame(weeks[:1_000_000], schema=names, orient="row", infer_schema_length=None),
    }
    return send_sheets(sheets, "materials.xlsx", zone_of(request).key)


@require("viewer")
def material(request: HttpRequest, item: str, site: str) -> HttpResponse:
    """Show one item at a site: projected stock, weeks, planned orders, who takes it and what it is made of."""
    plan = Plan.objects.first()
    found = get_object_or_404(at_sites(request, Material.objects.filter(plan=plan)), item=item, site=site)
    weeks = list_weeks(found, plan.horizon_start)  # type: ignore[union-attr]
    num_weeks, busy = len(weeks), [bool(week["wanted"] or week["coming"] or week["planned"]) for week in weeks]
    # Weeks at the end in which nothing happens say nothing.
    weeks = weeks[: max(LEAST_WEEKS, 2 + max((number for number, is_busy in enumerate(busy) if is_busy), default=0))]
    policy = StockPolicy.objects.filter(review=StockReview.objects.first(), item=item, site=site).first()
    orders = PlannedOrder.objects.filter(plan=plan, item=item, site=site).order_by("due_at", "code")
    takers = _above(request, Peg.objects.filter(plan=plan, item=item, site=site))
    makers = pegs_in_sight(request, Peg.objects.filter(plan=plan, taker_item=item, taker_site=site))
    own = makers.exclude(taker_kind=Peg.Taker.DEMAND).values("taker_kind", "taker").annotate(first=Min("needed_at"))
    context = {
        "plan": plan, "material": found, "weeks": weeks, "num_weeks": num_weeks, "tab": "materials",
        "num_orders": orders.count(),
        "chart": draw_stock(weeks, found.safety, policy.weekly_spread if policy else None), "policy": policy,
        "orders": list(orders[:MOST_SHOWN]), "takers": takers,
        "makers": [
            {"kind": row["taker_kind"], "code": row["taker"], "item": item, "site": site, "has_more": True}
            for row in own.order_by("first", "taker")[:MOST_SHOWN]
        ],
        "most": MOST_SHOWN,
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        return render(request, "planning/material.html", context)


@require("viewer")
def pegs(request: HttpRequest) -> HttpResponse:
    """Show the next level of the pegging tree: what an order is made of (below), or who takes it (above)."""
    asked = {name: request.GET.get(name, "") for name in ("way", "kind", "code", "item", "site")}
    rows = Peg.objects.filter(plan=Plan.objects.first())
    if asked["way"] == "above":
        chosen = rows.filter(item=asked["item"], site=asked["site"], supply_kind=asked["kind"], supply=asked["code"])
        nodes = _above(request, chosen)
    else:
        taker = {"taker_item": asked["item"], "taker_site": asked["site"]}
        chosen = rows.filter(taker_kind=asked["kind"], taker=asked["code"], **taker)
        nodes = _below(request, chosen)
    with timezone.override(zone_of(request)):
        return render(request, "planning/pegs.html", {"nodes": nodes, "way": asked["way"], "most": MOST_SHOWN})


def pegs_in_sight(request: Any, rows: QuerySet[Peg]) -> QuerySet[Peg]:
    """Narrow pegs to those of which the user sees both ends."""
    sites = sites_of(request.user)
    return rows if sites is None else rows.filter(site__in=sites, taker_site__in=sites)


def _above(request: Any, rows: QuerySet[Peg]) -> list[dict[str, Any]]:
    grouped = pegs_in_sight(request, rows).values("taker_kind", "taker", "taker_item", "taker_site")
    found = grouped.annotate(units=Sum("quantity"), needed=Min("needed_at")).order_by("needed", "taker")
    return [
        {
            "kind": row["taker_kind"], "code": row["taker"], "item": row["taker_item"], "site": row["taker_site"],
            "quantity": row["units"], "needed_at": row["needed"], "has_more": row["taker_kind"] != Peg.Taker.DEMAND,
        }
        for row in found[:MOST_SHOWN]
    ]  # fmt: skip


def _below(request: Any, rows: QuerySet[Peg]) -> list[dict[str, Any]]:
    grouped = pegs_in_sight(request, rows).values("supply_kind", "supply", "item", "site", "ready_at")
    found = list(
        grouped.annotate(units=Sum("quantity"), needed=Min("needed_at")).order_by("item", "needed", "supply")[
            :MOST_SHOWN
        ]
    )
    codes = [row["supply"] for row in found if row["supply"]]
    parents = Peg.objects.filter(plan=Plan.objects.first(), taker__in=codes, taker_kind__in=MAKERS)
    deeper = set(pegs_in_sight(request, parents).values_list("taker_kind", "taker"))
    return [
        {
            "kind": row["supply_kind"], "code": row["supply"], "item": row["item"], "site": row["site"],
            "quantity": row["units"], "needed_at": row["needed"], "ready_at": row["ready_at"],
            "is_late": bool(row["ready_at"] and row["needed"] and row["ready_at"] > row["needed"]),
            "has_more": (row["supply_kind"], row["supply"]) in deeper,
        }
        for row in found
    ]  # fmt: skip
