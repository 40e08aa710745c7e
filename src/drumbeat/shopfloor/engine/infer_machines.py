"""Infer machines: what they can do, how many tasks they take at a time, how they break down."""

from __future__ import annotations

import polars as pl

from drumbeat.shopfloor.engine.infer_steps import sum_minutes

MERGED_MINUTES = 60.0
"""Breakdown reports of a machine closer together than this are one breakdown."""


def find_capacities(rows: pl.DataFrame) -> pl.DataFrame:
    """Find how many orders each machine works on at a time.

    The number of orders in work is followed through time; the capacity is what it stays within for 95 % of the
    machine's busy time, so that a clock-out that was forgotten does not count.

    Returns
    -------
    polars.DataFrame
        Columns `machine`, `capacity` (>= 1), `most` (largest number ever), `busy_hours`, `overlap_share` (share of
        the busy time with more than one order); sorted by machine.
    """
    worked = rows.filter((pl.col("kind") != "down") & (pl.col("ends_at") > pl.col("starts_at")))
    spans = worked.select("machine", "order", "starts_at", "ends_at").sort("machine", "order", "starts_at", "ends_at")
    keys = ["machine", "order"]
    before = pl.col("ends_at").cum_max().shift(1).over(keys)
    part = (pl.col("starts_at") > before).fill_null(False).cum_sum().over(keys)
    spans = (
        spans.with_columns(part=part).group_by(*keys, "part").agg(pl.col("starts_at").min(), pl.col("ends_at").max())
    )
    moments = pl.concat(
        [
            spans.select("machine", pl.col("starts_at").alias("at"), pl.lit(1).alias("step")),
            spans.select("machine", pl.col("ends_at").alias("at"), pl.lit(-1).alias("step")),
        ]
    )
    levels = (
        moments.group_by("machine", "at")
        .agg(pl.col("step").sum())
        .sort("machine", "at")
        .with_columns(
            level=pl.col("step").cum_sum().over("machine"),
            hours=(pl.col("at").shift(-1).over("machine") - pl.col("at")).dt.total_seconds() / 3600.0,
        )
        .filter((pl.col("level") > 0) & pl.col("hours").is_not_null())
        .group_by("machine", "level")
        .agg(pl.col("hours").sum())
        .sort("machine", "level")
        .with_columns(within=pl.col("hours").cum_sum().over("machine") / pl.col("hours").sum().over("machine"))
    )
    return (
        levels.group_by("machine", maintain_order=True)
        .agg(
            pl.col("level").filter(pl.col("within") >= 0.95).min().cast(pl.Int64).alias("capacity"),
            pl.col("level").max().cast(pl.Int64).alias("most"),
            pl.col("hours").sum().alias("busy_hours"),
            (pl.col("hours").filter(pl.col("level") > 1).sum() / pl.col("hours").sum()).alias("overlap_share"),
        )
        .sort("machine")
    )


def find_breakdowns(rows: pl.DataFrame) -> pl.DataFrame:
    """Find how often each machine breaks down and how long its repair takes.

    Returns
    -------
    polars.DataFrame
        Columns `machine`, `breakdowns`, `busy_hours` (run and setup, overlaps once), `mean_hours` (busy hours a
        breakdown), `repair_mean_hours`, `repair_shape` (sigma of the logarithm, 0.6 where fewer than five were seen).
        Machines that never broke down are not listed.
    """
    down = rows.filter(pl.col("kind") == "down").sort("machine", "starts_at")
    gap = (pl.col("starts_at") - pl.col("ends_at").cum_max().shift(1).over("machine")).dt.total_seconds() / 60.0
    episode = (gap > MERGED_MINUTES).fill_null(False).cum_sum().over("machine")
    episodes = sum_minutes(down.with_columns(episode=episode), ["machine", "episode"]).filter(pl.col("minutes") > 0)
    hours = pl.col("minutes") / 60.0
    busy = sum_minutes(rows.filter(pl.col("kind") != "down"), ["machine"]).select(
        "machine", (pl.col("minutes") / 60.0).alias("busy_hours")
    )
    return (
        episodes.group_by("machine")
        .agg(
            pl.len().cast(pl.Int64).alias("breakdowns"),
            hours.mean().alias("repair_mean_hours"),
            pl.when(pl.len() >= 5).then(hours.log().std().clip(0.1, 3.0)).otherwise(0.6).alias("repair_shape"),
        )
        .join(busy, on="machine", how="left")
        .sort("machine")
        .select(
            "machine",
            "breakdowns",
            pl.col("busy_hours").fill_null(0.0),
            (pl.col("busy_hours").fill_null(0.0).clip(lower_bound=1.0) / pl.col("breakdowns")).alias("mean_hours"),
            "repair_mean_hours",
            "repair_shape",
        )
    )


def main_capabilities(rows: pl.DataFrame) -> pl.DataFrame:
    """Name what each machine does most.

    Returns
    -------
    polars.DataFrame
        Columns `machine`, `capability`, `kinds` (number of different capabilities), `reports`; sorted by machine.
    """
    counts = rows.filter(pl.col("kind") != "down").group_by("machine", "capability").agg(pl.len().alias("times"))
    seen = (
        counts.sort("machine", "times", "capability", descending=[False, True, False])
        .group_by("machine", maintain_order=True)
        .agg(
            pl.col("capability").first(),
            pl.len().cast(pl.Int64).alias("kinds"),
            pl.col("times").sum().cast(pl.Int64).alias("reports"),
        )
    )
    # A machine of which only breakdowns were reported is still a machine.
    silent = rows.filter(~pl.col("machine").is_in(seen["machine"].implode())).select(
        "machine",
        pl.lit("").alias("capability"),
        pl.lit(0, pl.Int64).alias("kinds"),
        pl.lit(0, pl.Int64).alias("reports"),
    )
    return pl.concat([seen, silent.unique("machine")]).sort("machine")
