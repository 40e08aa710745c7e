"""Date the purchases that a plan proposes by the schedule: as late as the work allows, as early as suppliers can."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.planning.engine.problem import FAR_FUTURE, MAKE
from drumbeat.planning.engine.size_orders import WEEK
from drumbeat.planning.plan_run import PlanRun
from drumbeat.scheduling.compile_orders import find_opening
from drumbeat.scheduling.compile_problem import Compiled
from drumbeat.scheduling.engine.problem import Materials, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.tell_moments import tell_moments

ROUNDING = 1e-6


class Windows(NamedTuple):
    """When planned orders can be there if nothing is waited for: the first moment and the last one; shape (N,) each."""

    first: Int64s
    last: Int64s


def find_windows(plan: PlanRun, asking: str = "") -> Windows:
    """Find when each planned order can be there if nothing is waited for.

    What comes from a supplier who delivers so much a week only comes from the first week that has room, in the order in
    which the plan needs it, to the week for which the plan has room; everything else at any time from now on that its
    lead time and its frozen fence leave.

    Parameters
    ----------
    asking
        A demand that takes what all the others leave: its purchases come last in line.
    """
    orders = plan.result.orders
    first = find_opening(plan) + orders.need - orders.start
    last = np.full(len(first), FAR_FUTURE)
    limit = _find_limits(plan)
    bounded = np.flatnonzero(limit < np.inf)
    used: dict[tuple[int, int], float] = defaultdict(float)
    is_asking = np.isin(orders.demand, np.flatnonzero(plan.problem.demands.keys == asking))
    for row in bounded[np.lexsort((orders.need[bounded], is_asking[bounded]))].tolist():
        method, units = int(orders.method[row]), float(orders.quantity[row])
        soonest, planned = max(int(first[row]), 0) // WEEK, max(int(orders.need[row]), int(first[row]), 0) // WEEK
        room = (at for at in range(soonest, planned) if used[method, at] + units <= limit[row])
        week = next(room, planned)
        used[method, week] += units
        first[row], last[row] = max(int(first[row]), week * WEEK), (planned + 1) * WEEK - 1
    return Windows(first, last)


def _find_limits(plan: PlanRun) -> Floats:
    """Units a week of each planned order's method; inf = any."""
    limits = plan.problem.methods.capacity_per_week
    orders = plan.result.orders
    return limits[orders.method] if len(limits) else np.full(len(orders.method), np.inf)


def _find_planned(keys: Texts, plan: PlanRun) -> Int64s:
    """Planned order behind each receipt or job of the problem; -1 for what exists already."""
    rows = {code: row for row, code in enumerate(plan.orders["code"].to_list())}
    return np.array([rows.get(str(key), -1) for key in keys], dtype=np.int64)


def hasten_supplies(compiled: Compiled, plan: PlanRun, windows: Windows) -> Compiled:
    """Let planned purchases come, and transfers leave, as early as they can: only the schedule knows what for.

    Purchases keep their lead time, their frozen fence and their supplier's weeks; transfers, and what a subcontractor
    makes, their method's opening.
    """
    materials, jobs, tasks = compiled.problem.materials, compiled.problem.jobs, compiled.problem.tasks
    planned = _find_planned(materials.receipt_keys, plan)
    mine = planned >= 0
    time = materials.receipt_time.copy()
    first = windows.first[planned[mine]]
    is_free = windows.last[planned[mine]] == FAR_FUTURE
    time[mine] = np.where(is_free, np.minimum(time[mine], first), first)
    planned, release = _find_planned(jobs.keys, plan), jobs.release.copy()
    mine = planned >= 0
    mine[mine] = plan.problem.methods.kind[plan.result.orders.method[planned[mine]]] != MAKE
    release[mine] = find_opening(plan)[planned[mine]]
    hastened = replace(
        compiled.problem,
        materials=replace(materials, receipt_time=time),
        jobs=replace(jobs, release=release),
        # Their one task was held back to the plan's start as well.
        tasks=replace(tasks, release=np.where(mine[tasks.job], release[tasks.job], tasks.release)),
    )
    return replace(compiled, problem=hastened)


