"""Windows: some tasks of a schedule set free, all others staying where they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.exact.cut_problem import keep_tasks, slice_ragged
from drumbeat.scheduling.engine.exact.model import CpsatModel, Outside, begin_window
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Problem
from drumbeat.scheduling.engine.result import Schedule


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a problem windows need to know, found once.

    Parameters
    ----------
    movable
        Shape (T,): whether a task can be set free at all: it is not fixed, in no oven, campaign, order group or choice,
        and touches no tank.
    sequenced
        Shape (R,): whether a machine's setups depend on the order.
    machine
        Shape (M,): first resource of each mode, -1 for none.
    head_task
        Task of each head in a team.
    """

    movable: Bools
    sequenced: Bools
    machine: Int64s
    head_task: Int64s


def lay_out_windows(problem: Problem) -> Layout:
    """Find which tasks can be set free, and on which machines the order matters."""
    modes, resources, tasks = problem.modes, problem.resources, problem.tasks
    size = problem.num_resources
    apart = np.zeros(size, dtype=bool)
    for column, nothing in (
        (resources.is_batch, False),
        (resources.order_group, -1),
        (resources.most_campaign, FAR_FUTURE),
    ):
        if len(column):
            apart |= column != nothing
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    entry_task = np.repeat(task_of, np.diff(modes.resource_ptr))
    movable = tasks.fixed_start < 0
    movable[entry_task[apart[modes.resource]]] = False
    if len(tasks.choice):
        movable &= tasks.choice < 0
    if len(problem.materials.most) and len(problem.materials.task_ptr):
        user = np.repeat(np.arange(problem.num_tasks), np.diff(problem.materials.task_ptr))
        movable[user[np.isfinite(problem.materials.most)[problem.materials.material]]] = False
    machine = np.full(len(modes.run_seconds), -1, dtype=np.int64)
    has = np.diff(modes.resource_ptr) > 0
    machine[has] = modes.resource[modes.resource_ptr[:-1][has]]
    matters = np.array([bool(matrix.any()) for matrix in problem.setups.seconds], dtype=bool)
    if len(problem.setups.cost):
        matters |= np.array([bool(matrix.any()) for matrix in problem.setups.cost], dtype=bool)
    sequenced = np.zeros(size, dtype=bool)
    own = resources.setup_matrix >= 0
    sequenced[own] = matters[resources.setup_matrix[own]]
    skills = problem.skills
    heads = np.zeros(0, dtype=np.int64)
    if len(skills.count):
        heads = np.repeat(np.repeat(np.arange(problem.num_tasks), np.diff(skills.task_ptr)), skills.count)
    return Layout(movable, sequenced, machine, heads)


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
    free, follower = _close_over(layout, schedule, chosen)
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
        small.tasks,
        fixed_start=np.where(fixed, hint.start, small.tasks.fixed_start),
        fixed_mode=np.where(fixed, hint.mode, small.tasks.fixed_mode).astype(np.int32),
    )
    outside = _look_outside(problem, layout, schedule, inside)
    floor = int(schedule.start[free | tail].min()) - reach
    outside = replace(outside, floor=max(floor, 0), blocks=[b for b in outside.blocks if b[2] > floor])
    resources = replace(small.resources, initial_family=_families_before(problem, layout, schedule, free))
    horizon = int(schedule.end[inside].max()) + reach
    outside = replace(outside, blocks=[b for b in outside.blocks if b[1] < horizon])
    small = replace(small, tasks=tasks, resources=resources, **_cut_stock(problem, schedule, inside, floor))
    small = _settle_setups(small, hint, (tail & ~follower)[rows])
    from drumbeat.scheduling.engine.exact.build_model import fill_model

    made = begin_window(small, hint, outside, horizon)
    fill_model(made)
    _bind(made, problem, layout, schedule, rows, mode_rows, free, tail)
    return Window(made, rows, mode_rows)


def _close_over(layout: Layout, schedule: Schedule, chosen: Bools) -> tuple[Bools, Bools]:
    """Tasks to be set free, and those that follow them on machines whose setups depend on the order."""
    free = chosen & layout.movable & (schedule.mode >= 0)
    follower = np.zeros_like(free)
    machine = np.where(schedule.mode >= 0, layout.machine[schedule.mode], -1)
    for m in np.unique(machine[free]).tolist():
        if m < 0 or not layout.sequenced[m]:
            continue
        mine = np.flatnonzero(machine == m)
        mine = mine[np.lexsort((schedule.end[mine], schedule.start[mine]))]
        places = np.flatnonzero(free[mine])
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


def _look_outside(problem: Problem, layout: Layout, schedule: Schedule, inside: Bools) -> Outside:
    """What tasks outside hold, and how far they reach."""
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
    busy = end > start
    blocks = list(zip(held[busy].tolist(), start[busy].tolist(), end[busy].tolist(), units[busy].tolist(), strict=True))
    outside = Outside(blocks=blocks, last_end=int(schedule.end[rows].max(initial=0)))
    for job, first, last in zip(
        problem.tasks.job[rows].tolist(), schedule.start[rows].tolist(), schedule.end[rows].tolist(), strict=True
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


def _bind(
    made: CpsatModel,
    problem: Problem,
    layout: Layout,
    schedule: Schedule,
    rows: Int64s,
    mode_rows: Int64s,
    free: Bools,
    tail: Bools,
) -> None:
    """Tie the window to what is around it: links, what follows, and machines that it may not enter."""
    model, unit = made.model, made.unit
    place = {task: i for i, task in enumerate(rows.tolist())}
    machine = np.where(schedule.mode >= 0, layout.machine[schedule.mode], -1)
    entered = np.unique(machine[free])
    for i, mode in enumerate(mode_rows.tolist()):
        m = int(layout.machine[mode])
        if m >= 0 and layout.sequenced[m] and m not in entered and not isinstance(made.start[int(made.owner[i])], int):
            model.add(made.mode_present[i] == 0)
    for task, i in place.items():
        if not (free[task] or tail[task]):
            model.add(made.end[i] <= int(schedule.end[task]) // unit)
    for i, mode in enumerate(mode_rows.tolist()):
        task = int(rows[int(made.owner[i])])
        if tail[task] and mode != schedule.mode[task]:
            model.add(made.mode_present[i] == 0)
    _keep_queues(made, problem, schedule, rows, ~free[rows])
    for m in entered[entered >= 0].tolist():
        if layout.sequenced[m]:
            _stay_between(made, layout, schedule, m, rows, free)
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
) -> None:
    """Keep the free tasks of a machine after those before them, and before those that follow."""
    place = {task: i for i, task in enumerate(rows.tolist())}
    on = np.flatnonzero((schedule.mode >= 0) & (layout.machine[schedule.mode] == machine))
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
