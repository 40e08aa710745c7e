"""A plan kept in segments, one a buffer, so that another plan can share all of it but what a change touches.

Rows are only ever added to the columns of a `Store`; a plan says where its segments stand. Plans that are made from
each other share a store; what no living plan uses at its end is written over.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from threading import Lock
from weakref import WeakSet

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s
from drumbeat.planning.engine.find_levels import list_takers
from drumbeat.planning.engine.growing import Growing
from drumbeat.planning.engine.join_outputs import find_groups
from drumbeat.planning.engine.net_requirements import Line, Netted, Wanted, issue_receipts, list_lines
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import Result
from drumbeat.planning.engine.retime_kernels import Spans
from drumbeat.planning.engine.sort_requirements import group_by_buffer

SPARE = 1_000_000
"""Rows of room for changes, so that the first one does not move the whole plan."""


@dataclass(frozen=True, slots=True)
class Links:
    """Who takes from whom, after phantoms; the same for all plans of a store.

    Parameters
    ----------
    level, line
        Low-level codes, and bill lines as netting reads them.
    up, down
        Who takes from a buffer, and what it takes from, the lowest level first: pointer over buffers and buffers.
    rising
        All buffers by level, rising within each.
    sequence, steps
        All buffers, the lowest level first, rising within each; where each level begins among them, and their number.
    group
        First buffer of those with which each comes out together, itself where it is alone.
    """

    level: Int32s
    line: Line
    up: tuple[Int64s, Int32s]
    down: tuple[Int64s, Int32s]
    rising: Int64s
    sequence: Int32s
    steps: Int64s
    group: Int32s

    @classmethod
    def of(cls, problem: Problem, level: Int32s) -> Links:
        """Link the buffers of a problem."""
        line, size = list_lines(problem), problem.num_buffers
        parents, children = list_takers(problem)
        maker = np.repeat(np.arange(size), np.diff(line[0]))
        # Lines through phantoms, and those of the bills as they are: more links than needed do no harm.
        pairs = np.unique(np.concatenate([parents * size + children, maker * size + line[1]]))
        parent, child = np.divmod(pairs, size)
        by_parent = np.lexsort((child, -level[child], parent))
        by_child = np.argsort(child, kind="stable")
        step = np.arange(size + 1)
        return cls(
            level, line,
            (np.searchsorted(child[by_child], step).astype(np.int64), parent[by_child].astype(np.int32)),
            (np.searchsorted(parent[by_parent], step).astype(np.int64), child[by_parent].astype(np.int32)),
            np.lexsort((np.arange(size), level)), np.lexsort((np.arange(size), -level)).astype(np.int32),
            np.cumsum([0, *np.bincount(level)[::-1]]).astype(np.int64), find_groups(problem),
        )  # fmt: skip


class Store:
    """Columns that plans share: orders, their times, requirements, their times, pegs."""

    def __init__(self, netted: Netted, links: Links) -> None:
        result = netted.result
        self.links = links
        self.lock = Lock()
        self.plans: WeakSet[Plan] = WeakSet()
        self.requirements, self.pegs = netted.state.requirements, netted.state.pegs
        orders = result.orders
        self.orders = _grow(orders.buffer, orders.method, orders.quantity, orders.need, orders.start, orders.demand)
        self.order_times = _grow(orders.possible_start, netted.order_cause)
        self.times = _grow(result.requirements.ready, result.requirements.cause)
        for column in self.all:
            column.make_room(min(column.count, SPARE))

    @property
    def all(self) -> tuple[Growing, ...]:
        """All columns, in the order of `Plan.ends`."""
        return self.orders, self.order_times, self.requirements, self.times, self.pegs

    def cut(self) -> None:
        """Give up what no living plan uses at the end."""
        ends = [plan.ends for plan in self.plans]
        for column, *counts in zip(self.all, *ends, strict=True):
            column.shrink(max(counts))


def _grow(*columns: np.ndarray) -> Growing:
    grown = Growing(*(column.dtype for column in columns))
    grown.append(*columns)
    return grown


@dataclass(slots=True)
class Segments:
    """Where the rows of each buffer stand in the store; shape (B,) each.

    Parameters
    ----------
    order_at, order_count, order_time_at
        Orders, and where their times are.
    row_at, row_count, time_at
        Requirements, and where their times are.
    peg_at, peg_count
        Pegs.
    """

    order_at: Int64s
    order_count: Int64s
    order_time_at: Int64s
    row_at: Int64s
    row_count: Int64s
    time_at: Int64s
    peg_at: Int64s
    peg_count: Int64s

    @property
    def spans(self) -> Spans:
        """All of them, for kernels."""
        return (
            self.order_at, self.order_count, self.order_time_at, self.row_at, self.row_count, self.time_at,
            self.peg_at, self.peg_count,
        )  # fmt: skip

    def copy(self) -> Segments:
        """Return segments that can be moved without moving these."""
        return Segments(*(column.copy() for column in self.spans))

    @classmethod
    def of(cls, result: Result, row_count: Int64s) -> Segments:
        """Find the segments of a plan as netting gives it, with so many requirements of each buffer."""
        size = len(result.level)
        rising = np.lexsort((np.arange(size), result.level))

        def place(count: Int64s) -> Int64s:
            at = np.zeros(size, np.int64)
            at[rising] = np.cumsum(count[rising]) - count[rising]
            return at

        order_count = np.bincount(result.orders.buffer, minlength=size).astype(np.int64)
        order_at, row_at = place(order_count), place(row_count)
        # Pegs stand in the order of the requirements that they serve.
        last = np.searchsorted(result.pegs.requirement, (row_at + row_count).astype(np.int32)).astype(np.int64)
        peg_at = np.searchsorted(result.pegs.requirement, row_at.astype(np.int32)).astype(np.int64)
        return cls(order_at, order_count, order_at.copy(), row_at, row_count, row_at.copy(), peg_at, last - peg_at)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is required from outside: demands, and what receipts still take; grouped by buffer.

    Parameters
    ----------
    demands, issued
        Pointer over buffers and the demands, or rows of `rows`, of each.
    rows
        What receipts take, in the order in which netting hears of it.
    """

    demands: tuple[Int64s, Int32s]
    issued: tuple[Int64s, Int32s]
    rows: Wanted

    @classmethod
    def of(cls, problem: Problem, links: Links, slots: Int32s, before: tuple[Problem, Asked] | None = None) -> Asked:
        """Group what a problem asks for; what is the same in another problem is taken from there."""
        size = problem.num_buffers
        if before is not None and before[0].demands.buffer is problem.demands.buffer:
            demands = before[1].demands
        else:
            demands = group_by_buffer(problem.demands.buffer, size)
        if before is not None and before[0].receipts is problem.receipts:
            return cls(demands, before[1].issued, before[1].rows)
        rows = issue_receipts(problem, links.line)
        rows = replace(rows, parent=slots[rows.parent] if len(rows.parent) else rows.parent)
        return cls(demands, group_by_buffer(rows.buffer, size), rows)


