"""Infer working hours from the hours of the week in which something was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import polars as pl

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS_OF_WEEK = 168
ENOUGH_HOURS = 200
ENOUGH_WEEKS = 4
SITE_HOLE, MACHINE_HOLE = 1, 3
"""Hours in a row without work that still count as working time: breaks, or chance."""

THIN = 0.2
"""An hour with less than this share of the work of a usual hour is no working time of the site."""

MACHINE_SHARE = 0.1
COVERED = 0.95


@dataclass(frozen=True, slots=True)
class Hours:
    """Working hours of the site or of one machine.

    Parameters
    ----------
    calendar
        Code of the calendar.
    hours
        Open hours of the week, 0 = Monday 00:00 to 01:00 local time.
    covered
        Share of the logged working time that lies inside.
    num_weeks
        Weeks that were looked at.
    """

    calendar: str
    hours: tuple[int, ...]
    covered: float
    num_weeks: int


def count_hours(rows: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """Count in how many weeks each machine worked in each hour of the week.

    Returns
    -------
    polars.DataFrame
        Columns `machine`, `hour` (0 to 167), `week` (number), `minutes`; one row a machine and hour that had any work.
    """
    worked = rows.filter((pl.col("kind") != "down") & (pl.col("ends_at") > pl.col("starts_at")))
    local = worked.select(
        "machine",
        pl.col("starts_at").dt.convert_time_zone(time_zone).dt.replace_time_zone(None),
        pl.col("ends_at").dt.convert_time_zone(time_zone).dt.replace_time_zone(None),
    )
    hour = 3_600_000_000
    first = pl.col("starts_at").dt.epoch("us") // hour
    last = (pl.col("ends_at").dt.epoch("us") - 1) // hour
    slots = local.with_columns(slot=pl.int_ranges(first, last + 1)).explode("slot")
    low = pl.max_horizontal(pl.col("starts_at").dt.epoch("us"), pl.col("slot") * hour)
    high = pl.min_horizontal(pl.col("ends_at").dt.epoch("us"), (pl.col("slot") + 1) * hour)
    monday = 3 * 24  # hour 0 of the epoch is Thursday 00:00; Monday came three days before
    return (
        slots.with_columns(minutes=(high - low) / 60e6)
        .group_by("machine", "slot")
        .agg(pl.col("minutes").sum())
        .with_columns(hour=(pl.col("slot") + monday) % HOURS_OF_WEEK, week=(pl.col("slot") + monday) // HOURS_OF_WEEK)
        .sort("machine", "slot")
        .select("machine", "hour", "week", "minutes")
    )


def find_hours(counts: pl.DataFrame, site: str, open_share: float) -> tuple[Hours, dict[str, Hours]]:
    """Find the working hours of the site, and of the machines that clearly keep their own.

    Parameters
    ----------
    counts
        Result of `count_hours`.
    site
        Code of the site; the calendars are named after it.
    open_share
        Share of the weeks in which something ran in an hour of the week from which it counts as working time, if it
        is not thin: a fifth of what three in four hours of the week that see work at all stay below.

    Returns
    -------
    tuple[Hours, dict[str, Hours]]
        The site's hours, and by machine the hours of those that worked at least 200 hours over four weeks, at fewer
        hours of the day than the site (an hour of the day counts where one in ten of their days saw work in it), with
        95 % of their work inside. Days of the week are the site's: a machine without work on a Friday may lack work.
    """
    weeks = counts["week"].n_unique()
    least = max(1 if weeks < ENOUGH_WEEKS else 2, open_share * weeks)
    busy = counts.group_by("hour").agg(pl.col("week").n_unique(), pl.col("minutes").sum())
    usual = pl.col("minutes").quantile(0.75, "linear")
    thick = busy.filter((pl.col("week") >= least) & (pl.col("minutes") >= THIN * usual))
    open_hours = _close_holes(set(thick["hour"].to_list()), SITE_HOLE)
    if not open_hours:
        open_hours = set(busy["hour"].to_list()) or set(range(HOURS_OF_WEEK))
    whole = Hours(f"{site} hours", tuple(sorted(open_hours)), _covered(counts, open_hours), weeks)
    own: dict[str, Hours] = {}
    for (machine,), frame in counts.group_by(["machine"], maintain_order=True):
        seen = frame["week"].n_unique()
        if frame["minutes"].sum() < 60 * ENOUGH_HOURS or seen < ENOUGH_WEEKS:
            continue
        day, clock = pl.col("week") * 7 + pl.col("hour") // 24, pl.col("hour") % 24
        days = frame.select(day.n_unique()).item()
        often = frame.group_by(clock.alias("clock")).agg(day.n_unique().alias("days"))
        enough = max(2.0, MACHINE_SHARE * days)
        clocks = _close_holes(set(often.filter(pl.col("days") >= enough)["clock"].to_list()), MACHINE_HOLE, 24)
        hours = {hour for hour in open_hours if hour % 24 in clocks}
        covered = _covered(frame, hours)
        if hours and len(hours) <= 0.9 * len(open_hours) and covered >= COVERED:
            own[str(machine)] = Hours(f"{machine} hours", tuple(sorted(hours)), covered, seen)
    return whole, own


def _close_holes(hours: set[int], longest: int, period: int = HOURS_OF_WEEK) -> set[int]:
    """Count holes of at most `longest` hours between open hours as open; the last hour is followed by the first."""
    closed = set(hours)
    for length in range(1, longest + 1):
        for hour in range(period):
            hole = {(hour + offset) % period for offset in range(length)}
            if (hour - 1) % period in hours and (hour + length) % period in hours:
                closed |= hole
    return closed


def _covered(counts: pl.DataFrame, hours: set[int]) -> float:
    total = float(counts["minutes"].sum())
    inside = float(counts.filter(pl.col("hour").is_in(sorted(hours)))["minutes"].sum())
    return inside / total if total else 1.0


def make_shifts(hours: Hours) -> list[dict[str, object]]:
    """Write open hours of the week as shifts: one row a run of hours on a weekday.

    Returns
    -------
    list[dict]
        Rows of the table `calendar_shift`: `calendar`, `weekday`, `start`, `end`.
    """
    is_open = set(hours.hours)
    rows: list[dict[str, object]] = []
    for day, weekday in enumerate(WEEKDAYS):
        start: int | None = None
        for hour in range(25):
            runs = hour < 24 and 24 * day + hour in is_open
            if runs and start is None:
                start = hour
            elif not runs and start is not None:
                rows.append(
                    {"calendar": hours.calendar, "weekday": weekday, "start": time(start), "end": time(hour % 24)}
                )
                start = None
    return rows


def write_hours(hours: Hours) -> str:
    """Write open hours for people: "Mon 06-24, Tue 00-24"; days with equal hours are not merged."""
    texts = []
    for row in make_shifts(hours):
        start, end = row["start"], row["end"]
        if isinstance(start, time) and isinstance(end, time):
            texts.append(f"{str(row['weekday']).capitalize()} {start.hour:02d}-{end.hour or 24:02d}")
    return ", ".join(texts)
