"""Suppliers whose lateness varies far more than the plan believes."""

from __future__ import annotations

import math
from datetime import datetime

import polars as pl

from drumbeat.kpis.engine.estimate_interval import spread_interval
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import LEAST_DELIVERIES, LEAST_SPREAD_DAYS, SPREAD

SERVICE_Z = 1.645
"""Normal quantile of 95 %."""


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
    spend = rows["quantity"] * rows["price"].cast(pl.Float64)
    first_due: datetime = rows["due_at"].min()  # type: ignore[assignment]
    known_days = max((problem.now - first_due).total_seconds() / 86400, 7.0)
    # Variances add: what the plan does not cover is the root of the difference of the squares.
    uncovered_days = SERVICE_Z * math.sqrt(max(measured[0] ** 2 - believed**2, 0.0))
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
        money_at_risk=uncovered_days * float(spend.sort().sum()) / known_days,
        risk_basis=f"{uncovered_days:.0f} days of its supply, the stock that covers the rest of the spread at 95 %",
        currency=worth.currency,
    )
