"""Compile what is bought from whom, and what hangs on it."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.engine.build_figures import Window

DEEPEST_BILL = 30


def list_terms(snapshot: Snapshot) -> pl.DataFrame:
    """Return supplier, item, site, spread_days, price, lead_time_days of terms that are valid today."""
    today = snapshot.as_of.date()
    starts = pl.col("valid_from").is_null() | (pl.col("valid_from") <= today)
    ends = pl.col("valid_to").is_null() | (pl.col("valid_to") >= today)
    return (
        snapshot["supply_term"]
        .filter(starts & ends)
        .group_by("supplier", "item", "site")
        .agg(
            pl.col("lead_time_spread_days").max().alias("spread_days"),
            pl.col("price").cast(pl.Float64).max(),
            pl.col("lead_time_days").max(),
        )
        .sort("supplier", "item", "site")
    )


def list_purchases(snapshot: Snapshot, since: datetime) -> pl.DataFrame:
    """Return purchases from suppliers ordered (else due) since a moment; without transfers and cancelled ones."""
    return snapshot["purchase_order"].filter(
        pl.col("supplier").is_not_null()
        & (pl.col("state").cast(pl.String) != "cancelled")
        & (pl.coalesce("ordered_at", "due_at") >= since)
    )


def measure_contribution(snapshot: Snapshot, window: Window) -> pl.DataFrame:
    """Return site, item, contribution: price less standard cost of what was delivered in the period.

    A site that delivered nothing in it counts what is due from it over the next period of the same length.
    """
    items = snapshot["item"].select(
        pl.col("code").alias("item"), pl.col("cost").cast(pl.Float64), pl.col("price").cast(pl.Float64).alias("usual")
    )
    is_alive = pl.col("state").cast(pl.String) != "cancelled"
    lines = snapshot["demand_line"].filter(is_alive).join(items, on="item")
    margin = pl.col("quantity") * (pl.coalesce(pl.col("price").cast(pl.Float64), "usual") - pl.col("cost"))
    lines = lines.with_columns(margin.alias("contribution"))
    past = lines.filter((pl.col("delivered_at") >= window.start) & (pl.col("delivered_at") < window.end))
    length = window.end - window.start
    ahead = lines.filter((pl.col("due_at") >= window.end) & (pl.col("due_at") < window.end + length))
    ahead = ahead.join(past.select("site").unique(), on="site", how="anti")
    both = pl.concat([past.select("site", "item", "contribution"), ahead.select("site", "item", "contribution")])
    return both.group_by("site", "item").agg(pl.col("contribution").sort().sum()).sort("site", "item")


def list_exposure(snapshot: Snapshot, contribution: pl.DataFrame) -> pl.DataFrame:
    """Return which share of each site's contribution contains each bought item.

    Returns
    -------
    item, site, share (of the contribution of products that contain the item), products (list of product, share).
    """
    today = snapshot.as_of.date()
    starts = pl.col("valid_from").is_null() | (pl.col("valid_from") <= today)
    ends = pl.col("valid_to").is_null() | (pl.col("valid_to") >= today)
    lines = (
        snapshot["bill_line"].filter(starts & ends & (pl.col("quantity_per") > 0)).select("item", "component").unique()
    )
    earning = contribution.filter(pl.col("contribution") > 0)
    found = earning.select(pl.col("item").alias("product"), pl.col("item").alias("component")).unique()
    frontier = found
    for _ in range(DEEPEST_BILL):
        deeper = frontier.join(lines.rename({"component": "part"}), left_on="component", right_on="item")
        frontier = deeper.select("product", pl.col("part").alias("component")).unique()
        frontier = frontier.join(found, on=["product", "component"], how="anti")
        if not frontier.height:
            break
        found = pl.concat([found, frontier])
    bought = snapshot["item"].filter(pl.col("kind").cast(pl.String) == "buy").select("code")
    shares = earning.with_columns((pl.col("contribution") / pl.col("contribution").sum().over("site")).alias("share"))
    return (
        found.join(bought, left_on="component", right_on="code", how="semi")
        .join(shares.select("site", pl.col("item").alias("product"), "share"), on="product")
        .sort("component", "site", "product")
        .group_by("component", "site", maintain_order=True)
        .agg(pl.struct("product", "share").alias("products"), pl.col("share").sum())
        .rename({"component": "item"})
    )
