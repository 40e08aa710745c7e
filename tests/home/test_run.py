"""One trip through the questions: on the demo company, on other tools' data, on nothing at all."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from drumbeat.basics.progress import Cancelled
from drumbeat.cli.main import main
from drumbeat.data.frepple import read_frepple
from drumbeat.data.snapshot import Snapshot
from drumbeat.home import Plant
from drumbeat.home.report import main_wait, render_report, verdict, write_report
from drumbeat.home.run import Run, run_all, save_run
from drumbeat.planning.models import Plan
from drumbeat.plant.changes import AddMachine
from drumbeat.scheduling.models import Schedule
from drumbeat.strategy.models import Weakness
from drumbeat.twin.models import Simulation
from tests.demo_company import demo_company, demo_site

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture(scope="module")
def run() -> Run:
    """A short run of the small demo company."""
    return Plant(demo_company()).run(seconds=0, replications=100)


def test_a_run_answers_every_question(run: Run) -> None:
    assert run.plan.orders.height
    assert run.schedule.result.worth.num_unscheduled == 0
    assert 0.5 < run.simulation.expected_on_time < 1
    assert (
        run.simulation.expected_on_time_low <= run.simulation.expected_on_time <= run.simulation.expected_on_time_high
    )
    assert run.simulation.threats.height >= 3
    assert any(figure.value is not None for figure in run.scorecard.figures)
    assert set(run.seconds) == {"plan", "schedule", "simulate", "score", "weaknesses"}


def test_every_hidden_story_is_among_the_weaknesses(run: Run) -> None:
    kinds = {weakness.kind for weakness in run.weaknesses}
    told = " ".join(weakness.headline for weakness in run.weaknesses)
    assert {"bottleneck"} <= kinds
    for story in ("deferred maintenance", "AA-TIG", "VALSESIA", "WHITE", "Overtime at AA-ASSEMBLY"):
        assert story in told


def test_the_report_needs_nothing_else(run: Run) -> None:
    page = render_report(run, NOW)
    assert not re.findall(r"""(?:src|href)\s*=|url\(|@import|<script""", page)
    assert verdict(run.simulation.expected_on_time) in page
    for threat in run.simulation.threats.head(3)["subject"]:
        assert threat in page
    for weakness in run.weaknesses:
        assert weakness.subject in page


def test_the_report_shows_names_as_text_not_as_markup() -> None:
    plant = demo_site()
    frames = dict(plant.frames) | {"company": plant["company"].with_columns(name=pl.lit("<script>alert(1)</script>"))}
    page = render_report(run_all(Snapshot.of(frames, plant.as_of), seconds=0, replications=5), NOW)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_empty_plant_is_told_so_and_breaks_nothing() -> None:
    run = run_all(Snapshot.of({}, NOW), seconds=0, replications=10)
    assert run.schedule.tasks.height == 0
    assert run.weaknesses == []
    assert "No weakness" in render_report(run, NOW)


def test_the_same_seed_gives_the_same_run() -> None:
    plant = Plant(demo_site())
    first, second = (plant.run(seconds=0, replications=50, seed=7) for _ in range(2))
    assert first.schedule.tasks.equals(second.schedule.tasks)
    assert first.simulation.orders.equals(second.simulation.orders)
    assert first.simulation.threats.equals(second.simulation.threats)
    other = plant.run(seconds=0, replications=50, seed=8)
    assert not first.simulation.orders.equals(other.simulation.orders)


def test_a_what_if_leaves_the_plant_as_it_was() -> None:
    plant = Plant(demo_site("RAPIDS"))
    version = plant.version
    changed = plant.change([AddMachine(like="GR-COAT-01", code="GR-COAT-99")])
    assert plant.version == version != changed.version
    result = changed.run(seconds=0, replications=20)
    assert "GR-COAT-99" in result.schedule.tasks["resource"].to_list()


def test_a_run_that_is_cancelled_says_so() -> None:
    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        Plant(demo_site()).run(seconds=1, replications=50, progress=cancel)


@pytest.mark.django_db
def test_a_run_is_stored_whole(run: Run) -> None:
    numbers = save_run(run, NOW)
    schedule = Schedule.objects.get(pk=numbers["schedule"])
    simulation = Simulation.objects.get(pk=numbers["simulation"])
    assert schedule.tasks.count() == run.schedule.tasks.height
    assert (
        schedule.version == simulation.version == run.snapshot.version == Plan.objects.get(pk=numbers["plan"]).version
    )
    assert simulation.orders.count() == run.simulation.orders.filter(pl.col("planned_end").is_not_null()).height
    assert Weakness.objects.count() == len(run.weaknesses)


@pytest.mark.django_db
def test_a_run_is_stored_whole_or_not_at_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("drumbeat.home.run.save_weaknesses", fail)
    with pytest.raises(RuntimeError):
        save_run(run, NOW)
    assert not Plan.objects.exists()
    assert not Schedule.objects.exists()


def test_a_report_appears_whole_or_not_at_all(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "reports" / "one.html"
    write_report(run, path, NOW)
    assert [file.name for file in path.parent.iterdir()] == ["one.html"]


@pytest.mark.parametrize(
    ("share", "said"), [(1, "It holds"), (0.92, "It mostly holds"), (0.8, "It is fragile"), (0.2, "It does not hold")]
)
def test_verdicts(share: float, said: str) -> None:
    assert verdict(share) == said


def test_the_longest_wait_is_the_reason() -> None:
    waits = [{"cause": "setup", "seconds": 60}, {"cause": "crew", "seconds": 600}]
    assert (main_wait(waits) or {})["cause"] == "crew"
    assert main_wait([]) is None


@pytest.mark.parametrize(
    ("file", "num_tasks", "latest_hours"), [("manufacturing_demo.json", 40, None), ("flow_line.json", 700, 194.4)]
)
def test_another_tool_s_plants_run(shared_data: Path, file: str, num_tasks: int, latest_hours: float | None) -> None:
    frames, as_of, findings = read_frepple(shared_data / "planning" / "frepple" / file)
    assert not findings.has_errors
    run = run_all(Snapshot.of(frames, as_of), seconds=0, replications=50)
    assert run.schedule.tasks.height >= num_tasks
    assert run.schedule.result.worth.num_unscheduled == 0
    if latest_hours is not None:
        assert run.schedule.result.worth.makespan_hours < latest_hours
    assert "Will it hold?" in render_report(run, NOW)


@pytest.mark.slow
def test_the_command_runs_a_real_log_from_beginning_to_end(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = shared_data / "shopfloor_log" / "Production_Data_joined.csv"
    assert main(["load-log", str(log), "--promise", "usual", "--out", str(tmp_path / "plant")]) == 0
    capsys.readouterr()
    report = tmp_path / "report.html"
    asked = [
        "run",
        str(tmp_path / "plant"),
        "--report",
        str(report),
        "--seconds",
        "1",
        "--replications",
        "50",
        "--json",
    ]
    assert main(asked) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["orders"] > 20
    assert 0 <= told["expected_on_time"] <= 1
    assert report.stat().st_size > 10_000


def test_a_folder_that_is_no_plant_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "itms.csv").write_text("code\nA\n", encoding="utf-8")
    assert main(["run", str(tmp_path)]) == 1
    assert "itms" in capsys.readouterr().err


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["run", "plan", "schedule", "simulate", "kpi", "weak"])
def test_an_empty_database_is_told_so(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb]) == 1
    assert "drumbeat demo" in capsys.readouterr().err.replace("\n", " ")
