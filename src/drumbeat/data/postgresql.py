"""PostgreSQL's own bulk doors: COPY in and out, as CSV."""
# ruff: noqa: S608 - queries are put together from the names of our own tables and columns

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl
from django.db import connection

from drumbeat.data.schema import Schema
from drumbeat.data.stored_columns import column_names, read_stored_text
from drumbeat.data.write_folder import format_text

CHUNK = 50_000
"""Rows sent at a time."""

NULL = "\\N"
"""How COPY writes null; text is always in quotes, so that no text can be taken for it."""


def copy_out(schema: Schema) -> pl.DataFrame:
    """Read one stored table."""
    table = connection.ops.quote_name(schema.model._meta.db_table)
    columns = ", ".join(column_names(schema))
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        query = f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT csv, HEADER true)"
        with cursor.cursor.copy(query) as copy:
            for block in copy:
                buffer.write(block)
    text = pl.read_csv(buffer.getvalue(), infer_schema=False, raise_if_empty=False)
    series = []
    for column, values in zip(schema.columns, text.get_columns(), strict=True):
        # CSV cannot tell empty text from null in every reader; only references may be null, and those are never empty.
        values = values.alias(column.name)
        if column.dtype == pl.String:
            series.append(values if column.is_nullable else values.fill_null(""))
        else:
            series.append(read_stored_text(values, column, schema))
    return pl.DataFrame(series)


def copy_in(table: str, rows: pl.DataFrame, columns: Sequence[str], schema: Schema) -> None:
    """Make a temporary table with these columns of a stored table, and fill it."""
    stored = connection.ops.quote_name(schema.model._meta.db_table)
    listed = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table} AS SELECT {listed} FROM {stored} WITH NO DATA")
        with cursor.cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv, NULL '{NULL}')") as copy:
            for chunk in rows.iter_slices(CHUNK):
                texts = format_text(chunk).with_columns(pl.col(pl.Enum).cast(pl.String))
                copy.write(texts.write_csv(include_header=False, quote_style="non_numeric", null_value=NULL).encode())
