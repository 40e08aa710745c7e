"""Rules beyond time and capacity: ovens, campaigns, setup crews, sequences of lines, options, choices, budgets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int32s
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_orders import Work
from drumbeat.scheduling.compile_prices import Prices
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Budgets, Modes, Resources, Tasks

SMALLEST = 10_000
"""Parts of a unit of money in which budgets are counted: money has four decimals."""


def add_machine_rules(resources: Resources, snapshot: Snapshot) -> Resources:
    """Add what machines ask beyond capacity; the pools of people at the end ask nothing.

    Parameters
    ----------
    resources
        One row a row of the resource table, then the pools.
    """
    rows = snapshot["resource"]
    places = {code: number for number, code in enumerate(rows["code"])}
    more = len(resources.capacity) - rows.height
    crew = [places.get(code, -1) for code in rows["setup_crew"]] + [-1] * more
    is_batch = [*rows["is_batch"], *([False] * more)]
    longest = [FAR_FUTURE if hours is None else round(hours * 3600) for hours in rows["most_campaign_hours"]]
    longest += [FAR_FUTURE] * more
    has_campaigns = min(longest, default=FAR_FUTURE) < FAR_FUTURE
    clean = [*(round(minutes * 60) for minutes in rows["clean_minutes"]), *([0] * more)] if has_campaigns else []
    kept = snapshot["line"].filter("keeps_sequence")["code"]
    group = {code: number for number, code in enumerate(kept)}
    groups = [group.get(line, -1) for line in rows["line"]] + [-1] * more
    return replace(
        resources,
        setup_crew=np.array(crew if max(crew, default=-1) >= 0 else [], dtype=np.int32),
        is_batch=np.array(is_batch if any(is_batch) else [], dtype=np.bool_),
        most_campaign=np.array(longest if has_campaigns else [], dtype=np.int64),
        clean_seconds=np.array(clean, dtype=np.int64),
        order_group=np.array(groups if max(groups, default=-1) >= 0 else [], dtype=np.int32),
    )


def add_options(tasks: Tasks, work: Work, prices: Prices) -> Tasks:
    """Add what may be left out, for what price, and the choices of which one is done.

    What is fixed or started is done. Without a price for lateness, whatever has a price is done.
    """
    rows = work.tasks
    free = tasks.fixed_start < 0
    cost = np.full(rows.height, np.inf)
    if prices.late_hour:
        known = (rows["skip_cost"].is_not_null() & (rows["choice_group"] == "")).to_numpy() & free
        cost[known] = rows["skip_cost"].to_numpy()[known] / prices.late_hour
    groups = rows.select("order", "choice_group", pl.len().over("order", "choice_group").alias("size"))
    names = groups.select(
        pl.when((pl.col("choice_group") != "") & (pl.col("size") > 1)).then(pl.struct("order", "choice_group"))
    ).to_series()
    found = names.drop_nulls().unique(maintain_order=True).to_list()
    if not found and not np.isfinite(cost).any():
        return tasks
    number = {(name["order"], name["choice_group"]): i for i, name in enumerate(found)}
    choice = [-1 if name is None else number[name["order"], name["choice_group"]] for name in names.to_list()]
    return replace(
        tasks,
        skip_cost=cost if np.isfinite(cost).any() else cost[:0],
        choice=np.array(choice if found else [], dtype=np.int32),
        goes_with=_find_leaders(rows),
    )


def _find_leaders(rows: pl.DataFrame) -> Int32s:
    """The first task of each one's route, which stands for choice; -1 for none, empty where nobody has one."""
    first = pl.when((pl.col("route") != "") & (pl.col("choice_group") == "")).then(
        pl.col("row").min().over("order", "route")
    )
    found = rows.with_row_index("row").select(first.cast(pl.Int32).fill_null(-1)).to_series().to_numpy()
    return found if (found >= 0).any() else found[:0]


def compile_budgets(snapshot: Snapshot, work: Work, modes: Modes, spends: Floats) -> Budgets:
    """Make a budget of each order that has one, less what its finished tasks have taken.

    Parameters
    ----------
    modes, spends
        The modes of the tasks, and what each takes besides what its task takes.
    """
    jobs = work.jobs.select("order", pl.col("budget").cast(pl.Float64)).filter(pl.col("budget").is_not_null())
    if not jobs.height:
        return Budgets()
    is_done = snapshot["task"]["state"].cast(pl.String) == "done"
    spent = snapshot["task"].filter(is_done).group_by("order").agg(pl.col("spends").cast(pl.Float64).sum())
    jobs = jobs.join(spent, on="order", how="left", maintain_order="left")
    left = np.maximum(jobs["budget"].to_numpy() - jobs["spends"].fill_null(0.0).to_numpy(), 0.0)
    number = {order: i for i, order in enumerate(jobs["order"])}
    owner = np.repeat(np.arange(work.tasks.height), np.diff(modes.task_ptr))
    budget = np.array([number.get(order, -1) for order in work.tasks["order"]], dtype=np.int32)[owner]
    taken = np.rint((work.tasks["spends"].to_numpy()[owner] + spends) * SMALLEST).astype(np.int64)
    takes = (budget >= 0) & (taken > 0)
    return Budgets(
        jobs["order"].to_numpy().astype(np.object_),
        np.rint(left * SMALLEST).astype(np.int64),
        np.concatenate(([0], np.cumsum(takes))).astype(np.int64),
        budget[takes],
        taken[takes],
    )
