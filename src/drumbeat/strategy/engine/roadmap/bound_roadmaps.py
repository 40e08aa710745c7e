"""Bound what any roadmap can be worth: a mixed-integer program that is easier than the problem, solved by HiGHS.

It sees the same futures. Within a way of demand, hours and effects are at their mean over its futures: what a plant
earns is concave in its hours, so that this is never less (Jensen). Hours that several initiatives multiply are replaced
by a chord that lies above; a load that changes differently for each product, by the largest relief; machines do not
stand while something is built. So the best adaptive roadmap's value in these futures is at most the bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem

SECONDS, GAP = 15.0, 0.002
"""HiGHS stops after so long, or at such a gap: its own bound counts, so that the answer holds in any case."""

GO = -1
"""The variant of a start that is not stopped at a gate."""


@dataclass(slots=True)
class _Rows:
    """Rows of a sparse matrix while they are collected: entries (row, column, value), and the right-hand sides."""

    at: list[tuple[int, int, float]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, entries: list[tuple[int, float]], low: float, high: float) -> None:
        """Add low <= sum of value x column <= high; without entries nothing is said."""
        if entries:
            row = len(self.low)
            self.at += [(row, column, value) for column, value in entries]
            self.low.append(low)
            self.high.append(high)

    def constraint(self, columns: int) -> LinearConstraint:
        """Return them as HiGHS takes them."""
        row, column, value = zip(*self.at, strict=True)
        matrix = csr_array((np.array(value), (np.array(row), np.array(column))), shape=(len(self.low), columns))
        return LinearConstraint(matrix, np.array(self.low), np.array(self.high))


@dataclass(frozen=True, slots=True)
class _Start:
    """A column: an initiative begins in a period of a way, and goes on or is stopped at a gate."""

    way: int
    initiative: int
    period: int
    gate: int


def bound_roadmaps(problem: RoadmapProblem, futures: Futures, seconds: float = SECONDS) -> float:
    """Return what no roadmap's mean value in these futures exceeds, against doing nothing.

    Parameters
    ----------
    problem
        What can be done.
    futures
        In which roadmaps are judged.
    seconds
        For how long HiGHS looks, > 0; the longer, the tighter.

    Returns
    -------
    Money; inf where HiGHS finds no bound in its time.
    """
    base = float(ThroughputModel(problem)([do_nothing(problem)], futures)[0].mean())
    starts = _list_starts(problem)
    if not starts:
        return 0.0
    flows, periods, ways = len(problem.plant.flow_keys), problem.num_periods, problem.num_ways
    units = np.arange(ways * periods * flows).reshape(ways, periods, flows) + len(starts)
    share = np.bincount(futures.way, minlength=ways) / futures.count
    discount = problem.discount()
    discount[-1] += problem.tail_worth()
    worth = np.zeros(len(starts) + units.size)
    top = np.ones(len(worth))
    demand = problem.plant.demand * problem.weeks
    for way in range(ways):
        worth[units[way]] = share[way] * discount[:, None] * np.maximum(problem.plant.margin, 0.0)
        top[units[way]] = problem.outlook.factor[way][:, None] * demand
    rows = _Rows()
    _add_rules(problem, starts, rows)
    live = _find_live(problem, futures)
    for way in range(ways):
        mine = np.flatnonzero(futures.way == way)
        if mine.size:
            _add_worth(problem, futures, live, mine, starts, share[way], discount, worth)
            _add_capacity(problem, futures, live, mine, way, starts, units[way], rows)
    is_whole = np.r_[np.ones(len(starts)), np.zeros(units.size)]
    answer = milp(
        -worth, integrality=is_whole, bounds=Bounds(np.zeros(len(worth)), top), constraints=rows.constraint(len(worth)),
        options={"time_limit": seconds, "mip_rel_gap": GAP},
    )  # fmt: skip
    return np.inf if answer.mip_dual_bound is None else float(-answer.mip_dual_bound) - base


def _list_starts(problem: RoadmapProblem) -> list[_Start]:
    own, periods = problem.initiatives, problem.num_periods
    return [
        _Start(way, i, period, gate)
        for way in range(problem.num_ways)
        for i in range(problem.num_initiatives)
        for period in range(int(own.earliest[i]), min(int(own.latest[i]), periods - 1) + 1)
        for gate in (GO, *np.flatnonzero(own.gate_age[i] >= 0).tolist())
    ]


def _find_live(problem: RoadmapProblem, futures: Futures) -> Bools:
    """Where an initiative works that nobody stops by choice, and where what it requires worked; shape (2, R, I)."""
    own = problem.initiatives
    works = futures.works & (futures.failed_gate < 0)
    may = np.ones_like(works)
    left = list(range(problem.num_initiatives))
    while left:
        ready = [i for i in left if not any(own.requires[i, j] for j in left)]
        for i in ready:
            for j in np.flatnonzero(own.requires[i]).tolist():
                may[:, i] &= works[:, j] & may[:, j]
        left = [i for i in left if i not in ready]
    return np.stack([works & may, may])


def _add_rules(problem: RoadmapProblem, starts: list[_Start], rows: _Rows) -> None:
    own, periods = problem.initiatives, problem.num_periods
    by: dict[tuple[int, int], list[tuple[int, _Start]]] = {}
    for column, one in enumerate(starts):
        by.setdefault((one.way, one.initiative), []).append((column, one))
    everybody = range(problem.num_initiatives)
    for way in range(problem.num_ways):
        for i in everybody:
            mine = by.get((way, i), [])
            rows.add([(column, 1.0) for column, _ in mine], float(own.is_committed[i]), 1.0)
            for j in np.flatnonzero(own.excludes[i]).tolist():
                both = [*mine, *by.get((way, j), [])]
                rows.add([(column, 1.0) for column, _ in both], 0.0, 1.0)
            for j in np.flatnonzero(own.requires[i]).tolist():
                for period in range(periods):
                    late = [(column, 1.0) for column, one in mine if one.period <= period]
                    built = [(column, -1.0) for column, one in by.get((way, j), [])
                             if one.period + own.build[j] <= period]  # fmt: skip
                    rows.add([*late, *built], -np.inf, 0.0)
        _add_means(problem, [pair for i in everybody for pair in by.get((way, i), [])], rows)
        for other in range(way):
            apart = problem.outlook.first_apart(way, other)
            for i in everybody:
                for period in range(min(apart, periods)):
                    same = [(column, 1.0) for column, one in by.get((way, i), []) if one.period == period]
                    same += [(column, -1.0) for column, one in by.get((other, i), []) if one.period == period]
                    rows.add(same, 0.0, 0.0)


def _add_means(problem: RoadmapProblem, mine: list[tuple[int, _Start]], rows: _Rows) -> None:
    """Budgets, engineers and what can be under way, in one way."""
    own, means = problem.initiatives, problem.means
    functions = len(means.function_names)
    spent = own.cost.cumsum(axis=2)
    for period in range(problem.num_periods):
        begun = [(column, one, period - one.period) for column, one in mine if one.period <= period]
        until = [(column, one, age if one.gate == GO else min(age, int(own.gate_age[one.initiative, one.gate])), age)
                 for column, one, age in begun]  # fmt: skip
        for f in range(functions + 1):
            if np.isfinite(means.budget[f, period]):
                part = slice(f, f + 1) if f < functions else slice(None)
                cost = [(column, float(spent[one.initiative, part, last].sum())) for column, one, last, _ in until]
                rows.add(cost, -np.inf, float(means.budget[f, period]))
        busy = [(column, one.initiative, age) for column, one, last, age in until if age <= last]
        if np.isfinite(means.engineering[period]):
            work = [(column, float(own.engineering[i, age])) for column, i, age in busy]
            rows.add(work, -np.inf, float(means.engineering[period]))
        rows.add([(column, float(own.is_busy[i, age])) for column, i, age in busy], -np.inf,
                 float(means.most_at_once[period]))  # fmt: skip


def _add_worth(
    problem: RoadmapProblem, futures: Futures, live: Bools, mine: Int64s, starts: list[_Start], share: float,
    discount: Floats, worth: Floats,
) -> None:  # fmt: skip
    """Costs, running costs, savings and better margins of each start, at their mean over a way's futures."""
    own, periods = problem.initiatives, problem.num_periods
    way = int(futures.way[mine[0]])
    for column, one in enumerate(starts):
        if one.way != way:
            continue
        i, ages = one.initiative, np.arange(periods - one.period)
        may, works = live[1, mine, i], live[0, mine, i]
        gates = futures.failed_gate[mine, i]
        if one.gate != GO:
            gates = np.where((gates < 0) | (gates > one.gate), one.gate, gates)
            works = np.zeros_like(works)
        full = own.cost[i].sum(axis=0)[ages]
        cost = np.where(gates[:, None] >= 0, own.cost_until_gate[i][np.maximum(gates, 0)][:, ages], full)
        spent = (cost * futures.cost_factor[mine, i][:, None] * may[:, None]).mean(axis=0)
        share_in = own.share[i, ages]
        effect = float((futures.effect[mine, i] * works).mean())
        better = np.maximum(own.margin_added[i], 0.0) @ (problem.plant.demand * problem.weeks)
        better = better * problem.outlook.factor[way, one.period :]
        running = own.running_cost[i] * share_in * float(works.mean() if one.gate == GO else 0.0)
        gain = (own.saving[i] + better) * share_in * effect - running - spent
        worth[column] = share * float(gain @ discount[one.period :])


