"""The floor: what changes while a schedule is made, event by event, and whether a task can start now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from drumbeat.basics.calendars import NEVER, add_working, find_interval, fit_unpaused, next_open, start_to_end_after
from drumbeat.scheduling.engine.event_heap import Events, Wakes, make_events, make_wakes, wake_at
from drumbeat.scheduling.engine.problem import Bools, Floats, Int32s, Int64s
from drumbeat.scheduling.engine.shop import Shop

WAITING, READY, SHORT, STARTED = 0, 1, 2, 3
"""States of a task: waits for others or its release, is in a queue, lacks material, is started."""

STARTS, REFUSED, LACKS_MATERIAL = 0, 1, 2
"""Answers to the question whether a task can start now."""

TOLERANCE = 1e-6
"""Share by which stock may seem to fall short of a quantity through rounding."""


class Floor(NamedTuple):
    """State of the run; T tasks, M modes, R resources, K materials; see `Shop` for the rest.

    `queue_mode` holds each queue's modes sorted by `key`; `refused` marks modes refused at this attempt;
    `asked` marks (queue, resource) pairs that wait for the resource's release.
    """

    start: Int64s
    end: Int64s
    mode: Int32s
    setup: Int64s
    state: Int32s
    bound_start: Int64s
    bound_end: Int64s
    left: Int32s
    key: Floats
    used: Int64s
    family: Int32s
    free_at: Int64s
    active_end: Int64s
    active_units: Int32s
    active_size: Int64s
    queue_mode: Int32s
    queue_size: Int64s
    is_queued: Bools
    refused: Int64s
    attempt: Int64s
    asked: Bools
    dirty: Int32s
    is_dirty: Bools
    num_dirty: Int64s
    stock: Floats
    reserved: Floats
    short_head: Int32s
    short_next: Int32s
    events: Events
    wakes: Wakes


def make_floor(shop: Shop, key: Floats) -> Floor:
    """Make an empty floor; `key` is the static key of each task, the smallest first in every queue."""
    num_tasks, num_modes = len(shop.task_job), len(shop.mode_run)
    num_resources = len(shop.capacity)
    return Floor(
        np.full(num_tasks, -1, np.int64),
        np.full(num_tasks, -1, np.int64),
        np.full(num_tasks, -1, np.int32),
        np.zeros(num_tasks, np.int64),
        np.zeros(num_tasks, np.int32),
        np.zeros(num_tasks, np.int64),
        np.zeros(num_tasks, np.int64),
        shop.num_before.copy(),
        key,
        np.zeros(num_resources + 1, np.int64),
        np.append(shop.initial_family, np.int32(-1)).astype(np.int32),
        np.zeros(num_resources + 1, np.int64),
        np.zeros(int(shop.active_ptr[-1]), np.int64),
        np.zeros(int(shop.active_ptr[-1]), np.int32),
        np.zeros(num_resources, np.int64),
        np.zeros(num_modes, np.int32),
        np.zeros(num_resources + 1, np.int64),
        np.zeros(num_modes, bool),
        np.zeros(num_modes, np.int64),
        np.zeros(1, np.int64),
        np.zeros(len(shop.pair_queue), bool),
        np.zeros(num_resources + 1, np.int32),
        np.zeros(num_resources + 1, bool),
        np.zeros(1, np.int64),
        shop.stock.copy(),
        shop.reserved.copy(),
        np.full(len(shop.stock), -1, np.int32),
        np.full(num_tasks, -1, np.int32),
        make_events(2 * num_tasks + len(shop.receipt_time)),
        make_wakes(num_resources + 1),
    )


@njit(cache=True)
def mark_dirty(floor: Floor, queue: int) -> None:
    """Have a queue looked at before time goes on."""
    if not floor.is_dirty[queue]:
        floor.is_dirty[queue] = True
        floor.dirty[floor.num_dirty[0]] = queue
        floor.num_dirty[0] += 1


@njit(cache=True)
def units_at(shop: Shop, resource: int, moment: int) -> int:
    """Units of a resource at a moment; 0 while closed."""
    c = shop.resource_calendar[resource]
    if c < 0:
        return shop.capacity[resource]
    k = find_interval(shop.level_end, shop.level_ptr[c], shop.level_ptr[c + 1], moment)
    if k == shop.level_ptr[c + 1] or shop.level_start[k] > moment:
        return 0
    return shop.capacity[resource] * shop.level[k]


@njit(cache=True)
def next_change(shop: Shop, resource: int, moment: int) -> int:
    """Start of the next interval of a resource's own calendar after `moment`; `NEVER` when there is none."""
    c = shop.resource_calendar[resource]
    if c < 0:
        return NEVER
    k = find_interval(shop.level_end, shop.level_ptr[c], shop.level_ptr[c + 1], moment)
    if k < shop.level_ptr[c + 1] and shop.level_start[k] <= moment:
        k += 1
    return shop.level_start[k] if k < shop.level_ptr[c + 1] else NEVER


