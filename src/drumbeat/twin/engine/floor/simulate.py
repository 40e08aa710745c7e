"""Play a floor: so many replications, from its start or from states, to a moment."""

from __future__ import annotations

import math
from collections.abc import Sequence

from drumbeat.basics.progress import Progress, silent
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import FloorResult
from drumbeat.twin.engine.floor.state import State


def simulate_floor(
    problem: FloorProblem,
    *,
    until: float,
    starts: Sequence[State] = (),
    warm_up: float = 0.0,
    seed: int = 1,
    replications: int = 1,
    first: int = 0,
    period_seconds: float = math.inf,
    trace: bool = False,
    keep_states: bool = False,
    cores: int = 1,
    progress: Progress = silent,
) -> FloorResult:
    """Play a floor and count what it does.

    Parameters
    ----------
    problem
        What is played.
    until
        Moment at which it ends, in seconds of the horizon.
    starts
        States to go on from, one a replication, made on this problem or carried to it; `seed`, `replications` and
        `first` are theirs then. Empty: from the beginning.
    warm_up
        Seconds from the beginning that are played but not counted.
    seed, replications, first
        Luck; replications `first` to `first + replications - 1` are played.
    period_seconds
        Length of the periods by which `period_finished` counts.
    trace
        Whether the first replication's events are kept.
    keep_states
        Whether the result holds the floors at the end.
    cores
        Threads; 0 or less = all cores. The answer does not depend on it.
    progress
        Hears of every finished block of replications.

    Raises
    ------
    InputError
        The problem breaks rules: all of them at once.
    """
    raise NotImplementedError
