"""What work can be done on: resources, their calendars less bookings and maintenance, and crews as pools of people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.calendars import (
    NEVER,
    DatedException,
    OpenTimes,
    Shift,
    add_levels,
    expand_shifts,
    find_never_open,
    intersect_calendars,
    merge_touching,
    take_off,
)
from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.engine.problem import Calendars

NO_TIMES = OpenTimes()

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class CalendarBook:
    """Calendars of the snapshot, expanded on demand by (calendar, time zone) and numbered for the problem."""

    snapshot: Snapshot
    horizon_seconds: int
    findings: Findings
    times: list[OpenTimes] = field(default_factory=list)
    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    expanded: dict[tuple[str, str], OpenTimes] = field(default_factory=dict)
    shifts: dict[str, list[Shift]] = field(default_factory=dict)
    exceptions: dict[str, list[DatedException]] = field(default_factory=dict)
    usual_shifts: dict[str, list[Shift]] = field(default_factory=dict)
    usual_exceptions: dict[str, list[DatedException]] = field(default_factory=dict)
    overtime: list[OpenTimes] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row in self.snapshot["calendar_shift"].iter_rows(named=True):
            shift = Shift(WEEKDAYS.index(str(row["weekday"])), row["start"], row["end"], int(row["level"]))
            self.shifts.setdefault(row["calendar"], []).append(shift)
            if not row["is_overtime"]:
                self.usual_shifts.setdefault(row["calendar"], []).append(shift)
        for row in self.snapshot["calendar_exception"].iter_rows(named=True):
            dated = DatedException(row["starts_at"], row["ends_at"], bool(row["is_open"]))
            self.exceptions.setdefault(row["calendar"], []).append(dated)
            if not row["is_overtime"]:
                self.usual_exceptions.setdefault(row["calendar"], []).append(dated)

    def expand(self, calendar: str, zone: str) -> OpenTimes:
        """Return when a calendar is open at a place, in seconds from `as_of`."""
        key = (calendar, zone)
        if key not in self.expanded:
            times = self._expand(self.shifts.get(calendar, ()), self.exceptions.get(calendar, ()), zone)
            self.expanded[key] = times
            self.findings.extend(_as_warning(finding) for finding in find_never_open(calendar, times))
        return self.expanded[key]

    def _expand(self, shifts: Sequence[Shift], exceptions: Sequence[DatedException], zone: str) -> OpenTimes:
        start, horizon = self.snapshot.as_of, self.horizon_seconds
        return expand_shifts(shifts, exceptions, zone=zone, start=start, horizon_seconds=horizon)

    def find_overtime(self, calendar: str, zone: str) -> OpenTimes:
        """Return when a calendar is open only because of its overtime."""
        shifts, exceptions = self.usual_shifts.get(calendar, ()), self.usual_exceptions.get(calendar, ())
        all_shifts, all_exceptions = self.shifts.get(calendar, ()), self.exceptions.get(calendar, ())
        if len(shifts) == len(all_shifts) and len(exceptions) == len(all_exceptions):
            return NO_TIMES
        usual = self._expand(shifts, exceptions, zone)
        return take_off(self.expand(calendar, zone), usual.open_start, usual.open_end)

    def number(self, key: tuple[str, ...], times: OpenTimes, overtime: OpenTimes = NO_TIMES) -> int:
        """Number a calendar for the problem; one key is one calendar."""
        if key not in self.numbers:
            self.numbers[key] = len(self.times)
            self.times.append(times)
            self.overtime.append(overtime)
        return self.numbers[key]

    def as_calendars(self) -> Calendars:
        """Return all numbered calendars."""
        if not self.times:
            return Calendars()
        parts = [mark_overtime(times, overtime) for times, overtime in zip(self.times, self.overtime, strict=True)]
        flags = np.concatenate([flag for _, flag in parts])
        pointer = np.cumsum([0, *(len(flag) for _, flag in parts)], dtype=np.int64)
        return Calendars(
            pointer,
            np.concatenate([times.open_start for times, _ in parts]),
            np.concatenate([times.open_end for times, _ in parts]),
            np.concatenate([times.level for times, _ in parts]),
            flags if flags.any() else flags[:0],
        )


def mark_overtime(times: OpenTimes, overtime: OpenTimes) -> tuple[OpenTimes, Bools]:
    """Cut a calendar where overtime begins and ends, and say which of its intervals are overtime."""
    if overtime.is_never_open or times.is_never_open:
        return times, np.zeros(len(times.level), dtype=np.bool_)
    usual = take_off(times, overtime.open_start, overtime.open_end)
    extra = take_off(times, usual.open_start, usual.open_end)
    start = np.concatenate((usual.open_start, extra.open_start))
    order = np.argsort(start, kind="stable")
    flag = np.repeat((False, True), (len(usual.level), len(extra.level)))
    cut = OpenTimes(
        start[order],
        np.concatenate((usual.open_end, extra.open_end))[order],
        np.concatenate((usual.level, extra.level))[order],
    )
    return cut, flag[order]


def _as_warning(finding: Finding) -> Finding:
    return Finding(finding.place, finding.rule, finding.remedy, finding.row, finding.column, finding.value, "warning")


def seconds_between(start: datetime, moments: pl.Series) -> Int64s:
    """Return whole seconds from `start` to each moment, rounded up; `NEVER` for nulls."""
    microseconds = (moments.cast(pl.Datetime("us", "UTC")) - start).dt.total_microseconds()
    values = microseconds.fill_null(0).to_numpy()
    seconds: Int64s = np.where(microseconds.is_null().to_numpy(), NEVER, -((-values) // 1_000_000))
    return seconds


def compile_calendar_of_each_resource(snapshot: Snapshot, book: CalendarBook) -> list[int]:
    """Return the calendar number of each row of the resource table; -1 = always open."""
    zones = dict(snapshot["site"].select("code", "time_zone").iter_rows())
    closed = _closed_spans(snapshot)
    result = []
    is_alone = pl.col("setup_matrix").is_not_null() | pl.col("most_campaign_hours").is_not_null()
    is_alone &= (pl.col("capacity") == 1) & ~pl.col("is_batch")
    for code, site, calendar, alone in snapshot["resource"].select("code", "site", "calendar", is_alone).iter_rows():
        zone = zones.get(site, "UTC")
        if calendar is None and code not in closed:
            result.append(-1)
            continue
        base = intersect_calendars([]) if calendar is None else book.expand(calendar, zone)
        # A changeover needs to know what was there before: with a matrix, one task at a time on any shift.
        is_single = alone and bool((base.level > 1).any())
        if is_single:
            base = merge_touching(base.open_start, base.open_end, np.minimum(base.level, 1))
        overtime = NO_TIMES if calendar is None else book.find_overtime(calendar, zone)
        if code in closed:
            result.append(book.number(("", code), take_off(base, *closed[code]), overtime))
        else:
            result.append(book.number((calendar, zone, "single" if is_single else ""), base, overtime))
    return result


def _closed_spans(snapshot: Snapshot) -> dict[str, tuple[Int64s, Int64s]]:
    """Bookings and planned maintenance of each resource, in seconds; only what ends in the future."""
    plans = snapshot["maintenance_plan"].select(pl.col("code").alias("plan"), "duration_minutes")
    care = (
        snapshot["maintenance_order"]
        .filter(pl.col("state").cast(pl.String) == "open")
        .join(plans, on="plan", how="left", maintain_order="left")
        .with_columns(pl.coalesce("starts_at", "due_at").alias("begins_at"))
        .filter(pl.col("begins_at") >= snapshot.as_of)
        .with_columns(pl.coalesce("duration_minutes", pl.col("crew_hours") * 60.0).alias("minutes"))
        .select(
            "resource",
            pl.col("begins_at").alias("starts_at"),
            pl.coalesce("ends_at", pl.col("begins_at") + pl.duration(seconds=pl.col("minutes") * 60)).alias("ends_at"),
        )
    )
    spans = pl.concat([snapshot["booking"].select("resource", "starts_at", "ends_at"), care], how="vertical_relaxed")
    spans = spans.filter(pl.col("ends_at") > snapshot.as_of)
    return _group_spans(snapshot, spans, "resource")


def _group_spans(snapshot: Snapshot, spans: pl.DataFrame, owner: str) -> dict[str, tuple[Int64s, Int64s]]:
    """Starts and ends in seconds of the spans of each owner; what lies before `as_of` is cut off."""
    spans = spans.sort(owner, "starts_at")
    starts = np.maximum(seconds_between(snapshot.as_of, spans["starts_at"]), 0)
    ends = seconds_between(snapshot.as_of, spans["ends_at"])
    names, first = np.unique(spans[owner].to_numpy().astype(str), return_index=True)
    edges = [*first.tolist(), spans.height]
    return {str(name): (starts[a:b], ends[a:b]) for name, a, b in zip(names, edges, edges[1:], strict=False)}


def name_pool(skill: str, site: str) -> str:
    """Return the key of the pool of people with a skill at a site."""
    return f"{skill} @ {site}"


def compile_pools(snapshot: Snapshot, book: CalendarBook, also: pl.DataFrame | None = None) -> dict[str, OpenTimes]:
    """Return when how many people of each needed skill are there, by pool.

    Each person belongs to one pool at a time: of the skills needed at the site that the person has then, the one that
    the fewest people have there.
    `also` are needs beside those of operations: site, skill, minimum_level.
    """
    asked = (
        snapshot["crew_need"]
        .join(snapshot["operation"].select(pl.col("code").alias("operation"), "routing"), on="operation")
        .join(snapshot["routing"].select(pl.col("code").alias("routing"), "site"), on="routing")
        .select("site", "skill", "minimum_level")
    )
    need = (
        (asked if also is None else pl.concat([asked, also]))
        .group_by("site", "skill")
        .agg(pl.col("minimum_level").min())
        .sort("site", "skill")
    )
    able = (
        snapshot["person_skill"]
        .join(snapshot["person"].rename({"code": "person"}), on="person")
        .join(need, on=["site", "skill"])
        .filter(pl.col("level") >= pl.col("minimum_level"))
        .filter(pl.col("certified_until").is_null() | (pl.col("certified_until") >= snapshot.as_of.date()))
        .with_columns(pl.len().over("site", "skill").alias("num_able"))
        .sort("person", "num_able", "skill")
    )
    able = _choose_pools(able, snapshot.as_of.date())
    crews = snapshot["crew"].select(pl.col("code").alias("crew"), pl.col("calendar").alias("crew_calendar"))
    able = able.join(crews, on="crew", how="left", maintain_order="left")
    able = able.with_columns(pl.coalesce("calendar", "crew_calendar").alias("calendar"))
    zones = dict(snapshot["site"].select("code", "time_zone").iter_rows())
    away = _absences(snapshot)
    pools: dict[str, OpenTimes] = {}
    for site, skill in need.select("site", "skill").iter_rows():
        members = able.filter((pl.col("site") == site) & (pl.col("skill") == skill))
        parts = [_presence(row, book, zones.get(site, "UTC"), away) for row in members.iter_rows(named=True)]
        name = name_pool(skill, site)
        pools[name] = add_levels(parts)
        if pools[name].is_never_open:
            rule = "a skill that operations need is held by somebody who is there at some time"
            remedy = "Certify or hire somebody with this skill at this site"
            book.findings.add(Finding("person_skill", rule, remedy, column="skill", value=name, severity="warning"))
    return pools


def _choose_pools(able: pl.DataFrame, today: date) -> pl.DataFrame:
    """Keep one skill of each person, the first row; and a later one that comes before it, from its day on."""
    begins = pl.col("certified_from") > today
    able = able.with_row_index("turn")
    now = able.filter(~begins.fill_null(False)).unique("person", keep="first", maintain_order=True)
    later = able.filter(begins).unique("person", keep="first", maintain_order=True)
    if not later.height:
        return now
    later = later.join(now.select("person", own="turn"), on="person", how="left", maintain_order="left")
    later = later.filter(pl.col("own").is_null() | (pl.col("turn") < pl.col("own"))).drop("own")
    ends = later.select("person", ends=pl.col("certified_from").dt.offset_by("-1d"))
    now = now.join(ends, on="person", how="left", maintain_order="left").with_columns(
        pl.min_horizontal("certified_until", "ends").alias("certified_until")
    )
    return pl.concat([now.drop("ends"), later])


def _absences(snapshot: Snapshot) -> dict[str, tuple[Int64s, Int64s]]:
    future = snapshot["absence"].filter(pl.col("ends_at") > snapshot.as_of)
    return _group_spans(snapshot, future.select("person", "starts_at", "ends_at"), "person")


def _presence(
    row: dict[str, object], book: CalendarBook, zone: str, away: dict[str, tuple[Int64s, Int64s]]
) -> OpenTimes:
    calendar = row["calendar"]
    times = intersect_calendars([]) if calendar is None else book.expand(str(calendar), zone)
    # A crew's calendar may carry a level for machines; a person is one person.
    times = OpenTimes(times.open_start, times.open_end, np.minimum(times.level, 1))
    person = str(row["person"])
    if person in away:
        times = take_off(times, *away[person])
    begins, until = row["certified_from"], row["certified_until"]
    if begins is not None:
        first = int((datetime.combine(begins, time(), UTC) - book.snapshot.as_of).total_seconds())  # type: ignore[arg-type]
        times = take_off(times, np.array([0], np.int64), np.array([max(first, 0)], np.int64))
    if until is not None:
        day_after = datetime.combine(until, time(), UTC) + timedelta(days=1)  # type: ignore[arg-type]
        last = int((day_after - book.snapshot.as_of).total_seconds())
        times = take_off(times, np.array([last], np.int64), np.array([NEVER], np.int64))
    return times
