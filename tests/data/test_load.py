"""A load inserts, updates and removes by key, all or nothing, while others save."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from django.db import IntegrityError, OperationalError, connection, connections

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.data import actions, write_database
from drumbeat.data.actions import load
from drumbeat.data.lock import hold_load_lock
from drumbeat.data.read_database import one_moment, read_database
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot
from drumbeat.people.models import Skill
from drumbeat.plant.models import Item, Operation
from tests.data.examples import AS_OF, example_frames, example_snapshot, make_frame, with_row, with_value
from tests.swap_database import restore_connection, swap_connection

Row = dict[str, object]


@pytest.fixture
def sqlite_file(tmp_path: Path, empty_file: Path, django_db_blocker: object) -> Iterator[None]:
    """The default connection leads to a new SQLite file, without a transaction around the test."""
    path = shutil.copy(empty_file, tmp_path / "test.sqlite3")
    with django_db_blocker.unblock():
        before = swap_connection({**connections["default"].settings_dict, "NAME": str(path)})
        try:
            yield
        finally:
            restore_connection(before)


# PostgreSQL goes the same way but for its COPY, which tests/data/test_roundtrip.py covers: a few tests are enough.
@pytest.fixture(params=["sqlite_file", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    request.getfixturevalue(request.param)
    return str(request.param)


def counts(report: actions.LoadReport, table: str) -> tuple[int, int, int, int]:
    count = report.tables[table]
    return count.inserted, count.updated, count.removed, count.unchanged


def write_csv(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.csv").write_text(text)
    return folder


def test_rows_are_inserted_updated_removed_and_kept(database: str) -> None:
    frames = example_frames()
    items = frames["item"].height
    assert counts(load(Snapshot.of(frames, AS_OF)), "item") == (items, 0, 0, 0)
    later = with_value(with_row(frames, "item", code="NEW"), "item", name="other", cost=Decimal("2.5"))
    assert counts(load(Snapshot.of(later, AS_OF)), "item") == (1, 1, 0, items - 1)
    assert Item.objects.get(code="ITEM-01").cost == Decimal("2.5")
    report = load(Snapshot.of(frames, AS_OF), remove_absent=True)
    assert counts(report, "item") == (0, 1, 1, items - 1)
    assert counts(report, "order") == (0, 0, 0, 1)
    assert not Snapshot.read_database(as_of=AS_OF).diff(Snapshot.of(frames, AS_OF))


def test_what_is_loaded_is_found_as_if_django_had_saved_it(database: str) -> None:
    load(example_snapshot())
    for name, frame in example_frames().items():
        model = schemas()[name].model
        fields = [field for field in model._meta.concrete_fields if field.name != "id"]
        assert model.objects.count() == frame.height
        for row in model.objects.all():
            values = {field.attname: getattr(row, field.attname) for field in fields}
            filled = {column: value for column, value in values.items() if value is not None}
            assert model.objects.filter(**filled).count() == 1, (name, filled)


def test_a_file_may_refer_to_rows_that_are_stored(sqlite_file: None, tmp_path: Path) -> None:
    load(example_snapshot())
    folder = write_csv(tmp_path / "in", "stock", "item,site,quantity\nSTEEL-01,SITE-01,5\n")
    report = load(folder)
    assert counts(report, "stock") == (1, 0, 0, 0)
    assert set(report.tables) == {"stock"}


def test_columns_that_a_file_does_not_have_keep_their_values(sqlite_file: None, tmp_path: Path) -> None:
    load(example_snapshot())
    before = Item.objects.get(code="STEEL-01")
    folder = write_csv(tmp_path / "in", "item", "code,name\nSTEEL-01,sheet\nNEW,new\n")
    report = load(folder)
    assert counts(report, "item") == (1, 1, 0, 0)
    after = Item.objects.get(code="STEEL-01")
    assert (after.name, after.kind, after.lead_time_days) == ("sheet", before.kind, before.lead_time_days)
    assert Item.objects.get(code="NEW").kind == "make"
    assert counts(load(folder), "item") == (0, 0, 0, 2)


def test_a_dry_run_shows_the_difference_and_stores_nothing(sqlite_file: None) -> None:
    frames = example_frames()
    load(Snapshot.of(frames, AS_OF))
    version = Snapshot.read_database(as_of=AS_OF).version
    changed = with_value(with_row(frames, "skill", code="NEW"), "stock", item="NOBODY", quantity=-1.0)
    report = load(Snapshot.of(changed, AS_OF), remove_absent=True, dry_run=True)
    assert counts(report, "skill") == (1, 0, 0, 1)
    assert counts(report, "stock") == (1, 0, 1, 0)
    assert report.findings.num_errors == 2
    assert not report.is_stored
    assert set(report.differences) == {"skill", "stock"}
    assert report.as_json()["differences"]["skill"] == {"added": ["NEW"], "removed": [], "changed": []}
    assert Snapshot.read_database(as_of=AS_OF).version == version


def test_an_error_stops_everything(sqlite_file: None) -> None:
    frames = with_value(example_frames(), "stock", quantity=-1.0)
    with pytest.raises(InputError, match="at least 0"):
        load(Snapshot.of(frames, AS_OF))
    assert Snapshot.read_database()["company"].height == 0


def test_removing_what_stored_rows_refer_to_is_refused(database: str, tmp_path: Path) -> None:
    load(example_snapshot())
    folder = write_csv(tmp_path / "in", "item", "code,kind\nITEM-01,make\n")
    with pytest.raises(InputError) as caught:
        load(folder, remove_absent=True)
    found = next(f for f in caught.value.findings if f.column == "component")
    assert (found.place, found.row, found.value) == ("bill_line (stored)", None, "STEEL-01")
    assert Item.objects.count() == example_frames()["item"].height


def test_what_was_wrong_before_does_not_stop_a_load_of_something_else(sqlite_file: None, tmp_path: Path) -> None:
    """Somebody's half-finished edit must not keep everybody else from loading."""
    load(example_snapshot())
    Operation.objects.update(capability="nobody has this", name="half-finished")
    write_database._execute("DELETE FROM plant_operationresource")
    report = load(write_csv(tmp_path / "in", "skill", "code\nNEW\n"))
    assert report.is_stored
    assert report.findings.num_errors == 0
    assert any("somebody can do" in finding.rule for finding in report.findings)


