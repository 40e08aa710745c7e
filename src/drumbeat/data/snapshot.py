"""The snapshot: the whole production system, or some sites of it, at one moment, as immutable frames."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

import polars as pl
from django.utils import timezone

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.change import Change
from drumbeat.data.compare_frames import TableDiff, compare_frames
from drumbeat.data.schema import Column, Schema, schemas

Fact = TypeVar("Fact")
MOST_SHARED = 16
"""Answers that snapshots of the same tables keep for each other; see `Snapshot.find_of`."""


@dataclass(frozen=True)
class Snapshot:
    """The production system at one moment.

    Parameters
    ----------
    frames
        One frame for each exchanged table, possibly empty, with exactly the columns of its schema.
    as_of
        Moment that the data describe: "now" for every engine.
    before
        What changes were made to; None = nothing was changed. What events tell of the past holds for that.

    Examples
    --------
    >>> plant = Snapshot.of({}, as_of=datetime(2026, 1, 1, tzinfo=UTC))
    >>> plant["item"].height
    0
    """

    frames: Mapping[str, pl.DataFrame]
    as_of: datetime
    before: Snapshot | None = field(default=None, compare=False, repr=False)
    _facts: dict[Hashable, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    _shared: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict, compare=False, repr=False)

    @classmethod
    def of(cls, frames: Mapping[str, pl.DataFrame], as_of: datetime) -> Snapshot:
        """Make a snapshot of frames that are right; missing tables are empty, missing columns take their default.

        Nothing is checked here beyond names and types: what comes from outside goes through
        `drumbeat.data.check_frames` first.
        """
        known = schemas()
        unknown = sorted(set(frames) - set(known))
        if unknown:
            raise KeyError(f"no such table: {', '.join(unknown)}; there are {', '.join(known)}")
        full = {
            name: _fit(frames[name], schema) if name in frames else schema.empty() for name, schema in known.items()
        }
        return cls(MappingProxyType(full), as_of.astimezone(UTC))

    @classmethod
    def read(
        cls, path: str | Path, *, as_of: datetime | None = None, progress: Progress = silent,
        findings: Findings | None = None,
    ) -> Snapshot:  # fmt: skip
        """Read a folder of CSV or Parquet files, or a workbook, and check all of it.

        Parameters
        ----------
        path
            Folder or file.
        as_of
            Moment that the data describe where the company table does not say it; None = now.
        findings
            Takes up the warnings and notes; None = they pass unsaid.

        Raises
        ------
        InputError
            With every finding, when anything is wrong.
        """
        from drumbeat.data.check_frames import check_frames
        from drumbeat.data.read_source import read_source

        source = read_source(Path(path), progress=part_of(progress, 0.0, 0.5))
        source.findings.merge(check_frames(source.frames, source.places, progress=part_of(progress, 0.5, 1.0)))
        source.findings.raise_on_errors()
        if findings is not None:
            findings.merge(source.findings)
        return cls.of(source.frames, _moment_of(source.frames.get("company"), as_of))

    @classmethod
    def read_database(cls, *, as_of: datetime | None = None, progress: Progress = silent) -> Snapshot:
        """Read all stored tables as they are at one moment; `as_of` as in `read`."""
        from drumbeat.data.read_database import read_database

        frames = read_database(progress=progress)
        return cls.of(frames, _moment_of(frames["company"], as_of))

    def write(self, path: str | Path, *, form: str = "csv", progress: Progress = silent) -> None:
        """Write a folder of files, or a workbook where the path ends in .xlsx; reading it gives the same snapshot.

        Parameters
        ----------
        path
            Folder, made where it is not there, or workbook. Files of the same names are replaced.
        form
            Form of the files of a folder: "csv" or "parquet".
        """
        path = Path(path)
        if path.suffix.lower() == ".xlsx":
            from drumbeat.data.write_workbook import write_workbook

            write_workbook(self.frames, path, progress=progress)
        else:
            from drumbeat.data.write_folder import write_folder

            write_folder(self.frames, path, form=form, progress=progress)

    def sites(self, codes: Iterable[str]) -> Snapshot:
        """Return the snapshot of these sites alone: their rows and the master data that they share.

        Raises
        ------
        KeyError
            When a site is not known.
        """
        from drumbeat.data.select_sites import select_sites

        chosen = list(codes)
        before = self.before.sites(chosen) if self.before else None
        narrowed = Snapshot.of(select_sites(self.frames, chosen), self.as_of)
        return replace(narrowed, before=before)

    def diff(self, other: Snapshot) -> dict[str, TableDiff]:
        """Say what `other` adds, removes and changes, by table; tables without a difference are left out."""
        found = {name: compare_frames(self[name], other[name], schema) for name, schema in schemas().items()}
        return {name: difference for name, difference in found.items() if difference}

    def __getitem__(self, table: str) -> pl.DataFrame:
        """Return the frame of a table."""
        return self.frames[table]

    @property
    def version(self) -> str:
        """A fingerprint of the content: equal data give equal versions, whatever the order of rows."""
        digest = hashlib.blake2b(self.as_of.isoformat().encode(), digest_size=12)
        for name in sorted(self.frames):
            frame = self.frames[name]
            if frame.height:
                # Summing the rows' hashes makes the order irrelevant; 1 million rows take about 50 ms.
                rows = frame.hash_rows(seed=1)
                total = int(rows.sum() or 0) ^ (frame.height << 1)
                digest.update(f"{name}:{total}".encode())
        return digest.hexdigest()

    def apply(self, changes: Iterable[Change]) -> Snapshot:
        """Return a snapshot with the changes made, one after the other.

        Raises
        ------
        InputError
            When a change cannot be made; the snapshot itself never changes.
        """
        known = schemas()
        frames = dict(self.frames)
        for change in changes:
            findings: Findings = change.check(frames)
            findings.raise_on_errors()
            for name, frame in change.apply_to(frames).items():
                frames[name] = _fit(frame, known[name])
        return Snapshot(MappingProxyType(frames), self.as_of, self.recorded, self._shared)

    def with_table(self, table: str, frame: pl.DataFrame) -> Snapshot:
        """Return these data with another frame of a table; what `find_of` knows of the others stays known."""
        frames = {**self.frames, table: _fit(frame, schemas()[table])}
        return Snapshot(MappingProxyType(frames), self.as_of, self.before, self._shared)

    def at(self, moment: datetime) -> Snapshot:
        """Return the same data at another moment: "now" moves on where the company states none."""
        return self if moment == self.as_of else Snapshot(self.frames, moment.astimezone(UTC), self.before)

    @property
    def recorded(self) -> Snapshot:
        """What was recorded, without the changes: the plant that the events and reports of the past are about."""
        return self.before or self

    def find_once(self, name: Hashable, find: Callable[[Snapshot], Fact]) -> Fact:
        """Find something out about these data, once: snapshots never change. The same name is the same question."""
        if name not in self._facts:
            self._facts[name] = find(self)
        return cast(Fact, self._facts[name])

    def find_of(self, tables: Iterable[str], name: Hashable, find: Callable[[Snapshot], Fact]) -> Fact:
        """Find something out that depends on some tables alone, once for all snapshots that share these tables.

        A change of other tables (`apply`, `with_table`) gives a snapshot that knows it already.

        Parameters
        ----------
        tables
            All that `find` looks at; it is given nothing else.
        name
            The same name, tables and moment are the same question. The last `MOST_SHARED` answers are kept.
        """
        seen = {table: self.frames[table] for table in tables}
        key = (name, self.as_of, tuple((table, id(frame)) for table, frame in seen.items()))
        kept = self._shared.get(key)
        if kept is not None and all(kept[1][table] is frame for table, frame in seen.items()):
            return cast(Fact, kept[0])
        found = find(Snapshot(MappingProxyType(seen), self.as_of))
        # The frames are kept with it, so that no other frame comes to have their identity.
        self._shared[key] = (found, seen)
        while len(self._shared) > MOST_SHARED:
            self._shared.popitem(last=False)
        return found


def _fit(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Give a frame the columns, types and order of rows of its table: the same data, whichever way they came."""
    missing = [
        pl.lit(column.default, dtype=column.dtype).alias(column.name)
        for column in schema.columns
        if column.name not in frame.columns
    ]
    fitted = frame.with_columns(missing).select(map(_fit_column, schema.columns))
    return fitted.sort(schema.key, maintain_order=True)


def _fit_column(column: Column) -> pl.Expr:
    """Give a column its type, and its default where a change that adds a row says nothing of it."""
    fitted = pl.col(column.name).cast(column.dtype)
    if column.is_nullable or column.default is None:
        return fitted
    return fitted.fill_null(pl.lit(column.default, dtype=column.dtype))


def _moment_of(company: pl.DataFrame | None, as_of: datetime | None) -> datetime:
    stated: list[datetime] = [] if company is None else company["as_of"].drop_nulls().to_list()
    if stated:
        return stated[0].astimezone(UTC)
    return as_of or timezone.now()
