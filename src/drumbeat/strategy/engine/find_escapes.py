"""Escapes that recur: the same cause at the customer again and again."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import ESCAPE_WEEKS, ESCAPES, QUARTER


def find_escapes(problem: Problem) -> list[Weakness]:
    """Find causes that customers met in at least four different weeks of the last 26.

    Parameters
    ----------
    problem
        The facts; `escapes` is used. Escapes without a cause are left out: nothing says that they recur.

    Returns
    -------
    A weakness for each such cause and item.
    """
    start = problem.now - timedelta(weeks=ESCAPE_WEEKS)
    recent = problem.escapes.filter(
        (pl.col("found_at") > start) & (pl.col("found_at") <= problem.now) & (pl.col("cause").str.strip_chars() != "")
    ).with_columns(pl.col("cause").str.strip_chars().str.to_lowercase().alias("key"))
    found = []
    for (_, _), rows in sorted(recent.partition_by("key", "item", as_dict=True).items(), key=lambda e: str(e[0])):
        weeks = (pl.lit(problem.now) - pl.col("found_at")).dt.total_days() // 7
        num_weeks = int(rows.select(weeks.n_unique()).item())
        if num_weeks >= ESCAPES.value:
            found.append(_weakness(problem, rows, num_weeks))
    return found


def _weakness(problem: Problem, rows: pl.DataFrame, num_weeks: int) -> Weakness:
    ranked = rows.sort(["found_at", "code"], descending=[True, False])
    cause, item, site = str(ranked["cause"][0]), ranked["item"][0], ranked["site"][0]
    money = float(rows["cost"].cast(pl.Float64).sum()) * QUARTER / ESCAPE_WEEKS
    of = f" of {item}" if item else ""
    return Weakness(
        kind="recurring escape",
        site=str(site or ""),
        subject=str(item or cause)[:120],
        headline=f"Customers met '{cause}'{of} in {num_weeks} different weeks of the last {ESCAPE_WEEKS}",
        metric="weeks with an escape of the same cause",
        value=float(num_weeks),
        low=None,
        high=None,
        threshold=ESCAPES.value,
        threshold_source=ESCAPES.source,
        evidence=show_evidence("nonconformance", ranked, ["code", "found_at", "quantity", "cost"]),
        num_evidence=rows.height,
        remedy="Re-open the corrective action, inspect for this cause before shipment, prove the fix on the process",
        disproof="No escape of this cause for 13 weeks after a dated change of the process",
        money_at_risk=money,
        risk_basis="cost of these escapes, for another 13 weeks",
        currency=problem.value(str(site or "")).currency,
    )
