"""The event loop of dispatching: whoever is ready and first by the rule starts as soon as everything is at hand."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.event_heap import NUM_EVENTS, NUM_WAKES, pop_event, pop_wake, push_event, wake_at
from drumbeat.scheduling.engine.floor import (
    ATTEMPT,
    FIRST_DIRTY,
    LACKS_MATERIAL,
    NUM_DIRTY,
    READY,
    SHORT,
    STARTED,
    STARTS,
    WAITING,
    Floor,
    can_start,
    end_of,
    end_with_pauses,
    find_short,
    mark_dirty,
    next_change,
    setup_time,
    start_for_end,
    units_at,
)
from drumbeat.scheduling.engine.shop import Shop

KEY, WSPT, CRITICAL_RATIO, MDD, ATC = 0, 1, 2, 3, 4
"""How the index of a waiting task is computed; `KEY` is the static key alone."""

ENDS, ARRIVES, RECEIPT, FIXED = 0, 1, 2, 3
CODE_ROOM = 2**40
"""Event codes are kind x `CODE_ROOM` + index, so that ends come first at one moment."""


@bare
def _index(shop: Shop, floor: Floor, mode: int, now: int, rule: int, k: float, k_setup: float) -> float:
    """Index of a waiting mode now: the smallest goes first."""
    task = shop.mode[mode].task
    if rule == KEY:
        return floor.task[task].key
    if rule == WSPT:
        return -shop.mode[mode].value
    tail = shop.task[task].tail
    slack = shop.task[task].due - now - tail
    if rule == CRITICAL_RATIO:
        return (shop.task[task].due - now) / max(tail, 1.0)
    if rule == MDD:
        return tail + max(slack, 0.0)
    urgency = shop.mode[mode].value - max(slack, 0.0) / (k * shop.mean_run)
    if k_setup > 0.0:
        urgency -= (setup_time(shop, floor, mode) - shop.mode[mode].setup) / (k_setup * shop.mean_setup)
    return -urgency


@bare
def _queue_in(shop: Shop, floor: Floor, mode: int) -> None:
    """Put a mode into its machine's queue, sorted by key."""
    queue = shop.mode[mode].queue
    if floor.mode[mode].is_queued == 0:
        first = shop.resource[queue].queue0
        key = floor.task[shop.mode[mode].task].key
        low, high = first, first + floor.resource[queue].queue_size
        last = high
        while low < high:
            mid = (low + high) >> 1
            if floor.task[shop.mode[floor.waiting[mid]].task].key <= key:
                low = mid + 1
            else:
                high = mid
        for i in range(last, low, -1):
            floor.waiting[i] = floor.waiting[i - 1]
        floor.waiting[low] = mode
        floor.resource[queue].queue_size += 1
        floor.mode[mode].is_queued = 1
    mark_dirty(floor, queue)


@bare
def _queue_out(shop: Shop, floor: Floor, place: int) -> None:
    """Take the mode at a place of a queue's array out of it."""
    mode = floor.waiting[place]
    queue = shop.mode[mode].queue
    last = shop.resource[queue].queue0 + floor.resource[queue].queue_size - 1
    for i in range(place, last):
        floor.waiting[i] = floor.waiting[i + 1]
    floor.resource[queue].queue_size -= 1
    floor.mode[mode].is_queued = 0


@bare
def _arrive(shop: Shop, floor: Floor, task: int) -> None:
    """Queue a task in front of each of its machines, or have it wait for material."""
    short = find_short(shop, floor, task)
    if short >= 0:
        floor.task[task].state = SHORT
        floor.task[task].short_next = floor.material[short].short_head
        floor.material[short].short_head = task
        return
    floor.task[task].state = READY
    for mode in range(shop.task[task].mode0, shop.task[task + 1].mode0):
        _queue_in(shop, floor, mode)


@bare
def _release(shop: Shop, floor: Floor, task: int, now: int) -> None:
    """All that goes before a task is placed: find when it may start, and have it arrive then."""
    if shop.task[task].fixed_start >= 0:
        return
    ready = max(shop.task[task].release, floor.task[task].bound_start)
    if floor.task[task].bound_end > 0:
        earliest = NEVER
        for mode in range(shop.task[task].mode0, shop.task[task + 1].mode0):
            work = shop.mode[mode].setup + shop.mode[mode].run
            earliest = min(earliest, start_for_end(shop, mode, floor.task[task].bound_end, work))
        ready = max(ready, earliest)
    if ready <= now:
        _arrive(shop, floor, task)
    elif ready < NEVER:
        push_event(floor.events, floor.counter, ready, ARRIVES * CODE_ROOM + task)


