"""Find what would hurry the supply that a late demand waits for, and what that costs by the data."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from typing import Any

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.orders.changes import MoveOrder
from drumbeat.planning.compile_work import compile_work
from drumbeat.planning.engine.problem import BUY, FAR_FUTURE, MAKE
from drumbeat.planning.engine.result import LATE_RECEIPT, LEAD_TIME, RECEIPT
from drumbeat.planning.estimate_lead_times import preferred_machines
from drumbeat.planning.plan_run import PlanRun
from drumbeat.plant.changes import CODE_LENGTH, AddShift
from drumbeat.sourcing.changes import MovePurchase, PlacePurchase
from drumbeat.sourcing.measure_lead_times import SPREADS, measure_lead_times

Hurry = tuple[str, MovePurchase | PlacePurchase | MoveOrder | AddShift, str, float | None]
"""Title, change, cost in words, and in money as far as it is known."""
DAY_SECONDS = 86_400
ASKED = "What the supplier asks for it"
SATURDAY = ("sat", time(6), time(14), 8.0)
"""The overtime shift that is tried: weekday, start, end, hours."""


def find_hurries(snapshot: Snapshot, run: PlanRun, demand: int) -> list[Hurry]:
    """Find what would make the supply that a demand waits for come earlier; empty where nothing is known.

    - A purchase on its way comes when it is needed, or as early as the supplier's terms allow (`expedite_days`).
    - A purchase that is only planned is placed now, hurried, where the terms say how long that takes.
    - What is on its way, or under way, is bought from another supplier who delivers sooner; what is planned to be
      bought or made too, where that supplier can hurry. Not from those who are sent the components: these must come
      first.
    - An order of one's own is worked on in overtime.
    - What is only planned to be made has one more shift on Saturdays at the machine that takes longest.

    Parameters
    ----------
    demand
        Index of the demand in the plan.
    """
    cause, culprit = int(run.result.demands.cause[demand]), int(run.result.demands.culprit[demand])
    if cause == LATE_RECEIPT:
        return hurry_receipt(snapshot, run, culprit)
    return hurry_order(snapshot, run, culprit) if cause == LEAD_TIME else []


def hurry_receipt(snapshot: Snapshot, run: PlanRun, receipt: int) -> list[Hurry]:
    """Find what would make a supply on its way, or something in its stead, come earlier."""
    if not run.problem.receipts.is_movable[receipt]:
        return _buy_elsewhere(snapshot, run, receipt)
    is_bought = int(run.problem.receipts.kind[receipt]) == BUY
    hurried = _hurry_purchase(snapshot, run, receipt) if is_bought else _work_overtime(snapshot, run, receipt)
    return hurried + _buy_elsewhere(snapshot, run, receipt)


def hurry_order(snapshot: Snapshot, run: PlanRun, order: int) -> list[Hurry]:
    """Find what would make a planned order come earlier."""
    kind = int(run.problem.methods.kind[run.result.orders.method[order]])
    shift = _add_shift(snapshot, run, order) if kind == MAKE else []
    return shift + _place_purchases(snapshot, run, order)


def _find_need(run: PlanRun, receipt: int) -> int:
    """When what a receipt serves is needed first, seconds, not before now."""
    pegs, requirements = run.result.pegs, run.result.requirements
    mine = pegs.requirement[(pegs.source == RECEIPT) & (pegs.supply == receipt)]
    return max(int(requirements.need[mine].min(initial=int(run.problem.receipts.time[receipt]))), 0)


def _list_terms(snapshot: Snapshot, run: PlanRun, item: str, site: str) -> list[dict[str, Any]]:
    """List the terms of suppliers for an item at a site that are valid today, one a supplier.

    `sends_components` is true where it is in any of the supplier's.
    """
    today, sites = run.as_of.date(), snapshot["site"]["code"].implode()
    valid = pl.col("valid_from").is_null() | (pl.col("valid_from") <= today)
    valid &= pl.col("valid_to").is_null() | (pl.col("valid_to") >= today)
    mine = (pl.col("item") == item) & (pl.col("site") == site) & ~pl.col("supplier").is_in(sites)
    terms = (
        snapshot["supply_term"]
        .filter(mine & valid)
        .with_columns(pl.col("sends_components").any().over("supplier"))
        .sort("supplier", "expedite_days", "quantity_from", nulls_last=True)
    )
    return list(terms.unique("supplier", keep="first", maintain_order=True).iter_rows(named=True))


def _list_sellers(snapshot: Snapshot, run: PlanRun, item: str, site: str) -> list[dict[str, Any]]:
    """List the terms that are valid today of suppliers who need nothing from us.

    A purchase that is placed now counts as on its way: the components that a subcontractor is sent would be forgotten.
    """
    return [term for term in _list_terms(snapshot, run, item, site) if not term["sends_components"]]


def _buy_elsewhere(snapshot: Snapshot, run: PlanRun, receipt: int) -> list[Hurry]:
    """Buy what is on its way, or under way, from another supplier who delivers it sooner."""
    receipts = run.problem.receipts
    key, promised = str(receipts.keys[receipt]), int(receipts.time[receipt])
    place = run.places.row(int(receipts.buffer[receipt]), named=True)
    orders = snapshot["purchase_order"].filter(pl.col("code") == key)
    supplier = orders["supplier"][0] if orders.height else None
    measured = dict(
        measure_lead_times(snapshot["purchase_order"])
        .filter(pl.col("item") == place["item"])
        .select("supplier", "measured_days")
        .iter_rows()
    )
    found: list[Hurry] = []
    for term in _list_sellers(snapshot, run, place["item"], place["site"]):
        agreed = float(term["lead_time_days"]) + SPREADS * float(term["lead_time_spread_days"])
        days = measured.get(term["supplier"], agreed)
        if term["supplier"] == supplier or days <= 0 or days * DAY_SECONDS >= promised:
            continue
        amount = _round_up(float(receipts.quantity[receipt]), term, _find_size(snapshot, place["item"]))
        due, money = run.as_of + timedelta(days=days), amount * float(term["price"])
        code = f"INSTEAD-{key}"[: CODE_LENGTH - 20] + f"-{term['supplier']}"
        change = PlacePurchase(code[:CODE_LENGTH], term["supplier"], place["item"], place["site"], amount, due)
        title = f"Buy {amount:g} {place['item']} from {term['supplier']} instead of {key}: there on {due:%Y-%m-%d}"
        cost = f"{money:,.0f}, at {float(term['price']):g} each; {key} may then be cancelled"
        found.append((title, change, cost, money if money > 0 else None))
    return found


def _find_size(snapshot: Snapshot, item: str) -> float:
    """The one size of an item's orders; 0 = they have any."""
    is_fixed = (pl.col("lot_rule").cast(pl.String) == "fixed") & (pl.col("code") == item)
    return float(snapshot["item"].filter(is_fixed)["lot_minimum"].sum())


