"""The loops of netting, compiled: net a level, peg it, explode its orders."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.planning.engine.problem import FAR_FUTURE, MOVE
from drumbeat.planning.engine.result import ORDER, RECEIPT, STOCK

SMALLEST = 1e-7
"""Quantities below this are rounding errors."""


@njit(cache=True)
def lot_size(wanted: float, minimum: float, multiple: float, maximum: float) -> float:
    """Round a wanted quantity to an order that keeps the lot rules; a larger rest needs further orders."""
    size = max(wanted, minimum)
    if multiple > 0:
        size = np.ceil(size / multiple - 1e-9) * multiple
    if size > maximum:
        size = maximum
        if 0 < multiple <= maximum:
            size = np.floor(maximum / multiple + 1e-9) * multiple
    return size


@njit(cache=True)
def choose_method(first: int, last: int, need: int, lead: Int64s, valid_from: Int64s, valid_to: Int64s) -> int:
    """Take the preferred method that is valid when its order would start; -1 when none is."""
    for method in range(first, last):
        start = max(need - lead[method], 0)
        if valid_from[method] <= start < valid_to[method]:
            return method
    return -1


@njit(cache=True)
def lead_time(method: int, quantity: float, lead: Int64s, lead_per_unit: Floats) -> int:
    """Elapsed seconds from the start of an order to its receipt."""
    return lead[method] + int(np.ceil(lead_per_unit[method] * quantity - 1e-6))


@njit(cache=True)
def add_bundled(
    step: int, need: Int64s, quantity: Floats, is_bundled: Bools, bundle_seconds: int, comes: int, room: float
) -> float:
    """Add up the bundled requirements after one, within the bundle's time and before the next receipt comes."""
    added = 0.0
    for ahead in range(step + 1, len(need)):
        is_after = need[ahead] >= need[step] + bundle_seconds or need[ahead] >= comes
        if is_after or not is_bundled[ahead] or added >= room:
            break
        added += quantity[ahead]
    return added


@njit(cache=True)
def net_buffer(
    need: Int64s,
    quantity: Floats,
    is_bundled: Bools,
    bundle_seconds: int,
    free: float,
    receipt_time: Int64s,
    receipt_quantity: Floats,
    receipt_movable: Bools,
    methods: tuple[int, int],
    lead: Int64s,
    lead_per_unit: Floats,
    lots: tuple[Floats, Floats, Floats],
    valid: tuple[Int64s, Int64s],
    order_method: Int32s,
    order_quantity: Floats,
    order_need: Int64s,
    order_after: Int32s,
    receipt_need: Int64s,
    is_counting: bool,
) -> tuple[int, int]:
    """Net one buffer: take receipts in, and add orders where the projected stock falls below the safety stock.

    Requirements come in the order of service. What is missing from the safety stock at the start is ordered
    first, as soon as possible. A receipt after a need is counted on when it can be moved, or when a new
    order would not come earlier.

    Parameters
    ----------
    is_bundled
        Whether a new order for this requirement also covers the bundled ones after it.
    bundle_seconds
        How long after its own need an order covers them.
    free
        Stock less safety stock.
    order_method, order_quantity, order_need
        Filled with the new orders, unless `is_counting`.
    order_after
        Filled with how many receipts are taken in before each new order.
    receipt_need
        Filled, for each receipt, with the need that it is taken in for; untouched where it is not needed.

    Returns
    -------
    tuple
        Number of orders, and number of receipts taken in.
    """
    minimum, multiple, maximum = lots
    taken = 0
    count = 0
    for step in range(-1, len(need)):
        is_safety = step < 0
        when = 0 if is_safety else need[step]
        if not is_safety:
            free -= quantity[step]
        while free < -SMALLEST:
            method = choose_method(methods[0], methods[1], when, lead, valid[0], valid[1])
            if taken < len(receipt_time):
                arrives = receipt_time[taken]
                counts_on_it = arrives <= when or receipt_movable[taken] or is_safety or method < 0
                if not counts_on_it:
                    size = lot_size(-free, minimum[method], multiple[method], maximum[method])
                    counts_on_it = arrives <= max(when, lead_time(method, size, lead, lead_per_unit))
                if counts_on_it:
                    receipt_need[taken] = arrives if is_safety else when
                    free += receipt_quantity[taken]
                    taken += 1
                    continue
            if method < 0:
                break
            wanted = -free
            if not is_safety and is_bundled[step]:
                comes = receipt_time[taken] if taken < len(receipt_time) else FAR_FUTURE
                wanted += add_bundled(step, need, quantity, is_bundled, bundle_seconds, comes, maximum[method] - wanted)
            size = lot_size(wanted, minimum[method], multiple[method], maximum[method])
            if size <= SMALLEST:
                break
            if not is_counting:
                order_method[count] = method
                order_quantity[count] = size
                order_need[count] = when + lead_time(method, size, lead, lead_per_unit) if is_safety else when
                order_after[count] = taken
            count += 1
            free += size
    return count, taken


