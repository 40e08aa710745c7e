"""Kernel: the cheapest tour where each way has its own length in each direction, by iterated local search.

A move swaps two neighbouring stretches of the tour, which turns neither round; it is looked for from each node to the
nodes that are cheap to go to next. After a local optimum a random swap of stretches shakes the tour, and only the nodes
around it are looked at again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.sequence.luck import draw_below, draw_share
from drumbeat.scheduling.engine.sequence.rows import copy_row

WORKING, CURRENT, BEST = 0, 1, 2
"""Rows of tours and lengths: the one being changed, the one accepted, the best."""
_NONE = -1


class TourData(NamedTuple):
    """A tour through N nodes, of which node 0 stands first.

    Parameters
    ----------
    way
        Shape (N, N), int64: length of the way from the row's node to the column's.
    near
        Shape (N, K), int64: the nodes that are cheapest to go to from each.
    place
        Shape (N,), int64, scratch: where each node stands.
    waits
        Shape (N,), int8, scratch: whether a node is to be looked at.
    queue
        Shape (N + 1,), int64, scratch: nodes to be looked at, the last entry counts them.
    spare
        Shape (N,), int64, scratch.
    luck
        Shape (1,), uint64.
    """

    way: np.ndarray
    near: np.ndarray
    place: np.ndarray
    waits: np.ndarray
    queue: np.ndarray
    spare: np.ndarray
    luck: np.ndarray


@bare
def _wake(data: TourData, node: int) -> None:
    if not data.waits[node]:
        data.waits[node] = 1
        n = len(data.way)
        data.queue[data.queue[n]] = node
        data.queue[n] += 1


@bare
def _measure_swap(data: TourData, tour: np.ndarray, i: int, j: int, k: int) -> int:
    """Return what the swap of [i, j) and [j, k) adds to the length; 1 <= i < j < k <= N."""
    way, n = data.way, len(data.way)
    before, after = tour[i - 1], tour[k % n]
    first, last, second, end = tour[i], tour[j - 1], tour[j], tour[k - 1]
    gone = way[before, first] + way[last, second] + way[end, after]
    return way[before, second] + way[end, first] + way[last, after] - gone


@bare
def _swap(data: TourData, tour: np.ndarray, i: int, j: int, k: int) -> None:
    n = len(data.way)
    for node in (tour[i - 1], tour[i], tour[j - 1], tour[j], tour[k - 1], tour[k % n]):
        _wake(data, node)
    spare, size = data.spare, j - i
    for p in range(i, j):
        spare[p - i] = tour[p]
    for p in range(j, k):
        tour[p - size] = tour[p]
    for p in range(size):
        tour[k - size + p] = spare[p]
    for p in range(i, k):
        data.place[tour[p]] = p


@bare
def _find_swap(data: TourData, tour: np.ndarray, node: int) -> tuple[int, int, int, int]:
    """Return the swap that shortens the tour most while it leads a node to one of its near ones, and the gain."""
    n, x = len(data.way), data.place[node]
    best, bi, bj, bk = 0, _NONE, _NONE, _NONE
    follower = tour[(x + 1) % n]
    for choice in range(data.near.shape[1]):
        near = data.near[node, choice]
        if data.way[node, near] >= data.way[node, follower]:
            break
        y = data.place[near]
        if y > x:
            for k in range(y + 1, n + 1):
                delta = _measure_swap(data, tour, x + 1, y, k)
                if delta < best:
                    best, bi, bj, bk = delta, x + 1, y, k
        elif y > 0:
            for j in range(y + 1, x + 1):
                delta = _measure_swap(data, tour, y, j, x + 1)
                if delta < best:
                    best, bi, bj, bk = delta, y, j, x + 1
        else:
            for i in range(1, x + 1):
                delta = _measure_swap(data, tour, i, x + 1, n)
                if delta < best:
                    best, bi, bj, bk = delta, i, x + 1, n
    return best, bi, bj, bk


@bare
def _shake(data: TourData, tour: np.ndarray) -> int:
    """Swap two short stretches drawn by luck, and return what that adds to the length."""
    n = len(data.way)
    longest = max(min(30, (n - 1) // 2), 1)
    i = 1 + draw_below(data.luck, n - 2)
    j = min(i + 1 + draw_below(data.luck, longest), n - 1)
    k = min(j + 1 + draw_below(data.luck, longest), n)
    delta = _measure_swap(data, tour, i, j, k)
    _swap(data, tour, i, j, k)
    return delta


@bare
def _copy(data: TourData, tours: np.ndarray, lengths: np.ndarray, source: int, target: int) -> None:
    lengths[target] = lengths[source]
    copy_row(tours, source, target)
    if target == WORKING:
        for p in range(len(data.way)):
            data.place[tours[WORKING, p]] = p


@bare
def begin_tour(data: TourData, tours: np.ndarray, lengths: np.ndarray) -> None:
    """Measure the tour of row `CURRENT`, take it for all, and wake every node."""
    n, total = len(data.way), 0
    for p in range(n):
        total += data.way[tours[CURRENT, p], tours[CURRENT, (p + 1) % n]]
    lengths[CURRENT] = total
    _copy(data, tours, lengths, CURRENT, WORKING)
    _copy(data, tours, lengths, CURRENT, BEST)
    for p in range(n):
        _wake(data, tours[CURRENT, p])


@njit(nogil=True, _nrt=False)
def improve_tour(
    data: TourData, tours: np.ndarray, lengths: np.ndarray, is_new: bool, temperature: float, budget: float
) -> float:
    """Improve a tour of three or more nodes until a budget of work is spent, and return what was spent.

    Parameters
    ----------
    data
        The ways.
    tours
        Shape (3, N), int64: rows `WORKING`, `CURRENT`, `BEST`, each with node 0 first.
    lengths
        Shape (3,), int64: their lengths.
    is_new
        Whether to begin at row `CURRENT`, the other rows being unknown.
    temperature
        How much longer a tour is accepted, in the unit of the ways.
    budget
        Work in nanoseconds of an ordinary core, roughly.
    """
    n, spent = len(data.way), 0.0
    if is_new:
        begin_tour(data, tours, lengths)
    tour = tours[WORKING]
    while spent < budget:
        if data.queue[n]:
            data.queue[n] -= 1
            node = data.queue[data.queue[n]]
            data.waits[node] = 0
            delta, i, j, k = _find_swap(data, tour, node)
            if delta < 0:
                _swap(data, tour, i, j, k)
                lengths[WORKING] += delta
            spent += 20.0 + 3.0 * n
            continue
        worse = lengths[WORKING] - lengths[CURRENT]
        if worse <= 0 or (temperature > 0 and draw_share(data.luck) < math.exp(-worse / temperature)):
            _copy(data, tours, lengths, WORKING, CURRENT)
            if lengths[CURRENT] < lengths[BEST]:
                _copy(data, tours, lengths, CURRENT, BEST)
        else:
            _copy(data, tours, lengths, CURRENT, WORKING)
        lengths[WORKING] += _shake(data, tour)
        spent += 50.0 + 2.0 * n
    return spent
