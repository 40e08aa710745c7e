"""Put requirements in the order in which they are served: by buffer, need and importance."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import bare, inner, njit
from drumbeat.planning.engine.result import FROM_RECEIPT

PACKED_TIME, PACKED_ROWS = 38, 24
"""Bits of a span of seconds (8,000 years) and of a row in one number."""


@njit(nogil=True)
def group_by_buffer(buffer: Int32s, num_buffers: int) -> tuple[Int64s, Int32s]:
    """Group requirements by buffer, as they came within each.

    Returns
    -------
    tuple
        CSR pointer over buffers and the order.
    """
    ptr = np.zeros(num_buffers + 1, dtype=np.int64)
    for index in range(len(buffer)):
        ptr[buffer[index] + 1] += 1
    for here in range(num_buffers):
        ptr[here + 1] += ptr[here]
    order = np.empty(len(buffer), dtype=np.int32)
    place = ptr[:-1].copy()
    for index in range(len(buffer)):
        order[place[buffer[index]]] = index
        place[buffer[index]] += 1
    return ptr, order


@inner
def sort_by_need(part: Int32s, need: Int64s) -> None:
    """Sort rows by need, those of one need as they came."""
    size = len(part)
    earliest, latest, is_sorted = need[part[0]], need[part[0]], True
    for at in range(1, size):
        is_sorted &= need[part[at]] >= need[part[at - 1]]
        earliest, latest = min(earliest, need[part[at]]), max(latest, need[part[at]])
    if is_sorted:
        return
    if latest - earliest >= 1 << PACKED_TIME or size >= 1 << PACKED_ROWS:
        part[:] = part[np.argsort(need[part], kind="mergesort")]
        return
    # Time and place in one number: sorting numbers is several times faster than sorting rows by what they refer to.
    packed = np.empty(size, np.int64)
    for at in range(size):
        packed[at] = ((need[part[at]] - earliest) << PACKED_ROWS) | at
    packed.sort()
    rows = part.copy()
    for at in range(size):
        part[at] = rows[packed[at] & ((1 << PACKED_ROWS) - 1)]


@bare
def rank(row: int, origin: Int8s, demand: Int32s, priority: Floats) -> float:
    """How important a requirement is among those of one moment: what is under way goes before what is only planned."""
    if origin[row] == FROM_RECEIPT:
        return np.inf
    return priority[demand[row]] if demand[row] >= 0 else 0.0


@njit(nogil=True)
def sort_and_take(
    ptr: Int64s,
    order: Int32s,
    first_buffer: int,
    last_buffer: int,
    wanted: tuple[Int64s, Floats, Int8s, Int32s, Int32s],
    priority: Floats,
    taken: tuple[Int64s, Floats, Int8s, Int32s, Int32s],
) -> None:
    """Sort the requirements of buffers by need, then priority (greater first), then as they came; copy them sorted.

    Buffers `first_buffer` to `last_buffer - 1` are done, so that several threads can share the work. `order` is that of
    `group_by_buffer`, and is sorted as well.

    Parameters
    ----------
    wanted
        Need, quantity, origin, parent and demand.
    priority
        Of the demands.
    taken
        The same, filled in the order of service.
    """
    need, quantity, origin, parent, demand = wanted
    out_need, out_quantity, out_origin, out_parent, out_demand = taken
    for here in range(first_buffer, last_buffer):
        first, last = ptr[here], ptr[here + 1]
        if first == last:
            continue
        part = order[first:last]
        sort_by_need(part, need)
        for at in range(1, last - first):
            moving = part[at]
            back = at - 1
            if back < 0 or need[part[back]] != need[moving]:
                continue
            mine = rank(moving, origin, demand, priority)
            while back >= 0 and need[part[back]] == need[moving] and rank(part[back], origin, demand, priority) < mine:
                part[back + 1] = part[back]
                back -= 1
            part[back + 1] = moving
        for at in range(first, last):
            row = order[at]
            out_need[at], out_quantity[at] = need[row], quantity[row]
            out_origin[at], out_parent[at], out_demand[at] = origin[row], parent[row], demand[row]
