"""Solve project problems: a genetic search with forward-backward improvement in one lane, CP-SAT in the other."""

from __future__ import annotations

from threading import Lock

import numpy as np

from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.features import REGULAR, Features
from drumbeat.scheduling.engine.formats.build_projects import Activity, Portfolio, build_projects
from drumbeat.scheduling.engine.problem import FINISH_START, Problem
from drumbeat.scheduling.engine.project.breed_schedules import Herd, size_herd
from drumbeat.scheduling.engine.project.build_model import Incumbent
from drumbeat.scheduling.engine.project.build_network import Project, build_project, find_usable, find_weight_scale
from drumbeat.scheduling.engine.project.find_affordable_modes import find_affordable_modes
from drumbeat.scheduling.engine.project.find_bound import find_bound
from drumbeat.scheduling.engine.project.pick_free import pick_free
from drumbeat.scheduling.engine.project.solve_exactly import find_cost, solve_around, solve_whole
from drumbeat.scheduling.engine.project.squeeze_schedule import Squeezer
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

MOST_TASKS = 20_000
EARLY = 0.1
"""Share of its time for which a herd is small: it gives good schedules early. Then a large one begins."""
ALONE = 0.8
"""Until this share of the time two herds know nothing of each other: then each has found what the other has not."""
ELITE = 20
"""Schedules that lanes keep for each other."""
SMALL, MEDIUM = 40, 160
"""Modes up to which CP-SAT has the whole problem for all of its time, and for a part of it."""
MEDIUM_SHARE = 0.2
WARM_SHARE = 0.06
"""Share of the time before CP-SAT has the whole of a problem."""
LARGE = 200
"""Tasks from which squeezing gets on faster than breeding: both lanes squeeze."""
OWN_TURNS = 60
"""Turns without success after which a lane that squeezes goes on from a better schedule of the other's."""
FIRST_REACH = 30.0
"""Tasks that are free at first when the rest of the incumbent is kept."""
TURN_SECONDS = 2.0
"""For one such neighbourhood."""


def fits_project(problem: Problem, features: Features) -> bool:
    """Whether a problem is one of projects: crews of several heads or several at once, always open, finish-start links
    with lags of 0 or more, budgets; and lateness, makespan or the number late to be made small."""
    foreign = (
        features.has_calendars
        or features.has_setups
        or features.has_materials
        or features.has_fixed
        or features.has_skills
        or features.has_batches
        or features.has_campaigns
        or features.has_setup_crews
        or features.has_options
        or features.has_most
        or features.has_deadlines
        or features.has_order_groups
        or features.has_tanks
    )
    links = problem.links
    return (
        not foreign
        and features.aims <= REGULAR
        and (not features.is_single or features.has_budgets)
        and 0 < problem.num_tasks <= MOST_TASKS
        and bool((links.kind == FINISH_START).all() and (links.lag >= 0).all())
        and find_weight_scale(problem) > 0
        and (features.has_budgets or bool(find_usable(problem).all()))
    )


class Exchange:
    """What lanes tell each other: schedules that cost as little as the best."""

    def __init__(self, first: Incumbent, cost: float) -> None:
        self._lock = Lock()
        self._elite, self.cost = [first], cost

    def give(self, elite: list[Incumbent], cost: float) -> None:
        """Give schedules of one cost; those of a higher one are forgotten."""
        with self._lock:
            if cost < self.cost - 1e-9:
                self._elite, self.cost = elite, cost
            elif cost <= self.cost + 1e-9:
                merged = {one.start.tobytes(): one for one in elite + self._elite}
                self._elite = list(merged.values())[:ELITE]

    def take(self, share: float) -> tuple[Incumbent, float]:
        """Return one of the best, by a number from 0 to below 1, and what it costs."""
        with self._lock:
            return self._elite[int(share * len(self._elite))], self.cost


