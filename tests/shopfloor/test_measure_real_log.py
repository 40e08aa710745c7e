"""OEE of the real machining plant's log, against a count by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.compile_problem import compile_problem
from drumbeat.shopfloor.actions import infer_log
from drumbeat.shopfloor.engine.measure_oee import LOSSES, OeeResult, measure_oee


@pytest.fixture(scope="module")
def plant(shared_data: Path) -> Snapshot:
    """The plant that the log tells of."""
    return infer_log(shared_data / "shopfloor_log" / "Production_Data_joined.csv").snapshot


@pytest.fixture(scope="module")
def result(plant: Snapshot) -> OeeResult:
    """Its OEE over 13 weeks."""
    problem = compile_problem(plant)
    return measure_oee(
        problem.events,
        problem.reports,
        problem.planned,
        problem.standards,
        problem.places,
        edges=problem.window.edges,
        now=problem.window.end,
    )


def test_losses_fill_the_planned_time_of_every_machine_and_week(result: OeeResult) -> None:
    assert result.facts["resource"].n_unique() == 27
    assert result.facts.filter(pl.sum_horizontal("good", *LOSSES) != pl.col("planned")).height == 0
    assert result.roll_up(["site"])["planned"].sum() == result.facts["planned"].sum()
    assert result.facts.filter(~pl.col("run").is_between(0, 7 * 86_400_000_000)).height == 0


def test_run_time_is_that_of_a_count_minute_by_minute(plant: Snapshot, result: OeeResult) -> None:
    """One machine's minutes marked one by one: down before setup before run."""
    name = "Machine 4 - Turning & Milling"
    first = plant.as_of - timedelta(weeks=25)
    rank = {"run": 1, "setup": 2, "down": 3}
    minutes = [0] * (25 * 7 * 1440)
    mine = plant["machine_event"].filter(pl.col("resource") == name)
    for state, start, end in mine.select("state", "starts_at", "ends_at").iter_rows():
        a, b = (round((moment - first).total_seconds() / 60) for moment in (start, end))
        for minute in range(max(a, 0), min(b, len(minutes))):
            minutes[minute] = max(minutes[minute], rank[state])
    facts = result.facts.filter(pl.col("resource") == name)
    assert facts["run"].sum() / 60_000_000 == minutes.count(1)
    assert facts["setup"].sum() / 60_000_000 == minutes.count(2)
    assert minutes.count(1) > 10_000


def test_units_are_those_of_the_reports(plant: Snapshot, result: OeeResult) -> None:
    first = plant.as_of - timedelta(weeks=25)
    reports = plant["production_report"].filter(pl.col("resource").is_not_null() & (pl.col("starts_at") >= first))
    for column in ("good", "scrap", "rework"):
        told = float(reports[column].sum())
        assert result.facts[f"{column}_units"].sum() / 1e6 == pytest.approx(told, rel=0.02)
