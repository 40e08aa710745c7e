"""Turn rows behind a weakness into plain values that can be stored and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

SHOWN = 25
"""Rows of evidence that are kept with a weakness; the others are counted."""


def show_evidence(table: str, frame: pl.DataFrame, columns: Sequence[str]) -> tuple[dict[str, Any], ...]:
    """Return the first rows of a frame as dicts of plain values.

    Parameters
    ----------
    table
        Table that the rows come from; kept as `table`.
    frame
        Rows, the weightiest first.
    columns
        Columns to keep.

    Returns
    -------
    At most 25 rows; numbers rounded to 4 decimals, moments as ISO texts.
    """
    rows = frame.head(SHOWN).select(columns).iter_rows(named=True)
    return tuple({"table": table, **{name: _plain(value) for name, value in row.items()}} for row in rows)


def _plain(value: Any) -> Any:
    if isinstance(value, float | Decimal):
        return round(float(value), 4)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
