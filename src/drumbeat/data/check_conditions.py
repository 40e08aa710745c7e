"""The conditions that models declare as check constraints, on whole frames."""

from __future__ import annotations

from functools import reduce
from typing import Any

import polars as pl
from django.db.models import CheckConstraint, F, Q

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place, add_rows
from drumbeat.data.schema import Schema

COMPARISONS = {
    "exact": ("is", pl.Expr.eq),
    "gt": ("is above", pl.Expr.gt),
    "gte": ("is at or above", pl.Expr.ge),
    "lt": ("is below", pl.Expr.lt),
    "lte": ("is at or below", pl.Expr.le),
}
WORDS_OF_TIME = {"is above": "is after", "is at or above": "is at or after", "is below": "is before"}


def check_conditions(findings: Findings, place: Place, frame: pl.DataFrame, schema: Schema) -> None:
    """Find the rows that break a check constraint of the model; as in SQL, an unknown outcome passes."""
    for rule in schema.model._meta.constraints:
        if not isinstance(rule, CheckConstraint):
            continue
        broken = frame.select((~translate(rule.condition)).fill_null(False).alias("broken")).to_series()
        if broken.any():
            columns = sorted(_columns_of(rule.condition))
            values = frame.select(
                pl.concat_str(
                    [pl.format(f"{name} = {{}}", pl.col(name).cast(pl.String)) for name in columns],
                    separator=", ",
                    ignore_nulls=True,
                )
            ).to_series()
            remedy = f"Correct {' or '.join(columns)}"
            add_rows(findings, place, broken, describe(rule.condition, schema), remedy, values=values)


def translate(condition: Any) -> pl.Expr:
    """Translate a condition of Django's into Polars.

    Raises
    ------
    NotImplementedError
        When the condition uses a comparison that is not known here.
    """
    parts = [translate(child) if isinstance(child, Q) else _translate_leaf(*child) for child in condition.children]
    joined = reduce(pl.Expr.and_ if condition.connector == Q.AND else pl.Expr.or_, parts)
    return ~joined if condition.negated else joined


def _split(name: str) -> tuple[str, str]:
    column, _, comparison = name.partition("__")
    return column, comparison or "exact"


def _column_of(value: Any) -> str | None:
    """Return the name of the column that a value stands for; None when it stands for itself."""
    return str(value.name) if isinstance(value, F) else None  # type: ignore[attr-defined]


def _translate_leaf(name: str, value: Any) -> pl.Expr:
    column, comparison = _split(name)
    left = pl.col(column)
    if comparison == "isnull":
        return left.is_null() if value else left.is_not_null()
    if comparison == "in":
        return left.is_in(list(value))
    if comparison not in COMPARISONS:
        raise NotImplementedError(f"no translation of the comparison {comparison!r} in {name}")
    other = _column_of(value)
    right = pl.lit(value) if other is None else pl.col(other)
    return COMPARISONS[comparison][1](left, right)


def describe(condition: Any, schema: Schema) -> str:
    """Say a condition in words: "ends_at is after starts_at"."""
    parts = []
    for child in condition.children:
        if isinstance(child, Q):
            parts.append(f"({describe(child, schema)})")
            continue
        column, comparison = _split(child[0])
        if comparison == "isnull":
            parts.append(f"{column} is {'' if child[1] else 'not '}empty")
            continue
        words = "is one of" if comparison == "in" else COMPARISONS[comparison][0]
        if schema.column(column).dtype.is_temporal():
            words = WORDS_OF_TIME.get(words, words)
        value = str(child[1]).lower() if isinstance(child[1], bool) else child[1]
        parts.append(f"{column} {words} {_column_of(child[1]) or value}")
    joined = (" and " if condition.connector == Q.AND else " or ").join(parts)
    return f"not ({joined})" if condition.negated else joined


def _columns_of(condition: Any) -> set[str]:
    found: set[str] = set()
    for child in condition.children:
        if isinstance(child, Q):
            found |= _columns_of(child)
        else:
            found.add(_split(child[0])[0])
            found |= {_column_of(child[1]) or _split(child[0])[0]}
    return found
