"""Set stock policies from measured demand and lead times: reorder points, lots, safety stock, excess."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import sqrt

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_history import compile_history
from drumbeat.inventory.engine.classify_stock import classify, find_excess
from drumbeat.inventory.engine.set_stock import (
    combine_spread,
    find_order_up_to,
    find_reorder_pair,
    find_reorder_point,
    find_undershoot,
    measure_fill_rate,
    measure_pair_fill,
    measure_periodic_fill,
)
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.engine.find_usage import add_dependent, find_usage
from drumbeat.planning.engine.problem import BUY, MAKE, Problem
from drumbeat.planning.find_holding_rates import find_holding_rates
from drumbeat.sourcing.measure_lead_times import FEWEST

WEEK_SECONDS = 7 * 86_400
WEEKS_A_YEAR = 52.18
PERIOD_WEEKS = {"day": 1 / 7, "week": 1.0, "month": WEEKS_A_YEAR / 12}
POLICIES = {
    "sQ": "a fixed lot at the reorder point",
    "sS": "up to a level, when a review finds the reorder point reached",
    "RS": "up to a level at every review",
}
"""How stock is ordered, as textbooks write it and in words."""
LEAST_COST = 0.01
"""An item without a cost is lotted as if a unit cost this much."""
KINDS = {MAKE: "make", BUY: "buy"}


@dataclass(frozen=True)
class PolicyTerms:
    """What stock should achieve, and what is reckoned where the data are silent.

    Parameters
    ----------
    fill_a, fill_b, fill_c
        Share of demand to be met from stock, by class of yearly value; above 0, below 1.
    history_weeks
        Weeks of the past that demand is measured on, 4 or more.
    most_weeks
        Weeks of demand beyond which stock is excess, 1 or more.
    order_cost
        Money for an order or a setup, above 0, with which lots of items without an order cost of their own are sized.
    policy_a, policy_b, policy_c
        How items of each class are ordered, see `POLICIES`.
    review_weeks
        Weeks between reviews of policies that have them, above 0.

    Raises
    ------
    ValueError
        When one of them is out of its range.
    """

    fill_a: float = 0.98
    fill_b: float = 0.95
    fill_c: float = 0.90
    history_weeks: int = 52
    most_weeks: int = 26
    order_cost: float = 50.0
    policy_a: str = "sQ"
    policy_b: str = "sQ"
    policy_c: str = "sQ"
    review_weeks: float = 1.0

    def __post_init__(self) -> None:
        fills = (self.fill_a, self.fill_b, self.fill_c)
        if not all(0 < fill < 1 for fill in fills) or self.history_weeks < 4 or self.most_weeks < 1:
            raise ValueError(f"fill rates lie between 0 and 1, history has 4 or more weeks, excess 1 or more: {self}")
        if not 0 < self.order_cost < np.inf or not 0 < self.review_weeks < np.inf:
            raise ValueError(f"an order costs something, and reviews are some weeks apart: {self}")
        if not {self.policy_a, self.policy_b, self.policy_c} <= set(POLICIES):
            raise ValueError(f"a policy is one of {', '.join(POLICIES)}: {self}")


@dataclass(frozen=True)
class PolicyRun:
    """Stock policies, for programs and for people.

    Parameters
    ----------
    rows
        One row an item and site that is stocked or wanted: item, site, how (make, buy, move), stock_class (AX to CZ),
        policy (of `POLICIES`), unit_cost, weekly, weekly_spread (mean and standard deviation of what goes out in a
        week, dependent demand included), lead_weeks, lead_spread_weeks, fill_target, lot (ordered at once, in the
        mean), reorder_at (stock on hand and on order at or below which to order), up_to (the same after ordering),
        safety (proposed), safety_now, fill_now (share of demand that today's safety stock meets), stock, cover_weeks
        (empty without demand), excess, obsolete (units), excess_money, obsolete_money. The dearest difference first.
    findings
        What was assumed.
    as_of, version
        Of the data.
    """

    rows: pl.DataFrame
    findings: Findings
    as_of: datetime
    version: str


def set_policies(snapshot: Snapshot, terms: PolicyTerms | None = None) -> PolicyRun:
    """Set reorder points, lots and safety stock for a wanted fill rate, and find excess and obsolete stock.

    Demand is the measured history of each item and site, and what its parents' history took of it through bills and
    transfers, in the same week. Lead times are those that planning uses; their spread is measured from received
    purchase orders where there are enough, else as agreed.

    Returns
    -------
    PolicyRun
        Without rows where nothing is stocked or wanted.

    Raises
    ------
    InputError
        When an item goes into itself.
    """
    terms = terms or PolicyTerms()
    planning, places, findings = compile_problem(snapshot)
    planning = pass_phantoms(snapshot, planning, places)
    weekly, spread = _measure_demand(snapshot, planning, places, terms, findings)
    lead, lead_spread, how = find_lead_times(snapshot, planning, places)
    cost = read_item_money(snapshot, places, "cost")
    with np.errstate(divide="ignore", invalid="ignore"):
        classes = classify(weekly * WEEKS_A_YEAR * cost, spread / weekly)
    targets = {"A": terms.fill_a, "B": terms.fill_b, "C": terms.fill_c}
    kinds = {"A": terms.policy_a, "B": terms.policy_b, "C": terms.policy_c}
    target = np.array([targets[name[0]] for name in classes])
    policy = np.array([kinds[name[0]] for name in classes], dtype=object)
    own = read_item_money(snapshot, places, "order_cost")
    hold = np.maximum(find_holding_rates(snapshot, places), 1e-6)
    flow = _Flow(
        weekly, spread, lead, lead_spread, np.maximum(cost, LEAST_COST) * hold / WEEKS_A_YEAR,
        np.where(own > 0, own, terms.order_cost), _least_lots(planning), np.full(len(cost), terms.review_weeks),
    )  # fmt: skip
    columns = {"unit_cost": cost} | _set_levels(planning, flow, target, policy, cost, terms)
    frame = places.select("item", "site").with_columns(
        pl.Series("how", how, dtype=pl.String),
        pl.Series("stock_class", classes, dtype=pl.String),
        pl.Series("policy", policy, dtype=pl.String),
        *[pl.Series(name, values, dtype=pl.Float64) for name, values in columns.items()],
    )
    is_kept = ~pl.Series(planning.buffers.is_phantom) & ((pl.col("weekly") > 0) | (pl.col("stock") > 0))
    moved = (pl.col("safety") - pl.col("safety_now")).abs() * pl.col("unit_cost")
    rows = (
        frame.filter(is_kept)
        .with_columns(cover_weeks=pl.when(pl.col("weekly") > 0).then(pl.col("stock") / pl.col("weekly")))
        .sort(
            moved + pl.col("excess_money") + pl.col("obsolete_money"), "item", "site", descending=[True, False, False]
        )
    )
    return PolicyRun(rows, findings, snapshot.as_of, snapshot.version)


def pass_phantoms(snapshot: Snapshot, planning: Problem, places: pl.DataFrame) -> Problem:
    """Return the problem as it is once the stock of phantoms is used up: no safety stock is ever kept of them."""
    kinds = snapshot["item"].select(item="code", kind=pl.col("kind").cast(pl.String))
    kind = places.join(kinds, on="item", how="left", maintain_order="left")["kind"]
    buffers = replace(planning.buffers, is_phantom=(kind == "phantom").fill_null(False).to_numpy())
    return replace(planning, buffers=buffers)


@dataclass(frozen=True)
class _Flow:
    """What goes out of each buffer in a week, how long it takes to come in, what a unit costs to keep for a week, what
    an order costs, the least that is ordered, and the weeks between reviews."""

    weekly: Floats
    spread: Floats
    lead: Floats
    lead_spread: Floats
    unit_week: Floats
    order_cost: Floats
    minimum: Floats
    review: Floats

    @property
    def lot(self) -> Floats:
        """Economic lot, no less than the least that is ordered and than a week's demand."""
        economic = np.sqrt(2.0 * self.order_cost * self.weekly / self.unit_week)
        lot: Floats = np.maximum(np.maximum(economic, self.minimum), self.weekly)
        return lot


def _set_levels(
    planning: Problem, flow: _Flow, target: Floats, policy: np.ndarray, cost: Floats, terms: PolicyTerms
) -> dict[str, Floats]:
    """Columns of the policies: lots, levels, fill rate today, excess."""
    stock, now = planning.buffers.stock, planning.buffers.safety_stock
    lot, reorder, up_to, safety, fill_now = (np.zeros(planning.num_buffers) for _ in range(5))
    for kind, set_level in _LEVELS.items():
        at = np.flatnonzero((flow.weekly > 0) & (policy == kind))
        if len(at):
            part = _Flow(*(getattr(flow, one.name)[at] for one in fields(flow)))
            lot[at], reorder[at], up_to[at], safety[at], fill_now[at] = set_level(part, target[at], now[at])
    ahead = (1, terms.most_weeks)
    excess, obsolete = find_excess(
        stock, np.tile(flow.weekly[:, None], ahead), np.tile(flow.spread[:, None], ahead), terms.most_weeks, safety
    )
    return {
        "weekly": flow.weekly, "weekly_spread": flow.spread, "lead_weeks": flow.lead,
        "lead_spread_weeks": flow.lead_spread, "fill_target": target, "lot": lot, "reorder_at": reorder,
        "up_to": up_to, "safety": safety, "safety_now": now, "fill_now": np.clip(fill_now, 0.0, 1.0), "stock": stock,
        "excess": excess, "obsolete": obsolete, "excess_money": excess * cost,
        "obsolete_money": obsolete * cost,
    }  # fmt: skip


Levels = tuple[Floats, Floats, Floats, Floats, Floats]
"""Lot, reorder point, level up to which to order, safety stock, and the fill rate that today's safety stock gives."""


def _order_fixed_lots(flow: _Flow, target: Floats, now: Floats) -> Levels:
    mean, deviation = combine_spread(flow.weekly, flow.spread, flow.lead, flow.lead_spread)
    reorder = np.maximum(find_reorder_point(mean, deviation, flow.lot, target), 0.0)
    fill_now = measure_fill_rate(mean, deviation, flow.lot, mean + now)
    return flow.lot, reorder, reorder + flow.lot, np.maximum(reorder - mean, 0.0), fill_now


def _order_up_at_need(flow: _Flow, target: Floats, now: Floats) -> Levels:
    """Set the reorder point so that it covers what demand takes below it before a review sees that."""
    under, _ = find_undershoot(flow.weekly, flow.spread, flow.review)
    # What is ordered is the undershoot more than the distance of the two levels.
    lot = np.maximum(flow.lot, under)
    known = flow.weekly, flow.spread, flow.lead, flow.review, lot
    reorder, up_to = find_reorder_pair(*known, target, flow.lead_spread)
    mean = flow.weekly * flow.lead + under
    fill_now = measure_pair_fill(*known, mean + now, flow.lead_spread)
    return lot, np.maximum(reorder, 0.0), np.maximum(up_to, 0.0), np.maximum(reorder - mean, 0.0), fill_now


def _order_up_at_reviews(flow: _Flow, target: Floats, now: Floats) -> Levels:
    # Who must order much orders seldom.
    review = np.maximum(flow.review, flow.minimum / flow.weekly)
    known = flow.weekly, flow.spread, flow.lead, review
    up_to = np.maximum(find_order_up_to(*known, target, flow.lead_spread), 0.0)
    mean = flow.weekly * (flow.lead + review)
    fill_now = measure_periodic_fill(*known, mean + now, flow.lead_spread)
    return flow.weekly * review, up_to, up_to, np.maximum(up_to - mean, 0.0), fill_now


_LEVELS = {"sQ": _order_fixed_lots, "sS": _order_up_at_need, "RS": _order_up_at_reviews}


def _measure_demand(
    snapshot: Snapshot, planning: Problem, places: pl.DataFrame, terms: PolicyTerms, findings: Findings
) -> tuple[Floats, Floats]:
    """Mean and standard deviation of what goes out of each buffer in a week."""
    own, weeks = measure_own_demand(snapshot, planning, places, terms.history_weeks, findings)
    if not len(own):
        return np.zeros(planning.num_buffers), np.zeros(planning.num_buffers)
    total = add_dependent(find_usage(planning), own)
    return total.mean(axis=0) / weeks, total.std(axis=0, ddof=1) / sqrt(weeks)


def measure_own_demand(
    snapshot: Snapshot, planning: Problem, places: pl.DataFrame, history_weeks: int, findings: Findings
) -> tuple[Floats, float]:
    """Measure what customers took of each buffer in each past period: shape (periods, B), and weeks of a period.

    No periods, and a finding, where fewer than two are known.
    """
    compiled = compile_history(snapshot, 1)
    weeks = PERIOD_WEEKS[compiled.period]
    periods = max(round(history_weeks / weeks), 2)
    history = compiled.history
    buffer = compiled.series.join(places, on=["item", "site"], how="left", maintain_order="left")["buffer"]
    own = np.zeros((periods, planning.num_buffers))
    length = 0
    for series, at in enumerate(buffer.to_list()):
        if at is None:
            rule = "an item that is wanted at a site is made, bought, moved or kept there; its demand is left out"
            remedy = "Add a routing, a supply term or a row of stock"
            key = str(history.keys[series])
            findings.add(Finding("demand_history", rule, remedy, value=key, severity="warning"))
            continue
        values = history.values[history.ptr[series] : history.ptr[series + 1]][-periods:]
        own[periods - len(values) :, at] += values
        length = max(length, len(values))
    if length < 2:
        rule, remedy = "past demand tells how much goes out", "Nothing is measured; load demand_history"
        findings.add(Finding("demand_history", rule, remedy, value=str(length), severity="warning"))
        return own[:0], weeks
    return own[periods - length :], weeks


def find_lead_times(snapshot: Snapshot, planning: Problem, places: pl.DataFrame) -> tuple[Floats, Floats, list[str]]:
    """Mean lead time of each buffer's preferred method in weeks, its standard deviation, and what the method is."""
    days = (pl.col("received_at") - pl.col("ordered_at")).dt.total_seconds() / 86_400
    measured = (
        snapshot["purchase_order"]
        .filter((pl.col("state").cast(pl.String) == "received") & (days >= 0))
        .group_by("supplier", "item")
        .agg(mean=days.mean(), spread=days.std(), count=pl.len())
        .filter(pl.col("count") >= FEWEST)
    )
    agreed = (
        snapshot["supply_term"]
        .sort("quantity_from")
        .unique(["supplier", "item", "site"], keep="first", maintain_order=True)
        .join(measured, on=["supplier", "item"], how="left")
        .select(
            "supplier",
            "item",
            "site",
            # Planning's own lead time is one that most deliveries keep; the mean is wanted here.
            mean=pl.coalesce("mean", pl.when(pl.col("lead_time_days") > 0).then("lead_time_days")),
            spread=pl.coalesce("spread", "lead_time_spread_days"),
        )
    )
    known = {(row[0], row[1], row[2]): (row[3], row[4]) for row in agreed.iter_rows()}
    lead, spread = np.zeros(planning.num_buffers), np.zeros(planning.num_buffers)
    how = []
    methods = planning.methods
    for b, (item, site) in enumerate(places.select("item", "site").iter_rows()):
        m = int(methods.ptr[b])
        if m == int(methods.ptr[b + 1]):
            how.append("")
            continue
        kind = int(methods.kind[m])
        how.append(KINDS.get(kind, "move"))
        lead[b] = float(methods.lead_seconds[m]) / WEEK_SECONDS
        mean_days, spread_days = known.get((str(methods.source_keys[m]), item, site), (None, None))
        lead[b] = lead[b] if mean_days is None else mean_days / 7
        spread[b] = (spread_days or 0.0) / 7
    return lead, spread, how


def _least_lots(planning: Problem) -> Floats:
    """Smallest lot of each buffer's preferred method."""
    methods = planning.methods
    least = np.zeros(planning.num_buffers)
    has_way = np.flatnonzero(np.diff(methods.ptr) > 0)
    first = methods.ptr[has_way]
    least[has_way] = np.maximum(methods.lot_minimum[first], methods.lot_multiple[first])
    return least


def read_item_money(snapshot: Snapshot, places: pl.DataFrame, column: str) -> Floats:
    """Money that the item of each buffer costs, by that column; 0 where it says nothing."""
    items = snapshot["item"].select(item="code", money=pl.col(column).cast(pl.Float64))
    money: Floats = places.join(items, on="item", how="left", maintain_order="left")["money"].fill_null(0.0).to_numpy()
    return money