@njit(cache=True)
def setup_time(shop: Shop, floor: Floor, mode: int) -> int:
    """Setup of a mode if it were the next on its machine."""
    setup = shop.mode_setup[mode]
    queue = shop.mode_queue[mode]
    family = shop.task_family[shop.mode_task[mode]]
    if queue == len(shop.capacity) or family < 0 or shop.matrix[queue] < 0:
        return setup
    return setup + shop.setup_seconds[shop.matrix[queue], floor.family[queue], family]


@njit(cache=True)
def end_of(shop: Shop, mode: int, moment: int, work: int) -> int:
    """End of work that starts at or after `moment` in a mode's calendar; `NEVER` when it never fits."""
    c = shop.mode_calendar[mode]
    if c < 0:
        return moment + work
    lo, hi = shop.cal_ptr[c], shop.cal_ptr[c + 1]
    if shop.task_can_pause[shop.mode_task[mode]]:
        return add_working(shop.cal_start, shop.cal_end, shop.cal_worked, lo, hi, moment, work)
    begin = fit_unpaused(shop.cal_start, shop.cal_end, lo, hi, moment, work)
    return NEVER if begin == NEVER else begin + work


@njit(cache=True)
def start_of(shop: Shop, mode: int, moment: int, work: int) -> int:
    """First start at or after `moment` that a mode's calendar allows; `NEVER` when there is none."""
    c = shop.mode_calendar[mode]
    if c < 0:
        return moment
    lo, hi = shop.cal_ptr[c], shop.cal_ptr[c + 1]
    if shop.task_can_pause[shop.mode_task[mode]]:
        return next_open(shop.cal_start, shop.cal_end, lo, hi, moment)
    return fit_unpaused(shop.cal_start, shop.cal_end, lo, hi, moment, work)


@njit(cache=True)
def start_for_end(shop: Shop, mode: int, end: int, work: int) -> int:
    """Earliest start of a mode whose work ends at or after `end`."""
    c = shop.mode_calendar[mode]
    if c < 0:
        return end - work
    lo, hi = shop.cal_ptr[c], shop.cal_ptr[c + 1]
    return start_to_end_after(shop.cal_start, shop.cal_end, shop.cal_worked, lo, hi, end, work)


@njit(cache=True)
def _taken_at(shop: Shop, floor: Floor, resource: int, moment: int) -> int:
    """Units that running tasks still hold at a later moment, fixed ones to come included."""
    first = shop.active_ptr[resource]
    taken = 0
    for i in range(first, first + floor.active_size[resource]):
        if floor.active_end[i] > moment:
            taken += floor.active_units[i]
    return taken


