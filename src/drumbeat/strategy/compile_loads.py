"""Compile the open work of machines: from a schedule, or from open orders and their routings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours, overlap_hours

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun

_TASKS = {
    "order": pl.String(),
    "item": pl.String(),
    "site": pl.String(),
    "operation": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "hours": pl.Float64(),
}


def compile_loads(
    snapshot: Snapshot, schedule: ScheduleRun | None, alternatives: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Compile open work: by task, and by machine.

    Parameters
    ----------
    snapshot
        The production system.
    schedule
        Where there is one, the working hours of its tasks on the machine that each was given; otherwise open orders
        by their preferred routing, shared evenly between the machines preferred first.
    alternatives
        Of `drumbeat.plant.list_alternatives`.

    Returns
    -------
    order, item, site, operation, due_at, hours of each task; and resource, due_at, hours, parts of each machine: the
    hours of the tasks that are due in a week from now, and how many tasks or shares of work these are. Without rows
    when nothing is open.
    """
    placed = _from_orders(snapshot) if schedule is None else _from_schedule(snapshot, schedule.tasks)
    loads = placed.select(list(_TASKS)).sort("order", "operation")
    placed = placed.with_columns(_week_end(snapshot.as_of))
    return loads, _sum_up(_share(placed, alternatives) if schedule is None else placed)


def _week_end(now: datetime) -> pl.Expr:
    """The end of the week, counted from now, in which a due date lies; now for what is overdue."""
    week = timedelta(weeks=1)
    since = (pl.col("due_at") - pl.lit(now).cast(pl.Datetime("us", "UTC"))).dt.total_microseconds()
    length = round(week.total_seconds() * 1e6)
    weeks = ((since + length - 1) // length).clip(lower_bound=0)
    end = pl.lit(now).cast(pl.Datetime("us", "UTC")) + pl.duration(weeks=weeks)
    return pl.when(pl.col("due_at").is_not_null()).then(end).alias("due_at")


def _sum_up(work: pl.DataFrame) -> pl.DataFrame:
    """Sum hours by machine and week; in whole milliseconds, so that the order of rows cannot matter."""
    keys = ["resource", "due_at"]
    milliseconds = (pl.col("hours") * 3.6e6).round().cast(pl.Int64)
    summed = work.group_by(keys).agg(milliseconds.sum().alias("hours"), pl.len().cast(pl.Int64).alias("parts"))
    return summed.with_columns(pl.col("hours") / 3.6e6).sort(keys)


def _from_schedule(snapshot: Snapshot, tasks: pl.DataFrame) -> pl.DataFrame:
    placed = tasks.filter(pl.col("starts_at").is_not_null() & pl.col("ends_at").is_not_null())
    columns = [
        pl.col(name).cast(dtype) for name, dtype in {**_TASKS, "resource": pl.String()}.items() if name != "hours"
    ]
    if not placed.height:
        return placed.select(columns).with_columns(pl.lit(0.0).alias("hours"))
    owners = snapshot["resource"].join(
        placed.select("resource").unique(), left_on="code", right_on="resource", how="semi"
    )
    last: datetime = placed["ends_at"].max()  # type: ignore[assignment]
    opened = list_open_hours(snapshot.frames, owners, snapshot.as_of, last + timedelta(seconds=1))
    spans = placed.select(pl.col("resource").cast(pl.String).alias("code"), "starts_at", "ends_at")
    return placed.select(columns).with_columns(overlap_hours(spans, opened)).filter(pl.col("hours") > 0)


def _from_orders(snapshot: Snapshot) -> pl.DataFrame:
    """Open operations of open orders, with their hours at standard speed, `setup_hours` and `run_hours`."""
    state = pl.col("state").cast(pl.String)
    orders = snapshot["order"].filter(~state.is_in(["done", "cancelled"]))
    usual = snapshot["routing"].sort("priority", "code").unique(["item", "site"], keep="first", maintain_order=True)
    orders = (
        orders.select(pl.col("code").alias("order"), "item", "site", "routing", "quantity", "due_at")
        .join(usual.select("item", "site", pl.col("code").alias("usual")), on=["item", "site"], how="left")
        .with_columns(pl.coalesce("routing", "usual").alias("routing"))
    )
    done = snapshot["task"].filter(state.is_in(["done", "cancelled"]) & pl.col("operation").is_not_null())
    run = pl.col("run_minutes") * pl.col("quantity") + pl.col("lot_minutes")
    work = (
        orders.join(
            snapshot["operation"].select(
                pl.col("code").alias("operation"), "routing", "setup_minutes", "run_minutes", "lot_minutes"
            ),
            on="routing",
        )
        .join(done.select("order", "operation"), on=["order", "operation"], how="anti")
        .with_columns((pl.col("setup_minutes") / 60).alias("setup_hours"), (run / 60).alias("run_hours"))
        .with_columns((pl.col("setup_hours") + pl.col("run_hours")).alias("hours"))
    )
    return work.filter(pl.col("hours") > 0)


def _share(work: pl.DataFrame, alternatives: pl.DataFrame) -> pl.DataFrame:
    """Share the work of each operation evenly between the machines that it prefers."""
    keys = ["operation", "due_at"]
    milliseconds = [(pl.col(name) * 3.6e6).round().cast(pl.Int64).sum() for name in ("setup_hours", "run_hours")]
    due = work.group_by(keys).agg(milliseconds).with_columns(pl.col("setup_hours", "run_hours") / 3.6e6)
    first = alternatives.filter(pl.col("priority") == pl.col("priority").min().over("operation"))
    first = first.with_columns(pl.len().over("operation").alias("ways"))
    hours = (pl.col("setup_hours") + pl.col("run_hours") / pl.col("speed")) / pl.col("ways")
    return due.join(first, on="operation").select("resource", "due_at", hours.alias("hours"))
