"""Judge durations: work goes on while all that it holds is open, and pauses or may not while anything is closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.check_evidence import Evidence
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem


def measure_levels(problem: Problem, calendar: int, cuts: Int64s) -> Int64s:
    """Return the level of a calendar from each cut to the next; the cuts contain all its bounds."""
    if calendar < 0:
        return np.ones(len(cuts), dtype=np.int64)
    book = problem.calendars
    span = slice(book.ptr[calendar], book.ptr[calendar + 1])
    change = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(change, np.searchsorted(cuts, book.open_start[span]), book.level[span])
    np.add.at(change, np.searchsorted(cuts, book.open_end[span]), -book.level[span].astype(np.int64))
    return np.cumsum(change)


def find_bounds(problem: Problem, calendars: list[int]) -> Int64s:
    """Return 0, the far future and all moments between them at which one of the calendars opens or closes."""
    book = problem.calendars
    parts = [np.array([0, FAR_FUTURE], dtype=np.int64)]
    for calendar in calendars:
        if calendar >= 0:
            span = slice(book.ptr[calendar], book.ptr[calendar + 1])
            parts += [book.open_start[span], book.open_end[span]]
    return np.unique(np.concatenate(parts))


@dataclass(frozen=True)
class Hours:
    """When several calendars are open at once: from each cut to the next or not, and the seconds worked before it."""

    cuts: Int64s
    is_open: Bools
    before: Int64s

    @classmethod
    def of(cls, problem: Problem, needs: list[tuple[int, int]]) -> Hours:
        """Join calendars, each with the least level that is needed."""
        cuts = find_bounds(problem, [calendar for calendar, _ in needs])
        is_open = np.ones(len(cuts), dtype=bool)
        for calendar, level in needs:
            is_open &= measure_levels(problem, calendar, cuts) >= level
        is_open[-1] = False
        lengths = np.where(is_open[:-1], np.diff(cuts), 0)
        return cls(cuts, is_open, np.concatenate(([0], np.cumsum(lengths))))

    def is_open_at(self, moment: Int64s) -> Bools:
        """Return whether each moment is open."""
        result: Bools = self.is_open[np.searchsorted(self.cuts, moment, side="right") - 1]
        return result

    def worked(self, moment: Int64s) -> Int64s:
        """Return the seconds worked from 0 to each moment."""
        k = np.searchsorted(self.cuts, moment, side="right") - 1
        result: Int64s = self.before[k] + np.where(self.is_open[k], moment - self.cuts[k], 0)
        return result

    def reach(self, worked: Int64s) -> Int64s:
        """Return the first moment by which so much is worked; the far future where it never is."""
        k = np.searchsorted(self.before, worked, side="left")
        last = np.minimum(k, len(self.cuts) - 1)
        moment = self.cuts[last] - (self.before[last] - worked)
        result: Int64s = np.where(k < len(self.cuts), moment, FAR_FUTURE)
        return result

    def next_open(self, moment: Int64s) -> Int64s:
        """Return the first open moment at or after each; the far future where there is none."""
        opens = np.append(self.cuts[self.is_open], FAR_FUTURE)
        following = opens[np.searchsorted(opens, np.minimum(moment, FAR_FUTURE), side="left")]
        result: Int64s = np.where(self.is_open_at(moment), moment, following)
        return result


def _number_needs(evidence: Evidence, with_crews: bool) -> tuple[Int64s, list[list[tuple[int, int]]]]:
    """Number the sets of (calendar, least level) that tasks need at once; all of a batch need what one of it needs."""
    problem, held = evidence.problem, evidence.holds
    resources = problem.resources
    level = -(-held.units // resources.capacity[held.resource])
    owner, calendar = evidence.batch[held.task], resources.calendar[held.resource].astype(np.int64)
    if with_crews:
        tasks = np.flatnonzero(find_setup_crews(evidence) >= 0)
        owner = np.concatenate((owner, evidence.batch[tasks]))
        calendar = np.concatenate((calendar, resources.calendar[find_setup_crews(evidence)[tasks]].astype(np.int64)))
        level = np.concatenate((level, np.ones(len(tasks), dtype=np.int64)))
    binds = (calendar >= 0) | (level > 1)
    owner, calendar, level = owner[binds], calendar[binds], level[binds]
    size = int(level.max(initial=1)) + 1
    kinds, kind = np.unique((calendar + 1) * size + level, return_inverse=True)
    pairs = np.unique(owner * (len(kinds) + 1) + kind.ravel())
    owner, kind = pairs // (len(kinds) + 1), pairs % (len(kinds) + 1)
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    number = np.zeros(problem.num_tasks, dtype=np.int64)
    sets: list[list[tuple[int, int]]] = [[]]
    for p in range(int(place.max(initial=-1)) + 1):
        at = place == p
        codes, where = np.unique(number[owner[at]] * len(kinds) + kind[at], return_inverse=True)
        number[owner[at]] = len(sets) + where.ravel()
        for code in codes.tolist():
            known, added = divmod(code, len(kinds))
            value = int(kinds[added])
            sets.append([*sets[known], (value // size - 1, value % size)])
    return number[evidence.batch], sets


def find_setup_crews(evidence: Evidence) -> Int64s:
    """Return the crew that sets each task up, shape (T,); -1 for none."""
    crew = evidence.problem.resources.setup_crew
    has = (evidence.machine >= 0) & evidence.done & (evidence.schedule.setup_seconds > 0)
    if not len(crew):
        return np.full(len(has), -1, dtype=np.int64)
    result: Int64s = np.where(has, crew[evidence.machine], -1).astype(np.int64)
    return result


@dataclass(frozen=True)
class Phases:
    """Moments of each task: the end of its setup, and the start of its run; shape (T,) each, -1 where not scheduled."""

    setup_end: Int64s
    run_start: Int64s


def check_hours(evidence: Evidence) -> Phases:
    """Check that tasks start while open and last as long as they must; return when each setup ends and run starts."""
    schedule, problem = evidence.schedule, evidence.problem
    setup_end, run_start = schedule.start.copy(), schedule.start.copy()
    numbers, sets = _number_needs(evidence, False)
    has_crews = bool((find_setup_crews(evidence) >= 0).any())
    setup_numbers, setup_sets = _number_needs(evidence, True) if has_crews else (numbers, sets)
    work = np.where(evidence.done, schedule.setup_seconds + evidence.run, 0)
    verdict = {name: np.zeros(problem.num_tasks, dtype=bool) for name in ("closed", "wrong", "paused")}
    code = numbers * len(setup_sets) + setup_numbers
    rows = np.flatnonzero(evidence.done)
    rows = rows[np.argsort(code[rows], kind="stable")]
    for mine in np.split(rows, np.flatnonzero(np.diff(code[rows])) + 1):
        if not len(mine):
            continue
        hours = Hours.of(problem, sets[numbers[mine[0]]])
        has_other = has_crews and setup_sets[setup_numbers[mine[0]]] != sets[numbers[mine[0]]]
        at_setup = Hours.of(problem, setup_sets[setup_numbers[mine[0]]]) if has_other else hours
        _judge(evidence, mine, hours, at_setup, verdict)
        setup = schedule.setup_seconds[mine]
        reached = at_setup.reach(at_setup.worked(schedule.start[mine]) + setup)
        setup_end[mine] = np.where(setup > 0, reached, schedule.start[mine])
        run_start[mine] = np.where(evidence.run[mine] > 0, hours.next_open(setup_end[mine]), setup_end[mine])
    # Where a task is wrong, what follows from its phases is told no worse than it is.
    setup_end, run_start = np.minimum(setup_end, schedule.end), np.minimum(run_start, schedule.end)
    keys, tasks = problem.tasks.keys, problem.tasks

    def span(t: int) -> str:
        return f"from {schedule.start[t]} to {schedule.end[t]}, work {work[t]} s"

    rule = "a task starts while all that it holds is open"
    evidence.report("task", rule, keys, verdict["closed"], lambda t: f"at {schedule.start[t]}")
    rule = "a task's end less its start is its setup and run time, pauses while closed left out"
    evidence.report("task", rule, keys, verdict["wrong"], span)
    evidence.report("task", "a task that may not pause runs through", keys, verdict["paused"] & ~tasks.can_pause, span)
    return Phases(setup_end, run_start)


def _judge(evidence: Evidence, rows: Int64s, hours: Hours, at_setup: Hours, verdict: dict[str, Bools]) -> None:
    """Judge tasks that work in the same hours: `at_setup` while they are set up, `hours` while they run."""
    schedule = evidence.schedule
    start, end = schedule.start[rows], schedule.end[rows]
    setup, run = schedule.setup_seconds[rows], evidence.run[rows]
    need = setup + run
    free = evidence.free[rows]
    is_open = np.where(setup > 0, at_setup.is_open_at(start), hours.is_open_at(start))
    verdict["closed"][rows] = free & ~is_open
    if at_setup is hours:
        done = hours.worked(start)
        spent, late_end = hours.worked(end) - done, (need > 0) & (hours.worked(end - 1) - done >= need)
        can_end = hours.worked(np.full(len(rows), FAR_FUTURE, np.int64)) - done >= need
    else:
        ready = np.where(setup > 0, at_setup.reach(at_setup.worked(start) + setup), start)
        done = hours.worked(ready)
        spent = np.where(end < ready, -1, setup + hours.worked(end) - done)
        late_end = np.where(run > 0, hours.worked(end - 1) - done >= run, end > ready)
        can_end = (ready < FAR_FUTURE) & (hours.worked(np.full(len(rows), FAR_FUTURE, np.int64)) - done >= run)
    # Where a fixed task outlasts its calendars, it works on.
    outlasts = ~free & ~can_end
    wrong = (spent != need) | late_end | (end < start) | ((need == 0) & free & (end != start))
    verdict["wrong"][rows] = wrong & ~outlasts
    verdict["paused"][rows] = free & (end - start != need)
