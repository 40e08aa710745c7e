"""The CP-SAT model of a project problem, whole or with part of an incumbent kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.project.build_network import Project
from drumbeat.scheduling.engine.project.find_bound import find_heads


@dataclass(slots=True)
class Incumbent:
    """A feasible schedule in units: modes and starts, shape (T,) each."""

    mode: Int64s
    start: Int64s

    def end(self, project: Project) -> Int64s:
        """Ends, shape (T,)."""
        return self.start + project.network.run[self.mode]


@dataclass(slots=True)
class ProjectModel:
    """The model and the variables that a schedule is read from; a constant where a task has no choice.

    `is_impossible`: links and releases alone forbid the horizon.
    """

    project: Project
    incumbent: Incumbent
    horizon: int
    model: Any = field(default_factory=cp_model.CpModel)
    start: list[Any] = field(default_factory=list)
    end: list[Any] = field(default_factory=list)
    mode: list[dict[int, Any]] = field(default_factory=list)
    held: dict[int, list[tuple[Any, int]]] = field(default_factory=dict)
    spent: dict[int, list[Any]] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    is_impossible: bool = False

    def read(self, value: Any) -> Incumbent:
        """Read modes and starts by a function that tells variables' values."""
        start = np.array([value(var) for var in self.start], dtype=np.int64)
        mode = np.array([next(m for m, x in rows.items() if value(x)) for rows in self.mode], dtype=np.int64)
        return Incumbent(mode, start)


def build_model(project: Project, incumbent: Incumbent, horizon: int, free: Bools | None = None) -> ProjectModel:
    """Build the model of all that ends by the horizon, with the parts of the objective as expressions.

    Parameters
    ----------
    project, incumbent
        The incumbent is hinted.
    horizon
        Last end allowed, in units.
    free
        Shape (T,): tasks that may change their place among all others, and their mode. The others keep their mode,
        those before the first free one their start, and those after it their order among themselves. None: all.
    """
    made = ProjectModel(project, incumbent, horizon)
    net = project.network
    fixed = np.zeros(len(net.release), bool)
    if free is not None:
        fixed = ~free & (incumbent.start < incumbent.start[free].min(initial=FAR_FUTURE))
    heads, tails = find_heads(project), net.tail
    for task in range(len(net.release)):
        may_change = free is None or bool(free[task])
        _add_task(made, task, bool(fixed[task]), may_change, int(heads[task]), horizon - int(tails[task]))
    _add_links(made, fixed)
    if free is not None:
        _keep_order(made, ~free & ~fixed)
    for resource, rows in made.held.items():
        capacity = int(net.capacity[resource])
        if sum(units for _, units in rows) > capacity:
            made.model.add_cumulative([interval for interval, _ in rows], [units for _, units in rows], capacity)
    for budget, terms in made.spent.items():
        made.model.add(sum(terms) <= int(net.amount[budget]))
    _add_parts(made)
    return made


def _add_task(made: ProjectModel, task: int, is_fixed: bool, may_change: bool, head: int, latest: int) -> None:
    net, model = made.project.network, made.model
    begin, own = int(made.incumbent.start[task]), int(made.incumbent.mode[task])
    modes = list(range(net.mode_ptr[task], net.mode_ptr[task + 1])) if may_change else [own]
    made.is_impossible = made.is_impossible or (head > latest and not is_fixed)
    start: Any = begin if is_fixed else model.new_int_var(head, max(latest, head), "")
    if not is_fixed:
        model.add_hint(start, begin)
    end: Any = start + int(net.run[own])
    chosen: dict[int, Any] = {own: 1}
    if len(modes) > 1:
        lengths = cp_model.Domain.from_values(net.run[modes].tolist())
        end = model.new_int_var(head + lengths.min(), max(made.horizon, head + lengths.min()), "")
        model.add_hint(end, begin + int(net.run[own]))
        chosen = {mode: model.new_bool_var("") for mode in modes}
        for mode, present in chosen.items():
            model.add_hint(present, mode == own)
        model.add_exactly_one(chosen.values())
        model.add(end == start + sum(int(net.run[mode]) * present for mode, present in chosen.items()))
    made.start.append(start)
    made.end.append(end)
    made.mode.append(chosen)
    for mode, present in chosen.items():
        length = int(net.run[mode])
        if length:
            _hold(made, mode, start, length, end, present)
        for e in range(net.budget_ptr[mode], net.budget_ptr[mode + 1]):
            made.spent.setdefault(int(net.budget[e]), []).append(int(net.taken[e]) * present)


