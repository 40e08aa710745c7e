"""Judge a schedule, whoever made it: plain NumPy that shares no code with what makes schedules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drumbeat.basics.findings import Finding, Findings
from drumbeat.scheduling.engine.arrays import Bools, Int64s
from drumbeat.scheduling.engine.problem import (
    FAR_FUTURE,
    FINISH_FINISH,
    FINISH_START,
    START_FINISH,
    START_START,
    Problem,
)
from drumbeat.scheduling.engine.result import UNSCHEDULED, Schedule

STOCK_TOLERANCE = 2e-6
"""Share of the largest use by which stock may seem to fall below zero through rounding."""

_REMEDY = "Report this schedule: what made it broke the rule"


def check_schedule(problem: Problem, schedule: Schedule) -> Findings:
    """Find every rule that a schedule breaks.

    Parameters
    ----------
    problem, schedule
        The schedule may leave tasks unscheduled, but not what must go before a scheduled one.

    Returns
    -------
    Findings
        One for each broken rule and task, resource or material; empty when the schedule is feasible.
    """
    findings = Findings()
    if not _has_right_shape(problem, schedule, findings):
        return findings
    done = schedule.mode != UNSCHEDULED
    _check_modes(problem, schedule, done, findings)
    if findings:
        return findings
    _check_moments(problem, schedule, done, findings)
    _check_setups(problem, schedule, done, findings)
    _check_durations(problem, schedule, done, findings)
    _check_links(problem, schedule, done, findings)
    _check_capacity(problem, schedule, done, findings)
    _check_materials(problem, schedule, done, findings)
    _check_budgets(problem, schedule, done, findings)
    return findings


def _report(
    findings: Findings, place: str, rule: str, keys: object, bad: Bools | Int64s, value: Callable[[int], str]
) -> None:
    rows = np.flatnonzero(bad) if bad.dtype == bool else bad
    for row in rows[:50]:
        findings.add(Finding(place, rule, _REMEDY, value=f"{keys[row]}: {value(int(row))}"))  # type: ignore[index]
    if len(rows) > 50:
        findings.add(Finding(place, rule, _REMEDY), times=len(rows) - 50)


def _has_right_shape(problem: Problem, schedule: Schedule, findings: Findings) -> bool:
    sizes = {len(part) for part in (schedule.mode, schedule.start, schedule.end, schedule.setup_seconds)}
    if sizes != {problem.num_tasks}:
        rule = f"a schedule has one row for each of the {problem.num_tasks} tasks"
        findings.add(Finding("schedule", rule, _REMEDY, value=str(sorted(sizes))))
        return False
    return True


def _check_modes(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    pointer = problem.modes.task_ptr
    wrong = done & ((schedule.mode < pointer[:-1]) | (schedule.mode >= pointer[1:]))
    keys = problem.tasks.keys
    _report(findings, "task", "a task runs in one of its own modes", keys, wrong, lambda t: str(schedule.mode[t]))
    half = ~done & ((schedule.start != UNSCHEDULED) | (schedule.end != UNSCHEDULED))
    _report(findings, "task", "an unscheduled task has no times", keys, half, lambda t: str(schedule.start[t]))


def _check_moments(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    tasks, keys = problem.tasks, problem.tasks.keys
    free = done & (tasks.fixed_start < 0)
    start = schedule.start

    def at(t: int) -> str:
        return f"starts at {start[t]}"

    _report(findings, "task", "no task starts before 0", keys, done & (start < 0), at)
    _report(findings, "task", "a task starts at or after its release", keys, free & (start < tasks.release), at)
    early = free & (start < problem.jobs.release[tasks.job])
    _report(findings, "task", "a task starts at or after its job's release", keys, early, at)
    moved = (tasks.fixed_start >= 0) & (start != tasks.fixed_start)
    _report(findings, "task", "a fixed task starts when it is fixed to", keys, moved, at)
    changed = (tasks.fixed_start >= 0) & (tasks.fixed_mode >= 0) & (schedule.mode != tasks.fixed_mode)
    _report(findings, "task", "a fixed task runs in the mode that it is fixed to", keys, changed, at)


def _machine_of(problem: Problem, schedule: Schedule, done: Bools) -> Int64s:
    """First resource of each scheduled task's mode; -1 for none."""
    mode = np.where(done, schedule.mode, 0)
    pointer = problem.modes.resource_ptr
    has = done & (pointer[mode + 1] > pointer[mode])
    if not len(problem.modes.resource):
        return np.full(problem.num_tasks, -1, dtype=np.int64)
    first = np.where(has, pointer[mode], 0)
    machine: Int64s = np.where(has, problem.modes.resource[first], -1).astype(np.int64)
    return machine


