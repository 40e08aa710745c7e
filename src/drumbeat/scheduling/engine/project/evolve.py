"""Kernels of the genetic search: a population of schedules, each the order of its starts and the modes of its tasks.

A child keeps one parent's order within a stretch of that parent's schedule, the other's before and after; it is placed,
justified, and takes the place of the worst when it is better and no twin of any.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, inlined, njit
from drumbeat.scheduling.engine.project.choose_modes import repair_modes
from drumbeat.scheduling.engine.project.justify import justify
from drumbeat.scheduling.engine.project.luck import draw_below, draw_share
from drumbeat.scheduling.engine.project.place_tasks import Network, place_all, place_choosing
from drumbeat.scheduling.engine.project.sample import draw_modes, draw_priority, place_by_priority

REPAIRS = 30
"""Changes of mode tried for each task to keep within budgets."""
ROUNDS = 2
"""Of forward-backward improvement for a child, at most."""


class Population(NamedTuple):
    """Schedules, shape (P, T) each, and their costs (P,); the last row is the child's.

    `is_open`, `slot`, `waits`, `rank`, `priority` are scratch of shape (T,) (`priority` (T + J,)).
    """

    order: Int64s
    mode: Int64s
    start: Int64s
    cost: Floats
    is_open: Bools
    slot: Int64s
    waits: Int64s
    priority: Floats
    is_taken: Bools


def make_population(network: Network, size: int) -> Population:
    """Make an empty population of `size` schedules."""
    num_tasks = len(network.release)
    order, mode, start = (np.zeros((size + 1, num_tasks), np.int64) for _ in range(3))
    return Population(
        order,
        mode,
        start,
        np.full(size + 1, np.inf),
        np.zeros(num_tasks, np.bool_),
        np.zeros(num_tasks, np.int64),
        np.zeros(num_tasks, np.int64),
        np.zeros(num_tasks + len(network.due), np.float64),
        np.zeros(num_tasks, np.bool_),
    )


@bare
def _settle(net, room, bench, pop, row, luck, openness):  # type: ignore[no-untyped-def]
    """Place the order of a row, choosing the modes of some tasks, and justify it."""
    is_choosing = False
    if openness > 0.0:
        for task in range(len(pop.is_open)):
            several = net.mode_ptr[task + 1] - net.mode_ptr[task] > 1
            pop.is_open[task] = several and draw_share(luck) < openness
            is_choosing = is_choosing or pop.is_open[task]
    order, mode, start = pop.order[row], pop.mode[row], pop.start[row]
    if is_choosing:
        place_choosing(net, room, order, mode, start, pop.is_open)
    else:
        place_all(net, room, order, mode, net.release, False, start)
    pop.cost[row] = justify(net, room, bench, order, mode, start, ROUNDS)


@njit(nogil=True, _nrt=False)
def fill(net, room, bench, pop, first, until, base_mode, luck):  # type: ignore[no-untyped-def]
    """Fill rows `first` to `until` - 1 with schedules from random priorities; `base_mode` is within budgets."""
    for row in range(first, until):
        spread = 0.0 if row == 0 else 0.6 * draw_share(luck)
        draw_priority(net, luck, spread, pop.priority)
        draw_modes(net, luck, draw_share(luck), pop.mode[row])
        if row == 0 or not repair_modes(net, room, pop.mode[row], luck, REPAIRS * len(base_mode)):
            for task in range(len(base_mode)):
                pop.mode[row, task] = base_mode[task]
        is_parallel = row % 2 == 0
        place_by_priority(
            net, room, pop.priority, is_parallel, pop.mode[row], pop.start[row], pop.order[row], pop.slot, pop.waits
        )
        pop.cost[row] = justify(net, room, bench, pop.order[row], pop.mode[row], pop.start[row], ROUNDS)


@bare
def _cross(pop, mother, father, child, first, last):  # type: ignore[no-untyped-def]
    """Order the child: the father's tasks at places `first` to `last` - 1 in his order, all others in the mother's."""
    order = pop.order
    side = pop.waits
    for i in range(order.shape[1]):
        task = order[father, i]
        side[task] = 0 if i < first else (1 if i < last else 2)
        if first <= i < last:
            order[child, i] = task
            pop.mode[child, task] = pop.mode[father, task]
    front, back = 0, last
    for i in range(order.shape[1]):
        task = order[mother, i]
        if side[task] == 1:
            continue
        pop.mode[child, task] = pop.mode[mother, task]
        if side[task] == 0:
            order[child, front] = task
            front += 1
        else:
            order[child, back] = task
            back += 1


@bare
def _cross_points(pop, mother, father, child, first, last):  # type: ignore[no-untyped-def]
    """Order the child: the mother's first tasks, then of the others the father's first, then the rest as the mother."""
    order = pop.order
    size = order.shape[1]
    pop.is_taken[:] = False
    for i in range(first):
        task = order[mother, i]
        order[child, i] = task
        pop.mode[child, task] = pop.mode[mother, task]
        pop.is_taken[task] = True
    place = first
    for i in range(size):
        if place >= last:
            break
        task = order[father, i]
        if not pop.is_taken[task]:
            order[child, place] = task
            pop.mode[child, task] = pop.mode[father, task]
            pop.is_taken[task] = True
            place += 1
    for i in range(size):
        task = order[mother, i]
        if not pop.is_taken[task]:
            order[child, place] = task
            pop.mode[child, task] = pop.mode[mother, task]
            place += 1


@bare
def _move_some(net, pop, child, luck, odds):  # type: ignore[no-untyped-def]
    """Move tasks of the child, each with the odds given, to another place between those before and after it."""
    order, size = pop.order[child], pop.order.shape[1]
    num_moves = np.int64(odds * size + draw_share(luck))
    for _ in range(num_moves):
        i = draw_below(luck, size)
        task = order[i]
        reach = 1 + draw_below(luck, max(2, size // 8))
        step = 1 if draw_share(luck) < 0.5 else -1
        while reach > 0 and 0 <= i + step < size and not _is_linked(net, task, order[i + step], step):
            order[i] = order[i + step]
            i += step
            reach -= 1
        order[i] = task


@inlined
def _is_linked(net, task, other, step):  # type: ignore[no-untyped-def]
    """Whether another task follows (`step` 1) or precedes (-1) a task by a link."""
    first, second = (task, other) if step > 0 else (other, task)
    is_linked = False
    for e in range(net.after_ptr[first], net.after_ptr[first + 1]):
        is_linked = is_linked or net.after[e] == second
    return is_linked


@bare
def _pick(pop, luck):  # type: ignore[no-untyped-def]
    """Pick a parent: the better of two."""
    size = len(pop.cost) - 1
    a, b = draw_below(luck, size), draw_below(luck, size)
    return a if pop.cost[a] <= pop.cost[b] else b


@bare
def _find_twin(pop, child):  # type: ignore[no-untyped-def]
    """Return the row of a schedule equal to the child's, -1 for none."""
    for row in range(len(pop.cost) - 1):
        is_twin = pop.cost[row] == pop.cost[child]
        task = 0
        while is_twin and task < pop.start.shape[1]:
            is_twin = pop.start[row, task] == pop.start[child, task]
            task += 1
        if is_twin:
            return row
    return -1


