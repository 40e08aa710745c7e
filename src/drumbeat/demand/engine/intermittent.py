"""Models for items that are asked for now and then: demand and the time between demands, each smoothed.

Sources: Croston (1972); Syntetos and Boylan (2005); Teunter, Syntetos and Babai (2011); Nikolopoulos and others (2011,
ADIDA); Petropoulos and Kourentzes (2015, IMAPA).
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.compiled import inner

CROSTON_ALPHA = 0.1
TSB_ALPHA, TSB_BETA = 0.2, 0.2
LEAST_ALPHA, MOST_ALPHA = 0.1, 0.3
"""Weights of the last bucket: a single one never says much about sporadic demand."""
GRID = 40


@inner
def _smooth(y: Floats, alpha: float) -> float:
    level = y[0]
    for t in range(1, len(y)):
        level = alpha * y[t] + (1.0 - alpha) * level
    return level


@inner
def _smooth_best(y: Floats) -> float:
    """Last level of simple smoothing with the weight of least squared error, over a grid and between."""
    n = len(y)
    best_alpha, best_value = LEAST_ALPHA, np.inf
    low, high = LEAST_ALPHA, MOST_ALPHA
    for _ in range(3):
        step = (high - low) / GRID
        for i in range(GRID + 1):
            alpha = low + step * i
            level, total = y[0], 0.0
            for t in range(1, n):
                error = y[t] - level
                total += error * error
                level += alpha * error
            if total < best_value:
                best_value, best_alpha = total, alpha
        low, high = max(best_alpha - step, LEAST_ALPHA), min(best_alpha + step, MOST_ALPHA)
    return _smooth(y, best_alpha)


@inner
def _split(y: Floats) -> tuple[Floats, Floats]:
    """Demands that are not zero, and the periods from each to the one before."""
    count = 0
    for t in range(len(y)):
        if y[t] != 0.0:
            count += 1
    sizes, gaps = np.empty(count), np.empty(count)
    at, last = 0, -1
    for t in range(len(y)):
        if y[t] != 0.0:
            sizes[at], gaps[at] = y[t], float(t - last)
            last = t
            at += 1
    return sizes, gaps


@inner
def forecast_croston(y: Floats, correction: float) -> float:
    """Demand per period by Croston; `correction` .95 is Syntetos and Boylan's."""
    sizes, gaps = _split(y)
    if not len(sizes):
        return 0.0
    return correction * _smooth(sizes, CROSTON_ALPHA) / _smooth(gaps, CROSTON_ALPHA)


@inner
def forecast_tsb(y: Floats) -> float:
    """Demand per period by Teunter, Syntetos and Babai: the odds of a demand fall while none comes."""
    sizes, _ = _split(y)
    if not len(sizes):
        return 0.0
    odds = 1.0 if y[0] != 0.0 else 0.0
    for t in range(1, len(y)):
        odds += TSB_BETA * ((1.0 if y[t] != 0.0 else 0.0) - odds)
    return odds * _smooth(sizes, TSB_ALPHA)


@inner
def _aggregate(y: Floats, width: int) -> Floats:
    """Sums of buckets of `width` periods; what does not fill a bucket is left out at the start."""
    count = len(y) // width
    first = len(y) - count * width
    sums = np.zeros(count)
    for t in range(first, len(y)):
        sums[(t - first) // width] += y[t]
    return sums


@inner
def _mean_gap(y: Floats) -> int:
    sizes, gaps = _split(y)
    if not len(sizes):
        return 0
    return max(min(int(np.round(gaps.mean())), len(y)), 1)


@inner
def forecast_adida(y: Floats) -> float:
    """Demand per period by aggregation: buckets as wide as the mean time between demands, smoothed, dealt out."""
    width = _mean_gap(y)
    return _smooth_best(_aggregate(y, width)) / width if width else 0.0


@inner
def forecast_imapa(y: Floats) -> float:
    """Demand per period by aggregation at every width from one period to the mean time between demands, averaged."""
    widest = _mean_gap(y)
    if not widest:
        return 0.0
    total = 0.0
    for width in range(1, widest + 1):
        total += _smooth_best(_aggregate(y, width)) / width
    return total / widest


@inner
def is_intermittent(y: Floats) -> bool:
    """Whether demand comes less often than every 1.32 periods in the mean (Syntetos and Boylan's bound)."""
    sizes, _ = _split(y)
    return len(sizes) == 0 or len(y) / len(sizes) > 1.32
