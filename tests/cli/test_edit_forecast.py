"""`drumbeat edit-forecast` and `drumbeat sop` on a stored market."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drumbeat.cli.main import main
from drumbeat.data.actions import load
from drumbeat.demand.actions import make_forecast, save_forecast
from drumbeat.demand.models import ForecastEdit
from tests.demand.make_market import AS_OF, make_market, month_of

MARCH = ["--from", "2026-03-01", "--to", "2026-03-31", "--reason", "tender"]


@pytest.fixture(autouse=True)
def market(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for verb in ("edit_forecast", "sop"):
        monkeypatch.setattr(f"drumbeat.cli.{verb}.open_database", lambda: None)
    snapshot = make_market(
        volume_plan=pl.DataFrame(
            [{"party": "finance", "family": "PUMPS", "period_start": month_of(50), "quantity": 2000.0}]
        )
    )
    load(snapshot)
    save_forecast(make_forecast(snapshot, horizon=6), AS_OF)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    def call(*words: str, code: int = 0) -> str:
        assert main(list(words)) == code
        shown = capsys.readouterr()
        return shown.out if code == 0 else shown.err

    return call


def test_an_edit_is_made_listed_and_taken_back(run: Callable[..., Any], tmp_path: Path) -> None:
    place = ["--item", "PUMP", "--site", "NORTH"]
    made = json.loads(run("edit-forecast", *place, "--total", "300", *MARCH, "--author", "anna", "--json"))
    assert (made["after"], made["author"], made["kind"]) == (300, "anna", "absolute")
    shown = run("edit-forecast", "--family", "PUMPS", "--percent", "10", *MARCH)
    assert "Family PUMPS, +10 %." in shown
    assert "before" in shown
    assert ForecastEdit.objects.exclude(author="").count() == 2
    book = tmp_path / "edits.xlsx"
    assert [row["item"] for row in json.loads(run("edit-forecast", "--json", "--xlsx", str(book)))] == ["PUMP", None]
    assert pl.read_excel(book, sheet_name="edits").height == 2
    assert "counts no more" in run("edit-forecast", "--withdraw", made["code"])
    assert "already" in run("edit-forecast", "--withdraw", made["code"])
    assert "taken back" in " ".join(run("edit-forecast", "--item", "PUMP").split())


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--item", "PUMP", *MARCH], "one of --percent, --more and --total"),
     (["--item", "PUMP", "--percent", "5", "--more", "5", *MARCH], "percent, more"),
     (["--item", "PUMP", "--percent", "5", "--reason", "x"], "--to is a day"),
     (["--item", "NONE", "--percent", "5", *MARCH], "the item is in the data"),
     (["--percent", "nan", *MARCH], "an amount is a number"), (["--withdraw", "NONE"], "the edit is in the data")],
)  # fmt: skip
def test_what_is_wrong_is_a_finding(run: Callable[..., Any], words: list[str], said: str) -> None:
    assert said in " ".join(run("edit-forecast", *words, code=1).split())
    assert not ForecastEdit.objects.exists()


def test_a_unit_that_does_not_convert_is_told(run: Callable[..., Any]) -> None:
    shown = run("edit-forecast", "--item", "PUMP", "--more", "5", "--unit", "kg", *MARCH)
    assert "enter it in pc" in " ".join(shown.split())


def test_the_plans_stand_side_by_side_with_the_gap(run: Callable[..., Any], tmp_path: Path) -> None:
    book = tmp_path / "plans.xlsx"
    shown = run("sop", "pumps", "--months", "2", "--xlsx", str(book))
    assert "2,000" in shown
    assert "nobody" in shown
    assert "Wide gaps that nobody closes: 1" in shown
    plans = pl.read_excel(book, sheet_name="plans")
    assert plans["family"].to_list() == ["PUMPS", "PUMPS"]
    assert plans["entered"].to_list() == ["finance", None]
    told = json.loads(run("sop", "--gap", "--json"))["plans"]
    assert told[0]["finance"] == 2000
    assert told[0]["gap"] == pytest.approx(2000 - told[0]["sales"])
    assert "Nobody plans a family" in " ".join(run("sop", "no such family").split())
