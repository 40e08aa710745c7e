"""Find when the level of a series changed, with so few false alarms as a whole portfolio of series may give."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.kpis.engine.scan_changes import (
    LEAST_AFTER,
    LEAST_BEFORE,
    LONGEST,
    MOST_CORRELATION,
    make_scratch,
    spread_means,
    walk_series,
)

FALSE_ALARMS = 0.5
"""False alarms of all series together that are expected in a quarter: one in half a year."""
QUARTER = 13
LOOSEST = 0.0027
"""Chance of a false alarm in a week that even a lone series does not exceed: that of limits at three sigma."""
USUAL_CORRELATION = 0.3
"""Assumed of a week with the week before where too few series are there to measure it."""
OUTLIER_SHARE = 0.25
"""Part of the false alarms that is left to outliers; the rest goes to lasting changes."""

_SIZES = np.array([9, 12, 16, 20, 26, 36, 52], dtype=np.float64)
_LEVELS = np.array([1e-2, 1e-3, 1e-4, 1e-5], dtype=np.float64)
LASTING = (
    (3.17, 4.63, 6.43, 8.67), (3.17, 4.63, 6.43, 8.67), (3.65, 4.87, 6.26, 7.79), (3.68, 4.79, 6.02, 7.27),
    (3.68, 4.75, 5.85, 7.21), (3.72, 4.7, 5.6, 6.83), (3.75, 4.75, 5.68, 6.38),
)  # fmt: skip
OUTLIER = (
    (4.36, 7.86, 13.15, 28.25), (4.38, 7.28, 11.63, 18.52), (4.08, 6.56, 10.25, 14.31), (3.97, 6.32, 9.55, 16.78),
    (3.83, 6.08, 9.42, 14.05), (3.75, 5.93, 9.22, 11.77), (3.67, 5.69, 8.84, 11.89),
)  # fmt: skip
"""Sizes of the statistics that a series without any change exceeds with the chance of `_LEVELS`, by its weeks
(`_SIZES`): the largest of 400,000 series each with correlations 0, .3 and .6 and with normal and long-tailed weeks
(Student's t of 5 degrees); made by `python -m benchmarks.strategy.calibrate_signals`. No lasting change shows before
the twelfth week."""


@dataclass(frozen=True, slots=True)
class LevelChange:
    """A change of a series' level.

    Parameters
    ----------
    at
        Index of the first week of the new level.
    seen
        Index of the week in which it could be told from luck.
    before, after
        Mean of the level before, and of the one after until the next change (or the end).
    """

    at: int
    seen: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Changes:
    """What a walk through a series found.

    Parameters
    ----------
    changes
        Lasting changes of level, oldest first.
    outlier
        Index of the first of the last one to three weeks, where these lie apart without being a change yet; else None.
    """

    changes: tuple[LevelChange, ...] = ()
    outlier: int | None = None

    @property
    def start(self) -> int:
        """Index at which the present level begins."""
        return self.changes[-1].at if self.changes else 0


def alarm_level(num_series: int) -> float:
    """Return the chance of a false alarm that one series may have in one week.

    Parameters
    ----------
    num_series
        Series that are judged together, each week.

    Returns
    -------
    A chance such that all series together give `FALSE_ALARMS` a quarter, however they depend on each other (the
    expectation of a sum is the sum of expectations); `LOOSEST` at most.
    """
    return min(LOOSEST, FALSE_ALARMS / (QUARTER * max(num_series, 1)))


def find_changes(
    values: Sequence[float],
    level: float = LOOSEST,
    *,
    correlation: float = USUAL_CORRELATION,
    floor: float = 0.0,
) -> Changes:
    """Find the changes of a series' level, as they could have been seen week by week.

    Parameters
    ----------
    values
        Weekly values, oldest first, finite.
    level
        Chance of a false alarm in a week, above 0, below .01; see `alarm_level`.
    correlation
        Of a week with the week before; see `estimate_correlation`.
    floor
        Least variance of a week, from what is known of how it was counted; 0 = none.

    Returns
    -------
    Changes; none for a series of less than nine weeks. What was found stays found when weeks are added; these sharpen
    only where it was.

    Notes
    -----
    Hawkins, Qiu and Kang (2003), with limits simulated for this statistic: see `scan_changes`.
    """
    series = np.ascontiguousarray(values, dtype=np.float64)
    if series.size <= LEAST_BEFORE:
        return Changes()
    cuts, seen, outliers = make_scratch(series.size)
    count = walk_series(series, floor, spread_means(correlation), alarm_limits(level), cuts, seen, outliers)
    ends = _refine(series, [0, *cuts[:count].tolist(), series.size])
    means = [float(series[start:end].mean()) for start, end in pairwise(ends)]
    changes = tuple(LevelChange(ends[i + 1], int(seen[i]), means[i], means[i + 1]) for i in range(count))
    last = int(outliers[-1])
    return Changes(changes, last if last >= 0 else None)


def _refine(series: Floats, ends: list[int]) -> list[int]:
    """Put each border of two levels where they differ most, by all weeks of both: it was found by the first of them."""
    for i in range(1, len(ends) - 1):
        start, end = ends[i - 1], ends[i + 1]
        before = np.arange(1.0, end - start)
        sums = np.cumsum(series[start : end - 1] - series[start:end].mean())
        distance = np.abs(sums) / np.sqrt(before * (end - start - before))
        near = np.abs(start + before - ends[i]) <= LEAST_AFTER
        ends[i] = start + 1 + int(np.argmax(np.where(near, distance, -1.0)))
    return ends


@lru_cache(maxsize=64)
def alarm_limits(level: float) -> Floats:
    """Return the size of the two statistics that is an alarm, by the number of weeks; shape (2, LONGEST + 1)."""
    sizes = np.arange(LONGEST + 1, dtype=np.float64)
    limits = np.full((2, LONGEST + 1), np.inf)
    for row, (table, share) in enumerate(((LASTING, 1.0 - OUTLIER_SHARE), (OUTLIER, OUTLIER_SHARE))):
        wanted = math.log(min(max(level, 1e-9), 0.01) * share)
        by_size = [_interpolate(wanted, np.asarray(line)) for line in table]
        limits[row, LEAST_BEFORE + 1 :] = np.interp(sizes[LEAST_BEFORE + 1 :], _SIZES, by_size)
    return limits


def _interpolate(log_level: float, sizes: Floats) -> float:
    """Read a limit off a line of the table: linear in the logarithm of the chance, also beyond its ends."""
    logs = np.log(_LEVELS)
    place = int(np.clip(np.searchsorted(-logs, -log_level), 1, logs.size - 1))
    share = (log_level - logs[place - 1]) / (logs[place] - logs[place - 1])
    return float(sizes[place - 1] + share * (sizes[place] - sizes[place - 1]))


def estimate_correlation(portfolio: Sequence[Sequence[float]]) -> float:
    """Estimate how far weeks of a portfolio's series resemble the week before.

    Parameters
    ----------
    portfolio
        Series of weekly values, oldest first; those of less than nine weeks, and constant ones, say nothing.

    Returns
    -------
    0 to .8: the correlation of the middle series, and what series truly differ by (one standard deviation) on top;
    `USUAL_CORRELATION` with less than five series.

    Notes
    -----
    One series of half a year tells its correlation to about .2 only; many series together tell theirs. From differences
    over one and two weeks, E(x[t] - x[t-2])^2 / E(x[t] - x[t-1])^2 = 1 + correlation for an autoregression of order 1:
    these hardly feel a change of level, which is what is to be told apart from correlation.
    """
    found, noise = [], []
    for values in portfolio:
        series = np.asarray(values, dtype=np.float64)
        if series.size <= LEAST_BEFORE:
            continue
        one, two = np.diff(series), series[2:] - series[:-2]
        if not float(np.square(one).sum()) > 0:
            continue
        found.append(float(np.square(two).mean() / np.square(one).mean()) - 1.0)
        noise.append(2.5 / series.size)
    if len(found) < 5:
        return USUAL_CORRELATION
    own = max(float(np.var(found)) - float(np.mean(noise)), 0.0)
    return float(np.clip(np.median(found) + math.sqrt(own), 0.0, MOST_CORRELATION))
