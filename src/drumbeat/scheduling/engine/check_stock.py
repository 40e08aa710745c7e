"""Judge what is used up: materials, tanks and budgets."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_evidence import REMEDY, Evidence

STOCK_TOLERANCE = 2e-6
"""Share of the largest movement by which stock may seem to leave its bounds through rounding."""


def check_materials(evidence: Evidence) -> None:
    """Check that stock never falls below zero, and that what tasks bring finds room in its tank."""
    materials, schedule = evidence.problem.materials, evidence.schedule
    if not len(materials.task_ptr):
        return
    owner = np.repeat(np.arange(evidence.problem.num_tasks), np.diff(materials.task_ptr))
    used = evidence.done[owner]
    owner, material, quantity = owner[used], materials.material[used], materials.quantity[used]
    moment = np.where(quantity < 0, schedule.start[owner], schedule.end[owner])
    moment = np.concatenate((np.maximum(materials.receipt_time, 0), moment))
    material = np.concatenate((materials.receipt_material, material))
    quantity = np.concatenate((materials.receipt_quantity, quantity))
    is_receipt = np.arange(len(moment)) < len(materials.receipt_time)
    # At one moment, what arrives comes before what is taken.
    order = np.lexsort((quantity < 0, moment, material))
    edges = np.searchsorted(material[order], np.arange(len(materials.keys) + 1))
    for k in np.flatnonzero(np.diff(edges)).tolist():
        mine = order[edges[k] : edges[k + 1]]
        level = materials.stock[k] + np.cumsum(quantity[mine])
        room = STOCK_TOLERANCE * max(1.0, float(-quantity[mine].min(initial=0.0)))
        if level.min() < -room:
            worst = int(np.argmin(level))
            value = f"{materials.keys[k]}: {level[worst]:g} at {moment[mine[worst]]} s"
            evidence.findings.add(Finding("material", "stock never falls below zero", REMEDY, value=value))
        if len(materials.most) and np.isfinite(materials.most[k]):
            _check_tank(evidence, k, moment[mine], quantity[mine], is_receipt[mine])


def _check_tank(evidence: Evidence, k: int, moment: Int64s, quantity: Floats, is_receipt: Bools) -> None:
    """Check that after each moment at which tasks bring something, the tank holds no more than it can.

    What tasks take at that moment makes room first; receipts of that moment come after.
    """
    materials = evidence.problem.materials
    most = float(materials.most[k])
    moments, where = np.unique(moment, return_inverse=True)
    size, where = len(moments), where.ravel()
    by_tasks = np.bincount(where, weights=np.where(is_receipt, 0.0, quantity), minlength=size)
    received = np.bincount(where, weights=np.where(is_receipt, quantity, 0.0), minlength=size)
    before = materials.stock[k] + np.concatenate(([0.0], np.cumsum(by_tasks + received)[:-1]))
    brings = np.bincount(where, weights=(quantity > 0) & ~is_receipt, minlength=size) > 0
    room = STOCK_TOLERANCE * max(1.0, most, float(quantity.max()))
    over = np.flatnonzero(brings & (before + by_tasks > most + room))
    if len(over):
        value = f"{materials.keys[k]}: {(before + by_tasks)[over[0]]:g} of {most:g} at {moments[over[0]]} s"
        evidence.findings.add(Finding("material", "what tasks bring finds room in its tank", REMEDY, value=value))


def check_budgets(evidence: Evidence) -> None:
    """Check that the chosen modes together take no more of a budget than there is."""
    budgets = evidence.problem.budgets
    if not len(budgets.mode_ptr):
        return
    is_chosen = np.zeros(len(evidence.problem.modes.run_seconds), dtype=bool)
    is_chosen[evidence.schedule.mode[evidence.done]] = True
    chosen = np.repeat(is_chosen, np.diff(budgets.mode_ptr))
    spent = np.zeros(len(budgets.amount), dtype=np.int64)
    np.add.at(spent, budgets.budget[chosen], budgets.taken[chosen])
    rule = "the chosen modes together take no more of a budget than there is"
    over = spent > budgets.amount
    evidence.report("budget", rule, budgets.keys, over, lambda b: f"{spent[b]} of {budgets.amount[b]}")
