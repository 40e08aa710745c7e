"""Windows: some tasks of a schedule set free, all others staying where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.exact.bind_window import bind_window
from drumbeat.scheduling.engine.exact.cut_problem import keep_tasks, slice_ragged
from drumbeat.scheduling.engine.exact.lay_out_windows import Layout
from drumbeat.scheduling.engine.exact.model import CpsatModel, Outside, begin_window
from drumbeat.scheduling.engine.problem import Problem, Tasks
from drumbeat.scheduling.engine.result import Schedule


@dataclass(frozen=True, slots=True)
class Window:
    """Some tasks of a schedule as a model.

    Parameters
    ----------
    made
        The model, without an objective.
    rows
        Its tasks; those that only follow on a machine whose setups depend on the order are fixed in it.
    mode_rows
        Its modes.
    """

    made: CpsatModel
    rows: Int64s
    mode_rows: Int64s


def cut_window(
    problem: Problem, layout: Layout, schedule: Schedule, chosen: Bools, reach: int, tail: Bools
) -> Window | None:
    """Set tasks of a schedule free.

    Parameters
    ----------
    problem, layout, schedule
        A feasible schedule.
    chosen
        Shape (T,): the tasks wished for; on machines whose setups depend on the order, all between the first and the
        last of them come with them, and the next one follows.
    reach
        Seconds after their last end by which they may end.
    tail
        Shape (T,): tasks that may move in time, but keep their mode and their order on each machine: the queues that
        come after the window, without which nothing in it could become later.

    Returns
    -------
    Window or None
        None where nothing can be set free.
    """
    queues = (schedule.mode >= 0) & ((schedule.end > schedule.start) | (problem.tasks.family >= 0))
    free, follower = _close_over(layout, schedule, chosen, queues)
    if not free.any():
        return None
    tail = tail & layout.movable & (schedule.mode >= 0) & ~free
    inside = free | follower | tail
    rows = np.flatnonzero(inside)
    small = keep_tasks(problem, rows)
    _, mode_rows = slice_ragged(problem.modes.task_ptr, rows)
    new_mode = np.full(len(problem.modes.run_seconds), -1, dtype=np.int32)
    new_mode[mode_rows] = np.arange(len(mode_rows))
    hint = _take_rows(problem, layout, schedule, rows, new_mode)
    fixed = (follower & ~tail)[rows]
    tasks = replace(
        _keep_choices(small.tasks),
        fixed_start=np.where(fixed, hint.start, small.tasks.fixed_start),
        fixed_mode=np.where(fixed, hint.mode, small.tasks.fixed_mode).astype(np.int32),
    )
    floor = max(int(schedule.start[free | tail].min()) - reach, 0)
    horizon = int(schedule.end[inside].max()) + reach
    outside = _look_outside(problem, layout, schedule, inside, floor, horizon)
    resources = replace(small.resources, initial_family=_families_before(problem, layout, schedule, free))
    small = replace(small, tasks=tasks, resources=resources, **_cut_stock(problem, schedule, inside, floor))
    small = _settle_setups(small, hint, (tail & ~follower)[rows])
    from drumbeat.scheduling.engine.exact.build_model import fill_model

    made = begin_window(small, hint, outside, horizon)
    fill_model(made)
    bind_window(made, problem, layout, schedule, rows, mode_rows, free, tail, queues)
    return Window(made, rows, mode_rows)


def _keep_choices(tasks: Tasks) -> Tasks:
    """Have all of a choice that is in a window done: the others are not in it."""
    if not len(tasks.choice):
        return tasks
    skip = np.where(tasks.choice >= 0, np.inf, tasks.skip_cost) if len(tasks.skip_cost) else tasks.skip_cost
    return replace(tasks, choice=tasks.choice[:0], goes_with=tasks.goes_with[:0], skip_cost=skip)


def _close_over(layout: Layout, schedule: Schedule, chosen: Bools, queues: Bools) -> tuple[Bools, Bools]:
    """Tasks to be set free, and those that follow them on machines whose setups depend on the order.

    What takes no time and needs no setup does not queue: it may lie inside another task.
    """
    free = chosen & layout.movable & (schedule.mode >= 0)
    follower = np.zeros_like(free)
    machine = np.where(schedule.mode >= 0, layout.machine[schedule.mode], -1)
    for m in np.unique(machine[free]).tolist():
        if m < 0 or not layout.sequenced[m]:
            continue
        mine = np.flatnonzero((machine == m) & queues)
        mine = mine[np.lexsort((schedule.end[mine], schedule.start[mine]))]
        places = np.flatnonzero(free[mine])
        if not len(places):
            continue
        between = mine[places[0] : places[-1] + 1]
        if not layout.movable[between].all():
            free[between] = False
            continue
        free[between] = True
        follower[mine[places[-1] + 1 : places[-1] + 2]] = True
    return free, follower & ~free


def _families_before(problem: Problem, layout: Layout, schedule: Schedule, free: Bools) -> Any:
    """Family that each machine is set up for before its first free task."""
    before = problem.resources.initial_family.copy()
    machine = np.where(schedule.mode >= 0, layout.machine[schedule.mode], -1)
    for m in np.flatnonzero(layout.sequenced).tolist():
        mine = np.flatnonzero((machine == m) & (problem.tasks.family >= 0))
        if not free[mine].any():
            continue
        mine = mine[np.lexsort((schedule.end[mine], schedule.start[mine]))]
        first = int(np.flatnonzero(free[mine])[0])
        if first:
            before[m] = problem.tasks.family[mine[first - 1]]
    return before


def _take_rows(problem: Problem, layout: Layout, schedule: Schedule, rows: Int64s, new_mode: Any) -> Schedule:
    team = schedule.team
    if len(team):
        is_in = np.zeros(problem.num_tasks, dtype=bool)
        is_in[rows] = True
        team = team[is_in[layout.head_task]]
    return Schedule(
        new_mode[schedule.mode[rows]], schedule.start[rows], schedule.setup_seconds[rows], schedule.end[rows], team
    )


def _settle_setups(small: Problem, hint: Schedule, tail: Bools) -> Problem:
    """Give the tasks of the tail, whose order stays, the setups that they have; the order sets those of the others."""
    setup, family = small.modes.setup_seconds.copy(), small.tasks.family.copy()
    rows = np.flatnonzero(tail)
    setup[hint.mode[rows]] = hint.setup_seconds[rows]
    family[rows] = -1
    return replace(small, modes=replace(small.modes, setup_seconds=setup), tasks=replace(small.tasks, family=family))


def _look_outside(
    problem: Problem, layout: Layout, schedule: Schedule, inside: Bools, floor: int, horizon: int
) -> Outside:
    """What tasks outside hold between two moments, and how far those of the same jobs reach."""
    modes, resources = problem.modes, problem.resources
    rows = np.flatnonzero(~inside & (schedule.mode >= 0))
    pointer, entries = slice_ragged(modes.resource_ptr, schedule.mode[rows].astype(np.int64))
    task = np.repeat(rows, np.diff(pointer))
    held, units = modes.resource[entries].astype(np.int64), modes.units[entries].astype(np.int64)
    start, end = schedule.start[task], schedule.end[task]
    if len(resources.setup_crew):
        machine = layout.machine[schedule.mode[rows]]
        crew = np.where(machine >= 0, resources.setup_crew[machine], -1)
        sets_up = (crew >= 0) & (schedule.setup_seconds[rows] > 0)
        # A crew that pauses is held at most to the end of its task.
        until = np.where(
            (resources.calendar >= 0).any(), schedule.end[rows], schedule.start[rows] + schedule.setup_seconds[rows]
        )
        held = np.concatenate((held, crew[sets_up]))
        units = np.concatenate((units, np.ones(int(sets_up.sum()), dtype=np.int64)))
        start, end = np.concatenate((start, schedule.start[rows][sets_up])), np.concatenate((end, until[sets_up]))
    if len(schedule.team):
        at_work = (schedule.team >= 0) & ~inside[layout.head_task]
        held = np.concatenate((held, schedule.team[at_work]))
        units = np.concatenate((units, np.ones(int(at_work.sum()), dtype=np.int64)))
        start = np.concatenate((start, schedule.start[layout.head_task[at_work]]))
        end = np.concatenate((end, schedule.end[layout.head_task[at_work]]))
    busy = (end > start) & (end > floor) & (start < horizon)
    blocks = list(zip(held[busy].tolist(), start[busy].tolist(), end[busy].tolist(), units[busy].tolist(), strict=True))
    outside = Outside(floor=floor, blocks=blocks, last_end=int(schedule.end[rows].max(initial=0)))
    is_mine = np.zeros(problem.num_jobs, dtype=bool)
    is_mine[problem.tasks.job[inside]] = True
    near = rows[is_mine[problem.tasks.job[rows]]]
    for job, first, last in zip(
        problem.tasks.job[near].tolist(), schedule.start[near].tolist(), schedule.end[near].tolist(), strict=True
    ):
        outside.job_end[job] = max(outside.job_end.get(job, 0), last)
        outside.job_start[job] = min(outside.job_start.get(job, first), first)
    if problem.resources.hold_pay.any():
        for resource, first, last in zip(held.tolist(), start.tolist(), end.tolist(), strict=True):
            outside.held_from[resource] = min(outside.held_from.get(resource, first), first)
            outside.held_until[resource] = max(outside.held_until.get(resource, 0), last)
    return outside


def _cut_stock(problem: Problem, schedule: Schedule, inside: Bools, floor: int) -> dict[str, Any]:
    """Materials and budgets as they are for the window: what happens outside it is an event, or happened before."""
    materials, budgets = problem.materials, problem.budgets
    cut: dict[str, Any] = {}
    if len(materials.task_ptr):
        pointer, entries = slice_ragged(materials.task_ptr, np.flatnonzero(inside))
        task = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
        own = ~inside[task] & (schedule.mode[task] >= 0)
        taken = materials.quantity < 0
        moment = np.where(taken, schedule.start[task], schedule.end[task])[own]
        material = np.concatenate((materials.receipt_material, materials.material[own]))
        amount = np.concatenate((materials.receipt_quantity, materials.quantity[own]))
        moment = np.concatenate((np.maximum(materials.receipt_time, 0), moment))
        wanted = np.isin(material, materials.material[entries])
        past = moment < floor
        stock = materials.stock + np.bincount(material[past], weights=amount[past], minlength=len(materials.stock))
        later = ~past & wanted
        cut["materials"] = replace(
            materials,
            stock=np.maximum(stock, 0.0),
            task_ptr=pointer,
            material=materials.material[entries],
            quantity=materials.quantity[entries],
            receipt_material=material[later].astype(np.int32),
            receipt_time=moment[later],
            receipt_quantity=amount[later],
        )
    if len(budgets.mode_ptr):
        chosen = schedule.mode[~inside & (schedule.mode >= 0)].astype(np.int64)
        _, entries = slice_ragged(budgets.mode_ptr, chosen)
        spent = np.bincount(budgets.budget[entries], weights=budgets.taken[entries], minlength=len(budgets.amount))
        small = keep_tasks(problem, np.flatnonzero(inside)).budgets
        cut["budgets"] = replace(small, amount=budgets.amount - spent.astype(np.int64))
    return cut


def merge_window(problem: Problem, layout: Layout, schedule: Schedule, window: Window, found: Schedule) -> Schedule:
    """Return a schedule with the tasks of a window where they were found to be best."""
    rows = window.rows
    mode, start = schedule.mode.copy(), schedule.start.copy()
    setup, end, team = schedule.setup_seconds.copy(), schedule.end.copy(), schedule.team.copy()
    done = found.mode >= 0
    mode[rows] = np.where(done, window.mode_rows[np.maximum(found.mode, 0)], found.mode)
    start[rows], setup[rows], end[rows] = found.start, found.setup_seconds, found.end
    if len(team):
        is_in = np.zeros(problem.num_tasks, dtype=bool)
        is_in[rows] = True
        team[is_in[layout.head_task]] = found.team
    return Schedule(mode, start, setup, end, team)
