"""Changes of the plant: another shift, machine, rate or use of a machine; a machine that is not there for a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated

import polars as pl

from drumbeat.basics.findings import Finding, Findings
from drumbeat.data.change import Frames
from drumbeat.data.stored_change import StoredChange

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CODE_LENGTH = 120


def find_unknown(frames: Frames, table: str, code: str, column: str) -> list[Finding]:
    """Say that a table has no row of that code; nothing when it has."""
    if code in frames[table]["code"]:
        return []
    return [Finding(table, f"the {table} exists", "Name one that exists, or load it first", column=column, value=code)]


@dataclass(frozen=True)
class AddShift(StoredChange):
    """Open a calendar for one more weekly shift; everything that follows the calendar gets it.

    Parameters
    ----------
    calendar
        Code of the calendar.
    weekday
        "mon" to "sun": the day on which the shift starts.
    start, end
        Local times; an end at or before the start is on the next day.
    level
        Multiplies the capacity of what follows the calendar, >= 1.
    is_overtime
        Whether its hours are paid as overtime.
    """

    calendar: str
    weekday: Annotated[str, "calendar_shift.weekday"]
    start: time
    end: time
    level: Annotated[int, "calendar_shift.level"] = 1
    is_overtime: Annotated[bool, "calendar_shift.is_overtime"] = False

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the shift on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "calendar", self.calendar, "calendar"))
        place = "calendar_shift"
        if self.weekday not in WEEKDAYS:
            rule, remedy = "a weekday is mon, tue, wed, thu, fri, sat or sun", "Write one of them"
            findings.add(Finding(place, rule, remedy, column="weekday", value=self.weekday))
        if self.level < 1:
            findings.add(
                Finding(place, "a level is 1 or more", "Enter 1 or more", column="level", value=str(self.level))
            )
        shifts = frames[place].filter(pl.col("calendar") == self.calendar)
        same = shifts.filter((pl.col("weekday").cast(pl.String) == self.weekday) & (pl.col("start") == self.start))
        if same.height:
            rule, remedy = "a calendar has one shift that starts at a time", "Choose another start or another weekday"
            findings.add(Finding(place, rule, remedy, column="start", value=f"{self.weekday} {self.start:%H:%M}"))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the shifts with the new one."""
        shifts = frames["calendar_shift"]
        given = {
            "calendar": self.calendar, "weekday": self.weekday, "start": self.start, "end": self.end,
            "level": self.level, "is_overtime": self.is_overtime,
        }  # fmt: skip
        row = pl.DataFrame({name: [given.get(name)] for name in shifts.columns}, schema=shifts.schema)
        return {"calendar_shift": pl.concat([shifts, row])}


