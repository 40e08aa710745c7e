"""Calendars: weekly shifts and dated exceptions as open intervals, and arithmetic in working time.

A calendar is three arrays: sorted, disjoint intervals `[open_start, open_end)` in int64 seconds from a start, and
the level of each. Kernels take the arrays of many calendars at once and the range `lo` to `hi - 1` of one of them;
`worked` holds the working seconds of that calendar before each interval, so that every question is one search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.compiled import njit
from drumbeat.basics.findings import Finding

Int32s: TypeAlias = NDArray[np.int32]
Int64s: TypeAlias = NDArray[np.int64]

NEVER = 2**60
"""A time later than any horizon."""

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Shift:
    """A weekly shift in local time.

    Parameters
    ----------
    weekday
        0 = Monday to 6 = Sunday: the day on which it starts.
    start, end
        Local times; an end at or before the start is on the next day.
    level
        Multiplies the capacity of what follows the calendar, >= 1.
    """

    weekday: int
    start: time
    end: time
    level: int = 1


@dataclass(frozen=True, slots=True)
class DatedException:
    """A time that is open or closed against the weekly shifts; moments carry a time zone, the end is exclusive."""

    starts_at: datetime
    ends_at: datetime
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class OpenTimes:
    """Sorted, disjoint open intervals; touching ones differ in level. Shape (n,) each, seconds from the start."""

    open_start: Int64s = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    open_end: Int64s = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    level: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    @property
    def is_never_open(self) -> bool:
        """Whether there is no open second at all."""
        return len(self.open_start) == 0


def expand_shifts(
    shifts: Iterable[Shift],
    exceptions: Iterable[DatedException] = (),
    *,
    zone: str,
    start: datetime,
    horizon_seconds: int,
) -> OpenTimes:
    """Expand weekly shifts and dated exceptions into open intervals.

    Shifts are local: on the night when the clock is put forward, a shift over it is an hour shorter. Where shifts
    overlap, the highest level holds. Where exceptions overlap, the shorter one holds, as the more specific
    (a closed one among equals); an open exception keeps the level of a shift below it and is level 1 elsewhere.

    Parameters
    ----------
    shifts, exceptions
        What repeats weekly, and what differs.
    zone
        IANA name of the time zone of the shifts.
    start
        Moment of second 0, with a time zone.
    horizon_seconds
        Length of the expansion, > 0; intervals are cut at 0 and at the horizon.

    Returns
    -------
    OpenTimes
        Without any interval when nothing is ever open within the horizon; see `find_never_open`.
    """
    spans = [(a, b, level) for a, b, level in _weekly(list(shifts), zone, start, horizon_seconds)]
    bounds: list[tuple[int, int, bool]] = []
    for exception in exceptions:
        first = int((exception.starts_at - start).total_seconds())
        last = int((exception.ends_at - start).total_seconds())
        if last > 0 and first < horizon_seconds and last > first:
            bounds.append((max(first, 0), min(last, horizon_seconds), exception.is_open))
    # Longest first, so that what is more specific is written over it.
    bounds.sort(key=lambda bound: (bound[0] - bound[1], not bound[2]))
    cuts = np.unique(np.array([t for a, b, _ in (*spans, *bounds) for t in (a, b)], dtype=np.int64))
    if len(cuts) < 2:
        return OpenTimes()
    level = np.zeros(len(cuts) - 1, dtype=np.int32)
    for a, b, height in spans:
        i, j = np.searchsorted(cuts, (a, b))
        np.maximum(level[i:j], height, out=level[i:j])
    for a, b, is_open in bounds:
        i, j = np.searchsorted(cuts, (a, b))
        level[i:j] = np.maximum(level[i:j], 1) if is_open else 0
    return merge_touching(cuts[:-1], cuts[1:], level)


def _weekly(shifts: list[Shift], zone: str, start: datetime, horizon: int) -> Iterable[tuple[int, int, int]]:
    place = ZoneInfo(zone)
    local_day = (start.astimezone(place) - timedelta(days=8)).date()
    by_day: dict[int, list[Shift]] = {}
    for shift in shifts:
        by_day.setdefault(shift.weekday, []).append(shift)
    for _ in range(horizon // DAY_SECONDS + 11):
        for shift in by_day.get(local_day.weekday(), ()):
            last_day = local_day if shift.end > shift.start else local_day + timedelta(days=1)
            opens = datetime.combine(local_day, shift.start, place).astimezone(UTC)
            closes = datetime.combine(last_day, shift.end, place).astimezone(UTC)
            a = max(int((opens - start).total_seconds()), 0)
            b = min(int((closes - start).total_seconds()), horizon)
            if a < b:
                yield a, b, shift.level
        local_day += timedelta(days=1)


def merge_touching(open_start: Int64s, open_end: Int64s, level: Int32s) -> OpenTimes:
    """Drop intervals of level 0 or without length and join touching ones of one level; the input is sorted."""
    keep = (level > 0) & (open_end > open_start)
    open_start, open_end, level = open_start[keep], open_end[keep], level[keep]
    if len(open_start) == 0:
        return OpenTimes()
    is_new = np.ones(len(open_start), dtype=bool)
    is_new[1:] = (open_start[1:] != open_end[:-1]) | (level[1:] != level[:-1])
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], len(open_start)) - 1
    return OpenTimes(open_start[first], open_end[last], level[first].astype(np.int32))


def add_levels(parts: Sequence[OpenTimes]) -> OpenTimes:
    """Add up the levels of several calendars: three people on shift are a level of 3."""
    if not parts:
        return OpenTimes()
    moments = np.concatenate([np.concatenate((part.open_start, part.open_end)) for part in parts])
    change = np.concatenate([np.concatenate((part.level, -part.level)) for part in parts]).astype(np.int64)
    if len(moments) == 0:
        return OpenTimes()
    cuts, where = np.unique(moments, return_inverse=True)
    level = np.cumsum(np.bincount(where, weights=change, minlength=len(cuts))).astype(np.int32)
    return merge_touching(cuts[:-1], cuts[1:], level[:-1])


def take_off(times: OpenTimes, starts: Int64s, ends: Int64s, amount: int = NEVER) -> OpenTimes:
    """Close spans of a calendar, or lower its level there by `amount` for each span.

    Parameters
    ----------
    times
        The calendar.
    starts, ends
        Shape (n,): spans in seconds, in any order; they may overlap.
    amount
        How much each span takes off the level; the default closes altogether.
    """
    keep = ends > starts
    starts, ends = starts[keep], ends[keep]
    if len(starts) == 0 or times.is_never_open:
        return times
    cuts = np.unique(np.concatenate((times.open_start, times.open_end, starts, ends)))
    level = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(level, np.searchsorted(cuts, times.open_start), times.level)
    np.add.at(level, np.searchsorted(cuts, times.open_end), -times.level.astype(np.int64))
    taken = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(taken, np.searchsorted(cuts, starts), 1)
    np.add.at(taken, np.searchsorted(cuts, ends), -1)
    level, taken = np.cumsum(level), np.cumsum(taken)
    left = np.where(taken > 0, np.maximum(level - taken * min(amount, 2**31), 0), level)
    return merge_touching(cuts[:-1], cuts[1:], left[:-1].astype(np.int32))


def intersect_calendars(parts: Sequence[OpenTimes]) -> OpenTimes:
    """Return when all of several calendars are open, at level 1; always (to `NEVER`) when there is none."""
    if not parts:
        return OpenTimes(np.zeros(1, np.int64), np.full(1, NEVER, np.int64), np.ones(1, np.int32))
    flat = [merge_touching(part.open_start, part.open_end, np.ones(len(part.level), np.int32)) for part in parts]
    both = add_levels(flat)
    return merge_touching(both.open_start, both.open_end, (both.level == len(parts)).astype(np.int32))


def find_never_open(name: str, times: OpenTimes, place: str = "calendar") -> list[Finding]:
    """Say that a calendar never opens; nothing when it does."""
    if not times.is_never_open:
        return []
    rule = "a calendar is open at some time within the horizon"
    remedy = "Add a weekly shift or an open exception, or shorten the exceptions that close it"
    return [Finding(place, rule, remedy, column="code", value=name)]


def count_worked(ptr: Int64s, open_start: Int64s, open_end: Int64s) -> Int64s:
    """Return the working seconds of each calendar before each of its intervals; shape of `open_start`."""
    length = open_end - open_start
    before = np.cumsum(length) - length
    sizes = np.diff(ptr)
    offsets = before[np.minimum(ptr[:-1], max(len(before) - 1, 0))] if len(before) else np.zeros(len(sizes), np.int64)
    result: Int64s = before - np.repeat(offsets, sizes)
    return result


@njit(cache=True)
def find_interval(open_end: Int64s, lo: int, hi: int, moment: int) -> int:
    """Return the first interval that ends after `moment`; `hi` when there is none."""
    while lo < hi:
        mid = (lo + hi) >> 1
        if open_end[mid] > moment:
            hi = mid
        else:
            lo = mid + 1
    return lo


@njit(cache=True)
def next_open(open_start: Int64s, open_end: Int64s, lo: int, hi: int, moment: int) -> int:
    """Return the first open second at or after `moment`; `NEVER` when there is none."""
    k = find_interval(open_end, lo, hi, moment)
    if k == hi:
        return NEVER
    return max(moment, open_start[k])


@njit(cache=True)
def worked_until(open_start: Int64s, open_end: Int64s, worked: Int64s, lo: int, hi: int, moment: int) -> int:
    """Return the working seconds from 0 to `moment`."""
    k = find_interval(open_end, lo, hi, moment)
    if k < hi:
        return worked[k] + max(0, moment - open_start[k])
    return 0 if hi == lo else worked[hi - 1] + open_end[hi - 1] - open_start[hi - 1]


@njit(cache=True)
def add_working(
    open_start: Int64s, open_end: Int64s, worked: Int64s, lo: int, hi: int, moment: int, seconds: int
) -> int:
    """Return when work of `seconds` that starts at `moment` ends, pausing while closed.

    Work of no length ends at the next open second. `NEVER` when the calendar ends before.
    """
    k = find_interval(open_end, lo, hi, moment)
    if k == hi:
        return NEVER
    begin = max(moment, open_start[k])
    if begin + seconds <= open_end[k]:
        return begin + seconds
    target = worked[k] + begin - open_start[k] + seconds
    low, high = k + 1, hi
    while low < high:
        mid = (low + high) >> 1
        if worked[mid] + open_end[mid] - open_start[mid] >= target:
            high = mid
        else:
            low = mid + 1
    return NEVER if low == hi else open_start[low] + target - worked[low]


@njit(cache=True)
def working_between(
    open_start: Int64s, open_end: Int64s, worked: Int64s, lo: int, hi: int, first: int, last: int
) -> int:
    """Return the working seconds in [first, last); 0 when `last` is not after `first`."""
    if last <= first:
        return 0
    return worked_until(open_start, open_end, worked, lo, hi, last) - worked_until(
        open_start, open_end, worked, lo, hi, first
    )


@njit(cache=True)
def fit_unpaused(open_start: Int64s, open_end: Int64s, lo: int, hi: int, moment: int, seconds: int) -> int:
    """Return the first start at or after `moment` of work that may not pause; `NEVER` when it never fits."""
    for k in range(find_interval(open_end, lo, hi, moment), hi):
        begin = max(moment, open_start[k])
        if begin + seconds <= open_end[k]:
            return begin
    return NEVER


@njit(cache=True)
def start_to_end_after(
    open_start: Int64s, open_end: Int64s, worked: Int64s, lo: int, hi: int, moment: int, seconds: int
) -> int:
    """Return the earliest open start of work of `seconds`, pausing, that ends at or after `moment`."""
    target = worked_until(open_start, open_end, worked, lo, hi, moment) - seconds
    k = find_interval(open_end, lo, hi, moment)
    is_closed = k == hi or moment <= open_start[k]  # nothing ends at an opening
    if is_closed and not (k > lo and open_end[k - 1] == moment):
        target += 1  # the work must reach into the next interval
    if target <= 0:
        return next_open(open_start, open_end, lo, hi, 0)
    low, high = lo, hi
    while low < high:
        mid = (low + high) >> 1
        if worked[mid] + open_end[mid] - open_start[mid] > target:
            high = mid
        else:
            low = mid + 1
    return NEVER if low == hi else open_start[low] + max(target - worked[low], 0)
