"""Rows that say the same thing twice agree: order and routing on the item, machine and line on the site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from drumbeat.basics.findings import Findings, Severity
from drumbeat.data.places import Place, add_rows


class Agreement(NamedTuple):
    """A column that must equal a column of the row that another column refers to."""

    table: str
    column: str
    reference: str
    to: str
    their_column: str
    severity: Severity


AGREEMENTS = (
    Agreement("bill_line", "item", "revision", "revision", "item", "error"),
    Agreement("routing", "item", "revision", "revision", "item", "error"),
    Agreement("order", "item", "routing", "routing", "item", "error"),
    Agreement("order", "site", "routing", "routing", "site", "error"),
    Agreement("gate", "order", "task", "task", "order", "error"),
    Agreement("maintenance_order", "resource", "plan", "maintenance_plan", "resource", "warning"),
    Agreement("resource", "site", "line", "line", "site", "warning"),
    Agreement("resource", "site", "setup_crew", "resource", "site", "warning"),
    Agreement("person", "site", "crew", "crew", "site", "warning"),
    Agreement("lot", "item", "order", "order", "item", "warning"),
)


def check_agreement(findings: Findings, places: Mapping[str, Place], frames: Mapping[str, pl.DataFrame]) -> None:
    """Find the rows that contradict the row that they refer to; empty cells contradict nobody."""
    for rule in AGREEMENTS:
        frame, theirs = frames[rule.table], frames[rule.to]
        if not frame.height or not frame[rule.reference].count():
            continue
        told = theirs.select(pl.col("code").alias(rule.reference), pl.col(rule.their_column).alias("theirs"))
        both = frame.select(rule.column, rule.reference).join(
            told.unique(rule.reference), on=rule.reference, how="left", maintain_order="left"
        )
        broken = both.select((pl.col(rule.column) != pl.col("theirs")).fill_null(False)).to_series()
        if not broken.any():
            continue
        values = both.select(
            pl.format(
                f"{{}}, but {rule.reference} {{}} has {rule.their_column} {{}}",
                pl.col(rule.column).fill_null(""),
                pl.col(rule.reference).fill_null(""),
                pl.col("theirs").fill_null(""),
            )
        ).to_series()
        add_rows(
            findings,
            places[rule.table],
            broken,
            f"{rule.column} is that of the {rule.reference}",
            f"Correct {rule.column} or {rule.reference}",
            column=rule.column,
            values=values,
            severity=rule.severity,
        )
