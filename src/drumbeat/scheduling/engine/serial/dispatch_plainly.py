"""Orders of tasks from dispatching the plain part of a problem: ATC knows due dates, queues and setups; serial
generation then places the tasks in that order and honours what dispatching does not know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Prepared, Rule, dispatch
from drumbeat.scheduling.engine.price_work import Policy, price_work
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Budgets, Problem, Skills
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.search import Lane
from drumbeat.scheduling.engine.search_policies import PolicySearch
from drumbeat.scheduling.engine.serial.make_genes import order_by_groups, rank_keys
from drumbeat.scheduling.engine.serial.search_serial import SECONDS_PER_TASK, Breeder

LOOK_AHEADS = (2.0, 8.0, 16.0, 4.0, 1.0, 0.5)
SETUP_WEIGHTS = (1.0, 0.0)


def leave_rules_out(problem: Problem, out: Int64s | None = None) -> Problem:
    """Return a problem without what dispatching does not honour; a deadline before the due time counts as that.

    What is `out` (not 0) takes no time: so the routes that are not chosen are in nobody's way.
    """
    no_index, no_int, no_number = np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0)
    jobs = problem.jobs
    due = np.minimum(jobs.due, jobs.deadline) if len(jobs.deadline) else jobs.due
    modes = problem.modes
    if out is not None and out.any():
        is_out = np.repeat(out != 0, np.diff(modes.task_ptr))
        run, setup = np.where(is_out, 0, modes.run_seconds), np.where(is_out, 0, modes.setup_seconds)
        modes = replace(modes, run_seconds=run, setup_seconds=setup)
    return replace(
        problem,
        jobs=replace(jobs, due=due, deadline=no_int),
        tasks=replace(problem.tasks, skip_cost=no_number, choice=no_index, goes_with=no_index),
        modes=modes,
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


def dispatch_plainly(problem: Problem, out: Int64s | None = None) -> Iterator[tuple[str, Floats]]:
    """Dispatch with one set of parameters after the other; yield a name and the start of each task, shape (T,).

    Tasks without a place come last. What is `out` (not 0) takes no time.
    """
    plain = leave_rules_out(problem, out)
    prepared = Prepared.of(plain)
    setup_weights = SETUP_WEIGHTS if plain.setups.seconds.any() else SETUP_WEIGHTS[1:]
    for look_ahead in LOOK_AHEADS:
        for weight in setup_weights:
            params = DispatchParams(Rule.ATC, look_ahead, weight)
            schedule = dispatch(plain, params, prepared=prepared)
            yield params.name, _key_of(schedule)


def _key_of(plain: Schedule) -> Floats:
    return np.where(plain.mode >= 0, plain.start, FAR_FUTURE).astype(np.float64)


@dataclass
class PlainPolicies(PolicySearch):
    """Policies for the plain part, each judged by the schedule that serial generation makes of its order."""

    plain: Problem = field(kw_only=True)
    breeder: Breeder = field(kw_only=True)

    @classmethod
    def of(cls, lane: Lane, breeder: Breeder) -> PlainPolicies:
        """A lane's search; it changes the breeder's genes."""
        problem = lane.search.problem
        plain = leave_rules_out(problem, breeder.out)
        seconds = 2 * SECONDS_PER_TASK * max(problem.num_tasks, 100)
        return cls(lane, Prepared.of(plain), seconds, plain=plain, breeder=breeder)

    def make(self, policy: Policy) -> Schedule:
        """Place all in the order in which the plain part starts."""
        prepared, breeder = price_work(self.prepared, policy), self.breeder
        start = _key_of(dispatch(self.plain, policy.params, prepared=prepared))
        breeder.genes.rank[:] = rank_keys(order_by_groups(breeder.serial, start))
        return breeder.make(breeder.genes)[0]

    def offer(self, schedule: Schedule, policy: Policy) -> None:
        """Offer it if no rule is broken."""
        if not check_schedule(self.lane.search.problem, schedule):
            super().offer(schedule, policy)
