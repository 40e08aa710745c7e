"""Recognise problems that are the order of one machine: single machines, and flow shops without waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.sequence.bound_flow import bound_flow
from drumbeat.scheduling.engine.sequence.flow_shop import FlowShop, find_flow_shop, is_bare, make_schedule

MOST_JOBS = 3000
"""Jobs at most: moves are looked for in n places for each job."""


class Line(NamedTuple):
    """Jobs that pass one gate after the other: a machine, or the entry to a flow shop without waiting.

    Parameters
    ----------
    run, release, due
        Shape (n,): seconds that a job holds the gate, its release, and when it should be through.
    weight
        Shape (n,): of tardiness; 0 where a job has no due time.
    setup
        Shape (n + 1, n): least seconds from the end of the first job (n: from the start) to the start of the second;
        (1, 1) when there are none.
    rest
        Shape (n,): seconds that a job still takes after the gate, for makespan.
    has_setups, is_ahead, for_makespan
        Whether there are setups, whether they may be done before the release, and whether the makespan counts rather
        than weighted tardiness.
    bound
        What the makespan is at least, in seconds, besides what the gaps say; 0 for tardiness.
    make
        Makes the schedule of an order of the jobs.
    read
        Reads the order of the jobs from a schedule.
    """

    run: Int64s
    release: Int64s
    due: Int64s
    weight: Floats
    setup: Int64s
    rest: Int64s
    has_setups: bool
    is_ahead: bool
    for_makespan: bool
    bound: float
    make: Callable[[Int64s], Schedule]
    read: Callable[[Schedule], Int64s]


def find_line(problem: Problem, features: Features) -> Line | None:
    """Return the line that a problem is; None when it is none, or asks for more than the kernels honour."""
    if problem.num_jobs > MOST_JOBS:
        return None
    shop = find_flow_shop(problem, features)
    if shop is not None:
        return follow_gaps(shop) if shop.is_no_wait else None
    return _find_single(problem, features)


def _find_single(problem: Problem, features: Features) -> Line | None:
    n, modes, jobs, tasks = problem.num_tasks, problem.modes, problem.jobs, problem.tasks
    if not n or n != problem.num_jobs or not is_bare(features) or features.is_flexible or len(problem.links.before):
        return None
    if problem.objective.order or features.aims not in ({"makespan"}, {"tardiness"}) or modes.setup_seconds.any():
        return None
    machine = int(modes.resource[0])
    if (modes.resource != machine).any() or len(np.unique(tasks.job)) != n:
        return None
    release = np.maximum(tasks.release, jobs.release[tasks.job])
    for_makespan = "makespan" in features.aims
    if for_makespan and (release.any() or not features.has_setups):
        return None
    setup = _gather_setups(problem, machine) if features.has_setups else np.zeros((1, 1), np.int64)
    if setup is None:
        return None
    due = jobs.due[tasks.job]
    weight = np.where(due < FAR_FUTURE, jobs.weight[tasks.job], 0.0)
    run, is_ahead = modes.run_seconds.copy(), problem.setups.is_ahead

    def make(order: Int64s) -> Schedule:
        start, setups, end = np.empty(n, np.int64), np.zeros(n, np.int64), np.empty(n, np.int64)
        now, last = 0, n
        for t in order.tolist():
            setups[t] = setup[last, t] if features.has_setups else 0
            lead = int(setups[t]) if is_ahead else 0
            start[t] = max(now, int(release[t]) - lead)
            now = end[t] = start[t] + setups[t] + run[t]
            last = t
        return Schedule(np.arange(n, dtype=np.int32), start, setups, end)

    def read(schedule: Schedule) -> Int64s:
        return np.lexsort((schedule.end, schedule.start))

    rest = np.zeros(n, np.int64)
    return Line(run, release, due, weight, setup, rest, features.has_setups, is_ahead, for_makespan, 0.0, make, read)


def _gather_setups(problem: Problem, machine: int) -> Int64s | None:
    """Setups between jobs, shape (n + 1, n); None when some task has no family."""
    family, resources = problem.tasks.family, problem.resources
    if (family < 0).any():
        return None
    seconds = problem.setups.seconds[resources.setup_matrix[machine]]
    first = seconds[resources.initial_family[machine]][family]  # -1 is the row of the unknown state, the last
    return np.ascontiguousarray(np.vstack((seconds[np.ix_(family, family)], first[None])))


def follow_gaps(shop: FlowShop) -> Line:
    """Return the line at a flow shop's entry: a job follows another as soon as it will never have to wait for it."""
    n, m = shop.run.shape
    run = shop.run.astype(np.int64)
    end = np.cumsum(run, axis=1)
    begin = end - run
    gap = np.zeros((n + 1, n), np.int64)
    for k in range(m):
        setup = shop.setup[:, :, k].astype(np.int64) if shop.has_setups else 0
        before = np.append(end[:, k], 0)
        np.maximum(gap, before[:, None] + setup - begin[None, :, k], out=gap)
    through = end[:, -1]

    def make(order: Int64s) -> Schedule:
        before = np.concatenate(([n], order[:-1]))
        start = np.empty(n, np.int64)
        start[order] = np.cumsum(gap[before, order])
        setup = np.zeros((n, m), np.int64)
        if shop.has_setups:
            setup[order] = shop.setup[before, order]
        return make_schedule(shop, start[:, None] + end, setup)

    def read(schedule: Schedule) -> Int64s:
        return np.argsort((schedule.end[shop.task] - end)[:, 0], kind="stable")

    none = np.zeros(n, np.int64)
    due = shop.due.astype(np.int64) - through
    bound = bound_flow(shop) if shop.for_makespan else 0.0
    return Line(none, none, due, shop.weight, gap, through, True, True, shop.for_makespan, bound, make, read)