def test_two_rows_may_swap_what_stands_once(database: str) -> None:
    frames = with_row(example_frames(), "operation", code="O2", sequence=20)
    load(Snapshot.of(frames, AS_OF))
    swapped = frames["operation"].with_columns(sequence=pl.Series([20, 1], dtype=pl.Int64))
    load(Snapshot.of(frames | {"operation": swapped}, AS_OF))
    assert dict(Operation.objects.values_list("code", "sequence")) == {"OPERATION-01": 20, "O2": 1}


def test_large_tables_keep_their_indexes(sqlite_file: None) -> None:
    def indexes() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
            return list(cursor.fetchall())

    before = indexes()
    frames = example_frames()
    rows = pl.DataFrame({"code": [f"E{number}" for number in range(write_database.MANY_ROWS + 1)]})
    event = frames["machine_event"].drop("code")
    frames["machine_event"] = rows.join(event, how="cross").select(frames["machine_event"].columns)
    load(Snapshot.of(frames, AS_OF))
    assert indexes() == before


def test_money_that_sqlite_would_change_is_refused(sqlite_file: None) -> None:
    frames = with_value(example_frames(), "item", cost=Decimal("512345678901.2345"))
    with pytest.raises(InputError, match="SQLite keeps amounts"):
        load(Snapshot.of(frames, AS_OF))
    load(Snapshot.of(with_value(frames, "item", cost=Decimal("51234567890123")), AS_OF))
    assert Snapshot.read_database()["item"]["cost"].max() == Decimal("51234567890123")


def test_cancelling_leaves_nothing(database: str) -> None:
    def cancel(fraction: float, message: str) -> None:
        if "switching" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        load(example_snapshot(), progress=cancel)
    assert Skill.objects.count() == 0
    assert load(example_snapshot()).is_stored


