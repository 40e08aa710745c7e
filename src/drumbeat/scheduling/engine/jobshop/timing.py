"""Heads, tails and moves on the disjunctive graph: a task is taken out of its machine's order and put in elsewhere."""

from __future__ import annotations

from drumbeat.basics.arrays import Int32s
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.jobshop.graph import Graph


@bare
def find_setup(graph: Graph, before: int, task: int, mode: int) -> int:
    """Setup of a task in a mode after another one on its machine; `before` = number of tasks for none."""
    if not graph.has_setups:
        return 0
    setup = graph.mode_setup[mode]
    machine = graph.mode_machine[mode]
    matrix = graph.matrix[machine]
    family = graph.family[task]
    if matrix >= 0 and family >= 0:
        earlier = graph.initial[machine] if before == len(graph.order) else graph.family[before]
        if earlier < 0:
            earlier = graph.setups.shape[1] - 1
        setup += graph.setups[matrix, earlier, family]
    return setup


@bare
def run_heads(graph: Graph, start: int) -> None:
    """Find the heads of all tasks from a place in the order on."""
    node, order = graph.node, graph.order
    for k in range(start, len(order)):
        i = order[k]
        task = node[i]
        earlier = node[task.job_before]
        ready = earlier.head + earlier.run
        if graph.has_many:
            for e in range(graph.before_ptr[i], graph.before_ptr[i + 1]):
                earlier = node[graph.before[e]]
                ready = max(ready, earlier.head + earlier.run)
        if graph.has_release:
            ready = max(ready, graph.release[i])
        task.job_head = ready
        free = node[task.machine_before]
        task.head = max(ready + graph.wait * task.setup, free.head + free.run + task.setup)


@bare
def run_tails(graph: Graph, start: int) -> None:
    """Find the tails of all tasks from a place in the order back to the first."""
    node, order = graph.node, graph.order
    for k in range(start, -1, -1):
        i = order[k]
        task = node[i]
        later = node[task.job_after]
        left = later.tail + later.run + graph.wait * later.setup
        if graph.has_many:
            for e in range(graph.after_ptr[i], graph.after_ptr[i + 1]):
                later = node[graph.after[e]]
                left = max(left, later.tail + later.run + graph.wait * later.setup)
        task.job_tail = left
        next_ = node[task.machine_after]
        task.tail = max(left, next_.tail + next_.run + next_.setup)


@bare
def find_makespan(graph: Graph) -> int:
    """Return the end of all, once heads are known."""
    longest = 0
    for k in range(len(graph.ends)):
        task = graph.node[graph.ends[k]]
        longest = max(longest, task.head + task.run)
    return longest


@bare
def load_schedule(graph: Graph, order: Int32s, mode: Int32s) -> int:
    """Take over a schedule: an order in which no task comes before one that its links put first, and modes.

    Returns its makespan.
    """
    node, n, last = graph.node, len(order), graph.last
    for machine in range(len(last)):
        graph.first[machine], last[machine] = n, n
    for k in range(n):
        i = order[k]
        machine = graph.mode_machine[mode[i]]
        before = last[machine]
        graph.order[k], graph.place[i] = i, k
        graph.mode[i], graph.machine[i] = mode[i], machine
        node[i].run = graph.mode_run[mode[i]]
        node[i].setup = find_setup(graph, before, i, mode[i])
        node[i].machine_before, node[i].machine_after = before, n
        if before < n:
            node[before].machine_after = i
            graph.rank[i] = graph.rank[before] + 1
        else:
            graph.first[machine] = i
            graph.rank[i] = 0
        last[machine] = i
    run_heads(graph, 0)
    run_tails(graph, n - 1)
    return find_makespan(graph)


@bare
def _link(graph: Graph, before: int, after: int, machine: int) -> None:
    """Make two tasks neighbours on a machine; either may be none."""
    node, n = graph.node, len(graph.order)
    if before < n:
        node[before].machine_after = after
    else:
        graph.first[machine] = after
    if after < n:
        node[after].machine_before = before
        node[after].setup = find_setup(graph, before, after, graph.mode[after])


