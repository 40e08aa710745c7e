"""Place what demands need, one demand after the other: who can still be on time gets his place, the others wait.

Serial generation on timelines, in the order of the demands; a demand that would come late gives its places back before
the next one is tried, so that capacity goes to those whom it still helps (the idea of Moore's rule for the number of
late jobs, 1968). Those who gave way are placed after some time, before those who came so much later, so that nobody
waits for ever.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import group_rows

TOLD_EVERY = 200
PATIENCE = 28 * 86_400
"""Seconds by which a demand may be passed over by those that are due later."""


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


def place_demands(problem: Problem, wants: Wants, *, patience: int = PATIENCE, progress: Progress = silent) -> Placed:
    """Place the jobs of all demands, then those that no demand needs.

    Parameters
    ----------
    problem
        A problem without errors; fixed tasks stand before anything else.
    wants
        Demands in the order of their due times, or of importance, then due times.
    patience
        Seconds of due time after which a demand that gave way goes before those that are due later.
    progress
        Hears how far it is.
    """
    place = _Place(problem)
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
        is_on_time[demand] = place.try_jobs(list_jobs(demand), roots, int(wants.due[demand]))
        if not is_on_time[demand]:
            waiting.append(demand)
    for demand in waiting:
        place.put_jobs(list_jobs(demand))
    place.put_jobs(np.flatnonzero(~place.is_in).astype(np.int32))
    return Placed(place.lines.to_schedule(), is_on_time)


class _Place:
    """Timelines, and which jobs stand on them."""

    def __init__(self, problem: Problem) -> None:
        self.lines = Timelines.of(problem)
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
        return self.lines.insert(tasks, self._rank[:size], self._earliest[:size]) if size else 0

    def put_jobs(self, jobs: Int32s) -> None:
        """Place what of these jobs has no place yet, wherever it comes to stand."""
        self._insert(self._list_tasks(jobs))
        self.is_in[jobs] = True

    def try_jobs(self, jobs: Int32s, roots: Int32s, due: int) -> bool:
        """Place these jobs if that makes the roots end by the due time; otherwise leave all as it was."""
        tasks = self._list_tasks(jobs)
        lost = self._insert(tasks)
        if not lost and _find_end(roots, *self._rows, self._end) <= due:
            self.is_in[jobs] = True
            return True
        placed = tasks[self._mode[tasks] >= 0]
        if len(placed):
            self.lines.remove(placed)
        return False


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
