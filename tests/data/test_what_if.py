"""What-ifs are kept as they were meant, and say what is wrong with them, change by change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.list_changes import list_changes, tell_change
from drumbeat.data.models import WhatIf
from drumbeat.data.read_changes import read_changes
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_changes
from drumbeat.data.what_if import (
    MOST_CHANGES,
    check_what_if,
    edit_what_if,
    find_what_if,
    open_what_if,
    what_ifs_of,
)
from drumbeat.plant.changes import AddMachine, AddShift

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)
PRESS = {"kind": "plant.AddMachine", "code": "P2", "like": "P1"}


@pytest.fixture
def plant() -> Snapshot:
    rows: dict[str, Any] = {
        "site": [{"code": "N"}],
        "calendar": [{"code": "DAY"}],
        "resource": [{"code": "P1", "site": "N", "calendar": "DAY"}],
    }
    return Snapshot.of({name: pl.DataFrame(data) for name, data in rows.items()}, AS_OF)


@pytest.mark.django_db
def test_a_list_of_changes_becomes_a_what_if_and_back() -> None:
    shift = AddShift("DAY", "sat", time(6), time(12))
    made = open_what_if("A second press!", [PRESS, shift], note=" Quote of May ", origin="/plan/late/")
    assert made.code == "a-second-press"
    assert open_what_if("A second press!", []).code == "a-second-press-2"
    stored = WhatIf.objects.get(code=made.code)
    assert stored.note == "Quote of May"
    assert restore_changes(stored.changes) == [AddMachine("P2", "P1"), shift]
    assert all(row["version"] == 1 for row in stored.changes)
    assert find_what_if("A SECOND PRESS!") is not None
    assert find_what_if("nothing of the kind") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "changes", "rule"),
    [
        ("", [], "blank"),
        ("x" * 201, [], "200"),
        ("Odd", [{"kind": "plant.Explode"}, {"kind": "plant.AddMachine", "code": 7, "like": "P1"}], "change 2"),
        ("Not a change", ["AddMachine"], "kind and its fields"),
        ("Newer", [PRESS | {"version": 99}], "version from 1 to 1"),
        ("Long", [PRESS] * (MOST_CHANGES + 1), "at most"),
    ],
)
def test_what_cannot_be_kept_is_refused_whole(name: str, changes: Any, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        open_what_if(name, changes)
    assert not WhatIf.objects.exists()


@pytest.mark.django_db
def test_a_name_without_letters_gets_a_code_all_the_same() -> None:
    assert open_what_if("???", []).code == "what-if"
    assert open_what_if("プレス", []).code == "what-if-2"


@pytest.mark.django_db
def test_an_edit_that_is_wrong_leaves_it_as_it_was() -> None:
    made = open_what_if("Press", [PRESS])
    with pytest.raises(InputError):
        edit_what_if(made, [{"kind": "plant.Explode"}])
    assert WhatIf.objects.get().changes[0]["code"] == "P2"
    edit_what_if(made, [], note="empty now")
    assert WhatIf.objects.get().changes == []
    assert WhatIf.objects.get().note == "empty now"


def test_every_change_is_judged_on_what_those_before_it_made(plant: Snapshot) -> None:
    second = {"kind": "plant.AddMachine", "code": "P3", "like": "P2"}
    assert not check_what_if(plant, [PRESS, second])
    found = check_what_if(plant, [second, PRESS, PRESS, {"kind": "plant.Explode"}])
    assert [one.place for one in found] == ["change 1, resource", "change 3, resource", "change 4"]


@pytest.mark.django_db
def test_what_ifs_are_seen_at_their_site(user_as: Any) -> None:
    north, everywhere = open_what_if("North", [], site="NORTH"), open_what_if("All", [])
    assert set(what_ifs_of(user_as("viewer"))) == {north, everywhere}
    assert set(what_ifs_of(user_as("viewer", "NORTH"))) == {north}
    assert not what_ifs_of(user_as("viewer", "SOUTH"))


def test_kinds_are_described_by_their_classes() -> None:
    kinds = list_changes()
    shift = {field.name: field for field in kinds["plant.AddShift"].fields}
    assert shift["weekday"].choices == ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    assert shift["calendar"].table == "calendar"
    assert shift["level"].default == 1
    assert shift["end"].help_text.startswith("Local times")
    move = {field.name: field for field in kinds["orders.MoveOrder"].fields}
    assert move["due_at"].unit == "UTC"
    assert not move["due_at"].is_required
    purchase = {field.name: field for field in kinds["sourcing.MovePurchase"].fields}
    assert purchase["order"].table == "purchase_order"
    for kind in kinds.values():
        assert kind.description.endswith("."), kind.name
        for field in kind.fields:
            assert field.help_text, f"{kind.name}.{field.name} says nowhere what it means"
    assert tell_change(AddMachine("P2", "P1").to_json(), kinds) == "Add machine: code P2, like P1"
    assert tell_change({"kind": "plant.Explode"}, kinds) == "plant.Explode"


def test_files_of_changes_are_read(tmp_path: Path) -> None:
    (tmp_path / "third.toml").write_text(
        'name = "Third shift"\n[[change]]\nkind = "plant.AddShift"\ncalendar = "DAY"\nweekday = "mon"\n'
        "start = 22:00:00\nend = 06:00:00\n",
        encoding="utf-8",
    )
    (tmp_path / "press.json").write_text(json.dumps([PRESS]), encoding="utf-8")
    read = read_changes(tmp_path / "third.toml")
    assert read.name == "Third shift"
    assert restore_changes(read.changes) == [AddShift("DAY", "mon", time(22), time(6))]
    assert read_changes(tmp_path / "press.json").name == "press"


@pytest.mark.parametrize(
    ("name", "text", "rule"),
    [
        ("a.toml", "name = ", "TOML text"),
        ("a.json", "{", "JSON text"),
        ("a.json", "{}", "list of changes"),
        ("a.json", '"text"', "list of changes"),
        ("a.json", "[1]", "kind and its fields"),
        ("a.json", '{"changes": [], "colour": "red"}', "a name, a note"),
        ("a.toml", '[[change]]\nkind = "plant.Explode"', "names a room"),
    ],
)
def test_files_that_are_wrong_are_told(tmp_path: Path, name: str, text: str, rule: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rule):
        read_changes(tmp_path / name)
