"""Clean past demand: periods out of stock and outliers get what would have been wanted; what was done is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.demand.engine.problem import History

WINDOW = 3
"""Periods of the same season to either side (or simply periods, without a season) that say what is usual."""
STEPS = 5.0
"""How many median deviations from the usual make an outlier."""
MOST_FAR = 0.05
"""Where more than this share of a series is far from the usual, that is how it is: nothing is changed."""
FEWEST = 8
"""Periods below which a series is left as it is."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned history.

    Parameters
    ----------
    history
        With replaced values; `is_short` is empty.
    was_short
        Shape of the values: was out of stock, so that the value was raised to the usual (never lowered).
    was_outlier
        Shape of the values: was far from the usual, and was brought to the edge of it.
    """

    history: History
    was_short: Bools
    was_outlier: Bools


def clean_history(history: History) -> Cleaned:
    """Clean every series; sporadic demand (less than half of the periods) keeps its peaks.

    Parameters
    ----------
    history
        A history without errors (`check_history`).
    """
    values = history.values.astype(np.float64).copy()
    was_short = np.zeros(len(values), dtype=bool)
    was_outlier = np.zeros(len(values), dtype=bool)
    is_short = history.is_short if len(history.is_short) else was_short
    for s in range(history.num_series):
        rows = slice(int(history.ptr[s]), int(history.ptr[s + 1]))
        y, short = values[rows], is_short[rows]
        if len(y) < FEWEST or short.all():
            continue
        usual = _find_usual(y, short, history.cycle)
        lost = short & (y < usual)
        y[lost] = usual[lost]
        was_short[rows] = lost
        if (y > 0).mean() >= 0.5:
            was_outlier[rows] = _pull_in(y, usual)
    return Cleaned(replace(history, values=values, is_short=np.zeros(0, bool)), was_short, was_outlier)


def _find_usual(y: Floats, short: Bools, cycle: int) -> Floats:
    """Median of the neighbours in time, times how this time of the season stands to its own neighbours."""
    known = np.where(short, np.nan, y)
    level = _slide_median(known, max(cycle // 2, WINDOW))
    if cycle < 2 or len(y) < 3 * cycle:
        return level
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(level > 0, known / level, np.nan)
    factors = np.array([_median(ratio[k::cycle]) for k in range(cycle)])
    factors = np.where(np.isnan(factors), 1.0, factors)
    seasonal: Floats = level * factors[np.arange(len(y)) % cycle]
    return seasonal


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _slide_median(values: Floats, reach: int) -> Floats:
    """Median of the known values within `reach` periods to either side; of all where none is near."""
    padded = np.concatenate((np.full(reach, np.nan), values, np.full(reach, np.nan)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    everywhere = _median(values)
    return np.array([everywhere if np.isnan(window).all() else _median(window) for window in windows])


def _pull_in(y: Floats, usual: Floats) -> Bools:
    """Bring outliers to the edge of the usual, in place; return which."""
    distance = y - usual
    spread = 1.4826 * float(np.median(np.abs(distance - np.median(distance))))
    if spread <= 0.0:
        return np.zeros(len(y), dtype=bool)
    far: Bools = np.abs(distance) > STEPS * spread
    if far.mean() > MOST_FAR:
        return np.zeros(len(y), dtype=bool)
    y[far] = np.maximum(usual[far] + np.sign(distance[far]) * STEPS * spread, 0.0)
    return far
