"""Overtime that has become part of the capacity."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.kpis.engine.build_figures import add_week
from drumbeat.kpis.engine.estimate_interval import ratio_interval
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import OVERTIME, OVERTIME_WEEKS, QUARTER


def find_structural_overtime(problem: Problem) -> list[Weakness]:
    """Find cost centres with overtime above 10 % of labour hours in at least 10 of the last 13 weeks.

    A row that stands for a month counts for every week of it.

    Parameters
    ----------
    problem
        The facts; `costs` is used.

    Returns
    -------
    A weakness for each such cost centre.
    """
    account = pl.col("account").cast(pl.String)
    hours = pl.col("hours").fill_null(0.0)
    recent = add_week(problem.costs, "week_at", problem.window).filter(
        (pl.col("week") >= problem.window.first) & account.is_in(["labour", "overtime"])
    )
    weekly = (
        recent.group_by("cost_centre", "site", "currency", "period_start")
        .agg(
            hours.filter(account == "labour").sum().alias("labour"),
            hours.filter(account == "overtime").sum().alias("overtime"),
            pl.col("amount").cast(pl.Float64).filter(account == "overtime").sum().alias("amount"),
        )
        .filter(pl.col("labour") > 0)
        .with_columns((pl.col("overtime") / pl.col("labour")).alias("share"))
    )
    found = []
    for (centre,), rows in sorted(weekly.partition_by("cost_centre", as_dict=True).items()):
        rows = rows.sort("period_start")
        lengths = _weeks_of(rows)
        over = float(lengths[(rows["share"] > OVERTIME.value).to_numpy()].sum())
        if over >= OVERTIME_WEEKS:
            found.append(_weakness(str(centre), rows, over))
    return found


def _weeks_of(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Weeks that each row stands for: the time until the next one, 1 to 5."""
    days = rows["period_start"].diff().dt.total_days().drop_nulls().to_numpy().astype(np.float64)
    if days.size == 0:
        return np.ones(rows.height)
    # A gap (a week without overtime at all may be left out) does not stretch the row before it.
    usual = float(np.median(days))
    return np.full(rows.height, min(max(usual / 7, 1.0), 5.0))


def _weakness(centre: str, rows: pl.DataFrame, over: float) -> Weakness:
    overtime, labour = rows["overtime"].to_numpy(), rows["labour"].to_numpy()
    share = float(overtime.sum() / labour.sum())
    interval = ratio_interval(overtime.tolist(), labour.tolist())
    beyond = max(float(overtime.sum() - OVERTIME.value * labour.sum()), 0.0)
    rate = float(rows["amount"].sum()) / float(overtime.sum())
    ranked = rows.sort(["share", "period_start"], descending=[True, False])
    columns = ["cost_centre", "period_start", "labour", "overtime", "share"]
    return Weakness(
        kind="structural overtime",
        site=str(rows["site"][0]),
        subject=centre,
        headline=f"Overtime at {centre} was above 10 % of labour in {over:.0f} of {QUARTER} weeks: it is capacity now",
        metric="overtime / labour hours",
        value=share,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        threshold=OVERTIME.value,
        threshold_source=OVERTIME.source,
        evidence=show_evidence("actual", ranked, columns),
        num_evidence=rows.height,
        remedy=f"Hire or cross-train for {overtime.sum() / rows.height:.0f} h a week, or take that work off, by a date",
        disproof="A dated order or absence that explains these weeks and ends, and a share below 10 % in the next four",
        hours_at_risk=beyond,
        money_at_risk=beyond * rate,
        risk_basis="overtime hours beyond 10 % of labour in 13 weeks, at what an hour of it costs",
        currency=str(rows["currency"][0] or ""),
    )
