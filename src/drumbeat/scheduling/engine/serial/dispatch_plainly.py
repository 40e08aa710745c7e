"""Orders of tasks from dispatching the plain part of a problem: ATC knows due dates, queues and setups; serial
generation then places the tasks in that order and honours what dispatching does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Budgets, Problem, Skills

LOOK_AHEADS = (2.0, 8.0, 16.0, 4.0, 1.0, 0.5)
SETUP_WEIGHTS = (1.0, 0.0)


def leave_rules_out(problem: Problem) -> Problem:
    """Return a problem without what dispatching does not honour; a deadline before the due time counts as that."""
    no_index, no_int, no_number = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0)
    jobs = problem.jobs
    due = np.minimum(jobs.due, jobs.deadline) if len(jobs.deadline) else jobs.due
    return replace(
        problem,
        jobs=replace(jobs, due=due, deadline=no_int),
        tasks=replace(problem.tasks, skip_cost=no_number, choice=no_index),
        links=replace(problem.links, most=no_int),
        materials=replace(problem.materials, most=no_number),
        resources=replace(
            problem.resources,
            setup_crew=no_index,
            is_batch=np.zeros(0, np.bool_),
            most_campaign=no_int,
            clean_seconds=no_int,
            order_group=no_index,
            hold_pay=no_number,
        ),
        skills=Skills(),
        budgets=Budgets(),
    )


def dispatch_plainly(problem: Problem) -> Iterator[tuple[str, Floats]]:
    """Dispatch with one set of parameters after the other; yield a name and the start of each task, shape (T,).

    Tasks without a place come last.
    """
    plain = leave_rules_out(problem)
    prepared = Prepared.of(plain)
    setup_weights = SETUP_WEIGHTS if plain.setups.seconds.any() else SETUP_WEIGHTS[1:]
    for look_ahead in LOOK_AHEADS:
        for weight in setup_weights:
            params = DispatchParams(Rule.ATC, look_ahead, weight)
            schedule = dispatch(plain, params, prepared=prepared)
            yield params.name, np.where(schedule.mode >= 0, schedule.start, FAR_FUTURE).astype(np.float64)
