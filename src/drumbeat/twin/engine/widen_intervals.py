"""Widen intervals by what is not known of the parameters: the spread between sets of parameters beyond that of luck."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.intervals import Interval, mean_interval, wilson_interval

ROWS_AT_ONCE = 512
"""Jobs whose ends are counted together: bounds memory."""


def count_by_set(ends: Int64s, due: Int64s, num_sets: int) -> Int64s:
    """Count how often each job ended by its due time in each set's replications.

    Parameters
    ----------
    ends
        Shape (J, R): end of each job in each replication; replication r belongs to set r % D.
    due
        Shape (J,): due times.
    num_sets
        D, >= 1.

    Returns
    -------
    Shape (J, D).
    """
    belongs = np.zeros((ends.shape[1], num_sets), dtype=np.float32)
    belongs[np.arange(ends.shape[1]), np.arange(ends.shape[1]) % num_sets] = 1.0
    counts = np.zeros((len(due), num_sets), dtype=np.int64)
    for first in range(0, len(due), ROWS_AT_ONCE):
        rows = slice(first, first + ROWS_AT_ONCE)
        is_in_time = ends[rows] <= due[rows, None]
        if num_sets == 1:
            counts[rows, 0] = np.count_nonzero(is_in_time, axis=1)
        else:
            counts[rows] = np.rint(is_in_time.astype(np.float32) @ belongs)
    return counts


def widen_shares(counts: Int64s, replications: int) -> tuple[Floats, Floats]:
    """Return 95 % intervals of probabilities, with what is not known of the parameters in them.

    The variance of a set's share beyond that of luck within it, added to that of luck over all replications, says how
    many replications without doubt would be as unsure; Wilson's interval is that of so many.

    Parameters
    ----------
    counts
        Shape (J, D): how often it happened, by set.
    replications
        R: replication r belongs to set r % D.

    Returns
    -------
    Low and high bounds, shape (J,) each; Wilson's own with one set, or fewer than two replications a set.
    """
    num_sets = counts.shape[1]
    total = counts.sum(axis=1)
    if num_sets < 2 or replications < 2 * num_sets:
        return wilson_interval(total, replications)
    sizes = np.bincount(np.arange(replications) % num_sets, minlength=num_sets).astype(np.float64)
    shares, share = counts / sizes, total / replications
    luck = (shares * (1 - shares) / (sizes - 1)).mean(axis=1)
    doubt = np.maximum(shares.var(axis=1, ddof=1) - luck, 0.0)
    alone = share * (1 - share)
    trials = np.where(alone > 0, alone / np.maximum(alone / replications + doubt, 1e-300), replications)
    trials = np.minimum(trials, replications)
    return wilson_interval(share * trials, trials)


def widen_mean(values: Floats, num_sets: int) -> Interval:
    """Return the mean of the replications' values and its 95 % interval, with what is not known of the parameters.

    Parameters
    ----------
    values
        Shape (R,), by replication; replication r belongs to set r % D.
    num_sets
        D; with 1, or fewer than two replications a set, it is the interval of luck alone.
    """
    plain = mean_interval(values)
    size = len(values)
    if num_sets < 2 or size < 2 * num_sets:
        return plain
    groups = [values[number::num_sets] for number in range(num_sets)]
    luck = float(np.mean([group.var(ddof=1) / len(group) for group in groups]))
    doubt = max(float(np.var([group.mean() for group in groups], ddof=1)) - luck, 0.0)
    half = NormalDist().inv_cdf(0.975) * (doubt + float(values.var(ddof=1)) / size) ** 0.5
    half = max(half, plain.high - plain.value)
    return Interval(plain.value, plain.value - half, plain.value + half)


def split_variance(values: Floats, sets: Int64s) -> tuple[float, float]:
    """Split the variance of replications into luck within a set and what sets differ by (one-way, random effects).

    Parameters
    ----------
    values, sets
        Shape (R,): value and number of the set of each replication; sets may differ in size.

    Returns
    -------
    Variance of one replication within its set, nan where no set has two; and of the sets' true means, >= 0, nan with
    fewer than two sets.
    """
    size = np.bincount(sets).astype(np.float64)
    total = np.bincount(sets, values)
    is_played = size > 0
    size, mean = size[is_played], total[is_played] / size[is_played]
    count, num_sets = len(values), len(size)
    if count <= num_sets:
        return float("nan"), float("nan")
    # About the mean of all, so that the squares of large numbers do not cancel.
    centred, mean = values - values.mean(), mean - values.mean()
    within = max(float((centred**2).sum() - (size * mean**2).sum()), 0.0) / (count - num_sets)
    if num_sets < 2:
        return within, float("nan")
    between = float((size * mean**2).sum()) / (num_sets - 1)
    usual = (count - float((size**2).sum()) / count) / (num_sets - 1)
    return within, max((between - within) / usual, 0.0)


def bound_mean(values: Floats, sets: Int64s, confidence: float = 0.95) -> Interval:
    """Bound a mean for few replications: luck by Student's t, and what sets disagree about, which stays however many.

    Parameters
    ----------
    values, sets
        As for `split_variance`.
    confidence
        Between 0 and 1, default 0.95.

    Returns
    -------
    Interval
        That of luck alone with one set, or where no set has two replications; otherwise its half-width and the doubt's
        are added as squares: with few sets their spread is itself unsure, which Student's t of their number pays for.
    """
    plain = mean_interval(values, confidence)
    if len(values) < 2:
        return plain
    _, doubt = split_variance(values, sets)
    if not doubt > 0:
        return plain
    quantile = float(stdtrit(len(np.unique(sets)) - 1, 0.5 + confidence / 2))
    half = ((plain.high - plain.value) ** 2 + quantile**2 * doubt) ** 0.5
    return Interval(plain.value, plain.value - half, plain.value + half)
