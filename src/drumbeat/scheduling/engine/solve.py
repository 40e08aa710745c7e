"""Solve: the best schedule found within a time limit."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from drumbeat.basics.progress import Progress, silent
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch, dispatch_by_key
from drumbeat.scheduling.engine.improve_keys import improve_keys
from drumbeat.scheduling.engine.measure_worth import find_job_ends, measure_worth
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.read_instance import make_shop_problem
from drumbeat.scheduling.engine.result import UNSCHEDULED, Result, Schedule, Worth

LOOK_AHEADS = (2.0, 1.0, 4.0, 0.5, 8.0, 16.0)
MOST_EXACT_TASKS = 2000
"""Up to here CP-SAT polishes what dispatching and local search found."""
LEAD_TIME_ROUNDS = 6
SEARCH_SHARE = 0.25
"""Share of the time limit for local search before CP-SAT."""
WORK_PER_SECOND = 200_000
"""Tasks dispatched in one unit of deterministic time."""


@dataclass
class _Search:
    """The best so far, and the clock."""

    problem: Problem
    prepared: Prepared
    seconds: float
    progress: Progress
    began: float
    schedule: Schedule | None = None
    worth: Worth | None = None
    method: str = ""
    curve: list[tuple[float, float]] = field(default_factory=list)

    @property
    def spent(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self.began

    @property
    def objective(self) -> float:
        """Best objective so far."""
        return float("inf") if self.worth is None else self.worth.objective

    def offer(self, schedule: Schedule, method: str) -> bool:
        """Take a schedule over when it is the best so far."""
        worth = measure_worth(self.problem, schedule)
        # An unscheduled task is worse than any lateness.
        if self.worth is not None and (worth.num_unscheduled, worth.objective) >= (
            self.worth.num_unscheduled,
            self.worth.objective,
        ):
            return False
        self.schedule, self.worth, self.method = schedule, worth, method
        if not self.curve or worth.objective < self.curve[-1][1]:
            self.curve.append((self.spent, worth.objective))
        return True

    def tell(self, message: str) -> None:
        """Tell how far the time is."""
        self.progress(min(self.spent / self.seconds, 1.0) if self.seconds > 0 else 1.0, message)


def list_rules(problem: Problem) -> list[DispatchParams]:
    """List the rules worth trying on a problem, the most promising first."""
    setup_weights = (0.5, 0.0) if problem.setups.seconds.any() else (0.0,)
    swept = [DispatchParams(Rule.ATC, k, s) for k in LOOK_AHEADS for s in setup_weights]
    others = [Rule.MDD, Rule.EDD, Rule.WSPT, Rule.CRITICAL_RATIO, Rule.SPT]
    return [DispatchParams(Rule.SLACK), *swept, *(DispatchParams(rule) for rule in others)]


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    seed: int = 0,
    workers: int = 2,
    is_deterministic: bool = False,
    progress: Progress = silent,
) -> Result:
    """Find the best schedule within a time limit: rules, lead-time iteration, local search, CP-SAT where it is small.

    Parameters
    ----------
    problem
        Any problem; it is checked first.
    seconds
        Wall time, > 0; the first schedule is made whatever it takes, and what is compiled on first use comes on top.
    seed
        Of whatever is drawn.
    workers
        Threads of CP-SAT at most, >= 1.
    is_deterministic
        Whether to count work instead of the clock, so that a seed gives the same schedule on any machine; `seconds`
        is then a rough guess.
    progress
        Hears how far it is; `Cancelled` passes.

    Returns
    -------
    Result
        Feasible; empty for a problem without tasks.

    Raises
    ------
    InputError
        When the problem breaks a rule (`check_problem`).
    """
    check_problem(problem).raise_on_errors()
    _warm_up()
    search = _Search(problem, Prepared.of(problem), seconds, progress, perf_counter())
    rounds = _count_rounds(problem, seconds) if is_deterministic else None
    _sweep_rules(search, is_deterministic)
    _iterate_lead_times(search, is_deterministic)
    is_small = 0 < problem.num_tasks <= MOST_EXACT_TASKS
    share = SEARCH_SHARE if is_small else 1.0
    bound, is_optimal = 0.0, False
    if search.objective > 0 and problem.num_tasks > 1:
        _search_keys(search, seed, share, rounds)
    if is_small and search.objective > 0:
        bound, is_optimal = _prove(search, seed, workers, is_deterministic)
    if is_small and not is_optimal and not is_deterministic and search.objective > 0:
        _search_keys(search, seed + 1, 1.0, None)
    assert search.schedule is not None
    assert search.worth is not None
    is_optimal = is_optimal or (search.objective <= 0 and search.worth.num_unscheduled == 0)
    return Result(search.schedule, search.worth, bound, is_optimal, search.method, tuple(search.curve))


def _warm_up() -> None:
    """Have the kernels compiled before the clock starts, on a shop of one task that is not plain and one that is."""
    tiny = make_shop_problem([[[(0, 1)]]], 1)
    dispatch(tiny)
    dispatch(tiny, DispatchParams(Rule.CRITICAL_RATIO))


def _count_rounds(problem: Problem, seconds: float) -> int:
    return max(int(WORK_PER_SECOND * seconds / max(problem.num_tasks, 100)), 1)


def _sweep_rules(search: _Search, is_deterministic: bool) -> None:
    """Try one rule after the other; at most half of the time."""
    for params in list_rules(search.problem):
        if search.schedule is not None and not is_deterministic and search.spent > 0.5 * search.seconds:
            break
        search.tell(params.name)
        search.offer(dispatch(search.problem, params, prepared=search.prepared), params.name)


def _iterate_lead_times(search: _Search, is_deterministic: bool) -> None:
    """Dispatch by ATC again with the lead times that the best schedule had, half old and half new."""
    problem, prepared = search.problem, search.prepared
    assert search.schedule is not None
    if not problem.num_tasks or search.objective <= 0:
        return
    schedule = search.schedule
    task = prepared.shop.task.copy()
    for turn in range(LEAD_TIME_ROUNDS):
        if not is_deterministic and search.spent > 0.6 * search.seconds:
            break
        if (schedule.mode == UNSCHEDULED).any():
            break
        ends = find_job_ends(problem, schedule)
        lead = ends[problem.tasks.job] - schedule.start
        task["tail"][:-1] = 0.5 * task["tail"][:-1] + 0.5 * lead
        again = Prepared(prepared.shop._replace(task=task), prepared.plain)
        params = DispatchParams(Rule.ATC, LOOK_AHEADS[turn % 3], 0.5 if problem.setups.seconds.any() else 0.0)
        schedule = dispatch(problem, params, prepared=again)
        search.tell("lead times")
        search.offer(schedule, f"{params.name} with lead times")


def _search_keys(search: _Search, seed: int, share: float, rounds: int | None) -> None:
    """Local search over the dispatching order, until a share of the time is spent."""
    assert search.schedule is not None

    def stop(iteration: int, objective: float) -> bool:
        if iteration % 16 == 0:
            search.tell(f"local search {objective:,.1f}")
            if objective < min(search.objective, search.curve[-1][1]):
                search.curve.append((search.spent, objective))
        if objective <= 0:
            return True
        return iteration >= rounds if rounds is not None else search.spent >= share * search.seconds

    found, _ = improve_keys(search.problem, search.prepared.shop, search.schedule, stop, seed=seed)
    search.offer(found, "local search")


def _prove(search: _Search, seed: int, workers: int, is_deterministic: bool) -> tuple[float, bool]:
    """Polish by CP-SAT; its bound and whether the best is proven optimal."""
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    assert search.schedule is not None
    left = search.seconds if is_deterministic else max(search.seconds - search.spent, 0.0)
    if left <= 0:
        return 0.0, False
    answer = solve_cpsat(
        search.problem,
        search.schedule,
        seconds=left,
        seed=seed,
        workers=workers,
        is_deterministic=is_deterministic,
        progress=lambda _, message: search.tell(message),
    )
    if answer.schedule is None:
        return 0.0, False
    search.offer(answer.schedule, "CP-SAT")
    # What CP-SAT put first, dispatched: all that can start earlier does.
    search.offer(dispatch_by_key(search.prepared.shop, answer.schedule.start.astype(np.float64)), "CP-SAT, tightened")
    return min(answer.bound, search.objective), answer.is_optimal
