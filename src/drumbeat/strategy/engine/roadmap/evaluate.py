"""What roadmaps are worth in futures: the plant's margin with what is in force, less costs, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.strategy.engine.roadmap.draw_futures import Futures
from drumbeat.strategy.engine.roadmap.problem import NEVER, RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.strategy.engine.roadmap.solve_mix import fill_mix


class Evaluator(Protocol):
    """Says what roadmaps are worth; the throughput model here, the twin elsewhere."""

    def __call__(self, roadmaps: list[Roadmap], futures: Futures) -> Floats:
        """Return the net present value of each roadmap (row) in each future (column), doing nothing included."""


class _Arrays(NamedTuple):
    """The problem as the kernel takes it. Effects are CSR over initiatives."""

    hours: Floats
    load: Floats
    margin: Floats
    demand: Floats
    factor: Floats
    share: Floats
    cost: Floats
    cost_until_gate: Floats
    gate_age: Int64s
    build: Int64s
    requires: Bools
    order: Int64s
    running_cost: Floats
    saving: Floats
    added_ptr: Int64s
    added_group: Int64s
    added_hours: Floats
    added_factor: Floats
    load_ptr: Int64s
    load_group: Int64s
    load_flow: Int64s
    load_share: Floats
    margin_added: Floats
    down_ptr: Int64s
    down_group: Int64s
    downtime: Floats
    discount: Floats


class _Work(NamedTuple):
    """Room for the kernel's work."""

    hours: Floats
    added: Floats
    factor: Floats
    load: Floats
    margin: Floats
    demand: Floats
    force: Floats
    stop: Int64s
    begun: Int64s
    table: Floats
    bounds: Floats
    rows: Int64s


def _csr(mask: Bools) -> tuple[Int64s, Int64s]:
    """Pointers over the first axis, and flat places within a row, of what is true in a mask."""
    flat = mask.reshape(len(mask), int(np.prod(mask.shape[1:])))
    return np.concatenate([[0], np.cumsum(flat.sum(axis=1))]).astype(np.int64), np.nonzero(flat)[1].astype(np.int64)


def _order(requires: Bools) -> Int64s:
    """Initiatives, each after those that it requires."""
    left, order = np.ones(len(requires), dtype=bool), []
    while left.any():
        free = left & ~np.any(requires & left[None, :], axis=1)
        order += np.flatnonzero(free).tolist()
        left &= ~free
    return np.array(order, dtype=np.int64)


def _lay_out(problem: RoadmapProblem) -> _Arrays:
    own, plant, weeks = problem.initiatives, problem.plant, problem.weeks
    groups, flows = len(plant.group_keys), len(plant.flow_keys)
    added_ptr, added = _csr((own.hours_added != 0) | (own.hours_factor != 0))
    load_ptr, loads = _csr(own.load_factor != 0)
    down_ptr, down = _csr(np.any(own.downtime > 0, axis=2))
    who, whose, which = (np.repeat(np.arange(len(own.keys)), np.diff(ptr)) for ptr in (added_ptr, load_ptr, down_ptr))
    discount = problem.discount()
    discount[-1] += problem.tail_worth()
    return _Arrays(
        plant.hours * weeks, np.ascontiguousarray(plant.load, dtype=np.float64), plant.margin, plant.demand * weeks,
        problem.outlook.factor, own.share, own.cost.sum(axis=1), own.cost_until_gate, own.gate_age, own.build,
        own.requires, _order(own.requires), own.running_cost, own.saving, added_ptr, added,
        own.hours_added[who, added] * weeks, own.hours_factor[who, added], load_ptr, loads // max(flows, 1),
        loads % max(flows, 1),
        own.load_factor.reshape(len(own.keys), groups * flows)[whose, loads], own.margin_added, down_ptr, down,
        np.ascontiguousarray(own.downtime[which, down]), discount,
    )  # fmt: skip


