"""Solve any problem: rules, lead-time iteration, local search over the dispatching order, CP-SAT where it is small."""

from __future__ import annotations

import numpy as np

from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch, dispatch_by_key
from drumbeat.scheduling.engine.improve_keys import improve_keys
from drumbeat.scheduling.engine.measure_worth import find_job_ends
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.scheduling.engine.search import Search

LOOK_AHEADS = (2.0, 1.0, 4.0, 0.5, 8.0, 16.0)
MOST_EXACT_TASKS = 2000
"""Up to here CP-SAT polishes what dispatching and local search found."""
LEAD_TIME_ROUNDS = 6
SEARCH_SHARE = 0.25
"""Share of the time limit for local search before CP-SAT."""
SECONDS_PER_TASK = 5e-6
"""What dispatching a task takes; deterministic searches count it."""


def list_rules(problem: Problem) -> list[DispatchParams]:
    """List the rules worth trying on a problem, the most promising first."""
    setup_weights = (0.5, 0.0) if problem.setups.seconds.any() else (0.0,)
    swept = [DispatchParams(Rule.ATC, k, s) for k in LOOK_AHEADS for s in setup_weights]
    others = [Rule.MDD, Rule.EDD, Rule.WSPT, Rule.CRITICAL_RATIO, Rule.SPT]
    return [DispatchParams(Rule.SLACK), *swept, *(DispatchParams(rule) for rule in others)]


def solve_general(search: Search) -> None:
    """Find a good schedule of any problem that dispatching honours (`Features.is_dispatchable`)."""
    problem, prepared = search.problem, Prepared.of(search.problem)
    _sweep_rules(search, prepared)
    _iterate_lead_times(search, prepared)
    is_small = 0 < problem.num_tasks <= MOST_EXACT_TASKS
    if search.objective > 0 and problem.num_tasks > 1:
        _search_keys(search, prepared, search.seed, SEARCH_SHARE if is_small else 1.0)
    if is_small and search.objective > 0:
        _prove(search, prepared)
    if is_small and not search.is_over():
        _search_keys(search, prepared, search.seed + 1, 1.0)


def _count(search: Search) -> None:
    search.count(SECONDS_PER_TASK * max(search.problem.num_tasks, 100))


def _sweep_rules(search: Search, prepared: Prepared) -> None:
    """Try one rule after the other; at most half of the time."""
    for params in list_rules(search.problem):
        if search.schedule is not None and search.spent > 0.5 * search.seconds:
            break
        search.tell(params.name)
        search.offer(dispatch(search.problem, params, prepared=prepared), params.name)
        _count(search)


def _iterate_lead_times(search: Search, prepared: Prepared) -> None:
    """Dispatch by ATC again with the lead times that the best schedule had, half old and half new."""
    problem = search.problem
    assert search.schedule is not None
    if not problem.num_tasks or search.objective <= 0:
        return
    schedule = search.schedule
    task = prepared.shop.task.copy()
    for turn in range(LEAD_TIME_ROUNDS):
        if search.spent > 0.6 * search.seconds or (schedule.mode == UNSCHEDULED).any():
            break
        ends = find_job_ends(problem, schedule)
        lead = ends[problem.tasks.job] - schedule.start
        task["tail"][:-1] = 0.5 * task["tail"][:-1] + 0.5 * lead
        again = Prepared(prepared.shop._replace(task=task), prepared.plain)
        params = DispatchParams(Rule.ATC, LOOK_AHEADS[turn % 3], 0.5 if problem.setups.seconds.any() else 0.0)
        schedule = dispatch(problem, params, prepared=again)
        search.tell("lead times")
        search.offer(schedule, f"{params.name} with lead times")
        _count(search)


def _search_keys(search: Search, prepared: Prepared, seed: int, share: float) -> None:
    """Local search over the dispatching order, until a share of the time is spent."""
    assert search.schedule is not None

    def stop(iteration: int, objective: float) -> bool:
        if iteration % 16 == 0:
            search.tell(f"local search {objective:,.1f}")
            if objective < min(search.objective, search.curve[-1][1]):
                search.curve.append((search.spent, objective))
        _count(search)
        return objective <= 0 or search.is_over(share * search.seconds)

    found, _ = improve_keys(search.problem, prepared.shop, search.schedule, stop, seed=seed)
    search.offer(found, "local search")


def _prove(search: Search, prepared: Prepared) -> None:
    """Polish by CP-SAT, and take its bound over."""
    from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat

    assert search.schedule is not None
    left = search.seconds if search.is_deterministic else max(search.seconds - search.spent, 0.0)
    if left <= 0:
        return
    answer = solve_cpsat(
        search.problem,
        search.schedule,
        seconds=left,
        seed=search.seed,
        workers=search.workers,
        is_deterministic=search.is_deterministic,
        progress=lambda _, message: search.tell(message),
    )
    search.count(left)
    if answer.schedule is None:
        return
    search.offer(answer.schedule, "CP-SAT")
    # What CP-SAT put first, dispatched: all that can start earlier does.
    search.offer(dispatch_by_key(prepared.shop, answer.schedule.start.astype(np.float64)), "CP-SAT, tightened")
    search.raise_bound(search.objective if answer.is_optimal else answer.bound)
