"""A small production system in which every table has a row, and ways to spoil it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from drumbeat.data.describe_columns import make_examples
from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)
Frames = dict[str, pl.DataFrame]


def make_frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Make a frame of a table; columns that the rows do not give hold their default."""
    schema = schemas()[table]
    full = [{column.name: row.get(column.name, column.default) for column in schema.columns} for row in rows]
    return pl.DataFrame(full, schema=schema.dtypes, orient="row")


def example_frames() -> Frames:
    """Frames of the template's example rows, which break no rule."""
    return {name: make_frame(name, make_examples(schema)) for name, schema in schemas().items()}


def example_snapshot(changed: Mapping[str, pl.DataFrame] | None = None) -> Snapshot:
    """Snapshot of the example rows, some tables replaced."""
    return Snapshot.of(example_frames() | dict(changed or {}), AS_OF)


def with_row(frames: Frames, table: str, **values: Any) -> Frames:
    """Add a row that is like the table's first but for some values."""
    row = frames[table].row(0, named=True) | values
    return frames | {table: pl.concat([frames[table], make_frame(table, [row])])}


def with_value(frames: Frames, table: str, **values: Any) -> Frames:
    """Change some values of the table's first row."""
    first, *others = frames[table].rows(named=True)
    return frames | {table: make_frame(table, [first | values, *others])}
