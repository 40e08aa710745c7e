"""Plan and schedule in turn: material and capacity at once, so that no promise rests on a machine that is not free.

The plan says what is needed for whom; the schedule gives each demand in turn the places that it needs; purchases are
then dated by when the schedule takes the material. Where demands come late, the plan is made again with what the
schedule found, and scheduled again. Rules, so that nobody has to guess:

- Planned purchases may come as early as their lead time allows; they are ordered no earlier than the schedule needs
  them. Transfers, and what subcontractors make, may leave as soon as what they take is there. Nothing planned starts
  before the plan's method opens: its item's frozen fence less its lead time, or the first day of its terms. Nor is it
  ready within the fence where the work takes less than the lead time. What comes from a supplier who delivers so much a
  week comes in the week for which the plan has room with him.
- Demands are served by due time, then by importance; those that are overdue, which are all wanted now, by importance,
  then by due time. One that cannot be on time lets those that still can go first, if they are due within four weeks
  after it.
- With `company.is_importance_first` the more important demand takes machines and components first, whatever is due
  when; due times count among equals. Where it is late all the same, it takes what is in stock or on order of its item
  from less important ones (`claim_stock`).
- What is on time on the machines that its operations prefer is made there; where it would not be, those operations take
  an alternative that must. What is late anyway is made where it ends first. Alternatives of one priority are alike.
- A demand is delivered when the last of the supplies that the plan pegged to it is there.
- At most `PASSES` times, until nobody is late, nothing new is learned (`learn_from_schedule`), or it gets worse; the
  pass with the fewest late demands is kept (with importance first, of the most important ones first), then the one with
  the least lateness, weighted by importance. It never gets worse than the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import PlanRun, plan_problem
from drumbeat.planning.compile_problem import compile_problem as compile_plan
from drumbeat.planning.engine.problem import FAR_FUTURE
from drumbeat.scheduling.actions import ScheduleRun, tell_schedule
from drumbeat.scheduling.check_purchases import check_purchases
from drumbeat.scheduling.choose_pass import Pass, Score, score_pass, tell_passes
from drumbeat.scheduling.compile_problem import Compiled, compile_problem
from drumbeat.scheduling.date_purchases import Windows, date_purchases, find_windows, hasten_supplies, tell_purchases
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.explain import explain_jobs
from drumbeat.scheduling.engine.list_wants import list_wants
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.place_demands import Wants, place_demands
from drumbeat.scheduling.engine.result import Result, Schedule
from drumbeat.scheduling.engine.shop import group_rows
from drumbeat.scheduling.follow_supplies import (
    Deliveries,
    find_deliveries,
    find_jobs,
    find_stuck,
    follow_pegs,
    name_supplies,
    tell_supplies,
)
from drumbeat.scheduling.learn_from_schedule import Lessons, learn_from_schedule
from drumbeat.scheduling.leave_out_rules import Plain, leave_out_rules
from drumbeat.scheduling.tell_moments import tell_moments

PASSES = 3
WAITS_TOO_LONG = "machines whose open hours leave no room within the most that its tasks may wait"


@dataclass(frozen=True)
class FinitePlan:
    """A plan that overloads nothing and uses no stock that is not there.

    Parameters
    ----------
    plan
        What is needed, and for whom, as far as the schedule has been learned from; its own times know no capacity.
    schedule
        When all of it is made.
    deliveries
        One row a demand, by due time: demand, item, site, quantity, due_at, delivered_at and late_seconds (null =
        never), reason (what it waited for longest; "" on time).
    purchases
        One row a planned purchase: code, item, site, source, quantity, order_at (latest), arrives_at.
    last_orders
        The order that comes last of those that serve each demand; none where stock does.
    supplies
        One row a demand and a supply of it: demand, supply ("" = stock), quantity, there_seconds (after now; null =
        never).
    claims
        One row for what a more important demand took of stock or on order: demand, item, site, quantity, taken_from.
    lessons
        What the plan reckons with that a schedule before it found; none where the first pass is kept.
    trail
        The passes in their order: late demands of each, which is kept, and why.
    is_importance_first
        Whether the more important demand was served first, whatever is due when.
    """

    plan: PlanRun
    schedule: ScheduleRun
    deliveries: pl.DataFrame
    purchases: pl.DataFrame
    last_orders: dict[str, str]
    supplies: pl.DataFrame = field(default_factory=pl.DataFrame)
    claims: pl.DataFrame = field(default_factory=pl.DataFrame)
    lessons: Lessons = field(default_factory=Lessons)
    trail: tuple[Pass, ...] = ()
    is_importance_first: bool = False

    @property
    def passes(self) -> tuple[int, ...]:
        """Late demands of each pass."""
        return tuple(one.late for one in self.trail)

    @property
    def num_late(self) -> int:
        """Number of demands that come late or never."""
        return int((self.deliveries["late_seconds"].fill_null(1) > 0).sum())

    def list_waits(self, order: str) -> list[dict[str, Any]]:
        """List what an order's time goes into, the last stretch first: cause and seconds; empty where it is bought."""
        found = (self.schedule.orders["order"] == order).arg_true().to_numpy().astype(np.int64)
        if not len(found):
            return []
        told: list[dict[str, Any]] = self.schedule.orders["waits"][int(found[0])].to_list()
        if told:
            return told
        waits = explain_jobs(self.schedule.problem, self.schedule.result.schedule, found)[0]
        return [{"cause": wait.cause, "seconds": wait.seconds} for wait in waits]


