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
    for row in CalendarShift.objects.filter(calendar__in=codes):
        shifts[row.calendar_id].append(Shift(days[row.weekday], row.start, row.end, row.level))
    for entry in CalendarException.objects.filter(calendar__in=codes):
        exceptions[entry.calendar_id].append(DatedException(entry.starts_at, entry.ends_at, entry.is_open))
    return {
        (code, zone): expand_shifts(
            shifts[code], exceptions[code], zone=zone, start=start, horizon_seconds=horizon_seconds
        )
        for code, zone in calendars
    }
