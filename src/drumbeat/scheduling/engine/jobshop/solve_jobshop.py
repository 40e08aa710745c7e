"""Solve shops for a short makespan: tabu search from constructed and blended schedules, in two lanes, and CP-SAT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Int32s
from drumbeat.scheduling.engine.ask_cpsat import ask_cpsat
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.jobshop.bounds import find_bound
from drumbeat.scheduling.engine.jobshop.construct import order_by_key
from drumbeat.scheduling.engine.jobshop.explorer import Explorer
from drumbeat.scheduling.engine.jobshop.graph import Graph
from drumbeat.scheduling.engine.jobshop.lay_out import lay_out, order_of, read_schedule
from drumbeat.scheduling.engine.jobshop.pool import Elite, Pool
from drumbeat.scheduling.engine.jobshop.tabu import read_starts
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

MOST_TASKS = 20_000
MOST_EXACT_TASKS, MOST_EXACT_MODES = 110, 1000
"""Up to so many tasks and modes one lane gives part of its time to CP-SAT, for proofs."""
EXACT_FROM, EXACT_UNTIL = 0.15, 0.75
"""Shares of the time limit between which it does."""
EXACT_AFTER = 0.005
"""Seconds of tabu search for each mode after which CP-SAT begins, if that is earlier."""
POOL_SIZE = 20
FILL_SHARE = 0.2
"""Share of the time limit for filling the pool."""
ONE_RUN_TASKS = 3000
"""From here on the time is enough for one run or two: both lanes begin with the best schedule so far."""
NOISE = 0.4
"""Share by which priorities of constructed schedules vary."""

Start: TypeAlias = tuple[Int32s, Int32s]
"""Order and modes."""


def is_job_shop(problem: Problem, features: Features) -> bool:
    """Whether a problem is a shop that this method solves: the aim is the makespan alone, of 2 to 20,000 tasks."""
    if not (features.is_shop and features.aims == {"makespan"} and 2 <= features.num_tasks <= MOST_TASKS):
        return False
    if not features.has_setups or not (problem.resources.setup_matrix >= 0).any():
        return True
    # A task without a family between two others leaves the machine's state as it was, which arcs cannot tell.
    return bool((problem.tasks.family >= 0).all())


@dataclass(frozen=True, slots=True)
class _Site:
    """What a lane works on; the graph serves to time schedules without disturbing an explorer."""

    search: Search
    graph: Graph
    goal: int

    def offer(self, lane: Lane, explorer: Explorer, makespan: int) -> None:
        """Offer the best of an explorer's run if it is the best of all."""
        aim = self.search.problem.objective.makespan
        if makespan * aim / HOUR < self.search.objective - 1e-12:
            lane.offer(read_schedule(self.search.problem, self.graph, *explorer.peek()), "tabu search")

    def time(self, order: Int32s, mode: Int32s) -> Elite:
        """Time a schedule that came from elsewhere."""
        start = read_starts(self.graph, order, mode)[0]
        before = self.graph.node["machine_before"][:-1].copy()
        return Elite(order, mode.copy(), start, before, int((start + self.graph.mode_run[mode]).max()))


def solve_jobshop(search: Search) -> None:
    """Find a schedule of a job shop (`is_job_shop`) with a short makespan.

    The first schedule is constructed. Then each lane runs tabu search from noisy constructions, and from blends of the
    best when there are enough; small problems are given to CP-SAT by one lane for a part of the time.
    """
    problem = search.problem
    graph = lay_out(problem)
    goal = find_bound(graph)
    search.raise_bound(goal * problem.objective.makespan / HOUR)
    first = Explorer(graph, search.seed, 0)
    order, mode = first.construct(0.0)
    search.offer(read_schedule(problem, graph, order, mode), "active schedule")
    if search.is_over():
        return
    start = take_up(search, first)
    other = start if problem.num_tasks >= ONE_RUN_TASKS else None
    pools = [Pool(POOL_SIZE) for _ in range(2)]
    if not search.is_deterministic:
        pools[1] = pools[0]
    sites = [_Site(search, lay_out(problem), goal) for _ in range(2)]
    works: list[Callable[[Lane], None]] = [
        lambda lane: _explore(sites[0], lane, first, pools[0], start),
        lambda lane: _explore_and_prove(sites[1], lane, Explorer(graph, search.seed, 1), pools[1], other),
    ]
    if search.workers == 1:
        works = [works[1] if _is_small(problem) else works[0]]
    run_lanes(search, *works)


