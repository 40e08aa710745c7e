"""Moves that may shorten a critical path, each with an estimate of the makespan after it.

Within a block of a critical path on one machine a task goes to the block's end or front, or its last or first task
goes inside (Balas and Vazacopoulos 1998; N6 and N7 of Zhang et al. 2007). Where a task has alternatives, it goes to
any place on another machine (Mastrolilli and Gambardella 2000). The estimate takes the heads and tails of what stays
as they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.jobshop.graph import Graph
from drumbeat.scheduling.engine.jobshop.timing import find_setup

ESTIMATE, TASK, MODE, BEFORE, TIES, ANY_TASK, ANY_MODE, ANY_BEFORE, SEEN = range(9)
"""Entries of `Memory.pick`: the best move allowed, how many tie with it, a forbidden move, and how many were seen."""

UNTIL, MACHINE, START, SIZE = range(4)
"""Columns of `Memory.held`."""

LEAST, ORIGIN, TARGET = range(3)
"""Columns of `Memory.noted`."""

HELD = 64
"""Arrangements remembered; a power of 2, above any tenure."""

FAR = 2**62


class Memory(NamedTuple):
    """What a tabu search remembers, and its scratch.

    Parameters
    ----------
    left
        Until which iteration a task may not come back to a machine, hashed by both; a power of 2 long.
    held
        Shape (`HELD` + 1, 4): the arrangements that are forbidden, a ring: until which iteration, machine, rank of the
        first task, number of tasks. The last row's first entry counts what was written.
    held_tasks
        Shape (`HELD`, most tasks that may meet on a machine): the tasks of each.
    luck
        State of the random numbers, one entry, not 0.
    path, segment, tails
        Shape (n + 1,): scratch for the critical path and a rearranged piece of a machine's order.
    pick
        The move chosen so far, entries as above.
    noted
        Shape (4 n + 4, 3): moves within the blocks of the path: a bound of the makespan after each, and the positions
        on the path that it goes from and to.
    """

    left: Int64s
    held: Int64s
    held_tasks: Int32s
    luck: Int64s
    path: Int32s
    segment: Int32s
    tails: Int64s
    pick: Int64s
    noted: Int64s


@bare
def draw_below(luck: Int64s, bound: int) -> int:
    """Draw a whole number from 0 to below `bound`."""
    x = np.uint64(luck[0])
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    luck[0] = np.int64(x)
    return np.int64((x >> np.uint64(33)) * np.uint64(bound) >> np.uint64(31))  # type: ignore[return-value]


@bare
def slot_of(memory: Memory, task: int, machine: int) -> int:
    """Entry of `Memory.left` for a task and a machine."""
    mixed = (np.uint64(task) * np.uint64(0x100000001B3) + np.uint64(machine)) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(40)) & (len(memory.left) - 1)  # type: ignore[return-value]


@bare
def is_held(graph: Graph, memory: Memory, task: int, low: int, high: int, step: int, now: int) -> bool:
    """Whether a forbidden arrangement comes back when a task moves within its machine.

    Parameters
    ----------
    low, high
        Ranks between which tasks move.
    step
        -1: the task goes from `low` to `high`, the others one rank down; 1: from `high` to `low`, the others up.
    """
    held, machine, rank = memory.held, graph.machine[task], graph.rank
    for entry in range(HELD):
        if held[entry, UNTIL] <= now or held[entry, MACHINE] != machine:
            continue
        start, size = held[entry, START], held[entry, SIZE]
        if start > high or start + size <= low:
            continue
        is_same = True
        for k in range(size):
            i = memory.held_tasks[entry, k]
            place = rank[i]
            if i == task:
                place = high if step < 0 else low
            elif low <= place <= high:
                place += step
            if place != start + k or graph.machine[i] != machine:
                is_same = False
                break
        if is_same:
            return True
    return False


@bare
def estimate_segment(graph: Graph, memory: Memory, size: int, before: int, after: int, limit: int) -> int:
    """Longest path through a rearranged piece of a machine's order, between `before` and `after`.

    May stop as soon as it is beyond `limit`.
    """
    node, segment, tails, n = graph.node, memory.segment, memory.tails, len(graph.order)
    last = segment[size - 1]
    onward = node[after].tail + node[after].run
    setup_after = 0
    if graph.has_setups and after < n:
        setup_after = find_setup(graph, last, after, graph.mode[after])
        onward += setup_after
    for k in range(size - 1, -1, -1):
        i = segment[k]
        tails[k] = max(node[i].job_tail, onward)
        onward = tails[k] + node[i].run
        if onward + node[i].job_head > limit:
            return onward + node[i].job_head
        if graph.has_setups:
            onward += find_setup(graph, segment[k - 1] if k else before, i, graph.mode[i])
    free = node[before].head + node[before].run
    longest = 0
    for k in range(size):
        i = segment[k]
        ready = node[i].job_head
        if graph.has_setups:
            setup = find_setup(graph, segment[k - 1] if k else before, i, graph.mode[i])
            ready += graph.wait * setup
            free += setup
        free = max(ready, free) + node[i].run
        longest = max(longest, free + tails[k])
        if longest > limit:
            return longest
    if graph.has_setups and after < n:
        head = max(node[after].job_head + graph.wait * setup_after, free + setup_after)
        longest = max(longest, head + node[after].run + node[after].tail)
    return longest


@bare
def consider(memory: Memory, is_free: bool, estimate: int, task: int, mode: int, before: int) -> None:
    """Keep a move, not worse than the one kept, in mind; one that is forbidden is drawn from all such."""
    pick = memory.pick
    if not is_free:
        pick[SEEN] += 1
        if draw_below(memory.luck, pick[SEEN]) == 0:
            pick[ANY_TASK], pick[ANY_MODE], pick[ANY_BEFORE] = task, mode, before
        return
    if estimate == pick[ESTIMATE]:
        pick[TIES] += 1
        if draw_below(memory.luck, pick[TIES]) > 0:
            return
    else:
        pick[TIES] = 1
    pick[ESTIMATE], pick[TASK], pick[MODE], pick[BEFORE] = estimate, task, mode, before


@bare
def bound_onward(graph: Graph, memory: Memory, low: int, high: int) -> int:
    """Least makespan after moving the path's task `low` right after its task `high`; `FAR` where that may make a cycle.

    With setups it is 0: whatever comes next to what may shorten them.
    """
    node, path = graph.node, memory.path
    task, until = path[low], path[high]
    # Else a path from the task's follower to `until` might close a cycle.
    if node[until].tail + node[until].run < node[task].job_tail:
        return FAR
    if graph.has_setups:
        return 0
    before, after = node[task].machine_before, node[until].machine_after
    # What comes before the task now, the rest of the piece without a gap, the task, and what follows.
    shortest = node[before].head + node[before].run + node[until].head + node[until].run - node[path[low + 1]].head
    return shortest + node[task].run + max(node[after].tail + node[after].run, node[task].job_tail)


@bare
def bound_back(graph: Graph, memory: Memory, high: int, low: int) -> int:
    """Least makespan after moving the path's task `high` right before its task `low`, likewise."""
    node, path = graph.node, memory.path
    task, until = path[high], path[low]
    if node[until].head + node[until].run < node[task].job_head:
        return FAR
    if graph.has_setups:
        return 0
    before, after, last = node[until].machine_before, node[task].machine_after, node[path[high - 1]]
    earliest = max(node[task].job_head, node[before].head + node[before].run)
    onward = max(node[after].tail + node[after].run, last.job_tail)
    return earliest + node[task].run + last.head + last.run - node[until].head + onward


