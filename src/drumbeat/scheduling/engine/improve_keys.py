"""Improve a schedule of any size by moving tasks and jobs forward in the order in which dispatching takes them."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np

from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.arrays import Floats, Int64s
from drumbeat.scheduling.engine.dispatch import dispatch_by_key
from drumbeat.scheduling.engine.measure_worth import find_job_ends, measure_worth
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule, Worth
from drumbeat.scheduling.engine.shop import Shop

PICK, SHIFT, ACCEPT, KIND = 1, 2, 3, 4
"""Purposes of the random numbers."""

Stop = Callable[[int, float], bool]
"""Hears the iteration and the best objective; True stops."""


def improve_keys(
    problem: Problem, shop: Shop, schedule: Schedule, stop: Stop, *, seed: int = 0, heat: float = 0.002
) -> tuple[Schedule, Worth]:
    """Improve a schedule by random moves of its dispatching order, keeping what is better or little worse.

    The order starts as the schedule's own starts. A move takes a late job, or any task, and shifts its keys by a random
    time; the whole shop is dispatched anew, so that every feature is honoured.

    Parameters
    ----------
    problem, shop
        The problem, and its `build_shop`.
    schedule
        Where to start.
    stop
        Asked before each iteration.
    seed
        Equal seeds and numbers of iterations give equal schedules.
    heat
        Share of the best objective by which a move may be worse and still be kept at even odds, >= 0.

    Returns
    -------
    Schedule, Worth
        Never worse than what it started from.
    """
    best, best_worth = schedule, measure_worth(problem, schedule)
    key = np.where(schedule.start >= 0, schedule.start, schedule.start.max(initial=0) + 1).astype(np.float64)
    current = best_worth.objective
    luck = np.uint64(luck_of(seed, 0))  # numba hands out a Python int, which may be too big for int64
    span = max(float(schedule.end.max(initial=1)), 1.0)
    order = np.argsort(problem.tasks.job, kind="stable")
    edges = np.searchsorted(problem.tasks.job[order], np.arange(problem.num_jobs + 1))
    odds = _late_odds(problem, best)
    iteration = 0
    while not stop(iteration, best_worth.objective):
        u = [float(uniform(luck, np.uint64(iteration), purpose, 0)) for purpose in (PICK, SHIFT, ACCEPT, KIND)]
        rows = _pick_rows(odds, order, edges, u)
        tried = key.copy()
        # Mostly forward, by a few thousandths to half of the schedule's span.
        shift = span * 0.5 * 0.002 ** u[1]
        tried[rows] -= shift if u[3] < 0.75 else -shift
        made = dispatch_by_key(shop, tried)
        worth = measure_worth(problem, made)
        allowed = -heat * best_worth.objective * log(max(u[2], 1e-12))
        if worth.objective <= current + allowed:
            current = worth.objective
            key = tried
            odds = _late_odds(problem, made)
        if worth.objective < best_worth.objective:
            best, best_worth = made, worth
        iteration += 1
    return best, best_worth


def _late_odds(problem: Problem, schedule: Schedule) -> Floats:
    """Cumulative odds of picking each job: by its weighted lateness, and a little for everybody."""
    ends = find_job_ends(problem, schedule)
    due = problem.jobs.due
    late = np.where(due < FAR_FUTURE, np.maximum(ends - due, 0), 0) * problem.jobs.weight
    if problem.objective.makespan:
        late = late + (ends >= ends.max(initial=0)) * float(ends.max(initial=0))
    cost = late + max(float(late.mean()), 1.0) * 0.2
    odds: Floats = np.cumsum(cost) / cost.sum()
    return odds


def _pick_rows(odds: Floats, order: Int64s, edges: Int64s, u: list[float]) -> Int64s:
    """Tasks to shift together: all of a job, or one and those that follow it in the job."""
    job = min(int(np.searchsorted(odds, u[0])), len(odds) - 1)
    rows = order[edges[job] : edges[job + 1]]
    part = (u[3] * 64.0) % 1.0
    if part < 0.5 or len(rows) < 2:
        return rows
    return rows[int((part - 0.5) * 2 * len(rows)) :]
