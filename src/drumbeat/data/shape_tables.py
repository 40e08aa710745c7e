"""From files and sheets as they were found to frames with the columns and types of the schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.cast_columns import add_unreadable, cast_column
from drumbeat.data.convert_units import check_item_units, find_factor, read_unit
from drumbeat.data.match_names import find_name, fold_name, suggest_name
from drumbeat.data.places import Place
from drumbeat.data.schema import Column, Schema, schemas
from drumbeat.data.source import EXAMPLE, MARK, RawTable, Source


def shape_tables(tables: Iterable[RawTable], findings: Findings) -> Source:
    """Match files or sheets with the tables, read their cells, and fill empty cells with the defaults.

    Every table, column and cell that cannot be read is a finding in `findings`, which the source carries on.
    """
    source = Source(findings=findings)
    missing: dict[str, frozenset[str]] = {}
    counted: dict[str, dict[str, str]] = {}
    for raw in tables:
        schema = _find_schema(raw, findings)
        if schema is None:
            continue
        if schema.name in source.places:
            first = source.places[schema.name].name
            remedy = f"Join it with {first}, which holds the table {schema.name} too"
            findings.add(Finding(raw.place.name, "a table stands in one place", remedy))
            continue
        frame, place, absent = _shape_table(raw, schema, findings)
        source.frames[schema.name] = frame
        source.places[schema.name] = place
        missing[schema.name] = absent
        counted[schema.name] = _find_counted(raw, schema)
    source.missing = missing
    items = source.frames.get("item")
    units = dict(items.select("code", "unit").iter_rows()) if items is not None else {}
    for name, headers in counted.items():
        check_item_units(headers, source.frames[name], units, source.places[name].name, findings)
    return source


def _find_counted(raw: RawTable, schema: Schema) -> dict[str, str]:
    """Headings that name a unit above columns that have none of their own, by column."""
    plain = {column.name: column for column in schema.columns if column.dtype == pl.Float64 and not column.unit}
    found = {_find_column(header, plain): header for header in raw.headers if read_unit(header)}
    return {name: header for name, header in found.items() if name is not None}


def skip_marked(raw: RawTable, *, with_examples: bool = False) -> RawTable:
    """Leave out the rows with a word in the column headed "#"; `with_examples` keeps those marked "example"."""
    if MARK not in raw.headers:
        return raw
    mark = raw.cells.to_series(raw.headers.index(MARK)).cast(pl.String).str.strip_chars()
    is_data = mark.is_null() | (mark == "")
    if with_examples:
        is_data |= (mark == EXAMPLE).fill_null(False)
    return replace(raw, cells=raw.cells.filter(is_data), place=raw.place.take(is_data))


def _find_schema(raw: RawTable, findings: Findings) -> Schema | None:
    known = schemas()
    name = find_name(raw.name, known)
    if name is not None:
        return known[name]
    meant = suggest_name(raw.name, known)
    remedy = f"Did you mean {meant}? Rename it" if meant else f"It is left out; tables are {', '.join(known)}"
    findings.add(
        Finding(
            raw.place.name,
            "a file or sheet is named after a table",
            remedy,
            value=raw.name,
            severity="error" if meant else "warning",
        )
    )
    return None


def _shape_table(raw: RawTable, schema: Schema, findings: Findings) -> tuple[pl.DataFrame, Place, frozenset[str]]:
    positions = _match_columns(raw, schema, findings)
    height = raw.cells.height
    columns: list[pl.Series] = []
    unreadable: dict[str, pl.Series] = {}
    for column in schema.columns:
        position = positions.get(column.name)
        if position is None:
            columns.append(pl.repeat(column.default, height, dtype=column.dtype, eager=True).alias(column.name))
            if column.is_required and height:
                findings.add(
                    Finding(
                        raw.place.name,
                        "every required column is there",
                        f"Add the column {column.name}" + (f": {column.help_text}" if column.help_text else ""),
                        column=column.name,
                    )
                )
                unreadable[column.name] = pl.repeat(True, height, dtype=pl.Boolean, eager=True)
            continue
        cells = raw.cells.to_series(position)
        values, broken = cast_column(cells, column)
        factor = find_factor(raw.headers[position], column, raw.place.name, findings)
        if factor != 1.0:
            values = (values.cast(pl.Float64) * factor).cast(column.dtype)
        if broken.any():
            add_unreadable(findings, raw.place, cells, broken, column)
            unreadable[column.name] = broken
        columns.append(_fill_default(values, broken, column))
    if raw.headers and not positions:
        rule, remedy = "a table has columns that are known", f"Name them: {', '.join(schema.dtypes)}"
        findings.add(Finding(raw.place.name, rule, remedy, value=", ".join(raw.headers)[:80]))
    absent = frozenset(column.name for column in schema.columns if column.name not in positions)
    return pl.DataFrame(columns), replace(raw.place, unreadable=unreadable), absent


def _fill_default(values: pl.Series, broken: pl.Series, column: Column) -> pl.Series:
    values = values.alias(column.name)
    if column.default is None or column.is_nullable:
        return values
    is_empty = values.is_null() & ~broken
    if column.dtype == pl.String and column.default != "":
        is_empty |= (values == "").fill_null(False)
    if not is_empty.any():
        return values
    default = pl.repeat(column.default, len(values), dtype=column.dtype, eager=True)
    return default.zip_with(is_empty, values).alias(column.name)


def _match_columns(raw: RawTable, schema: Schema, findings: Findings) -> dict[str, int]:
    """Return the position of each known column; unknown, repeated and nameless ones are findings."""
    known = {column.name: column for column in schema.columns}
    positions: dict[str, int] = {}
    for position, header in enumerate(raw.headers):
        if header.strip() == MARK:
            continue
        name = _find_column(header, known)
        if name in positions:
            rule = "a column stands in a table once"
            remedy = f"Remove one of the columns {raw.headers[positions[name]]!r} and {header!r}"
            findings.add(Finding(raw.place.name, rule, remedy, column=header))
        elif name is not None:
            positions[name] = position
        elif not header.strip():
            if raw.cells.to_series(position).is_not_null().any():
                rule = "a column with cells has a name"
                findings.add(Finding(raw.place.name, rule, f"Name or empty column {position + 1} of the table"))
        else:
            _add_unknown_column(raw, header, known, findings)
    return positions


def _find_column(header: str, known: dict[str, Column]) -> str | None:
    folded = fold_name(header)
    if folded in known:
        return folded
    for ending in ("_id", "_code"):
        bare = folded.removesuffix(ending)
        if bare in known and known[bare].refers_to:
            return bare
    return None


def _add_unknown_column(raw: RawTable, header: str, known: dict[str, Column], findings: Findings) -> None:
    meant = suggest_name(header, known)
    findings.add(
        Finding(
            raw.place.name,
            "a column is known",
            f"Did you mean {meant}? Rename the column" if meant else f"It is left out; columns are {', '.join(known)}",
            column=header,
            severity="error" if meant else "warning",
        )
    )
