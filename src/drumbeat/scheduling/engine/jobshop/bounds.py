"""Lower bounds of a shop's makespan: the longest chain, and each machine's load between heads and tails."""

from __future__ import annotations

import heapq

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.jobshop.construct import find_static
from drumbeat.scheduling.engine.jobshop.graph import Graph


def find_bound(graph: Graph) -> int:
    """Return a makespan in seconds that no schedule beats; setups by sequence count as nothing.

    The longest way through links; for each machine the preemptive one-machine bound of the tasks that only it can do
    (Carlier 1982); for all machines together the least load.
    """
    n = len(graph.order)
    if not n:
        return 0
    alternatives = np.diff(graph.mode_ptr)
    shortest = np.minimum.reduceat(graph.mode_run, graph.mode_ptr[:-1])
    tail, place = find_static(graph)
    tail = tail - shortest
    head = np.zeros(n, np.int64)
    for i in np.argsort(place):
        earlier = graph.before[graph.before_ptr[i] : graph.before_ptr[i + 1]]
        head[i] = max(int(graph.release[i]), int((head[earlier] + shortest[earlier]).max(initial=0)))
    bound = int((head + shortest + tail).max())
    machine = graph.mode_machine[graph.mode_ptr[:-1]]
    for m in range(len(graph.first)):
        rows = np.flatnonzero((machine == m) & (alternatives == 1))
        if len(rows):
            bound = max(bound, find_machine_bound(head[rows], shortest[rows], tail[rows]))
    spread = head.min() + tail.min() + -(-int(shortest.sum()) // len(np.unique(graph.mode_machine)))
    return max(bound, int(spread))


def find_machine_bound(head: Int64s, run: Int64s, tail: Int64s) -> int:
    """Return the least end of tasks on one machine that may interrupt them (Jackson's preemptive schedule).

    Parameters
    ----------
    head, run, tail
        Shape (k,): when each can start, how long it runs, how long it goes on elsewhere afterwards; seconds.
    """
    order = np.argsort(head, kind="stable").tolist()
    left = run.tolist()
    waiting: list[tuple[int, int]] = []
    time, latest, k = 0, 0, 0
    while k < len(order) or waiting:
        if not waiting:
            time = max(time, int(head[order[k]]))
        while k < len(order) and head[order[k]] <= time:
            heapq.heappush(waiting, (-int(tail[order[k]]), order[k]))
            k += 1
        longest, i = waiting[0]
        until = time + left[i]
        if k < len(order) and head[order[k]] < until:
            left[i] -= int(head[order[k]]) - time
            time = int(head[order[k]])
            continue
        heapq.heappop(waiting)
        time = until
        latest = max(latest, time - longest)
    return latest
