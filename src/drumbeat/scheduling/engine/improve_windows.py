"""Improve a schedule of any problem by CP-SAT in windows: some tasks at a time, all others staying where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import Prepared, dispatch_by_key
from drumbeat.scheduling.engine.exact.lay_out_windows import Layout, lay_out_windows
from drumbeat.scheduling.engine.exact.window import Window, cut_window, merge_window
from drumbeat.scheduling.engine.measure_worth import Meter, find_job_ends
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule
from drumbeat.scheduling.engine.search import Lane, rank_worth
from drumbeat.scheduling.engine.solve_cpsat import UNITS_PER_SECOND

LEAST_TASKS, MOST_TASKS = 8, 250
"""Tasks of a window."""
BUILD_SECONDS = 0.002
"""What building a window takes for each of its tasks; deterministic searches count it."""
GROWTH = 1.3
"""Of windows while they are solved to the best."""
WINDOW_SECONDS = 1.0
"""Of the solver, for one window."""
OVERFULL = 2.5
"""A window that machines' queues make larger than wished by more than this is not worth solving."""
TAIL = 2.5
"""Tasks after a window that follow it in time, for each task of the window."""


def fits_windows(problem: Problem) -> bool:
    """Return whether windows are of use: links do not bind the run alone, and there is something to move."""
    return not problem.setups.is_ahead and problem.num_tasks > 1 and bool(lay_out_windows(problem).movable.any())


@dataclass
class _Luck:
    """Whole numbers from a counter (splitmix64)."""

    state: int

    def below(self, size: int) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
        mixed = ((self.state ^ self.state >> 30) * 0xBF58476D1CE4E5B9) % 2**64
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) % 2**64
        return (mixed ^ mixed >> 31) % max(size, 1)