@dataclass(frozen=True, slots=True)
class Slots:
    """Numbers of demands and receipts in the store, which they keep when others come or go.

    Parameters
    ----------
    demand, receipt
        Number of each demand and receipt of the problem.
    num_demands, num_receipts
        Numbers given so far.
    """

    demand: Int32s
    receipt: Int32s
    num_demands: int
    num_receipts: int

    @classmethod
    def of(cls, problem: Problem) -> Slots:
        """Number the demands and receipts of a problem as they stand."""
        demands, receipts = problem.num_demands, len(problem.receipts.time)
        return cls(np.arange(demands, dtype=np.int32), np.arange(receipts, dtype=np.int32), demands, receipts)

    @property
    def is_plain(self) -> bool:
        """Whether all numbers are those of the problem."""
        pairs = ((self.demand, self.num_demands), (self.receipt, self.num_receipts))
        return all(len(numbers) == count and bool((np.diff(numbers) > 0).all()) for numbers, count in pairs)


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of receipts, by their number in the store; shape (R,) each, but `ptr` (B + 1,).

    Parameters
    ----------
    ptr, by_place
        Pointer over buffers, and receipts by buffer and time.
    need, is_taken
        The need for which netting counted on each, and whether it did.
    arrives, cause
        When it comes, and the requirement that makes it come so late, -1 = none.
    """

    ptr: Int64s
    by_place: Int64s
    need: Int64s
    is_taken: Bools
    arrives: Int64s
    cause: Int32s


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Plan:
    """A plan that changes can be planned from; made by `begin_plan` and `replan`, read by its `Result`.

    Parameters
    ----------
    problem
        What was planned.
    num_replanned, num_retimed
        Buffers that were netted again, and those of which only times were found again; all and 0 for a whole plan.
    ready
        Shape (D,): when each demand of the problem can be there, as `Outcomes.ready`.
    numbered
        The problem with demands and receipts by their number in the store.
    """

    problem: Problem
    store: Store
    segments: Segments
    asked: Asked
    slots: Slots
    expected: Expected
    demand_ready: Int64s
    demand_row: Int32s
    numbered: Problem
    ends: tuple[int, ...]
    renewed: Int32s
    retimed: Int32s

    @property
    def num_replanned(self) -> int:
        """Number of buffers that were netted again."""
        return len(self.renewed)

    @property
    def num_retimed(self) -> int:
        """Number of buffers of which only times were found again."""
        return len(self.retimed)

    @property
    def ready(self) -> Int64s:
        """When each demand can be there, shape (D,)."""
        ready: Int64s = np.maximum(self.demand_ready[self.slots.demand], np.maximum(self.problem.demands.due, 0))
        return ready

    @property
    def num_late(self) -> int:
        """Number of demands that can't be there when they are due."""
        demands = self.problem.demands
        return int(((self.ready > demands.due) & (demands.quantity > 1e-7)).sum())


_NAMES = tuple(one.name for one in fields(Wanted))


def take_rows(wanted: Wanted, rows: Int32s) -> Wanted:
    """Return some of what is required."""
    return Wanted(*(getattr(wanted, name)[rows] for name in _NAMES))


def join_spans(first: Int64s, count: Int64s) -> Int64s:
    """Join spans of rows: `first[i]`, `first[i] + 1`, ... `first[i] + count[i] - 1`, one after the other."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    rows: Int64s = np.arange(total) + np.repeat(first - (ends - count), count)
    return rows
