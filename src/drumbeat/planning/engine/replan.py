"""Plan a change: net again only what it touches, with the same answer as a full run."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s
from drumbeat.basics.progress import Progress, silent
from drumbeat.planning.engine.find_differences import Differences, find_differences
from drumbeat.planning.engine.keep_plan import (
    Asked,
    Expected,
    Links,
    Plan,
    Segments,
    Slots,
    Store,
    join_spans,
    take_rows,
)
from drumbeat.planning.engine.net_requirements import (
    NO_TIME,
    Netting,
    Wanted,
    begin_netting,
    net_buffers,
    run_netting,
    sort_receipts,
)
from drumbeat.planning.engine.netting_kernels import explode
from drumbeat.planning.engine.problem import FAR_PAST, Problem
from drumbeat.planning.engine.result import FROM_DEMAND, FROM_ORDER, ORDER, PlannedOrders
from drumbeat.planning.engine.retime_kernels import find_same_orders, mark_closure, retime

WASTE = 4_000_000
"""Rows that no plan uses any more before all is packed anew; or as many as the plan has, whichever is more."""


def begin_plan(problem: Problem, progress: Progress = silent) -> Plan:
    """Plan every buffer, as `net_requirements` does, and keep the plan so that changes can be planned from it.

    Parameters
    ----------
    problem
        What to plan. Bills must not lead in a circle.
    progress
        Hears of each level.

    Returns
    -------
    Plan
        Read it by `read_result`; change it by `replan`.

    Raises
    ------
    InputError
        When a buffer needs itself.
    """
    netted = run_netting(problem, progress)
    result, state = netted.result, netted.state
    links = Links.of(problem, result.level)
    store, slots = Store(netted, links), Slots.of(problem)
    expected = Expected(
        state.rec_ptr, state.by_place, netted.receipt_need, netted.receipt_is_taken, result.receipts.ready,
        netted.receipt_cause,
    )  # fmt: skip
    everything = np.arange(problem.num_buffers, dtype=np.int32)
    plan = Plan(
        problem, store, Segments.of(result, state.row_count), Asked.of(problem, links, slots.receipt), slots, expected,
        netted.demand_ready, netted.demand_row, problem, tuple(column.count for column in store.all), everything,
        everything[:0],
    )  # fmt: skip
    store.plans.add(plan)
    return plan


def replan(plan: Plan, problem: Problem, progress: Progress = silent) -> Plan:
    """Plan a problem that differs from another plan's in some places, and net again only what they touch.

    Touched are the buffers at which something differs: a demand or receipt added, changed or gone, stock, a lot rule, a
    method's terms; and below them those of which more or less, or at other times, is required than before. Their
    requirements are gathered again from the orders above them and netted, pegged and ordered by the same loops as in a
    full run, what comes out together in one go; where the orders come out as they were, nothing below is touched. Ready
    times are found again upwards then, as far as they differ. The answer is that of `net_requirements`, bit by bit.

    Parameters
    ----------
    plan
        A plan of `begin_plan` or of this function; it stays as it is.
    problem
        What to plan. What is the same object as in the plan's problem is not looked at: share arrays where you can.
        Where buffers, bills or the kinds of methods differ, all is planned anew.
    progress
        Hears of each level.

    Returns
    -------
    Plan
        Shares with the other one all that does not differ.

    Raises
    ------
    InputError
        When a buffer needs itself.
    """
    found = find_differences(plan, problem) if is_local(plan, problem) else None
    if found is None:
        return begin_plan(problem, progress)
    with plan.store.lock:
        plan.store.cut()
        held, live = plan.store.requirements.count, int(plan.segments.row_count.sum())
        if held - live <= max(WASTE, live):
            return _Change(plan, problem, found).plan(progress)
    return begin_plan(problem, progress)


def is_local(plan: Plan, problem: Problem) -> bool:
    """Whether a change stays with its buffer, those with which it comes out together, and those below.

    Not where something under way comes from a buffer of which netting does not know that it is further down, or with
    a receipt of something that it does not come out with.
    """
    receipts, level = problem.receipts, plan.store.links.level
    sent = receipts.source >= 0
    if len(level) != problem.num_buffers:
        return False
    if len(receipts.leader):
        group = plan.store.links.group[receipts.buffer]
        if (group[receipts.leader] != group).any():
            return False
    ptr, child = plan.store.links.down
    for buffer, source in zip(receipts.buffer[sent].tolist(), receipts.source[sent].tolist(), strict=True):
        if source not in child[ptr[buffer] : ptr[buffer + 1]]:
            return False
    return True


class _Change:
    """One change on its way through the levels."""

    def __init__(self, plan: Plan, problem: Problem, found: Differences) -> None:
        self.before, self.problem, self.found, self.store = plan, problem, found, plan.store
        self.links, self.segments = plan.store.links, plan.segments.copy()
        self.asked = Asked.of(problem, self.links, found.slots.receipt, (plan.problem, plan.asked))
        self.is_touched, self.is_renewed = found.is_touched.copy(), np.zeros(problem.num_buffers, np.bool_)
        self.expected = self._expect()
        self.state = self._begin()

    def plan(self, progress: Progress) -> Plan:
        """Net level by level, then find ready times; what was added is given up where that fails."""
        counts = [column.count for column in self.store.all]
        try:
            steps = int(self.links.level.max(initial=-1)) + 1
            for level in range(steps):
                self._touch_groups()
                buffers = np.flatnonzero(self.is_touched & (self.links.level == level)).astype(np.int32)
                if len(buffers):
                    progress(0.8 * level / steps, f"level {level}")
                    self._net(level, buffers)
            progress(0.8, "ready times")
            return self._retime()
        except BaseException:
            for column, count in zip(self.store.all, counts, strict=True):
                column.shrink(count)
            raise

    def _touch_groups(self) -> None:
        """Touch what comes out together with what is touched."""
        if self.problem.outputs is not None:
            group, is_any = self.links.group, np.zeros(self.problem.num_buffers, np.bool_)
            is_any[group[self.is_touched]] = True
            self.is_touched |= is_any[group]

    def _expect(self) -> Expected:
        """Receipts by place, with what is known of each from before."""
        old, slots, numbered = self.before.expected, self.found.slots, self.found.numbered
        size = len(numbered.receipts.time)
        ptr, by_place = old.ptr, old.by_place
        if self.problem.receipts is not self.before.problem.receipts:
            by_place, ptr = sort_receipts(self.problem)
            by_place = slots.receipt[by_place].astype(np.int64)
        grown = Expected(
            ptr, by_place, np.full(size, NO_TIME), np.zeros(size, np.bool_), np.maximum(numbered.receipts.time, 0),
            np.full(size, -1, np.int32),
        )  # fmt: skip
        known = len(old.need)
        for new, was in ((grown.need, old.need), (grown.is_taken, old.is_taken), (grown.arrives, old.arrives)):
            new[:known] = was
        grown.cause[:known] = old.cause
        return grown

    def _begin(self) -> Netting:
        """Return a netting whose requirements and pegs are added to the store."""
        numbered, expected = self.found.numbered, self.expected
        state = begin_netting(numbered, self.links.level, self.links.group, (expected.by_place, expected.ptr))
        state.rec_need, state.rec_taken = expected.need[state.by_place], expected.is_taken[state.by_place]
        state.requirements, state.pegs = self.store.requirements, self.store.pegs
        return state

    def _net(self, level: int, buffers: Int32s) -> None:
        """Net buffers of a level again, and touch those below whose requirements differ."""
        state, segments, rows, pegs = self.state, self.segments, self.store.requirements, self.store.pegs
        first_row, first_peg = rows.count, pegs.count
        places = join_spans(state.rec_ptr[buffers], np.diff(state.rec_ptr)[buffers])
        state.rec_need[places], state.rec_taken[places] = NO_TIME, False
        placed = net_buffers(state, level, buffers, self._gather(buffers))
        cuts = np.append(buffers, self.problem.num_buffers)
        number = self._number_orders(buffers, placed, np.searchsorted(placed.buffer, cuts))
        count = state.row_count[buffers]
        at = first_row + np.concatenate([[0], np.cumsum(count)])
        segments.row_at[buffers], segments.row_count[buffers] = at[:-1], count
        row_of_peg = pegs.columns[2][first_peg : pegs.count]
        peg_at = first_peg + np.searchsorted(row_of_peg, at.astype(np.int32))
        segments.peg_at[buffers], segments.peg_count[buffers] = peg_at[:-1], np.diff(peg_at)
        source, supply = (column[first_peg : pegs.count] for column in pegs.columns[:2])
        is_order = source == ORDER
        supply[is_order] = number[supply[is_order]]
        self.is_renewed[buffers] = True

    def _gather(self, buffers: Int32s) -> list[Wanted]:
        """Gather what is required of buffers, in the order in which a full run hears of it."""
        asked, demands, slots = self.asked, self.problem.demands, self.found.slots
        rows = asked.demands[1][join_spans(asked.demands[0][buffers], np.diff(asked.demands[0])[buffers])]
        number = slots.demand[rows]
        origin = np.full(len(rows), FROM_DEMAND, np.int8)
        parts = [Wanted(demands.buffer[rows], demands.due[rows], demands.quantity[rows], origin, number, number)]
        issued = asked.issued[1][join_spans(asked.issued[0][buffers], np.diff(asked.issued[0])[buffers])]
        parts.append(take_rows(asked.rows, issued))
        parts.append(self._explode_above(buffers))
        return [part for part in parts if len(part.need)]

    def _explode_above(self, buffers: Int32s) -> Wanted:
        """Explode the orders of all that takes from some buffers, and keep what they take of these."""
        links, segments, methods = self.links, self.segments, self.problem.methods
        above = np.unique(links.up[1][join_spans(links.up[0][buffers], np.diff(links.up[0])[buffers])])
        above = above[np.argsort(links.level[above], kind="stable")]
        orders = join_spans(segments.order_at[above], segments.order_count[above])
        buffer, method, quantity, _, start, demand = (column[orders] for column in self.store.orders.columns)
        parent, component, need, units = explode(
            (buffer, method, quantity / methods.yields[method], start), (methods.taking, methods.source), links.line
        )
        is_asked = np.zeros(self.problem.num_buffers, np.bool_)
        is_asked[buffers] = True
        mine = np.flatnonzero(is_asked[component])
        parent = parent[mine]
        origin = np.full(len(mine), FROM_ORDER, np.int8)
        return Wanted(component[mine], need[mine], units[mine], origin, orders[parent].astype(np.int32), demand[parent])

    def _number_orders(self, buffers: Int32s, placed: PlannedOrders, first: Int64s) -> Int64s:
        """Number new orders in the store: those of a buffer that came out as they were keep their numbers."""
        segments, orders, found = self.segments, self.store.orders, self.found
        is_same = np.zeros(len(buffers), np.bool_)
        find_same_orders(
            buffers, first, (placed.method, placed.quantity, placed.need, placed.start, placed.demand),
            segments.order_at, segments.order_count, orders.columns, found.is_forced, found.is_reranked, is_same,
        )  # fmt: skip
        count = np.diff(first)
        is_new = np.repeat(~is_same, count)
        new = np.flatnonzero(is_new)
        begin = orders.append(
            *(column[new] for column in (placed.buffer, placed.method, placed.quantity, placed.need, placed.start,
                                         placed.demand))
        )  # fmt: skip
        number = np.arange(len(placed.need)) - np.repeat(first[:-1] - segments.order_at[buffers], count)
        number[new] = begin + np.arange(len(new))
        other = buffers[~is_same]
        segments.order_at[other] = begin + np.cumsum(count[~is_same]) - count[~is_same]
        segments.order_count[other] = count[~is_same]
        down = self.links.down
        self.is_touched[down[1][join_spans(down[0][other], np.diff(down[0])[other])]] = True
        return number

    def _retime(self) -> Plan:
        """Find the times of what is new, and of what is above it as far as they differ; make the plan."""
        before, store, links, segments = self.before, self.store, self.links, self.segments
        state, expected, receipts = self.state, self.expected, self.found.numbered.receipts
        expected.need[state.by_place], expected.is_taken[state.by_place] = state.rec_need, state.rec_taken
        # Every size that may be written: of what is new and all that is above it.
        room = mark_closure(
            links.sequence, links.up, self.is_renewed.copy(), (segments.row_count, segments.order_count)
        )
        if self.problem.outputs is not None:
            room = int(max(segments.row_count.sum(), segments.order_count.sum()))
        for column in (store.times, store.order_times):
            column.make_room(room)
        size = self.found.slots.num_demands
        demand_ready, demand_row = np.full(size, FAR_PAST), np.full(size, -1, np.int32)
        demand_ready[: len(before.demand_ready)] = before.demand_ready
        demand_row[: len(before.demand_row)] = before.demand_row
        ends = np.array([store.order_times.count, store.times.count])
        is_dirty = np.zeros(self.problem.num_buffers, np.bool_)
        retime(
            (links.sequence, links.steps, links.group), np.zeros(self.problem.num_buffers, np.bool_),
            self.is_renewed, is_dirty, links.up, links.down, segments.spans,
            (before.segments.row_at, before.segments.row_count), store.orders.columns, store.order_times.columns,
            store.requirements.columns, store.times.columns, store.pegs.columns,
            (np.maximum(receipts.time, 0), np.maximum(receipts.time - receipts.start, 0), receipts.buffer,
             expected.arrives, expected.cause, expected.ptr, expected.by_place, receipts.leader),
            expected.arrives.copy(), (demand_ready, demand_row), ends,
        )  # fmt: skip
        for column, end in zip((store.order_times, store.times), ends.tolist(), strict=True):
            column.extend(end - column.count)
        return self._finish(demand_ready, demand_row, is_dirty)

    def _finish(self, demand_ready: Int64s, demand_row: Int32s, is_dirty: Bools) -> Plan:
        plan = Plan(
            self.problem, self.store, self.segments, self.asked, self.found.slots, self.expected, demand_ready,
            demand_row, self.found.numbered, tuple(column.count for column in self.store.all),
            np.flatnonzero(self.is_renewed).astype(np.int32),
            np.flatnonzero(is_dirty & ~self.is_renewed).astype(np.int32),
        )  # fmt: skip
        self.store.plans.add(plan)
        return plan
