"""When calendars are open, read from the database: for the board, which shades what is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drumbeat.basics.calendars import DatedException, OpenTimes, Shift, expand_shifts
from drumbeat.plant.models import CalendarException, CalendarShift, Weekday


def read_open_times(
    calendars: Sequence[tuple[str, str]], start: datetime, horizon_seconds: int
) -> dict[tuple[str, str], OpenTimes]:
    """Expand calendars into open intervals.

    Parameters
    ----------
    calendars
        (code of the calendar, IANA time zone) of each.
    start
        Moment of second 0, with a time zone.
    horizon_seconds
        Length of the expansion, > 0.

    Returns
    -------
    Open times by calendar and time zone; without intervals for a calendar that is not stored or never opens.
    """
    codes = {code for code, _ in calendars}
    days = {day: index for index, day in enumerate(Weekday.values)}
    shifts: dict[str, list[Shift]] = {code: [] for code in codes}
    exceptions: dict[str, list[DatedException]] = {code: [] for code in codes}
    weekly = CalendarShift.objects.filter(calendar__in=codes)
    for code, weekday, opens, closes, level in weekly.values_list("calendar_id", "weekday", "start", "end", "level"):
        shifts[code].append(Shift(days[weekday], opens, closes, level))
    dated = CalendarException.objects.filter(calendar__in=codes)
    for code, starts_at, ends_at, is_open in dated.values_list("calendar_id", "starts_at", "ends_at", "is_open"):
        exceptions[code].append(DatedException(starts_at, ends_at, is_open))
    return {
        (code, zone): expand_shifts(
            shifts[code], exceptions[code], zone=zone, start=start, horizon_seconds=horizon_seconds
        )
        for code, zone in calendars
    }
