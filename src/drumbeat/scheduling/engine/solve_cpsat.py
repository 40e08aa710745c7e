"""Solve by CP-SAT, from a schedule or from nothing, and prove how good the answer is: for small problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from time import perf_counter
from typing import Any

from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Schedule

UNITS_PER_SECOND = 0.25
"""Deterministic units of the solver in a second of an ordinary core."""
POLL_SECONDS = 0.1
"""Between two looks at whether to stop."""


@dataclass(frozen=True, slots=True)
class CpsatAnswer:
    """What CP-SAT found.

    Parameters
    ----------
    schedule
        Its best schedule, feasible; None where it found none or the problem cannot be modelled exactly.
    bound
        A proven lower bound of the objective (of its first part where the parts have an order); 0 where nothing is
        proven.
    is_optimal
        Whether the schedule is proven to be optimal.
    curve
        (seconds of the solver, objective) at each improvement.
    reason
        Why there is no schedule, or "".
    is_infeasible
        Whether it is proven that there is none.
    """

    schedule: Schedule | None
    bound: float
    is_optimal: bool
    curve: tuple[tuple[float, float], ...] = ()
    reason: str = ""
    is_infeasible: bool = False


def solve_cpsat(
    problem: Problem,
    hint: Schedule | None = None,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    progress: Progress = silent,
    hear: Callable[[Schedule], None] | None = None,
    hear_bound: Callable[[float], None] | None = None,
    is_over: Callable[[], bool] | None = None,
) -> CpsatAnswer:
    """Solve by CP-SAT.

    Parameters
    ----------
    problem
        A problem without errors, of some 2,000 tasks at most.
    hint
        A feasible schedule to start from; None where none is known.
    seconds
        Time limit: of the clock, or, where deterministic, about as much counted work. Parts with an order share it.
    seed, workers
        Of the solver; `workers` >= 1.
    is_deterministic
        Whether the same seed gives the same answer whatever the machine's load.
    progress
        Hears of improvements; `Cancelled` stops the solver and passes.
    hear
        Is given each better schedule as it is found, judged by `check_schedule`; called from another thread.
    hear_bound
        Is given each better bound of the objective, likewise.
    is_over
        Asked ten times a second whether to stop.

    Returns
    -------
    CpsatAnswer
        Its schedule is judged by `check_schedule` before it is given back.
    """
    from drumbeat.scheduling.engine.exact.build_model import add_parts, build_model, complete_hint
    from drumbeat.scheduling.engine.exact.model import NotModelledError

    began = perf_counter()
    try:
        made = build_model(problem, hint)
        stages = add_parts(made)
    except NotModelledError as error:
        return CpsatAnswer(None, 0.0, False, (), str(error))
    if hint is not None:
        complete_hint(made)
    run = _Run(made, seconds, seed, workers, is_deterministic, progress, began)
    run.hear, run.hear_bound, run.is_over = hear, hear_bound, is_over
    for number, terms in enumerate(stages):
        run.minimise(terms, len(stages) - number)
        if run.schedule is None or run.is_out_of_time or not run.is_proved:
            run.is_proved &= number + 1 == len(stages)
            break
    return run.answer()


class _Run:
    """One model, minimised part after part."""

    def __init__(
        self,
        made: Any,
        seconds: float,
        seed: int,
        workers: int,
        is_deterministic: bool,
        progress: Progress,
        began: float,
    ) -> None:
        self.made, self.seconds, self.seed, self.workers = made, seconds, seed, workers
        self.is_deterministic, self.progress, self.began = is_deterministic, progress, began
        self.hear: Callable[[Schedule], None] | None = None
        self.hear_bound: Callable[[float], None] | None = None
        self.is_over: Callable[[], bool] | None = None
        self.objective = 0.0
        self.schedule: Schedule | None = None
        self.bound = 0.0
        self.bounds_done = 0
        self.is_proved = self.is_infeasible = self.is_out_of_time = False
        self.curve: list[tuple[float, float]] = []
        self.reason = ""

    def minimise(self, terms: list[tuple[Any, float]], stages_left: int) -> None:
        """Minimise one part, the parts before it held where they are."""
        from ortools.sat.python import cp_model

        from drumbeat.scheduling.engine.exact.add_objective import make_whole
        from drumbeat.scheduling.engine.exact.build_model import read_schedule

        solver = self._make_solver(stages_left)
        whole, worth = make_whole(terms, 2 * self.made.horizon)
        if whole:
            self.made.model.minimize(sum(what * times for what, times in whole))
        else:
            self.made.model.clear_objective()
        run = self

        class Watch(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                run.objective = self.objective_value * worth
                run.curve.append((perf_counter() - run.began, run.objective))
                if run.hear is not None:
                    found = read_schedule(run.made, self.value)
                    if not check_schedule(run.made.problem, found):
                        run.hear(found)

        status = self._solve(solver, Watch(), worth if self.bounds_done == 0 else 0.0)
        self.is_proved = status == cp_model.OPTIMAL
        self.is_infeasible = status == cp_model.INFEASIBLE
        if self.bounds_done == 0 and status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN):
            self.bound = max(float(solver.best_objective_bound) * worth, 0.0) if whole else 0.0
        self.bounds_done += 1
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.reason = solver.status_name(status)
            return
        found = read_schedule(self.made, solver.value)
        if check_schedule(self.made.problem, found):
            self.is_proved, self.reason = False, "the judge found a broken rule"
            return
        self.schedule = found
        if stages_left > 1:
            self._hold(whole, solver)

    def _solve(self, solver: Any, watch: Any, worth: float) -> Any:
        """Solve in a thread, so that bounds and wishes to stop are heard all the while."""
        status: list[Any] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                status.append(solver.solve(self.made.model, watch))
            except BaseException as error:
                errors.append(error)

        def hear_bound(bound: float) -> None:
            if self.hear_bound is not None:
                self.hear_bound(min(max(bound * worth, 0.0), self.made.beyond))

        if worth > 0:
            solver.best_bound_callback = hear_bound
        thread = Thread(target=work)
        thread.start()
        wish: BaseException | None = None
        while thread.is_alive():
            thread.join(POLL_SECONDS)
            try:
                share = (perf_counter() - self.began) / max(self.seconds, 1e-9)
                self.progress(min(share, 1.0), f"CP-SAT {self.objective:,.2f}" if self.curve else "CP-SAT")
                if self.is_over is not None and self.is_over():
                    solver.stop_search()
            except BaseException as error:
                wish = error
                solver.stop_search()
        if wish is not None or errors:
            raise wish or errors[0]
        return status[0]

    def _make_solver(self, stages_left: int) -> Any:
        from ortools.sat.python import cp_model

        solver = cp_model.CpSolver()
        solver.parameters.num_workers = self.workers
        solver.parameters.random_seed = self.seed
        if self.is_deterministic:
            solver.parameters.interleave_search = True
            solver.parameters.max_deterministic_time = UNITS_PER_SECOND * self.seconds / stages_left
        else:
            left = self.seconds - (perf_counter() - self.began if self.curve else 0.0)
            self.is_out_of_time = left <= 0
            solver.parameters.max_time_in_seconds = max(left, 0.01)
        return solver

    def _hold(self, whole: list[tuple[Any, int]], solver: Any) -> None:
        """Keep a part from becoming worse while the next is made smaller, and start from what was found."""
        from drumbeat.scheduling.engine.exact.build_model import give_hint

        if whole:
            value = sum((what if isinstance(what, int) else solver.value(what)) * times for what, times in whole)
            self.made.model.add(sum(what * times for what, times in whole) <= value)
        assert self.schedule is not None
        self.made.model.clear_hints()
        give_hint(self.made, self.schedule)

    def answer(self) -> CpsatAnswer:
        """What was found and what is proved."""
        if self.schedule is None:
            bound = min(self.bound, self.made.beyond)
            return CpsatAnswer(None, bound, False, tuple(self.curve), self.reason, self.is_infeasible)
        worth = measure_worth(self.made.problem, self.schedule).objective
        bound = min(self.bound, self.made.beyond, worth)
        is_optimal = self.is_proved and worth <= self.made.beyond
        return CpsatAnswer(self.schedule, bound, is_optimal, tuple(self.curve))
