"""Find when everything can really be there, from now on, and what makes it late."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.planning.engine.describe_requirements import Places, Rows, describe_requirements
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
    met: tuple[Int64s, Int32s],
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
        Filled: ready time of each requirement; of no length where they are not asked for.
    met
        Filled: when each demand is met, and its requirement.
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
            if len(ready) > 0:
                ready[req] = latest
            parent = parents[req]
            if origin[req] == FROM_ORDER and latest > possible[parent]:
                possible[parent], order_cause[parent] = latest, req
            elif origin[req] == FROM_RECEIPT:
                then = FAR_FUTURE if latest == FAR_FUTURE else latest + receipt_span[parent]
                if then > arrives[parent]:
                    arrives[parent], receipt_cause[parent] = then, req
            elif origin[req] == FROM_DEMAND:
                met[0][parent], met[1][parent] = latest, req


@njit(cache=True)
def _blame(
    requirement: Int32s,
    req_cause: Int32s,
    order_cause: Int32s,
    receipt_cause: Int32s,
    peg_source: Int8s,
    peg_supply: Int32s,
) -> tuple[Int8s, Int32s]:
    """Follow each late requirement down to what makes it late: kind of cause and culprit.

    Of `NO_SUPPLY`, the culprit is the requirement that nothing serves.
    """
    kind, culprit = np.full(len(requirement), PAST_DUE, np.int8), np.full(len(requirement), -1, np.int32)
    for at in range(len(requirement)):
        req = requirement[at]
        while True:
            peg = req_cause[req]
            if peg < 0:
                kind[at], culprit[at] = NO_SUPPLY, req
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


_Chain: TypeAlias = tuple[Int32s, Int32s, Int32s, Int8s, Int32s]
"""What `_blame` follows: deciding peg of each requirement, deciding requirement of each order and receipt, source and
supply of each peg."""


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
    demand_ready, demand_row
        When each demand is met, as `Requirements.ready`, and its requirement.
    """

    orders: PlannedOrders
    requirements: Requirements
    demands: Outcomes
    receipts: Outcomes
    order_cause: Int32s
    receipt_cause: Int32s
    demand_ready: Int64s
    demand_row: Int32s


@dataclass(frozen=True, slots=True)
class _Swept:
    """What one sweep from the lowest level up finds; see `_forward`."""

    lead: Int64s
    possible: Int64s
    arrives: Int64s
    ready: Int64s
    met: tuple[Int64s, Int32s]
    causes: tuple[Int32s, Int32s, Int32s]


def find_ready_times(problem: Problem, orders: PlannedOrders, rows: Rows, pegs: Pegs, places: Places) -> ReadyTimes:
    """Find possible starts and ready times, from the lowest level up, and the cause of whatever is late.

    Receipts count at their promised time even where they are advised to be expedited; overdue ones at 0. When each
    requirement is met is found again where that is asked for: it is kept of the demands only.

    Parameters
    ----------
    rows, places
        The requirements, and where those of each buffer stand.
    """
    pegs = follow_leaders(problem, pegs)
    swept = _sweep(problem, orders, rows, pegs, places.steps, False)
    lead, possible, arrives = swept.lead, swept.possible, swept.arrives
    cause, order_cause, receipt_cause = swept.causes
    requirements = describe_requirements(
        problem, orders, rows, cause, places, lambda: _sweep(problem, orders, rows, pegs, places.steps, True).ready
    )
    if len(problem.receipts.leader):
        arrives = arrives[problem.receipts.leader]
    order_ready = np.where(possible >= FAR_FUTURE, FAR_FUTURE, possible + lead)
    orders = replace(orders, possible_start=possible, ready=order_ready)
    demands, outcomes = find_outcomes(problem, rows[0], pegs, places, swept.causes, arrives, swept.met)
    return ReadyTimes(orders, requirements, demands, outcomes, order_cause, receipt_cause, *swept.met)


