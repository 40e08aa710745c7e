"""The floor: what changes while a schedule is made, event by event, and whether a task can start now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.calendars import NEVER, add_working, find_interval, fit_unpaused, next_open, start_to_end_after
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.event_heap import EVENT, make_wakes, wake_at
from drumbeat.scheduling.engine.shop import Records, Shop

WAITING, READY, SHORT, STARTED = 0, 1, 2, 3
"""States of a task: waits for others or its release, is in a queue, lacks material, is started."""

STARTS, REFUSED, LACKS_MATERIAL = 0, 1, 2
"""Answers to the question whether a task can start now."""

TOLERANCE = 1e-6
"""Share by which stock may seem to fall short of a quantity through rounding."""


TASK_STATE = np.dtype(
    [
        ("start", np.int64),
        ("end", np.int64),
        ("mode", np.int64),
        ("setup", np.int64),
        ("state", np.int64),
        ("bound_start", np.int64),
        ("bound_end", np.int64),
        ("left", np.int64),
        ("key", np.float64),
        ("short_next", np.int64),
    ]
)
"""Of a task: when and how it was placed, its state, what bounds its start and end, how many must go before it,
its static key, and the next in line for the same material."""

MODE_STATE = np.dtype([("refused", np.int64), ("is_queued", np.int64)])
"""Of a mode: the attempt at which it was refused last, and whether it is in its queue."""

RESOURCE_STATE = np.dtype(
    [
        ("used", np.int64),
        ("family", np.int64),
        ("free_at", np.int64),
        ("active_size", np.int64),
        ("queue_size", np.int64),
        ("dirty", np.int64),
        ("is_dirty", np.int64),
        ("deferred", np.int64),
    ]
)
"""Of a resource and its queue; `dirty` is a ring of the queues to be looked at, `deferred` the attempt at which a
queue last let another go first."""

ACTIVE = np.dtype([("end", np.int64), ("units", np.int64)])
MATERIAL_STATE = np.dtype([("stock", np.float64), ("reserved", np.float64), ("short_head", np.int64)])

ATTEMPT, NUM_DIRTY, FIRST_DIRTY = 2, 3, 4
"""Places in the counters, after those of the heaps."""


class Floor(NamedTuple):
    """State of the run.

    `waiting` holds the modes in each queue, one queue after the other, each sorted by key; `asked` marks (queue,
    resource) pairs that wait for the resource's release.
    """

    task: Records
    mode: Records
    waiting: Int64s
    resource: Records
    active: Records
    asked: Bools
    material: Records
    counter: Int64s
    events: Records
    wakes: Records


def make_floor(shop: Shop, key: Floats) -> Floor:
    """Make an empty floor; `key` is the static key of each task, the smallest first in every queue."""
    num_tasks, num_queues = len(key), len(shop.resource) - 1
    task = np.zeros(num_tasks, TASK_STATE)
    for name in ("start", "end", "mode", "short_next"):
        task[name] = -1
    task["left"], task["key"] = shop.task["num_before"][:-1], key
    resource = np.zeros(num_queues, RESOURCE_STATE)
    resource["family"] = shop.resource["initial_family"][:-1]
    material = np.zeros(len(shop.stock), MATERIAL_STATE)
    material["stock"], material["reserved"], material["short_head"] = shop.stock, shop.reserved, -1
    return Floor(
        task,
        np.zeros(len(shop.mode), MODE_STATE),
        np.zeros(len(shop.mode), np.int64),
        resource,
        np.zeros(int(shop.resource["active0"][-1]), ACTIVE),
        np.zeros(len(shop.pair_queue), np.bool_),
        material,
        np.zeros(5, np.int64),
        np.zeros(2 * num_tasks + len(shop.receipt) + 1, EVENT),
        make_wakes(num_queues),
    )


@bare
def mark_dirty(floor: Floor, queue: int) -> None:
    """Have a queue looked at before time goes on."""
    if floor.resource[queue].is_dirty == 0:
        floor.resource[queue].is_dirty = 1
        place = (floor.counter[FIRST_DIRTY] + floor.counter[NUM_DIRTY]) % len(floor.resource)
        floor.resource[place].dirty = queue
        floor.counter[NUM_DIRTY] += 1


@bare
def units_at(shop: Shop, resource: int, moment: int) -> int:
    """Units of a resource at a moment; 0 while closed."""
    c = shop.resource[resource].calendar
    if c < 0:
        return shop.resource[resource].capacity
    k = find_interval(shop.cal_end, shop.cal_ptr[c], shop.cal_ptr[c + 1], moment)
    if k == shop.cal_ptr[c + 1] or shop.cal_start[k] > moment:
        return 0
    return shop.resource[resource].capacity * shop.cal_level[k]


@bare
def next_change(shop: Shop, resource: int, moment: int) -> int:
    """Start of the next interval of a resource's own calendar after `moment`; `NEVER` when there is none."""
    c = shop.resource[resource].calendar
    if c < 0:
        return NEVER
    k = find_interval(shop.cal_end, shop.cal_ptr[c], shop.cal_ptr[c + 1], moment)
    if k < shop.cal_ptr[c + 1] and shop.cal_start[k] <= moment:
        k += 1
    return shop.cal_start[k] if k < shop.cal_ptr[c + 1] else NEVER


