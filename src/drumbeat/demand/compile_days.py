"""Compile working days: how many each period of each series has, against the usual.

Rules, so that nobody has to guess:

- Working days are Mondays to Fridays less the days of the table holiday; a holiday without a site is at all sites.
- Where periods are days, a holiday is a day without trade, on whichever weekday; weekends are left to the season.
- The usual month has the mean of the working days of the past; a week has five.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.compile_history import Compiled
from drumbeat.demand.engine.follow_days import Followed, OpenDays
from drumbeat.demand.number_periods import DAY, MONTH, WEEK, start_of

MOST_HOLIDAY_DAYS = 400
"""Days of one holiday that count: a longer one is a mistyped year."""


def compile_days(snapshot: Snapshot, compiled: Compiled) -> OpenDays | None:
    """Return the working days of compiled series; None where every period has as many as any other."""
    history, horizon = compiled.history, len(compiled.starts)
    if not history.num_series or not horizon:
        return None
    lengths = np.diff(history.ptr)
    first, end = int(compiled.first.min()), int(compiled.first[0] + lengths[0]) + horizon
    bounds = np.array([start_of(n, compiled.period) for n in range(first, end + 1)], dtype="datetime64[D]")
    holidays = _list_holidays(snapshot)
    sites = compiled.series["site"].to_list()
    known = {site: _measure_open(bounds, holidays, site, compiled.period, horizon) for site in set(sites)}
    if all((one == 1.0).all() for one in known.values()):
        return None
    past, future = np.empty(len(history.values)), np.empty((history.num_series, horizon))
    for s, site in enumerate(sites):
        begin = int(compiled.first[s]) - first
        past[history.ptr[s] : history.ptr[s + 1]] = known[site][begin : begin + lengths[s]]
        future[s] = known[site][-horizon:]
    number = np.arange(len(past)) - np.repeat(history.ptr[:-1], lengths) + np.repeat(compiled.first, lengths)
    season = {MONTH: 12, DAY: 7, WEEK: 1}[compiled.period]
    return OpenDays(past, future, number.astype(np.int64), (number % season).astype(np.int64))


def _list_holidays(snapshot: Snapshot) -> dict[str | None, list[date]]:
    """Days by site; None = at all sites."""
    found: dict[str | None, list[date]] = {}
    for site, begins, ends in snapshot["holiday"].select("site", "starts_on", "ends_on").iter_rows():
        days = min((ends - begins).days + 1, MOST_HOLIDAY_DAYS)
        found.setdefault(site, []).extend(begins + timedelta(days=n) for n in range(days))
    return found


def _measure_open(
    bounds: np.ndarray, holidays: dict[str | None, list[date]], site: str, period: str, horizon: int
) -> np.ndarray:
    """Working days of each period against the usual, shape (periods,)."""
    days = np.array([*holidays.get(None, []), *holidays.get(site, [])], dtype="datetime64[D]")
    if period == DAY:
        return np.where(np.isin(bounds[:-1], days), 0.0, 1.0)
    count = np.busday_count(bounds[:-1], bounds[1:], holidays=days).astype(np.float64)
    usual = 5.0 if period == WEEK else float(count[:-horizon].mean())
    share: np.ndarray = count / max(usual, 1.0)
    return share


def tell_days(followed: Followed, places: pl.DataFrame, findings: Findings) -> None:
    """Say how far demand follows working days, where it does."""
    moved = int((followed.share > 0).sum())
    if not moved:
        return
    rule = (
        f"a tenth of the working days less takes {followed.common:.0%} of a tenth of the demand in the mean "
        f"(plus or minus {1.96 * followed.error:.0%}): past and forecast are reckoned for usual periods"
    )
    value = f"{moved:,} of {places.height:,} series"
    findings.add(Finding("holiday", rule, "Enter the holidays of past and future years", value=value, severity="note"))
