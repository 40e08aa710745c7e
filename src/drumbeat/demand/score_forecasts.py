"""Score stored forecasts once the demand is known: what the models were worth, and what people's edits added.

Rules, so that nobody has to guess:

- A period is judged by the last forecast that was made before it began, with the edits that were in force then.
- Only periods that are over at the snapshot's moment count; one without a row had no demand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_edits import compile_edits
from drumbeat.demand.compile_history import Compiled, compile_history
from drumbeat.demand.engine.score_steps import STEPS, Scores, score_steps


@dataclass(frozen=True)
class ValueAdded:
    """Forecast value added, as tables.

    Parameters
    ----------
    steps
        One row a step (naive, statistical, edited): demand, absolute_error, bias (units), wape and bias_share (against
        demand), cost (money), saved_cost (against the step before).
    edits
        One row an edit with a known period: code, author, reason, item, family, site, customer, cells (series and
        periods judged), saved_units, saved_cost.
    people, reasons
        The same by author, and by reason: edits, cells, saved_units, saved_cost, and helped (share of the edits that
        saved money or, where money is unknown, units).
    series
        One row a series: item, site, demand, and absolute_error and cost by step.
    num_periods
        Periods that were judged.
    """

    steps: pl.DataFrame
    edits: pl.DataFrame
    people: pl.DataFrame
    reasons: pl.DataFrame
    series: pl.DataFrame
    num_periods: int


def score_forecasts(snapshot: Snapshot, forecasts: Iterable[Any] | None = None) -> ValueAdded:
    """Score the stored forecasts.

    Parameters
    ----------
    snapshot
        With the demand that came, and the edits, withdrawn ones too.
    forecasts
        Rows of `StoredForecast`; None = all of the database.
    """
    from drumbeat.demand.models import StoredForecast

    stored = list(StoredForecast.objects.all()) if forecasts is None else list(forecasts)
    compiled = compile_history(snapshot, 1)
    known_to = compiled.starts[0] if compiled.history.num_series else date.min
    parts, judged = [], set()
    for forecast, chosen in _choose_periods(stored, known_to):
        if forecast.period == compiled.period:
            parts.append(_score_one(snapshot, forecast, chosen, compiled))
            judged.update(chosen)
    return _describe(parts, len(judged))


def _choose_periods(stored: list[Any], known_to: date) -> list[tuple[Any, list[int]]]:
    """Which periods of each forecast it was the last before, and are over."""
    best: dict[date, tuple[Any, int]] = {}
    for forecast in sorted(stored, key=lambda one: (one.as_of, one.pk)):
        for h, text in enumerate(forecast.starts[:-1]):
            start, closes = date.fromisoformat(text), date.fromisoformat(forecast.starts[h + 1])
            if start >= forecast.as_of.date() and closes <= known_to:
                best[start] = (forecast, h)
    chosen: dict[int, tuple[Any, list[int]]] = {}
    for forecast, h in best.values():
        chosen.setdefault(forecast.pk, (forecast, []))[1].append(h)
    return list(chosen.values())


def _score_one(
    snapshot: Snapshot, forecast: Any, chosen: list[int], compiled: Compiled
) -> tuple[pl.DataFrame, pl.DataFrame, Scores]:
    from drumbeat.demand.number_periods import number_of

    columns = ("item", "site", "family", "unit", "usual", "over_cost", "under_cost", "naive", "mean")
    rows = list(forecast.series.order_by("item", "site").values_list(*columns))
    places = pl.DataFrame([row[:4] for row in rows], dict.fromkeys(columns[:4], pl.String), orient="row")
    bounds = [date.fromisoformat(text) for text in forecast.starts]
    edits, edit_rows, _ = compile_edits(snapshot, places, bounds[:-1], bounds[-1], as_of_each_period=True)
    truth = np.full((len(rows), len(bounds) - 1), np.nan)
    index = {pair: s for s, pair in enumerate(compiled.series.iter_rows())}
    series = np.array([index.get((row[0], row[1]), -1) for row in rows], dtype=np.int64)
    history = compiled.history
    for h in chosen:
        # A period without a row had no demand, also before and after all rows of its series.
        at = number_of(bounds[h], forecast.period) - compiled.first[series] + history.ptr[series]
        here = (series >= 0) & (at >= history.ptr[series]) & (at < history.ptr[series + 1])
        truth[:, h] = np.where(here, history.values[np.where(here, at, 0)], 0.0)
    numbers = np.array([row[4:7] for row in rows], dtype=np.float64).reshape(len(rows), 3)
    shape = truth.shape
    naive, mean = (np.array([row[at] for row in rows], dtype=np.float64).reshape(shape) for at in (7, 8))
    scores = score_steps(naive, mean, numbers[:, 0], edits, truth, numbers[:, 1], numbers[:, 2])
    return places.select("item", "site"), edit_rows, scores


def _describe(parts: list[tuple[pl.DataFrame, pl.DataFrame, Scores]], num_periods: int) -> ValueAdded:
    series, edits = [], []
    for places, rows, scores in parts:
        columns = {"demand": scores.demand}
        for step, name in enumerate(STEPS):
            columns |= {f"{name}_error": scores.absolute[step], f"{name}_bias": scores.bias[step]}
            columns[f"{name}_cost"] = scores.cost[step]
        series.append(places.with_columns(pl.Series(name, values) for name, values in columns.items()))
        told = rows.select("code", "author", "reason", "item", "family", "site", "customer")
        edits.append(
            told.with_columns(
                pl.Series("cells", scores.num_known),
                pl.Series("saved_units", scores.saved_units),
                pl.Series("saved_cost", scores.saved_cost),
            )
        )
    figures = [f"{name}_{what}" for name in STEPS for what in ("error", "bias", "cost")]
    empty = pl.DataFrame(
        schema={"item": pl.String, "site": pl.String} | dict.fromkeys(["demand", *figures], pl.Float64)
    )
    by_series = pl.concat([empty, *series]).group_by("item", "site", maintain_order=True).sum()
    keys = ["code", "author", "reason", "item", "family", "site", "customer"]
    saved = ["cells", "saved_units", "saved_cost"]
    none = pl.DataFrame(schema=dict.fromkeys(keys, pl.String) | dict.fromkeys(saved, pl.Float64))
    by_edit = pl.concat([none, *edits]).group_by(keys, maintain_order=True).sum().filter(pl.col("cells") > 0)
    return ValueAdded(
        _describe_steps(by_series),
        by_edit.sort("saved_cost"),
        _group(by_edit, "author"),
        _group(by_edit, "reason"),
        by_series,
        num_periods,
    )


def _describe_steps(series: pl.DataFrame) -> pl.DataFrame:
    demand = float(series["demand"].sum())
    rows = []
    before = None
    for name in STEPS:
        absolute, bias, cost = (float(series[f"{name}_{what}"].sum()) for what in ("error", "bias", "cost"))
        share = (absolute / demand, bias / demand) if demand > 0 else (None, None)
        rows.append((name, demand, absolute, bias, *share, cost, None if before is None else before - cost))
        before = cost
    names = ("step", "demand", "absolute_error", "bias", "wape", "bias_share", "cost", "saved_cost")
    return pl.DataFrame(rows, dict.fromkeys(names, pl.Float64) | {"step": pl.String}, orient="row")


def _group(edits: pl.DataFrame, by: str) -> pl.DataFrame:
    helped = pl.when(pl.col("saved_cost") != 0).then(pl.col("saved_cost") > 0).otherwise(pl.col("saved_units") > 0)
    return (
        edits.group_by(by, maintain_order=True)
        .agg(
            pl.len().alias("edits"),
            pl.col("cells", "saved_units", "saved_cost").sum(),
            helped.mean().alias("helped"),
        )
        .sort("saved_cost")
    )
