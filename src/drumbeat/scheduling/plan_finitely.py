"""Plan and schedule in one: material and capacity at once, so that no promise rests on a machine that is not free.

The plan says what is needed for whom; the schedule gives each demand in turn the places that it needs; purchases are
then dated by when the schedule takes the material. Rules, so that nobody has to guess:

- Planned purchases may come as early as their lead time allows; they are ordered no earlier than the schedule needs
  them. Nothing planned starts before the plan's method opens: its item's frozen fence less its lead time, or the
  first day of its terms. Nor is it ready within the fence where the work takes less than the lead time.
- Demands are served by due time, then by importance; those that are overdue, which are all wanted now, by importance,
  then by due time. One that cannot be on time lets those that still can go first, if they are due within four weeks
  after it.
- With `company.is_importance_first` the more important demand takes machines and components first, whatever is due
  when; due times count among equals. What is in stock of an item itself stays with whom the material plan gave it.
- A demand is delivered when the last of the supplies that the plan pegged to it is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.schema import MOMENT
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import PlanRun, make_plan
from drumbeat.planning.engine.problem import FAR_FUTURE
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, ORDER, RECEIPT
from drumbeat.scheduling.actions import ScheduleRun, tell_schedule
from drumbeat.scheduling.compile_orders import find_opening
from drumbeat.scheduling.compile_problem import Compiled, compile_problem
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.explain import explain_jobs
from drumbeat.scheduling.engine.list_wants import list_wants
from drumbeat.scheduling.engine.measure_worth import find_job_ends, measure_worth
from drumbeat.scheduling.engine.place_demands import Wants, place_demands
from drumbeat.scheduling.engine.problem import Materials, Problem
from drumbeat.scheduling.engine.result import UNSCHEDULED, Result, Schedule
from drumbeat.scheduling.engine.shop import group_rows
from drumbeat.scheduling.leave_out_rules import leave_out_rules

ROUNDING = 1e-6


@dataclass(frozen=True)
class FinitePlan:
    """A plan that overloads nothing and uses no stock that is not there.

    Parameters
    ----------
    plan
        What is needed, and for whom; its own times know no capacity.
    schedule
        When all of it is made.
    deliveries
        One row a demand, by due time: demand, item, site, quantity, due_at, delivered_at and late_seconds (null =
        never), reason (what it waited for longest; "" on time).
    purchases
        One row a planned purchase: code, item, site, source, quantity, order_at (latest), arrives_at.
    last_orders
        The order that comes last of those that serve each demand; none where stock does.
    """

    plan: PlanRun
    schedule: ScheduleRun
    deliveries: pl.DataFrame
    purchases: pl.DataFrame
    last_orders: dict[str, str]

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


def plan_finitely(
    snapshot: Snapshot, progress: Progress = silent, *, last: str = "", importance_first: bool | None = None
) -> FinitePlan:
    """Plan a snapshot against material and capacity at once. Nothing is stored.

    Parameters
    ----------
    snapshot
        The production system.
    progress
        Hears how far it is.
    last
        A demand that takes what all the others leave; it must be due after all of them. Only its reason is told then.
    importance_first
        Whether the more important demand goes before the one due earlier; None = as `company.is_importance_first` says.

    Raises
    ------
    InputError
        When an item goes into itself, the problem breaks a rule, or the independent judge finds that the result does.
    """
    plan = make_plan(snapshot, part_of(progress, 0.0, 0.2))
    progress(0.2, "compiling the problem")
    compiled = compile_problem(snapshot, plan)
    early = _hasten_purchases(compiled, plan)
    check_problem(early.problem).raise_on_errors()
    plain = leave_out_rules(early.problem)
    if importance_first is None:
        importance_first = bool(snapshot["company"]["is_importance_first"].any())
    wants = _find_wants(early, plan, last, importance_first=importance_first)
    placed = place_demands(plain.problem, wants, progress=part_of(progress, 0.3, 0.7))
    progress(0.7, "dating purchases")
    dated = replace(early, problem=_date_purchases(plain.problem, placed.schedule, plan))
    check_schedule(dated.problem, placed.schedule).raise_on_errors()
    schedule = plain.finish(placed.schedule)
    worth = measure_worth(dated.problem, schedule)
    result = Result(schedule, worth, 0.0, False, "demand by demand")
    progress(0.8, "explaining")
    delivered, decisive = _find_deliveries(dated, plan, schedule)
    run = tell_schedule(snapshot, dated, result, explained=_find_explained(dated, plan, delivered, decisive, last))
    lacks = plain.tell()
    if lacks is not None:
        run.findings.add(lacks)
    deliveries = _tell_deliveries(plan, run, delivered, decisive, last)
    codes, keys = _name_supplies(plan), plan.problem.demands.keys
    last_orders = {str(keys[demand]): codes[decisive[demand]] for demand in np.flatnonzero(decisive >= 0).tolist()}
    return FinitePlan(plan, run, deliveries, _tell_purchases(plan, dated), last_orders)


def _find_explained(compiled: Compiled, plan: PlanRun, delivered: Int64s, decisive: Int64s, last: str) -> Int64s:
    """Jobs whose waits are told: those that decide when late demands are delivered, or when the last one is.

    Explaining those that are on time takes longer than placing all.
    """
    demands = plan.problem.demands
    told = demands.keys == last if last else delivered > np.maximum(demands.due, 0)
    supplies = decisive[told]
    jobs = np.array(_find_jobs(compiled, plan), np.int64)[supplies[supplies >= 0]]
    return np.unique(jobs[jobs >= 0])


def _rows_of_orders(plan: PlanRun) -> dict[str, int]:
    return {code: row for row, code in enumerate(plan.orders["code"].to_list())}


def _find_planned(problem: Problem, plan: PlanRun) -> Int64s:
    """Planned order behind each receipt of the problem; -1 for what is on order already."""
    rows = _rows_of_orders(plan)
    return np.array([rows.get(str(key), -1) for key in problem.materials.receipt_keys], dtype=np.int64)


def _find_earliest(plan: PlanRun) -> Int64s:
    """When each planned order can be there at the earliest if nothing is waited for."""
    orders = plan.result.orders
    return find_opening(plan) + orders.need - orders.start


def _hasten_purchases(compiled: Compiled, plan: PlanRun) -> Compiled:
    """Let planned purchases come as early as their lead time, and their frozen fence, allow."""
    materials = compiled.problem.materials
    planned = _find_planned(compiled.problem, plan)
    earliest = _find_earliest(plan)
    time = materials.receipt_time.copy()
    mine = planned >= 0
    time[mine] = np.minimum(time[mine], earliest[planned[mine]])
    return replace(compiled, problem=replace(compiled.problem, materials=replace(materials, receipt_time=time)))


def _find_wants(compiled: Compiled, plan: PlanRun, last: str, *, importance_first: bool) -> Wants:
    """Find the jobs of each demand by the plan's pegs, components first; the most pressing demand comes first."""
    demands, num_supplies = plan.problem.demands, len(_name_supplies(plan))
    is_last = demands.keys == last
    importance = demands.priority if importance_first else np.ones(len(demands.due))
    order = np.lexsort((demands.due, -demands.priority, np.maximum(demands.due, 0), -importance, is_last))
    job_of = np.array(_find_jobs(compiled, plan), np.int64)
    taker, part, demand, root = _follow_pegs(plan)
    part_ptr, of_part = group_rows(taker, num_supplies)
    root_ptr, of_root = group_rows(demand, len(order))
    job_ptr, job, root_job_ptr, root_job = list_wants(order, root_ptr, root[of_root], part_ptr, part[of_part], job_of)
    return Wants(demands.due[order], job_ptr, job, root_job_ptr, root_job, int(is_last.sum()), importance[order])


