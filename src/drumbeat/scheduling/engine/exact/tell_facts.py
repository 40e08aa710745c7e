"""Tell facts that contradict each other in plant words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from drumbeat.scheduling.engine.exact.facts import Fact
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem

SHOWN = 3
"""Closed times, and names, that are told one by one."""

Telling = Callable[[int], str]


def tell_fact(problem: Problem, fact: Fact, facts: Sequence[Fact], tell_time: Telling) -> str:
    """Tell one of several facts that contradict each other.

    Parameters
    ----------
    problem
        The tasks that are involved.
    fact, facts
        One of them, and all of them: an order's deadline is told with the machine that is closed.
    tell_time
        Turns seconds from the horizon's start into words.
    """
    keys, i = problem.tasks.keys, fact.index
    jobs, resources, links = problem.jobs, problem.resources, problem.links
    if fact.kind in ("calendar", "capacity", "setups"):
        return _tell_resource(problem, fact, facts, tell_time)
    if fact.kind in ("material", "tank", "skill", "budget"):
        return _tell_supply(problem, fact)
    if fact.kind == "deadline":
        return _tell_deadline(problem, i, facts, tell_time)
    if fact.kind == "release":
        return f"order {jobs.keys[i]} cannot start before {tell_time(int(jobs.release[i]))}"
    if fact.kind == "task release":
        return f"task {keys[i]} cannot start before {tell_time(int(problem.tasks.release[i]))}"
    if fact.kind == "fixed start":
        return f"task {keys[i]} is fixed to start at {tell_time(int(problem.tasks.fixed_start[i]))}"
    if fact.kind == "fixed mode":
        return f"task {keys[i]} is fixed to {_name_mode(problem, int(problem.tasks.fixed_mode[i]))}"
    if fact.kind == "links":
        mine = problem.tasks.job[links.before] == i
        pairs = zip(links.before[mine].tolist(), links.after[mine].tolist(), strict=True)
        named = [f"{keys[before]} before {keys[after]}" for before, after in pairs]
        return f"order {jobs.keys[i]} has {_join(named)}"
    if fact.kind == "most":
        before, after = keys[links.before[i]], keys[links.after[i]]
        return f"task {after} follows {before} within {tell_time(int(links.most[i]))}"
    named = [str(resources.keys[r]) for r in np.flatnonzero(resources.order_group == i)]
    return f"{_join(named)} take their orders in one sequence"


def _join(names: Sequence[str]) -> str:
    """Name a few, and count the rest."""
    shown = list(names[:SHOWN])
    rest = len(names) - len(shown)
    if rest:
        shown.append(f"{rest} more")
    return " and ".join(shown) if len(shown) < 3 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _name_mode(problem: Problem, mode: int) -> str:
    modes = problem.modes
    held = modes.resource[modes.resource_ptr[mode] : modes.resource_ptr[mode + 1]]
    return _join([str(problem.resources.keys[r]) for r in held]) if len(held) else "its mode"


def _needs(problem: Problem, job: int) -> set[int]:
    """Resources that tasks of a job can hold."""
    modes = problem.modes
    owner = np.repeat(np.arange(problem.num_tasks), np.diff(modes.task_ptr))
    mine = np.repeat(problem.tasks.job[owner] == job, np.diff(modes.resource_ptr))
    return set(modes.resource[mine].tolist())


def _tell_deadline(problem: Problem, job: int, facts: Sequence[Fact], tell_time: Telling) -> str:
    """An order's deadline, with the machines to blame that it needs before."""
    blamed = [fact.index for fact in facts if fact.kind in ("calendar", "capacity")]
    needed = [str(problem.resources.keys[r]) for r in dict.fromkeys(blamed) if r in _needs(problem, job)]
    moment = tell_time(int(problem.jobs.deadline[job]))
    key = problem.jobs.keys[job]
    return f"order {key} needs {_join(needed)} before {moment}" if needed else f"order {key} must end by {moment}"


def _tell_resource(problem: Problem, fact: Fact, facts: Sequence[Fact], tell_time: Telling) -> str:
    resources, r = problem.resources, fact.index
    key = resources.keys[r]
    if fact.kind == "setups":
        return f"{key} has to be set up between families"
    if fact.kind == "calendar":
        return _tell_closed(problem, r, facts, tell_time)
    capacity = int(resources.capacity[r])
    if capacity == 1:
        return f"{key} does one thing at a time"
    return f"{key} has room for {capacity} at a time"


def _tell_closed(problem: Problem, resource: int, facts: Sequence[Fact], tell_time: Telling) -> str:
    """When a resource is closed, as far as the other facts reach."""
    book, c, key = problem.calendars, int(problem.resources.calendar[resource]), problem.resources.keys[resource]
    span = slice(int(book.ptr[c]), int(book.ptr[c + 1]))
    opens, closes = book.open_start[span].tolist(), book.open_end[span].tolist()
    if not opens:
        return f"{key} is never open"
    last = max((int(problem.jobs.deadline[f.index]) for f in facts if f.kind == "deadline"), default=FAR_FUTURE)
    first = max((int(problem.jobs.release[f.index]) for f in facts if f.kind == "release"), default=0)
    closed, moment = [], 0
    for start, end in [*zip(opens, closes, strict=True), (FAR_FUTURE, FAR_FUTURE)]:
        if start > moment and moment < last and start > first:
            closed.append((moment, start))
        moment = end
    told = []
    for start, end in closed:
        if end >= FAR_FUTURE:
            told.append(f"from {tell_time(start)} on")
        elif start <= first:
            told.append(f"until {tell_time(end)}")
        else:
            told.append(f"from {tell_time(start)} to {tell_time(end)}")
    return f"{key} is closed {_join(told)}" if told else f"{key} keeps its open times"


def _tell_supply(problem: Problem, fact: Fact) -> str:
    materials, skills, budgets, i = problem.materials, problem.skills, problem.budgets, fact.index
    if fact.kind == "skill":
        count = int(skills.worker_ptr[i + 1] - skills.worker_ptr[i])
        return f"{count} {'person has' if count == 1 else 'people have'} the skill {skills.keys[i]}"
    if fact.kind == "budget":
        return f"there are {int(budgets.amount[i]):,} of {budgets.keys[i]}"
    if fact.kind == "tank":
        return f"{materials.keys[i]} has room for {float(materials.most[i]):g}"
    mine = materials.material == i
    needed = -float(np.minimum(materials.quantity[mine], 0).sum())
    received = float(materials.receipt_quantity[materials.receipt_material == i].sum())
    return (
        f"{needed:g} of {materials.keys[i]} are needed, {float(materials.stock[i]):g} in stock and {received:g} to come"
    )
