"""Weigh the load of a plan against usable capacity, week by week: what planners and senior managers look at first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_capacity import WeeklyCapacity, compile_capacity
from drumbeat.planning.compile_work import MOMENT, compile_work, sum_by_week
from drumbeat.planning.engine.measure_load import Load, LoadProblem, measure_load

WEEKS = 13
"""A quarter: further ahead, orders are not known and forecasts say more about totals than about machines."""
KINDS = ("free", "near-bottleneck", "bottleneck")


@dataclass(frozen=True)
class LoadRun:
    """Load against capacity, for programs and for people.

    Parameters
    ----------
    problem, load
        What the engine was given, and what it gave back.
    weeks
        resource, site, week_start, open_hours, care_hours, breakdown_hours, usable_hours, run_hours, setup_hours,
        load (share of the week's usable hours), reach (work until then / usable hours until then): one row a machine
        and week.
    machines
        resource, name, site, line, kind (free, near-bottleneck, bottleneck), peak (highest reach), peak_week,
        overload_hours (most hours that cannot be done in time): one row a machine, the most loaded first.
    """

    problem: LoadProblem
    load: Load
    weeks: pl.DataFrame
    machines: pl.DataFrame


def weigh_load(snapshot: Snapshot, planned: pl.DataFrame, weeks: int = WEEKS) -> LoadRun:
    """Weigh open and planned orders against the usable hours of each machine and week.

    Parameters
    ----------
    snapshot
        The production system.
    planned
        Planned orders: `PlanRun.orders`.
    weeks
        How many from the snapshot's moment, 1 or more; work after them is left out.

    Returns
    -------
    LoadRun
        Without rows where there are no machines.

    Raises
    ------
    ValueError
        When `weeks` is below 1.
    """
    if weeks < 1:
        raise ValueError(f"load is weighed over 1 or more weeks, not {weeks}")
    capacity = compile_capacity(snapshot, weeks)
    rows = pl.DataFrame({"resource": capacity.machines["code"]}).with_row_index("row")
    work = sum_by_week(compile_work(snapshot, planned), snapshot.as_of, weeks).join(rows, on="resource")
    sites = capacity.machines["site"].unique().sort()
    number = {site: index for index, site in enumerate(sites)}
    problem = LoadProblem(
        keys=capacity.machines["code"].to_numpy().astype(object),
        site=np.array([number[site] for site in capacity.machines["site"]], dtype=np.int32),
        open_hours=capacity.open_hours,
        care_hours=capacity.care_hours,
        breakdown_share=capacity.breakdown_share,
        work_resource=work["row"].to_numpy().astype(np.int32),
        work_period=work["week"].to_numpy().astype(np.int32),
        run_hours=work["run_hours"].to_numpy().astype(np.float64),
        setup_hours=work["setup_hours"].to_numpy().astype(np.float64),
    )
    load = measure_load(problem)
    return LoadRun(problem, load, _describe_weeks(capacity, load), _describe_machines(capacity, load))


def _describe_weeks(capacity: WeeklyCapacity, load: Load) -> pl.DataFrame:
    count, weeks = capacity.open_hours.shape
    machines = capacity.machines.select(resource="code", site="site")
    index = np.repeat(np.arange(count), weeks)
    starts = pl.Series("week_start", capacity.starts * count, dtype=MOMENT)
    down = capacity.open_hours - capacity.care_hours - load.usable_hours
    columns = {
        "open_hours": capacity.open_hours, "care_hours": capacity.care_hours, "breakdown_hours": down,
        "usable_hours": load.usable_hours, "run_hours": load.run_hours, "setup_hours": load.setup_hours,
        "load": load.load, "reach": load.reach,
    }  # fmt: skip
    return machines[index].with_columns(
        starts, *[pl.Series(name, table.ravel(), dtype=pl.Float64) for name, table in columns.items()]
    )


def _describe_machines(capacity: WeeklyCapacity, load: Load) -> pl.DataFrame:
    missing = np.cumsum(load.run_hours + load.setup_hours, axis=1) - np.cumsum(load.usable_hours, axis=1)
    starts: list[datetime] = capacity.starts
    return (
        capacity.machines.select(resource="code", name="name", site="site", line="line")
        .with_columns(
            pl.Series("kind", [KINDS[kind] for kind in load.kind], dtype=pl.String),
            pl.Series("peak", load.peak, dtype=pl.Float64),
            pl.Series("peak_week", [starts[period] for period in load.peak_period], dtype=MOMENT),
            pl.Series("overload_hours", np.maximum(missing.max(axis=1), 0.0), dtype=pl.Float64),
        )
        .sort("peak", "resource", descending=[True, False])
    )
