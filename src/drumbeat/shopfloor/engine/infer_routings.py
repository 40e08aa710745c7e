"""Infer routings: the most frequent sequence of steps is the routing of a part, the others are its variants."""

from __future__ import annotations

import polars as pl

MOST_VARIANTS = 5
"""How many routings a part gets at most, the most frequent first."""


def find_variants(traces: pl.DataFrame) -> pl.DataFrame:
    """Count the sequences of steps that the orders of each part went through.

    Orders that were seen whole count; a part without any is judged by all its orders.

    Parameters
    ----------
    traces
        Result of `trace_orders`.

    Returns
    -------
    polars.DataFrame
        Columns `part`, `rank` (1 = most frequent; of equals the one that has most in common with the part's orders,
        then the first by name), `steps` (joined by " > "), `orders`, `share`, `from_whole` (whether whole orders were
        counted). Empty when there are no orders.
    """
    by_part = pl.col("is_whole").any().over("part")
    counted = traces.with_columns(from_whole=by_part).filter(pl.col("is_whole") | ~pl.col("from_whole"))
    singles = counted.select("part", "order", pl.col("steps").alias("step")).explode("step")
    number = counted.group_by("part").agg(pl.len().alias("number"))
    common = (
        singles.group_by("part", "step")
        .agg(pl.len().alias("times"))
        .join(number, on="part")
        # A step that most orders have speaks for a sequence, one that few have against it.
        .with_columns(weight=2 * pl.col("times") - pl.col("number"))
    )
    agreement = singles.join(common, on=["part", "step"]).group_by("order").agg(pl.col("weight").sum())
    return (
        counted.join(agreement, on="order", how="left", maintain_order="left")
        .with_columns(steps=pl.col("steps").list.join(" > "))
        .group_by("part", "steps", "from_whole")
        .agg(pl.len().cast(pl.Int64).alias("orders"), pl.col("weight").max())
        .sort("part", "orders", "weight", "steps", descending=[False, True, True, False])
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1).over("part"),
            share=pl.col("orders") / pl.col("orders").sum().over("part"),
        )
        .select("part", "rank", "steps", "orders", "share", "from_whole")
    )


def make_routings(variants: pl.DataFrame, site: str) -> pl.DataFrame:
    """Make the steps of the routings: the most frequent sequence, and those variants that were seen more than once.

    Returns
    -------
    polars.DataFrame
        Columns `part`, `rank`, `routing`, `site`, `sequence` (10, 20, ...), `capability`, `operation`, `orders`.
    """
    kept = variants.filter((pl.col("rank") == 1) | ((pl.col("orders") >= 2) & (pl.col("rank") <= MOST_VARIANTS)))
    return (
        kept.with_columns(
            routing=pl.format("{}/{}", "part", "rank"), capability=pl.col("steps").str.split(" > "), site=pl.lit(site)
        )
        .explode("capability")
        .with_columns(sequence=10 * pl.int_range(1, pl.len() + 1).over("routing"))
        .with_columns(operation=pl.format("{}/{}", "routing", "sequence"))
        .select("part", "rank", "routing", "site", "sequence", "capability", "operation", "orders")
    )


def list_machines(rows: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """List the machines on which each step of the routings can run, by how often they ran it.

    Machines that did this capability for the same part come first, with priority 1; where the part was never seen
    there, the machines that did it for any part stand in.

    Returns
    -------
    polars.DataFrame
        Columns `operation`, `resource`, `priority`, `reports`.
    """
    ran = rows.filter(pl.col("kind") == "run")
    own = ran.group_by("part", "capability", "machine").agg(pl.len().cast(pl.Int64).alias("reports"))
    matched = steps.select("operation", "part", "capability").join(
        own, on=["part", "capability"], how="inner", maintain_order="left"
    )
    most = pl.col("reports").max().over("operation")
    return (
        matched.with_columns(priority=pl.when(pl.col("reports") * 3 >= most).then(1).otherwise(2))
        .sort("operation", "priority", "machine")
        .select("operation", pl.col("machine").alias("resource"), "priority", "reports")
    )
