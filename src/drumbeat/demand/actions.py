"""What people do with demand: forecast it, with what planners know, and say what is left beside the orders."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from django.db import transaction

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_days import compile_days, tell_days
from drumbeat.demand.compile_edits import compile_edits
from drumbeat.demand.compile_history import Compiled, compile_history
from drumbeat.demand.compile_levels import add_levels, describe_places
from drumbeat.demand.describe_forecast import describe_rows, describe_series, report_history
from drumbeat.demand.engine.apply_edits import Edited, apply_edits
from drumbeat.demand.engine.clean_history import Cleaned, clean_history
from drumbeat.demand.engine.follow_days import Followed, OpenDays, follow_days, take_out_days
from drumbeat.demand.engine.forecast import forecast, forecast_naive
from drumbeat.demand.engine.problem import Effects, History
from drumbeat.demand.engine.reconcile import reconcile
from drumbeat.demand.engine.result import Forecast
from drumbeat.demand.number_periods import start_of

CHUNK = 2000


@dataclass(frozen=True)
class ForecastRun:
    """A forecast with the business rows behind it.

    Parameters
    ----------
    compiled, cleaned, result
        What the engine was given and gave back: items at sites, levels made to add up, without people's edits.
    computed
        Shape (S, H): the forecast of each series by itself, before levels were made to add up.
    edited
        The forecast with people's edits.
    rows
        One row a series and period: item, site, period_start, quantity (expected, with people's edits), low, high (a
        tenth of the periods lie below, a tenth above), ordered (open orders due in it), left (forecast that orders
        have not eaten), statistical (without people's edits), naive (the last period or season again).
    series
        One row a series: item, site, family, unit, model (of the greatest weight), error, naive_error (mean absolute
        error in the backtest, units a period), bias (forecast less actual there), error_cost (money a period; empty
        where cost and price are unknown), over_cost, under_cost (money for a unit too many over a period, and for one
        too few), usual (mean demand a period), cleaned (periods that were changed first), days_share (demand that a
        share of the working days takes with it, per share; 0 = none).
    edits
        One row an edit that counts: the columns of forecast_edit, and before, after (units, where it applies).
    findings
        What was changed, assumed, or could not be forecast.
    as_of, version
        Of the data.
    """

    compiled: Compiled
    cleaned: Cleaned
    result: Forecast
    computed: np.ndarray
    edited: Edited
    rows: pl.DataFrame
    series: pl.DataFrame
    edits: pl.DataFrame
    findings: Findings
    as_of: datetime
    version: str

    def as_document(self) -> dict[str, Any]:
        """Return the forecast in a JSON-ready form."""
        tables = {"rows": self.rows, "series": self.series, "edits": self.edits}
        return {
            "as_of": self.as_of.isoformat(),
            "version": self.version,
            "period": self.compiled.period,
            "findings": self.findings.as_json(),
            **{name: json.loads(frame.write_json()) for name, frame in tables.items()},
        }


def make_forecast(
    snapshot: Snapshot,
    *,
    horizon: int = 12,
    blends: bool = True,
    reconciles: bool = True,
    edits: bool = True,
    progress: Progress = silent,
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
    reconciles
        Whether items over their sites and families over their items are forecast too, and all made to add up.
    edits
        Whether planners' edits are applied.
    progress
        Hears how far it is.
    """
    progress(0.0, "reading past demand")
    compiled = compile_history(snapshot, horizon)
    places = describe_places(snapshot, compiled.series)
    days = compile_days(snapshot, compiled)
    cleaned, followed, factor = _clean(compiled, days)
    progress(0.2, "forecasting")
    result, computed = _forecast_levels(
        cleaned.history, compiled.effects, places, horizon, blends, reconciles, part_of(progress, 0.2, 0.85)
    )
    result = replace(result, mean=result.mean * factor, spread=result.spread * factor)
    computed = computed * factor
    progress(0.85, "applying edits")
    findings = Findings()
    findings.merge(compiled.findings)
    tell_days(followed, places, findings)
    report_history(compiled, cleaned, findings)
    told = snapshot if edits else _without_edits(snapshot)
    compiled_edits, rows, said = compile_edits(told, places, compiled.starts, compiled.end)
    findings.merge(said)
    series = describe_series(snapshot, compiled, places, cleaned, result, findings).with_columns(
        pl.Series("days_share", followed.share, dtype=pl.Float64)
    )
    usual = series["usual"].cast(pl.Float64).fill_null(0.0).to_numpy()
    edited = apply_edits(result.mean, usual, compiled_edits)
    progress(0.9, "writing it down")
    naive = forecast_naive(cleaned.history, horizon) * factor
    edit_rows = rows.with_columns(pl.Series("before", edited.before), pl.Series("after", edited.after))
    return ForecastRun(
        compiled,
        cleaned,
        result,
        computed,
        edited,
        describe_rows(snapshot, compiled, result, edited.mean, naive),
        series,
        edit_rows,
        findings,
        snapshot.as_of,
        snapshot.version,
    )


def _clean(compiled: Compiled, days: OpenDays | None) -> tuple[Cleaned, Followed, Floats]:
    """Clean the past; what a promotion explains is no outlier, and what working days explain is no change.

    The third part is what forecasts of usual periods are multiplied by, shape (S, H).
    """
    history, effects = compiled.history, compiled.effects
    promoted = np.zeros(len(history.values), dtype=np.bool_)
    if effects is not None and "promotion" in effects.names:
        promoted = effects.past[:, effects.names.index("promotion")] != 0.0
    shape = (history.num_series, len(compiled.starts))
    followed, factor, is_closed = Followed(np.zeros(shape[0]), 0.0, float("inf")), np.ones(shape), None
    if days is not None:
        followed = follow_days(history, days, promoted | history.is_short)
        history, is_closed, factor = take_out_days(history, days, followed.share)
    cleaned = clean_history(history, is_closed)
    explained = cleaned.was_outlier & promoted
    values = np.where(explained, history.values, cleaned.history.values)
    plain = replace(cleaned.history, values=values)
    return replace(cleaned, history=plain, was_outlier=cleaned.was_outlier & ~explained), followed, factor


def _without_edits(snapshot: Snapshot) -> Snapshot:
    return Snapshot.of({**snapshot.frames, "forecast_edit": snapshot["forecast_edit"].clear()}, snapshot.as_of)


def _forecast_levels(
    history: History,
    effects: Effects | None,
    places: pl.DataFrame,
    horizon: int,
    blends: bool,
    reconciles: bool,
    progress: Progress,
) -> tuple[Forecast, np.ndarray]:
    """Forecast items at sites, and what they add up to; return the former made to add up, and as they were."""
    size = history.num_series
    levels = add_levels(history, effects, places) if reconciles and size else None
    if levels is None:
        result = forecast(history, horizon, blends=blends, effects=effects, progress=progress)
        return result, result.mean
    full, moved, hierarchy = levels
    result = forecast(full, horizon, blends=blends, effects=moved, progress=progress)
    together = reconcile(result, hierarchy)
    part = {name: getattr(together, name)[:size] for name in ("keys", "mean", "spread", "weights", "errors", "biases")}
    return replace(together, **part), result.mean[:size]


def save_forecast(run: ForecastRun, created_at: datetime) -> Any:
    """Store a forecast with all that is needed to judge it later, in one transaction.

    Returns
    -------
    StoredForecast
        The stored forecast (`drumbeat.demand.models.StoredForecast`).
    """
    from drumbeat.demand.models import StoredForecast, StoredSeries

    starts = [day.isoformat() for day in (*run.compiled.starts, run.compiled.end)]
    with transaction.atomic():
        stored = StoredForecast.objects.create(
            created_at=created_at, as_of=run.as_of, version=run.version, period=run.compiled.period, starts=starts,
            summary={"series": run.series.height, "findings": run.findings.as_json(), "edits": run.edits.height},
        )  # fmt: skip
        rows = run.series.drop("cleaned").to_dicts()
        naive = run.rows["naive"].to_numpy().reshape(run.result.mean.shape) if run.series.height else run.computed
        for begin in range(0, len(rows), CHUNK):
            StoredSeries.objects.bulk_create(
                StoredSeries(forecast=stored, **rows[s], **_lists(run, s, naive))
                for s in range(begin, min(begin + CHUNK, len(rows)))
            )
    return stored


def _lists(run: ForecastRun, s: int, naive: np.ndarray) -> dict[str, Any]:
    """What is stored of a series as lists and by model."""
    result, history = run.result, run.compiled.history
    weights = {name: round(float(w), 4) for name, w in zip(result.models, result.weights[s], strict=True) if w > 0}
    errors = {
        name: _short(error) for name, error in zip(result.models, result.errors[s], strict=True) if error == error
    }
    first = int(run.compiled.first[s])
    cleaned = []
    rows = np.arange(history.ptr[s], history.ptr[s + 1])
    for row in rows[run.cleaned.was_changed[rows]]:
        day = start_of(first + int(row - history.ptr[s]), run.compiled.period).isoformat()
        why = "out of stock" if run.cleaned.was_short[row] else "far from the usual"
        why = "a holiday" if run.cleaned.was_closed[row] else why
        cleaned.append([day, _short(history.values[row]), _short(run.cleaned.history.values[row]), why])
    lists = {"naive": naive, "computed": run.computed, "mean": result.mean, "spread": result.spread}
    return {
        "weights": weights,
        "errors": errors,
        "cleaned": cleaned,
        **{name: [_short(value) for value in values[s]] for name, values in lists.items()},
    }


def _short(value: float) -> float:
    """A number with seven digits: what a forecast is worth, and half the room."""
    return float(f"{value:.7g}")
