"""The loops of netting, compiled: net a level, peg it, explode its orders."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.planning.engine.problem import FAR_PAST, MOVE
from drumbeat.planning.engine.result import ORDER, RECEIPT, STOCK
from drumbeat.planning.engine.size_orders import (
    SMALLEST,
    WEEK,
    choose_method,
    count_weeks,
    lead_time,
    lot_size,
    plan_covers,
    size_order,
)


@bare
def net_buffer(
    wanted: tuple[Int64s, Floats, Bools],
    bundle_seconds: int,
    free: float,
    receipts: tuple[Int64s, Floats, Bools],
    methods: tuple[int, int],
    leads: tuple[Int64s, Floats],
    lots: tuple[Floats, Floats, Floats],
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    used: Floats,
    rule: tuple[float, Int64s, int],
    orders: tuple[Int32s, Floats, Int64s, Int32s],
    receipt_need: Int64s,
    is_counting: bool,
) -> tuple[int, int]:
    """Net one buffer: take receipts in, and add orders where the projected stock falls below the safety stock.

    Requirements come in the order of service. What is missing from the safety stock at the start is ordered
    first, as soon as possible. A receipt after a need is counted on when it can be moved, or when a new
    order would not come earlier.

    Parameters
    ----------
    wanted
        Need and quantity, and whether a new order for a requirement also covers the bundled ones after it.
    bundle_seconds
        How long after its own need an order covers them.
    free
        Stock less safety stock.
    receipts
        Time, quantity, and whether it can be moved.
    used
        Units that arrive by method and week; changed.
    rule
        The smallest order; until when an order for each requirement covers the later ones; how long before its need an
        order is to arrive, where there is time for that.
    orders
        Method, quantity, need, and how many receipts are taken in before: filled, unless `is_counting`.
    receipt_need
        Filled, for each receipt, with the need that it is taken in for; untouched where it is not needed.

    Returns
    -------
    tuple
        Number of orders, and number of receipts taken in.
    """
    need, quantity, _ = wanted
    (lead, lead_per_unit), minimum, multiple = leads, lots[0], lots[1]
    smallest_lot, cover, safety_seconds = rule
    taken = count = 0
    for step in range(-1, len(need)):
        is_safety = step < 0
        when = 0 if is_safety else need[step]
        if not is_safety:
            free -= quantity[step]
        while free < -SMALLEST:
            method, arrival, most = choose_method(
                methods, when - safety_seconds, safety_seconds, lead, valid, capacity, lots, used
            )
            if method >= 0 and arrival < when:
                # Time is short: what is left of the safety time is kept.
                arrival = max(arrival, min(when, lead_time(method, -free, lead, lead_per_unit)))
            if taken < len(receipts[0]):
                arrives = receipts[0][taken]
                counts_on_it = arrives <= when or receipts[2][taken] or is_safety or method < 0
                if not counts_on_it:
                    size = lot_size(-free, minimum[method], multiple[method], most)
                    counts_on_it = arrives <= max(arrival, lead_time(method, size, lead, lead_per_unit))
                if counts_on_it:
                    receipt_need[taken] = arrives if is_safety else when - safety_seconds
                    free += receipts[1][taken]
                    taken += 1
                    continue
            if method < 0:
                break
            missing = size_order(step, wanted, free, bundle_seconds, receipts, taken, cover, most)
            size = lot_size(max(missing, min(smallest_lot, most)), minimum[method], multiple[method], most)
            if size <= SMALLEST:
                break
            if is_safety:
                arrival = max(arrival, lead_time(method, size, lead, lead_per_unit))
            if capacity[method] < np.inf:
                week = min(max(arrival, 0) // WEEK, used.shape[1] - 1)
                used[method - methods[0], week] += size
            if not is_counting:
                orders[0][count], orders[1][count], orders[2][count], orders[3][count] = method, size, arrival, taken
            count += 1
            free += size
    return count, taken


@njit(cache=True)
def net_level(
    buffers: Int32s,
    req_ptr: Int64s,
    wanted: tuple[Int64s, Floats, Bools],
    bundle_seconds: int,
    stock: tuple[Floats, Floats],
    rec_ptr: Int64s,
    receipts: tuple[Int64s, Floats, Bools],
    rec_need: Int64s,
    rec_taken: Bools,
    method_ptr: Int64s,
    leads: tuple[Int64s, Floats],
    lots: tuple[Floats, Floats, Floats],
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    rules: tuple[Int8s, Int64s, Floats, Floats, Int64s],
) -> tuple[Int32s, Int32s, Floats, Int64s, Int32s]:
    """Net all buffers of a level, one after the other.

    Receipts are sorted by buffer and time; `rec_need` and `rec_taken` are filled.

    Parameters
    ----------
    wanted
        Need, quantity and whether it is bundled, by buffer, in the order of service.
    stock
        Stock and safety stock.
    rules
        Lot rules: rule, period, order cost, holding cost and safety time, by buffer.

    Returns
    -------
    tuple
        Of the new orders: buffer, method, quantity, need, and how many receipts come before each.
    """
    need, quantity, is_bundled = wanted
    rule, period, order_cost, holding_cost, safety_seconds = rules
    counts = np.zeros(len(buffers) + 1, dtype=np.int64)
    total = 0
    longest = 0
    for at in range(len(buffers)):
        longest = max(longest, req_ptr[buffers[at] + 1] - req_ptr[buffers[at]])
    covers = np.full(longest, FAR_PAST)
    for is_counting in (True, False):
        # An array of no entries stands for "not yet": the first round only counts.
        method, size = np.empty(total, np.int32), np.empty(total, np.float64)
        when, after, owner = np.empty(total, np.int64), np.empty(total, np.int32), np.empty(total, np.int32)
        for at in range(len(buffers)):
            here = buffers[at]
            a, b = req_ptr[here], req_ptr[here + 1]
            c, d = rec_ptr[here], rec_ptr[here + 1]
            e, f = (0, 0) if is_counting else (counts[at], counts[at + 1])
            free = stock[0][here] - stock[1][here]
            smallest, cover = 0.0, covers[: b - a]
            if rule[here] > 0:
                smallest = plan_covers(
                    need[a:b], quantity[a:b], free, receipts[0][c:d], receipts[1][c:d],
                    rule[here], period[here], order_cost[here], holding_cost[here], cover,
                )  # fmt: skip
            methods = (method_ptr[here], method_ptr[here + 1])
            num, taken = net_buffer(
                (need[a:b], quantity[a:b], is_bundled[a:b]), bundle_seconds, free,
                (receipts[0][c:d], receipts[1][c:d], receipts[2][c:d]), methods, leads, lots, valid, capacity,
                count_weeks(methods, capacity, need[a:b]), (smallest, cover, safety_seconds[here]),
                (method[e:f], size[e:f], when[e:f], after[e:f]), rec_need[c:d], is_counting,
            )  # fmt: skip
            if rule[here] > 0:
                cover[:] = FAR_PAST
            if is_counting:
                counts[at + 1] = counts[at] + num
            else:
                owner[e:f] = here
                rec_taken[c : c + taken] = True
        total = counts[len(buffers)]
    return owner, method, size, when, after


@njit(cache=True)
def peg_level(
    buffers: Int32s,
    req_ptr: Int64s,
    quantity: Floats,
    stock: Floats,
    rec_ptr: Int64s,
    rec_quantity: Floats,
    rec_taken: Bools,
    order_buffer: Int32s,
    order_quantity: Floats,
    order_after: Int32s,
    pegs: tuple[Int8s, Int32s, Int32s, Floats],
) -> int:
    """Serve requirements first come first served: from stock, then from receipts and orders as they were taken in.

    Fills `pegs`: source, supply (index of the buffer, of the receipt, or of the order of this level), requirement and
    quantity. What no supply is left for has no peg.

    Returns
    -------
    int
        Number of pegs.
    """
    source, supply, requirement, amount = pegs
    count = 0
    order = 0
    for at in range(len(buffers)):
        here = buffers[at]
        receipt, last_receipt = rec_ptr[here], rec_ptr[here + 1]
        # Receipts are taken in by time: those that are not stand at the end.
        while last_receipt > receipt and not rec_taken[last_receipt - 1]:
            last_receipt -= 1
        first_receipt = receipt
        last_order = order
        while last_order < len(order_buffer) and order_buffer[last_order] == here:
            last_order += 1
        kind, index, left = STOCK, here, stock[here]
        for req in range(req_ptr[here], req_ptr[here + 1]):
            wanted = quantity[req]
            while wanted > SMALLEST:
                if left <= SMALLEST:
                    comes_first = order >= last_order or receipt - first_receipt < order_after[order]
                    if receipt < last_receipt and comes_first:
                        kind, index, left = RECEIPT, receipt, rec_quantity[receipt]
                        receipt += 1
                    elif order < last_order:
                        kind, index, left = ORDER, order, order_quantity[order]
                        order += 1
                    else:
                        break
                    continue
                served = min(wanted, left)
                source[count], supply[count], requirement[count], amount[count] = kind, index, req, served
                count += 1
                wanted -= served
                left -= served
        order = last_order
    return count


@njit(nogil=True, _nrt=False)
def number_pegs(
    pegs: tuple[Int8s, Int32s, Int32s], demand: Int32s, by_place: Int64s, orders: int, rows: int, first: Int32s
) -> None:
    """Number what the pegs of a level name as the plan does, and find the first demand that each order serves.

    Parameters
    ----------
    pegs
        Source, supply and requirement; changed.
    demand
        Of the requirements of the level.
    by_place
        Receipts by buffer and time.
    orders, rows
        How many orders and requirements stand before those of the level.
    first
        Filled, -1 before.
    """
    source, supply, requirement = pegs
    for peg in range(len(source)):
        if source[peg] == ORDER:
            order = supply[peg]
            if first[order] < 0:
                first[order] = demand[requirement[peg]]
            supply[peg] = order + orders
        elif source[peg] == RECEIPT:
            supply[peg] = by_place[supply[peg]]
        requirement[peg] += rows


@njit(nogil=True, _nrt=False)
def count_by_level(buffer: Int32s, level: Int32s, counts: Int64s) -> None:
    """Count the requirements of each level."""
    for row in range(len(buffer)):
        counts[level[buffer[row]]] += 1


@njit(nogil=True, _nrt=False)
def explode_into(
    orders: tuple[Int32s, Int32s, Floats, Int64s],
    methods: tuple[Int8s, Int32s],
    bill: tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]],
    taken: tuple[Int32s, Int32s, Int64s, Floats],
    is_counting: bool,
) -> int:
    """Fill `taken` with what orders take, unless `is_counting`; return how many requirements that is.

    Arguments as in `explode`, `taken` as it returns.
    """
    buffer, method, units, start = orders
    method_kind, method_source = methods
    ptr, component, gross_per, valid = bill
    count = first = 0
    while first < len(buffer):
        last = first
        while last < len(buffer) and buffer[last] == buffer[first]:
            kind = 0 if method[last] < 0 else method_kind[method[last]]
            if kind == MOVE:
                if not is_counting:
                    taken[0][count], taken[1][count] = last, method_source[method[last]]
                    taken[2][count], taken[3][count] = start[last], units[last]
                count += 1
            last += 1
        # Line by line: what one component has from a parent lies side by side, and is read so when it is sorted.
        for line in range(ptr[buffer[first]], ptr[buffer[first] + 1]):
            for order in range(first, last):
                kind = 0 if method[order] < 0 else method_kind[method[order]]
                if kind == 0 and valid[0][line] <= max(start[order], 0) < valid[1][line]:
                    if not is_counting:
                        taken[0][count], taken[1][count] = order, component[line]
                        taken[2][count], taken[3][count] = start[order], units[order] * gross_per[line]
                    count += 1
        first = last
    return count


def explode(
    orders: tuple[Int32s, Int32s, Floats, Int64s],
    methods: tuple[Int8s, Int32s],
    bill: tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]],
) -> tuple[Int32s, Int32s, Int64s, Floats]:
    """Turn orders into what they take: components of the bill lines valid at their start, or stock of the sender.

    Parameters
    ----------
    orders
        Buffer, method (-1 = made here by the bill), units started, before the yield, and start.
    methods
        Kind and source.
    bill
        CSR pointer over buffers, component, gross quantity per unit, and from and to when each line is valid.

    Returns
    -------
    tuple
        Of the requirements: parent order, buffer, need and quantity.
    """
    taken = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float64))
    count = explode_into(orders, methods, bill, taken, True)
    taken = (np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int64), np.empty(count))
    explode_into(orders, methods, bill, taken, False)
    return taken
