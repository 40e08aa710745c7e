"""Rank options by weighted scores, and say which weight would have to move how far to change the winner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.alignment.weigh_criteria import Weights


@dataclass(frozen=True, slots=True)
class Turn:
    """The smallest change of one weight, the others keeping their proportions, that makes another option win."""

    criterion: str
    weight_now: float
    weight_then: float
    option: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """Options in the order of their weighted scores.

    Parameters
    ----------
    options
        Names, the best first; equal ones in the order given.
    totals
        Shape (m,): weighted score of each, in the same order.
    turn
        What would change the winner most easily; None where no weight of any criterion does.
    """

    options: tuple[str, ...]
    totals: Floats
    turn: Turn | None


def rank_options(options: tuple[str, ...], scores: Floats, weights: Weights) -> Ranking:
    """Rank options by the weighted sum of their scores.

    Parameters
    ----------
    options
        Names, m of them, at least one.
    scores
        Shape (m, n): score of each option by each criterion, on one scale for all; higher is better.
    weights
        Of the n criteria.

    Returns
    -------
    Ranking
        With the weight that lies nearest to where another option would win.
    """
    totals = scores @ weights.weights
    order = np.argsort(-totals, kind="stable")
    return Ranking(tuple(options[at] for at in order), totals[order], _find_turn(options, scores, weights, order[0]))


def _find_turn(options: tuple[str, ...], scores: Floats, weights: Weights, winner: int) -> Turn | None:
    best: Turn | None = None
    for at, now in enumerate(weights.weights):
        if now >= 1.0 - 1e-12:
            continue
        # The total is linear in this weight: the rest shares 1 - w in its own proportions.
        alone = scores[:, at]
        others = (scores @ weights.weights - now * alone) / (1.0 - now)
        lead_at_0, lead_at_1 = others[winner] - others, alone[winner] - alone
        for rival in range(len(options)):
            if rival == winner or lead_at_0[rival] == lead_at_1[rival]:
                continue
            then = float(lead_at_0[rival] / (lead_at_0[rival] - lead_at_1[rival]))
            moves = abs(then - now)
            if 0.0 <= then <= 1.0 and (best is None or moves < abs(best.weight_then - best.weight_now)):
                best = Turn(weights.criteria[at], float(now), then, options[rival])
    return best
