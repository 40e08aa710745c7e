"""Effectivity: of rows that say the same thing, one is valid at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from drumbeat.basics.findings import Findings, Severity
from drumbeat.data.places import Place, add_rows

EFFECTIVE: tuple[tuple[str, tuple[str, ...], Severity | None], ...] = (
    ("revision", ("item",), "warning"),
    ("bill_line", ("item", "component", "revision"), None),
    ("supply_term", ("supplier", "item", "site", "quantity_from"), "error"),
)
"""Tables with effectivity, the columns within which it may not overlap, and how bad it is when no row has a day.

A bill may list a component at several positions; two prices at once are wrong in any case.
"""


def check_overlaps(findings: Findings, places: Mapping[str, Place], frames: Mapping[str, pl.DataFrame]) -> None:
    """Find the rows that become valid while another row of the same columns still is."""
    for table, within, undated in EFFECTIVE:
        frame = frames[table]
        if frame.height < 2:
            continue
        overlapping = _find_overlaps(frame, within)
        if not overlapping.any():
            continue
        is_dated = frame.select(pl.col("valid_from").is_not_null() | pl.col("valid_to").is_not_null()).to_series()
        _add_overlaps(findings, places[table], frame, within, overlapping & is_dated, "error")
        if undated:
            _add_overlaps(findings, places[table], frame, within, overlapping & ~is_dated, undated)


def _add_overlaps(
    findings: Findings,
    place: Place,
    frame: pl.DataFrame,
    within: tuple[str, ...],
    overlapping: pl.Series,
    severity: Severity,
) -> None:
    if not overlapping.any():
        return
    values = frame.select(
        pl.format(
            "{}: {} to {}",
            pl.concat_str([pl.col(name).cast(pl.String) for name in within], separator=" / ", ignore_nulls=True),
            pl.col("valid_from").cast(pl.String).fill_null("always"),
            pl.col("valid_to").cast(pl.String).fill_null("no end"),
        )
    ).to_series()
    rule = f"one row of the same {' + '.join(within)} is valid at a time"
    remedy = "Let the earlier row end (valid_to) on the day before the later one begins (valid_from)"
    add_rows(findings, place, overlapping, rule, remedy, values=values, severity=severity)


def _find_overlaps(frame: pl.DataFrame, within: tuple[str, ...]) -> pl.Series:
    first, last = pl.lit(date.min), pl.lit(date.max)
    ordered = (
        frame.select(
            *within,
            pl.int_range(pl.len()).alias("row"),
            pl.col("valid_from").fill_null(first).alias("from"),
            pl.col("valid_to").fill_null(last).alias("to"),
        )
        .sort(*within, "from", "row", nulls_last=True)
        .with_columns(pl.col("to").cum_max().shift(1).over(within).alias("latest"))
        .with_columns((pl.col("from") <= pl.col("latest")).fill_null(False).alias("overlaps"))
    )
    return ordered.sort("row")["overlaps"]
