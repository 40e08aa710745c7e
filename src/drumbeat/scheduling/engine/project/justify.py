"""Kernels that tighten a schedule: backwards from its end, then forwards from its start, while that helps.

Forward-backward improvement ("double justification", Valls, Ballestin and Quintanilla 2005): each pass takes the tasks
in the order of the schedule before, so that none of them moves the wrong way and no pass makes it longer.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.project.place_tasks import Network, place_all


class Bench(NamedTuple):
    """Scratch for justifying: two schedules, an order, what binds each task backwards, and the ends of jobs."""

    start: Int64s
    order: Int64s
    earliest: Int64s
    job_end: Int64s
    key: Int64s


def make_bench(network: Network) -> Bench:
    """Make the scratch for a network."""
    num_tasks = len(network.release)
    start, order, earliest, key = (np.zeros(num_tasks, np.int64) for _ in range(4))
    return Bench(start, order, earliest, np.zeros(len(network.due), np.int64), key)


@bare
def sort_by(order, key):  # type: ignore[no-untyped-def]
    """Sort an order by a key of its tasks, in place; it is nearly sorted, and equals keep their order."""
    for i in range(1, len(order)):
        task = order[i]
        own = key[task]
        k = i - 1
        while k >= 0 and key[order[k]] > own:
            order[k + 1] = order[k]
            k -= 1
        order[k + 1] = task


@bare
def measure(net, mode, start, job_end):  # type: ignore[no-untyped-def]
    """Return the cost of a schedule and its last end; fill the ends of jobs."""
    job_end[:] = 0
    last = 0
    for task in range(len(start)):
        end = start[task] + net.run[mode[task]]
        last = max(last, end)
        job_end[net.job[task]] = max(job_end[net.job[task]], end)
    cost = net.span_cost * last
    for job in range(len(job_end)):
        late = job_end[job] - net.due[job]
        if late > 0:
            cost += net.weight[job] * late + net.late_cost[job]
    return cost, last


@bare
def _justify_once(net, room, bench, order, mode, start, last):  # type: ignore[no-untyped-def]
    """Push all tasks of a schedule to the right, no job beyond its end or due time, and back to the left."""
    size = len(order)
    for i in range(size):
        bench.order[i] = order[size - 1 - i]
    for task in range(size):
        job = net.job[task]
        bench.earliest[task] = 0
        if net.weight[job] > 0.0 or net.late_cost[job] > 0.0:
            bench.earliest[task] = max(0, last - max(bench.job_end[job], net.due[job]))
        bench.key[task] = last - start[task] - net.run[mode[task]]
    sort_by(bench.order, bench.key)
    place_all(net, room, bench.order, mode, bench.earliest, True, bench.start)
    for i in range(size):
        order[i] = bench.order[size - 1 - i]
    for task in range(size):
        bench.key[task] = last - bench.start[task] - net.run[mode[task]]
    sort_by(order, bench.key)
    place_all(net, room, order, mode, net.release, False, start)
    sort_by(order, start)


@bare
def justify(net, room, bench, order, mode, start, rounds):  # type: ignore[no-untyped-def]
    """Justify a schedule while its cost falls, at most so many rounds; return its cost.

    `order` and `start` are changed: the order becomes that of the starts.
    """
    sort_by(order, start)
    cost, last = measure(net, mode, start, bench.job_end)
    for _ in range(rounds):
        _justify_once(net, room, bench, order, mode, start, last)
        new_cost, last = measure(net, mode, start, bench.job_end)
        if new_cost >= cost:
            break
        cost = new_cost
    return cost
