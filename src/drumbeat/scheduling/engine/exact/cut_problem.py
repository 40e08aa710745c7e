"""Cut a problem down to some of its tasks."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.objective import Previous
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Links, Modes, Problem, Tasks


def slice_ragged(pointer: Int64s, rows: Int64s) -> tuple[Int64s, Int64s]:
    """Return the pointer array of some rows of a CSR, and the entries that they keep, in order."""
    sizes = pointer[rows + 1] - pointer[rows]
    kept = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    entries = np.repeat(pointer[rows] - kept[:-1], sizes) + np.arange(int(kept[-1]))
    return kept, entries.astype(np.int64)


def keep_tasks(problem: Problem, rows: Int64s) -> Problem:
    """Return the problem of some tasks alone.

    Parameters
    ----------
    problem
        Any problem.
    rows
        Task indices, sorted; task i of what comes back is `rows[i]`. Jobs, resources and materials keep their numbers,
        links to tasks that are left out are dropped, and fixed modes are renumbered. What goes with a task that is
        left out goes with none.

    Returns
    -------
    Problem
        Modes keep their order.
    """
    tasks, modes, links = problem.tasks, problem.modes, problem.links
    task_ptr, mode_rows = slice_ragged(modes.task_ptr, rows)
    resource_ptr, entries = slice_ragged(modes.resource_ptr, mode_rows)
    new_mode = np.full(len(modes.run_seconds) + 1, -1, dtype=np.int32)
    new_mode[mode_rows] = np.arange(len(mode_rows))
    new_task = np.full(problem.num_tasks, -1, dtype=np.int32)
    new_task[rows] = np.arange(len(rows))
    inside = np.flatnonzero((new_task[links.before] >= 0) & (new_task[links.after] >= 0))
    kept_tasks = _take(tasks, rows)
    goes_with = kept_tasks.goes_with
    if len(goes_with):
        goes_with = np.where(goes_with >= 0, new_task[goes_with], -1).astype(np.int32)
    previous = problem.previous
    return replace(
        problem,
        tasks=replace(kept_tasks, fixed_mode=new_mode[tasks.fixed_mode[rows]], goes_with=goes_with),
        modes=Modes(
            task_ptr,
            modes.run_seconds[mode_rows],
            modes.setup_seconds[mode_rows],
            resource_ptr,
            modes.resource[entries],
            modes.units[entries],
        ),
        links=Links(
            new_task[links.before[inside]],
            new_task[links.after[inside]],
            links.kind[inside],
            links.lag[inside],
            links.most[inside] if len(links.most) else links.most,
        ),
        previous=Previous(
            previous.start[rows] if len(previous.start) else previous.start,
            new_mode[previous.mode[rows]] if len(previous.mode) else previous.mode,
        ),
        **_cut_supplies(problem, rows, mode_rows),
    )


def _take(tasks: Tasks, rows: Int64s) -> Tasks:
    """Rows of the task table; columns that nobody has stay empty."""
    columns = {column.name: getattr(tasks, column.name) for column in fields(tasks)}
    return Tasks(**{name: values[rows] if len(values) else values for name, values in columns.items()})


def _cut_supplies(problem: Problem, rows: Int64s, mode_rows: Int64s) -> dict[str, Any]:
    """Materials, people and budgets of some tasks."""
    materials, skills, budgets = problem.materials, problem.skills, problem.budgets
    cut: dict[str, Any] = {}
    if len(materials.task_ptr):
        pointer, entries = slice_ragged(materials.task_ptr, rows)
        cut["materials"] = replace(
            materials, task_ptr=pointer, material=materials.material[entries], quantity=materials.quantity[entries]
        )
    if len(skills.task_ptr):
        pointer, entries = slice_ragged(skills.task_ptr, rows)
        cut["skills"] = replace(skills, task_ptr=pointer, skill=skills.skill[entries], count=skills.count[entries])
    if len(budgets.mode_ptr):
        pointer, entries = slice_ragged(budgets.mode_ptr, mode_rows)
        cut["budgets"] = replace(
            budgets, mode_ptr=pointer, budget=budgets.budget[entries], taken=budgets.taken[entries]
        )
    return cut


def can_cut_orders(problem: Problem) -> bool:
    """Return whether leaving tasks out never makes the rest harder: no campaigns, and no setup that a third family
    between the two would make shorter."""
    if (problem.resources.most_campaign < FAR_FUTURE).any():
        return False
    seconds = problem.setups.seconds
    families = seconds.shape[2]
    return all(bool((seconds <= seconds[:, :, k : k + 1] + seconds[:, k : k + 1, :]).all()) for k in range(families))


def keep_orders(problem: Problem, rows: Int64s) -> Problem:
    """Return the problem of some tasks, made no harder by what is left out.

    What others would have produced is in stock from the start, what they would have taken finds room in tanks, and of a
    choice that is not kept whole nothing has to be done. Where `can_cut_orders`, it has a schedule if the whole has.
    """
    small, out = keep_tasks(problem, rows), np.ones(problem.num_tasks, dtype=bool)
    out[rows] = False
    materials, tasks = small.materials, small.tasks
    if len(materials.task_ptr):
        whole = problem.materials
        lost = np.repeat(out, np.diff(whole.task_ptr))
        amount, size = whole.quantity[lost], len(whole.stock)
        made = np.bincount(whole.material[lost], weights=np.maximum(amount, 0), minlength=size)
        taken = np.bincount(whole.material[lost], weights=np.maximum(-amount, 0), minlength=size)
        most = whole.most + made + taken if len(whole.most) else whole.most
        materials = replace(materials, stock=whole.stock + made, most=most)
    if len(tasks.choice):
        whole_choice = problem.tasks.choice_of_route
        is_parted = np.isin(whole_choice[rows], whole_choice[out]) & (whole_choice[rows] >= 0)
        cost = tasks.skip_cost if len(tasks.skip_cost) else np.full(len(rows), np.inf)
        goes_with = np.where(is_parted, -1, tasks.goes_with) if len(tasks.goes_with) else tasks.goes_with
        tasks = replace(
            tasks,
            choice=np.where(is_parted, -1, tasks.choice).astype(np.int32),
            skip_cost=np.where(is_parted, 0.0, cost),
            goes_with=goes_with.astype(np.int32),
        )
    return replace(small, materials=materials, tasks=tasks)