@bare
def _commit(shop: Shop, floor: Floor, mode: int, now: int, setup: int, end: int) -> None:
    """Start a task: take what it holds and consumes, and tell those that come after it."""
    task, queue = shop.mode[mode].task, shop.mode[mode].queue
    floor.task[task].state = STARTED
    floor.task[task].start, floor.task[task].end, floor.task[task].mode, floor.task[task].setup = now, end, mode, setup
    for e in range(shop.mode[mode].entry0, shop.mode[mode + 1].entry0):
        r = shop.entry[e].resource
        floor.resource[r].used += shop.entry[e].units
        floor.resource[r].free_at = max(floor.resource[r].free_at, end)
        if shop.resource[r].active0 < shop.resource[r + 1].active0:
            i = shop.resource[r].active0 + floor.resource[r].active_size
            floor.active[i].end, floor.active[i].units = end, shop.entry[e].units
            floor.resource[r].active_size += 1
    if shop.task[task].family >= 0:
        floor.resource[queue].family = shop.task[task].family
    push_event(floor.events, floor.counter, end, ENDS * CODE_ROOM + task)
    for u in range(shop.task[task].use0, shop.task[task + 1].use0):
        if shop.use[u].quantity < 0:
            k = shop.use[u].material
            floor.material[k].stock += shop.use[u].quantity
            if shop.task[task].fixed_start >= 0:
                floor.material[k].reserved += shop.use[u].quantity
    for a in range(shop.task[task].after0, shop.task[task + 1].after0):
        after, kind = shop.after[a].task, shop.after[a].kind
        bound = (end if kind in (0, 2) else now) + shop.after[a].lag
        if kind <= 1:
            floor.task[after].bound_start = max(floor.task[after].bound_start, bound)
        else:
            floor.task[after].bound_end = max(floor.task[after].bound_end, bound)
        floor.task[after].left -= 1
        if floor.task[after].left == 0 and floor.task[after].state == WAITING:
            _release(shop, floor, after, now)


@bare
def _supply(shop: Shop, floor: Floor, material: int, quantity: float) -> None:
    """Add stock and let those who wait for it try again."""
    floor.material[material].stock += quantity
    task = floor.material[material].short_head
    floor.material[material].short_head = -1
    while task >= 0:
        following = floor.task[task].short_next
        _arrive(shop, floor, task)
        task = following


@bare
def _finish(shop: Shop, floor: Floor, task: int) -> None:
    """End a task: give back what it held, deliver what it made, wake who waits."""
    mode = floor.task[task].mode
    for e in range(shop.mode[mode].entry0, shop.mode[mode + 1].entry0):
        r = shop.entry[e].resource
        floor.resource[r].used -= shop.entry[e].units
        if shop.resource[r].active0 < shop.resource[r + 1].active0:
            i = shop.resource[r].active0
            while floor.active[i].end != floor.task[task].end or floor.active[i].units != shop.entry[e].units:
                i += 1
            last = shop.resource[r].active0 + floor.resource[r].active_size - 1
            floor.active[i].end, floor.active[i].units = floor.active[last].end, floor.active[last].units
            floor.resource[r].active_size -= 1
        if floor.resource[r].queue_size > 0:
            mark_dirty(floor, r)
        for p in range(shop.resource[r].pair0, shop.resource[r + 1].pair0):
            if floor.asked[p]:
                floor.asked[p] = False
                mark_dirty(floor, shop.pair_queue[p])
    for u in range(shop.task[task].use0, shop.task[task + 1].use0):
        if shop.use[u].quantity > 0:
            _supply(shop, floor, shop.use[u].material, shop.use[u].quantity)


@bare
def _begin_fixed(shop: Shop, floor: Floor, task: int, now: int) -> None:
    """Start a fixed task whatever stands against it; the check tells what does."""
    mode = shop.task[task].fixed_mode
    if mode < 0:
        mode = shop.task[task].mode0
    setup = setup_time(shop, floor, mode)
    work = setup + shop.mode[mode].run
    end = end_with_pauses(shop, mode, now, work)
    _commit(shop, floor, mode, now, setup, now + work if end >= NEVER else end)


@bare
def _best_place(shop: Shop, floor: Floor, queue: int, now: int, rule: int, k: float, k_setup: float, looks: int) -> int:
    """Place of the best mode not refused yet among the first of a queue; started ones are cleared away; -1 if none."""
    first = shop.resource[queue].queue0
    place, best, best_index = first, -1, np.inf
    while place < first + min(looks, floor.resource[queue].queue_size):
        mode = floor.waiting[place]
        if floor.task[shop.mode[mode].task].state != READY:
            _queue_out(shop, floor, place)
            continue
        if floor.mode[mode].refused != floor.counter[ATTEMPT]:
            index = _index(shop, floor, mode, now, rule, k, k_setup)
            if index < best_index:
                best, best_index = place, index
            if rule == KEY:
                return best
        place += 1
    return best


