"""Materials of the floor: what products take, what is there, how it is ordered again and how long that takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.basics.findings import Finding, Findings
from drumbeat.basics.streams import FIXED, LOGNORMAL, sigma_of
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_resources import WEEKDAYS, seconds_between
from drumbeat.twin.compile_floor_demand import FloorDemand
from drumbeat.twin.compile_floor_products import Place, ProductBook, as_texts
from drumbeat.twin.engine.floor.surroundings import DURING_BOTH, Materials, Needs
from drumbeat.twin.engine.floor.times import Times
from drumbeat.twin.estimate_lateness import DEFAULT_SHARE, FEWEST_DELIVERIES

DAY, WEEK = 86_400.0, 604_800.0

RECEIPTS = {"material": pl.Int64, "at": pl.Float64, "quantity": pl.Float64}

PLENTY = 1e15
"""Stock that is never used up."""

GOLDEN = 0.6180339887498949
"""Steps of this length, wrapped at 1, fill the unit interval evenly."""

SAFE = 2.33
"""Standard deviations of the use over a lead time that are kept as safety: enough in 99 of 100 lead times."""


@dataclass(frozen=True)
class _Needs:
    """By material: units used a second, squares of what a lot takes a second, the most that a lot takes.

    Those from `num_taken` on are spares that repairs alone take.
    """

    rate: Floats
    squares: Floats
    most: Floats
    num_taken: int


@dataclass(frozen=True)
class FloorMaterials:
    """Materials, the steps' uses of them, and by product the material that it makes (-1 = none).

    `rows`: material, item, site, is_made. `leads`: by material, whose lead time it is, and the standard error of the
    logarithm of its mean.
    """

    materials: Materials
    uses: Needs
    made: Int32s
    rows: pl.DataFrame
    leads: list[tuple[str, float]]


def compile_floor_materials(
    snapshot: Snapshot, products: ProductBook, demand: FloorDemand, spares: set[Place], findings: Findings
) -> FloorMaterials:
    """Compile what the first step of each product takes, bought or made, and what repairs take (`spares`)."""
    places: dict[Place, int] = {}
    taken: list[list[tuple[int, float]]] = []
    for p, item in enumerate(products.items):
        site = products.sites[p]
        components = products.components.get(item, ())
        taken.append([(places.setdefault((component, site), len(places)), each) for component, each in components])
    num_taken = len(places)
    for place in sorted(spares):
        places.setdefault(place, len(places))
    needs = _Needs(np.zeros(len(places)), np.zeros(len(places)), np.zeros(len(places)), num_taken)
    for p, lines in enumerate(taken):
        for b, each in lines:
            lot = float(demand.pieces[p]) * each
            needs.rate[b] += demand.rate[p] * each
            needs.squares[b] += demand.rate[p] / demand.pieces[p] * lot * lot
            needs.most[b] = max(needs.most[b], float(demand.most_pieces[p]) * each)
    to_stock = products.list_makers()
    maker = np.array([to_stock.get(place, -1) for place in places], np.int32)
    made = np.full(len(products.keys), -1, np.int32)
    for place, p in to_stock.items():
        made[p] = places.get(place, -1)
    lead = _lead_times(snapshot, list(places), findings)
    rule = "what is bought is ordered by its reorder point: use over the lead time, and safety stock"
    value = f"{len(places)} materials"
    findings.add(Finding("stock", rule, "Compare with the plan's purchases", None, None, value, "note"))
    materials = _as_materials(snapshot, places, needs, maker, lead, demand, findings)
    sizes = [len(products.operations[routing]) for routing in products.routings]
    counts = np.zeros(sum(sizes), np.int64)
    counts[np.concatenate(([0], np.cumsum(sizes)))[:-1]] = [len(lines) for lines in taken]
    flat = [entry for lines in taken for entry in lines]
    uses = Needs(
        np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        np.array([b for b, _ in flat], np.int32),
        np.array([each for _, each in flat], np.float64),
        np.full(len(flat), DURING_BOTH, np.int8),
    )
    rows = _describe(snapshot, places, maker)
    told = zip(lead.values(), rows.select("material", "is_made", "supplier").iter_rows(), strict=True)
    leads = [_tell_error(time, *row) for time, row in told]
    return FloorMaterials(materials, uses, made, rows, leads)


def _tell_error(
    time: tuple[float, float, int], material: str, is_made: bool, supplier: str | None
) -> tuple[str, float]:
    """Say whose lead time it is and how unsure its mean: by its own deliveries, or as if it were by the fewest of them.

    What a supplier states of several materials is wrong together.
    """
    mean, spread, count = time
    if is_made or mean <= 0:
        return material, 0.0
    whose = material if count or supplier is None else supplier
    return whose, spread / mean / float(np.sqrt(max(count, FEWEST_DELIVERIES)))


def _describe(snapshot: Snapshot, places: dict[Place, int], maker: Int32s) -> pl.DataFrame:
    """A row for each material; a supplier, and what it promises, for what is bought."""
    told = _read_terms(snapshot)
    rows = []
    for (item, site), b in places.items():
        is_made = bool(maker[b] >= 0)
        supplier, mean, _ = (None, None, None) if is_made else told.get((item, site), (None, None, None))
        rows.append((f"{item} @ {site}", item, site, is_made, supplier, mean))
    schema = {
        "material": pl.String, "item": pl.String, "site": pl.String, "is_made": pl.Boolean, "supplier": pl.String,
        "promised_seconds": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _read_terms(snapshot: Snapshot) -> dict[Place, tuple[str, float | None, float | None]]:
    """Preferred supplier by item and site; mean and spread in seconds of the lead time of its terms, if they tell."""
    terms = snapshot["supply_term"].sort("priority", "quantity_from", "supplier", "position")
    terms = terms.unique(["item", "site"], keep="first", maintain_order=True)
    delivery_of = dict(snapshot["supplier"].select("code", "delivery_days").iter_rows())
    told: dict[Place, tuple[str, float | None, float | None]] = {}
    for supplier, item, site, days, spread in terms.select(
        "supplier", "item", "site", "lead_time_days", "lead_time_spread_days"
    ).iter_rows():
        told[item, site] = supplier, None, None
        if days is not None:
            wait, waited = _wait_for_day(delivery_of.get(supplier) or "")
            spread = float(spread or DEFAULT_SHARE * days)
            told[item, site] = supplier, (float(days) + wait) * DAY, float(np.hypot(spread, waited)) * DAY
    return told


def _lead_times(snapshot: Snapshot, places: list[Place], findings: Findings) -> dict[Place, tuple[float, float, int]]:
    """Mean and spread in seconds of the time from order to arrival, and of how many deliveries, by item and site.

    From its own deliveries where there are enough, else from its preferred terms, else from the item's lead time.
    """
    past = (
        snapshot["purchase_order"]
        .filter(pl.col("received_at").is_not_null() & pl.col("ordered_at").is_not_null())
        .with_columns((pl.col("received_at") - pl.col("ordered_at")).dt.total_seconds().alias("lead"))
        .filter(pl.col("lead") > 0)
        .group_by("item", "site")
        .agg(pl.col("lead").mean(), pl.col("lead").std().alias("spread"), pl.len())
        .filter(pl.col("len") >= FEWEST_DELIVERIES)
    )
    measured = {(item, site): (float(mean), float(sd or 0.0), n) for item, site, mean, sd, n in past.iter_rows()}
    told = {
        place: (mean, spread, 0)
        for place, (_, mean, spread) in _read_terms(snapshot).items()
        if mean is not None and spread is not None
    }
    days_of = dict(snapshot["item"].select("code", "lead_time_days").iter_rows())
    found, assumed = {}, 0
    for place in places:
        usual = max(float(days_of.get(place[0]) or 0.0), 1.0) * DAY
        assumed += place not in measured
        found[place] = measured.get(place) or told.get(place) or (usual, DEFAULT_SHARE * usual, 0)
    if assumed:
        rule = f"lead times are those of terms or items where fewer than {FEWEST_DELIVERIES} deliveries tell them"
        remedy = "Keep the moments of order and receipt of purchases"
        findings.add(Finding("purchase_order", rule, remedy, None, None, f"{assumed} materials", "note"))
    return found


def _wait_for_day(delivery_days: str) -> tuple[float, float]:
    """Mean and spread of the whole days from any day of the week to the next on which a supplier delivers."""
    days = [WEEKDAYS.index(word.strip()) for word in delivery_days.split(",") if word.strip()]
    if not days:
        return 0.0, 0.0
    waits = np.array([min((day - today) % 7 for day in days) for today in range(7)])
    return float(waits.mean()), float(waits.std())


def _as_materials(
    snapshot: Snapshot,
    places: dict[Place, int],
    needs: _Needs,
    maker: Int32s,
    leads: dict[Place, tuple[float, float, int]],
    demand: FloorDemand,
    findings: Findings,
) -> Materials:
    items = {row["code"]: row for row in snapshot["item"].iter_rows(named=True)}
    stocked = {(row["item"], row["site"]): row for row in snapshot["stock"].iter_rows(named=True)}
    num, use = len(places), needs.rate
    stock, point, lot = np.zeros(num), np.zeros(num), np.zeros(num)
    mean, sigma, safe = np.zeros(num), np.zeros(num), np.zeros(num)
    for place, b in places.items():
        item, row = items.get(place[0], {}), stocked.get(place, {})
        lead, spread, _ = leads[place]
        if maker[b] >= 0:
            p = int(maker[b])
            lead, spread = float(max(demand.due_seconds[p], WEEK)), 0.0
            lot[b] = demand.pieces[p]
        else:
            lot[b] = _bought_lot(item, use[b], is_spare=b >= needs.num_taken)
        safety = row.get("safety_stock")
        safe[b] = float(item.get("safety_stock") or 0.0) if safety is None else float(safety)
        # Lots come at random and take much at a time, and the lead time strays; the last lot undershoots the point.
        chance = SAFE * float(np.sqrt(needs.squares[b] * lead + (use[b] * spread) ** 2)) + needs.most[b]
        point[b] = use[b] * lead + max(safe[b], chance)
        stock[b] = float(row.get("quantity") or 0.0)
        mean[b], sigma[b] = lead, sigma_of(spread / lead) if lead > 0 else 0.0
    is_spare = np.arange(num) >= needs.num_taken
    dead = (use <= 0) & ~is_spare
    point[dead], lot[dead] = -1.0, 0.0
    stock[dead] = PLENTY
    if dead.any():
        rule = "a component of orders alone, without a rate of use, is always there"
        value = f"{int(dead.sum())} materials"
        findings.add(Finding("stock", rule, "Keep past demand of what takes it", None, None, value, "note"))
    receipts = _receipts(snapshot, places)
    arriving = np.bincount(receipts["material"], receipts["quantity"], minlength=num).astype(np.float64)
    # The position of a stock under this policy is anywhere above its point, up to a lot (Hadley and Whitin 1963): each
    # begins elsewhere, so that not all are ordered at once.
    usual = point + lot * ((np.arange(1, num + 1) * GOLDEN) % 1.0)
    lacking = np.where((stock + arriving < point) & ~is_spare, usual, 0.0)
    point[is_spare] = _point_of_spares(np.maximum(safe, stock + arriving)[is_spare], findings)
    receipts = pl.concat([receipts, _under_way(stock, arriving, lacking, use, mean, findings)]).sort("at", "material")
    return Materials(
        as_texts([f"{item} @ {site}" for item, site in places]),
        stock,
        point,
        lot,
        Times(np.where(sigma > 0, LOGNORMAL, FIXED).astype(np.int8), mean, sigma),
        maker,
        np.full(num, -1, np.int32),
        receipts["material"].to_numpy().astype(np.int32),
        receipts["at"].to_numpy().astype(np.float64),
        receipts["quantity"].to_numpy().astype(np.float64),
    )


def _bought_lot(item: dict[str, Any], use: float, *, is_spare: bool) -> float:
    """Quantity of a purchase: the use of the item's lot days, a week at least; of spares one at a time."""
    usual = 1.0 if is_spare else use * max(float(item.get("lot_days") or 7.0), 7.0) * DAY
    return max(float(item.get("lot_minimum") or 0.0), usual)


