"""How long machines worked, were down and were open: seconds up to a moment, by machine, from the plant's events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot

BUSY, DOWN = ("run", "setup"), ("down", "maintenance")
"""States of a machine that works, and of one that cannot."""

HOUR = 3600.0


@dataclass(frozen=True)
class Spans:
    """Times of one machine that do not overlap: starts and ends in hours from one moment, rising; shape (n,) each."""

    start: Floats
    end: Floats

    def until(self, moment: Floats) -> Floats:
        """Hours inside the spans before each moment; shape of `moment`."""
        if len(self.start) == 0:
            return np.zeros_like(moment)
        sums = np.concatenate(([0.0], np.cumsum(self.end - self.start)))
        i = np.searchsorted(self.start, moment, side="right")
        last = np.maximum(i - 1, 0)
        inside = np.clip(moment - self.start[last], 0.0, self.end[last] - self.start[last])
        return np.where(i > 0, sums[last] + inside, 0.0)


def read_spans(frame: pl.DataFrame, snapshot: Snapshot) -> dict[str, Spans]:
    """Join overlapping and touching times by resource.

    Parameters
    ----------
    frame
        resource, starts_at, ends_at (null = still so); what starts after the snapshot's moment is left out.
    snapshot
        Gives the moment: hours count from it, so that what is past is negative.
    """
    hours = _hours(frame, snapshot)
    found = {}
    for (resource,), rows in hours.group_by("resource", maintain_order=True):
        start, end = rows["start"].to_numpy(), np.maximum.accumulate(rows["end"].to_numpy())
        if len(start) == 0:
            continue
        # A minute between two of them is none.
        opens = np.concatenate(([True], start[1:] > end[:-1] + 1 / 60))
        closes = np.concatenate((opens[1:], [True]))
        found[str(resource)] = Spans(start[opens], end[closes])
    return found


def _hours(frame: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    now = pl.lit(snapshot.as_of)
    return (
        frame.filter(pl.col("resource").is_not_null() & (pl.col("starts_at") < now))
        .select(
            "resource",
            ((pl.col("starts_at") - now).dt.total_microseconds() / 3.6e9).alias("start"),
            ((pl.min_horizontal(pl.col("ends_at"), now) - now).dt.total_microseconds() / 3.6e9)
            .fill_null(0.0)
            .alias("end"),
        )
        .filter(pl.col("end") > pl.col("start"))
        .sort("resource", "start", "end")
    )


@dataclass(frozen=True)
class Log:
    """What the events tell of each machine; by resource, hours before the snapshot's moment.

    Parameters
    ----------
    began
        When the record of a machine begins: its first event or report.
    busy
        When it worked: run and setup, or where no event says so, its production reports.
    worked
        When it worked as events alone tell: only machines that have such events.
    stopped
        When it could not: down and under maintenance.
    """

    began: dict[str, float]
    busy: dict[str, Spans]
    worked: dict[str, Spans]
    stopped: dict[str, Spans]


def read_log(snapshot: Snapshot) -> Log:
    """Read machine events and production reports up to the snapshot's moment."""
    events = snapshot["machine_event"].with_columns(pl.col("state").cast(pl.String))
    reports = snapshot["production_report"].select("resource", "starts_at", "ends_at")
    worked = read_spans(events.filter(pl.col("state").is_in(BUSY)), snapshot)
    busy = read_spans(reports, snapshot) | worked
    both = pl.concat([events.select("resource", "starts_at", "ends_at"), reports])
    began = {name: float(spans.start[0]) for name, spans in read_spans(both, snapshot).items()}
    return Log(began, busy, worked, read_spans(events.filter(pl.col("state").is_in(DOWN)), snapshot))
