"""Reading frePPLe's records: units, alternatives, what has no place here, and bad input."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from drumbeat.basics.findings import Findings, InputError
from drumbeat.data.check_frames import check_frames
from drumbeat.data.frepple import is_frepple, read_frepple
from drumbeat.data.frepple.read_records import parse_duration, parse_moment

NOW = datetime(2026, 3, 2, tzinfo=UTC)
Records = list[tuple[str, dict[str, Any]]]
BASE: Records = [
    ("location", {"name": "works"}),
    ("item", {"name": "lens"}),
    ("operation", {"name": "grind", "type": "time_per", "item": "lens", "location": "works", "duration_per": 60}),
]


def read(folder: Path, *records: tuple[str, dict[str, Any]]) -> tuple[dict[str, pl.DataFrame], Findings]:
    """Write records as a fixture and read it."""
    path = folder / "plant.json"
    rows = [{"model": f"input.{model}", "fields": fields} for model, fields in [*BASE, *records]]
    path.write_text(json.dumps(rows), encoding="utf-8")
    frames, as_of, findings = read_frepple(path, NOW)
    assert as_of == NOW
    if not findings.has_errors:
        assert [str(one) for one in check_frames(frames) if one.severity == "error"] == []
    return frames, findings


def rules(findings: Findings, severity: str) -> list[str]:
    return [finding.rule for finding in findings if finding.severity == severity]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600), ("3600.0", 3600), ("1e3", 1000), ("24:00:00", 86_400), ("0:30", 1800), ("168:00:00", 604_800),
        ("2:01:00:00", 176_400), ("P1DT2H", 93_600), ("PT15M", 900), ("1899-12-31 01:00:00", 3600), ("soon", None),
        ("P", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == seconds


def test_numbers_may_be_days() -> None:
    assert parse_duration("1.5", are_numbers_days=True) == 129_600


@pytest.mark.parametrize(
    "text", ["2023-01-01 00:00:00", "2023-01-01  00:00:00 AM", "2023/01/01", "2023-01-01T00:00:00"]
)
def test_moments(text: str) -> None:
    assert parse_moment(text) == datetime(2023, 1, 1, tzinfo=UTC)


def test_alternates_of_other_speed_become_one_operation(tmp_path: Path) -> None:
    frames, findings = read(
        tmp_path,
        ("resource", {"name": "slow", "location": "works"}),
        ("resource", {"name": "fast", "location": "works"}),
        ("operation", {"name": "grind fast", "type": "time_per", "item": "lens", "location": "works",
                       "duration_per": 20, "priority": 2}),
        ("operationresource", {"operation": "grind", "resource": "slow", "quantity": 1}),
        ("operationresource", {"operation": "grind fast", "resource": "fast", "quantity": 1}),
    )  # fmt: skip
    choices = frames["operation_resource"].select("operation", "need", "resource", "speed", "priority").rows()
    assert choices == [("grind", "machine", "slow", 1.0, 1), ("grind", "machine", "fast", 3.0, 2)]
    assert rules(findings, "note") == ["it differs from 'grind' only in its machine"]


def test_alternates_with_other_components_stay_routings_of_their_own(tmp_path: Path) -> None:
    frames, findings = read(
        tmp_path,
        ("item", {"name": "glass"}),
        ("resource", {"name": "r", "location": "works"}),
        ("operation", {"name": "mould", "type": "fixed_time", "item": "lens", "location": "works", "duration": 60,
                       "priority": 2}),
        ("operationresource", {"operation": "grind", "resource": "r", "quantity": 1}),
        ("operationresource", {"operation": "mould", "resource": "r", "quantity": 1}),
        ("operationmaterial", {"operation": "grind", "item": "glass", "quantity": -2}),
    )  # fmt: skip
    assert frames["routing"].select("code", "priority").rows() == [("grind", 1), ("mould", 2)]
    assert "it uses other components than 'grind', which makes the same item" in rules(findings, "note")


def test_quantities_are_for_one_unit_made(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("item", {"name": "glass"}),
        ("operationmaterial", {"operation": "grind", "item": "lens", "quantity": 4}),
        ("operationmaterial", {"operation": "grind", "item": "glass", "quantity": -10}),
    )
    assert frames["bill_line"]["quantity_per"].to_list() == [2.5]


def test_alternate_and_routing_operations(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("item", {"name": "cup"}),
        ("operation", {"name": "either", "type": "alternate", "item": "cup", "location": "works"}),
        ("operation", {"name": "two steps", "type": "routing", "owner": "either", "location": "works", "priority": 2}),
        ("operation", {"name": "press", "type": "fixed_time", "duration": "00:10:00", "priority": 1}),
        ("operation", {"name": "bake", "type": "time_per", "duration": 60, "duration_per": 30, "posttime": 120}),
        ("operation", {"name": "cast", "type": "fixed_time", "duration": 600, "owner": "either", "location": "works",
                       "priority": 1}),
        ("suboperation", {"operation": "two steps", "suboperation": "bake", "priority": 2}),
        ("suboperation", {"operation": "two steps", "suboperation": "press", "priority": 1}),
    )  # fmt: skip
    mine = frames["routing"].filter(item="cup").select("code", "priority").rows()
    assert mine == [("cast", 1), ("two steps", 2)]
    steps = frames["operation"].filter(routing="two steps").sort("sequence")
    assert steps.select("code", "lot_minutes", "run_minutes", "wait_minutes").rows() == [
        ("press", 10.0, 0.0, 0.0),
        ("bake", 1.0, 0.5, 2.0),
    ]


def test_setup_matrices(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("setupmatrix", {"name": "colours"}),
        (
            "setuprule",
            {"setupmatrix": "colours", "fromsetup": "red", "tosetup": "white", "duration": 1800, "priority": 1},
        ),
        ("setuprule", {"setupmatrix": "colours", "tosetup": "black", "duration": 600, "priority": 2}),
        ("resource", {"name": "r", "location": "works", "setupmatrix": "colours", "setup": "red"}),
        ("operationresource", {"operation": "grind", "resource": "r", "quantity": 1, "setup": "white"}),
    )
    assert frames["setup_change"].select("from_family", "to_family", "minutes").rows() == [
        ("red", "white", 30.0),
        ("*", "black", 10.0),
    ]
    assert frames["operation"]["setup_family"].to_list() == ["white"]
    assert frames["resource"].select("set_up_for", "setup_matrix").rows() == [("red", "colours")]


def test_capacity_that_varies_over_the_day_becomes_levels(tmp_path: Path) -> None:
    span = {"startdate": "2000-01-01 00:00:00", "enddate": "2040-01-01 00:00:00", "calendar": "cap"}
    frames, _ = read(
        tmp_path,
        ("calendar", {"name": "cap", "defaultvalue": 1}),
        ("calendarbucket", {**span, "value": 3, "priority": 1, "starttime": "06:00:00", "endtime": "13:59:59"}),
        ("resource", {"name": "crew", "location": "works", "maximum_calendar": "cap"}),
    )
    monday = frames["calendar_shift"].filter(weekday="mon").sort("start")
    assert [(f"{a:%H}", f"{b:%H}", level) for a, b, level in monday.select("start", "end", "level").iter_rows()] == [
        ("00", "06", 1), ("06", "14", 3), ("14", "00", 1),
    ]  # fmt: skip
    assert frames["resource"]["capacity"].to_list()[0] == 1


def test_an_extra_shift_becomes_an_open_exception(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("calendar", {"name": "cap", "defaultvalue": 0}),
        ("calendarbucket", {"calendar": "cap", "value": 1, "priority": 2, "saturday": False, "sunday": False}),
        ("calendarbucket", {"calendar": "cap", "value": 1, "priority": 1, "startdate": "2026-03-14 00:00:00",
                            "enddate": "2026-03-15 00:00:00", "starttime": "08:00:00", "endtime": "12:00:00"}),
        ("resource", {"name": "r", "location": "works", "maximum_calendar": "cap"}),
    )  # fmt: skip
    extra = frames["calendar_exception"].select("starts_at", "ends_at", "is_open").rows()
    saturday = datetime(2026, 3, 14, tzinfo=UTC)
    assert extra == [(saturday + timedelta(hours=8), saturday + timedelta(hours=12), True)]


def test_closed_demands_become_history_and_strange_states_are_said(tmp_path: Path) -> None:
    line = {"item": "lens", "location": "works"}
    frames, findings = read(
        tmp_path,
        ("demand", {**line, "name": "a", "due": "2026-01-05", "status": "closed", "quantity": 2}),
        ("demand", {**line, "name": "b", "due": "2026-01-25", "status": "closed", "quantity": 3}),
        ("demand", {**line, "name": "c", "due": "2026-04-25", "status": "quote", "quantity": 4}),
        ("demand", {**line, "name": "d", "due": "2026-04-25", "status": "canceled", "quantity": 5}),
    )
    assert frames["demand_history"]["quantity"].to_list() == [5.0]
    assert frames["demand_line"]["code"].to_list() == ["c"]
    assert "its state is 'canceled'" in rules(findings, "note")


def test_a_supplier_named_like_a_site_is_renamed(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("item", {"name": "glass"}),
        ("supplier", {"name": "works"}),
        ("itemsupplier", {"item": "glass", "supplier": "works", "location": "works", "leadtime": 86_400}),
    )
    assert frames["supply_term"].select("supplier", "lead_time_days").rows() == [("works (supplier)", 1.0)]


def test_every_error_names_record_column_and_value(tmp_path: Path) -> None:
    _, findings = read(
        tmp_path,
        ("demand", {"name": "x", "item": "lense", "location": "works", "due": "2026-04-01"}),
        ("demand", {"name": "y", "item": "lens", "location": "wroks", "due": "2026-04-01"}),
        ("demand", {"name": "z", "item": "lens", "location": "works", "due": "tomorrow"}),
        ("buffer", {"item": "lens", "location": "works", "onhand": "many"}),
        ("operationmaterial", {"operation": "grind", "item": "glas", "quantity": -1}),
        ("operationresource", {"operation": "grind", "resource": "nobody", "quantity": 1}),
        ("calendarbucket", {"calendar": "never made", "value": 1}),
        ("resource", {"name": "r", "location": "works", "maximum": "inf"}),
    )
    errors = {(one.row, one.column, one.value) for one in findings if one.severity == "error"}
    assert errors == {
        (4, "item", "lense"), (5, "location", "wroks"), (6, "due", "tomorrow"), (7, "onhand", "many"),
        (8, "item", "glas"), (9, "resource", "nobody"), (10, "calendar", "never made"), (11, "maximum", "inf"),
    }  # fmt: skip
    assert all(one.remedy for one in findings)


def test_pools_that_contain_each_other_do_not_hang(tmp_path: Path) -> None:
    _, findings = read(
        tmp_path,
        ("resource", {"name": "a", "owner": "b"}),
        ("resource", {"name": "b", "owner": "a"}),
        ("operationresource", {"operation": "grind", "resource": "a", "quantity": 1}),
    )
    assert "nobody of 'a' has the skill ''" in rules(findings, "note")


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("gone.json", None, "the file exists"),
        ("broken.json", "{", "it is JSON"),
        ("object.json", "{}", "it is a list of records"),
        ("empty.json", "[]", "it holds records of frePPLe"),
        ("broken.xlsx", "no workbook", "it is a workbook"),
        ("noitem.json", '[{"model": "input.location", "fields": {"name": "w"}}]', "there is at least one item"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: str | None, rule: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=rule):
        read_frepple(path)


def test_a_record_without_fields_is_an_error_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "plant.json"
    good = {"model": "input.item", "fields": {"name": "lens"}}
    path.write_text(json.dumps([good, {"model": "input.item"}, 7]), encoding="utf-8")
    _, _, findings = read_frepple(path, NOW)
    assert [one.row for one in findings if one.severity == "error"] == [2, 3]


def test_workbooks_are_told_apart_by_their_sheets(tmp_path: Path) -> None:
    theirs, ours, neither = tmp_path / "theirs.xlsx", tmp_path / "ours.xlsx", tmp_path / "neither.xlsx"
    for path, sheets in ((theirs, ["item", "operation material"]), (ours, ["item", "bill_line"]), (neither, ["item"])):
        with xlsxwriter.Workbook(path) as book:
            for sheet in sheets:
                book.add_worksheet(sheet)
    assert [is_frepple(path) for path in (theirs, ours, neither, tmp_path, tmp_path / "x.csv")] == [
        True, False, False, False, False,
    ]  # fmt: skip


def test_what_an_operation_also_makes_becomes_a_co_product(tmp_path: Path) -> None:
    """Four lenses and two rings an operation: half a ring a lens."""
    frames, findings = read(
        tmp_path,
        ("item", {"name": "ring"}),
        ("operationmaterial", {"operation": "grind", "item": "lens", "quantity": 4}),
        ("operationmaterial", {"operation": "grind", "item": "ring", "quantity": 2}),
    )
    rows = frames["by_product"].select("item", "product", "quantity_per", "is_co_product").rows()
    assert rows == [("lens", "ring", 0.5, True)]
    assert not any("also makes" in rule for rule in rules(findings, "note"))


def test_an_alternate_material_becomes_a_substitute_for_that_bill(tmp_path: Path) -> None:
    frames, _ = read(
        tmp_path,
        ("item", {"name": "glass"}),
        ("item", {"name": "quartz"}),
        ("operationmaterial", {"operation": "grind", "item": "glass", "quantity": -2, "name": "blank", "priority": 1}),
        ("operationmaterial", {"operation": "grind", "item": "quartz", "quantity": -3, "name": "blank", "priority": 2}),
    )
    assert frames["bill_line"]["component"].to_list() == ["glass"]
    rows = frames["substitute"].select("item", "substitute", "used_in", "ratio", "priority").rows()
    assert rows == [("glass", "quartz", "lens", 1.5, 2)]
