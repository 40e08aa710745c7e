"""Write events into a problem: the same problem as it stands after them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_START, Calendars, Links, Problem
from drumbeat.scheduling.engine.reschedule.events import (
    Breakdown,
    Cancellation,
    Drag,
    Event,
    LateMaterial,
    LongerRun,
    RushOrder,
    Step,
)


def apply_event(problem: Problem, event: Event) -> Problem:
    """Return a problem as it stands after an event that passed `check_event`; a dragged task changes nothing in it."""
    if isinstance(event, Breakdown):
        return _close(problem, event)
    if isinstance(event, LateMaterial):
        times = problem.materials.receipt_time.copy()
        times[event.receipt] = event.time
        return replace(problem, materials=replace(problem.materials, receipt_time=times))
    if isinstance(event, LongerRun):
        run = problem.modes.run_seconds.copy()
        run[problem.modes.task_ptr[event.task] : problem.modes.task_ptr[event.task + 1]] = event.run_seconds
        return replace(problem, modes=replace(problem.modes, run_seconds=run))
    if isinstance(event, Cancellation):
        return _cancel(problem, event.job)
    if isinstance(event, RushOrder):
        return _add_order(problem, event)
    return problem


def check_event(problem: Problem, event: Event) -> None:
    """Raise `InputError` when an event names what does not exist, or a time that cannot be."""
    limits = {
        "task": problem.num_tasks,
        "resource": problem.num_resources,
        "receipt": len(problem.materials.receipt_time),
        "job": problem.num_jobs,
    }
    for name, size in limits.items():
        index = getattr(event, name, 0)
        if not 0 <= index < max(size, 1) or (hasattr(event, name) and not size):
            rule = f"an event names a {name} that exists, 0 to {size - 1}"
            raise InputError(Finding(type(event).__name__, rule, "Correct the number", value=str(index)))
    for name in ("start", "time", "run_seconds"):
        if getattr(event, name, 0) < 0:
            rule = f"{name} is 0 or more"
            raise InputError(Finding(type(event).__name__, rule, "Correct the time", value=str(getattr(event, name))))
    if isinstance(event, Breakdown) and event.end <= event.start:
        rule = "a breakdown ends after it starts"
        raise InputError(Finding("Breakdown", rule, "Correct the times", value=f"{event.start} to {event.end}"))
    if isinstance(event, RushOrder) and not event.steps:
        raise InputError(Finding("RushOrder", "an order has one step or more", "Add its steps", value=event.key))
    if isinstance(event, Drag) and event.mode >= 0:
        first, last = problem.modes.task_ptr[event.task], problem.modes.task_ptr[event.task + 1]
        if not first <= event.mode < last:
            rule = f"a task is dragged to one of its own modes, {first} to {last - 1}"
            raise InputError(Finding("Drag", rule, "Choose a machine that can do it", value=str(event.mode)))


def find_mode_on(problem: Problem, task: int, resource: int) -> int:
    """Return the first mode of a task whose machine is a resource; -1 when there is none."""
    modes = problem.modes
    for mode in range(int(modes.task_ptr[task]), int(modes.task_ptr[task + 1])):
        first = int(modes.resource_ptr[mode])
        if first < modes.resource_ptr[mode + 1] and modes.resource[first] == resource:
            return mode
    return -1


def _close(problem: Problem, event: Breakdown) -> Problem:
    """Give a resource a calendar of its own that is closed while it is down."""
    book, resources = problem.calendars, problem.resources
    own = int(resources.calendar[event.resource])
    opens, closes = np.zeros(1, np.int64), np.full(1, FAR_FUTURE, np.int64)
    level, is_overtime = np.ones(1, np.int32), np.zeros(1, bool)
    if own >= 0:
        span = slice(book.ptr[own], book.ptr[own + 1])
        opens, closes, level = book.open_start[span], book.open_end[span], book.level[span]
        is_overtime = book.is_overtime[span] if len(book.is_overtime) else np.zeros(len(opens), bool)
    before, after = opens < event.start, closes > event.end
    opens = np.concatenate((opens[before], np.maximum(opens[after], event.end)))
    closes = np.concatenate((np.minimum(closes[before], event.start), closes[after]))
    level, is_overtime = (np.concatenate((part[before], part[after])) for part in (level, is_overtime))
    calendar = resources.calendar.copy()
    calendar[event.resource] = len(book.ptr) - 1
    flags = np.concatenate((book.is_overtime, is_overtime)) if len(book.is_overtime) else book.is_overtime
    calendars = Calendars(
        np.append(book.ptr, book.ptr[-1] + len(opens)),
        np.concatenate((book.open_start, opens)),
        np.concatenate((book.open_end, closes)),
        np.concatenate((book.level, level)),
        flags,
    )
    return replace(problem, calendars=calendars, resources=replace(resources, calendar=calendar))


def _cancel(problem: Problem, job: int) -> Problem:
    """Let the tasks of a job be left out at no cost, and the job be due never."""
    tasks, jobs = problem.tasks, problem.jobs
    skip = tasks.skip_cost.copy() if len(tasks.skip_cost) else np.full(problem.num_tasks, np.inf)
    mine = tasks.job == job
    skip[mine] = 0.0
    choice = np.where(mine, -1, tasks.choice).astype(np.int32) if len(tasks.choice) else tasks.choice
    goes_with = np.where(mine, -1, tasks.goes_with).astype(np.int32) if len(tasks.goes_with) else tasks.goes_with
    due = jobs.due.copy()
    due[job] = FAR_FUTURE
    deadline = jobs.deadline.copy()
    deadline[job : job + 1] = FAR_FUTURE
    tasks = replace(tasks, skip_cost=skip, choice=choice, goes_with=goes_with)
    return replace(problem, tasks=tasks, jobs=replace(jobs, due=due, deadline=deadline))


def _join(old: Any, new: list[Any]) -> Any:
    """Rows at the end of a column; an empty column stays empty where nothing is said."""
    return np.concatenate((old, np.array(new, dtype=old.dtype))) if new else old


def _join_list(pointer: Int64s, sizes: list[int]) -> Int64s:
    """Pointers to as many more rows as there are sizes."""
    return np.concatenate((pointer, pointer[-1] + np.cumsum(sizes, dtype=np.int64))) if len(pointer) else pointer


def _add_order(problem: Problem, order: RushOrder) -> Problem:
    """Add a job with its tasks, modes and links at the end of each array."""
    jobs, tasks, links = problem.jobs, problem.tasks, problem.links
    steps, size, first = order.steps, len(order.steps), problem.num_tasks
    links = Links(
        _join(links.before, list(range(first, first + size - 1))),
        _join(links.after, list(range(first + 1, first + size))),
        _join(links.kind, [FINISH_START] * (size - 1)),
        _join(links.lag, [0] * (size - 1)),
        _join(links.most, [FAR_FUTURE] * (size - 1) if len(links.most) else []),
    )
    skills, previous = problem.skills, problem.previous
    return replace(
        problem,
        jobs=replace(
            jobs,
            keys=_join(jobs.keys, [order.key]),
            due=_join(jobs.due, [order.due]),
            weight=_join(jobs.weight, [order.weight]),
            release=_join(jobs.release, [order.release]),
            deadline=_join(jobs.deadline, [FAR_FUTURE] if len(jobs.deadline) else []),
        ),
        tasks=replace(
            tasks,
            keys=_join(tasks.keys, [step.key for step in steps]),
            job=_join(tasks.job, [problem.num_jobs] * size),
            release=_join(tasks.release, [0] * size),
            family=_join(tasks.family, [step.family for step in steps]),
            can_pause=_join(tasks.can_pause, [step.can_pause for step in steps]),
            fixed_start=_join(tasks.fixed_start, [-1] * size),
            fixed_mode=_join(tasks.fixed_mode, [-1] * size),
            skip_cost=_join(tasks.skip_cost, [np.inf] * size if len(tasks.skip_cost) else []),
            choice=_join(tasks.choice, [-1] * size if len(tasks.choice) else []),
            goes_with=_join(tasks.goes_with, [-1] * size if len(tasks.goes_with) else []),
        ),
        links=links,
        skills=replace(skills, task_ptr=_join_list(skills.task_ptr, [0] * size)),
        previous=replace(
            previous,
            start=_join(previous.start, [-1] * size if len(previous.start) else []),
            mode=_join(previous.mode, [-1] * size if len(previous.mode) else []),
        ),
        **_add_modes(problem, steps),
    )


def _add_modes(problem: Problem, steps: tuple[Step, ...]) -> dict[str, Any]:
    """Modes, materials and budgets with those of new tasks at their ends."""
    modes, materials, budgets = problem.modes, problem.materials, problem.budgets
    ways = [way for step in steps for way in step.modes]
    uses_ptr = materials.task_ptr
    if not len(uses_ptr) and any(step.uses for step in steps):
        uses_ptr = np.zeros(problem.num_tasks + 1, np.int64)
    return {
        "modes": replace(
            modes,
            task_ptr=_join_list(modes.task_ptr, [len(step.modes) for step in steps]),
            run_seconds=_join(modes.run_seconds, [run for run, _, _ in ways]),
            setup_seconds=_join(modes.setup_seconds, [setup for _, setup, _ in ways]),
            resource_ptr=_join_list(modes.resource_ptr, [len(holds) for _, _, holds in ways]),
            resource=_join(modes.resource, [resource for _, _, holds in ways for resource, _ in holds]),
            units=_join(modes.units, [units for _, _, holds in ways for _, units in holds]),
        ),
        "materials": replace(
            materials,
            task_ptr=_join_list(uses_ptr, [len(step.uses) for step in steps]),
            material=_join(materials.material, [material for step in steps for material, _ in step.uses]),
            quantity=_join(materials.quantity, [quantity for step in steps for _, quantity in step.uses]),
        ),
        "budgets": replace(budgets, mode_ptr=_join_list(budgets.mode_ptr, [0] * len(ways))),
    }
