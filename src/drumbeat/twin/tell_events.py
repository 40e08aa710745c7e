"""Tell a play of the twin in the shop floor's own frames: machine events and production reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.twin.compile_floor import CompiledFloor
from drumbeat.twin.engine.floor.result import (
    END_CARE,
    END_RUN,
    FAIL,
    LEAVE,
    PAUSE,
    REPAIRED,
    RESUME,
    SCRAP,
    START_CARE,
    START_RUN,
    START_SETUP,
    FloorResult,
)

STARTS = (START_SETUP, START_RUN, RESUME)
WORK = (*STARTS, PAUSE, END_RUN)
EVENTS_SCHEMA = {"resource": pl.String, "state": pl.String, "starts_at": pl.Datetime("us", "UTC"),
                 "ends_at": pl.Datetime("us", "UTC")}  # fmt: skip


@dataclass(frozen=True)
class FloorStory:
    """What one replication did, as a shop floor would have logged it: what OEE is measured from.

    Parameters
    ----------
    events
        resource, state (run, setup, down, maintenance), starts_at, ends_at; sorted. A machine may be down and in
        maintenance at once.
    reports
        resource, order (number of the lot), operation, item, starts_at, ends_at, good, scrap, rework: a row for each
        lot whose run ended.
    planned
        resource, starts_at, ends_at: when machines were open; a machine without a row always was.
    places
        resource, line, site: the machines. One that works on several lots at a time stands there once for each.
    edges
        Begin and end of the play.
    """

    events: pl.DataFrame
    reports: pl.DataFrame
    planned: pl.DataFrame
    places: pl.DataFrame
    edges: tuple[datetime, datetime]


def tell_events(compiled: CompiledFloor, result: FloorResult) -> FloorStory:
    """Tell the first replication of a play.

    Parameters
    ----------
    compiled
        The floor that was played.
    result
        Its result, with a trace.

    Raises
    ------
    ValueError
        The play kept no trace.
    """
    if result.trace is None:
        raise ValueError("the play kept no trace: play with trace=True")
    trace = pl.DataFrame({name: result.trace[name] for name in result.trace.dtype.names or ()})
    keys = pl.DataFrame({"machine": range(compiled.machines.height), "machine_key": compiled.machines["machine"]})
    keys = keys.with_columns(pl.col("machine").cast(pl.Int32))
    trace = trace.join(keys, on="machine", how="left", maintain_order="left")
    edges = tuple(compiled.horizon_start + timedelta(seconds=moment) for moment in (result.begin, result.end))
    return FloorStory(
        _tell_states(compiled, trace, result.end),
        _tell_reports(compiled, trace),
        _tell_open(compiled, result),
        compiled.machines.select(pl.col("machine").alias("resource"), "line", "site"),
        (edges[0], edges[1]),
    )


def _moment(compiled: CompiledFloor, seconds: pl.Expr) -> pl.Expr:
    start = pl.lit(compiled.horizon_start).cast(pl.Datetime("us", "UTC"))
    return start + pl.duration(microseconds=(seconds * 1_000_000).round().cast(pl.Int64))


def _tell_states(compiled: CompiledFloor, trace: pl.DataFrame, end: float) -> pl.DataFrame:
    at_machines = trace.filter(pl.col("machine") >= 0)
    parts = [_find_work(at_machines, end)]
    for begins, ends, state in ((FAIL, REPAIRED, "down"), (START_CARE, END_CARE, "maintenance")):
        parts.append(_find_pairs(at_machines, begins, ends, state, end))
    return (
        pl.concat(parts)
        .filter(pl.col("until") > pl.col("time"))
        .select(
            pl.col("machine_key").alias("resource"),
            "state",
            _moment(compiled, pl.col("time")).alias("starts_at"),
            _moment(compiled, pl.col("until")).alias("ends_at"),
        )
        .cast(EVENTS_SCHEMA)  # type: ignore[arg-type]
        .sort("resource", "starts_at", "state")
    )


def _find_work(events: pl.DataFrame, end: float) -> pl.DataFrame:
    """Spans of setup and run: from a start, or from going on, to whatever comes next at the machine."""
    kind = pl.col("kind")
    begun = pl.when(kind.is_in([START_SETUP, START_RUN])).then(kind).forward_fill().over("machine")
    return (
        events.filter(kind.is_in(WORK))
        .with_columns(begun.alias("phase"), pl.col("time").shift(-1).over("machine").fill_null(end).alias("until"))
        .filter(kind.is_in(STARTS))
        .select(
            "machine_key",
            pl.when(pl.col("phase") == START_SETUP).then(pl.lit("setup")).otherwise(pl.lit("run")).alias("state"),
            "time",
            "until",
        )
    )


def _find_pairs(events: pl.DataFrame, begins: int, ends: int, state: str, end: float) -> pl.DataFrame:
    """Spans from one kind of event to the next of another, by machine and failure mode or care."""
    return (
        events.filter(pl.col("kind").is_in([begins, ends]))
        .with_columns(pl.col("time").shift(-1).over("machine", "lot").fill_null(end).alias("until"))
        .filter(pl.col("kind") == begins)
        .select("machine_key", pl.lit(state).alias("state"), "time", "until")
    )


def _tell_reports(compiled: CompiledFloor, trace: pl.DataFrame) -> pl.DataFrame:
    """A report for each lot whose run ended: what was left of it is good, unless it goes back or is scrapped."""
    kind = pl.col("kind")
    lots = trace.filter((pl.col("step") >= 0) & kind.is_in([*STARTS, END_RUN, LEAVE, SCRAP]))
    begun = pl.when(kind.is_in([START_SETUP, START_RUN])).then(kind).forward_fill().over("lot")
    next_start = pl.when(kind.is_in(STARTS)).then(pl.col("step")).backward_fill().shift(-1).over("lot")
    lots = lots.with_columns(
        begun.alias("phase"),
        pl.when(kind == START_RUN).then(pl.col("time")).forward_fill().over("lot").alias("began"),
        next_start.alias("next_step"),
        pl.col("kind").shift(-1).over("lot").alias("kind1"),
        pl.col("kind").shift(-2).over("lot").alias("kind2"),
        pl.col("pieces").shift(-1).over("lot").alias("pieces1"),
    )
    ended = lots.filter((kind == END_RUN) & (pl.col("phase") == START_RUN))
    is_lost = ((pl.col("kind1") == SCRAP) | ((pl.col("kind1") == LEAVE) & (pl.col("kind2") == SCRAP))).fill_null(False)
    left = pl.when(is_lost).then(0).otherwise(pl.coalesce(pl.col("pieces1"), pl.col("pieces")))
    goes_back = (pl.col("next_step") <= pl.col("step")).fill_null(False)
    operations, items = compiled.steps["operation"], compiled.products["item"]
    return ended.with_columns(left.alias("left"), goes_back.alias("goes_back")).select(
        pl.col("machine_key").alias("resource"),
        pl.col("lot").cast(pl.String).alias("order"),
        operations.gather(ended["step"]).alias("operation"),
        items.gather(ended["product"]).alias("item"),
        _moment(compiled, pl.coalesce("began", "time")).alias("starts_at"),
        _moment(compiled, pl.col("time")).alias("ends_at"),
        pl.when("goes_back").then(0).otherwise("left").cast(pl.Float64).alias("good"),
        (pl.col("pieces") - pl.col("left")).cast(pl.Float64).alias("scrap"),
        pl.when("goes_back").then("left").otherwise(0).cast(pl.Float64).alias("rework"),
    )


def _tell_open(compiled: CompiledFloor, result: FloorResult) -> pl.DataFrame:
    """Open times of machines with a calendar, within the play."""
    calendars, machines = compiled.problem.calendars, compiled.problem.machines
    rows: list[tuple[str, float, float]] = []
    for m, k in enumerate(machines.calendar):
        if k >= 0:
            span = slice(calendars.ptr[k], calendars.ptr[k + 1])
            low = np.maximum(calendars.start[span], result.begin)
            high = np.minimum(calendars.end[span], result.end)
            key = str(machines.keys[m])
            rows += [(key, float(a), float(b)) for a, b in zip(low, high, strict=True) if b > a]
            if not len(low):
                # Never open: a row of no length, as a machine without one counts as always open.
                rows.append((key, result.begin, result.begin))
    frame = pl.DataFrame(rows, schema={"resource": pl.String, "low": pl.Float64, "high": pl.Float64}, orient="row")
    return frame.select(
        "resource",
        _moment(compiled, pl.col("low")).alias("starts_at"),
        _moment(compiled, pl.col("high")).alias("ends_at"),
    )
