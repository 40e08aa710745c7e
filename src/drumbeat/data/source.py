"""What was read from outside: tables as they were found, and then as the schema wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from drumbeat.basics.findings import Findings
from drumbeat.data.places import Place

MARK = "#"
"""Header of the column whose filled rows are not data: units, choices, help, examples, remarks."""

EXAMPLE = "example"
"""Mark of the template's example rows."""


@dataclass(frozen=True, slots=True)
class RawTable:
    """One file or sheet as it was found.

    Parameters
    ----------
    name
        Name of the table as the file or sheet gives it.
    headers
        Column names as they stand there, blank and repeated ones included.
    cells
        As many columns as `headers`, of any names and types, without the blank rows.
    place
        The file or sheet, and the row number of each row.
    """

    name: str
    headers: list[str]
    cells: pl.DataFrame
    place: Place


@dataclass(slots=True)
class Source:
    """All that was read from one folder, workbook or database.

    Parameters
    ----------
    frames
        By table, the rows in the types of the schema; only the tables that the source has.
    places
        By table, where its rows come from.
    missing
        By table, the columns that the source does not have; they hold their default.
    findings
        What could not be read.
    """

    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    missing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
