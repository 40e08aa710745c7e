"""Solve shops for a short makespan: tabu search from constructed and blended schedules, in two lanes, and CP-SAT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from drumbeat.scheduling.engine.arrays import Int32s
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.jobshop.bounds import find_bound
from drumbeat.scheduling.engine.jobshop.explorer import Elite, Explorer, Pool
from drumbeat.scheduling.engine.jobshop.graph import Graph
from drumbeat.scheduling.engine.jobshop.lay_out import lay_out, order_of, read_schedule
from drumbeat.scheduling.engine.jobshop.tabu import read_starts
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

MOST_TASKS = 20_000
MOST_EXACT_MODES = 1000
"""Up to so many modes one lane gives part of its time to CP-SAT, for proofs."""
EXACT_FROM, EXACT_UNTIL = 0.15, 0.75
"""Shares of the time limit between which it does."""
POOL_SIZE = 20
PATIENCE = 12_000
"""Iterations without improvement before a new start."""
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
    pools = [Pool(POOL_SIZE) for _ in range(2)]
    if not search.is_deterministic:
        pools[1] = pools[0]
    sites = [_Site(search, lay_out(problem), goal) for _ in range(2)]
    works: list[Callable[[Lane], None]] = [
        lambda lane: _explore(sites[0], lane, first, pools[0], (order, mode)),
        lambda lane: _explore_and_prove(sites[1], lane, Explorer(graph, search.seed, 1), pools[1]),
    ]
    run_lanes(search, *works[: max(min(search.workers, 2), 1)])


def _explore(
    site: _Site, lane: Lane, explorer: Explorer, pool: Pool, start: Start | None = None, until: float = float("inf")
) -> None:
    """Run tabu search from one start after the other until the lane is over, or the search's time is `until`."""

    def hear(explorer: Explorer, makespan: int) -> bool:
        lane.count(explorer.chunk_seconds)
        site.offer(lane, explorer, makespan)
        lane.tell(f"tabu search {makespan:,}")
        return lane.is_over() or site.search.spent + lane._counted > until

    while not (lane.is_over() or site.search.spent + lane._counted > until):
        if start is None:
            start = _begin_anew(explorer, pool)
        pool.add(explorer.run(start, PATIENCE, site.goal, hear))
        start = None


def _begin_anew(explorer: Explorer, pool: Pool) -> Start:
    """Construct a start, or blend two of the pool when it is full."""
    if len(pool.members) < pool.size:
        return explorer.construct(NOISE)
    rank, other, share = explorer.draw(3).tolist()
    return explorer.blend(*pool.draw(rank, other), 0.3 + 0.4 * share)


def _explore_and_prove(site: _Site, lane: Lane, explorer: Explorer, pool: Pool) -> None:
    """Explore, and give a small problem to CP-SAT in between."""
    search = site.search
    if len(search.problem.modes.run_seconds) <= MOST_EXACT_MODES:
        _explore(site, lane, explorer, pool, None, EXACT_FROM * search.seconds)
        if not lane.is_over():
            _prove(site, lane, pool)
    _explore(site, lane, explorer, pool)


def _prove(site: _Site, lane: Lane, pool: Pool) -> None:
    """Ask CP-SAT for a proof, from the best schedule so far."""
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    search = site.search
    seconds = (EXACT_UNTIL - EXACT_FROM) * search.seconds
    assert search.schedule is not None
    answer = solve_cpsat(
        search.problem,
        search.schedule,
        seconds=seconds,
        seed=search.seed,
        workers=1,
        is_deterministic=search.is_deterministic,
    )
    lane.count(seconds)
    if answer.schedule is None:
        return
    pool.add(_as_elite(site, answer.schedule))
    lane.offer(answer.schedule, "CP-SAT")
    search.raise_bound(answer.bound)


def _as_elite(site: _Site, schedule: Schedule) -> Elite:
    order = order_of(site.search.problem, schedule)
    starts = read_starts(site.graph, order, schedule.mode)[0]
    return Elite(order, schedule.mode.copy(), starts, int((starts + site.graph.mode_run[schedule.mode]).max()))


def warm_up_jobshop() -> None:
    """Have the kernels compiled, or loaded, on a shop of two jobs."""
    tiny = make_shop_problem([[[(0, 2)], [(1, 1)]], [[(0, 1)], [(1, 3)]]], 2)
    solve_jobshop(Search(tiny, 0.05, is_deterministic=True))
