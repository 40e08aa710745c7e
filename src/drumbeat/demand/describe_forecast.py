"""A forecast as tables: rows by period, and what to think of each series."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_history import Compiled
from drumbeat.demand.engine.clean_history import Cleaned
from drumbeat.demand.engine.consume import consume_forecast
from drumbeat.demand.engine.forecast import find_quantiles
from drumbeat.demand.engine.problem import History
from drumbeat.demand.engine.result import Forecast

LEVELS = (0.1, 0.9)
"""Of the band around the forecast."""
BACK, AHEAD = 1, 1
"""Periods around its own in which an order eats the forecast."""
ASSUMED_HOLDING = 0.2
"""Money that stock costs in a year, as a share of its value, at sites for which finance has not said it."""
NAIVE = 0
PERIODS_A_YEAR = {"day": 365, "week": 52, "month": 12}


def describe_rows(
    snapshot: Snapshot, compiled: Compiled, result: Forecast, mean: np.ndarray, naive: np.ndarray
) -> pl.DataFrame:
    """One row a series and period; see `drumbeat.demand.actions.ForecastRun`.

    Parameters
    ----------
    result
        The statistical forecast.
    mean
        That with people's edits, shape (S, H).
    naive
        The naive forecast, shape (S, H).
    """
    horizon = len(compiled.starts)
    band = find_quantiles(replace(result, mean=mean), LEVELS)
    places = (
        compiled.series.select(pl.all().repeat_by(horizon).explode(empty_as_null=True)) if horizon else compiled.series
    )
    ordered, left = consume(snapshot, compiled, mean)
    starts = pl.Series("period_start", compiled.starts * compiled.series.height, dtype=pl.Date)
    columns = {
        "quantity": mean, "low": band[:, :horizon, 0], "high": band[:, :horizon, 1], "ordered": ordered, "left": left,
        "statistical": result.mean, "naive": naive,
    }  # fmt: skip
    return places.with_columns(
        starts, *(pl.Series(name, values[:, :horizon].ravel()) for name, values in columns.items())
    )


def consume(snapshot: Snapshot, compiled: Compiled, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
    days = orders["due_at"].dt.date()
    period = np.searchsorted(np.array(compiled.starts), days.to_numpy(), side="right") - 1
    kept = (period >= 0) & (days < compiled.end).to_numpy()
    series, quantity = orders["series"].to_numpy().astype(np.int64)[kept], orders["quantity"].to_numpy()[kept]
    ordered = np.zeros(shape)
    np.add.at(ordered, (series, period[kept]), quantity)
    left = consume_forecast(mean, series, period[kept].astype(np.int64), quantity.astype(float), BACK, AHEAD)
    return ordered, left


def describe_series(
    snapshot: Snapshot, compiled: Compiled, places: pl.DataFrame, cleaned: Cleaned, result: Forecast, findings: Findings
) -> pl.DataFrame:
    """Tell of each series which model leads, how wrong it was, and what that costs.

    Parameters
    ----------
    places
        See `describe_places`.
    result
        Of these series alone.
    findings
        Gets what had to be assumed about money.
    """
    if not compiled.series.height:
        empty = dict.fromkeys(("family", "unit", "model"), pl.lit(None, pl.String))
        nothing = ("error", "naive_error", "bias", "error_cost", "over_cost", "under_cost", "usual", "cleaned")
        empty |= dict.fromkeys(nothing, pl.lit(None, pl.Float64))
        return compiled.series.with_columns(value.alias(name) for name, value in empty.items())
    known = ~np.isnan(result.errors)
    weights = np.where(known, result.weights, 0.0)
    share = np.divide(weights, weights.sum(axis=1, keepdims=True), where=weights.any(axis=1, keepdims=True),
                      out=np.zeros_like(weights))  # fmt: skip
    error = np.where(known.any(axis=1), np.nansum(result.errors * share, axis=1), np.nan)
    bias = np.where(known.any(axis=1), np.nansum(result.biases * share, axis=1), np.nan)
    over_cost, under_cost, has_money = _price_errors(snapshot, compiled.period, places, findings)
    over, under = np.maximum(error + bias, 0) / 2, np.maximum(error - bias, 0) / 2
    money = np.where(has_money, over * over_cost + under * under_cost, np.nan)
    lengths = np.diff(compiled.history.ptr)
    starts = compiled.history.ptr[:-1]
    changed = np.add.reduceat(cleaned.was_changed.astype(np.int64), starts)
    usual = np.add.reduceat(cleaned.history.values, starts) / lengths
    lead = [
        result.models[int(m)] if w.any() else ""
        for m, w in zip(result.weights.argmax(axis=1), result.weights, strict=True)
    ]
    return places.select("item", "site", "family", "unit").with_columns(
        pl.Series("model", lead, dtype=pl.String),
        pl.Series("error", error).fill_nan(None),
        pl.Series("naive_error", result.errors[:, NAIVE]).fill_nan(None),
        pl.Series("bias", bias).fill_nan(None),
        pl.Series("error_cost", money).fill_nan(None),
        pl.Series("over_cost", over_cost),
        pl.Series("under_cost", under_cost),
        pl.Series("usual", usual),
        pl.Series("cleaned", changed),
    )


def _price_errors(
    snapshot: Snapshot, period: str, places: pl.DataFrame, findings: Findings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Money for a unit too many over a period and for one too few, and where both are known to be worth something."""
    rates = dict(snapshot["holding_rate"].select("site", "rate").iter_rows())
    missing = sorted(set(places["site"]) - set(rates))
    if missing:
        rule = f"what stock costs a year is known; {ASSUMED_HOLDING:.0%} of its value is assumed here"
        value = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        remedy = "Ask finance, and enter holding_rate: site and rate"
        findings.add(Finding("holding_rate", rule, remedy, value=value, severity="warning"))
    rate = np.array([rates.get(site, ASSUMED_HOLDING) for site in places["site"]])
    cost, price = places["cost"].to_numpy(), places["price"].to_numpy()
    has_money = (cost > 0) | (price > 0)
    unpriced = sorted(set(places["item"].filter(pl.Series(~has_money))))
    if unpriced:
        rule, remedy = "an error costs money by the item's cost and price", "Enter cost and price; it is left open"
        findings.add(
            Finding("item", rule, remedy, value=f"{len(unpriced)} items, such as {unpriced[0]}", severity="note")
        )
    return cost * rate / PERIODS_A_YEAR[period], np.maximum(price - cost, 0.0), has_money


