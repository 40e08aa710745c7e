"""Place what demands need, one demand after the other: who can still be on time gets his place, the others wait.

Serial generation on timelines, in the order of the demands; a demand that would come late gives its places back before
the next one is tried, so that capacity goes to those whom it still helps (the idea of Moore's rule for the number of
late jobs, 1968). Each is tried in its tasks' preferred modes first, then in all; then its tasks go back to what they
prefer one after the other, as long as that is on time. Those who gave way are placed after some time, before those who
came so much later, so that nobody waits for ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.keep_waits import Waits
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.plant.lay_out import lay_out
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import group_rows

TOLD_EVERY = 200
PATIENCE = 28 * 86_400
"""Seconds by which a demand may be passed over by those that are due later."""
MOST_RETURNS = 6
"""Tasks of a demand that are tried in their preferred modes one by one; further ones stay where they end first."""


@dataclass(frozen=True, slots=True)
class Wants:
    """Demands, and the jobs that each needs; D demands, the first to be placed first.

    Parameters
    ----------
    due
        Shape (D,): seconds.
    job_ptr, job
        CSR over demands: all jobs that it needs, what goes into another job before that job; a job may serve several.
    root_ptr, root
        CSR over demands: the jobs that make what is delivered.
    num_last
        How many demands at the end take what all the others leave.
    importance
        Shape (D,), falling but for the last ones: who gave way goes before all that are less important, so that due
        times rise within equal importance only; empty = all are equally important.
    """

    due: Int64s
    job_ptr: Int64s
    job: Int32s
    root_ptr: Int64s
    root: Int32s
    num_last: int = 0
    importance: Floats = field(default_factory=lambda: np.empty(0))

    def gives_up(self, waiting: int, demand: int, patience: int) -> bool:
        """Whether a demand that gave way is placed before another one is tried."""
        is_less = bool(len(self.importance)) and self.importance[demand] < self.importance[waiting]
        return is_less or demand >= len(self.due) - self.num_last or self.due[waiting] + patience < self.due[demand]


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of it.

    Parameters
    ----------
    schedule
        Feasible; tasks whose material never comes are unscheduled.
    is_on_time
        Shape (D,): whether all its roots end by its due time, and it needed no place or got one at its turn.
    """

    schedule: Schedule
    is_on_time: Bools


def place_demands(
    problem: Problem,
    wants: Wants,
    *,
    rank: Int32s | None = None,
    patience: int = PATIENCE,
    progress: Progress = silent,
) -> Placed:
    """Place the jobs of all demands, then those that no demand needs.

    A demand that is on time in its tasks' preferred modes stays there; otherwise those tasks leave them that must. One
    that is late anyway is done where it ends first. Jobs that no demand needs do the same, each by its own due time.
    The last demands, of which it is asked when they can be there, prefer nothing.

    Parameters
    ----------
    problem
        A problem without errors; fixed tasks stand before anything else.
    wants
        Demands in the order of their due times, or of importance, then due times.
    rank
        Shape (M,): the modes of a task with the lowest are preferred; None = all are.
    patience
        Seconds of due time after which a demand that gave way goes before those that are due later.
    progress
        Hears how far it is.
    """
    place = _Place(problem, _find_spare_modes(problem, rank))
    is_on_time = np.zeros(len(wants.due), dtype=bool)
    waiting: deque[int] = deque()

    def list_jobs(demand: int) -> Int32s:
        return wants.job[wants.job_ptr[demand] : wants.job_ptr[demand + 1]]

    for demand in range(len(wants.due)):
        while waiting and wants.gives_up(waiting[0], demand, patience):
            place.put_jobs(list_jobs(waiting.popleft()))
        if demand % TOLD_EVERY == 0:
            progress(demand / len(wants.due), "placing demands")
        roots = wants.root[wants.root_ptr[demand] : wants.root_ptr[demand + 1]]
        prefers = demand < len(wants.due) - wants.num_last
        is_on_time[demand] = place.try_jobs(list_jobs(demand), roots, int(wants.due[demand]), prefers=prefers)
        if not is_on_time[demand]:
            waiting.append(demand)
    for demand in waiting:
        place.put_jobs(list_jobs(demand))
    place.put_rest()
    return Placed(place.lines.to_schedule(), is_on_time)


