"""Kernel: one machine's order with the least weighted tardiness, with setups and releases: iterated local search.

A move exchanges two stretches of the order, what stands between them staying between: with nothing between, a stretch
is put in elsewhere; with one job each, two jobs change places. A move is walked through from its first place on, and
left as soon as it cannot beat the best one: behind the changed places the old costs are known, and they change by at
most the weight that is late there for each second by which the order got earlier.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.sequence.luck import draw_below, draw_share
from drumbeat.scheduling.engine.sequence.rows import copy_row

WORKING, CURRENT, BEST = 0, 1, 2
"""Rows of orders and values: the one being changed, the one accepted, the best."""
ENDS, COSTS, RESTS, LATE = 0, 1, 2, 3
"""Rows of the table of the working order: end and cost before each place; cost from it on; weight late from it on."""


class OneMachine(NamedTuple):
    """A machine and its n jobs, and scratch; times are whole seconds.

    Parameters
    ----------
    run, release, due
        Shape (n,), int64.
    weight
        Shape (n,), float64: of the seconds late; 0 where a job has no due time.
    setup
        Shape (n + 1, n), int64: from the first job (n: from the start) to the second; (1, 1) when there are none.
    has_setups
        Whether there are any.
    is_ahead
        Whether a setup may be done before the job's release.
    table
        Shape (4, n + 1), float64, scratch.
    waits
        Shape (n,), int8, scratch: whether a job is to be looked at.
    queue
        Shape (n + 1,), int64, scratch: the jobs to be looked at; the last entry counts them.
    spare
        Shape (n,), int64, scratch.
    luck
        Shape (1,), uint64.
    """

    run: np.ndarray
    release: np.ndarray
    due: np.ndarray
    weight: np.ndarray
    setup: np.ndarray
    has_setups: bool
    is_ahead: bool
    table: np.ndarray
    waits: np.ndarray
    queue: np.ndarray
    spare: np.ndarray
    luck: np.ndarray


@bare
def _end_of(data: OneMachine, now: float, last: int, job: int) -> float:
    """End of a job that follows `last`, which ended at `now`."""
    if not data.has_setups:
        return max(now, data.release[job]) + data.run[job]
    if data.is_ahead:
        return max(now + data.setup[last, job], data.release[job]) + data.run[job]
    return max(now, data.release[job]) + data.setup[last, job] + data.run[job]


@bare
def _cost_of(data: OneMachine, end: float, job: int) -> float:
    return data.weight[job] * max(end - data.due[job], 0.0)


@bare
def _job_at(data: OneMachine, order: np.ndarray, place: int) -> int:
    return order[place] if place >= 0 else len(data.run)


@bare
def _fill_table(data: OneMachine, order: np.ndarray, first: int) -> None:
    """Bring the table up to date after a change from place `first` on."""
    n, table = len(data.run), data.table
    last = _job_at(data, order, first - 1)
    for p in range(first, n):
        job = order[p]
        end = _end_of(data, table[ENDS, p], last, job)
        table[ENDS, p + 1] = end
        table[COSTS, p + 1] = table[COSTS, p] + _cost_of(data, end, job)
        last = job
    for p in range(n - 1, -1, -1):
        job, end = order[p], table[ENDS, p + 1]
        table[RESTS, p] = table[RESTS, p + 1] + _cost_of(data, end, job)
        table[LATE, p] = table[LATE, p + 1] + (data.weight[job] if end > data.due[job] else 0.0)


@bare
def _measure(data: OneMachine, order: np.ndarray, i: int, j: int, k: int, end: int, limit: float) -> float:
    """Return the cost with [i, j) and [k, end) exchanged, or infinity when it is no less than the limit."""
    n, table = len(data.run), data.table
    now, cost = table[ENDS, i], table[COSTS, i]
    last = _job_at(data, order, i - 1)
    for part in range(3):
        a, b = (k, end) if part == 0 else ((j, k) if part == 1 else (i, j))
        for p in range(a, b):
            job = order[p]
            now = _end_of(data, now, last, job)
            cost += _cost_of(data, now, job)
            last = job
        if cost >= limit:
            return np.inf
    p = end
    if data.has_setups and p < n:
        now = _end_of(data, now, last, order[p])
        cost += _cost_of(data, now, order[p])
        last = order[p]
        p += 1
    while p < n:
        early = table[ENDS, p] - now
        if early == 0:
            break
        if cost + table[RESTS, p] - max(early, 0.0) * table[LATE, p] >= limit:
            return np.inf
        job = order[p]
        now = _end_of(data, now, last, job)
        cost += _cost_of(data, now, job)
        last = job
        p += 1
    return cost + table[RESTS, p]


@bare
def _wake(data: OneMachine, job: int) -> None:
    if not data.waits[job]:
        data.waits[job] = 1
        n = len(data.run)
        data.queue[data.queue[n]] = job
        data.queue[n] += 1


@bare
def _exchange(data: OneMachine, order: np.ndarray, i: int, j: int, k: int, end: int) -> None:
    """Exchange [i, j) and [k, end), and wake all that has moved and its neighbours."""
    n, q = len(data.run), 0
    for part in range(3):
        a, b = (k, end) if part == 0 else ((j, k) if part == 1 else (i, j))
        for p in range(a, b):
            data.spare[q] = order[p]
            q += 1
    for p in range(q):
        order[i + p] = data.spare[p]
    for p in range(max(i - 1, 0), min(end + 1, n)):
        _wake(data, order[p])
    _fill_table(data, order, i)


@bare
def _find_move(data: OneMachine, order: np.ndarray, place: int, longest: int, reach: int) -> tuple[int, int, int, int]:
    """Return the best move of the jobs from a place on, as `_exchange` takes it; its first entry is -1 for none."""
    n = len(data.run)
    # A gain below the rounding of sums is none: moves would go round in circles.
    worth = data.table[RESTS, 0]
    best, bi, bj, bk, bend = worth - 1e-9 * max(worth, 1.0), -1, 0, 0, 0
    low, high = max(place - reach, 0), min(place + reach, n)
    for size in range(1, min(longest, n - place) + 1):
        stop = place + size
        for end in range(stop + 1, min(high + size, n) + 1):
            cost = _measure(data, order, place, stop, stop, end, best)
            if cost < best:
                best, bi, bj, bk, bend = cost, place, stop, stop, end
        for i in range(place - 1, low - 1, -1):
            cost = _measure(data, order, i, place, place, stop, best)
            if cost < best:
                best, bi, bj, bk, bend = cost, i, place, place, stop
    for other in range(low, high):
        a, b = min(place, other), max(place, other)
        if b > a + 1:
            cost = _measure(data, order, a, a + 1, b, b + 1, best)
            if cost < best:
                best, bi, bj, bk, bend = cost, a, a + 1, b, b + 1
    return bi, bj, bk, bend


@bare
def _shake(data: OneMachine, order: np.ndarray, times: int) -> None:
    """Exchange short stretches drawn by luck."""
    n = len(data.run)
    for _ in range(times):
        i = draw_below(data.luck, n - 1)
        j = min(i + 1 + draw_below(data.luck, 3), n - 1)
        k = min(j + draw_below(data.luck, 8), n - 1)
        _exchange(data, order, i, j, k, min(k + 1 + draw_below(data.luck, 3), n))


@bare
def _copy(orders: np.ndarray, values: np.ndarray, source: int, target: int) -> None:
    copy_row(orders, source, target)
    values[target] = values[source]


@njit(nogil=True, _nrt=False)
def improve_tardiness(
    data: OneMachine,
    orders: np.ndarray,
    values: np.ndarray,
    is_new: bool,
    longest: int,
    reach: int,
    temperature: float,
    budget: float,
) -> float:
    """Improve the order of two or more jobs until a budget of work is spent, and return what was spent.

    Parameters
    ----------
    data
        The machine and its jobs.
    orders
        Shape (3, n), int64: rows `WORKING`, `CURRENT`, `BEST`.
    values
        Shape (3,), float64: their weighted tardiness.
    is_new
        Whether to begin at row `CURRENT`, the other rows being unknown.
    longest
        Jobs that are put in elsewhere together, at most.
    reach
        Places that they move by, at most.
    temperature
        How much worse is accepted after a shake, in the unit of the values.
    budget
        Work in nanoseconds of an ordinary core, roughly.
    """
    n, order, spent = len(data.run), orders[WORKING], 0.0
    if is_new:
        copy_row(orders, CURRENT, WORKING)
        _fill_table(data, order, 0)
        values[:] = data.table[RESTS, 0]
        copy_row(orders, CURRENT, BEST)
        for p in range(n):
            _wake(data, order[p])
    while spent < budget:
        if data.queue[n]:
            data.queue[n] -= 1
            job = data.queue[data.queue[n]]
            data.waits[job] = 0
            place = 0
            while order[place] != job:
                place += 1
            i, j, k, end = _find_move(data, order, place, longest, reach)
            if i >= 0:
                _exchange(data, order, i, j, k, end)
                _wake(data, job)
            spent += 50.0 + 10.0 * (1 + longest) * min(reach, n) * (1.0 + 0.1 * min(reach, n))
            continue
        values[WORKING] = data.table[RESTS, 0]
        worse = values[WORKING] - values[CURRENT]
        if worse <= 0 or (temperature > 0 and draw_share(data.luck) < math.exp(-worse / temperature)):
            _copy(orders, values, WORKING, CURRENT)
            if values[WORKING] < values[BEST]:
                _copy(orders, values, WORKING, BEST)
        else:
            _copy(orders, values, CURRENT, WORKING)
            _fill_table(data, order, 0)
        _shake(data, order, 1 + draw_below(data.luck, 3))
        spent += 50.0 + 20.0 * n
    return spent
