"""First schedules: active ones by a priority (Giffler and Thompson 1960), and blends of two schedules."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.jobshop.graph import Graph
from drumbeat.scheduling.engine.jobshop.timing import find_setup


@inner
def _ready(graph: Graph, task: int, ends: Int64s) -> int:
    ready = graph.release[task]
    for e in range(graph.before_ptr[task], graph.before_ptr[task + 1]):
        ready = max(ready, ends[graph.before[e]])
    return ready


@njit(nogil=True)
def construct(graph: Graph, priority: Floats, fixed_mode: Int32s, order: Int32s, mode: Int32s) -> int:
    """Make an active schedule: on the machine that is free next, the task of the highest priority that fits goes first.

    Parameters
    ----------
    graph
        The shop; its schedule is neither read nor changed.
    priority
        Shape (n,): highest first.
    fixed_mode
        Shape (n,): the mode of each task, -1 where the one that ends first is taken.
    order, mode
        Receive the schedule.

    Returns
    -------
    int
        Its makespan.
    """
    n = len(order)
    left = np.empty(n, np.int64)
    ends, ready = np.zeros(n, np.int64), np.zeros(n, np.int64)
    free = np.zeros(len(graph.first), np.int64)
    last = np.full(len(graph.first), n, np.int32)
    open_tasks = np.empty(n, np.int32)
    start, end = np.zeros(n, np.int64), np.zeros(n, np.int64)
    num_open = 0
    for i in range(n):
        left[i] = graph.before_ptr[i + 1] - graph.before_ptr[i]
        mode[i] = -1
        if left[i] == 0:
            open_tasks[num_open] = i
            ready[i] = graph.release[i]
            num_open += 1
    changed = -1
    for k in range(n):
        soonest = -1
        for p in range(num_open):
            i = open_tasks[p]
            # The other machines are free no earlier than they were.
            if mode[i] < 0 or graph.mode_machine[mode[i]] == changed:
                _choose_mode(graph, i, fixed_mode, mode, ready[i], free, last, start, end)
            if soonest < 0 or end[i] < end[soonest]:
                soonest = i
        machine = graph.mode_machine[mode[soonest]]
        chosen, where = -1, -1
        for p in range(num_open):
            i = open_tasks[p]
            is_rival = (graph.mode_machine[mode[i]] == machine and start[i] < end[soonest]) or i == soonest
            if is_rival and (chosen < 0 or priority[i] > priority[chosen]):
                chosen, where = i, p
        order[k] = chosen
        ends[chosen] = end[chosen]
        free[machine], last[machine], changed = end[chosen], chosen, machine
        num_open -= 1
        open_tasks[where] = open_tasks[num_open]
        for e in range(graph.after_ptr[chosen], graph.after_ptr[chosen + 1]):
            i = graph.after[e]
            left[i] -= 1
            if left[i] == 0:
                open_tasks[num_open] = i
                num_open += 1
                ready[i] = _ready(graph, i, ends)
    return ends.max() if n else 0


@inner
def _choose_mode(
    graph: Graph,
    i: int,
    fixed_mode: Int32s,
    mode: Int32s,
    ready: int,
    free: Int64s,
    last: Int32s,
    start: Int64s,
    end: Int64s,
) -> None:
    """Find the mode in which a task ends first, when it starts (its setup included) and ends."""
    mode[i] = -1
    for m in range(graph.mode_ptr[i], graph.mode_ptr[i + 1]):
        if fixed_mode[i] >= 0 and fixed_mode[i] != m:
            continue
        machine = graph.mode_machine[m]
        setup = find_setup(graph, last[machine], i, m)
        begin = max(ready + graph.wait * setup, free[machine] + setup)
        if mode[i] < 0 or begin + graph.mode_run[m] < end[i]:
            mode[i], start[i], end[i] = m, begin - setup, begin + graph.mode_run[m]


@njit(nogil=True)
def find_static(graph: Graph) -> Int64s:
    """Find what links alone say; shape (2, n).

    Row 0: the longest remaining work from the start of each task on, with shortest runs. Row 1: the place of each in an
    order in which links point onward.
    """
    n = len(graph.order)
    static = np.zeros((2, n), np.int64)
    left = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    size = 0
    for i in range(n):
        left[i] = graph.after_ptr[i + 1] - graph.after_ptr[i]
        if left[i] == 0:
            queue[size] = i
            size += 1
    k = 0
    while k < size:
        i = queue[k]
        longest = 0
        for e in range(graph.after_ptr[i], graph.after_ptr[i + 1]):
            longest = max(longest, static[0, graph.after[e]])
        shortest = graph.mode_run[graph.mode_ptr[i]]
        for m in range(graph.mode_ptr[i], graph.mode_ptr[i + 1]):
            shortest = min(shortest, graph.mode_run[m])
        static[0, i] = longest + shortest
        static[1, i] = n - 1 - k
        for e in range(graph.before_ptr[i], graph.before_ptr[i + 1]):
            left[graph.before[e]] -= 1
            if left[graph.before[e]] == 0:
                queue[size] = graph.before[e]
                size += 1
        k += 1
    return static


@njit(nogil=True)
def order_by_key(graph: Graph, key: Floats, place: Int64s) -> Int32s:
    """Return the tasks by key, the smallest first, none before one that its links put first.

    Parameters
    ----------
    key
        Shape (n,); raised where a task's is below that of one before it.
    place
        Row 1 of `find_static`.
    """
    n = len(key)
    by_place = np.empty(n, np.int32)
    for i in range(n):
        by_place[place[i]] = i
    sorted_key = np.empty(n, np.float64)
    for k in range(n):
        i = by_place[k]
        for e in range(graph.before_ptr[i], graph.before_ptr[i + 1]):
            key[i] = max(key[i], key[graph.before[e]])
        sorted_key[k] = key[i]
    # Stable: ties keep the order of links.
    return by_place[np.argsort(sorted_key, kind="mergesort")]
