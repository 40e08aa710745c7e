"""Judge the numbers of a problem: none negative, infinite where it may not be, or so large that sums overflow."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import numpy as np

from drumbeat.basics.findings import Finding
from drumbeat.scheduling.engine.check_report import Inspection
from drumbeat.scheduling.engine.features import PARTS
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem

LARGEST = 2**55
"""Times, and the sum of all work, stay below: some billion years in seconds, so that no sum overflows."""

MOST_SKILLS = 12
"""Up to so many skills of one task are looked at in all their combinations."""


def check_numbers(inspection: Inspection) -> None:
    """Check every number of a problem whose arrays are in order."""
    _check_signs(inspection)
    _check_sizes(inspection)
    _check_machines(inspection)
    _check_calendars(inspection)
    _check_quantities(inspection)
    _check_wishes(inspection)
    if not inspection.has_errors:
        _check_choices(inspection)
        _check_skills(inspection)


def _is_no_amount(values: Any) -> Any:
    """Whether each is negative, infinite or no number."""
    return ~(np.isfinite(values) & (values >= 0))


def _check_signs(inspection: Inspection) -> None:
    problem, report = inspection.problem, inspection.report
    tasks, modes, jobs, links, resources = problem.tasks, problem.modes, problem.jobs, problem.links, problem.resources
    remedy = "Enter a time of 0 or more"
    keys = _KeysByMode(problem)
    report("mode", "a run time is 0 or more", remedy, keys, modes.run_seconds < 0)
    report("mode", "a setup time is 0 or more", remedy, keys, modes.setup_seconds < 0)
    report("mode", "a mode holds at least one unit of a resource", remedy, modes.units, modes.units < 1)
    report("task", "a release is 0 or more", remedy, tasks.keys, tasks.release < 0)
    report("task", "a fixed start is 0 or more, or -1", remedy, tasks.keys, tasks.fixed_start < -1)
    report("job", "a release is 0 or more", remedy, jobs.keys, jobs.release < 0)
    weight = ~(np.isfinite(jobs.weight) & (jobs.weight > 0))
    report("job", "a weight is above 0", "Enter a weight such as 1", jobs.keys, weight)
    report("resource", "a capacity is 1 or more", "Enter 1 or more", resources.keys, resources.capacity < 1)
    report("resource", "cleaning takes 0 or more", remedy, resources.keys, resources.clean_seconds < 0)
    report("resource", "a longest campaign is above 0", remedy, resources.keys, resources.most_campaign <= 0)
    report(
        "resource", "a pay per hour is 0 or more", "Enter 0 or more", resources.keys, _is_no_amount(resources.hold_pay)
    )
    if (problem.setups.seconds < 0).any():
        inspection.findings.add(Finding("setup", "a setup time is 0 or more", remedy))
    if _is_no_amount(problem.setups.cost).any():
        inspection.findings.add(Finding("setup", "a setup's cost is a number of 0 or more", "Enter 0 or more"))
    skip = tasks.skip_cost
    report("task", "the cost of leaving a task out is 0 or more", "Enter 0 or more", tasks.keys, ~(skip >= 0))
    if len(links.most):
        names = _KeysByLink(problem)
        below = links.most < links.lag
        report(
            "link", "the most that a link allows is at least its lag", "Raise the most or lower the lag", names, below
        )
    if len(jobs.deadline):
        early = jobs.deadline < jobs.release
        report("job", "a deadline is at or after the release", "Correct one of the two dates", jobs.keys, early)


class _KeysByMode:
    """Keys of the tasks that modes belong to, found only for those that are told."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def __getitem__(self, mode: int) -> object:
        return self.problem.tasks.keys[int(np.searchsorted(self.problem.modes.task_ptr, mode, side="right")) - 1]


