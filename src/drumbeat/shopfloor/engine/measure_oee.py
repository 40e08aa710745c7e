"""Overall equipment effectiveness (OEE) and its losses, from events of a real or a simulated floor.

Everything is counted in whole microseconds, so that the facts of machines add up to those of their line and
site exactly, in whatever order. The definitions follow ISO 22400-2 and Nakajima's six losses:

- open time = what the calendar says; planned time = open time less planned maintenance, plus the time that
  the machine ran or was set up outside its calendar (overtime);
- availability = run / planned, performance = ideal run time of all units / run, quality = ideal run time of
  the good units / that of all units; their product is OEE;
- planned = good + breakdown + setup + blocked + starved + idle + unreported + speed + scrap + rework.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drumbeat.basics.findings import Finding, Findings

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

PRECEDENCE = ("maintenance", "down", "setup", "blocked", "starved", "run", "idle")
"""Where events of one machine overlap, the state named first counts. Planned maintenance comes first, because
such time was never meant for production; then what stops the machine whatever else was booked; running beats
idle, because an order booked over a lull is the usual way in which logs overlap."""

LOSSES = ("breakdown", "setup", "blocked", "starved", "idle", "unreported", "speed", "scrap", "rework")
"""The losses, in the order in which they are shown. `unreported` is open time without any event."""

TIMES = ("open", "maintenance", "overtime", "planned", "run", "good", *LOSSES, "unmeasured", "above_standard")
"""Columns of the facts in microseconds. `unmeasured` is the part of `run` whose speed no standard could judge
(counted as ideal); `above_standard` is the ideal time beyond the run time (a standard that is too slow)."""

UNITS = ("good_units", "scrap_units", "rework_units")
"""Columns of the facts in millionths of a unit."""

_NONE = len(PRECEDENCE)
_OPEN = len(PRECEDENCE)
_MICRO = 1_000_000
_HOUR = 3_600_000_000


@dataclass(frozen=True)
class OeeResult:
    """The facts behind OEE.

    Parameters
    ----------
    facts
        A row for each machine and period with at least one event: resource, line, site, period (its start),
        the `TIMES` (Int64, microseconds), the `UNITS` (Int64, millionths), num_events, num_reports.
        Empty when nothing was measured.
    findings
        What could not be judged: units without a standard, machines faster than their standard.
    """

    facts: pl.DataFrame
    findings: Findings

    def roll_up(self, by: Sequence[str] = ()) -> pl.DataFrame:
        """Sum the facts by some of resource, line, site and period; see `roll_up`."""
        return roll_up(self.facts, by)


def measure_oee(
    events: pl.DataFrame,
    reports: pl.DataFrame,
    planned: pl.DataFrame,
    standards: pl.DataFrame,
    places: pl.DataFrame,
    *,
    edges: Sequence[datetime],
    now: datetime,
) -> OeeResult:
    """Measure OEE and its losses of machines by period.

    Parameters
    ----------
    events
        resource, state (one of `PRECEDENCE`), starts_at, ends_at (null = still so, closed at `now`). Events of a
        machine may overlap and come in any order; see `PRECEDENCE`.
    reports
        resource, operation, starts_at, ends_at, good, scrap, rework (units, >= 0). A report over several periods
        is split by time. Reports without a resource are left out.
    planned
        resource, starts_at, ends_at: when the machine is open. A machine without a row is always open.
    standards
        operation, resource (null = any), seconds_per_unit (> 0): ideal run time of a unit on that machine.
    places
        resource, line (nullable), site: the machines to measure; events of others are left out.
    edges
        Ascending moments: period p runs from `edges[p]` to `edges[p + 1]`; at least two.
    now
        Moment after which nothing has happened yet.

    Returns
    -------
    Facts by machine and period; without rows where there are no events.

    Notes
    -----
    Performance is at most 1 for a machine in a period: what is beyond it is told as `above_standard`. Where a
    period has run time and no report, its performance and quality are unknown, and counted as 1.
    """
    names = places.select("resource").drop_nulls().unique().sort("resource")["resource"]
    borders = np.minimum(_epochs(pl.Series(list(edges))), _epochs(pl.Series([now]))[0])
    events = _number(events, names)
    reports = _number(reports, names)
    num_periods = len(borders) - 1
    if not events.height or num_periods < 1 or borders[-1] <= borders[0]:
        return OeeResult(_empty_facts(), Findings())
    spans, num_events = _sweep(events, _number(planned, names), names.len(), borders)
    made = _attribute(_with_standard(reports, standards), names.len(), borders)
    facts = _facts(spans, made)
    facts |= {"num_events": num_events.ravel(), "num_reports": made["num_reports"].ravel()}
    index = np.flatnonzero(facts["num_events"] > 0)
    frame = pl.DataFrame({name: column[index] for name, column in facts.items()}).with_columns(
        names.gather(index // num_periods).alias("resource"),
        pl.Series("period", list(edges)[:-1], dtype=pl.Datetime("us", "UTC")).gather(index % num_periods),
    )
    frame = frame.join(places.unique("resource"), on="resource", how="left", maintain_order="left")
    frame = frame.select(_empty_facts().columns).cast(_empty_facts().schema)
    return OeeResult(frame, _judge(frame))


def roll_up(facts: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Sum facts and add the ratios.

    Parameters
    ----------
    facts
        Facts of `measure_oee`, or part of them.
    by
        Some of resource, line, site, period; none = everything in one row.

    Returns
    -------
    A row for each group, sorted by it: the sums, and availability, performance, quality, oee and
    measured_share (share of run time judged by a standard). A ratio without a denominator is null; performance
    and OEE are null where no standard judged any of the run time, quality where no unit was reported.
    No rows when there are no facts.
    """
    sums = [pl.col(name).sum() for name in (*TIMES, *UNITS, "num_events", "num_reports")]
    if by:
        summed = facts.group_by(list(by)).agg(sums).sort(list(by))
    else:
        summed = facts.select(sums) if facts.height else facts.select(sums).clear()
    units = pl.sum_horizontal(UNITS)
    ideal = pl.col("good") + pl.col("scrap") + pl.col("rework")
    measured = pl.col("run") - pl.col("unmeasured")
    summed = summed.with_columns(
        _ratio(pl.col("run"), pl.col("planned")).alias("availability"),
        pl.when((measured > 0) & (units > 0)).then(_ratio(ideal, pl.col("run"))).alias("performance"),
        pl.when(units > 0).then(_ratio(pl.col("good"), ideal)).alias("quality"),
        _ratio(measured, pl.col("run")).alias("measured_share"),
    )
    known = pl.col("performance").is_not_null() & pl.col("quality").is_not_null()
    # A machine that was planned and never ran made nothing of its time: that is an OEE of 0, not an unknown one.
    never_ran = (pl.col("planned") > 0) & (pl.col("run") == 0)
    return summed.with_columns(
        pl.when(known).then(_ratio(pl.col("good"), pl.col("planned"))).when(never_ran).then(0.0).alias("oee")
    )


