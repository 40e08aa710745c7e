"""From activities, as project formats list them, to a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from drumbeat.basics.findings import Finding, InputError
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import (
    FAR_FUTURE,
    FINISH_START,
    Budgets,
    Jobs,
    Links,
    Modes,
    Problem,
    Resources,
    Tasks,
)

Aim: TypeAlias = Literal["makespan", "delay", "delay, makespan"]
"""What portfolios of projects are judged by: the last end of all, the sum of the delays against the critical paths, or
the first of the schedules with the least delay."""

OBJECTIVES: dict[Aim, Objective] = {
    "makespan": Objective(tardiness=0.0, makespan=1.0),
    "delay": Objective(tardiness=1.0),
    "delay, makespan": Objective(order=("tardiness", "makespan")),
}

Way: TypeAlias = tuple[int, dict[int, int], dict[int, int]]
"""Seconds, units by resource, and what it takes by budget."""


@dataclass(slots=True)
class Activity:
    """An activity as formats list it: its ways to be done, and those after it by their place in the list."""

    key: str
    project: int
    ways: list[Way]
    after: list[int] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether it is but a milestone: no time, no resources."""
        return all(
            not seconds and not any(units.values()) and not any(taken.values()) for seconds, units, taken in self.ways
        )


@dataclass(slots=True)
class Portfolio:
    """Projects that share resources.

    Parameters
    ----------
    release
        Of each project, seconds.
    critical_path
        Seconds of each project; what it takes longer is its delay. Empty: measured.
    """

    activities: list[Activity]
    capacity: list[int]
    amount: list[int] = field(default_factory=list)
    release: list[int] = field(default_factory=lambda: [0])
    critical_path: list[int] = field(default_factory=list)


def build_projects(portfolio: Portfolio, aim: Aim, name: str) -> Problem:
    """Build the problem of a portfolio: a job a project, due at its release and critical path if delay counts.

    Milestones at the start and the end of a project, and ways that ask for more than there is, are left out.

    Raises
    ------
    InputError
        Where every way of an activity asks for more than there is, or activities follow each other in a circle.
    """
    for activity in portfolio.activities:
        activity.ways = [way for way in activity.ways if _fits(way, portfolio)]
        if not activity.ways:
            rule, remedy = "an activity asks for no more of a resource than there is", "Correct the instance"
            raise InputError(Finding(name, rule, remedy, value=activity.key))
    paths = portfolio.critical_path or _measure_paths(portfolio, name)
    kept = _drop_milestones(portfolio.activities)
    place = {index: task for task, index in enumerate(kept)}
    tasks = [portfolio.activities[index] for index in kept]
    pairs = [(task, place[after]) for task, activity in enumerate(tasks) for after in activity.after if after in place]
    release = np.array(portfolio.release, dtype=np.int64)
    due = release + np.array(paths) if "delay" in aim else np.full(len(release), FAR_FUTURE)
    ways = [way for activity in tasks for way in activity.ways]
    count = len(tasks)
    return Problem(
        Jobs(_name("P", len(release)), due.astype(np.int64), np.ones(len(release)), release),
        Tasks(
            np.array([activity.key for activity in tasks], dtype=np.object_),
            np.array([activity.project for activity in tasks], dtype=np.int32),
            np.zeros(count, np.int64),
            np.full(count, -1, np.int32),
            np.zeros(count, bool),
            np.full(count, -1, np.int64),
            np.full(count, -1, np.int32),
        ),
        _gather_modes([len(activity.ways) for activity in tasks], ways),
        _gather_resources(portfolio.capacity),
        _gather_links(pairs),
        budgets=_gather_budgets(portfolio.amount, ways),
        objective=OBJECTIVES[aim],
    )


def _name(letter: str, count: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.array([f"{letter}{i + 1}" for i in range(count)], dtype=np.object_)


def _fits(way: Way, portfolio: Portfolio) -> bool:
    return all(units <= portfolio.capacity[r] for r, units in way[1].items())


def _measure_paths(portfolio: Portfolio, name: str) -> list[int]:
    """Seconds from each project's release to its end if it had all resources to itself."""
    activities = portfolio.activities
    left = [0] * len(activities)
    for activity in activities:
        for after in activity.after:
            left[after] += 1
    start = [portfolio.release[activity.project] for activity in activities]
    last = list(portfolio.release)
    ready = [index for index, count in enumerate(left) if not count]
    for index in ready:
        activity = activities[index]
        end = start[index] + min(seconds for seconds, _, _ in activity.ways)
        last[activity.project] = max(last[activity.project], end)
        for after in activity.after:
            start[after] = max(start[after], end)
            left[after] -= 1
            if not left[after]:
                ready.append(after)
    if len(ready) < len(activities):
        stuck = next(activity.key for activity, count in zip(activities, left, strict=True) if count)
        rule, remedy = "activities do not follow each other in a circle", "Correct the instance"
        raise InputError(Finding(name, rule, remedy, value=stuck))
    return [end - release for end, release in zip(last, portfolio.release, strict=True)]


def _drop_milestones(activities: list[Activity]) -> list[int]:
    """Return the activities without the milestones that begin or end their project and touch no other."""
    before: list[list[int]] = [[] for _ in activities]
    for index, activity in enumerate(activities):
        for after in activity.after:
            before[after].append(index)
    kept = []
    for index, activity in enumerate(activities):
        around = before[index] + activity.after
        is_inside = all(activities[other].project == activity.project for other in around)
        is_end = not before[index] or not activity.after
        if not (activity.is_empty and is_end and is_inside):
            kept.append(index)
    return kept


def _pointer(sizes: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)


def _gather_modes(sizes: list[int], ways: list[Way]) -> Modes:
    held = [[(r, units) for r, units in way[1].items() if units] for way in ways]
    return Modes(
        _pointer(sizes),
        np.array([seconds for seconds, _, _ in ways], dtype=np.int64),
        np.zeros(len(ways), np.int64),
        _pointer([len(row) for row in held]),
        np.array([r for row in held for r, _ in row], dtype=np.int32),
        np.array([units for row in held for _, units in row], dtype=np.int32),
    )


def _gather_budgets(amount: list[int], ways: list[Way]) -> Budgets:
    if not amount:
        return Budgets()
    taken = [[(b, quantity) for b, quantity in way[2].items() if quantity] for way in ways]
    return Budgets(
        _name("N", len(amount)),
        np.array(amount, dtype=np.int64),
        _pointer([len(row) for row in taken]),
        np.array([b for row in taken for b, _ in row], dtype=np.int32),
        np.array([quantity for row in taken for _, quantity in row], dtype=np.int64),
    )


def _gather_resources(capacity: list[int]) -> Resources:
    none = np.full(len(capacity), -1, np.int32)
    # A resource of which there is none binds nobody: the ways that would hold it have gone.
    return Resources(_name("R", len(capacity)), none, np.maximum(np.array(capacity, dtype=np.int32), 1), none, none)


def _gather_links(pairs: list[tuple[int, int]]) -> Links:
    ends = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    kind = np.full(len(pairs), FINISH_START, np.int32)
    return Links(ends[:, 0].copy(), ends[:, 1].copy(), kind, np.zeros(len(pairs), np.int64))
