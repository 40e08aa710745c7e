"""What an hour of each busy resource is worth: where one more would help, and by how much."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.dispatch import dispatch_by_key
from drumbeat.scheduling.engine.measure_worth import HOUR, measure_worth
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule
from drumbeat.scheduling.engine.shop import build_shop

STEPS = (0.02, 0.05)
"""By these shares a resource works faster, to see what that does to the objective."""


@dataclass(frozen=True, slots=True)
class HourValue:
    """What an hour of a resource is worth.

    Parameters
    ----------
    resource
        Index.
    busy_hours
        Hours that scheduled tasks hold it, pauses left out, each unit counted.
    busy_share
        Of its open hours up to the schedule's end; 0 to 1.
    value
        Objective gained by each hour that it need not work, >= 0: by a faster machine, or by an hour of overtime.
    """

    resource: int
    busy_hours: float
    busy_share: float
    value: float


def value_hours(problem: Problem, schedule: Schedule, *, num_resources: int = 5) -> list[HourValue]:
    """Estimate what an hour of the busiest resources is worth.

    The schedule's order is dispatched again twice for each resource, with all runs on it 2 % and 5 % shorter, and the
    objective is compared with that of the same order dispatched with the runs as they are. The mean gain for each hour
    that the resource is relieved of is its value. Everything else keeps its order and moves up as far as it can. It is
    an estimate: an order made anew for the faster resource could gain more, and in a dispatched order single tasks may
    come out worse, for which a loss is told as 0.

    Parameters
    ----------
    problem
        Without errors (`check_problem`); what dispatching does not know (`Features.is_dispatchable`) is left out of
        the comparison on both sides.
    schedule
        Whose order is kept.
    num_resources
        How many resources to look at, the busiest first.

    Returns
    -------
    list[HourValue]
        The most valuable first; empty where nothing is scheduled.
    """
    busy, share = _measure_use(problem, schedule)
    if not busy.any():
        return []
    order = np.where(schedule.start >= 0, schedule.start, FAR_FUTURE).astype(np.float64)
    objective = _dispatch_again(problem, order)
    values = []
    for resource in np.argsort(-share, kind="stable")[:num_resources].tolist():
        if not busy[resource]:
            continue
        gains = []
        for step in STEPS:
            faster = problem.modes.run_seconds.copy()
            owner = np.repeat(np.arange(len(faster)), np.diff(problem.modes.resource_ptr))
            held = owner[problem.modes.resource == resource]
            faster[held] -= np.rint(faster[held] * step).astype(np.int64)
            chosen = schedule.mode[schedule.mode >= 0]
            hours = float((problem.modes.run_seconds - faster)[chosen].sum() / HOUR)
            if hours > 0:
                gained = objective - _dispatch_again(
                    replace(problem, modes=replace(problem.modes, run_seconds=faster)), order
                )
                gains.append(gained / hours)
        value = max(float(np.mean(gains)), 0.0) if gains else 0.0
        values.append(HourValue(resource, float(busy[resource]), float(share[resource]), value))
    return sorted(values, key=lambda told: -told.value)


def _dispatch_again(problem: Problem, order: Floats) -> float:
    return measure_worth(problem, dispatch_by_key(build_shop(problem), order)).objective


def _measure_use(problem: Problem, schedule: Schedule) -> tuple[Floats, Floats]:
    """Hours for which each resource is held by modes, and their share of its open hours until the last end."""
    modes, resources, book = problem.modes, problem.resources, problem.calendars
    rows = np.flatnonzero(schedule.mode >= 0)
    mode = schedule.mode[rows]
    sizes = modes.resource_ptr[mode + 1] - modes.resource_ptr[mode]
    entry = np.repeat(modes.resource_ptr[mode] - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))
    work = np.repeat(modes.run_seconds[mode] + schedule.setup_seconds[rows], sizes) * modes.units[entry]
    busy: Floats = np.bincount(modes.resource[entry], weights=work, minlength=problem.num_resources) / HOUR
    last = int(schedule.end.max(initial=0))
    opened = np.full(len(book.ptr), last, dtype=np.int64)  # the last one, which -1 reaches, is always open
    opened[:-1] = 0
    length: Int64s = (np.minimum(book.open_end, last) - book.open_start).clip(0) * book.level.astype(np.int64)
    np.add.at(opened[:-1], np.repeat(np.arange(len(book.ptr) - 1), np.diff(book.ptr)), length)
    at_hand = opened[resources.calendar] * resources.capacity / HOUR
    share: Floats = np.divide(busy, at_hand, out=np.zeros_like(at_hand), where=at_hand > 0).clip(0.0, 1.0)
    return busy, share
