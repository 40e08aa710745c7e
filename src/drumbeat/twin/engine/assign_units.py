"""Give each task the units of a resource that it holds, and so the order in which units go from task to task."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import njit


@njit(cache=True)
def _take(
    low: Int64s, high: Int64s, free: Int64s, last: Int64s, size: int, i: int, units: int, end: int, task: int
) -> int:
    """Take `units` from the front of free range i and return the new number of ranges."""
    if high[i] - low[i] > units:
        for k in range(size, i + 1, -1):
            low[k], high[k], free[k], last[k] = low[k - 1], high[k - 1], free[k - 1], last[k - 1]
        low[i + 1], high[i + 1], free[i + 1], last[i + 1] = low[i] + units, high[i], free[i], last[i]
        high[i] = low[i] + units
        size += 1
    free[i], last[i] = end, task
    return size


@njit(cache=True)
def _join(low: Int64s, high: Int64s, free: Int64s, last: Int64s, size: int) -> int:
    """Join neighbouring ranges that one task holds and return the new number of ranges."""
    kept = 0
    for i in range(1, size):
        if last[i] == last[kept] and free[i] == free[kept]:
            high[kept] = high[i]
        else:
            kept += 1
            low[kept], high[kept], free[kept], last[kept] = low[i], high[i], free[i], last[i]
    return kept + 1


@njit(cache=True)
def assign_units(
    ptr: Int64s, task: Int64s, units: Int64s, start: Int64s, end: Int64s, total: Int64s
) -> tuple[Int32s, Int32s, Int64s, Int64s]:
    """Hand out units, lowest number first, to the tasks of each resource in the order of their start.

    Lowest first keeps what a pool can spare at the top, where an absence closes first. Where the schedule holds
    more than there is, a task takes what is free.

    Parameters
    ----------
    ptr
        Shape (R + 1,): entries of each resource, sorted by start.
    task, units, start, end
        Shape (E,): who holds how many units from when to when.
    total
        Shape (R,): units that the resource has at most.

    Returns
    -------
    unit, need
        Shape (E,): first unit held, and one more than the last.
    before, after
        Shape (A,): the task that held a unit before, and the one that takes it over.
    """
    unit = np.zeros(len(task), np.int32)
    need = np.zeros(len(task), np.int32)
    before, after, num_arcs = np.empty(len(task) + 16, np.int64), np.empty(len(task) + 16, np.int64), 0
    for r in range(len(total)):
        room = 2 * (ptr[r + 1] - ptr[r]) + 2
        low, high = np.zeros(room, np.int64), np.zeros(room, np.int64)
        free, last = np.zeros(room, np.int64), np.full(room, -1, np.int64)
        high[0], free[0], size = total[r], -(2**62), 1
        for e in range(ptr[r], ptr[r + 1]):
            left, i = units[e], 0
            unit[e] = -1
            while left > 0 and i < size:
                if free[i] <= start[e]:
                    if last[i] >= 0:
                        if num_arcs == len(before):
                            before = np.append(before, np.empty(num_arcs, np.int64))
                            after = np.append(after, np.empty(num_arcs, np.int64))
                        before[num_arcs], after[num_arcs] = last[i], task[e]
                        num_arcs += 1
                    size = _take(low, high, free, last, size, i, left, end[e], task[e])
                    left -= high[i] - low[i]
                    unit[e] = low[i] if unit[e] < 0 else unit[e]
                    need[e] = high[i]
                i += 1
            unit[e] = max(unit[e], 0)
            need[e] = need[e] if left == 0 else units[e]
            size = _join(low, high, free, last, size)
    return unit, need, before[:num_arcs], after[:num_arcs]


@njit(cache=True)
def least_level(
    calendar: Int32s, start: Int64s, end: Int64s, ptr: Int64s, open_start: Int64s, open_end: Int64s, level: Int32s
) -> Int64s:
    """Return the lowest level of each entry's calendar while it is open in [start, end); 2**31 where it never is.

    Parameters
    ----------
    calendar, start, end
        Shape (E,): calendar of each entry (-1 = always open at level 1) and the time that it takes.
    ptr, open_start, open_end, level
        The calendars.
    """
    least = np.full(len(calendar), 2**31, np.int64)
    for e in range(len(calendar)):
        c = calendar[e]
        if c < 0:
            least[e] = 1
            continue
        low, high = ptr[c], ptr[c + 1]
        while low < high:
            mid = (low + high) >> 1
            if open_end[mid] > start[e]:
                high = mid
            else:
                low = mid + 1
        while low < ptr[c + 1] and open_start[low] < end[e]:
            least[e] = min(least[e], level[low])
            low += 1
    return least
