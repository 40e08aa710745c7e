"""Writing the blank workbook: a sheet a table, which says itself what to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from drumbeat.data.describe_columns import list_limits, list_rules, make_examples, name_type, show_default
from drumbeat.data.schema import Schema, schemas
from drumbeat.data.source import EXAMPLE, MARK
from drumbeat.data.write_workbook import make_formats, write_value

FIRST_SHEET = "Start here"
GUIDE = ("unit", "type", "allowed", "if empty", "help")
"""Marks of the rows that tell about the columns, between the header and the example."""

LAST_ROW = 100_000
"""Row down to which the choices drop down."""

EXPLANATION = f"""
Each sheet is a table. Fill in the sheets that you need, in any order; delete or leave empty the others.
Rows with a word in column {MARK} are not read: they tell what each column is, and give an example. Keep or delete them.
Columns with a dark header must be filled in. Elsewhere an empty cell takes the value that the row "if empty" names.
A column that you do not need may be deleted; its stored values stay as they are.
Tables refer to each other by code. Codes are text: 0012 and 12 are two different codes.
Moments are in UTC unless they are written with a zone, as text: 2026-03-02T06:00:00+01:00.
Numbers that are written as text have a point before decimals, and nothing between thousands.
To load: "drumbeat load WORKBOOK --dry-run" shows what would change and all that is wrong; without it, it is stored.
""".strip().splitlines()
"""What the first sheet says."""


def write_template(path: Path) -> None:
    """Write the blank workbook, one sheet a table, each after those that it refers to.

    A sheet has its header, then rows marked in column "#": unit, type, what is allowed, what an empty cell means,
    help, and example rows. Reading passes over marked rows; read with its examples, the workbook is a small
    production system that loads.
    """
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        formats = _make_formats(workbook)
        first = workbook.add_worksheet(FIRST_SHEET)
        for schema in schemas().values():
            _write_sheet(workbook.add_worksheet(schema.name), schema, formats)
        _write_first_sheet(first, formats)
        first.activate()


def _make_formats(workbook: Any) -> dict[str, Any]:
    return make_formats(workbook) | {
        "title": workbook.add_format({"bold": True, "font_size": 18, "font_color": "#1F3A52"}),
        "wrapped": workbook.add_format({"text_wrap": True, "valign": "top"}),
        "link": workbook.add_format({"font_color": "#0B5CAD", "underline": 1}),
        "required": workbook.add_format({"bold": True, "bg_color": "#1F3A52", "font_color": "#FFFFFF"}),
        "optional": workbook.add_format({"bold": True, "bg_color": "#D6E2EC"}),
        "guide": workbook.add_format(
            {"bg_color": "#F3F6F9", "font_color": "#445566", "text_wrap": True, "valign": "top"}
        ),
        "mark": workbook.add_format({"bg_color": "#F3F6F9", "font_color": "#8899AA", "italic": True}),
        "moment": workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
    }


def _write_first_sheet(sheet: Any, formats: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, "Drumbeat: your production system", formats["title"])
    row = 2
    for text in EXPLANATION:
        sheet.merge_range(row, 0, row, 1, text, formats["wrapped"])
        sheet.set_row(row, 18)
        row += 1
    row += 1
    sheet.write_row(row, 0, ["Sheet", "What a row of it is"], formats["required"])
    for schema in schemas().values():
        row += 1
        sheet.write_url(row, 0, f"internal:'{schema.name}'!A1", formats["link"], schema.name)
        sheet.write_string(row, 1, schema.description)


def _write_sheet(sheet: Any, schema: Schema, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 0, 9)
    sheet.write_string(0, 0, MARK, formats["optional"])
    if rules := list_rules(schema):
        sheet.write_comment(0, 0, "Rules:\n" + "\n".join(rules), {"x_scale": 3, "y_scale": 2})
    first_row = 1 + len(GUIDE) + len(make_examples(schema))
    for row, mark in enumerate(GUIDE, start=1):
        sheet.write_string(row, 0, mark, formats["mark"])
    sheet.set_row(len(GUIDE), 60)
    for position, column in enumerate(schema.columns, start=1):
        form = _cell_format(column.dtype, formats)
        sheet.set_column(position, position, max(14, len(column.name) + 3), form)
        sheet.write_string(0, position, column.name, formats["required" if column.is_required else "optional"])
        told = (column.unit, name_type(column), list_limits(column), show_default(column), column.help_text)
        for row, text in enumerate(told, start=1):
            sheet.write_string(row, position, text, formats["guide"])
        words = list(column.choices) if column.choices else ["true", "false"] if column.dtype == pl.Boolean else []
        if words:
            rule = {"validate": "list", "source": words}
            sheet.data_validation(first_row, position, LAST_ROW, position, rule)
    for row, example in enumerate(make_examples(schema), start=1 + len(GUIDE)):
        sheet.write_string(row, 0, EXAMPLE, formats["mark"])
        for position, column in enumerate(schema.columns, start=1):
            write_value(sheet, row, position, example[column.name], formats)


def _cell_format(kind: pl.DataType, formats: dict[str, Any]) -> Any:
    """Text columns are formatted as text, so that a spreadsheet keeps the zeros of the code 0012."""
    if kind == pl.String:
        return formats["text"]
    names: dict[Any, str] = {pl.Date(): "day", pl.Time(): "time"}
    if isinstance(kind, pl.Datetime):
        return formats["moment"]
    return formats[names[kind]] if kind in names else None