@bare
def _try_onward(graph: Graph, memory: Memory, low: int, high: int, now: int, best: int) -> None:
    """Consider moving the path's task `low` right after its task `high`, both of one block."""
    node, path, segment = graph.node, memory.path, memory.segment
    task, until = path[low], path[high]
    size, limit = high - low, memory.pick[ESTIMATE]
    before, after = node[task].machine_before, node[until].machine_after
    for k in range(size):
        segment[k] = path[low + 1 + k]
    segment[size] = task
    estimate = estimate_segment(graph, memory, size + 1, before, after, limit)
    if estimate > limit:
        return
    rank = graph.rank[task]
    is_free = estimate < best or not is_held(graph, memory, task, rank, rank + size, -1, now)
    consider(memory, is_free, estimate, task, graph.mode[task], until)


@bare
def _try_back(graph: Graph, memory: Memory, high: int, low: int, now: int, best: int) -> None:
    """Consider moving the path's task `high` right before its task `low`, both of one block."""
    node, path, segment = graph.node, memory.path, memory.segment
    task, until = path[high], path[low]
    size, limit = high - low, memory.pick[ESTIMATE]
    before, after = node[until].machine_before, node[task].machine_after
    segment[0] = task
    for k in range(size):
        segment[k + 1] = path[low + k]
    estimate = estimate_segment(graph, memory, size + 1, before, after, limit)
    if estimate > limit:
        return
    rank = graph.rank[until]
    is_free = estimate < best or not is_held(graph, memory, task, rank, rank + size, 1, now)
    consider(memory, is_free, estimate, task, graph.mode[task], before)


