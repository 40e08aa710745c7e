"""Dispatch lists: what each machine does next, shift by shift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a machine stands and when it works.

    Parameters
    ----------
    zone
        IANA time zone of its site.
    shifts
        By weekday (0 = Monday) its shifts as local (start, end); an end at or before the start is on the next day.
    """

    zone: str
    shifts: Mapping[int, tuple[tuple[time, time], ...]]


@dataclass(frozen=True, slots=True)
class ShiftOf:
    """The shift in which a moment lies.

    Parameters
    ----------
    day
        Local day on which the shift starts.
    label
        "06:00–14:00"; "" outside any shift, or for what is always open.
    """

    day: date
    label: str


def read_places(
    resources: Iterable[tuple[str, str, str | None]], shifts: Iterable[tuple[str, str, time, time]]
) -> dict[str, Place]:
    """Find the place of each resource.

    Parameters
    ----------
    resources
        (code, time zone, calendar or None) of each.
    shifts
        (calendar, weekday as "mon", start, end) of each weekly shift.
    """
    weekly: dict[str, dict[int, list[tuple[time, time]]]] = {}
    for calendar, weekday, start, end in shifts:
        weekly.setdefault(calendar, {}).setdefault(WEEKDAYS.index(weekday), []).append((start, end))
    fixed = {calendar: {day: tuple(sorted(spans)) for day, spans in days.items()} for calendar, days in weekly.items()}
    return {code: Place(zone, fixed.get(calendar or "", {})) for code, zone, calendar in resources}


def find_shift(place: Place, moment: datetime) -> ShiftOf:
    """Find the shift of a moment: the one that started last, today or yesterday, and has not ended."""
    local = moment.astimezone(ZoneInfo(place.zone))
    now = local.replace(tzinfo=None)
    best: tuple[datetime, ShiftOf] | None = None
    for day in (local.date() - timedelta(days=1), local.date()):
        for start, end in place.shifts.get(day.weekday(), ()):
            began = datetime.combine(day, start)
            ended = datetime.combine(day + timedelta(days=end <= start), end)
            if began <= now < ended and (best is None or began > best[0]):
                best = (began, ShiftOf(day, f"{start:%H:%M}–{end:%H:%M}"))
    return best[1] if best else ShiftOf(local.date(), "")


def list_dispatch(tasks: pl.DataFrame, places: Mapping[str, Place]) -> pl.DataFrame:
    """List what each machine does, in its order, with the shift of each task.

    Parameters
    ----------
    tasks
        One row a task, with the columns resource and starts_at (moments); those without either are left out.
    places
        By resource; a resource that is not there is told in UTC.

    Returns
    -------
    pl.DataFrame
        The columns of `tasks` after resource, shift_day (local), shift ("06:00–14:00" or "") and place (1 = the
        machine's first); sorted by resource and start.
    """
    rows = tasks.filter(pl.col("starts_at").is_not_null() & (pl.col("resource") != "")).sort("resource", "starts_at")
    nowhere = Place("UTC", {})
    found = [
        find_shift(places.get(resource, nowhere), start)
        for resource, start in rows.select("resource", "starts_at").iter_rows()
    ]
    return rows.select(
        "resource",
        pl.Series("shift_day", [one.day for one in found], dtype=pl.Date),
        pl.Series("shift", [one.label for one in found], dtype=pl.String),
        pl.int_range(1, pl.len() + 1).over("resource").alias("place"),
        pl.exclude("resource"),
    )
