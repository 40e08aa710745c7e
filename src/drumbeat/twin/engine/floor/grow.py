"""Let a floor's arrays grow where one more event might not find room."""

from __future__ import annotations

import numpy as np

from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.far import make_table
from drumbeat.twin.engine.floor.kinds import EVENT
from drumbeat.twin.engine.floor.lay_out import make_lots, make_open_orders
from drumbeat.twin.engine.floor.play import DONE, NEEDS_HEAP, NEEDS_LOTS, NEEDS_ORDERS, NEEDS_TRACE, find_need


def grow_lots(floor: r.Floor) -> r.Floor:
    """Double the room for lots."""
    old = len(floor.lot)
    lots = np.concatenate([floor.lot, make_lots(old)])
    lots["next"][old:] = np.arange(old + 1, 2 * old + 1)
    # The free lots so far come first, the new ones after them.
    lots["next"][2 * old - 1] = floor.counter[r.FREE_LOT]
    floor.counter[r.FREE_LOT] = old
    floor.counter[r.LOTS_LEFT] += old
    return floor._replace(lot=lots)


def grow_orders(floor: r.Floor) -> r.Floor:
    """Double the room for orders of several lots; a floor that had none before gets its first."""
    old = len(floor.order)
    more = max(old, 2 * int(floor.counter[r.ORDERS_MARGIN]))
    orders = np.concatenate([floor.order, make_open_orders(more)])
    orders["next"][old:] = np.arange(old + 1, old + more + 1)
    orders["next"][-1] = floor.counter[r.FREE_ORDER]
    floor.counter[r.FREE_ORDER] = old
    floor.counter[r.ORDERS_LEFT] += more
    return floor._replace(order=orders)


def grow_heap(floor: r.Floor) -> r.Floor:
    """Double the room for events."""
    return floor._replace(heap=np.concatenate([floor.heap, np.zeros_like(floor.heap)]))


def grow_trace(floor: r.Floor) -> r.Floor:
    """Double the room for the trace."""
    more = max(len(floor.trace), 2 * int(floor.counter[r.HEAP_MARGIN]))
    return floor._replace(trace=np.concatenate([floor.trace, np.zeros(more, EVENT)]))


GROW = {NEEDS_LOTS: grow_lots, NEEDS_HEAP: grow_heap, NEEDS_TRACE: grow_trace, NEEDS_ORDERS: grow_orders}
"""What lets the array grow that the kernel asks for."""


def make_room(floor: r.Floor) -> r.Floor:
    """Let a floor grow until there is room for one more event."""
    while True:
        table = make_table(floor)
        need = find_need(table.ctypes.data)
        if need == DONE:
            return floor
        floor = GROW[need](floor)