def _round_up(quantity: float, term: dict[str, Any], size: float) -> float:
    """Least quantity that a supplier takes an order of; where orders have one size, what is asked for stays."""
    if size > 0:
        return quantity
    amount, multiple = max(quantity, float(term["order_minimum"])), float(term["order_multiple"])
    return math.ceil(amount / multiple - 1e-9) * multiple if multiple > 0 else amount


def _tell_price(term: dict[str, Any]) -> tuple[str, float]:
    money = float(term["expedite_cost"])
    return f"{money:,.0f} to hurry it, by the supplier's terms", money


def _hurry_purchase(snapshot: Snapshot, run: PlanRun, receipt: int) -> list[Hurry]:
    """Have a purchase on its way come when it is needed."""
    key, promised = str(run.problem.receipts.keys[receipt]), int(run.problem.receipts.time[receipt])
    needed, cost, money = _find_need(run, receipt), ASKED, None
    orders = snapshot["purchase_order"].filter(pl.col("code") == key)
    if orders.height:
        row = orders.row(0, named=True)
        terms = _list_terms(snapshot, run, row["item"], row["site"])
        term = next((one for one in terms if one["supplier"] == row["supplier"]), None)
        if term is not None and term["expedite_days"] is not None:
            needed = max(needed, round(term["expedite_days"] * 86_400))
            cost, money = _tell_price(term)
    if needed >= promised:
        return []
    title = f"Have {key} come {(promised - needed) / 86_400:.1f} days earlier"
    return [(title, MovePurchase(key, run.as_of + timedelta(seconds=needed)), cost, money)]


