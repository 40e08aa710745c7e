"""What a good schedule is: the parts of the objective, and the schedule that people know."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Int32s, Int64s


def _int64s() -> Int64s:
    return np.zeros(0, dtype=np.int64)


def _int32s() -> Int32s:
    return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Previous:
    """The schedule that people know, to stay near it; shape (T,) each, or empty.

    Parameters
    ----------
    start
        Start in seconds; -1 for a task that it did not have.
    mode
        Mode; -1 likewise.
    """

    start: Int64s = field(default_factory=_int64s)
    mode: Int32s = field(default_factory=_int32s)


@dataclass(frozen=True, slots=True)
class Objective:
    """What a good schedule is: the weighted sum of its parts, to be made small.

    Parameters
    ----------
    tardiness
        Weight of the sum over jobs of weight x hours late.
    makespan
        Weight of the hours from 0 to the last end.
    num_late
        Weight of each job that is late.
    setup
        Weight of each hour of setup.
    setup_cost
        Weight of the money that setups cost (`Setups.cost`).
    earliness
        Weight of the sum over jobs of weight x hours between its end and its due time.
    in_process
        Weight of the sum over jobs of the hours from its first start to its last end (work in process).
    overtime
        Weight of each hour that a machine (a mode's first resource) works in an interval that is overtime.
    hold_pay
        Weight of the pay of resources from their first to their last task (`Resources.hold_pay`).
    moved_hours
        Weight of the sum over tasks of the hours between its start and its previous start.
    moved_tasks
        Weight of each task that starts at another moment than before.
    changed_modes
        Weight of each task in another mode than before.
    order
        Names of parts, the most important first. Not empty: a schedule is better where it is better in the first part
        in which two differ, and the weights count for nothing.
    """

    tardiness: float = 1.0
    makespan: float = 0.0
    num_late: float = 0.0
    setup: float = 0.0
    setup_cost: float = 0.0
    earliness: float = 0.0
    in_process: float = 0.0
    overtime: float = 0.0
    hold_pay: float = 0.0
    moved_hours: float = 0.0
    moved_tasks: float = 0.0
    changed_modes: float = 0.0
    order: tuple[str, ...] = ()
