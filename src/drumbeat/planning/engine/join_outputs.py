"""Items that come out of the same orders are planned together: which those are, and their part of a level."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.planning.engine.net_group import net_group
from drumbeat.planning.engine.problem import Outputs, Problem
from drumbeat.planning.engine.result import ORDER

Orders = tuple[Int32s, Int32s, Floats, Int64s]
"""Buffer, method, quantity and need."""
Served = tuple[Int8s, Int32s, Int32s, Floats]
"""Pegs: source, supply, requirement and quantity."""


def list_makers(problem: Problem, outputs: Outputs) -> Int32s:
    """Return the buffer that is made when each output comes out, shape (O,)."""
    owner = np.repeat(np.arange(problem.num_buffers, dtype=np.int32), np.diff(problem.methods.ptr))
    return owner[np.repeat(np.arange(len(owner)), np.diff(outputs.ptr))]


def find_groups(problem: Problem) -> Int32s:
    """Return the first buffer of those with which each comes out together, itself where it is alone; shape (B,)."""
    first = np.arange(problem.num_buffers, dtype=np.int32)
    if problem.outputs is None:
        return first
    ends = (list_makers(problem, problem.outputs), problem.outputs.product)
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(problem.num_buffers, problem.num_buffers))
    _, label = csgraph.connected_components(graph, directed=False)
    # The first of each label: `unique` gives the first place of each.
    joined: Int32s = np.unique(label, return_index=True)[1].astype(np.int32)[label]
    return joined


def split_level(problem: Problem, buffers: Int32s, group: Int32s) -> tuple[Int32s, list[Int32s]]:
    """Part the buffers of a level into those that are planned alone and the groups, what is made first in each.

    `group` is that of `find_groups`; of a group, all buffers are among them or none.
    """
    if problem.outputs is None:
        return buffers, []
    first = group[buffers]
    size = np.bincount(first, minlength=problem.num_buffers)[first]
    is_made = np.isin(buffers, list_makers(problem, problem.outputs))
    groups = [
        np.concatenate([buffers[(first == one) & is_made], buffers[(first == one) & ~is_made]])
        for one in np.unique(first[size > 1])
    ]
    return buffers[size == 1], groups


def find_sources(problem: Problem, members: Int32s) -> Int32s:
    """Return whose methods are asked where each member runs short: its own, else of what it drives; -1 = nobody's."""
    outputs = problem.outputs
    assert outputs is not None, "only what comes out together is in a group"
    makers, own = list_makers(problem, outputs), np.diff(problem.methods.ptr)
    found = np.where(own[members] > 0, members, -1).astype(np.int32)
    for at in np.flatnonzero(found < 0).tolist():
        driven = makers[(outputs.product == members[at]) & outputs.drives]
        if len(driven):
            found[at] = driven[0]
    return found


def net_groups(problem: Problem, groups: list[Int32s], given: tuple[Any, ...]) -> tuple[Orders, Served]:
    """Net the groups of a level.

    Parameters
    ----------
    given
        Arguments of `net_level` after its buffers.

    Returns
    -------
    tuple
        Orders of all groups, numbered from 0, and pegs by requirement.
    """
    outputs = problem.outputs
    assert outputs is not None, "only what comes out together is in a group"
    place = np.full(problem.num_buffers, -1, np.int32)
    orders: list[Orders] = []
    pegs: list[Served] = []
    count = 0
    for members in groups:
        place[members] = np.arange(len(members))
        placed, served = net_group(
            members, find_sources(problem, members), place, *given, (outputs.ptr, outputs.product, outputs.per)
        )
        served[1][served[0] == ORDER] += count
        count += len(placed[0])
        orders.append(placed)
        pegs.append(served)
    joined: Any = tuple(np.concatenate(columns) for columns in zip(*orders, strict=True))
    rows: Any = tuple(np.concatenate(columns) for columns in zip(*pegs, strict=True))
    return joined, rows


def merge_groups(
    alone: Orders, together: Orders, pegs: tuple[Any, ...], num_alone: int, served: Served
) -> tuple[Orders, int]:
    """Put the orders and pegs of groups among those of a level, by buffer and by requirement.

    Parameters
    ----------
    pegs
        Columns with room for all: the first `num_alone` rows are filled; changed.

    Returns
    -------
    tuple
        The orders of the level, and how many pegs there are.
    """
    joined: Any = tuple(np.concatenate([a, b]) for a, b in zip(alone, together, strict=True))
    by_buffer = np.argsort(joined[0], kind="stable")
    number = np.empty(len(by_buffer), np.int32)
    number[by_buffer] = np.arange(len(by_buffer))
    total = num_alone + len(served[0])
    for column, rows in zip(pegs, served, strict=True):
        column[num_alone:total] = rows
    source, supply, requirement, _ = (column[:total] for column in pegs)
    is_order = source == ORDER
    is_joint: Bools = is_order & (np.arange(total) >= num_alone)
    supply[is_joint] += len(alone[0])
    supply[is_order] = number[supply[is_order]]
    by_requirement = np.argsort(requirement, kind="stable")
    for column in pegs:
        column[:total] = column[:total][by_requirement]
    orders: Any = tuple(column[by_buffer] for column in joined)
    return orders, total


def group_edges(problem: Problem, parents: Int64s, children: Int64s) -> tuple[Int64s, Int64s]:
    """Let who needs whom be told of the groups' first buffers: what comes out together stands on one level."""
    if problem.outputs is None:
        return parents, children
    first = find_groups(problem).astype(np.int64)
    parents, children = first[parents], first[children]
    order = np.argsort(parents, kind="stable")
    return parents[order], children[order]
