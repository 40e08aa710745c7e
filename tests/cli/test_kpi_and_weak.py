"""`drumbeat kpi` and `drumbeat weak` on a folder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from drumbeat.cli.kpi import draw_bars
from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.engine.result import Point
from tests.demo_company import demo_site


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of the demo company as a folder of files."""
    path = tmp_path_factory.mktemp("company")
    demo_site().write(path)
    return path


def test_directors_kpis_are_printed_and_written_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpi", str(folder), "--director", "--replications", "20"]) == 0
    shown = capsys.readouterr().out
    for words in ("Throughput strength", "Leadership alignment", "80 % intervals", "Brier", "Kendall"):
        assert words in shown
    assert main(["kpi", str(folder), "--director", "--replications", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["kpis"][0]["key"] == "throughput_strength"
    assert len(told["kpis"]) == 7


def test_scorecard_is_printed_and_written_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kpi", str(folder)]) == 0
    shown = capsys.readouterr().out
    for words in ("Scorecard", "Enterprise", "OEE", "On-time delivery", "Where the planned hours went", "breakdown"):
        assert words in shown
    assert main(["kpi", str(folder), "--weeks", "4", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["start"] == "2026-02-02T05:00:00+00:00"
    assert {"enterprise", "region", "site", "line", "cost centre"} == {figure["level"] for figure in data["figures"]}


def test_weaknesses_are_printed_and_written_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weak", str(folder), "--no-plan"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("GR-COAT-01", "Measured", "threshold", "At risk", "Do", "Wrong if", "rows of evidence"):
        assert words in shown
    assert main(["weak", str(folder), "--no-plan", "--json"]) == 0
    assert {weakness["rank"] for weakness in json.loads(capsys.readouterr().out)} >= {1, 2, 3, 4, 5}


def test_plant_without_facts_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Snapshot.of({"site": pl.DataFrame({"code": ["N"]})}, datetime(2026, 3, 2, tzinfo=UTC)).write(tmp_path / "bare")
    assert main(["kpi", str(tmp_path / "bare")]) == 0
    assert "not enough data" in capsys.readouterr().out
    assert main(["weak", str(tmp_path / "bare"), "--no-plan"]) == 0
    assert "No weakness is above its threshold" in capsys.readouterr().out


def test_bars_span_their_series() -> None:
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    points = tuple(Point(moment, value, 1) for value in (1.0, None, 3.0, 2.0))
    assert draw_bars(points) == "▁·█▅"
    assert draw_bars(()) == ""
    assert draw_bars(points[:1]) == "▁"
