"""Follow the supplies of a plan through a schedule: which job makes each, when it is there, and what it serves.

Supplies are numbered as planned orders first and receipts after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.planning.engine.problem import FAR_FUTURE
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, ORDER, RECEIPT
from drumbeat.planning.plan_run import PlanRun
from drumbeat.scheduling.compile_problem import Compiled
from drumbeat.scheduling.date_purchases import Windows
from drumbeat.scheduling.engine.measure_worth import find_job_ends
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule

ROUNDING = 1e-6


@dataclass(frozen=True)
class Shares:
    """What serves the demands of a plan, one row a demand and a supply of it; shape (P,) each.

    Parameters
    ----------
    demand
        Index into the plan's demands.
    supply
        Number of the supply; -1 = stock.
    quantity
        Units.
    """

    demand: Int32s
    supply: Int64s
    quantity: Floats


@dataclass(frozen=True)
class Deliveries:
    """When a schedule lets the demands of a plan be delivered; D demands, S supplies.

    Parameters
    ----------
    shares
        What serves them.
    there
        Shape (S,): when each supply is there, seconds; `FAR_FUTURE` = never.
    delivered
        Shape (D,): when the last supply of each demand is there; `FAR_FUTURE` = never, or not all of it.
    last
        Shape (D,): that supply; -1 = stock or nothing.
    """

    shares: Shares
    there: Int64s
    delivered: Int64s
    last: Int64s

    def share_times(self) -> Int64s:
        """When each share is there, 0 from stock; shape (P,)."""
        return np.append(self.there, 0)[self.shares.supply]

    def is_late(self, due: Int64s) -> Bools:
        """Whether each demand comes after its due time, or after now where that is past."""
        late: Bools = self.delivered > np.maximum(due, 0)
        return late


def name_supplies(plan: PlanRun) -> list[str]:
    """Name each supply by its code."""
    return [*plan.orders["code"].to_list(), *(str(key) for key in plan.problem.receipts.keys)]


def find_jobs(compiled: Compiled, plan: PlanRun) -> Int64s:
    """Find the job of each supply; -1 for what is not made here."""
    jobs = {code: job for job, code in enumerate(compiled.jobs["order"].to_list())}
    return np.array([jobs.get(code, -1) for code in name_supplies(plan)], np.int64)


def find_stuck(compiled: Compiled, plan: PlanRun, schedule: Schedule) -> set[int]:
    """Find the supplies that are never there as some task of theirs would have to wait for the next for too long."""
    problem = compiled.problem
    links, job = problem.links, problem.tasks.job
    if not len(links.most):
        return set()
    bounded = (links.most < FAR_FUTURE) & (schedule.mode[links.after] == UNSCHEDULED)
    # What has come so far waits for no material.
    bounded &= schedule.mode[links.before] != UNSCHEDULED
    return set(np.flatnonzero(np.isin(find_jobs(compiled, plan), job[links.after[bounded]])).tolist())


def _number_supply(plan: PlanRun, source: Int8s, supply: Int32s) -> Int64s:
    """Number of the supply of pegs; -1 for stock."""
    number = np.where(source == RECEIPT, supply.astype(np.int64) + plan.orders.height, supply)
    return np.where((source == ORDER) | (source == RECEIPT), number, -1)


def follow_pegs(plan: PlanRun) -> tuple[Int64s, Int64s, Int64s, Int64s]:
    """Follow the pegs: pairs of a supply and one that goes into it, and of a demand and a supply that serves it."""
    pegs, requirements = plan.result.pegs, plan.result.requirements
    supply = _number_supply(plan, pegs.source, pegs.supply)
    rows = np.flatnonzero(supply >= 0)
    origin, parent = (column[pegs.requirement[rows]] for column in (requirements.origin, requirements.parent))
    taker = np.where(origin == FROM_ORDER, parent, parent.astype(np.int64) + plan.orders.height)
    is_root = origin == FROM_DEMAND
    node = supply[rows]
    return taker[~is_root], node[~is_root], parent[is_root].astype(np.int64), node[is_root]


def list_shares(plan: PlanRun) -> Shares:
    """List what serves each demand, stock included."""
    pegs, requirements = plan.result.pegs, plan.result.requirements
    rows = np.flatnonzero(requirements.origin[pegs.requirement] == FROM_DEMAND)
    supply = _number_supply(plan, pegs.source[rows], pegs.supply[rows])
    return Shares(requirements.parent[pegs.requirement[rows]], supply, pegs.quantity[rows])


def find_deliveries(compiled: Compiled, plan: PlanRun, schedule: Schedule, windows: Windows) -> Deliveries:
    """Find when each supply is there by a schedule, and when each demand is delivered."""
    shares, there = list_shares(plan), _find_supply_times(compiled, plan, schedule, windows)
    at = np.append(there, 0)[shares.supply]
    size = plan.problem.num_demands
    delivered, served = np.zeros(size, np.int64), np.zeros(size)
    np.maximum.at(delivered, shares.demand, at)
    np.add.at(served, shares.demand, shares.quantity)
    wanted = plan.problem.demands.quantity
    delivered[served < wanted - ROUNDING * np.maximum(wanted, 1.0)] = FAR_FUTURE
    last = np.full(size, -1, np.int64)
    decides = at == delivered[shares.demand]
    last[shares.demand[decides]] = shares.supply[decides]
    return Deliveries(shares, there, delivered, last)


def _find_supply_times(compiled: Compiled, plan: PlanRun, schedule: Schedule, windows: Windows) -> Int64s:
    """When each supply is there."""
    ends = find_job_ends(compiled.problem, schedule)
    lost = np.zeros(compiled.problem.num_jobs, dtype=bool)
    lost[compiled.problem.tasks.job[schedule.mode == UNSCHEDULED]] = True
    ends = np.where(lost, FAR_FUTURE, ends)
    materials = compiled.problem.materials
    bought = {str(key): int(at) for key, at in zip(materials.receipt_keys, materials.receipt_time, strict=True)}
    earliest = [*np.maximum(plan.result.orders.ready, windows.first).tolist(),
                *np.maximum(plan.problem.receipts.time, 0).tolist()]  # fmt: skip
    rows = zip(name_supplies(plan), find_jobs(compiled, plan).tolist(), earliest, strict=True)
    return np.array([int(ends[job]) if job >= 0 else bought.get(code, at) for code, job, at in rows], np.int64)


def tell_supplies(plan: PlanRun, found: Deliveries) -> pl.DataFrame:
    """Tell what each demand is served by and when that is there.

    Returns
    -------
    DataFrame
        demand, supply (code of the order; "" = stock), quantity, there_seconds (after now; null = never), by demand,
        what is there first first.
    """
    shares, times = found.shares, found.share_times()
    codes = np.array([*name_supplies(plan), ""], dtype=object)
    never = times >= FAR_FUTURE
    return (
        pl.DataFrame(
            {
                "number": shares.demand,
                "demand": pl.Series(plan.problem.demands.keys[shares.demand], dtype=pl.String),
                "supply": pl.Series(codes[shares.supply], dtype=pl.String),
                "quantity": shares.quantity,
                "there_seconds": pl.Series(np.where(never, FAR_FUTURE, times), dtype=pl.Int64),
            }
        )
        .sort("number", "there_seconds", maintain_order=True)
        .select(
            "demand", "supply", "quantity", pl.when(pl.col("there_seconds") < FAR_FUTURE).then("there_seconds")
        )
    )  # fmt: skip
