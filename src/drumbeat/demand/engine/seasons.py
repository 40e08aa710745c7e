"""Whether a series has a season, and how strong it is."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import inner

CRITICAL = 1.645
"""Two-sided 90 % of the normal distribution: the test that the M3 and M4 competitions' benchmarks use."""


@inner
def has_season(y: Floats, cycle: int) -> bool:
    """Whether the autocorrelation at the cycle is significant; three cycles are needed to say so."""
    n = len(y)
    if cycle < 2 or n < 3 * cycle:
        return False
    mean = y.mean()
    variance = ((y - mean) ** 2).sum()
    if variance <= 0.0:
        return False
    squares = 0.0
    at_cycle = 0.0
    for lag in range(1, cycle + 1):
        covariance = 0.0
        for t in range(lag, n):
            covariance += (y[t] - mean) * (y[t - lag] - mean)
        correlation = covariance / variance
        if lag < cycle:
            squares += correlation * correlation
        else:
            at_cycle = correlation
    return abs(at_cycle) > CRITICAL * np.sqrt((1.0 + 2.0 * squares) / n)


@inner
def decompose(y: Floats, cycle: int, is_multiplied: bool, factors: Floats) -> None:
    """Fill `factors` (cycle,) by classical decomposition: the mean of what a period is of, or above, a centred moving
    average; their mean is 1, or 0. `factors[k]` belongs to the periods t with t % cycle == k.
    """
    n = len(y)
    half = cycle // 2
    sums, counts = np.zeros(cycle), np.zeros(cycle)
    for t in range(half, n - half):
        if cycle % 2:
            average = y[t - half : t + half + 1].mean()
        else:
            average = (y[t - half : t + half].sum() + y[t - half + 1 : t + half + 1].sum()) / (2.0 * cycle)
        if is_multiplied:
            if average <= 0.0:
                continue
            sums[t % cycle] += y[t] / average
        else:
            sums[t % cycle] += y[t] - average
        counts[t % cycle] += 1.0
    neutral = 1.0 if is_multiplied else 0.0
    for k in range(cycle):
        factors[k] = sums[k] / counts[k] if counts[k] else neutral
    mean = factors.mean()
    if is_multiplied:
        for k in range(cycle):
            factors[k] = max(factors[k] / mean, 0.01) if mean > 0.0 else 1.0
    else:
        factors -= mean
