"""`drumbeat plan` and `drumbeat load-frepple`, from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import pytest

from drumbeat.cli import main as command
from drumbeat.planning.models import Plan
from drumbeat.plant.models import Item

FIXTURE = [
    {"model": "common.parameter", "fields": {"name": "currentdate", "value": "2026-03-02 00:00:00"}},
    {"model": "input.location", "fields": {"name": "works"}},
    {"model": "input.item", "fields": {"name": "lens"}},
    {"model": "input.item", "fields": {"name": "glass"}},
    {"model": "input.supplier", "fields": {"name": "glazier"}},
    {"model": "input.itemsupplier",
     "fields": {"item": "glass", "supplier": "glazier", "location": "works", "leadtime": 1_209_600}},
    {"model": "input.resource", "fields": {"name": "bench", "location": "works"}},
    {"model": "input.operation",
     "fields": {"name": "grind", "type": "time_per", "item": "lens", "location": "works", "duration_per": 3600}},
    {"model": "input.operationresource", "fields": {"operation": "grind", "resource": "bench", "quantity": 1}},
    {"model": "input.operationmaterial", "fields": {"operation": "grind", "item": "glass", "quantity": -2}},
    {"model": "input.demand",
     "fields": {"name": "order 1", "item": "lens", "location": "works", "due": "2026-03-09 00:00:00", "quantity": 5}},
]  # fmt: skip


@pytest.fixture
def fixture(tmp_path: Path) -> Path:
    path = tmp_path / "plant.json"
    path.write_text(json.dumps(FIXTURE), encoding="utf-8")
    return path


@pytest.fixture
def no_migration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's database is up to date; migrating it inside a transaction would only cost time."""
    monkeypatch.setattr("django.core.management.call_command", lambda *arguments, **options: None)
    return


def test_a_file_is_planned_without_a_database(fixture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["plan", str(fixture)]) == 0
    shown = capsys.readouterr().out
    assert "2 planned orders" in shown
    assert "0 of 1 demands" in shown
    assert "Too late to buy 10 glass @ works" in " ".join(shown.split())


def test_the_whole_plan_comes_as_json(fixture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["plan", str(fixture), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["summary"]["orders"] == {"make": 1, "buy": 1, "move": 0, "replace": 0}
    assert [(row["code"], row["quantity"]) for row in document["orders"]] == [("M-000001", 5.0), ("B-000001", 10.0)]
    assert document["demands"][0]["is_late"] is True
    bought = document["purchases"]
    assert [(row["supplier"], row["quantity"], row["planned_order"]) for row in bought] == [
        ("glazier", 10.0, "B-000001")
    ]


def test_remedies_are_tried_for_a_late_demand(fixture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["plan", str(fixture), "--remedies", "order 1"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Too late to buy 10 glass @ works" in shown
    assert "1 -> 0" in shown
    assert command.main(["plan", str(fixture), "--remedies", "order 1", "--json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)
    assert only["change"]["kind"] == "planning.SplitDemand"
    assert command.main(["plan", str(fixture), "--remedies", "gone"]) == 1


def test_remedies_are_tried_on_machines_too(fixture: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The glass comes when it comes, for a part of the lenses too: nobody can hurry it, and nothing helps."""
    assert command.main(["plan", str(fixture), "--finite", "--remedies", "order 1"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "order 1: waits longest for material glass @ works" in shown
    assert "Nothing that is known helps" in shown
    assert command.main(["plan", str(fixture), "--finite", "--remedies", "order 1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert command.main(["plan", str(fixture), "--finite", "--remedies", "gone"]) == 1


def test_the_workbook_has_a_sheet_for_each_table(fixture: Path, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    assert command.main(["plan", str(fixture), "--xlsx", str(path)]) == 0
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["actions", "orders", "demands", "purchases"]
    orders = book.load_sheet("orders").to_polars()
    assert orders["code"].to_list() == ["M-000001", "B-000001"]


def test_a_missing_file_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["plan", str(tmp_path / "gone.json")]) == 1
    assert "the file exists" in " ".join(capsys.readouterr().err.split())


@pytest.mark.django_db
@pytest.mark.usefixtures("no_migration")
def test_a_frepple_file_is_loaded_then_planned_from_the_database(
    fixture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["load-frepple", str(fixture), "--dry-run"]) == 0
    assert not Item.objects.exists()
    assert command.main(["load-frepple", str(fixture)]) == 0
    assert set(Item.objects.values_list("code", flat=True)) == {"lens", "glass"}
    assert command.main(["plan"]) == 0
    assert Plan.objects.get().orders.count() == 2
    assert "Kept as Plan" in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.usefixtures("no_migration")
def test_a_wrong_frepple_file_stores_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plant.json"
    wrong = {"model": "input.demand", "fields": {"name": "x", "item": "lense", "due": "2026-03-09"}}
    path.write_text(json.dumps([*FIXTURE, wrong]), encoding="utf-8")
    assert command.main(["load-frepple", str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["stored"] is False
    assert told["findings"][0]["value"] == "lense"
    assert not Item.objects.exists()
