"""Weigh what remains uncertain: the probability that each design is the best, and what a wrong choice would cost."""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.intervals import Interval, paired_interval
from drumbeat.basics.streams import gamma_quantile, key_of, luck_of, normal_quantile, uniform
from drumbeat.twin.engine.select.result import Weighing

DRAWS = 20_000
"""Draws of what the true means may be: a probability of 0.5 is then right to 0.004 (one standard error)."""

KEY = key_of("weigh_choice")
MEANS, SPREAD = 0, 1
SINGULAR = 1e-12
"""Share of a variance that is rounding: two designs may differ by a constant."""


def weigh_choice(
    values: Floats, *, higher_is_better: bool = True, alpha: float = 0.05, seed: int = 1, draws: int = DRAWS
) -> Weighing:
    """Say what the data leave open about which design is best.

    The true means, given paired data, are drawn around the observed ones: differences to the best observed design
    follow Student's t with their own standard errors and their observed correlations (the posterior under the usual
    vague prior; for two designs the probability is exactly that of the paired t test). Designs with fewer replications
    than others, dropped on the way, are compared on those that they have.

    Parameters
    ----------
    values
        Design by replication, paired by column; shape (k, n). nan at the end of a row: not played any more. Each row
        has 2 values at least.
    higher_is_better
        Whether higher values are better.
    alpha
        1 - probability with which all intervals of differences hold at once.
    seed, draws
        Of the draws, and how many, >= 1.

    Returns
    -------
    Weighing
        Equal designs share their probability.

    Raises
    ------
    ValueError
        When there is no design, or a design with fewer than 2 values.
    """
    ends = np.isfinite(values).sum(axis=1)
    if len(values) == 0 or ends.min() < 2:
        raise ValueError("a choice is weighed on 1 design or more with 2 replications or more each")
    signed = values if higher_is_better else -values
    means = np.array([row[:end].mean() for row, end in zip(signed, ends, strict=True)])
    # A design that was dropped early has its mean from other replications: only the patient ones may be the best.
    best = int(np.where(ends == ends.max(), means, -np.inf).argmax())
    groups = _group_equal(values)
    rows = np.unique(groups)
    deltas, errors, correlation = _compare(signed[rows], ends[rows], int(np.flatnonzero(rows == groups[best])[0]))
    factor = _factorise(correlation)
    noise = _draw_errors(np.uint64(seed), draws, factor, max(int(ends.min()) - 1, 1))
    true = deltas + errors * noise
    highest = true.max(axis=1)
    is_best = true == highest[:, None]
    shares = (is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0)
    loss = (highest[:, None] - true).mean(axis=0)
    sizes = np.bincount(groups, minlength=len(values))
    probability = np.zeros(len(values))
    expected_loss = np.zeros(len(values))
    place = np.searchsorted(rows, groups)
    probability[:] = shares[place] / sizes[groups]
    expected_loss[:] = loss[place]
    confidence = 1.0 - alpha / max(len(values) - 1, 1)
    differences = tuple(
        Interval(0.0, 0.0, 0.0)
        if row == best
        else paired_interval(values[row, : ends[row]], values[best, : ends[row]], confidence)
        for row in range(len(values))
    )
    return Weighing(probability, expected_loss, best, differences)


def _group_equal(values: Floats) -> Int64s:
    """Number each design by the first that has the very same values; shape (k,)."""
    first: dict[bytes, int] = {}
    return np.array([first.setdefault(row.tobytes(), number) for number, row in enumerate(values)], dtype=np.int64)


def _compare(values: Floats, ends: Int64s, best: int) -> tuple[Floats, Floats, Floats]:
    """Compare each design with the best: mean difference, standard error (k,), and their correlations (k, k)."""
    reference = values[best]
    deltas, errors = np.zeros(len(values)), np.zeros(len(values))
    for row, end in enumerate(ends):
        gaps = values[row, :end] - reference[:end]
        deltas[row], errors[row] = gaps.mean(), gaps.std(ddof=1) / math.sqrt(end)
    shared = int(ends.min())
    gaps = values[:, :shared] - reference[:shared]
    gaps = gaps - gaps.mean(axis=1, keepdims=True)
    size = np.sqrt((gaps * gaps).sum(axis=1))
    size[size <= SINGULAR * max(float(np.abs(values[:, :shared]).max()), 1.0)] = np.inf
    scaled = gaps / size[:, None]
    correlation = np.array([[float((one * other).sum()) for other in scaled] for one in scaled])
    np.fill_diagonal(correlation, 1.0)
    return deltas, errors, correlation


def _factorise(correlation: Floats) -> Floats:
    """Return the lower Cholesky factor of a correlation matrix that may be singular.

    Written out rather than asked of LAPACK, which gives other bits on another number of threads, and refuses.
    """
    size = len(correlation)
    factor = np.zeros((size, size))
    for j in range(size):
        left = correlation[j, j] - float((factor[j, :j] ** 2).sum())
        if left <= SINGULAR:
            continue
        factor[j, j] = math.sqrt(left)
        for i in range(j + 1, size):
            factor[i, j] = (correlation[i, j] - float((factor[i, :j] * factor[j, :j]).sum())) / factor[j, j]
    return factor


@njit(cache=True)
def _draw_errors(seed: np.uint64, draws: int, factor: Floats, freedom: int) -> Floats:
    """Draw correlated errors of Student's t with `freedom` degrees; shape (draws, k)."""
    size = len(factor)
    errors = np.zeros((draws, size))
    normal = np.zeros(size)
    for d in range(draws):
        luck = luck_of(seed, d)
        square = 2.0 * gamma_quantile(0.5 * freedom, uniform(luck, KEY, SPREAD, 0))
        scale = math.sqrt(freedom / square)
        for j in range(size):
            normal[j] = normal_quantile(uniform(luck, KEY, MEANS, j))
            for i in range(j + 1):
                errors[d, j] += scale * factor[j, i] * normal[i]
    return errors
