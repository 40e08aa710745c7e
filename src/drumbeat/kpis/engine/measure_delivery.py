"""On-time delivery to customers, and how far orders end from when they were due."""

from __future__ import annotations

import polars as pl

from drumbeat.kpis.engine.build_figures import Measure, add_week, build_figures
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure

_ON_TIME = Measure(
    "on_time", "On-time delivery", "share", "demand lines due", "up", "demand_line", "wilson",
    "lines due in the period, delivered by their due date; what is overdue and open counts as late",
)  # fmt: skip
_VARIANCE = Measure(
    "schedule_variance", "Schedule variance", "d", "orders ended", "down", "order", "weeks",
    "mean of actual end less due date of orders that ended in the period; early is negative",
)  # fmt: skip
_PLANNED = Measure(
    "planned_on_time", "Orders scheduled on time", "share", "open orders", "up", "order", "wilson",
    "open orders whose scheduled end is not after their due date",
)  # fmt: skip


_DAY = 86_400_000_000
"""Microseconds; sums of whole numbers don't depend on the order of rows."""


def measure_delivery(problem: Problem) -> list[Figure]:
    """Measure the share of demand lines delivered on time.

    Parameters
    ----------
    problem
        The facts; `demands` is used.

    Returns
    -------
    Figures of the enterprise and its sites; None as value where no line was due.
    """
    due = add_week(problem.demands, "due_at", problem.window)
    is_on_time = (pl.col("delivered_at") <= pl.col("due_at")).fill_null(value=False)
    late_days = (pl.col("delivered_at").fill_null(problem.window.end) - pl.col("due_at")).dt.total_seconds() / 86400
    weekly = due.select(
        "site", "week", is_on_time.cast(pl.Int64).alias("part"), pl.lit(1).alias("whole"), pl.lit(1).alias("n")
    )
    late = due.filter(~is_on_time).select("site", "week", pl.col("code").alias("key"), late_days.alias("weight"))
    return build_figures(_ON_TIME, weekly, problem.window, regions=problem.regions, evidence=late)


def measure_variance(problem: Problem) -> list[Figure]:
    """Measure how many days after their due date orders ended, and what share of the open ones is scheduled on time.

    Parameters
    ----------
    problem
        The facts; `orders` is used.

    Returns
    -------
    Figures of the enterprise and its sites; those of the schedule only when there is one.
    """
    window = problem.window
    dated = problem.orders.filter(pl.col("due_at").is_not_null())
    ended = add_week(dated.filter(pl.col("ended_at").is_not_null()), "ended_at", window)
    days = (pl.col("ended_at") - pl.col("due_at")).dt.total_seconds() / 86400
    whole = (pl.col("ended_at") - pl.col("due_at")).dt.total_microseconds()
    weekly = ended.select("site", "week", whole.alias("part"), pl.lit(_DAY).alias("whole"), pl.lit(1).alias("n"))
    evidence = ended.select("site", "week", pl.col("code").alias("key"), days.alias("weight"))
    figures = build_figures(_VARIANCE, weekly, window, regions=problem.regions, evidence=evidence)
    planned = dated.filter(pl.col("planned_end").is_not_null())
    if planned.height:
        is_on_time = pl.col("planned_end") <= pl.col("due_at")
        late = (pl.col("planned_end") - pl.col("due_at")).dt.total_seconds() / 86400
        now = planned.with_columns(pl.lit(window.num_weeks - 1, dtype=pl.Int64).alias("week"))
        weekly = now.select(
            "site", "week", is_on_time.cast(pl.Int64).alias("part"), pl.lit(1).alias("whole"), pl.lit(1).alias("n")
        )
        evidence = now.filter(~is_on_time).select("site", "week", pl.col("code").alias("key"), late.alias("weight"))
        figures += build_figures(_PLANNED, weekly, window, regions=problem.regions, evidence=evidence)
    return figures