@dataclass
class _Windows:
    """One lane's search: its schedule, and how large windows are."""

    problem: Problem
    layout: Layout
    schedule: Schedule
    luck: _Luck
    meter: Meter
    size: float = 25.0
    rank: tuple[float, ...] = field(init=False)

    @property
    def num_tail(self) -> int:
        """Tasks that come after a window and may move in time."""
        return int(TAIL * self.size)

    def __post_init__(self) -> None:
        self.rank = rank_worth(self.problem, self.meter.measure(self.schedule))

    def choose(self) -> tuple[Bools, Bools, int]:
        """Choose tasks: of a time, of some machines, or of a late order with those in its way; those that come after
        them; and how far they may reach beyond where they are."""
        schedule, size = self.schedule, int(self.size)
        pivot = self._choose_pivot()
        kind = self.luck.below(3)
        eligible = self.layout.movable & (schedule.mode >= 0)
        if kind == 1:
            eligible = eligible & np.isin(self._machines(), self._choose_machines(pivot))
        gap = np.abs(schedule.start - schedule.start[pivot]).astype(np.float64)
        if kind == 2:
            job = self.problem.tasks.job
            gap[job == job[pivot]] = -1.0
            eligible = eligible & (np.isin(self._machines(), np.unique(self._machines()[job == job[pivot]])))
        rows = np.flatnonzero(eligible)
        rows = rows[np.argsort(gap[rows], kind="stable")[:size]]
        chosen = np.zeros(self.problem.num_tasks, dtype=bool)
        chosen[rows] = True
        first = int(schedule.start[rows].min(initial=FAR_FUTURE))
        later = np.flatnonzero((schedule.start >= first) & ~chosen & (schedule.mode >= 0))
        tail = np.zeros_like(chosen)
        tail[later[np.argsort(schedule.start[later], kind="stable")[: self.num_tail]]] = True
        span = int(schedule.end[rows].max(initial=0)) - first
        return chosen, tail, max(span // 2, 1)

    def _machines(self) -> Int64s:
        return np.where(self.schedule.mode >= 0, self.layout.machine[self.schedule.mode], -1)

    def _choose_machines(self, pivot: int) -> Int64s:
        """The pivot's machine and two others of those in use."""
        machine = self._machines()
        used = np.unique(machine[machine >= 0])
        others = [used[self.luck.below(len(used))] for _ in range(2)] if len(used) else []
        return np.array([machine[pivot], *others], dtype=np.int64)

    def _choose_pivot(self) -> int:
        """A task of a late order three times out of four, else any."""
        jobs, job = self.problem.jobs, self.problem.tasks.job
        late = np.where(jobs.due < FAR_FUTURE, find_job_ends(self.problem, self.schedule) > jobs.due, False)
        rows = np.flatnonzero(late[job] & self.layout.movable & (self.schedule.mode >= 0))
        if not len(rows) or self.luck.below(4) == 0:
            rows = np.flatnonzero(self.layout.movable & (self.schedule.mode >= 0))
        return int(rows[self.luck.below(len(rows))])


def improve_windows(lane: Lane, schedule: Schedule | None = None) -> None:
    """Solve window after window until the lane is over; offer what is better, judged by `check_schedule` first.

    Parameters
    ----------
    lane
        A search that has a schedule in which all is placed.
    schedule
        Where to start; by default the search's best.
    """
    problem = lane.search.problem
    start = schedule or lane.search.schedule
    if start is None or (start.mode == UNSCHEDULED).any() or not fits_windows(problem):
        return
    luck = _Luck((lane.search.seed * 1_000_003 + lane.number) % 2**64)
    state = _Windows(problem, lay_out_windows(problem), start, luck, Meter(problem))
    # Where dispatching honours all, what comes after a window can be dispatched anew behind it.
    features = lane.search.features
    can_dispatch = features.is_dispatchable and features.is_regular
    prepared = Prepared.of(problem) if can_dispatch else None
    while not lane.is_over():
        _follow_best(lane, state)
        seconds = _solve_window(lane, state, prepared)
        lane.count(seconds)
        lane.tell(f"windows {lane.search.objective:,.2f}")


def _follow_best(lane: Lane, state: _Windows) -> None:
    """Go on from what another lane found, where it is better."""
    best = lane.search.schedule
    if lane.search.is_deterministic or best is None or best is state.schedule:
        return
    rank = rank_worth(state.problem, state.meter.measure(best))
    if rank < state.rank:
        state.schedule, state.rank = best, rank


def _solve_window(lane: Lane, state: _Windows, prepared: Prepared | None) -> float:
    """Cut one window out, solve it, and take what is better; return the solver's seconds.

    With `prepared`, all is then dispatched anew in its order, so that what stayed where it was follows.
    """
    chosen, tail, reach = state.choose()
    from drumbeat.scheduling.engine.exact.model import NotModelledError

    try:
        window = cut_window(state.problem, state.layout, state.schedule, chosen, reach, tail)
    except NotModelledError:
        window = None
    if window is None or len(window.rows) > OVERFULL * state.size + state.num_tail:
        state.size = max(0.8 * state.size, LEAST_TASKS)
        return 0.01
    found, seconds, is_proved = _minimise(lane, window)
    seconds += BUILD_SECONDS * len(window.rows)
    state.size = min(state.size * GROWTH, MOST_TASKS) if is_proved else max(state.size * 0.85, LEAST_TASKS)
    if found is None:
        return seconds
    merged = merge_window(state.problem, state.layout, state.schedule, window, found)
    candidates = [merged]
    if prepared is not None:
        candidates.append(dispatch_by_key(prepared.shop, merged.start.astype(np.float64)))
    for candidate in candidates:
        rank = rank_worth(state.problem, state.meter.measure(candidate))
        if rank <= state.rank and not check_schedule(state.problem, candidate):
            if rank < state.rank:
                lane.offer(candidate, "CP-SAT in windows")
            state.schedule, state.rank = candidate, rank
    return seconds


def _minimise(lane: Lane, window: Window) -> tuple[Schedule | None, float, bool]:
    """Solve a window, part after part where they have an order: its best, the seconds spent, whether it is the best."""
    from ortools.sat.python import cp_model

    from drumbeat.scheduling.engine.exact.add_objective import make_whole
    from drumbeat.scheduling.engine.exact.build_model import add_parts, complete_hint, hint_all, read_schedule

    made = window.made
    wholes = [whole for terms in add_parts(made) if (whole := make_whole(terms, 2 * made.horizon)[0])]
    if not wholes:
        return None, 0.01, True
    if not complete_hint(made):
        return None, 0.1, False
    found, seconds, is_proved = None, 0.0, True
    for whole in wholes:
        made.model.minimize(sum(what * times for what, times in whole))
        solver = _make_solver(lane, WINDOW_SECONDS / len(wholes))
        status = solver.solve(made.model)
        seconds += solver.deterministic_time / UNITS_PER_SECOND if lane.search.is_deterministic else solver.wall_time
        is_proved = status == cp_model.OPTIMAL
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            break
        found = read_schedule(made, solver.value)
        if not is_proved:
            break
        made.model.add(sum(what * times for what, times in whole) <= round(solver.objective_value))
        hint_all(made, solver)
    return found, seconds, is_proved


def _make_solver(lane: Lane, seconds: float) -> Any:
    """A solver for so many seconds, or for what is left."""
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = lane.search.seed
    solver.parameters.interleave_search = True
    if lane.search.is_deterministic:
        solver.parameters.max_deterministic_time = UNITS_PER_SECOND * seconds
    else:
        left = lane.search.seconds - lane.search.spent
        solver.parameters.max_time_in_seconds = max(min(seconds, left), 0.05)
    return solver
