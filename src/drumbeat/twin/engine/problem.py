"""The twin's problem: a fixed schedule as a network of moments, and what is uncertain about it.

All times are int64 seconds from the horizon's start; ragged lists are CSR, as in `drumbeat.scheduling.engine.problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s, Texts
from drumbeat.basics.streams import FIXED
from drumbeat.scheduling.engine.problem import Calendars, Problem
from drumbeat.twin.engine.doubt import Doubt

Keys: TypeAlias = NDArray[np.uint64]

RUN, SCRAP_LEVEL, SCRAP_COUNT, LIFE, RESIDUAL, REPAIR, LATENESS, ABSENCE = range(1, 9)
"""Purposes of draws. Keys: the task for the first three, "<failure mode>#<unit>" for the next three, the receipt, and
"<pool>@<hour of day>" for absence."""

EMPIRICAL = 6
"""Run times as they were seen: code EMPIRICAL + e stands for row e of `RunTimes.tables`."""

BREAKDOWN, ABSENT, SUPPLIER, SCRAP, RUN_TIME = "breakdown", "absence", "supplier", "scrap", "run time"
"""Kinds of cause, in the words of the plant."""


def _ints() -> Int64s:
    return np.zeros(0, dtype=np.int64)


def _indices() -> Int32s:
    return np.zeros(0, dtype=np.int32)


def _floats() -> Floats:
    return np.zeros(0, dtype=np.float64)


def _bools() -> Bools:
    return np.zeros(0, dtype=np.bool_)


def _texts() -> Texts:
    return np.zeros(0, dtype=np.object_)


@dataclass(frozen=True, slots=True)
class Arcs:
    """Lower bounds on one kind of moment (starts, or ends) of the network's tasks: CSR over tasks.

    Parameters
    ----------
    ptr
        Shape (N + 1,).
    source
        The moment that it waits for: 2 n = start of task n, 2 n + 1 = its end, 2 N + q = arrival of receipt q.
    lag
        Least elapsed seconds after that moment; may be negative.
    """

    ptr: Int64s
    source: Int32s
    lag: Int64s


@dataclass(frozen=True, slots=True)
class Holds:
    """The units of resources that tasks hold from start to end: CSR over the network's tasks.

    Parameters
    ----------
    ptr
        Shape (N + 1,).
    resource
        Index into the scheduling problem's resources; the first one of a task is its machine.
    unit
        The first unit held, 0-based: it is the one whose breakdowns stop the task.
    need
        Units of the resource that must be there for the task to work: one more than the highest unit held. Units
        are given out lowest first, so that what a pool can spare is at the top. Where the schedule itself works
        with fewer there (units changed hands), the number that the task holds.
    """

    ptr: Int64s
    resource: Int32s
    unit: Int32s
    need: Int32s


@dataclass(frozen=True, slots=True)
class Network:
    """A schedule with sequence and machines fixed: N tasks in an order in which every arc points forwards.

    Made by `build_network`. A task starts as soon as its arcs, its release and its resources let it, also before
    its planned start: the sequence is kept, the planned moments are not.

    Parameters
    ----------
    task
        Shape (N,): index into the scheduling problem's tasks. Tasks that could not be placed are left out.
    keys
        Shape (N,): business key of each task; its luck hangs on it.
    job
        Shape (N,): index into the jobs.
    release
        Shape (N,): earliest start in seconds: of the task, of its job, or the start that may not be changed.
    setup_seconds, run_seconds
        Shape (N,): planned working time.
    can_pause
        Shape (N,): whether it pauses outside open hours. One that cannot starts where its planned working time
        fits, and then runs on, past closing where it takes longer than planned.
    planned_start, planned_end
        Shape (N,): moments of the schedule.
    start_arcs, end_arcs
        What its start, and its end, wait for.
    holds
        Units of resources held.
    job_keys, due, num_unplaced
        Shape (J,): business key; due time in seconds, `FAR_FUTURE` for none; tasks of the job that have no place in
        the schedule. A job with any of those, or without any task, is never on time.
    resource_keys, resource_calendar, resource_capacity
        Shape (R,): as in the scheduling problem.
    calendars
        Of the resources; the last known week repeats after the scheduling problem's end.
    receipt_keys, receipt_time
        Shape (Q,): business key and planned arrival, in seconds, of what comes from outside.
    num_links_dropped
        Links with a negative lag that contradict the sequence on a resource: they are left out.
    """

    task: Int32s
    keys: Texts
    job: Int32s
    release: Int64s
    setup_seconds: Int64s
    run_seconds: Int64s
    can_pause: Bools
    planned_start: Int64s
    planned_end: Int64s
    start_arcs: Arcs
    end_arcs: Arcs
    holds: Holds
    job_keys: Texts
    due: Int64s
    num_unplaced: Int64s
    resource_keys: Texts
    resource_calendar: Int32s
    resource_capacity: Int32s
    calendars: Calendars
    receipt_keys: Texts
    receipt_time: Int64s
    num_links_dropped: int = 0

    @property
    def num_tasks(self) -> int:
        """Number of tasks in the network."""
        return len(self.task)

    @property
    def num_jobs(self) -> int:
        """Number of jobs."""
        return len(self.due)


@dataclass(frozen=True, slots=True)
class Causes:
    """What may be switched off to learn what it costs; shape (C,) each.

    Parameters
    ----------
    kind
        `BREAKDOWN`, `ABSENT`, `SUPPLIER`, `SCRAP` or `RUN_TIME`.
    subject
        Code of the resource, skill, supplier or operation.
    """

    kind: Texts = field(default_factory=_texts)
    subject: Texts = field(default_factory=_texts)


@dataclass(frozen=True, slots=True)
class RunTimes:
    """Run time against the scheduled one, setup excluded; shape (T,) by task of the scheduling problem.

    Parameters
    ----------
    distribution
        Code of `drumbeat.basics.streams`; its mean is the scheduled run time times `factor`. Or `EMPIRICAL` + e: the
        scheduled run time times `factor` times exp(shape x), with x drawn from row e of `tables`.
    shape
        Its shape (sigma of a lognormal: `streams.sigma_of(cv)`); 0 for a lognormal = no spread.
    cause
        Index into the causes, -1 for one that cannot be switched off. Switched off, it takes as long as scheduled.
    factor
        Mean run time over scheduled run time, > 0: other than 1 where the standard is known to be wrong.
    tables
        Shape (E, K): quantiles at probabilities 0, 1/(K - 1), ..., 1; rising, linear in between.
    """

    distribution: Int32s
    shape: Floats
    cause: Int32s
    factor: Floats
    tables: Floats = field(default_factory=lambda: np.zeros((0, 2), dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Scrap:
    """Units that do not come out good and are made again at once; shape (T,) by task of the scheduling problem.

    The run time grows by the units made until `quantity` are good: a negative binomial number, exact by inversion
    where its mean is at most 20, by a rounded normal above.

    Parameters
    ----------
    quantity
        Good units wanted, > 0; may be fractional.
    share
        Mean share of what is started that is scrapped, 0 to below 1.
    spread
        Standard deviation of that share from lot to lot, beyond chance within the lot; lognormal; 0 to 10 times
        `share` (more counts as that).
    planned_share
        Share of scrap that the scheduled run time already allows for, 0 to below 1.
    cause
        Index into the causes, -1 for one that cannot be switched off. Switched off, exactly as much is scrapped as
        the schedule allows for.
    """

    quantity: Floats
    share: Floats
    spread: Floats
    planned_share: Floats
    cause: Int32s


@dataclass(frozen=True, slots=True)
class Failures:
    """Ways in which resources fail; shape (F,) each. Each unit of a resource has its own lives.

    A task that is under way stops, and goes on after the repair with what was left; nothing is lost but time. Repair
    takes elapsed, not working, time. How old a unit is at the start is unknown: what is left of its first life is
    drawn as from a plant that has run for long.

    Parameters
    ----------
    keys
        Business key of the failure mode.
    resource
        Index into the scheduling problem's resources.
    is_busy_clock
        Whether it ages only while it works (setups included); otherwise all the time, also while it is closed.
    distribution, mean_seconds, shape
        Time between a repair and the next failure; mean > 0.
    repair_distribution, repair_mean_seconds, repair_shape
        Time to repair; mean >= 0.
    is_down
        Whether it is under repair at time 0; what is left of the repair is drawn.
    cause
        Index into the causes, -1 for one that cannot be switched off.
    """

    keys: Texts = field(default_factory=_texts)
    resource: Int32s = field(default_factory=_indices)
    is_busy_clock: Bools = field(default_factory=_bools)
    distribution: Int32s = field(default_factory=_indices)
    mean_seconds: Floats = field(default_factory=_floats)
    shape: Floats = field(default_factory=_floats)
    repair_distribution: Int32s = field(default_factory=_indices)
    repair_mean_seconds: Floats = field(default_factory=_floats)
    repair_shape: Floats = field(default_factory=_floats)
    is_down: Bools = field(default_factory=_bools)
    cause: Int32s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late what suppliers promise arrives.

    Parameters
    ----------
    supplier
        Shape (Q,) by receipt of the scheduling problem: index into the suppliers, -1 for one that comes as planned.
    already_late_seconds
        Shape (Q,): how long it is overdue at time 0: it is drawn later than that. 0 = not due yet.
    quantiles
        Shape (S, K): by supplier, lateness in seconds at probabilities 0, 1/(K - 1), ..., 1; rising; negative =
        early; linear in between. A receipt whose lateness exceeds all of them already arrives when planned.
    cause
        Shape (S,): index into the causes, -1 for one that cannot be switched off.
    """

    supplier: Int32s = field(default_factory=_indices)
    already_late_seconds: Int64s = field(default_factory=_ints)
    quantiles: Floats = field(default_factory=lambda: np.zeros((0, 2), dtype=np.float64))
    cause: Int32s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class Absences:
    """People who are away; shape (P,) by pool.

    A shift is one open interval of the pool's calendar, cut every 24 hours. On each shift each of its people is away
    with probability `rate`; whoever is away tends to stay away for `spell_days` (a chain of two states by person and
    time of day). Before second 0 everybody was there: who is known to be away is off the calendar already. As many of
    the pool's highest units are closed for that shift: what the schedule gives to them waits for the next shift that
    has enough people. A pool that has people to spare loses nothing.

    Parameters
    ----------
    resource
        Index into the scheduling problem's resources.
    rate
        Probability that one person is away on one shift, 0 to below 1; planned absence, which the calendar already
        takes off, excluded.
    spell_days
        Mean length of an absence in days; up to 1 / (1 - rate) = every day by itself.
    cause
        Index into the causes, -1 for one that cannot be switched off.
    """

    resource: Int32s = field(default_factory=_indices)
    rate: Floats = field(default_factory=_floats)
    spell_days: Floats = field(default_factory=_floats)
    cause: Int32s = field(default_factory=_indices)


