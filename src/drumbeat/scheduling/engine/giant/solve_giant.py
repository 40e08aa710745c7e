"""Solve job shops of ten thousand to millions of tasks for makespan: dispatch forwards and backwards in turn."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.giant.bound_makespan import bound_makespan
from drumbeat.scheduling.engine.giant.chains import Chains, find_least_tails, lay_out_chains
from drumbeat.scheduling.engine.giant.run_chains import run_chains
from drumbeat.scheduling.engine.jobshop import solve_jobshop, warm_up_jobshop
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

LEAST_TASKS = 10_000
"""From here on dispatching over and over meets the bound, where it can be met, before tabu search does."""

SECONDS_PER_TASK = 3e-7
"""What a pass over a task takes; deterministic searches count it."""


MEMORY = (0.5, 0.8)
"""How much each lane keeps of the keys before."""

MOST_TABU_TASKS = 20_000
SWING_SHARE = 0.05
"""Share of the time for swinging before tabu search."""


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
    crossed = make_shop_problem([[[(0, 2)], [(1, 2)]], [[(1, 2)], [(0, 2)]], [[(0, 1)], [(1, 3)]]], 2)
    solve_giant(Search(crossed, SECONDS_PER_TASK, is_deterministic=True))
    warm_up_jobshop()


def solve_giant(search: Search) -> None:
    """Search until the time is over, or until the bound is met."""
    chains = lay_out(search.problem)
    tail = find_least_tails(chains)
    start = np.zeros(len(tail), np.int64)
    run_chains(chains, -(tail + chains.run).astype(np.float64), False, start)
    search.offer(make_schedule(chains, start), "dispatch most work remaining")
    search.raise_bound(bound_makespan(chains) * search.problem.objective.makespan / HOUR)

    # Where the bound can be met, swinging meets it soon; where not, tabu search is better as long as it keeps pace.
    is_small = search.problem.num_tasks <= MOST_TABU_TASKS
    until = SWING_SHARE * search.seconds if is_small else float("inf")

    def swing(lane: Lane) -> None:
        _swing(lane, chains, start.copy(), MEMORY[lane.number])

    if not search.is_over():
        run_lanes(search, *[swing] * min(search.workers, 2), until=until)
    if is_small and not search.is_over():
        solve_jobshop(search)


def _swing(lane: Lane, chains: Chains, start: Int64s, memory: float) -> None:
    """Dispatch backwards by the latest end, then forwards by the latest start, and so on.

    What goes first is a mean over the passes, of which the last counts for 1 - `memory`: that damps the swing.
    """
    best = int((start + chains.run).max())
    keys: list[Floats | None] = [None, None]
    while not lane.is_over():
        end = 0
        for turn in range(2):
            new = -(start + chains.run).astype(np.float64)
            old = keys[turn]
            keys[turn] = key = new if old is None else memory * old + (1.0 - memory) * new
            end = run_chains(chains, key, turn == 0, start)
        lane.count(2 * SECONDS_PER_TASK * len(start))
        lane.tell("forwards and backwards")
        if end < best:
            best = end
            lane.offer(make_schedule(chains, start), "forwards and backwards")
