"""List who takes what from whom in a plan, and what each late demand waits for."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from drumbeat.planning.describe_plan import to_moments
from drumbeat.planning.engine.follow_pegs import PegIndex
from drumbeat.planning.engine.problem import FAR_PAST
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, FROM_RECEIPT, ORDER, RECEIPT, STOCK
from drumbeat.planning.plan_run import PlanRun

TAKERS = {FROM_DEMAND: "demand", FROM_ORDER: "planned", FROM_RECEIPT: "order"}
SUPPLIES = {STOCK: "stock", RECEIPT: "order", ORDER: "planned"}
LINK = pl.Struct(
    dict.fromkeys(("kind", "code", "how", "item", "site", "ready_at"), pl.String) | {"quantity": pl.Float64}
)
"""A link of the chain that a late demand waits for."""


def list_pegs(run: PlanRun) -> pl.DataFrame:
    """List the pegs of a plan, in the order in which they are served.

    Returns
    -------
    DataFrame
        taker_kind (demand, order, planned), taker (its code), taker_item, taker_site; supply_kind (stock, order,
        planned), supply (its code, "" for stock), item, site, quantity, needed_at, ready_at (null: stock, or never).
    """
    problem, result = run.problem, run.result
    pegs, rows = result.pegs, result.pegs.requirement
    codes = run.orders["code"].to_numpy().astype(object)
    origin, parent = result.requirements.origin[rows], result.requirements.parent[rows]
    takers, homes = np.full(len(rows), "", object), np.zeros(len(rows), np.int64)
    for kind, keys, owners in (
        (FROM_DEMAND, problem.demands.keys, problem.demands.buffer),
        (FROM_ORDER, codes, result.orders.buffer),
        (FROM_RECEIPT, problem.receipts.keys, problem.receipts.buffer),
    ):
        mine = origin == kind
        takers[mine], homes[mine] = keys[parent[mine]], owners[parent[mine]]
    supplies, ready = np.full(len(rows), "", object), np.full(len(rows), FAR_PAST)
    for kind, keys, times in (
        (RECEIPT, problem.receipts.keys, result.receipts.ready),
        (ORDER, codes, result.orders.ready),
    ):
        mine = pegs.source == kind
        supplies[mine], ready[mine] = keys[pegs.supply[mine]], np.maximum(times[pegs.supply[mine]], 0)
    owner = result.requirements.buffer[rows].astype(np.int64)
    item, site = run.places["item"].to_numpy(), run.places["site"].to_numpy()
    return pl.DataFrame(
        [
            pl.Series("taker_kind", [TAKERS[kind] for kind in origin.tolist()], dtype=pl.String),
            pl.Series("taker", takers, dtype=pl.String),
            pl.Series("taker_item", item[homes], dtype=pl.String),
            pl.Series("taker_site", site[homes], dtype=pl.String),
            pl.Series("supply_kind", [SUPPLIES[kind] for kind in pegs.source.tolist()], dtype=pl.String),
            pl.Series("supply", supplies, dtype=pl.String),
            pl.Series("item", item[owner], dtype=pl.String),
            pl.Series("site", site[owner], dtype=pl.String),
            pl.Series("quantity", pegs.quantity, dtype=pl.Float64),
            to_moments(result.requirements.need[rows], run.as_of).alias("needed_at"),
            to_moments(ready, run.as_of).alias("ready_at"),
        ]
    )


def list_late(run: PlanRun) -> pl.DataFrame:
    """List the demands that a plan cannot meet in time, each with the chain of what it waits for longest.

    Returns
    -------
    DataFrame
        demand, item, site, quantity, due_at, ready_at (null = never), late_days (null = never), cause, chain: a list of
        kind (stock, order, planned), code, item, site, quantity, ready_at (text, "" = never) and how (make, buy, move).
        The latest first, what is never there before all.
    """
    late = run.demands.filter("is_late")
    index = PegIndex(run.problem, run.result)
    number = {str(key): at for at, key in enumerate(run.problem.demands.keys.tolist())}
    chains = [_chain(run, index, number[code]) for code in late["demand"]]
    days, cause = pl.col("late_seconds") / 86_400.0, pl.col("cause").str.slice(0, 300)
    return (
        late.select("demand", "item", "site", "quantity", "due_at", "ready_at", late_days=days, cause=cause)
        .with_columns(pl.Series("chain", chains, dtype=pl.List(LINK)))
        .sort("late_days", "demand", descending=[True, False], nulls_last=False)
    )


def _chain(run: PlanRun, index: PegIndex, demand: int) -> list[dict[str, Any]]:
    links = []
    for node in index.list_latest(demand):
        how, code, ready = "", "", 0
        if node.source == ORDER:
            code, how = run.orders["code"][node.supply], run.orders["method"][node.supply]
            ready = int(run.result.orders.ready[node.supply])
        elif node.source == RECEIPT:
            code, ready = str(run.problem.receipts.keys[node.supply]), int(run.result.receipts.ready[node.supply])
        when = to_moments(np.array([max(ready, 0)]), run.as_of)[0]
        item, site = run.places["item"][node.buffer], run.places["site"][node.buffer]
        links.append(
            {
                "kind": SUPPLIES[node.source], "code": code, "how": how, "item": item, "site": site,
                "quantity": node.quantity, "ready_at": "" if when is None else when.isoformat(),
            }
        )  # fmt: skip
    return links
