"""When machines and people are there, for a problem: it depends on a few tables alone, so that it is compiled once."""

from __future__ import annotations

from dataclasses import dataclass

from drumbeat.basics.findings import Findings
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_resources import CalendarBook, compile_calendar_of_each_resource, compile_pools
from drumbeat.scheduling.engine.problem import Calendars

TABLES = (
    "site", "resource", "calendar_shift", "calendar_exception", "maintenance_plan", "maintenance_order", "booking",
    "crew_need", "operation", "routing", "person_skill", "person", "crew", "absence",
)  # fmt: skip
"""All that the hours depend on: no demand, no order, no stock."""


@dataclass(frozen=True)
class Hours:
    """When machines and people are there.

    Parameters
    ----------
    calendars
        For the problem.
    of_resource
        Calendar of each row of the resource table, then of each pool; -1 = always open.
    pools
        Keys of the pools of people.
    findings
        Calendars that never open, skills that nobody has.
    """

    calendars: Calendars
    of_resource: list[int]
    pools: list[str]
    findings: Findings


def find_hours(snapshot: Snapshot, horizon_seconds: int) -> Hours:
    """Compile when machines and people are there, once for all snapshots that share these tables."""
    return snapshot.find_of(TABLES, ("hours", horizon_seconds), lambda seen: compile_hours(seen, horizon_seconds))


def compile_hours(snapshot: Snapshot, horizon_seconds: int) -> Hours:
    """Compile when machines and people are there, from the snapshot's moment for so many seconds."""
    findings = Findings()
    book = CalendarBook(snapshot, horizon_seconds, findings)
    numbers = compile_calendar_of_each_resource(snapshot, book)
    pools = compile_pools(snapshot, book)
    numbers += [book.number(("pool", name), times) for name, times in pools.items()]
    return Hours(book.as_calendars(), numbers, list(pools), findings)
