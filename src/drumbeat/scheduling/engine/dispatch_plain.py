"""Dispatch of plain job shops at a million tasks a second: one machine a task, always open, no setups.

Each machine keeps two binary heaps. A rule gives each task a key while it has slack and a key once it has none, and
the moment between; within each of the two states the order of two tasks never changes, so that the rules with a clock
(MDD, ATC) need no scan: an ATC index with slack falls by the same amount for all tasks that wait.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.machine_heaps import Heaps, make_heaps, pop, push
from drumbeat.scheduling.engine.problem import FINISH_START, Problem


def is_plain(problem: Problem) -> bool:
    """Whether a problem has nothing but machines of capacity 1, runs, releases and finish-start links."""
    modes, tasks, resources = problem.modes, problem.tasks, problem.resources
    return bool(
        problem.num_tasks > 0
        and len(modes.run_seconds) == problem.num_tasks
        and len(modes.resource) == problem.num_tasks
        and (np.diff(modes.resource_ptr) == 1).all()
        and (resources.calendar < 0).all()
        and (resources.capacity == 1).all()
        and (resources.setup_matrix < 0).all()
        and not modes.setup_seconds.any()
        and (tasks.fixed_start < 0).all()
        and not len(problem.materials.quantity)
        and (problem.links.kind == FINISH_START).all()
        and (problem.links.lag >= 0).all()
        and float(modes.run_seconds.sum()) + float(problem.links.lag.sum()) + float(tasks.release.max()) < 2**52
    )


class Plain(NamedTuple):
    """A plain shop: machine, run and keys of each task (see `run_plain`), followers in CSR, room of each machine."""

    machine: Int32s
    run: Int64s
    release: Int64s
    num_before: Int32s
    after_ptr: Int64s
    after: Int32s
    lag: Int64s
    first: Int64s
    early_key: Floats
    late_key: Floats
    switch: Floats


@inner
def _join_queue(shop: Plain, early: Heaps, turn: Heaps, late: Heaps, task: int, now: float) -> None:
    m = shop.machine[task]
    if shop.switch[task] <= now:
        push(late, shop.first[m], m, shop.late_key[task], task)
        return
    push(early, shop.first[m], m, shop.early_key[task], task)
    if shop.switch[task] < np.inf:
        push(turn, shop.first[m], m, shop.switch[task], task)


@inner
def _leave_queue(
    shop: Plain, early: Heaps, turn: Heaps, late: Heaps, start: Int64s, m: int, now: float, slopes: Floats
) -> int:
    """Take the task that goes first now out of a machine's queue; -1 when nobody waits."""
    first = shop.first[m]
    while turn.size[m] > 0 and turn.key[first] <= now:
        task = pop(turn, first, m)
        if start[task] < 0:
            push(late, first, m, shop.late_key[task], task)
    # What was started, or became late, is still in the early heap.
    while early.size[m] > 0 and (start[early.task[first]] >= 0 or shop.switch[early.task[first]] <= now):
        pop(early, first, m)
    if early.size[m] == 0 and late.size[m] == 0:
        return -1
    if late.size[m] == 0:
        return pop(early, first, m)
    if early.size[m] > 0 and early.key[first] + slopes[0] * now < late.key[first] + slopes[1] * now:
        return pop(early, first, m)
    return pop(late, first, m)


@inner
def _finish(shop: Plain, ready: Int64s, left: Int32s, events: Heaps, task: int, now: int) -> int:
    """Free those that follow a task: one that may start now comes back, the others come as events; -1 for none."""
    arrived = -1
    for a in range(shop.after_ptr[task], shop.after_ptr[task + 1]):
        t = shop.after[a]
        ready[t] = max(ready[t], now + shop.lag[a])
        left[t] -= 1
        if left[t] == 0:
            if arrived < 0 and ready[t] <= now:
                arrived = t
            else:
                push(events, 0, 0, float(ready[t]), len(left) + t)
    return arrived


