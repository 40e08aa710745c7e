"""The event loop of dispatching: whoever is ready and first by the rule starts as soon as everything is at hand."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from drumbeat.basics.calendars import NEVER
from drumbeat.scheduling.engine.event_heap import pop_event, pop_wake, push_event, wake_at
from drumbeat.scheduling.engine.floor import (
    LACKS_MATERIAL,
    READY,
    SHORT,
    STARTED,
    STARTS,
    WAITING,
    Floor,
    can_start,
    end_of,
    find_short,
    mark_dirty,
    next_change,
    setup_time,
    start_for_end,
    units_at,
)
from drumbeat.scheduling.engine.problem import Int64s
from drumbeat.scheduling.engine.shop import Shop

KEY, WSPT, CRITICAL_RATIO, MDD, ATC = 0, 1, 2, 3, 4
"""How the index of a waiting task is computed; `KEY` is the static key alone."""

ENDS, ARRIVES, RECEIPT, FIXED = 0, 1, 2, 3
CODE_ROOM = 2**40
"""Event codes are kind x `CODE_ROOM` + index, so that ends come first at one moment."""


@njit(cache=True)
def _index(shop: Shop, floor: Floor, mode: int, now: int, rule: int, k: float, k_setup: float) -> float:
    """Index of a waiting mode now: the smallest goes first."""
    task = shop.mode_task[mode]
    if rule == KEY:
        return floor.key[task]
    job = shop.task_job[task]
    work = max(float(shop.mode_run[mode]), 1.0)
    if rule == WSPT:
        return work / shop.weight[job]
    tail = shop.tail[task]
    slack = shop.due[job] - now - tail
    if rule == CRITICAL_RATIO:
        return (shop.due[job] - now) / max(tail, 1.0) / shop.weight[job]
    if rule == MDD:
        return (tail + max(slack, 0.0)) / shop.weight[job]
    urgency = math.log(shop.weight[job] / work) - max(slack, 0.0) / (k * shop.mean_run)
    if k_setup > 0.0:
        urgency -= (setup_time(shop, floor, mode) - shop.mode_setup[mode]) / (k_setup * shop.mean_setup)
    return -urgency


@njit(cache=True)
def _queue_in(shop: Shop, floor: Floor, mode: int) -> None:
    """Put a mode into its machine's queue, sorted by key."""
    queue = shop.mode_queue[mode]
    if not floor.is_queued[mode]:
        first = shop.queue_ptr[queue]
        key = floor.key[shop.mode_task[mode]]
        low, high = first, first + floor.queue_size[queue]
        last = high
        while low < high:
            mid = (low + high) >> 1
            if floor.key[shop.mode_task[floor.queue_mode[mid]]] <= key:
                low = mid + 1
            else:
                high = mid
        for i in range(last, low, -1):
            floor.queue_mode[i] = floor.queue_mode[i - 1]
        floor.queue_mode[low] = mode
        floor.queue_size[queue] += 1
        floor.is_queued[mode] = True
    mark_dirty(floor, queue)


@njit(cache=True)
def _queue_out(shop: Shop, floor: Floor, place: int) -> None:
    """Take the mode at a place of a queue's array out of it."""
    mode = floor.queue_mode[place]
    queue = shop.mode_queue[mode]
    last = shop.queue_ptr[queue] + floor.queue_size[queue] - 1
    for i in range(place, last):
        floor.queue_mode[i] = floor.queue_mode[i + 1]
    floor.queue_size[queue] -= 1
    floor.is_queued[mode] = False


@njit(cache=True)
def _arrive(shop: Shop, floor: Floor, task: int) -> None:
    """Queue a task in front of each of its machines, or have it wait for material."""
    short = find_short(shop, floor, task)
    if short >= 0:
        floor.state[task] = SHORT
        floor.short_next[task] = floor.short_head[short]
        floor.short_head[short] = task
        return
    floor.state[task] = READY
    for mode in range(shop.task_mode_ptr[task], shop.task_mode_ptr[task + 1]):
        _queue_in(shop, floor, mode)


@njit(cache=True)
def _release(shop: Shop, floor: Floor, task: int, now: int) -> None:
    """All that goes before a task is placed: find when it may start, and have it arrive then."""
    if shop.task_fixed_start[task] >= 0:
        return
    ready = max(shop.task_release[task], floor.bound_start[task])
    if floor.bound_end[task] > 0:
        earliest = NEVER
        for mode in range(shop.task_mode_ptr[task], shop.task_mode_ptr[task + 1]):
            work = shop.mode_setup[mode] + shop.mode_run[mode]
            earliest = min(earliest, start_for_end(shop, mode, floor.bound_end[task], work))
        ready = max(ready, earliest)
    if ready <= now:
        _arrive(shop, floor, task)
    elif ready < NEVER:
        push_event(floor.events, ready, ARRIVES * CODE_ROOM + task)


