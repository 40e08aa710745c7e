"""What a schedule is worth: the parts of the objective and their sum."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.calendars import OpenTimes, count_worked, intersect_calendars
from drumbeat.scheduling.engine.features import PARTS
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Schedule, Worth
from drumbeat.scheduling.engine.shop import number_calendars, own_calendar

HOUR = 3600.0


def find_latest_moment(problem: Problem) -> int:
    """Return the moment at which what was never scheduled counts as ended: the end of all calendars and dates."""
    ends = problem.calendars.open_end
    latest = int(ends[ends < FAR_FUTURE].max(initial=0))
    for moments in (problem.jobs.due, problem.tasks.release, problem.tasks.fixed_start, problem.jobs.release):
        latest = max(latest, int(moments[moments < FAR_FUTURE].max(initial=0)))
    return latest + int((problem.modes.run_seconds + problem.modes.setup_seconds).sum())


def find_job_ends(problem: Problem, schedule: Schedule) -> Int64s:
    """Return the end of each job's last task, shape (J,); jobs with an unscheduled task end at the latest moment.

    A job without tasks, or with none but skipped ones, ends at its release.
    """
    ends = problem.jobs.release.astype(np.int64)
    np.maximum.at(ends, problem.tasks.job, schedule.end)
    lost = schedule.mode == UNSCHEDULED
    if lost.any():
        ends[problem.tasks.job[lost]] = max(find_latest_moment(problem), int(ends.max(initial=0)))
    return ends


def measure_worth(problem: Problem, schedule: Schedule) -> Worth:
    """Measure the parts of the objective.

    Where many schedules of one problem are measured, `Meter` does so without preparing anew.

    Parameters
    ----------
    problem, schedule
        The schedule may leave tasks unscheduled: their jobs count as late until the problem's latest moment.

    Returns
    -------
    Worth
        All parts, whether they have a weight or not. `objective` is their weighted sum or, where they have an order,
        the first part, and the cost of skipped tasks. Zero in all parts for a problem without tasks.
    """
    return Meter(problem).measure(schedule)


class Meter:
    """Measures schedules of one problem.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._has_dates = bool((problem.jobs.due < FAR_FUTURE).any())

    def measure(self, schedule: Schedule) -> Worth:
        """Measure a schedule; see `measure_worth`."""
        problem, jobs = self.problem, self.problem.jobs
        done = schedule.mode >= 0
        lost = schedule.mode == UNSCHEDULED
        num_lost = int(np.count_nonzero(lost))
        ends = find_job_ends(problem, schedule)
        parts = self._measure_dates(schedule, ends, lost if num_lost else None)
        last = int(ends[problem.tasks.job].max(initial=0)) if num_lost else int(schedule.end.max(initial=0))
        heads = self._find_heads(schedule, done)
        setup = schedule.setup_seconds if heads is None else schedule.setup_seconds[heads]
        first = np.full(len(jobs.due), FAR_FUTURE, dtype=np.int64)
        np.minimum.at(first, problem.tasks.job, schedule.start if done.all() else self._from(schedule.start, done))
        flow = (ends if not num_lost else self._last_ends(schedule)) - first
        parts |= {
            "makespan": last / HOUR,
            "setup": float(np.maximum(setup, 0).sum() / HOUR),
            "in_process": float(flow[first < FAR_FUTURE].sum() / HOUR),
            **self._measure_moves(schedule, done),
            "setup_cost": self._measure_setup_cost(schedule, done, heads),
            "overtime": self._measure_overtime(schedule, done, heads),
            "hold_pay": self._measure_hold_pay(schedule, done),
        }
        skip_cost = self._measure_skips(schedule)
        return Worth(
            num_unscheduled=num_lost,
            objective=self._weigh(parts) + skip_cost,
            skip_cost=skip_cost,
            **{PARTS[name]: value for name, value in parts.items()},  # type: ignore[arg-type]
        )

    @cached_property
    def _has_tasks(self) -> Bools:
        """Whether each job has a task."""
        result: Bools = np.bincount(self.problem.tasks.job, minlength=self.problem.num_jobs) > 0
        return result

    def _weigh(self, parts: dict[str, float]) -> float:
        aim = self.problem.objective
        if aim.order:
            return float(parts[aim.order[0]])
        return float(sum(weight * parts[name] for name in PARTS if (weight := getattr(aim, name))))

    @staticmethod
    def _from(start: Int64s, done: Bools) -> Int64s:
        """Starts, of what has none in the far future."""
        result: Int64s = np.where(done, start, FAR_FUTURE)
        return result

    def _last_ends(self, schedule: Schedule) -> Int64s:
        """End of each job's last scheduled task, whatever is unscheduled."""
        ends = np.zeros(self.problem.num_jobs, dtype=np.int64)
        np.maximum.at(ends, self.problem.tasks.job, schedule.end)
        return ends

    def _measure_dates(self, schedule: Schedule, ends: Int64s, lost: Bools | None) -> dict[str, float]:
        """Tardiness, number of late jobs and earliness; jobs of which nothing is done are never early."""
        if not self._has_dates and lost is None:
            return {"tardiness": 0.0, "num_late": 0, "earliness": 0.0}
        jobs, job = self.problem.jobs, self.problem.tasks.job
        gap = np.where(jobs.due < FAR_FUTURE, ends - jobs.due, 0)
        is_late = gap > 0
        is_worked = self._has_tasks
        if lost is not None:
            is_late[job[lost]] = True
        if lost is not None or (schedule.mode == SKIPPED).any():
            is_worked = np.bincount(job[schedule.mode >= 0], minlength=len(gap)) > 0
        weighted = jobs.weight * gap / HOUR
        return {
            "tardiness": float(weighted[gap > 0].sum()),
            "num_late": int(np.count_nonzero(is_late)),
            "earliness": float(-weighted[(gap < 0) & is_worked].sum()),
        }

    def _measure_moves(self, schedule: Schedule, done: Bools) -> dict[str, float]:
        """What differs from the previous schedule, of tasks that it had."""
        before = self.problem.previous
        moves: dict[str, float] = {"moved_hours": 0.0, "moved_tasks": 0, "changed_modes": 0}
        if len(before.start):
            gap = np.abs(schedule.start - before.start)[done & (before.start >= 0)]
            moves["moved_hours"] = float(gap.sum() / HOUR)
            moves["moved_tasks"] = int(np.count_nonzero(gap))
        if len(before.mode):
            moves["changed_modes"] = int(np.count_nonzero(done & (before.mode >= 0) & (schedule.mode != before.mode)))
        return moves

    def _measure_skips(self, schedule: Schedule) -> float:
        """Cost of what was left out, the rest of a choice not counted."""
        tasks = self.problem.tasks
        if not len(tasks.skip_cost):
            return 0.0
        out = schedule.mode == SKIPPED
        if len(tasks.choice):
            out &= tasks.choice_of_route < 0
        return float(tasks.skip_cost[out].sum())

    def _machines(self, schedule: Schedule, rows: Int64s) -> Int64s:
        """First resource of the mode of each of some scheduled tasks; -1 for none."""
        return self._first_resource[schedule.mode[rows]]

    @cached_property
    def _first_resource(self) -> Int64s:
        """First resource of each mode; -1 for none."""
        pointer = self.problem.modes.resource_ptr
        first = np.full(len(pointer) - 1, -1, dtype=np.int64)
        has = pointer[1:] > pointer[:-1]
        first[has] = self.problem.modes.resource[pointer[:-1][has]]
        return first

    def _find_heads(self, schedule: Schedule, done: Bools) -> Bools | None:
        """Scheduled tasks, one for each batch; None where nothing runs in batches."""
        is_batch = self.problem.resources.is_batch
        if not is_batch.any():
            return None
        rows = np.flatnonzero(done)
        machine = self._machines(schedule, rows)
        heads = done.copy()
        inside = (machine >= 0) & is_batch[machine]
        rows, machine = rows[inside], machine[inside]
        order = np.lexsort((schedule.end[rows], schedule.start[rows], machine))
        rows, machine = rows[order], machine[order]
        again = (machine[1:] == machine[:-1]) & (schedule.end[rows[1:]] > schedule.start[rows[1:]])
        again &= (schedule.start[rows[1:]] == schedule.start[rows[:-1]]) & (
            schedule.end[rows[1:]] == schedule.end[rows[:-1]]
        )
        heads[rows[1:][again]] = False
        return heads

    def _measure_setup_cost(self, schedule: Schedule, done: Bools, heads: Bools | None) -> float:
        """Money that the changes of family cost, in the order in which machines take their tasks."""
        setups, resources = self.problem.setups, self.problem.resources
        if not setups.cost.any():
            return 0.0
        rows = np.flatnonzero((done if heads is None else heads) & (self.problem.tasks.family >= 0))
        machine = self._machines(schedule, rows)
        matrix = np.where(machine >= 0, resources.setup_matrix[machine], -1)
        rows, machine, matrix = rows[matrix >= 0], machine[matrix >= 0], matrix[matrix >= 0]
        order = np.lexsort((schedule.end[rows], schedule.start[rows], machine))
        rows, machine, matrix = rows[order], machine[order], matrix[order]
        family = self.problem.tasks.family[rows]
        before = resources.initial_family[machine]
        same = machine[1:] == machine[:-1]
        before[1:][same] = family[:-1][same]
        # The last row of a matrix, which -1 reaches, is that of an unknown state.
        return float(setups.cost[matrix, before, family].sum())

    @cached_property
    def _overtime(self) -> tuple[Int64s, list[tuple[Int64s, Int64s, Int64s]]]:
        """Kind of overtime of each mode, -1 for none, and the intervals of each kind with what was worked before."""
        problem, book = self.problem, self.problem.calendars
        numbers, times = number_calendars(problem)
        machine = self._first_resource
        calendar = np.where(machine >= 0, problem.resources.calendar[machine], -1).astype(np.int64)
        code = np.where(calendar >= 0, (numbers + 1) * len(book.ptr) + calendar, -1)
        codes, where = np.unique(code, return_inverse=True)
        kinds: list[tuple[Int64s, Int64s, Int64s]] = []
        number = np.full(len(codes), -1, dtype=np.int64)
        for i, value in enumerate(codes):
            if value < 0:
                continue
            joined, own = divmod(int(value), len(book.ptr))
            is_over = book.is_overtime[book.ptr[own] : book.ptr[own + 1]]
            if is_over.any():
                hours = own_calendar(problem, own)
                extra = OpenTimes(hours.open_start[is_over], hours.open_end[is_over], hours.level[is_over])
                over = intersect_calendars([times[joined - 1], extra])
                pointer = np.array([0, len(over.level)], dtype=np.int64)
                kinds.append((over.open_start, over.open_end, count_worked(pointer, over.open_start, over.open_end)))
                number[i] = len(kinds) - 1
        return number[where.ravel()], kinds

    def _measure_overtime(self, schedule: Schedule, done: Bools, heads: Bools | None) -> float:
        """Hours of overtime while a task's mode is open, from its start to its end; a batch counts once."""
        if not self.problem.calendars.is_overtime.any():
            return 0.0
        numbers, kinds = self._overtime
        rows = np.flatnonzero(done if heads is None else heads)
        kind = numbers[schedule.mode[rows]]
        seconds = 0
        for number, (opens, closes, worked) in enumerate(kinds):
            mine = rows[kind == number]
            for moments, sign in ((schedule.end[mine], 1), (schedule.start[mine], -1)):
                k = np.searchsorted(opens, moments, side="right") - 1
                inside = np.where(k >= 0, worked[k] + np.minimum(moments, closes[k]) - opens[k], 0)
                seconds += sign * int(inside.sum())
        return seconds / HOUR

    def _measure_hold_pay(self, schedule: Schedule, done: Bools) -> float:
        """Pay of resources from the start of the first task that holds each to the end of the last."""
        problem, pay = self.problem, self.problem.resources.hold_pay
        if not pay.any():
            return 0.0
        modes, rows = problem.modes, np.flatnonzero(done)
        mode = schedule.mode[rows]
        sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
        entry = np.repeat(modes.resource_ptr[mode] - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
        held, owner = modes.resource[entry], np.repeat(rows, sizes)
        if len(schedule.team):
            filled = schedule.team >= 0
            held = np.concatenate((held, schedule.team[filled]))
            owner = np.concatenate((owner, self._heads_of[filled]))
        first = np.full(problem.num_resources, FAR_FUTURE, dtype=np.int64)
        last = np.zeros(problem.num_resources, dtype=np.int64)
        np.minimum.at(first, held, schedule.start[owner])
        np.maximum.at(last, held, schedule.end[owner])
        is_held = first < FAR_FUTURE
        return float((pay * (last - first))[is_held].sum() / HOUR)

    @cached_property
    def _heads_of(self) -> Int64s:
        """Task of each head in a schedule's team."""
        skills = self.problem.skills
        return np.repeat(np.repeat(np.arange(self.problem.num_tasks), np.diff(skills.task_ptr)), skills.count)
