"""Units in the headings of files: told apart, converted where they measure the same, refused where they do not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.schema import Column

UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), ("time", 1.0)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), ("time", 60.0)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), ("time", 3_600.0)),
    **dict.fromkeys(("d", "day", "days"), ("time", 86_400.0)),
    **dict.fromkeys(("w", "wk", "week", "weeks"), ("time", 604_800.0)),
    **dict.fromkeys(("month", "months"), ("months", 1.0)),
    "mg": ("mass", 1e-6), "g": ("mass", 1e-3), "kg": ("mass", 1.0), "t": ("mass", 1e3), "lb": ("mass", 0.45359237),
    "cm3": ("volume", 1e-6), "ml": ("volume", 1e-6), "l": ("volume", 1e-3), "m3": ("volume", 1.0),
    "m³": ("volume", 1.0),
}  # fmt: skip
"""What a unit measures, and how many of the plainest unit of that it is."""

_SQUARE, _ROUND = re.compile(r"\[([^\]]*)\]\s*$"), re.compile(r"\(([^)]*)\)\s*$")


def read_unit(header: str) -> str:
    """Return the unit at the end of a heading, "" where there is none.

    What stands in round brackets and is no unit is a remark.

    Examples
    --------
    >>> read_unit("Setup [h]"), read_unit("lead time (days)"), read_unit("setup (usual)"), read_unit("setup")
    ('h', 'days', '', '')
    """
    square, rounded = _SQUARE.search(header), _ROUND.search(header)
    if square:
        return square.group(1).strip().lower()
    word = rounded.group(1).strip().lower() if rounded else ""
    return word if word in UNITS else ""


def find_factor(header: str, column: Column, place: str, findings: Findings) -> float:
    """Return what numbers below a heading are multiplied by to be in the column's unit; 1 where nothing is said.

    A unit that measures something else, or that is not known, is an error in `findings`; one that converts is a note.
    """
    given, wanted = read_unit(header), column.unit.lower()
    if not given or not wanted or given == wanted:
        return 1.0
    if given in UNITS and wanted in UNITS and UNITS[given][0] == UNITS[wanted][0]:
        factor = UNITS[given][1] / UNITS[wanted][1]
        if factor != 1.0:
            rule, remedy = f"{column.name} is stored in {column.unit}", f"Its numbers are multiplied by {factor:g}"
            findings.add(Finding(place, rule, remedy, column=header, value=given, severity="note"))
        return factor
    rule = f"the unit of {column.name} converts to {column.unit}"
    findings.add(Finding(place, rule, f"Give it in {column.unit}, or correct the heading", column=header, value=given))
    return 1.0


def check_item_units(
    headers: Mapping[str, str], frame: pl.DataFrame, units: Mapping[str, str], place: str, findings: Findings
) -> None:
    """Find headings that name another unit than that of the items whose quantities stand below them.

    Parameters
    ----------
    headers
        Headings by the name of their column: of columns that count in the unit of an item.
    frame
        The table.
    units
        Unit by item.
    """
    # What comes out beside an item is counted in its own unit, as a component is.
    owner = next((name for name in ("component", "product", "item", "code") if name in frame.columns), None)
    for name, header in headers.items():
        given = read_unit(header)
        owners = frame[owner].to_list() if owner else []
        other = sorted({units[item] for item in owners if item in units and units[item].lower() != given})
        if given in UNITS and other:
            rule, remedy = f"{name} counts in the unit of its item", f"Give it in {other[0]}, or correct the heading"
            findings.add(Finding(place, rule, remedy, column=header, value=given))
