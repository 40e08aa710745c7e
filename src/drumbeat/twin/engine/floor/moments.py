"""The calendar of events: a binary heap of (time, number), and the kinds of moments."""

from __future__ import annotations

from drumbeat.twin.engine.floor.records import EVENTS, HAS_GAP, HEAP_SIZE, NUMBER, Floor, hot

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
def _sink(floor: Floor, size: int, time: float, code: int) -> None:
    """Put an entry into a heap of so many entries whose top is empty.

    The place at the top goes down to a leaf, past the earlier child each time, and from there up to where the entry
    belongs: mostly nowhere, as it is late. (Wegener 1993.) Which child it is is no branch.
    """
    heap = floor.heap
    i, down = 0, 1
    while down + 1 < size:
        one, other = heap[down], heap[down + 1]
        if other.time == one.time:
            down += int(other.code < one.code)
        else:
            down += int(other.time < one.time)
        heap[i].time = heap[down].time
        heap[i].code = heap[down].code
        i, down = down, 2 * down + 1
    if down < size:
        heap[i].time = heap[down].time
        heap[i].code = heap[down].code
        i = down
    while i > 0:
        up = (i - 1) >> 1
        if heap[up].time < time or (heap[up].time == time and heap[up].code < code):
            break
        heap[i].time = heap[up].time
        heap[i].code = heap[up].code
        i = up
    heap[i].time = time
    heap[i].code = code


@hot
def push(floor: Floor, time: float, kind: int, who: int) -> int:
    """Add an event and return its code."""
    heap, counter = floor.heap, floor.counter
    number = counter[NUMBER]
    counter[NUMBER] = number + 1
    code = (((number << KIND_BITS) + kind) << WHO_BITS) + who
    if counter[HAS_GAP]:
        counter[HAS_GAP] = 0
        _sink(floor, counter[HEAP_SIZE], time, code)
        return code
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
    """Take the first event out and return its code; its time is `heap[0].time` before the call.

    Its place stays empty until the next `push` takes it, or `close_gap`: most events lead to another one.
    """
    floor.counter[HAS_GAP] = 1
    floor.counter[EVENTS] += 1
    return floor.heap[0].code


@hot
def close_gap(floor: Floor) -> None:
    """Fill the place of the event that was taken out last, if no other has come into it."""
    counter = floor.counter
    if counter[HAS_GAP]:
        counter[HAS_GAP] = 0
        n = counter[HEAP_SIZE] - 1
        counter[HEAP_SIZE] = n
        if n > 0:
            _sink(floor, n, floor.heap[n].time, floor.heap[n].code)