def date_purchases(problem: Problem, schedule: Schedule, plan: PlanRun, windows: Windows) -> Problem:
    """Move each planned purchase to the moment at which the schedule would run out without it."""
    materials = problem.materials
    if not len(materials.receipt_time):
        return problem
    planned = _find_planned(materials.receipt_keys, plan)
    latest = np.append(windows.last, FAR_FUTURE)[planned]
    time = materials.receipt_time.copy()
    moment, material, quantity = _list_movements(problem, schedule)
    starts = np.searchsorted(material, np.arange(len(materials.keys) + 1))
    for k in np.unique(materials.receipt_material[planned >= 0]).tolist():
        span = slice(int(starts[k]), int(starts[k + 1]))
        mine = np.flatnonzero((planned >= 0) & (materials.receipt_material == k))
        mine = mine[np.argsort(time[mine], kind="stable")]
        sure = np.flatnonzero((planned < 0) & (materials.receipt_material == k))
        _date_material(materials, k, moment[span], quantity[span], mine, sure, time, latest)
    _spread_over_weeks(plan, windows, planned, time)
    return replace(problem, materials=replace(materials, receipt_time=time))


def _spread_over_weeks(plan: PlanRun, windows: Windows, planned: Int64s, time: Int64s) -> None:
    """Have all that comes from a supplier by one method come in its first weeks, in place, where some week is too full.

    Those have room for all; in between, what comes later than it might can meet what does not.
    """
    rows = np.flatnonzero(planned >= 0)
    orders, limit = plan.result.orders, _find_limits(plan)
    rows = rows[limit[planned[rows]] < np.inf]
    weeks: dict[tuple[int, int], list[float]] = defaultdict(list)
    for row in rows.tolist():
        order = int(planned[row])
        weeks[int(orders.method[order]), int(time[row]) // WEEK].append(float(orders.quantity[order]))
    limits = plan.problem.methods.capacity_per_week
    full = [method for (method, _), units in weeks.items() if len(units) > 1 and sum(units) > limits[method] + ROUNDING]
    early = rows[np.isin(orders.method[planned[rows]], full)]
    first = windows.first[planned[early]]
    time[early] = np.minimum(time[early], first // WEEK * WEEK + WEEK - 1)


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
    materials: Materials,
    k: int,
    moment: Int64s,
    quantity: Floats,
    mine: Int64s,
    sure: Int64s,
    time: Int64s,
    latest: Int64s,
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
            time[receipt] = max(min(int(at[row]), int(latest[receipt])), int(time[receipt]))
            level += float(materials.receipt_quantity[receipt])
    last = int(at.max(initial=0))
    for receipt in waiting:
        time[receipt] = max(min(last, int(latest[receipt])), int(time[receipt]))


def tell_purchases(plan: PlanRun, compiled: Compiled, windows: Windows) -> pl.DataFrame:
    """Tell by when to order each planned purchase, and when it arrives.

    Returns
    -------
    DataFrame
        code, item, site, source, quantity, order_at (latest), arrives_at.
    """
    materials = compiled.problem.materials
    arrives = {str(key): int(at) for key, at in zip(materials.receipt_keys, materials.receipt_time, strict=True)}
    orders = plan.result.orders
    bought = plan.orders.with_row_index("row").filter(pl.col("method") == "buy")
    rows = bought["row"].to_numpy().astype(np.int64)
    lead = (orders.need - orders.start)[rows]
    codes = bought["code"].to_list()
    at = np.array([arrives.get(code, int(orders.need[row])) for code, row in zip(codes, rows, strict=True)], np.int64)
    at = np.maximum(at, windows.first[rows])
    known = np.ones(len(at), dtype=bool)
    return bought.select("code", "item", "site", "source", "quantity").with_columns(
        tell_moments(plan.as_of, at - lead, known).alias("order_at"),
        tell_moments(plan.as_of, at, known).alias("arrives_at"),
    )