class _KeysByLink:
    """Both tasks of links."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def __getitem__(self, row: int) -> object:
        keys, links = self.problem.tasks.keys, self.problem.links
        return f"{keys[links.before[row]]} > {keys[links.after[row]]}"


def _check_sizes(inspection: Inspection) -> None:
    problem, report = inspection.problem, inspection.report
    modes, tasks, jobs, resources = problem.modes, problem.tasks, problem.jobs, problem.resources
    huge, remedy = "a time stays below 2^55 seconds", "Use seconds from the horizon's start, and a nearer horizon"
    work = np.maximum(modes.run_seconds, modes.setup_seconds)
    report("mode", huge, remedy, _KeysByMode(problem), work > LARGEST)
    report("task", huge, remedy, tasks.keys, np.maximum(tasks.release, tasks.fixed_start) > LARGEST)
    report("job", huge, remedy, jobs.keys, (jobs.release > LARGEST) | (np.abs(jobs.due) > FAR_FUTURE))
    lag = problem.links.lag
    report("link", huge, remedy, _KeysByLink(problem), (lag > LARGEST) | (lag < -LARGEST))
    report("resource", huge, remedy, resources.keys, resources.clean_seconds > LARGEST)
    # Summed in floats, which do not wrap round.
    longest = float(problem.setups.seconds.max(initial=0)) + float(resources.clean_seconds.max(initial=0))
    total = modes.run_seconds.sum(dtype=np.float64) + modes.setup_seconds.sum(dtype=np.float64)
    total += np.abs(lag.astype(np.float64)).sum() + problem.num_tasks * longest
    if total > LARGEST:
        rule = "all work together stays below 2^55 seconds"
        inspection.findings.add(Finding("mode", rule, remedy, value=f"{total:.3g}"))


def _check_machines(inspection: Inspection) -> None:
    """Check what setup matrices and campaigns ask of machines: one task, or one batch, at a time."""
    problem, resources, book = inspection.problem, inspection.problem.resources, inspection.problem.calendars
    peak = np.ones(len(book.ptr), dtype=np.int64)  # the last one, which -1 reaches, is "always"
    np.maximum.at(peak[:-1], np.repeat(np.arange(len(book.ptr) - 1), np.diff(book.ptr)), book.level)
    is_batch = resources.is_batch if len(resources.is_batch) else np.zeros(problem.num_resources, dtype=bool)
    several = (resources.capacity * peak[resources.calendar] != 1) & ~is_batch
    rule = "a resource with a setup matrix does one task, or one batch, at a time"
    remedy = "Make its capacity and its calendar's levels 1, or drop the matrix"
    inspection.report("resource", rule, remedy, resources.keys, several & (resources.setup_matrix >= 0))
    if not (resources.most_campaign < FAR_FUTURE).any():
        return
    has = resources.most_campaign < FAR_FUTURE
    rule = "a resource with campaigns does one task, or one batch, at a time"
    inspection.report("resource", rule, remedy.replace("matrix", "campaign"), resources.keys, several & has)
    modes = problem.modes
    owner = np.flatnonzero(np.diff(modes.resource_ptr) > 0)
    machine = modes.resource[modes.resource_ptr[owner]]
    task = np.searchsorted(modes.task_ptr, owner, side="right") - 1
    long = np.zeros(len(modes.run_seconds), dtype=bool)
    long[owner] = (modes.run_seconds[owner] > resources.most_campaign[machine]) & (problem.tasks.family[task] >= 0)
    rule = "a task's run fits into the longest campaign of its machine"
    inspection.report("mode", rule, "Split the task or allow a longer campaign", _KeysByMode(problem), long)


def _check_calendars(inspection: Inspection) -> None:
    book = inspection.problem.calendars
    owner = np.repeat(np.arange(len(book.ptr) - 1), np.diff(book.ptr))
    bad = (book.open_end <= book.open_start) | (book.level < 1) | (book.open_start < 0) | (book.open_end > FAR_FUTURE)
    bad[1:] |= (owner[1:] == owner[:-1]) & (book.open_start[1:] < book.open_end[:-1])
    rule = "open intervals are sorted and disjoint, with a level of 1 or more, and start at 0 or later"
    inspection.report("calendar", rule, "Mend the calendar", owner, bad)


def _check_quantities(inspection: Inspection) -> None:
    """Check stock, receipts, tanks and budgets; warn of a budget that is spent even where each task takes the least."""
    problem, report, materials = inspection.problem, inspection.report, inspection.problem.materials
    remedy = "Enter a finite quantity"
    report("material", "stock is 0 or more", remedy, materials.keys, _is_no_amount(materials.stock))
    received = ~(np.isfinite(materials.receipt_quantity) & (materials.receipt_quantity > 0))
    report("receipt", "a receipt is above 0", remedy, materials.receipt_keys, received)
    late = np.abs(materials.receipt_time) > FAR_FUTURE
    report("receipt", "a receipt comes before 2^60 seconds", remedy, materials.receipt_keys, late)
    names = materials.keys[materials.material] if len(materials.material) else materials.keys
    report("material", "a task's quantity is a finite number", remedy, names, ~np.isfinite(materials.quantity))
    report("material", "a tank holds more than 0", "Enter its size", materials.keys, ~(materials.most > 0))
    if len(materials.most) and len(materials.quantity):
        over = materials.quantity > materials.most[materials.material]
        rule = "what a task brings fits into the tank"
        report("material", rule, "Split the task or enlarge the tank", names, over, "warning")
    budgets, modes, remedy = problem.budgets, problem.modes, "Enter a whole number of 0 or more"
    report("budget", "an amount is 0 or more", remedy, budgets.keys, budgets.amount < 0)
    report("budget", "a mode takes 0 or more", remedy, budgets.taken, budgets.taken < 0)
    if not len(budgets.taken):
        return
    owner = np.repeat(np.arange(len(modes.run_seconds)), np.diff(budgets.mode_ptr))
    for b in range(len(budgets.amount)):
        takes = np.zeros(len(modes.run_seconds))
        mine = budgets.budget == b
        np.add.at(takes, owner[mine], budgets.taken[mine])
        if np.minimum.reduceat(takes, modes.task_ptr[:-1]).sum() > budgets.amount[b]:
            rule = "a budget suffices where each task takes the least of it that it can"
            shown = str(budgets.keys[b])
            inspection.findings.add(Finding("budget", rule, "Add to it", value=shown, severity="warning"))


def _check_wishes(inspection: Inspection) -> None:
    """Check the weights of the objective, and the names of its order."""
    aim = inspection.problem.objective
    remedy = f"Use weights of 0 or more for {', '.join(PARTS)}"
    for name in PARTS:
        weight = getattr(aim, name)
        if not (np.isfinite(weight) and weight >= 0):
            rule = "a weight of the objective is a finite number of 0 or more"
            inspection.findings.add(Finding("objective", rule, remedy, column=name, value=str(weight)))
    for name, times in Counter(aim.order).items():
        if name not in PARTS or times > 1:
            rule = "the order of the objective names its parts, each once"
            inspection.findings.add(Finding("objective", rule, f"Use {', '.join(PARTS)}", value=name))


def _check_choices(inspection: Inspection) -> None:
    """Warn of choices between one task; a fixed task may stand in one, two may not."""
    tasks = inspection.problem.tasks
    _check_routes(inspection)
    chosen = tasks.choice[tasks.choice >= 0] if len(tasks.choice) else tasks.choice
    if not len(chosen):
        return
    groups, times = np.unique(chosen, return_counts=True)
    rule = "a choice is between two tasks or more"
    inspection.report("choice", rule, "Add the other, or make no choice of it", groups, times == 1, "warning")
    fixed = tasks.choice[(tasks.choice >= 0) & (tasks.fixed_start >= 0)]
    groups, times = np.unique(fixed, return_counts=True)
    inspection.report("choice", "at most one task of a choice is fixed", "Free all but one", groups, times > 1)


def _check_routes(inspection: Inspection) -> None:
    """Check that what goes with another has no say of its own, and that the other is a task of a choice."""
    tasks = inspection.problem.tasks
    rows = np.flatnonzero(tasks.goes_with >= 0)
    if not len(rows):
        return
    keys, choice = tasks.keys[rows], tasks.choice_of_route
    own = np.zeros(len(rows), dtype=bool)
    if len(tasks.choice):
        own |= tasks.choice[rows] >= 0
    if len(tasks.skip_cost):
        own |= np.isfinite(tasks.skip_cost[rows])
    rule = "a task that goes with another has neither a choice nor a skip_cost of its own"
    inspection.report("task", rule, "Empty its choice and its skip_cost", keys, own)
    if not own.any():
        rule = "a task goes with one that stands in a choice itself"
        inspection.report("task", rule, "Let it go with the chosen task of its route", keys, choice[rows] < 0)
    is_fixed = tasks.fixed_start >= 0
    rule = "a fixed task goes with one that is fixed too"
    remedy = "Fix the chosen task of its route, or leave the other routes out"
    inspection.report("task", rule, remedy, keys, is_fixed[rows] & ~is_fixed[tasks.goes_with[rows]])


def _check_skills(inspection: Inspection) -> None:
    """Check that workers can be one at a time, and that every task finds as many different ones as it needs."""
    problem, skills = inspection.problem, inspection.problem.skills
    if not len(skills.count):
        return
    resources = problem.resources
    inspection.report(
        "skill", "a task needs one head or more of a skill", "Enter 1 or more", skills.count, skills.count < 1
    )
    several = resources.capacity[skills.worker] != 1
    rule = "a worker is one person: a resource of capacity 1"
    inspection.report("skill", rule, "Make him a resource of his own", resources.keys[skills.worker], several)
    if inspection.has_errors:
        return
    workers = [
        frozenset(skills.worker[a:b].tolist())
        for a, b in zip(skills.worker_ptr[:-1].tolist(), skills.worker_ptr[1:].tolist(), strict=True)
    ]
    known: dict[tuple[tuple[int, int], ...], str] = {}
    pointer, skill, count = skills.task_ptr.tolist(), skills.skill.tolist(), skills.count.tolist()
    for task in np.flatnonzero(np.diff(skills.task_ptr)).tolist():
        span = slice(pointer[task], pointer[task + 1])
        needs = tuple(sorted(zip(skill[span], count[span], strict=True)))
        if needs not in known:
            known[needs] = _find_shortage(needs, workers, skills.keys)
        if known[needs]:
            rule = "there are as many different workers as a task needs of its skills"
            value = f"{problem.tasks.keys[task]}: {known[needs]}"
            inspection.findings.add(Finding("task", rule, "Train or hire, or ask for fewer heads", value=value))


def _find_shortage(needs: tuple[tuple[int, int], ...], workers: list[frozenset[int]], keys: Any) -> str:
    """Say which skills are needed by more heads than there are people; empty where all find somebody (Hall 1935)."""
    wanted: Counter[int] = Counter()
    for skill, count in needs:
        wanted[skill] += count
    for size in range(1, len(wanted) + 1 if len(wanted) <= MOST_SKILLS else 2):
        for some in combinations(wanted, size):
            people = len(frozenset().union(*(workers[skill] for skill in some)))
            heads = sum(wanted[skill] for skill in some)
            if people < heads:
                return f"{heads} heads of {', '.join(str(keys[skill]) for skill in some)}, {people} people"
    return ""