def _leave_all(problem: Problem) -> Schedule:
    """A schedule in which nothing runs: no choice of modes keeps to resources and budgets."""
    none = np.full(problem.num_tasks, UNSCHEDULED, dtype=np.int64)
    return Schedule(none.astype(np.int32), none, np.zeros(problem.num_tasks, np.int64), none.copy())


def solve_project(search: Search) -> None:
    """Find a good schedule of a problem that `fits_project`, and prove it where that can be done."""
    project = build_project(search.problem)
    search.raise_bound(find_bound(project))
    base = find_affordable_modes(project, search.seed) if project.is_possible else None
    if base is None:
        search.offer(_leave_all(search.problem), "nothing: resources or budgets do not suffice")
        return
    first = Herd(project, base, search.seed, 0, 1)
    search.count(first.work())
    assert first.best_ever is not None
    search.offer(project.schedule(first.best_ever.mode, first.best_ever.start), "priorities")
    exchanges = [Exchange(first.best_ever, first.cost_ever)]
    exchanges.append(Exchange(first.best_ever, first.cost_ever) if search.is_deterministic else exchanges[0])
    is_one = search.problem.num_jobs == 1
    is_large = is_one and search.problem.num_tasks >= LARGE and _is_for_squeezing(search)
    size = size_herd(project, EARLY * search.seconds)
    herds = [Herd(project, base, search.seed, 0, size)]
    if is_one and not is_large and _is_for_squeezing(search):
        # A herd that is alone goes on after the proof is given up.
        herds.append(Herd(project, base, search.seed, 1, size) if search.workers > 1 else herds[0])

    def breed(lane: Lane) -> None:
        if is_large and search.workers > 1:
            _squeeze(lane, project, exchanges[0], search.seconds)
        else:
            _breed(lane, herds[0], exchanges[0])

    def prove(lane: Lane) -> None:
        _prove(lane, project, exchanges[1], herds[1:])

    if search.workers > 1:
        run_lanes(search, breed, prove)
    else:
        run_lanes(search, breed, until=0.5 * search.seconds)
        run_lanes(search, prove)


def _breed(lane: Lane, herd: Herd, exchange: Exchange) -> None:
    """Breed until time is up; where the problem is small, only at first, and then prove."""
    told, start, is_early = np.inf, _find_left(lane), True
    is_small = len(herd.project.network.run) <= SMALL
    is_one = _is_for_squeezing(lane.search) and lane.search.problem.num_jobs == 1
    while not lane.is_over():
        if is_small and start - _find_left(lane) > WARM_SHARE * start:
            _prove_whole(lane, herd.project, exchange, _find_left(lane))
            is_small = False
        if is_early and start - _find_left(lane) > EARLY * start:
            size, is_early = size_herd(herd.project, _find_left(lane)), False
            if size > herd.size:
                herd.restart(size)
        lane.count(herd.work())
        lane.tell(f"project search {len(herd.base)} tasks")
        incumbent, cost = exchange.take(0.0)
        is_gift = lane.spent > ALONE * lane.search.seconds if is_one else cost < herd.cost_ever - 1e-9
        if is_gift and cost < herd.cost - 1e-9:
            herd.adopt(incumbent)
        if herd.cost_ever < told and herd.best_ever is not None:
            lane.offer(herd.project.schedule(herd.best_ever.mode, herd.best_ever.start), "genetic search")
            told = herd.cost_ever
        exchange.give(herd.elite(), herd.cost_ever)


