"""Solve plain shops with due dates: ATC by priced work, then ruin and recreate of late jobs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.giant.due_shop import DueShop, lay_out_due_shop, measure_lateness
from drumbeat.scheduling.engine.giant.ruin import Pick, make_pick, ruin_and_recreate
from drumbeat.scheduling.engine.giant.timeline import Timeline, fill_spans, make_timeline, shift_left, shift_right
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Jobs, Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.search_policies import PolicySearch
from drumbeat.scheduling.engine.solve_general import list_rules

LEAST_TASKS = 500
"""Below, exact methods are as good and prove it."""

RULES_SHARE = 0.05
"""Share of the time for the plain rules."""

SWEEP_SHARE = 0.15
"""Share of the time for dispatching by one policy after the other."""

MOST_PICKED = 8
"""Jobs that are taken out at once."""

FIRST_HEAT, LAST_HEAT = 0.3, 0.02
"""Heat at the beginning and the end, in mean runs of a job of mean weight."""

SECONDS_PER_TASK, SECONDS_PER_TURN = 3e-6, 8e-5
"""What dispatching takes a task, and a turn of the search; deterministic searches count them."""

TURNS = 1000
NUM_MEETINGS = 10
"""How often lanes take over the best of all."""


def is_due_shop(problem: Problem, features: Features) -> bool:
    """Whether a problem is a shop of single machines without setups, of some size, whose jobs wait only for
    themselves, and only their lateness counts."""
    links, job = problem.links, problem.tasks.job
    return (
        problem.num_tasks >= LEAST_TASKS
        and features.is_shop
        and not features.has_setups
        and bool(features.aims)
        and features.aims <= {"tardiness", "num_late"}
        and not problem.objective.order
        and bool((job[links.before] == job[links.after]).all())
    )


def warm_up_due_shop() -> None:
    """Have the kernels compiled, or loaded."""
    tiny = make_shop_problem([[[(0, 2)]], [[(0, 1)]]], 1)
    due = Jobs(tiny.jobs.keys, np.zeros(2, np.int64), tiny.jobs.weight, tiny.jobs.release)
    search = Search(replace(tiny, jobs=due, objective=Objective()), SECONDS_PER_TURN * TURNS, is_deterministic=True)
    solve_due_shop(search)


def solve_due_shop(search: Search) -> None:
    """Search until the time is over, or nothing is late."""
    problem, prepared = search.problem, Prepared.of(search.problem)
    search.raise_bound(0.0)
    search.offer(dispatch(problem, DispatchParams(Rule.ATC), prepared=prepared), "dispatch ATC")
    for rule in list_rules(problem):
        if search.spent > RULES_SHARE * search.seconds or search.is_over():
            break
        search.offer(dispatch(problem, rule, prepared=prepared), rule.name)
        search.count(SECONDS_PER_TASK * problem.num_tasks)
    workers = min(search.workers, 2)
    seconds = SECONDS_PER_TASK * problem.num_tasks

    def sweep(lane: Lane) -> None:
        PolicySearch(lane, prepared, seconds).run(lane.number, workers)

    def ruin(lane: Lane) -> None:
        _Ruin(lane, lay_out_due_shop(problem)).run()

    if not search.is_over():
        run_lanes(search, *[sweep] * workers, until=SWEEP_SHARE * search.seconds)
    if not search.is_over():
        run_lanes(search, *[ruin] * workers)


@dataclass
class _Ruin:
    """One lane's schedule, taken apart and put together again."""

    lane: Lane
    shop: DueShop
    line: Timeline = field(init=False)
    pick: Pick = field(init=False)
    objective: float = field(init=False)
    best: float = field(init=False)
    luck: Int64s = field(init=False)

    def __post_init__(self) -> None:
        search = self.lane.search
        self.pick = make_pick(self.shop, MOST_PICKED)
        self.luck = np.array([luck_of(search.seed, self.lane.number) | 1], dtype=np.uint64).view(np.int64)
        self._load()
        self.best = self.objective

    def _load(self) -> None:
        """Take the best of all over."""
        schedule = self.lane.search.schedule
        assert schedule is not None
        shop, task = self.shop, self.shop.task
        order = np.argsort(shop.mode)
        way = order[np.searchsorted(shop.mode, schedule.mode[task], sorter=order)]
        self.line = make_timeline(shop, schedule.start[task], way.astype(np.int32))
        self._shift(is_left=True)

    def _shift(self, is_left: bool) -> None:
        order = np.argsort(self.line.at, kind="stable")
        (shift_left if is_left else shift_right)(self.shop, self.line, order)
        fill_spans(self.shop, self.line, np.argsort(self.line.at, kind="stable"))
        self.objective = measure_lateness(self.shop, self.line.until)

    def run(self) -> None:
        """Ruin and recreate until the lane is over, cooling down."""
        lane, search, shop = self.lane, self.lane.search, self.shop
        runs = float(shop.run.mean())
        unit = float(shop.late_price.mean()) * runs + 0.1 * float(shop.late_cost.mean())
        begin, done, met, rounds = self._spent(), 0, 0, 0
        span = max(search.seconds - begin, 1e-9)
        while not lane.is_over():
            share = min((self._spent() - begin) / span, 1.0)
            heat = unit * FIRST_HEAT * (LAST_HEAT / FIRST_HEAT) ** share
            if not search.is_deterministic and int(share * NUM_MEETINGS) > met:
                met = int(share * NUM_MEETINGS)
                if search.objective < self.objective:
                    self._load()
            self.objective += ruin_and_recreate(shop, self.line, self.pick, self.luck, done, TURNS, heat)
            lane.count(TURNS * SECONDS_PER_TURN)
            done += TURNS
            rounds += 1
            if rounds % 8 == 0 or self.objective < self.best:
                self._shift(is_left=True)
            if self.objective < self.best - 1e-9:
                self.best = self.objective
                if self.best < search.objective:
                    lane.offer(self._read(), "ruin and recreate")
            if rounds % 16 < 8:
                self._shift(is_left=False)
            lane.tell(f"ruin and recreate {self.best:,.1f}")

    def _spent(self) -> float:
        return self.lane.search.spent + self.lane._counted

    def _read(self) -> Schedule:
        """Return the schedule as it stands."""
        shop, line, size = self.shop, self.line, len(self.shop.task)
        mode, start, end = np.empty(size, np.int32), np.empty(size, np.int64), np.empty(size, np.int64)
        mode[shop.task] = shop.mode[line.way]
        start[shop.task], end[shop.task] = line.at, line.until
        return Schedule(mode, start, np.zeros(size, np.int64), end)
