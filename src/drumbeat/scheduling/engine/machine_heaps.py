"""Binary heaps side by side in one array: those who wait in front of each machine, or the events of a clock."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import inner


class Heaps(NamedTuple):
    """Binary heaps of (key, task), one a machine from `first[m]` on, the smallest key first; ties by task."""

    key: Floats
    task: Int32s
    size: Int64s


def make_heaps(room: int, num_machines: int) -> Heaps:
    """Return empty heaps with room for so many entries in all."""
    return Heaps(np.empty(room), np.empty(room, np.int32), np.zeros(num_machines, np.int64))


@inner
def push(heaps: Heaps, first: int, m: int, key: float, task: int) -> None:
    """Put a task into heap m, which begins at `first`."""
    keys, tasks = heaps.key, heaps.task
    i = heaps.size[m]
    heaps.size[m] += 1
    while i > 0:
        up = (i - 1) >> 1
        if keys[first + up] < key or (keys[first + up] == key and tasks[first + up] < task):
            break
        keys[first + i], tasks[first + i] = keys[first + up], tasks[first + up]
        i = up
    keys[first + i], tasks[first + i] = key, task


@inner
def pop(heaps: Heaps, first: int, m: int) -> int:
    """Take the first task out of heap m, which is not empty."""
    keys, tasks = heaps.key, heaps.task
    top = tasks[first]
    heaps.size[m] -= 1
    n = heaps.size[m]
    key, task = keys[first + n], tasks[first + n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        a = first + down
        if down + 1 < n and (keys[a + 1] < keys[a] or (keys[a + 1] == keys[a] and tasks[a + 1] < tasks[a])):
            down += 1
            a += 1
        if key < keys[a] or (key == keys[a] and task < tasks[a]):
            break
        keys[first + i], tasks[first + i] = keys[a], tasks[a]
        i = down
    keys[first + i], tasks[first + i] = key, task
    return top
