"""Kernels: the best place for a job in a flow shop's order, all places tried at once.

For makespan by Taillard's heads and tails, in n x m steps. For sums over jobs there is no such shortcut, but all the
orders in which a job stands before place i share the jobs that follow: they run through the machines side by side,
one vector lane each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.sequence.flow_lanes import (
    BLOCK,
    add_tardiness,
    join_halves,
    pass_machines,
    round_up,
)
from drumbeat.scheduling.engine.sequence.luck import draw_below
from drumbeat.scheduling.engine.sequence.stage_insert import pass_stages

MAKESPAN, SUM, STAGES = 0, 1, 2
"""What an order is worth."""
NEVER = 2**30
"""Later than any end."""


class FlowData(NamedTuple):
    """What kernels know of a flow shop; see `FlowShop`.

    Parameters
    ----------
    run, setup, due, weight, has_setups
        Those of the flow shop.
    rest, machines
        Of a hybrid flow shop: what `pass_stages` takes; otherwise of shape (1, 1) and (1,).
    room, whole, cost, queue, none
        Scratch, made by `make_scratch`.
    luck
        Shape (1,), uint64.
    aim
        `MAKESPAN`, `SUM` (weighted tardiness) or `STAGES` (makespan of a hybrid flow shop).
    """

    run: np.ndarray
    setup: np.ndarray
    due: np.ndarray
    weight: np.ndarray
    rest: np.ndarray
    machines: np.ndarray
    room: np.ndarray
    whole: np.ndarray
    cost: np.ndarray
    queue: np.ndarray
    none: np.ndarray
    luck: np.ndarray
    has_setups: bool
    aim: int


def make_scratch(n: int, m: int, widest: int) -> tuple[Int32s, Int32s, Floats, Int64s, Int32s]:
    """Make the scratch of a flow shop of n jobs and m machines, or of m stages of at most `widest` machines."""
    lanes = -(-max(n + 2, widest) // BLOCK) * BLOCK
    room, whole = np.zeros((3, m, lanes), np.int32), np.zeros(lanes, np.int32)
    return room, whole, np.zeros(lanes), np.zeros(lanes, np.int64), np.zeros(m, np.int32)


@bare
def _fill_heads(data: FlowData, order: np.ndarray, size: int) -> None:
    """Set room[0, k, i] to the end of place i - 1 on machine k, 0 for i = 0."""
    head, m = data.room[0], data.run.shape[1]
    last = len(data.run)
    for k in range(m):
        head[k, 0] = 0
    for i in range(size):
        j = order[i]
        end = np.int32(0)
        for k in range(m):
            ready = head[k, i]
            if data.has_setups:
                ready += data.setup[last, j, k]
            end = max(end, ready) + data.run[j, k]
            head[k, i + 1] = end
        last = j


@bare
def _fill_tails(data: FlowData, order: np.ndarray, size: int) -> None:
    """Set room[1, k, i] to the time from the start of place i on machine k to the last end, 0 for i = size."""
    tail, m = data.room[1], data.run.shape[1]
    for k in range(m):
        tail[k, size] = 0
    for i in range(size - 1, -1, -1):
        j = order[i]
        rest = np.int32(0)
        for k in range(m - 1, -1, -1):
            after = tail[k, i + 1]
            if data.has_setups and i + 1 < size:
                after += data.setup[j, order[i + 1], k]
            rest = max(rest, after) + data.run[j, k]
            tail[k, i] = rest


@bare
def _try_makespans(data: FlowData, order: np.ndarray, size: int, job: int) -> None:
    """Set cost[i] to the makespan with a job put in before place i, for 0 <= i <= size."""
    _fill_heads(data, order, size)
    _fill_tails(data, order, size)
    head, tail, whole = data.room[0], data.room[1], data.whole
    if data.has_setups:
        for k in range(data.run.shape[1]):
            last = len(data.run)
            for i in range(size + 1):
                head[k, i] += data.setup[last, job, k]
                if i < size:
                    last = order[i]
                    tail[k, i] += data.setup[job, last, k]
    join_halves(head, tail, data.room[2, 0], whole, round_up(size + 1), data.run[job])
    for i in range(size + 1):
        data.cost[i] = whole[i]


@bare
def _follow(data: FlowData, size: int, last: int, inserted: int, job: int) -> None:
    """Let a job follow in orders 0 to size - 1: after `last`, but in the latest order after the one put in."""
    end, lanes = data.room[2], round_up(size)
    setup = data.none
    if data.has_setups:
        setup = data.setup[last, job]
        for k in range(len(setup)):
            end[k, size - 1] += data.setup[inserted, job, k] - setup[k]
    pass_machines(end, data.whole, lanes, data.run[job], setup)
    if data.weight[job] > 0:
        add_tardiness(data.cost, data.whole, lanes, data.weight[job], data.due[job])


@bare
def _try_sums(data: FlowData, order: np.ndarray, size: int, job: int) -> None:
    """Set cost[i] to the weighted tardiness with a job put in before place i, for 0 <= i <= size.

    Lane 0 is the order without the job; in lane i + 1 it stands before place i.
    """
    end, cost, m = data.room[2], data.cost, data.run.shape[1]
    last = len(data.run)
    end[:, 0] = 0
    cost[0] = 0.0
    for t in range(size + 1):
        here = np.int32(0)
        for k in range(m):
            ready = end[k, 0]
            if data.has_setups:
                ready += data.setup[last, job, k]
            here = max(here, ready) + data.run[job, k]
            end[k, t + 1] = here
        cost[t + 1] = cost[0] + data.weight[job] * max(here - data.due[job], 0)
        if t < size:
            _follow(data, t + 2, last, job, order[t])
            last = order[t]
    for i in range(size + 1):
        cost[i] = cost[i + 1]


@bare
def _try_stages(data: FlowData, order: np.ndarray, size: int, job: int) -> None:
    """Set cost[i] to the makespan with a job put in before place i, for 0 <= i <= size; infinite for some that are not
    the best."""
    room, queue = data.room[0], data.queue
    limit = NEVER
    for i in range(size + 1):
        for p in range(i):
            queue[p] = order[p]
        queue[i] = job
        for p in range(i, size):
            queue[p + 1] = order[p]
        # One above the best, so that equal places are known.
        value = pass_stages(data.run, data.rest, data.machines, queue, size + 1, room, limit)
        data.cost[i] = value if value < limit else np.inf
        limit = min(limit, value + 1)


@bare
def insert_best(data: FlowData, order: np.ndarray, size: int, job: int) -> float:
    """Put a job into the best place of an order of `size` jobs; luck decides between equal places.

    Returns the makespan, or the weighted tardiness, of the order of size + 1 jobs.
    """
    if data.aim == MAKESPAN:
        _try_makespans(data, order, size, job)
    elif data.aim == STAGES:
        _try_stages(data, order, size, job)
    else:
        _try_sums(data, order, size, job)
    cost = data.cost
    best = cost[0]
    for i in range(1, size + 1):
        best = min(best, cost[i])
    count = 0
    for i in range(size + 1):
        count += cost[i] == best
    chosen = draw_below(data.luck, count) if count > 1 else 0
    place = 0
    while cost[place] != best or chosen > 0:
        chosen -= cost[place] == best
        place += 1
    for i in range(size, place, -1):
        order[i] = order[i - 1]
    order[place] = job
    return best


@bare
def take_out(order: np.ndarray, size: int, place: int) -> int:
    """Take the job at a place out of an order of `size` jobs, and return it."""
    job = order[place]
    for i in range(place, size - 1):
        order[i] = order[i + 1]
    return job
