"""Find when everything can really be there, from now on, and what makes it late."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.planning.engine.problem import FAR_FUTURE, FAR_PAST, Problem
from drumbeat.planning.engine.result import (
    FROM_DEMAND,
    FROM_ORDER,
    FROM_RECEIPT,
    LATE_RECEIPT,
    LEAD_TIME,
    NO_SUPPLY,
    ON_TIME,
    PAST_DUE,
    RECEIPT,
    STOCK,
    Outcomes,
    Pegs,
    PlannedOrders,
    Requirements,
)
from drumbeat.planning.engine.size_orders import SMALLEST


@njit(cache=True)
def _forward(
    level_orders: Int64s,
    level_requirements: Int64s,
    level_pegs: Int64s,
    order_start: Int64s,
    order_lead: Int64s,
    receipt_time: Int64s,
    receipt_span: Int64s,
    req_quantity: Floats,
    req_origin: Int8s,
    req_parent: Int32s,
    peg_source: Int8s,
    peg_supply: Int32s,
    peg_requirement: Int32s,
    peg_quantity: Floats,
) -> tuple[Int64s, Int64s, Int64s, Int32s, Int32s, Int32s]:
    """Go from the lowest level up: components, then the orders that take them.

    Returns
    -------
    tuple
        Possible start of each order, ready time of each receipt and requirement, the deciding peg of each
        requirement, and the deciding requirement of each order and receipt (-1 = none).
    """
    possible = np.maximum(order_start, 0)
    arrives = np.maximum(receipt_time, 0)
    ready = np.full(len(req_quantity), FAR_PAST)
    cause = np.full(len(req_quantity), -1, np.int32)
    order_cause = np.full(len(order_start), -1, np.int32)
    receipt_cause = np.full(len(receipt_time), -1, np.int32)
    served = np.zeros(len(req_quantity), np.float64)
    for level in range(len(level_orders) - 2, -1, -1):
        for peg in range(level_pegs[level], level_pegs[level + 1]):
            req, supply = peg_requirement[peg], peg_supply[peg]
            when = FAR_PAST
            if peg_source[peg] == RECEIPT:
                when = arrives[supply]
            elif peg_source[peg] != STOCK:
                when = FAR_FUTURE
                if possible[supply] < FAR_FUTURE:
                    when = possible[supply] + order_lead[supply]
            served[req] += peg_quantity[peg]
            if cause[req] < 0 or when > ready[req]:
                ready[req], cause[req] = when, peg
        for req in range(level_requirements[level], level_requirements[level + 1]):
            if served[req] < req_quantity[req] - 10 * SMALLEST - 1e-9 * req_quantity[req]:
                ready[req], cause[req] = FAR_FUTURE, -1
            parent = req_parent[req]
            if req_origin[req] == FROM_ORDER and ready[req] > possible[parent]:
                possible[parent], order_cause[parent] = ready[req], req
            elif req_origin[req] == FROM_RECEIPT:
                then = FAR_FUTURE if ready[req] == FAR_FUTURE else ready[req] + receipt_span[parent]
                if then > arrives[parent]:
                    arrives[parent], receipt_cause[parent] = then, req
    return possible, arrives, ready, cause, order_cause, receipt_cause


@njit(cache=True)
def _blame(
    requirement: Int32s,
    req_buffer: Int32s,
    req_cause: Int32s,
    order_cause: Int32s,
    receipt_cause: Int32s,
    peg_source: Int8s,
    peg_supply: Int32s,
) -> tuple[Int8s, Int32s]:
    """Follow each late requirement down to what makes it late: kind of cause and culprit."""
    kind, culprit = np.full(len(requirement), PAST_DUE, np.int8), np.full(len(requirement), -1, np.int32)
    for at in range(len(requirement)):
        req = requirement[at]
        while True:
            peg = req_cause[req]
            if peg < 0:
                kind[at], culprit[at] = NO_SUPPLY, req_buffer[req]
                break
            supply = peg_supply[peg]
            if peg_source[peg] == STOCK:
                break
            below = receipt_cause[supply] if peg_source[peg] == RECEIPT else order_cause[supply]
            if below < 0:
                is_receipt = peg_source[peg] == RECEIPT
                kind[at] = LATE_RECEIPT if is_receipt else LEAD_TIME
                culprit[at] = supply
                break
            req = below
    return kind, culprit


_Chain: TypeAlias = tuple[Int32s, Int32s, Int32s, Int32s, Int8s, Int32s]
"""What `_blame` follows: buffer and deciding peg of each requirement, deciding requirement of each order and
receipt, source and supply of each peg."""


def find_ready_times(
    problem: Problem, orders: PlannedOrders, requirements: Requirements, pegs: Pegs, level: Int32s
) -> tuple[PlannedOrders, Requirements, Outcomes, Outcomes]:
    """Find possible starts and ready times, from the lowest level up, and the cause of whatever is late.

    Receipts count at their promised time even where they are advised to be expedited; overdue ones at 0.

    Returns
    -------
    tuple
        Orders and requirements with their times filled in, and the outcomes of demands and of receipts.
    """
    receipts = problem.receipts
    steps = np.arange(int(level.max(initial=0)) + 2, dtype=np.int32)
    req_level = level[requirements.buffer]
    level_orders = np.searchsorted(orders.level, steps)
    level_requirements = np.searchsorted(req_level, steps)
    level_pegs = np.searchsorted(req_level[pegs.requirement], steps)
    lead = orders.need - orders.start
    possible, arrives, ready, cause, order_cause, receipt_cause = _forward(
        level_orders, level_requirements, level_pegs, orders.start, lead, receipts.time,
        np.maximum(receipts.time - receipts.start, 0), requirements.quantity, requirements.origin, requirements.parent,
        pegs.source, pegs.supply, pegs.requirement, pegs.quantity,
    )  # fmt: skip
    order_ready = np.where(possible >= FAR_FUTURE, FAR_FUTURE, possible + lead)
    chain = (requirements.buffer, cause, order_cause, receipt_cause, pegs.source, pegs.supply)
    demands = _outcomes(problem, requirements, ready, chain)
    late = np.flatnonzero(receipt_cause >= 0)
    kinds, culprits = _blame(receipt_cause[late], *chain)
    kind, culprit = np.full(len(arrives), ON_TIME, np.int8), np.full(len(arrives), -1, np.int32)
    kind[late], culprit[late] = kinds, culprits
    return (
        replace(orders, possible_start=possible, ready=order_ready),
        replace(requirements, ready=ready, cause=cause),
        demands,
        Outcomes(arrives, kind, culprit),
    )


def _outcomes(problem: Problem, requirements: Requirements, ready: Int64s, chain: _Chain) -> Outcomes:
    """Say of each demand when it can be there and why it is late."""
    size = problem.num_demands
    mine = np.flatnonzero(requirements.origin == FROM_DEMAND)
    demand = requirements.parent[mine]
    when = np.maximum(problem.demands.due, 0)
    when[demand] = np.maximum(when[demand], ready[mine])
    kind, culprit = np.full(size, ON_TIME, np.int8), np.full(size, -1, np.int32)
    is_late = (when[demand] > problem.demands.due[demand]) & (requirements.quantity[mine] > SMALLEST)
    late = mine[is_late].astype(np.int32)
    kinds, culprits = _blame(late, *chain)
    # Stock and supplies that are there before now do not make a demand late: it was due in the past.
    was_due = ready[late] <= 0
    kind[demand[is_late]] = np.where(was_due, PAST_DUE, kinds)
    culprit[demand[is_late]] = np.where(was_due, -1, culprits)
    return Outcomes(when, kind, culprit)
