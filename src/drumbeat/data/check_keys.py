"""Rows are found again by their key: no key, and no other unique combination, stands twice in a table."""

from __future__ import annotations

import polars as pl
from django.db.models import UniqueConstraint

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows
from drumbeat.data.schema import Schema


def unique_combinations(schema: Schema) -> list[tuple[str, ...]]:
    """Return the combinations of columns that may stand in a table once, the key first."""
    found = [schema.key]
    for rule in schema.model._meta.constraints:
        if isinstance(rule, UniqueConstraint) and rule.condition is None and tuple(rule.fields) not in found:
            found.append(tuple(rule.fields))
    return found


def check_keys(findings: Findings, place: Place, frame: pl.DataFrame, schema: Schema) -> None:
    """Find the rows whose key, or other unique combination, an earlier row of the table already has."""
    for columns in unique_combinations(schema):
        keys = frame.select(columns)
        if keys.n_unique() == keys.height:
            continue
        is_filled = keys.select(pl.all_horizontal(pl.all().is_not_null())).to_series()
        repeated = ~keys.select(pl.struct(pl.all()).is_first_distinct()).to_series() & is_filled
        if not repeated.any():
            continue
        if len(columns) == 1:
            values = keys.to_series()
        else:
            values = keys.select(pl.concat_str(pl.all().cast(pl.String), separator=" / ")).to_series()
        column = columns[0] if len(columns) == 1 else None
        rule = f"{' + '.join(columns)} stands in the table once"
        remedy = "Remove the repeated row, or change its " + (" or ".join(columns))
        add_rows(findings, place, repeated, rule, remedy, column=column, values=values)
