"""Dynamic programming over sets of scenes, in layers that may be cut short: a proof, or a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s, Int64s
from drumbeat.scheduling.engine.talent.find_cast import Cast
from drumbeat.scheduling.engine.talent.grow_layers import EMPTY, bound_rest, grow_layer, move_table

MOST_BITS = 62
"""Scenes, and actors, at most: sets are bits of a 64-bit number."""
CHUNK = 4096
"""States between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class SetsAnswer:
    """What one pass through the layers found.

    Parameters
    ----------
    order
        Scenes in the best order found; None where nothing is better than the limit.
    bound
        No order costs less waiting than this, unless it costs `limit` or more.
    is_complete
        Whether no layer was cut short.
    """

    order: Int64s | None
    bound: float
    is_complete: bool


class _Table:
    """A growing hash table of the states of one layer."""

    def __init__(self, size: int) -> None:
        self.key: Int64s = np.full(size, EMPTY, np.int64)
        self.cost: Floats = np.empty(size)
        self.scene: Int8s = np.empty(size, np.int8)
        self.num_filled = 0

    def grown(self) -> _Table:
        larger = _Table(2 * len(self.key))
        larger.num_filled = self.num_filled
        move_table(self.key, self.cost, self.scene, larger.key, larger.cost, larger.scene)
        return larger


def pack_actors(cast: Cast) -> Int64s:
    """Return the actors of each scene as bits, shape (S,)."""
    bits = np.int64(1) << np.arange(len(cast.pay), dtype=np.int64)
    packed: Int64s = bits @ cast.plays.astype(np.int64) if len(bits) else np.zeros(len(cast.hours), np.int64)
    return packed


def search_sets(cast: Cast, limit: float, width: int, is_over: Callable[[float], bool]) -> SetsAnswer | None:
    """Look for an order whose waiting costs less than a limit.

    Parameters
    ----------
    cast
        At most `MOST_BITS` scenes and actors.
    limit
        Pay for waiting that is known to be possible.
    width
        States kept a layer, >= 1; those with the least bound.
    is_over
        Asked every some milliseconds, with the seconds that the work since took on an ordinary core, whether to stop.

    Returns
    -------
    SetsAnswer or None
        None when stopped.
    """
    who, num_scenes = pack_actors(cast), len(cast.hours)
    below = limit - 1e-9 * max(1.0, limit)
    keys, costs = np.zeros(1, np.int64), np.zeros(1)
    layers: list[tuple[Int64s, Int8s]] = []
    least_cut = np.inf
    for _ in range(num_scenes):
        table = _grow(keys, costs, who, cast, below, is_over)
        if table is None:
            return None
        full = table.key != EMPTY
        keys, costs, scene = table.key[full], table.cost[full], table.scene[full]
        total = np.empty(len(keys))
        for first in range(0, len(keys), CHUNK):
            part = slice(first, first + CHUNK)
            bound_rest(keys[part], who, cast.hours, cast.pay, total[part])
            if is_over(1e-5 * min(CHUNK, len(keys) - first)):
                return None
        total += costs
        keep = np.flatnonzero(total < below)
        if len(keep) > width:
            ranked = keep[np.argsort(total[keep], kind="stable")]
            least_cut = min(least_cut, float(total[ranked[width]]))
            keep = ranked[:width]
        keys, costs = keys[keep], costs[keep]
        layers.append((keys, scene[keep]))
    order = _walk_back(layers) if len(keys) else None
    best = float(costs[0]) if len(keys) else limit
    return SetsAnswer(order, min(best, least_cut), not np.isfinite(least_cut))


def _grow(
    keys: Int64s, costs: Floats, who: Int64s, cast: Cast, below: float, is_over: Callable[[float], bool]
) -> _Table | None:
    """Table of the layer after this one."""
    table, done = _Table(1024), 0
    while done < len(keys):
        last = min(done + CHUNK, len(keys))
        before = done
        done, table.num_filled = grow_layer(
            keys, costs, done, last, who, cast.hours, cast.pay, below, table.key, table.cost, table.scene,
            table.num_filled,
        )  # fmt: skip
        if done < last:
            table = table.grown()
        if is_over(1e-5 * (done - before)):
            return None
    return table


def _walk_back(layers: list[tuple[Int64s, Int8s]]) -> Int64s:
    """Read the order from the last layer's one state."""
    key, order = int(layers[-1][0][0]), []
    for keys, scene in reversed(layers):
        last = int(scene[np.flatnonzero(keys == key)[0]])
        order.append(last)
        key ^= 1 << last
    return np.array(order[::-1], dtype=np.int64)