def _place_purchases(snapshot: Snapshot, run: PlanRun, order: int) -> list[Hurry]:
    """Order now, hurried, what the plan would buy at the usual lead time, or make: from each supplier who can hurry."""
    row = run.orders.row(order, named=True)
    lead = int(run.result.orders.need[order] - run.result.orders.start[order])
    size = _find_size(snapshot, row["item"])
    found: list[Hurry] = []
    for term in _list_sellers(snapshot, run, row["item"], row["site"]):
        if term["expedite_days"] is None or term["expedite_days"] * DAY_SECONDS >= lead:
            continue
        due, supplier = run.as_of + timedelta(days=term["expedite_days"]), term["supplier"]
        amount = row["quantity"] if supplier == row["source"] else _round_up(row["quantity"], term, size)
        code = f"HURRY-{row['code']}" if supplier == row["source"] else f"HURRY-{row['code']}-{supplier}"
        change = PlacePurchase(code[:CODE_LENGTH], supplier, row["item"], row["site"], amount, due)
        title = f"Order {amount:g} {row['item']} from {supplier} now, hurried: there on {due:%Y-%m-%d}"
        found.append((title, change, *_tell_price(term)))
    return found


def _work_overtime(snapshot: Snapshot, run: PlanRun, receipt: int) -> list[Hurry]:
    """Finish an order of one's own when it is needed, by overtime."""
    key, promised = str(run.problem.receipts.keys[receipt]), int(run.problem.receipts.time[receipt])
    needed = _find_need(run, receipt)
    if needed >= promised or not snapshot["order"].filter(pl.col("code") == key).height:
        return []
    work = compile_work(snapshot, run.orders.clear()).filter(pl.col("order") == key)
    hours = float((work["run_hours"] + work["setup_hours"]).sum())
    cost, money = _price_hours(snapshot, hours, "at most ")
    title = f"Finish {key} {(promised - needed) / 86_400:.1f} days earlier, in overtime"
    return [(title, MoveOrder(key, due_at=run.as_of + timedelta(seconds=needed)), cost, money)]


def _add_shift(snapshot: Snapshot, run: PlanRun, order: int) -> list[Hurry]:
    """Open the machine that takes longest for a planned order on Saturdays."""
    method, quantity = int(run.result.orders.method[order]), float(run.result.orders.quantity[order])
    steps = snapshot["operation"].filter(pl.col("routing") == str(run.problem.methods.routing_keys[method]))
    busiest = (
        steps.with_columns(minutes=pl.col("setup_minutes") + pl.col("lot_minutes") + pl.col("run_minutes") * quantity)
        .select("minutes", operation="code")
        .join(preferred_machines(snapshot), on="operation")
        .filter(pl.col("calendar").is_not_null())
        .sort("minutes", descending=True)
    )
    weekday, start, end, hours = SATURDAY
    if not busiest.height:
        return []
    calendar = str(busiest["calendar"][0])
    shifts = snapshot["calendar_shift"].filter(pl.col("calendar") == calendar)
    if shifts.filter(pl.col("weekday").cast(pl.String) == weekday).height:
        return []
    machines = snapshot["resource"].filter(pl.col("calendar") == calendar).height
    ready = int(run.result.orders.ready[order])
    weeks = max(1, -(-ready // (7 * 86_400))) if ready < FAR_FUTURE else 1
    cost, money = _price_hours(snapshot, hours * machines * weeks, "")
    title = f"Work on Saturdays too, by calendar {calendar}, for {weeks} weeks"
    return [(title, AddShift(calendar, weekday, start, end, is_overtime=True), cost, money)]


def _price_hours(snapshot: Snapshot, hours: float, most: str) -> tuple[str, float | None]:
    """Price hours of overtime; None where the company names no price, or there are no hours."""
    rates = snapshot["company"]["overtime_hour_cost"].cast(pl.Float64).to_list()
    if not rates or rates[0] <= 0 or hours <= 0:
        return f"{most}{hours:,.0f} hours of overtime", None
    return f"{most}{hours * rates[0]:,.0f} for {hours:,.1f} hours of overtime", hours * rates[0]


def is_earlier(before: datetime | None, after: datetime | None) -> bool:
    """Whether something is there earlier than before; None = never."""
    return after is not None and (before is None or after < before)
