"""Place safety stock over all levels of a plant's own bills and network: where it is cheapest to keep."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.inventory.engine.place_stock import Placement, Stages, bound_demand, place_stock, sort_upwards
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.engine.find_usage import add_dependent, find_usage
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.find_holding_rates import find_holding_rates
from drumbeat.planning.set_policies import (
    LEAST_COST,
    find_lead_times,
    measure_own_demand,
    pass_phantoms,
    read_item_money,
)

WEEK_DAYS = 7.0
LEAST_RATE = 1e-3
"""Holding rate of what costs nothing to keep: stock is not put anywhere at will."""


@dataclass(frozen=True)
class PlacementTerms:
    """What is promised, and on what it is measured.

    Parameters
    ----------
    service
        Share of the time in which demand stays within what stock is laid out for, above 0.5, below 1.
    promise_days
        Days that customers wait, >= 0; 0 = they are served from stock.
    history_weeks
        Weeks of the past that demand is measured on, 4 or more.
    seconds
        Time limit of the search, > 0.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    service: float = 0.95
    promise_days: int = 0
    history_weeks: int = 52
    seconds: float = 20.0

    def __post_init__(self) -> None:
        if not 0.5 < self.service < 1 or self.promise_days < 0 or self.history_weeks < 4 or not self.seconds > 0:
            raise ValueError(
                f"service lies between 0.5 and 1, a promise is 0 or more days, history has 4 or more weeks: {self}"
            )


@dataclass(frozen=True)
class PlacementRun:
    """Where safety stock is kept, for programs and for people.

    Parameters
    ----------
    rows
        One row an item and site that something goes out of: item, site, weekly (units), lead_days, service_days (what
        it promises to those it serves), inbound_days (longest wait for what it is made of), net_days (what its stock
        covers), safety, safety_alone (when each covers its own lead time), safety_now, unit_cost, money, money_alone.
        The most money first.
    money, money_alone
        Worth of the safety stock, and of that of each item on its own.
    is_optimal
        Whether no placement is proven to cost less to keep.
    findings
        What was assumed.
    version
        Of the data.
    """

    rows: pl.DataFrame
    money: float
    money_alone: float
    is_optimal: bool
    findings: Findings
    version: str


def place_over_levels(snapshot: Snapshot, terms: PlacementTerms | None = None) -> PlacementRun:
    """Place safety stock over bills and transfers by guaranteed service times.

    Every item at every site promises a time to those that it serves; its stock covers what it waits for and works, less
    what it promises. Customers wait `promise_days`. Demand is what they took in the past; its spread adds up over
    followers as if these were independent. Lead times are the usual ones, in whole days, and taken as sure.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    terms = terms or PlacementTerms()
    planning, places, findings = compile_problem(snapshot)
    planning = pass_phantoms(snapshot, planning, places)
    own, weeks = measure_own_demand(snapshot, planning, places, terms.history_weeks, findings)
    if not len(own):
        return _tell(places, planning, np.zeros(0, np.int64), {}, True, findings, snapshot.version)
    usage = find_usage(planning)
    weekly = add_dependent(usage, own).mean(axis=0) / weeks
    kept = np.flatnonzero((weekly > 0) & ~planning.buffers.is_phantom)
    spread = own.std(axis=0, ddof=1) / sqrt(weeks * WEEK_DAYS)
    lead = np.ceil(np.round(find_lead_times(snapshot, planning, places)[0] * WEEK_DAYS, 6)).astype(np.int64)
    cost = np.maximum(read_item_money(snapshot, places, "cost"), LEAST_COST)
    rate = np.maximum(find_holding_rates(snapshot, places), LEAST_RATE)
    inner = usage[kept][:, kept].tocoo()
    above, below = inner.col.astype(np.int64), inner.row.astype(np.int64)
    factor = NormalDist().inv_cdf(terms.service)
    bound = bound_demand(
        factor * spread[kept], above, below, inner.data, np.full(len(kept), 2.0),
        sort_upwards(len(kept), above, below),
    )  # fmt: skip
    serves = own[:, kept].any(axis=0)
    stages = Stages(
        planning.buffers.keys[kept], lead[kept], cost[kept] * rate[kept], bound,
        np.where(serves, terms.promise_days, -1).astype(np.int64), np.zeros(len(kept), np.int64), above, below,
    )  # fmt: skip
    found = place_stock(stages, seconds=terms.seconds)
    if not found.is_optimal:
        rule, remedy = "the placement is proven best", f"The best one after {terms.seconds:g} seconds is shown"
        findings.add(Finding("item", rule, remedy, severity="note"))
    columns = {"weekly": weekly[kept], "lead_days": lead[kept], "unit_cost": cost[kept]} | _columns(stages, found)
    return _tell(places, planning, kept, columns, found.is_optimal, findings, snapshot.version)


def _columns(stages: Stages, found: Placement) -> dict[str, np.ndarray]:
    return {
        "service_days": found.service, "inbound_days": found.inbound, "net_days": found.net,
        "safety": found.safety_stock, "safety_alone": stages.bound * np.sqrt(stages.lead_time),
    }  # fmt: skip


def _tell(
    places: pl.DataFrame, planning: Problem, kept: np.ndarray, columns: dict[str, np.ndarray], is_optimal: bool,
    findings: Findings, version: str,
) -> PlacementRun:  # fmt: skip
    names = ["weekly", "lead_days", "service_days", "inbound_days", "net_days", "safety", "safety_alone", "unit_cost"]
    none = np.zeros(0)
    rows = (
        places[kept.tolist()]
        .select("item", "site")
        .with_columns(
            *[pl.Series(name, columns.get(name, none), dtype=pl.Float64) for name in names],
            pl.Series("safety_now", planning.buffers.safety_stock[kept], dtype=pl.Float64),
        )
        .with_columns(
            money=pl.col("safety") * pl.col("unit_cost"), money_alone=pl.col("safety_alone") * pl.col("unit_cost")
        )
        .sort("money", "money_alone", "item", "site", descending=[True, True, False, False])
    )
    money, alone = float(rows["money"].sum()), float(rows["money_alone"].sum())
    return PlacementRun(rows, money, alone, is_optimal, findings, version)