def _prove(lane: Lane, project: Project, exchange: Exchange, herds: list[Herd]) -> None:
    """Try the whole problem, then breed where there is a herd, squeeze, or try one neighbourhood after the other."""
    search, size = lane.search, len(project.network.run)
    share = 1.0 if size <= SMALL else (MEDIUM_SHARE if size <= MEDIUM else 0.0)
    if share and _is_for_squeezing(search):
        # A proof is the faster, the nearer the incumbent is to the best.
        _squeeze(lane, project, exchange, WARM_SHARE * _find_left(lane))
    if share and _prove_whole(lane, project, exchange, share * _find_left(lane)):
        return
    if herds:
        _breed(lane, herds[0], exchange)
        return
    if _is_for_squeezing(search):
        _squeeze(lane, project, exchange, search.seconds)
        return
    luck, reach, turn = np.uint64(luck_of(search.seed, 7)), FIRST_REACH, 0
    while not lane.is_over():
        turn += 1
        if reach >= project.problem.num_tasks:
            if _prove_whole(lane, project, exchange, _find_left(lane)):
                return
            reach *= 0.5
        incumbent, _ = exchange.take(uniform(luck, np.uint64(1), 0, turn))
        free = pick_free(project, incumbent, int(reach), luck, turn)
        answer = solve_around(project, incumbent, free, lane, min(TURN_SECONDS, _find_left(lane)), turn)
        if answer.incumbent is not None:
            lane.offer(project.schedule(answer.incumbent.mode, answer.incumbent.start), "CP-SAT around")
            exchange.give([answer.incumbent], find_cost(project, answer.incumbent))
        if not answer.is_proven:
            reach = max(0.9 * reach, 8.0)
        elif answer.seconds < 0.3 * TURN_SECONDS:
            reach *= 1.1


def _is_for_squeezing(search: Search) -> bool:
    """Whether only the last end counts, and tasks have one mode each: elsewhere CP-SAT rearranges better."""
    return search.features.aims == {"makespan"} and not search.features.is_flexible


def _squeeze(lane: Lane, project: Project, exchange: Exchange, seconds: float) -> None:
    """Squeeze the best, whoever found it, for so many seconds at most."""
    start, last, stale = _find_left(lane), np.inf, 0
    incumbent, _ = exchange.take(0.0)
    squeezer = Squeezer(project, incumbent, lane.search.seed, 1 + lane.number)
    while not lane.is_over() and start - _find_left(lane) < seconds:
        lane.count(squeezer.work())
        lane.tell("squeezing")
        stale += 1
        own = find_cost(project, squeezer.current)
        if own < last - 1e-9:
            last, stale = own, 0
        incumbent, best = exchange.take(0.0)
        if own < best - 1e-9:
            lane.offer(project.schedule(squeezer.current.mode, squeezer.current.start), "squeezing")
            exchange.give([Incumbent(squeezer.current.mode.copy(), squeezer.current.start.copy())], own)
        elif best < own - 1e-9 and stale > OWN_TURNS:
            squeezer.take(incumbent)
            last, stale = best, 0


def _find_left(lane: Lane) -> float:
    """Seconds that the lane has left."""
    search = lane.search
    return search.seconds - search.spent - (lane._counted if search.is_deterministic else 0.0)


def _prove_whole(lane: Lane, project: Project, exchange: Exchange, seconds: float) -> bool:
    """Look for a better schedule anywhere; return whether the best is proven, which ends the search."""
    incumbent, _ = exchange.take(0.0)
    answer = solve_whole(project, incumbent, lane, seconds)
    if answer.incumbent is not None:
        exchange.give([answer.incumbent], find_cost(project, answer.incumbent))
    if answer.is_proven and not lane.search.is_deterministic:
        lane.search.is_stopped = True
    return answer.is_proven


def warm_up_project() -> None:
    """Have the kernels compiled, or loaded, on a project of three activities."""
    ways = [(1, {0: 1}, {0: 1}), (2, {0: 2}, {0: 0})]
    activities = [Activity("a", 0, list(ways), [2]), Activity("b", 0, list(ways)), Activity("c", 0, list(ways))]
    project = build_project(build_projects(Portfolio(activities, [2], [2]), "makespan", "warm-up"))
    base = find_affordable_modes(project, 0)
    assert base is not None
    herd = Herd(project, base, 0, 0, 4)
    while not herd.is_full:
        herd.work()
    herd.work()
    assert herd.best_ever is not None
    herd.adopt(herd.best_ever)
    Squeezer(project, herd.best_ever, 0, 1).work()
