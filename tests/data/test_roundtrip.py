"""What is exported is loaded back exactly, whichever way it goes: load(export(x)) == x."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from drumbeat.data.actions import load
from drumbeat.data.check_frames import check_frames
from drumbeat.data.snapshot import Snapshot
from tests.data.examples import AS_OF, Frames, example_snapshot
from tests.data.strategies import odd_frames

# A failing system is told table by table below; shrinking it would take minutes.
FEW = settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def assert_same(found: Snapshot, expected: Snapshot) -> None:
    """The same rows, types and values; the order of rows is that of the keys in both."""
    unlike = [name for name, frame in expected.frames.items() if not found[name].equals(frame, null_equal=True)]
    for name, difference in found.diff(expected).items() if unlike else ():
        key = difference.changed.columns[:-1]
        ours, theirs = (snapshot[name].join(difference.changed, on=key, how="semi") for snapshot in (found, expected))
        columns = difference.changed["columns"].explode().unique().to_list()
        pytest.fail(f"{name}: {difference}\n{ours[columns].rows()}\nis not\n{theirs[columns].rows()}")
    assert unlike == []
    assert {name: frame.schema for name, frame in found.frames.items()} == {
        name: frame.schema for name, frame in expected.frames.items()
    }
    assert found.version == expected.version


def test_files_give_back_what_was_written() -> None:
    @FEW
    @given(odd_frames())
    def go_round(frames: Frames) -> None:
        findings = check_frames(frames)
        assert not findings.has_errors, [str(finding) for finding in findings if finding.severity == "error"]
        snapshot = Snapshot.of(frames, AS_OF)
        with TemporaryDirectory() as folder:
            for path, form in (("csv", "csv"), ("parquet", "parquet"), ("book.xlsx", "")):
                snapshot.write(Path(folder) / path, form=form or "csv")
                assert_same(Snapshot.read(Path(folder) / path, as_of=AS_OF), snapshot)

    go_round()


@pytest.mark.django_db
def test_sqlite_gives_back_what_was_loaded() -> None:
    @FEW
    @given(odd_frames())
    def go_round(frames: Frames) -> None:
        snapshot = Snapshot.of(frames, AS_OF)
        load(snapshot, remove_absent=True)
        assert_same(Snapshot.read_database(as_of=AS_OF), snapshot)

    go_round()


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres")
def test_postgresql_gives_back_what_was_loaded() -> None:
    @FEW
    @given(odd_frames())
    def go_round(frames: Frames) -> None:
        snapshot = Snapshot.of(frames, AS_OF)
        load(snapshot, remove_absent=True)
        assert_same(Snapshot.read_database(as_of=AS_OF), snapshot)

    go_round()


@pytest.mark.django_db
def test_a_second_load_of_the_same_changes_nothing(tmp_path: Path) -> None:
    snapshot = example_snapshot()
    snapshot.write(tmp_path / "out")
    load(snapshot)
    counts = load(tmp_path / "out").tables.values()
    assert not any(count.inserted or count.updated or count.removed for count in counts)
    assert sum(count.unchanged for count in counts) == sum(frame.height for frame in snapshot.frames.values())
