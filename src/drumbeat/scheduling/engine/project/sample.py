"""Kernels that make schedules from priorities: the tasks whose predecessors are placed compete for the next place."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.project.luck import draw_below, draw_share
from drumbeat.scheduling.engine.project.place_tasks import clear, find_earliest, look_for_slot, take_slot


@bare
def draw_priority(net, luck, spread, priority):  # type: ignore[no-untyped-def]
    """Fill priorities (smaller first): the latest start, give or take a share of its range, of tasks and of jobs."""
    low, high = net.latest[0], net.latest[0]
    for task in range(len(net.latest)):
        low, high = min(low, net.latest[task]), max(high, net.latest[task])
    width = spread * (high - low + 1)
    for job in range(len(net.due)):
        shift = (draw_share(luck) - 0.5) * 2.0 * width
        priority[len(net.release) + job] = shift if len(net.due) > 1 else 0.0
    for task in range(len(net.release)):
        noise = (draw_share(luck) - 0.5) * width
        priority[task] = net.latest[task] + noise + priority[len(net.release) + net.job[task]]


@bare
def draw_modes(net, luck, shortest, mode):  # type: ignore[no-untyped-def]
    """Fill modes: the shortest of each task with the odds given, else any."""
    for task in range(len(mode)):
        first, end = net.mode_ptr[task], net.mode_ptr[task + 1]
        mode[task] = first + draw_below(luck, end - first)
        if draw_share(luck) < shortest:
            for other in range(first, end):
                if net.run[other] < net.run[mode[task]]:
                    mode[task] = other


@bare
def place_by_priority(net, room, priority, is_parallel, mode, start, order, slot, waits):  # type: ignore[no-untyped-def]
    """Place all tasks by priority; `order` becomes that in which they were placed.

    Serially the first by priority goes next, wherever it fits; in parallel the one that can start first, and among
    those the first by priority. `slot` (float) and `waits` are scratch of shape (T,).
    """
    clear(net, room)
    num_tasks = len(mode)
    num_ready, num_placed = 0, 0
    # The unplaced that are ready wait at the end of `order`, filled from its front.
    for task in range(num_tasks):
        waits[task] = net.before_ptr[task + 1] - net.before_ptr[task]
        slot[task] = net.release[task]
        if waits[task] == 0:
            order[num_ready] = task
            num_ready += 1
    while num_placed < num_tasks:
        best = num_placed
        for i in range(num_placed + 1, num_ready):
            task, other = order[i], order[best]
            if is_parallel and slot[task] != slot[other]:
                if slot[task] < slot[other]:
                    best = i
            elif priority[task] < priority[other]:
                best = i
        task = order[best]
        moment, node = find_earliest(net, room, task, mode, start, net.release[task], False)
        when, node = look_for_slot(net, room, mode[task], node, moment)
        if is_parallel and when > slot[task]:
            slot[task] = when
            continue
        start[task] = when
        take_slot(net, room, task, mode[task], when, node)
        order[best] = order[num_placed]
        order[num_placed] = task
        num_placed += 1
        for e in range(net.after_ptr[task], net.after_ptr[task + 1]):
            other = net.after[e]
            waits[other] -= 1
            slot[other] = max(slot[other], when + net.run[mode[task]] + net.after_lag[e])
            if waits[other] == 0:
                order[num_ready] = other
                num_ready += 1
