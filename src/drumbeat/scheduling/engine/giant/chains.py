"""Job shops of a million tasks, laid out for kernels: every chain of tasks lies in one piece, in its order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s
from drumbeat.basics.compiled import njit


class Chains(NamedTuple):
    """A shop of single machines whose tasks form chains; places 0 to T - 1 run through the chains one by one.

    Parameters
    ----------
    task
        Shape (T,): the task at each place.
    machine, run, release
        Shape (T,), by place: its machine, run seconds and earliest start.
    ptr
        Shape (C + 1,): chain c lies from `ptr[c]` to `ptr[c + 1] - 1`.
    first
        Shape (R + 1,): machine r does `first[r + 1] - first[r]` tasks.
    """

    task: Int32s
    machine: Int32s
    run: Int64s
    release: Int64s
    ptr: Int64s
    first: Int64s


def lay_out_chains(
    machine: Int32s, run: Int64s, release: Int64s, before: Int32s, after: Int32s, num_machines: int
) -> Chains:
    """Lay a shop out.

    Parameters
    ----------
    machine, run, release
        Shape (T,), by task.
    before, after
        Shape (L,): links, at most one into and one out of each task, without a cycle.
    num_machines
        How many there are.
    """
    num_tasks = len(machine)
    following = np.full(num_tasks, -1, np.int32)
    following[before] = after
    is_first = np.ones(num_tasks, np.bool_)
    is_first[after] = False
    task, ptr = _walk(following, is_first)
    first = np.zeros(num_machines + 1, np.int64)
    np.cumsum(np.bincount(machine, minlength=num_machines), out=first[1:])
    return Chains(task, machine[task], run[task], release[task], ptr, first)


@njit(nogil=True)
def _walk(following: Int32s, is_first: Bools) -> tuple[Int32s, Int64s]:
    """Tasks chain by chain, and where each chain begins."""
    task = np.empty(len(following), np.int32)
    ptr = np.zeros(is_first.sum() + 1, np.int64)
    size, chain = 0, 0
    for t in range(len(following)):
        if is_first[t]:
            at = t
            while at >= 0:
                task[size] = at
                size += 1
                at = following[at]
            chain += 1
            ptr[chain] = size
    return task, ptr


@njit(nogil=True)
def find_least_heads(chains: Chains) -> Int64s:
    """Return the earliest start of each place if it had its machine to itself, shape (T,)."""
    head = np.empty(len(chains.task), np.int64)
    for c in range(len(chains.ptr) - 1):
        now = 0
        for p in range(chains.ptr[c], chains.ptr[c + 1]):
            now = max(now, chains.release[p])
            head[p] = now
            now += chains.run[p]
    return head


@njit(nogil=True)
def find_least_tails(chains: Chains) -> Int64s:
    """Return the work of its chain from the end of each place on, shape (T,)."""
    tail = np.empty(len(chains.task), np.int64)
    for c in range(len(chains.ptr) - 1):
        left = 0
        for p in range(chains.ptr[c + 1] - 1, chains.ptr[c] - 1, -1):
            tail[p] = left
            left += chains.run[p]
    return tail
