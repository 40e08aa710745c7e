"""The demo company's supply: suppliers and their terms, two years of purchase orders, what is on order and in stock."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.lab.company.catalogue import (
    AALEN,
    BOUGHT,
    FAMILIES,
    POWDER_SUPPLIERS,
    POWDERS,
    RAPIDS,
    STORY_FOUNDRY,
    SUPPLIERS,
)
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.make_items import ECN_DAY
from drumbeat.lab.company.make_programme import MONDAY, Programme
from drumbeat.lab.company.size import AS_OF, Size

Frames = dict[str, pl.DataFrame]
HISTORY_WEEKS = 104
BEGIN = timedelta(days=3)
"""An order takes its components so long before it is due."""

BREAKS = ((0.0, 1.0), (200.0, 0.96), (1000.0, 0.92))
"""Price breaks: from how many units, and the price against the list."""


def make_supply(size: Size, programme: Programme, bought: pl.DataFrame, parts: pl.DataFrame, luck: Luck) -> Frames:
    """Make suppliers, terms, purchase orders, stock and lots that carry the programme."""
    sources = _sources(bought)
    weekly = _weekly_use(size, programme, bought)
    history = _history(sources, weekly, luck)
    on_order, opening = _open_orders(size, programme, bought, sources, weekly, luck)
    transfers, columns = _transfers(size, parts)
    purchases = pl.concat([history, on_order, transfers], how="diagonal_relaxed").with_columns(
        code=pl.format("P-{}", (pl.int_range(0, pl.len()) + 400001).cast(pl.String))
    )
    stock = _stock(opening, programme, columns, parts)
    return {
        "supplier": pl.DataFrame(
            {
                "code": list(SUPPLIERS),
                "name": [name for name, _ in SUPPLIERS.values()],
                "country": [country for _, country in SUPPLIERS.values()],
            }
        ),
        "supply_term": _terms(sources),
        "purchase_order": purchases,
        "stock": stock,
        "lot": _lots(stock),
    }


def _sources(bought: pl.DataFrame) -> pl.DataFrame:
    """Who delivers what, in order of preference: one row an item and supplier."""
    rows = [
        {
            "catalogue": one.code,
            "supplier": supplier,
            "lead": lead,
            "spread": spread,
            "place": place,
            "cover": one.cover_weeks,
        }
        for one in BOUGHT
        for place, (supplier, lead, spread) in enumerate(one.suppliers)
    ]
    rows += [
        {"catalogue": "POWDER", "supplier": supplier, "lead": lead, "spread": spread, "place": place, "cover": 2}
        for place, (supplier, lead, spread) in enumerate(POWDER_SUPPLIERS)
    ]
    items = bought.unique("code", keep="first", maintain_order=True).select("code", "catalogue", "site", "cost")
    kit = items.filter(pl.col("code") == "SEAL-A").with_columns(code=pl.lit("SEAL-B"), cost=pl.lit(14.5))
    return pl.concat([items, kit]).join(pl.DataFrame(rows), on="catalogue", how="inner", maintain_order="left_right")


def _terms(sources: pl.DataFrame) -> pl.DataFrame:
    breaks = pl.DataFrame(BREAKS, schema=["quantity_from", "factor"], orient="row")
    dearer = 1.0 + 0.05 * pl.col("place")
    return (
        sources.join(breaks, how="cross")
        .filter((pl.col("quantity_from") == 0) | (pl.col("place") == 0))
        .select(
            "supplier",
            pl.col("code").alias("item"),
            "site",
            "quantity_from",
            pl.lit(1).alias("position"),
            (pl.col("cost") * pl.col("factor") * dearer).round(4).alias("price"),
            pl.lit(10.0).alias("order_minimum"),
            pl.lit(1.0).alias("order_multiple"),
            pl.col("lead").cast(pl.Float64).alias("lead_time_days"),
            pl.col("spread").alias("lead_time_spread_days"),
            (pl.col("place") + 1).alias("priority"),
            pl.lit(date(2024, 1, 1)).alias("valid_from"),
        )
    )


def _usage(programme: Programme, bought: pl.DataFrame) -> pl.DataFrame:
    """Every need of a bought item: when, and how much."""
    lines = bought.select("code", pl.col("parent_code").alias("part"), "quantity_per", "scrap")
    # All pumps that are still to be made take the new seal kit.
    is_old = pl.col("code") == "SEAL-A"
    return (
        programme.needs.filter(pl.col("stage") == "open")
        .select("part", "quantity", "need_at")
        .join(lines, on="part", how="inner", maintain_order="left_right")
        .select(
            pl.when(is_old).then(pl.lit("SEAL-B")).otherwise("code").alias("code"),
            # A part is begun some days before it is due; 4 % more is started than comes out good.
            (pl.col("need_at") - BEGIN).alias("need_at"),
            (pl.col("quantity") * pl.col("quantity_per") / (1.0 - pl.col("scrap")) * 1.04).alias("quantity"),
        )
    )


def _weekly_use(size: Size, programme: Programme, bought: pl.DataFrame) -> pl.DataFrame:
    return (
        _usage(programme, bought)
        .group_by("code", maintain_order=True)
        .agg((pl.col("quantity").sum() / size.demand_weeks).alias("weekly"))
    )


def _history(sources: pl.DataFrame, weekly: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """What was ordered and received in the last two years; every fifth order went to the second source."""
    slots = pl.DataFrame({"slot": range(HISTORY_WEEKS // 2)})
    frame = (
        sources.filter(pl.col("code") != "SEAL-A")
        .join(weekly, on="code", how="inner", maintain_order="left")
        .join(slots, how="cross")
        .with_columns(second=pl.col("slot") % 5 == 4)
        .filter(pl.col("second") == (pl.col("place") == 1))
    )
    height = frame.height
    shift = pl.Series(luck.whole("purchase/day", height, 0, 4))
    steady = pl.Series(np.round(luck.normal("purchase/late", height, 0.3, 1.0), 3))
    # The foundry's castings come when they come: some early, many late, a few very late.
    foundry = pl.Series(np.round(luck.exponential("purchase/foundry", height, 8.0) - 5.0, 3))
    is_story = pl.col("supplier") == STORY_FOUNDRY
    slip = pl.when(is_story).then(foundry).otherwise(steady * pl.col("spread"))
    due = pl.lit(MONDAY) - pl.duration(days=14 * (pl.col("slot") + 1) - shift, hours=-12)
    is_old_kit = (pl.col("code") == "SEAL-B") & (pl.col("due_at").dt.date() < ECN_DAY)
    return (
        frame.with_columns(due_at=due, slip=slip)
        .with_columns(
            ordered_at=pl.col("due_at") - pl.duration(days="lead"),
            received_at=pl.col("due_at") + pl.duration(minutes=(pl.col("slip") * 1440).cast(pl.Int64)),
            quantity=(pl.col("weekly") * 2.0).ceil(),
        )
        .filter(pl.col("received_at") < AS_OF - timedelta(hours=6))
        .select(
            "supplier",
            pl.when(is_old_kit).then(pl.lit("SEAL-A")).otherwise("code").alias("item"),
            "site",
            "quantity",
            (pl.col("cost") * (1.0 + 0.05 * pl.col("place"))).round(4).alias("price"),
            "ordered_at",
            "due_at",
            "received_at",
            pl.col("quantity").alias("received_quantity"),
            pl.lit("received").alias("state"),
        )
    )


def _open_orders(
    size: Size, programme: Programme, bought: pl.DataFrame, sources: pl.DataFrame, weekly: pl.DataFrame, luck: Luck
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Order what the programme needs in lots of one or two weeks; the rest is in stock."""
    preferred = sources.filter(pl.col("place") == 0)
    items = preferred.join(weekly, on="code", how="inner", maintain_order="left")
    first_day = pl.lit(pl.Series(luck.whole("order/first", items.height, 2, 9)))
    items = items.with_columns(first=pl.lit(MONDAY) + pl.duration(days=first_day, hours=12))
    slots = pl.DataFrame({"slot": range(-1, size.demand_weeks + 2)}, schema={"slot": pl.Int64})
    usage = (
        _usage(programme, bought)
        .join(items.select("code", "first", "cover", "supplier"), on="code", how="inner", maintain_order="left")
        .with_columns(
            # A receipt lies in stock for three days before anybody needs it; the foundry is believed to be punctual.
            slot=(
                (
                    pl.col("need_at") - pl.col("first") - pl.duration(days=pl.when(_is_trusted()).then(1).otherwise(3))
                ).dt.total_minutes()
                / (7.0 * 1440.0 * pl.col("cover"))
            )
            .floor()
            .clip(lower_bound=-1.0)
            .cast(pl.Int64)
        )
        .group_by("code", "slot", maintain_order=True)
        .agg(pl.col("quantity").sum().ceil())
    )
    grid = items.join(slots, how="cross").join(usage, on=["code", "slot"], how="inner", maintain_order="left")
    due = pl.col("first") + pl.duration(days=7 * pl.col("cover") * pl.col("slot"))
    orders = (
        grid.filter(pl.col("slot") >= 0)
        .with_columns(due_at=due)
        .with_columns(ordered_at=pl.col("due_at") - pl.duration(days="lead"))
        .filter((pl.col("ordered_at") < AS_OF) | (pl.lit(size.firm_weeks) > 4))
        .select(
            "supplier",
            pl.col("code").alias("item"),
            "site",
            "quantity",
            pl.col("cost").alias("price"),
            pl.min_horizontal("ordered_at", pl.lit(AS_OF - timedelta(days=3))).alias("ordered_at"),
            "due_at",
            pl.lit("open").alias("state"),
        )
    )
    share = pl.when(_is_trusted()).then(0.1).otherwise(0.45)
    opening = (
        items.select("code", "site", "weekly", "supplier")
        .join(usage.filter(pl.col("slot") == -1), on="code", how="left", maintain_order="left")
        .select(
            pl.col("code").alias("item"),
            "site",
            (pl.col("quantity").fill_null(0.0) + (share * pl.col("weekly") * 1.3).ceil() + 2.0).alias("quantity"),
            (share * pl.col("weekly")).floor().alias("safety_stock"),
        )
    )
    return orders, opening


