"""People, materials, tanks and budgets in a model."""

from __future__ import annotations

from typing import Any

import numpy as np

from drumbeat.scheduling.engine.exact.model import MOST_ARCS, CpsatModel, NotModelledError

QUANTITY_SCALE = 1000
"""Materials are counted in thousandths of a unit."""


def add_team_choices(made: CpsatModel) -> None:
    """Let each head of a task that is done be filled by someone with its skill; that nobody is in two places is said
    with the capacities."""
    skills, model = made.problem.skills, made.model
    made.team = [[] for _ in range(made.problem.num_tasks)]
    if not len(skills.count):
        return
    for task in range(made.problem.num_tasks):
        for e in range(int(skills.task_ptr[task]), int(skills.task_ptr[task + 1])):
            skill = int(skills.skill[e])
            able = skills.worker[skills.worker_ptr[skill] : skills.worker_ptr[skill + 1]].tolist()
            rows = [(e, worker, model.new_bool_var("")) for worker in able]
            model.add(sum(literal for _, _, literal in rows) == int(skills.count[e]) * made.present[task])
            made.team[task] += rows
    _add_head_counts(made)


def _add_head_counts(made: CpsatModel) -> None:
    """Say that no skill, and no pair of skills, is asked for by more heads at once than there are people who have it.

    The rest of the model implies it; said outright it bounds better.
    """
    skills = made.problem.skills
    able = [
        frozenset(skills.worker[skills.worker_ptr[s] : skills.worker_ptr[s + 1]].tolist())
        for s in range(len(skills.keys))
    ]
    groups = {(s,) for s in range(len(able))} | {
        (s, k) for s in range(len(able)) for k in range(s) if able[s] & able[k]
    }
    for group in [*sorted(groups), tuple(range(len(able)))]:
        people = len(frozenset().union(*(able[s] for s in group)))
        rows = []
        for task in range(made.problem.num_tasks):
            span = slice(int(skills.task_ptr[task]), int(skills.task_ptr[task + 1]))
            heads = int(skills.count[span][np.isin(skills.skill[span], group)].sum())
            if heads:
                rows.append((made.interval(made.start[task], made.end[task], made.present[task]), heads))
        if sum(heads for _, heads in rows) > people:
            made.model.add_cumulative([row[0] for row in rows], [row[1] for row in rows], people)


def add_materials(made: CpsatModel) -> None:
    """Keep every stock at or above zero, and what tasks bring within its tank."""
    problem, materials = made.problem, made.problem.materials
    if not len(materials.quantity):
        return
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
    for k in range(len(materials.keys)):
        rows = [
            (int(owner[row]), as_whole(float(materials.quantity[row])))
            for row in np.flatnonzero(materials.material == k)
        ]
        received = [
            (max(int(materials.receipt_time[i]), 0) // made.unit, as_whole(float(materials.receipt_quantity[i])))
            for i in np.flatnonzero(materials.receipt_material == k)
        ]
        stock = as_whole(float(materials.stock[k]))
        most = float(materials.most[k]) if len(materials.most) else np.inf
        _add_level(made, rows, received, stock)
        if np.isfinite(most) and any(amount > 0 for _, amount in rows):
            _add_tank(made, rows, received, stock, as_whole(most))


def _add_level(made: CpsatModel, rows: list[tuple[int, int]], received: list[tuple[int, int]], stock: int) -> None:
    """Keep one stock at or above zero."""
    if sum(min(amount, 0) for _, amount in [*rows, *received]) + stock >= 0:
        return
    times: list[Any] = [0, *(min(moment, made.horizon) for moment, _ in received if moment <= made.horizon)]
    changes = [stock, *(amount for moment, amount in received if moment <= made.horizon)]
    actives: list[Any] = [made.true for _ in times]
    for task, amount in rows:
        times.append(made.start[task] if amount < 0 else made.end[task])
        changes.append(amount)
        actives.append(made.present[task])
    most = sum(max(change, 0) for change in changes)
    made.model.add_reservoir_constraint_with_active(times, changes, actives, 0, most)


def _add_tank(
    made: CpsatModel, rows: list[tuple[int, int]], received: list[tuple[int, int]], stock: int, most: int
) -> None:
    """Let what each task brings at its end find room: after all that tasks take and bring up to that moment, and all
    that was received before it."""
    model = made.model
    bringing = [(task, amount) for task, amount in rows if amount > 0]
    if len(bringing) * (len(rows) + len(received)) > MOST_ARCS:
        raise NotModelledError("too many tasks that fill a tank")
    for task, _ in bringing:
        level: Any = stock
        for other, amount in rows:
            moment = made.start[other] if amount < 0 else made.end[other]
            by_then = model.new_bool_var("")
            model.add(moment <= made.end[task]).only_enforce_if(by_then)
            model.add(moment >= made.end[task] + 1).only_enforce_if(by_then.negated())
            level += amount * made.both(by_then, made.present[other])
        for moment, amount in received:
            before = model.new_bool_var("")
            model.add(made.end[task] >= min(moment, made.horizon + 1) + 1).only_enforce_if(before)
            model.add(made.end[task] <= moment).only_enforce_if(before.negated())
            level += amount * before
        model.add(level <= most).only_enforce_if(made.present[task])


def as_whole(quantity: float) -> int:
    """Return a quantity in thousandths."""
    scaled = quantity * QUANTITY_SCALE
    if abs(scaled - round(scaled)) > 1e-6 * max(1.0, abs(scaled)) or abs(scaled) > 1e12:
        raise NotModelledError("a quantity finer than a thousandth")
    return round(scaled)


def add_budgets(made: CpsatModel) -> None:
    """Let the chosen modes together take no more of each budget than there is."""
    budgets = made.problem.budgets
    if not len(budgets.mode_ptr):
        return
    owner = np.repeat(np.arange(len(made.mode_present)), np.diff(budgets.mode_ptr))
    for b in range(len(budgets.amount)):
        rows = np.flatnonzero((budgets.budget == b) & (budgets.taken > 0)).tolist()
        if rows:
            spent = sum(int(budgets.taken[row]) * made.mode_present[owner[row]] for row in rows)
            made.model.add(spent <= int(budgets.amount[b]))
