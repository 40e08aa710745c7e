"""Recognise a hybrid flow shop: every job passes all stages in one order, each stage being some machines all alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.sequence.flow_shop import LARGEST, find_routes, is_bare

MOST_TASKS = 20_000
"""Tasks at most: an order is tried in all places of a job."""


class HybridShop(NamedTuple):
    """A hybrid flow shop of n jobs and S stages, for makespan.

    Parameters
    ----------
    run
        Shape (n, S): seconds of each job at each stage.
    machines
        Shape (S,): machines at each stage.
    task
        Shape (n, S): which task of the problem each is.
    mode
        Shape (n, S, K), K the most machines at a stage: the task's mode on each machine of the stage.
    """

    run: Int32s
    machines: Int64s
    task: Int64s
    mode: Int64s


def find_hybrid_shop(problem: Problem, features: Features) -> HybridShop | None:
    """Return the hybrid flow shop that a problem is; None when it is none."""
    modes = problem.modes
    if not is_bare(features) or not (features.is_flexible and features.is_chain) or features.aims != {"makespan"}:
        return None
    if features.has_setups or features.has_releases or features.has_most or features.has_order_groups:
        return None
    if features.num_tasks > MOST_TASKS or len(problem.objective.order) > 1:
        return None
    route = find_routes(problem)
    if route is None or route.shape[1] < 2:
        return None
    size = np.diff(modes.task_ptr)
    count = size[route[0]]
    if (size[route] != count).any():
        return None
    n, stages = route.shape
    mode = np.zeros((n, stages, int(count.max())), np.int64)
    machine = np.full((stages, int(count.max())), -1, np.int64)
    for s in range(stages):
        own = modes.task_ptr[route[:, s]][:, None] + np.arange(count[s])
        held = modes.resource[modes.resource_ptr[own]]
        rank = np.argsort(held, axis=1, kind="stable")
        own, held = np.take_along_axis(own, rank, 1), np.take_along_axis(held, rank, 1)
        if (held != held[0]).any() or np.ptp(modes.run_seconds[own], axis=1).any():
            return None
        mode[:, s, : count[s]], machine[s, : count[s]] = own, held[0]
    used = machine[machine >= 0]
    run = modes.run_seconds[modes.task_ptr[route]]
    if len(np.unique(used)) != len(used) or float(run.sum(dtype=np.float64)) >= LARGEST:
        return None
    return HybridShop(run.astype(np.int32), count.astype(np.int64), route, mode)


def bound_hybrid(shop: HybridShop) -> float:
    """Return a lower bound of the makespan in seconds.

    Each stage's work is shared by its machines, which start no sooner than the jobs with the shortest ways to the stage
    come, and after which the jobs with the shortest ways from it still go on.
    """
    run = shop.run.astype(np.int64)
    head = np.cumsum(run, axis=1) - run
    tail = run.sum(axis=1)[:, None] - head - run
    best = int(run.sum(axis=1).max())
    for s, count in enumerate(np.minimum(shop.machines, len(run)).tolist()):
        idle = np.sort(head[:, s])[:count].sum() + np.sort(tail[:, s])[:count].sum()
        best = max(best, -(-int(run[:, s].sum() + idle) // count))
    return float(best)


def make_hybrid_schedule(shop: HybridShop, start: Int64s, machine: Int64s) -> Schedule:
    """Make a schedule of the starts of jobs at stages and their machines there, numbered from 0; shape (n, S) each."""
    size = shop.task.size
    starts, ends, mode = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int32)
    starts[shop.task], ends[shop.task] = start, start + shop.run
    mode[shop.task] = np.take_along_axis(shop.mode, machine[:, :, None], 2)[:, :, 0]
    return Schedule(mode, starts, np.zeros(size, np.int64), ends)