def _is_trusted() -> pl.Expr:
    """Whether the supplier is the one whose spread nobody looks at."""
    return pl.col("supplier") == STORY_FOUNDRY


def _transfers(size: Size, parts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lift columns on their way from Aalen to Grand Rapids, a shipment a week, and those that are there."""
    desks = next(family for family in FAMILIES if family.prefix == "SD")
    week = 2.0 * desks.lots_per_week * desks.lot
    cells = parts.filter(pl.col("prefix") == "SD").select("cell").unique(maintain_order=True)
    weeks = pl.DataFrame({"week": range(size.demand_weeks)}, schema={"week": pl.Int64})
    item = pl.format("LC-{}", pl.col("cell") * 100 + 10)
    shipments = cells.join(weeks, how="cross").select(
        item.alias("item"),
        pl.lit(RAPIDS).alias("site"),
        pl.lit(AALEN).alias("from_site"),
        pl.lit(week).alias("quantity"),
        pl.lit(118.0).alias("price"),
        pl.lit(MONDAY).dt.offset_by("-20d").alias("ordered_at"),
        (pl.lit(MONDAY) + pl.duration(days=3 + 7 * pl.col("week"), hours=15)).alias("due_at"),
        pl.lit("open").alias("state"),
    )
    here = cells.select(
        item.alias("item"),
        pl.lit(RAPIDS).alias("site"),
        pl.lit(1.6 * week).alias("quantity"),
        pl.lit(40.0).alias("safety_stock"),
    )
    return shipments, here


def _stock(opening: pl.DataFrame, programme: Programme, columns: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    made = programme.made_stock.with_columns(safety_stock=pl.lit(0.0))
    products = parts.filter(pl.col("parent").is_null()).select(
        pl.col("code").alias("item"), "site", pl.lit(2.0).alias("quantity"), pl.lit(0.0).alias("safety_stock")
    )
    left_over = pl.DataFrame({"item": ["SEAL-A"], "site": [AALEN], "quantity": [85.0], "safety_stock": [0.0]})
    return pl.concat([opening, made, products, columns, left_over], how="vertical_relaxed")


def _lots(stock: pl.DataFrame) -> pl.DataFrame:
    """Powder and seals age; one lot of each powder is known by its day, and one old lot is blocked."""
    aging = stock.filter(pl.col("item").is_in([f"POWDER-{colour}" for colour in POWDERS] + ["SEAL-A"]))
    good = aging.select(
        pl.format("L-{}-1", "item").alias("code"),
        "item",
        "site",
        "quantity",
        pl.lit(date(2026, 11, 30)).alias("expires_on"),
        pl.lit("released").alias("state"),
    )
    old = good.head(1).with_columns(
        code=pl.format("L-{}-0", "item"),
        quantity=pl.lit(12.0),
        expires_on=pl.lit(date(2026, 2, 15)),
        state=pl.lit("blocked"),
    )
    return pl.concat([good, old])
