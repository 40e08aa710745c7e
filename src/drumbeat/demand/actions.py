"""What people do with demand: forecast it, with what planners know, and say what is left beside the orders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_history import Compiled, compile_history
from drumbeat.demand.engine.clean_history import Cleaned, clean_history
from drumbeat.demand.engine.consume import consume_forecast
from drumbeat.demand.engine.forecast import find_quantiles, forecast
from drumbeat.demand.engine.result import Forecast

LEVELS = (0.1, 0.9)
"""Of the band around the forecast."""
BACK, AHEAD = 1, 1
"""Periods around its own in which an order eats the forecast."""
HOLDING_A_YEAR = 0.2
"""Money that a unit too many costs in a year, as a share of its cost; the company's data do not say it yet."""
NAIVE = 0


@dataclass(frozen=True)
class ForecastRun:
    """A forecast with the business rows behind it.

    Parameters
    ----------
    compiled, cleaned, result
        What the engine was given and gave back.
    rows
        One row a series and period: item, site, period_start, quantity (expected), low, high (a tenth of the periods
        lie below, a tenth above), ordered (open orders due in it), left (forecast that orders have not eaten).
    series
        One row a series: item, site, model (of the greatest weight), error, naive_error (mean absolute error in the
        backtest, units a period), bias (forecast less actual there), error_cost (money a period), cleaned (periods that
        were changed first).
    findings
        What was changed or could not be forecast.
    as_of, version
        Of the data.
    """

    compiled: Compiled
    cleaned: Cleaned
    result: Forecast
    rows: pl.DataFrame
    series: pl.DataFrame
    findings: Findings
    as_of: datetime
    version: str

    def as_document(self) -> dict[str, Any]:
        """Return the forecast in a JSON-ready form."""
        tables = {"rows": self.rows, "series": self.series}
        return {
            "as_of": self.as_of.isoformat(),
            "version": self.version,
            "period": self.compiled.period,
            "findings": self.findings.as_json(),
            **{name: json.loads(frame.write_json()) for name, frame in tables.items()},
        }


def make_forecast(
    snapshot: Snapshot, *, horizon: int = 12, blends: bool = True, progress: Progress = silent
) -> ForecastRun:
    """Forecast every item and site with past demand. Nothing is stored.

    Parameters
    ----------
    snapshot
        The production system; see `drumbeat.demand.compile_history` for the rules by which it is read.
    horizon
        Periods ahead, >= 1.
    blends
        Whether models are blended; False: each series takes the one that did best.
    progress
        Hears how far it is.
    """
    progress(0.0, "reading past demand")
    compiled = compile_history(snapshot, horizon)
    cleaned = clean_history(compiled.history)
    result = forecast(
        cleaned.history, horizon, blends=blends, effects=compiled.effects, progress=part_of(progress, 0.2, 0.9)
    )
    progress(0.9, "writing it down")
    findings = Findings()
    _report(compiled, cleaned, findings)
    return ForecastRun(
        compiled,
        cleaned,
        result,
        _describe_rows(snapshot, compiled, result),
        _describe_series(snapshot, compiled, cleaned, result),
        findings,
        snapshot.as_of,
        snapshot.version,
    )


def _report(compiled: Compiled, cleaned: Cleaned, findings: Findings) -> None:
    if not compiled.history.num_series:
        remedy = "Load demand_history: item, site, period_start and quantity"
        findings.add(Finding("demand_history", "a forecast needs past demand", remedy, severity="warning"))
    for marks, rule in (
        (cleaned.was_outlier, "a period is within five median deviations of the usual; it counts as the edge of that"),
        (cleaned.was_short, "a period out of stock counts as the usual"),
    ):
        owner = np.searchsorted(compiled.history.ptr, np.flatnonzero(marks), side="right") - 1
        for series, count in zip(*np.unique(owner, return_counts=True), strict=True):
            value = f"{compiled.history.keys[series]}: {count} periods"
            findings.add(
                Finding("demand_history", rule, "Correct the row if it is wrong", value=value, severity="note")
            )


