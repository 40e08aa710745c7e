"""First-pass yield, and rolled throughput yield over the operations of a routing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.kpis.engine.build_figures import Measure, add_week, build_figures
from drumbeat.kpis.engine.estimate_interval import Interval
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure, Point

_FIRST_PASS = Measure(
    "first_pass_yield", "First-pass yield", "share", "production reports", "up", "production_report", "weeks",
    "good units without rework / all units made",
)  # fmt: skip
_ROLLED = Measure(
    "rolled_yield", "Rolled throughput yield", "share", "production reports", "up", "production_report", "weeks",
    "product of the first-pass yields of an item's operations, items weighted by their units",
)  # fmt: skip


def measure_yield(problem: Problem) -> list[Figure]:
    """Measure first-pass and rolled throughput yield.

    Parameters
    ----------
    problem
        The facts; `reports` is used. Reports without an operation or item don't count for the rolled yield.

    Returns
    -------
    Figures of the enterprise, its sites and (first-pass) lines; None as value where nothing was reported.
    """
    window = problem.window
    made = pl.col("good") + pl.col("scrap") + pl.col("rework")
    reports = add_week(problem.reports, "ends_at", window).filter(made > 0)
    # Millionths of a unit as whole numbers: sums don't depend on the order of rows.
    units = [(pl.col(name) * 1e6).round().cast(pl.Int64).alias(name) for name in ("good", "scrap", "rework")]
    reports = reports.with_columns(units)
    weekly = reports.select(
        "site", "line", "week", pl.col("good").alias("part"), made.alias("whole"), pl.lit(1).alias("n")
    )
    spoilt = reports.filter(pl.col("good") < made)
    evidence = spoilt.select(
        "site",
        "line",
        "week",
        pl.col("code").alias("key"),
        ((pl.col("scrap") + pl.col("rework")) / 1e6).alias("weight"),
    )
    figures = build_figures(
        _FIRST_PASS, weekly, window, levels=("enterprise", "region", "site", "line"), regions=problem.regions,
        evidence=evidence,
    )  # fmt: skip
    stepped = reports.filter(pl.col("operation").is_not_null() & pl.col("item").is_not_null())
    plain = build_figures(
        _ROLLED, weekly.clear() if not stepped.height else _weekly(stepped, made), window,
        regions=problem.regions, evidence=evidence,
    )  # fmt: skip
    return figures + [_roll(figure, stepped, problem.regions, window.first, window.num_weeks) for figure in plain]


def _weekly(stepped: pl.DataFrame, made: pl.Expr) -> pl.DataFrame:
    return stepped.select("site", "week", pl.col("good").alias("part"), made.alias("whole"), pl.lit(1).alias("n"))


def _roll(figure: Figure, stepped: pl.DataFrame, regions: dict[str, str], first: int, num_weeks: int) -> Figure:
    """Replace a figure's simple ratio by the product over operations."""
    mine = stepped
    if figure.level != "enterprise":
        sites = [figure.scope] if figure.level == "site" else [s for s, r in regions.items() if r == figure.scope]
        mine = stepped.filter(pl.col("site").is_in(sites))
    if not mine.height or figure.value is None:
        return figure
    good, total, item = lay_out_steps(mine, num_weeks)
    weeks = [rolled_yield(good[w], total[w], item) for w in range(num_weeks)]
    period_good, period_total = good[first:], total[first:]
    value = rolled_yield(period_good.sum(axis=0), period_total.sum(axis=0), item)
    interval = _jackknife(period_good, period_total, item, value)
    starts = {
        point.start: w for w, point in zip(range(num_weeks - len(figure.series), num_weeks), figure.series, strict=True)
    }
    return replace(
        figure,
        value=value,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        series=tuple(Point(point.start, weeks[starts[point.start]], point.n) for point in figure.series),
    )


def lay_out_steps(reports: pl.DataFrame, num_weeks: int) -> tuple[Floats, Floats, Int64s]:
    """Sum reports by week and step of an item.

    Parameters
    ----------
    reports
        item, operation, week, good, scrap, rework; in any unit.
    num_weeks
        Weeks W; `week` counts from 0.

    Returns
    -------
    Good and all units, shape (W, number of steps) each; and the number of the item of each step.
    """
    steps = (
        reports.group_by("item", "operation", "week")
        .agg(pl.col("good", "scrap", "rework").sum())
        .sort("item", "operation", "week")
        .with_columns(pl.struct("item", "operation").rank("dense").cast(pl.Int64).sub(1).alias("step"))
    )
    num_steps = int(steps["step"].n_unique())
    good = np.zeros((num_weeks, num_steps))
    total = np.zeros((num_weeks, num_steps))
    where = (steps["week"].to_numpy(), steps["step"].to_numpy())
    good[where] = steps["good"].to_numpy()
    total[where] = (steps["good"] + steps["scrap"] + steps["rework"]).to_numpy()
    _, item = np.unique(steps.unique("step").sort("step")["item"].to_numpy(), return_inverse=True)
    return good, total, item


def rolled_yield(good: Floats, total: Floats, item: Int64s) -> float | None:
    """Return the product of yields over each item's steps, items weighted by the units of their busiest step."""
    made = total > 0
    if not made.any():
        return None
    log_yield = np.where(made, np.log(np.maximum(good, 1e-9) / np.where(made, total, 1)), 0.0)
    log_yield = np.where(made & (good == 0), -np.inf, log_yield)
    num_items = int(item.max()) + 1
    rolled = np.zeros(num_items)
    np.add.at(rolled, item, log_yield)
    weight = np.zeros(num_items)
    np.maximum.at(weight, item, total)
    return float((np.exp(rolled) * weight).sum() / weight.sum())


def _jackknife(good: Floats, total: Floats, item: Int64s, value: float | None) -> Interval | None:
    """Delete-one-week jackknife of the rolled yield; see `ratio_interval`."""
    from scipy.special import stdtrit

    weeks = np.flatnonzero(total.sum(axis=1) > 0)
    if value is None or weeks.size < 3:
        return None
    all_good, all_total = good.sum(axis=0), total.sum(axis=0)
    left = np.array([rolled_yield(all_good - good[w], all_total - total[w], item) for w in weeks], dtype=np.float64)
    spread = np.sqrt((weeks.size - 1) / weeks.size * ((left - left.mean()) ** 2).sum())
    reach = float(stdtrit(weeks.size - 1, 0.975) * spread)
    return max(value - reach, 0.0), min(value + reach, 1.0)
