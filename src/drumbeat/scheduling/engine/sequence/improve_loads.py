"""Kernel: share jobs among machines so that no load is above a limit, by annealing."""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.sequence.luck import draw_below, draw_share


@bare
def _weigh(load: int, limit: int) -> float:
    above = load - limit
    return float(above) if above > 0 else 0.0


@njit(nogil=True, _nrt=False)
def improve_loads(
    run: np.ndarray,
    choices: np.ndarray,
    num_choices: np.ndarray,
    chosen: np.ndarray,
    load: np.ndarray,
    limit: int,
    temperature: float,
    cooling: float,
    rounds: int,
    luck: np.ndarray,
) -> bool:
    """Move jobs and let jobs change places until no load is above a limit; return whether that came about.

    What is made small is the sum of what is above the limit.

    Parameters
    ----------
    run
        Shape (n, m), int64: seconds of each job on each machine.
    choices, num_choices
        Shape (n, K) and (n,), int64: machines that are worth trying for each job, and how many.
    chosen, load
        Shape (n,) and (m,), int64: the machine of each job, and each machine's seconds; changed.
    limit
        Seconds.
    temperature, cooling
        Seconds above the limit that are accepted at first, and the factor from round to round.
    rounds
        Moves that are tried.
    luck
        Shape (1,), uint64.
    """
    n = len(run)
    above = 0.0
    for i in range(len(load)):
        above += _weigh(load[i], limit)
    for _ in range(rounds):
        if above <= 0.0:
            return True
        temperature *= cooling
        job = draw_below(luck, n)
        source = chosen[job]
        other = -1
        if draw_share(luck) < 0.5:
            target = choices[job, draw_below(luck, num_choices[job])]
        else:
            other = draw_below(luck, n)
            target = chosen[other]
        if target == source:
            continue
        source_load, target_load = load[source] - run[job, source], load[target] + run[job, target]
        if other >= 0:
            source_load += run[other, source]
            target_load -= run[other, target]
        delta = _weigh(source_load, limit) + _weigh(target_load, limit)
        delta -= _weigh(load[source], limit) + _weigh(load[target], limit)
        if delta <= 0 or draw_share(luck) < math.exp(-delta / temperature):
            above += delta
            load[source], load[target] = source_load, target_load
            chosen[job] = target
            if other >= 0:
                chosen[other] = source
    return above <= 0.0
