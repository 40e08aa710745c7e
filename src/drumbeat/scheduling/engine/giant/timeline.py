"""What each machine does, as sorted spans with gaps between them; and how work goes in and out of the gaps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.giant.due_shop import DueShop

FOREVER = 2**60


class Timeline(NamedTuple):
    """Where every place is, and what every machine does.

    Parameters
    ----------
    at, until, way
        Shape (T,): start, end and way (an index into `DueShop.mode`) of each place.
    size
        Shape (R,): spans on each machine; those of machine r lie from `DueShop.first[r]` on. Work without length
        holds nobody and has no span.
    start, end, place
        The spans, by start: their bounds and what is done.
    """

    at: Int64s
    until: Int64s
    way: Int32s
    size: Int64s
    start: Int64s
    end: Int64s
    place: Int32s


def make_timeline(shop: DueShop, at: Int64s, way: Int32s) -> Timeline:
    """Return the timeline of starts and ways by place, shape (T,) each."""
    room = int(shop.first[-1])
    line = Timeline(
        at.copy(),
        at + shop.run[way],
        way.astype(np.int32),
        np.zeros(len(shop.first) - 1, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int64),
        np.empty(room, np.int32),
    )
    fill_spans(shop, line, np.argsort(at, kind="stable"))
    return line


@njit(nogil=True)
def fill_spans(shop: DueShop, line: Timeline, order: Int64s) -> None:
    """Write the spans anew from `at` and `way`; `order` holds the places by start."""
    line.size[:] = 0
    for p in order:
        if line.until[p] > line.at[p]:
            m = shop.machine[line.way[p]]
            i = shop.first[m] + line.size[m]
            line.start[i], line.end[i], line.place[i] = line.at[p], line.until[p], p
            line.size[m] += 1


@inner
def find_span(shop: DueShop, line: Timeline, m: int, moment: int) -> int:
    """First span of machine m that starts at a moment or later."""
    low = shop.first[m]
    high = low + line.size[m]
    while low < high:
        mid = (low + high) >> 1
        if line.start[mid] < moment:
            low = mid + 1
        else:
            high = mid
    return low


@inner
def find_gap(shop: DueShop, line: Timeline, m: int, ready: int, run: int) -> tuple[int, int]:
    """Earliest start of `run` seconds on machine m, and the span before which they go."""
    low = shop.first[m]
    last = low + line.size[m]
    high = last
    while low < high:
        mid = (low + high) >> 1
        if line.end[mid] > ready:
            high = mid
        else:
            low = mid + 1
    moment = ready
    while low < last and line.start[low] < moment + run:
        moment = line.end[low]
        low += 1
    return moment, low


@inner
def insert_span(shop: DueShop, line: Timeline, m: int, i: int, moment: int, run: int, place: int) -> None:
    """Put a span in front of span i."""
    for k in range(shop.first[m] + line.size[m], i, -1):
        line.start[k], line.end[k], line.place[k] = line.start[k - 1], line.end[k - 1], line.place[k - 1]
    line.start[i], line.end[i], line.place[i] = moment, moment + run, place
    line.size[m] += 1


@inner
def lift_job(shop: DueShop, line: Timeline, job: int) -> None:
    """Take a job's work off its machines; its places keep their times."""
    for p in range(shop.ptr[job], shop.ptr[job + 1]):
        if line.until[p] > line.at[p]:
            m = shop.machine[line.way[p]]
            line.size[m] -= 1
            for k in range(find_span(shop, line, m, line.at[p]), shop.first[m] + line.size[m]):
                line.start[k], line.end[k], line.place[k] = line.start[k + 1], line.end[k + 1], line.place[k + 1]


@inner
def drop_job(shop: DueShop, line: Timeline, job: int) -> None:
    """Put a job's work back where its places say."""
    for p in range(shop.ptr[job], shop.ptr[job + 1]):
        if line.until[p] > line.at[p]:
            m = shop.machine[line.way[p]]
            i = find_span(shop, line, m, line.at[p])
            insert_span(shop, line, m, i, line.at[p], line.until[p] - line.at[p], p)


@inner
def place_job(shop: DueShop, line: Timeline, job: int) -> int:
    """Put each task of a job into the gap where it ends first, and return the job's end."""
    last = 0
    for p in range(shop.ptr[job], shop.ptr[job + 1]):
        ready = shop.release[p]
        for b in range(shop.before_ptr[p], shop.before_ptr[p + 1]):
            ready = max(ready, line.until[shop.before[b]])
        until, at, way, span = FOREVER, 0, 0, -1
        for w in range(shop.way_ptr[p], shop.way_ptr[p + 1]):
            moment, i = ready, -1
            if shop.run[w] > 0:
                moment, i = find_gap(shop, line, shop.machine[w], ready, shop.run[w])
            if moment + shop.run[w] < until:
                until, at, way, span = moment + shop.run[w], moment, w, i
        line.at[p], line.until[p], line.way[p] = at, until, way
        if span >= 0:
            insert_span(shop, line, shop.machine[way], span, at, until - at, p)
        last = max(last, until)
    return last


@njit(nogil=True)
def shift_left(shop: DueShop, line: Timeline, order: Int64s) -> None:
    """Start everything as early as the order on its machine allows; no job ends later.

    `order` holds the places by start; what waits for something of no length comes after it.
    """
    free = np.zeros(len(line.size), np.int64)
    for p in order:
        m, run = shop.machine[line.way[p]], shop.run[line.way[p]]
        moment = shop.release[p]
        for b in range(shop.before_ptr[p], shop.before_ptr[p + 1]):
            moment = max(moment, line.until[shop.before[b]])
        if run > 0:
            moment = max(moment, free[m])
            free[m] = moment + run
        line.at[p], line.until[p] = moment, moment + run


@njit(nogil=True)
def shift_right(shop: DueShop, line: Timeline, order: Int64s) -> None:
    """Start everything as late as the order on its machine allows, no job ending after both its due time and its end
    now: the objective stays, and the gaps come forward."""
    free = np.full(len(line.size), FOREVER, np.int64)
    latest = np.empty(len(order), np.int64)
    for j in range(len(shop.due)):
        end = 0
        for p in range(shop.ptr[j], shop.ptr[j + 1]):
            end = max(end, line.until[p])
        if end <= shop.due[j] < FOREVER >> 2:
            end = shop.due[j]
        latest[shop.ptr[j] : shop.ptr[j + 1]] = end
    for i in range(len(order) - 1, -1, -1):
        p = order[i]
        m, run = shop.machine[line.way[p]], shop.run[line.way[p]]
        end = latest[p]
        if run > 0:
            end = min(end, free[m])
            free[m] = end - run
        line.at[p], line.until[p] = end - run, end
        for b in range(shop.before_ptr[p], shop.before_ptr[p + 1]):
            latest[shop.before[b]] = min(latest[shop.before[b]], end - run)
