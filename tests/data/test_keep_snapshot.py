"""The data kept in the process: the same while nobody saves, read anew when anybody has; and what tables share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.db import connections, transaction

from drumbeat.data import keep_snapshot
from drumbeat.data.keep_snapshot import read_kept
from drumbeat.data.snapshot import MOST_SHARED, Snapshot
from drumbeat.plant.changes import AddShift
from drumbeat.plant.models import Site
from tests.planning.small_company import company, on
from tests.swap_database import restore_connection, swap_connection


@pytest.fixture
def file(tmp_path: Path, empty_file: Path, django_db_blocker: Any) -> Iterator[Path]:
    """A database in a file, as installations have."""
    path = Path(shutil.copy(empty_file, tmp_path / "test.sqlite3"))
    with django_db_blocker.unblock():
        options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}
        settings = connections["default"].settings_dict | {"NAME": str(path), "OPTIONS": options}
        before = swap_connection(settings | {"ENGINE": "django.db.backends.sqlite3"})
        try:
            yield path
        finally:
            restore_connection(before)


def test_the_data_are_read_once_until_somebody_saves(file: Path) -> None:
    first = read_kept()
    assert read_kept(first.as_of) is first
    Site.objects.create(code="NORTH", time_zone="UTC")
    second = read_kept()
    assert second["site"]["code"].to_list() == ["NORTH"]
    Site.objects.filter(code="NORTH").delete()
    assert read_kept()["site"].is_empty()


def test_in_a_transaction_and_in_a_file_that_was_replaced_nothing_is_taken_for_known(file: Path) -> None:
    before = read_kept()
    with transaction.atomic():
        Site.objects.create(code="NORTH", time_zone="UTC")
        assert read_kept()["site"].height == 1
    assert read_kept()["site"].height == 1
    assert before["site"].is_empty()
    state = keep_snapshot.find_state()
    other = file.with_name("other.sqlite3")
    shutil.copy(file, other)
    other.replace(file)
    assert keep_snapshot.find_state() != state


def test_the_moment_moves_on_where_the_company_states_none(file: Path) -> None:
    first, moment = read_kept(on(1)), on(2)
    second = read_kept(moment)
    assert (first.as_of, second.as_of) == (on(1), moment)
    assert second.frames is first.frames
    assert read_kept(moment) is second


def test_large_data_are_not_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Site.objects.create(code="NORTH", time_zone="UTC")
    monkeypatch.setattr(keep_snapshot, "MOST_BYTES", 1)
    assert read_kept(on(1)) is not read_kept(on(1))


@pytest.mark.django_db
def test_a_database_in_memory_is_read_each_time() -> None:
    assert keep_snapshot.find_state() is None
    Site.objects.create(code="NORTH", time_zone="UTC")
    assert read_kept()["site"].height == 1


def test_what_depends_on_some_tables_is_found_once_for_all_that_share_them() -> None:
    plant = company(calendar=[{"code": "DAY"}], item=[{"code": "PUMP"}])
    asked: list[int] = []

    def find(seen: Snapshot) -> int:
        asked.append(seen["calendar_shift"].height)
        return asked[-1]

    def ask(snapshot: Snapshot) -> int:
        return snapshot.find_of(("calendar_shift",), "number of shifts", find)

    other = plant.with_table("item", pl.DataFrame({"code": ["VALVE"]}))
    assert other["item"]["code"].to_list() == ["VALVE"]
    assert (ask(plant), ask(other), asked) == (0, 0, [0])
    eight, four = datetime(2026, 1, 1, 8, tzinfo=UTC).time(), datetime(2026, 1, 1, 16, tzinfo=UTC).time()
    changed = plant.apply([AddShift("DAY", "mon", eight, four)])
    assert (ask(changed), ask(plant), asked) == (1, 0, [0, 1])
    # At another moment it is another question; and what looks beyond its tables is stopped.
    assert ask(plant.at(plant.as_of + timedelta(days=1))) == 0
    assert asked == [0, 1, 0]
    with pytest.raises(KeyError):
        plant.find_of(("calendar_shift",), "more", lambda seen: seen["item"].height)
    for number in range(3 * MOST_SHARED):
        plant.find_of(("site",), number, lambda seen: seen["site"].height)
    assert len(plant._shared) == MOST_SHARED


@pytest.mark.postgres
def test_on_postgresql_the_data_are_read_once_too(postgres: None) -> None:
    first = read_kept()
    assert read_kept(first.as_of) is first
    Site.objects.create(code="NORTH", time_zone="UTC")
    assert read_kept()["site"]["code"].to_list() == ["NORTH"]
    with transaction.atomic():
        Site.objects.create(code="SOUTH", time_zone="UTC")
        assert read_kept()["site"].height == 2