def _add_capacity(
    problem: RoadmapProblem, futures: Futures, live: Bools, mine: Int64s, way: int, starts: list[_Start],
    units: Int64s, rows: _Rows,
) -> None:  # fmt: skip
    """In each period, what is made fits into the hours of every group that can be scarce."""
    own, plant, weeks = problem.initiatives, problem.plant, problem.weeks
    here = [(column, one) for column, one in enumerate(starts) if one.way == way and one.gate == GO]
    most = float(futures.effect.max(initial=1.0))
    for g in np.flatnonzero((plant.load > 0).any(axis=1)).tolist():
        used = plant.load[g] > 0
        relief = own.load_factor[:, g][:, used].min(axis=1)
        low, high = _find_range(own.hours_factor[:, g], relief, most)
        slope = (np.exp(high) - np.exp(low)) / (high - low) if high - low > 1e-12 else 1.0
        always = float(np.exp(low) - slope * low)
        for period in range(problem.num_periods):
            usual = plant.hours[g] * weeks * futures.hours[mine, period, g]
            wanted = problem.outlook.factor[way, period] * plant.demand * weeks
            if float(plant.load[g] @ wanted) <= float(usual.mean()) * min(1.0, float(np.exp(low))) * 0.5:
                continue
            entries = [(int(units[period, k]), float(plant.load[g, k])) for k in np.flatnonzero(used).tolist()]
            for column, one in here:
                i, age = one.initiative, period - one.period
                if age < 0 or not (own.hours_added[i, g] or own.hours_factor[i, g] or relief[i]):
                    continue
                force = own.share[i, age] * futures.effect[mine, i] * live[0, mine, i]
                part = np.log(_times(own.hours_factor[i, g], relief[i], force))
                added = own.hours_added[i, g] * force * weeks * futures.hours[mine, period, g]
                added = added * np.exp(high if own.hours_added[i, g] > 0 else low)
                entries.append((column, -float((usual * slope * part + added).mean())))
            rows.add(entries, -np.inf, always * float(usual.mean()))


def _times(factor: float, relief: float, force: Floats) -> Floats:
    """What the hours of a group are multiplied by, relief of its load included."""
    times: Floats = np.maximum(1 + factor * force, 1e-6) / np.maximum(1 + relief * force, 1e-6)
    return times


def _find_range(factor: Floats, relief: Floats, most: float) -> tuple[float, float]:
    """Least and greatest logarithm of what all initiatives together can multiply the hours by."""
    logs = np.array([np.log(_times(f, r, np.array([0.0, most]))) for f, r in zip(factor, relief, strict=True)])
    return float(np.minimum(logs.min(axis=1), 0.0).sum()), float(np.maximum(logs.max(axis=1), 0.0).sum())
