"""References by code: the row that is referred to is there."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from drumbeat.basics.findings import SHOWN_PER_RULE, Findings
from drumbeat.data.match_names import CodeBook
from drumbeat.data.places import Place, add_rows
from drumbeat.data.schema import schemas


def check_references(findings: Findings, places: Mapping[str, Place], frames: Mapping[str, pl.DataFrame]) -> None:
    """Find the cells that hold a code that its table does not have; suggest the code that may be meant."""
    books: dict[str, CodeBook] = {}
    for name, schema in schemas().items():
        frame = frames[name]
        for column in schema.columns:
            if column.refers_to is None or not frame.height:
                continue
            codes = frame[column.name]
            unknown = find_unknown(codes, frames[column.refers_to]["code"])
            if not unknown.len():
                continue
            if column.refers_to not in books:
                books[column.refers_to] = CodeBook(frames[column.refers_to]["code"].drop_nulls())
            suggestions = {code: books[column.refers_to].suggest(code) for code in unknown.head(SHOWN_PER_RULE)}
            add_rows(
                findings,
                places[name],
                codes.is_in(unknown.implode()),
                f"{column.name} is the code of a row of {column.refers_to}",
                f"Add it to {column.refers_to}, or correct the code",
                column=column.name,
                values=codes,
                remedies={code: f"Did you mean {meant!r}?" for code, meant in suggestions.items() if meant},
            )


def find_unknown(codes: pl.Series, known: pl.Series) -> pl.Series:
    """Return the distinct codes that are not known, in the order in which they first stand."""
    distinct = codes.drop_nulls().unique(maintain_order=True)
    return distinct.filter(~distinct.is_in(known.drop_nulls().implode()))
