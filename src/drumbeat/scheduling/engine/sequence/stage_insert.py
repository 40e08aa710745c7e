"""Kernels: list scheduling of a hybrid flow shop, stage by stage, and the makespans of all places of a job.

At the first stage the jobs come in the order that is searched, at each later one as they arrive; each goes to the
machine that is free first. All machines of a stage are alike, and there are few of them.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import bare, njit


@bare
def _sort_by_arrival(queue: np.ndarray, arrival: np.ndarray, size: int) -> None:
    """Sort jobs by their arrival; they nearly are, and keep their order where they arrive together."""
    for i in range(1, size):
        job = queue[i]
        moment = arrival[job]
        p = i - 1
        while p >= 0 and arrival[queue[p]] > moment:
            queue[p + 1] = queue[p]
            p -= 1
        queue[p + 1] = job


@bare
def pass_stages(
    run: np.ndarray, rest: np.ndarray, machines: np.ndarray, queue: np.ndarray, size: int, room: np.ndarray, limit: int
) -> int:
    """Return the makespan of jobs that come in the order of a queue, or the limit as soon as it will be reached.

    Parameters
    ----------
    run, rest
        Shape (n, S): duration of each job at each stage, and all that comes after that stage.
    machines
        Shape (S,): machines at each stage.
    queue
        Shape (n,) or more: the jobs; sorted anew.
    size
        How many.
    room
        Shape (2, K), int32, K at least n and the most machines at a stage: arrivals, and when machines get free.
    limit
        What the makespan must stay below to be of interest.
    """
    arrival, free = room[0], room[1]
    for i in range(size):
        arrival[queue[i]] = 0
    latest = np.int32(0)
    for s in range(run.shape[1]):
        if s > 0:
            _sort_by_arrival(queue, arrival, size)
        width = machines[s]
        for k in range(width):
            free[k] = 0
        for i in range(size):
            job = queue[i]
            first = 0
            for k in range(1, width):
                if free[k] < free[first]:
                    first = k
            end = max(free[first], arrival[job]) + run[job, s]
            if end + rest[job, s] >= limit:
                return limit
            free[first] = end
            arrival[job] = end
            latest = max(latest, end)
    return int(latest)


@njit(nogil=True)
def time_stages(
    run: np.ndarray, machines: np.ndarray, order: np.ndarray, start: np.ndarray, machine: np.ndarray
) -> int:
    """Schedule an order of all jobs, and return the makespan.

    Parameters
    ----------
    run, machines
        As `pass_stages` takes them.
    order
        Shape (n,), int64.
    start, machine
        Shape (n, S), int64: set to the start of each job at each stage, and to its machine there, from 0.
    """
    n = len(run)
    queue, latest = order.copy(), 0
    arrival, free = np.zeros(n, np.int64), np.zeros(machines.max(), np.int64)
    for s in range(run.shape[1]):
        _sort_by_arrival(queue, arrival, n if s > 0 else 0)
        free[:] = 0
        for job in queue:
            first = np.argmin(free[: machines[s]])
            start[job, s] = max(free[first], arrival[job])
            machine[job, s] = first
            free[first] = arrival[job] = start[job, s] + run[job, s]
            latest = max(latest, free[first])
    return latest