@bare
def setup_time(shop: Shop, floor: Floor, mode: int) -> int:
    """Setup of a mode if it were the next on its machine."""
    setup = shop.mode[mode].setup
    queue = shop.mode[mode].queue
    family = shop.task[shop.mode[mode].task].family
    if queue == len(shop.resource) - 2 or family < 0 or shop.resource[queue].matrix < 0:
        return setup
    return setup + shop.setup_seconds[shop.resource[queue].matrix, floor.resource[queue].family, family]


@bare
def end_with_pauses(shop: Shop, mode: int, moment: int, work: int) -> int:
    """End of work that starts at or after `moment` in a mode's calendar and pauses; `NEVER` when it never ends."""
    c = shop.mode[mode].calendar
    if c < 0:
        return moment + work
    return add_working(
        shop.cal_start, shop.cal_end, shop.cal_worked, shop.cal_ptr[c], shop.cal_ptr[c + 1], moment, work
    )


@bare
def end_of(shop: Shop, mode: int, moment: int, work: int) -> int:
    """End of work that starts at or after `moment`, with pauses if it may; `NEVER` when it never fits."""
    c = shop.mode[mode].calendar
    if c < 0 or shop.task[shop.mode[mode].task].can_pause:
        return end_with_pauses(shop, mode, moment, work)
    begin = fit_unpaused(shop.cal_start, shop.cal_end, shop.cal_ptr[c], shop.cal_ptr[c + 1], moment, work)
    return NEVER if begin == NEVER else begin + work


@bare
def start_of(shop: Shop, mode: int, moment: int, work: int) -> int:
    """First start at or after `moment` that a mode's calendar allows; `NEVER` when there is none."""
    c = shop.mode[mode].calendar
    if c < 0:
        return moment
    lo, hi = shop.cal_ptr[c], shop.cal_ptr[c + 1]
    if shop.task[shop.mode[mode].task].can_pause:
        return next_open(shop.cal_start, shop.cal_end, lo, hi, moment)
    return fit_unpaused(shop.cal_start, shop.cal_end, lo, hi, moment, work)


@bare
def start_for_end(shop: Shop, mode: int, end: int, work: int) -> int:
    """Earliest start of a mode whose work ends at or after `end`."""
    c = shop.mode[mode].calendar
    if c < 0:
        return end - work
    lo, hi = shop.cal_ptr[c], shop.cal_ptr[c + 1]
    return start_to_end_after(shop.cal_start, shop.cal_end, shop.cal_worked, lo, hi, end, work)


@bare
def _taken_at(shop: Shop, floor: Floor, resource: int, moment: int) -> int:
    """Units that running tasks still hold at a later moment, fixed ones to come included."""
    first = shop.resource[resource].active0
    taken = 0
    for i in range(first, first + floor.resource[resource].active_size):
        if floor.active[i].end > moment:
            taken += floor.active[i].units
    return taken


