"""Estimate how long a routing takes, where no lead time is given: times, waits, and how long its machines are open."""

from __future__ import annotations

import polars as pl

from drumbeat.data.snapshot import Snapshot

WEEK_HOURS = 168.0


def measure_open_hours(snapshot: Snapshot) -> pl.DataFrame:
    """Measure the open hours of each calendar in its usual week.

    Returns
    -------
    DataFrame
        calendar, open_hours (above 0, at most 168); calendars without shifts are missing.
    """
    start = pl.col("start").cast(pl.Duration).dt.total_seconds()
    end = pl.col("end").cast(pl.Duration).dt.total_seconds()
    length = pl.when(end > start).then(end - start).otherwise(end - start + 86_400)
    return (
        snapshot["calendar_shift"]
        .group_by("calendar")
        .agg(open_hours=length.sum() / 3600)
        .with_columns(pl.col("open_hours").clip(upper_bound=WEEK_HOURS))
    )


def estimate_lead_times(snapshot: Snapshot) -> pl.DataFrame:
    """Estimate the elapsed lead time and the yield of each routing.

    Working time is stretched by 168 h / open hours a week of the preferred machine; waits are elapsed already.
    Queues are not included: the finite schedule finds them.

    Returns
    -------
    DataFrame
        routing, lead_seconds (for a lot of any size), lead_seconds_per_unit, yields; routings without
        operations are missing.
    """
    machines = preferred_machines(snapshot)
    hours = measure_open_hours(snapshot)
    steps = (
        snapshot["operation"]
        .join(machines, left_on="code", right_on="operation", how="left")
        .join(hours, on="calendar", how="left")
        .with_columns(
            stretch=WEEK_HOURS / pl.col("open_hours").fill_null(WEEK_HOURS), speed=pl.col("speed").fill_null(1.0)
        )
    )
    work = (pl.col("setup_minutes") + pl.col("lot_minutes") / pl.col("speed")) * pl.col("stretch")
    fixed = (work + pl.col("wait_minutes")) * 60
    unit = pl.col("run_minutes") / pl.col("speed") * pl.col("stretch") * 60
    return (
        steps.group_by("routing")
        .agg(
            lead_seconds=fixed.sum().ceil().cast(pl.Int64),
            lead_seconds_per_unit=unit.sum(),
            yields=pl.col("operation_yield").product(),
        )
        .sort("routing")
    )


def preferred_machines(snapshot: Snapshot) -> pl.DataFrame:
    """Preferred machine of each operation: operation, calendar, speed."""
    resources = snapshot["resource"].select(resource="code", site="site", capability="capability", calendar="calendar")
    named = (
        snapshot["operation_resource"]
        .with_columns(is_machine=pl.col("need") == "machine")
        .sort("operation", "is_machine", "priority", "resource", descending=[False, True, False, False])
        .unique("operation", keep="first", maintain_order=True)
        .join(resources, on="resource", how="left")
        .select("operation", "calendar", "speed")
    )
    able = resources.filter(pl.col("capability") != "").sort("resource").unique(["site", "capability"], keep="first")
    asked = (
        snapshot["operation"]
        .filter(pl.col("capability") != "")
        .join(snapshot["routing"].select(routing="code", site="site"), on="routing")
        .join(able, on=["site", "capability"])
        .join(named, left_on="code", right_on="operation", how="anti")
        .select(operation="code", calendar="calendar", speed=pl.lit(1.0))
    )
    return pl.concat([named, asked])
