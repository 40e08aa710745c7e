"""The calendar of events: a binary heap of (time, number), and the kinds of moments."""

from __future__ import annotations

from drumbeat.twin.engine.floor.records import EVENTS, HEAP_SIZE, NUMBER, Floor, hot

(
    WORK, FAILS, REPAIRED_AT, ARRIVES, ENTERS, LISTED_ORDER, CARE_DUE, CARE_DONE, OPENS_OR_CLOSES, SHIFT, OUTAGE_CHANGE,
    WINDOW_CHANGE, RECEIPT, DELIVERY, BATCH_WAITED, TICK, FOUND,
) = range(17)  # fmt: skip
"""Kinds: a machine's phase ends (or breaks); a failure mode strikes; its repair ends; a source's arrival; a lot arrives
at its step; the next listed order; care falls due; a machine's care ends; a calendar, a pool's shift, an outage, a
known outage changes; a bought quantity arrives; an order open at the start arrives; a batch has waited; wear, drift and
fatigue; an escape is found."""

KIND_BITS, WHO_BITS = 5, 20
MOST_THINGS = 1 << WHO_BITS
"""Lots, machines and so on are fewer than this."""


@hot
def push(floor: Floor, time: float, kind: int, who: int) -> int:
    """Add an event and return its code."""
    heap, counter = floor.heap, floor.counter
    number = counter[NUMBER]
    counter[NUMBER] = number + 1
    code = (((number << KIND_BITS) + kind) << WHO_BITS) + who
    i = counter[HEAP_SIZE]
    counter[HEAP_SIZE] = i + 1
    # A new entry has the highest number: among equal times it stays below.
    while i > 0:
        up = (i - 1) >> 1
        if heap[up].time <= time:
            break
        heap[i].time = heap[up].time
        heap[i].code = heap[up].code
        i = up
    heap[i].time = time
    heap[i].code = code
    return code


@hot
def pop(floor: Floor) -> int:
    """Take the first event out and return its code; its time is `heap[0].time` before the call."""
    heap, counter = floor.heap, floor.counter
    first = heap[0].code
    n = counter[HEAP_SIZE] - 1
    counter[HEAP_SIZE] = n
    counter[EVENTS] += 1
    time, code = heap[n].time, heap[n].code
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        other = down + 1
        if other < n and (
            heap[other].time < heap[down].time
            or (heap[other].time == heap[down].time and heap[other].code < heap[down].code)
        ):
            down = other
        if time < heap[down].time or (time == heap[down].time and code <= heap[down].code):
            break
        heap[i].time = heap[down].time
        heap[i].code = heap[down].code
        i = down
    heap[i].time = time
    heap[i].code = code
    return first
