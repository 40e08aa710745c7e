"""What planning is told beyond bills: by-products, substitutes, and terms of hurrying, that cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows

Frames = Mapping[str, pl.DataFrame]
Places = Mapping[str, Place]


def check_plan_tables(findings: Findings, places: Places, frames: Frames) -> None:
    """Find items that come out beside themselves or stand in for themselves, shares of cost above the whole, routings
    of other items, and hurried deliveries that take longer than usual ones."""
    _check_by_products(findings, places["by_product"], frames)
    _check_substitutes(findings, places["substitute"], frames["substitute"])
    terms = frames["supply_term"]
    slow = terms.select((pl.col("expedite_days") > pl.col("lead_time_days")).fill_null(False)).to_series()
    rule, remedy = "a hurried delivery takes no longer than a usual one", "Correct expedite_days or lead_time_days"
    add_rows(findings, places["supply_term"], slow, rule, remedy, column="expedite_days",
             values=terms["expedite_days"].cast(pl.String), severity="warning")  # fmt: skip


def _check_by_products(findings: Findings, place: Place, frames: Frames) -> None:
    rows = frames["by_product"]
    itself = rows.select((pl.col("item") == pl.col("product")).fill_null(False)).to_series()
    rule, remedy = "a by-product is another item", "Name the item that comes out beside it"
    add_rows(findings, place, itself, rule, remedy, column="product", values=rows["product"])
    total = rows.select(pl.col("cost_share").sum().over("item")).to_series()
    rule, remedy = "the by-products of an item bear at most all of its cost", "Lower a cost_share"
    add_rows(findings, place, total > 1 + 1e-9, rule, remedy, column="cost_share", values=total.cast(pl.String))
    owner = rows.join(
        frames["routing"].select(routing="code", owner="item"), on="routing", how="left", maintain_order="left"
    )
    foreign = owner.select((pl.col("owner") != pl.col("item")).fill_null(False)).to_series()
    rule, remedy = "the routing makes the item", "Name one of the item's own routings, or leave it empty"
    add_rows(findings, place, foreign, rule, remedy, column="routing", values=rows["routing"])


def _check_substitutes(findings: Findings, place: Place, rows: pl.DataFrame) -> None:
    itself = rows.select((pl.col("item") == pl.col("substitute")).fill_null(False)).to_series()
    rule, remedy = "a substitute is another item", "Name the item that stands in for it"
    add_rows(findings, place, itself, rule, remedy, column="substitute", values=rows["substitute"])
    narrow = rows.select((pl.col("use").cast(pl.String) == "use_up") & pl.col("used_in").is_not_null()).to_series()
    rule, remedy = "an item that is used up is used up everywhere", "Leave used_in empty, or date the bill's lines"
    add_rows(findings, place, narrow, rule, remedy, column="used_in", values=rows["used_in"])
