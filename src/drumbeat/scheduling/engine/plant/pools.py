"""Pools: how much of a resource is taken when, as steps; kernels that add, give back, and find when enough is free."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.calendars import NEVER, find_interval
from drumbeat.basics.compiled import inner
from drumbeat.scheduling.engine.arrays import Int64s
from drumbeat.scheduling.engine.plant.records import Plant, Records

STEP = np.dtype([("time", np.int64), ("used", np.int64)])
"""From this moment to the next step's, so much is taken. The first step is before all time."""


@inner
def _step_at(step: Records, first: int, size: int, moment: int) -> int:
    """Last step at or before a moment."""
    low, high = first, first + size
    while high - low > 1:
        mid = (low + high) >> 1
        if step[mid].time <= moment:
            low = mid
        else:
            high = mid
    return low


@inner
def _cut(step: Records, sizes: Int64s, first: int, pool: int, moment: int) -> int:
    """Find the step that begins at a moment; make it if there is none."""
    i = _step_at(step, first, sizes[pool], moment)
    if step[i].time == moment:
        return i
    for j in range(first + sizes[pool], i + 1, -1):
        step[j].time, step[j].used = step[j - 1].time, step[j - 1].used
    step[i + 1].time, step[i + 1].used = moment, step[i].used
    sizes[pool] += 1
    return i + 1


@inner
def _join(step: Records, sizes: Int64s, first: int, pool: int, i: int) -> None:
    """Drop a step that changes nothing."""
    if i == first or i >= first + sizes[pool] or step[i].used != step[i - 1].used:
        return
    sizes[pool] -= 1
    for j in range(i, first + sizes[pool]):
        step[j].time, step[j].used = step[j + 1].time, step[j + 1].used


@inner
def add_use(step: Records, sizes: Int64s, first: int, pool: int, start: int, end: int, units: int) -> None:
    """Take units from `start` to `end` (> start)."""
    i = _cut(step, sizes, first, pool, start)
    j = _cut(step, sizes, first, pool, end)
    for k in range(i, j):
        step[k].used += units
    _join(step, sizes, first, pool, j)
    _join(step, sizes, first, pool, i)


@inner
def take_use(step: Records, sizes: Int64s, first: int, pool: int, start: int, end: int, units: int) -> None:
    """Give back units that were taken from `start` to `end`."""
    add_use(step, sizes, first, pool, start, end, -units)


@inner
def free_from(plant: Plant, step: Records, sizes: Int64s, pool: int, start: int, end: int, units: int) -> int:
    """Return `start` when so many units are free until `end`; otherwise a later moment, before which no start will do.

    `NEVER` when there are never so many.
    """
    first = plant.resource[pool].room0
    size = sizes[pool]
    capacity = plant.resource[pool].capacity
    c = plant.resource[pool].calendar
    i = _step_at(step, first, size, start)
    if c < 0 or not plant.resource[pool].varies:
        if c >= 0 and plant.cal_ptr[c] < plant.cal_ptr[c + 1]:
            capacity *= plant.cal_level[plant.cal_ptr[c]]
        if units > capacity:
            return NEVER
        worst = -1
        while i < first + size and step[i].time < end:
            if step[i].used + units > capacity:
                worst = i
            i += 1
        if worst < 0:
            return start
        i = worst + 1
        while i < first + size and step[i].used + units > capacity:
            i += 1
        return step[i].time if i < first + size else NEVER
    return _free_between_levels(plant, step, first, size, pool, start, end, units)


@inner
def _free_between_levels(
    plant: Plant, step: Records, first: int, size: int, pool: int, start: int, end: int, units: int
) -> int:
    """As `free_from`, where the level changes: closed moments don't count."""
    c, capacity = plant.resource[pool].calendar, plant.resource[pool].capacity
    high = plant.cal_ptr[c + 1]
    k = find_interval(plant.cal_end, plant.cal_ptr[c], high, start)
    answer = start
    while k < high and plant.cal_start[k] < end:
        room = capacity * plant.cal_level[k] - units
        begin, close = max(plant.cal_start[k], start), min(plant.cal_end[k], end)
        i = _step_at(step, first, size, begin)
        while i < first + size and step[i].time < close:
            if step[i].used > room:
                following = step[i + 1].time if i + 1 < first + size else NEVER
                answer = max(answer, min(following, plant.cal_end[k]))
            i += 1
        k += 1
    return answer
