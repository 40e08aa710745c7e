"""What can happen to a schedule; all times in seconds from the horizon's start, all indices those of the problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Drag:
    """Somebody wants a task to start at a moment, on a machine.

    It starts at the first moment from then on that calendars and what goes before it allow; who is in its way there
    gives way.

    Parameters
    ----------
    task
        Index of the task.
    start
        The wished start.
    mode
        The mode, -1 for the one that it has. See `find_mode_on` for the mode on a machine.
    """

    task: int
    start: int
    mode: int = -1


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A resource is closed from `start`, or from now, to `end` (> start).

    What runs on it then goes on afterwards, if it may pause or has begun.
    """

    resource: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LateMaterial:
    """A receipt that is to come comes at another time."""

    receipt: int
    time: int


@dataclass(frozen=True, slots=True)
class LongerRun:
    """A task that is under way or to come takes another time than planned: `run_seconds` in whichever mode."""

    task: int
    run_seconds: int


@dataclass(frozen=True, slots=True)
class Cancellation:
    """An order is cancelled: what of it has not begun is left out."""

    job: int


@dataclass(frozen=True, slots=True)
class Step:
    """One task of a rush order.

    Parameters
    ----------
    key
        Business key of the task.
    modes
        Ways to do it: (run seconds, setup seconds, ((resource, units), ...)).
    family
        Setup family, -1 for none.
    can_pause
        Whether it pauses when its resources close.
    uses
        (material, quantity), negative = taken at its start.
    """

    key: str
    modes: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...]
    family: int = -1
    can_pause: bool = True
    uses: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RushOrder:
    """A new order: a job of steps, each after the one before it.

    Parameters
    ----------
    key
        Business key of the order.
    due, weight, release
        As in `Jobs`.
    steps
        At least one.
    """

    key: str
    due: int
    weight: float
    steps: tuple[Step, ...]
    release: int = 0


Event: TypeAlias = Drag | Breakdown | LateMaterial | LongerRun | Cancellation | RushOrder


@dataclass(frozen=True, slots=True)
class Prices:
    """What change costs, in units of the objective; all 0 or more.

    Parameters
    ----------
    moved_hours
        Of each hour that a task moves.
    moved_tasks
        Of each task that moves at all.
    changed_modes
        Of each task that is done in another mode.
    """

    moved_hours: float = 0.02
    moved_tasks: float = 0.1
    changed_modes: float = 0.5
