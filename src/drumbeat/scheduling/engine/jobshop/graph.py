"""The disjunctive graph: tasks as nodes, links and machine orders as arcs, laid out for the compiled kernels."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s

NODE = np.dtype(
    [
        *((name, np.int64) for name in ("head", "tail", "run", "setup", "job_head", "job_tail")),
        *((name, np.int32) for name in ("machine_before", "machine_after", "job_before", "job_after")),
    ]
)
"""A task in 64 bytes, one line of the processor's cache.

`head`: earliest start of its run; `tail`: longest way from the end of its run to the end of all; `setup`: that before
it, after its present machine predecessor; `job_head`: the latest of its release and the ends of those that its links
put before it; `job_tail`: the longest way to the end of all through its links. The last four are its neighbours on its
machine and the first of its links' tasks on each side; the number of tasks stands for none, and is the index of a node
of length zero."""


class Graph(NamedTuple):
    """A shop, and one schedule of it that kernels change.

    Parameters
    ----------
    node
        Shape (n + 1,) of `NODE`.
    order, place
        Tasks in an order in which arcs point onward only, and the place of each task in it; shape (n,).
    mode, machine, rank
        Of each task: its mode, its machine and its place on it.
    first
        Shape (machines,): the first task on each machine; n where it is idle.
    last
        Shape (machines,): scratch.
    mark, room
        Shape (n + 1,): scratch, `mark` zero between calls.
    mode_ptr, mode_machine, mode_run, mode_setup
        The modes: of task t are those from `mode_ptr[t]` to `mode_ptr[t + 1] - 1`. `mode_setup` is what comes before
        every run in the mode, where machines are set up ahead; else it is part of `mode_run`.
    before_ptr, before, after_ptr, after
        CSR over tasks: links.
    release
        Shape (n,): earliest start by the task's own release and its job's.
    family, matrix, initial, setups
        As in `Tasks`, `Resources` and `Setups`.
    ends
        Tasks without one after them.
    wait
        1 where a setup waits for the piece of work, 0 where machines are set up ahead.
    has_setups, has_many, has_release
        Whether there are setups; tasks with several links on a side; releases.
    """

    node: Any
    order: Int32s
    place: Int32s
    mode: Int32s
    machine: Int32s
    rank: Int32s
    first: Int32s
    last: Int32s
    mark: Int32s
    room: Int32s
    mode_ptr: Int64s
    mode_machine: Int32s
    mode_run: Int64s
    mode_setup: Int64s
    before_ptr: Int64s
    before: Int32s
    after_ptr: Int64s
    after: Int32s
    release: Int64s
    family: Int32s
    matrix: Int32s
    initial: Int32s
    setups: Int64s
    ends: Int32s
    wait: int
    has_setups: bool
    has_many: bool
    has_release: bool


def copy_graph(graph: Graph) -> Graph:
    """Return a graph with a schedule of its own; what never changes is shared."""
    changing = ("node", "order", "place", "mode", "machine", "rank", "first", "last", "mark", "room")
    return graph._replace(**{name: getattr(graph, name).copy() for name in changing})
