"""What follows from the rows that netting keeps: the buffer, the need and the demand of each requirement.

A row says how much is required and by whom. What it is required of, when, and for which demand stand where the row and
its parent stand: kept a second time, they would take as much memory again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int32s, Int64s
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, FROM_RECEIPT, PlannedOrders, Requirements

Rows: TypeAlias = tuple[Floats, Int8s, Int32s]
"""Quantity, origin and parent of requirements, by level, then by buffer, in the order of service."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the rows of each buffer stand.

    Parameters
    ----------
    rising
        Shape (B,): the buffers by level, rising within each.
    first
        Shape (B + 1,): first row of each of these, and the number of rows.
    steps
        Shape (L + 1,): first row of each level, and the number of rows.
    """

    rising: Int64s
    first: Int64s
    steps: Int64s

    @classmethod
    def of(cls, level: Int32s, count: Int64s) -> Places:
        """Lay rows out: so many of each buffer, shape (B,), and its level."""
        rising = np.lexsort((np.arange(len(level)), level))
        first = np.concatenate([[0], np.cumsum(count[rising])]).astype(np.int64)
        ends = np.searchsorted(level[rising], np.arange(int(level.max(initial=0)) + 2))
        return cls(rising, first, first[ends])

    def find_buffers(self, rows: Int32s | Int64s) -> Int32s:
        """Return the buffer of each of these rows."""
        # Of those that begin at one row, the last: the others have no rows.
        found: Int32s = self.rising[np.searchsorted(self.first, rows, side="right") - 1].astype(np.int32)
        return found

    def list_buffers(self) -> Int32s:
        """Return the buffer of each row."""
        return np.repeat(self.rising.astype(np.int32), np.diff(self.first))


def find_needs(problem: Problem, start: Int64s, origin: Int8s, parent: Int32s) -> Int64s:
    """Return when requirements are needed: when the demand is due, or the planned order or the receipt starts.

    Parameters
    ----------
    start
        Of the planned orders.
    origin, parent
        Of the requirements, any of them.
    """
    need = np.empty(len(origin), np.int64)
    for kind, times in (
        (FROM_DEMAND, problem.demands.due),
        (FROM_ORDER, start),
        (FROM_RECEIPT, problem.receipts.start),
    ):
        mine = np.flatnonzero(origin == kind)
        need[mine] = times[parent[mine]]
    return need


def find_demands(demand: Int32s, origin: Int8s, parent: Int32s) -> Int32s:
    """Return the first demand behind requirements; `demand` is that of the planned orders."""
    found = np.where(origin == FROM_DEMAND, parent, np.int32(-1)).astype(np.int32)
    mine = np.flatnonzero(origin == FROM_ORDER)
    found[mine] = demand[parent[mine]]
    return found


def describe_requirements(
    problem: Problem, orders: PlannedOrders, rows: Rows, cause: Int32s, places: Places, find_ready: Callable[[], Int64s]
) -> Requirements:
    """Return requirements whose further columns are worked out when they are first read.

    Parameters
    ----------
    cause
        The peg that decides when each is met.
    find_ready
        Gives when each is met.
    """
    quantity, origin, parent = rows
    ways: dict[str, Callable[[], Int32s | Int64s]] = {
        "buffer": places.list_buffers,
        "need": lambda: find_needs(problem, orders.start, origin, parent),
        "demand": lambda: find_demands(orders.demand, origin, parent),
        "ready": find_ready,
    }
    return Requirements.deferred(
        lambda name: ways[name](), quantity=quantity, origin=origin, parent=parent, cause=cause
    )
