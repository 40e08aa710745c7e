"""What the functions hold important, by function and together, and which option that ranks first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from math import exp, log
from typing import Any

import numpy as np

from drumbeat.strategy.engine.alignment.rank_options import Ranking, rank_options
from drumbeat.strategy.engine.alignment.weigh_criteria import MOST_RATIO, Weights, weigh_criteria
from drumbeat.strategy.models import Criterion, Decision, Judgement, OptionScore

MOST_SCORE = 10.0


@dataclass(frozen=True, slots=True)
class Weighed:
    """Weights and ranking of a decision.

    Parameters
    ----------
    together
        Of all functions: each pair's ratio is the geometric mean of theirs; None without two criteria.
    by_function
        Of each function that judged.
    scores
        Shape (options, criteria); nan where nobody gave one.
    ranking
        By all functions together; None while a score is missing.
    """

    criteria: tuple[str, ...]
    options: tuple[str, ...]
    together: Weights | None
    by_function: Mapping[str, Weights]
    scores: Any
    ranking: Ranking | None


def weigh_decision(decision: Decision) -> Weighed:
    """Weigh the criteria of a decision by what its functions judged, and rank its options.

    Geometric means keep the scale of ratios and treat both directions alike (Aczel and Saaty 1983).
    """
    criteria = list(decision.criteria.all())
    options = list(decision.options.all())
    names = tuple(one.name for one in criteria)
    name_of = {one.pk: one.name for one in criteria}
    given: dict[str, dict[tuple[str, str], float]] = {}
    for row in Judgement.objects.filter(first__decision=decision):
        given.setdefault(row.function, {})[name_of[row.first_id], name_of[row.second_id]] = row.ratio
    by_function = {function: weigh_criteria(names, pairs) for function, pairs in sorted(given.items())}
    together = weigh_criteria(names, _join(list(given.values()))) if len(names) > 1 else None
    scores = np.full((len(options), len(criteria)), np.nan)
    place = {one.pk: at for at, one in enumerate(options)}
    column = {one.pk: at for at, one in enumerate(criteria)}
    for score in OptionScore.objects.filter(option__decision=decision):
        scores[place[score.option_id], column[score.criterion_id]] = score.score
    told = tuple(one.name for one in options)
    ranking = None
    if together is not None and options and not np.isnan(scores).any():
        ranking = rank_options(told, scores, together)
    return Weighed(names, told, together, by_function, scores, ranking)


def _join(all_pairs: list[dict[tuple[str, str], float]]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], list[float]] = {}
    for pairs in all_pairs:
        for pair, ratio in pairs.items():
            found.setdefault(pair, []).append(log(ratio))
    return {pair: exp(sum(logs) / len(logs)) for pair, logs in found.items()}


def list_pairs(decision: Decision, function: str) -> list[tuple[Criterion, Criterion, float | None]]:
    """All pairs of criteria with what a function judged; None where it did not."""
    judged = {
        (row.first_id, row.second_id): row.ratio
        for row in Judgement.objects.filter(first__decision=decision, function=function)
    }
    return [
        (first, second, judged.get((first.pk, second.pk))) for first, second in combinations(decision.criteria.all(), 2)
    ]


def judge_pair(first: Criterion, second: Criterion, function: str, ratio: float | None, author: str) -> None:
    """Keep what a function judges of a pair; None takes it back."""
    if ratio is None:
        Judgement.objects.filter(first=first, second=second, function=function).delete()
        return
    bounded = min(max(ratio, 1 / MOST_RATIO), MOST_RATIO)
    Judgement.objects.update_or_create(
        first=first, second=second, function=function, defaults={"ratio": bounded, "author": author}
    )