def _describe_rows(snapshot: Snapshot, compiled: Compiled, result: Forecast) -> pl.DataFrame:
    horizon = len(compiled.starts)
    band = find_quantiles(result, LEVELS)
    places = (
        compiled.series.select(pl.all().repeat_by(horizon).explode(empty_as_null=True)) if horizon else compiled.series
    )
    ordered, left = _consume(snapshot, compiled, result)
    starts = pl.Series("period_start", compiled.starts * compiled.series.height, dtype=pl.Date)
    return places.with_columns(
        starts,
        pl.Series("quantity", result.mean[:, :horizon].ravel()),
        pl.Series("low", band[:, :horizon, 0].ravel()),
        pl.Series("high", band[:, :horizon, 1].ravel()),
        pl.Series("ordered", ordered.ravel()),
        pl.Series("left", left.ravel()),
    )


def _consume(snapshot: Snapshot, compiled: Compiled, result: Forecast) -> tuple[np.ndarray, np.ndarray]:
    """Open orders by series and period, and what they leave of the forecast; overdue orders eat nothing."""
    shape = (compiled.series.height, len(compiled.starts))
    if not shape[0] or not shape[1]:
        return np.zeros(shape), np.zeros(shape)
    orders = (
        snapshot["demand_line"]
        .filter((pl.col("state") == "open") & (pl.col("kind") == "order"))
        .join(compiled.series.with_row_index("series"), on=["item", "site"], maintain_order="left")
        .sort("due_at", maintain_order=True)
    )
    period = np.searchsorted(np.array(compiled.starts), orders["due_at"].dt.date().to_numpy(), side="right") - 1
    kept = period >= 0
    series, quantity = orders["series"].to_numpy().astype(np.int64)[kept], orders["quantity"].to_numpy()[kept]
    ordered = np.zeros(shape)
    np.add.at(ordered, (series, period[kept]), quantity)
    left = consume_forecast(result.mean, series, period[kept].astype(np.int64), quantity.astype(float), BACK, AHEAD)
    return ordered, left


def _describe_series(snapshot: Snapshot, compiled: Compiled, cleaned: Cleaned, result: Forecast) -> pl.DataFrame:
    """Tell of each series which model leads, how wrong it was, and what that costs."""
    if not compiled.series.height:
        nothing = ["model", "error", "naive_error", "bias", "error_cost", "cleaned"]
        return compiled.series.with_columns(pl.lit(None).alias(name) for name in nothing)
    known = ~np.isnan(result.errors)
    weights = np.where(known, result.weights, 0.0)
    share = np.divide(weights, weights.sum(axis=1, keepdims=True), where=weights.any(axis=1, keepdims=True),
                      out=np.zeros_like(weights))  # fmt: skip
    error = np.where(known.any(axis=1), np.nansum(result.errors * share, axis=1), np.nan)
    bias = np.where(known.any(axis=1), np.nansum(result.biases * share, axis=1), np.nan)
    items = compiled.series.join(
        snapshot["item"].select("code", "cost", "price"),
        left_on="item",
        right_on="code",
        how="left",
        maintain_order="left",
    )
    cost, price = (items[name].cast(pl.Float64).fill_null(0).to_numpy() for name in ("cost", "price"))
    over, under = np.maximum(error + bias, 0) / 2, np.maximum(error - bias, 0) / 2
    holding = cost * HOLDING_A_YEAR / {"day": 365, "week": 52, "month": 12}[compiled.period]
    missed = np.maximum(price - cost, 0.0)
    changed = np.add.reduceat(
        np.append(cleaned.was_outlier | cleaned.was_short, False).astype(np.int64), compiled.history.ptr[:-1]
    )
    lead = [
        result.models[int(m)] if w.any() else ""
        for m, w in zip(result.weights.argmax(axis=1), result.weights, strict=True)
    ]
    return compiled.series.with_columns(
        pl.Series("model", lead, dtype=pl.String),
        pl.Series("error", error).fill_nan(None),
        pl.Series("naive_error", result.errors[:, NAIVE]).fill_nan(None),
        pl.Series("bias", bias).fill_nan(None),
        pl.Series("error_cost", over * holding + under * missed).fill_nan(None),
        pl.Series("cleaned", changed),
    )