@njit(cache=True)
def _fits_later(shop: Shop, floor: Floor, resource: int, units: int, now: int, end: int) -> bool:
    """Whether the units stay free until `end` against falling levels and fixed tasks to come."""
    for f in range(shop.fixed_ptr[resource], shop.fixed_ptr[resource + 1]):
        begin = shop.fixed_start[f]
        if begin >= end:
            break
        if begin <= now:
            continue
        if shop.active_ptr[resource] == shop.active_ptr[resource + 1]:
            return False  # holds one task at a time
        taken = _taken_at(shop, floor, resource, begin) + units
        for g in range(shop.fixed_ptr[resource], shop.fixed_ptr[resource + 1]):
            if shop.fixed_start[g] <= begin < shop.fixed_end[g] and shop.fixed_start[g] > now:
                taken += shop.fixed_units[g]
        at_hand = units_at(shop, resource, begin)
        if taken > at_hand > 0:
            return False
    if shop.varies[resource]:
        c = shop.resource_calendar[resource]
        k = find_interval(shop.level_end, shop.level_ptr[c], shop.level_ptr[c + 1], now)
        for i in range(k, shop.level_ptr[c + 1]):
            begin = shop.level_start[i]
            if begin >= end:
                break
            if begin > now and (
                _taken_at(shop, floor, resource, begin) + units > shop.capacity[resource] * shop.level[i]
            ):
                return False
    return True


@njit(cache=True)
def find_short(shop: Shop, floor: Floor, task: int) -> int:
    """Return the first material of which there is too little to start a task now; -1 when there is enough."""
    for u in range(shop.use_ptr[task], shop.use_ptr[task + 1]):
        need = -shop.use_quantity[u]
        if need > 0:
            k = shop.use_material[u]
            if floor.stock[k] - floor.reserved[k] < need - TOLERANCE * max(1.0, need):
                return k
    return -1


@njit(cache=True)
def _is_better_elsewhere(shop: Shop, floor: Floor, mode: int, now: int, end: int) -> int:
    """When a machine that is busy now would be free to end a task earlier; `NEVER` when none is."""
    task = shop.mode_task[mode]
    for other in range(shop.task_mode_ptr[task], shop.task_mode_ptr[task + 1]):
        queue = shop.mode_queue[other]
        if queue == shop.mode_queue[mode] or queue == len(shop.capacity):
            continue
        if floor.used[queue] >= shop.capacity[queue] and floor.free_at[queue] > now:
            work = setup_time(shop, floor, other) + shop.mode_run[other]
            if end_of(shop, other, floor.free_at[queue], work) < end:
                return floor.free_at[queue]
    return NEVER


@njit(cache=True)
def can_start(shop: Shop, floor: Floor, mode: int, now: int, setup: int, end_out: Int64s) -> int:
    """Say whether a mode can start now; its end goes to `end_out[0]`, and a refusal leaves its wake-up behind."""
    task, queue = shop.mode_task[mode], shop.mode_queue[mode]
    work = setup + shop.mode_run[mode]
    begin = start_of(shop, mode, now, work)
    if begin > now:
        wake_at(floor.wakes, queue, begin)
        return REFUSED
    end = end_of(shop, mode, now, work)
    if end >= NEVER:
        return REFUSED
    if end < floor.bound_end[task]:
        wake_at(floor.wakes, queue, max(now + 1, start_for_end(shop, mode, floor.bound_end[task], work)))
        return REFUSED
    for e in range(shop.entry_ptr[mode], shop.entry_ptr[mode + 1]):
        r, units = shop.entry_resource[e], shop.entry_units[e]
        is_free = floor.used[r] + units <= units_at(shop, r, now)
        if not (is_free and _fits_later(shop, floor, r, units, now, end)):
            floor.asked[shop.entry_pair[e]] = True
            if shop.varies[r]:
                wake_at(floor.wakes, queue, next_change(shop, r, now))
            return REFUSED
    if find_short(shop, floor, task) >= 0:
        return LACKS_MATERIAL
    if shop.task_mode_ptr[task + 1] - shop.task_mode_ptr[task] > 1:
        later = _is_better_elsewhere(shop, floor, mode, now, end)
        if later < NEVER:
            wake_at(floor.wakes, queue, later)
            return REFUSED
    end_out[0] = end
    return STARTS
