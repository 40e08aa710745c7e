"""One series, one model: its forecasts from one or several origins."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import inner
from drumbeat.demand.engine.intermittent import forecast_adida, forecast_croston, forecast_imapa, forecast_tsb
from drumbeat.demand.engine.seasons import decompose, has_season
from drumbeat.demand.engine.smoothing import (
    ALPHA,
    BETA,
    DAMPED,
    GAMMA,
    LEVEL,
    LEVEL0,
    MULTIPLIED,
    NUM_PARAMETERS,
    PHI,
    PLAIN,
    THETA,
    TREND,
    TREND0,
    fit,
    walk,
)

MODELS = ("seasonal naive", "SES", "Holt", "damped trend", "Holt-Winters", "theta", "SBA", "TSB", "ADIDA", "IMAPA")
"""Names of the models, by number."""

NAIVE, SES, HOLT, FADING, WINTERS, DYNAMIC_THETA, SBA, TSB, ADIDA, IMAPA = range(10)
SBA_CORRECTION = 0.95


@inner
def _start(shape: int, y: Floats, cycle: int, p: Floats) -> None:
    """Reasonable parameters to begin the search with: level and trend of the first periods."""
    n = len(y)
    first = min(max(cycle, 4), n)
    p[ALPHA], p[BETA], p[PHI], p[GAMMA] = 0.3, 0.1, 0.95 if shape == DAMPED else 1.0, 0.1
    p[LEVEL0], p[TREND0] = y[:first].mean(), 0.0
    if shape == THETA:
        p[ALPHA], p[BETA], p[LEVEL0] = 0.5, 2.0, y[0] / 2.0
    elif shape != LEVEL and n >= 2:
        # Slope of the regression line through the first periods.
        middle, above, below = (first - 1) / 2.0, 0.0, 0.0
        for t in range(first):
            above += (t - middle) * y[t]
            below += (t - middle) ** 2
        p[TREND0] = above / below if below > 0.0 else 0.0
        p[LEVEL0] -= p[TREND0] * (middle + 1.0)


@inner
def _smooth_adjusted(shape: int, y: Floats, cycle: int, origins: Int64s, ahead: Floats) -> None:
    """Forecast the series without its season, and put the season back."""
    first = origins[0]
    factors = np.ones(max(cycle, 1))
    adjusted = y.copy()
    is_seasonal = has_season(y[:first], cycle) and y[:first].min() > 0.0
    if is_seasonal:
        decompose(y[:first], cycle, True, factors)
        for t in range(len(y)):
            adjusted[t] /= factors[t % cycle]
    p = np.empty(NUM_PARAMETERS)
    _start(shape, adjusted[:first], cycle, p)
    none = np.zeros(1)
    fit(shape, PLAIN, adjusted[:first], 1, p, none)
    for row in range(len(origins)):
        n = origins[row]
        walk(shape, PLAIN, adjusted[:n], 1, p, none.copy(), ahead[row])
        if is_seasonal:
            for h in range(ahead.shape[1]):
                ahead[row, h] *= factors[(n + h) % cycle]


@inner
def _smooth_winters(y: Floats, cycle: int, origins: Int64s, ahead: Floats) -> None:
    """Forecast by the smoothing model, seasonal or not, whose corrected information criterion is best."""
    n = origins[0]
    known = y[:n]
    best, best_shape, best_season = np.inf, LEVEL, PLAIN
    best_p, best_factors = np.empty(NUM_PARAMETERS), np.ones(max(cycle, 1))
    seasonal = cycle > 1 and n >= 2 * cycle + 2
    for season in range(3):
        if (season != PLAIN and not seasonal) or (season == MULTIPLIED and known.min() <= 0.0):
            continue
        factors = np.ones(max(cycle, 1))
        adjusted = known.copy()
        if season != PLAIN:
            decompose(known, cycle, season == MULTIPLIED, factors)
            for t in range(n):
                if season == MULTIPLIED:
                    adjusted[t] = known[t] / factors[t % cycle]
                else:
                    adjusted[t] = known[t] - factors[t % cycle]
        for shape in (LEVEL, TREND, DAMPED):
            p = np.empty(NUM_PARAMETERS)
            _start(shape, adjusted, cycle, p)
            squares = fit(shape, season, known, cycle, p, factors)
            k = 2.0 + 2.0 * (shape != LEVEL) + (shape == DAMPED) + (cycle if season != PLAIN else 0)
            if n - k - 1.0 <= 0.0:
                continue
            criterion = n * np.log(max(squares / n, 1e-12)) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
            if criterion < best:
                best, best_shape, best_season = criterion, shape, season
                best_p[:] = p
                best_factors[:] = factors
    for row in range(len(origins)):
        if best == np.inf:
            ahead[row, :] = y[origins[row] - 1]
        else:
            walk(best_shape, best_season, y[: origins[row]], cycle, best_p, best_factors.copy(), ahead[row])


@inner
def repeat_last(y: Floats, cycle: int, ahead: Floats) -> None:
    """Fill `ahead` (H,) with the last period, or the last season where there is one."""
    n = len(y)
    step = cycle if cycle > 1 and n >= cycle and has_season(y, cycle) else 1
    for h in range(len(ahead)):
        ahead[h] = y[n - step + h % step]


@inner
def predict(model: int, y: Floats, cycle: int, origins: Int64s, ahead: Floats) -> None:
    """Fill `ahead` (K, H) with a model's forecasts from each of K origins (rising, >= 1): of the periods after
    `y[:origin]`, of which nothing later is known (`y` is scaled to a mean near 1).

    What a model searches for (parameters, season) is found at the first origin and kept; levels are brought up to date
    at each. Forecasts are 0 or more.
    """
    if model != NAIVE and origins[0] >= 4:
        if model == SES:
            _smooth_adjusted(LEVEL, y, cycle, origins, ahead)
        elif model == HOLT:
            _smooth_adjusted(TREND, y, cycle, origins, ahead)
        elif model == FADING:
            _smooth_adjusted(DAMPED, y, cycle, origins, ahead)
        elif model == WINTERS:
            _smooth_winters(y, cycle, origins, ahead)
        elif model == DYNAMIC_THETA:
            _smooth_adjusted(THETA, y, cycle, origins, ahead)
        else:
            for row in range(len(origins)):
                ahead[row, :] = _predict_sporadic(model, y[: origins[row]])
    else:
        for row in range(len(origins)):
            repeat_last(y[: origins[row]], cycle, ahead[row])
    for row in range(len(origins)):
        for h in range(ahead.shape[1]):
            ahead[row, h] = max(ahead[row, h], 0.0)


@inner
def _predict_sporadic(model: int, y: Floats) -> float:
    if model == SBA:
        return forecast_croston(y, SBA_CORRECTION)
    if model == TSB:
        return forecast_tsb(y)
    if model == ADIDA:
        return forecast_adida(y)
    return forecast_imapa(y)
