"""Reading the stored tables into frames, all of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import connection

from drumbeat.basics.progress import Progress, silent
from drumbeat.data.postgresql import copy_out
from drumbeat.data.schema import Column, Schema, schemas
from drumbeat.data.stored_columns import column_names, read_stored_text

CHUNK = 10_000
"""Rows fetched at a time; more at a time take longer, as Python then looks for garbage among them."""

WHOLE_IN_FLOAT = 2**53
"""Largest whole number up to which a binary number is exact."""


def read_database(tables: Iterable[str] | None = None, progress: Progress = silent) -> dict[str, pl.DataFrame]:
    """Read stored tables as they are at one moment, whoever writes meanwhile.

    Parameters
    ----------
    tables
        Names of the tables; None = all.
    progress
        Hears of each table.

    Returns
    -------
    dict
        A frame for each table, empty ones included, in no particular order of rows.
    """
    known = schemas()
    names = list(known if tables is None else tables)
    frames = {}
    with one_moment():
        for number, name in enumerate(names):
            progress(number / len(names), name)
            frames[name] = read_table(known[name])
    return frames


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all reads inside see the database as it is now; inside a transaction that is so already."""
    connection.ensure_connection()
    if _is_in_transaction():
        yield
        return
    with connection.cursor() as cursor:
        # Django's own transaction would take SQLite's write lock: reading needs none.
        if connection.vendor == "postgresql":
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        else:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("COMMIT")


def _is_in_transaction() -> bool:
    if connection.in_atomic_block or not connection.get_autocommit():
        return True
    raw = connection.connection
    if connection.vendor == "postgresql":
        return bool(raw.info.transaction_status)  # 0 = idle
    return bool(raw.in_transaction)


def read_table(schema: Schema) -> pl.DataFrame:
    """Read one stored table.

    Raises
    ------
    InputError
        When a stored value is none of the choices of this version, or cannot be read at all.
    """
    if connection.vendor == "postgresql":
        return copy_out(schema)
    # The plus sign changes nothing but hides the column's type, by which Django would turn every
    # moment into a Python object: three times slower.
    columns = ", ".join(f"+{name}" for name in column_names(schema))
    table = connection.ops.quote_name(schema.model._meta.db_table)
    chunks = []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 - names of our own tables
        while rows := cursor.fetchmany(CHUNK):
            chunks.append(_frame_of(rows, schema))
    return pl.concat(chunks) if chunks else schema.empty()


def _frame_of(rows: list[tuple[Any, ...]], schema: Schema) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [_read_values(column, values, schema) for column, values in zip(schema.columns, columns, strict=True)]
    )


def _read_values(column: Column, values: tuple[Any, ...], schema: Schema) -> pl.Series:
    kind = column.dtype
    if kind in (pl.Int64, pl.Float64):
        return pl.Series(column.name, values, dtype=kind)
    if kind == pl.Boolean:
        return pl.Series(column.name, values, dtype=pl.Int64).cast(pl.Boolean)
    if isinstance(kind, pl.Decimal):
        # SQLite keeps money as binary numbers, whole amounts as integers.
        if any(isinstance(value, int) and abs(value) > WHOLE_IN_FLOAT for value in values):
            return pl.Series(column.name, [None if v is None else Decimal(str(v)) for v in values]).cast(kind)
        return _round_money(pl.Series(column.name, values, dtype=pl.Float64, strict=False)).cast(kind)
    text = pl.Series(column.name, values, dtype=pl.String)
    return text if kind == pl.String else read_stored_text(text, column, schema)


def _round_money(amounts: pl.Series) -> pl.Series:
    """Turn binary numbers into the amounts that they stand for; above 10^11 a plain cast is off by a unit."""
    whole = amounts.floor()
    units = whole.cast(pl.Int64) * 10_000 + ((amounts - whole) * 10_000).round(0).cast(pl.Int64)
    tenth_cent = pl.lit(Decimal("0.0001"))
    return units.to_frame().select(pl.first().cast(pl.Decimal(38, 0)) * tenth_cent).to_series().alias(amounts.name)
