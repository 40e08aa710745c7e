"""Improve a schedule by CP-SAT, and prove how good it is: for small problems."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.progress import Cancelled, Progress, silent
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.cpsat_model import CpsatModel, NotModelledError, build_model
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule


@dataclass(frozen=True, slots=True)
class CpsatAnswer:
    """What CP-SAT found.

    Parameters
    ----------
    schedule
        Its best schedule, feasible; None where it found none or the problem cannot be modelled exactly.
    bound
        A proven lower bound of the objective; 0 where nothing is proven.
    is_optimal
        Whether the schedule is proven to be optimal.
    curve
        (seconds of the solver, objective) at each improvement.
    reason
        Why there is no schedule, or "".
    """

    schedule: Schedule | None
    bound: float
    is_optimal: bool
    curve: tuple[tuple[float, float], ...] = ()
    reason: str = ""


def solve_cpsat(
    problem: Problem,
    hint: Schedule,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    progress: Progress = silent,
) -> CpsatAnswer:
    """Improve a schedule by CP-SAT.

    Parameters
    ----------
    problem
        A problem without errors, of some 2,000 tasks at most.
    hint
        A feasible schedule to start from.
    seconds
        Time limit: of the clock, or deterministic units of about a second.
    seed, workers
        Of the solver; `workers` >= 1.
    is_deterministic
        Whether the same seed gives the same answer whatever the machine's load.
    progress
        Hears of improvements; `Cancelled` stops the solver and passes.

    Returns
    -------
    CpsatAnswer
        Its schedule is judged by `check_schedule` before it is given back.
    """
    from ortools.sat.python import cp_model

    try:
        made = build_model(problem, hint)
    except NotModelledError as error:
        return CpsatAnswer(None, 0.0, False, (), str(error))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    if is_deterministic:
        solver.parameters.interleave_search = True
        solver.parameters.max_deterministic_time = seconds
    else:
        solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    curve: list[tuple[float, float]] = []
    cancelled: list[Cancelled] = []

    class Watch(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            curve.append((self.wall_time, self.objective_value))
            try:
                progress(min(self.wall_time / seconds, 1.0), f"CP-SAT {self.objective_value:,.2f}")
            except Cancelled as wish:
                cancelled.append(wish)
                self.stop_search()

    status = solver.solve(made.model, Watch())
    if cancelled:
        raise cancelled[0]
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return CpsatAnswer(None, 0.0, False, tuple(curve), solver.status_name(status))
    schedule = _read_schedule(made, solver)
    if check_schedule(problem, schedule):
        return CpsatAnswer(None, 0.0, False, tuple(curve), "the judge found a broken rule")
    worth = measure_worth(problem, schedule).objective
    bound = min(max(float(solver.best_objective_bound), 0.0), made.beyond)
    is_optimal = status == cp_model.OPTIMAL and worth <= made.beyond
    return CpsatAnswer(schedule, min(bound, worth), is_optimal, tuple(curve))


def _read_schedule(made: CpsatModel, solver: object) -> Schedule:
    problem, modes = made.problem, made.problem.modes
    value = solver.value  # type: ignore[attr-defined]
    chosen = np.array([bool(value(present)) for present in made.present])
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    mode = np.zeros(problem.num_tasks, dtype=np.int32)
    mode[owner[chosen]] = np.flatnonzero(chosen)
    start = np.array([value(var) for var in made.start], dtype=np.int64) * made.unit
    end = np.array([value(var) for var in made.end], dtype=np.int64) * made.unit
    extra = [setup if isinstance(setup, int) else value(setup) for setup in made.setup]
    setup = modes.setup_seconds[mode] + np.array(extra, dtype=np.int64) * made.unit
    fixed = problem.tasks.fixed_start >= 0
    start[fixed] = problem.tasks.fixed_start[fixed]
    return Schedule(mode, start, setup, end)
