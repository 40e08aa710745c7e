"""`drumbeat schedule`: profiles, the curve, lists by machine and shift, a workbook, calendars."""

from __future__ import annotations

import json
from pathlib import Path

import fastexcel
import pytest

from drumbeat.cli import main as command
from drumbeat.cli.show_schedule import draw_curve

FIXTURE = [
    {"model": "common.parameter", "fields": {"name": "currentdate", "value": "2026-03-02 00:00:00"}},
    {"model": "input.location", "fields": {"name": "works"}},
    {"model": "input.item", "fields": {"name": "lens"}},
    {"model": "input.item", "fields": {"name": "=cmd"}},
    {"model": "input.resource", "fields": {"name": "bench", "location": "works"}},
    {"model": "input.operation",
     "fields": {"name": "grind", "type": "time_per", "item": "lens", "location": "works", "duration_per": 3600}},
    {"model": "input.operationresource", "fields": {"operation": "grind", "resource": "bench", "quantity": 1}},
    {"model": "input.operation",
     "fields": {"name": "cut", "type": "time_per", "item": "=cmd", "location": "works", "duration_per": 1800}},
    {"model": "input.operationresource", "fields": {"operation": "cut", "resource": "bench", "quantity": 1}},
    {"model": "input.demand",
     "fields": {"name": "one", "item": "lens", "location": "works", "due": "2026-03-02 04:00:00", "quantity": 5}},
    {"model": "input.demand",
     "fields": {"name": "two", "item": "=cmd", "location": "works", "due": "2026-03-02 03:00:00", "quantity": 4}},
]  # fmt: skip


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    path = tmp_path / "plant.json"
    path.write_text(json.dumps(FIXTURE), encoding="utf-8")
    return path


def test_lists_and_late_orders_are_printed(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["schedule", str(plant), "--profile", "quick", "--lists"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "2 tasks of 2 orders" in shown
    assert "bench is busy with" in shown
    assert "Mon 02 Mar 00:00" in shown
    assert command.main(["schedule", str(plant), "--seconds", "0.3", "--machine", "nowhere"]) == 0
    assert "Nothing is scheduled on nowhere" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_schedule(plant: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        assert (
            command.main(["schedule", str(plant), "--deterministic", "--seconds", "0.5", "--seed", "7", "--json"]) == 0
        )
        told.append(json.loads(capsys.readouterr().out)["tasks"])
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_a_workbook_with_a_sheet_a_machine(plant: Path, tmp_path: Path) -> None:
    path = tmp_path / "schedule.xlsx"
    assert command.main(["schedule", str(plant), "--seconds", "0.3", "--xlsx", str(path)]) == 0
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["figures", "orders", "waits", "tasks", "curve", "lists", "bench"]
    orders = book.load_sheet("orders").to_polars()
    assert sorted(orders["item"]) == ["=cmd", "lens"]
    late = orders.filter(orders["late_seconds"] > 0)
    assert late["reason"].to_list() == ["bench is busy with"]
    lists = book.load_sheet("bench").to_polars()
    assert lists["place"].to_list() == [1, 2]
    assert any(head.startswith("starts_at (") for head in lists.columns)


def test_calendars_by_order_and_one_for_all(plant: Path, tmp_path: Path) -> None:
    one, folder = tmp_path / "all.ics", tmp_path / "orders"
    assert command.main(["schedule", str(plant), "--seconds", "0.3", "--ics", str(one)]) == 0
    assert one.read_text().count("BEGIN:VEVENT") == 2
    assert command.main(["schedule", str(plant), "--seconds", "0.3", "--ics", str(folder), "--by", "order"]) == 0
    assert [file.read_text().count("BEGIN:VEVENT") for file in folder.glob("*.ics")] == [1, 1]


def test_a_curve_falls_from_full_to_empty() -> None:
    drawn = draw_curve([(0.0, 10.0), (1.0, 5.0), (2.0, 0.0)])
    assert (drawn[0], drawn[-1], len(drawn)) == ("█", "▁", 32)
    assert drawn[16] in "▄▅"
    assert draw_curve([(0.0, 1.0)]) == ""


@pytest.mark.parametrize(
    "options", [["--gap", "1.5"], ["--profile", "endless"], ["--workers", "0"], ["--seconds", "0"]]
)
def test_wrong_options_are_refused(plant: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["schedule", str(plant), *options]) == 2
    assert options[0] in capsys.readouterr().err
