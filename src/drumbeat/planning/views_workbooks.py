"""Workbooks of single pages of the plan: an item with its pegs, and a change that was tried."""

from __future__ import annotations

from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.draw_stock import list_weeks
from drumbeat.planning.models import Material, Peg, Plan, PlannedOrder
from drumbeat.planning.try_changes import try_changes
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.planning.views_materials import pegs_in_sight
from drumbeat.planning.views_try import KINDS, find_plan, list_sites, make_form, read_change, read_data

MOST_PEGS = 500_000
PEG_COLUMNS = [
    "taker_kind", "taker", "taker_item", "taker_site", "supply_kind", "supply", "item", "site", "quantity", "needed_at",
    "ready_at",
]  # fmt: skip
ORDER_COLUMNS = ["code", "method", "source", "quantity", "start_at", "due_at", "demand"]


@require("viewer")
def export_material(request: Any) -> HttpResponse:
    """Send the weeks of an item at a site, its planned orders, who takes it and what it is made of as a workbook."""
    plan, item, site = Plan.objects.first(), request.GET.get("item", ""), request.GET.get("site", "")
    found = get_object_or_404(at_sites(request, Material.objects.filter(plan=plan)), item=item, site=site)
    weeks = pl.DataFrame(
        [{name: week[name] for name in ("start", "wanted", "coming", "planned", "stock")}
         for week in list_weeks(found, found.plan.horizon_start)]
    )  # fmt: skip
    orders = PlannedOrder.objects.filter(plan=plan, item=item, site=site).order_by("due_at", "code")
    pegs = pegs_in_sight(request, Peg.objects.filter(plan=plan)).order_by("needed_at", "pk")
    # A demand takes the item itself.
    made_of = pegs.exclude(taker_kind=Peg.Taker.DEMAND)
    sheets = {
        "weeks": weeks.rename({"start": "week_start"}),
        "orders": to_frame(orders, ORDER_COLUMNS),
        "who takes it": to_frame(pegs.filter(item=item, site=site)[:MOST_PEGS], PEG_COLUMNS),
        "made of": to_frame(made_of.filter(taker_item=item, taker_site=site)[:MOST_PEGS], PEG_COLUMNS),
    }
    return send_sheets(sheets, "material.xlsx", zone_of(request).key)


@require("planner")
def export_trial(request: HttpRequest) -> HttpResponse:
    """Send what a change does to demands and planned orders as a workbook: the change is tried again."""
    kind = request.GET.get("kind", "order")
    form = make_form(kind, list_sites(request.user, "planner"), request.GET, {}) if kind in KINDS else None
    if form is None or not form.is_valid():
        raise Http404("There is no such change: try it on its page first.")
    change, site, _ = read_change(kind, form.cleaned_data)
    check_role(request.user, "planner", site or None)
    try:
        trial = try_changes(find_plan(read_data()), [change])
    except InputError as error:
        raise Http404(str(error)) from None
    sites = sites_of(request.user)  # type: ignore[arg-type]
    demands = _join_demands(trial.before.demands, trial.after.demands)
    new, gone = trial.compare_orders()
    sheets = {"demands": demands, "orders that come": new, "orders that go": gone}
    seen = {
        name: frame if sites is None else frame.filter(pl.col("site").is_in(sorted(sites)))
        for name, frame in sheets.items()
    }
    return send_sheets(seen, "trial.xlsx", zone_of(request).key)


def _join_demands(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the demands that are ready at another moment or late otherwise; one that goes keeps its item and site."""
    was = before.select("demand", "item", "site", ready_before="ready_at", was_late="is_late")
    rows = after.join(was, on="demand", how="full", coalesce=True).with_columns(
        pl.coalesce(name, f"{name}_right").alias(name) for name in ("item", "site")
    )
    is_moved = pl.col("ready_at").ne_missing(pl.col("ready_before"))
    return rows.drop("item_right", "site_right").filter(is_moved | pl.col("is_late").ne_missing(pl.col("was_late")))
