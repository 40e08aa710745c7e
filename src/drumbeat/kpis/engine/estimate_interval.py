"""Intervals: how far a ratio measured week by week, or a spread, may be from the true one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

Interval = tuple[float, float]


def ratio_interval(numerators: Sequence[float], denominators: Sequence[float]) -> Interval | None:
    """Estimate the interval of a ratio of sums over clusters (weeks), by the jackknife.

    Parameters
    ----------
    numerators, denominators
        Sums by cluster; clusters without a denominator are left out.

    Returns
    -------
    95 % low and high; None with fewer than three clusters.

    Notes
    -----
    Delete-one jackknife with Student's t on clusters - 1 degrees of freedom (Efron and Tibshirani 1993, 11.5).
    Weeks are the clusters because events of one week share their causes; machine by machine they would look far
    more certain than they are.
    """
    top = np.asarray(numerators, dtype=np.float64)
    bottom = np.asarray(denominators, dtype=np.float64)
    kept = bottom > 0
    top, bottom = top[kept], bottom[kept]
    n = top.size
    if n < 3:
        return None
    left_out = (top.sum() - top) / (bottom.sum() - bottom)
    spread = math.sqrt((n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum()))
    reach = float(stdtrit(n - 1, 0.975)) * spread
    ratio = float(top.sum() / bottom.sum())
    return ratio - reach, ratio + reach


def spread_interval(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Estimate a standard deviation and its 95 % interval without assuming a normal distribution.

    Parameters
    ----------
    values
        Observations in any order and unit.

    Returns
    -------
    (standard deviation, low, high); None with fewer than five values or when all are equal.

    Notes
    -----
    Jackknife of the logarithm of the variance (Miller 1968), because delivery times have long tails, for which
    the chi-square interval is far too narrow.
    """
    sample = np.asarray(values, dtype=np.float64)
    n = sample.size
    if n < 5 or float(np.ptp(sample)) == 0:
        return None
    centred = sample - sample.mean()
    squares = float((centred**2).sum())
    # Sum of squares without value i: S - n / (n - 1) * d_i^2, floored for a lone outlier among equal values.
    left_out = np.maximum(squares - n / (n - 1) * centred**2, squares * 1e-12) / (n - 2)
    whole = math.log(squares / (n - 1))
    pseudo = n * whole - (n - 1) * np.log(left_out)
    reach = float(stdtrit(n - 1, 0.975) * pseudo.std(ddof=1) / math.sqrt(n))
    middle = float(pseudo.mean())
    low, high = math.exp((middle - reach) / 2), math.exp(min((middle + reach) / 2, 300.0))
    deviation = math.sqrt(squares / (n - 1))
    return deviation, min(low, deviation), max(high, deviation)
