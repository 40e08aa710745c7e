"""Bad initiatives are findings that name the row, the value and what to do."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from drumbeat.basics.findings import Finding
from drumbeat.data.check_frames import check_frames
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def plant(**tables: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Two machines of a plant in euros, and the tables given."""
    base: dict[str, list[dict[str, Any]]] = {
        "company": [{"code": "C", "currency": "EUR"}],
        "site": [{"code": "S"}],
        "resource": [{"code": "M1", "site": "S"}, {"code": "M2", "site": "S"}],
    }
    known = schemas()
    frames = {
        name: pl.DataFrame(rows, schema={k: known[name].dtypes[k] for k in rows[0]})
        for name, rows in (base | tables).items()
    }
    return dict(Snapshot.of(frames, NOW).frames)


def initiatives(*codes: str) -> list[dict[str, Any]]:
    return [{"code": code} for code in codes]


def links(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"initiative": first, "other": other, "kind": kind} for first, other, kind in rows]


def errors(frames: dict[str, pl.DataFrame]) -> list[Finding]:
    return [finding for finding in check_frames(frames) if finding.severity == "error"]


def test_an_initiative_that_waits_for_itself_is_named_with_its_circle() -> None:
    frames = plant(
        initiative=initiatives("A", "B", "C"),
        initiative_link=links(("A", "C", "excludes"), ("A", "B", "requires"), ("B", "C", "requires")),
    )
    assert [one.value for one in errors(frames)] == ["A requires C"]
    frames = plant(
        initiative=initiatives("A", "B", "C"),
        initiative_link=links(("A", "A", "requires"), ("B", "C", "requires"), ("C", "B", "requires")),
    )
    found = errors(frames)
    assert [(one.value, one.row) for one in found] == [("A > A", 2), ("B > C > B", 4)]


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ((("A", "B", "requires"), ("B", "A", "excludes")), "A requires B"),
        ((("A", "B", "requires"), ("A", "C", "requires"), ("C", "B", "excludes")), "A requires both C and B"),
        ((("A", "A", "excludes"),), "A excludes itself"),
    ],
)
def test_exclusions_that_contradict_prerequisites(rows: tuple[tuple[str, str, str], ...], value: str) -> None:
    found = errors(plant(initiative=initiatives("A", "B", "C"), initiative_link=links(*rows)))
    assert [(one.place, one.value) for one in found] == [("initiative_link", value)]


def test_alternatives_of_which_each_has_its_own_prerequisite_are_right() -> None:
    rows = (("A", "C", "requires"), ("B", "C", "requires"), ("A", "B", "excludes"))
    assert not errors(plant(initiative=initiatives("A", "B", "C"), initiative_link=links(*rows)))


@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ('{"kind": "plant.AddMachine", "code": "M9", "like": "MX"}', "change, like", "MX"),
        ('{"kind": "plant.NoSuch"}', "change, kind", "plant.NoSuch"),
        ("add a machine", "change", "add a machine"),
        ("[1]", "change", "[1]"),
    ],
)
def test_changes_that_cannot_be_made_are_found_at_their_row(change: str, column: str, value: str) -> None:
    good = json.dumps({"kind": "plant.AddMachine", "code": "M3", "like": "M1"})
    rows = [{"initiative": "A", "position": 1, "change": good}, {"initiative": "A", "position": 2, "change": change}]
    found = errors(plant(initiative=initiatives("A"), initiative_change=rows))
    assert [(one.row, one.column, one.value) for one in found] == [(3, column, value)]


def test_a_change_may_build_on_what_a_prerequisite_adds_and_on_nothing_else() -> None:
    first = {"kind": "plant.AddMachine", "code": "M3", "like": "M1"}
    second = {"kind": "plant.AddMachine", "code": "M4", "like": "M3"}
    rows = [
        {"initiative": "B", "position": 1, "change": json.dumps(second)},
        {"initiative": "A", "position": 1, "change": json.dumps(first)},
    ]
    tables = {"initiative": initiatives("A", "B"), "initiative_change": rows}
    assert [(one.row, one.value) for one in errors(plant(**tables))] == [(3, "M3")]
    assert not errors(plant(**tables, initiative_link=links(("B", "A", "requires"))))


def test_money_without_a_rate_and_costs_without_a_month() -> None:
    budget = [{"period_start": date(2026, 1, 1), "amount": Decimal(5), "currency": "USD"}]
    rate = [{"currency": "USD", "rate": 0.9}]
    found = errors(plant(improvement_budget=budget))
    assert [(one.place, one.column, one.value) for one in found] == [("improvement_budget", "currency", "USD")]
    assert not errors(plant(improvement_budget=budget, exchange_rate=rate))
    cost = [{"initiative": "A", "month": None, "amount": Decimal(5)}]
    found = errors(plant(initiative=initiatives("A"), initiative_cost=cost))
    assert [(one.place, one.column, one.row) for one in found] == [("initiative_cost", "month", 2)]


def test_outlooks_form_a_tree_whose_probabilities_sum_to_one() -> None:
    first = {"starts_on": date(2026, 3, 1), "probability": 0.6, "after": None}
    later = {"starts_on": date(2026, 3, 1), "probability": 1.0, "after": "HIGH"}
    rows = [{"code": "HIGH"} | first, {"code": "LOW"} | first, {"code": "HIGHER"} | later]
    found = {(one.column, one.row, one.value) for one in errors(plant(demand_outlook=rows))}
    assert found == {("probability", 2, "1.2"), ("starts_on", 3, "2026-03-01")}
