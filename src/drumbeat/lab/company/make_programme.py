"""The demo company's programme: what customers ordered, the production orders for it, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from drumbeat.lab.company.catalogue import AALEN, CUSTOMERS, FAMILIES, OPERATIONS, RAPIDS
from drumbeat.lab.company.luck import Luck
from drumbeat.lab.company.size import AS_OF, Size

Frames = dict[str, pl.DataFrame]
MONDAY = AS_OF.replace(hour=0)
MADE, BEGUN = timedelta(days=1.2), timedelta(days=2.5)
"""Parts due within the one are made, orders due within the other are begun."""

DEPTH = 2
"""Levels of made parts below a product."""

ODD_SHARE = 0.03
"""Share of the orders whose date no longer fits what the customer wants."""


@dataclass(frozen=True, slots=True)
class Programme:
    """The demand of the coming weeks and all that it needs.

    Parameters
    ----------
    demands
        One row a customer's order line: `code`, `family`, `cell`, `variant`, `number`, `item`, `quantity`, `due_at`,
        `is_firm`.
    needs
        One row a demand and part of its bill: `demand`, `part` (code), `quantity`, `need_at`, `is_firm`, `stage`
        ("open", "begun" with its first step done, "made", or "used" in what is begun or made), ...
    frames
        Tables `customer`, `demand_line`, `order`, `task`.
    made_stock
        Columns `item`, `site`, `quantity`: parts whose orders are done and which wait for the next step.
    """

    demands: pl.DataFrame
    needs: pl.DataFrame
    frames: Frames
    made_stock: pl.DataFrame


def make_programme(size: Size, variants: pl.DataFrame, parts: pl.DataFrame, luck: Luck) -> Programme:
    """Make the demand, explode it through the bills, and make orders for its nearer part."""
    demands = _demands(size, variants, luck)
    needs = _stages(_explode(demands, parts))
    left = _orders(needs, luck)
    made_stock = (
        pl.concat(
            [
                needs.filter(pl.col("stage") == "made").select(pl.col("part").alias("item"), "site", "quantity"),
                _slack(needs),
            ]
        )
        .group_by("item", "site", maintain_order=True)
        .agg(pl.col("quantity").sum())
    )
    frames = {
        "customer": _customers(),
        "demand_line": _demand_lines(demands, luck),
        "order": left.select(
            "code",
            "name",
            pl.lit("production").alias("kind"),
            "site",
            "item",
            pl.format("R-{}", "item").alias("routing"),
            "quantity",
            "due_at",
            "priority",
            "state",
        ),
        "task": _tasks(left, size),
    }
    return Programme(demands, needs, frames, made_stock)


def _customers() -> pl.DataFrame:
    rows = []
    for site, region in ((AALEN, "EMEA"), (RAPIDS, "AMERICAS")):
        for place, name in enumerate(CUSTOMERS[site]):
            rows.append(
                {
                    "code": f"{site[:2]}-C{place + 1}",
                    "name": name,
                    "region": region,
                    "priority": 2.0 if place == 0 else 1.0,
                }
            )
    return pl.DataFrame(rows)


def _demands(size: Size, variants: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """Give every family of every cell its lots a week, each on its own weekday, the variants in turn."""
    lots = pl.DataFrame(
        [
            {
                "family": family.prefix,
                "lot": family.lot,
                "slot": slot,
                "slots": family.lots_per_week,
                "num": family.variants,
            }
            for family in FAMILIES
            for slot in range(family.lots_per_week)
        ]
    )
    weeks = pl.DataFrame({"week": range(size.demand_weeks)}, schema={"week": pl.Int64})
    cells = variants.select("family", "site", "cell").unique(maintain_order=True)
    frame = (
        cells.join(weeks, how="cross")
        .join(lots, on="family", how="inner", maintain_order="left_right")
        # The variants follow each other so that no two lots of a week in a row are alike.
        .with_columns(variant=(pl.col("week") * pl.col("slots") + pl.col("slot")) % pl.col("num"))
        .with_columns(number=pl.col("cell") * 100 + pl.col("variant") * 10 + 10)
    )
    height = frame.height
    scale = pl.Series(luck.whole("demand/scale", height, 4, 6)) / 5.0
    spread = pl.Series(luck.uniform("demand/hour", height, 0.0, 1.0))
    day = 5.0 * (pl.col("slot") + spread) / pl.col("slots")
    due = pl.lit(MONDAY) + pl.duration(days=7 * pl.col("week") + day.floor().cast(pl.Int64), hours=20)
    return frame.with_columns(
        code=pl.format("D-{}", (pl.int_range(0, pl.len()) + 100001).cast(pl.String)),
        item=pl.format("{}-{}", "family", "number"),
        quantity=(pl.col("lot") * scale).round(0),
        due_at=due,
        is_firm=pl.col("week") < size.firm_weeks,
        customer_place=pl.Series(luck.whole("demand/customer", height, 1, 8)),
    ).with_columns(
        # What is wanted on the very first day was finished last week, but for its last steps.
        due_at=pl.max_horizontal("due_at", pl.lit(AS_OF + timedelta(hours=17)))
    )


def _explode(demands: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Give each demand one row for the product and each part of its bill, with the day that it is needed."""
    bill = parts.select(
        "family", "number", "prefix", "parent", "per_product", "early_days", pl.col("code").alias("part"), "label"
    )
    return (
        demands.select(
            pl.col("code").alias("demand"), "family", "site", "cell", "number", "quantity", "due_at", "is_firm"
        )
        .join(bill, on=["family", "number"], how="inner", maintain_order="left_right")
        .with_columns(
            quantity=pl.col("quantity") * pl.col("per_product"),
            need_at=_workdays_before(pl.col("due_at"), pl.col("early_days")),
        )
    )


