"""Kernels: many orders of a flow shop run through a machine side by side, one vector lane each.

Every intermediate value is cut to 32 bits by hand: otherwise numba reckons in 64 bits, and no vector unit has the
greater of two such numbers. Lanes are run in whole blocks, because compiled loops do the rest of a block one by one;
what stands in lanes beyond the last order is never read.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import bare

BLOCK = 32
"""Lanes that compiled code runs at once; rows of lanes are multiples of it."""


@bare
def round_up(size: int) -> int:
    """Return the lanes that are run for so many orders."""
    return (size + BLOCK - 1) // BLOCK * BLOCK


@bare
def pass_machines(end: np.ndarray, come: np.ndarray, lanes: int, run: np.ndarray, setup: np.ndarray) -> None:
    """Let a job follow on all machines in all lanes.

    Parameters
    ----------
    end
        Shape (m, K), int32: when machines get free, and then the job's ends.
    come
        Shape (K,), int32, scratch: the job's ends on the machine before. A row of `end` would do, but compiled code
        cannot know that rows do not overlap, and would not use vectors.
    lanes
        A multiple of `BLOCK`, K at most.
    run, setup
        Shape (m,), int32: the job's duration and setup on each machine.
    """
    for i in range(lanes):
        come[i] = 0
    for k in range(len(run)):
        own, more = run[k], setup[k]
        for i in range(lanes):
            free, here = np.int32(end[k, i] + more), come[i]
            start = free if free > here else here
            done = np.int32(start + own)
            end[k, i] = done
            come[i] = done


@bare
def add_tardiness(cost: np.ndarray, end: np.ndarray, lanes: int, weight: float, due: int) -> None:
    """Add the weighted tardiness of a job that ends at `end` to the cost of all lanes."""
    date = np.int32(due)
    for i in range(lanes):
        late = np.int32(end[i] - date)
        cost[i] += weight * (late if late > 0 else np.int32(0))


@bare
def join_halves(
    head: np.ndarray, tail: np.ndarray, come: np.ndarray, whole: np.ndarray, lanes: int, run: np.ndarray
) -> None:
    """Put a job between what comes before and what comes after it, in all lanes.

    Parameters
    ----------
    head, tail
        Shape (m, K), int32: when machines get free, and what they need after the job; setups included.
    come, whole
        Shape (K,), int32: scratch, and set to the longest way through the job.
    lanes
        A multiple of `BLOCK`, K at most.
    run
        Shape (m,), int32: the job's durations.
    """
    for i in range(lanes):
        come[i] = 0
        whole[i] = 0
    for k in range(len(run)):
        own = run[k]
        for i in range(lanes):
            here, free = come[i], head[k, i]
            done = np.int32((here if here > free else free) + own)
            come[i] = done
            way, best = np.int32(done + tail[k, i]), whole[i]
            whole[i] = way if way > best else best
