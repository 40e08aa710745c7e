"""Find when everything can really be there, from now on, and what makes it late."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
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


@njit(nogil=True, _nrt=False)
def _forward(
    level_requirements: Int64s,
    order_lead: Int64s,
    receipt_span: Int64s,
    required: tuple[Floats, Int8s, Int32s],
    pegs: tuple[Int8s, Int32s, Int32s, Floats],
    possible: Int64s,
    arrives: Int64s,
    ready: Int64s,
    causes: tuple[Int32s, Int32s, Int32s],
) -> None:
    """Go from the lowest level up: components, then the orders that take them.

    Parameters
    ----------
    level_requirements
        Where the requirements of each level begin; those of a level are served by pegs in their own order.
    required
        Quantity, origin and parent of each requirement.
    pegs
        Source, supply, requirement and quantity.
    possible, arrives
        Earliest start of each order and time of each receipt, made later where what they take comes later.
    ready
        Filled: ready time of each requirement.
    causes
        Filled with -1 before; the deciding peg of each requirement, the deciding requirement of each order and receipt.
    """
    quantity, origin, parents = required
    source, supplies, requirement, amount = pegs
    cause, order_cause, receipt_cause = causes
    for level in range(len(level_requirements) - 2, -1, -1):
        first, last = level_requirements[level], level_requirements[level + 1]
        peg = np.searchsorted(requirement, first)
        for req in range(first, last):
            served, latest = 0.0, FAR_PAST
            while peg < len(requirement) and requirement[peg] == req:
                supply = supplies[peg]
                when = FAR_PAST
                if source[peg] == RECEIPT:
                    when = arrives[supply]
                elif source[peg] != STOCK:
                    when = FAR_FUTURE
                    if possible[supply] < FAR_FUTURE:
                        when = possible[supply] + order_lead[supply]
                served += amount[peg]
                if cause[req] < 0 or when > latest:
                    latest, cause[req] = when, peg
                peg += 1
            if served < quantity[req] - 10 * SMALLEST - 1e-9 * quantity[req]:
                latest, cause[req] = FAR_FUTURE, -1
            ready[req] = latest
            parent = parents[req]
            if origin[req] == FROM_ORDER and latest > possible[parent]:
                possible[parent], order_cause[parent] = latest, req
            elif origin[req] == FROM_RECEIPT:
                then = FAR_FUTURE if latest == FAR_FUTURE else latest + receipt_span[parent]
                if then > arrives[parent]:
                    arrives[parent], receipt_cause[parent] = then, req


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


@dataclass(frozen=True, slots=True)
class ReadyTimes:
    """When everything can be there, and what decides it.

    Parameters
    ----------
    orders, requirements
        With their times filled in.
    demands, receipts
        What becomes of them.
    order_cause, receipt_cause
        Requirement that makes each planned order, or receipt, come later than it should; -1 = none.
    """

    orders: PlannedOrders
    requirements: Requirements
    demands: Outcomes
    receipts: Outcomes
    order_cause: Int32s
    receipt_cause: Int32s


def find_ready_times(
    problem: Problem, orders: PlannedOrders, requirements: Requirements, pegs: Pegs, level: Int32s
) -> ReadyTimes:
    """Find possible starts and ready times, from the lowest level up, and the cause of whatever is late.

    Receipts count at their promised time even where they are advised to be expedited; overdue ones at 0.
    """
    receipts, pegs = problem.receipts, follow_leaders(problem, pegs)
    level_requirements = _find_steps(requirements.buffer, level)
    lead = orders.need - orders.start
    possible, arrives = np.maximum(orders.start, 0), np.maximum(receipts.time, 0)
    ready = np.empty(len(requirements.need), dtype=np.int64)
    cause, order_cause, receipt_cause = (
        np.full(len(of), -1, dtype=np.int32) for of in (requirements.need, orders.start, receipts.time)
    )
    _forward(
        level_requirements, lead, np.maximum(receipts.time - receipts.start, 0),
        (requirements.quantity, requirements.origin, requirements.parent),
        (pegs.source, pegs.supply, pegs.requirement, pegs.quantity), possible, arrives, ready,
        (cause, order_cause, receipt_cause),
    )  # fmt: skip
    if len(receipts.leader):
        arrives = arrives[receipts.leader]
    order_ready = np.where(possible >= FAR_FUTURE, FAR_FUTURE, possible + lead)
    orders = replace(orders, possible_start=possible, ready=order_ready)
    requirements = replace(requirements, ready=ready, cause=cause)
    demands, outcomes = find_outcomes(problem, requirements, pegs, order_cause, receipt_cause, arrives)
    return ReadyTimes(orders, requirements, demands, outcomes, order_cause, receipt_cause)


def follow_leaders(problem: Problem, pegs: Pegs) -> Pegs:
    """Let pegs name the receipt with which theirs comes: what comes out beside an order comes when that does."""
    leader = problem.receipts.leader
    if not len(leader):
        return pegs
    led = np.where(pegs.source == RECEIPT, leader[np.where(pegs.source == RECEIPT, pegs.supply, 0)], -1)
    return replace(pegs, supply=np.where(led >= 0, led, pegs.supply).astype(np.int32))


def _find_steps(buffer: Int32s, level: Int32s) -> Int64s:
    """Find where the requirements of each level begin, without reading all of them."""
    rows = range(len(buffer))
    steps = [
        bisect_left(rows, step, key=lambda row: level[buffer[row]]) for step in range(int(level.max(initial=0)) + 2)
    ]
    return np.array(steps, np.int64)


def find_outcomes(
    problem: Problem,
    requirements: Requirements,
    pegs: Pegs,
    order_cause: Int32s,
    receipt_cause: Int32s,
    arrives: Int64s,
) -> tuple[Outcomes, Outcomes]:
    """Say what becomes of each demand and of each receipt, and why it is late."""
    chain = (requirements.buffer, requirements.cause, order_cause, receipt_cause, pegs.source, pegs.supply)
    late = np.flatnonzero(receipt_cause >= 0)
    kinds, culprits = _blame(receipt_cause[late], *chain)
    kind, culprit = np.full(len(arrives), ON_TIME, np.int8), np.full(len(arrives), -1, np.int32)
    kind[late], culprit[late] = kinds, culprits
    return _tell_demands(problem, requirements, chain), Outcomes(arrives, kind, culprit)


def _tell_demands(problem: Problem, requirements: Requirements, chain: _Chain) -> Outcomes:
    """Say of each demand when it can be there and why it is late."""
    size, ready = problem.num_demands, requirements.ready
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
