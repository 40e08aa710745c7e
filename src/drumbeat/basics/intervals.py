"""Intervals: how far the truth may lie from what was counted or averaged."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Interval(NamedTuple):
    """An estimate and the interval around it, in the unit of the data."""

    value: float
    low: float
    high: float


def wilson_interval(
    successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound a probability from counts (Wilson 1927): honest also at 0, at 1 and for few trials.

    Parameters
    ----------
    successes
        How often it happened, 0 to `trials`; any shape.
    trials
        How often it could have happened, >= 0; broadcast against `successes`.
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    Low and high bound, of the broadcast shape (0-dimensional for numbers); 0 and 1 where there were no trials.

    Examples
    --------
    >>> low, high = wilson_interval(0, 20)
    >>> float(low), round(float(high), 4)
    (0.0, 0.1611)
    """
    count, total = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    size = np.maximum(total, 1.0)
    share = count / size
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * np.sqrt(share * (1 - share) / size + z * z / (4 * size * size))
    low = np.where((total == 0) | (count == 0), 0.0, np.maximum(centre - half, 0.0))
    high = np.where((total == 0) | (count == total), 1.0, np.minimum(centre + half, 1.0))
    return low, high


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """Bound the mean of independent values by Student's t.

    Parameters
    ----------
    values
        Observations; shape (n,).
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    Mean, low, high; infinite bounds for one value, all nan for none.
    """
    array = np.asarray(values, dtype=float)
    if array.size == 0:
        return Interval(math.nan, math.nan, math.nan)
    mean = float(array.mean())
    if array.size == 1:
        return Interval(mean, -math.inf, math.inf)
    half = _student_quantile(array.size - 1, 0.5 + confidence / 2) * float(array.std(ddof=1)) / math.sqrt(array.size)
    return Interval(mean, mean - half, mean + half)


def _student_quantile(freedom: int, probability: float) -> float:
    """Quantile of Student's t; above 100 degrees by Fisher and Cornish (1960), to 1e-8, without waiting for scipy."""
    if freedom <= 100:
        from scipy.special import stdtrit

        return float(stdtrit(freedom, probability))
    z = NormalDist().inv_cdf(probability)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3


def paired_interval(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Interval:
    """Bound the mean of `first - second` where both were observed on the same luck.

    Parameters
    ----------
    first, second
        Observations in the same order; shape (n,) each.
    confidence
        Between 0 and 1, default 0.95.

    Raises
    ------
    ValueError
        When the shapes differ: then nothing is paired.
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != other.shape:
        raise ValueError(f"paired observations have one shape, not {one.shape} and {other.shape}")
    return mean_interval(one - other, confidence)
