"""Lay a project problem out for the kernels, and read schedules back."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.project.place_tasks import Network
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import group_rows

WORD_BITS = 62
LONGEST_GRID = 40
"""Units of time for each task, in one row after the other, up to which room is kept for each unit."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project problem in units of `unit` seconds.

    Parameters
    ----------
    topology
        Tasks, each after those before it.
    weight
        Weights of jobs as whole numbers, shape (J,).
    problem_mode
        Number in the problem of each mode of the network: those that ask for more than there is are left out.
    is_possible
        Whether every task has a mode left.
    rates
        Hours (number for "num_late") in a unit of each part of the objective as CP-SAT counts it, in whole numbers.
    """

    problem: Problem
    network: Network
    unit: int
    topology: Int64s
    weight: Int64s
    problem_mode: Int64s
    is_possible: bool
    rates: dict[str, float]

    def schedule(self, mode: Int64s, start: Int64s) -> Schedule:
        """Return the schedule of modes and starts in units, shape (T,) each."""
        begins = start * self.unit
        ends = begins + self.network.run[mode] * self.unit
        return Schedule(self.problem_mode[mode].astype(np.int32), begins, np.zeros(len(mode), np.int64), ends)


def build_project(problem: Problem) -> Project:
    """Lay a problem out that `fits_project`.

    Returns
    -------
    Project
        Its network's costs are hours, or ranks where the objective has an order.
    """
    modes, tasks, jobs, links = problem.modes, problem.tasks, problem.jobs, problem.links
    unit, usable = _find_unit(problem), find_usable(problem)
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    counts = np.bincount(task_of[usable], minlength=problem.num_tasks)
    is_possible = bool((counts > 0).all())
    if not is_possible:
        usable, counts = np.ones_like(usable), np.diff(modes.task_ptr)
    mode_ptr = _point(counts)
    run = modes.run_seconds[usable] // unit
    release = np.maximum(tasks.release, jobs.release[tasks.job]) // unit
    due = np.where(jobs.due < FAR_FUTURE, jobs.due // unit, FAR_FUTURE).astype(np.int64)
    lag = links.lag // unit
    before_ptr, by_after = group_rows(links.after, problem.num_tasks)
    after_ptr, by_before = group_rows(links.before, problem.num_tasks)
    before, after = links.before[by_after].astype(np.int64), links.after[by_before].astype(np.int64)
    topology = _sort_tasks(problem.num_tasks, before_ptr, after_ptr, after)
    shortest = np.minimum.reduceat(run, mode_ptr[:-1]) if problem.num_tasks else run
    head, tail = _find_heads_and_tails(topology, shortest, release, after_ptr, after, lag[by_before])
    weight, late_cost, span_cost = _find_costs(problem, unit, int(run.sum() + release.max(initial=0) + lag.sum()))
    last = int((head + tail).max(initial=0))
    latest_end = np.where(weight + late_cost > 0, np.minimum(due, last), last)[tasks.job]
    entry_ptr, (resource, units) = _keep(usable, modes.resource_ptr, modes.resource, modes.units)
    budgets = problem.budgets
    budget_ptr = budgets.mode_ptr if len(budgets.mode_ptr) else np.zeros(len(usable) + 1, np.int64)
    budget_ptr, (budget, taken) = _keep(usable, budget_ptr, budgets.budget, budgets.taken)
    network = Network(
        mode_ptr=mode_ptr,
        run=run,
        entry_ptr=entry_ptr,
        resource=resource,
        units=units,
        capacity=problem.resources.capacity.astype(np.int64),
        before_ptr=before_ptr,
        before=before,
        before_lag=lag[by_after],
        after_ptr=after_ptr,
        after=after,
        after_lag=lag[by_before],
        release=release,
        tail=tail,
        latest=_find_latest(topology, shortest, latest_end - shortest, after_ptr, after, lag[by_before]),
        job=tasks.job.astype(np.int64),
        due=due,
        weight=weight,
        late_cost=late_cost,
        span_cost=span_cost,
        budget_ptr=budget_ptr,
        budget=budget,
        taken=taken,
        amount=budgets.amount.astype(np.int64),
        **_pack(len(run), entry_ptr, resource, units, problem.resources.capacity.astype(np.int64)),
        horizon=_find_grid(run, mode_ptr, release, lag),
    )
    scale = find_weight_scale(problem)
    rates = {"tardiness": unit / HOUR / max(scale, 1), "makespan": unit / HOUR, "num_late": 1.0}
    whole = np.rint(jobs.weight * scale).astype(np.int64)
    return Project(problem, network, unit, topology, whole, np.flatnonzero(usable), is_possible, rates)


def find_usable(problem: Problem) -> Bools:
    """Whether each mode asks for no more than there is, shape (M,)."""
    modes = problem.modes
    usable = np.ones(len(modes.run_seconds), dtype=bool)
    owner = np.repeat(np.arange(len(usable)), np.diff(modes.resource_ptr))
    usable[owner[modes.units > problem.resources.capacity[modes.resource]]] = False
    return usable


def _point(sizes: Int64s) -> Int64s:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _keep(usable: Bools, pointer: Int64s, *columns: Int32s | Int64s) -> tuple[Int64s, list[Int64s]]:
    """Keep the entries of usable modes."""
    sizes = np.diff(pointer)
    kept = np.repeat(usable, sizes)
    return _point(sizes[usable]), [column[kept].astype(np.int64) for column in columns]


def _pack(num_modes: int, entry_ptr: Int64s, resource: Int64s, units: Int64s, capacity: Int64s) -> dict[str, Int64s]:
    """Pack what modes need of resources, and what there is, into words; see `Network`.

    A resource of which there is always enough has no field.
    """
    owner = np.repeat(np.arange(num_modes), np.diff(entry_ptr))
    word, low = np.full(len(capacity), -1), np.zeros(len(capacity), np.int64)
    full, guard, bits = [0], [0], 0
    asked = np.bincount(resource, units, len(capacity))
    for r in np.flatnonzero(asked > capacity).tolist():
        width = int(capacity[r]).bit_length() + 1
        if bits + width > WORD_BITS:
            full, guard, bits = [*full, 0], [*guard, 0], 0
        word[r], low[r] = len(full) - 1, bits
        guard[-1] |= 1 << (bits + width - 1)
        full[-1] |= (1 << (bits + width - 1)) | (int(capacity[r]) << bits)
        bits += width
    need = np.zeros((num_modes, len(full)), np.int64)
    packed = word[resource] >= 0
    np.add.at(need, (owner[packed], word[resource[packed]]), units[packed] << low[resource[packed]])
    return {"need": need, "full": np.array(full, np.int64), "guard": np.array(guard, np.int64)}


def _find_grid(run: Int64s, mode_ptr: Int64s, release: Int64s, lag: Int64s) -> int:
    """Units of time that all schedules end within, where a grid is faster than a chain; else 0."""
    longest = np.maximum.reduceat(run, mode_ptr[:-1]) if len(release) else run
    horizon = int(longest.sum() + release.max(initial=0) + lag.sum())
    return horizon if 0 < horizon <= LONGEST_GRID * len(release) else 0


def find_weight_scale(problem: Problem) -> int:
    """Return the power of ten by which the weights of jobs become whole numbers; 0 where they are too fine."""
    for scale in (1, 10, 100, 1000):
        scaled = problem.jobs.weight * scale
        if np.abs(scaled - np.rint(scaled)).max(initial=0.0) < 1e-9:
            return scale
    return 0


def _find_unit(problem: Problem) -> int:
    """The largest unit in which all times are whole."""
    jobs = problem.jobs
    parts = [
        problem.modes.run_seconds,
        problem.tasks.release,
        jobs.release,
        jobs.due[jobs.due < FAR_FUTURE],
        problem.links.lag,
    ]
    return max(gcd(*(int(np.gcd.reduce(part)) for part in parts if len(part))), 1)


def _sort_tasks(num_tasks: int, before_ptr: Int64s, after_ptr: Int64s, after: Int64s) -> Int64s:
    """Tasks, each after those before it."""
    left = np.diff(before_ptr).tolist()
    pointer, follows = after_ptr.tolist(), after.tolist()
    order = [task for task in range(num_tasks) if not left[task]]
    for task in order:
        for other in follows[pointer[task] : pointer[task + 1]]:
            left[other] -= 1
            if not left[other]:
                order.append(other)
    return np.array(order, dtype=np.int64)


def _find_heads_and_tails(
    topology: Int64s, shortest: Int64s, release: Int64s, after_ptr: Int64s, after: Int64s, lag: Int64s
) -> tuple[Int64s, Int64s]:
    """Earliest start of each task without resources, and least time from its start to the end of all after it."""
    head, tail = release.astype(np.int64).copy(), shortest.astype(np.int64).copy()
    for task in topology:
        for e in range(after_ptr[task], after_ptr[task + 1]):
            head[after[e]] = max(head[after[e]], head[task] + shortest[task] + lag[e])
    for task in topology[::-1]:
        for e in range(after_ptr[task], after_ptr[task + 1]):
            tail[task] = max(tail[task], shortest[task] + lag[e] + tail[after[e]])
    return head, tail


def _find_latest(
    topology: Int64s, shortest: Int64s, latest: Int64s, after_ptr: Int64s, after: Int64s, lag: Int64s
) -> Int64s:
    """Latest start of each task that delays no job, from the latest that its own job's end allows."""
    latest = latest.astype(np.int64)
    for task in topology[::-1]:
        for e in range(after_ptr[task], after_ptr[task + 1]):
            latest[task] = min(latest[task], latest[after[e]] - lag[e] - shortest[task])
    return latest


def _find_costs(problem: Problem, unit: int, horizon: int) -> tuple[Floats, Floats, float]:
    """Cost of a unit of tardiness and of being late, by job, and of a unit of makespan."""
    jobs, aim = problem.jobs, problem.objective
    has_due = jobs.due < FAR_FUTURE
    hours = unit / HOUR
    size = {
        "tardiness": float(jobs.weight.sum()) * horizon * hours,
        "makespan": horizon * hours,
        "num_late": len(jobs.due),
    }
    factor = {"tardiness": aim.tardiness, "makespan": aim.makespan, "num_late": aim.num_late}
    if aim.order:
        # A unit of a part outweighs all that the parts after it can come to.
        least = {"tardiness": float(jobs.weight.min(initial=1.0)) * hours, "makespan": hours, "num_late": 1.0}
        factor = dict.fromkeys(size, 0.0)
        below = 0.0
        for name in reversed(aim.order):
            factor[name] = (below + 1.0) / least[name]
            below += factor[name] * size[name]
    weight = np.where(has_due, jobs.weight * hours * factor["tardiness"], 0.0)
    return weight, np.where(has_due, factor["num_late"], 0.0), factor["makespan"] * hours