def _make_room(problem: RoadmapProblem) -> _Work:
    groups, flows, size = len(problem.plant.group_keys), len(problem.plant.flow_keys), problem.num_initiatives
    return _Work(
        np.empty(groups), np.empty(groups), np.empty(groups), np.empty((groups, flows)), np.empty(flows),
        np.empty(flows), np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64),
        np.empty((groups + 1, flows + 1)), np.empty((2, groups + flows)), np.empty(groups + flows, np.int64),
    )  # fmt: skip


@bare
def _settle(a: _Arrays, w: _Work, starts: Int64s, stops: Int64s, failed: Int64s, works: Bools, r: int) -> None:
    """Say for one future which initiatives begin, and at which gate each is stopped (-1 none, -2 built in vain)."""
    for at in range(len(a.order)):
        i = a.order[at]
        w.begun[i] = starts[i]
        w.stop[i] = -1
        if starts[i] < 0:
            continue
        for j in range(len(a.order)):
            # What it requires has failed, which is known by then: it does not begin.
            if a.requires[i, j] and (w.begun[j] < 0 or w.stop[j] != -1):
                w.begun[i] = -1
        gate = failed[r, i]
        if stops[i] >= 0 and (gate < 0 or stops[i] < gate):
            gate = stops[i]
        if gate >= 0:
            w.stop[i] = gate
        elif not works[r, i]:
            w.stop[i] = -2


@bare
def _change_plant(a: _Arrays, w: _Work) -> None:
    """Bring hours, loads and margins of the plant to what is in force."""
    for g in range(len(w.added)):
        w.added[g] = 0.0
        w.factor[g] = 1.0
        for k in range(len(w.margin)):
            w.load[g, k] = a.load[g, k]
    for k in range(len(w.margin)):
        w.margin[k] = a.margin[k]
    for i in range(len(a.order)):
        force = w.force[i]
        if force <= 0.0:
            continue
        for at in range(a.added_ptr[i], a.added_ptr[i + 1]):
            g = a.added_group[at]
            w.added[g] += a.added_hours[at] * force
            w.factor[g] *= max(1.0 + a.added_factor[at] * force, 0.0)
        for at in range(a.load_ptr[i], a.load_ptr[i + 1]):
            w.load[a.load_group[at], a.load_flow[at]] *= max(1.0 + a.load_share[at] * force, 0.0)
        for k in range(len(w.margin)):
            w.margin[k] += a.margin_added[i, k] * force


@bare
def _play(
    a: _Arrays, w: _Work, starts: Int64s, stops: Int64s, futures: Any, r: int, cash: Floats, earned: Floats
) -> float:
    """Fill the cash and the margin of each period of one future; return their worth now."""
    way, failed, works, effect, cost_factor, hours = futures
    _settle(a, w, starts, stops, failed, works, r)
    l = way[r]  # noqa: E741
    worth = 0.0
    for t in range(len(a.discount)):
        spent, saved, is_new = 0.0, 0.0, t == 0
        for i in range(len(a.order)):
            force, age = 0.0, t - w.begun[i]
            if w.begun[i] >= 0 and age >= 0:
                gate = w.stop[i]
                cost = a.cost_until_gate[i, gate, age] if gate >= 0 else a.cost[i, age]
                spent += cost * cost_factor[r, i]
                if gate == -1:
                    force = a.share[i, age] * effect[r, i]
                    spent += a.running_cost[i] * a.share[i, age]
                    saved += a.saving[i] * force
            if t == 0 or force != w.force[i]:
                w.force[i] = force
                is_new = True
        if is_new:
            _change_plant(a, w)
        for g in range(len(w.hours)):
            w.hours[g] = max(a.hours[g] + w.added[g], 0.0) * w.factor[g] * hours[r, t, g]
        for i in range(len(a.order)):
            age = t - w.begun[i]
            if w.begun[i] >= 0 and age >= 0 and (w.stop[i] < 0 or age <= a.gate_age[i, w.stop[i]]):
                for at in range(a.down_ptr[i], a.down_ptr[i + 1]):
                    g = a.down_group[at]
                    w.hours[g] = max(w.hours[g] - a.downtime[at, age], 0.0)
        for k in range(len(w.demand)):
            w.demand[k] = a.demand[k] * a.factor[l, t]
        earned[t] = fill_mix(w.hours, w.load, w.margin, w.demand, w.table, w.bounds, w.rows)
        cash[t] = earned[t] + saved - spent
        worth += cash[t] * a.discount[t]
    return worth