def _point_of_spares(kept: Floats, findings: Findings) -> Floats:
    """Reorder points of spares: each that a repair takes is ordered again at once, so that as many are kept."""
    if len(kept):
        rule = "a spare that a repair takes is ordered again at once: as many are kept as now, or as its safety stock"
        remedy = "Enter its stock, or its safety stock"
        findings.add(Finding("failure_mode", rule, remedy, None, "spare", f"{len(kept)} spares", "note"))
    return np.maximum(kept, 1.0) - 1.0


def _under_way(
    stock: Floats, arriving: Floats, usual: Floats, use: Floats, lead: Floats, findings: Findings
) -> pl.DataFrame:
    """What is missing to the usual stock and orders now: it was ordered, and comes when half the stock is used."""
    missing = np.maximum(usual - stock - arriving, 0.0)
    rows = [
        (b, float(min(0.5 * stock[b] / use[b], lead[b])), float(missing[b]))
        for b in np.flatnonzero((missing > 0) & (use > 0))
    ]
    if rows:
        rule = "where stock and open orders are below the reorder point now, the usual rest is on its way, in time"
        remedy = "Enter the orders, or raise the stock"
        findings.add(Finding("purchase_order", rule, remedy, None, None, f"{len(rows)} materials", "note"))
    return pl.DataFrame(rows, schema=RECEIPTS, orient="row")


def _receipts(snapshot: Snapshot, places: dict[Place, int]) -> pl.DataFrame:
    """Open purchases of the materials, when they are due; those that are overdue come now."""
    orders = snapshot["purchase_order"].filter(pl.col("state").cast(pl.String) == "open")
    missing = pl.col("quantity") - pl.col("received_quantity").fill_null(0.0)
    orders = orders.with_columns(missing.alias("missing")).filter(pl.col("missing") > 0)
    at = np.maximum(seconds_between(snapshot.as_of, orders["due_at"]), 0)
    number = [places.get(place, -1) for place in orders.select("item", "site").iter_rows()]
    frame = pl.DataFrame(
        {"material": number, "at": at.astype(np.float64), "quantity": orders["missing"]}, schema=RECEIPTS
    )
    return frame.filter(pl.col("material") >= 0).sort("at", "material")
