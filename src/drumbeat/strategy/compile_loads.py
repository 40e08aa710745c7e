"""Compile the open work of machines: from a schedule, or from open orders and their routings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_open_hours import list_open_hours, overlap_hours

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun

_SCHEMA = {
    "order": pl.String(),
    "item": pl.String(),
    "site": pl.String(),
    "operation": pl.String(),
    "resource": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "hours": pl.Float64(),
}


def list_alternatives(snapshot: Snapshot) -> pl.DataFrame:
    """Return operation, item, site, resource, speed, priority: machines and subcontractors that can run each operation.

    Those listed for the operation, and those of its site that have its capability.
    """
    kind = pl.col("kind").cast(pl.String)
    able = snapshot["resource"].filter(kind.is_in(["machine", "subcontractor"]))
    able = able.select(pl.col("code").alias("resource"), pl.col("site").alias("at"), "capability")
    operations = (
        snapshot["operation"]
        .select(pl.col("code").alias("operation"), "routing", "capability")
        .join(snapshot["routing"].select(pl.col("code").alias("routing"), "item", "site"), on="routing")
    )
    listed = (
        snapshot["operation_resource"]
        .join(able.select("resource"), on="resource", how="semi")
        .join(operations.select("operation", "item", "site"), on="operation")
        .select("operation", "item", "site", "resource", "speed", "priority")
    )
    capable = (
        operations.filter(pl.col("capability") != "")
        .join(able, left_on=["site", "capability"], right_on=["at", "capability"])
        .select(
            "operation", "item", "site", "resource",
            pl.lit(1.0).alias("speed"), pl.lit(1, dtype=pl.Int64).alias("priority"),
        )
    )  # fmt: skip
    both = pl.concat([listed, capable]).unique(["operation", "resource"], keep="first", maintain_order=True)
    return both.sort("operation", "priority", "resource")


def compile_loads(snapshot: Snapshot, schedule: ScheduleRun | None, alternatives: pl.DataFrame) -> pl.DataFrame:
    """Return order, item, site, operation, resource, due_at, hours of open work.

    Parameters
    ----------
    snapshot
        The production system.
    schedule
        Where there is one, the working hours of its tasks on the machine that each was given; otherwise open orders
        by their tasks or their preferred routing, shared evenly between the machines preferred first.
    alternatives
        Of `list_alternatives`.

    Returns
    -------
    A row for each task and machine; none without open work.
    """
    if schedule is not None:
        return _from_schedule(snapshot, schedule.tasks)
    return _from_orders(snapshot, alternatives)


def _from_schedule(snapshot: Snapshot, tasks: pl.DataFrame) -> pl.DataFrame:
    placed = tasks.filter(pl.col("starts_at").is_not_null() & pl.col("ends_at").is_not_null())
    if not placed.height:
        return pl.DataFrame(schema=_SCHEMA)
    owners = snapshot["resource"].join(
        placed.select("resource").unique(), left_on="code", right_on="resource", how="semi"
    )
    last: datetime = placed["ends_at"].max()  # type: ignore[assignment]
    opened = list_open_hours(snapshot.frames, owners, snapshot.as_of, last + timedelta(seconds=1))
    spans = placed.select(pl.col("resource").cast(pl.String).alias("code"), "starts_at", "ends_at")
    columns = {name: dtype for name, dtype in _SCHEMA.items() if name != "hours"}
    loads = placed.select([pl.col(name).cast(dtype) for name, dtype in columns.items()])
    return loads.with_columns(overlap_hours(spans, opened)).filter(pl.col("hours") > 0)


def _from_orders(snapshot: Snapshot, alternatives: pl.DataFrame) -> pl.DataFrame:
    state = pl.col("state").cast(pl.String)
    orders = snapshot["order"].filter(~state.is_in(["done", "cancelled"]))
    usual = snapshot["routing"].sort("priority", "code").unique(["item", "site"], keep="first", maintain_order=True)
    orders = (
        orders.select(pl.col("code").alias("order"), "item", "site", "routing", "quantity", "due_at")
        .join(usual.select("item", "site", pl.col("code").alias("usual")), on=["item", "site"], how="left")
        .with_columns(pl.coalesce("routing", "usual").alias("routing"))
    )
    done = snapshot["task"].filter(state.is_in(["done", "cancelled"]) & pl.col("operation").is_not_null())
    work = (
        orders.join(
            snapshot["operation"].select(
                pl.col("code").alias("operation"), "routing", "setup_minutes", "run_minutes", "lot_minutes"
            ),
            on="routing",
        )
        .join(done.select("order", "operation"), on=["order", "operation"], how="anti")
        .join(alternatives.select("operation", "resource", "speed", "priority"), on="operation")
    )
    # The machines preferred first share the work evenly.
    work = work.filter(pl.col("priority") == pl.col("priority").min().over("order", "operation"))
    run = pl.col("run_minutes") * pl.col("quantity") + pl.col("lot_minutes")
    hours = (pl.col("setup_minutes") + run / pl.col("speed")) / 60 / pl.len().over("order", "operation")
    loads = work.with_columns(hours.alias("hours")).select(
        [pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items()]
    )
    return loads.filter(pl.col("hours") > 0).sort("order", "operation", "resource")
