"""Kernels that squeeze a project: rearrange what lies in a stretch of time so that all after it can come earlier.

What starts before the stretch stays at its place as early as it can be; what starts after it stands as late as it can
be for the end that is aimed at. The tasks between are placed into the hole that is left, in one order after the other:
an order is kept when its tasks overrun their latest ends by no more than those of the order before. When none overruns,
the whole is a schedule with the end aimed at. An order of forty tasks takes microseconds, a whole schedule a hundred
times as long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.compiled import bare, inlined, njit
from drumbeat.scheduling.engine.project.justify import sort_by
from drumbeat.scheduling.engine.project.luck import draw_below, draw_share
from drumbeat.scheduling.engine.project.place_tasks import (
    Network,
    clear,
    count_rows,
    find_slot,
    look_for_slot,
    place_all,
    take,
    take_slot,
)

SWAPS = 10
"""Orders tried for each task of the stretch, at most."""
MOST_ORDERS = 1000
STAY = 0.06
"""Odds to stop at an order that fits, where no earlier end is aimed at: the lower, the more has changed."""
BEFORE, INSIDE, AFTER = 0, 1, 2


class Hole(NamedTuple):
    """Scratch of squeezing; shape (T,) each.

    `right` are the latest starts, `side` on which side of the stretch a task is, `inside` the order of those in it,
    `trial` an order that is tried, `first` and `last` what tasks outside allow as earliest start and latest end,
    `start` what came of it, `key` and `order` for sorting, `zero` nothing, and `base_*` the room without
    the stretch.
    """

    right: Int64s
    side: Int64s
    inside: Int64s
    trial: Int64s
    first: Int64s
    last: Int64s
    start: Int64s
    key: Int64s
    order: Int64s
    zero: Int64s
    base_time: Int64s
    base_follow: Int64s
    base_free: Int64s
    base_size: Int64s


def make_hole(network: Network) -> Hole:
    """Make the scratch for a network."""
    num_tasks, rows = len(network.release), count_rows(network)
    nodes = 1 if network.horizon else rows
    return Hole(
        right=np.zeros(num_tasks, np.int64),
        side=np.zeros(num_tasks, np.int64),
        inside=np.zeros(num_tasks, np.int64),
        trial=np.zeros(num_tasks, np.int64),
        first=np.zeros(num_tasks, np.int64),
        last=np.zeros(num_tasks, np.int64),
        start=np.zeros(num_tasks, np.int64),
        key=np.zeros(num_tasks, np.int64),
        order=np.zeros(num_tasks, np.int64),
        zero=np.zeros(num_tasks, np.int64),
        base_time=np.zeros(nodes, np.int64),
        base_follow=np.zeros(nodes, np.int64),
        base_free=np.tile(network.full, (rows, 1)),
        base_size=np.zeros(1, np.int64),
    )


@bare
def _push_right(net, room, hole, order, mode, start, end):  # type: ignore[no-untyped-def]
    """Fill `hole.right` with the latest starts in the schedule's own order, for a last end of `end`."""
    size = len(order)
    span = 0
    for task in range(size):
        span = max(span, start[task] + net.run[mode[task]])
    for i in range(size):
        task = order[size - 1 - i]
        hole.order[i] = task
        hole.key[task] = span - start[task] - net.run[mode[task]]
    sort_by(hole.order, hole.key)
    place_all(net, room, hole.order, mode, hole.zero, True, hole.right)
    for task in range(size):
        hole.right[task] = end - hole.right[task] - net.run[mode[task]]


@bare
def _divide(net, hole, order, mode, start, begin, length):  # type: ignore[no-untyped-def]
    """Say on which side of the stretch each task is; return the number of those inside, -1 where there is no room."""
    longest = 0
    for task in order:
        if start[task] < begin:
            hole.side[task] = BEFORE
            longest = max(longest, start[task] + net.run[mode[task]])
        else:
            hole.side[task] = INSIDE
    until = max(begin + length, longest)
    count = 0
    for task in order:
        if hole.side[task] == INSIDE:
            if hole.right[task] >= until:
                hole.side[task] = AFTER
            else:
                hole.inside[count] = task
                count += 1
    return count


