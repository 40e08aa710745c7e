"""The kernels of cleaning: what is usual around each period, and what lies far from it."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import inner, njit

WINDOW = 3
"""Periods of the same season to either side (or simply periods, without a season) that say what is usual."""
STEPS = 5.0
"""How many median deviations from the usual make an outlier."""
MOST_FAR = 0.05
"""Where more than this share of a series is far from the usual, that is how it is: nothing is changed."""
FEWEST = 8
"""Periods below which a series is left as it is."""
TO_DEVIATION = 1.4826
"""Standard deviations in a median absolute deviation, where errors are normal."""


@inner
def _insert(window: Floats, size: int, value: float) -> None:
    """Put a value into a sorted window of `size` values."""
    at = size
    while at > 0 and window[at - 1] > value:
        window[at] = window[at - 1]
        at -= 1
    window[at] = value


@inner
def _remove(window: Floats, size: int, value: float) -> None:
    """Take a value out of a sorted window of `size` values that contains it."""
    at = 0
    while at < size - 1 and window[at] < value:
        at += 1
    for i in range(at, size - 1):
        window[i] = window[i + 1]


@inner
def _middle(window: Floats, size: int) -> float:
    half = size // 2
    return window[half] if size % 2 else 0.5 * (window[half - 1] + window[half])


@inner
def _slide_median(y: Floats, short: Bools, reach: int, level: Floats) -> None:
    """Fill `level` with the median of the known values within `reach` periods; of all where none is near."""
    n = len(y)
    everywhere = np.median(y[~short])
    window = np.empty(2 * reach + 2)
    size = 0
    for t in range(min(reach, n)):
        if not short[t]:
            _insert(window, size, y[t])
            size += 1
    for t in range(n):
        if t + reach < n and not short[t + reach]:
            _insert(window, size, y[t + reach])
            size += 1
        if t - reach - 1 >= 0 and not short[t - reach - 1]:
            _remove(window, size, y[t - reach - 1])
            size -= 1
        level[t] = _middle(window, size) if size else everywhere


@inner
def _find_usual(y: Floats, short: Bools, cycle: int, usual: Floats) -> None:
    """Median of the neighbours in time, times how this time of the season stands to its own neighbours."""
    n = len(y)
    _slide_median(y, short, max(cycle // 2, WINDOW), usual)
    if cycle < 2 or n < 3 * cycle:
        return
    ratios = np.empty(n // cycle + 1)
    factors = np.ones(cycle)
    for k in range(cycle):
        size = 0
        for t in range(k, n, cycle):
            if not short[t] and usual[t] > 0.0:
                ratios[size] = y[t] / usual[t]
                size += 1
        if size:
            factors[k] = np.median(ratios[:size])
    for t in range(n):
        usual[t] *= factors[t % cycle]


@inner
def _pull_in(y: Floats, usual: Floats, far: Bools) -> None:
    """Bring outliers to the edge of the usual, in place, and mark them."""
    distance = y - usual
    spread = TO_DEVIATION * np.median(np.abs(distance - np.median(distance)))
    if spread <= 0.0:
        return
    edge = STEPS * spread
    count = 0
    for t in range(len(y)):
        count += abs(distance[t]) > edge
    if count > MOST_FAR * len(y):
        return
    for t in range(len(y)):
        if abs(distance[t]) > edge:
            far[t] = True
            y[t] = max(usual[t] + (edge if distance[t] > 0.0 else -edge), 0.0)


@njit(nogil=True)
def clean_rows(ptr: Int64s, values: Floats, is_short: Bools, cycle: int, was_short: Bools, was_outlier: Bools) -> None:
    """Clean every series in place; fills `was_short` and `was_outlier`, of the shape of `values`.

    Series of fewer than `FEWEST` periods, and those that were always short, are left as they are; sporadic demand (less
    than half of the periods) keeps its peaks.
    """
    for s in range(len(ptr) - 1):
        first, last = ptr[s], ptr[s + 1]
        y, short = values[first:last], is_short[first:last]
        if last - first < FEWEST or short.all():
            continue
        usual = np.empty(last - first)
        _find_usual(y, short, cycle, usual)
        wanted = 0
        for t in range(len(y)):
            if short[t] and y[t] < usual[t]:
                y[t] = usual[t]
                was_short[first + t] = True
            wanted += y[t] > 0.0
        if 2 * wanted >= len(y):
            _pull_in(y, usual, was_outlier[first:last])
