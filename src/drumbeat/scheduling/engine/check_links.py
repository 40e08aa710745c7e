"""Judge how tasks hang together: circles of links, most-lags that contradict each other, deadlines out of reach."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s
from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_paths import find_earliest_starts, find_parent_circle, relax
from drumbeat.scheduling.engine.check_report import Inspection
from drumbeat.scheduling.engine.problem import FAR_FUTURE, FINISH_FINISH, FINISH_START, START_START, Problem

_NAMED = 20
"""So many tasks of a circle are told at most."""


def check_links(inspection: Inspection) -> None:
    """Check that links make no circle, most-lags leave a way, and deadlines can be met where nobody is in the way."""
    problem, links = inspection.problem, inspection.problem.links
    circle = _find_circle(links.before, links.after, problem.num_tasks)
    if circle:
        rule = "links between tasks make no circle"
        remedy = "Remove one of the links of the circle, or say the longest time that one allows as its most"
        inspection.findings.add(Finding("link", rule, remedy, value=_name_tasks(problem, circle)))
        return
    if (links.most < FAR_FUTURE).any():
        _check_most(inspection)
    if (problem.jobs.deadline < FAR_FUTURE).any():
        _check_deadlines(inspection)


def _name_tasks(problem: Problem, tasks: list[int]) -> str:
    return " > ".join(str(problem.tasks.keys[t]) for t in tasks[:_NAMED])


def _number_knots(start: Int64s | Int32s, end: Int64s | Int32s, size: int) -> Int64s:
    """Number the strongly connected parts of a graph, shape (size,)."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(size, size))
    labels: Int64s = connected_components(graph, directed=True, connection="strong")[1].astype(np.int64)
    return labels


def _find_circle(before: Int32s, after: Int32s, size: int) -> list[int]:
    """Tasks of one circle of links, the first one again at its end; empty for none."""
    if (before < after).all():
        return []
    own = np.flatnonzero(before == after)
    if len(own):
        return [int(before[own[0]])] * 2
    knot = _number_knots(before, after, size)
    inside = knot[before] == knot[after]
    if not inside.any():
        return []
    previous = dict(zip(after[inside].tolist(), before[inside].tolist(), strict=True))
    task = next(iter(previous))
    seen: dict[int, int] = {}
    path: list[int] = []
    while task not in seen:
        seen[task] = len(path)
        path.append(task)
        task = previous[task]
    return [*path[seen[task] :], task][::-1]


def _measure_work(problem: Problem) -> tuple[Int64s, Int64s]:
    """Least and most seconds from start to end of each task; the far future where pauses or others decide."""
    modes, resources, tasks, first = problem.modes, problem.resources, problem.tasks, problem.modes.task_ptr[:-1]
    work = modes.run_seconds + (0 if problem.setups.is_ahead else modes.setup_seconds)
    longest = work.copy()
    owner = np.repeat(np.arange(len(work)), np.diff(modes.resource_ptr))
    held = modes.resource
    if not problem.setups.is_ahead:
        slowest = np.append(problem.setups.seconds.max(axis=(1, 2), initial=0), 0)[resources.setup_matrix]
        if len(resources.clean_seconds):
            slowest = slowest + np.where(resources.most_campaign < FAR_FUTURE, resources.clean_seconds, 0)
        np.add.at(longest, owner, slowest[held])
    pauses = np.repeat(tasks.can_pause, np.diff(modes.task_ptr))
    is_open = pauses[owner] & (resources.calendar[held] >= 0)
    if len(resources.is_batch):
        is_open |= resources.is_batch[held]
    if len(resources.setup_crew):
        is_open |= pauses[owner] & (resources.setup_crew[held] >= 0)
    longest[owner[is_open]] = FAR_FUTURE
    most: Int64s = np.maximum.reduceat(longest, first)
    if len(problem.skills.task_ptr):
        most[tasks.can_pause & (np.diff(problem.skills.task_ptr) > 0)] = FAR_FUTURE
    return np.minimum.reduceat(work, first), most


def _may_be_left_out(problem: Problem) -> Bools:
    tasks = problem.tasks
    out = np.zeros(problem.num_tasks, dtype=bool)
    if len(tasks.skip_cost):
        out |= np.isfinite(tasks.skip_cost)
    if len(tasks.choice):
        out |= tasks.choice >= 0
    if len(tasks.goes_with):
        out |= tasks.goes_with >= 0
    return out


