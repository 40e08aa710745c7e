"""Suppliers whose lateness varies far more than the plan believes."""

from __future__ import annotations

import math

import polars as pl

from drumbeat.kpis.engine.estimate_interval import spread_interval
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import LEAST_DELIVERIES, LEAST_SPREAD_DAYS, QUARTER, SPREAD

HISTORY_WEEKS = 52


def find_ignored_spread(problem: Problem) -> list[Weakness]:
    """Find suppliers whose deliveries spread half as much again as their terms say, and at least a day.

    Parameters
    ----------
    problem
        The facts; `purchases` (received against due, 52 weeks) and `terms` are used.

    Returns
    -------
    A weakness for each supplier with at least 8 deliveries where the lower end of the interval of the measured
    spread lies above the threshold.
    """
    days = (pl.col("received_at") - pl.col("due_at")).dt.total_seconds() / 86400
    delivered = problem.purchases.filter(
        pl.col("received_at").is_not_null() & (pl.col("received_at") <= pl.lit(problem.now))
    ).with_columns(days.alias("late_days"))
    planned = problem.terms.group_by("supplier", "item", "site").agg(pl.col("spread_days").max())
    delivered = delivered.join(planned, on=["supplier", "item", "site"], how="inner", maintain_order="left")
    found = []
    for (supplier,), rows in sorted(delivered.partition_by("supplier", as_dict=True).items()):
        if rows.height < LEAST_DELIVERIES:
            continue
        measured = spread_interval(rows["late_days"].sort().to_list())
        # The spread that planning reckons with, over the same deliveries.
        believed = math.sqrt(float((rows["spread_days"].sort() ** 2).mean()))  # type: ignore[arg-type]
        threshold = max(SPREAD.value * believed, LEAST_SPREAD_DAYS)
        if measured is not None and measured[1] > threshold:
            found.append(_weakness(problem, str(supplier), rows, measured, believed, threshold))
    return found


def _weakness(
    problem: Problem,
    supplier: str,
    rows: pl.DataFrame,
    measured: tuple[float, float, float],
    believed: float,
    threshold: float,
) -> Weakness:
    site = str(rows["site"].mode().sort()[0])
    worth = problem.value(site)
    items = rows["item"].unique().sort()
    hung = problem.exposure.filter(pl.col("item").is_in(items.implode()) & (pl.col("site") == site))
    share = min(1.0, float(hung["share"].max() or 0.0))  # type: ignore[arg-type]
    # Mean of the positive part of a normal variable is 0.4 of its standard deviation.
    extra_days = 0.4 * max(measured[0] - believed, 0.0)
    per_quarter = rows.height * QUARTER / HISTORY_WEEKS
    quarter_money = share * worth.contribution_per_week * QUARTER
    ranked = rows.sort(["late_days", "code"], descending=[True, False])
    worst = float(ranked["late_days"][0])
    return Weakness(
        kind="supplier spread",
        site=site,
        subject=supplier,
        headline=(
            f"{supplier} delivers with a spread of {measured[0]:.1f} days; planning reckons with {believed:.1f} "
            f"(worst: {worst:.0f} days late)"
        ),
        metric="standard deviation of lateness [d]",
        value=measured[0],
        low=measured[1],
        high=measured[2],
        threshold=threshold,
        threshold_source=f"1.5 x the spread in its terms, at least a day. {SPREAD.source}",
        evidence=show_evidence("purchase_order", ranked, ["code", "item", "due_at", "received_at", "late_days"]),
        num_evidence=rows.height,
        remedy=f"Plan {supplier} with a spread of {math.ceil(measured[0])} days, and raise its items' safety stock",
        disproof="A spread below the threshold over its next 8 deliveries, or receipts that were booked late",
        money_at_risk=min(extra_days / 7 * worth.contribution_per_week * share * per_quarter, quarter_money),
        risk_basis="extra days late in 13 weeks x contribution of products with its items, were there no stock",
        currency=worth.currency,
    )
