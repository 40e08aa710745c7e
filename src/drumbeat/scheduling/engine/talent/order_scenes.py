"""Kernels: what an order of scenes costs, and annealing over orders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import inner, njit


@inner
def _draw(state: NDArray[np.uint64]) -> np.uint64:
    """Next number of an xorshift generator."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@njit(nogil=True)
def cost_order(
    order: Int64s,
    hours: Floats,
    ptr: Int64s,
    actor: Int64s,
    pay: Floats,
    came: Floats,
    left: Floats,
) -> float:
    """Return the pay of all actors from their first to their last scene.

    `ptr` and `actor` are a CSR of the actors of scenes; `came` and `left`, of shape (A,), are overwritten.
    """
    came[:] = -1.0
    moment = 0.0
    for scene in order:
        end = moment + hours[scene]
        for e in range(ptr[scene], ptr[scene + 1]):
            a = actor[e]
            if came[a] < 0:
                came[a] = moment
            left[a] = end
        moment = end
    total = 0.0
    for a in range(len(pay)):
        if came[a] >= 0:
            total += pay[a] * (left[a] - came[a])
    return total


@inner
def _change(order: Int64s, trial: Int64s, state: NDArray[np.uint64]) -> None:
    """Move a block of scenes, turn one round, or swap two scenes."""
    n = len(order)
    i, j = np.int64(_draw(state) % np.uint64(n)), np.int64(_draw(state) % np.uint64(n))
    if i > j:
        i, j = j, i
    trial[:] = order
    kind = _draw(state) % np.uint64(8)
    if kind == 0:
        trial[i], trial[j] = order[j], order[i]
    elif kind == 1:
        for k in range(i, j + 1):
            trial[k] = order[i + j - k]
    else:
        # The scenes i to j - 1 turn round in a ring: a block from either end goes to the other.
        size = j - i + 1
        shift = 1 + np.int64(_draw(state) % np.uint64(3))
        if kind < 5:
            shift = size - shift % size
        for k in range(size):
            trial[i + k] = order[i + (k + shift) % size]


@njit(nogil=True)
def anneal_order(
    order: Int64s,
    best: Int64s,
    hours: Floats,
    ptr: Int64s,
    actor: Int64s,
    pay: Floats,
    state: NDArray[np.uint64],
    heat: float,
    cooling: float,
    num_trials: int,
) -> float:
    """Anneal for `num_trials` trials; `order`, `best` and `state` (shape (1,), not 0) are changed in place.

    `heat` is in units of cost and shrinks by the factor `cooling` at each trial. Returns the cost of `best`, which only
    ever improves.
    """
    came, left = np.empty(len(pay)), np.zeros(len(pay))
    trial = np.empty_like(order)
    now = cost_order(order, hours, ptr, actor, pay, came, left)
    least = cost_order(best, hours, ptr, actor, pay, came, left)
    for _ in range(num_trials):
        _change(order, trial, state)
        cost = cost_order(trial, hours, ptr, actor, pay, came, left)
        chance = np.float64(_draw(state) >> np.uint64(11)) / 9007199254740992.0
        if cost <= now or np.exp((now - cost) / max(heat, 1e-300)) > chance:
            order[:] = trial
            now = cost
            if cost < least:
                least = cost
                best[:] = trial
        heat *= cooling
    return least