@bare
def _note(graph: Graph, memory: Memory, count: int, origin: int, target: int) -> int:
    """Note a move within a block with its bound; returns how many are noted."""
    is_onward = origin < target
    bound = bound_onward(graph, memory, origin, target) if is_onward else bound_back(graph, memory, origin, target)
    if bound == FAR:
        return count
    moves = memory.noted
    moves[count, LEAST], moves[count, ORIGIN], moves[count, TARGET] = bound, origin, target
    return count + 1


@bare
def note_block(graph: Graph, memory: Memory, low: int, high: int, length: int, count: int) -> int:
    """Note the moves of the block from `low` to `high` of a path of `length` tasks, after `count` others."""
    # Before the first task of the path, and after the last, nothing can be won.
    has_front = low > 0 or graph.has_setups or graph.node[memory.path[0]].head > 0
    has_end = high < length - 1 or graph.has_setups
    if high == low + 1:
        if has_front or has_end:
            count = _note(graph, memory, count, low, high)
        return count
    if has_end:
        for k in range(low, high):
            count = _note(graph, memory, count, k, high)
    if has_front:
        for k in range(low + 1, high + 1):
            count = _note(graph, memory, count, k, low)
        for k in range(low + 2, high):
            count = _note(graph, memory, count, low, k)
    if has_end:
        for k in range(low + 1, high - 1):
            count = _note(graph, memory, count, high, k)
    return count


@bare
def try_noted(graph: Graph, memory: Memory, count: int, now: int, best: int) -> None:
    """Consider the moves that are noted, the most promising first: what its bound shuts out is not looked at."""
    moves, first = memory.noted, 0
    for k in range(1, count):
        if moves[k, LEAST] < moves[first, LEAST]:
            first = k
    for k in range(count):
        # The most promising one changes places with the first.
        entry = first if k == 0 else (0 if k == first else k)
        if moves[entry, LEAST] > memory.pick[ESTIMATE]:
            continue
        origin, target = moves[entry, ORIGIN], moves[entry, TARGET]
        if origin < target:
            _try_onward(graph, memory, origin, target, now, best)
        else:
            _try_back(graph, memory, origin, target, now, best)


@bare
def _estimate_without(graph: Graph, task: int) -> int:
    """Longest path through the machine neighbours of a task once it has gone."""
    node, n = graph.node, len(graph.order)
    before, after = node[task].machine_before, node[task].machine_after
    free = node[before].head + node[before].run
    if after == n:
        return free + node[before].job_tail if before < n else 0
    setup = find_setup(graph, before, after, graph.mode[after])
    head = max(node[after].job_head + graph.wait * setup, free + setup)
    longest = head + node[after].run + node[after].tail
    return max(longest, free + node[before].job_tail) if before < n else longest


@bare
def find_window(graph: Graph, task: int) -> tuple[int, int]:
    """Return the head from which on a task surely may follow this one by links, and the tail likewise."""
    node = graph.node
    head, tail = FAR, FAR
    for e in range(graph.after_ptr[task], graph.after_ptr[task + 1]):
        i = graph.after[e]
        head = min(head, node[i].head + node[i].run)
    for e in range(graph.before_ptr[task], graph.before_ptr[task + 1]):
        i = graph.before[e]
        tail = min(tail, node[i].tail + node[i].run)
    return head, tail


@bare
def try_machines(graph: Graph, memory: Memory, task: int, now: int, best: int) -> None:
    """Consider every place that makes no cycle on the task's other machines."""
    node, n = graph.node, len(graph.order)
    most_head, most_tail = find_window(graph, task)
    floor = _estimate_without(graph, task)
    for mode in range(graph.mode_ptr[task], graph.mode_ptr[task + 1]):
        machine = graph.mode_machine[mode]
        if machine == graph.machine[task]:
            continue
        run = graph.mode_run[mode]
        is_left = memory.left[slot_of(memory, task, machine)] > now
        before, after = n, graph.first[machine]
        if not graph.has_setups:
            # Of places where those before end by the time that the task can start, the last is the best.
            while after < n and node[after].head + node[after].run <= node[task].job_head:
                before, after = after, node[after].machine_after
        while before == n or node[before].head < most_head:
            onward = node[after].tail + node[after].run
            if after == n or node[after].tail < most_tail:
                setup = find_setup(graph, before, task, mode)
                way = onward
                if after < n:
                    way += find_setup(graph, task, after, graph.mode[after])
                free = node[before].head + node[before].run
                head = max(node[task].job_head + graph.wait * setup, free + setup)
                estimate = max(head + run + max(node[task].job_tail, way), floor)
                if estimate <= memory.pick[ESTIMATE]:
                    consider(memory, estimate < best or not is_left, estimate, task, mode, before)
            # Further on only the start would be later.
            if after == n or (onward <= node[task].job_tail and not graph.has_setups):
                break
            before, after = after, node[after].machine_after
