"""A column of any type that a file can hold is read as any column of the schema, or its cells are told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pytest

from drumbeat.data.cast_columns import cast_column, explain_type
from drumbeat.data.schema import Column, schemas

COLUMNS = list({str(column.dtype): column for schema in schemas().values() for column in schema.columns}.values())
HELD = [
    *(pl.Series([1, None], dtype=kind) for kind in (pl.Int8, pl.UInt64, pl.Int128, pl.Float32, pl.Float64)),
    pl.Series([True, None]),
    pl.Series([timedelta(1), None]),
    pl.Series([time(1), None]),
    pl.Series([date(2026, 1, 1), None]),
    pl.Series([datetime(2026, 1, 1), None]).dt.cast_time_unit("ns"),  # noqa: DTZ001
    pl.Series([datetime(2026, 1, 1), None]).dt.replace_time_zone("Asia/Tokyo"),  # noqa: DTZ001
    pl.Series([b"x", None]),
    pl.Series([[1], None]),
    pl.Series([{"a": 1}, None]),
    pl.Series([None, None]),
    pl.Series([Decimal("1.23456"), None]),
    pl.Series(["a", None], dtype=pl.Categorical),
    pl.Series([float("nan"), float("inf")]),
    pl.Series([], dtype=pl.String),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: str(column.dtype)[:40])
def test_whatever_a_file_holds_is_read_or_told(column: Column) -> None:
    for held in HELD:
        values, unreadable = cast_column(held, column)
        assert values.dtype == column.dtype
        assert len(values) == len(unreadable) == len(held)
        assert not (values.is_not_null() & unreadable).any()
        lost = held.is_not_null() & values.is_null()
        assert (lost == unreadable).all(), (held.dtype, column.dtype)
    assert all(explain_type(column))
