"""Kernels: the best place for a job in a flow shop's order, all places tried at once.

For makespan by Taillard's heads and tails, in n x m steps. For sums over jobs there is no such shortcut, but all the
orders in which a job stands before place i share the jobs that follow: they run through the machines side by side,
one vector lane each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.compiled import inner
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
    room, whole, cost, queue
        Scratch: shape (3, m, K) with K at least n + 2 and the most machines at a stage, and (n + 2,), int32; (n + 2,),
        float64; (n + 2,), int64.
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
    luck: np.ndarray
    has_setups: bool
    aim: int


@inner
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


@inner
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


@inner
def _try_makespans(data: FlowData, order: np.ndarray, size: int, job: int) -> None:
    """Set cost[i] to the makespan with a job put in before place i, for 0 <= i <= size."""
    _fill_heads(data, order, size)
    _fill_tails(data, order, size)
    head, tail, end, cost = data.room[0], data.room[1], data.room[2], data.cost
    m = data.run.shape[1]
    whole = data.whole
    for i in range(size + 1):
        end[0, i] = 0
        whole[i] = 0
    last = len(data.run)
    for k in range(m):
        run = data.run[job, k]
        if data.has_setups:
            before = last
            for i in range(size + 1):
                here = max(end[0, i], head[k, i] + data.setup[before, job, k]) + run
                end[0, i] = here
                rest = tail[k, i]
                if i < size:
                    before = order[i]
                    rest += data.setup[job, before, k]
                whole[i] = max(whole[i], here + rest)
        else:
            for i in range(size + 1):
                here = max(end[0, i], head[k, i]) + run
                end[0, i] = here
                whole[i] = max(whole[i], here + tail[k, i])
    for i in range(size + 1):
        cost[i] = whole[i]


@inner
def _follow(data: FlowData, size: int, last: int, inserted: int, job: int) -> None:
    """Let a job follow in all orders 0 to size - 1: after `last`, but in the latest order after the one put in."""
    end, cost, m = data.room[2], data.cost, data.run.shape[1]
    latest = size - 1
    extra = np.int32(0)
    plain = np.int32(0)
    for k in range(m):
        run = data.run[job, k]
        if data.has_setups:
            plain = data.setup[last, job, k]
            extra = data.setup[inserted, job, k] - plain
            end[k, latest] += extra
        if k == 0:
            whole = plain + run
            for i in range(size):
                end[0, i] += whole
        else:
            for i in range(size):
                end[k, i] = max(end[k, i] + plain, end[k - 1, i]) + run
    weight = data.weight[job]
    if weight > 0:
        due = data.due[job]
        for i in range(size):
            cost[i] += weight * max(end[m - 1, i] - due, 0)


@inner
def _try_sums(data: FlowData, order: np.ndarray, size: int, job: int) -> None:
    """Set cost[i] to the weighted tardiness with a job put in before place i, for 0 <= i <= size."""
    end, head, cost, m = data.room[2], data.room[0], data.cost, data.run.shape[1]
    last = len(data.run)
    for k in range(m):
        head[k, 0] = 0
    so_far = 0.0
    for t in range(size + 1):
        here = np.int32(0)
        for k in range(m):
            ready = head[k, 0]
            if data.has_setups:
                ready += data.setup[last, job, k]
            here = max(here, ready) + data.run[job, k]
            end[k, t] = here
        cost[t] = so_far + data.weight[job] * max(here - data.due[job], 0)
        if t == size:
            break
        follower = order[t]
        _follow(data, t + 1, last, job, follower)
        here = np.int32(0)
        for k in range(m):
            ready = head[k, 0]
            if data.has_setups:
                ready += data.setup[last, follower, k]
            here = max(here, ready) + data.run[follower, k]
            head[k, 0] = here
        so_far += data.weight[follower] * max(here - data.due[follower], 0)
        last = follower


@inner
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


@inner
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


@inner
def take_out(order: np.ndarray, size: int, place: int) -> int:
    """Take the job at a place out of an order of `size` jobs, and return it."""
    job = order[place]
    for i in range(place, size - 1):
        order[i] = order[i + 1]
    return job