@dataclass(frozen=True)
class AddMachine(StoredChange):
    """Add a resource like one that exists: same site, calendar, operations, failures and care.

    Parameters
    ----------
    code
        Code of the new resource.
    like
        Code of the resource that it is like.
    name
        Its name; empty = its code.
    """

    code: str
    like: Annotated[str, "resource.code"]
    name: str = ""

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the new machine on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "resource", self.like, "like"))
        rule = ""
        if not self.code.strip() or self.code != self.code.strip() or len(self.code) > CODE_LENGTH:
            rule = f"a code has 1 to {CODE_LENGTH} characters, no space at its ends"
        elif self.code in frames["resource"]["code"]:
            rule = "the code of a new resource is free"
        if rule:
            findings.add(Finding("resource", rule, "Choose another code", column="code", value=self.code))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the resources, and what belongs to them, with the new one."""
        new = pl.lit(self.code)
        resources = frames["resource"]
        changed = {
            "resource": resources.filter(pl.col("code") == self.like).with_columns(
                new.alias("code"), pl.lit(self.name).alias("name"), pl.lit("").alias("set_up_for")
            ),
            "operation_resource": self._copy(frames["operation_resource"]),
        }
        for table in ("failure_mode", "maintenance_plan"):
            copied = self._copy(frames[table])
            codes = (copied["code"] + f" ({self.code})").str.slice(0, CODE_LENGTH)
            changed[table] = copied.with_columns(codes.alias("code"))
        return {table: pl.concat([frames[table], rows]) for table, rows in changed.items() if rows.height}

    def _copy(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("resource") == self.like).with_columns(pl.lit(self.code).alias("resource"))


@dataclass(frozen=True)
class ChangeRate(StoredChange):
    """Make an operation, or a machine, faster or slower.

    Parameters
    ----------
    factor
        New rate against the old one, > 0: 1.25 = a quarter faster, 0.5 = half as fast.
    operation
        Code of the operation; None = all operations of the machine.
    resource
        Code of the machine; None = wherever the operation runs.
    """

    factor: float
    operation: str | None = None
    resource: str | None = None

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the rate on these frames."""
        findings = Findings()
        if not (math.isfinite(self.factor) and self.factor > 0):
            rule, remedy = "a rate's factor is above zero", "Enter a number above 0, such as 1.25"
            findings.add(Finding("operation", rule, remedy, column="factor", value=str(self.factor)))
        if self.operation is None and self.resource is None:
            rule, remedy = "a rate belongs to an operation or a machine", "Name an operation, a resource, or both"
            findings.add(Finding("operation", rule, remedy, column="operation"))
        if self.operation is not None:
            findings.extend(find_unknown(frames, "operation", self.operation, "operation"))
        if self.resource is not None:
            findings.extend(find_unknown(frames, "resource", self.resource, "resource"))
            if not findings.has_errors and not frames["operation_resource"].filter(self._rows()).height:
                rule = "the machine is listed for the operations whose rate changes"
                remedy = "Add it to operation_resource, or name only the operation"
                findings.add(Finding("operation_resource", rule, remedy, column="resource", value=self.resource))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the operations, or the machine's speeds, at the new rate."""
        if self.resource is not None:
            speeds = frames["operation_resource"]
            faster = pl.when(self._rows()).then(pl.col("speed") * self.factor).otherwise(pl.col("speed"))
            return {"operation_resource": speeds.with_columns(faster.alias("speed"))}
        mine = pl.col("code") == self.operation
        times = [
            pl.when(mine).then(pl.col(name) / self.factor).otherwise(pl.col(name)).alias(name)
            for name in ("run_minutes", "lot_minutes")
        ]
        return {"operation": frames["operation"].with_columns(times)}

    def _rows(self) -> pl.Expr:
        rows = pl.col("resource") == self.resource
        return rows if self.operation is None else rows & (pl.col("operation") == self.operation)


