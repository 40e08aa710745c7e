"""Make forecasts add up: regions to their sites, families to their items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.demand.engine.problem import Hierarchy
from drumbeat.demand.engine.result import Forecast

LEAST_VARIANCE = 1e-12


def reconcile(result: Forecast, hierarchy: Hierarchy) -> Forecast:
    """Change forecasts as little as their spreads allow so that every parent is the sum of its parts.

    Weighted least squares with the variances of the errors as weights (Wickramasuriya, Athanasopoulos and Hyndman
    2019, with a diagonal covariance): what is known well moves little. Who is part of whom is a tree, so that one pass
    up (what the parts say of the parent, weighed against what it says itself) and one pass down (the parent's change,
    dealt out by the parts' variances) solve it exactly, in time that grows with the number of series. Where that would
    make a leaf negative it is set to 0 and its parents follow.

    Parameters
    ----------
    result
        Forecasts of all series, leaves and parents.
    hierarchy
        Who is part of whom.

    Returns
    -------
    Forecast
        With means that add up at every period; spreads as they were.

    Raises
    ------
    InputError
        Where a series is part of itself, or of a series that does not exist.
    """
    parent = hierarchy.parent
    levels = _list_levels(result, parent)
    is_parent = np.zeros(len(parent), dtype=bool)
    is_parent[parent[parent >= 0]] = True
    own = np.maximum((result.spread**2).mean(axis=1), LEAST_VARIANCE)
    mean, variance = result.mean.copy(), own.copy()
    sums, spreads = np.zeros_like(mean), np.zeros(len(parent))
    for nodes in reversed(levels):
        inner = nodes[is_parent[nodes]]
        share = spreads[inner] / (spreads[inner] + own[inner])
        mean[inner] = sums[inner] + share[:, None] * (result.mean[inner] - sums[inner])
        variance[inner] = share * own[inner]
        child = nodes[parent[nodes] >= 0]
        np.add.at(sums, parent[child], mean[child])
        np.add.at(spreads, parent[child], variance[child])
    for nodes in levels[1:]:
        above = parent[nodes]
        mean[nodes] += (variance[nodes] / spreads[above])[:, None] * (mean[above] - sums[above])
    mean[is_parent] = 0.0
    np.maximum(mean, 0.0, out=mean)
    for nodes in reversed(levels[1:]):
        np.add.at(mean, parent[nodes], mean[nodes])
    return replace(result, mean=mean)


def _list_levels(result: Forecast, parent: Int64s) -> list[Int64s]:
    """Return the series by their distance from the top, the tops first."""
    rule = "a series is part of another, never of itself"
    outside = np.flatnonzero((parent < -1) | (parent >= len(parent)))
    if len(parent) != len(result.keys) or len(outside):
        value = str(parent[outside[0]]) if len(outside) else f"{len(parent)} parents, {len(result.keys)} series"
        raise InputError(Finding("hierarchy", rule, "Give each series the index of its parent, or -1", value=value))
    depth, at = np.zeros(len(parent), dtype=np.int64), parent.copy()
    while (at >= 0).any():
        depth += at >= 0
        if depth.max() > len(parent):
            value = str(result.keys[np.flatnonzero(at >= 0)[0]])
            raise InputError(Finding("hierarchy", rule, "Break the circle", value=value))
        at = np.where(at >= 0, parent[np.maximum(at, 0)], -1)
    return [np.flatnonzero(depth == level) for level in range(int(depth.max(initial=0)) + 1)]
