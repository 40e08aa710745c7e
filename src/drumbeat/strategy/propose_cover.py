"""Propose what would close the gap between surviving and recovering, with its price where the data have one."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import StoredChange
from drumbeat.inventory.changes import AddStock
from drumbeat.plant.changes import AddMachine
from drumbeat.strategy.compile_network import CompiledNetwork
from drumbeat.strategy.engine.stress import FlowProgram, Loss, find_backup, find_loss, place_cover
from drumbeat.strategy.list_stress_nodes import Node
from drumbeat.strategy.propose_links import add_sources, train_others

MOST_ITEMS = 6
"""Items named in a sentence."""


@dataclass(frozen=True)
class Remedy:
    """Something that makes a loss smaller.

    Parameters
    ----------
    kind
        stock, backup, cross-train, second source or second site.
    what
        In words.
    cost_a_year, capital
        Money; None = the data have no price for it, `missing` says which.
    loss_left
        Contribution that is still lost with it.
    missing
        What must be entered to price it; "" for nothing.
    changes
        As changes of the data; empty where no change says it.
    """

    kind: str
    what: str
    cost_a_year: float | None
    capital: float | None
    loss_left: float
    missing: str
    changes: tuple[StoredChange, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(replace(self, changes=())) | {"changes": [change.to_json() for change in self.changes]}


def propose_cover(
    node: Node, loss: Loss, program: FlowProgram, compiled: CompiledNetwork, demand: Floats, snapshot: Snapshot
) -> list[Remedy]:
    """Propose what would close the gap of a node that costs a loss, the cheapest first; those without a price last."""
    whole, node = node, replace(node, disruption=replace(node.disruption, weeks=loss.weeks))
    found = [_stock(node, program, compiled, demand)]
    if node.kind in ("line", "group"):
        found.append(_backup(node, program, compiled, demand, snapshot))
    if node.kind == "skill":
        found.append(_cross_train(node, program, compiled, demand, snapshot))
    if node.kind == "supplier":
        found.append(_second_source(whole, program, compiled, demand, snapshot))
    if node.kind == "site":
        found.append(_second_site(loss, compiled))
    known = [remedy for remedy in found if remedy is not None]
    return sorted(known, key=lambda one: (one.cost_a_year is None, one.cost_a_year or 0.0))


def _stock(node: Node, program: FlowProgram, compiled: CompiledNetwork, demand: Floats) -> Remedy | None:
    told = place_cover(program, node.disruption, demand, compiled.hold_cost, compiled.unit_cost)
    if not told.is_enough or not told.units.any():
        return None
    items, sites = compiled.places["item"].to_list(), compiled.places["site"].to_list()
    order = [p for p in np.argsort(-told.units * compiled.unit_cost, kind="stable").tolist() if told.units[p] > 0]
    changes = tuple(AddStock(items[p], sites[p], float(math.ceil(told.units[p] - 1e-6))) for p in order)
    words = ", ".join(f"{change.quantity:,.0f} of {change.item} at {change.site}" for change in changes[:MOST_ITEMS])
    more = f" and {len(changes) - MOST_ITEMS} more items" if len(changes) > MOST_ITEMS else ""
    return Remedy("stock", f"Hold {words}{more}", told.cost_a_year, told.capital, 0.0, "", changes)


def _backup(
    node: Node, program: FlowProgram, compiled: CompiledNetwork, demand: Floats, snapshot: Snapshot
) -> Remedy | None:
    """Back-up hours for the lost machines, as whole machines like them, outside the node."""
    codes = compiled.machines["code"].to_list()
    rows = np.array([codes.index(code) for code in node.members if code in codes], dtype=np.int64)
    hours = find_backup(program, node.disruption, demand, rows) / node.disruption.weeks
    if not np.isfinite(hours).all():
        return None
    taken = set(snapshot["resource"]["code"])
    machines: list[AddMachine] = []
    kinds = compiled.machines["capability"].to_list()
    own = compiled.network.hours[rows]
    for kind in sorted({str(kinds[row]) for row in rows}):
        mine = [i for i, row in enumerate(rows) if str(kinds[row]) == kind]
        usual = float(own[mine].max(initial=0.0))
        count = math.ceil(float(hours[mine].sum()) / usual - 1e-6) if usual > 0 else 0
        like = codes[rows[mine[int(np.argmax(own[mine]))]]]
        for number in range(1, count + 1):
            code = f"{like} BACKUP {number}"
            if code not in taken:
                machines.append(AddMachine(code, like))
    if not machines:
        return None
    names = ", ".join(dict.fromkeys(machine.like for machine in machines))
    what = f"{len(machines)} back-up machine{'s' if len(machines) > 1 else ''} elsewhere, like {names}"
    what += f"; {float(hours.sum()):,.0f} hours a week are needed"
    return Remedy("backup", what, None, None, 0.0, "the price of such a machine, or of a subcontractor's hour",
                  tuple(machines))  # fmt: skip


def _cross_train(
    node: Node, program: FlowProgram, compiled: CompiledNetwork, demand: Floats, snapshot: Snapshot
) -> Remedy | None:
    """People who should have the skill as well: the hours of it that are missing, by the hours of a person."""
    name = f"{node.code} at {node.site}"
    products = compiled.network.products.tolist()
    if name not in products:
        return None
    hold = np.full(len(products), np.inf)
    hold[products.index(name)] = 1.0
    told = place_cover(program, node.disruption, demand, hold, np.zeros(len(products)))
    groups = compiled.groups.filter(pl.col("site") == node.site)
    count = sum(len(people) for people in groups["people"])
    hours = float(groups["hours"].sum()) / count if count else 0.0
    if not told.is_enough or hours <= 0:
        return None
    needed = math.ceil(float(told.units.sum()) / node.disruption.weeks / hours - 1e-6)
    what = (
        f"Certify {needed} people of {node.site} more in {node.name}, so placed that they are not lost with the others"
    )
    changes = tuple(train_others(snapshot, node.site, node.code, needed))
    return Remedy("cross-train", what, None, None, 0.0, "what certifying a person costs", changes)


def _second_site(loss: Loss, compiled: CompiledNetwork) -> Remedy | None:
    """The items that are dearest to lose, made elsewhere as well."""
    money = (loss.lost * compiled.network.contribution)[: len(compiled.places)]
    items = compiled.places["item"].to_list()
    dearest = [p for p in np.argsort(-money, kind="stable").tolist() if money[p] > 0][:MOST_ITEMS]
    if not dearest:
        return None
    names, share = ", ".join(items[p] for p in dearest), float(money[dearest].sum())
    what = f"Qualify another site, or a subcontractor, to make {names}: {share / loss.money:.0%} of the loss"
    missing = "a routing there, its hours and its cost"
    return Remedy("second site", what, None, None, max(loss.money - share, 0.0), missing, ())


def _second_source(
    node: Node, program: FlowProgram, compiled: CompiledNetwork, demand: Floats, snapshot: Snapshot
) -> Remedy | None:
    """Others that deliver more at once, or a second source where there is none."""
    network = program.network
    lost = np.unique(network.makes[node.disruption.most_left <= 0])
    others = np.isin(network.makes, lost) & (node.disruption.most_left > 0)
    items = compiled.places["item"].to_list()
    alone = [p for p in lost.tolist() if not (others & (network.makes == p)).any()]
    changes: tuple[StoredChange, ...] = ()
    quick = replace(program, network=replace(network, begins=np.where(others, 0.0, network.begins)))
    left = find_loss(quick, node.disruption, demand).money
    if alone:
        names = ", ".join(items[p] for p in alone[:MOST_ITEMS])
        what, missing = f"Qualify a second source of {names}", "an offer: price, lead time and capacity"
        left = 0.0 if len(alone) == len(lost) else left
        sites = compiled.places["site"].to_list()
        changes = tuple(add_sources(snapshot, node.code, [(items[p], sites[p]) for p in alone]))
    else:
        suppliers = sorted(set(compiled.ways.filter(pl.Series(others))["source"]))
        what = f"Agree with {', '.join(suppliers[:MOST_ITEMS])} that more comes at once, not after the lead time"
        missing = "what such an option costs"
    return Remedy("second source", what, None, None, left, missing, changes)