def _check_most(inspection: Inspection) -> None:
    """Look for tasks that must be later than themselves: a circle of lags, most-lags and durations longer than 0.

    Nodes are starts (2t) and ends (2t + 1); an arc says how much later its end is than its start at least. Tasks that
    may be left out, and links to fixed tasks, bind nobody.
    """
    problem, links = inspection.problem, inspection.problem.links
    least, most = _measure_work(problem)
    tasks = np.flatnonzero(~_may_be_left_out(problem))
    bounded = tasks[most[tasks] < FAR_FUTURE]
    rows = np.flatnonzero(
        (problem.tasks.fixed_start[links.after] < 0)
        & ~_may_be_left_out(problem)[links.before]
        & ~_may_be_left_out(problem)[links.after]
    )
    kind = links.kind[rows]
    first = 2 * links.before[rows].astype(np.int64) + ((kind == FINISH_START) | (kind == FINISH_FINISH))
    last = 2 * links.after[rows].astype(np.int64) + ~((kind == FINISH_START) | (kind == START_START))
    limits = links.most[rows] < FAR_FUTURE
    start = np.concatenate((2 * tasks, 2 * bounded + 1, first, last[limits]))
    end = np.concatenate((2 * tasks + 1, 2 * bounded, last, first[limits]))
    length = np.concatenate((least[tasks], -most[bounded], links.lag[rows], -links.most[rows][limits]))
    knot = _number_knots(start, end, 2 * problem.num_tasks)
    inside = knot[start] == knot[end]
    start, end, length = start[inside], end[inside], length[inside]
    order = np.argsort(start, kind="stable")
    circle = _find_positive_circle(start[order], end[order], length[order], 2 * problem.num_tasks)
    if circle:
        rule = "the most that links allow leaves time for the tasks and lags between"
        remedy = "Raise the most of one of these links, or shorten what lies between"
        inspection.findings.add(Finding("link", rule, remedy, value=_name_tasks(problem, circle)))


def _find_positive_circle(start: Int64s, end: Int64s, length: Int64s, size: int) -> list[int]:
    """Tasks along a circle of arcs longer than 0; empty for none (Bellman 1958)."""
    value, parent = np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    rounds = 8
    while relax(value, parent, start, end, length, rounds):
        nodes = find_parent_circle(parent, start)
        if len(nodes):
            tasks = (nodes // 2).tolist()
            return [t for i, t in enumerate(tasks) if t != tasks[i - 1]] + [tasks[0]]
        rounds *= 2
    return []


def _check_deadlines(inspection: Inspection) -> None:
    """Name the jobs whose deadline is too early even where no task waits for a resource."""
    problem, links, jobs = inspection.problem, inspection.problem.links, inspection.problem.jobs
    tasks, n = problem.tasks, inspection.problem.num_tasks
    optional = _may_be_left_out(problem)
    work = np.where(optional, 0, _measure_work(problem)[0])
    earliest = np.maximum(tasks.release, jobs.release[tasks.job]).astype(np.int64)
    is_fixed = tasks.fixed_start >= 0
    earliest[is_fixed] = tasks.fixed_start[is_fixed]
    binds = ~(optional[links.before] | optional[links.after] | is_fixed[links.after])
    before, after = links.before[binds], links.after[binds]
    order = np.argsort(before, kind="stable")
    ptr = np.searchsorted(before[order], np.arange(n + 1)).astype(np.int64)
    left = np.bincount(after, minlength=n).astype(np.int64)
    find_earliest_starts(earliest, work, ptr, order, after, links.kind[binds], links.lag[binds], left)
    least = earliest + work
    late = ~is_fixed & ~optional & (least > jobs.deadline[tasks.job]) & (jobs.deadline >= jobs.release)[tasks.job]
    worst = np.zeros(problem.num_jobs, dtype=np.int64)
    np.maximum.at(worst, tasks.job[late], least[late])
    names = [f"{jobs.keys[j]}: {worst[j]} s, not {jobs.deadline[j]} s" for j in np.flatnonzero(worst > 0)[:50].tolist()]
    rule = "a deadline leaves time for the work and the lags before it"
    remedy = "Set a later deadline, release the order earlier or shorten its work"
    shown = np.full(problem.num_jobs, "", dtype=object)
    shown[np.flatnonzero(worst > 0)[:50]] = names
    inspection.report("job", rule, remedy, shown, worst > 0)