def _sweep(problem: Problem, orders: PlannedOrders, rows: Rows, pegs: Pegs, steps: Int64s, keeps_ready: bool) -> _Swept:
    """Go through all levels once; `pegs` name leaders."""
    receipts, size, wanted = problem.receipts, len(rows[0]), problem.num_demands
    swept = _Swept(
        orders.need - orders.start,
        np.maximum(orders.start, 0),
        np.maximum(receipts.time, 0),
        np.empty(size if keeps_ready else 0, np.int64),
        (np.full(wanted, FAR_PAST), np.full(wanted, -1, np.int32)),
        (_none(size), _none(len(orders.start)), _none(len(receipts.time))),
    )
    _forward(
        steps, swept.lead, np.maximum(receipts.time - receipts.start, 0), rows,
        (pegs.source, pegs.supply, pegs.requirement, pegs.quantity), swept.possible, swept.arrives, swept.ready,
        swept.met, swept.causes,
    )  # fmt: skip
    return swept


def follow_leaders(problem: Problem, pegs: Pegs) -> Pegs:
    """Let pegs name the receipt with which theirs comes: what comes out beside an order comes when that does."""
    leader = problem.receipts.leader
    if not len(leader):
        return pegs
    led = np.where(pegs.source == RECEIPT, leader[np.where(pegs.source == RECEIPT, pegs.supply, 0)], -1)
    return replace(pegs, supply=np.where(led >= 0, led, pegs.supply).astype(np.int32))


def _none(count: int) -> Int32s:
    return np.full(count, -1, np.int32)


def find_outcomes(
    problem: Problem,
    quantity: Floats,
    pegs: Pegs,
    places: Places,
    causes: tuple[Int32s, Int32s, Int32s],
    arrives: Int64s,
    met: tuple[Int64s, Int32s],
) -> tuple[Outcomes, Outcomes]:
    """Say what becomes of each demand and of each receipt, and why it is late.

    Parameters
    ----------
    quantity
        Of the requirements.
    pegs
        As `follow_leaders` gives them.
    causes
        The deciding peg of each requirement, the deciding requirement of each order and receipt.
    arrives
        When each receipt comes.
    met
        When each demand is met, and its requirement, -1 = none.
    """
    chain, receipt_cause = (*causes, pegs.source, pegs.supply), causes[2]
    late = np.flatnonzero(receipt_cause >= 0)
    kinds, culprits = _find_culprits(receipt_cause[late], chain, places)
    kind, culprit = np.full(len(arrives), ON_TIME, np.int8), np.full(len(arrives), -1, np.int32)
    kind[late], culprit[late] = kinds, culprits
    return _tell_demands(problem, quantity, met, chain, places), Outcomes(arrives, kind, culprit)


def _find_culprits(rows: Int32s, chain: _Chain, places: Places) -> tuple[Int8s, Int32s]:
    """Find the kind of cause and the culprit of late requirements, as `Outcomes` tells them."""
    kind, culprit = _blame(rows, *chain)
    nothing_comes = kind == NO_SUPPLY
    culprit[nothing_comes] = places.find_buffers(culprit[nothing_comes])
    return kind, culprit


def _tell_demands(
    problem: Problem, quantity: Floats, met: tuple[Int64s, Int32s], chain: _Chain, places: Places
) -> Outcomes:
    """Say of each demand when it can be there and why it is late."""
    ready, row = met
    due = problem.demands.due
    when = np.maximum(np.maximum(due, 0), ready)
    late = np.flatnonzero((when > due) & (row >= 0))
    late = late[quantity[row[late]] > SMALLEST]
    kind, culprit = np.full(len(due), ON_TIME, np.int8), np.full(len(due), -1, np.int32)
    kinds, culprits = _find_culprits(row[late], chain, places)
    # Stock and supplies that are there before now do not make a demand late: it was due in the past.
    was_due = ready[late] <= 0
    kind[late] = np.where(was_due, PAST_DUE, kinds)
    culprit[late] = np.where(was_due, -1, culprits)
    return Outcomes(when, kind, culprit)
