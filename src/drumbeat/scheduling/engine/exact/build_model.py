"""Build the CP-SAT model of a scheduling problem: only the features that the problem uses."""

from __future__ import annotations

from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.scheduling.engine.exact.add_machines import add_machines, find_sequenced
from drumbeat.scheduling.engine.exact.add_objective import Terms, list_parts
from drumbeat.scheduling.engine.exact.add_supplies import add_budgets, add_materials, add_team_choices
from drumbeat.scheduling.engine.exact.add_tasks import add_links, add_tasks
from drumbeat.scheduling.engine.exact.model import CpsatModel, NotModelledError, begin_model
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED, Schedule


def build_model(problem: Problem, hint: Schedule | None = None) -> CpsatModel:
    """Build the model of a problem, without an objective, and hint a schedule to it.

    Parameters
    ----------
    problem
        A problem without errors.
    hint
        A feasible schedule of all its tasks; None where none is known.

    Returns
    -------
    CpsatModel
        Ready to be solved, or to be given an objective (`add_parts`).

    Raises
    ------
    NotModelledError
        Where a feature is not modelled: an oven with levels or whose tasks hold other things with calendars, teams of
        people with different calendars on tasks that pause, alternatives in an order group, quantities finer than a
        thousandth, too many calendar pieces or pairs of tasks on machines with setups, unscheduled tasks in the hint.
    """
    if hint is not None and (hint.mode == UNSCHEDULED).any():
        raise NotModelledError("some tasks cannot be scheduled")
    made = begin_model(problem, hint)
    fill_model(made)
    return made


def fill_model(made: CpsatModel) -> None:
    """Add all rules of the problem to a model that has just begun, and hint the schedule that it began with."""
    problem, hint = made.problem, made.hint
    sequenced = find_sequenced(problem)
    add_tasks(made, sequenced)
    add_links(made)
    add_team_choices(made)
    add_machines(made, sequenced)
    add_materials(made)
    add_budgets(made)
    if hint is not None:
        give_hint(made, hint)


def add_parts(made: CpsatModel) -> list[Terms]:
    """Add the objective; return what to minimise, one after the other: the weighted sum, or the parts in order."""
    aim, parts = made.problem.objective, list_parts(made)
    skips = parts.pop("skip_cost")
    if aim.order:
        return [[*parts[name], *skips] for name in aim.order]
    weighed = [(what, worth * float(getattr(aim, name))) for name, terms in parts.items() for what, worth in terms]
    return [[*weighed, *skips]]


def give_hint(made: CpsatModel, hint: Schedule) -> None:
    """Hint a schedule to the model, in place of what was hinted before."""
    fixed = made.problem.tasks.fixed_start >= 0
    skipped = hint.mode == SKIPPED

    def say(variable: Any, value: int) -> None:
        if not isinstance(variable, int) and hasattr(variable, "index"):
            made.model.add_hint(variable, value)

    for task in range(made.problem.num_tasks):
        out = bool(skipped[task])
        if not fixed[task]:
            say(made.start[task], 0 if out else int(hint.start[task]) // made.unit)
        say(made.end[task], 0 if out else int(hint.end[task]) // made.unit)
        if made.present[task].index != made.true.index:
            say(made.present[task], int(not out))
        say(made.setup[task], 0 if out else int(hint.setup_seconds[task]) // made.unit)
        modes = range(int(made.problem.modes.task_ptr[task]), int(made.problem.modes.task_ptr[task + 1]))
        for mode in modes if len(modes) > 1 else []:
            say(made.mode_present[mode], int(hint.mode[task] == mode))
    _hint_teams(made, hint)


def complete_hint(made: CpsatModel, seconds: float = 2.0) -> bool:
    """Hint a value for every variable of the model, as they follow from the schedule that is hinted.

    A hint with gaps is often lost; from one without, the solver goes on at once. The model has its parts, but nothing
    to minimise yet. Returns whether that was possible in so many (deterministic) seconds.
    """
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.fix_variables_to_their_hinted_value = True
    solver.parameters.max_deterministic_time = seconds
    status = solver.solve(made.model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return False
    hint_all(made, solver)
    return True


def hint_all(made: CpsatModel, solver: Any) -> None:
    """Hint every value of a solution, in place of what was hinted before."""
    made.model.clear_hints()
    values = list(solver.response_proto.solution)
    made.model.proto.solution_hint.vars.extend(range(len(values)))
    made.model.proto.solution_hint.values.extend(values)


def _hint_teams(made: CpsatModel, hint: Schedule) -> None:
    skills = made.problem.skills
    if len(hint.team) != int(skills.count.sum()):
        return
    head = np.concatenate(([0], np.cumsum(skills.count)))
    for rows in made.team:
        for e, worker, literal in rows:
            made.model.add_hint(literal, int(worker in hint.team[head[e] : head[e + 1]]))


def read_schedule(made: CpsatModel, value: Any) -> Schedule:
    """Read the schedule from a solution.

    Parameters
    ----------
    made
        The model.
    value
        Gives the value of a variable or expression (`solver.value`).
    """
    problem = made.problem
    chosen = np.array([bool(value(literal)) for literal in made.mode_present], dtype=bool)
    mode = np.full(problem.num_tasks, SKIPPED, dtype=np.int32)
    mode[made.owner[chosen]] = np.flatnonzero(chosen)

    def read(moments: list[Any]) -> Any:
        return np.array([m if isinstance(m, int) else value(m) for m in moments], dtype=np.int64) * made.unit

    start, end, setup = read(made.start), read(made.end), read(made.setup)
    out = mode == SKIPPED
    start[out], end[out], setup[out] = -1, -1, 0
    return Schedule(mode, start, setup, end, _read_team(made, value))


def _read_team(made: CpsatModel, value: Any) -> Any:
    skills = made.problem.skills
    team = np.full(int(skills.count.sum()), -1, dtype=np.int32)
    place = np.concatenate(([0], np.cumsum(skills.count))).astype(np.int64)
    for rows in made.team:
        for e, worker, literal in rows:
            if value(literal):
                team[place[e]] = worker
                place[e] += 1
    return team
