"""Compile what quality performance is measured from."""

from __future__ import annotations

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.engine.build_figures import Window, add_week
from drumbeat.kpis.engine.measure_yield import lay_out_steps
from drumbeat.kpis.engine.problem import Problem as Facts
from drumbeat.strategy.compile_director import target_of
from drumbeat.strategy.convert_money import Money
from drumbeat.strategy.engine.director.measure_quality import QualityFacts
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER

USUAL_YIELD = 0.9
"""Rolled first-pass yield that is asked for where nobody set a target."""


def compile_quality(snapshot: Snapshot, problem: Problem, facts: Facts, money: Money) -> QualityFacts:
    """Compile yields, escapes and the cost of poor quality of the last quarter."""
    window = problem.window
    reports = _reports(facts, window)
    good, total, item = lay_out_steps(reports, window.num_weeks)
    target, source = target_of(snapshot, "rolled_yield", USUAL_YIELD)
    escapes = _of_quarter(problem.escapes, "found_at", window)
    delivered = _of_quarter(snapshot["demand_line"].filter(_is_delivered()), "delivered_at", window)
    poor, parts = _poor_cost(snapshot, problem, facts, money)
    ranked = escapes.sort(["quantity", "code"], descending=[True, False])
    return QualityFacts(
        good=good[window.first :],
        total=total[window.first :],
        item=item,
        target=target,
        target_source=source,
        escaped=_weekly(escapes, pl.col("quantity"), window),
        delivered=_weekly(delivered, pl.col("quantity"), window),
        poor_cost=poor,
        revenue=_revenue(snapshot, problem, money),
        poor_parts=parts,
        currency=money.currency,
        worst_steps=_worst_steps(reports, window),
        escapes=show_evidence("nonconformance", ranked, ["code", "item", "found_at", "quantity", "cause", "cost"]),
    )


def _is_delivered() -> pl.Expr:
    state, kind = pl.col("state").cast(pl.String), pl.col("kind").cast(pl.String)
    return (state == "delivered") & (kind == "order") & pl.col("delivered_at").is_not_null()


def _reports(facts: Facts, window: Window) -> pl.DataFrame:
    """Reports of an operation of an item with anything made, by week, in millionths of a unit."""
    made = pl.col("good") + pl.col("scrap") + pl.col("rework")
    known = facts.reports.filter((made > 0) & pl.col("operation").is_not_null() & pl.col("item").is_not_null())
    units = [(pl.col(name) * 1e6).round().cast(pl.Int64) for name in ("good", "scrap", "rework")]
    return add_week(known.with_columns(units), "ends_at", window)


def _of_quarter(frame: pl.DataFrame, column: str, window: Window) -> pl.DataFrame:
    return add_week(frame.filter(pl.col(column).is_not_null()), column, window).filter(pl.col("week") >= window.first)


def _weekly(frame: pl.DataFrame, amount: pl.Expr, window: Window) -> Floats:
    """Sum an amount by week of the quarter."""
    sums = np.zeros(QUARTER)
    by_week = frame.group_by("week").agg(amount.cast(pl.Float64).sort().sum().alias("amount"))
    sums[by_week["week"].to_numpy() - window.first] = by_week["amount"].to_numpy()
    return sums


def _rates(money: Money) -> pl.Expr:
    rates = {site: money.of_site(site) for site in money.site_currency}
    return pl.col("site").cast(pl.String).replace_strict(rates, default=0.0, return_dtype=pl.Float64)


def _poor_cost(
    snapshot: Snapshot, problem: Problem, facts: Facts, money: Money
) -> tuple[Floats, tuple[tuple[str, float], ...]]:
    """Scrap and rework at standard cost, complaints, and what is booked on the account of quality.

    Rework counts with a tenth of the unit's cost: what was put in stays in. Nonconformances found inside are left out:
    their scrap is counted already.
    """
    window = problem.window
    costs = snapshot["item"].select(item="code", unit_cost=pl.col("cost").cast(pl.Float64))
    reports = add_week(facts.reports, "ends_at", window).filter(pl.col("week") >= window.first).join(costs, on="item")
    rate = _rates(money)
    scrap = _weekly(reports, pl.col("scrap") * pl.col("unit_cost") * rate, window)
    rework = _weekly(reports, 0.1 * pl.col("rework") * pl.col("unit_cost") * rate, window)
    complaints = _weekly(
        _of_quarter(problem.escapes, "found_at", window), pl.col("cost").cast(pl.Float64) * rate, window
    )
    booked = add_week(problem.costs, "week_at", window).filter(
        (pl.col("week") >= window.first) & (pl.col("account").cast(pl.String) == "quality")
    )
    other = _weekly(booked, pl.col("amount").cast(pl.Float64) * rate, window)
    named = (("scrap", scrap), ("rework", rework), ("complaints", complaints), ("inspection and prevention", other))
    return scrap + rework + complaints + other, tuple((name, float(sums.sum())) for name, sums in named)


def _revenue(snapshot: Snapshot, problem: Problem, money: Money) -> Floats:
    """Revenue as booked; where none is booked, what was delivered at its price."""
    window = problem.window
    booked = add_week(problem.costs, "week_at", window).filter(
        (pl.col("week") >= window.first) & (pl.col("account").cast(pl.String) == "revenue")
    )
    if booked.height:
        return _weekly(booked, pl.col("amount").cast(pl.Float64) * _rates(money), window)
    prices = snapshot["item"].select(item="code", usual=pl.col("price").cast(pl.Float64))
    sold = _of_quarter(snapshot["demand_line"].filter(_is_delivered()), "delivered_at", window).join(prices, on="item")
    price = pl.coalesce(pl.col("price").cast(pl.Float64), "usual")
    return _weekly(sold, pl.col("quantity") * price * _rates(money), window)


def _worst_steps(reports: pl.DataFrame, window: Window) -> tuple[dict[str, object], ...]:
    made = pl.col("good") + pl.col("scrap") + pl.col("rework")
    steps = (
        reports.filter(pl.col("week") >= window.first)
        .group_by("item", "operation")
        .agg(made.sum().alias("made"), pl.col("scrap", "rework").sum())
        .with_columns(
            (1 - (pl.col("scrap") + pl.col("rework")) / pl.col("made")).alias("first-pass yield"),
            *((pl.col(name) / 1e6).alias(name) for name in ("made", "scrap", "rework")),
        )
        .with_columns((pl.col("scrap") + pl.col("rework")).alias("lost"))
        .sort(["lost", "operation", "item"], descending=[True, False, False])
    )
    return show_evidence(
        "production_report", steps, ["operation", "item", "made", "scrap", "rework", "first-pass yield"]
    )
