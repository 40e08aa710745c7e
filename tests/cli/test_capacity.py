"""`drumbeat capacity` on a small plant in a folder."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from drumbeat.cli.main import main
from drumbeat.data.write_folder import write_folder
from tests.planning.small_company import on
from tests.planning.test_make_master import plant


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A press that is asked for 90 hours within ten days."""
    write_folder(plant(company=[{"code": "C", "as_of": on(0)}]).frames, tmp_path / "plant")
    return tmp_path / "plant"


def test_prints_load_by_week(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capacity", str(folder), "--weeks", "4"]) == 0
    shown = capsys.readouterr().out
    assert "PRESS" in shown
    assert "bottleneck" in shown
    assert "180%" in shown


def test_master_plan_as_text_json_and_workbook(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book = tmp_path / "master.xlsx"
    assert main(["capacity", str(folder), "--master", "--weeks", "3", "--late", "0.5", "--xlsx", str(book)]) == 0
    shown = capsys.readouterr().out
    assert "One more hour on PRESS" in shown
    assert pl.read_excel(book, sheet_name="quantities").filter(how="make")["quantity"].sum() == pytest.approx(90)
    assert main(["capacity", str(folder), "--master", "--weeks", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in told["cost"]} >= {"activities", "late"}
    assert told["worths"][0]["sentence"].startswith("One more hour on PRESS")
    assert pl.read_excel(book, sheet_name="worths")["what"].to_list()[0] == "PRESS"
    assert main(["capacity", str(folder), "--master", "--weeks", "3", "--budget", "100", "--json"]) == 0
    poor = json.loads(capsys.readouterr().out)["worths"]
    assert (
        [row["worth"] for row in poor if row["kind"] == "budget"]
        == sorted((row["worth"] for row in poor if row["kind"] == "budget"), reverse=True)
        != []
    )
