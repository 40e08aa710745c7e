"""Overtime against labour hours, and cost against budget."""

from __future__ import annotations

import polars as pl

from drumbeat.kpis.engine.build_figures import Measure, add_week, build_figures
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure, Level

_OVERTIME = Measure(
    "overtime_share", "Overtime share", "share", "cost centre weeks", "down", "actual", "weeks",
    "overtime hours / regular labour hours",
)  # fmt: skip


def measure_cost(problem: Problem) -> list[Figure]:
    """Measure the overtime share and cost against budget.

    Parameters
    ----------
    problem
        The facts; `costs` is used. Revenue is no cost; rows without a budget line don't count against it.

    Returns
    -------
    Figures of the enterprise, regions, sites and cost centres; cost against budget is left out for enterprise and
    regions when sites have several currencies, because amounts of different currencies don't add up.
    """
    window = problem.window
    costs = add_week(problem.costs, "week_at", window)
    account = pl.col("account").cast(pl.String)
    levels: tuple[Level, ...] = ("enterprise", "region", "site", "cost centre")

    worked = costs.filter(account.is_in(["labour", "overtime"]) & pl.col("hours").is_not_null())
    minutes = (pl.col("hours") * 60).round().cast(pl.Int64)
    weekly = worked.select(
        "site", "cost_centre", "week",
        pl.when(account == "overtime").then(minutes).otherwise(0).alias("part"),
        pl.when(account == "labour").then(minutes).otherwise(0).alias("whole"),
        (account == "labour").cast(pl.Int64).alias("n"),
    )  # fmt: skip
    evidence = worked.filter(account == "overtime").select(
        "site", "cost_centre", "week", pl.col("code").alias("key"), pl.col("hours").alias("weight")
    )
    figures = build_figures(_OVERTIME, weekly, window, levels=levels, regions=problem.regions, evidence=evidence)

    budgeted = costs.filter((account != "revenue") & pl.col("budget").is_not_null())
    currencies = budgeted["currency"].unique().sort().to_list()
    cents = [(pl.col(name).cast(pl.Float64) * 100).round().cast(pl.Int64) for name in ("amount", "budget")]
    weekly = budgeted.select(
        "site", "cost_centre", "week", cents[0].alias("part"), cents[1].alias("whole"), pl.lit(1).alias("n")
    )
    over = (pl.col("amount") - pl.col("budget")).cast(pl.Float64)
    evidence = budgeted.select("site", "cost_centre", "week", pl.col("code").alias("key"), over.alias("weight"))
    # Amounts of several currencies don't add up: then only places with one of them have a figure.
    several = [] if len(currencies) < 2 else ["enterprise", "region"]
    kept: tuple[Level, ...] = tuple(level for level in levels if level not in several)
    figures += build_figures(
        _budget(currencies), weekly, window, levels=kept, regions=problem.regions, evidence=evidence
    )
    return figures


def _budget(currencies: list[str]) -> Measure:
    shown = f" in {currencies[0]}" if len(currencies) == 1 else ""
    return Measure(
        "cost_to_budget", "Cost against budget", "share", "budget lines", "down", "actual", "weeks",
        f"actual / budgeted cost{shown}, revenue left out; above 100 % = over budget",
    )  # fmt: skip
