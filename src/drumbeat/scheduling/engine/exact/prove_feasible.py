"""Decide whether a problem has a schedule at all."""

from __future__ import annotations

from dataclasses import replace

from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Problem


def prove_feasible(problem: Problem, *, seconds: float, workers: int = 1, seed: int = 0) -> bool | None:
    """Decide whether there is a schedule in which all tasks are placed that must be.

    Parameters
    ----------
    problem
        A problem without errors; its objective counts for nothing.
    seconds
        Wall time at most.
    workers, seed
        Of the solver.

    Returns
    -------
    bool or None
        None where it was not decided in time, or where the model does not hold what the problem uses.
    """
    from ortools.sat.python import cp_model

    from drumbeat.scheduling.engine.exact.build_model import build_model
    from drumbeat.scheduling.engine.exact.model import NotModelledError

    try:
        made = build_model(replace(problem, objective=Objective(tardiness=0.0)))
    except NotModelledError:
        return None
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    status = solver.solve(made.model)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return True
    return False if status == cp_model.INFEASIBLE else None