def _hold(made: ProjectModel, mode: int, start: Any, length: int, end: Any, present: Any) -> None:
    net, model = made.project.network, made.model
    entries = range(net.entry_ptr[mode], net.entry_ptr[mode + 1])
    if isinstance(present, int):
        interval = model.new_fixed_size_interval_var(start, length, "")
    else:
        interval = model.new_optional_interval_var(start, length, end, present, "")
    for e in entries:
        made.held.setdefault(int(net.resource[e]), []).append((interval, int(net.units[e])))


def _add_links(made: ProjectModel, fixed: Bools) -> None:
    net = made.project.network
    for task in range(len(net.release)):
        for e in range(net.before_ptr[task], net.before_ptr[task + 1]):
            other = int(net.before[e])
            if not (fixed[task] and fixed[other]):
                made.model.add(made.start[task] >= made.end[other] + int(net.before_lag[e]))


def _keep_order(made: ProjectModel, kept: Bools) -> None:
    """Link tasks that keep their order: each follows those whose units it takes over in the incumbent."""
    net, incumbent = made.project.network, made.incumbent
    ends = incumbent.end(made.project)
    rows = np.flatnonzero(kept & (ends > incumbent.start))
    rows = rows[np.argsort(incumbent.start[rows], kind="stable")]
    linked: set[tuple[int, int]] = set()
    # Who gives units back, in the order of their ends: [moment, task, units].
    purse: dict[int, list[list[int]]] = {}
    for task in rows.tolist():
        mode = incumbent.mode[task]
        for e in range(net.entry_ptr[mode], net.entry_ptr[mode + 1]):
            resource, need = int(net.resource[e]), int(net.units[e])
            givers = purse.setdefault(resource, [])
            used = sum(giver[2] for giver in givers)
            need -= max(0, min(need, int(net.capacity[resource]) - used))
            # The latest givers first: the links to the others follow from theirs more often.
            for giver in sorted((g for g in givers if g[0] <= incumbent.start[task]), reverse=True):
                given = min(need, giver[2])
                if given <= 0:
                    break
                linked.add((giver[1], task))
                giver[2] -= given
                need -= given
            purse[resource] = [giver for giver in givers if giver[2]]
            purse[resource].append([int(ends[task]), task, int(net.units[e])])
    for before, after in linked:
        made.model.add(made.start[after] >= made.end[before])


def _add_parts(made: ProjectModel) -> None:
    """Express what the objective counts: "makespan", and "tardiness" and "num_late" of jobs that have a due time."""
    net, model, aim = made.project.network, made.model, made.project.problem.objective
    counted = aim.order or tuple(part for part in ("tardiness", "num_late", "makespan") if getattr(aim, part))
    ends = made.incumbent.end(made.project)
    lasts = [task for task in range(len(ends)) if net.after_ptr[task] == net.after_ptr[task + 1]]
    if "makespan" in counted:
        span = model.new_int_var(0, made.horizon, "makespan")
        for task in lasts:
            model.add(span >= made.end[task])
        model.add_hint(span, int(ends.max(initial=0)))
        made.parts["makespan"] = span
    tardiness, num_late = [], []
    in_job = [[] for _ in net.due]  # type: list[list[int]]
    for task in range(len(ends)):
        in_job[net.job[task]].append(task)
    for job, tasks in enumerate(in_job):
        due = int(net.due[job])
        if not tasks or due >= made.horizon or not {"tardiness", "num_late"} & set(counted):
            continue
        late = model.new_int_var(0, made.horizon - due, "")
        # A task with one after it in the same job ends before that one does.
        for task in tasks:
            if not any(net.job[net.after[e]] == job for e in range(net.after_ptr[task], net.after_ptr[task + 1])):
                model.add(late >= made.end[task] - due)
        model.add_hint(late, max(0, int(ends[tasks].max()) - due))
        tardiness.append(int(made.project.weight[job]) * late)
        if "num_late" in counted:
            is_late = model.new_bool_var("")
            model.add(late == 0).only_enforce_if(is_late.negated())
            num_late.append(is_late)
    if "tardiness" in counted:
        made.parts["tardiness"] = sum(tardiness)
    if "num_late" in counted:
        made.parts["num_late"] = sum(num_late)
