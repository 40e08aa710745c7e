"""Why a roadmap is as it is: what each initiative is worth, which constraint it eases, what would change the choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linprog

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Findings
from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel
from drumbeat.strategy.engine.roadmap.make_candidates import place_orders
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap

EFFECTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of its effect at which an initiative is tried, to find the one at which it is worth nothing."""
SCARCE = 1e-6


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an initiative is where it is.

    Parameters
    ----------
    initiative
        Its index.
    start
        Period in which it starts in the likeliest way; -1 = never in it.
    worth
        What the roadmap loses without it, and without what requires it; of one that is not in it, what it would gain
        (less than nothing, as a rule).
    if_later
        What the roadmap gains when it starts a period later wherever it starts; nan where the rules forbid it.
    earlier_breaks
        Rules that a start one period earlier would break; empty = none, or it starts in the first.
    if_earlier
        What the roadmap gains when it starts a period earlier; nan where the rules forbid it.
    enables
        Initiatives of the roadmap that require it.
    margin_before, margin_after
        Margin of a week just before and with its full effect, on means, given what starts before it.
    constraints_before, constraints_after
        Scarce groups, by index, and what one more hour of them is worth.
    cost_limit
        By how much its cost can be multiplied before the roadmap is better without it; inf = it costs nothing.
    effect_limit
        Share of its effect from which on it pays; nan where it never does.
    delay_limit
        Periods that it can be late before it is worth nothing; the number of periods left where it always pays.
    """

    initiative: int
    start: int
    worth: float
    if_later: float
    earlier_breaks: tuple[str, ...]
    if_earlier: float
    enables: tuple[int, ...]
    margin_before: float
    margin_after: float
    constraints_before: dict[int, float]
    constraints_after: dict[int, float]
    cost_limit: float
    effect_limit: float
    delay_limit: float


def find_margin(
    problem: RoadmapProblem, force: Floats, demand_factor: float = 1.0
) -> tuple[float, dict[int, float], Floats]:
    """Return the margin of a week, the worth of one more hour of each scarce group, and the units made.

    Parameters
    ----------
    force
        Shape (I,): share of each initiative's effect that is in force.
    demand_factor
        Demand against today's.
    """
    own, plant = problem.initiatives, problem.plant
    added = np.tensordot(force, own.hours_added, 1)
    hours = np.maximum(plant.hours + added, 0) * np.prod(np.maximum(1 + force[:, None] * own.hours_factor, 0), axis=0)
    load = plant.load * np.prod(np.maximum(1 + force[:, None, None] * own.load_factor, 0), axis=0)
    margin = np.maximum(plant.margin + force @ own.margin_added, 0.0)
    demand = plant.demand * demand_factor
    if not len(margin) or not len(hours):
        return float(margin @ demand), {}, demand
    solve: Any = linprog  # its stubs know of few kinds of bounds
    answer = solve(-margin, A_ub=load, b_ub=hours, bounds=np.column_stack([np.zeros_like(demand), demand]))
    worth = -np.asarray(answer.ineqlin.marginals)
    scarce = {int(g): float(worth[g]) for g in np.flatnonzero(worth > SCARCE)}
    return float(-answer.fun), scarce, np.asarray(answer.x)


def explain_roadmap(
    problem: RoadmapProblem, model: ThroughputModel, futures: Futures, roadmap: Roadmap
) -> list[Reason]:
    """Say of every initiative why it is in the roadmap where it is, or why not.

    Parameters
    ----------
    problem, model, futures
        What was decided, and the futures in which it is judged; a hundred or two are enough.
    roadmap
        The roadmap.

    Returns
    -------
    Reasons, those that start first in the likeliest way first, then what starts in another way, then the others by
    what they would bring.
    """
    base = float(model([roadmap], futures)[0].mean())
    way = int(np.argmax(problem.outlook.probability))
    starts = roadmap.starts[way]
    reasons = [
        _explain_chosen(problem, model, futures, roadmap, i, base, way)
        if np.any(roadmap.starts[:, i] != NEVER)
        else _explain_other(problem, model, futures, roadmap, i, base)
        for i in range(problem.num_initiatives)
    ]
    last = problem.num_periods
    place = [starts[one.initiative] if one.start != NEVER else last for one in reasons]
    is_in = [np.any(roadmap.starts[:, one.initiative] != NEVER) for one in reasons]
    order = sorted(range(len(reasons)), key=lambda at: (not is_in[at], place[at], -reasons[at].worth))
    return [reasons[at] for at in order]


def _mean(model: ThroughputModel, roadmap: Roadmap, futures: Futures) -> float:
    return float(model([roadmap], futures)[0].mean())


def _leave_out(problem: RoadmapProblem, roadmap: Roadmap, i: int) -> Roadmap:
    """The roadmap without an initiative and without all that requires it."""
    gone, left = {i}, [i]
    while left:
        at = left.pop()
        after = [j for j in range(problem.num_initiatives) if problem.initiatives.requires[j, at] and j not in gone]
        gone.update(after)
        left += after
    starts = roadmap.starts.copy()
    starts[:, sorted(gone)] = NEVER
    return replace(roadmap, starts=starts)


def _shift(roadmap: Roadmap, i: int, by: int) -> Roadmap:
    starts = roadmap.starts.copy()
    starts[:, i] = np.where(starts[:, i] == NEVER, NEVER, starts[:, i] + by)
    return replace(roadmap, starts=starts)


def _is_inside(problem: RoadmapProblem, roadmap: Roadmap, i: int) -> bool:
    starts = roadmap.starts[:, i]
    return bool(np.all((starts == NEVER) | ((starts >= 0) & (starts < problem.num_periods))))


def _force(problem: RoadmapProblem, starts: Int64s, until: int, others: list[int]) -> Floats:
    """Expected share in force of what starts before a period, at its full effect; and of others."""
    own = problem.initiatives
    chance = own.success * np.prod(np.where(own.gate_age >= 0, own.gate_pass, 1.0), axis=1) * own.effect.mean(axis=1)
    force = np.where((starts != NEVER) & (starts < until), chance, 0.0)
    force[others] = chance[others]
    return force


def _explain_chosen(
    problem: RoadmapProblem, model: ThroughputModel, futures: Futures, roadmap: Roadmap, i: int, base: float, way: int
) -> Reason:
    own, starts = problem.initiatives, roadmap.starts[way]
    start = int(starts[i])
    least = min(int(one) for one in roadmap.starts[:, i] if one != NEVER)
    without = _leave_out(problem, roadmap, i)
    worth = base - _mean(model, without, futures)
    later, earlier = _shift(roadmap, i, 1), _shift(roadmap, i, -1)
    breaks: tuple[str, ...] = ()
    if_later = if_earlier = float("nan")
    if _is_inside(problem, later, i) and not check_roadmap(problem, later):
        if_later = _mean(model, later, futures) - base
    if least > 0:
        found = check_roadmap(problem, earlier)
        breaks = tuple(_rules(found))
        if not found:
            if_earlier = _mean(model, earlier, futures) - base
    until = start if start != NEVER else least
    factor = float(problem.outlook.factor[way, min(until + int(own.build[i]), problem.num_periods - 1)])
    before, scarce, _ = find_margin(problem, _force(problem, starts, until, []), factor)
    after, still, _ = find_margin(problem, _force(problem, starts, until, [i]), factor)
    enables = tuple(
        j for j in range(problem.num_initiatives) if own.requires[j, i] and np.any(roadmap.starts[:, j] != NEVER)
    )
    return Reason(
        i, start, worth, if_later, breaks, if_earlier, enables, before, after, scarce, still,
        _cost_limit(model, futures, roadmap, i, worth), _effect_limit(model, futures, roadmap, without, i),
        _delay_limit(problem, model, futures, roadmap, without, i),
    )  # fmt: skip


def _rules(found: Findings) -> list[str]:
    """Broken rules with what breaks them, each once whatever the ways."""
    return list(dict.fromkeys(f"{one.rule} ({one.value})" for one in found))


def _explain_other(
    problem: RoadmapProblem, model: ThroughputModel, futures: Futures, roadmap: Roadmap, i: int, base: float
) -> Reason:
    """What it would bring on top: placed as early as the rules allow beside what the likeliest way has."""
    way = int(np.argmax(problem.outlook.probability))
    needed = [j for j in range(problem.num_initiatives) if problem.initiatives.requires[i, j]]
    rows = []
    for row in roadmap.starts:
        order = [int(j) for j in np.argsort(np.where(row == NEVER, 10**6, row), kind="stable") if row[j] != NEVER]
        waits = np.where(row == NEVER, 0, row)[None, :]
        rows.append(place_orders(problem, [np.array([*order, *needed, i])], waits)[0].starts[0])
    added = replace(roadmap, starts=np.array(rows))
    worth, start = float("nan"), int(added.starts[way, i])
    breaks: tuple[str, ...] = ("there is room for it beside the others",)
    if start != NEVER:
        worth, breaks = _mean(model, added, futures) - base, ()
    nothing = float("nan")
    return Reason(i, NEVER, worth, nothing, breaks, nothing, (), 0.0, 0.0, {}, {}, nothing, nothing, nothing)


def _cost_limit(model: ThroughputModel, futures: Futures, roadmap: Roadmap, i: int, worth: float) -> float:
    """Cost is linear in its factor: one more evaluation, at twice the cost, gives where it eats all worth."""
    dearer = futures.cost_factor.copy()
    dearer[:, i] *= 2
    plain = _mean(model, roadmap, futures)
    spent = plain - _mean(model, roadmap, replace(futures, cost_factor=dearer))
    return float("inf") if spent <= 0 else 1 + worth / spent


def _effect_limit(model: ThroughputModel, futures: Futures, roadmap: Roadmap, without: Roadmap, i: int) -> float:
    left = _mean(model, without, futures)
    gains = []
    for share in EFFECTS:
        effect = futures.effect.copy()
        effect[:, i] *= share
        gains.append(_mean(model, roadmap, replace(futures, effect=effect)) - left)
    for at in range(len(EFFECTS) - 1):
        if gains[at] < 0 <= gains[at + 1]:
            return float(np.interp(0.0, gains[at : at + 2], EFFECTS[at : at + 2]))
    return 0.0 if gains[0] >= 0 else float("nan")


def _delay_limit(
    problem: RoadmapProblem, model: ThroughputModel, futures: Futures, roadmap: Roadmap, without: Roadmap, i: int
) -> float:
    """Periods of delay, the rules of means aside, after which the roadmap is no better than without it."""
    left = _mean(model, without, futures)
    shifted, by = roadmap, 0
    while True:
        shifted, by = _shift(roadmap, i, by + 1), by + 1
        if not _is_inside(problem, shifted, i):
            return float(by - 1)
        if _mean(model, shifted, futures) < left:
            return float(by)
