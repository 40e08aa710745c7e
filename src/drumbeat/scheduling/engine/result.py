"""What scheduling gives back: the schedule, what it is worth, and how it was found."""

from __future__ import annotations

from dataclasses import dataclass, field

from drumbeat.scheduling.engine.problem import Int32s, Int64s

UNSCHEDULED = -1
"""Start, end and mode of a task that could not be placed (its material never comes)."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When each task runs, and how; shape (T,) each, seconds from the horizon's start.

    Parameters
    ----------
    mode
        Index into the problem's modes; `UNSCHEDULED` where a task could not be placed.
    start
        Start of the setup, or of the run where there is no setup.
    setup_seconds
        Working time of the setup, inside [start, end).
    end
        End of the run, pauses included.
    """

    mode: Int32s
    start: Int64s
    setup_seconds: Int64s
    end: Int64s


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