def absence_horizon(network: Network) -> int:
    """Return the second after which nobody is away: the planned end, a quarter of it more, and a fortnight."""
    return int(network.planned_end.max(initial=0)) * 5 // 4 + 14 * 86_400


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Everything that may come otherwise than scheduled, and how unsure that itself is; made for a scheduling problem,
    whatever its schedule."""

    run_times: RunTimes
    scrap: Scrap
    failures: Failures = field(default_factory=Failures)
    lateness: Lateness = field(default_factory=Lateness)
    absences: Absences = field(default_factory=Absences)
    causes: Causes = field(default_factory=Causes)
    doubt: Doubt = field(default_factory=Doubt)


def make_certain(problem: Problem) -> Uncertainty:
    """Return the uncertainty in which nothing is uncertain: the ground to build another on, with `replace`."""
    size = problem.num_tasks
    zeros = np.zeros(size, dtype=np.float64)
    nobody = np.full(size, -1, dtype=np.int32)
    num_receipts = len(problem.materials.receipt_time)
    return Uncertainty(
        run_times=RunTimes(np.full(size, FIXED, dtype=np.int32), zeros, nobody, np.ones(size)),
        scrap=Scrap(np.ones(size), zeros, zeros, zeros, nobody),
        lateness=Lateness(np.full(num_receipts, -1, dtype=np.int32), np.zeros(num_receipts, dtype=np.int64)),
    )
