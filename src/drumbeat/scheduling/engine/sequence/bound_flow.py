"""Lower bounds of flow shops: what each machine, and each job, must take alone."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.sequence.flow_shop import FlowShop


def bound_flow(shop: FlowShop) -> float:
    """Return a lower bound of the makespan, or of the weighted tardiness, in seconds; setups are left out.

    Makespan: each machine does all its work between the shortest way to it and the shortest way from it. Tardiness: no
    job ends before its own work is done; and where all is due at once, no machine beats the order of the shortest
    weighted time.
    """
    run = shop.run.astype(np.int64)
    head = np.cumsum(run, axis=1) - run
    tail = run.sum(axis=1)[:, None] - head - run
    if shop.for_makespan:
        machine = head.min(axis=0) + run.sum(axis=0) + tail.min(axis=0)
        return float(max(machine.max(), run.sum(axis=1).max()))
    alone = float((shop.weight * np.maximum(run.sum(axis=1) - shop.due, 0)).sum())
    if shop.due.max() > 0 or (shop.weight <= 0).any():
        return alone
    sums = [
        float((shop.weight * (head[:, k].min() + tail[:, k] - shop.due)).sum())
        + _order_shortest(run[:, k], shop.weight)
        for k in range(run.shape[1])
    ]
    return max(alone, *sums)


def _order_shortest(run: Int64s, weight: Floats) -> float:
    """Return the least sum of weight x end on one machine, weights above 0."""
    order = np.argsort(run / weight)
    return float((weight[order] * np.cumsum(run[order])).sum())
