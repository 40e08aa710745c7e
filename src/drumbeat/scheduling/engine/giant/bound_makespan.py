"""What no schedule of a shop can beat: the work of each machine between the least heads and tails of its tasks."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.compiled import njit
from drumbeat.scheduling.engine.giant.chains import Chains, find_least_heads, find_least_tails


@njit(nogil=True)
def bound_makespan(chains: Chains) -> int:
    """Return a lower bound of the makespan in seconds: the longest chain, or a machine's work with the least time
    that goes before and after it."""
    head, tail = find_least_heads(chains), find_least_tails(chains)
    num_machines = len(chains.first) - 1
    work = np.zeros(num_machines, np.int64)
    least_head, least_tail = np.full(num_machines, 2**62), np.full(num_machines, 2**62)
    bound = 0
    for p in range(len(chains.task)):
        m = chains.machine[p]
        work[m] += chains.run[p]
        least_head[m] = min(least_head[m], head[p])
        least_tail[m] = min(least_tail[m], tail[p])
        bound = max(bound, head[p] + chains.run[p] + tail[p])
    for m in range(num_machines):
        if chains.first[m] < chains.first[m + 1]:
            bound = max(bound, least_head[m] + work[m] + least_tail[m])
    return bound
