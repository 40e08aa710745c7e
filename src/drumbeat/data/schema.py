"""The schema of the exchanged tables, read from the models: declared once, used by everything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import polars as pl
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from drumbeat.data.table import Table, exchanged_tables, table_name

MOMENT = pl.Datetime("us", "UTC")
MONEY = pl.Decimal(18, 4)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an exchanged table.

    Parameters
    ----------
    name
        Name in files and frames (a reference is named without `_id`).
    dtype
        Polars type; choices are an Enum.
    is_required
        Whether a row must give a value: it may not be null and has no default.
    default
        Value where a file leaves the cell empty or has no such column; None = null.
    is_nullable
        Whether null is a value.
    unit
        Unit from the help text ("min", "h", "d"), or "".
    help_text
        What it means, without the unit.
    refers_to
        Name of the table whose code it holds, or None.
    choices
        The words allowed, or ().
    low, high
        Bounds, inclusive; None = none.
    max_length
        Longest text; None for other types.
    """

    name: str
    dtype: pl.DataType
    is_required: bool
    default: Any
    is_nullable: bool
    unit: str
    help_text: str
    refers_to: str | None
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    max_length: int | None


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of one exchanged table."""

    name: str
    model: type[Table]
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Polars type by column."""
        return {column.name: column.dtype for column in self.columns}

    @property
    def description(self) -> str:
        """What the table holds: the model's docstring."""
        return (self.model.__doc__ or "").strip()

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            When there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name!r}")

    def field(self, name: str) -> Any:
        """Return the model's field behind a column."""
        return self.model._meta.get_field(name)

    def empty(self) -> pl.DataFrame:
        """Return a frame without rows."""
        return pl.DataFrame(schema=self.dtypes)


def _dtype(field: Any) -> pl.DataType:
    if field.is_relation or (isinstance(field, models.CharField) and not field.choices):
        return pl.String()
    if field.choices:
        return pl.Enum([value for value, _ in field.choices])
    kinds: list[tuple[type, pl.DataType]] = [
        (models.BooleanField, pl.Boolean()),
        (models.FloatField, pl.Float64()),
        (models.DecimalField, MONEY),
        (models.DateTimeField, MOMENT),
        (models.DateField, pl.Date()),
        (models.TimeField, pl.Time()),
        (models.IntegerField, pl.Int64()),
    ]
    for kind, dtype in kinds:
        if isinstance(field, kind):
            return dtype
    raise TypeError(f"{field}: no frame type is known for {type(field).__name__}; add it to drumbeat.data.schema")


def _bound(field: Any, kind: Any) -> float | None:
    limits = [float(rule.limit_value) for rule in field.validators if type(rule) is kind]
    if not limits:
        return None
    return max(limits) if kind is MinValueValidator else min(limits)


def _name_reference(model: type[models.Model]) -> str:
    name = str(model._meta.verbose_name)
    return f"Code of {'an' if name[0] in 'aeiou' else 'a'} {name}"


def _column(field: Any) -> Column:
    found = re.match(r"\[(.+?)\]\s*(.*)", str(field.help_text), re.DOTALL)
    unit, help_text = found.groups() if found else ("", str(field.help_text))
    default = field.get_default() if field.has_default() else None
    is_text = isinstance(field, models.CharField) or field.is_relation
    is_number = isinstance(field, models.FloatField | models.DecimalField | models.IntegerField)
    return Column(
        name=field.name,
        dtype=_dtype(field),
        is_required=not field.null and not field.has_default(),
        default=default,
        is_nullable=field.null,
        unit=unit,
        help_text=help_text or (_name_reference(field.related_model) if field.is_relation else ""),
        refers_to=table_name(field.related_model) if field.is_relation else None,
        choices=tuple(value for value, _ in field.choices or ()),
        low=_bound(field, MinValueValidator) if is_number else None,
        high=_bound(field, MaxValueValidator) if is_number else None,
        max_length=(field.target_field if field.is_relation else field).max_length if is_text else None,
    )


@cache
def schemas() -> dict[str, Schema]:
    """Return the schemas of all exchanged tables by name, each after the tables that it refers to."""
    found = {}
    for name, model in exchanged_tables().items():
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
        columns = tuple(_column(field) for field in fields)
        found[name] = Schema(name, model, columns, model.key_columns)
    return found
