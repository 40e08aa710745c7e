"""Compile the hours that machines have by week: open, less bookings and planned care, less expected breakdowns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours, overlap_hours

WEEK = timedelta(weeks=1)
MOMENT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class WeeklyCapacity:
    """Hours of machines and subcontractors by week from the snapshot's moment.

    Parameters
    ----------
    machines
        code, name, site, line, kind, cost_per_hour: one row each, sorted by site and code.
    starts
        Start of each week.
    open_hours, care_hours
        Shape (machines, weeks): open, times what it can do at once; taken by bookings and planned maintenance.
    breakdown_share
        Shape (machines,): share of the rest that breakdowns take in the long run.
    """

    machines: pl.DataFrame
    starts: list[datetime]
    open_hours: Floats
    care_hours: Floats
    breakdown_share: Floats


def compile_capacity(snapshot: Snapshot, weeks: int) -> WeeklyCapacity:
    """Compile the weekly hours of machines and subcontractors.

    Planned care: open maintenance orders; after the last one of a maintenance plan, its usual hours a week.
    Breakdowns: by the failure modes of each machine, mean repair time against mean time between failures.

    Parameters
    ----------
    weeks
        How many from the snapshot's moment, at least 1.
    """
    kind = pl.col("kind").cast(pl.String)
    machines = (
        snapshot["resource"]
        .filter(kind.is_in(["machine", "subcontractor"]))
        .select("code", "name", "site", "line", kind, "cost_per_hour", "capacity", "calendar")
        .sort("site", "code")
    )
    starts = [snapshot.as_of + week * WEEK for week in range(weeks)]
    opened = list_open_hours(snapshot.frames, machines, starts[0], starts[-1] + WEEK)
    closed = list_closed_spans(snapshot)
    hours = sum_open_hours(machines, opened, starts, None)
    care = sum_open_hours(machines, opened, starts, closed) + _later_care(snapshot, machines, starts)
    capacity = machines["capacity"].to_numpy().astype(np.float64)[:, None]
    return WeeklyCapacity(
        machines.drop("capacity", "calendar"), starts, hours * capacity, np.minimum(care, hours) * capacity,
        _breakdown_share(snapshot, machines),
    )  # fmt: skip


def list_closed_spans(snapshot: Snapshot) -> pl.DataFrame:
    """List when bookings and open maintenance orders take a resource: code, starts_at, ends_at."""
    plans = snapshot["maintenance_plan"].select(plan="code", duration_minutes="duration_minutes")
    begins, minutes = pl.coalesce("starts_at", "due_at"), pl.coalesce("duration_minutes", pl.col("crew_hours") * 60.0)
    care = (
        snapshot["maintenance_order"]
        .filter(pl.col("state").cast(pl.String) == "open")
        .join(plans, on="plan", how="left", maintain_order="left")
        .select(
            code="resource",
            starts_at=begins.cast(MOMENT),
            ends_at=pl.coalesce("ends_at", begins + pl.duration(seconds=minutes * 60)).cast(MOMENT),
        )
    )
    booked = snapshot["booking"].select(
        code="resource", starts_at=pl.col("starts_at").cast(MOMENT), ends_at=pl.col("ends_at").cast(MOMENT)
    )
    return pl.concat([booked, care])


def sum_open_hours(
    machines: pl.DataFrame, opened: pl.DataFrame, starts: list[datetime], within: pl.DataFrame | None
) -> Floats:
    """Hours of each machine and week that it is open; only those inside the spans `within` where given."""
    weeks = pl.DataFrame({"week": range(len(starts)), "from_at": starts}).with_columns(
        pl.col("from_at").cast(MOMENT), until_at=(pl.col("from_at") + WEEK).cast(MOMENT)
    )
    owners = machines.select("code").with_row_index("row")
    table = np.zeros((machines.height, len(starts)))
    if within is None:
        spans = owners.join(weeks, how="cross").with_columns(starts_at="from_at", ends_at="until_at")
    else:
        spans = (
            owners.join(within, on="code")
            .join(weeks, how="cross")
            .with_columns(
                starts_at=pl.max_horizontal("starts_at", "from_at"), ends_at=pl.min_horizontal("ends_at", "until_at")
            )
            .filter(pl.col("starts_at") < pl.col("ends_at"))
        )
    rows, columns = spans["row"].to_numpy(), spans["week"].to_numpy()
    for level in opened["level"].unique().sort().to_list():
        here = overlap_hours(spans.select("code", "starts_at", "ends_at"), opened.filter(pl.col("level") == level))
        np.add.at(table, (rows, columns), here.to_numpy() * float(level))
    return table


def _later_care(snapshot: Snapshot, machines: pl.DataFrame, starts: list[datetime]) -> Floats:
    """Hours a week that maintenance plans will take after the last order that is open for them."""
    last = (
        snapshot["maintenance_order"]
        .filter(pl.col("state").cast(pl.String) == "open")
        .group_by("plan")
        .agg(last_at=pl.coalesce("starts_at", "due_at").max())
    )
    plans = (
        snapshot["maintenance_plan"]
        .join(last, left_on="code", right_on="plan", how="left")
        .join(machines.select(resource="code").with_row_index("row"), on="resource")
        .select("row", "last_at", hours=pl.col("duration_minutes") / 60 * 7 / pl.col("interval_days"))
    )
    table = np.zeros((machines.height, len(starts)))
    for row, last_at, hours in plans.iter_rows():
        table[row] += [hours if last_at is None or start > last_at else 0.0 for start in starts]
    return table


def _breakdown_share(snapshot: Snapshot, machines: pl.DataFrame) -> Floats:
    modes = (
        snapshot["failure_mode"]
        .group_by("resource")
        .agg(odds=(pl.col("repair_mean_hours") / pl.col("mean_hours")).sum())
    )
    odds = machines.join(modes, left_on="code", right_on="resource", how="left", maintain_order="left")["odds"]
    down: Floats = odds.fill_null(0.0).to_numpy().astype(np.float64)
    return down / (1.0 + down)
