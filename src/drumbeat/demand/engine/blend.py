"""Weigh models by how they would have done: a rolling-origin backtest of every series, and the blend from it."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.demand.engine.intermittent import is_intermittent
from drumbeat.demand.engine.predict import (
    ADIDA,
    DYNAMIC_THETA,
    IMAPA,
    MODELS,
    NAIVE,
    SBA,
    SES,
    TSB,
    predict,
    repeat_last,
)
from drumbeat.demand.engine.seasons import has_season

NUM_MODELS = len(MODELS)
SPREAD_ORIGINS = 8
"""Pasts from which the spread of the error is measured, with one quick model."""
FEWEST_ORIGINS = 4
MOST_GROWTH = 2.0
"""Growth of the squared error with each further period, as a share of the first one's."""
PRIOR = 4.0
"""Errors that the guess of a random walk is worth."""
FEWEST_BEFORE = 6
"""Periods that must lie before an origin."""


@inner
def _list_origins(n: int, cycle: int, horizon: int, num_origins: int) -> Int64s:
    """Ends of the pasts of the backtest, rising; none where there is too little past."""
    held = min(horizon, max(n // 4, 1))
    first = n - held
    # Where there is a season to find, the past must still show it twice.
    if first < (max(2 * cycle, FEWEST_BEFORE) if n >= 3 * cycle else FEWEST_BEFORE):
        return np.empty(0, np.int64)
    size = min(num_origins, held)
    origins = np.empty(size, np.int64)
    for row in range(size):
        origins[row] = first + row * held // size
    return origins


@inner
def _backtest(y: Floats, cycle: int, origins: Int64s, allowed: Bools, errors: Floats, biases: Floats) -> None:
    """Fill mean absolute error and mean error (forecast less actual) by model, each origin counting the same."""
    errors[:] = 0.0
    biases[:] = 0.0
    if not len(origins):
        return
    n, size = len(y), len(origins)
    ahead = np.empty((size, n - origins[0]))
    for model in range(NUM_MODELS):
        if not allowed[model]:
            continue
        predict(model, y, cycle, origins, ahead)
        for row in range(size):
            held = n - origins[row]
            for h in range(held):
                miss = ahead[row, h] - y[origins[row] + h]
                errors[model] += abs(miss) / (held * size)
                biases[model] += miss / (held * size)


@inner
def _weigh(errors: Floats, allowed: Bools, used: int, blends: bool, weights: Floats) -> None:
    """Weights inverse to the errors; or all on the best; the same for all where nothing could be tested."""
    weights[:] = 0.0
    if used == 0:
        for model in range(NUM_MODELS):
            weights[model] = 1.0 if allowed[model] and model != NAIVE else 0.0
        if weights.sum() == 0.0:
            weights[:] = allowed.astype(np.float64)
    else:
        best, least = 0, np.inf
        for model in range(NUM_MODELS):
            if allowed[model] and errors[model] < least:
                best, least = model, errors[model]
        for model in range(NUM_MODELS):
            # The naive forecast is a yardstick, not a part of the blend.
            if blends and allowed[model] and model != NAIVE:
                weights[model] = 1.0 / max(errors[model], 1e-6)
        if not blends or weights.sum() == 0.0:
            weights[best] = 1.0
    weights /= weights.sum()


@inner
def _measure_spread(y: Floats, cycle: int, sporadic: bool, spread: Floats) -> None:
    """Fill the standard deviation of the error by horizon (H,), never falling, from several pasts and one quick model.

    The square of the error is taken to grow in a straight line with the horizon: not at all around a steady level, in
    step with it for a random walk, faster where a trend may be wrong.
    """
    n, horizon = len(y), len(spread)
    model = SBA if sporadic else DYNAMIC_THETA
    fewest = FEWEST_BEFORE
    if has_season(y, cycle) and n - 3 * cycle >= FEWEST_ORIGINS:
        # A past too short to show the season says nothing of the errors of one that shows it.
        fewest = 3 * cycle
    step = max(min(n // (2 * SPREAD_ORIGINS), (n - 1 - fewest) // (SPREAD_ORIGINS - 1)), 1)
    squares, counts = np.zeros(horizon), np.zeros(horizon)
    ahead, origin = np.empty((1, horizon)), np.empty(1, np.int64)
    origins = 0
    for number in range(SPREAD_ORIGINS):
        cut = n - 1 - number * step
        if cut < fewest:
            break
        origins += 1
        origin[0] = cut
        predict(model, y[:cut], cycle, origin, ahead)
        for h in range(min(horizon, n - cut)):
            squares[h] += (ahead[0, h] - y[cut + h]) ** 2
            counts[h] += 1.0
    least = 0.5 * np.abs(np.diff(y)).mean() if n > 2 else 0.0
    seen = counts.sum()
    level, growth = 0.0, 1.0
    if seen > 0.0:
        middle = (counts * np.arange(horizon)).sum() / seen
        mean = squares.sum() / seen
        above, below = 0.0, 0.0
        for h in range(horizon):
            if counts[h] > 0.0:
                above += counts[h] * (h - middle) * (squares[h] / counts[h] - mean)
                below += counts[h] * (h - middle) ** 2
        # Weighed against a walk: a few origins tell little of how errors grow.
        walk = mean / (1.0 + middle)
        slope = (above / below + PRIOR / seen * walk) / (1.0 + PRIOR / seen) if below > 0.0 else walk
        level = mean - slope * middle
        if slope < 0.0:
            level, growth = mean, 0.0
        elif level <= slope / MOST_GROWTH:
            level, growth = mean / (1.0 + MOST_GROWTH * middle), MOST_GROWTH
        else:
            growth = slope / level
    # Few origins: a wider band, as Student's t has it.
    widen = 1.0 + 0.8 / max(origins, 1)
    for h in range(horizon):
        spread[h] = max(np.sqrt(level * (1.0 + growth * h)) * widen, least)


@njit(nogil=True)
def forecast_rows(
    ptr: Int64s,
    values: Floats,
    cycle: int,
    num_origins: int,
    blends: bool,
    asked: Bools,
    first: int,
    last: int,
    mean: Floats,
    spread: Floats,
    weights: Floats,
    errors: Floats,
    biases: Floats,
) -> None:
    """Forecast series `first` to `last - 1`; fills rows of `mean`, `spread` (S, H), `weights`, `errors` and `biases`
    (S, NUM_MODELS), all in the series' own units. Errors are NaN where a model was not tried or not tested.
    """
    ahead, end = np.empty((1, mean.shape[1])), np.empty(1, np.int64)
    for s in range(first, last):
        y = values[ptr[s] : ptr[s + 1]].copy()
        scale = np.abs(y).mean() if len(y) else 0.0
        errors[s] = np.nan
        biases[s] = np.nan
        weights[s] = 0.0
        mean[s] = 0.0
        spread[s] = 0.0
        if scale == 0.0:
            continue
        y /= scale
        allowed = asked.copy()
        sporadic = is_intermittent(y)
        for model in range(NUM_MODELS):
            of_sporadic = model in (SBA, TSB, ADIDA, IMAPA)
            allowed[model] &= model in (NAIVE, SES) or of_sporadic == sporadic
        if not allowed.any():
            allowed[:] = asked
        error, bias = np.empty(NUM_MODELS), np.empty(NUM_MODELS)
        origins = _list_origins(len(y), cycle, mean.shape[1], num_origins)
        used = len(origins)
        _backtest(y, cycle, origins, allowed, error, bias)
        _weigh(error, allowed, used, blends, weights[s])
        end[0] = len(y)
        for model in range(NUM_MODELS):
            if weights[s, model] > 0.0:
                predict(model, y, cycle, end, ahead)
                mean[s] += weights[s, model] * ahead[0]
            if used and allowed[model]:
                errors[s, model] = error[model] * scale
                biases[s, model] = bias[model] * scale
        mean[s] *= scale
        _measure_spread(y, cycle, sporadic, spread[s])
        spread[s] *= scale


@njit(nogil=True)
def naive_rows(ptr: Int64s, values: Floats, cycle: int, mean: Floats) -> None:
    """Fill `mean` (S, H) with what a forecast without thought would say: the last period, or the last season."""
    for s in range(len(mean)):
        y = values[ptr[s] : ptr[s + 1]]
        mean[s] = 0.0
        if len(y):
            repeat_last(y, cycle, mean[s])
