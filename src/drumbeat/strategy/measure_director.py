"""Measure the seven KPIs of a director, and keep what was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from django.db import transaction

from drumbeat.basics.arrays import Floats
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.compile_problem import compile_problem as compile_facts
from drumbeat.kpis.engine.build_figures import Window
from drumbeat.kpis.engine.judge_portfolio import judge_portfolio
from drumbeat.kpis.engine.measure_effectiveness import measure_effectiveness
from drumbeat.kpis.engine.measure_yield import measure_yield
from drumbeat.kpis.engine.result import Figure, Point
from drumbeat.strategy.compile_director import (
    compile_backlog,
    compile_losses,
    compile_machines,
    compile_pools,
    overtime_cap,
    week_starts,
)
from drumbeat.strategy.compile_nodes import list_bus_factors, measure_nodes
from drumbeat.strategy.compile_problem import compile_problem
from drumbeat.strategy.compile_promises import list_commitments, list_plans, list_ratings
from drumbeat.strategy.compile_quality import compile_quality
from drumbeat.strategy.convert_money import Money, read_money
from drumbeat.strategy.engine.director.measure_alignment import measure_alignment
from drumbeat.strategy.engine.director.measure_confidence import measure_confidence
from drumbeat.strategy.engine.director.measure_oee_trend import measure_oee_trend
from drumbeat.strategy.engine.director.measure_quality import measure_quality
from drumbeat.strategy.engine.director.measure_reliability import measure_reliability
from drumbeat.strategy.engine.director.measure_risk import measure_risk
from drumbeat.strategy.engine.director.measure_throughput import Output, Pools, measure_throughput, play_output
from drumbeat.strategy.engine.director.play_downtime import Machines, play_downtime
from drumbeat.strategy.engine.director.result import DirectorKpi, DirectorReview
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.list_stress_nodes import StressTerms
from drumbeat.strategy.models import StoredReview

if TYPE_CHECKING:
    from drumbeat.planning.actions import PlanRun

__all__ = ["DirectorKpi", "DirectorReview", "measure_director", "save_review"]

REPLICATIONS = 1000
BATCHES = 20
"""Times that what is not known of failure rates is drawn anew."""
MOST_CELLS = 60_000_000
CHUNK_CELLS = 4_000_000
"""Cells (plays x machines x weeks) that are played in all, and at a time: they bound the memory."""


def measure_director(
    snapshot: Snapshot,
    plan: PlanRun | None = None,
    *,
    terms: StressTerms | None = None,
    replications: int = REPLICATIONS,
    seed: int = 1,
    progress: Progress = silent,
) -> DirectorReview:
    """Measure the director's KPIs on the data; nothing is stored.

    Parameters
    ----------
    snapshot
        The production system with its facts.
    plan
        What the demand asks of machines; None = it is planned first.
    terms
        What the stress tests behind the operational risk assume; None = as usual.
    replications
        Times that the coming quarter is played, >= 20; plants of thousands of machines are played fewer times.
    seed
        Of all luck: equal seeds give equal reviews.
    progress
        Hears of each step; may cancel.

    Returns
    -------
    The seven KPIs, each with its 80 % interval; unknown ones say what is missing.

    Raises
    ------
    ValueError
        With fewer than 20 replications.
    """
    if replications < BATCHES:
        raise ValueError(f"a review plays the quarter {BATCHES} times or more, not {replications}")
    if plan is None:
        from drumbeat.planning.actions import make_plan

        plan = make_plan(snapshot, part_of(progress, 0.0, 0.3))
    progress(0.3, "reading the facts")
    money, findings = read_money(snapshot)
    problem = compile_problem(snapshot)
    facts = replace(compile_facts(snapshot), window=problem.window)
    machines = compile_machines(snapshot, problem, plan, money)
    pools = compile_pools(snapshot, problem, plan, overtime_cap(snapshot))
    # Plants with very many machines are played fewer times: what was played is kept by machine and week.
    replications = max(min(replications, MOST_CELLS // max(int(machines.open_hours.size), 1)), BATCHES)
    batch = replications // BATCHES
    down, output = _play(machines, pools, replications, batch, seed, part_of(progress, 0.4, 0.6))
    risk = _measure_risk(snapshot, problem, money, terms, part_of(progress, 0.6, 0.9))
    progress(0.9, "measuring")
    starts = week_starts(snapshot)
    series = _weekly_series(problem, facts, pools, money)
    kpis = (
        measure_throughput(pools, output, starts),
        measure_confidence(list_commitments(snapshot)),
        measure_oee_trend(compile_losses(problem), series["oee"].series),
        measure_quality(compile_quality(snapshot, problem, facts, money), starts),
        measure_reliability(machines, down, batch, compile_backlog(snapshot, problem), starts, money.currency),
        measure_alignment(list_ratings(snapshot), list_plans(snapshot)),
        risk,
    )
    progress(1.0, "done")
    return DirectorReview(
        as_of=snapshot.as_of,
        kpis=tuple(_with_series(kpi, series) for kpi in kpis),
        seed=seed,
        replications=replications,
        version=snapshot.version,
        findings=tuple(str(finding) for finding in findings),
    )


def _play(
    machines: Machines, pools: Pools, replications: int, batch: int, seed: int, progress: Progress
) -> tuple[Floats, Output]:
    """Play breakdowns and output, some replications at a time; of the downtime, hours by machine and week are kept."""
    cells = max(int(machines.open_hours.size), 1)
    step = max(CHUNK_CELLS // cells, 1)
    downs, outputs = [], []
    for first in range(0, replications, step):
        progress(first / replications, "playing the quarter")
        down = play_downtime(machines, seed, first, min(step, replications - first), batch)
        outputs.append(play_output(pools, down, seed, first, batch))
        downs.append(down.astype(np.float32) if cells > CHUNK_CELLS // 100 else down)
    joined = {
        name: np.concatenate([getattr(one, name) for one in outputs])
        for name in ("sustainable", "apparent", "weekly", "by_pool", "by_pool_now", "in_doubt", "enough")
    }
    return np.concatenate(downs), Output(**joined, batch=batch)


def _measure_risk(
    snapshot: Snapshot, problem: Problem, money: Money, terms: StressTerms | None, progress: Progress
) -> DirectorKpi:
    spend = problem.purchases.with_columns((pl.col("quantity") * pl.col("price").cast(pl.Float64)).alias("spend"))
    suppliers: dict[str, float] = {}
    for supplier, site, amount in spend.group_by("supplier", "site").agg(pl.col("spend").sort().sum()).sort(
        "supplier", "site"
    ).iter_rows():  # fmt: skip
        suppliers[supplier] = suppliers.get(supplier, 0.0) + amount * money.of_site(site)
    sites = {site: value.contribution_per_week * money.of_site(site) for site, value in problem.values.items()}
    nodes = measure_nodes(snapshot, terms, progress)
    return measure_risk(
        nodes.losses,
        currency=money.currency,
        weekly=nodes.weekly,
        by_site=sites,
        by_supplier=suppliers,
        skills=list_bus_factors(problem),
        basis=nodes.basis,
    )


SERIES = {
    "throughput_strength": ("output", "Good machine hours a week against the demand"),
    "oee_trend_quality": ("oee", "OEE by week"),
    "quality_performance": ("rolled_yield", "Rolled first-pass yield by week"),
    "downtime_exposure": ("downtime_loss", "Contribution lost to breakdowns by week"),
}
"""What of a KPI can be measured week by week."""


def _with_series(kpi: DirectorKpi, series: dict[str, Figure]) -> DirectorKpi:
    key, name = SERIES.get(kpi.key, ("", ""))
    if key not in series:
        return kpi
    return replace(kpi, series=series[key].series, series_name=name, trend=series[key].trend)


def _weekly_series(problem: Problem, facts: object, pools: Pools, money: Money) -> dict[str, Figure]:
    """Measure the weekly series and judge them together."""
    window = problem.window
    measured = [*measure_effectiveness(facts)[0], *measure_yield(facts)]  # type: ignore[arg-type]
    kept = [one for one in measured if one.level == "enterprise" and one.key in {"oee", "rolled_yield"}]
    hours = problem.facts.group_by("week").agg(pl.col("good").sum() / 3.6e9)
    required = float(pools.required_hours.sum())
    if required > 0:
        made = {week: amount / required for week, amount in hours.iter_rows()}
        kept.append(_figure("output", "share", "up", made, window))
    worth = {
        name: problem.value(site).of(name) * money.of_site(site)
        for name, site in problem.machines.select("resource", "site").iter_rows()
    }
    lost = problem.facts.group_by("week", "resource").agg(pl.col("breakdown").sum() / 3.6e9).sort("week", "resource")
    losses: dict[int, float] = {}
    for week, name, amount in lost.iter_rows():
        losses[week] = losses.get(week, 0.0) + amount * worth.get(name, 0.0)
    kept.append(_figure("downtime_loss", money.currency, "down", losses, window))
    return {figure.key: figure for figure in judge_portfolio(kept)}


def _figure(key: str, unit: str, better: str, weekly: dict[int, float], window: Window) -> Figure:
    """Make a figure of weekly values; weeks before the first one are left out."""
    first = min(weekly, default=window.num_weeks)
    first += 1 if 0 < first < window.first else 0  # records begin somewhere within a week
    points = [Point(window.edges[w], weekly.get(w), 1 if w in weekly else 0) for w in range(first, window.num_weeks)]
    return Figure(
        key=key, name=key, level="enterprise", scope="", value=None, low=None, high=None, n=len(weekly),
        counted="weeks", unit=unit, start=window.start, end=window.end, better="up" if better == "up" else "down",
        series=tuple(points),
    )  # fmt: skip


@transaction.atomic
def save_review(review: DirectorReview, created_at: datetime) -> StoredReview:
    """Store a review."""
    return StoredReview.objects.create(
        created_at=created_at, as_of=review.as_of, version=review.version, review=review.as_json()
    )
