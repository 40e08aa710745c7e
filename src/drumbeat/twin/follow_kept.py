"""Schedules that were kept when they were made: which was in force at a moment, and the work of then on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from drumbeat.data.snapshot import Snapshot

IN_FORCE = timedelta(days=7)
"""How old a schedule may be at a moment: an older one tells little of the weeks to come."""


@dataclass(frozen=True)
class KeptSchedule:
    """A schedule as it was made.

    Parameters
    ----------
    number
        Its number.
    made_for
        Moment of the data that it was made from.
    tasks
        order, operation, resource (its machine), starts_at.
    """

    number: int
    made_for: datetime
    tasks: pl.DataFrame


def find_in_force(schedules: Sequence[KeptSchedule], moment: datetime) -> KeptSchedule | None:
    """Find the schedule that was in force at a moment: the newest of those made for it or the week before it."""
    known = [one for one in schedules if moment - IN_FORCE < one.made_for <= moment]
    return max(known, key=lambda one: (one.made_for, one.number), default=None)


def put_on_schedule(
    then: Snapshot, tasks: pl.DataFrame, schedule: KeptSchedule, released: pl.DataFrame
) -> tuple[Snapshot, pl.DataFrame]:
    """Put the work of a moment on the machines, and into the sequence, of the schedule in force.

    Orders that the schedule does not have came later, and nobody could know of them: they are left out, but for those
    that were under way. What was under way stays where it was.

    Parameters
    ----------
    then
        The snapshot of that moment (`rewind`).
    tasks
        Its open tasks: task, order, starts_at.
    schedule
        The schedule.
    released
        Release dates as the data have them: order, release_at.

    Returns
    -------
    Snapshot, DataFrame
        As `rewind` returns them, with the starts that were planned.
    """
    machines = then["resource"]["code"]
    planned = (
        schedule.tasks.sort("starts_at", "resource")
        .group_by("order", "operation", maintain_order=True)
        .agg(pl.col("resource").first().alias("planned"), pl.col("starts_at").first().alias("planned_at"))
    )
    is_started = pl.col("state").cast(pl.String) == "started"
    orders = pl.concat([schedule.tasks["order"], then["task"].filter(is_started)["order"]]).unique()
    work = then["task"].filter(pl.col("order").is_in(orders.to_list()))
    work = work.join(planned, on=["order", "operation"], how="left", maintain_order="left", nulls_equal=True)
    is_moved = pl.col("planned").is_in(machines.to_list()) & ~is_started
    told = work.with_columns(pl.when(is_moved).then("planned").otherwise("resource").alias("resource"))
    starts = work.select(pl.col("code").alias("task"), "planned_at", is_started.alias("is_started"))
    frames = dict(then.frames)
    frames["task"] = told.drop("planned", "planned_at")
    frames["link"] = then["link"].filter(
        pl.col("predecessor").is_in(work["code"].to_list()) & pl.col("successor").is_in(work["code"].to_list())
    )
    frames["order"] = _release_as_known(
        then["order"].filter(pl.col("code").is_in(orders.to_list())), schedule, released
    )
    kept = tasks.join(starts, on="task", how="inner", maintain_order="left").with_columns(
        pl.when("is_started").then("starts_at").otherwise(pl.coalesce("planned_at", "starts_at")).alias("starts_at")
    )
    return Snapshot.of(frames, then.as_of), kept.select("task", "order", "starts_at")


def _release_as_known(orders: pl.DataFrame, schedule: KeptSchedule, released: pl.DataFrame) -> pl.DataFrame:
    """Release what the schedule has as the data say, and not only when it was begun."""
    planned = schedule.tasks.select(pl.col("order").alias("code"), pl.lit(True).alias("is_planned")).unique()
    dates = released.rename({"order": "code", "release_at": "told_at"})
    found = orders.join(planned, on="code", how="left", maintain_order="left").join(
        dates, on="code", how="left", maintain_order="left"
    )
    release = pl.when(pl.col("is_planned").fill_null(False)).then("told_at").otherwise("release_at")
    return found.with_columns(release.alias("release_at")).drop("is_planned", "told_at")