@dataclass(frozen=True)
class _Pass:
    """One plan, and the schedule of it."""

    lessons: Lessons
    plan: PlanRun
    compiled: Compiled
    plain: Plain
    windows: Windows
    schedule: Schedule
    found: Deliveries


def plan_finitely(
    snapshot: Snapshot, progress: Progress = silent, *, last: str = "", importance_first: bool | None = None,
    lessons: Lessons | None = None,
) -> FinitePlan:  # fmt: skip
    """Plan a snapshot against material and capacity at once. Nothing is stored.

    Parameters
    ----------
    snapshot
        The production system.
    progress
        Hears how far it is.
    last
        A demand that takes what all the others leave; it must be due after all of them. Only its reason is told then,
        and there is one pass.
    importance_first
        Whether the more important demand goes before the one due earlier; None = as `company.is_importance_first` says.
    lessons
        What a finite plan of these data has learned: it is made again, in one pass; None = learn.

    Raises
    ------
    InputError
        When an item goes into itself, the problem breaks a rule, or the independent judge finds that the result does.
    """
    if importance_first is None:
        importance_first = bool(snapshot["company"]["is_importance_first"].any())
    passes = 1 if last or lessons is not None else PASSES
    lessons = Lessons() if lessons is None else lessons
    progress(0.0, "reading the data")
    kept, best, scores = 0, None, list[Score]()
    base = compile_plan(snapshot)
    for number in range(passes):
        step = part_of(progress, 0.1 + 0.7 * number / passes, 0.1 + 0.7 * (number + 1) / passes)
        now = _make_pass(snapshot, base, lessons, last, step, importance_first=importance_first)
        scores.append(score_pass(now.plan.problem.demands, now.found, asking=last, importance_first=importance_first))
        is_worse = scores[number].rank > scores[kept].rank
        kept, best = (kept, best) if is_worse else (number, now)
        if number + 1 == passes or is_worse or not scores[number].late:
            break
        learned = learn_from_schedule(
            lessons, now.compiled, now.plan, now.schedule, now.found, claims_stock=importance_first
        )
        if learned == lessons:
            break
        lessons = learned
    progress(0.8, "explaining")
    assert best is not None
    return replace(_tell(snapshot, best, last), trail=tell_passes(scores, kept), is_importance_first=importance_first)


def _make_pass(
    snapshot: Snapshot, base: Any, lessons: Lessons, last: str, progress: Progress, *, importance_first: bool
) -> _Pass:
    """Plan with what is known, and schedule it; the judge looks at the result."""
    problem, places, findings = base
    plan = plan_problem(snapshot, lessons.apply_to(problem), places, findings, part_of(progress, 0.0, 0.2))
    # Late is what customers did not name, long is what the data do not say.
    named = replace(plan.problem, demands=problem.demands, methods=problem.methods)
    plan = replace(plan, problem=named)
    progress(0.2, "compiling the problem")
    windows = find_windows(plan, last)
    compiled = hasten_supplies(compile_problem(snapshot, plan), plan, windows)
    check_problem(compiled.problem).raise_on_errors()
    plain = leave_out_rules(compiled.problem)
    wants = _find_wants(compiled, plan, last, importance_first=importance_first)
    placed = place_demands(plain.problem, wants, rank=compiled.mode_rank, progress=part_of(progress, 0.4, 0.9))
    progress(0.9, "dating purchases")
    dated = replace(compiled, problem=date_purchases(plain.problem, placed.schedule, plan, windows))
    check_schedule(dated.problem, placed.schedule).raise_on_errors()
    schedule = plain.finish(placed.schedule)
    return _Pass(lessons, plan, dated, plain, windows, schedule, find_deliveries(dated, plan, schedule, windows))


def _tell(snapshot: Snapshot, kept: _Pass, last: str) -> FinitePlan:
    """Explain a pass, and put it into tables."""
    plan, found = kept.plan, kept.found
    worth = measure_worth(kept.compiled.problem, kept.schedule)
    result = Result(kept.schedule, worth, 0.0, False, "demand by demand")
    run = tell_schedule(snapshot, kept.compiled, result, explained=_find_explained(kept, last))
    lacks = kept.plain.tell()
    if lacks is not None:
        run.findings.add(lacks)
    purchases = tell_purchases(plan, kept.compiled, kept.windows)
    check_purchases(plan, purchases).raise_on_errors()
    codes, keys = name_supplies(plan), plan.problem.demands.keys
    last_orders = {str(keys[demand]): codes[found.last[demand]] for demand in np.flatnonzero(found.last >= 0).tolist()}
    deliveries, claims = _tell_deliveries(kept, run, last), _tell_claims(kept)
    return FinitePlan(plan, run, deliveries, purchases, last_orders, tell_supplies(plan, found), claims, kept.lessons)


