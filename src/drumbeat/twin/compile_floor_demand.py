"""What the floor is asked for: open orders where they are, demand that is known, and demand as it came in the past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import GAMMA
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.estimate_lead_times import estimate_lead_times
from drumbeat.scheduling.compile_orders import Work
from drumbeat.scheduling.compile_resources import seconds_between
from drumbeat.twin.compile_floor_products import Place, ProductBook, as_texts
from drumbeat.twin.engine.floor.problem import RENEWAL, Orders, Sources
from drumbeat.twin.engine.floor.times import Times

DAY_SECONDS, WEEK_SECONDS = 86_400.0, 604_800.0

LOOKS_BACK_WEEKS = 26
"""Weeks before now whose demand is taken for that of the future."""

FEWEST_DEMANDS = 4
"""Demands of an item in that time from which its rate is used; demand by period stands in below that."""

FLOW_FACTOR = 3.0
"""Planned time in the plant over the time of the work itself, where no order tells it."""

LEAST_CV, MOST_CV = 0.1, 2.0
"""Spread of the gaps between demands over their mean that is believed."""

MOST_PIECES = 10**9
"""Pieces of an order beyond which it is cut off, with a finding: draws by the piece end somewhere."""


@dataclass(frozen=True)
class FloorDemand:
    """Orders, sources, and what is usual of each product.

    Parameters
    ----------
    pieces, due_seconds
        Shape (P,): of a usual lot; from release to due.
    sources
        One for each product that was sold in the past.
    rate
        Shape (P,): pieces a second that the sources bring.
    orders
        Sorted by release: key, product (number), pieces, release and due (seconds), operation (where it is; null = the
        first).
    """

    pieces: Int64s
    due_seconds: Floats
    sources: Sources
    rate: Floats
    orders: pl.DataFrame

    @property
    def most_pieces(self) -> Int64s:
        """Shape (P,): pieces of the largest lot that is known of."""
        most = self.pieces.copy()
        np.maximum.at(most, self.orders["product"].to_numpy(), self.orders["pieces"].to_numpy())
        return most

    def as_orders(self, first_of: dict[tuple[int, str], int]) -> Orders:
        """Return the engine's orders; `first_of` is the step of a product's operation."""
        rows = self.orders
        steps = [
            first_of.get((product, operation), -1) if operation is not None else -1
            for product, operation in rows.select("product", "operation").iter_rows()
        ]
        return Orders(
            as_texts(rows["key"].to_list()),
            rows["product"].to_numpy().astype(np.int32),
            rows["pieces"].to_numpy().astype(np.int64),
            np.zeros(rows.height, np.int32),
            rows["release"].to_numpy().astype(np.float64),
            rows["due"].to_numpy().astype(np.float64),
            np.array(steps, np.int32),
        )


def compile_demand(
    snapshot: Snapshot, work: Work, products: ProductBook, weeks: int, findings: Findings
) -> FloorDemand:
    """Number the products that are wanted, and say when how much of them is.

    Made components are numbered too, as products to stock; their lots are the item's smallest, or a week's need.
    """
    live = _live_orders(snapshot, work, products, findings)
    leads = _planned_leads(snapshot)
    known = _known_demand(snapshot, live, products, leads, findings)
    past = _past_demand(snapshot, products, findings)
    _number_components(products)
    orders = pl.concat([live, known]).sort("release", "key")
    num = len(products.keys)
    lead = np.array([leads.get(routing, WEEK_SECONDS) for routing in products.routings]) + np.array(products.travel)
    usual = np.ones(num)
    between = np.zeros(num)
    shape = np.ones(num)
    for p, (lots_a_week, pieces, cv) in past.items():
        usual[p], between[p], shape[p] = pieces, WEEK_SECONDS / lots_a_week, 1.0 / (cv * cv)
    for product, pieces in orders.group_by("product").agg(pl.col("pieces").mean()).iter_rows():
        usual[product] = pieces if between[product] == 0 else usual[product]
    rate = np.where(between > 0, usual / np.maximum(between, 1e-9), 0.0)
    _size_components(snapshot, products, rate, usual)
    sourced = np.flatnonzero(between > 0)
    booked = dict(orders.group_by("product").agg(pl.col("due").filter(pl.col("due") < np.inf).max()).iter_rows())
    sources = Sources(
        as_texts([f"demand of {products.keys[p]}" for p in sourced]),
        sourced.astype(np.int32),
        np.full(len(sourced), RENEWAL, np.int8),
        Times(np.full(len(sourced), GAMMA, np.int8), between[sourced], shape[sourced]),
        # Where orders are booked already, chance begins when the book ends.
        np.array([max(float(booked.get(int(p)) or 0.0) - lead[p], 0.0) for p in sourced]),
        np.ones(len(sourced), np.int64),
        np.zeros(len(sourced) + 1, np.int64),
        np.zeros(0),
        np.zeros(0),
    )
    _tell_demand(products, past, orders, weeks, findings)
    # Lots to stock are due too, so that rules that look at due times don't leave them to the last.
    return FloorDemand(np.maximum(np.rint(usual), 1).astype(np.int64), lead, sources, rate, orders)


def _live_orders(snapshot: Snapshot, work: Work, products: ProductBook, findings: Findings) -> pl.DataFrame:
    """Open production orders; one that is under way comes at its first operation that is not done."""
    ahead = (
        work.tasks.filter(pl.col("operation").is_not_null())
        .group_by("order", maintain_order=True)
        .agg(pl.col("operation").first(), (pl.col("state") == "started").any().alias("is_started"))
    )
    begun = snapshot["task"].filter(pl.col("state").cast(pl.String) == "done").select("order").unique()
    rows = work.jobs.filter(pl.col("routing").is_not_null() & pl.col("item").is_not_null())
    rows = rows.filter(pl.col("routing").is_in(list(products.operations)))
    rows = rows.join(ahead, on="order", how="inner", maintain_order="left")
    rows = rows.join(begun.with_columns(pl.lit(True).alias("is_begun")), on="order", how="left", maintain_order="left")
    sold = set(snapshot["demand_line"]["item"])
    stocked = {component for lines in products.components.values() for component, _ in lines}
    release = seconds_between(snapshot.as_of, rows["release_at"])
    due = seconds_between(snapshot.as_of, rows["due_at"])
    found = []
    columns = ("order", "item", "routing", "quantity", "operation", "is_started", "is_begun")
    for i, (order, item, routing, quantity, operation, started, is_begun) in enumerate(
        rows.select(columns).iter_rows()
    ):
        is_sold = item in sold or item not in stocked
        product = products.number(routing, is_sold=is_sold)
        is_here = bool(started) or bool(is_begun)
        at = -1.0 if is_here else float(max(release[i], 0)) if rows["release_at"][i] is not None else 0.0
        until = float(due[i]) if rows["due_at"][i] is not None and is_sold else np.inf
        found.append((order, product, _pieces(quantity, order, findings), at, until, operation if is_here else None))
    if int(rows["is_started"].sum() or 0):
        rule = "an operation that is under way now is played from its beginning"
        value = f"{int(rows['is_started'].sum())} orders"
        findings.add(Finding("task", rule, "Nothing: it makes hours of difference", None, "state", value, "note"))
    return _frame(found)


def _frame(rows: list[tuple[str, int, int, float, float, str | None]]) -> pl.DataFrame:
    schema = {"key": pl.String, "product": pl.Int64, "pieces": pl.Int64, "release": pl.Float64, "due": pl.Float64,
              "operation": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _pieces(quantity: float, code: str, findings: Findings) -> int:
    if quantity > MOST_PIECES:
        rule = f"an order has at most {MOST_PIECES:.0e} units"
        findings.add(
            Finding("order", rule, "Check the quantity; it is cut off here", None, "quantity", code, "warning")
        )
    return int(min(max(np.ceil(quantity - 1e-9), 1), MOST_PIECES))


def _planned_leads(snapshot: Snapshot) -> dict[str, float]:
    """Seconds from release to due by routing: the median of orders that say both, else a multiple of the work's."""
    orders = snapshot["order"].filter(pl.col("item").is_not_null() & (pl.col("due_at") > pl.col("release_at")))
    told = (
        orders.with_columns((pl.col("due_at") - pl.col("release_at")).dt.total_seconds().alias("lead"))
        .group_by("item", "site")
        .agg(pl.col("lead").median())
    )
    by_item = {(item, site): float(lead) for item, site, lead in told.iter_rows()}
    days = dict(snapshot["item"].select("code", "lead_time_days").iter_rows())
    work = {row[0]: (row[1], row[2]) for row in estimate_lead_times(snapshot).iter_rows()}
    lots = dict(snapshot["item"].select("code", "lot_minimum").iter_rows())
    found = {}
    for code, item, site in snapshot["routing"].select("code", "item", "site").iter_rows():
        fixed, unit = work.get(code, (0.0, 0.0))
        guess = max(
            FLOW_FACTOR * (fixed + unit * max(lots.get(item) or 1.0, 1.0)), float(days.get(item) or 0) * DAY_SECONDS
        )
        found[code] = by_item.get((item, site), max(guess, DAY_SECONDS))
    return found


