"""Search for good plans: decision by decision, on many lucks; and for what is worth finding out first."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.lab.engine.believe import draw_hidden
from drumbeat.lab.engine.game import OVER, Position
from drumbeat.lab.engine.make_move import begin_game, grant_information
from drumbeat.lab.engine.policies import Adaptive, Fixed, Informed, Plan, find_plan, name_found, play_out, play_round
from drumbeat.lab.engine.scenario import Information, Scenario

LOOKS = (4, 8, 16)
"""After so many lucks a plan that is worse by more than its standard error is given up."""

MOST_WORLDS = 8
"""With more ways that all hidden things can be, plans for single ones are searched and joined instead."""

SEARCH_SEED = 7_000_001
"""Seeds of the search: far from those of games, so that no plan knows a game's luck."""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """What was found for a scenario: plans by knowledge, and what to buy.

    Parameters
    ----------
    plans
        Plan by what is known (`name_found`): "" for the prior chances alone, one for each way that all hidden things
        can be or, where there are many, one for each thing found out alone.
    purchases
        Information by round that is worth its price; {} when none is.
    values
        Mean value by knowledge, over the worlds of the search.
    """

    plans: Mapping[str, Plan]
    purchases: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)

    @property
    def adaptive(self) -> Adaptive:
        """The best policy on visible information that was found."""
        return Adaptive(self.purchases, self.plans)

    @property
    def informed(self) -> Informed:
        """The same, for somebody who knows what is hidden."""
        return Informed(self.plans)


def list_worlds(scenario: Scenario) -> list[tuple[dict[str, float], float]]:
    """Return each way that what is hidden can be, with its probability."""
    worlds = []
    for levels in itertools.product(*(hidden.levels for hidden in scenario.hidden)):
        chance = 1.0
        for level in levels:
            chance *= level.chance
        if chance > 0:
            worlds.append(({one.code: level.value for one, level in zip(scenario.hidden, levels, strict=True)}, chance))
    return worlds


def improve_plan(
    starts: Sequence[tuple[Position, float]],
    plan: Plan,
    *,
    sweeps: int = 2,
    purchases: Mapping[int, tuple[str, ...]] | None = None,
) -> tuple[dict[str, str], float]:
    """Improve a plan decision by decision, each time on the mean over all starts, the other decisions held.

    Parameters
    ----------
    starts
        Positions at the start of a round, with their weights, > 0.
    plan
        To begin with; what it does not name is the default.
    sweeps
        How often all decisions are gone through; it ends earlier when one changes nothing.
    purchases
        Information by round that is bought meanwhile.

    Returns
    -------
    The plan, and its mean value; never worse than the one to begin with, on these starts.
    """
    best = dict(plan)
    bought = purchases or {}
    total = sum(weight for _, weight in starts)

    def race(positions: Sequence[Position], candidate: Plan, against: list[float] | None) -> list[float] | None:
        """Play the candidate out; None as soon as it is clear on the same lucks that it is worse."""
        ends: list[float] = []
        for position in positions:
            ends.append(play_out(position, Fixed(candidate, bought)).value)
            if against is not None and len(ends) in LOOKS:
                gains = np.array(ends) - np.array(against[: len(ends)])
                if gains.mean() + gains.std() / len(ends) ** 0.5 < 0:
                    return None
        return ends

    def mean(ends: Sequence[float]) -> float:
        return sum(end * weight for end, (_, weight) in zip(ends, starts, strict=True)) / total

    ends = race([position for position, _ in starts], best, None)
    assert ends is not None
    value = mean(ends)
    for _ in range(sweeps):
        has_changed = False
        positions = [position for position, _ in starts]
        while positions[0].phase != OVER:
            decision = positions[0].scenario.decision_of(positions[0].round)
            now = best.get(decision.code) if decision else None
            for option in decision.options if decision else ():
                if option.code == now or (now is None and option.is_default):
                    continue
                candidate = best | {decision.code: option.code} if decision else best
                found = race(positions, candidate, ends)
                if found is not None and mean(found) > value + 1e-6:
                    best, value, ends, has_changed = candidate, mean(found), found, True
            positions = [play_round(position, Fixed(best, bought)) for position in positions]
        if not has_changed:
            break
    return best, value


def search_plans(
    scenario: Scenario,
    *,
    lucks: int = 12,
    sweeps: int = 2,
    seed: int = SEARCH_SEED,
    begin: Mapping[str, Plan] | None = None,
    progress: Progress = silent,
) -> PlanTable:
    """Find plans for each state of knowledge, and what is worth finding out.

    A plan is searched by coordinate ascent on common lucks, first for the prior chances, then, from there, for each way
    that all hidden things can be; where there are many ways, for each thing known alone. What to buy is found by
    trying each piece of information, and all together: the one that is worth most beyond its price.

    Parameters
    ----------
    scenario
        What is played.
    lucks
        Lucks by plan, >= 1; what is not known is drawn anew on each, by its chances.
    sweeps
        As in `improve_plan`.
    seed
        Of the search.
    begin
        Plans to begin with, by knowledge, where they are better than those found so far.
    progress
        Hears of every plan.
    """
    worlds = [hidden for hidden, _ in list_worlds(scenario)]
    singles = [{one.code: level.value} for one in scenario.hidden for level in one.levels]
    known: list[dict[str, float]] = [{}, *(worlds if len(worlds) <= MOST_WORLDS else singles)]
    plans: dict[str, Plan] = {}
    values: dict[str, float] = {}
    for place, found in enumerate(known):
        progress(place / (len(known) + 1), f"plan {place + 1} of {len(known)}")
        told = [one.code for one in scenario.information if one.shows in found]
        starts = [(grant_information(one, told), 1.0) for one in begin_games(scenario, seed, lucks, found)]
        name = name_found(found)
        guesses = [find_plan(plans, found), *([find_plan(begin, found)] if begin else [])]
        guess = max(guesses, key=lambda plan: sum(play_out(one, Fixed(plan)).value for one, _ in starts))
        plans[name], values[name] = improve_plan(starts, guess, sweeps=sweeps)
    table = PlanTable(plans, {}, values)
    hear = part_of(progress, len(known) / (len(known) + 1), 1.0)
    # What is hidden is drawn by its chances here: rare truths need more lucks.
    games = begin_games(scenario, seed, 3 * lucks, {})
    return PlanTable(plans, _choose_purchases(scenario, games, table, hear), values)


def begin_games(scenario: Scenario, seed: int, lucks: int, found: Mapping[str, float]) -> list[Position]:
    """Start games on several lucks, some hidden things given and the others drawn."""
    return [begin_game(scenario, seed + n, hidden={**draw_hidden(scenario, seed + n), **found}) for n in range(lucks)]


def _choose_purchases(
    scenario: Scenario, starts: Sequence[Position], table: PlanTable, progress: Progress
) -> dict[int, tuple[str, ...]]:
    """Return the purchases that are worth most beyond their price: none, one, or one for each hidden thing."""

    def judge(purchases: Mapping[int, tuple[str, ...]]) -> float:
        return sum(play_out(start, Adaptive(purchases, table.plans)).value for start in starts)

    best: dict[int, tuple[str, ...]] = {}
    value = judge(best)
    options: list[tuple[Information, ...]] = [(one,) for one in scenario.information]
    shown = {one.shows: one for one in sorted(scenario.information, key=lambda one: (-one.delay, -one.price))}
    if len(shown) > 1:
        options.append(tuple(shown.values()))
    for place, bundle in enumerate(options):
        progress(place / len(options), "what is worth finding out")
        purchases: dict[int, tuple[str, ...]] = {}
        for one in bundle:
            purchases[one.first] = (*purchases.get(one.first, ()), one.code)
        found = judge(purchases)
        if found > value:
            best, value = purchases, found
    return best
