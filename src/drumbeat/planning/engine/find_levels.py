"""Find the low-level code of every buffer: the longest chain of bills and moves that leads to it."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.findings import Finding, InputError
from drumbeat.planning.engine.join_outputs import find_groups, group_edges
from drumbeat.planning.engine.problem import MOVE, Flows, Problem


@njit(cache=True)
def _levels(ptr: Int64s, child: Int32s, num_parents: Int64s) -> tuple[Int32s, int]:
    """Levels by Kahn's topological order, and how many buffers were reached."""
    size = len(num_parents)
    level = np.zeros(size, dtype=np.int32)
    queue = np.empty(size, dtype=np.int32)
    tail = 0
    for buffer in range(size):
        if num_parents[buffer] == 0:
            queue[tail] = buffer
            tail += 1
    head = 0
    while head < tail:
        buffer = queue[head]
        head += 1
        for edge in range(ptr[buffer], ptr[buffer + 1]):
            below = child[edge]
            level[below] = max(level[below], level[buffer] + 1)
            num_parents[below] -= 1
            if num_parents[below] == 0:
                queue[tail] = below
                tail += 1
    return level, head


def list_takers(problem: Problem) -> tuple[Int64s, Int64s]:
    """List who may take from whom: parents, and components, senders or stand-ins, sorted by parent."""
    bills, methods = problem.bills, problem.methods
    parent = np.repeat(np.arange(problem.num_buffers), np.diff(bills.ptr))
    mover = np.repeat(np.arange(problem.num_buffers), np.diff(methods.ptr))
    is_move = methods.kind == MOVE
    flows = problem.flows or Flows(bills.component[:0], bills.component[:0])
    parents = np.concatenate([parent, mover[is_move], flows.taker]).astype(np.int64)
    children = np.concatenate([bills.component, methods.source[is_move], flows.giver]).astype(np.int64)
    order = np.argsort(parents, kind="stable")
    return parents[order], children[order]


def list_edges(problem: Problem) -> tuple[Int64s, Int64s]:
    """List who needs whom, as `list_takers`; buffers that come out together are told by the first of them."""
    return group_edges(problem, *list_takers(problem))


def find_levels(problem: Problem) -> Int32s:
    """Find the low-level code of every buffer.

    Returns
    -------
    array, shape (B,)
        0 for buffers that nothing else takes from, otherwise one more than the highest of those that do.

    Raises
    ------
    InputError
        When a buffer needs itself, directly or through others; the finding names the circle.
    """
    parents, children = list_edges(problem)
    ptr = np.searchsorted(parents, np.arange(problem.num_buffers + 1)).astype(np.int64)
    num_parents = np.bincount(children, minlength=problem.num_buffers).astype(np.int64)
    level, num_reached = _levels(ptr, children.astype(np.int32), num_parents.copy())
    if num_reached < problem.num_buffers:
        circle = " > ".join(str(problem.buffers.keys[buffer]) for buffer in find_circle(problem))
        rule, remedy = "an item does not go into itself", "Remove one of the bill lines or transfers of the circle"
        raise InputError(Finding("bill_line", rule, remedy, value=circle))
    return level if problem.outputs is None else level[find_groups(problem)]


def find_circle(problem: Problem) -> list[int]:
    """Find buffers that need each other in a circle, the first one repeated at the end; [] when there is none."""
    parents, children = list_edges(problem)
    below: dict[int, list[int]] = {}
    for parent, child in zip(parents.tolist(), children.tolist(), strict=True):
        below.setdefault(parent, []).append(child)
    done: set[int] = set()
    for root in below:
        path: list[int] = []
        places: dict[int, int] = {}
        stack = [(root, 0)]
        while stack:
            buffer, position = stack.pop()
            if position == 0:
                if buffer in places:
                    return [*path[places[buffer] :], buffer]
                if buffer in done:
                    continue
                places[buffer] = len(path)
                path.append(buffer)
            steps = below.get(buffer, [])
            if position < len(steps):
                stack.append((buffer, position + 1))
                stack.append((steps[position], 0))
            else:
                done.add(buffer)
                del places[buffer]
                path.pop()
    return []
