"""What-ifs of the plant: they change what they say, nothing else, and never the snapshot they start from."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, time, timedelta
from typing import Any

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange, restore_change
from drumbeat.inventory.changes import AddStock
from drumbeat.orders.changes import MoveOrder
from drumbeat.plant.changes import AddMachine, AddShift, BlockResource, ChangeRate, QualifyMachine

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def plant() -> Snapshot:
    """A site with two machines and one order."""
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}, {"code": "S"}],
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [{"calendar": "DAY", "weekday": "mon", "start": time(6), "end": time(14)}],
        "resource": [
            {"code": "M1", "site": "N", "capability": "mill", "calendar": "DAY", "set_up_for": "RED"},
            {"code": "M2", "site": "N", "capability": "mill", "calendar": "DAY", "set_up_for": ""},
        ],
        "item": [{"code": "I"}],
        "routing": [{"code": "R", "item": "I", "site": "N"}],
        "operation": [
            {"code": "R/10", "routing": "R", "sequence": 10, "run_minutes": 6.0, "lot_minutes": 3.0},
            {"code": "R/20", "routing": "R", "sequence": 20, "run_minutes": 2.0, "lot_minutes": 0.0},
        ],
        "operation_resource": [
            {"operation": "R/10", "resource": "M1", "speed": 1.0},
            {"operation": "R/20", "resource": "M1", "speed": 2.0},
            {"operation": "R/10", "resource": "M2", "speed": 1.0},
        ],
        "failure_mode": [{"code": "F1", "resource": "M1", "mean_hours": 100.0, "repair_mean_hours": 2.0}],
        "maintenance_plan": [{"code": "P1", "resource": "M1", "interval_days": 30.0, "duration_minutes": 60.0}],
        "order": [{"code": "O", "site": "N", "item": "I", "quantity": 5.0, "due_at": AS_OF + timedelta(days=9)}],
        "stock": [{"item": "I", "site": "N", "quantity": 4.0}],
    }
    return Snapshot.of({name: pl.DataFrame(data) for name, data in rows.items()}, AS_OF)


CHANGES: list[StoredChange] = [
    AddShift("DAY", "sat", time(6), time(12), 2),
    AddMachine("M3", "M1", "Third mill"),
    ChangeRate(1.25, operation="R/10"),
    ChangeRate(0.5, resource="M1"),
    BlockResource("M1", AS_OF + timedelta(days=1), AS_OF + timedelta(days=2), "inspection"),
    MoveOrder("O", due_at=AS_OF + timedelta(days=20), priority=2.0),
    AddStock("I", "N", -3.0),
    AddStock("I", "S", 7.5),
    QualifyMachine("M2", "R/20", 0.8),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: repr(change)[:40])
def test_a_change_makes_another_version_and_leaves_the_first_alone(plant: Snapshot, change: Any) -> None:
    version = plant.version
    changed = plant.apply([change])
    assert changed.version != version
    assert plant.version == version
    with pytest.raises(FrozenInstanceError):
        change.kind_of = "other"


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: repr(change)[:40])
def test_a_change_is_stored_and_found_again(change: Any) -> None:
    stored = json.loads(json.dumps(change.to_json()))
    assert stored["kind"].split(".")[0] in {"plant", "orders", "inventory"}
    assert restore_change(stored) == change


def test_shift_is_added_once(plant: Snapshot) -> None:
    shift = AddShift("DAY", "sat", time(22), time(6), 2)
    changed = plant.apply([shift])
    row = changed["calendar_shift"].filter(pl.col("weekday") == "sat").row(0, named=True)
    assert (row["start"], row["end"], row["level"]) == (time(22), time(6), 2)
    with pytest.raises(InputError, match="one shift that starts at a time"):
        changed.apply([shift])


def test_machine_like_another_does_what_it_does(plant: Snapshot) -> None:
    changed = plant.apply([AddMachine("M3", "M1")])
    row = changed["resource"].filter(pl.col("code") == "M3").row(0, named=True)
    assert (row["site"], row["capability"], row["calendar"], row["set_up_for"]) == ("N", "mill", "DAY", "")
    mine = changed["operation_resource"].filter(pl.col("resource") == "M3")
    assert dict(mine.select("operation", "speed").iter_rows()) == {"R/10": 1.0, "R/20": 2.0}
    assert changed["failure_mode"].filter(pl.col("resource") == "M3")["code"].to_list() == ["F1 (M3)"]
    assert changed["maintenance_plan"].height == 2
    assert changed["operation_resource"].height == 5


def test_rate_of_an_operation_or_of_a_machine(plant: Snapshot) -> None:
    faster = plant.apply([ChangeRate(2.0, operation="R/10")])["operation"]
    assert faster.sort("sequence").select("run_minutes", "lot_minutes").rows() == [(3.0, 1.5), (2.0, 0.0)]
    one = plant.apply([ChangeRate(2.0, operation="R/10", resource="M1")])["operation_resource"]
    assert sorted(one.select("operation", "resource", "speed").rows()) == [
        ("R/10", "M1", 2.0), ("R/10", "M2", 1.0), ("R/20", "M1", 2.0),
    ]  # fmt: skip
    whole = plant.apply([ChangeRate(2.0, resource="M1")])["operation_resource"]
    assert whole.filter(pl.col("resource") == "M1")["speed"].sum() == 6.0


def test_a_qualified_machine_is_listed_like_the_others(plant: Snapshot) -> None:
    listed = plant.apply([QualifyMachine("M2", "R/20", 0.8)])["operation_resource"]
    row = listed.filter((pl.col("operation") == "R/20") & (pl.col("resource") == "M2")).row(0, named=True)
    like = listed.filter((pl.col("operation") == "R/20") & (pl.col("resource") == "M1")).row(0, named=True)
    assert row == like | {"resource": "M2", "speed": 0.8}
    whole = plant.apply([QualifyMachine("M2", "R/20", 1)])["operation_resource"]
    assert whole.filter(resource="M2", operation="R/20")["speed"].to_list() == [1.0], "a whole number is a number"


def test_block_becomes_a_booking(plant: Snapshot) -> None:
    booking = plant.apply([CHANGES[4]])["booking"].row(0, named=True)  # type: ignore[list-item]
    assert (booking["resource"], booking["reason"], booking["order"]) == ("M1", "inspection", None)
    assert booking["ends_at"] - booking["starts_at"] == timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (AddShift("NIGHT", "mon", time(6), time(7)), "the calendar exists"),
        (AddShift("DAY", "someday", time(6), time(7)), "a weekday is"),
        (AddShift("DAY", "mon", time(9), time(10), 0), "a level is 1 or more"),
        (AddShift("DAY", "mon", time(6), time(10)), "one shift that starts at a time"),
        (AddMachine("M2", "M1"), "is free"),
        (AddMachine(" M9", "M1"), "no space at its ends"),
        (AddMachine("M9", "NONE"), "the resource exists"),
        (ChangeRate(0.0, operation="R/10"), "above zero"),
        (ChangeRate(float("nan"), operation="R/10"), "above zero"),
        (ChangeRate(2.0), "belongs to an operation or a machine"),
        (ChangeRate(2.0, operation="R/99"), "the operation exists"),
        (ChangeRate(2.0, operation="R/20", resource="M2"), "is listed for the operations"),
        (QualifyMachine("M9", "R/20"), "the resource exists"),
        (QualifyMachine("M2", "R/10"), "is new to the operation"),
        (QualifyMachine("M2", "R/20", 0.0), "a speed is above zero"),
        (QualifyMachine("M2", "R/20", cost=-1.0), "a cost is 0 or more"),
        (BlockResource("M9", AS_OF, AS_OF + timedelta(1)), "the resource exists"),
        (BlockResource("M1", AS_OF, AS_OF), "ends after it starts"),
        (BlockResource("M1", datetime(2026, 3, 2), AS_OF), "has a time zone"),  # noqa: DTZ001
    ],
)
def test_findings_name_what_is_wrong_and_what_to_do(plant: Snapshot, change: Any, rule: str) -> None:
    findings = change.check(plant.frames)
    assert findings.has_errors
    assert any(rule in finding.rule for finding in findings)
    assert all(finding.remedy and finding.column for finding in findings)
    with pytest.raises(InputError):
        plant.apply([change])


def test_block_twice_from_the_same_moment_is_found(plant: Snapshot) -> None:
    block: Any = CHANGES[4]
    assert plant.apply([block])["booking"].height == 1
    with pytest.raises(InputError, match="blocked once"):
        plant.apply([block, block])


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ({"kind": "plant.Explode"}, "names a room"),
        ({"kind": "nowhere.AddShift"}, "names a room"),
        ({"kind": "data.stored_change.StoredChange"}, "names a room"),
        ({"kind": "plant.Finding"}, "names a room"),
        ({}, "names a room"),
        ({"kind": "inventory.AddStock", "item": "I", "site": "N"}, "has this field"),
        ({"kind": "inventory.AddStock", "item": "I", "site": "N", "quantity": "many"}, "is a number"),
        ({"kind": "inventory.AddStock", "item": "I", "site": "N", "quantity": True}, "is a number"),
        ({"kind": "inventory.AddStock", "item": "I", "site": "N", "quantity": 1, "colour": "red"}, "has the fields"),
        ({"kind": "orders.MoveOrder", "order": "O", "due_at": "2026-03-02T05:00:00"}, "time zone"),
    ],
)
def test_stored_change_that_is_not_right_is_told(data: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        restore_change(data)
