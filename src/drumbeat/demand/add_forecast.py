"""Put a forecast beside the orders, as demand lines that planning nets: only what orders have not eaten."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.actions import ForecastRun

LEAST = 1e-6


def add_forecast(snapshot: Snapshot, run: ForecastRun, findings: Findings | None = None) -> Snapshot:
    """Return a snapshot whose demand is its open orders and what they leave of the forecast.

    Forecast lines that were entered by hand for an item at a site that is forecast give way, so that nothing is counted
    twice; those of other items stay. What is left of a period is due in its middle, or a day from now where that is
    over.

    Parameters
    ----------
    snapshot
        The one that was forecast.
    run
        Its forecast.
    findings
        Gets what gave way.
    """
    lines = snapshot["demand_line"]
    places = run.series.select("item", "site")
    entered = lines.filter((pl.col("kind") == "forecast") & (pl.col("state") == "open"))
    gone = entered.join(places, on=["item", "site"], how="semi")
    if findings is not None and gone.height:
        rule = "a forecast that was entered by hand gives way to the one that is made here"
        remedy = "Enter it as a forecast_edit if it is to count"
        findings.add(Finding("demand_line", rule, remedy, value=gone["code"][0], severity="note"), times=gone.height)
    bounds = [*run.compiled.starts, run.compiled.end]
    soonest = snapshot.as_of + timedelta(days=1)
    due = {
        start: max(datetime.combine(start + (bounds[h + 1] - start) / 2, time(12), UTC), soonest)
        for h, start in enumerate(run.compiled.starts)
    }
    left = run.rows.filter(pl.col("left") > LEAST)
    made = left.select(
        pl.format("FORECAST {} @ {} {}", "item", "site", "period_start").alias("code"),
        pl.lit("forecast").alias("kind"),
        "item",
        "site",
        quantity=pl.col("left"),
        due_at=pl.col("period_start").replace_strict(due, return_dtype=pl.Datetime("us", "UTC"), default=None),
        state=pl.lit("open"),
    )
    kept = lines.join(gone.select("code"), on="code", how="anti")
    added = Snapshot.of({"demand_line": made}, snapshot.as_of)["demand_line"]
    return Snapshot.of({**snapshot.frames, "demand_line": pl.concat([kept, added])}, snapshot.as_of)
