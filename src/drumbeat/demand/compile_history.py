"""Compile a snapshot's past demand into series without gaps.

Rules, so that nobody has to guess:

- A series is an item at a site. The period is a month where the middle distance of neighbouring first days is 28 days
  or more, a week where it is 7 or more, a day otherwise; it is one for all series.
- A period without a row had no demand, from the series' first row to the last period of all series that was over at
  the snapshot's moment: what is still running says too little.
- Returns that exceed what was bought in a period are told, and the period counts as one without demand.
- Promotions and prices: see `drumbeat.demand.compile_effects`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_effects import compile_effects
from drumbeat.demand.engine.problem import Effects, History
from drumbeat.demand.number_periods import DAY, MONTH, WEEK, number_of, number_periods, start_of

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
        Promotions and prices; None where there are none.
    period
        "day", "week" or "month".
    series
        Row s = series s: item, site.
    starts
        First day of each future period, as many as the horizon.
    end
        The day after the last of them.
    first
        Shape (S,): number of each series' first period; see `drumbeat.demand.number_periods`.
    findings
        What had to be assumed.
    """

    history: History
    effects: Effects | None
    period: str
    series: pl.DataFrame
    starts: list[date]
    end: date
    first: np.ndarray
    findings: Findings = field(default_factory=Findings)


def compile_history(snapshot: Snapshot, horizon: int) -> Compiled:
    """Compile the past demand of a snapshot, and the `horizon` periods after it."""
    findings = Findings()
    columns = ["item", "site", "period_start", "quantity", "was_short"]
    rows = snapshot["demand_history"].select(columns).sort("item", "site", "period_start")
    period = find_period(rows)
    over = number_of(snapshot.as_of.date(), period)
    rows = rows.with_columns(pl.Series("number", number_periods(rows["period_start"], period))).filter(
        pl.col("number") < over
    )
    if rows.is_empty():
        empty = History(np.array([], dtype=object), np.zeros(1, np.int64), np.zeros(0), CYCLES[period])
        starts = [start_of(over + step, period) for step in range(horizon + 1)]
        nothing = rows.select("item", "site"), starts[:horizon], starts[horizon], np.zeros(0, np.int64)
        return Compiled(empty, None, period, *nothing)
    last = int(rows["number"].max())  # type: ignore[arg-type]
    summed = rows.group_by("item", "site", "number", maintain_order=True).agg(
        pl.col("quantity").sum(), pl.col("was_short").any()
    )
    _report_returns(summed, findings)
    series = summed.group_by("item", "site", maintain_order=True).agg(pl.col("number").min().alias("first"))
    first = series["first"].to_numpy().astype(np.int64)
    ptr = np.concatenate(([0], np.cumsum(last + 1 - first))).astype(np.int64)
    numbered = summed.join(series.with_row_index("series"), on=["item", "site"], maintain_order="left")
    owner = numbered["series"].to_numpy()
    at = ptr[owner] + summed["number"].to_numpy() - first[owner]
    values, is_short = np.zeros(int(ptr[-1])), np.zeros(int(ptr[-1]), dtype=np.bool_)
    values[at] = np.maximum(summed["quantity"].to_numpy(), 0.0)
    is_short[at] = summed["was_short"].to_numpy()
    keys = np.array([f"{item} @ {site}" for item, site in series.select("item", "site").iter_rows()], dtype=object)
    starts = [start_of(last + 1 + step, period) for step in range(horizon + 1)]
    history = History(keys, ptr, values, CYCLES[period], is_short)
    effects = compile_effects(snapshot, series, ptr, last, period, horizon, findings)
    places = series.select("item", "site")
    return Compiled(history, effects, period, places, starts[:horizon], starts[horizon], first, findings)


def _report_returns(summed: pl.DataFrame, findings: Findings) -> None:
    below = summed.filter(pl.col("quantity") < 0)
    for row in below.iter_rows(named=True):
        rule = "demand is 0 or more: what came back is no demand; the period counts as one without"
        value = f"{row['item']} @ {row['site']}: {row['quantity']:g}"
        findings.add(
            Finding("demand_history", rule, "Enter what was asked for, returns apart", value=value, severity="warning")
        )


def find_period(rows: pl.DataFrame) -> str:
    """Return the kind of period of sorted rows (item, site, period_start)."""
    steps = rows.select(pl.col("period_start").diff().over("item", "site").dt.total_days()).to_series().drop_nulls()
    # Several rows of one period say nothing of its length.
    steps = steps.filter(steps > 0)
    if steps.is_empty():
        return MONTH
    middle = float(steps.median() or 0)  # type: ignore[arg-type]
    return MONTH if middle >= 28 else WEEK if middle >= 7 else DAY