def _stages(needs: pl.DataFrame) -> pl.DataFrame:
    """Say how far each need is on the morning of `AS_OF`, from the products down their bills."""
    steps = pl.col("prefix").replace_strict({prefix: len(steps) for prefix, steps in OPERATIONS.items()})
    is_product = pl.col("parent").is_null()
    near = pl.col("need_at") < AS_OF + BEGUN
    own = (
        pl.when(~pl.col("is_firm"))
        .then(pl.lit("open"))
        .when(~is_product & (pl.col("need_at") < AS_OF + MADE))
        .then(pl.lit("made"))
        .when(near & (steps > 1))
        .then(pl.lit("begun"))
        .otherwise(pl.lit("open"))
    )
    needs = needs.with_columns(stage=own)
    for _ in range(DEPTH):
        above = needs.select("demand", pl.col("prefix").alias("parent"), pl.col("stage").alias("above"))
        gone = pl.col("above").is_in(["begun", "made", "used"]).fill_null(False)
        needs = (
            needs.join(above, on=["demand", "parent"], how="left", maintain_order="left")
            .with_columns(stage=pl.when(gone).then(pl.lit("used")).otherwise("stage"))
            .drop("above")
        )
    return needs


def _workdays_before(due: pl.Expr, days: pl.Expr) -> pl.Expr:
    """Go back over weekdays only: Saturdays and Sundays don't count."""
    weekday = due.dt.weekday() - 1
    whole = days.ceil()
    weekends = ((whole - weekday.cast(pl.Float64)) / 5.0).ceil().clip(lower_bound=0.0)
    return due - pl.duration(minutes=((days + 2.0 * weekends) * 1440).cast(pl.Int64))


def _orders(needs: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    """Make one order for each product and part of a firm demand."""
    firm = needs.filter(pl.col("is_firm") & pl.col("stage").is_in(["open", "begun"]))
    height = firm.height
    odd = pl.Series(luck.uniform("order/odd", height))
    late = pl.Series(luck.uniform("order/late", height)) < 0.5
    slip = pl.when(odd < ODD_SHARE).then(pl.when(late).then(2).otherwise(-2)).otherwise(0)
    is_product = pl.col("parent").is_null()
    return firm.with_columns(
        code=pl.format("W-{}", (pl.int_range(0, pl.len()) + 100001).cast(pl.String)),
        name=pl.format("{} for {}", "label", "demand"),
        item=pl.col("part"),
        due_at=pl.col("need_at")
        + pl.duration(days=pl.when(is_product | (pl.col("stage") == "begun")).then(0).otherwise(slip)),
        priority=pl.lit(1.0),
    ).with_columns(
        state=pl.when(pl.col("stage") == "begun")
        .then(pl.lit("started"))
        .when(pl.col("due_at") < AS_OF + timedelta(days=5))
        .then(pl.lit("released"))
        .otherwise(pl.lit("firm")),
    )


def _slack(needs: pl.DataFrame) -> pl.DataFrame:
    """A few of each part lie between the steps: what yields take is covered."""
    parts = needs.filter(pl.col("parent").is_not_null()).group_by("part", "site", maintain_order=True)
    return parts.agg((6.0 + 0.04 * pl.col("quantity").sum()).ceil().alias("quantity")).select(
        pl.col("part").alias("item"), "site", "quantity"
    )


def _demand_lines(demands: pl.DataFrame, luck: Luck) -> pl.DataFrame:
    place = pl.col("customer_place")
    return demands.select(
        "code",
        pl.format("{}-C{}", pl.col("site").str.slice(0, 2), place).alias("customer"),
        pl.when(pl.col("is_firm") | (pl.Series(luck.uniform("demand/kind", demands.height)) < 0.6))
        .then(pl.lit("order"))
        .otherwise(pl.lit("forecast"))
        .alias("kind"),
        "item",
        "site",
        "quantity",
        "due_at",
        pl.when(place == 1).then(2.0).otherwise(1.0).alias("priority"),
        pl.lit("open").alias("state"),
    )


def _tasks(orders: pl.DataFrame, size: Size) -> pl.DataFrame:
    """Give the released orders their tasks; of those that are due first, the first step is done."""
    steps = pl.DataFrame(
        [
            {"prefix": prefix, "step": 10 * (place + 1), "steps": len(operations), "group": operation[0]}
            for prefix, operations in OPERATIONS.items()
            for place, operation in enumerate(operations)
        ]
    )
    released = orders.filter(
        (pl.col("due_at") < AS_OF + timedelta(days=size.task_days)) | (pl.col("state") == "started")
    )
    started = (pl.col("state") == "started") & (pl.col("step") == 10)
    friday = AS_OF - timedelta(days=3)
    return released.join(steps, on="prefix", how="inner", maintain_order="left_right").select(
        pl.format("{}/{}", "code", "step").alias("code"),
        pl.col("code").alias("order"),
        pl.format("R-{}/{}", "item", "step").alias("operation"),
        pl.col("step").alias("sequence"),
        "quantity",
        pl.when(started).then(pl.lit(friday)).alias("starts_at"),
        pl.when(started).then(pl.lit(friday + timedelta(hours=7))).alias("ends_at"),
        pl.when(started).then(pl.lit("done")).otherwise(pl.lit("open")).alias("state"),
    )