def _known_demand(
    snapshot: Snapshot, live: pl.DataFrame, products: ProductBook, leads: dict[str, float], findings: Findings
) -> pl.DataFrame:
    """Open demand that no order makes yet, less stock and what orders for stock will bring, the earliest first."""
    lines = snapshot["demand_line"].filter(pl.col("state").cast(pl.String) == "open")
    served = set(live["key"])
    lines = lines.filter(pl.col("order").is_null() | ~pl.col("order").is_in(list(served))).sort("due_at", "code")
    linked = set(snapshot["demand_line"]["order"].drop_nulls())
    free: dict[Place, float] = {}
    stock = snapshot["stock"].select("item", "site", pl.col("quantity") - pl.col("safety_stock").fill_null(0.0))
    for item, site, quantity in stock.iter_rows():
        free[item, site] = max(float(quantity), 0.0)
    for key, product, pieces in live.select("key", "product", "pieces").iter_rows():
        if key not in linked:
            place = products.items[product], products.sites[product]
            free[place] = free.get(place, 0.0) + pieces
    due = seconds_between(snapshot.as_of, lines["due_at"])
    found: list[tuple[str, int, int, float, float, str | None]] = []
    lost = 0
    for i, (code, item, site, quantity) in enumerate(lines.select("code", "item", "site", "quantity").iter_rows()):
        taken = min(free.get((item, site), 0.0), quantity)
        free[item, site] = free.get((item, site), 0.0) - taken
        if quantity - taken <= 1e-9:
            continue
        product = products.find(item, site, is_sold=True)
        if product is None:
            lost += 1
            continue
        until = float(due[i])
        release = max(until - leads.get(products.routings[product], WEEK_SECONDS), 0.0)
        found.append((f"for {code}", product, _pieces(quantity - taken, code, findings), release, until, None))
    if lost:
        rule = "demand is for something that is made where it is wanted: it has a routing there"
        remedy = "Add a routing, or leave it to purchasing; it is not played"
        findings.add(Finding("demand_line", rule, remedy, None, "item", f"{lost} open lines", "warning"))
    return _frame(found)


