"""Summarise replications: mean, quantiles and probabilities, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.intervals import Interval, mean_interval, wilson_interval


@dataclass(frozen=True, slots=True)
class Summary:
    """What replications say of one figure, in its unit.

    Parameters
    ----------
    mean
        By Student's t.
    p10, p50, p90
        By order statistics; see `estimate_quantile`.
    count
        Number of replications; those without a value (nan) are left out.
    """

    mean: Interval
    p10: Interval
    p50: Interval
    p90: Interval
    count: int


def summarise(values: ArrayLike, confidence: float = 0.95) -> Summary:
    """Summarise independent replications.

    Parameters
    ----------
    values
        Shape (R,), one value a replication; nan where it has none.
    confidence
        Of each interval, between 0 and 1, default 0.95.

    Returns
    -------
    The summary; all nan where there are no values.
    """
    array = np.asarray(values, dtype=np.float64)
    kept = array[~np.isnan(array)]
    p10, p50, p90 = (estimate_quantile(kept, share, confidence) for share in (0.1, 0.5, 0.9))
    return Summary(mean_interval(kept, confidence), p10, p50, p90, int(kept.size))


def estimate_quantile(values: ArrayLike, share: float, confidence: float = 0.95) -> Interval:
    """Estimate a quantile from independent values, whatever their distribution.

    Parameters
    ----------
    values
        Shape (R,).
    share
        Above 0 and below 1: 0.9 for the value that nine in ten keep.
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    The smallest observed value that at least this share keeps, and the interval between two order statistics: the
    closest whose binomial chance of lying outside is at most half of 1 - confidence on each side (David & Nagaraja,
    Order Statistics, 7.1). A bound is infinite where there are too few values for any; all nan for none.

    Raises
    ------
    ValueError
        When the share is not between 0 and 1.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"a quantile's share is above 0 and below 1, not {share}")
    array = np.sort(np.asarray(values, dtype=np.float64))
    n = array.size
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    value = float(array[max(math.ceil(share * n - 1e-9) - 1, 0)])
    low, high = _ranks(n, share, (1.0 - confidence) / 2)
    return Interval(
        value, float(array[low - 1]) if low >= 1 else -math.inf, float(array[high - 1]) if high <= n else math.inf
    )


def _ranks(n: int, share: float, tail: float) -> tuple[int, int]:
    """Largest rank with P(Binomial(n, share) < rank) <= tail, and smallest with P(Binomial >= rank) <= tail.

    Ranks from 1; 0 and n + 1 where there is none.
    """
    from scipy.special import bdtr

    reach = int(8 * math.sqrt(n * share * (1 - share))) + 10
    start = max(int(n * share) - reach, 0)
    counts = np.arange(start, min(int(n * share) + reach, n) + 1)
    below = bdtr(counts.astype(np.float64), n, share)  # P(Binomial <= count)
    fits = counts[below <= tail]
    low = int(fits[-1]) + 1 if fits.size else 0
    above = counts[below >= 1.0 - tail]
    high = int(above[0]) + 1 if above.size else n + 1
    return low, high


def estimate_probability(happened: ArrayLike, confidence: float = 0.95) -> Interval:
    """Estimate a probability from replications in which something happened or not.

    Parameters
    ----------
    happened
        Shape (R,), booleans.
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    Share and Wilson's interval; nan between 0 and 1 where there are no replications.
    """
    array = np.asarray(happened, dtype=np.bool_)
    low, high = wilson_interval(int(array.sum()), array.size, confidence)
    return Interval(float(array.mean()) if array.size else math.nan, float(low), float(high))
