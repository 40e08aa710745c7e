"""What a cost that is booked week by week will be over the coming weeks, if it goes on as it did."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import Interval

LEAST = 4
"""Periods on record from which on their spread says something."""


def expect_cost(booked: Floats, periods: float, confidence: float = 0.95) -> Interval | None:
    """Expect the sum of a cost over coming periods from those on record.

    Parameters
    ----------
    booked
        Cost of each past period, any order; shape (n,).
    periods
        Periods ahead, above 0; parts of one count.
    confidence
        That the sum lies within; above 0, below 1.

    Returns
    -------
    The expected sum with its prediction interval, which counts both how periods vary and how well their mean is known;
    None with fewer than four periods, of which no spread can be told.

    Raises
    ------
    ValueError
        When no period is ahead.

    Notes
    -----
    Student's t around n periods alike: variance of a sum of m more of them s^2 (m + m^2 / n) (Hahn and Meeker 1991,
    4.8).
    """
    if not periods > 0:
        raise ValueError(f"a cost is expected over periods ahead, not over {periods:g}")
    n = booked.size
    if n < LEAST:
        return None
    mean = float(booked.mean()) * periods
    spread = float(np.std(booked, ddof=1)) * math.sqrt(periods + periods**2 / n)
    reach = float(stdtrit(n - 1, 0.5 + confidence / 2)) * spread
    # What costs nothing at worst cannot turn into a gain.
    low = max(mean - reach, 0.0) if float(booked.min()) >= 0 else mean - reach
    return Interval(mean, low, mean + reach)
