"""Tabu search on the disjunctive graph: the best move on a critical path is made, its undoing forbidden for a while."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.jobshop.graph import Graph
from drumbeat.scheduling.engine.jobshop.moves import (
    ANY_BEFORE,
    ANY_MODE,
    ANY_TASK,
    BEFORE,
    ESTIMATE,
    FAR,
    HELD,
    MACHINE,
    MODE,
    SEEN,
    SIZE,
    START,
    TASK,
    UNTIL,
    Memory,
    draw_below,
    note_block,
    slot_of,
    try_machines,
    try_noted,
)
from drumbeat.scheduling.engine.jobshop.timing import apply_move, find_makespan, load_schedule

NOW, BEST, IMPROVED, MAKESPAN = range(4)
"""Entries of the state of a search: its iteration, its best makespan, the iteration that found it, the present one."""


@bare
def trace_path(graph: Graph, memory: Memory, makespan: int) -> int:
    """Write one critical path, drawn at random, into the memory; return its number of tasks."""
    node, path, n = graph.node, memory.path, len(graph.order)
    ties, i = 0, n
    for k in range(len(graph.ends)):
        end = graph.ends[k]
        if node[end].head + node[end].run == makespan:
            ties += 1
            if ties == 1 or draw_below(memory.luck, ties) == 0:
                i = end
    size = n
    while i < n:
        size -= 1
        path[size] = i
        task = node[i]
        machine_before, job_before = n, n
        if task.machine_before < n:
            free = node[task.machine_before]
            if free.head + free.run + task.setup == task.head:
                machine_before = task.machine_before
        if task.job_head + graph.wait * task.setup == task.head:
            earlier = node[task.job_before]
            if task.job_before < n and earlier.head + earlier.run == task.job_head:
                job_before = task.job_before
            elif graph.has_many:
                for e in range(graph.before_ptr[i], graph.before_ptr[i + 1]):
                    earlier = node[graph.before[e]]
                    if earlier.head + earlier.run == task.job_head:
                        job_before = graph.before[e]
        if machine_before < n and (job_before == n or draw_below(memory.luck, 2) == 0):
            i = machine_before
        else:
            i = job_before
    for k in range(size, n):
        path[k - size] = path[k]
    return n - size


@bare
def _choose_move(graph: Graph, memory: Memory, now: int, best: int, makespan: int, is_flexible: bool) -> None:
    memory.pick[ESTIMATE], memory.pick[SEEN], memory.pick[TASK] = FAR, 0, -1
    length = trace_path(graph, memory, makespan)
    path, node, low, count = memory.path, graph.node, 0, 0
    for k in range(1, length + 1):
        if k < length and node[path[k]].machine_before == path[k - 1]:
            continue
        if k - low > 1:
            count = note_block(graph, memory, low, k - 1, length, count)
        low = k
    try_noted(graph, memory, count, now, best)
    if is_flexible:
        for k in range(length):
            if graph.mode_ptr[path[k] + 1] - graph.mode_ptr[path[k]] > 1:
                try_machines(graph, memory, path[k], now, best)


@bare
def _forbid_undoing(graph: Graph, memory: Memory, task: int, mode: int, before: int, until: int) -> None:
    """Forbid what a move is about to undo: the task on its machine, or the piece of the machine's order as it is."""
    n, node = len(graph.order), graph.node
    machine, held = graph.machine[task], memory.held
    if graph.mode_machine[mode] != machine:
        memory.left[slot_of(memory, task, machine)] = until
        return
    if before < n and graph.rank[before] > graph.rank[task]:
        i, last = task, before
    else:
        i, last = (node[before].machine_after if before < n else graph.first[machine]), task
    entry = held[HELD, 0] % HELD
    held[HELD, 0] += 1
    held[entry, UNTIL], held[entry, MACHINE], held[entry, START] = until, machine, graph.rank[i]
    size = graph.rank[last] - graph.rank[i] + 1
    held[entry, SIZE] = size
    for k in range(size):
        memory.held_tasks[entry, k] = i
        i = node[i].machine_after


@njit(nogil=True, _nrt=False)
def search_tabu(
    graph: Graph,
    memory: Memory,
    state: Int64s,
    best_order: Int32s,
    best_mode: Int32s,
    iterations: int,
    patience: int,
    goal: int,
    tenure: int,
    spread: int,
    is_flexible: bool,
) -> int:
    """Search on from the present schedule.

    Parameters
    ----------
    graph, memory
        Changed in place.
    state
        Entries as above; changed in place.
    best_order, best_mode
        Receive the best schedule of the search.
    iterations
        At most so many in this call.
    patience
        Stop when so many iterations brought nothing better.
    goal
        Stop at this makespan.
    tenure, spread
        What a move undoes is forbidden for `tenure` iterations and up to `spread` more.
    is_flexible
        Whether tasks may change their machines.

    Returns
    -------
    int
        1 when the search has ended (goal, patience, nothing to move), 0 when it may go on.
    """
    pick = memory.pick
    for _ in range(iterations):
        if state[BEST] <= goal or state[NOW] - state[IMPROVED] > patience:
            return 1
        now = state[NOW]
        _choose_move(graph, memory, now, state[BEST], state[MAKESPAN], is_flexible)
        if pick[TASK] < 0:
            if pick[SEEN] == 0:
                return 1
            pick[TASK], pick[MODE], pick[BEFORE] = pick[ANY_TASK], pick[ANY_MODE], pick[ANY_BEFORE]
        task, mode, before = pick[TASK], pick[MODE], pick[BEFORE]
        _forbid_undoing(graph, memory, task, mode, before, now + tenure + draw_below(memory.luck, spread + 1))
        state[NOW] += 1
        if not apply_move(graph, task, mode, before):
            # Only tasks without length can deceive the estimates so far.
            if pick[SEEN] == 0:
                return 1
            apply_move(graph, pick[ANY_TASK], pick[ANY_MODE], pick[ANY_BEFORE])
        makespan = find_makespan(graph)
        state[MAKESPAN] = makespan
        if makespan < state[BEST]:
            state[BEST], state[IMPROVED] = makespan, state[NOW]
            for i in range(len(best_order)):
                best_order[i], best_mode[i] = graph.order[i], graph.mode[i]
    return 0


@njit(nogil=True, _nrt=False)
def begin(
    graph: Graph, memory: Memory, state: Int64s, order: Int32s, mode: Int32s, best_order: Int32s, best_mode: Int32s
) -> int:
    """Take over a schedule and forget what was forbidden; returns its makespan."""
    makespan = load_schedule(graph, order, mode)
    for k in range(len(memory.left)):
        memory.left[k] = 0
    for k in range(HELD + 1):
        memory.held[k, UNTIL] = 0
    state[NOW], state[BEST], state[IMPROVED], state[MAKESPAN] = 1, makespan, 1, makespan
    for i in range(len(order)):
        best_order[i], best_mode[i] = order[i], mode[i]
    return makespan


@njit(nogil=True)
def read_starts(graph: Graph, order: Int32s, mode: Int32s) -> Int64s:
    """Time a schedule anew and return its run starts and its setups, shape (2, n)."""
    load_schedule(graph, order, mode)
    n = len(order)
    times = np.empty((2, n), np.int64)
    for i in range(n):
        times[0, i], times[1, i] = graph.node[i].head, graph.node[i].setup
    return times
