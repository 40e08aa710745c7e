"""Take a node away from the twin's floor for a time: the same nodes as the stress tests by linear program lose."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.basics.streams import FIXED
from drumbeat.data.snapshot import Snapshot
from drumbeat.scheduling.compile_resources import name_pool
from drumbeat.strategy.list_stress_nodes import Node, StressTerms
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.surroundings import Materials, Outages, Pools
from drumbeat.twin.engine.floor.times import Times

PLAYED_KINDS = ("site", "line", "group", "supplier", "skill", "people")
"""Kinds of nodes that the twin can lose; more demand is no loss of a node."""


def disturb_floor(compiled: CompiledFloor, node: Node, terms: StressTerms, snapshot: Snapshot) -> FloorProblem | None:
    """Take a node away from a floor, from its beginning on for as long as it takes to recover.

    Parameters
    ----------
    compiled
        The floor.
    node
        What is lost. Machines stop and go on afterwards where they stopped; people of a skill are not there; of the
        people of a site a share is not there, the pools rounded down; what a supplier alone delivers does not come, and
        what is ordered meanwhile leaves when it is over. Items that others deliver too come from these as usual.
    terms
        What the stress tests assume.
    snapshot
        Says who delivers what.

    Returns
    -------
    The floor without it; None where the floor has nothing of the node.
    """
    problem, end = compiled.problem, node.disruption.weeks * WEEK_SECONDS
    if node.kind in ("site", "line", "group"):
        gone = compiled.machines["resource"].is_in(list(node.members)).to_numpy()
        machines = np.flatnonzero(gone).astype(np.int32)
        return replace(problem, outages=_stop(problem.outages, machines, end)) if gone.any() else None
    if node.kind in ("skill", "people"):
        is_skill = node.kind == "skill"
        names = compiled.pools["pool"] == name_pool(node.code, node.site)
        of_site = (compiled.pools["kind"] == "people") & (compiled.pools["site"] == node.site)
        mine = (names if is_skill else of_site).to_numpy()
        left = 0.0 if is_skill else 1.0 - terms.people_share
        return replace(problem, pools=_shrink(problem.pools, mine, left, end)) if mine.any() else None
    if node.kind == "supplier":
        mine = _only_from(compiled, snapshot, node.code)
        waits = terms.weeks_of("supplier") * WEEK_SECONDS
        return _cut_off(problem, mine, waits, end) if mine.any() else None
    return None


def _stop(outages: Outages, machines: Int32s, end: float) -> Outages:
    """One more outage from the beginning on; of no machine for a supplier's."""
    return Outages(
        np.append(outages.keys, np.array(["stress test"], dtype=object)),
        np.append(outages.ptr, outages.ptr[-1] + len(machines)).astype(np.int64),
        np.append(outages.machine, machines).astype(np.int32),
        _add_never(outages.up), _add_never(outages.down),
        np.append(outages.window_ptr, outages.window_ptr[-1] + 1).astype(np.int64),
        np.append(outages.window_start, 0.0), np.append(outages.window_end, end),
    )  # fmt: skip


def _add_never(times: Times) -> Times:
    """One time of 0 more: nothing by chance."""
    return Times(np.append(times.kind, FIXED).astype(np.int8), np.append(times.mean, 0.0), np.append(times.shape, 0.0))


def _shrink(pools: Pools, mine: Bools, left: float, end: float) -> Pools:
    """Of some pools, let a share be there until a moment."""
    columns: list[tuple[Floats, Int64s, Int64s]] = []
    for pool, (low, high) in enumerate(pairwise(pools.ptr.tolist())):
        at, size, overtime = pools.at[low:high], pools.size[low:high], pools.overtime[low:high]
        if mine[pool]:
            then = int(np.searchsorted(at, end, side="right")) - 1
            if at[then] < end:
                at = np.insert(at, then + 1, end)
                size, overtime = (np.insert(one, then + 1, one[then]) for one in (size, overtime))
            size = np.where(at < end, np.floor(size * left + 1e-9), size).astype(np.int64)
            overtime = np.minimum(overtime, size)
        columns.append((at, size, overtime))
    return replace(
        pools,
        ptr=np.concatenate([[0], np.cumsum([len(at) for at, _, _ in columns])]).astype(np.int64),
        at=np.concatenate([at for at, _, _ in columns]),
        size=np.concatenate([size for _, size, _ in columns]),
        overtime=np.concatenate([overtime for _, _, overtime in columns]),
    )


def _only_from(compiled: CompiledFloor, snapshot: Snapshot, supplier: str) -> Bools:
    """Which bought materials have terms of this supplier and of nobody else."""
    today = snapshot.as_of.date()
    terms = snapshot["supply_term"].filter(
        (pl.col("valid_from").is_null() | (pl.col("valid_from") <= today))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= today))
    )
    sources = terms.group_by("item", "site").agg(pl.col("supplier").unique())
    alone = {(item, site) for item, site, names in sources.iter_rows() if names == [supplier]}
    rows = compiled.materials.select("item", "site", "is_made").iter_rows()
    return np.array([(item, site) in alone and not is_made for item, site, is_made in rows], dtype=np.bool_)


def _cut_off(problem: FloorProblem, mine: Bools, waits: float, end: float) -> FloorProblem:
    """Let materials not come: new orders leave after `waits`, what is under way comes at `end`."""
    materials: Materials = problem.materials
    outages = _stop(problem.outages, np.zeros(0, np.int32), waits)
    late = mine[materials.receipt_material] & (materials.receipt_time < end)
    time: Floats = np.where(late, end, materials.receipt_time)
    order = np.lexsort((materials.receipt_material, time))
    return replace(
        problem,
        outages=outages,
        materials=replace(
            materials,
            outage=np.where(mine, len(outages.keys) - 1, materials.outage).astype(np.int32),
            receipt_material=materials.receipt_material[order],
            receipt_time=time[order],
            receipt_quantity=materials.receipt_quantity[order],
        ),
    )
