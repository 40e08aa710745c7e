"""Advise actions: which orders to place now, which on order to move or cancel, and what comes too late."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.planning.engine.describe_requirements import find_needs
from drumbeat.planning.engine.problem import FAR_FUTURE, Problem
from drumbeat.planning.engine.result import (
    CANCEL,
    DEFER,
    EXPEDITE,
    FROM_DEMAND,
    FROM_ORDER,
    FROM_RECEIPT,
    NEW,
    ON_TIME,
    RECEIPT,
    SHORT,
    SPLIT,
    Messages,
    Outcomes,
    Pegs,
    PlannedOrders,
    Requirements,
)


def advise_actions(
    problem: Problem,
    orders: PlannedOrders,
    requirements: Requirements,
    pegs: Pegs,
    counted_need: Int64s,
    is_needed: Bools,
    demands: Outcomes,
    receipts: Outcomes,
) -> Messages:
    """Compare what is on order with what is needed.

    A movable receipt is to be expedited when a requirement that it serves comes before it, also when it is
    overdue; split where only a small share of it is needed earlier; deferred when the projected stock needs it only
    after the tolerance; cancelled when nothing needs it.

    Parameters
    ----------
    counted_need, is_needed
        Shape (R,): the need for which netting counted on a receipt, and whether it did.
    demands, receipts
        What becomes of them.

    Returns
    -------
    Messages
        Sorted by kind, then by the order of their subjects; empty arrays when there is nothing to do.
    """
    params, on_order = problem.params, problem.receipts
    served = np.flatnonzero(pegs.source == RECEIPT) if len(on_order.time) else np.empty(0, np.int64)
    rows = pegs.requirement[served]
    needs = find_needs(problem, orders.start, requirements.origin[rows], requirements.parent[rows])
    first_need = np.full(len(on_order.time), FAR_FUTURE)
    np.minimum.at(first_need, pegs.supply[served], needs)
    wanted_at = np.maximum(first_need, 0)
    counts = on_order.is_movable & (on_order.quantity > 0)
    is_overdue = (on_order.time < 0) & (first_need < FAR_FUTURE)
    expedite = counts & ((wanted_at < on_order.time - params.expedite_tolerance_seconds) | is_overdue)
    hurried = _sum_hurried(problem, needs, pegs.supply[served], pegs.quantity[served])
    split = expedite & ~is_overdue & (hurried <= params.split_share * on_order.quantity)
    defer = counts & is_needed & ~expedite & (counted_need > on_order.time + params.defer_tolerance_seconds)
    cancel = counts & ~is_needed
    soon = np.maximum(orders.start, 0) <= params.release_window_seconds
    late = np.flatnonzero(demands.cause != ON_TIME)
    held_up = np.flatnonzero(receipts.cause != ON_TIME)
    place, early, much_early, unneeded, parted = (
        np.flatnonzero(mask) for mask in (soon, expedite & ~split, defer, cancel, split)
    )
    never = np.full(len(unneeded), FAR_FUTURE)
    parts = [
        (NEW, FROM_ORDER, place, np.maximum(orders.start[place], 0), orders.need[place], orders.quantity[place]),
        (EXPEDITE, FROM_RECEIPT, early, on_order.time[early], wanted_at[early], on_order.quantity[early]),
        (DEFER, FROM_RECEIPT, much_early, on_order.time[much_early], counted_need[much_early],
         on_order.quantity[much_early]),
        (CANCEL, FROM_RECEIPT, unneeded, on_order.time[unneeded], never, on_order.quantity[unneeded]),
        (SHORT, FROM_DEMAND, late, problem.demands.due[late], demands.ready[late], problem.demands.quantity[late]),
        (SHORT, FROM_RECEIPT, held_up, on_order.time[held_up], receipts.ready[held_up], on_order.quantity[held_up]),
        (SPLIT, FROM_RECEIPT, parted, on_order.time[parted], wanted_at[parted], hurried[parted]),
    ]  # fmt: skip
    return Messages(
        kind=np.concatenate([np.full(len(part[2]), part[0], dtype=np.int8) for part in parts]),
        origin=np.concatenate([np.full(len(part[2]), part[1], dtype=np.int8) for part in parts]),
        subject=np.concatenate([part[2] for part in parts]).astype(np.int32),
        from_time=np.concatenate([part[3] for part in parts]).astype(np.int64),
        to_time=np.concatenate([part[4] for part in parts]).astype(np.int64),
        quantity=np.concatenate([part[5] for part in parts]),
    )


def _sum_hurried(problem: Problem, needs: Int64s, supply: Int32s, quantity: Floats) -> Floats:
    """Units of each receipt that are needed before it comes, shape (R,), by what is served from receipts."""
    latest = problem.receipts.time[supply] - problem.params.expedite_tolerance_seconds
    is_early = np.maximum(needs, 0) < latest
    units = np.bincount(supply[is_early], weights=quantity[is_early], minlength=len(problem.receipts.time))
    return units.astype(np.float64)
