"""A plain shop with due dates, laid out for kernels: jobs in one piece, every task after those that it waits for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem


class DueShop(NamedTuple):
    """Jobs whose tasks wait for tasks of the same job only; places 0 to T - 1 run through the jobs one by one.

    Parameters
    ----------
    task
        Shape (T,): the task at each place.
    job, release
        Shape (T,), by place: its job, and its earliest start.
    ptr
        Shape (J + 1,): job j lies from place `ptr[j]` to `ptr[j + 1] - 1`.
    before_ptr, before
        CSR over places: the places that must have ended, all earlier in the same job.
    way_ptr, mode, machine, run
        CSR over places: the ways to do it, as modes of the problem, with machine and run seconds.
    due, late_price, late_cost
        Shape (J,): due time, and what a second late and being late at all add to the objective.
    work
        Shape (J,): seconds of work, by the shortest ways.
    first
        Shape (R + 1,): room for what each machine can do.
    """

    task: Int32s
    job: Int32s
    release: Int64s
    ptr: Int64s
    before_ptr: Int64s
    before: Int32s
    way_ptr: Int64s
    mode: Int32s
    machine: Int32s
    run: Int64s
    due: Int64s
    late_price: Floats
    late_cost: Floats
    work: Int64s
    first: Int64s


def spread(ptr: Int64s, rows: Int32s | Int64s) -> Int64s:
    """Return the places in a flat array of the entries of some rows, one row after the other."""
    sizes = ptr[rows + 1] - ptr[rows]
    return np.arange(int(sizes.sum())) + np.repeat(ptr[rows] - np.cumsum(sizes) + sizes, sizes)


def lay_out_due_shop(problem: Problem) -> DueShop:
    """Lay out a shop whose links join tasks of one job, without lags."""
    tasks, modes, links, n = problem.tasks, problem.modes, problem.links, problem.num_tasks
    into = np.argsort(links.after, kind="stable")
    out = np.argsort(links.before, kind="stable")
    num_before, num_after = (np.bincount(ends, minlength=n) for ends in (links.after, links.before))
    rank = _rank_tasks(num_before, _pointer(num_after), links.after[out])
    task = np.lexsort((rank, tasks.job)).astype(np.int32)
    place = np.empty(n, np.int32)
    place[task] = np.arange(n, dtype=np.int32)
    way = spread(modes.task_ptr, task)
    num_ways = np.diff(modes.task_ptr)
    shortest = np.minimum.reduceat(modes.run_seconds, modes.task_ptr[:-1])
    has_due = problem.jobs.due < FAR_FUTURE
    machine = modes.resource[modes.resource_ptr[:-1]]
    return DueShop(
        task,
        tasks.job[task].astype(np.int32),
        np.maximum(tasks.release, problem.jobs.release[tasks.job])[task].astype(np.int64),
        _pointer(np.bincount(tasks.job, minlength=problem.num_jobs)),
        _pointer(num_before[task]),
        place[links.before[into][spread(_pointer(num_before), task)]],
        _pointer(num_ways[task]),
        way.astype(np.int32),
        machine[way].astype(np.int32),
        modes.run_seconds[way].astype(np.int64),
        problem.jobs.due.astype(np.int64),
        np.where(has_due, problem.objective.tardiness * problem.jobs.weight / HOUR, 0.0),
        np.where(has_due, problem.objective.num_late, 0.0),
        np.bincount(tasks.job, weights=shortest, minlength=problem.num_jobs).astype(np.int64),
        _pointer(np.bincount(machine, minlength=problem.num_resources)),
    )


def _pointer(sizes: Int64s) -> Int64s:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


@njit(nogil=True)
def _rank_tasks(num_before: Int64s, after_ptr: Int64s, after: Int32s) -> Int64s:
    """Number the tasks so that each comes after those that it waits for."""
    n = len(num_before)
    left, rank, line = num_before.copy(), np.zeros(n, np.int64), np.empty(n, np.int64)
    size = 0
    for t in range(n):
        if left[t] == 0:
            line[size] = t
            size += 1
    i = 0
    while i < size:
        rank[line[i]] = i
        for a in range(after_ptr[line[i]], after_ptr[line[i] + 1]):
            left[after[a]] -= 1
            if left[after[a]] == 0:
                line[size] = after[a]
                size += 1
        i += 1
    return rank


@njit(nogil=True)
def measure_lateness(shop: DueShop, end: Int64s) -> float:
    """Return what being late adds to the objective, from the end of each place, shape (T,)."""
    total = 0.0
    for j in range(len(shop.due)):
        last = 0
        for p in range(shop.ptr[j], shop.ptr[j + 1]):
            last = max(last, end[p])
        if last > shop.due[j]:
            total += shop.late_price[j] * (last - shop.due[j]) + shop.late_cost[j]
    return total
