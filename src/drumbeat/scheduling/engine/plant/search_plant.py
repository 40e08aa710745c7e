"""Search: improve the best schedule of any plant problem on its timelines, in lanes, for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import is_compiled
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.plant.change import make_tools
from drumbeat.scheduling.engine.plant.costs import make_costs
from drumbeat.scheduling.engine.plant.flows import find_flows
from drumbeat.scheduling.engine.plant.improve_plant import BEST, CURRENT, NUM_KINDS, SCALE, improve_plant, measure_now
from drumbeat.scheduling.engine.plant.lay_out import lay_out
from drumbeat.scheduling.engine.plant.records import Plant
from drumbeat.scheduling.engine.plant.timelines import Timelines
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes

HOT, COLD = 0.005, 0.0005
"""Heat at the beginning and at the end, as `improve_plant` takes it."""
CHUNK_SECONDS = 0.05
SECONDS_PER_CHANGE = 5e-5
"""What a change takes on an ordinary core; deterministic searches count it."""
MOST_VISITS = 2000
"""Looks at tasks that a change may need; fewer where there are few tasks: then they go round in circles."""
NUM_LEGS = 12
"""Parts of the time, after each of which gaps are closed and the lanes hear of each other."""
BEHIND = 1.002
"""A lane whose best is so much worse than another's goes on from that."""


class Climb:
    """One lane's search: where it stands, and its best."""

    def __init__(self, problem: Problem, plant: Plant, schedule: Schedule, luck: int) -> None:
        self.problem, self.plant = problem, plant
        self.tools = make_tools(problem.num_tasks, luck, min(MOST_VISITS, 50 + 5 * problem.num_tasks))
        self.tally = np.zeros(3 * NUM_KINDS, np.int64)
        self.scale = 0.0
        self.start_from(schedule)

    def start_from(self, schedule: Schedule) -> None:
        """Stand at a schedule; it is the best so far, too."""
        self._stand(Timelines.of(self.problem, schedule, plant=self.plant, journal=4 * MOST_VISITS))

    def _stand(self, timelines: Timelines) -> None:
        self.timelines = timelines
        lines = timelines.lines
        self.costs = make_costs(self.plant, lines)
        self.best = lines.task.copy()
        self.touched = np.zeros(self.problem.num_tasks + 1, np.int64)
        self.is_touched = np.zeros(self.problem.num_tasks, np.int64)
        now = float(measure_now(self.plant, lines, self.costs))
        self.scale = self.scale or now / max(self.problem.num_jobs, 1)
        self.marks = np.array([now, now, self.scale])

    def run(self, shares: Floats, heat: float, num_changes: int) -> None:
        """Try so many changes."""
        task = self.timelines.lines.task
        order = np.argsort(-task["start"], kind="stable")
        order = order[task["mode"][order] >= 0]
        find_flows(self.plant, self.timelines.lines, order, self.tools.own, self.tools.whole)
        improve_plant(
            self.plant,
            self.timelines.lines,
            self.costs,
            self.best,
            self.touched,
            self.is_touched,
            self.marks,
            self.tally,
            shares,
            heat,
            num_changes,
            self.tools,
        )
        self.scale = float(self.marks[SCALE])

    def close_gaps(self) -> None:
        """Insert all anew in the order of their starts, gaps included; stand there if that is no worse.

        Who was absent may find a place then.
        """
        now = self.timelines.lines.task
        num_absent = len(self.timelines.absent)
        start = np.where(now["mode"] >= 0, now["start"], NEVER)  # who is absent comes last, and may find a place now
        rows = np.lexsort((now["end"], start))
        fresh = Timelines.of(self.problem, plant=self.plant, journal=4 * MOST_VISITS)
        num_lost = fresh.insert(rows[fresh.lines.task["mode"][rows] < 0])
        made = float(measure_now(self.plant, fresh.lines, make_costs(self.plant, fresh.lines)))
        if num_lost > num_absent or (num_lost == num_absent and made > self.marks[CURRENT]):
            return
        best, least = self.best, self.marks[BEST]
        self._stand(fresh)
        if num_lost == num_absent and made > least:
            # The best is elsewhere: all may differ from it.
            self.best, self.marks[BEST] = best, least
            self.touched[0] = self.problem.num_tasks
            self.touched[1:] = np.arange(self.problem.num_tasks)
            self.is_touched[:] = 1

    def to_schedule(self) -> Schedule:
        """The best so far."""
        best = self.best
        return Schedule(best["mode"].astype(np.int32), best["start"].copy(), best["setup"].copy(), best["end"].copy())


