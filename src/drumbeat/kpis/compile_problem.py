"""Compile the scorecard's problem from a snapshot."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.engine.build_figures import cut_weeks
from drumbeat.kpis.engine.problem import Problem
from drumbeat.plant.list_open_hours import MOMENT, list_open_hours

if TYPE_CHECKING:
    from drumbeat.scheduling.actions import ScheduleRun


def compile_problem(snapshot: Snapshot, schedule: ScheduleRun | None = None, *, weeks: int = 13) -> Problem:
    """Compile the facts of a snapshot.

    Parameters
    ----------
    snapshot
        The production system.
    schedule
        Adds how many open orders are scheduled on time; optional.
    weeks
        Length of the period in weeks before the snapshot's moment, >= 1.

    Returns
    -------
    The problem; frames without rows where the snapshot has none.
    """
    window = cut_weeks(snapshot.as_of, weeks)
    places = machine_places(snapshot)
    planned = list_open_hours(
        snapshot.frames,
        snapshot["resource"].join(places.select("resource"), left_on="code", right_on="resource", how="semi"),
        window.edges[0],
        window.end,
    )
    return Problem(
        window=window,
        events=snapshot["machine_event"],
        reports=_reports(snapshot),
        planned=planned.rename({"code": "resource"}),
        standards=operation_standards(snapshot),
        places=places,
        demands=snapshot["demand_line"].filter(
            (pl.col("kind").cast(pl.String) == "order")
            & (pl.col("state").cast(pl.String) != "cancelled")
            # Delivered without a date says nothing about being on time.
            & ~((pl.col("state").cast(pl.String) == "delivered") & pl.col("delivered_at").is_null())
        ),
        orders=_orders(snapshot, schedule),
        cares=_cares(snapshot),
        costs=list_costs(snapshot),
        regions=dict(snapshot["site"].drop_nulls("region").select("code", "region").iter_rows()),
    )


def machine_places(snapshot: Snapshot) -> pl.DataFrame:
    """Return resource, line and site of every machine; OEE is never applied to people."""
    machines = snapshot["resource"].filter(pl.col("kind").cast(pl.String) == "machine")
    return machines.select(pl.col("code").alias("resource"), "line", "site")


def operation_standards(snapshot: Snapshot) -> pl.DataFrame:
    """Return operation, resource (null = any) and seconds_per_unit of every operation with a run time."""
    operations = snapshot["operation"].filter(pl.col("run_minutes") > 0)
    seconds = pl.col("run_minutes") * 60
    usual = operations.select(
        pl.col("code").alias("operation"),
        pl.lit(None, dtype=pl.String).alias("resource"),
        seconds.alias("seconds_per_unit"),
    )
    own = snapshot["operation_resource"].join(
        operations.select(pl.col("code").alias("operation"), "run_minutes"), on="operation"
    )
    return pl.concat(
        [usual, own.select("operation", "resource", (seconds / pl.col("speed")).alias("seconds_per_unit"))]
    )


def _reports(snapshot: Snapshot) -> pl.DataFrame:
    """Production reports with their site and line: those of the resource, else of the operation's routing."""
    resources = snapshot["resource"].select(pl.col("code").alias("resource"), "line", pl.col("site").alias("at"))
    routings = snapshot["routing"].select(pl.col("code").alias("routing"), pl.col("site").alias("routed"), "item")
    operations = (
        snapshot["operation"]
        .select(pl.col("code").alias("operation"), "routing")
        .join(routings.rename({"item": "made"}), on="routing", how="left")
    )
    return (
        snapshot["production_report"]
        .join(resources, on="resource", how="left", maintain_order="left")
        .join(operations, on="operation", how="left", maintain_order="left")
        .with_columns(pl.coalesce("at", "routed").alias("site"), pl.coalesce("item", "made").alias("item"))
        .drop("at", "routed", "made", "routing")
    )


def _orders(snapshot: Snapshot, schedule: ScheduleRun | None) -> pl.DataFrame:
    """Orders with their actual end (of the last task, else of the last report), and the planned one of a schedule."""
    kept = snapshot["order"].filter(pl.col("state").cast(pl.String) != "cancelled")
    tasks = snapshot["task"].group_by("order").agg(pl.col("ends_at").max().alias("task_end"))
    reports = (
        snapshot["production_report"]
        .drop_nulls("order")
        .group_by("order")
        .agg(pl.col("ends_at").max().alias("report_end"))
    )
    planned = pl.DataFrame(schema={"order": pl.String, "planned_end": MOMENT})
    if schedule is not None:
        planned = schedule.orders.select(
            pl.col("order").cast(pl.String), pl.col("ends_at").cast(MOMENT).alias("planned_end")
        )
    is_done = pl.col("state").cast(pl.String) == "done"
    return (
        kept.join(tasks, left_on="code", right_on="order", how="left", maintain_order="left")
        .join(reports, left_on="code", right_on="order", how="left", maintain_order="left")
        .join(planned, left_on="code", right_on="order", how="left", maintain_order="left")
        .select(
            "code",
            "site",
            "due_at",
            pl.when(is_done).then(pl.coalesce("task_end", "report_end")).alias("ended_at"),
            pl.when(~is_done).then(pl.col("planned_end")).alias("planned_end"),
        )
    )


def _cares(snapshot: Snapshot) -> pl.DataFrame:
    plans = snapshot["maintenance_plan"].select(
        pl.col("code").alias("plan"), (pl.col("interval_days") * 0.1).alias("grace_days")
    )
    resources = snapshot["resource"].select(pl.col("code").alias("resource"), "site")
    is_counted = (pl.col("kind").cast(pl.String) == "preventive") & (pl.col("state").cast(pl.String) != "cancelled")
    return (
        snapshot["maintenance_order"]
        .filter(is_counted)
        .join(plans, on="plan", how="left", maintain_order="left")
        .join(resources, on="resource", how="left", maintain_order="left")
    )


def list_costs(snapshot: Snapshot) -> pl.DataFrame:
    """Actuals with their budget; a row belongs to the moment in the middle of its first day.

    Rows of the week that begins on the very day of the snapshot have not ended yet and fall outside.
    """
    centres = snapshot["cost_centre"].select(pl.col("code").alias("cost_centre"), "site")
    sites = snapshot["site"].select(pl.col("code").alias("site"), "currency")
    keys = ["cost_centre", "period_start", "account"]
    budgets = snapshot["budget_line"].select(*keys, pl.col("amount").alias("budget"))
    noon = pl.col("period_start").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + timedelta(hours=12)
    return (
        snapshot["actual"]
        .join(budgets, on=keys, how="left", maintain_order="left")
        .join(centres, on="cost_centre", how="left", maintain_order="left")
        .join(sites, on="site", how="left", maintain_order="left")
        .with_columns(
            noon.alias("week_at"),
            pl.concat_str(
                "cost_centre",
                pl.col("period_start").cast(pl.String),
                pl.col("account").cast(pl.String),
                separator=" / ",
            ).alias("code"),
        )
    )
