"""Decide stage by stage what to do, before or after luck is known: expansion, options to wait, options to stop.

Backward induction over a finite number of states (Bellman 1957; for options on real assets: Dixit and Pindyck 1994).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: what each action costs in each state and outcome, and where it leads.

    Parameters
    ----------
    probability
        Shape (O,) or (S, O): of each outcome, in each state where it depends on it; >= 0, summing to 1.
    cost
        Shape (S, A, O): money spent, negative = earned; inf = the action is not possible there.
    next_state
        Shape (S, A, O): state of the next stage, from 0.
    """

    probability: Floats
    cost: Floats
    next_state: Int64s


@dataclass(frozen=True, slots=True)
class StagedDecision:
    """The best decisions, stage by stage.

    Parameters
    ----------
    cost
        Expected discounted cost from the first state.
    values
        One array a stage, shape (S,): expected discounted cost from each state on, before its outcome is known.
    actions
        One array a stage: the best action; shape (S, O) where the outcome is seen first, else (S,).
    """

    cost: float
    values: tuple[Floats, ...]
    actions: tuple[Int64s, ...]


def decide_in_stages(
    stages: Sequence[Stage], discount: float, *, sees_first: bool, first_state: int = 0, end: Floats | None = None
) -> StagedDecision:
    """Find the decisions of the least expected cost.

    Parameters
    ----------
    stages
        In order of time; the states of a stage are those that the one before leads to.
    discount
        What money of a stage is worth in the stage before, above 0 and at most 1.
    sees_first
        Whether the outcome of a stage is known before its action is chosen (see, then decide), or after.
    first_state
        State in which it begins.
    end
        Shape (S,): cost of ending in each state; None = 0.

    Returns
    -------
    StagedDecision
        Of equal actions, the first.

    Raises
    ------
    ValueError
        When probabilities do not sum to 1, or no action is possible in a state that is reached.
    """
    values, actions, after = [], [], end
    for stage in reversed(stages):
        chance = np.broadcast_to(stage.probability, (stage.cost.shape[0], stage.cost.shape[2]))
        if np.any(np.abs(chance.sum(axis=1) - 1.0) > 1e-9) or np.any(chance < 0):
            raise ValueError("probabilities of outcomes are 0 or more and sum to 1")
        later = 0.0 if after is None else discount * after[stage.next_state]
        total = stage.cost + later
        if sees_first:
            best = np.argmin(total, axis=1)
            worth = np.take_along_axis(total, best[:, None, :], axis=1)[:, 0, :]
            value = _expect(chance, worth)
        else:
            expected = np.stack([_expect(chance, total[:, action]) for action in range(total.shape[1])], axis=1)
            best = np.argmin(expected, axis=1)
            value = np.take_along_axis(expected, best[:, None], axis=1)[:, 0]
        values.append(value)
        actions.append(best.astype(np.int64))
        after = value
    if not np.isfinite(values[-1][first_state]):
        raise ValueError("no action is possible from the first state on")
    return StagedDecision(float(values[-1][first_state]), tuple(reversed(values)), tuple(reversed(actions)))


def follow_actions(stages: Sequence[Stage], discount: float, actions: Sequence[int], first_state: int = 0) -> float:
    """Return the expected discounted cost of a plan made beforehand: one action a stage, whatever happens.

    Parameters
    ----------
    stages, discount, first_state
        As of `decide_in_stages`.
    actions
        One a stage.

    Returns
    -------
    The cost; inf where an action is not possible in a state that is reached with some probability.
    """
    num_states = stages[0].cost.shape[0]
    at = np.zeros(num_states)
    at[first_state] = 1.0
    cost, factor = 0.0, 1.0
    for stage, action in zip(stages, actions, strict=True):
        chance = np.broadcast_to(stage.probability, (stage.cost.shape[0], stage.cost.shape[2]))
        share = at[:, None] * chance
        is_met = share > 0
        cost += factor * float((share[is_met] * stage.cost[:, action][is_met]).sum())
        after = np.zeros(int(stage.next_state.max()) + 1)
        np.add.at(after, stage.next_state[:, action], share)
        at = after if len(after) >= len(at) else np.concatenate([after, np.zeros(len(at) - len(after))])
        factor *= discount
    return cost


def _expect(chance: Floats, worth: Floats) -> Floats:
    """Expected value by state; what cannot happen counts nothing, even where it would cost inf."""
    expected: Floats = (np.where(chance > 0, worth, 0.0) * chance).sum(axis=1)
    return expected
