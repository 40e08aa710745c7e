"""Solve parallel machines for makespan: shares by linear programming, then annealing below ever lower limits."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.sequence.improve_loads import improve_loads
from drumbeat.scheduling.engine.sequence.parallel_machines import (
    NEVER,
    ParallelMachines,
    find_parallel_machines,
    make_parallel_schedule,
)
from drumbeat.scheduling.engine.sequence.share_by_lp import share_by_lp

MOST_SHARED = 200_000
"""Jobs x machines up to which shares are found by linear programming, in some seconds at most."""
ROUNDS = 1_000_000
"""Moves between two looks at the clock."""
SECONDS_PER_ROUND = 5e-8
NUM_CHOICES = 10
WARMEST, COLDEST = (0.02, 0.05), 0.002
"""Temperatures of the annealing at its begin, by lane, and at its end, of the mean duration."""
MOST_COOLINGS = 8
"""Chunks of a cooling at most: they double until then."""


def is_parallel(problem: Problem, features: Features) -> bool:
    """Whether a problem is parallel machines that `solve_parallel` honours in full."""
    return find_parallel_machines(problem, features) is not None


def warm_up_parallel() -> None:
    """Have the kernel compiled, on one job."""
    run, none = np.ones((1, 1), np.int64), np.zeros(1, np.int64)
    improve_loads(run, run * 0, none + 1, none, none + 1, 0, 1.0, 1.0, 1, np.zeros(1, np.uint64))


def solve_parallel(search: Search) -> None:
    """Search who does what, each lane with luck and patience of its own."""
    machines = find_parallel_machines(search.problem, search.features)
    assert machines is not None
    run, factor = machines.run, search.problem.objective.makespan / HOUR
    chosen = _share_in_turn(run)
    search.offer(make_parallel_schedule(machines, chosen), "least load")
    fastest = run.min(axis=1)
    bound = float(max(fastest.max(), math.ceil(fastest.sum() / run.shape[1])))
    growth = run / np.maximum(fastest, 1)[:, None]
    shared = share_by_lp(run) if run.size <= MOST_SHARED else None
    if shared is not None:
        load, chosen, growth = shared
        bound = max(bound, math.ceil(load - 1e-6 * max(load, 1.0)))
        search.count(1e-5 * run.size)
        search.offer(make_parallel_schedule(machines, chosen), "linear programming")
    search.raise_bound(bound * factor)
    work = partial(_search_loads, machines=machines, start=chosen, growth=growth, bound=int(bound))
    run_lanes(search, *(work for _ in range(min(search.workers, 2))))


def _share_in_turn(run: Int64s) -> Int64s:
    """Give each job, the longest first, to the machine where it ends soonest."""
    chosen, load = np.zeros(len(run), np.int64), np.zeros(run.shape[1], np.int64)
    for job in np.argsort(-run.min(axis=1), kind="stable").tolist():
        chosen[job] = np.argmin(load + run[job])
        load[chosen[job]] += run[job, chosen[job]]
    return chosen


def _list_choices(run: Int64s, growth: Floats) -> tuple[Int64s, Int64s]:
    """List the machines that suit each job best, and how many there are."""
    choices = np.ascontiguousarray(np.argsort(growth, axis=1, kind="stable")[:, :NUM_CHOICES])
    return choices, (np.take_along_axis(run, choices, 1) < NEVER).sum(axis=1)


def _search_loads(lane: Lane, machines: ParallelMachines, start: Int64s, growth: Floats, bound: int) -> None:
    run = machines.run
    n, m = run.shape
    choices, num_choices = _list_choices(run, growth)
    luck = np.array([luck_of(lane.search.seed, lane.number)], np.uint64)
    chosen = start.copy()
    load = np.bincount(chosen, weights=run[np.arange(n), chosen], minlength=m).astype(np.int64)
    best, chunks = int(load.max()), 1
    mean = float(run.min(axis=1).mean())
    warmest, coldest = WARMEST[lane.number % 2] * mean, COLDEST * mean
    while best > bound and not lane.is_over():
        temperature, cooling = warmest, (coldest / warmest) ** (1.0 / (chunks * ROUNDS))
        for _ in range(chunks):
            # A limit well below the best pulls at all machines at once.
            limit = bound if lane.number % 2 == 0 else best - 1
            improve_loads(run, choices, num_choices, chosen, load, limit, temperature, cooling, ROUNDS, luck)
            lane.count(ROUNDS * SECONDS_PER_ROUND)
            temperature *= cooling**ROUNDS
            if load.max() < best:
                best = int(load.max())
                lane.offer(make_parallel_schedule(machines, chosen), "annealing")
            lane.tell(f"annealing {best:,} s")
            if lane.is_over() or best <= bound:
                break
        chunks = min(2 * chunks, MOST_COOLINGS)
