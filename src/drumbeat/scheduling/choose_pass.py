"""Say how well each pass of the finite plan came out, and why one of them is kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.planning.engine.problem import FAR_FUTURE, Demands
from drumbeat.scheduling.follow_supplies import Deliveries

DAY = 86_400
FEWEST = ("fewest late demands", "fewest that are never delivered", "least lateness, weighted by importance")


class Score(NamedTuple):
    """How well a pass came out.

    Parameters
    ----------
    rank
        What passes are compared by, the first number counting most; less is better.
    measures
        What each of these numbers is the least of.
    late, never
        Demands that are late, and of these, those that are never delivered.
    late_days
        Days that the others are late, added up.
    """

    rank: tuple[float, ...]
    measures: tuple[str, ...]
    late: int
    never: int
    late_days: float


class Pass(NamedTuple):
    """A pass as it is told; `why` says why it is kept, "" where it is not. The rest is as in `Score`."""

    late: int
    never: int
    late_days: float
    is_kept: bool
    why: str


def score_pass(demands: Demands, found: Deliveries, *, asking: str = "", importance_first: bool) -> Score:
    """Measure a pass.

    Parameters
    ----------
    demands, found
        With the due times that customers named, and what the schedule delivers when.
    asking
        A demand that takes what all the others leave: it does not count.
    importance_first
        Whether late demands of the highest importance count most, then those of the next.
    """
    late = found.is_late(demands.due) & (demands.keys != asking)
    never = late & (found.delivered >= FAR_FUTURE)
    seconds = np.where(late & ~never, found.delivered - np.maximum(demands.due, 0), 0)
    grades = np.unique(demands.priority)[::-1].tolist() if importance_first else []
    counts = [float((late & (demands.priority == grade)).sum()) for grade in grades]
    measures = (*(f"fewest late demands of importance {grade:g}" for grade in grades), *FEWEST)
    rank = (*counts, float(late.sum()), float(never.sum()), float((seconds * demands.priority).sum()))
    return Score(rank, measures, int(late.sum()), int(never.sum()), float(seconds.sum()) / DAY)


def tell_passes(scores: list[Score], kept: int) -> tuple[Pass, ...]:
    """Tell the passes in their order, and why one is kept.

    Parameters
    ----------
    scores
        Of all passes, one at least.
    kept
        Which of them is kept; none of the others is better.
    """
    why = _find_reason(scores, kept)
    return tuple(
        Pass(score.late, score.never, score.late_days, at == kept, why if at == kept else "")
        for at, score in enumerate(scores)
    )


def _find_reason(scores: list[Score], kept: int) -> str:
    """Name what the kept pass is better in than the best of the others."""
    mine = scores[kept]
    if not mine.late:
        return "nobody is late"
    others = [score.rank for at, score in enumerate(scores) if at != kept]
    if not others:
        return "nothing was learned that another pass could use"
    better = (name for name, one, other in zip(mine.measures, mine.rank, min(others), strict=True) if one < other)
    return next(better, "as good as another pass, with all that was learned")