def _find_explained(kept: _Pass, last: str) -> Int64s:
    """Jobs whose waits are told: those that decide when late demands are delivered, or when the last one is.

    Explaining those that are on time takes longer than placing all.
    """
    demands = kept.plan.problem.demands
    told = demands.keys == last if last else kept.found.is_late(demands.due)
    supplies = kept.found.last[told]
    jobs = find_jobs(kept.compiled, kept.plan)[supplies[supplies >= 0]]
    return np.unique(jobs[jobs >= 0])


def _find_wants(compiled: Compiled, plan: PlanRun, last: str, *, importance_first: bool) -> Wants:
    """Find the jobs of each demand by the plan's pegs, components first; the most pressing demand comes first."""
    demands, num_supplies = plan.problem.demands, len(name_supplies(plan))
    is_last = demands.keys == last
    importance = demands.priority if importance_first else np.ones(len(demands.due))
    order = np.lexsort((demands.due, -demands.priority, np.maximum(demands.due, 0), -importance, is_last))
    job_of = find_jobs(compiled, plan)
    taker, part, demand, root = follow_pegs(plan)
    part_ptr, of_part = group_rows(taker, num_supplies)
    root_ptr, of_root = group_rows(demand, len(order))
    job_ptr, job, root_job_ptr, root_job = list_wants(order, root_ptr, root[of_root], part_ptr, part[of_part], job_of)
    return Wants(demands.due[order], job_ptr, job, root_job_ptr, root_job, int(is_last.sum()), importance[order])


def _tell_deliveries(kept: _Pass, run: ScheduleRun, only: str) -> pl.DataFrame:
    plan, delivered = kept.plan, kept.found.delivered
    due, keys = plan.problem.demands.due, plan.problem.demands.keys
    is_late, is_never = kept.found.is_late(due), delivered >= FAR_FUTURE
    late = np.where(is_never, 0, np.maximum(delivered - np.maximum(due, 0), 0))
    reasons = [
        name if is_late[demand] and (not only or keys[demand] == only) else ""
        for demand, name in enumerate(_name_reasons(kept, run))
    ]
    told = pl.DataFrame(
        [
            pl.Series("demand", keys, dtype=pl.String),
            tell_moments(plan.as_of, due, np.abs(due) < FAR_FUTURE).alias("due_at"),
            tell_moments(plan.as_of, delivered, ~is_never).alias("delivered_at"),
            pl.select(pl.when(pl.Series(~is_never)).then(pl.Series(late))).to_series().alias("late_seconds"),
            pl.Series("reason", reasons, dtype=pl.String),
        ]
    )
    names = plan.demands.select("demand", "item", "site", "quantity")
    # In the order of what customers named, which may not be the one in which the plan served them.
    told = told.with_columns(due=pl.Series(due)).sort("due", "demand", maintain_order=True).drop("due")
    return told.join(names, on="demand", how="left", maintain_order="left").select(*names.columns, *told.columns[1:])


def _name_reasons(kept: _Pass, run: ScheduleRun) -> Iterator[str]:
    """Name what each demand waits for longest."""
    plan, found = kept.plan, kept.found
    waits = dict(zip(run.orders["order"].to_list(), run.orders["waits"].to_list(), strict=True))
    stuck, codes = find_stuck(kept.compiled, plan, kept.schedule), name_supplies(plan)
    gave = {claim.giver: f"stock given to the more important {claim.demand}" for claim in kept.lessons.claims}
    rows = zip(plan.problem.demands.keys.tolist(), found.last.tolist(), found.delivered.tolist(), strict=True)
    for key, last, delivered in rows:
        told = waits.get(codes[last], []) if last >= 0 else []
        if key in gave:
            yield gave[key]
        elif last < 0:
            yield "what is on order"
        elif last in stuck:
            yield WAITS_TOO_LONG
        elif delivered >= FAR_FUTURE and not told:
            yield "material"
        else:
            yield name_longest(told)


def _tell_claims(kept: _Pass) -> pl.DataFrame:
    """Tell what more important demands took: demand, item, site, quantity, taken_from."""
    rows = [(claim.demand, claim.giver, claim.quantity) for claim in kept.lessons.claims]
    schema = {"demand": pl.String, "taken_from": pl.String, "quantity": pl.Float64}
    places = kept.plan.demands.select("demand", "item", "site")
    told = pl.DataFrame(rows, schema, orient="row").join(places, on="demand", how="left", maintain_order="left")
    return told.select("demand", "item", "site", "quantity", "taken_from")


def name_longest(waits: list[dict[str, Any]]) -> str:
    """The cause for which an order waited longest, its own work left out."""
    total: dict[str, int] = {}
    for wait in waits:
        if wait["cause"] not in ("run", "setup", "release"):
            total[wait["cause"]] = total.get(wait["cause"], 0) + wait["seconds"]
    return max(total, key=lambda cause: total[cause]) if total else "its own work"
