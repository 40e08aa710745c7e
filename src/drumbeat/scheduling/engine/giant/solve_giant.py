"""Solve job shops of ten thousand to millions of tasks for makespan: dispatch forwards and backwards in turn."""

from __future__ import annotations

import numpy as np

from drumbeat.scheduling.engine.arrays import Floats, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.giant.bound_makespan import bound_makespan
from drumbeat.scheduling.engine.giant.chains import Chains, find_least_tails, lay_out_chains
from drumbeat.scheduling.engine.giant.run_chains import run_chains
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

LEAST_TASKS = 10_000
"""From here on dispatching over and over is better than a search that looks at one move at a time."""

SECONDS_PER_TASK = 3e-7
"""What a pass over a task takes; deterministic searches count it."""


def is_giant(problem: Problem, features: Features) -> bool:
    """Whether a problem is a large job shop of chains, each task on one machine, whose makespan counts alone."""
    return (
        problem.num_tasks >= LEAST_TASKS
        and is_chain_shop(features)
        and features.aims == {"makespan"}
        and not problem.objective.order
    )


def is_chain_shop(features: Features) -> bool:
    """Whether a problem is a plain shop of chains: one machine a task, no setups."""
    return features.is_shop and features.is_chain and not features.is_flexible and not features.has_setups


def lay_out(problem: Problem) -> Chains:
    """Lay out a problem of which `is_chain_shop` is true."""
    release = np.maximum(problem.tasks.release, problem.jobs.release[problem.tasks.job])
    return lay_out_chains(
        problem.modes.resource,
        problem.modes.run_seconds,
        release,
        problem.links.before,
        problem.links.after,
        problem.num_resources,
    )


def make_schedule(chains: Chains, start: Int64s) -> Schedule:
    """Return the schedule of starts by place."""
    num_tasks = len(start)
    by_task, run = np.empty(num_tasks, np.int64), np.empty(num_tasks, np.int64)
    by_task[chains.task] = start
    run[chains.task] = chains.run
    return Schedule(np.arange(num_tasks, dtype=np.int32), by_task, np.zeros(num_tasks, np.int64), by_task + run)


def warm_up_giant() -> None:
    """Have the kernels compiled, or loaded."""
    solve_giant(Search(make_shop_problem([[[(0, 2)]], [[(0, 1)]]], 1), SECONDS_PER_TASK, is_deterministic=True))


def solve_giant(search: Search) -> None:
    """Search until the time is over, or until the bound is met."""
    chains = lay_out(search.problem)
    tail = find_least_tails(chains)
    start = np.zeros(len(tail), np.int64)
    run_chains(chains, -(tail + chains.run).astype(np.float64), False, start)
    search.offer(make_schedule(chains, start), "dispatch most work remaining")
    search.raise_bound(bound_makespan(chains) * search.problem.objective.makespan / HOUR)

    def swing(lane: Lane) -> None:
        _swing(lane, chains, start.copy())

    if not search.is_over():
        run_lanes(search, *[swing] * min(search.workers, 2))


def _swing(lane: Lane, chains: Chains, start: Int64s) -> None:
    """Dispatch backwards by the latest end, then forwards by the latest start, and so on."""
    best = int((start + chains.run).max())
    while not lane.is_over():
        lane.count(2 * SECONDS_PER_TASK * len(start))
        run_chains(chains, -(start + chains.run).astype(np.float64), True, start)
        key: Floats = -(start + chains.run).astype(np.float64)
        end = run_chains(chains, key, False, start)
        lane.tell("forwards and backwards")
        if end < best:
            best = end
            lane.offer(make_schedule(chains, start), "forwards and backwards")
