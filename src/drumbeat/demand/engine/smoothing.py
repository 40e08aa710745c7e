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
MOST_TURNS = 300
"""Evaluations that the search for parameters may take."""
TOLERANCE = 1e-5
"""Share of the least squares by which the corners may differ at the end: less moves no forecast by a hundredth."""


@inner
def walk(shape: int, season: int, y: Floats, cycle: int, p: Floats, factors: Floats, ahead: Floats) -> float:
    """Walk through a series with given parameters; return the sum of squared one-step errors.

    `factors` (cycle,) are the seasonal factors at the start and are overwritten; `ahead` (H,) gets the forecasts.
    """
    if shape == THETA:
        return _walk_theta(y, p, ahead)
    if season == PLAIN:
        return _walk_plain(shape, y, p, ahead)
    alpha, beta, phi, gamma, level = p[ALPHA], p[BETA], p[PHI], p[GAMMA], p[LEVEL0]
    trend = p[TREND0] if shape != LEVEL else 0.0
    total = 0.0
    n, k = len(y), 0
    for t in range(n):
        base = level + phi * trend
        expected = base * factors[k] if season == MULTIPLIED else base + factors[k]
        error = y[t] - expected
        total += error * error
        share = error
        if season == MULTIPLIED:
            share = error / max(factors[k], 1e-6)
            factors[k] += gamma * error / max(abs(base), 1e-6)
        else:
            factors[k] += gamma * error
        k = k + 1 if k + 1 < cycle else 0
        level = base + alpha * share
        if shape != LEVEL:
            trend = phi * trend + beta * share
    sum_phi = 0.0
    power = 1.0
    for h in range(len(ahead)):
        power *= phi
        sum_phi += power
        base = level + sum_phi * trend
        k = (n + h) % cycle
        ahead[h] = base * factors[k] if season == MULTIPLIED else base + factors[k]
    return total


@inner
def _walk_plain(shape: int, y: Floats, p: Floats, ahead: Floats) -> float:
    """Walk without a season."""
    alpha, beta, phi, level = p[ALPHA], p[BETA], p[PHI], p[LEVEL0]
    total = 0.0
    if shape == LEVEL:
        for t in range(len(y)):
            error = y[t] - level
            total += error * error
            level += alpha * error
        ahead[:] = level
        return total
    trend = p[TREND0]
    for t in range(len(y)):
        base = level + phi * trend
        error = y[t] - base
        total += error * error
        level = base + alpha * error
        trend = phi * trend + beta * error
    sum_phi, power = 0.0, 1.0
    for h in range(len(ahead)):
        power *= phi
        sum_phi += power
        ahead[h] = level + sum_phi * trend
    return total


@inner
def _walk_theta(y: Floats, p: Floats, ahead: Floats) -> float:
    """Walk of the dynamic theta model: a smoothed level and the drift of a regression line that is kept up to date."""
    alpha, theta, level = p[ALPHA], max(p[BETA], 1.0), p[LEVEL0]
    weight, over = 1.0 - 1.0 / theta, 1.0 / alpha
    intercept, slope, mean, power, total = 0.0, 0.0, 0.0, 1.0, 0.0
    n = len(y)
    for i in range(n + len(ahead)):
        t = i + 1.0
        after = power * (1.0 - alpha)
        expected = level + weight * (power * intercept + (1.0 - after) * over * slope)
        if i >= n:
            value = expected
            ahead[i - n] = expected
        else:
            value = y[i]
            if i > 0:
                total += (value - expected) ** 2
        level = alpha * value + (1.0 - alpha) * level
        step = (value - mean) / t
        if i > 0:
            slope = ((t - 2.0) * slope + 6.0 * step) / (t + 1.0)
        mean += step
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
    if season != PLAIN:
        for k in range(len(factors)):
            scratch[k] = factors[k]
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
        second = _find_second(values, high)
        for j in range(NUM_PARAMETERS):
            centre[j] = (corners[:, j].sum() - corners[high, j]) / size
        _place(tried, centre, 2.0, corners[high], -1.0)
        value = _measure(shape, season, y, cycle, tried, factors, scratch, none)
        turns += 1
        if value < values[low]:
            _place(other, centre, 3.0, corners[high], -2.0)
            further = _measure(shape, season, y, cycle, other, factors, scratch, none)
            turns += 1
            if further < value:
                _place(corners[high], other, 1.0, other, 0.0)
                values[high] = further
            else:
                _place(corners[high], tried, 1.0, tried, 0.0)
                values[high] = value
            continue
        if value < values[high]:
            _place(corners[high], tried, 1.0, tried, 0.0)
            values[high] = value
            if value < second:
                continue
        _place(other, centre, 0.5, corners[high], 0.5)
        nearer = _measure(shape, season, y, cycle, other, factors, scratch, none)
        turns += 1
        if nearer < values[high]:
            _place(corners[high], other, 1.0, other, 0.0)
            values[high] = nearer
            continue
        for i in range(size + 1):
            if i != low:
                _place(corners[i], corners[low], 0.5, corners[i], 0.5)
                values[i] = _measure(shape, season, y, cycle, corners[i], factors, scratch, none)
                turns += 1


@inner
def _find_second(values: Floats, high: int) -> float:
    """The second highest value, where `high` is the place of the highest."""
    second = -np.inf
    for i in range(len(values)):
        if i != high and values[i] > second:
            second = values[i]
    return second


@inner
def _place(into: Floats, one: Floats, share: float, other: Floats, other_share: float) -> None:
    """Put a corner between, or beyond, two others."""
    for j in range(NUM_PARAMETERS):
        into[j] = share * one[j] + other_share * other[j]
