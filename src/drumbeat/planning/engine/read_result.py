"""Read a kept plan as a result: all segments one after the other, everything numbered anew."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.planning.engine.advise_actions import advise_actions
from drumbeat.planning.engine.describe_requirements import Places, describe_requirements
from drumbeat.planning.engine.find_ready_times import find_outcomes, follow_leaders
from drumbeat.planning.engine.keep_plan import Plan, join_spans
from drumbeat.planning.engine.problem import FAR_FUTURE
from drumbeat.planning.engine.result import (
    FROM_DEMAND,
    FROM_ORDER,
    ORDER,
    RECEIPT,
    Pegs,
    PlannedOrders,
    Requirements,
    Result,
)


def read_result(plan: Plan) -> Result:
    """Read a plan as `net_requirements` gives it: the same rows in the same order, messages and outcomes.

    Takes about as long as copying the plan: some milliseconds for thousands of orders, a second for a million.
    """
    problem, store, segments = plan.problem, plan.store, plan.segments
    rising, slots = store.links.rising, plan.slots
    orders = join_spans(segments.order_at[rising], segments.order_count[rising])
    order_times = join_spans(segments.order_time_at[rising], segments.order_count[rising])
    rows = join_spans(segments.row_at[rising], segments.row_count[rising])
    times = join_spans(segments.time_at[rising], segments.row_count[rising])
    pegs = join_spans(segments.peg_at[rising], segments.peg_count[rising])
    new_order, new_row, new_peg = (_renumber(of, top) for of, top in zip(
        (orders, rows, pegs), (store.orders.count, store.requirements.count, store.pegs.count), strict=True
    ))  # fmt: skip
    demand = _renumber(slots.demand, slots.num_demands)
    receipt = _renumber(slots.receipt, slots.num_receipts)
    planned, order_cause = _read_orders(plan, orders, order_times, demand, new_row)
    places = Places.of(store.links.level, segments.row_count)
    requirements = _read_requirements(plan, rows, times, planned, places, (demand, receipt, new_order, new_peg))
    source, supply, requirement, quantity = (column[pegs] for column in store.pegs.columns)
    is_order, is_receipt = source == ORDER, source == RECEIPT
    supply[is_order] = new_order[supply[is_order]]
    supply[is_receipt] = receipt[supply[is_receipt]]
    served = Pegs(source, supply, new_row[requirement], quantity)
    expected, mine = plan.expected, slots.receipt
    receipt_cause, arrives = _follow(new_row, expected.cause[mine]), expected.arrives[mine]
    met = plan.demand_ready[slots.demand], _follow(new_row, plan.demand_row[slots.demand])
    demands, receipts = find_outcomes(
        problem, requirements.quantity, follow_leaders(problem, served), places,
        (requirements.cause, order_cause, receipt_cause), arrives, met,
    )  # fmt: skip
    messages = advise_actions(
        problem, planned, requirements, served, expected.need[mine], expected.is_taken[mine], demands, receipts
    )
    return Result(planned, requirements, served, messages, demands, receipts, store.links.level)


def _read_orders(
    plan: Plan, orders: Int64s, times: Int64s, demand_of: Int32s, new_row: Int32s
) -> tuple[PlannedOrders, Int32s]:
    """Orders with their times, and the requirement that decides each."""
    buffer, method, quantity, need, start, demand = (column[orders] for column in plan.store.orders.columns)
    possible, cause = (column[times] for column in plan.store.order_times.columns)
    ready = np.where(possible >= FAR_FUTURE, FAR_FUTURE, possible + (need - start))
    level = plan.store.links.level[buffer]
    planned = PlannedOrders(
        buffer, method, quantity, need, start, possible, ready, _follow(demand_of, demand), level
    )  # fmt: skip
    return planned, _follow(new_row, cause)


def _read_requirements(
    plan: Plan,
    rows: Int64s,
    times: Int64s,
    planned: PlannedOrders,
    places: Places,
    numbers: tuple[Int32s, Int32s, Int32s, Int32s],
) -> Requirements:
    """Requirements with their times; `numbers` are the new ones of demands, receipts, orders and pegs."""
    demand_of, receipt_of, new_order, new_peg = numbers
    quantity, origin, parent = (column[rows] for column in plan.store.requirements.columns)
    is_demand, is_order = origin == FROM_DEMAND, origin == FROM_ORDER
    is_receipt = ~is_demand & ~is_order
    for mine, number in ((is_demand, demand_of), (is_order, new_order), (is_receipt, receipt_of)):
        parent[mine] = number[parent[mine]]
    ready, cause = (column[times] for column in plan.store.times.columns)
    return describe_requirements(
        plan.problem, planned, (quantity, origin, parent), _follow(new_peg, cause), places, lambda: ready
    )


def _renumber(rows: Int64s | Int32s, count: int) -> Int32s:
    """Number rows, demands or receipts of the store by their place among these; -1 for others."""
    number = np.full(count, -1, np.int32)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    return number


def _follow(number: Int32s, of: Int32s) -> Int32s:
    """Number of each, -1 for -1."""
    found = np.full(len(of), -1, np.int32)
    known = of >= 0
    found[known] = number[of[known]]
    return found