def report_history(compiled: Compiled, cleaned: Cleaned, findings: Findings) -> None:
    """Say what was changed in the past demand, and which series tell little."""
    history = compiled.history
    if not history.num_series:
        remedy = "Load demand_history: item, site, period_start and quantity"
        findings.add(Finding("demand_history", "a forecast needs past demand", remedy, severity="warning"))
        return
    for marks, rule in (
        (cleaned.was_outlier, "a period is within five median deviations of the usual; it counts as the edge of that"),
        (cleaned.was_short, "a period out of stock counts as the usual"),
        (cleaned.was_closed, "a period without working days counts as the usual"),
    ):
        owner = np.searchsorted(history.ptr, np.flatnonzero(marks), side="right") - 1
        for series, count in zip(*np.unique(owner, return_counts=True), strict=True):
            value = f"{history.keys[series]}: {count} periods"
            findings.add(
                Finding("demand_history", rule, "Correct the row if it is wrong", value=value, severity="note")
            )
    lengths = np.diff(history.ptr)
    for series in np.flatnonzero(lengths < 4):
        rule, remedy = "three periods say little: the last one is repeated", "Enter more of the past, or edit"
        value = str(history.keys[series])
        findings.add(Finding("demand_history", rule, remedy, value=value, severity="note"))
    year = PERIODS_A_YEAR[compiled.period]
    ended, gap = measure_silence(history)
    _report_years(
        compiled, (ended >= np.minimum(lengths, year)) & (lengths >= 4), "nothing was wanted for a year",
        "Its forecast is near 0: retire the item, load what is missing, or edit its forecast", findings,
    )  # fmt: skip
    _report_years(
        compiled, gap >= year, "a year without demand lies between periods with demand; it counts as 0",
        "Load the rows that are missing, or leave it where nothing was wanted", findings,
    )  # fmt: skip


def measure_silence(history: History) -> tuple[Int64s, Int64s]:
    """Return the periods without demand at the end of each series, and the most of them between two with demand.

    Returns
    -------
    tuple
        Shapes (S,): all periods of a series and 0 where it never had demand.
    """
    ended, gap = np.diff(history.ptr).astype(np.int64), np.zeros(history.num_series, dtype=np.int64)
    at = np.flatnonzero(history.values > 0)
    owner = np.searchsorted(history.ptr, at, side="right") - 1
    ended[owner] = history.ptr[owner + 1] - 1 - at  # the last of each series is written last
    same = owner[1:] == owner[:-1]
    np.maximum.at(gap, owner[1:][same], (np.diff(at) - 1)[same])
    return ended, gap


def _report_years(compiled: Compiled, marks: Bools, rule: str, remedy: str, findings: Findings) -> None:
    """Tell a rule once a site, with how many series break it there: a plant may have thousands of dead items."""
    broken = compiled.series.filter(pl.Series(marks)).group_by("site", maintain_order=True).agg("item")
    for site, items in broken.iter_rows():
        more = f" and {len(items) - 1:,} more" if len(items) > 1 else ""
        value = f"{items[0]} @ {site}{more}"
        findings.add(Finding("demand_history", rule, remedy, value=value, severity="warning"))
