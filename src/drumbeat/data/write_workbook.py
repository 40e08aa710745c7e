"""Writing an Excel workbook, a sheet a table, that reads back the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent
from drumbeat.data.schema import Schema, schemas

MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""

FIRST_DAY = date(1900, 3, 1)
"""Spreadsheets disagree about earlier days."""


def write_workbook(frames: Mapping[str, pl.DataFrame], path: Path, *, progress: Progress = silent) -> None:
    """Write each table that has rows to a sheet of its name.

    A value that a spreadsheet would change (a moment below the second, a number of 17 digits) is written as
    text, which reads back exactly.

    Raises
    ------
    InputError
        When a table has more rows than a sheet.
    """
    filled = {name: frame for name, frame in frames.items() if frame.height}
    for name, frame in filled.items():
        if frame.height > MOST_ROWS:
            remedy = "Write a folder of CSV or Parquet files instead"
            raise InputError(Finding(name, f"a sheet has at most {MOST_ROWS} rows", remedy, value=str(frame.height)))
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        formats = make_formats(workbook)
        for number, (name, frame) in enumerate(filled.items()):
            progress(number / len(filled), name)
            write_rows(workbook.add_worksheet(name), frame, schemas()[name], formats)
        if not filled:
            workbook.add_worksheet("Read me").write_string(0, 0, "No table has a row.")


def make_formats(workbook: Any) -> dict[str, Any]:
    """Make the cell formats of a workbook."""
    return {
        "header": workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"}),
        "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "time": workbook.add_format({"num_format": "hh:mm:ss"}),
        "text": workbook.add_format({"num_format": "@"}),
        "money": workbook.add_format({"num_format": "#,##0.00##"}),
    }


def write_rows(sheet: Any, frame: pl.DataFrame, schema: Schema, formats: dict[str, Any]) -> None:
    """Write a header and rows to an empty sheet."""
    for position, column in enumerate(schema.columns):
        sheet.set_column(position, position, max(12, len(column.name) + 2))
    sheet.freeze_panes(1, 1)
    for position, column in enumerate(schema.columns):
        sheet.write_string(0, position, column.name, formats["header"])
    for row, values in enumerate(frame.iter_rows(), start=1):
        for position, value in enumerate(values):
            write_value(sheet, row, position, value, formats)


def write_value(sheet: Any, row: int, position: int, value: Any, formats: dict[str, Any]) -> None:
    """Write one cell, as text where the spreadsheet would change it."""
    if value is None:
        return
    if isinstance(value, str):
        if value:
            sheet.write_string(row, position, value, formats["text"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, position, value)
    elif isinstance(value, datetime):
        naive = value.replace(tzinfo=None)
        if naive.microsecond or naive.date() < FIRST_DAY:
            sheet.write_string(row, position, value.isoformat().replace("+00:00", "Z"))
        else:
            sheet.write_datetime(row, position, naive, formats["moment"])
    elif isinstance(value, date):
        if value < FIRST_DAY:
            sheet.write_string(row, position, value.isoformat())
        else:
            sheet.write_datetime(row, position, datetime(value.year, value.month, value.day), formats["day"])  # noqa: DTZ001
    elif isinstance(value, time):
        if value.microsecond:
            sheet.write_string(row, position, value.isoformat())
        else:
            sheet.write_datetime(row, position, value, formats["time"])
    elif isinstance(value, Decimal):
        _write_number(sheet, row, position, float(value), str(value), formats["money"], f"{float(value):.4f}")
    else:
        _write_number(sheet, row, position, value, repr(value), None, repr(value))


def _write_number(sheet: Any, row: int, position: int, value: float, exact: str, form: Any, seen: str) -> None:
    # A spreadsheet keeps 15 to 16 digits, and its readers print small numbers as 0.
    is_kept = float(f"{value:.15G}") == value and (value == 0 or 1e-4 <= abs(value) < 1e15) and exact == seen
    if is_kept and not (value == 0 and str(value).startswith("-")):
        sheet.write_number(row, position, value, form)
    else:
        sheet.write_string(row, position, exact)
