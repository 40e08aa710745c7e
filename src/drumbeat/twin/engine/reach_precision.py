"""How many replications a wanted precision takes."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.intervals import wilson_interval

CONFIDENCE = 0.95
MOST_REPLICATIONS = 20_000
"""Replications at most, however precise it is wanted."""
MOST_ENDS = 100_000_000
"""Job ends at most that are kept for it, of 8 bytes each."""


def limit_replications(num_jobs: int) -> int:
    """Replications at most of so many jobs: `MOST_REPLICATIONS`, fewer where their ends would not fit in memory."""
    return max(min(MOST_REPLICATIONS, MOST_ENDS // max(num_jobs, 1)), 1)


def count_needed(shares: Floats, num_sets: int, precision: float) -> int:
    """Count the replications after which luck leaves no more doubt than wanted, from a first look.

    Parameters
    ----------
    shares
        Shape (R,): share of the jobs in time in each replication of the first look, 0 to 1; replication r belongs to
        set of parameters r % D.
    num_sets
        D, >= 1. More replications do not tell which set is true: only the spread within a set is luck.
    precision
        Wanted half-width of the 95 % intervals, above 0: of the mean share, and of the probability that all are in
        time.

    Returns
    -------
    int
        Never below 1; it may be below R.

    Notes
    -----
    The mean takes Stein's two stages (see `run_until_precise`). The probability takes Wilson's interval, at the end of
    its own interval in the first look that is nearer to a half: what came in none or all of a few replications may
    still be unsure.
    """
    size = len(shares)
    groups = [shares[number::num_sets] for number in range(num_sets)] if size >= 2 * num_sets else [shares]
    free = size - len(groups)
    # By the sum of squares about each set's own mean, so that sets of unequal size count as they should.
    luck = sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / free if free > 0 else 0.25
    quantile = float(stdtrit(max(free, 1), 0.5 + CONFIDENCE / 2))
    of_mean = math.ceil(luck * (quantile / precision) ** 2 - 1e-9)
    low, high = wilson_interval(int((shares >= 1.0).sum()), size, CONFIDENCE)
    nearest = min(max(0.5, float(np.min(low))), float(np.max(high)))
    return max(of_mean, _count_for_share(nearest, precision), 1)


def report_precision(place: str, precision: float | None, needed: int, ran: int, findings: Findings) -> None:
    """Say it where a wanted precision took more replications than ran."""
    if precision is None or needed <= ran:
        return
    rule = f"a precision of {precision:.2%} takes some {needed:,} replications; {ran:,} ran"
    remedy = "Read the intervals as they are, or ask for less precision"
    findings.add(Finding(place, rule, remedy, column="precision", value=f"{precision:g}", severity="warning"))


def _count_for_share(share: float, precision: float) -> int:
    """Fewest trials of which Wilson's interval of this share reaches no farther than the precision to either side."""
    squared = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2) ** 2

    def reach(trials: int) -> float:
        half = math.sqrt(squared * (share * (1 - share) / trials + squared / (4 * trials**2)))
        return half / (1 + squared / trials)

    low, high = 0, 1
    while reach(high) > precision:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reach(middle) > precision else (low, middle)
    return high
