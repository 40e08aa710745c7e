"""Judge whether each task has a place at all: enough units, and calendars that are open long enough at once."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.calendars import OpenTimes
from drumbeat.scheduling.engine.check_report import Inspection
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.shop import number_calendars


def check_fit(inspection: Inspection) -> None:
    """Warn of tasks that no mode has the units for, or the open time after the task's release."""
    problem = inspection.problem
    modes, resources, tasks, book = problem.modes, problem.resources, problem.tasks, problem.calendars
    if not problem.num_tasks:
        return
    owner = np.repeat(np.arange(len(modes.run_seconds)), np.diff(modes.resource_ptr))
    peak = np.zeros(len(book.ptr), dtype=np.int64)
    np.maximum.at(peak[:-1], np.repeat(np.arange(len(book.ptr) - 1), np.diff(book.ptr)), book.level)
    peak[-1] = 1  # reached by -1: always open
    lacks = np.zeros(len(modes.run_seconds), dtype=bool)
    # A calendar that is never open is told as such.
    at_hand = resources.capacity * np.maximum(peak, 1)[resources.calendar]
    lacks[owner[modes.units > at_hand[modes.resource]]] = True
    first, free = modes.task_ptr[:-1], tasks.fixed_start < 0
    never = np.logical_and.reduceat(lacks, first)
    rule = "a task asks for no more units of a resource than there ever are"
    inspection.report("task", rule, "Ask for less, or add capacity", tasks.keys, never & free, "warning")
    short = lacks | _find_short(inspection)
    closed = np.logical_and.reduceat(short, first) & ~never & free
    rule = "the calendars of what a task holds are open long enough for it"
    remedy = "Open the calendar for longer, split the task, or let it pause"
    inspection.report("task", rule, remedy, tasks.keys, closed, "warning")


def _find_short(inspection: Inspection) -> Bools:
    """Modes whose resources are never open at once for as long as the task takes, after its release."""
    problem = inspection.problem
    modes, tasks = problem.modes, problem.tasks
    short = np.zeros(len(modes.run_seconds), dtype=bool)
    if (problem.resources.calendar < 0).all():
        return short
    numbers, times = number_calendars(problem)
    work = modes.run_seconds + modes.setup_seconds
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    release = np.maximum(tasks.release, problem.jobs.release[tasks.job])[task_of]
    order = np.argsort(numbers, kind="stable")
    edges = np.searchsorted(numbers[order], np.arange(len(times) + 1))
    for c, hours in enumerate(times):
        rows = order[edges[c] : edges[c + 1]]
        if len(rows):
            total, longest = _measure_room(hours, release[rows])
            short[rows] = work[rows] > np.where(tasks.can_pause[task_of[rows]], total, longest)
    return short


def _measure_room(hours: OpenTimes, moments: Int64s) -> tuple[Int64s, Int64s]:
    """Open seconds after each moment, and the longest stretch of them; -1 where nothing is ever open."""
    if hours.is_never_open:
        never = np.full(len(moments), -1, dtype=np.int64)
        return never, never
    opens, closes = hours.open_start, hours.open_end
    length = closes - opens
    after = np.append(np.cumsum(length[::-1])[::-1], 0)
    longest = np.append(np.maximum.accumulate(length[::-1])[::-1], 0)
    k = np.searchsorted(closes, moments, side="right")
    inside = k < len(opens)
    here = np.minimum(k, len(opens) - 1)
    rest = np.where(inside, closes[here] - np.maximum(moments, opens[here]), 0)
    following = np.minimum(k + 1, len(opens))
    total = np.minimum(rest + after[following], FAR_FUTURE)
    return np.where(inside, total, -1), np.where(inside, np.maximum(rest, longest[following]), -1)
