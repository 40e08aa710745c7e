"""Read a stored forecast for pages and programs: with the edits of now, summed over whatever is asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import Sum
from scipy.special import ndtri

from drumbeat.basics.findings import Findings
from drumbeat.data.read_database import read_database
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_edits import compile_edits
from drumbeat.demand.edit_forecast import Cell
from drumbeat.demand.engine.apply_edits import Edited, apply_edits
from drumbeat.demand.models import DemandHistory, ForecastEdit, StoredForecast, StoredSeries

FIGURES = ("error", "naive_error", "bias", "error_cost", "usual")
PAST_SHOWN = 160
"""Periods of the past on a chart."""
TENTH = float(ndtri(0.9))


@dataclass(frozen=True)
class Loaded:
    """A stored forecast in arrays.

    Parameters
    ----------
    forecast
        The stored row.
    places
        One row a series: item, site, family, unit, model, and `FIGURES`.
    naive, mean, spread
        Shape (S, H).
    bounds
        First day of each period, and the day after the last.
    """

    forecast: StoredForecast
    places: pl.DataFrame
    naive: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    bounds: list[date]


@dataclass(frozen=True)
class Current:
    """A stored forecast with the edits of now: the edited mean, the edits that count, what is wrong with others."""

    loaded: Loaded
    edited: Edited
    edits: pl.DataFrame
    findings: Findings


@lru_cache(maxsize=2)
def _load(number: int) -> Loaded | None:
    forecast = StoredForecast.objects.filter(pk=number).first()
    if forecast is None:
        return None
    names = ("item", "site", "family", "unit", "model", *FIGURES)
    rows = list(StoredSeries.objects.filter(forecast=number).order_by("item", "site").values_list(*names))
    kinds = dict.fromkeys(names[:5], pl.String) | dict.fromkeys(FIGURES, pl.Float64)
    bounds = [date.fromisoformat(text) for text in forecast.starts]
    shape = (len(rows), max(len(bounds) - 1, 0))
    table = StoredSeries._meta.db_table
    with connection.cursor() as cursor:
        # The lists as one text: reading each by itself takes four times as long.
        cursor.execute(
            f"SELECT naive, mean, spread FROM {table} WHERE forecast_id = %s ORDER BY item, site",  # noqa: S608
            [number],
        )
        texts = cursor.fetchall()
    lists = []
    for at in range(3):
        cells = [row[at] for row in texts]
        numbers = json.loads(f"[{','.join(cells)}]") if not cells or isinstance(cells[0], str) else cells
        lists.append(np.array(numbers, dtype=np.float64).reshape(shape))
    return Loaded(forecast, pl.DataFrame(rows, kinds, orient="row"), lists[0], lists[1], lists[2], bounds)


def read_current(number: int | None = None) -> Current | None:
    """Return a stored forecast, the newest by default, with the edits that count now; None where there is none."""
    newest = StoredForecast.objects.values_list("pk", flat=True).first() if number is None else number
    loaded = _load(newest) if newest else None
    if loaded is None or not _is_stored(loaded.forecast):
        _load.cache_clear()
        loaded = _load(newest) if newest else None
    if loaded is None:
        return None
    tables = ["forecast_edit"]
    if ForecastEdit.objects.filter(withdrawn_at=None).exclude(customer=None).exists():
        tables.append("demand_line")
    snapshot = Snapshot.of(read_database(tables), loaded.forecast.as_of)
    edits, rows, findings = compile_edits(snapshot, loaded.places, loaded.bounds[:-1], loaded.bounds[-1])
    usual = loaded.places["usual"].fill_null(0.0).to_numpy()
    edited = apply_edits(loaded.mean, usual, edits)
    told = rows.with_columns(pl.Series("before", edited.before), pl.Series("after", edited.after))
    return Current(loaded, edited, told, findings)


def _is_stored(forecast: StoredForecast) -> bool:
    """Whether the forecast of this number is still the same one: another may have taken its place."""
    names = ("created_at", "version", "starts")
    stored = StoredForecast.objects.filter(pk=forecast.pk).values_list(*names).first()
    return stored == tuple(getattr(forecast, name) for name in names)


def find_members(places: pl.DataFrame, cell: Cell, sites: set[str] | None) -> np.ndarray:
    """Series of a cell at the sites that a user may see; None = all."""
    mask = np.ones(places.height, dtype=np.bool_)
    for name in ("item", "family", "site"):
        wanted = getattr(cell, name)
        if wanted:
            mask &= (places[name] == wanted).to_numpy()
    if sites is not None:
        mask &= places["site"].is_in(list(sites)).to_numpy()
    return np.flatnonzero(mask)


def sum_up(current: Current, members: np.ndarray) -> pl.DataFrame:
    """Return the forecast of some series together, one row a period: period_start, quantity, low, high, statistical,
    naive. The band of several takes their errors as independent.
    """
    loaded = current.loaded
    spread = np.sqrt((loaded.spread[members] ** 2).sum(axis=0))
    mean = current.edited.mean[members].sum(axis=0)
    return pl.DataFrame(
        {
            "period_start": loaded.bounds[:-1],
            "quantity": mean,
            "low": np.maximum(mean - TENTH * spread, 0.0),
            "high": mean + TENTH * spread,
            "statistical": loaded.mean[members].sum(axis=0),
            "naive": loaded.naive[members].sum(axis=0),
        },
        schema_overrides={"period_start": pl.Date},
    )


def read_past(cell: Cell, sites: set[str] | None, items: list[str] | None) -> list[tuple[date, float]]:
    """Return past demand by period of a cell, the newest `PAST_SHOWN`, the oldest of them first.

    Parameters
    ----------
    items
        Items of the cell's family; None where the cell names none.
    """
    rows = DemandHistory.objects.all()
    if cell.item:
        rows = rows.filter(item=cell.item)
    elif items is not None:
        rows = rows.filter(item__in=items)
    if cell.site:
        rows = rows.filter(site=cell.site)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    summed = rows.values("period_start").annotate(total=Sum("quantity")).order_by("-period_start")[:PAST_SHOWN]
    return [(row["period_start"], float(row["total"])) for row in reversed(summed)]


def list_groups(current: Current, by: str, sites: set[str] | None) -> list[dict[str, Any]]:
    """Return families or sites, the dearest errors first: name, series, quantity (next period), error_cost."""
    places = current.loaded.places
    horizon = current.edited.mean.shape[1]
    first = current.edited.mean[:, 0] if horizon else np.zeros(places.height)
    rows = places.with_columns(pl.Series("quantity", first), pl.Series("total", current.edited.mean.sum(axis=1)))
    if sites is not None:
        rows = rows.filter(pl.col("site").is_in(list(sites)))
    grouped = rows.group_by(pl.col(by).alias("name"), maintain_order=True).agg(
        pl.len().alias("series"), pl.col("quantity").sum(), pl.col("total").sum(), pl.col("error_cost").sum(),
        pl.col("unit").n_unique().alias("units"), pl.col("unit").first(),
    )  # fmt: skip
    return grouped.sort("error_cost", "name", descending=[True, False]).to_dicts()


def list_findings(forecast: StoredForecast, sites: set[str] | None) -> list[dict[str, Any]]:
    """Return what was found when it was forecast, but for what is only a note; nothing that names another site."""
    told = forecast.summary.get("findings", {}).get("findings", [])
    others = set()
    if sites is not None:
        others = set(StoredSeries.objects.filter(forecast=forecast).values_list("site", flat=True)) - sites
    return [
        finding for finding in told
        if finding["severity"] != "note" and not any(site in str(finding["value"] or "") for site in others)
    ]  # fmt: skip
