"""`drumbeat promise` and `drumbeat plan --finite` on a folder."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from drumbeat.cli.main import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = {
        "company": {"code": ["ACME"], "as_of": ["2026-03-02 00:00"]},
        "site": {"code": ["NORTH"]},
        "item": {"code": ["PUMP"]},
        "resource": {"code": ["PRESS"], "site": ["NORTH"]},
        "routing": {"code": ["PUMP"], "item": ["PUMP"], "site": ["NORTH"]},
        "operation": {"code": ["PUMP/1"], "routing": ["PUMP"], "sequence": [1], "run_minutes": [60]},
        "operation_resource": {"operation": ["PUMP/1"], "resource": ["PRESS"]},
        "demand_line": {
            "code": ["A", "B"], "item": ["PUMP", "PUMP"], "site": ["NORTH", "NORTH"], "quantity": [20, 20],
            "due_at": ["2026-03-03 00:00", "2026-03-03 00:00"],
        },
    }  # fmt: skip
    for name, columns in tables.items():
        pl.DataFrame(columns).write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def test_a_promise_names_the_moment_and_what_decides_it(folder, capsys):
    assert main(["promise", "PUMP", "5", "2026-03-03", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "2026-03-03 21:00" in printed
    assert "PRESS" in printed


def test_a_promise_for_an_unknown_item_says_so(folder, capsys):
    assert main(["promise", "PAMP", "5", "2026-03-03", str(folder)]) == 1
    assert "PAMP" in capsys.readouterr().err


def test_a_finite_plan_tells_who_is_late_and_why(folder, capsys):
    assert main(["plan", str(folder), "--finite", "--xlsx", str(folder / "plan.xlsx")]) == 0
    printed = capsys.readouterr().out
    assert "1 of 2 demands on time" in printed
    assert "PRESS" in printed
    assert pl.read_excel(folder / "plan.xlsx", sheet_name="deliveries").height == 2


def test_a_finite_plan_as_json(folder, capsys):
    assert main(["plan", str(folder), "--finite", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [row["demand"] for row in document["deliveries"]] == ["A", "B"]
