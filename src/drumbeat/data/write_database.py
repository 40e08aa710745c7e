"""Storing what a load planned: rows are staged aside first, then switched in by one short transaction.

Staging tables are temporary: the database itself forgets them when their process ends, however it ends.
Filling them takes no lock, so that others can save meanwhile.
"""
# ruff: noqa: S608 - queries are put together from the names of our own tables and columns

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import polars as pl
from django.db import IntegrityError, OperationalError, connection, transaction

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.check_keys import unique_combinations
from drumbeat.data.check_references import find_unknown
from drumbeat.data.plan_load import TableLoad
from drumbeat.data.postgresql import copy_in
from drumbeat.data.schema import Schema, schemas
from drumbeat.data.stored_columns import column_names

CHUNK = 20_000
"""Rows staged at a time; cancellation is heard between chunks."""

MANY_ROWS = 20_000
"""From this many new rows on, an index is built anew instead of being kept up row by row."""

LARGEST_BROKEN_AMOUNT = 500_000_000_000
"""SQLite keeps money as binary numbers: above this, four decimals are no longer exact."""


def write_database(loads: Sequence[TableLoad], *, version: int, progress: Progress = silent) -> None:
    """Store what was planned, all of it or nothing.

    Parameters
    ----------
    loads
        What to do, table by table, each after those that it refers to.
    version
        State of the database (`data_version`) for which that was planned; where it has moved on, references to
        stored rows are looked at again.
    progress
        Hears of each chunk, and may cancel until the switch begins.

    Raises
    ------
    InputError
        When the database cannot hold a value, when somebody has meanwhile removed a row that is referred to, or
        when others keep the database busy for longer than its own patience.
    """
    loads = [load for load in loads if load.num_written]
    if not loads:
        return
    if connection.vendor != "postgresql":
        _check_amounts(loads)
    staged: list[str] = []
    try:
        _stage_all(loads, staged, progress)
        progress(0.8, "switching")
        with _tell_of_others(), _foreign_keys_off(), transaction.atomic():
            _switch(loads, version)
        progress(1.0, "stored")
    finally:
        for name in staged:
            _execute(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def _tell_of_others() -> Iterator[None]:
    """Say in plain words what somebody else's saving did to the switch; nothing of it is stored then."""
    try:
        yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        rule, remedy = "the database is free for a moment", "Somebody else has been saving for long: load again"
        raise InputError(Finding("database", rule, remedy)) from error
    except IntegrityError as error:
        rule = "nobody removes or uses a row while it is being loaded"
        remedy = "Somebody has just changed what the data refer to: load again"
        raise InputError(Finding("database", rule, remedy, value=str(error).splitlines()[0])) from error


def data_version() -> int:
    """Return a number that changes whenever another connection has saved anything; 0 where there is none."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


def _execute(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


def _table(schema: Schema) -> str:
    return connection.ops.quote_name(schema.model._meta.db_table)


def _key_columns(schema: Schema) -> list[str]:
    quote = connection.ops.quote_name
    return [quote(schema.field(name).column) for name in schema.key]


def _check_amounts(loads: Sequence[TableLoad]) -> None:
    findings = Findings()
    for load in loads:
        for column in load.schema.columns:
            if not isinstance(column.dtype, pl.Decimal):
                continue
            for rows in (load.inserted, load.updated):
                amounts = rows[column.name].drop_nulls()
                broken = amounts.filter((amounts.abs() > LARGEST_BROKEN_AMOUNT) & (amounts != amounts.round(0)))
                if broken.len():
                    rule = "SQLite keeps amounts above 500,000,000,000 without decimals only"
                    remedy = "Round it to a whole amount, or store the data in PostgreSQL"
                    finding = Finding(load.place.name, rule, remedy, column=column.name, value=str(broken[0]))
                    findings.add(finding, times=broken.len())
    findings.raise_on_errors()


def _stage_all(loads: Sequence[TableLoad], staged: list[str], progress: Progress) -> None:
    total = sum(load.num_written for load in loads)
    done = 0

    def advance(num_rows: int, message: str) -> None:
        nonlocal done
        done += num_rows
        progress(0.8 * min(done / total, 1.0), message)

    for load in loads:
        name = load.schema.name
        keys = list(load.schema.key)
        for kind, rows, columns in (
            ("written", pl.concat([load.updated, load.inserted]), column_names(load.schema)),
            ("removed", load.removed.select(keys), _key_columns(load.schema)),
        ):
            if rows.height:
                table = f"drumbeat_{kind}_{name}"
                staged.append(table)
                _stage(table, rows, columns, load.schema, partial(advance, message=f"storing {name}"))


def _stage(
    table: str, rows: pl.DataFrame, columns: Sequence[str], schema: Schema, advance: Callable[[int], None]
) -> None:
    _execute(f"DROP TABLE IF EXISTS {table}")
    if connection.vendor == "postgresql":
        copy_in(table, rows, columns, schema)
        return
    _execute(f"CREATE TEMP TABLE {table} ({', '.join(columns)})")
    marks = ", ".join(["%s"] * len(columns))
    with _deferred(), connection.cursor() as cursor:
        for chunk in rows.iter_slices(CHUNK):
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", encode(chunk).rows())
            advance(chunk.height)


@contextmanager
def _deferred() -> Iterator[None]:
    """Group the writing of temporary tables without taking the lock of the database."""
    if connection.in_atomic_block:
        yield
        return
    _execute("BEGIN DEFERRED")
    try:
        yield
    except BaseException:
        _execute("ROLLBACK")
        raise
    _execute("COMMIT")


def encode(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame with the values as Django stores them in SQLite."""
    columns = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if isinstance(kind, pl.Enum | pl.Decimal) or kind == pl.Date:
            column = column.cast(pl.String)
        elif kind == pl.Boolean:
            column = column.cast(pl.Int8)
        elif isinstance(kind, pl.Datetime):
            column = (
                pl.when(column.dt.microsecond() == 0)
                .then(column.dt.strftime("%Y-%m-%d %H:%M:%S"))
                .otherwise(column.dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
            )
        elif kind == pl.Time:
            column = (
                pl.when(column.dt.nanosecond() == 0)
                .then(column.dt.strftime("%H:%M:%S"))
                .otherwise(column.dt.strftime("%H:%M:%S%.6f"))
            )
        columns.append(column.alias(name))
    return frame.select(columns)


@contextmanager
def _foreign_keys_off() -> Iterator[None]:
    """Let SQLite not look up every reference of every row again: the check has, and `_check_needed` does."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    _execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        _execute("PRAGMA foreign_keys = ON")


def _switch(loads: Sequence[TableLoad], version: int) -> None:
    is_moved_on = connection.vendor == "sqlite" and data_version() != version
    for load in reversed(loads):
        if load.removed.height:
            keys = ", ".join(_key_columns(load.schema))
            removed = f"SELECT {keys} FROM drumbeat_removed_{load.schema.name}"
            _execute(f"DELETE FROM {_table(load.schema)} WHERE ({keys}) IN ({removed})")
    for load in loads:
        if load.inserted.height or load.updated.height:
            with _indexes_aside(load):
                _upsert(load)
    if is_moved_on:
        _check_needed(loads)


def _upsert(load: TableLoad) -> None:
    schema, staged = load.schema, f"drumbeat_written_{load.schema.name}"
    columns, keys = column_names(schema), _key_columns(schema)
    listed, joined_keys = ", ".join(columns), ", ".join(keys)
    others = [name for name in columns if name not in keys]
    action = "DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in others) if others else "DO NOTHING"
    if load.updated.height and len(unique_combinations(schema)) > 1:
        # Two rows may have swapped what may stand in the table once: take all of them out first.
        _execute(f"DELETE FROM {_table(schema)} WHERE ({joined_keys}) IN (SELECT {joined_keys} FROM {staged})")
    _execute(
        f"INSERT INTO {_table(schema)} ({listed}) SELECT {listed} FROM {staged} WHERE true "
        f"ON CONFLICT ({joined_keys}) {action}"
    )


@contextmanager
def _indexes_aside(load: TableLoad) -> Iterator[None]:
    """Build the indexes of a table anew when most of its rows are new: far faster than row by row."""
    few = load.inserted.height < MANY_ROWS or 2 * load.inserted.height < load.merged.height
    if few or connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = %s AND sql LIKE 'CREATE INDEX%%'",
            [load.schema.model._meta.db_table],
        )
        indexes = cursor.fetchall()
    for name, _ in indexes:
        _execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    yield
    for _, sql in indexes:
        _execute(sql)


def _check_needed(loads: Sequence[TableLoad]) -> None:
    """Look again at references between what is written or removed and what others may have changed meanwhile."""
    written = {load.schema.name: pl.concat([load.updated, load.inserted]) for load in loads}
    removed = {load.schema.name: load.removed for load in loads if load.removed.height}
    nobody = pl.Series([], dtype=pl.String)
    findings = Findings()
    for name, schema in schemas().items():
        for column in schema.columns:
            if column.refers_to is None:
                continue
            if name in written and written[name].height:
                own = written[column.refers_to]["code"] if column.refers_to in written else nobody
                needed = find_unknown(written[name][column.name], own)
                _find_missing(findings, name, column.name, column.refers_to, needed)
            if column.refers_to in removed:
                _find_orphans(findings, schema, column.name, column.refers_to)
    if findings.has_errors:
        raise InputError(findings)


def _find_missing(findings: Findings, table: str, column: str, to: str, codes: pl.Series) -> None:
    parent = _table(schemas()[to])
    for chunk in (codes[start : start + 500] for start in range(0, codes.len(), 500)):
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * chunk.len())
            cursor.execute(f"SELECT code FROM {parent} WHERE code IN ({marks})", chunk.to_list())
            found = {row[0] for row in cursor.fetchall()}
        for code in chunk:
            if code not in found:
                _add_moved_on(findings, table, column, f"{to} {code}")


def _find_orphans(findings: Findings, schema: Schema, column: str, to: str) -> None:
    name = connection.ops.quote_name(schema.field(column).column)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {name} FROM {_table(schema)} WHERE {name} IN (SELECT code FROM drumbeat_removed_{to}) LIMIT 1"
        )
        row = cursor.fetchone()
    if row:
        _add_moved_on(findings, schema.name, column, f"{to} {row[0]}")


def _add_moved_on(findings: Findings, table: str, column: str, value: str) -> None:
    rule = "nobody removes or uses a row while it is being loaded"
    findings.add(Finding(table, rule, "Somebody has just changed it: load again", column=column, value=value))