def test_what_others_remove_meanwhile_stops_the_switch(sqlite_file: None, monkeypatch: pytest.MonkeyPatch) -> None:
    load(example_snapshot())
    switch = write_database._switch

    def remove_first(loads: object, version: int) -> None:
        write_database._execute("DELETE FROM people_personskill")
        write_database._execute("DELETE FROM people_crewneed")
        write_database._execute("DELETE FROM people_skill")
        switch(loads, version - 1)

    monkeypatch.setattr(write_database, "_switch", remove_first)
    frames = with_row(example_frames(), "person", code="P2")
    frames = {
        "person": frames["person"],
        "person_skill": make_frame("person_skill", [{"person": "P2", "skill": "SKILL-01"}]),
    }
    source = actions.Source(frames=frames, places={name: actions.Place(name) for name in frames})
    monkeypatch.setattr(actions, "_read", lambda *_: source)
    with pytest.raises(InputError, match="Somebody has just changed it"):
        load("anything")
    assert not Snapshot.read_database()["person"].filter(pl.col("code") == "P2").height


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OperationalError("database is locked"), "Somebody else has been saving"),
        (IntegrityError("FOREIGN KEY constraint failed"), "Somebody has just changed"),
    ],
)
def test_what_others_do_to_the_switch_is_told(
    sqlite_file: None, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(write_database, "_switch", fail)
    with pytest.raises(InputError, match=words):
        load(example_snapshot())
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys")
        assert cursor.fetchone() == (1,)


def test_a_second_load_waits_and_says_so(sqlite_file: None) -> None:
    messages = []
    with (
        hold_load_lock(),
        pytest.raises(InputError, match="one load runs at a time"),
        hold_load_lock(lambda _, message: messages.append(message), longest_wait_seconds=0.3),
    ):
        pytest.fail("two loads at once")
    assert messages[0] == "waiting for another load to end"


STEP = """
import django, json, sys, time
from pathlib import Path
django.setup()
from drumbeat.data.snapshot import Snapshot
from drumbeat.data import actions, write_database
from tests.data.examples import AS_OF, example_frames, example_snapshot
import polars as pl

def many(table, number, prefix):
    frames = example_frames()
    rows = pl.DataFrame({"code": [f"{prefix}{n}" for n in range(number)]})
    frames[table] = rows.join(frames[table].drop("code"), how="cross").select(frames[table].columns)
    return frames
"""


def start(home: Path, code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DRUMBEAT_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "drumbeat.site.settings",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", STEP + code, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    output = process.communicate(timeout=600)[0]
    assert process.returncode == 0
    return output


@pytest.mark.slow
def test_killed_half_way_leaves_nothing_and_others_save_meanwhile(tmp_path: Path, empty_file: Path) -> None:
    shutil.copy(empty_file, tmp_path / "drumbeat.sqlite3")
    dying = start(
        tmp_path,
        """
def stop_there(fraction, message):
    if message == 'switching':
        print('staged', flush=True)
        time.sleep(3600)  # until it is killed
actions.load(Snapshot.of(many('machine_event', 50_000, 'E'), AS_OF), progress=stop_there)
""",
    )
    try:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "staged\n"
        save = """
from drumbeat.people.models import Skill
Skill.objects.create(code='meanwhile')
print('saved')
"""
        assert finish(start(tmp_path, save)) == "saved\n"  # fifty thousand rows are staged, and nobody waits for them
        assert dying.poll() is None
    finally:
        dying.kill()
        dying.wait()
    look = """
snapshot = Snapshot.read_database()
print(json.dumps([snapshot['machine_event'].height, snapshot['skill']['code'].to_list()]))
actions.load(example_snapshot())
from django.db import connection
print([name for name in connection.introspection.table_names() if name.startswith('drumbeat_')])
"""
    assert finish(start(tmp_path, look)).splitlines() == ['[0, ["meanwhile"]]', "[]"]


@pytest.mark.slow
def test_two_loads_at_once_run_one_after_the_other(tmp_path: Path, empty_file: Path) -> None:
    shutil.copy(empty_file, tmp_path / "drumbeat.sqlite3")
    code = """
report = actions.load(Snapshot.of(many('machine_event', 20_000, sys.argv[1]), AS_OF))
print(report.tables['machine_event'].inserted)
"""
    both = [start(tmp_path, code, prefix) for prefix in ("A", "B")]
    assert [int(finish(process)) for process in both] == [20_000, 20_000]
    count = "print(Snapshot.read_database()['machine_event'].height)"
    assert int(finish(start(tmp_path, count))) == 40_000


def test_the_report_is_json(sqlite_file: None) -> None:
    snapshot = example_snapshot()
    report = json.loads(json.dumps(load(snapshot).as_json()))
    assert report["stored"] is True
    assert report["tables"]["item"] == {"inserted": snapshot["item"].height, "updated": 0, "removed": 0, "unchanged": 0}


def test_others_save_while_one_moment_is_read_and_are_not_seen(sqlite_file: None) -> None:
    with one_moment():
        before = read_database(["skill"])["skill"].height
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("INSERT INTO people_skill (code, name) VALUES ('x', '')")
        other.close()
        assert read_database(["skill"])["skill"].height == before
    assert Skill.objects.filter(code="x").exists()
