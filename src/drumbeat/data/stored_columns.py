"""The columns of a stored table: their names in the database, and their values where it gives them as text."""

from __future__ import annotations

import polars as pl
from django.db import connection

from drumbeat.basics.findings import Findings
from drumbeat.data.cast_columns import add_unreadable, cast_column
from drumbeat.data.places import Place
from drumbeat.data.schema import Column, Schema


def column_names(schema: Schema) -> list[str]:
    """Return the quoted names of a table's columns in the database, in the order of the schema."""
    quote = connection.ops.quote_name
    return [quote(schema.field(column.name).column) for column in schema.columns]


def read_stored_text(text: pl.Series, column: Column, schema: Schema) -> pl.Series:
    """Read a column that the database gave as text.

    Raises
    ------
    InputError
        When a value cannot be read; only another program, or a newer version, can have stored it.
    """
    read, broken = cast_column(text, column)
    if broken.any():
        findings = Findings()
        add_unreadable(findings, Place(f"{schema.name} in the database"), text, broken, column)
        findings.raise_on_errors()
    return read
