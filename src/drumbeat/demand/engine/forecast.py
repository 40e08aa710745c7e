"""Forecast demand: every series by the models that would have done well, blended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.demand.engine.blend import NUM_MODELS, forecast_rows, naive_rows
from drumbeat.demand.engine.check import check_history
from drumbeat.demand.engine.effects import RAISE, find_moved, take_out
from drumbeat.demand.engine.predict import MODELS
from drumbeat.demand.engine.problem import Effects, History
from drumbeat.demand.engine.result import Forecast

ORIGINS = 4
"""Origins of the backtest: the first costs a search for parameters, each further one a walk."""


def forecast(
    history: History,
    horizon: int,
    *,
    models: Sequence[str] = MODELS,
    blends: bool = True,
    num_origins: int = ORIGINS,
    effects: Effects | None = None,
    cores: int = 2,
    progress: Progress = silent,
) -> Forecast:
    """Forecast all series.

    Every series is backtested with each model that suits it (models for sporadic demand where demand comes less often
    than every 1.32 periods, the others elsewhere); the forecast is their mean, weighted inversely to the errors.

    Parameters
    ----------
    history
        Past demand, cleaned (`clean_history`).
    horizon
        Periods ahead, >= 1.
    models
        Names of the models that may be used (`MODELS`).
    blends
        Whether models are blended; False: each series takes the one that did best.
    num_origins
        Origins of the backtest of each series, >= 1: from the first, a horizon (at most a quarter of the past) before
        the end, evenly to the end. Each forecasts all that came after it; the means of their errors count.
    effects
        Prices and promotions, past and future; None = none.
    cores
        Threads.
    progress
        Hears how far it is.

    Returns
    -------
    Forecast
        Zero for series that never had demand. Of series that an effect moves, the models see what effects leave of the
        logarithm of demand, and the mean is a median: what half of the periods stay below.

    Raises
    ------
    InputError
        When the history breaks a rule (`check_history`), or a model's name is unknown.
    """
    check_history(history, horizon, effects).raise_on_errors()
    asked = np.array([name in models for name in MODELS])
    unknown = [name for name in models if name not in MODELS]
    if unknown or not asked.any():
        rule, remedy = f"a model is one of {', '.join(MODELS)}", "Name one of those"
        raise InputError(Finding("models", rule, remedy, value=", ".join(unknown) or "none"))
    sizes = (history.num_series, horizon)
    mean, spread = np.zeros(sizes), np.zeros(sizes)
    weights, errors, biases = (np.zeros((history.num_series, NUM_MODELS)) for _ in range(3))
    plain = history
    moved = np.zeros(history.num_series, dtype=np.bool_) if effects is None else find_moved(history, effects)
    if effects is not None and moved.any():
        # What nothing moves is forecast in its own units: logarithms would be wrong for sporadic demand.
        left, usual, lift = take_out(history, effects)
        owner = np.repeat(moved, np.diff(history.ptr))
        plain = replace(history, values=np.where(owner, left.values, history.values))

    def run(first: int, last: int) -> None:
        forecast_rows(
            plain.ptr, plain.values, plain.cycle, num_origins, blends, asked, first, last,
            mean, spread, weights, errors, biases,
        )  # fmt: skip

    run_blocks(run, history.num_series, cores=cores, progress=progress, message="forecasting")
    if moved.any():
        usual = usual[moved]
        mean[moved] = np.exp(np.clip(mean[moved] - RAISE, -20.0, 20.0)) * usual[:, None] * lift[moved]
        spread[moved] = mean[moved] * np.sqrt(np.expm1(np.minimum(spread[moved], 2.0) ** 2))
        errors[moved] *= usual[:, None]
        biases[moved] *= usual[:, None]
    return Forecast(history.keys, mean, spread, MODELS, weights, errors, biases)


def find_quantiles(result: Forecast, levels: Sequence[float]) -> Floats:
    """Return quantiles of demand in each period, shape (S, H, len(levels)): normal around the mean, cut at 0.

    Parameters
    ----------
    result
        A forecast.
    levels
        Between 0 and 1, e.g. (.1, .5, .9).
    """
    steps = ndtri(np.asarray(levels, dtype=np.float64))
    found: Floats = np.maximum(result.mean[:, :, None] + result.spread[:, :, None] * steps, 0.0)
    return found


def forecast_naive(history: History, horizon: int) -> Floats:
    """Return the naive forecast, shape (S, H): the last period again, or the last season where there is one.

    Parameters
    ----------
    history
        Past demand without errors (`check_history`).
    horizon
        Periods ahead, >= 1.
    """
    mean = np.zeros((history.num_series, horizon))
    naive_rows(history.ptr, history.values, history.cycle, mean)
    return mean
