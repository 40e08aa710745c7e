"""Judge the purchases of a finite plan by the data alone: what suppliers can have there in time, and in a week."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.planning.plan_run import PlanRun

WEEK = timedelta(days=7)
TOLERANCE = 1e-6


def check_purchases(plan: PlanRun, purchases: pl.DataFrame) -> Findings:
    """Find purchases that are ordered before now, or are more in a week than their supplier delivers.

    Parameters
    ----------
    plan
        The plan that proposes them.
    purchases
        As `tell_purchases` returns them.

    Returns
    -------
    Findings
        Empty when no rule is broken. One order above what a week has room for is the plan's own, and no fault.
    """
    findings = Findings()
    methods = dict(zip(plan.orders["code"].to_list(), plan.result.orders.method.tolist(), strict=True))
    limits = plan.problem.methods.capacity_per_week
    weeks: dict[tuple[int, int], list[float]] = defaultdict(list)
    for code, quantity, order_at, arrives_at in purchases.select(
        "code", "quantity", "order_at", "arrives_at"
    ).iter_rows():
        if order_at is not None and order_at < plan.as_of:
            rule, remedy = "nothing is ordered before now", "Report this: the finite plan is wrong"
            findings.add(Finding("purchase", rule, remedy, value=code))
        if isinstance(arrives_at, datetime) and len(limits):
            weeks[methods[code], (arrives_at - plan.as_of) // WEEK].append(quantity)
    for (method, _), quantities in weeks.items():
        if len(quantities) > 1 and sum(quantities) > limits[method] + TOLERANCE:
            rule, remedy = "a supplier delivers no more in a week than he can", "Report this: the finite plan is wrong"
            value = f"{plan.problem.methods.source_keys[method]}: {sum(quantities):g}"
            findings.add(Finding("purchase", rule, remedy, value=value))
    return findings
