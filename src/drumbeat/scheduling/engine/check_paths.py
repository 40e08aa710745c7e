"""Longest paths through links, compiled: the earliest ends of tasks, and whether most-lags contradict each other."""

from __future__ import annotations

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import njit


@njit(nogil=True)
def find_earliest_starts(
    earliest: Int64s, work: Int64s, ptr: Int64s, order: Int64s, after: Int32s, kind: Int32s, lag: Int64s, left: Int64s
) -> int:
    """Raise the earliest start of each task to what its links ask, in place; return how many tasks were reached.

    Parameters
    ----------
    earliest, work
        Shape (T,): releases, and the least seconds of each task.
    ptr, order
        CSR over tasks: the rows of `after`, `kind` and `lag` that begin at each.
    left
        Shape (T,): number of links that end at each task; used up.
    """
    n = len(earliest)
    queue, size = earliest.copy(), 0
    for t in range(n):
        if left[t] == 0:
            queue[size] = t
            size += 1
    i = 0
    while i < size:
        t = queue[i]
        i += 1
        for e in range(ptr[t], ptr[t + 1]):
            row = order[e]
            to = after[row]
            moment = earliest[t] + lag[row]
            if kind[row] == 0 or kind[row] == 2:
                moment += work[t]
            if kind[row] >= 2:
                moment -= work[to]
            earliest[to] = max(earliest[to], moment)
            left[to] -= 1
            if left[to] == 0:
                queue[size] = to
                size += 1
    return size


@njit(nogil=True)
def relax(value: Int64s, parent: Int64s, start: Int64s, end: Int64s, length: Int64s, rounds: int) -> bool:
    """Raise `value[end]` to `value[start] + length` along all arcs, for some rounds; return whether it goes on.

    `parent` is the arc that raised each node last, -1 for none; where parents make a circle, it has a length above 0.
    """
    for _ in range(rounds):
        has_changed = False
        for arc in range(len(start)):
            reached = value[start[arc]] + length[arc]
            if reached > value[end[arc]]:
                value[end[arc]] = reached
                parent[end[arc]] = arc
                has_changed = True
        if not has_changed:
            return False
    return True


@njit(nogil=True)
def find_parent_circle(parent: Int64s, start: Int64s) -> Int64s:
    """Return the nodes of a circle of parents, in the order of its arcs; empty for none."""
    n = len(parent)
    seen = parent.copy()
    seen[:] = -1
    for first in range(n):
        node = first
        while node >= 0 and seen[node] < 0:
            seen[node] = first
            node = start[parent[node]] if parent[node] >= 0 else -1
        if node >= 0 and seen[node] == first:
            circle = parent[:0].copy()
            size, other = 1, start[parent[node]]
            while other != node:
                size += 1
                other = start[parent[other]]
            circle = parent[:size].copy()
            for i in range(size - 1, -1, -1):
                circle[i] = node
                node = start[parent[node]]
            return circle
    return parent[:0].copy()
