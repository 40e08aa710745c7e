"""The model under construction: the solver's variables by task and mode, and the unit that times are counted in."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import gcd
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.scheduling.engine.features import REGULAR, describe
from drumbeat.scheduling.engine.measure_worth import HOUR, find_latest_moment
from drumbeat.scheduling.engine.problem import FAR_FUTURE, Problem
from drumbeat.scheduling.engine.result import Schedule

MOST_PIECES = 60_000
"""Largest number of calendar pieces in a model; beyond it, local search does better."""
MOST_ARCS = 40_000
"""Largest number of pairs of tasks on machines whose setups depend on the order."""


class NotModelledError(Exception):
    """The problem has a feature, or a size, that the model does not hold."""


@dataclass
class Outside:
    """What stays as it is around the tasks of a window; in seconds. Empty where the model holds the whole problem.

    Parameters
    ----------
    floor
        Nothing that is free starts before.
    blocks
        (resource, start, end, units) of what is held.
    job_end, job_start
        By job: last end and first start of its tasks outside.
    held_from, held_until
        By resource: first start and last end of tasks outside that hold it.
    last_end
        Of all.
    """

    floor: int = 0
    blocks: list[tuple[int, int, int, int]] = field(default_factory=list)
    job_end: dict[int, int] = field(default_factory=dict)
    job_start: dict[int, int] = field(default_factory=dict)
    held_from: dict[int, int] = field(default_factory=dict)
    held_until: dict[int, int] = field(default_factory=dict)
    last_end: int = 0


@dataclass
class CpsatModel:
    """The model, with the variables that a schedule is read from; times are in units of `unit` seconds.

    Lists are indexed by task, those that begin with `mode_` by mode. Numbers stand where nothing is to be decided.

    Parameters
    ----------
    horizon
        All tasks end by then.
    beyond
        The least objective of any schedule that reaches beyond the horizon.
    present
        Literal: whether a task is done.
    start, ready, run_start, end
        Of a task: `ready` is the end of its setup. Of one that is skipped, all are 0.
    setup
        Setup of a task.
    mode_present, mode_run, mode_interval
        Literal of a mode, its run, and the time from start to end; None where a mode takes no time.
    batch_lead
        By batch machine: for each of its modes the literal that it is the first of its batch.
    change
        Literals of changes between tasks on machines whose setups depend on the order, and what each costs in money.
    team
        By task: (skill entry, worker, literal) of all who could fill a head.
    """

    problem: Problem
    unit: int
    horizon: int
    beyond: float
    hint: Schedule | None
    model: Any = field(default_factory=cp_model.CpModel)
    present: list[Any] = field(default_factory=list)
    start: list[Any] = field(default_factory=list)
    ready: list[Any] = field(default_factory=list)
    run_start: list[Any] = field(default_factory=list)
    end: list[Any] = field(default_factory=list)
    setup: list[Any] = field(default_factory=list)
    mode_present: list[Any] = field(default_factory=list)
    mode_run: list[Any] = field(default_factory=list)
    mode_interval: list[Any] = field(default_factory=list)
    batch_lead: dict[int, dict[int, Any]] = field(default_factory=dict)
    change: list[tuple[Any, float]] = field(default_factory=list)
    team: list[list[tuple[int, int, Any]]] = field(default_factory=list)
    num_pieces: int = 0
    hours: dict[tuple[int, ...], Any] = field(default_factory=dict)
    outside: Outside = field(default_factory=Outside)
    is_window: bool = False

    @cached_property
    def owner(self) -> Int64s:
        """Task of each mode."""
        return np.repeat(np.arange(self.problem.num_tasks), np.diff(self.problem.modes.task_ptr))

    @property
    def true(self) -> Any:
        """The literal that is always true."""
        return self.model.new_constant(1)

    def count_pieces(self, number: int) -> None:
        """Count literals for calendars, and give up when there are too many."""
        self.num_pieces += number
        if self.num_pieces > MOST_PIECES:
            raise NotModelledError("calendars of too many pieces")

    def in_units(self, seconds: int) -> int:
        """Express seconds in the model's unit; the far future stays beyond the horizon."""
        return int(min(seconds // self.unit, 4 * self.horizon + 4))

    def machine(self, mode: int) -> int:
        """First resource of a mode; -1 for none."""
        modes = self.problem.modes
        begin = int(modes.resource_ptr[mode])
        return int(modes.resource[begin]) if begin < modes.resource_ptr[mode + 1] else -1

    def interval(self, start: Any, end: Any, literal: Any, size: Any = None) -> Any:
        """Interval from start to end where `literal` holds; `size` where it is known to be a number."""
        if size is None:
            size = self.model.new_int_var(0, self.horizon, "")
        return self.model.new_optional_interval_var(start, size, end, literal, "")

    def both(self, *literals: Any) -> Any:
        """Literal that is true exactly when all are."""
        if len(literals) == 1:
            return literals[0]
        both = self.model.new_bool_var("")
        self.model.add_bool_and(literals).only_enforce_if(both)
        self.model.add_bool_or([both, *(literal.negated() for literal in literals)])
        return both


def begin_window(problem: Problem, hint: Schedule, outside: Outside, horizon: int) -> CpsatModel:
    """Begin the model of a window: some tasks of a schedule, all others staying where they are.

    Parameters
    ----------
    problem, hint
        The tasks of the window, and where they are.
    outside
        What is around them.
    horizon
        Seconds by which all of them end.
    """
    moments = np.array([moment for block in outside.blocks for moment in block[1:3]], dtype=np.int64)
    unit = gcd(_find_unit(problem, hint), int(np.gcd.reduce(hint.start)), int(np.gcd.reduce(hint.end)))
    unit = gcd(unit, int(np.gcd.reduce(moments)) if len(moments) else 0) or 1
    return CpsatModel(problem, unit, horizon // unit + 1, np.inf, hint, outside=outside, is_window=True)


def begin_model(problem: Problem, hint: Schedule | None) -> CpsatModel:
    """Choose unit and horizon.

    With a schedule to start from, the horizon leaves room for twice as long, or just enough where all aims want work
    done early and the makespan is one of them alone; without, for all work in a row after the last date.
    """
    unit = _find_unit(problem, hint)
    safe = _find_safe_horizon(problem) // unit + 1
    aims = describe(problem).aims
    if hint is None or not aims <= REGULAR or problem.objective.order:
        return CpsatModel(problem, unit, safe, np.inf, hint)
    last = int(hint.end.max(initial=0)) // unit + 1
    horizon = min(safe, last if aims == {"makespan"} else 2 * last)
    beyond = np.inf if horizon == safe else _cost_beyond(problem, horizon * unit)
    return CpsatModel(problem, unit, horizon, beyond, hint)


def _find_unit(problem: Problem, hint: Schedule | None) -> int:
    """The largest unit in which all times are whole."""
    jobs, tasks, resources, links = problem.jobs, problem.tasks, problem.resources, problem.links
    book = problem.calendars
    parts: list[Int64s | Floats] = [
        problem.modes.run_seconds,
        problem.modes.setup_seconds,
        tasks.release,
        tasks.fixed_start[tasks.fixed_start >= 0],
        jobs.release,
        _finite(jobs.due),
        _finite(jobs.deadline),
        links.lag,
        _finite(links.most),
        problem.setups.seconds.ravel(),
        book.open_start,
        _finite(book.open_end),
        problem.materials.receipt_time,
        _finite(resources.most_campaign),
        resources.clean_seconds,
        problem.previous.start[problem.previous.start >= 0],
    ]
    if hint is not None:
        fixed = tasks.fixed_start >= 0
        parts += [hint.start[fixed], hint.end[fixed]]
    return max(gcd(*(int(np.gcd.reduce(part)) for part in parts if len(part))), 1)


def _finite(moments: Int64s) -> Int64s:
    return moments[moments < FAR_FUTURE]


def _find_safe_horizon(problem: Problem) -> int:
    """A moment by which some best schedule ends: after it, and after the last date, all work fits in a row."""
    links, resources, setups = problem.links, problem.resources, problem.setups
    most_setup = int(setups.seconds.max(initial=0)) if setups.seconds.size else 0
    most_setup = max(most_setup, int(resources.clean_seconds.max(initial=0)))
    opens = problem.calendars.open_start
    dates = (_finite(problem.jobs.deadline), problem.previous.start, problem.materials.receipt_time, opens)
    latest = max([find_latest_moment(problem), *(int(part.max(initial=0)) for part in dates)])
    work = int((problem.modes.run_seconds + problem.modes.setup_seconds).sum())
    return latest + work + int(np.maximum(links.lag, 0).sum()) + problem.num_tasks * most_setup


def _cost_beyond(problem: Problem, horizon: int) -> float:
    """The least objective of a schedule in which some job ends after `horizon` seconds."""
    aim, jobs = problem.objective, problem.jobs
    over = np.where(jobs.due < FAR_FUTURE, np.maximum(horizon - jobs.due, 0), 0)
    cost = aim.tardiness * jobs.weight * over / HOUR + aim.num_late * (over > 0)
    return float(cost.min(initial=np.inf)) + aim.makespan * horizon / HOUR
