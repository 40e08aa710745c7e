"""A small company in frames, for tests of planning's doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from drumbeat.data.schema import schemas
from drumbeat.data.snapshot import Snapshot

AS_OF = datetime(2026, 3, 2, 0, tzinfo=UTC)

Rows = Sequence[Mapping[str, Any]]


def on(days: float) -> datetime:
    """Moment so many days after the snapshot's."""
    return AS_OF + timedelta(days=days)


def company(**tables: Rows) -> Snapshot:
    """Make a snapshot of rows by table; one site, NORTH, unless sites are given."""
    rows: dict[str, Rows] = {"site": [{"code": "NORTH"}], **tables}
    return Snapshot.of({name: _frame(name, table) for name, table in rows.items() if table}, AS_OF)


def _frame(name: str, rows: Rows) -> pl.DataFrame:
    """Make a frame in which a cell that a row leaves out has its default."""
    columns = [column for column in schemas()[name].columns if any(column.name in row for row in rows)]
    return pl.DataFrame(
        [
            pl.Series(column.name, [row.get(column.name, column.default) for row in rows], strict=False)
            for column in columns
        ]
    )


def demand(code: str, item: str, quantity: float, days: float, **more: Any) -> dict[str, Any]:
    """Make a demand line at NORTH."""
    return {"code": code, "item": item, "site": "NORTH", "quantity": quantity, "due_at": on(days), **more}