@bare
def _replace(pop, row, child):  # type: ignore[no-untyped-def]
    """Let the child take the place of a row."""
    for i in range(pop.order.shape[1]):
        pop.order[row, i] = pop.order[child, i]
        pop.mode[row, i] = pop.mode[child, i]
        pop.start[row, i] = pop.start[child, i]
    pop.cost[row] = pop.cost[child]


@njit(nogil=True, _nrt=False)
def breed(net, room, bench, pop, luck, num_children, moves, openness):  # type: ignore[no-untyped-def]
    """Breed children; return the row of the best schedule, and how many children were kept.

    Parameters
    ----------
    num_children
        How many.
    moves
        Share of a child's tasks that are moved in its order.
    openness
        Share of tasks with several modes that choose theirs anew where they are placed; as many change at random.
    """
    size = len(pop.cost) - 1
    num_tasks = pop.order.shape[1]
    kept = 0
    is_flexible = len(net.run) > num_tasks
    for _ in range(num_children):
        mother, father = _pick(pop, luck), _pick(pop, luck)
        length = max(1, np.int64(num_tasks * (0.1 + 0.5 * draw_share(luck))))
        first = draw_below(luck, num_tasks - length + 1)
        rival = mother
        if draw_share(luck) < openness:
            _cross(pop, mother, father, size, first, first + length)
            rival = father
        else:
            _cross_points(pop, mother, father, size, first, first + length)
        _move_some(net, pop, size, luck, moves * draw_share(luck))
        if is_flexible:
            for task in range(num_tasks):
                if draw_share(luck) < 0.02:
                    count = net.mode_ptr[task + 1] - net.mode_ptr[task]
                    pop.mode[size, task] = net.mode_ptr[task] + draw_below(luck, count)
            if not repair_modes(net, room, pop.mode[size], luck, REPAIRS * num_tasks):
                for task in range(num_tasks):
                    pop.mode[size, task] = pop.mode[mother, task]
        _settle(net, room, bench, pop, size, luck, openness * draw_share(luck) if is_flexible else 0.0)
        if pop.cost[size] <= pop.cost[rival] and _find_twin(pop, size) < 0:
            _replace(pop, rival, size)
            kept += 1
    best = 0
    for row in range(size):
        if pop.cost[row] < pop.cost[best]:
            best = row
    return best, kept


@njit(nogil=True, _nrt=False)
def adopt(net, room, bench, pop, mode, start):  # type: ignore[no-untyped-def]
    """Justify a schedule from elsewhere and let it take the place of the worst, if it is better and no twin."""
    child = len(pop.cost) - 1
    for task in range(len(mode)):
        pop.mode[child, task] = mode[task]
        pop.start[child, task] = start[task]
        pop.order[child, task] = pop.order[0, task]
    pop.cost[child] = justify(net, room, bench, pop.order[child], pop.mode[child], pop.start[child], ROUNDS)
    worst = 0
    for row in range(child):
        if pop.cost[row] > pop.cost[worst]:
            worst = row
    if pop.cost[child] < pop.cost[worst] and _find_twin(pop, child) < 0:
        _replace(pop, worst, child)


@njit(nogil=True, _nrt=False)
def find_modes(net, room, mode, luck, tries):  # type: ignore[no-untyped-def]
    """Change modes until no budget is overspent; return whether that succeeded."""
    return repair_modes(net, room, mode, luck, tries)
