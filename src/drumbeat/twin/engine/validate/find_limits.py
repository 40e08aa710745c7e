"""Find the groups of predictions that cannot be trusted, and those of which nothing can be said yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.intervals import Interval, wilson_interval
from drumbeat.twin.engine.validate.recalibrate import FEWEST_RESOLVED, check_outcomes

LEAST_GAP = 0.05
"""A gap between said and held up to this is let pass, however sure it is."""

LEVEL = 0.05
"""Probability of blaming any group wrongly."""

OVERDISPERSION = 1.5
"""Orders of a group share machines and weeks: their outcomes spread more than independent ones, by this factor."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A group in which what was said did not hold.

    Parameters
    ----------
    kind, group
        By what predictions were grouped, and which group.
    said
        Mean prediction.
    held
        Share that came true, with Wilson's 95 % interval.
    count
        Predictions resolved.
    """

    kind: str
    group: str
    said: float
    held: Interval
    count: int


def find_limits(
    kind: str, groups: Sequence[str], probability: ArrayLike, happened: ArrayLike
) -> tuple[list[Limit], list[str]]:
    """Compare what was said with what held, group by group.

    A group is blamed when the gap is above `LEAST_GAP` and too large for luck: a normal test of the sum of its
    outcomes, its variance times `OVERDISPERSION`, with Holm's correction for the number of groups (Holm 1979).

    Parameters
    ----------
    kind
        Name of the grouping, e.g. "machine".
    groups
        Group of each prediction; shape (n,). "" belongs to none.
    probability, happened
        As for `score_probabilities`, without nan.

    Returns
    -------
    The blamed groups, the widest gap first, and the groups with fewer than `FEWEST_RESOLVED` predictions.

    Raises
    ------
    ValueError
        When the lengths differ.
    """
    values, outcomes = check_outcomes(probability, happened)
    if len(groups) != len(values):
        raise ValueError(f"{len(values)} predictions have {len(groups)} groups")
    names = np.array(groups, dtype=object)
    tested: list[tuple[float, Limit]] = []
    few = []
    for name in sorted(set(groups) - {""}):
        rows = names == name
        size = int(rows.sum())
        if size < FEWEST_RESOLVED:
            few.append(name)
            continue
        said, won = values[rows], float(outcomes[rows].sum())
        spread = sqrt(OVERDISPERSION * max(float((said * (1 - said)).sum()), 0.25))
        low, high = wilson_interval(won, size)
        held = Interval(won / size, float(low), float(high))
        doubt = erfc(abs(won - float(said.sum())) / spread / sqrt(2))
        tested.append((doubt, Limit(kind, name, float(said.mean()), held, size)))
    tested.sort(key=lambda one: one[0])
    blamed = []
    for rank, (doubt, limit) in enumerate(tested):
        if doubt > LEVEL / (len(tested) - rank):
            break
        if abs(limit.said - limit.held.value) > LEAST_GAP:
            blamed.append(limit)
    return sorted(blamed, key=lambda one: -abs(one.said - one.held.value)), few
