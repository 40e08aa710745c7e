"""Infer orders and how far they are: what is done, what is left of each open one."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl

from drumbeat.shopfloor.engine.infer_result import InferenceParams

NEARLY = 0.95
"""A step is done when this share of what it should process has come out of it."""


def choose_routings(traces: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Choose for every order the routing of its part that fits its own steps best; of equals the more frequent.

    The fit is the number of its steps that the routing has less the number that it lacks.

    Returns
    -------
    polars.DataFrame
        Columns `order`, `routing`.
    """
    routings = steps.group_by("part", "routing", "rank", maintain_order=True).agg(pl.col("capability").alias("plan"))
    fit = pl.col("steps").list.set_intersection("plan").list.len().cast(pl.Int64) - pl.col("steps").list.set_difference(
        "plan"
    ).list.len().cast(pl.Int64)
    return (
        traces.select("order", "part", "steps")
        .join(routings, on="part", how="inner", maintain_order="left_right")
        .with_columns(fit=fit)
        .sort("order", "fit", "rank", descending=[False, True, False])
        .unique("order", keep="first", maintain_order=True)
        .select("order", "routing")
    )


def find_progress(rows: pl.DataFrame, traces: pl.DataFrame, chosen: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Say for every step of every open order how much of it is done.

    What is left of a step is the order's quantity, less what was scrapped before it, less what came out of it. A step
    is done when 95 % came out, or when a later step has processed as much as it should have.

    Returns
    -------
    polars.DataFrame
        One row a step: `order`, `part`, `operation`, `sequence`, `capability`, `left` (units, >= 0), `state` ("done",
        "started" when somebody is at it, "open"), `starts_at`, `ends_at`, `machine` (of the running report).
    """
    still = traces.filter(~pl.col("is_done")).select("order", "part", "order_quantity")
    own = rows.filter((pl.col("kind") != "down") & ~pl.col("is_repair"))
    seen = own.group_by("order", "capability").agg(
        pl.col("good").sum(),
        (pl.col("scrap") + pl.col("review")).sum().alias("lost"),
        pl.col("starts_at").min(),
        pl.col("ends_at").max(),
        pl.col("is_running").any(),
        pl.col("machine").filter("is_running").last().alias("machine"),
        pl.col("starts_at").filter("is_running").last().alias("running_from"),
    )
    plan = (
        still.join(chosen, on="order", how="inner", maintain_order="left")
        .join(steps.drop("part", "site"), on="routing", how="inner", maintain_order="left_right")
        .join(seen, on=["order", "capability"], how="left", maintain_order="left")
        .with_columns(pl.col("good", "lost").fill_null(0.0), pl.col("is_running").fill_null(False))
        .sort("order", "sequence")
    )
    lost_before = pl.col("lost").cum_sum().over("order") - pl.col("lost")
    plan = plan.with_columns(due_units=(pl.col("order_quantity") - lost_before).clip(lower_bound=0.0))
    out = pl.col("good") + pl.col("lost")
    later = out.reverse().cum_max().reverse().shift(-1).over("order").fill_null(0.0)
    is_done = ~pl.col("is_running") & (pl.max_horizontal(out, later) >= NEARLY * pl.col("due_units"))
    state = (
        pl.when(is_done)
        .then(pl.lit("done"))
        .when(pl.col("is_running"))
        .then(pl.lit("started"))
        .otherwise(pl.lit("open"))
    )
    return plan.with_columns(state=state).select(
        "order",
        "part",
        "operation",
        "sequence",
        "capability",
        pl.when(pl.col("state") == "done")
        .then(pl.col("due_units"))
        .otherwise((pl.col("due_units") - out).clip(lower_bound=1.0))
        .alias("left"),
        "state",
        pl.when(pl.col("state") == "started").then("running_from").otherwise("starts_at").alias("starts_at"),
        "ends_at",
        "machine",
    )


def make_orders(
    traces: pl.DataFrame,
    chosen: pl.DataFrame,
    progress: pl.DataFrame,
    usual: pl.DataFrame,
    as_of: datetime,
    params: InferenceParams,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make the tables `order` and `task`.

    Parameters
    ----------
    traces, chosen, progress
        Results of `trace_orders`, `choose_routings` and `find_progress`.
    usual
        Columns `part`, `flow_hours`: the time in which four in five orders of the part are finished.
    as_of, params
        Moment up to which the log counts, and how it is read.

    Returns
    -------
    tuple[polars.DataFrame, polars.DataFrame]
        Orders (done ones as "done", those with something left as "started") and the tasks of the open ones.
    """
    undone = progress.filter(pl.col("state") != "done")["order"].unique().implode()
    is_open = pl.col("order").is_in(undone)
    promised = pl.col("starts_at") + pl.duration(seconds=(pl.col("flow_hours") * 3600).round(0).cast(pl.Int64))
    # A stand-in that lies in the past would call an order late that nobody has promised anything for.
    due = pl.max_horizontal(promised, pl.lit(as_of + timedelta(days=1))) if params.promise == "usual" else None
    none = pl.lit(None, pl.Datetime("us", "UTC"))
    orders = (
        traces.join(chosen, on="order", how="left", maintain_order="left")
        .join(usual, on="part", how="left", maintain_order="left")
        .select(
            pl.col("order").alias("code"),
            pl.lit("production").alias("kind"),
            pl.lit(params.site).alias("site"),
            pl.col("part").alias("item"),
            "routing",
            pl.col("order_quantity").alias("quantity"),
            pl.col("starts_at").alias("release_at"),
            (none if due is None else pl.when(is_open).then(due).otherwise(none)).alias("due_at"),
            pl.when(is_open).then(pl.lit("started")).otherwise(pl.lit("done")).alias("state"),
        )
    )
    tasks = progress.filter(is_open).select(
        pl.format("{}/{}", "order", "sequence").alias("code"),
        pl.col("capability").alias("name"),
        "order",
        "operation",
        "sequence",
        pl.col("left").alias("quantity"),
        pl.when(pl.col("state") == "started").then("machine").alias("resource"),
        # What is half done is set up already.
        pl.when((pl.col("state") == "open") & pl.col("starts_at").is_not_null()).then(0.0).alias("setup_minutes"),
        pl.when(pl.col("state") != "open").then("starts_at").alias("starts_at"),
        pl.when(pl.col("state") == "done").then("ends_at").alias("ends_at"),
        "state",
    )
    return orders, tasks


def make_facts(rows: pl.DataFrame, steps: pl.DataFrame, chosen: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Make the tables `machine_event` and `production_report` of the log's rows."""
    states = {"run": "run", "setup": "setup", "down": "down"}
    numbered = rows.sort("starts_at", "machine", "order", "ends_at").with_columns(
        number=pl.format("E-{}", (pl.int_range(0, pl.len()) + 1).cast(pl.String).str.zfill(7))
    )
    events = numbered.select(
        pl.col("number").alias("code"),
        pl.col("machine").alias("resource"),
        pl.col("kind").replace_strict(states).alias("state"),
        "starts_at",
        pl.when("is_running").then(None).otherwise("ends_at").alias("ends_at"),
        pl.when((pl.col("kind") == "down") | pl.col("is_repair"))
        .then("activity")
        .otherwise(pl.lit(""))
        .alias("reason"),
        "order",
    )
    operations = chosen.join(steps.select("routing", "capability", "operation"), on="routing").select(
        "order", "capability", "operation"
    )
    made = (pl.col("good") + pl.col("scrap") + pl.col("review")) > 0
    reports = (
        numbered.filter(((pl.col("kind") == "run") | made) & ~pl.col("is_running") & (pl.col("kind") != "down"))
        .join(operations, on=["order", "capability"], how="left", maintain_order="left")
        .select(
            pl.col("number").str.replace("E", "Q", literal=True).alias("code"),
            pl.col("machine").alias("resource"),
            "order",
            "operation",
            pl.col("part").alias("item"),
            pl.col("worker").alias("person"),
            "starts_at",
            "ends_at",
            "good",
            "scrap",
            pl.col("review").alias("rework"),
        )
    )
    return events, reports