class _Place:
    """Timelines, and which jobs stand on them.

    `spare` tells of each mode whether it is taken only where the preferred ones would be late.
    """

    def __init__(self, problem: Problem, spare: Bools) -> None:
        plant = lay_out(problem)
        # One calendar more, that is never open: modes are shut by it.
        plant = plant._replace(cal_ptr=np.append(plant.cal_ptr, plant.cal_ptr[-1]))
        self.lines = Timelines.of(problem, plant=plant)
        self._waits = Waits.of(self.lines)
        self._modes, self._never_open = plant.mode, len(plant.cal_ptr) - 2
        first = problem.modes.task_ptr
        self._is_spare, self._spare_modes = spare, np.flatnonzero(spare)
        self._spare_ptr = np.concatenate(([0], np.cumsum(spare)))[first].astype(np.int64)
        self._due = problem.jobs.due
        self.is_in = np.zeros(problem.num_jobs, dtype=bool)
        self._rows = group_rows(problem.tasks.job, problem.num_jobs)
        self._is_fixed = problem.tasks.fixed_start >= 0
        # Written again and again: making arrays for each demand takes as long as placing it.
        self._free = np.empty(problem.num_tasks, np.int64)
        self._rank = np.arange(problem.num_tasks, dtype=np.float64)
        self._earliest = np.zeros(problem.num_tasks, np.int64)
        task = self.lines.lines.task
        self._mode, self._end = task["mode"], task["end"]

    def _list_tasks(self, jobs: Int32s) -> Int64s:
        """Tasks of jobs that have no place yet, job by job; to be used before the next call."""
        count = _list_free(jobs, *self._rows, self.is_in, self._is_fixed, self._free)
        return self._free[:count]

    def _insert(self, tasks: Int64s) -> int:
        size = len(tasks)
        if not size:
            return 0
        put = self.lines.insert if self._waits is None else partial(self._waits.insert, self.lines)
        return put(tasks, self._rank[:size], self._earliest[:size])

    def put_jobs(self, jobs: Int32s) -> None:
        """Place what of these jobs has no place yet, wherever it comes to stand."""
        self._insert(self._list_tasks(jobs))
        self.is_in[jobs] = True

    def try_jobs(self, jobs: Int32s, roots: Int32s, due: int, *, prefers: bool = True) -> bool:
        """Place these jobs if that makes the roots end by the due time; otherwise leave all as it was."""
        tasks = self._list_tasks(jobs)
        spare = self._list_spare(tasks) if prefers else self._spare_modes[:0]
        if self._try_modes(tasks, roots, due, spare):
            self.is_in[jobs] = True
            return True
        return False

    def _try_modes(self, tasks: Int64s, roots: Int32s, due: int, spare: Int64s) -> bool:
        """Place these tasks in the modes that they prefer, or, as far as they would be late there, in others."""
        if not len(spare):
            return self._try_tasks(tasks, roots, due)
        if self._try_tasks(tasks, roots, due, spare):
            return True
        if not self._try_tasks(tasks, roots, due):
            return False
        away, shut = tasks[self._is_spare[self._mode[tasks]]][:MOST_RETURNS], spare[:0]
        for at in range(len(away)):
            if not self._is_spare[self._mode[away[at]]]:
                continue  # it went back with another one
            more = np.concatenate((shut, self._list_spare(away[at : at + 1])))
            self.lines.remove(tasks)
            if self._try_tasks(tasks, roots, due, more):
                shut = more
            elif not self._try_tasks(tasks, roots, due, shut):
                return False  # as it was before, so on time
        return True

    def put_rest(self) -> None:
        """Place all jobs that have no place yet."""
        rest = np.flatnonzero(~self.is_in).astype(np.int32)
        if len(self._list_spare(self._list_tasks(rest))):
            for at, job in enumerate(rest.tolist()):
                self.try_jobs(rest[at : at + 1], rest[at : at + 1], int(self._due[job]))
        self.put_jobs(rest)

    def _list_spare(self, tasks: Int64s) -> Int64s:
        """Modes of tasks that are taken only where the preferred ones would be late."""
        if not len(self._spare_modes):
            return self._spare_modes
        first, count = self._spare_ptr[tasks], self._spare_ptr[tasks + 1] - self._spare_ptr[tasks]
        ends = np.cumsum(count)
        rows = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + count, count)
        return self._spare_modes[rows]

    @contextmanager
    def _shut(self, modes: Int64s) -> Iterator[None]:
        """Let nothing be placed in these modes, in which nothing stands, for a while."""
        names = ["calendar", "setup_calendar"]
        before = {name: self._modes[name][modes] for name in names}
        for name in names:
            self._modes[name][modes] = self._never_open
        try:
            yield
        finally:
            for name in names:
                self._modes[name][modes] = before[name]

    def _try_tasks(self, tasks: Int64s, roots: Int32s, due: int, shut: Int64s | None = None) -> bool:
        """Place these tasks, but not in the modes that are shut; take them out again where the roots end too late."""
        with nullcontext() if shut is None else self._shut(shut):
            lost = self._insert(tasks)
        if not lost and _find_end(roots, *self._rows, self._end) <= due:
            return True
        placed = tasks[self._mode[tasks] >= 0]
        if len(placed):
            self.lines.remove(placed)
        return False


def _find_spare_modes(problem: Problem, rank: Int32s | None) -> Bools:
    """Which modes others of their task are preferred to, shape (M,)."""
    first = problem.modes.task_ptr
    if rank is None or not len(rank):
        return np.zeros(int(first[-1]), np.bool_)
    least = np.minimum.reduceat(rank, first[:-1])
    spare: Bools = rank > np.repeat(least, np.diff(first))
    return spare


@njit(nogil=True, _nrt=False)
def _list_free(jobs: Int32s, ptr: Int64s, rows: Int64s, is_in: Bools, is_fixed: Bools, free: Int64s) -> int:
    """Fill `free` with the tasks of jobs that have no place yet, fixed ones left out; return how many."""
    count = 0
    for job in jobs:
        if not is_in[job]:
            for at in range(ptr[job], ptr[job + 1]):
                if not is_fixed[rows[at]]:
                    free[count] = rows[at]
                    count += 1
    return count


@njit(nogil=True, _nrt=False)
def _find_end(jobs: Int32s, ptr: Int64s, rows: Int64s, end: Int64s) -> int:
    """When the last task of these jobs ends, 0 for none."""
    latest = 0
    for job in jobs:
        for at in range(ptr[job], ptr[job + 1]):
            latest = max(latest, end[rows[at]])
    return latest
