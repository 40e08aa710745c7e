"""Moving orders in time, to another site, in importance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.orders.changes import MoveOrder

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)


def day(number: float) -> datetime:
    return AS_OF + timedelta(days=number)


@pytest.fixture(scope="module")
def plant() -> Snapshot:
    """Two sites that both make I; only N makes J."""
    order = {"site": "N", "quantity": 5.0, "due_at": day(9), "release_at": day(1)}
    rows: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}, {"code": "S"}],
        "item": [{"code": "I"}, {"code": "J"}],
        "routing": [
            {"code": "RN", "item": "I", "site": "N"},
            {"code": "RS", "item": "I", "site": "S"},
            {"code": "JN", "item": "J", "site": "N"},
        ],
        "order": [
            {"code": "O", "item": "I", "routing": "RN", "state": "firm", **order},
            {"code": "J", "item": "J", "routing": None, "state": "firm", **order},
            {"code": "BEGUN", "item": "I", "routing": "RN", "state": "released", **order},
            {"code": "OVER", "item": "I", "routing": "RN", "state": "done", **order},
        ],
        "task": [{"code": "T", "order": "BEGUN"}],
    }
    return Snapshot.of({name: pl.DataFrame(data) for name, data in rows.items()}, AS_OF)


def row_of(snapshot: Snapshot, code: str) -> dict[str, Any]:
    return snapshot["order"].filter(pl.col("code") == code).row(0, named=True)


def test_move_in_time_and_importance_changes_only_that(plant: Snapshot) -> None:
    moved = plant.apply([MoveOrder("O", due_at=day(20), release_at=day(3), priority=4.0)])
    before, after = row_of(plant, "O"), row_of(moved, "O")
    assert {name: after[name] for name in before if after[name] != before[name]} == {
        "due_at": day(20), "release_at": day(3), "priority": 4.0,
    }  # fmt: skip
    assert row_of(moved, "J") == row_of(plant, "J")


def test_move_to_another_site_follows_its_routing(plant: Snapshot) -> None:
    after = row_of(plant.apply([MoveOrder("O", site="S")]), "O")
    assert (after["site"], after["routing"]) == ("S", None)
    stays = row_of(plant.apply([MoveOrder("O", site="N", priority=2.0)]), "O")
    assert stays["routing"] == "RN"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (MoveOrder("NONE", priority=1.0), "the order exists"),
        (MoveOrder("O"), "a move changes something"),
        (MoveOrder("OVER", priority=1.0), "not done or cancelled"),
        (MoveOrder("O", priority=0.0), "above zero"),
        (MoveOrder("O", due_at=day(0.5)), "due after its release"),
        (MoveOrder("O", release_at=day(9)), "due after its release"),
        (MoveOrder("O", due_at=datetime(2026, 4, 1)), "has a time zone"),  # noqa: DTZ001
        (MoveOrder("O", site="X"), "the site exists"),
        (MoveOrder("J", site="S"), "has a routing for its item"),
        (MoveOrder("BEGUN", site="S"), "has no tasks yet"),
    ],
)
def test_findings_name_what_is_wrong(plant: Snapshot, change: MoveOrder, rule: str) -> None:
    findings = change.check(plant.frames)
    assert findings.has_errors
    assert any(rule in finding.rule for finding in findings)
