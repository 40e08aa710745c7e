"""What scheduling gives back: the schedule, what it is worth, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s

UNSCHEDULED = -1
"""Start, end and mode of a task that could not be placed (its material never comes)."""

SKIPPED = -2
"""Mode of a task that was left out on purpose (`Tasks.skip_cost`, `Tasks.choice`); its start and end are -1."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each task runs, and how; shape (T,) each, seconds from the horizon's start.

    Parameters
    ----------
    mode
        Index into the problem's modes; `UNSCHEDULED` where a task could not be placed, `SKIPPED` where it was left out.
    start
        Start of the setup, or of the run where there is no setup.
    setup_seconds
        Working time of the setup, inside [start, end).
    end
        End of the run, pauses included.
    team
        Who fills each head that tasks need (`Skills`): resources, in the order of `Skills.task_ptr`, an entry with a
        count of 2 having two; -1 for a task that is not scheduled. Empty: the problem has no skills.
    """

    mode: Int32s
    start: Int64s
    setup_seconds: Int64s
    end: Int64s
    team: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))


@dataclass(frozen=True, slots=True)
class Worth:
    """The parts of the objective, each in its own unit, and their weighted sum.

    Unscheduled tasks' jobs count as late until the problem's latest moment.
    """

    weighted_tardiness_hours: float
    makespan_hours: float
    num_late: int
    setup_hours: float
    num_unscheduled: int
    objective: float
    setup_cost: float = 0.0
    earliness_hours: float = 0.0
    in_process_hours: float = 0.0
    overtime_hours: float = 0.0
    hold_pay: float = 0.0
    moved_hours: float = 0.0
    moved_tasks: int = 0
    changed_modes: int = 0
    skip_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """A schedule with its worth, its bound and its history.

    Parameters
    ----------
    schedule, worth
        The best schedule found and what it is worth.
    bound
        A proven lower bound of the objective; 0 where nothing better is known.
    is_optimal
        Whether the objective equals the bound, proven.
    method
        What found it ("dispatch ATC", "CP-SAT").
    curve
        (seconds since the start, objective) at each improvement.
    """

    schedule: Schedule
    worth: Worth
    bound: float
    is_optimal: bool
    method: str
    curve: tuple[tuple[float, float], ...] = field(default=())
