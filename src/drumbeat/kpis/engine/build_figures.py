"""Build the figures of a measure for the enterprise and every part of it, from the same weekly sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import polars as pl

from drumbeat.basics.intervals import wilson_interval
from drumbeat.kpis.engine.estimate_interval import Interval, ratio_interval
from drumbeat.kpis.engine.judge_series import BASELINE
from drumbeat.kpis.engine.result import Figure, Level, Point

WEEK = timedelta(days=7)
SHOWN_EVIDENCE = 50
"""Keys of evidence kept with a figure; the rest are counted."""

LEAST_WEEKS = 52
"""Weeks of history that trends look back over, where there are so many."""

_COLUMN: dict[Level, str] = {
    "enterprise": "", "region": "region", "site": "site", "line": "line", "cost centre": "cost_centre",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """Weeks that end at the moment of the data: each holds one of every weekday.

    Parameters
    ----------
    edges
        Ascending; week w runs from `edges[w]` to `edges[w + 1]`.
    first
        Index of the first week of the scorecard's period; those before are only baseline.
    """

    edges: tuple[datetime, ...]
    first: int

    @property
    def start(self) -> datetime:
        """Start of the period."""
        return self.edges[self.first]

    @property
    def end(self) -> datetime:
        """End of the period: the moment of the data."""
        return self.edges[-1]

    @property
    def num_weeks(self) -> int:
        """All weeks, the baseline included."""
        return len(self.edges) - 1


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure measures; the fields are those of `Figure`.

    `interval`: "wilson" where `part` and `whole` count independent things, "weeks" (jackknife over the weeks)
    where they don't.
    """

    key: str
    name: str
    unit: str
    counted: str
    better: Literal["up", "down", ""]
    table: str
    interval: Literal["wilson", "weeks"]
    note: str


def cut_weeks(end: datetime, weeks: int) -> Window:
    """Cut the time before `end` into weeks: `weeks` (>= 1) of period, and a baseline before; at least a year in all."""
    total = max(weeks + BASELINE, LEAST_WEEKS)
    return Window(tuple(end - WEEK * (total - w) for w in range(total + 1)), total - weeks)


def add_week(frame: pl.DataFrame, column: str, window: Window) -> pl.DataFrame:
    """Add `week`, the index of the week in which a moment lies; rows outside of all weeks are dropped."""
    since = (pl.col(column) - pl.lit(window.edges[0]).cast(pl.Datetime("us", "UTC"))).dt.total_microseconds()
    week = since.floordiv(int(WEEK.total_seconds() * 1_000_000))
    return frame.with_columns(week.cast(pl.Int64).alias("week")).filter(
        pl.col("week").is_between(0, window.num_weeks - 1)
    )


def build_figures(
    measure: Measure,
    weekly: pl.DataFrame,
    window: Window,
    *,
    levels: Sequence[Level] = ("enterprise", "region", "site"),
    regions: Mapping[str, str] | None = None,
    evidence: pl.DataFrame | None = None,
    parts: pl.DataFrame | None = None,
) -> list[Figure]:
    """Build a measure's figures.

    Parameters
    ----------
    measure
        What is measured.
    weekly
        week, part, whole, n, and the columns of the levels (site, line, cost_centre): the value of any scope and
        time is the sum of `part` over the sum of `whole`, so that every roll-up is exact.
    window
        The weeks.
    levels
        For which scopes; the enterprise's figure comes back even without any row, as "not enough data".
    regions
        By site, the region that it belongs to; sites that are left out belong to none.
    evidence
        key, weight, week and the columns of the levels: rows behind the figure; within the period, the heaviest
        are shown first.
    parts
        name, hours, week and the columns of the levels: what the figure is made of.

    Returns
    -------
    The figures, level by level, scopes sorted.
    """
    figures = []
    places = regions or {}
    weekly = _add_region(weekly, places)
    evidence = None if evidence is None else _add_region(evidence, places)
    parts = None if parts is None else _add_region(parts, places)
    for level in levels:
        column = _COLUMN[level]
        scopes = [""] if not column else weekly[column].drop_nulls().unique().sort().to_list()
        groups = _split(weekly, column)
        proofs = {} if evidence is None else _split(evidence.filter(pl.col("week") >= window.first), column)
        portions = {} if parts is None else _split(parts.filter(pl.col("week") >= window.first), column)
        for scope in scopes:
            group = groups.get(scope, weekly.clear())
            figures.append(_figure(measure, level, scope, group, window, proofs.get(scope), portions.get(scope)))
    return figures