@bare
def _fits_later(shop: Shop, floor: Floor, resource: int, units: int, now: int, end: int) -> bool:
    """Whether the units stay free until `end` against falling levels and fixed tasks to come."""
    for f in range(shop.resource[resource].fixed0, shop.resource[resource + 1].fixed0):
        begin = shop.fixed[f].start
        if begin >= end:
            break
        if begin <= now:
            continue
        if shop.resource[resource].active0 == shop.resource[resource + 1].active0:
            return False  # holds one task at a time
        taken = _taken_at(shop, floor, resource, begin) + units
        for g in range(shop.resource[resource].fixed0, shop.resource[resource + 1].fixed0):
            if shop.fixed[g].start <= begin < shop.fixed[g].end and shop.fixed[g].start > now:
                taken += shop.fixed[g].units
        at_hand = units_at(shop, resource, begin)
        if taken > at_hand > 0:
            return False
    if shop.resource[resource].varies:
        c = shop.resource[resource].calendar
        k = find_interval(shop.cal_end, shop.cal_ptr[c], shop.cal_ptr[c + 1], now)
        for i in range(k, shop.cal_ptr[c + 1]):
            begin = shop.cal_start[i]
            if begin >= end:
                break
            if begin > now and (
                _taken_at(shop, floor, resource, begin) + units > shop.resource[resource].capacity * shop.cal_level[i]
            ):
                return False
    return True


@bare
def find_short(shop: Shop, floor: Floor, task: int) -> int:
    """Return the first material of which there is too little to start a task now; -1 when there is enough."""
    for u in range(shop.task[task].use0, shop.task[task + 1].use0):
        need = -shop.use[u].quantity
        if need > 0:
            k = shop.use[u].material
            if floor.material[k].stock - floor.material[k].reserved < need - TOLERANCE * max(1.0, need):
                return k
    return -1


@bare
def _is_better_elsewhere(shop: Shop, floor: Floor, mode: int, now: int, end: int) -> int:
    """When a machine that is busy now would be free to end a task earlier; `NEVER` when none is."""
    task = shop.mode[mode].task
    for other in range(shop.task[task].mode0, shop.task[task + 1].mode0):
        queue = shop.mode[other].queue
        if queue == shop.mode[mode].queue or queue == len(shop.resource) - 2:
            continue
        if floor.resource[queue].used >= shop.resource[queue].capacity and floor.resource[queue].free_at > now:
            work = setup_time(shop, floor, other) + shop.mode[other].run
            if end_of(shop, other, floor.resource[queue].free_at, work) < end:
                return floor.resource[queue].free_at
    return NEVER


@bare
def can_start(shop: Shop, floor: Floor, mode: int, now: int, setup: int, end_out: Int64s) -> int:
    """Say whether a mode can start now; its end goes to `end_out[0]`, and a refusal leaves its wake-up behind."""
    task, queue = shop.mode[mode].task, shop.mode[mode].queue
    work = setup + shop.mode[mode].run
    begin = start_of(shop, mode, now, work)
    if begin > now:
        wake_at(floor.wakes, floor.counter, queue, begin)
        return REFUSED
    end = end_of(shop, mode, now, work)
    if end >= NEVER:
        return REFUSED
    if end < floor.task[task].bound_end:
        wake_at(
            floor.wakes, floor.counter, queue, max(now + 1, start_for_end(shop, mode, floor.task[task].bound_end, work))
        )
        return REFUSED
    for e in range(shop.mode[mode].entry0, shop.mode[mode + 1].entry0):
        r, units = shop.entry[e].resource, shop.entry[e].units
        is_free = floor.resource[r].used + units <= units_at(shop, r, now)
        if not (is_free and _fits_later(shop, floor, r, units, now, end)):
            floor.asked[shop.entry[e].pair] = True
            if shop.resource[r].varies:
                wake_at(floor.wakes, floor.counter, queue, next_change(shop, r, now))
            return REFUSED
    if find_short(shop, floor, task) >= 0:
        return LACKS_MATERIAL
    if shop.task[task + 1].mode0 - shop.task[task].mode0 > 1:
        later = _is_better_elsewhere(shop, floor, mode, now, end)
        if later < NEVER:
            wake_at(floor.wakes, floor.counter, queue, later)
            return REFUSED
    end_out[0] = end
    return STARTS
