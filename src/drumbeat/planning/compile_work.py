"""Compile the work that open and planned orders ask of machines: which operation, how many hours, when."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.list_alternatives import list_alternatives

MOMENT = pl.Datetime("us", "UTC")
WEEK_SECONDS = 7 * 86_400
UNDER_WAY = ["firm", "released", "started"]


def compile_work(snapshot: Snapshot, planned: pl.DataFrame) -> pl.DataFrame:
    """Compile work by machine.

    Each operation takes an equal part of the time from its order's start to its due date, in the routing's order;
    work that is overdue is due now. Operations are shared evenly between the machines that they prefer. Each lot is
    set up as its operation says (where that is nothing and the machine has a setup matrix, by the matrix's mean), and
    starts the units that operations lose besides.

    Parameters
    ----------
    planned
        Planned orders as `describe_orders` gives them: those of the method "make" count.

    Returns
    -------
    order, item, site, operation, resource, from_at and to_at (moments between which it falls), run_hours, setup_hours,
    is_planned; no rows where nothing is to be made.
    """
    orders = pl.concat([_open_orders(snapshot), _planned_orders(planned)])
    usual = snapshot["routing"].sort("priority", "code").unique(["item", "site"], keep="first", maintain_order=True)
    steps = snapshot["operation"].select(
        "routing", "sequence", "setup_minutes", "lot_minutes", "run_minutes", operation="code",
        surviving=pl.col("operation_yield").cum_prod(reverse=True).over("routing", order_by="sequence"),
        place=pl.col("sequence").rank("ordinal").over("routing"), places=pl.len().over("routing"),
    )  # fmt: skip
    done = snapshot["task"].filter(
        pl.col("state").cast(pl.String).is_in(["done", "cancelled"]) & pl.col("operation").is_not_null()
    )
    span, now = pl.col("due_at") - pl.col("start_at"), pl.lit(snapshot.as_of).cast(MOMENT)
    work = (
        orders.join(usual.select("item", "site", usual="code"), on=["item", "site"], how="left")
        .with_columns(routing=pl.coalesce("routing", "usual"))
        .join(steps, on="routing")
        .join(done.select("order", "operation"), on=["order", "operation"], how="anti")
        .with_columns(
            from_at=pl.max_horizontal(pl.col("start_at") + span * ((pl.col("place") - 1) / pl.col("places")), now),
            to_at=pl.max_horizontal(pl.col("start_at") + span * (pl.col("place") / pl.col("places")), now),
        )
    )
    machines = _preferred(snapshot)
    return (
        work.join(machines, on="operation")
        .with_columns(
            setup_minutes=pl.when(pl.col("setup_minutes") > 0).then("setup_minutes").otherwise("matrix_minutes"),
        )
        .select(
            "order", "item", "site", "operation", "resource", "from_at", "to_at",
            run_hours=(pl.col("run_minutes") * pl.col("quantity") / pl.col("surviving") + pl.col("lot_minutes"))
            / 60 / pl.col("speed") / pl.col("ways"),
            setup_hours=pl.col("setup_minutes") / 60 / pl.col("ways"),
            is_planned="is_planned",
        )
        .sort("resource", "from_at", "order")
    )  # fmt: skip


def sum_by_week(work: pl.DataFrame, as_of: datetime, weeks: int) -> pl.DataFrame:
    """Sum work by machine and week from a moment on; what falls into several weeks is shared by its time in each.

    Parameters
    ----------
    work
        As `compile_work` gives it.
    as_of
        Start of week 0.
    weeks
        Work after so many weeks is left out.

    Returns
    -------
    resource, week, run_hours, setup_hours; sorted.
    """
    start = pl.lit(as_of).cast(MOMENT)
    spread = (
        work.with_columns(
            first=(pl.col("from_at") - start).dt.total_seconds(), last=(pl.col("to_at") - start).dt.total_seconds()
        )
        .with_columns(last=pl.max_horizontal("last", pl.col("first") + 1))
        .with_columns(week=pl.int_ranges(pl.col("first") // WEEK_SECONDS, (pl.col("last") - 1) // WEEK_SECONDS + 1))
        .explode("week")
        .filter(pl.col("week") < weeks)
    )
    inside = pl.min_horizontal("last", (pl.col("week") + 1) * WEEK_SECONDS) - pl.max_horizontal(
        "first", pl.col("week") * WEEK_SECONDS
    )
    share = inside / (pl.col("last") - pl.col("first"))
    return (
        spread.group_by("resource", "week")
        .agg((pl.col("run_hours") * share).sum(), (pl.col("setup_hours") * share).sum())
        .sort("resource", "week")
    )


def _preferred(snapshot: Snapshot) -> pl.DataFrame:
    """Machines that each operation prefers: operation, resource, speed, ways (how many), matrix_minutes."""
    mean = snapshot["setup_change"].group_by("setup_matrix").agg(matrix_minutes=pl.col("minutes").mean())
    matrix = snapshot["resource"].select("setup_matrix", resource="code").join(mean, on="setup_matrix")
    ways = list_alternatives(snapshot)
    first = ways.filter(pl.col("priority") == pl.col("priority").min().over("operation"))
    return (
        first.with_columns(ways=pl.len().over("operation"))
        .join(matrix.select("resource", "matrix_minutes"), on="resource", how="left")
        .select("operation", "resource", "speed", "ways", pl.col("matrix_minutes").fill_null(0.0))
    )


def _open_orders(snapshot: Snapshot) -> pl.DataFrame:
    orders = snapshot["order"].filter(pl.col("state").cast(pl.String).is_in(UNDER_WAY) & pl.col("item").is_not_null())
    now = pl.lit(snapshot.as_of).cast(MOMENT)
    due = pl.coalesce("due_at", now)
    return orders.select(
        "item", "site", "routing", "quantity", order="code", due_at=due.cast(MOMENT),
        start_at=pl.min_horizontal(pl.max_horizontal(pl.coalesce("release_at", now), now), due).cast(MOMENT),
        is_planned=pl.lit(False),
    ).select(_ORDER)  # fmt: skip


def _planned_orders(planned: pl.DataFrame) -> pl.DataFrame:
    return planned.filter(pl.col("method") == "make").select(
        "item", "site", "quantity", order="code", routing=pl.lit(None, dtype=pl.String),
        start_at=pl.min_horizontal("start_at", "due_at").cast(MOMENT), due_at=pl.col("due_at").cast(MOMENT),
        is_planned=pl.lit(True),
    ).select(_ORDER)  # fmt: skip


_ORDER = ["order", "item", "site", "routing", "quantity", "start_at", "due_at", "is_planned"]
