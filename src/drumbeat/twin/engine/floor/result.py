"""What a floor did: figures by replication, and the trace of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.twin.engine.floor.kinds import (
    BLOCK,
    BLOCKED,
    BROKEN,
    CLOSED,
    END_CARE,
    END_RUN,
    EVENT,
    FAIL,
    FINISH,
    IDLE,
    IN_CARE,
    LACKING,
    LEAVE,
    LOSE,
    NUM_STATES,
    PAUSE,
    RELEASE,
    REPAIRED,
    RESUME,
    RUNNING,
    SCRAP,
    SETTING_UP,
    START_CARE,
    START_RUN,
    START_SETUP,
    STOPPED,
)  # fmt: skip
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.state import State

Trace: TypeAlias = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class FloorResult:
    """Figures of R replications from `begin` to `end`, each replication counted alone.

    Times in the system of lots that were already there at `begin` count from their release.

    Parameters
    ----------
    problem, begin, end, first
        What was played; its moments in seconds; number of the first replication.
    machine_seconds
        Shape (R, M, NUM_STATES): sums to end - begin for every machine.
    machine_lots, machine_pieces
        Shape (R, M): lots and pieces that ended a run there.
    group_arrivals, group_starts
        Shape (R, G): lots that came to the queue; that left it for a machine.
    group_wait
        Shape (R, G): seconds waited by those that left it.
    group_queue
        Shape (R, G): integral of the lots that wait, in lot-seconds.
    released, finished, scrapped, lost
        Shape (R, P): lots.
    pieces_finished, pieces_scrapped
        Shape (R, P): pieces.
    reworks, over_limit
        Shape (R, P): times that a lot was sent back; that a critical queue time was broken.
    escaped, found
        Shape (R, P): lots finished with a hidden defect; of those, the ones found by `end`.
    cycle_sum, cycle_squares
        Shape (R, P): seconds from release to finish of the lots finished; their squares.
    residence
        Shape (R, P): seconds in the system, within `begin` to `end`, of the lots that left it (finished or scrapped)
        and of those still inside: equals `wip` (Little's law).
    wip
        Shape (R, P): integral of the lots in the system, in lot-seconds.
    wip_end
        Shape (R, P): lots in the system at `end`.
    orders_finished, orders_on_time, tardiness
        Shape (R, P): orders whose last lot was finished; by their due time; seconds of lateness of the others. Those
        without a due time are on time. An order of which a lot was scrapped finishes without it; one of which all were
        scrapped never does.
    orders_overdue
        Shape (R, P): orders past their due time at `end` and not finished, those that are not released yet included.
    period_finished
        Shape (R, periods, P): pieces finished by period of `period_seconds`; no period where that is inf.
    period_seconds
        Length of a period, from `begin`.
    pool_held, pool_present, pool_overtime
        Shape (R, C): unit-seconds held; there; there on overtime.
    fatigue
        Shape (R, C): at `end`.
    failures, repair_wait
        Shape (R, L): failures; seconds that they waited for a crew or a spare.
    care_done, care_skipped, care_overdue
        Shape (R, Q): cares done; left out; seconds during which one was due and not begun (the backlog).
    material_used, material_short, stock
        Shape (R, B): quantity used; seconds during which a lot or repair waited for it; integral of the stock.
    events
        Shape (R,): moments that the kernel worked off, the measure of its speed.
    trace
        Events of the first replication, in time; None when none was asked for.
    states
        The floors as they are at `end`, one a replication, to go on from; empty unless they were asked for.
    """

    problem: FloorProblem
    begin: float
    end: float
    first: int
    machine_seconds: Floats
    machine_lots: Int64s
    machine_pieces: Int64s
    group_arrivals: Int64s
    group_starts: Int64s
    group_wait: Floats
    group_queue: Floats
    released: Int64s
    finished: Int64s
    scrapped: Int64s
    lost: Int64s
    pieces_finished: Int64s
    pieces_scrapped: Int64s
    reworks: Int64s
    over_limit: Int64s
    escaped: Int64s
    found: Int64s
    cycle_sum: Floats
    cycle_squares: Floats
    residence: Floats
    wip: Floats
    wip_end: Int64s
    orders_finished: Int64s
    orders_on_time: Int64s
    tardiness: Floats
    orders_overdue: Int64s
    period_finished: Int64s
    period_seconds: float
    pool_held: Floats
    pool_present: Floats
    pool_overtime: Floats
    fatigue: Floats
    failures: Int64s
    repair_wait: Floats
    care_done: Int64s
    care_skipped: Int64s
    care_overdue: Floats
    material_used: Floats
    material_short: Floats
    stock: Floats
    events: Int64s
    trace: Trace | None = None
    states: tuple[State, ...] = ()

    @property
    def num_replications(self) -> int:
        """R."""
        return len(self.events)

    @property
    def seconds(self) -> float:
        """Length of the play, end - begin."""
        return self.end - self.begin

    def mean_cycle_seconds(self) -> Floats:
        """Mean time from release to finish by replication and product; nan where nothing was finished."""
        return np.where(self.finished > 0, self.cycle_sum / np.maximum(self.finished, 1), np.nan)

    def on_time_share(self) -> Floats:
        """Share of the finished orders that were on time, by replication and product; nan where none was finished."""
        share = self.orders_on_time / np.maximum(self.orders_finished, 1)
        return np.where(self.orders_finished > 0, share, np.nan)


__all__ = [
    "BLOCK",
    "BLOCKED",
    "BROKEN",
    "CLOSED",
    "END_CARE",
    "END_RUN",
    "EVENT",
    "FAIL",
    "FINISH",
    "IDLE",
    "IN_CARE",
    "LACKING",
    "LEAVE",
    "LOSE",
    "NUM_STATES",
    "PAUSE",
    "RELEASE",
    "REPAIRED",
    "RESUME",
    "RUNNING",
    "SCRAP",
    "SETTING_UP",
    "START_CARE",
    "START_RUN",
    "START_SETUP",
    "STOPPED",
    "FloorResult",
    "Trace",
]