def _past_demand(
    snapshot: Snapshot, products: ProductBook, findings: Findings
) -> dict[int, tuple[float, float, float]]:
    """Lots a week, pieces of a lot, spread of the gaps over their mean, by product, as in the past half year."""
    since = snapshot.as_of - timedelta(weeks=LOOKS_BACK_WEEKS)
    lines = snapshot["demand_line"].filter(
        (pl.col("kind").cast(pl.String) == "order")
        & (pl.col("state").cast(pl.String) != "cancelled")
        & (pl.col("due_at") >= since)
        & (pl.col("due_at") < snapshot.as_of)
        & (pl.col("quantity") > 0)
    )
    told = (
        lines.group_by("item", "site")
        .agg(
            pl.len().alias("count"),
            pl.col("quantity").mean(),
            pl.col("due_at").sort().diff().dt.total_seconds().std().alias("spread"),
            ((snapshot.as_of - pl.col("due_at").min()).dt.total_seconds() / WEEK_SECONDS).alias("weeks"),
        )
        .filter(pl.col("count") >= FEWEST_DEMANDS)
    )
    rates = {
        (item, site): (count / max(weeks, 1.0), float(quantity), _cv(spread, count / max(weeks, 1.0)))
        for item, site, count, quantity, spread, weeks in told.sort("item", "site").iter_rows()
    }
    by_period = _by_period(snapshot, since)
    lots = dict(snapshot["item"].select("code", "lot_minimum").iter_rows())
    for place, weekly in by_period.items():
        if place not in rates and weekly > 0:
            lot = max(float(lots.get(place[0]) or 0.0), weekly)
            rates[place] = (weekly / lot, lot, 1.0)
    found, lost = {}, []
    for (item, site), rate in sorted(rates.items()):
        product = products.find(item, site, is_sold=True)
        if product is None:
            lost.append(f"{item} @ {site}")
        else:
            found[product] = rate
    if lost:
        rule = "what was sold is made where it was sold: it has a routing there"
        remedy = "Add a routing; its demand is not played"
        names = ", ".join(lost[:5]) + (f" and {len(lost) - 5} more" if len(lost) > 5 else "")
        findings.add(Finding("routing", rule, remedy, None, "item", names, "warning"))
    return found


