"""Solve: the best schedule found within a time limit, by whichever method fits the problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import Result
from drumbeat.scheduling.engine.search import Search


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    gap: float = 0.0,
    plateau: float = 0.0,
    waits_for_kernels: bool = True,
    tell_time: Callable[[int], str] = "{:,} s".format,
    progress: Progress = silent,
) -> Result:
    """Find the best schedule within a time limit.

    Construction, then local search, then exact methods: which of them, the portfolio picks by the problem's size and by
    what it uses.

    Parameters
    ----------
    problem
        Any problem; it is checked first.
    seconds
        Wall time, > 0; the first schedule is made whatever it takes, and what is compiled on first use comes on top.
    seed
        Of whatever is drawn.
    workers
        Threads at most, >= 1.
    is_deterministic
        Whether to count work instead of the clock, so that a seed gives the same schedule on any machine; `seconds`
        is then a rough guess.
    gap
        Stop when the objective is proven to be within this share of the best possible; 0 = only when it is the best.
    plateau
        Stop when nothing better was found for so many seconds; 0 = never.
    waits_for_kernels
        False: do without what is not compiled yet and takes minutes to compile, once after an installation.
    tell_time
        Turns seconds from the horizon's start into words, such as "Friday 14:00", to say why nothing fits.
    progress
        Hears how far it is; `Cancelled` passes.

    Returns
    -------
    Result
        Feasible; empty for a problem without tasks.

    Raises
    ------
    InputError
        When the problem breaks a rule (`check_problem`), or it is proven that it has no schedule.
    """
    check_problem(problem).raise_on_errors()
    problem = _weigh_single_aim(problem)
    _warm_up()
    method = choose_method(problem, describe(problem))
    is_ready = waits_for_kernels or method.is_ready()
    if is_ready:
        method.warm_up()
    search = Search(problem, seconds, seed, workers, is_deterministic, progress, gap, plateau, is_ready, tell_time)
    method.run(search)
    if search.objective <= 0 and not problem.objective.order:
        search.raise_bound(0.0)
    return search.result()


def _weigh_single_aim(problem: Problem) -> Problem:
    """Write an order of one part as a weight of 1, which is the same and which every method knows."""
    order = problem.objective.order
    if len(order) != 1:
        return problem
    return replace(problem, objective=replace(Objective(tardiness=0.0), **{order[0]: 1.0}))  # type: ignore[arg-type]


def _warm_up() -> None:
    """Have the kernels compiled before the clock starts, on a shop of one task that is not plain and one that is."""
    tiny = make_shop_problem([[[(0, 1)]]], 1)
    dispatch(tiny)
    dispatch(tiny, DispatchParams(Rule.CRITICAL_RATIO))
