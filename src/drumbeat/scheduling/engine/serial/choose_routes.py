"""Choose, to begin with, which task of each choice is done, and with it its route."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.problem import Problem


def choose_routes(problem: Problem, mode: Int64s) -> Int64s:
    """Choose one task of each choice: fixed ones, then those whose routes end first where machines take turns.

    Orders choose in the sequence of their due times; each takes the route that leaves the busiest of its machines with
    the least work, the shorter one where that is the same, then the one listed first.

    Parameters
    ----------
    problem
        With choices or without.
    mode
        The mode of each task by which its work is reckoned, shape (T,).

    Returns
    -------
    Int64s
        1 for what is left out, 0 for all else; shape (T,).
    """
    tasks, modes, n = problem.tasks, problem.modes, problem.num_tasks
    of_route = tasks.choice_of_route
    work = (modes.run_seconds + modes.setup_seconds)[mode].astype(np.int64)
    free = of_route < 0
    load = np.zeros(problem.num_resources)
    for t in np.flatnonzero(free).tolist() if len(tasks.choice) else []:
        _book(problem, load, int(mode[t]), int(work[t]))
    out = np.where(free, 0, 1)
    leader = np.where(free, -1, np.arange(n))
    if len(tasks.goes_with):
        leader = np.where(tasks.goes_with >= 0, tasks.goes_with, leader)
    routes: dict[int, list[int]] = {}
    for t in np.flatnonzero(~free).tolist():
        routes.setdefault(int(leader[t]), []).append(t)
    choices: dict[int, list[int]] = {}
    for first in sorted(routes):
        choices.setdefault(int(of_route[first]), []).append(first)
    due = problem.jobs.due[tasks.job]

    def price(first: int) -> tuple[float, int, int]:
        members = routes[first]
        after = dict.fromkeys(_machines(problem, mode, members), 0.0)
        for t in members:
            for r in _machines(problem, mode, [t]):
                after[r] += float(work[t]) / problem.resources.capacity[r]
        busiest = max((load[r] + more for r, more in after.items()), default=0.0)
        return busiest, int(work[members].sum()), first

    for group in sorted(choices, key=lambda g: (min(int(due[t]) for t in choices[g]), g)):
        fixed = [t for t in choices[group] if tasks.fixed_start[t] >= 0]
        chosen = fixed[0] if fixed else min(choices[group], key=price)
        for t in routes[chosen]:
            out[t] = 0
            _book(problem, load, int(mode[t]), int(work[t]))
    return out


def follow_chosen(problem: Problem, out: Int64s) -> None:
    """Let `Genes.is_out` of what goes with another be that one's, in place."""
    goes_with = problem.tasks.goes_with
    if len(goes_with):
        rows = np.flatnonzero(goes_with >= 0)
        out[rows] = out[goes_with[rows]]


def _machines(problem: Problem, mode: Int64s, tasks: list[int]) -> list[int]:
    pointer = problem.modes.resource_ptr
    return [r for t in tasks for r in problem.modes.resource[pointer[mode[t]] : pointer[mode[t] + 1]].tolist()]


def _book(problem: Problem, load: Floats, mode: int, work: int) -> None:
    held = problem.modes.resource[problem.modes.resource_ptr[mode] : problem.modes.resource_ptr[mode + 1]]
    load[held] += work / problem.resources.capacity[held]
