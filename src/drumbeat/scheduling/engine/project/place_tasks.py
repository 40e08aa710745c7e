"""Kernels that place the tasks of a project, one after the other, as early as resources allow.

What is free of all resources at a moment is packed into words: each resource has a field of bits and above it a guard
bit that is always set. A mode fits when its needs, packed alike, can be subtracted without clearing a guard.

Where durations are short the room that is left is a grid: one row of words for each unit of time. Elsewhere it is a
chain of nodes in time: a node holds what is free from its moment to the next node's. The chain is walked from the end
of the last predecessor, which is itself a node, so that no search is needed and times may be of any size. Backwards,
the room runs from the last end to the first start.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import bare, inlined

NOBODY = -1


class Network(NamedTuple):
    """A project problem as the kernels take it; times in units of the problem, pointers as in `Modes`.

    Parameters
    ----------
    before_ptr, before, before_lag
        CSR over tasks: those that must end before each, and the least time between; `after_*` are the same links seen
        from the other end.
    release, tail
        Shape (T,): earliest start; least time from the task's start to the end of all that follows it.
    latest
        Shape (T,): latest start that delays no job beyond its due time (the critical path's end where it has none).
    due, weight, late_cost
        Shape (J,): due time, cost of a unit of lateness and of being late at all.
    span_cost
        Cost of a unit of makespan.
    budget_ptr, budget, taken, amount
        `Budgets`, the pointers always of length M + 1.
    need, full, guard
        Resources packed into W words: what a mode takes, shape (M, W); all that there is with the guard bits, and the
        guard bits alone, shape (W,).
    horizon
        Units of time of a grid, which all schedules end within; 0 for a chain.
    """

    mode_ptr: Int64s
    run: Int64s
    entry_ptr: Int64s
    resource: Int64s
    units: Int64s
    capacity: Int64s
    before_ptr: Int64s
    before: Int64s
    before_lag: Int64s
    after_ptr: Int64s
    after: Int64s
    after_lag: Int64s
    release: Int64s
    tail: Int64s
    latest: Int64s
    job: Int64s
    due: Int64s
    weight: Floats
    late_cost: Floats
    span_cost: float
    budget_ptr: Int64s
    budget: Int64s
    taken: Int64s
    amount: Int64s
    need: Int64s
    full: Int64s
    guard: Int64s
    horizon: int


class Room(NamedTuple):
    """What is left of resources over time, in rows of `free`, shape (rows, W); `size[0]` of them are in use.

    A row is a unit of time of a grid, or a node of a chain: then `time` is its moment and `follow` the next node.
    `end_node` is the node at the end of each task that is placed; `spent` what the modes take of each budget.
    """

    time: Int64s
    free: Int64s
    follow: Int64s
    size: Int64s
    end_node: Int64s
    spent: Int64s


def count_rows(network: Network) -> int:
    """Rows that a room needs: those of a grid are twice its horizon, as tasks may be tried beyond it."""
    return 2 * network.horizon + 2 if network.horizon else 2 * len(network.release) + 2


def make_room(network: Network) -> Room:
    """Make the scratch for placing all tasks of a network; nothing is placed."""
    num_tasks, rows = len(network.release), count_rows(network)
    nodes = 1 if network.horizon else rows
    return Room(
        np.zeros(nodes, np.int64),
        np.tile(network.full, (rows, 1)),
        np.zeros(nodes, np.int64),
        np.zeros(1, np.int64),
        np.zeros(num_tasks, np.int64),
        np.zeros(len(network.amount), np.int64),
    )


@bare
def clear(net, room):  # type: ignore[no-untyped-def]
    """Free all resources from 0 on."""
    if net.horizon > 0:
        for row in range(room.size[0]):
            for w in range(len(net.full)):
                room.free[row, w] = net.full[w]
        room.size[0] = 0
        return
    room.time[0] = 0
    room.follow[0] = NOBODY
    for w in range(len(net.full)):
        room.free[0, w] = net.full[w]
    room.size[0] = 1


@inlined
def _fits(net, room, mode, row):  # type: ignore[no-untyped-def]
    """Whether a row has room for a mode."""
    lacks = 0
    for w in range(len(net.full)):
        lacks |= ((room.free[row, w] - net.need[mode, w]) & net.guard[w]) ^ net.guard[w]
    return lacks == 0


@inlined
def _find_in_grid(net, room, mode, earliest):  # type: ignore[no-untyped-def]
    """Return the earliest start of a mode at or after `earliest`.

    The rows are looked at from the last one backwards: where one has no room, no earlier start is possible. Those
    until `known` have been looked at before.
    """
    start, known = earliest, earliest - 1
    row = start + net.run[mode] - 1
    last = row
    if len(net.full) == 1:
        need, guard = net.need[mode, 0], net.guard[0]
        while row > known:
            if (room.free[row, 0] - need) & guard == guard:
                row -= 1
                continue
            known, start = last, row + 1
            last = row + net.run[mode]
            row = last
        return start
    while row > known:
        if _fits(net, room, mode, row):
            row -= 1
            continue
        known, start = last, row + 1
        last = row + net.run[mode]
        row = last
    return start


@inlined
def find_slot(net, room, mode, node, earliest):  # type: ignore[no-untyped-def]
    """Return the earliest start of a mode at or after `earliest`, and the node that it falls into, from `node` on."""
    if net.horizon > 0:
        return _find_in_grid(net, room, mode, earliest), 0
    time, follow = room.time, room.follow
    while follow[node] >= 0 and time[follow[node]] <= earliest:
        node = follow[node]
    length = net.run[mode]
    if length == 0:
        return earliest, node
    start, first = earliest, node
    while True:
        node_after = follow[node]
        if not _fits(net, room, mode, node):
            node = node_after
            first = node
            start = time[node]
            continue
        if node_after < 0 or time[node_after] >= start + length:
            return start, first
        node = node_after


@inlined
def _split(net, room, node, moment):  # type: ignore[no-untyped-def]
    """Return the node at a moment that falls into `node`, made where there is none."""
    if room.time[node] == moment:
        return node
    new = room.size[0]
    room.size[0] = new + 1
    room.time[new] = moment
    room.follow[new] = room.follow[node]
    room.follow[node] = new
    for w in range(len(net.full)):
        room.free[new, w] = room.free[node, w]
    return new


@inlined
def take(net, room, task, mode, start, node):  # type: ignore[no-untyped-def]
    """Take the room for a task from `start`, which falls into `node`."""
    length = net.run[mode]
    until = start + length
    if net.horizon > 0:
        for row in range(start, until):
            for w in range(len(net.full)):
                room.free[row, w] -= net.need[mode, w]
        room.size[0] = max(room.size[0], until)
        return
    if length == 0:
        room.end_node[task] = node
        return
    node = _split(net, room, node, start)
    while True:
        node_after = room.follow[node]
        if node_after < 0 or room.time[node_after] > until:
            node_after = _split(net, room, node, until)
        for w in range(len(net.full)):
            room.free[node, w] -= net.need[mode, w]
        node = node_after
        if room.time[node] == until:
            break
    room.end_node[task] = node


@bare
def look_for_slot(net, room, mode, node, earliest):  # type: ignore[no-untyped-def]
    """Do what `find_slot` does, where it is not worth compiling again."""
    return find_slot(net, room, mode, node, earliest)


@bare
def take_slot(net, room, task, mode, start, node):  # type: ignore[no-untyped-def]
    """Do what `take` does, where it is not worth compiling again."""
    take(net, room, task, mode, start, node)


@inlined
def find_earliest(net, room, task, mode, start, earliest, is_backward):  # type: ignore[no-untyped-def]
    """Return when the tasks before a task let it start, and a node at or before that moment."""
    ptr, before, lags = net.before_ptr, net.before, net.before_lag
    if is_backward:
        ptr, before, lags = net.after_ptr, net.after, net.after_lag
    node, last = 0, -1
    for e in range(ptr[task], ptr[task + 1]):
        other = before[e]
        end = start[other] + net.run[mode[other]]
        earliest = max(earliest, end + lags[e])
        if end > last:
            last, node = end, room.end_node[other]
    return earliest, node


@bare
def place_all(net, room, order, mode, earliest, is_backward, start):  # type: ignore[no-untyped-def]
    """Place all tasks in an order that keeps to the links, each as early as it can from its `earliest` on."""
    clear(net, room)
    for task in order:
        moment, node = find_earliest(net, room, task, mode, start, earliest[task], is_backward)
        start[task], node = find_slot(net, room, mode[task], node, moment)
        take(net, room, task, mode[task], start[task], node)


@bare
def is_affordable(net, room, old, new):  # type: ignore[no-untyped-def]
    """Whether budgets allow a task's other mode; its old one is counted in `room.spent`."""
    for e in range(net.budget_ptr[new], net.budget_ptr[new + 1]):
        need = net.taken[e]
        for f in range(net.budget_ptr[old], net.budget_ptr[old + 1]):
            if net.budget[f] == net.budget[e]:
                need -= net.taken[f]
        if need > 0 and room.spent[net.budget[e]] + need > net.amount[net.budget[e]]:
            return False
    return True


@bare
def spend(net, room, mode, sign):  # type: ignore[no-untyped-def]
    """Count what a mode takes of budgets (`sign` 1), or no longer takes (-1)."""
    for e in range(net.budget_ptr[mode], net.budget_ptr[mode + 1]):
        room.spent[net.budget[e]] += sign * net.taken[e]


@bare
def place_choosing(net, room, order, mode, start, is_open):  # type: ignore[no-untyped-def]
    """Place all tasks in an order; those that are open in the mode in which they end first, as budgets allow.

    `mode` is what they have before, affordable together, and is changed.
    """
    clear(net, room)
    room.spent[:] = 0
    for task in order:
        spend(net, room, mode[task], 1)
    for task in order:
        moment, from_node = find_earliest(net, room, task, mode, start, net.release[task], False)
        best, old = mode[task], mode[task]
        best_start, best_node = look_for_slot(net, room, best, from_node, moment)
        if is_open[task]:
            for other in range(net.mode_ptr[task], net.mode_ptr[task + 1]):
                if other == old or not is_affordable(net, room, old, other):
                    continue
                other_start, other_node = look_for_slot(net, room, other, from_node, moment)
                if other_start + net.run[other] < best_start + net.run[best]:
                    best, best_start, best_node = other, other_start, other_node
            if best != old:
                spend(net, room, old, -1)
                spend(net, room, best, 1)
                mode[task] = best
        start[task] = best_start
        take_slot(net, room, task, best, best_start, best_node)