@njit(cache=True)
def net_level(
    buffers: Int32s,
    req_ptr: Int64s,
    need: Int64s,
    quantity: Floats,
    is_bundled: Bools,
    bundle_seconds: int,
    stock: Floats,
    safety_stock: Floats,
    rec_ptr: Int64s,
    rec_time: Int64s,
    rec_quantity: Floats,
    rec_movable: Bools,
    rec_need: Int64s,
    rec_taken: Bools,
    method_ptr: Int64s,
    lead: Int64s,
    lead_per_unit: Floats,
    lots: tuple[Floats, Floats, Floats],
    valid: tuple[Int64s, Int64s],
) -> tuple[Int32s, Int32s, Floats, Int64s, Int32s]:
    """Net all buffers of a level, one after the other.

    Receipts are sorted by buffer and time; `rec_need` and `rec_taken` are filled.

    Returns
    -------
    tuple
        Of the new orders: buffer, method, quantity, need, and how many receipts come before each.
    """
    counts = np.zeros(len(buffers) + 1, dtype=np.int64)
    no_orders = (np.empty(0, np.int32), np.empty(0, np.float64), np.empty(0, np.int64), np.empty(0, np.int32))
    for is_counting in (True, False):
        if is_counting:
            method, size, when, after = no_orders
            owner = np.empty(0, np.int32)
        else:
            total = counts[len(buffers)]
            method, size = np.empty(total, np.int32), np.empty(total, np.float64)
            when, after = np.empty(total, np.int64), np.empty(total, np.int32)
            owner = np.empty(total, np.int32)
        for at in range(len(buffers)):
            here = buffers[at]
            a, b = req_ptr[here], req_ptr[here + 1]
            c, d = rec_ptr[here], rec_ptr[here + 1]
            e, f = (0, 0) if is_counting else (counts[at], counts[at + 1])
            num, taken = net_buffer(
                need[a:b], quantity[a:b], is_bundled[a:b], bundle_seconds, stock[here] - safety_stock[here],
                rec_time[c:d], rec_quantity[c:d], rec_movable[c:d],
                (method_ptr[here], method_ptr[here + 1]), lead, lead_per_unit, lots, valid,
                method[e:f], size[e:f], when[e:f], after[e:f], rec_need[c:d], is_counting,
            )  # fmt: skip
            if is_counting:
                counts[at + 1] = counts[at] + num
            else:
                owner[e:f] = here
                rec_taken[c : c + taken] = True
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


@njit(cache=True)
def explode(
    buffer: Int32s,
    method: Int32s,
    units: Floats,
    start: Int64s,
    method_kind: Int8s,
    method_source: Int32s,
    bill_ptr: Int64s,
    component: Int32s,
    gross_per: Floats,
    valid: tuple[Int64s, Int64s],
) -> tuple[Int32s, Int32s, Int64s, Floats]:
    """Turn orders into what they take: components of the bill lines valid at their start, or stock of the sender.

    `units` are those started, before the yield. A method of -1 means made here by the bill.

    Returns
    -------
    tuple
        Of the requirements: parent order, buffer, need and quantity.
    """
    count = 0
    for is_counting in (True, False):
        if not is_counting:
            parent, taken = np.empty(count, np.int32), np.empty(count, np.int32)
            need, quantity = np.empty(count, np.int64), np.empty(count, np.float64)
        else:
            parent, taken = np.empty(0, np.int32), np.empty(0, np.int32)
            need, quantity = np.empty(0, np.int64), np.empty(0, np.float64)
        count = 0
        for order in range(len(buffer)):
            kind = 0 if method[order] < 0 else method_kind[method[order]]
            if kind == MOVE:
                if not is_counting:
                    parent[count], taken[count] = order, method_source[method[order]]
                    need[count], quantity[count] = start[order], units[order]
                count += 1
            elif kind == 0:
                begins = max(start[order], 0)
                for line in range(bill_ptr[buffer[order]], bill_ptr[buffer[order] + 1]):
                    if valid[0][line] <= begins < valid[1][line]:
                        if not is_counting:
                            parent[count], taken[count] = order, component[line]
                            need[count], quantity[count] = start[order], units[order] * gross_per[line]
                        count += 1
    return parent, taken, need, quantity
