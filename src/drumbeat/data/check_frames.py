"""One check for every way in: whatever is wrong with a production system's tables, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.check_ability import check_ability
from drumbeat.data.check_agreement import check_agreement
from drumbeat.data.check_cells import check_cells
from drumbeat.data.check_conditions import check_conditions
from drumbeat.data.check_cycles import check_cycles
from drumbeat.data.check_initiatives import check_initiatives
from drumbeat.data.check_keys import check_keys
from drumbeat.data.check_limits import check_limits
from drumbeat.data.check_overlaps import check_overlaps
from drumbeat.data.check_plan_tables import check_plan_tables
from drumbeat.data.check_references import check_references
from drumbeat.data.places import Place
from drumbeat.data.schema import schemas


def check_frames(
    frames: Mapping[str, pl.DataFrame],
    places: Mapping[str, Place] | None = None,
    *,
    progress: Progress = silent,
) -> Findings:
    """Judge the tables of a production system.

    Parameters
    ----------
    frames
        Frames by table, in the types of the schema; a table that is not there is empty.
    places
        Where the rows come from, by table; by default the table's name and rows counted from 2.
    progress
        Hears of each family of rules.

    Returns
    -------
    Findings
        Types, required cells, bounds, lengths, formats, repeated keys, references, conditions, cycles, overlaps
        and whether the work can be done at all. Errors make the data unusable; warnings and notes do not.
        Empty when all is right.
    """
    findings = Findings()
    known = schemas()
    full = {name: _complete(frames[name], name) if name in frames else known[name].empty() for name in known}
    where = {name: (places or {}).get(name) or Place(name) for name in known}
    progress(0.0, "cells")
    for number, (name, schema) in enumerate(known.items()):
        if full[name].height:
            progress(0.5 * number / len(known), name)
            check_cells(findings, where[name], full[name], schema)
            check_keys(findings, where[name], full[name], schema)
            check_conditions(findings, where[name], full[name], schema)
    progress(0.5, "references")
    check_references(findings, where, full)
    for fraction, message, check in (
        (0.65, "agreement", check_agreement),
        (0.7, "cycles", check_cycles),
        (0.8, "overlaps", check_overlaps),
        (0.85, "limits and prices", check_limits),
        (0.88, "by-products and substitutes", check_plan_tables),
        (0.9, "who can do the work", check_ability),
        (0.95, "initiatives", check_initiatives),
    ):
        progress(fraction, message)
        check(findings, where, full)
    progress(1.0, "checked")
    return findings


def _complete(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Add the columns that a frame does not have, with their defaults; the types must be those of the schema.

    Raises
    ------
    KeyError, TypeError
        When a column is unknown or of another type: a mistake of the program, not of its user.
    """
    schema = schemas()[name]
    dtypes = schema.dtypes
    for column in frame.columns:
        if column not in dtypes:
            raise KeyError(f"table {name} has no column {column!r}")
        if frame.schema[column] != dtypes[column] and frame.schema[column] != pl.Null:
            raise TypeError(f"{name}.{column} is {frame.schema[column]}, not {dtypes[column]}")
    return frame.with_columns(
        pl.lit(column.default, dtype=column.dtype).alias(column.name)
        for column in schema.columns
        if column.name not in frame.columns
    ).select(pl.col(column.name).cast(column.dtype) for column in schema.columns)
