"""Maintenance compliance: the share of planned care that was done when it was due."""

from __future__ import annotations

import polars as pl

from drumbeat.kpis.engine.build_figures import Measure, add_week, build_figures
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure

_COMPLIANCE = Measure(
    "maintenance_compliance", "Maintenance compliance", "share", "preventive orders due", "up", "maintenance_order",
    "wilson", "preventive orders due in the period, done no later than 10 % of their interval after their due date",
)  # fmt: skip


def measure_upkeep(problem: Problem) -> list[Figure]:
    """Measure maintenance compliance.

    Parameters
    ----------
    problem
        The facts; `cares` is used. Orders whose grace runs out after now and that are not done don't count yet.

    Returns
    -------
    Figures of the enterprise and its sites; None as value where nothing was due.

    Notes
    -----
    The grace of 10 % of the interval is that of the SMRP's metric 5.4.14 (preventive maintenance compliance).
    """
    window = problem.window
    limit = pl.col("due_at") + pl.duration(seconds=(pl.col("grace_days").fill_null(0.0) * 86400).cast(pl.Int64))
    cares = add_week(problem.cares.with_columns(limit.alias("limit")), "due_at", window)
    cares = cares.filter(pl.col("ends_at").is_not_null() | (pl.col("limit") < pl.lit(window.end)))
    is_done = (pl.col("ends_at") <= pl.col("limit")).fill_null(value=False)
    overdue = (pl.col("ends_at").fill_null(window.end) - pl.col("due_at")).dt.total_seconds() / 86400
    weekly = cares.select(
        "site", "week", is_done.cast(pl.Int64).alias("part"), pl.lit(1).alias("whole"), pl.lit(1).alias("n")
    )
    missed = cares.filter(~is_done).select("site", "week", pl.col("code").alias("key"), overdue.alias("weight"))
    return build_figures(_COMPLIANCE, weekly, window, regions=problem.regions, evidence=missed)
