"""Pools: how much of a resource is taken when, as steps; kernels that add, give back, and find when enough is free.

The steps of a pool lie in leaves of 32, listed in the order of time in its page of `leaf`: so that a change in the
middle of a hundred thousand steps moves a few of them only.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER, find_interval
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.records import Plant, Records

STEP = np.dtype([("time", np.int64), ("used", np.int64)])
"""From this moment to the next step's, so much is taken. The first step is before all time."""

LEAF = np.dtype([("first", np.int64), ("number", np.int64), ("held", np.int64)])
"""A leaf: the moment of its first step, where it lies (steps `32 x number` and following), and how many it holds. Past
the leaves in use, a page lists those that are free."""

WIDTH, SPARSE = 32, 8


def make_leaves(num_rows: int) -> Records:
    """Make the leaves of empty pools, whose rooms are multiples of 32 rows."""
    leaf = np.zeros(num_rows // WIDTH + 1, LEAF)
    leaf["number"] = np.arange(len(leaf))
    leaf["first"], leaf["held"] = -(2**60), 1
    return leaf


@piece
def _find_leaf(leaf: Records, page: int, size: int, moment: int) -> int:
    """The leaf that holds the last step at or before a moment."""
    low, high = page, page + size
    while high - low > 1:
        mid = (low + high) >> 1
        if leaf[mid].first <= moment:
            low = mid
        else:
            high = mid
    return low


@piece
def _find_step(step: Records, leaf: Records, k: int, moment: int) -> int:
    """Last step of a leaf at or before a moment."""
    low = leaf[k].number * WIDTH
    high = low + leaf[k].held
    while high - low > 1:
        mid = (low + high) >> 1
        if step[mid].time <= moment:
            low = mid
        else:
            high = mid
    return low


@piece
def _split(step: Records, leaf: Records, sizes: Int64s, page: int, pool: int, k: int) -> None:
    """Move the upper half of a full leaf to a free one."""
    last = page + sizes[pool]
    number = leaf[last].number
    for j in range(last, k + 1, -1):
        leaf[j].first, leaf[j].number, leaf[j].held = leaf[j - 1].first, leaf[j - 1].number, leaf[j - 1].held
    half = WIDTH // 2
    source, target = leaf[k].number * WIDTH + half, number * WIDTH
    for j in range(half):
        step[target + j].time, step[target + j].used = step[source + j].time, step[source + j].used
    leaf[k].held = half
    leaf[k + 1].first, leaf[k + 1].number, leaf[k + 1].held = step[target].time, number, half
    sizes[pool] += 1


@piece
def _cut(step: Records, leaf: Records, sizes: Int64s, page: int, pool: int, moment: int) -> None:
    """Have a step begin at a moment."""
    k = _find_leaf(leaf, page, sizes[pool], moment)
    i = _find_step(step, leaf, k, moment)
    if step[i].time == moment:
        return
    if leaf[k].held == WIDTH:
        _split(step, leaf, sizes, page, pool, k)
        k += leaf[k + 1].first <= moment
        i = _find_step(step, leaf, k, moment)
    for j in range(leaf[k].number * WIDTH + leaf[k].held, i + 1, -1):
        step[j].time, step[j].used = step[j - 1].time, step[j - 1].used
    step[i + 1].time, step[i + 1].used = moment, step[i].used
    leaf[k].held += 1


@piece
def _merge(step: Records, leaf: Records, sizes: Int64s, page: int, pool: int, k: int) -> None:
    """Add a leaf to the one before it, and set it free."""
    target, source = leaf[k - 1].number * WIDTH + leaf[k - 1].held, leaf[k].number * WIDTH
    for j in range(leaf[k].held):
        step[target + j].time, step[target + j].used = step[source + j].time, step[source + j].used
    leaf[k - 1].held += leaf[k].held
    number = leaf[k].number
    sizes[pool] -= 1
    last = page + sizes[pool]
    for j in range(k, last):
        leaf[j].first, leaf[j].number, leaf[j].held = leaf[j + 1].first, leaf[j + 1].number, leaf[j + 1].held
    leaf[last].number = number


@piece
def _join(step: Records, leaf: Records, sizes: Int64s, page: int, pool: int, moment: int) -> None:
    """Drop the step that begins at a moment if it changes nothing."""
    k = _find_leaf(leaf, page, sizes[pool], moment)
    i = _find_step(step, leaf, k, moment)
    base = leaf[k].number * WIDTH
    if i == base:
        if k == page:
            return
        before = step[leaf[k - 1].number * WIDTH + leaf[k - 1].held - 1].used
    else:
        before = step[i - 1].used
    if step[i].used != before:
        return
    leaf[k].held -= 1
    for j in range(i, base + leaf[k].held):
        step[j].time, step[j].used = step[j + 1].time, step[j + 1].used
    if leaf[k].held > 0:
        leaf[k].first = step[base].time
    if leaf[k].held <= SPARSE:
        if k > page and (leaf[k].held == 0 or leaf[k - 1].held + leaf[k].held <= WIDTH - SPARSE):
            _merge(step, leaf, sizes, page, pool, k)
        elif k + 1 < page + sizes[pool] and leaf[k + 1].held + leaf[k].held <= WIDTH - SPARSE:
            _merge(step, leaf, sizes, page, pool, k + 1)


@piece
def add_use(
    step: Records, leaf: Records, sizes: Int64s, first: int, pool: int, start: int, end: int, units: int
) -> None:
    """Take units (give them back, if negative) from `start` to `end` (> start); `first` is the pool's room."""
    page = first // WIDTH
    _cut(step, leaf, sizes, page, pool, start)
    _cut(step, leaf, sizes, page, pool, end)
    k = _find_leaf(leaf, page, sizes[pool], start)
    i = _find_step(step, leaf, k, start)
    while step[i].time < end:
        step[i].used += units
        i += 1
        if i == leaf[k].number * WIDTH + leaf[k].held:
            k += 1
            i = leaf[k].number * WIDTH
    _join(step, leaf, sizes, page, pool, end)
    _join(step, leaf, sizes, page, pool, start)


@piece
def _first_room(step: Records, leaf: Records, page: int, size: int, start: int, end: int, most: int) -> int:
    """Return `start` when never more than `most` is taken until `end`; else the first moment after the last such step
    at which no more is taken, `NEVER` when there is none."""
    last = page + size
    k = _find_leaf(leaf, page, size, start)
    i = _find_step(step, leaf, k, start)
    is_blocked, answer = False, start
    while True:
        time = step[i].time
        if time >= end and not is_blocked:
            return answer
        if step[i].used > most:
            is_blocked = True
        elif is_blocked:
            is_blocked, answer = False, time
            if time >= end:
                return answer
        i += 1
        if i == leaf[k].number * WIDTH + leaf[k].held:
            k += 1
            if k == last:
                return NEVER if is_blocked else answer
            i = leaf[k].number * WIDTH


@piece
def free_from(
    plant: Plant, step: Records, leaf: Records, sizes: Int64s, pool: int, start: int, end: int, units: int
) -> int:
    """Return `start` when so many units are free until `end`; otherwise a later moment, before which no start will do.

    `NEVER` when there are never so many.
    """
    page = plant.resource[pool].room0 // WIDTH
    capacity, c = plant.resource[pool].capacity, plant.resource[pool].calendar
    if c < 0 or not plant.resource[pool].varies:
        if c >= 0 and plant.cal_ptr[c] < plant.cal_ptr[c + 1]:
            capacity *= plant.cal_level[plant.cal_ptr[c]]
        if units > capacity:
            return NEVER
        return _first_room(step, leaf, page, sizes[pool], start, end, capacity - units)
    high = plant.cal_ptr[c + 1]
    k = find_interval(plant.cal_end, plant.cal_ptr[c], high, start)
    answer = start
    while k < high and plant.cal_start[k] < end:  # closed moments don't count
        begin, close = max(plant.cal_start[k], start), min(plant.cal_end[k], end)
        room = _first_room(step, leaf, page, sizes[pool], begin, close, capacity * plant.cal_level[k] - units)
        if room > begin:
            answer = max(answer, min(room, plant.cal_end[k]))
        k += 1
    return answer
