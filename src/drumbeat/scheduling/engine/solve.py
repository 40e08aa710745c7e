"""Solve: the best schedule found within a time limit."""

from __future__ import annotations

from time import perf_counter

from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Result, Schedule, Worth

LOOK_AHEADS = (2.0, 1.0, 4.0, 0.5, 8.0, 16.0)


def list_rules(problem: Problem) -> list[DispatchParams]:
    """List the rules worth trying on a problem, the most promising first."""
    setup_weights = (0.5, 0.0) if problem.setups.seconds.any() else (0.0,)
    swept = [DispatchParams(Rule.ATC, k, s) for k in LOOK_AHEADS for s in setup_weights]
    others = [Rule.SLACK, Rule.MDD, Rule.EDD, Rule.WSPT, Rule.CRITICAL_RATIO, Rule.SPT]
    return [swept[0], DispatchParams(Rule.SLACK), *swept[1:], *(DispatchParams(rule) for rule in others[1:])]


def solve(
    problem: Problem, *, seconds: float = 10.0, seed: int = 0, workers: int = 2, progress: Progress = silent
) -> Result:
    """Find the best schedule within a time limit.

    Parameters
    ----------
    problem
        A problem without errors (`check_problem`).
    seconds
        Wall time, > 0; the first schedule is made whatever it takes.
    seed
        Of whatever is drawn.
    workers
        Processes or threads at most, >= 1.
    progress
        Hears how far it is; `Cancelled` passes.

    Returns
    -------
    Result
        Feasible; empty for a problem without tasks.
    """
    began = perf_counter()
    prepared = Prepared.of(problem)
    best: tuple[Schedule, Worth, str] | None = None
    curve: list[tuple[float, float]] = []
    rules = list_rules(problem)
    for i, params in enumerate(rules):
        spent = perf_counter() - began
        if best is not None and spent > seconds:
            break
        progress(min(spent / seconds, 1.0), params.name)
        schedule = dispatch(problem, params, prepared=prepared)
        worth = measure_worth(problem, schedule)
        if best is None or worth.objective < best[1].objective:
            best = (schedule, worth, params.name)
            curve.append((perf_counter() - began, worth.objective))
    assert best is not None
    return Result(best[0], best[1], 0.0, best[1].objective <= 0.0, best[2], tuple(curve))