def _check_setups(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    machine = _machine_of(problem, schedule, done)
    matrix = np.where(machine >= 0, problem.resources.setup_matrix[machine], -1)
    expected = problem.modes.setup_seconds[np.where(done, schedule.mode, 0)].copy()
    family = problem.tasks.family
    rows = np.flatnonzero((matrix >= 0) & (family >= 0))
    rows = rows[np.lexsort((schedule.end[rows], schedule.start[rows], machine[rows]))]
    before = problem.resources.initial_family[machine[rows]].astype(np.int64)
    same = machine[rows][1:] == machine[rows][:-1]
    before[1:][same] = family[rows][:-1][same]
    unknown = problem.setups.seconds.shape[1] - 1
    before = np.where(before < 0, unknown, before)
    expected[rows] += problem.setups.seconds[matrix[rows], before, family[rows]]
    wrong = done & (schedule.setup_seconds != expected)
    # Which of several that start at one moment, but the last without length, came first, a schedule does not say.
    tied = np.zeros(len(rows), dtype=bool)
    tied[1:] = same & (schedule.start[rows][1:] == schedule.start[rows][:-1])
    tied[:-1] |= tied[1:]
    unclear = tied.copy()
    unclear[1:] |= same & tied[:-1] & (schedule.end[rows][:-1] == schedule.start[rows][:-1])
    wrong[rows[unclear]] = False
    rule = "a setup lasts as long as the mode and the setup matrix say"
    keys = problem.tasks.keys
    _report(findings, "task", rule, keys, wrong, lambda t: f"{schedule.setup_seconds[t]} s, not {expected[t]} s")


def _levels(problem: Problem, calendar: int, cuts: Int64s) -> Int64s:
    """Level of a calendar from each cut to the next; the cuts contain all its bounds."""
    if calendar < 0:
        return np.ones(len(cuts), dtype=np.int64)
    book = problem.calendars
    span = slice(book.ptr[calendar], book.ptr[calendar + 1])
    change = np.zeros(len(cuts), dtype=np.int64)
    np.add.at(change, np.searchsorted(cuts, book.open_start[span]), book.level[span])
    np.add.at(change, np.searchsorted(cuts, book.open_end[span]), -book.level[span].astype(np.int64))
    return np.cumsum(change)


def _bounds(problem: Problem, calendars: list[int]) -> Int64s:
    book = problem.calendars
    parts = [np.array([0, FAR_FUTURE], dtype=np.int64)]
    for calendar in calendars:
        if calendar >= 0:
            span = slice(book.ptr[calendar], book.ptr[calendar + 1])
            parts += [book.open_start[span], book.open_end[span]]
    return np.unique(np.concatenate(parts))


def _group_by_needs(problem: Problem, schedule: Schedule, done: Bools) -> dict[tuple[tuple[int, int], ...], list[int]]:
    """Scheduled tasks by the calendars, and the least level of each, that they work in."""
    modes, resources = problem.modes, problem.resources
    groups: dict[tuple[tuple[int, int], ...], list[int]] = {}
    calendar, capacity = resources.calendar.tolist(), resources.capacity.tolist()
    resource, units, pointer = modes.resource.tolist(), modes.units.tolist(), modes.resource_ptr.tolist()
    chosen = schedule.mode.tolist()
    for task in np.flatnonzero(done).tolist():
        mode = chosen[task]
        needs = {
            (calendar[resource[e]], -(-units[e] // capacity[resource[e]]))
            for e in range(pointer[mode], pointer[mode + 1])
        }
        groups.setdefault(tuple(sorted(needs - {(-1, 1)})), []).append(task)
    return groups


def _check_durations(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    keys, tasks = problem.tasks.keys, problem.tasks
    work = problem.modes.run_seconds[np.where(done, schedule.mode, 0)] + schedule.setup_seconds
    for needs, members in _group_by_needs(problem, schedule, done).items():
        rows = np.array(members, dtype=np.int64)
        start, end, need = schedule.start[rows], schedule.end[rows], work[rows]
        cuts = _bounds(problem, [calendar for calendar, _ in needs])
        is_open = np.ones(len(cuts), dtype=bool)
        for calendar, level in needs:
            is_open &= _levels(problem, calendar, cuts) >= level
        is_open[-1] = False
        lengths = np.where(is_open[:-1], np.diff(cuts), 0)
        before = np.concatenate(([0], np.cumsum(lengths)))

        def worked(moment: Int64s, cuts: Int64s = cuts, is_open: Bools = is_open, before: Int64s = before) -> Int64s:
            k = np.searchsorted(cuts, moment, side="right") - 1
            result: Int64s = before[k] + np.where(is_open[k], moment - cuts[k], 0)
            return result

        here = np.searchsorted(cuts, start, side="right") - 1
        free = tasks.fixed_start[rows] < 0
        closed = free & ~is_open[here]
        _report(
            findings,
            "task",
            "a task starts while all that it holds is open",
            keys,
            rows[closed],
            lambda t: f"at {schedule.start[t]}",
        )
        spent = worked(end) - worked(start)
        late_end = (need > 0) & (worked(end - 1) - worked(start) >= need)
        # Where a fixed task outlasts its calendars, it works on.
        outlasts = ~free & (worked(np.full(len(rows), FAR_FUTURE, np.int64)) - worked(start) < need)
        wrong = (spent != need) | late_end | (end < start) | ((need == 0) & free & (end != start))
        rule = "a task's end less its start is its setup and run time, pauses while closed left out"
        _report(
            findings,
            "task",
            rule,
            keys,
            rows[wrong & ~outlasts],
            lambda t: f"from {schedule.start[t]} to {schedule.end[t]}, work {work[t]} s",
        )
        paused = free & ~tasks.can_pause[rows] & (end - start != need)
        _report(
            findings,
            "task",
            "a task that may not pause runs through",
            keys,
            rows[paused],
            lambda t: f"from {schedule.start[t]} to {schedule.end[t]}",
        )


def _check_links(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    links, keys = problem.links, problem.tasks.keys
    before, after = links.before, links.after
    free = done[after] & (problem.tasks.fixed_start[after] < 0)
    lost = after[free & ~done[before]].astype(np.int64)
    _report(
        findings,
        "task",
        "what goes before a scheduled task is scheduled",
        keys,
        lost,
        lambda t: f"at {schedule.start[t]}",
    )
    first = {
        FINISH_START: schedule.end,
        START_START: schedule.start,
        FINISH_FINISH: schedule.end,
        START_FINISH: schedule.start,
    }
    last = {
        FINISH_START: schedule.start,
        START_START: schedule.start,
        FINISH_FINISH: schedule.end,
        START_FINISH: schedule.end,
    }
    for kind, name in ((0, "finish-start"), (1, "start-start"), (2, "finish-finish"), (3, "start-finish")):
        rows = free & done[before] & (links.kind == kind)
        broken = rows & (last[kind][after] < first[kind][before] + links.lag)
        rule = f"a {name} link keeps its lag"
        _report(findings, "link", rule, keys[after], broken, lambda i: f"after {keys[before[i]]}, lag {links.lag[i]}")


def _check_capacity(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    modes, resources = problem.modes, problem.resources
    rows = np.flatnonzero(done & (schedule.end > schedule.start))
    mode = schedule.mode[rows]
    sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
    owner = np.repeat(rows, sizes)
    entry = (
        np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(modes.resource_ptr[mode], sizes)
    )
    resource, units = modes.resource[entry], modes.units[entry]
    order = np.argsort(resource, kind="stable")
    edges = np.searchsorted(resource[order], np.arange(problem.num_resources + 1))
    rule = "no resource holds more than it has at any open moment"
    for r in range(problem.num_resources):
        mine = order[edges[r] : edges[r + 1]]
        if not len(mine):
            continue
        start, end = schedule.start[owner[mine]], schedule.end[owner[mine]]
        cuts = np.unique(np.concatenate((_bounds(problem, [int(resources.calendar[r])]), start, end)))
        change = np.bincount(np.searchsorted(cuts, start), weights=units[mine], minlength=len(cuts))
        change -= np.bincount(np.searchsorted(cuts, end), weights=units[mine], minlength=len(cuts))
        at_hand = _levels(problem, int(resources.calendar[r]), cuts) * int(resources.capacity[r])
        over = np.flatnonzero((np.cumsum(change) > at_hand + 0.5) & (at_hand > 0))
        if len(over):
            value = f"{resources.keys[r]}: over at {cuts[over[0]]} s and at {len(over) - 1} more moments"
            findings.add(Finding("resource", rule, _REMEDY, value=value))


def _check_materials(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    materials = problem.materials
    if not len(materials.task_ptr):
        return
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(materials.task_ptr))
    used = done[owner]
    owner, material, quantity = owner[used], materials.material[used], materials.quantity[used]
    moment = np.where(quantity < 0, schedule.start[owner], schedule.end[owner])
    moment = np.concatenate((np.maximum(materials.receipt_time, 0), moment))
    material = np.concatenate((materials.receipt_material, material))
    quantity = np.concatenate((materials.receipt_quantity, quantity))
    # At one moment, what arrives comes before what is taken.
    order = np.lexsort((quantity < 0, moment, material))
    edges = np.searchsorted(material[order], np.arange(len(materials.keys) + 1))
    for k in range(len(materials.keys)):
        mine = order[edges[k] : edges[k + 1]]
        level = materials.stock[k] + np.cumsum(quantity[mine])
        room = STOCK_TOLERANCE * max(1.0, float(-quantity[mine].min(initial=0.0)))
        if len(level) and level.min() < -room:
            worst = int(np.argmin(level))
            value = f"{materials.keys[k]}: {level[worst]:g} at {moment[mine[worst]]} s"
            findings.add(Finding("material", "stock never falls below zero", _REMEDY, value=value))


def _check_budgets(problem: Problem, schedule: Schedule, done: Bools, findings: Findings) -> None:
    budgets = problem.budgets
    if not len(budgets.mode_ptr):
        return
    is_chosen = np.zeros(len(problem.modes.run_seconds), dtype=bool)
    is_chosen[schedule.mode[done]] = True
    chosen = np.repeat(is_chosen, np.diff(budgets.mode_ptr))
    spent = np.zeros(len(budgets.amount), dtype=np.int64)
    np.add.at(spent, budgets.budget[chosen], budgets.taken[chosen])
    rule = "the chosen modes together take no more of a budget than there is"
    over = spent > budgets.amount
    _report(findings, "budget", rule, budgets.keys, over, lambda b: f"{spent[b]} of {budgets.amount[b]}")
