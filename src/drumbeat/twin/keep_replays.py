"""Keep single replications of a simulation to look at: a median day, and a bad one."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from drumbeat.twin.engine.problem import Network, Uncertainty
from drumbeat.twin.engine.result import Result
from drumbeat.twin.engine.trace_replication import Trace, trace_replication

if TYPE_CHECKING:
    from drumbeat.twin.models import Replay, Simulation

MEDIAN, BAD = "median", "bad"
MOST_EVENTS = 500
"""Events that are kept of a replication: the longest."""

LEAST_LATE = 3600
"""Seconds of lateness from which a receipt is told."""


@dataclass(frozen=True)
class ReplayRun:
    """One replication to look at.

    Parameters
    ----------
    which
        `MEDIAN` or `BAD`.
    replication, num_late
        Its number, and orders late in it.
    tasks
        task, start, end: Unix seconds.
    events
        Plain values: kind ("breakdown", "absence" or "late"), subject, from, to (Unix seconds), number (people away);
        by begin.
    """

    which: str
    replication: int
    num_late: int
    tasks: pl.DataFrame
    events: list[dict[str, Any]]


def trace_replays(network: Network, uncertainty: Uncertainty, result: Result, origin: datetime) -> list[ReplayRun]:
    """Follow the median replication of a simulation and a bad one (a tenth are worse).

    Parameters
    ----------
    network, uncertainty, result
        What was simulated, and what came out.
    origin
        Second 0.
    """
    if network.num_tasks == 0:
        return []
    base, found = int(origin.timestamp()), []
    # Tasks of batches and transfers have keys of their own too: the schedule's.
    keys = [str(key) for key in network.keys]
    for which, number in ((MEDIAN, result.median_replication), (BAD, result.bad_replication)):
        trace = trace_replication(network, uncertainty, result.seed, number)
        tasks = pl.DataFrame({"task": keys, "start": trace.start + base, "end": trace.end + base})
        events = _tell_events(network, uncertainty, trace, base)
        found.append(ReplayRun(which, number, trace.num_late, tasks, events))
    return found


def _tell_events(network: Network, uncertainty: Uncertainty, trace: Trace, base: int) -> list[dict[str, Any]]:
    failures, names = uncertainty.failures, network.resource_keys
    until = int(trace.end.max(initial=0))
    events: list[dict[str, Any]] = [
        {"kind": "breakdown", "subject": str(names[failures.resource[mode]]), "from": int(begin), "to": int(end),
         "number": 1}
        for mode, begin, end in trace.stops
    ]  # fmt: skip
    absences = uncertainty.absences
    events += [
        {"kind": "absence", "subject": str(names[absences.resource[pool]]), "from": int(begin), "to": int(end),
         "number": int(away)}
        for pool, begin, end, away in trace.away
    ]  # fmt: skip
    late = trace.arrivals - network.receipt_time
    events += [
        {"kind": "late", "subject": str(network.receipt_keys[q]), "from": int(network.receipt_time[q]),
         "to": int(trace.arrivals[q]), "number": 1}
        for q in np.flatnonzero(late > LEAST_LATE)
    ]  # fmt: skip
    kept = [event for event in events if event["from"] < until]
    kept = sorted(kept, key=lambda event: event["from"] - event["to"])[:MOST_EVENTS]
    for event in kept:
        event["from"] += base
        event["to"] += base
    return sorted(kept, key=lambda event: (event["from"], event["subject"]))


def save_replays(simulation: Simulation, replays: list[ReplayRun]) -> None:
    """Store replications beside their simulation."""
    from drumbeat.twin.models import Replay

    Replay.objects.bulk_create(
        [
            Replay(
                simulation=simulation, which=one.which, replication=one.replication, num_late=one.num_late,
                tasks=gzip.compress(json.dumps(one.tasks.to_dict(as_series=False)).encode(), 4, mtime=0),
                events=one.events,
            )
            for one in replays
        ]
    )  # fmt: skip


def read_times(replay: Replay) -> pl.DataFrame:
    """Read when tasks ran in a stored replication: task, start, end (Unix seconds)."""
    columns = json.loads(gzip.decompress(bytes(replay.tasks)))
    return pl.DataFrame(columns, schema={"task": pl.String, "start": pl.Int64, "end": pl.Int64})


def read_events(replay: Replay, subjects: set[str] | None, limit: int = 200) -> list[dict[str, Any]]:
    """Read what happened in a stored replication, with moments instead of seconds.

    Parameters
    ----------
    replay
        The replication.
    subjects
        Resources that may be told of; None = everything. Pools and receipts are told to those who see all.
    limit
        At most so many, the first ones.
    """
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    rows = [event for event in replay.events if subjects is None or event["subject"] in subjects]
    return [
        event | {"from_at": epoch + timedelta(seconds=event["from"]), "to_at": epoch + timedelta(seconds=event["to"])}
        for event in rows[:limit]
    ]
