"""Solve from several starts: searches with seeds of their own, on cores or on a cluster; the best wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import Result
from drumbeat.scheduling.engine.search import rank_worth
from drumbeat.scheduling.engine.solve import solve


def solve_starts(
    problem: Problem,
    starts: int,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    gap: float = 0.0,
    plateau: float = 0.0,
    tell_time: Callable[[int], str] = "{:,} s".format,
    cores: int = 1,
    cluster: str | None = None,
    progress: Progress = silent,
) -> Result:
    """Solve a problem several times, each with a seed of its own, and return the best.

    Parameters
    ----------
    problem, seconds, workers, is_deterministic, gap, plateau, tell_time
        As in `solve`, for each start.
    starts
        How many, >= 1.
    seed
        Of the first start, which finds what `solve` finds; the others have the numbers after it.
    cores
        Processes on this machine among which the starts are dealt out, each of which uses `workers` threads.
    cluster
        Address of a Dask scheduler whose workers do it instead; None = this machine.
    progress
        Hears of every start that has ended; when it raises `Cancelled`, no new one begins.

    Returns
    -------
    Result
        The best of them, of equal ones that of the smallest seed; with the highest bound that any proved.

    Raises
    ------
    InputError
        When the problem breaks a rule, it is proven that it has no schedule, or the cluster does not answer.
    """
    check_problem(problem).raise_on_errors()
    options = {
        "seconds": seconds, "workers": workers, "is_deterministic": is_deterministic, "gap": gap, "plateau": plateau,
        "tell_time": tell_time,
    }  # fmt: skip
    play = partial(_solve_some, problem, seed, options)
    blocks = run_blocks(
        play, starts, cores=cores, block=1, use="processes", cluster=cluster, progress=progress, message="searching"
    )
    results = [result for block in blocks for result in block]
    best = min(results, key=lambda result: rank_worth(problem, result.worth))
    bound = max(result.bound for result in results)
    is_proven = not problem.objective.order and not best.worth.num_unscheduled and best.worth.objective <= bound
    return replace(best, bound=min(bound, best.worth.objective), is_optimal=best.is_optimal or is_proven)


def _solve_some(problem: Problem, seed: int, options: dict[str, object], start: int, stop: int) -> list[Result]:
    """Solve with the seeds of starts `start` to `stop - 1`."""
    return [solve(problem, seed=seed + number, **options) for number in range(start, stop)]  # type: ignore[arg-type]
