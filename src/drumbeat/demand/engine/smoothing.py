"""Exponential smoothing and the theta model: one walk through a series, and the search for its parameters.

Sources: Hyndman and others, Forecasting with Exponential Smoothing (2008); Fiorucci and others, Models for optimising
the theta method (2016), the dynamic optimised theta model.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import inner

LEVEL, TREND, DAMPED, THETA = 0, 1, 2, 3
"""Shapes: a level; a level and a trend; a trend that fades; the dynamic theta model."""

PLAIN, ADDED, MULTIPLIED = 0, 1, 2
"""Kinds of season."""

ALPHA, BETA, PHI, GAMMA, LEVEL0, TREND0 = 0, 1, 2, 3, 4, 5
"""Places of parameters. The theta model has its theta at `BETA`."""

NUM_PARAMETERS = 6
MOST_TURNS = 400
"""Evaluations that the search for parameters may take."""
TOLERANCE = 1e-7


@inner
def walk(shape: int, season: int, y: Floats, cycle: int, p: Floats, factors: Floats, ahead: Floats) -> float:
    """Walk through a series with given parameters; return the sum of squared one-step errors.

    `factors` (cycle,) are the seasonal factors at the start and are overwritten; `ahead` (H,) gets the forecasts.
    """
    if shape == THETA:
        return _walk_theta(y, p, ahead)
    alpha, beta, phi, gamma, level = p[ALPHA], p[BETA], p[PHI], p[GAMMA], p[LEVEL0]
    trend = p[TREND0] if shape != LEVEL else 0.0
    total = 0.0
    n = len(y)
    for t in range(n):
        base = level + phi * trend
        k = t % cycle if season != PLAIN else 0
        if season == MULTIPLIED:
            expected = base * factors[k]
        elif season == ADDED:
            expected = base + factors[k]
        else:
            expected = base
        error = y[t] - expected
        total += error * error
        share = error
        if season == MULTIPLIED:
            share = error / max(factors[k], 1e-6)
            factors[k] += gamma * error / max(abs(base), 1e-6)
        elif season == ADDED:
            factors[k] += gamma * error
        level = base + alpha * share
        if shape != LEVEL:
            trend = phi * trend + beta * share
    sum_phi = 0.0
    power = 1.0
    for h in range(len(ahead)):
        power *= phi
        sum_phi += power
        base = level + sum_phi * trend
        k = (n + h) % cycle if season != PLAIN else 0
        if season == MULTIPLIED:
            ahead[h] = base * factors[k]
        elif season == ADDED:
            ahead[h] = base + factors[k]
        else:
            ahead[h] = base
    return total


@inner
def _walk_theta(y: Floats, p: Floats, ahead: Floats) -> float:
    """Walk of the dynamic theta model: a smoothed level and the drift of a regression line that is kept up to date."""
    alpha, theta, level = p[ALPHA], max(p[BETA], 1.0), p[LEVEL0]
    weight = 1.0 - 1.0 / theta
    intercept, slope, mean, power, total = 0.0, 0.0, 0.0, 1.0, 0.0
    n = len(y)
    for i in range(n + len(ahead)):
        t = i + 1.0
        after = power * (1.0 - alpha)
        expected = level + weight * (power * intercept + (1.0 - after) / alpha * slope)
        if i >= n:
            value = expected
            ahead[i - n] = expected
        else:
            value = y[i]
            if i > 0:
                total += (value - expected) ** 2
        level = alpha * value + (1.0 - alpha) * level
        new_mean = ((t - 1.0) * mean + value) / t
        if i > 0:
            slope = ((t - 2.0) * slope + 6.0 * (value - mean) / t) / (t + 1.0)
        mean = new_mean
        intercept = mean - (t + 1.0) / 2.0 * slope
        power = after
    return total


@inner
def _clamp(shape: int, season: int, p: Floats) -> None:
    """Keep parameters where the models are stable and mean something."""
    p[ALPHA] = min(max(p[ALPHA], 0.01 if shape != THETA else 0.1), 0.99)
    if shape == THETA:
        p[BETA] = min(max(p[BETA], 1.0), 1e4)
        return
    p[BETA] = min(max(p[BETA], 0.001), p[ALPHA])
    p[PHI] = min(max(p[PHI], 0.8), 0.98) if shape == DAMPED else 1.0
    p[GAMMA] = min(max(p[GAMMA], 0.0001), 1.0 - p[ALPHA]) if season != PLAIN else 0.0


@inner
def _measure(
    shape: int, season: int, y: Floats, cycle: int, p: Floats, factors: Floats, scratch: Floats, none: Floats
) -> float:
    _clamp(shape, season, p)
    scratch[:] = factors
    return walk(shape, season, y, cycle, p, scratch, none)


@inner
def fit(shape: int, season: int, y: Floats, cycle: int, p: Floats, factors: Floats) -> float:
    """Find parameters of least squared one-step error by Nelder and Mead's simplex; return that error.

    `p` (NUM_PARAMETERS,) is where to start, and gets the best. The series should be scaled to a mean near 1.
    """
    used = np.empty(NUM_PARAMETERS, np.int64)
    size = 0
    for place in range(NUM_PARAMETERS):
        if shape == THETA:
            takes = place in (ALPHA, BETA, LEVEL0)
        else:
            takes = (
                place in (ALPHA, LEVEL0)
                or (shape != LEVEL and place in (BETA, TREND0))
                or (shape == DAMPED and place == PHI)
                or (season != PLAIN and place == GAMMA)
            )
        if takes:
            used[size] = place
            size += 1
    scratch, none = np.empty(len(factors)), np.empty(0)
    corners = np.empty((size + 1, NUM_PARAMETERS))
    values = np.empty(size + 1)
    for i in range(size + 1):
        corners[i] = p
        if i > 0:
            place = used[i - 1]
            step = 0.5 if place == BETA and shape == THETA else 0.05 if place in (TREND0, PHI) else 0.15
            corners[i, place] += step if corners[i, place] + step < 0.99 or place >= LEVEL0 else -step
        values[i] = _measure(shape, season, y, cycle, corners[i], factors, scratch, none)
    _descend(shape, season, y, cycle, factors, used[:size], corners, values)
    best = np.argmin(values)
    p[:] = corners[best]
    return values[best]


@inner
def _descend(
    shape: int, season: int, y: Floats, cycle: int, factors: Floats, used: Floats, corners: Floats, values: Floats
) -> None:
    """Nelder and Mead's moves until the corners agree or the turns are used up."""
    size = len(used)
    scratch, none = np.empty(len(factors)), np.empty(0)
    centre, tried, other = np.empty(NUM_PARAMETERS), np.empty(NUM_PARAMETERS), np.empty(NUM_PARAMETERS)
    turns = 0
    while turns < MOST_TURNS:
        low, high = np.argmin(values), np.argmax(values)
        if values[high] - values[low] <= TOLERANCE * (abs(values[low]) + 1e-12):
            return
        second = values[low]
        for i in range(size + 1):
            if i != high and values[i] > second:
                second = values[i]
        centre[:] = 0.0
        for i in range(size + 1):
            if i != high:
                centre += corners[i]
        centre /= size
        tried[:] = centre + (centre - corners[high])
        value = _measure(shape, season, y, cycle, tried, factors, scratch, none)
        turns += 1
        if value < values[low]:
            other[:] = centre + 2.0 * (centre - corners[high])
            further = _measure(shape, season, y, cycle, other, factors, scratch, none)
            turns += 1
            if further < value:
                corners[high], values[high] = other, further
            else:
                corners[high], values[high] = tried, value
            continue
        if value < second:
            corners[high], values[high] = tried, value
            continue
        if value < values[high]:
            corners[high], values[high] = tried, value
        other[:] = centre + 0.5 * (corners[high] - centre)
        nearer = _measure(shape, season, y, cycle, other, factors, scratch, none)
        turns += 1
        if nearer < values[high]:
            corners[high], values[high] = other, nearer
            continue
        for i in range(size + 1):
            if i != low:
                corners[i] = corners[low] + 0.5 * (corners[i] - corners[low])
                values[i] = _measure(shape, season, y, cycle, corners[i], factors, scratch, none)
                turns += 1
