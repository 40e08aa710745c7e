"""What each cell must be by itself: there, within bounds, not too long, of the right form."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl
from django.core import validators
from django.core.exceptions import ValidationError

from drumbeat.basics.findings import Findings
from drumbeat.data.convert_units import UNITS
from drumbeat.data.places import Place, add_rows
from drumbeat.data.schema import Column, Schema

CONTROL = r"[\x00-\x08\x0B-\x1F\x7F\uFFFE\uFFFF]"
"""Signs that no text may hold; a tab and a line break are allowed."""

LONGEST = 1e9
"""A time that nothing takes, in whatever unit: moments beyond it are no longer told apart, nor can be added up."""

BOUNDED = (
    validators.MinValueValidator,
    validators.MaxValueValidator,
    validators.MaxLengthValidator,
    validators.MinLengthValidator,
    validators.DecimalValidator,
    validators.ProhibitNullCharactersValidator,
)
"""Validators whose rule is already in the schema."""


def check_cells(findings: Findings, place: Place, frame: pl.DataFrame, schema: Schema) -> None:
    """Judge each cell of a table by itself."""
    for column in schema.columns:
        values = frame[column.name]
        _check_required(findings, place, values, column, schema)
        if column.dtype == pl.String:
            _check_text(findings, place, values, column, schema)
        elif column.dtype.is_numeric():
            _check_number(findings, place, values, column)


@cache
def is_blank_allowed(schema: Schema, name: str) -> bool:
    """Whether a text column may hold empty text."""
    return bool(schema.field(name).blank)


def _check_required(findings: Findings, place: Place, values: pl.Series, column: Column, schema: Schema) -> None:
    if column.is_nullable:
        return
    is_empty = values.is_null()
    if column.dtype == pl.String and not is_blank_allowed(schema, column.name):
        is_empty |= (values.str.strip_chars() == "").fill_null(False)
    if column.name in place.unreadable:
        is_empty &= ~place.unreadable[column.name]
    if is_empty.any():
        remedy = "Fill it in" + (f": {column.help_text}" if column.help_text else "")
        add_rows(findings, place, is_empty, "a required cell is filled in", remedy, column=column.name)


def _check_number(findings: Findings, place: Place, values: pl.Series, column: Column) -> None:
    if column.dtype == pl.Float64:
        wrong = ~values.is_finite()
        if wrong.any():
            rule, remedy = "a number is finite", "Write a number, or leave the cell empty where that is allowed"
            add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)
        is_time = UNITS.get(column.unit.lower(), ("", 0.0))[0] == "time"
        wrong = (values.abs() > LONGEST) & values.is_finite()
        if is_time and wrong.any():
            rule, remedy = f"{column.name} is at most {LONGEST:g} {column.unit}", "Write the time that it really takes"
            add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)
    low: Any = values.min()
    high: Any = values.max()
    if column.low is not None and low is not None and low < column.low:
        rule, remedy = f"{column.name} is at least {column.low:g}", f"Write {column.low:g} or more"
        add_rows(findings, place, values < column.low, rule, remedy, column=column.name, values=values)
    if column.high is not None and high is not None and high > column.high:
        wrong = values > column.high
        if column.dtype == pl.Float64:
            wrong &= values.is_finite()
        rule, remedy = f"{column.name} is at most {column.high:g}", f"Write {column.high:g} or less"
        add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)


def _check_text(findings: Findings, place: Place, values: pl.Series, column: Column, schema: Schema) -> None:
    if column.max_length and (values.str.len_chars() > column.max_length).any():
        wrong = values.str.len_chars() > column.max_length
        rule, remedy = f"{column.name} has at most {column.max_length} characters", "Shorten it"
        add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)
    if column.refers_to is not None:
        return
    wrong = values.str.contains(CONTROL)
    if wrong.any():
        rule, remedy = "text holds no control characters", "Remove the invisible signs; a line break is allowed"
        add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)
    for rule_of_model in schema.field(column.name).validators:
        if not isinstance(rule_of_model, BOUNDED):
            _check_rule(findings, place, values, column, rule_of_model)


def _check_rule(findings: Findings, place: Place, values: pl.Series, column: Column, rule_of_model: Any) -> None:
    """Judge a column by a validator of the model: a pattern at once, anything else on the distinct values."""
    if isinstance(rule_of_model, validators.RegexValidator) and not rule_of_model.flags:
        pattern: Any = rule_of_model.regex
        matches = values.str.contains(pattern.pattern)
        wrong = (matches if rule_of_model.inverse_match else ~matches) & (values != "")
        rule, remedy = f"{column.name} has the right form", str(rule_of_model.message).rstrip(".")
        if wrong.any():
            add_rows(findings, place, wrong, rule, remedy, column=column.name, values=values)
        return
    remedies = {}
    for value in values.drop_nulls().unique():
        try:
            rule_of_model(value)
        except ValidationError as error:
            remedies[value] = error.messages[0].rstrip(".")
    if remedies:
        name = getattr(rule_of_model, "__name__", column.name).removeprefix("is_").replace("_", " ")
        wrong = values.is_in(list(remedies))
        rule = f"{column.name} is a {name}"
        add_rows(findings, place, wrong, rule, "Correct it", column=column.name, values=values, remedies=remedies)