@bare
def relocate(graph: Graph, task: int, mode: int, before: int) -> None:
    """Take a task out and put it in right after `before` (none: first) on the machine of a mode; nothing is timed."""
    node, n = graph.node, len(graph.order)
    old, new = graph.machine[task], graph.mode_machine[mode]
    after = node[task].machine_after
    rank = graph.rank[task]
    _link(graph, node[task].machine_before, after, old)
    follower = node[before].machine_after if before < n else graph.first[new]
    graph.mode[task], graph.machine[task] = mode, new
    node[task].run = graph.mode_run[mode]
    node[task].machine_before, node[task].machine_after = before, follower
    node[task].setup = find_setup(graph, before, task, mode)
    _link(graph, before, task, new)
    if follower < n:
        node[follower].machine_before = task
        node[follower].setup = find_setup(graph, task, follower, graph.mode[follower])
    if old == new:
        # Between its old and its new place all ranks move by one.
        if before < n and graph.rank[before] > rank:
            while after != task:
                graph.rank[after] -= 1
                after = node[after].machine_after
            graph.rank[task] = graph.rank[before] + 1
        else:
            graph.rank[task] = graph.rank[before] + 1 if before < n else 0
            after = follower
            while after != n and graph.rank[after] < rank:
                graph.rank[after] += 1
                after = node[after].machine_after
        return
    while after != n:
        graph.rank[after] -= 1
        after = node[after].machine_after
    graph.rank[task] = graph.rank[before] + 1 if before < n else 0
    while follower != n:
        graph.rank[follower] += 1
        follower = node[follower].machine_after


@bare
def _follows_marked(graph: Graph, i: int) -> bool:
    task, mark = graph.node[i], graph.mark
    if mark[task.machine_before] or mark[task.job_before]:
        return True
    if graph.has_many:
        for e in range(graph.before_ptr[i], graph.before_ptr[i + 1]):
            if mark[graph.before[e]]:
                return True
    return False


@bare
def _precedes_marked(graph: Graph, i: int) -> bool:
    task, mark = graph.node[i], graph.mark
    if mark[task.machine_after] or mark[task.job_after]:
        return True
    if graph.has_many:
        for e in range(graph.after_ptr[i], graph.after_ptr[i + 1]):
            if mark[graph.after[e]]:
                return True
    return False


@bare
def move_onward(graph: Graph, task: int, until: int) -> bool:
    """Mend the order after `task` was put behind `until`: it and all that follow it go behind.

    Returns False, the order as it was, where `until` itself follows the task: a cycle.
    """
    order, place, mark, room = graph.order, graph.place, graph.mark, graph.room
    low, high = place[task], place[until]
    mark[task] = 1
    for k in range(low + 1, high + 1):
        if _follows_marked(graph, order[k]):
            mark[order[k]] = 1
    is_cycle = mark[until] == 1
    written, kept = low, 0
    for k in range(low, high + 1):
        i = order[k]
        if is_cycle:
            mark[i] = 0
        elif mark[i]:
            mark[i] = 0
            room[kept] = i
            kept += 1
        else:
            order[written] = i
            place[i] = written
            written += 1
    for k in range(kept):
        order[written + k] = room[k]
        place[room[k]] = written + k
    return not is_cycle


@bare
def move_back(graph: Graph, task: int, until: int) -> bool:
    """Mend the order after `task` was put before `until`: it and all that precede it go before; False for a cycle."""
    order, place, mark, room = graph.order, graph.place, graph.mark, graph.room
    high, low = place[task], place[until]
    mark[task] = 1
    for k in range(high - 1, low - 1, -1):
        if _precedes_marked(graph, order[k]):
            mark[order[k]] = 1
    is_cycle = mark[until] == 1
    written, kept = high, 0
    for k in range(high, low - 1, -1):
        i = order[k]
        if is_cycle:
            mark[i] = 0
        elif mark[i]:
            mark[i] = 0
            room[kept] = i
            kept += 1
        else:
            order[written] = i
            place[i] = written
            written -= 1
    for k in range(kept):
        order[written - k] = room[k]
        place[room[k]] = written - k
    return not is_cycle


@bare
def apply_move(graph: Graph, task: int, mode: int, before: int) -> bool:
    """Move a task right after `before` on the machine of a mode, and time all anew.

    Returns False, with nothing changed, where that makes a cycle.
    """
    node, place, n = graph.node, graph.place, len(graph.order)
    old_mode, old_before, old_after = graph.mode[task], node[task].machine_before, node[task].machine_after
    relocate(graph, task, mode, before)
    after = node[task].machine_after
    is_open = True
    if before < n and place[before] > place[task]:
        is_open = move_onward(graph, task, before)
    elif after < n and place[after] < place[task]:
        is_open = move_back(graph, task, after)
    if not is_open:
        relocate(graph, task, old_mode, old_before)
        return False
    low, high = place[task], place[task]
    if old_after < n:
        low = min(low, place[old_after])
    if after < n:
        low = min(low, place[after])
    if old_before < n:
        high = max(high, place[old_before])
    if before < n:
        high = max(high, place[before])
    if graph.has_setups:
        # A task's setup counts in its own head and in the tails of all before it.
        for i in (old_after, after):
            if i < n:
                high = max(high, place[i])
    run_heads(graph, low)
    run_tails(graph, high)
    return True