def _find_jobs(compiled: Compiled, plan: PlanRun) -> list[int]:
    """Job of each supply, planned orders first and receipts after them; -1 for what is not made here."""
    jobs = {code: job for job, code in enumerate(compiled.jobs["order"].to_list())}
    return [jobs.get(code, -1) for code in _name_supplies(plan)]


def _name_supplies(plan: PlanRun) -> list[str]:
    """Code of each supply, planned orders first and receipts after them."""
    return [*plan.orders["code"].to_list(), *(str(key) for key in plan.problem.receipts.keys)]


def _find_supply(plan: PlanRun, source: Int8s, supply: Int32s) -> Int64s:
    """Number of the supply of pegs, planned orders first and receipts after them; -1 for stock."""
    number = np.where(source == RECEIPT, supply.astype(np.int64) + plan.orders.height, supply)
    return np.where((source == ORDER) | (source == RECEIPT), number, -1)


def _follow_pegs(plan: PlanRun) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Pairs of a supply and one that goes into it, and of a demand and a supply that serves it."""
    pegs, requirements = plan.result.pegs, plan.result.requirements
    supply = _find_supply(plan, pegs.source, pegs.supply)
    rows = np.flatnonzero(supply >= 0)
    origin, parent = (column[pegs.requirement[rows]] for column in (requirements.origin, requirements.parent))
    taker = np.where(origin == FROM_ORDER, parent, parent.astype(np.int64) + plan.orders.height)
    is_root = origin == FROM_DEMAND
    node = supply[rows]
    return taker[~is_root], node[~is_root], parent[is_root].astype(np.int64), node[is_root]


def _date_purchases(problem: Problem, schedule: Schedule, plan: PlanRun) -> Problem:
    """Move each planned purchase to the moment at which the schedule would run out without it."""
    materials = problem.materials
    if not len(materials.receipt_time):
        return problem
    planned = _find_planned(problem, plan) >= 0
    time = materials.receipt_time.copy()
    moment, material, quantity = _list_movements(problem, schedule)
    starts = np.searchsorted(material, np.arange(len(materials.keys) + 1))
    for k in np.unique(materials.receipt_material[planned]).tolist():
        span = slice(int(starts[k]), int(starts[k + 1]))
        mine = np.flatnonzero(planned & (materials.receipt_material == k))
        mine = mine[np.argsort(time[mine], kind="stable")]
        sure = np.flatnonzero(~planned & (materials.receipt_material == k))
        _date_material(materials, k, moment[span], quantity[span], mine, sure, time)
    return replace(problem, materials=replace(materials, receipt_time=time))


def _list_movements(problem: Problem, schedule: Schedule) -> tuple[Int64s, Int64s, Floats]:
    """What the schedule takes and brings: moment, material and quantity, by material, then time, bringing first."""
    materials = problem.materials
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
    is_done = schedule.mode[owner] >= 0
    owner, material, quantity = owner[is_done], materials.material[is_done], materials.quantity[is_done]
    moment = np.where(quantity < 0, schedule.start[owner], schedule.end[owner])
    order = np.lexsort((quantity < 0, moment, material))
    return moment[order], material[order].astype(np.int64), quantity[order]


def _date_material(
    materials: Materials, k: int, moment: Int64s, quantity: Floats, mine: Int64s, sure: Int64s, time: Int64s
) -> None:
    """Date the planned receipts `mine` of one material, in place; `sure` ones come when they come."""
    at = np.concatenate((time[sure], moment))
    change = np.concatenate((materials.receipt_quantity[sure], quantity))
    order = np.lexsort((change < 0, at))
    level = float(materials.stock[k])
    waiting = mine.tolist()
    for row in order.tolist():
        level += float(change[row])
        while level < -ROUNDING and waiting:
            receipt = waiting.pop(0)
            # Never before it can come: the schedule counted on no more.
            time[receipt] = max(int(at[row]), int(time[receipt]))
            level += float(materials.receipt_quantity[receipt])
    last = int(at.max(initial=0))
    for receipt in waiting:
        time[receipt] = max(last, int(time[receipt]))


def _find_supply_times(compiled: Compiled, plan: PlanRun, schedule: Schedule) -> Int64s:
    """When each supply is there, planned orders first and receipts after them."""
    ends = find_job_ends(compiled.problem, schedule)
    lost = np.zeros(compiled.problem.num_jobs, dtype=bool)
    lost[compiled.problem.tasks.job[schedule.mode == UNSCHEDULED]] = True
    ends = np.where(lost, FAR_FUTURE, ends)
    materials = compiled.problem.materials
    bought = {str(key): int(at) for key, at in zip(materials.receipt_keys, materials.receipt_time, strict=True)}
    earliest = [*np.maximum(plan.result.orders.ready, _find_earliest(plan)).tolist(),
                *np.maximum(plan.problem.receipts.time, 0).tolist()]  # fmt: skip
    rows = zip(_name_supplies(plan), _find_jobs(compiled, plan), earliest, strict=True)
    return np.array([int(ends[job]) if job >= 0 else bought.get(code, at) for code, job, at in rows], np.int64)


def _find_deliveries(compiled: Compiled, plan: PlanRun, schedule: Schedule) -> tuple[Int64s, Int64s]:
    """When each demand is delivered, and the supply that comes last (-1 for stock or nothing)."""
    times = np.append(_find_supply_times(compiled, plan, schedule), 0)
    pegs, requirements = plan.result.pegs, plan.result.requirements
    rows = np.flatnonzero(requirements.origin[pegs.requirement] == FROM_DEMAND)
    supply = _find_supply(plan, pegs.source[rows], pegs.supply[rows])
    demand = requirements.parent[pegs.requirement[rows]]
    at = times[supply]
    size = plan.problem.num_demands
    delivered, served = np.zeros(size, np.int64), np.zeros(size)
    np.maximum.at(delivered, demand, at)
    np.add.at(served, demand, pegs.quantity[rows])
    wanted = plan.problem.demands.quantity
    delivered[served < wanted - ROUNDING * np.maximum(wanted, 1.0)] = FAR_FUTURE
    last = np.full(size, -1, np.int64)
    decides = at == delivered[demand]
    last[demand[decides]] = supply[decides]
    return delivered, last


def _moments(start: datetime, seconds: Int64s, known: Bools) -> pl.Series:
    # No calendar reaches further: what comes then is told as never.
    ends = datetime(1, 1, 1, tzinfo=start.tzinfo), datetime(9999, 12, 31, 23, 59, tzinfo=start.tzinfo)
    first, last = ((end - start).total_seconds() for end in ends)
    known = known & (seconds >= first) & (seconds <= last)
    values = pl.Series(np.where(known, seconds, 0)) * 1_000_000 + int(start.timestamp()) * 1_000_000
    return pl.select(pl.when(pl.Series(known)).then(values.cast(MOMENT))).to_series()


def _tell_deliveries(plan: PlanRun, run: ScheduleRun, delivered: Int64s, last: Int64s, only: str) -> pl.DataFrame:
    due = plan.problem.demands.due
    is_never = delivered >= FAR_FUTURE
    late = np.where(is_never, 0, np.maximum(delivered - np.maximum(due, 0), 0))
    waits = dict(zip(run.orders["order"].to_list(), run.orders["waits"].to_list(), strict=True))
    codes = _name_supplies(plan)
    reasons = [
        ""
        if (not late[demand] and not is_never[demand]) or (only and plan.problem.demands.keys[demand] != only)
        else name_longest(waits.get(codes[order], []))
        if order >= 0
        else "what is on order"
        for demand, order in enumerate(last.tolist())
    ]
    told = pl.DataFrame(
        [
            pl.Series("demand", plan.problem.demands.keys, dtype=pl.String),
            _moments(plan.as_of, due, np.abs(due) < FAR_FUTURE).alias("due_at"),
            _moments(plan.as_of, delivered, ~is_never).alias("delivered_at"),
            pl.select(pl.when(pl.Series(~is_never)).then(pl.Series(late))).to_series().alias("late_seconds"),
            pl.Series("reason", reasons, dtype=pl.String),
        ]
    )
    names = plan.demands.select("demand", "item", "site", "quantity")
    return names.join(told, on="demand", how="left", maintain_order="left")


def name_longest(waits: list[dict[str, Any]]) -> str:
    """The cause for which an order waited longest, its own work left out."""
    total: dict[str, int] = {}
    for wait in waits:
        if wait["cause"] not in ("run", "setup", "release"):
            total[wait["cause"]] = total.get(wait["cause"], 0) + wait["seconds"]
    return max(total, key=lambda cause: total[cause]) if total else "its own work"


def _tell_purchases(plan: PlanRun, compiled: Compiled) -> pl.DataFrame:
    materials = compiled.problem.materials
    arrives = {str(key): int(at) for key, at in zip(materials.receipt_keys, materials.receipt_time, strict=True)}
    orders = plan.result.orders
    bought = plan.orders.with_row_index("row").filter(pl.col("method") == "buy")
    rows = bought["row"].to_numpy().astype(np.int64)
    lead = (orders.need - orders.start)[rows]
    codes = bought["code"].to_list()
    at = np.array([arrives.get(code, int(orders.need[row])) for code, row in zip(codes, rows, strict=True)], np.int64)
    at = np.maximum(at, _find_earliest(plan)[rows])
    start = plan.as_of
    known = np.ones(len(at), dtype=bool)
    return bought.select("code", "item", "site", "source", "quantity").with_columns(
        _moments(start, at - lead, known).alias("order_at"), _moments(start, at, known).alias("arrives_at")
    )
