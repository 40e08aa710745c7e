"""Lay a problem out as a disjunctive graph, and read schedules off it."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.scheduling.engine.jobshop.graph import NODE, Graph
from drumbeat.scheduling.engine.jobshop.tabu import read_starts
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import group_rows


def lay_out(problem: Problem) -> Graph:
    """Lay out a shop (`Features.is_shop`) without errors; its schedule is still empty.

    Setups that depend on nothing are part of the run where they wait for the piece of work.
    """
    tasks, modes, links, setups = problem.tasks, problem.modes, problem.links, problem.setups
    n = problem.num_tasks
    before_ptr, by_after = group_rows(links.after, n)
    after_ptr, by_before = group_rows(links.before, n)
    before, after = links.before[by_after], links.after[by_before]
    node = np.zeros(n + 1, NODE)
    for name in ("machine_before", "machine_after", "job_before", "job_after"):
        node[name] = n
    has_before, has_after = np.diff(before_ptr) > 0, np.diff(after_ptr) > 0
    node["job_before"][:n][has_before] = before[before_ptr[:-1][has_before]]
    node["job_after"][:n][has_after] = after[after_ptr[:-1][has_after]]
    release = np.maximum(tasks.release, problem.jobs.release[tasks.job]).astype(np.int64)
    is_ahead = bool(setups.is_ahead)
    matrix = problem.resources.setup_matrix.astype(np.int32)
    has_matrix = bool((matrix >= 0).any() and setups.seconds.size and (tasks.family >= 0).any())
    return Graph(
        node,
        *(np.zeros((5, n), np.int32)),  # type: ignore[call-arg]
        np.full(problem.num_resources, n, np.int32),
        np.full(problem.num_resources, n, np.int32),
        np.zeros(n + 1, np.int32),
        np.zeros(n + 1, np.int32),
        modes.task_ptr.astype(np.int64),
        modes.resource[modes.resource_ptr[:-1]].astype(np.int32),
        modes.run_seconds + (0 if is_ahead else modes.setup_seconds),
        modes.setup_seconds if is_ahead else np.zeros_like(modes.setup_seconds),
        before_ptr,
        before.astype(np.int32),
        after_ptr,
        after.astype(np.int32),
        release,
        tasks.family.astype(np.int32),
        matrix,
        problem.resources.initial_family.astype(np.int32),
        np.ascontiguousarray(setups.seconds, dtype=np.int64),
        np.flatnonzero(~has_after).astype(np.int32),
        0 if is_ahead else 1,
        has_matrix or (is_ahead and bool(modes.setup_seconds.any())),
        bool((np.diff(before_ptr) > 1).any() or (np.diff(after_ptr) > 1).any()),
        bool(release.any()),
    )


def read_schedule(problem: Problem, graph: Graph, order: Int32s, mode: Int32s) -> Schedule:
    """Return the schedule that starts all as early as an order and modes allow; the graph takes it over."""
    times: Int64s = read_starts(graph, order, mode)
    own = problem.modes.setup_seconds[mode]
    run = problem.modes.run_seconds[mode]
    if problem.setups.is_ahead:
        start, setup = times[0] - times[1], times[1]
    else:
        # The setup that depends on nothing was laid out as part of the run.
        start, setup = times[0] - times[1], times[1] + own
    return Schedule(mode.copy(), start, setup, start + setup + run)


def order_of(problem: Problem, schedule: Schedule) -> Int32s:
    """Return an order of tasks that gives a schedule of all tasks back: by start of the run, links first."""
    run_start = schedule.end - problem.modes.run_seconds[schedule.mode]
    depth = np.zeros(problem.num_tasks, np.int64)
    order: Int32s = np.lexsort((depth, schedule.end, run_start)).astype(np.int32)
    return order
