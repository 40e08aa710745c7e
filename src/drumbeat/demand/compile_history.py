"""Compile a snapshot's past demand into series without gaps, and its promotions into effects.

Rules, so that nobody has to guess:

- A series is an item at a site. The period is a month where the middle distance of neighbouring first days is 28 days
  or more, a week where it is 7 or more, a day otherwise; it is one for all series.
- A period without a row had no demand, from the series' first row to the last period of all series that was over at
  the snapshot's moment: what is still running says too little.
- A promotion counts by the share of the period that it covers; a promotion without a site is at all sites.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.engine.problem import Effects, History

DAY, WEEK, MONTH = "day", "week", "month"
CYCLES = {DAY: 7, WEEK: 52, MONTH: 12}
"""Periods after which a season comes again."""


@dataclass(frozen=True)
class Compiled:
    """Past demand, ready to forecast.

    Parameters
    ----------
    history
        The engine's.
    effects
        Promotions; None where there are none.
    period
        "day", "week" or "month".
    series
        Row s = series s: item, site.
    starts
        First day of each future period, as many as the horizon.
    """

    history: History
    effects: Effects | None
    period: str
    series: pl.DataFrame
    starts: list[date]


def compile_history(snapshot: Snapshot, horizon: int) -> Compiled:
    """Compile the past demand of a snapshot, and the `horizon` periods after it."""
    rows = (
        snapshot["demand_history"]
        .select("item", "site", "period_start", "quantity")
        .sort("item", "site", "period_start")
    )
    period = find_period(rows)
    number = _number_periods(rows["period_start"], period)
    over = _number_of(snapshot.as_of.date(), period)
    rows = rows.with_columns(pl.Series("number", number)).filter(pl.col("number") < over)
    if rows.is_empty():
        empty = History(np.array([], dtype=object), np.zeros(1, np.int64), np.zeros(0), CYCLES[period])
        return Compiled(empty, None, period, rows.select("item", "site"), [])
    last = int(rows["number"].max())  # type: ignore[arg-type]
    summed = rows.group_by("item", "site", "number", maintain_order=True).agg(pl.col("quantity").sum())
    series = summed.group_by("item", "site", maintain_order=True).agg(pl.col("number").min().alias("first"))
    sizes = last + 1 - series["first"].to_numpy()
    ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    values = np.zeros(int(ptr[-1]))
    owner = summed.join(series.with_row_index("series"), on=["item", "site"], maintain_order="left")[
        "series"
    ].to_numpy()
    values[ptr[owner] + summed["number"].to_numpy() - series["first"].to_numpy()[owner]] = summed["quantity"].to_numpy()
    keys = np.array([f"{item} @ {site}" for item, site in series.select("item", "site").iter_rows()], dtype=object)
    starts = [_start_of(last + 1 + step, period) for step in range(horizon + 1)]
    history = History(keys, ptr, values, CYCLES[period])
    effects = _compile_promotions(snapshot, series, ptr, last, period, horizon)
    return Compiled(history, effects, period, series.select("item", "site"), starts[:horizon])


def find_period(rows: pl.DataFrame) -> str:
    """Return the kind of period of sorted rows (item, site, period_start)."""
    steps = rows.select(pl.col("period_start").diff().over("item", "site").dt.total_days()).to_series().drop_nulls()
    if steps.is_empty():
        return MONTH
    middle = float(steps.median() or 0)  # type: ignore[arg-type]
    return MONTH if middle >= 28 else WEEK if middle >= 7 else DAY


def _number_of(day: date, period: str) -> int:
    if period == MONTH:
        return day.year * 12 + day.month - 1
    return day.toordinal() - 1 if period == DAY else (day.toordinal() - 1) // 7


def _start_of(number: int, period: str) -> date:
    if period == MONTH:
        return date(number // 12, number % 12 + 1, 1)
    # Ordinal 1 is a Monday.
    return date.fromordinal(number + 1 if period == DAY else number * 7 + 1)


def _number_periods(days: pl.Series, period: str) -> np.ndarray:
    if period == MONTH:
        return (days.dt.year().cast(pl.Int64) * 12 + days.dt.month().cast(pl.Int64) - 1).to_numpy()
    since = days.to_physical().cast(pl.Int64).to_numpy() + date(1970, 1, 1).toordinal() - 1
    return since if period == DAY else since // 7


def _compile_promotions(
    snapshot: Snapshot, series: pl.DataFrame, ptr: np.ndarray, last: int, period: str, horizon: int
) -> Effects | None:
    """Put promotions into one effect: the logarithm of the uplift that is told, times the share of the period."""
    promotions = snapshot["promotion"]
    if promotions.is_empty():
        return None
    rows = {pair: s for s, pair in enumerate(series.select("item", "site").iter_rows())}
    by_item: dict[str, list[int]] = {}
    for (item, _), s in rows.items():
        by_item.setdefault(item, []).append(s)
    first = series["first"].to_list()
    past, future = np.zeros((int(ptr[-1]), 1)), np.zeros((series.height, horizon, 1))
    seen = False
    for promotion in promotions.iter_rows(named=True):
        place = rows.get((promotion["item"], promotion["site"]))
        members = by_item.get(promotion["item"], []) if promotion["site"] is None else [] if place is None else [place]
        size = float(np.log(max(promotion["uplift"], 0.02)))
        begins, ends = promotion["starts_on"], promotion["ends_on"]
        for number in range(_number_of(begins, period), _number_of(ends, period) + 1):
            opens, closes = _start_of(number, period), _start_of(number + 1, period)
            covered = (min(ends + timedelta(days=1), closes) - max(begins, opens)).days / (closes - opens).days
            for s in members:
                if first[s] <= number <= last:
                    past[ptr[s] + number - first[s], 0] += covered * size
                    seen = True
                elif last < number <= last + horizon:
                    future[s, number - last - 1, 0] += covered * size
                    seen = True
    return Effects(("promotion",), past, future, expected=np.ones(1)) if seen else None
