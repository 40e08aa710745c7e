"""Take a snapshot back to an earlier moment, as far as its history tells what was known then."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from drumbeat.data.snapshot import Snapshot

UNPLANNED = ("sick", "other")


def find_executions(snapshot: Snapshot) -> pl.DataFrame:
    """List what was made, task by task: from tasks with actual times, else from production reports.

    Returns
    -------
    task, order, operation, resource, quantity, starts_at, ends_at; sorted by start.
    """
    columns = ["task", "order", "operation", "resource", "quantity", "starts_at", "ends_at"]
    done = pl.col("starts_at").is_not_null() & pl.col("ends_at").is_not_null()
    stored = (
        snapshot["task"]
        .filter(done & (pl.col("state").cast(pl.String) == "done"))
        .with_columns(pl.col("code").alias("task"), pl.col("quantity").cast(pl.Float64))
        .select(columns)
    )
    reported = (
        snapshot["production_report"]
        .filter(pl.col("order").is_not_null() & (pl.col("ends_at") <= snapshot.as_of))
        .join(stored.select("order").unique(), on="order", how="anti", maintain_order="left")
        .group_by("order", "operation", "resource", maintain_order=True)
        .agg(
            pl.when((pl.col("good") + pl.col("rework")).sum() > 0)
            .then((pl.col("good") + pl.col("rework")).sum())
            .otherwise(pl.max_horizontal(pl.col("scrap").sum(), 1.0))
            .alias("quantity"),
            pl.col("starts_at").min(),
            pl.col("ends_at").max(),
        )
        .with_columns(
            pl.format("{}/{}@{}", "order", pl.col("operation").fill_null(""), pl.col("resource").fill_null("")).alias(
                "task"
            )
        )
        .select(columns)
    )
    return pl.concat([stored, reported], how="vertical_relaxed").sort("starts_at", "task")


def find_outcomes(snapshot: Snapshot) -> pl.DataFrame:
    """Say of every order with a due date how it ended, as far as that is known.

    An order ends with its last task when it is done; one that is not done and is past its due date is late for sure;
    others are open.

    Returns
    -------
    order, item, site, quantity, release_at, due_at, began_at, ended_at (null = not yet), is_on_time (null = open).
    """
    last = (
        find_executions(snapshot)
        .group_by("order")
        .agg(pl.col("starts_at").min().alias("began_at"), pl.col("ends_at").max().alias("ended_at"))
    )
    delivered = (
        snapshot["demand_line"]
        .filter(pl.col("order").is_not_null())
        .group_by("order")
        .agg(pl.col("due_at").min().alias("promised_at"), pl.col("delivered_at").max())
    )
    is_done = pl.col("state").cast(pl.String) == "done"
    past = pl.col("due_at") <= snapshot.as_of
    return (
        snapshot["order"]
        .filter(pl.col("state").cast(pl.String) != "cancelled")
        .rename({"code": "order"})
        .join(last, on="order", how="left", maintain_order="left")
        .join(delivered, on="order", how="left", maintain_order="left")
        .with_columns(pl.coalesce("due_at", "promised_at").alias("due_at"))
        .with_columns(pl.when(is_done).then(pl.coalesce("ended_at", "delivered_at")).alias("ended_at"))
        .with_columns(
            pl.when(pl.col("ended_at").is_not_null())
            .then(pl.col("ended_at") <= pl.col("due_at"))
            .when(past & ~is_done)
            .then(False)
            .alias("is_on_time")
        )
        .select("order", "item", "site", "quantity", "release_at", "due_at", "began_at", "ended_at", "is_on_time")
    )


def forget_later(snapshot: Snapshot, moment: datetime) -> dict[str, pl.DataFrame]:
    """Take events, reports, absences and purchases back to a moment: what came after it is not known."""
    frames = dict(snapshot.frames)
    before = pl.lit(moment)
    for name in ("machine_event", "absence"):
        frames[name] = frames[name].filter(pl.col("starts_at") < before)
    hides = pl.col("ends_at") > before
    frames["machine_event"] = frames["machine_event"].with_columns(
        pl.when(~hides).then(pl.col("ends_at")).alias("ends_at")
    )
    planned = snapshot["absence"].filter(
        (pl.col("starts_at") >= before) & ~pl.col("reason").cast(pl.String).is_in(UNPLANNED)
    )
    frames["absence"] = pl.concat([frames["absence"], planned])
    frames["production_report"] = frames["production_report"].filter(pl.col("ends_at") <= before)
    received = pl.col("received_at") <= before
    frames["purchase_order"] = (
        frames["purchase_order"]
        .filter(pl.col("ordered_at").is_null() | (pl.col("ordered_at") <= before))
        .with_columns(pl.when(received).then(pl.col("received_at")).alias("received_at"))
    )
    return frames


def rewind(snapshot: Snapshot, moment: datetime, until: datetime) -> tuple[Snapshot, pl.DataFrame]:
    """Take a snapshot back: what had happened by then, and the work that was to be done from then on.

    Events, reports, absences and receipts after the moment are forgotten. The work is what was under way or begun
    between the moment and `until`, as tasks on the machines that did them; what was done by then is taken off. Material
    is left out: what was in stock then is not kept.

    Parameters
    ----------
    snapshot
        The data as they are known now.
    moment
        The moment to go back to; aware.
    until
        Work that was begun after this is not looked at.

    Returns
    -------
    Snapshot, DataFrame
        The snapshot of that moment; and its open tasks in the order in which they were begun: task, order, starts_at
        (the actual start).
    """
    frames = forget_later(snapshot, moment)
    tasks = _list_open_tasks(snapshot, moment, until)
    frames |= _as_orders(snapshot, tasks, moment)
    for name in ("bill_line", "demand_line", "gate", "booking"):
        frames[name] = frames[name].clear()
    return Snapshot.of(frames, moment), tasks.select("task", "order", "starts_at")


def _list_open_tasks(snapshot: Snapshot, moment: datetime, until: datetime) -> pl.DataFrame:
    """Tasks that were not done at a moment, of orders begun by `until`, in the order of their actual start."""
    made = find_executions(snapshot)
    outcomes = find_outcomes(snapshot).filter(pl.col("due_at").is_not_null() & pl.col("is_on_time").is_not_null())
    resolved = outcomes.filter(pl.col("ended_at").is_not_null() & (pl.col("ended_at") > moment))
    begun = made.group_by("order").agg(pl.col("starts_at").min().alias("began")).filter(pl.col("began") < until)
    open_ = made.filter(pl.col("ends_at") > moment).join(begun, on="order", how="semi", maintain_order="left")
    open_ = open_.join(resolved.select("order", "item"), on="order", how="inner", maintain_order="left")
    return open_.with_columns(
        pl.col("starts_at").rank("ordinal").over("order").cast(pl.Int64).alias("rank"),
        (pl.col("starts_at") < moment).alias("is_started"),
    )


def _as_orders(snapshot: Snapshot, tasks: pl.DataFrame, moment: datetime) -> dict[str, pl.DataFrame]:
    """Orders, tasks and links of a snapshot taken back.

    Without a release date an order is released when it was begun.
    Where the record of an order begins in the middle of its routing, its release says nothing of what is recorded. A
    task that began before the one before it had ended may do so again, as much later as it did.
    """
    began = tasks.group_by("order").agg(
        pl.col("starts_at").min().alias("began_at"), pl.col("operation").sort_by("rank").first().alias("first")
    )
    routed = snapshot["operation"].sort("routing", "sequence").group_by("routing").agg(pl.col("code").first())
    is_whole = pl.col("first").is_null() | pl.col("first").is_in(routed["code"].to_list())
    orders = (
        snapshot["order"]
        .join(began, left_on="code", right_on="order", how="inner", maintain_order="left")
        .with_columns(
            pl.lit("released").alias("state"),
            pl.when(pl.col("began_at") > moment)
            .then(pl.when(is_whole & pl.col("release_at").is_not_null()).then("release_at").otherwise("began_at"))
            .alias("release_at"),
            pl.lit(None).alias("deadline_at"),
        )
        .select("code", "kind", "site", "item", "routing", "quantity", "release_at", "due_at", "priority", "state")
    )
    left = tasks.select(
        pl.col("task").alias("code"),
        "order",
        "operation",
        (pl.col("rank") * 10).alias("sequence"),
        "resource",
        "quantity",
        pl.when("is_started").then(pl.col("starts_at")).alias("starts_at"),
        pl.when("is_started").then(pl.lit("started")).otherwise(pl.lit("open")).alias("state"),
    )
    following = tasks.select(
        "order", pl.col("rank") - 1, pl.col("task").alias("successor"), pl.col("starts_at").alias("next")
    )
    links = tasks.join(following, on=["order", "rank"], how="inner", maintain_order="left").select(
        pl.col("task").alias("predecessor"),
        "successor",
        pl.when(pl.col("next") >= pl.col("ends_at")).then(pl.lit("FS")).otherwise(pl.lit("SS")).alias("kind"),
        pl.when(pl.col("next") >= pl.col("ends_at"))
        .then(0.0)
        .otherwise((pl.col("next") - pl.max_horizontal("starts_at", pl.lit(moment))).dt.total_seconds() / 60)
        .clip(0.0, None)
        .alias("lag_minutes"),
    )
    known = pl.col("setup_minutes").is_not_null() | pl.col("run_minutes").is_not_null()
    planned = snapshot["task"].filter(known).select("code", "setup_minutes", "run_minutes", "capability")
    return {"order": orders, "task": left.join(planned, on="code", how="left", maintain_order="left"), "link": links}
