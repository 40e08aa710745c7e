"""Calendars: shifts over midnight and over the change of the clock, exceptions, and inverse properties."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.calendars import (
    NEVER,
    DatedException,
    OpenTimes,
    Shift,
    add_levels,
    add_working,
    count_worked,
    expand_shifts,
    find_never_open,
    fit_unpaused,
    intersect_calendars,
    next_open,
    start_to_end_after,
    take_off,
    working_between,
)

HOUR, DAY = 3600, 86_400
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def hours(times: OpenTimes) -> list[tuple[float, float, int]]:
    return [(a / HOUR, b / HOUR, v) for a, b, v in zip(times.open_start, times.open_end, times.level, strict=True)]


def expand(shifts, exceptions=(), zone="UTC", start=MONDAY, days=7) -> OpenTimes:
    return expand_shifts(shifts, exceptions, zone=zone, start=start, horizon_seconds=days * DAY)


def test_a_day_shift_and_a_night_shift_over_midnight_and_over_the_week():
    times = expand([Shift(0, time(6), time(14)), Shift(6, time(22), time(6))])
    assert hours(times) == [(0, 14, 1), (166, 168, 1)]  # Sunday's night shift reaches into Monday


def test_an_end_at_midnight_is_the_end_of_the_day():
    assert hours(expand([Shift(1, time(16), time(0))])) == [(40, 48, 1)]


def test_local_shifts_follow_the_clock():
    # Berlin is UTC+1 before 29 March 2026, 01:00 UTC, and UTC+2 after.
    start = datetime(2026, 3, 28, tzinfo=UTC)
    night = expand(
        [Shift(5, time(22), time(6)), Shift(6, time(22), time(6))], zone="Europe/Berlin", start=start, days=3
    )
    assert hours(night) == [(21, 28, 1), (44, 52, 1)]  # 7 hours, then 8
    autumn = datetime(2026, 10, 24, tzinfo=UTC)
    night = expand([Shift(5, time(22), time(6))], zone="Europe/Berlin", start=autumn, days=3)
    assert hours(night) == [(20, 29, 1)]  # 9 hours


def test_exceptions_close_and_open_and_the_shorter_holds():
    week = [Shift(day, time(8), time(16)) for day in range(5)]
    holiday = DatedException(MONDAY, MONDAY + timedelta(days=3))
    extra = DatedException(MONDAY + timedelta(hours=34), MONDAY + timedelta(hours=38), is_open=True)
    times = expand(week, [extra, holiday])
    assert hours(times) == [(34, 38, 1), (80, 88, 1), (104, 112, 1)]


def test_the_highest_level_of_overlapping_shifts_holds():
    times = expand([Shift(0, time(6), time(14), 3), Shift(0, time(12), time(20))], days=1)
    assert hours(times) == [(6, 14, 3), (14, 20, 1)]


def test_a_calendar_that_never_opens_is_a_finding():
    times = expand([])
    assert times.is_never_open
    assert find_never_open("NIGHT", times)[0].value == "NIGHT"
    assert find_never_open("DAY", expand([Shift(0, time(8), time(16))])) == []


def test_people_add_up_and_absence_takes_one_off():
    day = expand([Shift(0, time(8), time(16))], days=1)
    late = expand([Shift(0, time(12), time(20))], days=1)
    both = add_levels([day, late])
    assert hours(both) == [(8, 12, 1), (12, 16, 2), (16, 20, 1)]
    away = take_off(both, np.array([10 * HOUR]), np.array([14 * HOUR]), amount=1)
    assert hours(away) == [(8, 10, 1), (12, 14, 1), (14, 16, 2), (16, 20, 1)]
    assert hours(take_off(both, np.array([9 * HOUR]), np.array([19 * HOUR]))) == [(8, 9, 1), (19, 20, 1)]


def test_the_intersection_is_when_all_are_open():
    a = expand([Shift(0, time(6), time(14), 2)], days=1)
    b = expand([Shift(0, time(10), time(18))], days=1)
    assert hours(intersect_calendars([a, b])) == [(10, 14, 1)]
    assert intersect_calendars([a, OpenTimes()]).is_never_open
    assert intersect_calendars([]).open_end[0] == NEVER


@st.composite
def books(draw):
    moment, starts, ends = 0, [], []
    for _ in range(draw(st.integers(1, 8))):
        moment += draw(st.integers(1, 20))
        starts.append(moment)
        moment += draw(st.integers(1, 20))
        ends.append(moment)
    arrays = np.array(starts, np.int64), np.array(ends, np.int64)
    return (*arrays, count_worked(np.array([0, len(starts)]), *arrays))


def open_seconds(book) -> list[int]:
    return [s for a, b in zip(book[0].tolist(), book[1].tolist(), strict=True) for s in range(a, b)]


@settings(deadline=None)
@given(book=books(), moment=st.integers(0, 200), seconds=st.integers(0, 80))
def test_working_time_agrees_with_counting_seconds(book, moment, seconds):
    starts, ends, worked = book
    n, ahead = len(starts), [s for s in open_seconds(book) if s >= moment]
    assert next_open(starts, ends, 0, n, moment) == (ahead[0] if ahead else NEVER)
    end = add_working(starts, ends, worked, 0, n, moment, seconds)
    if not ahead or len(ahead) < seconds:
        assert end == NEVER
    else:
        assert end == (ahead[seconds - 1] + 1 if seconds else ahead[0])
        assert working_between(starts, ends, worked, 0, n, moment, end) == seconds
    begin = fit_unpaused(starts, ends, 0, n, moment, seconds)
    known = set(open_seconds(book))
    fits = [s for s in ahead if all(s + i in known for i in range(seconds))]
    assert begin == (fits[0] if fits else NEVER)


@settings(deadline=None)
@given(book=books(), moment=st.integers(0, 200), seconds=st.integers(1, 60))
def test_the_start_found_backwards_is_the_earliest_that_ends_late_enough(book, moment, seconds):
    starts, ends, worked = book
    n = len(starts)
    found = start_to_end_after(starts, ends, worked, 0, n, moment, seconds)
    late_enough = [s for s in open_seconds(book) if add_working(starts, ends, worked, 0, n, s, seconds) >= moment]
    assert found == (late_enough[0] if late_enough else NEVER)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_year_of_shifts_is_sorted_and_disjoint(zone):
    shifts = [Shift(day, start, end) for day in range(7) for start, end in ((time(6), time(14)), (time(22), time(2)))]
    times = expand(shifts, zone=zone, days=365)
    assert (times.open_start[1:] >= times.open_end[:-1]).all()
    assert (times.open_end > times.open_start).all()
    open_hours = (times.open_end - times.open_start).sum() / HOUR
    assert abs(open_hours - 12 * 365) <= 12
