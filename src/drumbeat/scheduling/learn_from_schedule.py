"""Learn from a schedule what the material plan did not know, so that the next plan reckons with it.

Rules, so that nobody has to guess:

- A demand that comes late is needed when it can be delivered: until then it does not take what others could still use
  in time, and nothing is bought for it in haste.
- Making takes as long as it took in the schedule, from the first task to the last, queues on the way included: the
  median of a method's orders; where they took less than planned, the plan's time stays.
- With importance first, a late demand takes stock and receipts of less important ones of its item and site
  (`claim_stock`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.planning.engine.problem import FAR_FUTURE, MAKE, Problem
from drumbeat.planning.plan_run import PlanRun
from drumbeat.scheduling.claim_stock import Claim, claim_stock
from drumbeat.scheduling.compile_problem import Compiled
from drumbeat.scheduling.engine.measure_worth import find_job_ends
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.follow_supplies import Deliveries, find_jobs


@dataclass(frozen=True)
class Lessons:
    """What a plan is to reckon with beyond the data.

    Parameters
    ----------
    needed
        Seconds after now at which demands are needed, by code, where that is not when they are due.
    queued
        Seconds that methods take longer, by method: the material's key, the source and the routing.
    claims
        Stock and receipts that more important demands take from others.
    """

    needed: dict[str, int] = field(default_factory=dict)
    queued: dict[str, int] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()

    def apply_to(self, problem: Problem) -> Problem:
        """Return a planning problem that reckons with them; what they name and the problem lacks is passed over."""
        demands, methods = problem.demands, problem.methods
        due = _fill(demands.due, demands.keys.tolist(), self.needed)
        extra = _fill(np.zeros(len(methods.kind), np.int64), name_methods(problem) if self.queued else [], self.queued)
        return replace(
            problem,
            demands=replace(demands, due=due),
            methods=replace(methods, lead_seconds=methods.lead_seconds + extra),
        )

    def be_later(self, seconds: int) -> Lessons:
        """Return the same lessons for data that are read so many seconds later."""
        return replace(self, needed={key: at - seconds for key, at in self.needed.items()})

    def as_json(self) -> dict[str, Any]:
        """Return the lessons in plain values; `read_lessons` reads them back."""
        return {"needed": self.needed, "queued": self.queued, "claims": [list(claim) for claim in self.claims]}


def read_lessons(told: dict[str, Any]) -> Lessons:
    """Read lessons back from plain values; none where there are none."""
    claims = tuple(Claim(*claim) for claim in told.get("claims", []))
    return Lessons(dict(told.get("needed", {})), dict(told.get("queued", {})), claims)


def _fill(values: Int64s, names: list[str], known: dict[str, int]) -> Int64s:
    """Put what is known by name in place of values."""
    if not known:
        return values
    return np.array([known.get(name, value) for name, value in zip(names, values.tolist(), strict=True)], np.int64)


def name_methods(problem: Problem) -> list[str]:
    """Name each method by its material, source and routing; what is the same in all has the same name."""
    methods = problem.methods
    owner = np.repeat(np.arange(problem.num_buffers), np.diff(methods.ptr))
    routings = methods.routing_keys if len(methods.routing_keys) else [""] * len(owner)
    named = zip(problem.buffers.keys[owner], methods.source_keys, routings, strict=True)
    return [f"{key} | {source} | {routing}" for key, source, routing in named]


def learn_from_schedule(
    before: Lessons, compiled: Compiled, plan: PlanRun, schedule: Schedule, found: Deliveries, *, claims_stock: bool
) -> Lessons:
    """Learn what the next plan is to reckon with.

    Parameters
    ----------
    before
        What this plan reckoned with: claims are kept.
    compiled, plan, schedule, found
        The schedule of a plan, and what it delivers when; the plan has the due times that customers named.
    claims_stock
        Whether late demands take stock of less important ones.
    """
    demands = plan.problem.demands
    late = np.flatnonzero(found.is_late(demands.due) & (found.delivered < FAR_FUTURE))
    needed = {str(demands.keys[row]): int(found.delivered[row]) for row in late.tolist()}
    claims = claim_stock(plan, found, taken=before.claims) if claims_stock else ()
    due = {str(key): int(at) for key, at in zip(demands.keys, demands.due, strict=True)}
    # Who claims is served just before the first who gives.
    ahead = {claim.demand: before.needed.get(claim.demand, due[claim.demand]) for claim in before.claims}
    for claim in claims:
        ahead[claim.demand] = min(ahead.get(claim.demand, due[claim.demand]), due[claim.giver] - 1)
    needed |= ahead
    claims = before.claims + claims
    return Lessons(needed, _find_queued(compiled, plan, schedule), claims)


def _find_queued(compiled: Compiled, plan: PlanRun, schedule: Schedule) -> dict[str, int]:
    """Seconds that the orders of each method took longer than their own data say, by the median."""
    orders, problem = plan.result.orders, compiled.problem
    job = find_jobs(compiled, plan)[: len(orders.buffer)]
    made = np.flatnonzero((job >= 0) & (plan.problem.methods.kind[orders.method] == MAKE))
    if not len(made):
        return {}
    ends, first = find_job_ends(problem, schedule), np.full(problem.num_jobs, FAR_FUTURE)
    placed = schedule.mode >= 0
    np.minimum.at(first, problem.tasks.job[placed], schedule.start[placed])
    made = made[first[job[made]] < FAR_FUTURE]
    method = orders.method[made]
    # The time that the data give: what earlier lessons added to it is no part of it.
    longer = (ends - first)[job[made]] - _list_lead_times(plan, made)
    names = name_methods(plan.problem)
    found = {}
    for one in np.unique(method).tolist():
        queued = int(np.median(longer[method == one]))
        if queued > 0:
            found[names[one]] = queued
    return found


def _list_lead_times(plan: PlanRun, rows: Int64s) -> Floats:
    """Seconds that planned orders take by the data."""
    orders, methods = plan.result.orders, plan.problem.methods
    method = orders.method[rows]
    lead: Floats = methods.lead_seconds[method] + methods.lead_seconds_per_unit[method] * orders.quantity[rows]
    return lead
