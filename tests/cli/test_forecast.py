"""`drumbeat forecast` on a folder: what it prints, and what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from drumbeat.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    days = pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 12, 1), "1mo", eager=True)
    pl.DataFrame({"item": "PUMP", "site": "NORTH", "period_start": days, "quantity": range(100, 112)}).write_csv(
        tmp_path / "demand_history.csv"
    )
    pl.DataFrame({"code": ["PUMP"]}).write_csv(tmp_path / "item.csv")
    pl.DataFrame({"code": ["NORTH"]}).write_csv(tmp_path / "site.csv")
    pl.DataFrame({"code": ["ACME"], "as_of": ["2026-01-05 00:00"]}).write_csv(tmp_path / "company.csv")
    return tmp_path


def test_the_next_months_are_printed_and_written(folder, capsys):
    workbook = folder / "forecast.xlsx"
    assert main(["forecast", str(folder), "--horizon", "3", "--xlsx", str(workbook)]) == 0
    printed = capsys.readouterr().out
    assert "1 series by month, 3 months ahead" in printed
    assert "PUMP" in printed
    rows = pl.read_excel(workbook, sheet_name="forecast")
    assert rows["period_start"].cast(pl.String).to_list() == ["2026-01-01", "2026-02-01", "2026-03-01"]
    assert 108 <= rows["quantity"][0] <= 113


def test_json_holds_rows_series_and_findings(folder, capsys):
    assert main(["forecast", str(folder), "--horizon", "2", "--best", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["rows"]) == 2
    assert document["series"][0]["model"]
    assert document["period"] == "month"


def test_edits_are_listed_and_can_be_left_out(folder, capsys):
    pl.DataFrame(
        {"code": ["E1"], "item": ["PUMP"], "starts_on": ["2026-01-01"], "ends_on": ["2026-01-31"], "kind": ["absolute"],
         "amount": [500.0], "reason": ["Tender"], "author": ["anna"], "made_at": ["2026-01-04 09:00"]}
    ).write_csv(folder / "forecast_edit.csv")  # fmt: skip
    assert main(["forecast", str(folder), "--horizon", "2", "--edits"]) == 0
    printed = capsys.readouterr().out
    assert "Tender" in printed
    assert "500.0" in printed
    assert main(["forecast", str(folder), "--horizon", "2", "--statistical", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["quantity"] < 200


def test_the_forecast_is_planned_where_it_is_asked_for(folder, capsys):
    assert main(["plan", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["orders"] == []
    assert main(["plan", str(folder), "--forecast", "2", "--json"]) == 0
    orders = json.loads(capsys.readouterr().out)["orders"]
    assert sum(order["quantity"] for order in orders) == pytest.approx(221, abs=8)