@njit(cache=True)
def _commit(shop: Shop, floor: Floor, mode: int, now: int, setup: int, end: int) -> None:
    """Start a task: take what it holds and consumes, and tell those that come after it."""
    task, queue = shop.mode_task[mode], shop.mode_queue[mode]
    floor.state[task] = STARTED
    floor.start[task], floor.end[task], floor.mode[task], floor.setup[task] = now, end, mode, setup
    for e in range(shop.entry_ptr[mode], shop.entry_ptr[mode + 1]):
        r = shop.entry_resource[e]
        floor.used[r] += shop.entry_units[e]
        floor.free_at[r] = max(floor.free_at[r], end)
        if shop.active_ptr[r] < shop.active_ptr[r + 1]:
            i = shop.active_ptr[r] + floor.active_size[r]
            floor.active_end[i], floor.active_units[i] = end, shop.entry_units[e]
            floor.active_size[r] += 1
    if shop.task_family[task] >= 0:
        floor.family[queue] = shop.task_family[task]
    push_event(floor.events, end, ENDS * CODE_ROOM + task)
    for u in range(shop.use_ptr[task], shop.use_ptr[task + 1]):
        if shop.use_quantity[u] < 0:
            k = shop.use_material[u]
            floor.stock[k] += shop.use_quantity[u]
            if shop.task_fixed_start[task] >= 0:
                floor.reserved[k] += shop.use_quantity[u]
    for a in range(shop.after_ptr[task], shop.after_ptr[task + 1]):
        after, kind = shop.after_task[a], shop.after_kind[a]
        bound = (end if kind in (0, 2) else now) + shop.after_lag[a]
        if kind <= 1:
            floor.bound_start[after] = max(floor.bound_start[after], bound)
        else:
            floor.bound_end[after] = max(floor.bound_end[after], bound)
        floor.left[after] -= 1
        if floor.left[after] == 0 and floor.state[after] == WAITING:
            _release(shop, floor, after, now)


@njit(cache=True)
def _supply(shop: Shop, floor: Floor, material: int, quantity: float) -> None:
    """Add stock and let those who wait for it try again."""
    floor.stock[material] += quantity
    task = floor.short_head[material]
    floor.short_head[material] = -1
    while task >= 0:
        following = floor.short_next[task]
        _arrive(shop, floor, task)
        task = following


@njit(cache=True)
def _finish(shop: Shop, floor: Floor, task: int) -> None:
    """End a task: give back what it held, deliver what it made, wake who waits."""
    mode = floor.mode[task]
    for e in range(shop.entry_ptr[mode], shop.entry_ptr[mode + 1]):
        r = shop.entry_resource[e]
        floor.used[r] -= shop.entry_units[e]
        if shop.active_ptr[r] < shop.active_ptr[r + 1]:
            i = shop.active_ptr[r]
            while floor.active_end[i] != floor.end[task] or floor.active_units[i] != shop.entry_units[e]:
                i += 1
            last = shop.active_ptr[r] + floor.active_size[r] - 1
            floor.active_end[i], floor.active_units[i] = floor.active_end[last], floor.active_units[last]
            floor.active_size[r] -= 1
        if floor.queue_size[r] > 0:
            mark_dirty(floor, r)
        for p in range(shop.pair_ptr[r], shop.pair_ptr[r + 1]):
            if floor.asked[p]:
                floor.asked[p] = False
                mark_dirty(floor, shop.pair_queue[p])
    for u in range(shop.use_ptr[task], shop.use_ptr[task + 1]):
        if shop.use_quantity[u] > 0:
            _supply(shop, floor, shop.use_material[u], shop.use_quantity[u])


@njit(cache=True)
def _begin_fixed(shop: Shop, floor: Floor, task: int, now: int) -> None:
    """Start a fixed task whatever stands against it; the check tells what does."""
    mode = shop.task_fixed_mode[task]
    if mode < 0:
        mode = shop.task_mode_ptr[task]
    setup = setup_time(shop, floor, mode)
    work = setup + shop.mode_run[mode]
    end = end_of(shop, mode, now, work)
    _commit(shop, floor, mode, now, setup, now + work if end >= NEVER else end)


@njit(cache=True)
def _best_place(shop: Shop, floor: Floor, queue: int, now: int, rule: int, k: float, k_setup: float, looks: int) -> int:
    """Place of the best mode not refused yet among the first of a queue; started ones are cleared away; -1 if none."""
    first = shop.queue_ptr[queue]
    place, best, best_index = first, -1, np.inf
    while place < first + min(looks, floor.queue_size[queue]):
        mode = floor.queue_mode[place]
        if floor.state[shop.mode_task[mode]] != READY:
            _queue_out(shop, floor, place)
            continue
        if floor.refused[mode] != floor.attempt[0]:
            index = _index(shop, floor, mode, now, rule, k, k_setup)
            if index < best_index:
                best, best_index = place, index
            if rule == KEY:
                return best
        place += 1
    return best


