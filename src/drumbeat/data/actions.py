"""What people do with data as a whole: read a source, load it, export it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data import read_source as reading
from drumbeat.data.check_frames import check_frames
from drumbeat.data.compare_frames import TableDiff
from drumbeat.data.lock import hold_load_lock
from drumbeat.data.places import STORED, Place
from drumbeat.data.plan_load import TableLoad, plan_table
from drumbeat.data.read_database import one_moment, read_database, read_table
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.source import Source
from drumbeat.data.write_database import data_version, write_database


@dataclass(frozen=True, slots=True)
class TableCount:
    """How many rows of one table a load inserts, updates, removes and leaves as they are."""

    inserted: int
    updated: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did, or would do.

    Parameters
    ----------
    tables
        Counts by table, for the tables that the source has.
    findings
        Everything that was found, warnings and notes included.
    is_stored
        Whether it was stored; false for a dry run.
    differences
        For a dry run, by table, the keys that it would insert, remove and update, and the columns that differ.
    """

    tables: Mapping[str, TableCount]
    findings: Findings
    is_stored: bool
    differences: Mapping[str, TableDiff] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """A JSON-ready form: `stored`, `tables`, the first `SHOWN_KEYS` differences of each kind, and the findings."""
        counts = {
            name: {
                "inserted": count.inserted,
                "updated": count.updated,
                "removed": count.removed,
                "unchanged": count.unchanged,
            }
            for name, count in self.tables.items()
        }
        differences = {name: difference.as_json() for name, difference in self.differences.items()}
        return {"stored": self.is_stored, "tables": counts, "differences": differences, **self.findings.as_json()}


def read_source(path: str | Path, *, progress: Progress = silent) -> tuple[dict[str, pl.DataFrame], Findings]:
    """Read a folder or workbook and check all of it, without touching the database.

    Returns
    -------
    tuple
        Frames by table, usable when the findings have no error; and every finding.
    """
    source = reading.read_source(Path(path), progress=part_of(progress, 0.0, 0.5))
    source.findings.merge(check_frames(source.frames, source.places, progress=part_of(progress, 0.5, 1.0)))
    return source.frames, source.findings


def load(
    source: str | Path | Snapshot,
    *,
    remove_absent: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> LoadReport:
    """Load a folder, a workbook or a snapshot into the database: insert and update by key, all or nothing.

    What the tables will be after the load is checked as a whole, so that rows may refer to rows that are already
    stored. Columns that a file does not have keep their stored values. Other people can save meanwhile; loads run
    one after the other.

    Parameters
    ----------
    source
        Folder, file or snapshot.
    remove_absent
        Whether stored rows that the source does not have are removed, in the tables that it has.
    dry_run
        Whether only the difference is shown: nothing is stored, and errors are in the report instead of raised.
    progress
        Hears of each step, and may cancel until the switch.

    Returns
    -------
    LoadReport
        Counts by table and the findings.

    Raises
    ------
    InputError
        With every finding, when anything is wrong; nothing is stored then.
    """
    with nullcontext() if dry_run else hold_load_lock(progress):
        read = _read(source, part_of(progress, 0.0, 0.25))
        loads, version, untouched = _plan(read, remove_absent, part_of(progress, 0.25, 0.4))
        findings = read.findings
        findings.merge(_check(loads, untouched, part_of(progress, 0.4, 0.55)))
        tables = {
            planned.schema.name: TableCount(
                planned.inserted.height, planned.updated.height, planned.removed.height, planned.num_unchanged
            )
            for planned in loads
        }
        if dry_run:
            differences = {planned.schema.name: planned.compare() for planned in loads if planned.num_written}
            return LoadReport(tables, findings, is_stored=False, differences=differences)
        findings.raise_on_errors()
        read.frames.clear()
        write_database(loads, version=version, progress=part_of(progress, 0.55, 1.0))
        return LoadReport(tables, findings, is_stored=True)


def _read(source: str | Path | Snapshot, progress: Progress) -> Source:
    if isinstance(source, Snapshot):
        return Source(frames=dict(source.frames), places={name: Place(name) for name in source.frames})
    return reading.read_source(Path(source), progress=progress)


def _plan(
    read: Source, remove_absent: bool, progress: Progress
) -> tuple[list[TableLoad], int, dict[str, pl.DataFrame]]:
    """Compare with what is stored; also return its version, and the stored tables that the source does not have."""
    loads: list[TableLoad] = []
    untouched: dict[str, pl.DataFrame] = {}
    known = schemas()
    with one_moment():
        version = data_version()
        for number, (name, schema) in enumerate(known.items()):
            progress(number / len(known), f"comparing {name}")
            stored = read_table(schema)
            if name in read.frames:
                loads.append(plan_table(read, schema, stored, remove_absent=remove_absent))
            elif stored.height:
                untouched[name] = stored
    return loads, version, untouched


def _check(loads: list[TableLoad], untouched: Mapping[str, pl.DataFrame], progress: Progress) -> Findings:
    frames = {load.schema.name: load.merged for load in loads} | dict(untouched)
    places = {load.schema.name: load.place for load in loads} | _stored_places(untouched)
    findings = check_frames(frames, places, progress=progress)
    if any(key[0].endswith(STORED) and key[2] == "error" for key in findings.counts):
        stored = read_database()
        findings = _forgive(findings, check_frames(stored, _stored_places(stored)))
    return findings


def _stored_places(frames: Mapping[str, pl.DataFrame]) -> dict[str, Place]:
    return {
        name: Place(name, pl.repeat(None, frame.height, dtype=pl.Int64, eager=True)) for name, frame in frames.items()
    }


def _forgive(findings: Findings, before: Findings) -> Findings:
    """Turn errors of stored rows into warnings where they were there before the load: it has not made them."""
    known = {(finding.place, finding.rule, finding.column, finding.value) for finding in before}
    new = {
        (finding.place, finding.rule, finding.severity)
        for finding in findings
        if (finding.place, finding.rule, finding.column, finding.value) not in known
    }
    forgiven = {
        key
        for key, times in findings.counts.items()
        if key[0].endswith(STORED) and key[2] == "error" and key not in new and times <= before.counts.get(key, 0)
    }
    result = Findings()
    result.shown = [
        replace(finding, severity="warning") if (finding.place, finding.rule, finding.severity) in forgiven else finding
        for finding in findings
    ]
    for key, times in findings.counts.items():
        key = (key[0], key[1], "warning") if key in forgiven else key
        result.counts[key] = result.counts.get(key, 0) + times
    return result