@dataclass(frozen=True)
class BlockResource(StoredChange):
    """Take a resource away for a time: an inspection, a break-down, a visitor.

    Parameters
    ----------
    resource
        Code of the resource.
    starts_at, ends_at
        Moments with a time zone; the end is after the start.
    reason
        Why, for people.
    """

    resource: str
    starts_at: datetime
    ends_at: datetime
    reason: str = ""

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the block on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "resource", self.resource, "resource"))
        for column, moment in (("starts_at", self.starts_at), ("ends_at", self.ends_at)):
            if moment.tzinfo is None:
                rule, remedy = "a moment has a time zone", "Write it in UTC, or with its offset"
                findings.add(Finding("booking", rule, remedy, column=column, value=moment.isoformat()))
        if findings.has_errors:
            return findings
        if self.ends_at <= self.starts_at:
            rule, remedy = "a block ends after it starts", "Enter a later end"
            findings.add(Finding("booking", rule, remedy, column="ends_at", value=self.ends_at.isoformat()))
        elif self._code() in frames["booking"]["code"]:
            rule, remedy = "a resource is blocked once from a moment on", "Choose another start, or drop the change"
            findings.add(Finding("booking", rule, remedy, column="starts_at", value=self.starts_at.isoformat()))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the bookings with the block."""
        bookings = frames["booking"]
        row = pl.DataFrame(
            {
                "code": [self._code()],
                "resource": [self.resource],
                "order": [None],
                "starts_at": [self.starts_at.astimezone(UTC)],
                "ends_at": [self.ends_at.astimezone(UTC)],
                "reason": [self.reason],
            },
            schema=bookings.schema,
        )
        return {"booking": pl.concat([bookings, row])}

    def _code(self) -> str:
        stamp = f" {self.starts_at.astimezone(UTC):%Y%m%dT%H%M%S}"
        return f"BLOCK {self.resource}"[: CODE_LENGTH - len(stamp)] + stamp


@dataclass(frozen=True)
class ChangeYield(StoredChange):
    """Make more, or less, of what an operation starts come out good.

    Parameters
    ----------
    operation
        Code of the operation.
    operation_yield
        New share that comes out good, above 0 and at most 1.
    """

    operation: str
    operation_yield: float

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the yield on these frames."""
        findings = Findings()
        findings.extend(find_unknown(frames, "operation", self.operation, "operation"))
        if not 0 < self.operation_yield <= 1:
            rule, remedy = "a yield is above 0 and at most 1", "Enter a share such as 0.98"
            value = str(self.operation_yield)
            findings.add(Finding("operation", rule, remedy, column="operation_yield", value=value))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the operations with the new yield."""
        mine = pl.col("code") == self.operation
        kept = pl.col("operation_yield")
        changed = pl.when(mine).then(self.operation_yield).otherwise(kept).alias("operation_yield")
        return {"operation": frames["operation"].with_columns(changed)}


@dataclass(frozen=True)
class QualifyMachine(StoredChange):
    """Let an operation run on one machine more, as an alternative to the others: a link of flexibility.

    Parameters
    ----------
    resource
        Code of the machine.
    operation
        Code of the operation, which lists a machine of the same need already.
    speed
        Of the operation on this machine, > 0: 1 = as its time says, 0.8 = a fifth slower.
    cost
        Money that the qualification costs once; it is told with the change, no table holds it.
    """

    resource: Annotated[str, "resource.code"]
    operation: Annotated[str, "operation.code"]
    speed: float = 1.0
    cost: float = 0.0

    def check(self, frames: Frames) -> Findings:
        """Say what is wrong with the qualification on these frames."""
        findings, place = Findings(), "operation_resource"
        findings.extend(find_unknown(frames, "resource", self.resource, "resource"))
        findings.extend(find_unknown(frames, "operation", self.operation, "operation"))
        if not (math.isfinite(self.speed) and self.speed > 0):
            findings.add(Finding(place, "a speed is above zero", "Enter 1", column="speed", value=str(self.speed)))
        if not (math.isfinite(self.cost) and self.cost >= 0):
            findings.add(Finding(place, "a cost is 0 or more", "Enter 0 or more", column="cost", value=str(self.cost)))
        listed = frames[place].filter(pl.col("operation") == self.operation)
        if self.resource in listed["resource"]:
            rule, remedy = "the machine is new to the operation", "Drop the change, or name another machine"
            findings.add(Finding(place, rule, remedy, column="resource", value=self.resource))
        elif not findings.has_errors and not listed.height:
            rule, remedy = "the operation lists a machine already", "Enter its machine first"
            findings.add(Finding(place, rule, remedy, column="operation", value=self.operation))
        return findings

    def apply_to(self, frames: Frames) -> dict[str, pl.DataFrame]:
        """Return the machines of operations with this one, like the one that is preferred so far."""
        listed = frames["operation_resource"]
        like = listed.filter(pl.col("operation") == self.operation).sort("priority", "need", "resource").head(1)
        new = like.with_columns(
            pl.lit(self.resource).alias("resource"), pl.lit(float(self.speed)).alias("speed")
        )  # fmt: skip
        return {"operation_resource": pl.concat([listed, new])}