@njit(cache=True, nogil=True)
def run_plain(
    shop: Plain, ready: Int64s, left: Int32s, early: Heaps, turn: Heaps, late: Heaps, events: Heaps, slopes: Floats
) -> Int64s:
    """Make a non-delay schedule and return the start of each task, shape (T,).

    Parameters
    ----------
    shop
        A task's key is `early_key` before the moment `switch` and `late_key` from then on; the smallest goes first.
    ready, left
        Copies of `release` and `num_before`; used up.
    early, turn, late, events
        Empty heaps. Time goes on by one event for each running task and each task that arrives later.
    slopes
        What each second adds to early and to late keys when the two are compared; shape (2,).
    """
    num_tasks = len(shop.machine)
    start = np.full(num_tasks, -1, np.int64)
    running = np.zeros(len(shop.first), np.bool_)
    is_asked = np.zeros(len(shop.first), np.bool_)
    asked = np.empty(len(shop.first), np.int32)
    for t in range(num_tasks):
        if left[t] == 0:
            push(events, 0, 0, float(ready[t]), num_tasks + t)
    while events.size[0] > 0:
        now, num_asked = events.key[0], 0
        while events.size[0] > 0 and events.key[0] == now:
            code = pop(events, 0, 0)
            arrived = code - num_tasks
            if code < num_tasks:
                m = shop.machine[code]
                running[m] = False
                if not is_asked[m]:
                    is_asked[m], asked[num_asked] = True, m
                    num_asked += 1
                arrived = _finish(shop, ready, left, events, code, int(now))
            if arrived >= 0:
                m = shop.machine[arrived]
                _join_queue(shop, early, turn, late, arrived, now)
                if not is_asked[m]:
                    is_asked[m], asked[num_asked] = True, m
                    num_asked += 1
        for i in range(num_asked):
            m = asked[i]
            is_asked[m] = False
            if not running[m]:
                t = _leave_queue(shop, early, turn, late, start, m, now, slopes)
                if t >= 0:
                    start[t] = int(now)
                    running[m] = True
                    push(events, 0, 0, now + float(shop.run[t]), t)
    return start


def lay_out_plain(problem: Problem) -> Plain:
    """Lay a plain problem out for `run_plain`, its keys still empty."""
    links, n = problem.links, problem.num_tasks
    order = np.argsort(links.before, kind="stable")
    machine = problem.modes.resource
    empty = np.zeros(0)
    return Plain(
        machine,
        problem.modes.run_seconds,
        np.maximum(problem.tasks.release, problem.jobs.release[problem.tasks.job]),
        np.bincount(links.after, minlength=n).astype(np.int32),
        np.concatenate(([0], np.cumsum(np.bincount(links.before, minlength=n)))).astype(np.int64),
        links.after[order],
        links.lag[order],
        np.concatenate(([0], np.cumsum(np.bincount(machine, minlength=problem.num_resources)))).astype(np.int64),
        empty,
        empty,
        empty,
    )


def dispatch_plain(
    plain: Plain, early_key: Floats, late_key: Floats, switch: Floats, slopes: tuple[float, float]
) -> Int64s:
    """Return the start of each task of a plain shop by a rule's keys; see `run_plain`."""
    n, num_machines = len(plain.machine), len(plain.first) - 1
    shop = plain._replace(early_key=early_key, late_key=late_key, switch=switch)
    has_early = bool((switch > 0).any())
    early = make_heaps(n if has_early else 0, num_machines)
    turn = make_heaps(n if has_early else 0, num_machines)
    late = make_heaps(n, num_machines)
    events = make_heaps(n + num_machines + 1, 1)
    return run_plain(
        shop,
        plain.release.copy(),
        plain.num_before.copy(),
        early,
        turn,
        late,
        events,
        np.array(slopes, dtype=np.float64),
    )