@bare
def _fastest_idle(shop: Shop, floor: Floor, mode: int, now: int) -> int:
    """The way to do a task, among those whose machines are idle and not refused yet, that ends first."""
    task = shop.mode[mode].task
    if shop.task[task + 1].mode0 - shop.task[task].mode0 == 1:
        return mode
    best, best_end = mode, NEVER
    for other in range(shop.task[task].mode0, shop.task[task + 1].mode0):
        queue = shop.mode[other].queue
        if floor.mode[other].refused == floor.counter[ATTEMPT] or (
            queue < len(shop.resource) - 2 and floor.resource[queue].used >= shop.resource[queue].capacity
        ):
            continue
        end = end_of(shop, other, now, setup_time(shop, floor, other) + shop.mode[other].run)
        if end < best_end:
            best, best_end = other, end
    return best


@bare
def _serve(
    shop: Shop, floor: Floor, queue: int, now: int, rule: int, k: float, k_setup: float, looks: int, out: Int64s
) -> None:
    """Start what can start in front of one machine now."""
    has_machine = queue < len(shop.resource) - 2
    attempt = floor.counter[ATTEMPT]
    while floor.resource[queue].queue_size > 0:
        if has_machine and floor.resource[queue].used > 0 and floor.resource[queue].used >= units_at(shop, queue, now):
            if shop.resource[queue].varies or floor.resource[queue].used < shop.resource[queue].capacity:
                wake_at(floor.wakes, floor.counter, queue, next_change(shop, queue, now))
            return  # looked at again when it is given back
        place = _best_place(shop, floor, queue, now, rule, k, k_setup, looks)
        if place < 0:
            return
        task = shop.mode[floor.waiting[place]].task
        mode = _fastest_idle(shop, floor, floor.waiting[place], now)
        other = shop.mode[mode].queue
        if other != queue and floor.resource[other].is_dirty == 1 and floor.resource[queue].deferred < attempt:
            floor.resource[queue].deferred = attempt
            mark_dirty(floor, queue)
            return  # the other machine chooses first; then this one is asked again
        setup = setup_time(shop, floor, mode)
        answer = can_start(shop, floor, mode, now, setup, out)
        if answer == STARTS:
            _commit(shop, floor, mode, now, setup, out[0])
        elif answer == LACKS_MATERIAL:
            _arrive(shop, floor, task)
        else:
            floor.mode[mode].refused = attempt


@bare
def _take_event(shop: Shop, floor: Floor, now: int) -> None:
    """Let the first event happen."""
    code = pop_event(floor.events, floor.counter)
    kind, index = code // CODE_ROOM, code % CODE_ROOM
    if kind == ENDS:
        _finish(shop, floor, index)
    elif kind == ARRIVES:
        _arrive(shop, floor, index)
    elif kind == RECEIPT:
        _supply(shop, floor, shop.receipt[index].material, shop.receipt[index].quantity)
    else:
        _begin_fixed(shop, floor, index, now)


@njit(nogil=True, _nrt=False)
def run_floor(shop: Shop, floor: Floor, rule: int, k: float, k_setup: float, looks: int, out: Int64s) -> None:
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
    out
        Room, shape (1,).
    """
    for task in range(len(floor.task)):
        if shop.task[task].fixed_start >= 0:
            push_event(floor.events, floor.counter, shop.task[task].fixed_start, FIXED * CODE_ROOM + task)
        elif shop.task[task].num_before == 0:
            _release(shop, floor, task, -1)
    for i in range(len(shop.receipt)):
        push_event(floor.events, floor.counter, max(0, shop.receipt[i].time), RECEIPT * CODE_ROOM + i)
    while floor.counter[NUM_EVENTS] > 0 or floor.counter[NUM_WAKES] > 0:
        now = NEVER
        if floor.counter[NUM_EVENTS] > 0:
            now = floor.events[0].time
        if floor.counter[NUM_WAKES] > 0:
            now = min(now, floor.wakes[floor.wakes[0].heap].time)
        while floor.counter[NUM_EVENTS] > 0 and floor.events[0].time <= now:
            _take_event(shop, floor, now)
        while floor.counter[NUM_WAKES] > 0 and floor.wakes[floor.wakes[0].heap].time <= now:
            mark_dirty(floor, pop_wake(floor.wakes, floor.counter))
        floor.counter[ATTEMPT] += 1
        while floor.counter[NUM_DIRTY] > 0:
            queue = floor.resource[floor.counter[FIRST_DIRTY]].dirty
            floor.counter[FIRST_DIRTY] = (floor.counter[FIRST_DIRTY] + 1) % len(floor.resource)
            floor.counter[NUM_DIRTY] -= 1
            floor.resource[queue].is_dirty = 0
            _serve(shop, floor, queue, now, rule, k, k_setup, looks, out)