def _add_region(frame: pl.DataFrame, regions: Mapping[str, str]) -> pl.DataFrame:
    site = pl.col("site").cast(pl.String)
    return frame.with_columns(site.replace_strict(regions, default=None, return_dtype=pl.String).alias("region"))


def _split(frame: pl.DataFrame, column: str) -> dict[str, pl.DataFrame]:
    if not column:
        return {"": frame}
    return {str(key[0]): part for key, part in frame.partition_by(column, as_dict=True).items() if key[0] is not None}


def _figure(
    measure: Measure,
    level: Level,
    scope: str,
    weekly: pl.DataFrame,
    window: Window,
    evidence: pl.DataFrame | None,
    parts: pl.DataFrame | None,
) -> Figure:
    part, whole, n = (sum_weeks(weekly, name, window.num_weeks) for name in ("part", "whole", "n"))
    values = [float(p / q) if q > 0 else None for p, q in zip(part, whole, strict=True)]
    known = [w for w, value in enumerate(values) if value is not None]
    # Records begin somewhere within a week: the first one, where it is only baseline, is seldom a whole one.
    known = known[1:] if known and 0 < known[0] < window.first else known
    total_part, total_whole = float(part[window.first :].sum()), float(whole[window.first :].sum())
    value = total_part / total_whole if total_whole > 0 else None
    interval: Interval | None = None
    if value is not None and measure.interval == "wilson":
        low, high = wilson_interval(total_part, total_whole)
        interval = float(low), float(high)
    elif value is not None:
        interval = ratio_interval(part[window.first :].tolist(), whole[window.first :].tolist())
        if interval is not None and measure.unit == "share" and measure.better == "up":
            interval = max(interval[0], 0.0), min(interval[1], 1.0)
    keys: tuple[str, ...] = ()
    if evidence is not None and evidence.height:
        heaviest = evidence.sort(["weight", "key"], descending=[True, False]).head(SHOWN_EVIDENCE)
        keys = tuple(heaviest["key"].to_list())
    return Figure(
        key=measure.key,
        name=measure.name,
        level=level,
        scope=scope,
        value=value,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        n=int(n[window.first :].sum()),
        counted=measure.counted,
        unit=measure.unit,
        start=window.start,
        end=window.end,
        better=measure.better,
        note=measure.note,
        series=tuple(
            Point(window.edges[w], values[w], int(n[w]), float(part[w]), float(whole[w]))
            for w in range(known[0] if known else 0, window.num_weeks)
        )
        if known
        else (),
        table=measure.table,
        evidence=keys,
        num_evidence=0 if evidence is None else evidence.height,
        parts=_parts(parts),
        is_count=measure.interval == "wilson",
    )


def _parts(parts: pl.DataFrame | None) -> tuple[tuple[str, float], ...]:
    if parts is None or not parts.height:
        return ()
    summed = parts.group_by("name", maintain_order=True).agg(pl.col("hours").sum())
    return tuple((str(name), float(amount)) for name, amount in summed.iter_rows())


def sum_weeks(weekly: pl.DataFrame, column: str, num_weeks: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Sum a column by week; shape (num_weeks,), 0 where a week has no rows.

    Whole numbers are summed as such, so that the order of rows cannot matter.
    """
    summed = np.zeros(num_weeks, dtype=np.float64)
    by_week = weekly.group_by("week").agg(pl.col(column).sum())
    summed[by_week["week"].to_numpy()] = by_week[column].cast(pl.Float64).to_numpy()
    return summed
