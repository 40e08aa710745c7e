"""OEE of the enterprise, its sites and lines, with its losses and its trend."""

from __future__ import annotations

import polars as pl

from drumbeat.kpis.engine.build_figures import Measure, add_week, build_figures
from drumbeat.kpis.engine.problem import Problem
from drumbeat.kpis.engine.result import Figure, Level
from drumbeat.shopfloor.engine.measure_oee import LOSSES, OeeResult, measure_oee

_HOUR = 3_600_000_000
_LEVELS: tuple[Level, ...] = ("enterprise", "region", "site", "line")


def measure_effectiveness(problem: Problem) -> tuple[list[Figure], OeeResult]:
    """Measure OEE, availability, performance and quality.

    Parameters
    ----------
    problem
        The facts; `events`, `reports`, `planned`, `standards` and `places` are used.

    Returns
    -------
    The figures (values None where nothing was measured), and the facts by machine and week behind them.
    """
    window = problem.window
    result = measure_oee(
        problem.events,
        problem.reports,
        problem.planned,
        problem.standards,
        problem.places,
        edges=window.edges,
        now=window.end,
    )
    facts = add_week(result.facts, "period", window)
    ideal = pl.col("good") + pl.col("scrap") + pl.col("rework")
    # A week of a machine without any report or standard says nothing about speed and quality.
    is_judged = (pl.col("num_reports") > 0) & (pl.col("unmeasured") < pl.col("run"))
    is_counted = pl.col("num_reports") > 0
    known = is_judged | (pl.col("run") == 0)
    note = f"{facts['resource'].n_unique()} machines; planned time less every loss" if facts.height else _NO_EVENTS
    plans = [
        (_measure("oee", "OEE", note), pl.col("good"), pl.col("planned"), known),
        (
            _measure("availability", "Availability", "run / planned time"),
            pl.col("run"),
            pl.col("planned"),
            pl.lit(True),
        ),
        (_measure("performance", "Performance", "ideal run time / run time"), ideal, pl.col("run"), is_judged),
        (_measure("quality", "Quality", "ideal run time of good units / of all"), pl.col("good"), ideal, is_counted),
    ]
    evidence = _evidence(problem)
    figures = []
    for measure, part, whole, is_known in plans:
        weekly = facts.filter(is_known).select(
            "site", "line", "week", part.alias("part"), whole.alias("whole"), pl.lit(1).alias("n")
        )
        losses = _losses(facts.filter(is_known)) if measure.key == "oee" else None
        levels = _LEVELS if measure.key == "oee" else _LEVELS[:3]
        figures += build_figures(
            measure, weekly, window, levels=levels, regions=problem.regions, evidence=evidence, parts=losses
        )
    return figures, result


_NO_EVENTS = "no machine events with a planned time"


def _measure(key: str, name: str, note: str) -> Measure:
    return Measure(key, name, "share", "machine weeks", "up", "machine_event", "weeks", note)


def _losses(facts: pl.DataFrame) -> pl.DataFrame:
    names = ["good", *LOSSES, "maintenance", "overtime"]
    return (
        facts.select("site", "line", "week", *names)
        .unpivot(names, index=["site", "line", "week"], variable_name="name", value_name="hours")
        .with_columns(pl.col("hours") / _HOUR, pl.col("name").replace({"maintenance": "planned maintenance"}))
    )


def _evidence(problem: Problem) -> pl.DataFrame:
    """Events of the period, those that stopped a machine longest first."""
    window = problem.window
    events = problem.events.with_columns(pl.col("resource").cast(pl.String)).join(
        problem.places, on="resource", how="inner", maintain_order="left"
    )
    end = pl.col("ends_at").fill_null(pl.lit(window.end).cast(pl.Datetime("us", "UTC")))
    hours = (end - pl.col("starts_at")).dt.total_seconds() / 3600
    stops = pl.col("state").cast(pl.String) != "run"
    return add_week(events, "starts_at", window).select(
        "site", "line", "week", pl.col("code").alias("key"), pl.when(stops).then(hours).otherwise(0.0).alias("weight")
    )
