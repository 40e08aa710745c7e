"""Where rows come from: the file, sheet or table that the user knows, and the rows as the user counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from drumbeat.basics.findings import SHOWN_PER_RULE, Finding, Findings, Severity

LONGEST_VALUE = 80
"""Characters of an offending value that a finding shows."""

STORED = " (stored)"
"""Ends the place of a finding in a row that comes from the database."""

FIRST_ROW = 2
"""Row number of the first row below a header."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rows of one frame come from.

    Parameters
    ----------
    name
        As the user knows it: "orders.csv", "sheet Item", "item".
    rows
        Row number of each row of the frame, null for a row that comes from the database;
        None = the frame's own order, counted from 2.
    unreadable
        By column, a Boolean for each row: the cell held something that is already a finding, and is null in the frame.
    """

    name: str
    rows: pl.Series | None = None
    unreadable: Mapping[str, pl.Series] = field(default_factory=dict)

    def take(self, mask: pl.Series) -> Place:
        """Return the place of the rows where `mask` is true."""
        rows = pl.int_range(FIRST_ROW, len(mask) + FIRST_ROW, eager=True) if self.rows is None else self.rows
        return replace(
            self,
            rows=rows.filter(mask),
            unreadable={name: cells.filter(mask) for name, cells in self.unreadable.items()},
        )

    def followed_by(self, height: int, num_stored: int) -> Place:
        """Return the place of these `height` rows followed by `num_stored` rows from the database."""
        if not num_stored:
            return self
        rows = pl.int_range(FIRST_ROW, height + FIRST_ROW, eager=True) if self.rows is None else self.rows
        stored = pl.repeat(None, num_stored, dtype=pl.Int64, eager=True)
        readable = pl.repeat(False, num_stored, dtype=pl.Boolean, eager=True)
        return replace(
            self,
            rows=pl.concat([rows.cast(pl.Int64), stored]),
            unreadable={name: pl.concat([cells, readable]) for name, cells in self.unreadable.items()},
        )

    def row(self, index: int) -> int | None:
        """Return the row number of a row of the frame; None when it comes from the database."""
        return index + FIRST_ROW if self.rows is None else self.rows[index]


def show_value(value: object) -> str | None:
    """Return a value as a finding shows it; None for null."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def add_rows(
    findings: Findings,
    place: Place,
    broken: pl.Series,
    rule: str,
    remedy: str,
    *,
    column: str | None = None,
    values: pl.Series | None = None,
    remedies: Mapping[str, str] | None = None,
    severity: Severity = "error",
) -> None:
    """Add one finding for each row where `broken` is true, the first `SHOWN_PER_RULE` in full and the rest as a count.

    Parameters
    ----------
    findings
        Collection that is added to.
    place
        Where the rows come from.
    broken
        Boolean for each row of the frame; null counts as false.
    rule, remedy
        The broken rule and what to do about it, without full stops.
    column, values
        Name of the column and its values, as long as `broken`; None when the rule joins several columns.
    remedies
        A better remedy for some values, by value as text.
    severity
        See `Finding`.
    """
    indices = broken.fill_null(False).arg_true()
    shown = indices.head(SHOWN_PER_RULE).to_list()
    for number, index in enumerate(shown, start=1):
        value = None if values is None else show_value(values[index])
        row = place.row(index)
        findings.add(
            Finding(
                place=place.name if row is not None else place.name + STORED,
                rule=rule,
                remedy=(remedies or {}).get(str(value), remedy),
                row=row,
                column=column,
                value=value,
                severity=severity,
            ),
            times=1 if number < len(shown) else len(indices) - len(shown) + 1,
        )
