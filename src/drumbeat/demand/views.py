"""The demand pages: where errors cost most, one forecast with its chart, its edits, and what edits were worth."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import polars as pl
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.read_database import read_database
from drumbeat.data.send_sheets import send_sheets
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.edit_forecast import Cell, edits_of
from drumbeat.demand.list_known import list_known
from drumbeat.demand.models import DemandHistory, ForecastEdit, StoredForecast, StoredSeries
from drumbeat.demand.read_forecast import (
    Current,
    find_members,
    list_findings,
    list_groups,
    read_current,
    read_past,
    sum_up,
)
from drumbeat.demand.score_forecasts import ValueAdded, score_forecasts
from drumbeat.web.jobs import enqueue

ROWS_PER_PAGE = 50
MOST_ROWS = 200_000
"""Rows of a sheet that a page writes."""
VALUE_SECONDS = 600
DAYS_BEFORE = 70
"""Days before the first forecast that show how long a period is."""
COLUMNS = {
    "item": "Item", "site": "Site", "family": "Family", "usual": "Usual", "error": "Error", "bias": "Bias",
    "error_cost": "Error costs", "model": "Led by",
}  # fmt: skip
LEVELS = [("", "Items"), ("family", "Families"), ("site", "Sites")]
CHARTED = ("quantity", "low", "high", "statistical")


def cell_of(values: Any) -> Cell:
    """The cell that an address or a form names."""
    return Cell(*(str(values.get(name, "")).strip()[:120] for name in ("item", "family", "site", "customer")))


def address_of(cell: Cell) -> str:
    """Query string of a cell."""
    return urlencode({name: value for name, value in asdict(cell).items() if value})


def find_series(request: Any, forecast: StoredForecast | None) -> QuerySet[StoredSeries]:
    """Return the series of a forecast that the request's search and sort ask for, at the user's sites."""
    rows = StoredSeries.objects.filter(forecast=forecast)
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    for word in request.GET.get("q", "").split():
        rows = rows.filter(Q(item__icontains=word) | Q(site__icontains=word) | Q(family__icontains=word))
    sort = request.GET.get("sort", "-error_cost")
    column = sort.removeprefix("-") if sort.removeprefix("-") in COLUMNS else "error_cost"
    order = F(column).desc(nulls_last=True) if sort[:1] == "-" else F(column).asc(nulls_last=True)
    return rows.order_by(order, "item", "site")


@require("viewer")
def forecasts(request: Any) -> HttpResponse:
    """List what is forecast, where errors cost most first; or families, or sites."""
    level = request.GET.get("level", "")
    level = level if level in dict(LEVELS) else ""
    sort = request.GET.get("sort", "-error_cost")
    forecast = StoredForecast.objects.first()
    context: dict[str, Any] = {
        "forecast": forecast, "level": level, "levels": LEVELS, "sort": sort, "words": request.GET.get("q", ""),
        "tab": "forecast", "may_run": sites_of(request.user, "planner") is None,
    }  # fmt: skip
    if forecast is not None:
        context |= _list(request, forecast, level, sort)
    part = request.headers.get("HX-Target") == "series"
    return render(request, "demand/forecasts_table.html" if part else "demand/forecasts.html", context)


def _list(request: Any, forecast: StoredForecast, level: str, sort: str) -> dict[str, Any]:
    current = read_current(forecast.pk)
    assert current is not None
    context: dict[str, Any] = {"findings": list_findings(forecast, sites_of(request.user))}
    if level:
        groups = list_groups(current, level, sites_of(request.user))
        words = request.GET.get("q", "").lower().split()
        found = [group for group in groups if all(word in group["name"].lower() for word in words)]
        return context | {"page": Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page"))}
    rows = find_series(request, forecast)
    page = Paginator(rows.defer("weights", "errors", "naive", "computed", "mean", "spread"), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    index = {pair: at for at, pair in enumerate(current.loaded.places.select("item", "site").iter_rows())}
    shown = []
    for row in page:
        at = index[row.item, row.site]
        shown.append({"row": row, "next": current.edited.mean[at, 0], "computed": current.loaded.mean[at, 0]})
    head = [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()]
    total = rows.order_by().aggregate(total=Sum("error_cost"))["total"]
    return context | {"page": page, "rows": shown, "columns": head, "total_cost": total}


@require("viewer")
def series(request: HttpRequest) -> HttpResponse:
    """Show one item, family or site: past, forecast with its band, edits, error, and which model and why."""
    cell = cell_of(request.GET)
    current, members = _find(request, cell)
    return render(request, "demand/series.html", describe_cell(request, current, members, cell))


def _find(request: Any, cell: Cell) -> tuple[Current, Any]:
    current = read_current()
    if current is None:
        raise Http404("Nothing has been forecast yet.")
    members = find_members(current.loaded.places, cell, sites_of(request.user))
    if not len(members):
        raise Http404(f"There is no forecast of {cell} at the sites that you may see.")
    return current, members


def describe_cell(request: Any, current: Current, members: Any, cell: Cell) -> dict[str, Any]:
    """What the page of a cell shows."""
    places = current.loaded.places[members]
    rows = sum_up(current, members)
    items = places["item"].unique().to_list() if cell.family and not cell.item else None
    past = read_past(cell, sites_of(request.user), items)
    one = None
    if len(members) == 1:
        one = StoredSeries.objects.filter(
            forecast=current.loaded.forecast, item=places["item"][0], site=places["site"][0]
        ).first()
    edits = [
        row for row in ForecastEdit.objects.filter(pk__in=current.edits["code"].to_list()) if _touches(row, places)
    ]
    effect = {row["code"]: row for row in current.edits.iter_rows(named=True)}
    told = [{"row": edit, **{name: effect[edit.code][name] for name in ("before", "after")}} for edit in edits]
    error, naive = places["error"].sum(), places["naive_error"].sum()
    chart = {
        "past": [[day.isoformat(), value] for day, value in past],
        "cleaned": [row[:3] for row in one.cleaned] if one else [],
        "ahead": [
            [row["period_start"].isoformat(), *(round(row[name], 4) for name in CHARTED)]
            for row in rows.iter_rows(named=True)
        ],
        "unit": places["unit"][0] if places["unit"].n_unique() == 1 else "",
        "period": current.loaded.forecast.period,
    }  # fmt: skip
    bounds = current.loaded.bounds
    return {
        "cell": cell, "address": address_of(cell), "chart": chart, "one": one, "edits": told, "tab": "forecast",
        "forecast": current.loaded.forecast, "unit": chart["unit"], "num_series": len(members),
        "rows": [row | {"end": bounds[h + 1], "h": h} for h, row in enumerate(rows.iter_rows(named=True))],
        "error": error, "naive_error": naive, "bias": places["bias"].sum(), "cost": places["error_cost"].sum(),
        "has_cost": places["error_cost"].count() > 0, "models": _models(one) if one else [],
        "leaders": places["model"].value_counts(sort=True).head(4).rows() if not one else [],
        "known": list_known(places["item"].to_list(), places["site"].to_list(), bounds[0], bounds[-1]),
        "may_edit": may_edit(request.user, cell), "mixed": places["unit"].n_unique() > 1,
        "said": [finding for finding in current.findings.shown if _tells(finding.value, edits)],
        "items": places.select("item", "site", "error_cost").sort("error_cost", descending=True, nulls_last=True)
        .head(12).to_dicts() if not one else [],
    }  # fmt: skip


def _tells(value: str | None, edits: list[ForecastEdit]) -> bool:
    return bool(value) and any(str(value).startswith(edit.code) for edit in edits)


def _touches(row: Any, places: pl.DataFrame) -> bool:
    """Whether an edit is about some of these series: at their own level, above it or below."""
    named = {"item": row.item_id, "site": row.site_id, "family": row.family}
    return all(not code or (places[name] == code).any() for name, code in named.items())


def _models(one: StoredSeries) -> list[dict[str, Any]]:
    """Models by share, with their errors."""
    names = sorted({*one.weights, *one.errors}, key=lambda name: (-one.weights.get(name, 0), one.errors.get(name, 0)))
    return [{"name": name, "share": one.weights.get(name), "error": one.errors.get(name)} for name in names]


def may_edit(user: Any, cell: Cell) -> bool:
    """Whether somebody may edit a cell: planners of its site; of all sites where it names none."""
    return bool(user.may("planner", cell.site))


@require("planner")
@require_POST
def run(request: Any) -> HttpResponse:
    """Forecast in the background."""
    from drumbeat.accounts.permissions import check_role

    check_role(request.user, "planner", "")
    text = request.POST.get("horizon", "12")
    horizon = int(text) if text.isdigit() and len(text) < 4 else 12
    return redirect("web:job", number=enqueue("forecast", {"horizon": horizon}, request.user).pk)


def measure_value() -> ValueAdded:
    """Score all stored forecasts, or return the scores of a moment ago."""
    newest = StoredForecast.objects.values_list("pk", flat=True).first() or 0
    edits = ForecastEdit.objects.order_by("-made_at").values_list("code", flat=True).first()
    key = f"value-added:{newest}:{ForecastEdit.objects.count()}:{edits}"
    found: ValueAdded | None = cache.get(key)
    if found is None:
        found = score_forecasts(_read_judged())
        cache.set(key, found, VALUE_SECONDS)
    return found


def _read_judged() -> Snapshot:
    """Read what scoring needs: of past demand, only what came since the first forecast, and a little before."""
    firsts = [starts[0] for starts in StoredForecast.objects.values_list("starts", flat=True) if starts]
    since = date.fromisoformat(min(firsts)) - timedelta(days=DAYS_BEFORE) if firsts else date.max
    names = {"item": pl.String, "site": pl.String, "period_start": pl.Date, "quantity": pl.Float64}
    rows = DemandHistory.objects.filter(period_start__gte=since).values_list(*names, "was_short")
    history = pl.DataFrame(list(rows), names | {"was_short": pl.Boolean}, orient="row")
    tables = read_database(["forecast_edit", "demand_line", "item", "company"])
    return Snapshot.of({**tables, "demand_history": history}, _now())


def _now() -> Any:
    from django.apps import apps
    from django.utils import timezone

    company = apps.get_model("plant", "Company")
    return company.objects.exclude(as_of=None).values_list("as_of", flat=True).first() or timezone.now()


@require("viewer")
def value(request: Any) -> HttpResponse:
    """Show what each step of forecasting was worth, and whose edits helped."""
    if sites_of(request.user) is not None:
        return render(request, "demand/value.html", {"closed": True, "tab": "value"})
    found = measure_value()
    context = {
        "found": found, "tab": "value", "steps": found.steps.to_dicts(), "people": found.people.to_dicts(),
        "reasons": found.reasons.to_dicts(), "edits": found.edits.head(100).to_dicts(),
        "stored": StoredForecast.objects.count(),
    }  # fmt: skip
    return render(request, "demand/value.html", context)


@require("viewer")
def export(request: Any, what: str) -> HttpResponse:
    """Send a table as a workbook: series, cell, edits or value."""
    sites = sites_of(request.user)
    if what == "series":
        names = ("item", "site", "family", "unit", "model", "usual", "error", "naive_error", "bias", "error_cost")
        rows = find_series(request, StoredForecast.objects.first()).values_list(*names)[:MOST_ROWS]
        kinds = {name: pl.String if place < 5 else pl.Float64 for place, name in enumerate(names)}
        sheets = {"series": pl.DataFrame(list(rows), kinds, orient="row")}
    elif what == "cell":
        current, members = _find(request, cell_of(request.GET))
        sheets = {"forecast": sum_up(current, members), "edits": _edits_frame(sites)}
    elif what == "edits":
        sheets = {"edits": _edits_frame(sites)}
    elif what == "value" and sites is None:
        found = measure_value()
        sheets = {"steps": found.steps, "people": found.people, "reasons": found.reasons, "edits": found.edits}
    else:
        raise Http404("There is no such table, or it covers sites that you may not see.")
    return send_sheets(sheets, f"demand-{what}.xlsx")


def _edits_frame(sites: set[str] | None) -> pl.DataFrame:
    frame = read_database(["forecast_edit"])["forecast_edit"].sort("made_at", "code")
    return frame if sites is None else frame.filter(pl.col("site").is_in(list(sites)))


def edits_seen(cell: Cell) -> str:
    """Codes of the edits of a cell that a form shows, to notice those that come meanwhile."""
    return " ".join(edits_of(cell).values_list("code", flat=True))
