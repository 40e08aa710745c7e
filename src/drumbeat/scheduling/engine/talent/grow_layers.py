"""Kernels of dynamic programming over the set of scenes shot so far, layer by layer.

A state is a set of scenes (a bit each) shot in the best order; what it has cost is the pay of those who waited. Its
rest is bounded from below by the waiting of the actors who are on location: whichever of them finishes before another,
the other waits while scenes without him are shot for the first; the least over all orders of finishing.
After Garcia de la Banda, Stuckey, Chu: Solving Talent Scheduling with Dynamic Programming, INFORMS J. Computing 2011;
the bound over orders of finishing is exact where they add up pairs.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int64s
from drumbeat.basics.compiled import inner, njit

EMPTY = -1
"""Key of a free place in the table."""
MOST_FINISHERS = 10
"""Up to so many actors on location, the bound goes over all their orders of finishing; beyond, over pairs."""


@inner
def _sum_pay(pay: Floats, actors: int) -> float:
    total, a = 0.0, 0
    while actors:
        if actors & 1:
            total += pay[a]
        actors >>= 1
        a += 1
    return total


@inner
def _place(table: Int64s, key: int) -> int:
    """Place of a key in the table, or the free place where it belongs."""
    mask = len(table) - 1
    mixed = key * 0x1E3779B97F4A7C15
    place = (mixed ^ (mixed >> 31)) & mask
    while table[place] != EMPTY and table[place] != key:
        place = (place + 1) & mask
    return place


@inner
def _who_is_where(key: int, who: Int64s) -> tuple[int, int]:
    """Actors of the scenes shot, and of those to come."""
    shot, rest = 0, 0
    for s in range(len(who)):
        if (key >> s) & 1:
            shot |= who[s]
        else:
            rest |= who[s]
    return shot, rest


@inner
def _is_outdone(key: int, scene: int, shot: int, here: int, who: Int64s) -> bool:
    """Whether some other scene may as well come before this one: it has all who are here, and nobody new but those
    that this one has."""
    for other in range(len(who)):
        if other == scene or (key >> other) & 1 or here & ~who[other] or who[other] & ~(shot | who[scene]):
            continue
        is_mutual = not (here & ~who[scene] or who[scene] & ~(shot | who[other]))
        if not is_mutual or other < scene:
            return True
    return False


@njit(nogil=True)
def grow_layer(
    keys: Int64s,
    costs: Floats,
    first: int,
    last: int,
    who: Int64s,
    hours: Floats,
    pay: Floats,
    limit: float,
    table: Int64s,
    table_cost: Floats,
    table_scene: Int8s,
    num_filled: int,
) -> tuple[int, int]:
    """Shoot each possible scene next after the states `first` to `last` - 1 of a layer.

    Successors that cost less than `limit` go into the table (open addressing; its size is a power of two). Returns the
    first state that was not grown, because the table is too full, and the number of places filled.
    """
    n = len(who)
    for i in range(first, last):
        if num_filled + n > len(table) // 2:
            return i, num_filled
        key = keys[i]
        shot, rest = _who_is_where(key, who)
        here = shot & rest
        for scene in range(n):
            if (key >> scene) & 1 or _is_outdone(key, scene, shot, here, who):
                continue
            cost = costs[i] + hours[scene] * _sum_pay(pay, here & ~who[scene])
            if cost >= limit:
                continue
            child = key | (1 << scene)
            place = _place(table, child)
            if table[place] == EMPTY:
                num_filled += 1
            elif cost >= table_cost[place]:
                continue
            table[place], table_cost[place], table_scene[place] = child, cost, scene
    return last, num_filled


@njit(nogil=True)
def move_table(
    old: Int64s,
    old_cost: Floats,
    old_scene: Int8s,
    table: Int64s,
    cost: Floats,
    scene: Int8s,
) -> None:
    """Copy a table into a larger one."""
    for i in range(len(old)):
        if old[i] != EMPTY:
            place = _place(table, old[i])
            table[place], cost[place], scene[place] = old[i], old_cost[i], old_scene[i]


@inner
def _bound_by_orders(lengths: Floats, finisher: Int64s, k: int, pay: Floats) -> float:
    """Least waiting over all orders in which k actors finish; `lengths[m]` is of the scenes whose part of the k
    actors is m, and is overwritten."""
    size = 1 << k
    for b in range(k):
        for m in range(size):
            if (m >> b) & 1:
                lengths[m] += lengths[m ^ (1 << b)]  # now over all subsets
    best = np.full(size, np.inf)
    best[0] = 0.0
    for done in range(size):
        for x in range(k):
            if (done >> x) & 1:
                continue
            without = (size - 1) ^ (1 << x)
            wait = lengths[without] - lengths[without & ~done]
            cost = best[done] + pay[finisher[x]] * wait
            if cost < best[done | (1 << x)]:
                best[done | (1 << x)] = cost
    return best[size - 1]


@inner
def _bound_by_pairs(key: int, here: int, who: Int64s, hours: Floats, pay: Floats) -> float:
    """Sum over pairs of actors on location of the cheaper one's waiting; a scene counts in equal shares for those of
    its actors that are on location."""
    num_actors = len(pay)
    waits = np.zeros((num_actors, num_actors))
    for s in range(len(who)):
        here_in = who[s] & here
        if (key >> s) & 1 or not here_in:
            continue
        count, rest = 0, here_in
        while rest:
            count += rest & 1
            rest >>= 1
        for a in range(num_actors):
            if (here_in >> a) & 1:
                for b in range(num_actors):
                    if ((here & ~here_in) >> b) & 1:
                        waits[b, a] += hours[s] / count
    total = 0.0
    for a in range(num_actors):
        for b in range(a):
            total += min(pay[a] * waits[a, b], pay[b] * waits[b, a])
    return total


@njit(nogil=True)
def bound_rest(
    keys: Int64s,
    who: Int64s,
    hours: Floats,
    pay: Floats,
    bound: Floats,
) -> None:
    """Bound from below what actors will wait after each state; `bound` is overwritten."""
    finisher = np.empty(len(pay), np.int64)
    for i in range(len(keys)):
        key = keys[i]
        shot, rest = _who_is_where(key, who)
        here = shot & rest
        k = 0
        for a in range(len(pay)):
            if (here >> a) & 1:
                finisher[k] = a
                k += 1
        if k > MOST_FINISHERS:
            bound[i] = _bound_by_pairs(key, here, who, hours, pay)
            continue
        lengths = np.zeros(1 << k)
        for s in range(len(who)):
            if not (key >> s) & 1:
                m = 0
                for x in range(k):
                    m |= ((who[s] >> finisher[x]) & 1) << x
                lengths[m] += hours[s]
        bound[i] = _bound_by_orders(lengths, finisher, k, pay)
