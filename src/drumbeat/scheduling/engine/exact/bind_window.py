"""What ties a window's tasks to those that stay where they are."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.exact.lay_out_windows import Layout
from drumbeat.scheduling.engine.exact.model import CpsatModel
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Problem
from drumbeat.scheduling.engine.result import Schedule


def bind_window(
    made: CpsatModel,
    problem: Problem,
    layout: Layout,
    schedule: Schedule,
    rows: Int64s,
    mode_rows: Int64s,
    free: Bools,
    tail: Bools,
    queues: Bools,
) -> None:
    """Tie a window to what is around it: links, what follows, and machines that it may not enter.

    Parameters
    ----------
    made
        The model of the window's tasks.
    problem, layout, schedule
        The whole, and where all is.
    rows, mode_rows
        Tasks and modes of the window.
    free, tail
        Shape (T,): tasks set free, and those that only move in time.
    queues
        Shape (T,): tasks that wait for their turn on a machine: what takes no time and needs no setup does not.
    """
    model, unit = made.model, made.unit
    place = {task: i for i, task in enumerate(rows.tolist())}
    machine = np.where(schedule.mode >= 0, layout.machine[schedule.mode], -1)
    entered = np.unique(machine[free])
    for i, mode in enumerate(mode_rows.tolist()):
        m = int(layout.machine[mode])
        if m >= 0 and layout.sequenced[m] and m not in entered and free[rows[int(made.owner[i])]]:
            model.add(made.mode_present[i] == 0)
    for task, i in place.items():
        if not (free[task] or tail[task]):
            model.add(made.end[i] <= int(schedule.end[task]) // unit)
    for i, mode in enumerate(mode_rows.tolist()):
        task = int(rows[int(made.owner[i])])
        if tail[task] and mode != schedule.mode[task]:
            model.add(made.mode_present[i] == 0)
    _keep_queues(made, problem, schedule, rows, (queues & ~free)[rows])
    for m in entered[entered >= 0].tolist():
        if layout.sequenced[m]:
            _stay_between(made, layout, schedule, m, rows, free, queues)
    links = problem.links
    crossing = np.flatnonzero(np.isin(links.before, rows) != np.isin(links.after, rows))
    held = np.flatnonzero(np.isin(links.before, rows) & np.isin(links.after, rows[~(free | tail)[rows]]))
    for e in np.concatenate((crossing, held)).tolist():
        _bind_link(made, problem, schedule, place, e)


def _stay_between(
    made: CpsatModel,
    layout: Layout,
    schedule: Schedule,
    machine: int,
    rows: Int64s,
    free: Bools,
    queues: Bools,
) -> None:
    """Keep the free tasks of a machine after those before them, and before those that follow."""
    place = {task: i for i, task in enumerate(rows.tolist())}
    on = np.flatnonzero(queues & (layout.machine[schedule.mode] == machine))
    if not free[on].any():
        return
    first = int(schedule.start[on[free[on]]].min())
    is_earlier = (schedule.start[on] <= first) & ~free[on]
    frozen = [task for task in on[is_earlier].tolist() if task not in place]
    begins = [int(schedule.end[frozen].max(initial=0)) // made.unit]
    begins += [made.end[place[task]] for task in on[is_earlier].tolist() if task in place]
    later = [made.start[place[task]] for task in on[~is_earlier].tolist() if task in place and not free[task]]
    for i, literal in enumerate(made.mode_present):
        task = int(made.owner[i])
        if made.machine(i) != machine or not free[rows[task]]:
            continue
        for begin in begins:
            made.model.add(made.start[task] >= begin).only_enforce_if(literal)
        for follower in later:
            made.model.add(made.end[task] <= follower).only_enforce_if(literal)


def _keep_queues(made: CpsatModel, problem: Problem, schedule: Schedule, rows: Int64s, queued: Bools) -> None:
    """Keep the order of tasks that are not free on each resource that does one at a time."""
    modes, is_single = problem.modes, problem.resources.capacity == 1
    if len(problem.calendars.level):
        is_single &= (problem.resources.calendar < 0) | (problem.calendars.level.max() == 1)
    last: dict[int, int] = {}
    for i in np.flatnonzero(queued)[np.argsort(schedule.start[rows[queued]], kind="stable")].tolist():
        mode = int(schedule.mode[rows[i]])
        for resource in modes.resource[modes.resource_ptr[mode] : modes.resource_ptr[mode + 1]].tolist():
            if is_single[resource]:
                if resource in last:
                    made.model.add(made.start[i] >= made.end[last[resource]])
                last[resource] = i


def _bind_link(made: CpsatModel, problem: Problem, schedule: Schedule, place: dict[int, int], e: int) -> None:
    """Keep a link to or from a task that does not move."""
    links, unit = problem.links, made.unit
    before, after, kind = int(links.before[e]), int(links.after[e]), int(links.kind[e])
    if problem.tasks.fixed_start[after] >= 0 or schedule.mode[before] < 0 or schedule.mode[after] < 0:
        return
    literals = [made.present[place[task]] for task in (before, after) if task in place]
    from_end, to_start = kind in (FINISH_START, FINISH_FINISH), kind in (FINISH_START, START_START)
    if before in place:
        first = made.end[place[before]] if from_end else made.start[place[before]]
    else:
        first = int(schedule.end[before] if from_end else schedule.start[before]) // unit
    if after in place:
        last = made.start[place[after]] if to_start else made.end[place[after]]
    else:
        last = int(schedule.start[after] if to_start else schedule.end[after]) // unit
    if isinstance(first, int) and isinstance(last, int):
        return
    made.model.add(first + int(links.lag[e]) // unit <= last).only_enforce_if(literals)
    if len(links.most) and links.most[e] < FAR_FUTURE:
        made.model.add(last <= first + int(links.most[e]) // unit).only_enforce_if(literals)
