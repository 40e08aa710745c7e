"""Two small heaps for event loops: timed events, and one wake-up time for each queue."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import inner
from drumbeat.scheduling.engine.shop import Records

NUM_EVENTS, NUM_WAKES = 0, 1
"""Places of the heaps' sizes in the counters."""

EVENT = np.dtype([("time", np.int64), ("code", np.int64)])
"""A binary heap, the smallest time first, ties by code."""

WAKE = np.dtype([("time", np.int64), ("heap", np.int64), ("place", np.int64)])
"""An indexed heap: row q holds queue q's wake-up time and its place in the heap, -1 where it sleeps."""


def make_wakes(num_queues: int) -> Records:
    """Make the heap in which every queue sleeps."""
    wakes = np.zeros(num_queues, WAKE)
    wakes["time"], wakes["place"] = NEVER, -1
    return wakes


@inner
def push_event(events: Records, counter: Int64s, time: int, code: int) -> None:
    """Add an event."""
    i = counter[NUM_EVENTS]
    counter[NUM_EVENTS] = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if events[up].time < time or (events[up].time == time and events[up].code <= code):
            break
        events[i].time, events[i].code = events[up].time, events[up].code
        i = up
    events[i].time, events[i].code = time, code


@inner
def pop_event(events: Records, counter: Int64s) -> int:
    """Take the first event out and return its code; its time is `events[0].time` before the call."""
    first = events[0].code
    n = counter[NUM_EVENTS] - 1
    counter[NUM_EVENTS] = n
    time, code = events[n].time, events[n].code
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        other = down + 1
        if other < n and (
            events[other].time < events[down].time
            or (events[other].time == events[down].time and events[other].code < events[down].code)
        ):
            down = other
        if time < events[down].time or (time == events[down].time and code <= events[down].code):
            break
        events[i].time, events[i].code = events[down].time, events[down].code
        i = down
    events[i].time, events[i].code = time, code
    return first


@inner
def wake_at(wakes: Records, counter: Int64s, queue: int, time: int) -> None:
    """Wake a queue at `time` unless it wakes earlier anyway; `NEVER` does nothing."""
    if time >= NEVER or time >= wakes[queue].time:
        return
    wakes[queue].time = time
    i = wakes[queue].place
    if i < 0:
        i = counter[NUM_WAKES]
        counter[NUM_WAKES] += 1
    while i > 0:
        up = (i - 1) >> 1
        other = wakes[up].heap
        if wakes[other].time <= time:
            break
        wakes[i].heap = other
        wakes[other].place = i
        i = up
    wakes[i].heap = queue
    wakes[queue].place = i


@inner
def pop_wake(wakes: Records, counter: Int64s) -> int:
    """Take out and return the queue that wakes first; it sleeps afterwards."""
    queue = wakes[0].heap
    wakes[queue].time = NEVER
    wakes[queue].place = -1
    counter[NUM_WAKES] -= 1
    n = counter[NUM_WAKES]
    if n == 0:
        return queue
    moved = wakes[n].heap
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and wakes[wakes[down + 1].heap].time < wakes[wakes[down].heap].time:
            down += 1
        if wakes[moved].time <= wakes[wakes[down].heap].time:
            break
        wakes[i].heap = wakes[down].heap
        wakes[wakes[i].heap].place = i
        i = down
    wakes[i].heap = moved
    wakes[moved].place = i
    return queue
