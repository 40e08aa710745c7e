"""CP-SAT on a project problem: whole, for a proof, or with part of the incumbent kept, for a better schedule."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.arrays import Bools
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.project.build_model import Incumbent, ProjectModel, build_model
from drumbeat.scheduling.engine.project.build_network import Project
from drumbeat.scheduling.engine.search import Lane

NAP = 0.1
"""Seconds between looks at whether the search is over."""


@dataclass(slots=True)
class Answer:
    """What CP-SAT found: a better incumbent or None, and whether there is no better one (within what was free)."""

    incumbent: Incumbent | None
    is_proven: bool
    seconds: float


def solve_whole(project: Project, incumbent: Incumbent, lane: Lane, seconds: float, workers: int = 1) -> Answer:
    """Look for a better schedule than the incumbent anywhere, and raise the bound; part by part in an order.

    Finds are offered as they come.
    """
    problem = project.problem
    if not problem.objective.order:
        return _solve_part(project, incumbent, None, lane, seconds, workers=workers)
    current, spent = incumbent, 0.0
    for place, part in enumerate(problem.objective.order):
        answer = _solve_part(
            project, current, None, lane, seconds - spent, part, problem.objective.order[:place], workers
        )
        current, spent = answer.incumbent or current, spent + answer.seconds
        if not answer.is_proven:
            return Answer(current, False, spent)
    lane.search.settle()
    return Answer(current, True, spent)


def solve_around(project: Project, incumbent: Incumbent, free: Bools, lane: Lane, seconds: float, turn: int) -> Answer:
    """Look for a better schedule in which only the free tasks change their places among all."""
    order = project.problem.objective.order
    if not order:
        return _solve_part(project, incumbent, free, lane, seconds)
    place = turn % len(order)
    return _solve_part(project, incumbent, free, lane, seconds, order[place], order[:place])


def measure_parts(project: Project, incumbent: Incumbent) -> dict[str, int]:
    """Parts of the objective that projects may have, in units: of `Project.rates` each is so many hours."""
    net = project.network
    ends = np.zeros(len(net.due), dtype=np.int64)
    np.maximum.at(ends, net.job, incumbent.end(project))
    late = np.maximum(ends - net.due, 0)
    return {
        "tardiness": int((project.weight * late).sum()),
        "makespan": int(incumbent.end(project).max(initial=0)),
        "num_late": int((late > 0).sum()),
    }


def find_cost(project: Project, incumbent: Incumbent) -> float:
    """Return what the kernels would say that a schedule costs."""
    net = project.network
    ends = np.zeros(len(net.due), dtype=np.int64)
    np.maximum.at(ends, net.job, incumbent.end(project))
    late = np.maximum(ends - net.due, 0)
    return float((net.weight * late).sum() + net.late_cost[late > 0].sum() + net.span_cost * ends.max(initial=0))


def _solve_part(
    project: Project,
    incumbent: Incumbent,
    free: Bools | None,
    lane: Lane,
    seconds: float,
    part: str = "",
    before: tuple[str, ...] = (),
    workers: int = 1,
) -> Answer:
    """Minimise one part, or the weighted sum, with the parts before it no worse than they are."""
    parts = measure_parts(project, incumbent)
    aim = project.problem.objective
    counted = [name for name in parts if getattr(aim, name)]
    goal = part or (counted[0] if len(counted) == 1 else "")
    made = build_model(project, incumbent, _find_horizon(project, incumbent, goal, before), free)
    for name in before:
        made.model.add(made.parts[name] <= parts[name])
    if not goal:
        made.model.minimize(sum(getattr(aim, name) * project.rates[name] * made.parts[name] for name in counted))
        return _run(made, lane, seconds, workers, free is None, 0.0 if part else 1.0)
    value = made.parts[goal]
    if isinstance(value, int):  # nothing can be late
        return Answer(None, parts[goal] <= value, 0.0)
    made.model.add(value <= parts[goal] - 1)
    made.model.minimize(value)
    return _run(made, lane, seconds, workers, free is None, 0.0 if part else getattr(aim, goal) * project.rates[goal])


def _find_horizon(project: Project, incumbent: Incumbent, goal: str, before: tuple[str, ...]) -> int:
    last = int(incumbent.end(project).max(initial=0))
    if goal == "makespan":
        return last - 1
    if "makespan" in before:
        return last
    # Lateness may be worth a later end of others.
    net = project.network
    return last + int(np.maximum.reduceat(net.run, net.mode_ptr[:-1]).sum() + net.before_lag.sum())


def _run(made: ProjectModel, lane: Lane, seconds: float, workers: int, is_whole: bool, factor: float) -> Answer:
    """Run the solver; the whole problem's finds are offered, and its bound times `factor` raises the search's."""
    search, project = lane.search, made.project
    is_bounding = is_whole and factor > 0
    if made.is_impossible:
        return _conclude(made, lane, [], is_bounding, 0.0)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = search.seed + lane.number
    # Lanes that work on one proof differ: the first does without linear relaxations.
    solver.parameters.linearization_level = min(lane.number, 1)
    if search.is_deterministic:
        solver.parameters.max_deterministic_time = max(seconds, 0.01)
        solver.parameters.interleave_search = workers > 1
    else:
        solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    if is_bounding and not search.is_deterministic:
        solver.best_bound_callback = lambda bound: search.raise_bound(min(bound * factor, search.objective))
    found: list[Incumbent] = []

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            found.append(made.read(self.value))
            if is_whole:
                lane.offer(project.schedule(found[-1].mode, found[-1].start), "CP-SAT")

    over = Event()
    guard = Thread(target=_stop_when_over, args=(solver, lane, over), daemon=True)
    guard.start()
    try:
        status = solver.solve(made.model, Watch())
    finally:
        over.set()
        guard.join()
    spent = solver.response_proto.deterministic_time if search.is_deterministic else solver.wall_time
    lane.count(spent)
    if status not in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
        return Answer(found[-1] if found else None, False, spent)
    return _conclude(made, lane, found, is_bounding, spent)


def _conclude(made: ProjectModel, lane: Lane, found: list[Incumbent], is_bounding: bool, spent: float) -> Answer:
    """The last find, or else the incumbent, is the best that the model allows."""
    project, best = made.project, found[-1] if found else made.incumbent
    if is_bounding:
        schedule = project.schedule(best.mode, best.start)
        lane.search.raise_bound(measure_worth(project.problem, schedule).objective)
    return Answer(found[-1] if found else None, True, spent)


def _stop_when_over(solver: Any, lane: Lane, over: Event) -> None:
    while not over.wait(NAP):
        if lane.is_over():
            solver.stop_search()