@njit(nogil=True, _nrt=False)
def _play_all(
    a: _Arrays, w: _Work, starts: Int64s, stops: Int64s, futures: Any, values: Floats, cash: Floats, earned: Floats
) -> None:
    way = futures[0]
    for d in range(values.shape[0]):
        for r in range(values.shape[1]):
            row = min(r, cash.shape[0] - 1)
            values[d, r] = _play(a, w, starts[d, way[r]], stops[d, way[r]], futures, r, cash[row], earned[row])


@dataclass(frozen=True, slots=True)
class CashFlows:
    """What a roadmap spends and earns in R futures.

    Parameters
    ----------
    values
        Shape (R,): net present value, the plant's own margin included.
    cash, margin
        Shape (R, T): cash of each period, and the plant's margin in it.
    """

    values: Floats
    cash: Floats
    margin: Floats


def _pack(futures: Futures) -> tuple[Int64s, Int64s, Bools, Floats, Floats, Floats]:
    return (futures.way, futures.failed_gate, futures.works, futures.effect, futures.cost_factor, futures.hours)


class ThroughputModel:
    """Values roadmaps by machine hours: each period the best mix within usable hours, queues and batching left out.

    It is an upper bound of what a plant can make, close where stock and overtime even out the weeks. It is fast
    enough to screen thousands of roadmaps, and shares its futures with every other evaluator.

    Parameters
    ----------
    problem
        The plant and its initiatives.
    cores
        Threads; 0 = all.
    """

    def __init__(self, problem: RoadmapProblem, cores: int = 1) -> None:
        self.problem = problem
        self.cores = cores
        self._arrays = _lay_out(problem)

    def __call__(self, roadmaps: list[Roadmap], futures: Futures, progress: Progress = silent) -> Floats:
        """Return the net present value of each roadmap in each future; shape (roadmaps, R)."""
        if not roadmaps:
            return np.zeros((0, futures.count))
        starts, stops = (np.stack([getattr(one, name) for one in roadmaps]) for name in ("starts", "stops"))

        def play(first: int, last: int) -> Floats:
            values = np.empty((last - first, futures.count))
            row = np.empty((1, self.problem.num_periods))
            _play_all(
                self._arrays, _make_room(self.problem), starts[first:last], stops[first:last], _pack(futures), values,
                row, row.copy(),
            )  # fmt: skip
            return values

        block = max(1, len(roadmaps) // 16) if len(roadmaps) > 64 else len(roadmaps)
        return np.concatenate(run_blocks(play, len(roadmaps), cores=self.cores, block=block, progress=progress))

    def find_cash(self, roadmap: Roadmap, futures: Futures) -> CashFlows:
        """Return the cash of one roadmap, period by period."""
        shape = (futures.count, self.problem.num_periods)
        values, cash, margin = np.empty((1, futures.count)), np.empty(shape), np.empty(shape)
        _play_all(
            self._arrays, _make_room(self.problem), roadmap.starts[None], roadmap.stops[None], _pack(futures), values,
            cash, margin,
        )  # fmt: skip
        return CashFlows(values[0], cash, margin)


def do_nothing(problem: RoadmapProblem) -> Roadmap:
    """Return the roadmap that starts nothing, or only what is committed, as early as it can."""
    own = problem.initiatives
    starts = np.where(own.is_committed, own.earliest, NEVER)
    return Roadmap.fixed(starts, problem.num_ways, "Do nothing")
