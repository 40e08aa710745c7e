"""Frames as a workbook: one sheet each, times in one time zone, nothing that a spreadsheet could take for a formula."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import polars as pl

LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def write_sheets(target: Path | IO[bytes], sheets: Mapping[str, pl.DataFrame], zone: str = "UTC") -> None:
    """Write a workbook.

    Parameters
    ----------
    target
        Path, or an open binary file.
    sheets
        By name; names are cut and made unique as spreadsheets want them. Columns are headed by their own names.
    zone
        IANA time zone of all moments: a spreadsheet knows none, so the zone is told in the heads.
    """
    import xlsxwriter

    taken: set[str] = set()
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        for name, frame in sheets.items():
            kinds = frame.schema
            moments = [column for column, kind in kinds.items() if isinstance(kind, pl.Datetime)]
            heads = {column: f"{column} ({zone})" for column in moments}
            shown = frame.with_columns(
                pl.col(column).dt.convert_time_zone(zone).dt.replace_time_zone(None)
                for column in moments
                if getattr(kinds[column], "time_zone", None)
            ).rename(heads)
            shown.write_excel(
                book, worksheet=_name_sheet(name, taken), autofit=True, freeze_panes=(1, 0),
                dtype_formats={pl.Datetime: "yyyy-mm-dd hh:mm", pl.Date: "yyyy-mm-dd"},
            )  # fmt: skip


def _name_sheet(name: str, taken: set[str]) -> str:
    clean = _FORBIDDEN.sub("_", name).strip("'")[:LONGEST_NAME] or "sheet"
    found, number = clean, 1
    while found.lower() in taken or found.lower() == "history":
        number += 1
        found = f"{clean[: LONGEST_NAME - len(str(number)) - 1]} {number}"
    taken.add(found.lower())
    return found
