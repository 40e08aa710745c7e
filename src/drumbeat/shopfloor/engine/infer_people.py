"""Infer who can run what from who ran what."""

from __future__ import annotations

import polars as pl

OFTEN = 20


def find_skills(rows: pl.DataFrame) -> pl.DataFrame:
    """Find what each worker has run, and how often.

    Level 3 is given for at least 20 reports and a quarter of all reports of the capability, level 1 for a single
    report, level 2 otherwise.

    Returns
    -------
    polars.DataFrame
        Columns `person`, `skill` (the capability), `level`, `reports`; sorted. Empty when the log names no workers.
    """
    ran = rows.filter((pl.col("kind") != "down") & pl.col("worker").is_not_null())
    counts = ran.group_by(pl.col("worker").alias("person"), pl.col("capability").alias("skill")).agg(
        pl.len().cast(pl.Int64).alias("reports")
    )
    much = (pl.col("reports") >= OFTEN) & (pl.col("reports") * 4 >= pl.col("reports").sum().over("skill"))
    return (
        counts.with_columns(level=pl.when(much).then(3).when(pl.col("reports") == 1).then(1).otherwise(2))
        .sort("person", "skill")
        .select("person", "skill", pl.col("level").cast(pl.Int64), "reports")
    )


def share_minded_together(rows: pl.DataFrame) -> float:
    """Return the share of workers' reported time in which the same worker was on another report, too; 0 for none."""
    ran = rows.filter((pl.col("kind") != "down") & pl.col("worker").is_not_null() & ~pl.col("is_running"))
    spans = ran.select("worker", "starts_at", "ends_at").sort("worker", "starts_at", "ends_at")
    if not spans.height:
        return 0.0
    covered = pl.col("ends_at").cum_max().shift(1).over("worker").fill_null(pl.col("starts_at"))
    length = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds()
    fresh = (pl.col("ends_at") - pl.max_horizontal("starts_at", covered)).dt.total_seconds().clip(lower_bound=0)
    total = spans.select(length.sum().alias("all"), fresh.sum().alias("once")).row(0)
    return 1.0 - total[1] / total[0] if total[0] else 0.0