def _cv(spread: float | None, lots_a_week: float) -> float:
    """Spread of the gaps between demands over their mean, within what a gamma can play."""
    return float(np.clip((spread or 0.0) * lots_a_week / WEEK_SECONDS, LEAST_CV, MOST_CV))


def _by_period(snapshot: Snapshot, since: datetime) -> dict[Place, float]:
    """Units a week by item and site from demand by period; the period's length is the usual distance of two."""
    rows = snapshot["demand_history"].filter(pl.col("period_start").cast(pl.Datetime("us", "UTC")) >= since)
    sums = (
        rows.sort("period_start")
        .group_by("item", "site", maintain_order=True)
        .agg(
            pl.col("quantity").mean(),
            pl.col("period_start").diff().dt.total_days().median().alias("days"),
        )
    )
    return {(item, site): float(mean) / float(days or 7.0) * 7.0 for item, site, mean, days in sums.iter_rows()}


def _number_components(products: ProductBook) -> None:
    """Number what goes into the products and is made, at the same site or at one that sends it, however deep."""
    p = 0
    while p < len(products.keys):
        for component, _ in products.components.get(products.items[p], ()):
            products.find_maker(component, products.sites[p])
        p += 1


def _size_components(snapshot: Snapshot, products: ProductBook, rate: Floats, usual: Floats) -> None:
    """Rates and lots of products to stock, from what takes them; changes both in place."""
    lots = {
        code: (float(least or 0.0), float(most) if most else np.inf)
        for code, least, most in snapshot["item"].select("code", "lot_minimum", "lot_maximum").iter_rows()
    }
    to_stock = products.list_makers()
    # Bills lead in no circle any more: a wave a level, and so many levels as there are products at most.
    wave = {p: rate[p] for p in range(len(products.keys)) if rate[p] > 0}
    while wave:
        below: dict[int, float] = {}
        for p, pieces in wave.items():
            for component, quantity in products.components.get(products.items[p], ()):
                q = to_stock.get((component, products.sites[p]))
                if q is not None:
                    below[q] = below.get(q, 0.0) + pieces * quantity
        for q, pieces in below.items():
            rate[q] += pieces
        wave = below
    for (item, _), p in to_stock.items():
        least, most = lots.get(item, (0.0, np.inf))
        usual[p] = min(max(least, rate[p] * WEEK_SECONDS, 1.0), max(most, 1.0), MOST_PIECES)


def _tell_demand(
    products: ProductBook,
    past: dict[int, tuple[float, float, float]],
    orders: pl.DataFrame,
    weeks: int,
    findings: Findings,
) -> None:
    rule = (
        f"after the orders that are known, demand comes at random at the rate of the past {LOOKS_BACK_WEEKS} weeks, "
        "in lots of the usual size"
    )
    remedy = "Keep past demand with its due dates; change it with a what-if"
    findings.add(
        Finding("demand_line", rule, remedy, None, None, f"{len(past)} products, {orders.height} orders", "note")
    )
    sent = [key for key, travel in zip(products.keys, products.travel, strict=True) if travel > 0]
    if sent:
        rule = "components that another site sends are made there, and travel as long as their supply term says"
        findings.add(Finding("supply_term", rule, "Nothing", None, "lead_time_days", f"{len(sent)} products", "note"))
    stocked = [key for key, is_sold in zip(products.keys, products.is_sold, strict=True) if not is_sold]
    if stocked:
        rule = "components that are made are made to stock, released by their reorder point (pull), not by a plan"
        findings.add(
            Finding("bill_line", rule, "Compare with the plan's orders", None, None, f"{len(stocked)} products", "note")
        )
    silent = sum(1 for p in range(len(products.keys)) if products.is_sold[p] and p not in past)
    if silent and weeks > 4:
        rule = f"fewer than {FEWEST_DEMANDS} past demands: only orders that are known are played"
        findings.add(
            Finding("demand_line", rule, "Keep past demand to have more come", None, None, f"{silent} products", "note")
        )