@bare
def _keeps_links(net, hole, mode, start, task):  # type: ignore[no-untyped-def]
    """Whether a task after the stretch keeps its release and its links to those before the stretch."""
    keeps = hole.right[task] >= net.release[task]
    for e in range(net.before_ptr[task], net.before_ptr[task + 1]):
        other = net.before[e]
        if hole.side[other] == BEFORE:
            end = start[other] + net.run[mode[other]]
            keeps = keeps and end + net.before_lag[e] <= hole.right[task]
    return keeps


@bare
def _lay_sides(net, room, hole, order, mode, start):  # type: ignore[no-untyped-def]
    """Lay the room of both sides; return whether they fit together."""
    clear(net, room)
    for task in order:
        if hole.side[task] == AFTER and not _keeps_links(net, hole, mode, start, task):
            return False
        if hole.side[task] != INSIDE:
            moment = start[task] if hole.side[task] == BEFORE else hole.right[task]
            when, node = look_for_slot(net, room, mode[task], 0, moment)
            if when != moment:
                return False
            take_slot(net, room, task, mode[task], when, node)
            hole.start[task] = moment
    # Beyond what is in use a grid is free; so is the base, which may have been in use further.
    size = room.size[0]
    _copy_rows(net, 0, max(size, hole.base_size[0]) if net.horizon > 0 else size, room.free, hole.base_free)
    hole.base_size[0] = size
    if net.horizon == 0:
        for i in range(room.size[0]):
            hole.base_time[i] = room.time[i]
            hole.base_follow[i] = room.follow[i]
    return True


@inlined
def _copy_rows(net, first, until, source, target):  # type: ignore[no-untyped-def]
    for i in range(first, until):
        for w in range(len(net.full)):
            target[i, w] = source[i, w]


@bare
def _find_limits(net, hole, mode, start, begin, count, end):  # type: ignore[no-untyped-def]
    """Fill what tasks outside the stretch, and releases, allow to those inside."""
    for i in range(count):
        task = hole.inside[i]
        first, last = max(begin, net.release[task]), end
        for e in range(net.before_ptr[task], net.before_ptr[task + 1]):
            other = net.before[e]
            if hole.side[other] == BEFORE:
                first = max(first, start[other] + net.run[mode[other]] + net.before_lag[e])
        for e in range(net.after_ptr[task], net.after_ptr[task + 1]):
            other = net.after[e]
            if hole.side[other] == AFTER:
                last = min(last, hole.right[other] - net.after_lag[e])
        hole.first[task], hole.last[task] = first, last


@inlined
def _reset(net, room, hole, nodes, begin):  # type: ignore[no-untyped-def]
    """Empty the stretch."""
    if net.horizon > 0:
        _copy_rows(net, begin, room.size[0], hole.base_free, room.free)
        room.size[0] = nodes
        return
    room.size[0] = nodes
    _copy_rows(net, 0, nodes, hole.base_free, room.free)
    for i in range(nodes):
        room.time[i] = hole.base_time[i]
        room.follow[i] = hole.base_follow[i]


@bare
def _try_order(net, room, hole, nodes, first_node, mode, begin, count, most):  # type: ignore[no-untyped-def]
    """Place the tasks inside by `hole.trial`; return by how much they overrun, at most a bit more than `most`."""
    _reset(net, room, hole, nodes, begin)
    over = 0
    for i in range(count):
        task = hole.trial[i]
        earliest, last = hole.first[task], -1
        node = first_node
        for e in range(net.before_ptr[task], net.before_ptr[task + 1]):
            other = net.before[e]
            if hole.side[other] == INSIDE:
                other_end = hole.start[other] + net.run[mode[other]]
                earliest = max(earliest, other_end + net.before_lag[e])
                if other_end > last:
                    last, node = other_end, room.end_node[other]
        start, node = find_slot(net, room, mode[task], node, earliest)
        hole.start[task] = start
        take(net, room, task, mode[task], start, node)
        over += max(0, start + net.run[mode[task]] - hole.last[task])
        if over > most:
            return over
    return over


