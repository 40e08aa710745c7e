"""The mean of one long run, whose observations resemble their neighbours."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.twin.engine.answers.find_warm_up import ShortRunError

BATCHES = 20
"""Batches into which a run is cut (Schmeiser 1982: more gain little)."""

TIMES_PER_BATCH = 10.0
"""Correlation times that a batch lasts at least: then neighbouring batches hardly resemble each other any more."""


def correlation_time(series: ArrayLike) -> float:
    """Estimate how many observations in a row say as much as one independent one: 1 + 2 x the sum of correlations.

    Parameters
    ----------
    series
        Shape (n,), n >= 2, in the order of time, without the warm-up.

    Returns
    -------
    At least 1; 1 for a series that does not vary.

    Notes
    -----
    Summed up to the first pair of neighbouring lags whose sum is not positive (C. J. Geyer, Practical Markov Chain
    Monte Carlo, Statist. Sci. 7, 1992).
    """
    values: Floats = np.asarray(series, dtype=np.float64)
    n = values.size
    centred = values - values.mean()
    power = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    covariance = np.fft.irfft(power, 2 * n)[: max(n // 2, 1)]
    if covariance[0] <= 1e-300 * max(1.0, float(np.abs(values).max()) ** 2):
        return 1.0
    correlation = covariance / covariance[0]
    pairs = correlation[: correlation.size // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0.0)
    kept = pairs[: ends[0]] if ends.size else pairs
    return max(2.0 * float(kept.sum()) - 1.0, 1.0)


def average_batches(series: ArrayLike, confidence: float = 0.95) -> Interval:
    """Bound the steady mean of one run by batch means.

    Parameters
    ----------
    series
        Shape (n,), in the order of time, without the warm-up (`find_warm_up`).
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    Mean and interval, from 20 batches; the first observations that fill no batch are left out.

    Raises
    ------
    ShortRunError
        When a batch would last less than ten correlation times: the interval would be too narrow.
    """
    values: Floats = np.asarray(series, dtype=np.float64)
    needed = math.ceil(BATCHES * TIMES_PER_BATCH * (correlation_time(values) if values.size >= 2 else 1.0))
    if values.size < needed:
        rule = "a run lasts 200 times as long as its observations resemble each other"
        raise ShortRunError(rule, values.size, needed)
    size = values.size // BATCHES
    return mean_interval(values[values.size - size * BATCHES :].reshape(BATCHES, size).mean(axis=1), confidence)
