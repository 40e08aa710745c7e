"""Scan a series for a change of its level: two-sample statistics over every place where it may have changed.

The change-point model of Hawkins, Qiu and Kang (2003, Journal of Quality Technology 35, 355-366): nothing is known of
the series beforehand, neither its level nor its spread, and each new week is judged with all weeks so far. Weeks that
resemble the week before (an autoregression of order 1) make a mean less sure than so many independent weeks would.
"""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import inner, njit

LEAST_BEFORE = 8
"""Fewer weeks before a change say too little about what is usual (Wheeler 1993 asks for 6 to 10)."""
LEAST_AFTER = 4
"""A change of level shows in at least so many weeks; what shows in fewer is an outlier until then."""
LONGEST = 52
"""A level is judged by the last year at most."""
MOST_CORRELATION = 0.8
"""Above it, another level and a drift cannot be told apart within a year."""


@inner
def _statistic(values: Floats, start: int, cut: int, end: int, floor: float, spread: Floats) -> float:
    """Difference of the means of [cut, end) and [start, cut) in its standard errors; 0 where nothing ever varies."""
    before, after = cut - start, end - cut
    first, second = 0.0, 0.0
    for t in range(start, cut):
        first += values[t]
    for t in range(cut, end):
        second += values[t]
    first /= before
    second /= after
    squares = 0.0
    for t in range(start, end):
        rest = values[t] - (first if t < cut else second)
        squares += rest * rest
    difference = second - first
    if abs(difference) <= 1e-9 * (abs(first) + abs(second)):
        return 0.0
    if squares <= 1e-18 * (before + after) * (first * first + second * second) and floor <= 0.0:
        return math.copysign(math.inf, difference) if after >= LEAST_AFTER else 0.0
    freedom = max(before + after - spread[before] - spread[after], 1.0)
    variance = max(squares / freedom, floor)
    return difference / math.sqrt(variance * (spread[before] / before + spread[after] / after))


@inner
def _scan(
    values: Floats, start: int, end: int, floor: float, spread: Floats, least: int, most: int
) -> tuple[float, int]:
    """Largest statistic, by size, over cuts with `least` to `most` weeks after them, and where it is."""
    best, place = 0.0, -1
    for cut in range(max(start + LEAST_BEFORE, end - most), end - least + 1):
        found = _statistic(values, start, cut, end, floor, spread)
        if abs(found) > abs(best):
            best, place = found, cut
    return best, place


def spread_means(correlation: float) -> Floats:
    """Return the variance of a mean of 0 to `LONGEST` weeks against that of a week / count: 1 if independent.

    Parameters
    ----------
    correlation
        Of a week with the week before, 0 to `MOST_CORRELATION`; what lies outside counts as the end.

    Notes
    -----
    Variance of the mean of an autoregression of order 1 (Box and Jenkins 1970, 2.1.5).
    """
    phi = min(max(correlation, 0.0), MOST_CORRELATION)
    count = np.maximum(np.arange(LONGEST + 1, dtype=np.float64), 1.0)
    rest = 1.0 - phi
    return np.asarray(1.0 + 2.0 * (phi / rest - phi * (1.0 - phi**count) / (count * rest * rest)))


@njit(nogil=True, _nrt=False)
def scan_last(values: Floats, floor: float, spread: Floats, out: Floats) -> None:
    """Scan a whole series once.

    Parameters
    ----------
    values
        Weekly values, oldest first; shape (n,).
    floor
        Least variance of a week, from what is known of how it was counted; 0 = none.
    spread
        Of `spread_means`.
    out
        Shape (2,): gets the largest statistic, by size, of changes that show in `LEAST_AFTER` or more weeks, and of
        those that show in fewer; 0 where the series is too short.
    """
    out[0] = _scan(values, 0, values.size, floor, spread, LEAST_AFTER, LONGEST)[0]
    out[1] = _scan(values, 0, values.size, floor, spread, 1, LEAST_AFTER - 1)[0]


@njit(nogil=True, _nrt=False)
def walk_series(
    values: Floats, floor: float, spread: Floats, limits: Floats, cuts: Int64s, seen: Int64s, outliers: Int64s
) -> int:
    """Walk through a series as it came, week by week; after a change, what is usual begins anew.

    Parameters
    ----------
    values
        Weekly values, oldest first; shape (n,).
    floor, spread
        As in `scan_last`.
    limits
        Shape (2, LONGEST + 1): by the number of weeks of the present level, the size from which a statistic is an
        alarm: of lasting changes, and of outliers.
    cuts, seen
        Shape (n,) at least: get, for each change, its first week, and the week in which it was seen.
    outliers
        Shape (n,): for each week, the first of the last weeks (at most three) that lie apart, -1 where none do.

    Returns
    -------
    How many changes there are.
    """
    count, start = 0, 0
    for t in range(values.size):
        outliers[t] = -1
        end = t + 1
        start = max(start, end - LONGEST)
        size = end - start
        lasting, cut = _scan(values, start, end, floor, spread, LEAST_AFTER, LONGEST)
        if abs(lasting) > limits[0, size]:
            cuts[count], seen[count] = cut, t
            count += 1
            start = cut
            continue
        short, cut = _scan(values, start, end, floor, spread, 1, LEAST_AFTER - 1)
        if abs(short) > limits[1, size]:
            outliers[t] = cut
    return count


def make_scratch(size: int) -> tuple[Int64s, Int64s, Int64s]:
    """Make the arrays that `walk_series` writes to, for a series of so many weeks."""
    return np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
