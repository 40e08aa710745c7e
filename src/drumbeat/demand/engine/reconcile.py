"""Make forecasts add up: regions to their sites, families to their items."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.findings import Finding, InputError
from drumbeat.demand.engine.problem import Hierarchy
from drumbeat.demand.engine.result import Forecast


def reconcile(result: Forecast, hierarchy: Hierarchy) -> Forecast:
    """Change forecasts as little as their spreads allow so that every parent is the sum of its parts.

    Weighted least squares with the variances of the errors as weights (Wickramasuriya, Athanasopoulos and Hyndman
    2019, with a diagonal covariance): what is known well moves little. Where that would make a leaf negative it is set
    to 0 and its parents follow.

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
    depth = _check_parents(result, parent)
    num_series = len(parent)
    is_parent = np.zeros(num_series, dtype=bool)
    is_parent[parent[parent >= 0]] = True
    leaves = np.flatnonzero(~is_parent)
    column = np.full(num_series, -1, dtype=np.int64)
    column[leaves] = np.arange(len(leaves))
    rows, columns = [], []
    at = leaves.copy()
    for _ in range(depth + 1):
        here = at >= 0
        rows.append(at[here])
        columns.append(column[leaves[here]])
        at = np.where(here, parent[np.maximum(at, 0)], -1)
    row, col = np.concatenate(rows), np.concatenate(columns)
    sums = sparse.csr_matrix((np.ones(len(row)), (row, col)), shape=(num_series, len(leaves)))
    variance = np.maximum((result.spread**2).mean(axis=1), 1e-12)
    weighted = sums.T @ sparse.diags(1.0 / variance)
    lower = np.maximum(splu(sparse.csc_matrix(weighted @ sums)).solve(weighted @ result.mean), 0.0)
    return replace(result, mean=sums @ lower)


def _check_parents(result: Forecast, parent: Int64s) -> int:
    """Return how many levels lie above the deepest leaf."""
    rule = "a series is part of another, never of itself"
    outside = np.flatnonzero((parent < -1) | (parent >= len(parent)))
    if len(parent) != len(result.keys) or len(outside):
        value = str(parent[outside[0]]) if len(outside) else f"{len(parent)} parents, {len(result.keys)} series"
        raise InputError(Finding("hierarchy", rule, "Give each series the index of its parent, or -1", value=value))
    at, depth = parent.copy(), 0
    while (at >= 0).any():
        depth += 1
        if depth > len(parent):
            value = str(result.keys[np.flatnonzero(at >= 0)[0]])
            raise InputError(Finding("hierarchy", rule, "Break the circle", value=value))
        at = np.where(at >= 0, parent[np.maximum(at, 0)], -1)
    return depth