def take_up(search: Search, explorer: Explorer) -> Start:
    """Return order and modes of the best schedule so far, which another method may have found."""
    schedule = search.schedule
    assert schedule is not None
    run_start = schedule.end - search.problem.modes.run_seconds[schedule.mode]
    order = order_by_key(explorer.graph, run_start.astype(np.float64), explorer.static[1])
    return order, schedule.mode.astype(np.int32)


def _is_small(problem: Problem) -> bool:
    """Whether CP-SAT has a chance to prove what is best."""
    return problem.num_tasks <= MOST_EXACT_TASKS and len(problem.modes.run_seconds) <= MOST_EXACT_MODES


def _explore(
    site: _Site, lane: Lane, explorer: Explorer, pool: Pool, start: Start | None = None, until: float = float("inf")
) -> None:
    """Run tabu search from one start after the other until the lane is over, or the search's time is `until`."""

    def hear(explorer: Explorer, makespan: int) -> bool:
        lane.count(explorer.chunk_seconds)
        site.offer(lane, explorer, makespan)
        lane.tell(f"tabu search {makespan:,}")
        return lane.is_over() or lane.spent > until

    while not (lane.is_over() or lane.spent > until):
        if start is None:
            start = _begin_anew(lane, explorer, pool)
        pool.add(explorer.run(start, explorer.patience, site.goal, hear))
        start = None


def _begin_anew(lane: Lane, explorer: Explorer, pool: Pool) -> Start:
    """Construct a start while the pool is filled, which takes no more than a share of the time; then blend two."""
    is_late = lane.spent > FILL_SHARE * lane.search.seconds
    if len(pool.members) >= pool.size or (len(pool.members) > 2 and is_late):
        pool.is_ready = True
    rank, other, share = explorer.draw(3).tolist()
    parents = pool.draw(rank, other) if pool.is_ready else None
    if parents is None:
        return explorer.construct(NOISE)
    return explorer.blend(*parents, 0.3 + 0.4 * share)


def _explore_and_prove(site: _Site, lane: Lane, explorer: Explorer, pool: Pool, start: Start | None = None) -> None:
    """Explore, and give a small problem to CP-SAT in between."""
    search = site.search
    if _is_small(search.problem):
        first = min(EXACT_FROM * search.seconds, EXACT_AFTER * len(search.problem.modes.run_seconds))
        _explore(site, lane, explorer, pool, None, first)
        if not lane.is_over():
            _prove(site, lane, pool)
    _explore(site, lane, explorer, pool, start)


def _prove(site: _Site, lane: Lane, pool: Pool) -> None:
    """Ask CP-SAT for a proof, from the best schedule so far."""
    assert site.search.schedule is not None
    found = ask_cpsat(lane, (EXACT_UNTIL - EXACT_FROM) * site.search.seconds)
    if found is not None:
        pool.add(site.time(order_of(site.search.problem, found), found.mode))


def warm_up_jobshop() -> None:
    """Have the kernels compiled, or loaded, on a shop of two jobs."""
    tiny = make_shop_problem([[[(0, 2)], [(1, 1)]], [[(0, 1)], [(1, 3)]]], 2)
    explorer = Explorer(lay_out(tiny), 0, 0)
    elite = explorer.run(explorer.construct(0.0), 1, 0, lambda _explorer, _makespan: True)
    read_schedule(tiny, explorer.graph, *explorer.blend(elite, elite, 0.5))
