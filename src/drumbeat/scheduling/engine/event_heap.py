"""Two small heaps for event loops: timed events, and one wake-up time for each queue."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from drumbeat.basics.calendars import NEVER
from drumbeat.scheduling.engine.problem import Int64s


class Events(NamedTuple):
    """A binary heap of (time, code), the smallest time first, ties by code; `size` has one element."""

    time: Int64s
    code: Int64s
    size: Int64s


class Wakes(NamedTuple):
    """An indexed heap: at most one wake-up time for each queue; `place` is -1 where a queue sleeps."""

    time: Int64s
    heap: Int64s
    place: Int64s
    size: Int64s


def make_events(room: int) -> Events:
    """Make an empty heap with room for so many events at once."""
    return Events(np.zeros(room + 1, np.int64), np.zeros(room + 1, np.int64), np.zeros(1, np.int64))


def make_wakes(num_queues: int) -> Wakes:
    """Make the heap in which every queue sleeps."""
    return Wakes(
        np.full(num_queues, NEVER, np.int64),
        np.zeros(num_queues + 1, np.int64),
        np.full(num_queues, -1, np.int64),
        np.zeros(1, np.int64),
    )


@njit(cache=True)
def push_event(events: Events, time: int, code: int) -> None:
    """Add an event."""
    times, codes = events.time, events.code
    i = events.size[0]
    events.size[0] = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if times[up] < time or (times[up] == time and codes[up] <= code):
            break
        times[i], codes[i] = times[up], codes[up]
        i = up
    times[i], codes[i] = time, code


@njit(cache=True)
def pop_event(events: Events) -> int:
    """Take the first event out and return its code; its time is `events.time[0]` before the call."""
    times, codes = events.time, events.code
    first = codes[0]
    n = events.size[0] - 1
    events.size[0] = n
    time, code = times[n], codes[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        other = down + 1
        if other < n and (times[other] < times[down] or (times[other] == times[down] and codes[other] < codes[down])):
            down = other
        if time < times[down] or (time == times[down] and code <= codes[down]):
            break
        times[i], codes[i] = times[down], codes[down]
        i = down
    times[i], codes[i] = time, code
    return first


@njit(cache=True)
def _sift_up(wakes: Wakes, i: int) -> None:
    queue = wakes.heap[i]
    while i > 0:
        up = (i - 1) >> 1
        if wakes.time[wakes.heap[up]] <= wakes.time[queue]:
            break
        wakes.heap[i] = wakes.heap[up]
        wakes.place[wakes.heap[i]] = i
        i = up
    wakes.heap[i] = queue
    wakes.place[queue] = i


@njit(cache=True)
def wake_at(wakes: Wakes, queue: int, time: int) -> None:
    """Wake a queue at `time` unless it wakes earlier anyway; `NEVER` does nothing."""
    if time >= NEVER or time >= wakes.time[queue]:
        return
    wakes.time[queue] = time
    if wakes.place[queue] < 0:
        wakes.place[queue] = wakes.size[0]
        wakes.heap[wakes.size[0]] = queue
        wakes.size[0] += 1
    _sift_up(wakes, wakes.place[queue])


@njit(cache=True)
def pop_wake(wakes: Wakes) -> int:
    """Take out and return the queue that wakes first; it sleeps afterwards."""
    queue = wakes.heap[0]
    wakes.time[queue] = NEVER
    wakes.place[queue] = -1
    wakes.size[0] -= 1
    n = wakes.size[0]
    if n == 0:
        return queue
    moved = wakes.heap[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and wakes.time[wakes.heap[down + 1]] < wakes.time[wakes.heap[down]]:
            down += 1
        if wakes.time[moved] <= wakes.time[wakes.heap[down]]:
            break
        wakes.heap[i] = wakes.heap[down]
        wakes.place[wakes.heap[i]] = i
        i = down
    wakes.heap[i] = moved
    wakes.place[moved] = i
    return queue
