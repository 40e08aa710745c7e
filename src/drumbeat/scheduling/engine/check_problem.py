"""Judge a problem before it is solved: what no schedule could honour, said by name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.findings import Finding, Findings, Severity
from drumbeat.scheduling.engine.arrays import Bools, Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem

LARGEST = 2**55
"""Times, and the sum of all work, stay below: some billion years in seconds, so that no sum overflows."""


def check_problem(problem: Problem) -> Findings:
    """Find what is wrong with a problem.

    Parameters
    ----------
    problem
        From a plant, a benchmark or by hand.

    Returns
    -------
    Findings
        Errors where no schedule can be made (cycles, tasks without a mode, wrong indices, negative or overflowing
        times); warnings where a task can never be scheduled (its calendar too short, more units than there are).
    """
    findings = Findings()
    _check_indices(problem, findings)
    if findings.has_errors:
        return findings
    _check_numbers(problem, findings)
    if findings.has_errors:
        return findings
    _check_cycles(problem, findings)
    _check_fit(problem, findings)
    return findings


def _report(
    findings: Findings, place: str, rule: str, remedy: str, values: object, bad: Bools, severity: Severity = "error"
) -> None:
    rows = np.flatnonzero(bad)
    for row in rows[:50]:
        findings.add(Finding(place, rule, remedy, value=str(values[row]), severity=severity))  # type: ignore[index]
    if len(rows) > 50:
        findings.add(Finding(place, rule, remedy, severity=severity), times=len(rows) - 50)


def _is_outside(index: NDArray[np.integer], low: int, size: int) -> Bools:
    result: Bools = (index < low) | (index >= size)
    return result


def _check_indices(problem: Problem, findings: Findings) -> None:
    tasks, modes, links, resources = problem.tasks, problem.modes, problem.links, problem.resources
    keys, remedy = tasks.keys, "Mend the problem's arrays"
    if len(modes.task_ptr) != problem.num_tasks + 1 or len(modes.resource_ptr) != len(modes.run_seconds) + 1:
        findings.add(Finding("mode", "pointers have one entry more than there are rows", remedy))
        return
    none = np.diff(modes.task_ptr) < 1
    _report(findings, "task", "a task has at least one mode", "Say how it can be done", keys, none)
    job = _is_outside(tasks.job, 0, problem.num_jobs)
    _report(findings, "task", "a task belongs to a job", remedy, keys, job)
    families = len(problem.setups.families)
    family = _is_outside(tasks.family, -1, families)
    _report(findings, "task", "a task's setup family exists", remedy, keys, family)
    held = _is_outside(modes.resource, 0, problem.num_resources)
    _report(findings, "mode", "a mode holds resources that exist", remedy, modes.resource, held)
    _report(findings, "mode", "a mode holds at least one unit of a resource", remedy, modes.units, modes.units < 1)
    ends = _is_outside(links.before, 0, problem.num_tasks) | _is_outside(links.after, 0, problem.num_tasks)
    _report(findings, "link", "a link joins tasks that exist", remedy, links.before, ends)
    kind = _is_outside(links.kind, 0, 4)
    _report(findings, "link", "a link is of a known kind", remedy, links.kind, kind)
    calendar = _is_outside(resources.calendar, -1, len(problem.calendars.ptr) - 1)
    _report(findings, "resource", "a resource's calendar exists", remedy, resources.keys, calendar)
    matrix = _is_outside(resources.setup_matrix, -1, len(problem.setups.seconds))
    _report(findings, "resource", "a resource's setup matrix exists", remedy, resources.keys, matrix)
    fixed = tasks.fixed_mode >= 0
    foreign = fixed & ((tasks.fixed_mode < modes.task_ptr[:-1]) | (tasks.fixed_mode >= modes.task_ptr[1:]))
    _report(findings, "task", "a fixed task's mode is one of its own", remedy, keys, foreign)


def _check_numbers(problem: Problem, findings: Findings) -> None:
    tasks, modes, jobs, resources = problem.tasks, problem.modes, problem.jobs, problem.resources
    remedy = "Enter a time of 0 or more"
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    keys = tasks.keys[task_of]
    _report(findings, "mode", "a run time is 0 or more", remedy, keys, modes.run_seconds < 0)
    _report(findings, "mode", "a setup time is 0 or more", remedy, keys, modes.setup_seconds < 0)
    _report(findings, "task", "a release is 0 or more", remedy, tasks.keys, tasks.release < 0)
    _report(findings, "job", "a release is 0 or more", remedy, jobs.keys, jobs.release < 0)
    weight = ~(np.isfinite(jobs.weight) & (jobs.weight > 0))
    _report(findings, "job", "a weight is above 0", "Enter a weight such as 1", jobs.keys, weight)
    _report(findings, "resource", "a capacity is 1 or more", "Enter 1 or more", resources.keys, resources.capacity < 1)
    book = problem.calendars
    peak = np.append([book.level[a:b].max(initial=1) for a, b in zip(book.ptr[:-1], book.ptr[1:], strict=True)], 1)
    several = (resources.setup_matrix >= 0) & (resources.capacity * peak[resources.calendar] != 1)
    rule = "a resource with a setup matrix does one task at a time"
    _report(
        findings,
        "resource",
        rule,
        "Make its capacity and its calendar's levels 1, or drop the matrix",
        resources.keys,
        several,
    )
    if problem.setups.seconds.size and problem.setups.seconds.min() < 0:
        findings.add(Finding("setup", "a setup time is 0 or more", remedy))
    huge = "a time stays below 2^55 seconds"
    smaller = "Use seconds from the horizon's start, and a nearer horizon"
    _report(findings, "mode", huge, smaller, keys, modes.run_seconds + modes.setup_seconds > LARGEST)
    _report(findings, "task", huge, smaller, tasks.keys, np.maximum(tasks.release, tasks.fixed_start) > LARGEST)
    _report(findings, "job", huge, smaller, jobs.keys, jobs.release > LARGEST)
    lags = np.abs(problem.links.lag.astype(np.float64)) > LARGEST
    _report(findings, "link", huge, smaller, tasks.keys[problem.links.before] if len(lags) else lags, lags)
    # Summed in floats, which do not wrap round.
    total = float(modes.run_seconds.astype(np.float64).sum()) + float(
        np.abs(problem.links.lag.astype(np.float64)).sum()
    )
    if total > LARGEST:
        findings.add(Finding("mode", "all work together stays below 2^55 seconds", smaller, value=f"{total:.3g}"))
    _check_calendars(problem, findings)
    _check_materials(problem, findings)
    _check_budgets(problem, findings)


def _check_calendars(problem: Problem, findings: Findings) -> None:
    book = problem.calendars
    owner = np.repeat(np.arange(len(book.ptr) - 1), np.diff(book.ptr))
    bad = (book.open_end <= book.open_start) | (book.level < 1) | (book.open_start < 0)
    if len(owner) > 1:
        bad[1:] |= (owner[1:] == owner[:-1]) & (book.open_start[1:] < book.open_end[:-1])
    rule = "open intervals are sorted and disjoint, with a level of 1 or more, and start at 0 or later"
    _report(findings, "calendar", rule, "Mend the calendar", owner, bad)


def _check_materials(problem: Problem, findings: Findings) -> None:
    materials = problem.materials
    remedy = "Enter a finite quantity"
    stock = ~(np.isfinite(materials.stock) & (materials.stock >= 0))
    _report(findings, "material", "stock is 0 or more", remedy, materials.keys, stock)
    receipt = ~(np.isfinite(materials.receipt_quantity) & (materials.receipt_quantity > 0))
    _report(findings, "receipt", "a receipt is above 0", remedy, materials.receipt_keys, receipt)
    if len(materials.task_ptr) not in (0, problem.num_tasks + 1):
        findings.add(Finding("material", "pointers have one entry more than there are tasks", "Mend the arrays"))


def _check_budgets(problem: Problem, findings: Findings) -> None:
    """Mend what is wrong in budgets; warn of one that is spent even where each task takes the least it can."""
    budgets, modes, remedy = problem.budgets, problem.modes, "Enter a whole number of 0 or more"
    _report(findings, "budget", "an amount is 0 or more", remedy, budgets.keys, budgets.amount < 0)
    _report(findings, "budget", "a mode takes 0 or more", remedy, budgets.taken, budgets.taken < 0)
    size = len(modes.run_seconds) + 1
    if len(budgets.mode_ptr) not in (0, size) or (len(budgets.mode_ptr) and budgets.mode_ptr[-1] != len(budgets.taken)):
        findings.add(Finding("budget", "pointers have one entry more than there are modes", "Mend the arrays"))
        return
    missing = _is_outside(budgets.budget, 0, len(budgets.amount))
    _report(findings, "budget", "a mode draws on budgets that exist", "Mend the arrays", budgets.budget, missing)
    if missing.any() or not len(budgets.taken):
        return
    takes = np.zeros((len(modes.run_seconds), len(budgets.amount)), dtype=np.int64)
    np.add.at(takes, (np.repeat(np.arange(size - 1), np.diff(budgets.mode_ptr)), budgets.budget), budgets.taken)
    least = np.minimum.reduceat(takes, modes.task_ptr[:-1]).sum(axis=0)
    rule = "a budget suffices where each task takes the least of it that it can"
    _report(findings, "budget", rule, "Add to it", budgets.keys, least > budgets.amount, "warning")


def _check_cycles(problem: Problem, findings: Findings) -> None:
    """Name the tasks that go round in a circle: what is left when all that can be placed is placed."""
    links, n = problem.links, problem.num_tasks
    if not len(links.before):
        return
    left = np.bincount(links.after, minlength=n)
    order = np.argsort(links.before, kind="stable")
    first = np.searchsorted(links.before[order], np.arange(n + 1))
    after = links.after[order]
    front = np.flatnonzero(left == 0)
    placed = 0
    while len(front):
        placed += len(front)
        sizes = first[front + 1] - first[front]
        rows = np.arange(int(sizes.sum())) + np.repeat(first[front] - np.cumsum(sizes) + sizes, sizes)
        reached, times = np.unique(after[rows], return_counts=True)
        left[reached] -= times
        front = reached[left[reached] == 0]
    if placed < n:
        circle = _find_circle(links.before, links.after, left > 0)
        rule = "links between tasks make no circle"
        names = " > ".join(str(problem.tasks.keys[t]) for t in circle[:20])
        findings.add(Finding("link", rule, "Remove one of the links of the circle", value=names))


def _find_circle(before: NDArray[np.int32], after: NDArray[np.int32], stuck: Bools) -> list[int]:
    """Walk backwards from a stuck task along stuck predecessors until one comes again."""
    inside = stuck[before] & stuck[after]
    previous = dict(zip(after[inside].tolist(), before[inside].tolist(), strict=True))
    task = next(iter(previous))
    seen: dict[int, int] = {}
    path: list[int] = []
    while task not in seen:
        seen[task] = len(path)
        path.append(task)
        task = previous[task]
    return [*path[seen[task] :], task][::-1]


def _check_fit(problem: Problem, findings: Findings) -> None:
    """Warn of tasks that no mode has the units or the open time for."""
    modes, resources, tasks = problem.modes, problem.resources, problem.tasks
    if not problem.num_tasks:
        return
    owner = np.repeat(np.arange(len(modes.run_seconds)), np.diff(modes.resource_ptr))
    most, longest, total = _measure_calendars(problem)
    calendar = resources.calendar[modes.resource]
    task_of = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    lacks = np.zeros(len(modes.run_seconds), dtype=bool)
    lacks[owner[modes.units > resources.capacity[modes.resource] * most[calendar]]] = True
    room = np.full(len(modes.run_seconds), FAR_FUTURE, dtype=np.int64)
    through = ~tasks.can_pause[task_of]
    np.minimum.at(room, owner, np.where(through[owner], longest[calendar], total[calendar]))
    short = modes.run_seconds + modes.setup_seconds > room
    first = modes.task_ptr[:-1]
    free = tasks.fixed_start < 0
    never = np.logical_and.reduceat(lacks, first)
    rule = "a task asks for no more units of a resource than there ever are"
    _report(findings, "task", rule, "Ask for less, or add capacity", tasks.keys, never & free, "warning")
    closed = np.logical_and.reduceat(short | lacks, first) & ~never & free
    rule = "the calendars of what a task holds are open long enough for it"
    remedy = "Open the calendar for longer, split the task, or let it pause"
    _report(findings, "task", rule, remedy, tasks.keys, closed, "warning")


def _measure_calendars(problem: Problem) -> tuple[Int64s, Int64s, Int64s]:
    """Highest level, longest open stretch and all open time of each calendar; the last entry is "always"."""
    book = problem.calendars
    size = len(book.ptr) - 1
    most, longest, total = (np.zeros(size + 1, dtype=np.int64) for _ in range(3))
    most[-1], longest[-1], total[-1] = 1, FAR_FUTURE, FAR_FUTURE
    for c in range(size):
        span = slice(book.ptr[c], book.ptr[c + 1])
        start, end = book.open_start[span], book.open_end[span]
        if not len(start):
            continue
        most[c] = book.level[span].max()
        breaks = np.flatnonzero(start[1:] != end[:-1])
        begins = start[np.concatenate(([0], breaks + 1))]
        ends = end[np.concatenate((breaks, [len(end) - 1]))]
        longest[c], total[c] = (ends - begins).max(), (ends - begins).sum()
    return most, longest, total