def hours(microseconds: int) -> float:
    """Convert a time of the facts to hours."""
    return microseconds / _HOUR


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)


def _empty_facts() -> pl.DataFrame:
    numbers = {name: pl.Int64() for name in (*TIMES, *UNITS, "num_events", "num_reports")}
    texts = {"resource": pl.String(), "line": pl.String(), "site": pl.String(), "period": pl.Datetime("us", "UTC")}
    return pl.DataFrame(schema={**texts, **numbers})


def _epochs(times: pl.Series) -> Ints:
    return times.cast(pl.Datetime("us", "UTC")).dt.epoch("us").to_numpy().astype(np.int64)


def _number(frame: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Keep the rows of the named machines and number these."""
    numbers = pl.DataFrame({"resource": names, "machine": np.arange(names.len(), dtype=np.int64)})
    return frame.with_columns(pl.col("resource").cast(pl.String)).join(
        numbers, on="resource", how="inner", maintain_order="left"
    )


def _sweep(events: pl.DataFrame, planned: pl.DataFrame, num_machines: int, borders: Ints) -> tuple[Ints, Ints]:
    """Walk each machine's time once: microseconds by machine, period, state (last = none) and closed/open."""
    first, last = borders[0], borders[-1]
    state = (
        events["state"].cast(pl.String).replace_strict({s: i for i, s in enumerate(PRECEDENCE)}, return_dtype=pl.Int64)
    )
    event_start = _epochs(events["starts_at"])
    event_end = _epochs(events["ends_at"].fill_null(pl.Series([_moment(int(last))])[0]))
    machines = np.arange(num_machines, dtype=np.int64)
    always = np.setdiff1d(machines, planned["machine"].to_numpy())
    machine = np.concatenate([events["machine"].to_numpy(), planned["machine"].to_numpy(), always])
    channel = np.concatenate([state.to_numpy(), np.full(planned.height + always.size, _OPEN, dtype=np.int64)])
    start = np.concatenate([event_start, _epochs(planned["starts_at"]), np.full(always.size, first)]).clip(first, last)
    end = np.concatenate([event_end, _epochs(planned["ends_at"]), np.full(always.size, last)]).clip(first, last)
    kept = end > start
    machine, channel, start, end = machine[kept], channel[kept], start[kept], end[kept]
    num_events = _count_events(machine, channel, start, end, num_machines, borders)

    at_machine = np.concatenate([machine, machine, np.repeat(machines, borders.size)])
    at_time = np.concatenate([start, end, np.tile(borders, num_machines)])
    order = np.lexsort((at_time, at_machine))
    active = np.zeros((order.size, len(PRECEDENCE) + 1), dtype=np.int32)
    n = machine.size
    active[np.arange(n), channel] = 1
    active[np.arange(n, 2 * n), channel] = -1
    active = np.cumsum(active[order], axis=0, dtype=np.int32)
    at_machine, at_time = at_machine[order], at_time[order]

    is_on = active[:, :_OPEN] > 0
    seen = np.where(is_on.any(axis=1), is_on.argmax(axis=1), _NONE)
    length = np.diff(at_time, append=at_time[-1:])
    length[np.diff(at_machine, append=at_machine[-1:]) != 0] = 0
    num_periods = borders.size - 1
    period = np.searchsorted(borders, at_time, side="right").clip(1, num_periods) - 1
    shape = (num_machines, num_periods, len(PRECEDENCE) + 1, 2)
    flat = np.ravel_multi_index((at_machine, period, seen, (active[:, _OPEN] > 0).astype(np.int64)), shape)
    spans = np.zeros(int(np.prod(shape)), dtype=np.int64)
    np.add.at(spans, flat, length)
    return spans.reshape(shape), num_events


def _count_events(machine: Ints, channel: Ints, start: Ints, end: Ints, num_machines: int, borders: Ints) -> Ints:
    """How many events touch each machine and period."""
    is_event = channel != _OPEN
    machine, start, end = machine[is_event], start[is_event], end[is_event]
    num_periods = borders.size - 1
    first = np.searchsorted(borders, start, side="right").clip(1, num_periods) - 1
    last = np.searchsorted(borders, end, side="left").clip(1, num_periods) - 1
    change = np.zeros((num_machines, num_periods + 1), dtype=np.int64)
    np.add.at(change, (machine, first), 1)
    np.add.at(change, (machine, last + 1), -1)
    return np.cumsum(change, axis=1)[:, :-1]


def _moment(epoch: int) -> datetime:
    moment: datetime = pl.Series([epoch]).cast(pl.Datetime("us", "UTC"))[0]
    return moment


def _with_standard(reports: pl.DataFrame, standards: pl.DataFrame) -> pl.DataFrame:
    """Add seconds_per_unit to each report: that of its machine, else that of the operation, else null."""
    standards = standards.filter(pl.col("seconds_per_unit") > 0).select(
        pl.col("operation").cast(pl.String), pl.col("resource").cast(pl.String), "seconds_per_unit"
    )
    own = standards.drop_nulls("resource").unique(["operation", "resource"], keep="first", maintain_order=True)
    usual = standards.filter(pl.col("resource").is_null()).unique("operation", keep="first", maintain_order=True)
    usual = usual.select("operation", pl.col("seconds_per_unit").alias("usual"))
    return (
        reports.with_columns(pl.col("operation").cast(pl.String))
        .join(own, on=["operation", "resource"], how="left", maintain_order="left")
        .join(usual, on="operation", how="left", maintain_order="left")
        .with_columns(pl.coalesce("seconds_per_unit", "usual"))
    )


def _attribute(reports: pl.DataFrame, num_machines: int, borders: Ints) -> dict[str, Ints]:
    """Share each report's units and ideal time out to the periods; the shares add up exactly."""
    start, end = _epochs(reports["starts_at"]), _epochs(reports["ends_at"])
    first = np.searchsorted(borders, start, side="right") - 1
    last = np.maximum(np.searchsorted(borders, end, side="left") - 1, first)
    num_periods = borders.size - 1
    count = (last - first + 1).astype(np.int64)
    row = np.repeat(np.arange(reports.height), count)
    period = np.repeat(first, count) + np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    inside = (period >= 0) & (period < num_periods)
    row, period = row[inside], period[inside]
    length = np.maximum(end - start, 1)[row]
    low = (np.maximum(borders[period], start[row]) - start[row]) / length
    high = (np.minimum(borders[period + 1], end[row]) - start[row]) / length
    instant = (start == end)[row]
    high[instant], low[instant] = 1.0, 0.0

    standard = reports["seconds_per_unit"].cast(pl.Float64).to_numpy().astype(np.float64)
    has_standard = np.isfinite(standard)
    flat = reports["machine"].to_numpy()[row] * num_periods + period
    duration = (end - start).astype(np.float64)
    units = [reports[name].cast(pl.Float64).fill_null(0.0).to_numpy() for name in ("good", "scrap", "rework")]
    all_units = np.maximum(units[0] + units[1] + units[2], 1e-12)
    made: dict[str, Ints] = {}
    shape = (num_machines, num_periods)
    for name, amount in zip(("good", "scrap", "rework"), units, strict=True):
        measured = np.where(has_standard, amount * np.nan_to_num(standard) * _MICRO, 0.0)
        assumed = np.where(has_standard, 0.0, duration * amount / all_units)
        for column, total in ((f"{name}_units", amount * _MICRO), (name, measured), (f"{name}_assumed", assumed)):
            # The rounded share up to each border telescopes: nothing is lost or counted twice.
            share = np.rint(total[row] * high) - np.rint(total[row] * low)
            summed = np.zeros(num_machines * num_periods, dtype=np.int64)
            np.add.at(summed, flat, share.astype(np.int64))
            made[column] = summed.reshape(shape)
    made["num_reports"] = np.bincount(flat, minlength=num_machines * num_periods).astype(np.int64).reshape(shape)
    return made


def _facts(spans: Ints, made: dict[str, Ints]) -> dict[str, Ints]:
    """Turn spans by state and made units into the columns of the facts, each flat by machine and period."""
    closed = {state: spans[:, :, i, 0] for i, state in enumerate(PRECEDENCE)}
    opened = {state: spans[:, :, i, 1] for i, state in enumerate((*PRECEDENCE, "unreported"))}
    run = opened["run"] + closed["run"]
    facts = {name: opened[name] for name in ("maintenance", "blocked", "starved", "idle", "unreported")}
    facts |= {"breakdown": opened["down"], "setup": opened["setup"] + closed["setup"], "run": run}
    facts["open"] = spans[:, :, :, 1].sum(axis=2)
    facts["overtime"] = closed["run"] + closed["setup"]
    facts["planned"] = facts["open"] - opened["maintenance"] + facts["overtime"]

    measured = made["good"] + made["scrap"] + made["rework"]
    assumed = made["good_assumed"] + made["scrap_assumed"] + made["rework_assumed"]
    facts["above_standard"] = np.maximum(measured - run, 0)
    fits = np.minimum(measured, run)
    room = np.where(made["num_reports"] == 0, run, np.minimum(assumed, run - fits))
    facts["unmeasured"] = room
    scrap, scrap_assumed = _scale(made["scrap"], fits, measured), _scale(made["scrap_assumed"], room, assumed)
    rework = np.minimum(_scale(made["rework"], fits, measured), fits - scrap)
    rework_assumed = np.minimum(_scale(made["rework_assumed"], room, assumed), room - scrap_assumed)
    facts["scrap"], facts["rework"] = scrap + scrap_assumed, rework + rework_assumed
    facts["good"] = fits + room - facts["scrap"] - facts["rework"]
    facts["speed"] = run - fits - room
    facts |= {name: made[name] for name in UNITS}
    return {name: column.ravel() for name, column in facts.items()}


def _scale(part: Ints, wanted: Ints, whole: Ints) -> Ints:
    """Return `part x wanted / whole` in whole microseconds, 0 where the whole is 0, at most the part."""
    ratio = np.divide(wanted, whole, out=np.zeros(whole.shape), where=whole > 0)
    exact = wanted == whole
    return np.where(exact, part, np.minimum(np.floor(part * ratio).astype(np.int64), wanted))


def _judge(facts: pl.DataFrame) -> Findings:
    """Say which machines' performance is not, or not fully, measured, and which beat their standard."""
    findings = Findings()
    sums = facts.group_by("resource").agg(pl.col("run", "unmeasured", "above_standard").sum()).sort("resource")
    for name, run, unmeasured, above in sums.iter_rows():
        if unmeasured > 0:
            findings.add(
                Finding(
                    "operation",
                    "the speed of a machine is judged by its operations' run time",
                    "Give the operations run_minutes, and the production reports their operation",
                    column="run_minutes",
                    value=f"{name}: {unmeasured / max(run, 1):.0%} of its run time has no standard",
                    severity="note",
                )
            )
        if above > run // 20:
            findings.add(
                Finding(
                    "operation",
                    "a machine does not run faster than its standard",
                    "Check the operations' run_minutes and the machine's speed",
                    column="run_minutes",
                    value=f"{name}: {above / _HOUR:.1f} h more made than its run time holds",
                    severity="note",
                )
            )
    return findings
