"""Propose purchases: what to order from whom and when, at which price, put together by supplier, with a reason a line.

Rules, so that nobody has to guess:

- The price of a line is that of the highest price break that its quantity reaches, among the terms that are valid on
  the day of order.
- A line is rounded up to the next price break where the lower price saves more than keeping the surplus costs: until
  the plan would buy the item again, or for `SURPLUS_DAYS`.
- Lines for one supplier and site whose days of order lie within `together_days` of the first go into one order, on the
  first one's day: they share a truck and a delivery note. Of a supplier with delivery days, lines of one such day do;
  of one with trucks, only lines that can be there by the day of the first.
- Trucks are filled as `load_trucks` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.load_trucks import (
    Freight,
    choose_delivery_days,
    delivers_on_days,
    describe_trucks,
    fill_trucks,
    part_deliveries,
)
from drumbeat.planning.plan_run import PlanRun

SURPLUS_DAYS = 90.0
"""Days for which a surplus is thought to be kept where the plan never buys the item again."""
TOGETHER_DAYS = 2.0
YEAR_DAYS = 365.0
SCHEMA: Any = {
    "order": pl.String, "supplier": pl.String, "site": pl.String, "item": pl.String, "needed": pl.Float64,
    "quantity": pl.Float64, "price": pl.Float64, "money": pl.Float64, "order_at": pl.Datetime("us", "UTC"),
    "due_at": pl.Datetime("us", "UTC"), "reason": pl.String, "planned_order": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Purchases:
    """What to order, and the trucks on which it comes.

    Parameters
    ----------
    lines
        As `propose_purchases` returns them.
    trucks
        One row a delivery of a supplier who says something of his trucks; see `describe_trucks`.
    """

    lines: pl.DataFrame
    trucks: pl.DataFrame


def propose_purchases(snapshot: Snapshot, run: PlanRun, *, together_days: float = TOGETHER_DAYS) -> pl.DataFrame:
    """Propose purchases for the planned orders that buy.

    Parameters
    ----------
    snapshot
        The data that the plan was made of.
    run
        The plan.
    together_days
        Days by which a line may be ordered earlier so that it goes with others, >= 0.

    Returns
    -------
    DataFrame
        One row a line: order (number of the joint order), supplier, site, item, needed (by the plan), quantity, price,
        money, order_at, due_at, reason, planned_order; by order_at. Empty where nothing is bought.
    """
    return propose_deliveries(snapshot, run, together_days=together_days).lines


def propose_deliveries(snapshot: Snapshot, run: PlanRun, *, together_days: float = TOGETHER_DAYS) -> Purchases:
    """Propose purchases as `propose_purchases` does, and the trucks that bring them."""
    # What is to be ordered in centuries only has no moment that a calendar tells, and is no purchase yet.
    is_bought = (pl.col("method") == "buy") & pl.col("start_at").is_not_null()
    bought = run.orders.filter(is_bought).sort("source", "site", "start_at", "item", "code")
    breaks = _read_breaks(snapshot)
    costs = {code: (float(cost), rate) for code, cost, rate in
             snapshot["item"].select("code", "cost", "holding_rate").iter_rows()}  # fmt: skip
    # Orders of one size stay so: no price break makes them larger.
    is_fixed = (pl.col("lot_rule").cast(pl.String) == "fixed") & (pl.col("lot_minimum") > 0)
    fixed: dict[str, float] = dict(snapshot["item"].filter(is_fixed).select("code", "lot_minimum").iter_rows())
    rows: list[dict[str, Any]] = []
    following = _find_following(bought)
    carried: dict[tuple[str, str], float] = {}
    for row in bought.sort("start_at", "code").iter_rows(named=True):
        place = (row["item"], row["site"])
        in_hand = min(carried.get(place, 0.0), row["quantity"])
        carried[place] = carried.get(place, 0.0) - in_hand
        if row["quantity"] - in_hand <= 1e-9:
            continue
        terms = breaks.get((row["source"], *place), [])
        kept_days = following.get(row["code"], SURPLUS_DAYS)
        quantity, price, why = _reach_break(row["quantity"] - in_hand, terms, row["start_at"], costs[row["item"]],
                                            kept_days, may_grow=row["item"] not in fixed)  # fmt: skip
        carried[place] += quantity - (row["quantity"] - in_hand)
        limits = _find_limits(terms, row["start_at"], price, fixed.get(row["item"]))
        rows.append(_tell_line(row, quantity, price, why, in_hand) | limits)
    return _join_orders(rows, timedelta(days=together_days), Freight.of(snapshot))


def _read_breaks(snapshot: Snapshot) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for term in snapshot["supply_term"].sort("quantity_from", "position").iter_rows(named=True):
        found.setdefault((term["supplier"], term["item"], term["site"]), []).append(term)
    return found


def _find_following(bought: pl.DataFrame) -> dict[str, float]:
    """Days from each planned purchase to the next one of the same item and site."""
    gap = (pl.col("due_at").shift(-1) - pl.col("due_at")).over("item", "site").dt.total_seconds() / 86_400
    gaps = bought.sort("item", "site", "due_at").with_columns(gap=gap).filter(pl.col("gap").is_not_null())
    return dict(gaps.select("code", "gap").iter_rows())


def _reach_break(
    needed: float,
    terms: list[dict[str, Any]],
    when: datetime,
    cost: tuple[float, float],
    kept_days: float,
    *,
    may_grow: bool,
) -> tuple[float, float, str]:
    """Quantity, price and why: as needed, or up to the price break that pays."""
    valid = _list_valid(terms, when)
    reached = [term for term in valid if term["quantity_from"] <= needed + 1e-9]
    price = float(reached[-1]["price"]) if reached else float(valid[0]["price"]) if valid else cost[0]
    best, best_price, why = needed, price, ""
    least = needed * price
    for term in valid if may_grow else []:
        multiple = float(term["order_multiple"]) or float(valid[0]["order_multiple"])
        quantity = float(term["quantity_from"])
        if quantity <= needed + 1e-9:
            continue
        if multiple > 0:
            quantity = -(-(quantity - 1e-9) // multiple) * multiple
        # What the surplus costs: it is paid for now, and kept until it is used instead of the next purchase.
        surplus = quantity - needed
        kept = surplus * float(term["price"]) * cost[1] * kept_days / YEAR_DAYS
        spent = needed * float(term["price"]) + kept
        if spent < least - 1e-9 and surplus <= needed:
            best, best_price, least = quantity, float(term["price"]), spent
            saved = needed * price - spent
            why = f"{quantity:g} reach the price of {float(term['price']):g} instead of {price:g}: saves {saved:,.2f}"
    return best, best_price, why


def _list_valid(terms: list[dict[str, Any]], when: datetime) -> list[dict[str, Any]]:
    day = when.date()
    return [
        term
        for term in terms
        if (term["valid_from"] is None or term["valid_from"] <= day)
        and (term["valid_to"] is None or day <= term["valid_to"])
    ]


def _find_limits(terms: list[dict[str, Any]], when: datetime, price: float, size: float | None) -> dict[str, float]:
    """Least units of an order at a price, and of what they are multiples; orders of one size have that for both."""
    if size is not None:
        return {"least": size, "multiple": size}
    valid = _list_valid(terms, when)
    reached = [float(term["quantity_from"]) for term in valid if float(term["price"]) == price]
    least = max((float(term["order_minimum"]) for term in valid), default=0.0)
    multiple = max((float(term["order_multiple"]) for term in valid), default=0.0)
    return {"least": max([least, *reached[:1]]), "multiple": multiple}


def _tell_line(row: dict[str, Any], quantity: float, price: float, why: str, in_hand: float) -> dict[str, Any]:
    reasons = [f"For {row['demand']}" if row["demand"] else "For stock or joined needs"]
    if row["ready_at"] is not None and row["ready_at"] > row["due_at"]:
        reasons.append("late from the start")
    if in_hand > 0:
        reasons.append(f"{in_hand:g} come with an earlier line")
    if why:
        reasons.append(why)
    return {
        "supplier": row["source"], "site": row["site"], "item": row["item"], "needed": row["quantity"],
        "quantity": quantity, "price": price, "money": quantity * price, "order_at": row["start_at"],
        "due_at": row["due_at"], "reason": "; ".join(reasons), "planned_order": row["code"],
        "lead": row["due_at"] - row["start_at"] if row["due_at"] is not None else None,
    }  # fmt: skip


def _join_orders(rows: list[dict[str, Any]], together: timedelta, freight: Freight) -> Purchases:
    """Put lines together that come together, fill their trucks, and number the joint orders by day of order."""
    needed = {row["planned_order"]: row["due_at"] for row in rows}
    choose_delivery_days(rows, freight)
    groups = fill_trucks(_group_lines(rows, together, freight), freight)
    groups.sort(key=lambda group: (group[0]["order_at"], group[0]["supplier"], group[0]["site"]))
    for number, group in enumerate(groups, 1):
        for row in group:
            row["order"] = f"P-{number:05d}"
    lines = [{name: row[name] for name in SCHEMA} for group in groups for row in group]
    frame = pl.DataFrame(lines, schema=SCHEMA, orient="row") if lines else pl.DataFrame(schema=SCHEMA)
    frame = frame.sort("order_at", "order", "item", maintain_order=True)
    return Purchases(frame, describe_trucks(groups, needed, freight))


def _group_lines(rows: list[dict[str, Any]], together: timedelta, freight: Freight) -> list[list[dict[str, Any]]]:
    """Bring each line forward to the day of the first of its order; groups by supplier, site and day."""
    rows = sorted(rows, key=lambda row: (row["supplier"], row["site"], row["order_at"], row["item"]))
    first: dict[tuple[str, str], datetime] = {}
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        place = (row["supplier"], row["site"])
        if delivers_on_days(row["supplier"], freight) and row["due_at"] is not None:
            groups.setdefault((*place, freight.day_of(row)), []).append(row)
            continue
        if place not in first or row["order_at"] - first[place] > together:
            first[place] = row["order_at"]
        moved = row["order_at"] - first[place]
        if moved > timedelta(0):
            row["reason"] += f"; ordered {moved / timedelta(days=1):.1f} days early to go with others"
        row["order_at"] = first[place]
        groups.setdefault((*place, first[place]), []).append(row)
    for group in groups.values():
        # One delivery is ordered at one moment, and comes at one.
        order_at = min(row["order_at"] for row in group)
        for row in group:
            row["order_at"] = order_at
    deliveries = [part for group in groups.values() for part in part_deliveries(group, freight)]
    return sorted(deliveries, key=lambda group: (group[0]["supplier"], group[0]["site"], group[0]["order_at"]))
