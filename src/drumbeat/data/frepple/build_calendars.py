"""Turn frePPLe's dated calendars into weekly shifts with dated exceptions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from drumbeat.data.frepple.draft import Draft
from drumbeat.data.frepple.read_records import DAY, Row, parse_time_of_day

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEK = 7 * DAY
YEARS_AHEAD = 3

Span = tuple[int, int, float]
"""Start and end in seconds, and the value between them."""


@dataclass
class Bucket:
    """A dated stretch of a calendar in which, on some weekdays and hours, a value holds."""

    row: Row
    value: float = field(init=False)
    priority: float = field(init=False)

    def __post_init__(self) -> None:
        row = self.row
        self.value = row.amount("value", 0.0)
        self.priority = row.amount("priority", 0.0)
        self.start = row.moment("startdate")
        self.end = row.moment("enddate")
        self.days = tuple(row.truth(day, True) for day in WEEKDAYS)
        self.opens = parse_time_of_day(row.text("starttime"), 0)
        closes = parse_time_of_day(row.text("endtime"), DAY)
        # The last second is meant to belong to it: "23:59:59" is midnight.
        self.closes = closes + 1 if closes % 60 == 59 else closes


@dataclass
class Calendars:
    """All calendars of the file, their buckets and values outside these, and the shifts already made of them."""

    draft: Draft
    made: dict[tuple[tuple[Span, ...], tuple[tuple[int, int, bool], ...]], str] = field(default_factory=dict)

    buckets: dict[str, list[Bucket]] = field(init=False)
    defaults: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        rows = self.draft.book["calendar"]
        self.defaults = {row.text("name"): row.amount("defaultvalue", 0.0) for row in rows}
        self.buckets = self._read_buckets()

    def _read_buckets(self) -> dict[str, list[Bucket]]:
        """Buckets by calendar, the most important first."""
        found: dict[str, list[Bucket]] = {name: [] for name in self.defaults}
        for row in self.draft.book["calendarbucket"]:
            name = row.text("calendar")
            if name not in found:
                row.wrong("calendar", "it is one of the calendars", "Add the calendar, or correct the name")
                continue
            found[name].append(Bucket(row))
        for buckets in found.values():
            buckets.sort(key=lambda bucket: bucket.priority)
        return found

    @cached_property
    def first_day(self) -> datetime:
        """Monday on which looking at calendars begins."""
        start = self.draft.as_of
        return start.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=start.weekday())

    @cached_property
    def num_weeks(self) -> int:
        """Weeks looked at; afterwards the usual week goes on for ever."""
        return 1 + YEARS_AHEAD * 53

    def day_values(self, name: str, midnight: datetime) -> list[Span]:
        """Values of a calendar over one day, in seconds since its midnight."""
        weekday = midnight.weekday()
        active = []
        for bucket in self.buckets[name]:
            opens, closes = bucket.opens, bucket.closes
            if not bucket.days[weekday]:
                continue
            if bucket.start:
                opens = max(opens, int((bucket.start - midnight).total_seconds()))
            if bucket.end:
                closes = min(closes, int((bucket.end - midnight).total_seconds()))
            if opens < closes:
                active.append((opens, closes, bucket.value))
        cuts = sorted({0, DAY, *(cut for opens, closes, _ in active for cut in (opens, closes))})
        spans = []
        for start, end in pairwise(cuts):
            value = next((v for opens, closes, v in active if opens <= start < closes), self.defaults[name])
            spans.append((start, end, value))
        return spans

    def week_values(self, availability: list[str], capacity: str, size: float, monday: datetime) -> tuple[Span, ...]:
        """Capacity over one week: `size`, or that of the capacity calendar, wherever all are available."""
        spans: list[Span] = []
        for day in range(7):
            midnight = monday + timedelta(days=day)
            today: list[Span] = [(0, DAY, size)] if not capacity else self.day_values(capacity, midnight)
            for name in availability:
                today = _within(today, self.day_values(name, midnight))
            spans += [(start + day * DAY, end + day * DAY, value) for start, end, value in today if value > 0]
        return tuple(_joined(spans))

    def build(self, availability: list[str], capacity: str, size: float, row: Row) -> tuple[str | None, int]:
        """Make the calendar of a resource, or find it among those made.

        Parameters
        ----------
        availability
            Calendars that must all be open.
        capacity
            Calendar whose value is the capacity; "" when it is always `size`.
        size
            Capacity where there is no capacity calendar.
        row
            Record of the resource, for findings.

        Returns
        -------
        tuple
            Code of the calendar (None = always open), and the capacity that its level multiplies.
        """
        names = [name for name in [*availability, capacity] if name]
        for name in names:
            if name not in self.buckets:
                row.wrong("calendar", f"its calendar {name!r} is one of the calendars", "Add the calendar")
                return None, 1
        mondays = [self.first_day + timedelta(weeks=week) for week in range(self.num_weeks)]
        weeks = [self.week_values(availability, capacity, size, monday) for monday in mondays]
        usual = Counter(weeks).most_common(1)[0][0]
        levels = sorted({int(value) or 1 for _, _, value in usual})
        if any(value != int(value) for _, _, value in usual):
            self.draft.book.note("resource", "a capacity is a whole number", "It is rounded down", row.text("name"))
        base = levels[0] if len(levels) == 1 else 1
        shifts = tuple((start, end, max(int(value), 1) // base) for start, end, value in usual)
        exceptions = self.exceptions(usual, weeks, row)
        if shifts == ((0, WEEK, 1),) and not exceptions:
            return None, base
        return self.store(names, shifts, exceptions), base

    def exceptions(
        self, usual: tuple[Span, ...], weeks: list[tuple[Span, ...]], row: Row
    ) -> tuple[tuple[int, int, bool], ...]:
        """Closed and open stretches that differ from the usual week, in seconds from the first day."""
        found: list[tuple[int, int, bool]] = []
        changed = 0
        for week, actual in enumerate(weeks):
            if actual == usual:
                continue
            here, there = [_plain(actual), _plain(usual)]
            for spans, is_open in ((_without(there, here), False), (_without(here, there), True)):
                found += [(start + week * WEEK, end + week * WEEK, is_open) for start, end in spans]
            changed += here == there
        if changed:
            self.draft.book.note(
                "resource",
                f"its capacity differs from the usual in {changed} weeks while it stays open",
                "The usual capacity is taken; add another resource for the difference",
                row.text("name"),
            )
        return tuple(_merged(sorted(found)))

    def is_always_open(self, name: str) -> bool:
        """Whether a calendar never closes in the weeks looked at."""
        mondays = (self.first_day + timedelta(weeks=week) for week in range(self.num_weeks))
        return all(self.week_values([name], "", 1, monday) == ((0, WEEK, 1),) for monday in mondays)

    def store(self, names: list[str], shifts: tuple[Span, ...], exceptions: tuple[tuple[int, int, bool], ...]) -> str:
        """Add the calendar to the tables, unless an equal one is there; return its code."""
        key = (shifts, exceptions)
        if key in self.made:
            return self.made[key]
        telling = [name for name in names if not self.is_always_open(name)]
        code = " + ".join(dict.fromkeys(telling or names))[:110]
        taken = list(self.made.values())
        code = code if code not in taken else f"{code} ({len(taken) + 1})"
        self.made[key] = code
        self.draft.add("calendar", code=code)
        for start, end, level in shifts:
            for opens in range(start // DAY, -(-end // DAY)):
                first, last = max(start, opens * DAY), min(end, (opens + 1) * DAY)
                self.draft.add(
                    "calendar_shift",
                    calendar=code,
                    weekday=WEEKDAYS[opens % 7][:3],
                    start=_clock(first % DAY),
                    end=_clock(last % DAY),
                    level=int(level),
                )
        for start, end, is_open in exceptions:
            starts_at = self.first_day + timedelta(seconds=start)
            ends_at = self.first_day + timedelta(seconds=end)
            self.draft.add("calendar_exception", calendar=code, starts_at=starts_at, ends_at=ends_at, is_open=is_open)
        return code


def _clock(seconds: int) -> time:
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _within(spans: list[Span], gates: list[Span]) -> list[Span]:
    """Cut spans down to where the gates are above zero."""
    return [
        (max(start, opens), min(end, closes), value)
        for start, end, value in spans
        for opens, closes, gate in gates
        if gate > 0 and max(start, opens) < min(end, closes)
    ]


def _joined(spans: list[Span]) -> list[Span]:
    """Join touching spans of one value."""
    joined: list[Span] = []
    for start, end, value in spans:
        if joined and joined[-1][1] == start and joined[-1][2] == value:
            joined[-1] = (joined[-1][0], end, value)
        else:
            joined.append((start, end, value))
    return joined


def _plain(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in _joined([(start, end, 1.0) for start, end, _ in spans])]


def _without(spans: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the spans the others leave over."""
    left = spans
    for opens, closes in others:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, opens)), (max(start, closes), end))
            if part[0] < part[1]
        ]
    return left


def _merged(exceptions: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Join touching exceptions of one kind."""
    merged: list[tuple[int, int, bool]] = []
    for start, end, is_open in exceptions:
        if merged and merged[-1][1] == start and merged[-1][2] == is_open:
            merged[-1] = (merged[-1][0], end, is_open)
        else:
            merged.append((start, end, is_open))
    return merged
