"""Weights from judgements by pairs (analytic hierarchy process), and how consistent the judgements are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings

RANDOM_INDEX = (0.0, 0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random judgements, by number of criteria (Saaty, The Analytic Hierarchy Process, 1980)."""
CONSISTENT = 0.10
"""Consistency ratio up to which judgements are taken as they are (Saaty 1980)."""
MOST_RATIO = 9.0
"""Strongest judgement on Saaty's scale: nine times as important."""
_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of criteria, and what the judgements behind them are worth.

    Parameters
    ----------
    criteria
        Names, n of them.
    weights
        Shape (n,): positive, summing to 1.
    consistency_ratio
        0 = judgements that agree with each other perfectly; above `CONSISTENT` they are to be looked at again.
    doubtful
        The pair whose judgement departs most from what the others imply, and the ratio that they imply; None where
        the judgements are consistent.
    """

    criteria: tuple[str, ...]
    weights: Floats
    consistency_ratio: float
    doubtful: tuple[str, str, float] | None

    @property
    def is_consistent(self) -> bool:
        """Whether the judgements can be taken as they are."""
        return self.consistency_ratio <= CONSISTENT


def weigh_criteria(criteria: tuple[str, ...], pairs: Mapping[tuple[str, str], float]) -> Weights:
    """Find the weights that judgements by pairs imply.

    Parameters
    ----------
    criteria
        Names, different, 1 to 15.
    pairs
        How many times as important the first is as the second, 1/9 to 9. A pair may stand in either order, once; a pair
        that nobody judged counts as what the judged ones imply, and as 1 where they imply nothing.

    Returns
    -------
    Weights
        The principal eigenvector of the matrix of ratios.

    Raises
    ------
    InputError
        Where a name is unknown, a pair is judged twice or with itself, or a ratio is outside 1/9 to 9.

    Notes
    -----
    Saaty, The Analytic Hierarchy Process (1980). Missing judgements: Harker, Incomplete pairwise comparisons (1987):
    the diagonal counts the missing ones of each row.
    """
    given = _check(criteria, pairs)
    size = len(criteria)
    vector, largest = _solve(size, given)
    ratio = max(0.0, (largest - size) / (size - 1) / RANDOM_INDEX[size]) if size > 2 else 0.0
    return Weights(criteria, vector, ratio, _find_doubtful(criteria, given, vector) if ratio > CONSISTENT else None)


def _solve(size: int, given: dict[tuple[int, int], float]) -> tuple[Floats, float]:
    """Principal eigenvector, summing to 1, and eigenvalue of the matrix of ratios."""
    matrix = np.zeros((size, size))
    for (first, second), ratio in given.items():
        matrix[first, second], matrix[second, first] = ratio, 1.0 / ratio
    matrix[np.diag_indices(size)] = (matrix == 0.0).sum(axis=1)
    vector = np.full(size, 1.0 / size)
    for _ in range(_STEPS):
        following = matrix @ vector
        following /= following.sum()
        has_settled = np.abs(following - vector).max() < 1e-13
        vector = following
        if has_settled:
            break
    return vector, float((matrix @ vector).sum())


def _check(criteria: tuple[str, ...], pairs: Mapping[tuple[str, str], float]) -> dict[tuple[int, int], float]:
    findings = Findings()
    place = {name: at for at, name in enumerate(criteria)}
    if not 1 <= len(criteria) < len(RANDOM_INDEX) or len(place) < len(criteria):
        rule = f"criteria are 1 to {len(RANDOM_INDEX) - 1} different names"
        findings.add(Finding("criterion", rule, "Rename or join some", value=str(len(criteria))))
    found: dict[tuple[int, int], float] = {}
    for (first, second), ratio in pairs.items():
        named = f"{first} : {second}"
        if first not in place or second not in place or first == second:
            findings.add(Finding("judgement", "a judgement is of two criteria", "Name two of them", value=named))
            continue
        a, b = place[first], place[second]
        if (a, b) in found or (b, a) in found:
            findings.add(Finding("judgement", "a pair is judged once", "Remove one of the two", value=named))
        if not 1.0 / MOST_RATIO - 1e-9 <= ratio <= MOST_RATIO + 1e-9:
            findings.add(
                Finding("judgement", "a ratio is 1/9 to 9", "Enter 9 for the strongest", None, named, str(ratio))
            )
            continue
        found[a, b] = float(ratio)
    findings.raise_on_errors()
    return found


def _find_doubtful(
    criteria: tuple[str, ...], given: dict[tuple[int, int], float], weights: Floats
) -> tuple[str, str, float]:
    """Name the pair that departs most from its weights' ratio, and the ratio that all others imply."""
    pair = max(given, key=lambda one: abs(np.log(given[one] * weights[one[1]] / weights[one[0]])))
    implied, _ = _solve(len(criteria), {one: ratio for one, ratio in given.items() if one != pair})
    return criteria[pair[0]], criteria[pair[1]], float(implied[pair[0]] / implied[pair[1]])
