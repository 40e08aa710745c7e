"""Compile who may take from whom besides bills and methods: transfers under way, and what stands in for what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse import csgraph

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_substitutes import compile_substitutes
from drumbeat.planning.engine.find_levels import list_takers
from drumbeat.planning.engine.join_outputs import find_groups
from drumbeat.planning.engine.problem import Flows, Problem


def compile_flows(snapshot: Snapshot, problem: Problem, places: pl.DataFrame) -> Problem:
    """Add to a problem who may take from whom, so that what is replaced is planned above what stands in for it.

    Where items may replace each other in a circle, or with bills and transfers, nothing is said of those.

    Parameters
    ----------
    places
        item, site, buffer.
    """
    sent = np.flatnonzero(problem.receipts.source >= 0)
    takers, givers = [problem.receipts.buffer[sent]], [problem.receipts.source[sent]]
    substitutes = compile_substitutes(snapshot, places)
    if substitutes is not None:
        takers.append(substitutes.buffer)
        givers.append(substitutes.substitute)
    size = problem.num_buffers
    parent, child = list_takers(problem)
    pairs = np.concatenate(takers).astype(np.int64) * size + np.concatenate(givers)
    # What is known already is left out: a transfer on a known way that comes or goes changes nothing here.
    pairs = np.setdiff1d(pairs, parent * size + child)
    if not len(pairs):
        return problem
    taker, giver = np.divmod(pairs, size)
    first = find_groups(problem)
    ends = (first[np.concatenate([parent, taker])], first[np.concatenate([child, giver])])
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(size, size))
    _, circle = csgraph.connected_components(graph, connection="strong")
    kept = circle[first[taker]] != circle[first[giver]]
    if not kept.any():
        return problem
    return replace(problem, flows=Flows(taker[kept].astype(np.int32), giver[kept].astype(np.int32)))