def weigh_kinds(problem: Problem) -> Floats:
    """Cumulative odds of each kind of change, by what the problem has."""
    has_families = bool(problem.setups.seconds.any() and (problem.tasks.family >= 0).any())
    is_flexible = len(problem.modes.run_seconds) > problem.num_tasks
    odds = np.array([0.5, 0.5 * has_families, 1.0 * has_families, 4.0 * is_flexible, 0.2, 20.0])
    shares: Floats = np.cumsum(odds) / odds.sum()
    return shares


def _offer(lane: Lane, problem: Problem, schedule: Schedule) -> None:
    """Offer a schedule in which the judge finds no broken rule."""
    if not check_schedule(problem, schedule):
        lane.offer(schedule, "local search")


def search_plant(
    search: Search, share: float = 1.0, seed: int = 0, beside: Sequence[Callable[[Lane], None]] = ()
) -> None:
    """Improve the best schedule so far until a share of the time is spent.

    Parameters
    ----------
    search
        Under way, with a schedule.
    share
        Of `search.seconds`, up to 1.
    seed
        Added to the search's.
    beside
        What else works at once, each in a lane that local search then leaves to it; it keeps one at least.
    """
    problem, plant, shares = search.problem, lay_out(search.problem), weigh_kinds(search.problem)
    assert search.schedule is not None
    begin, until, first = search.spent, share * search.seconds, search.schedule

    def work(lane: Lane) -> None:
        climb = Climb(problem, plant, first, int(luck_of(search.seed + seed, lane.number)))
        offered, legs, chunk, counted = search.objective, 0, 1000, 0.0
        while not lane.is_over() and climb.marks[BEST] > 0:
            spent = search.spent + counted
            fraction = min((spent - begin) / max(until - begin, 1e-9), 1.0)
            began = perf_counter()
            climb.run(shares, HOT * (COLD / HOT) ** fraction, chunk)
            lane.count(chunk * SECONDS_PER_CHANGE)
            if search.is_deterministic:
                counted += chunk * SECONDS_PER_CHANGE
            else:
                factor = CHUNK_SECONDS / max(perf_counter() - began, 1e-6)
                chunk = int(min(max(chunk * min(factor, 4.0), 50), 1_000_000))
            lane.tell(f"local search {min(climb.marks[BEST], search.objective):,.1f}")
            if fraction * NUM_LEGS >= legs + 1:
                legs += 1
                climb.close_gaps()
                if climb.marks[BEST] < offered:
                    offered = climb.marks[BEST]
                    _offer(lane, problem, climb.to_schedule())
                if (
                    not search.is_deterministic
                    and search.schedule is not None
                    and (search.objective * BEHIND < climb.marks[BEST])
                ):
                    climb.start_from(search.schedule)
        _offer(lane, problem, climb.to_schedule())

    run_lanes(search, *[work] * max(min(search.workers, 2) - len(beside), 1), *beside, until=until)


def is_plant_ready() -> bool:
    """Whether the kernels are compiled: that takes a minute or two, once after an installation."""
    return is_compiled("drumbeat.scheduling.engine.plant.improve_plant")


def warm_up_plant() -> None:
    """Have the kernels compiled, or loaded."""
    tiny = make_shop_problem([[[(0, 1)]], [[(0, 1)]]], 1)
    timelines = Timelines.of(tiny)
    timelines.insert(np.arange(2))
    timelines.remove(np.array([1]))
    timelines.insert(np.array([1]))
    Climb(tiny, timelines.plant, timelines.to_schedule(), 1).run(weigh_kinds(tiny), COLD, 1)
