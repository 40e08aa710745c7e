"""Follow one replication moment by moment: when each task ran, what broke, who was away, what came late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.twin.engine.lay_out import lay_out
from drumbeat.twin.engine.lay_out_times import cut_shifts
from drumbeat.twin.engine.problem import Network, Uncertainty
from drumbeat.twin.engine.replay import make_state, replay_many

MOST_STOPS = 20_000
"""Repairs that are kept at most."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One replication; times in seconds from the horizon's start.

    Parameters
    ----------
    start, end
        Shape (N,) by task of the network.
    stops
        Shape (B, 3): failure mode, begin and end of each repair that the work met, by begin.
    away
        Shape (A, 4): pool (place in `Absences`), begin and end of the shift, people away; only shifts that lack
        somebody.
    arrivals
        Shape (Q,): when each receipt came.
    num_late
        Jobs with a due time that ended after it.
    """

    start: Int64s
    end: Int64s
    stops: Int64s
    away: Int64s
    arrivals: Int64s
    num_late: int


def trace_replication(network: Network, uncertainty: Uncertainty, seed: int, replication: int) -> Trace:
    """Replay one replication, the same as in `simulate_schedule` with that seed, and keep all of it.

    Parameters
    ----------
    network, uncertainty
        What is simulated.
    seed
        Seed of all luck.
    replication
        Its number, >= 0.
    """
    model = lay_out(network, uncertainty)
    state = make_state(model, MOST_STOPS)
    active = np.ones(model.num_causes + 1, dtype=np.bool_)
    ends = np.zeros((len(model.due), 1), dtype=np.int64)
    replay_many(model, state, seed, replication, replication + 1, active, ends)
    size = 2 * network.num_tasks
    shifts = cut_shifts(network, uncertainty.absences)
    missing = shifts.size - state.present[: len(shifts.size)]
    pool = np.repeat(np.arange(len(shifts.ptr) - 1), np.diff(shifts.ptr))
    rows = np.flatnonzero(missing > 0)
    stops = state.wear.stops[: int(state.wear.num_stops[0])].copy()
    stops[:, 0] = model.lives.mode[stops[:, 0]]
    due = network.due
    return Trace(
        start=state.moment[:size:2].copy(),
        end=state.moment[1:size:2].copy(),
        stops=stops[np.argsort(stops[:, 1], kind="stable")],
        away=np.stack([pool[rows], shifts.start[rows], shifts.end[rows], missing[rows]], axis=1),
        arrivals=state.moment[size:].copy(),
        num_late=int(((due < FAR_FUTURE) & model.is_placed & (ends[:, 0] > due)).sum()),
    )