@inlined
def _shuffle(net, hole, count, luck):  # type: ignore[no-untyped-def]
    """Move a task of the trial to another place between those before and after it; return whether it moved."""
    i = draw_below(luck, count)
    target = draw_below(luck, count)
    task = hole.trial[i]
    step = 1 if target > i else -1
    moved = False
    while i != target:
        other = hole.trial[i + step]
        first, second = (task, other) if step > 0 else (other, task)
        for e in range(net.after_ptr[first], net.after_ptr[first + 1]):
            if net.after[e] == second:
                return moved
        hole.trial[i], hole.trial[i + step] = other, task
        i += step
        moved = True
    return moved


@njit(nogil=True, _nrt=False)
def squeeze(net, room, hole, order, mode, start, gain, length, tries, luck):  # type: ignore[no-untyped-def]
    """Try to end `gain` units earlier by rearranging one stretch after the other; return how many succeeded.

    Parameters
    ----------
    order, mode, start
        A schedule as early as can be, in the order of its starts; changed on success.
    gain
        0 or more; with 0 a stretch is only arranged anew.
    length
        Of the stretch, in units; `tries` such are tried, at random places.
    """
    succeeded = 0
    size = len(order)
    is_stale = True
    end = 0
    for _ in range(tries):
        if is_stale:
            end = -gain
            for task in range(size):
                end = max(end, start[task] + net.run[mode[task]] - gain)
            _push_right(net, room, hole, order, mode, start, end)
            is_stale = False
        begin = max(0, np.int64(draw_share(luck) * (end + length)) - length)
        count = _divide(net, hole, order, mode, start, begin, length)
        if count < 2 or not _lay_sides(net, room, hole, order, mode, start):
            continue
        if _arrange(net, room, hole, mode, start, begin, count, end, gain, luck):
            for task in range(size):
                start[task] = hole.start[task]
            sort_by(order, start)
            place_all(net, room, order, mode, net.release, False, start)
            sort_by(order, start)
            succeeded += 1
            is_stale = True
    return succeeded


@inlined
def _find_node(net, hole, moment):  # type: ignore[no-untyped-def]
    """Return the node of the base that a moment falls into."""
    node = 0
    if net.horizon == 0:
        while hole.base_follow[node] >= 0 and hole.base_time[hole.base_follow[node]] <= moment:
            node = hole.base_follow[node]
    return node


@bare
def _arrange(net, room, hole, mode, start, begin, count, end, gain, luck):  # type: ignore[no-untyped-def]
    """Look for an order of the tasks inside in which none overruns; return whether there is one."""
    nodes = room.size[0]
    first_node = _find_node(net, hole, begin)
    _find_limits(net, hole, mode, start, begin, count, end)
    for i in range(count):
        hole.trial[i] = hole.inside[i]
    # The order as it is, and then one in which some tasks have moved.
    best = 1 << 60
    for turn in range(min(SWAPS * count, MOST_ORDERS)):
        moved = turn == 0
        if turn:
            for _ in range(1 + draw_below(luck, 3)):
                moved = _shuffle(net, hole, count, luck) or moved
        if not moved:
            continue
        over = _try_order(net, room, hole, nodes, first_node, mode, begin, count, best)
        if over == 0 and (gain > 0 or (turn > 0 and draw_share(luck) < STAY)):
            return True
        if over <= best:
            best = over
            for i in range(count):
                hole.inside[i] = hole.trial[i]
        else:
            for i in range(count):
                hole.trial[i] = hole.inside[i]
    return False
