"""Estimate from production reports how far run times stray from their standard, and how much is scrapped."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot

DEFAULT_CV = 0.10
"""Standard deviation over mean of a run time of which nothing is known."""

FEWEST_REPORTS = 20
"""Reports from which an operation's own figures are used."""

LEAST_CV, MOST_CV = 0.01, 1.0


def estimate_run_times(snapshot: Snapshot) -> pl.DataFrame:
    """Estimate the spread of run times by operation.

    Each report's duration is divided by its standard (the lot's minutes and the units' minutes), and that by the
    median of its operation on its resource, so that a faster machine or a wrong standard is not taken for spread. The
    spread is the interquartile range over 1.349, which a few reports that span a closed night do not disturb.

    Returns
    -------
    Columns operation, cv (0.01 to 1), ratio (median of actual to standard), num_reports; only operations with at
    least `FEWEST_REPORTS` reports; without rows when there are none.
    """
    reports = _with_standard(snapshot).filter((pl.col("standard") > 0) & (pl.col("minutes") > 0))
    return (
        reports.with_columns((pl.col("minutes") / pl.col("standard")).alias("ratio"))
        .with_columns((pl.col("ratio") / pl.col("ratio").median().over("operation", "resource")).alias("relative"))
        .group_by("operation")
        .agg(
            ((pl.col("relative").quantile(0.75) - pl.col("relative").quantile(0.25)) / 1.349)
            .clip(LEAST_CV, MOST_CV)
            .alias("cv"),
            pl.col("ratio").median(),
            pl.len().alias("num_reports"),
        )
        .filter(pl.col("num_reports") >= FEWEST_REPORTS)
        .sort("operation")
    )


def _with_standard(snapshot: Snapshot) -> pl.DataFrame:
    operations = snapshot["operation"].select(pl.col("code").alias("operation"), "run_minutes", "lot_minutes")
    units = pl.col("good") + pl.col("scrap") + pl.col("rework")
    return (
        snapshot["production_report"]
        .filter(pl.col("operation").is_not_null())
        .join(operations, on="operation", how="inner", maintain_order="left")
        .with_columns(
            pl.col("resource").fill_null(""),
            (pl.col("lot_minutes") + pl.col("run_minutes") * units).alias("standard"),
            ((pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds() / 60).alias("minutes"),
        )
    )


def estimate_scrap(snapshot: Snapshot) -> pl.DataFrame:
    """Estimate the share of units that is scrapped by operation, and how it varies from report to report.

    The variance between reports is what is left of the weighted variance of their shares after that of chance within
    them, s (1 - s) / n (method of moments).

    Returns
    -------
    Columns operation, share (0 to 0.9), spread (standard deviation between reports, >= 0), num_reports; only
    operations with at least `FEWEST_REPORTS` reports; without rows when there are none.
    """
    units = pl.col("good") + pl.col("scrap")
    reports = (
        snapshot["production_report"]
        .filter(pl.col("operation").is_not_null() & (units > 0))
        .select("operation", "scrap", units.alias("units"))
    )
    share = pl.col("scrap").sum() / pl.col("units").sum()
    shares = reports.join(reports.group_by("operation").agg(share.alias("share")), on="operation")
    far = (pl.col("scrap") / pl.col("units") - pl.col("share")) ** 2 * pl.col("units")
    chance = pl.col("share") * (1 - pl.col("share"))
    return (
        shares.group_by("operation")
        .agg(
            pl.col("share").first().clip(0.0, 0.9),
            ((far - chance).sum() / pl.col("units").sum()).clip(0.0, None).sqrt().alias("spread"),
            pl.len().alias("num_reports"),
        )
        .filter(pl.col("num_reports") >= FEWEST_REPORTS)
        .sort("operation")
    )