@njit(cache=True)
def _fastest_idle(shop: Shop, floor: Floor, mode: int, now: int) -> int:
    """The way to do a task, among those whose machines are idle and not refused yet, that ends first."""
    task = shop.mode_task[mode]
    if shop.task_mode_ptr[task + 1] - shop.task_mode_ptr[task] == 1:
        return mode
    best, best_end = mode, NEVER
    for other in range(shop.task_mode_ptr[task], shop.task_mode_ptr[task + 1]):
        queue = shop.mode_queue[other]
        if floor.refused[other] == floor.attempt[0] or (
            queue < len(shop.capacity) and floor.used[queue] >= shop.capacity[queue]
        ):
            continue
        end = end_of(shop, other, now, setup_time(shop, floor, other) + shop.mode_run[other])
        if end < best_end:
            best, best_end = other, end
    return best


@njit(cache=True)
def _serve(
    shop: Shop, floor: Floor, queue: int, now: int, rule: int, k: float, k_setup: float, looks: int, out: Int64s
) -> None:
    """Start what can start in front of one machine now."""
    has_machine = queue < len(shop.capacity)
    while floor.queue_size[queue] > 0:
        if has_machine and floor.used[queue] > 0 and floor.used[queue] >= units_at(shop, queue, now):
            if shop.varies[queue] or floor.used[queue] < shop.capacity[queue]:
                wake_at(floor.wakes, queue, next_change(shop, queue, now))
            return  # looked at again when it is given back
        place = _best_place(shop, floor, queue, now, rule, k, k_setup, looks)
        if place < 0:
            return
        task = shop.mode_task[floor.queue_mode[place]]
        mode = _fastest_idle(shop, floor, floor.queue_mode[place], now)
        setup = setup_time(shop, floor, mode)
        answer = can_start(shop, floor, mode, now, setup, out)
        if answer == STARTS:
            _commit(shop, floor, mode, now, setup, out[0])
        elif answer == LACKS_MATERIAL:
            _arrive(shop, floor, task)
        else:
            floor.refused[mode] = floor.attempt[0]


@njit(cache=True)
def _take_event(shop: Shop, floor: Floor, now: int) -> None:
    """Let the first event happen."""
    code = pop_event(floor.events)
    kind, index = code // CODE_ROOM, code % CODE_ROOM
    if kind == ENDS:
        _finish(shop, floor, index)
    elif kind == ARRIVES:
        _arrive(shop, floor, index)
    elif kind == RECEIPT:
        _supply(shop, floor, shop.receipt_material[index], shop.receipt_quantity[index])
    else:
        _begin_fixed(shop, floor, index, now)


@njit(cache=True)
def run_floor(shop: Shop, floor: Floor, rule: int, k: float, k_setup: float, looks: int) -> None:
    """Run from the first event to the last; what never started stays at start -1.

    Parameters
    ----------
    shop, floor
        The problem, and an empty floor of it.
    rule
        `KEY`, `WSPT`, `CRITICAL_RATIO`, `MDD` or `ATC`.
    k, k_setup
        Look-ahead of `ATC` in mean run times, > 0, and its sensitivity to setups in mean setups, 0 = none.
    looks
        How many of the first in a queue are compared, >= 1.
    """
    for task in range(len(shop.task_job)):
        if shop.task_fixed_start[task] >= 0:
            push_event(floor.events, shop.task_fixed_start[task], FIXED * CODE_ROOM + task)
        elif shop.num_before[task] == 0:
            _release(shop, floor, task, -1)
    for i in range(len(shop.receipt_time)):
        push_event(floor.events, max(0, shop.receipt_time[i]), RECEIPT * CODE_ROOM + i)
    out = np.zeros(1, np.int64)
    while floor.events.size[0] > 0 or floor.wakes.size[0] > 0:
        now = NEVER
        if floor.events.size[0] > 0:
            now = floor.events.time[0]
        if floor.wakes.size[0] > 0:
            now = min(now, floor.wakes.time[floor.wakes.heap[0]])
        while floor.events.size[0] > 0 and floor.events.time[0] <= now:
            _take_event(shop, floor, now)
        while floor.wakes.size[0] > 0 and floor.wakes.time[floor.wakes.heap[0]] <= now:
            mark_dirty(floor, pop_wake(floor.wakes))
        floor.attempt[0] += 1
        while floor.num_dirty[0] > 0:
            floor.num_dirty[0] -= 1
            queue = floor.dirty[floor.num_dirty[0]]
            _serve(shop, floor, queue, now, rule, k, k_setup, looks, out)
            floor.is_dirty[queue] = False
