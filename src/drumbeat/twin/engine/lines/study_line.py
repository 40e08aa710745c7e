"""Study a line in its steady state: find the warm-up, refuse short runs, replicate until the answer is precise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import mean_interval
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.engine.answers import (
    PreciseMean,
    Precision,
    ShortRunError,
    Summary,
    find_warm_up,
    run_until_precise,
    summarise,
)
from drumbeat.twin.engine.lines.problem import Line
from drumbeat.twin.engine.lines.result import LineRun
from drumbeat.twin.engine.lines.simulate_line import simulate_line

PILOTS = 10
"""Replications from whose mean the warm-up is found."""


@dataclass(frozen=True, slots=True, eq=False)
class LineStudy:
    """The steady state of a line.

    Parameters
    ----------
    throughput
        Parts that leave in a unit of time, and how it was reached.
    parts_in_system, time_in_system
        Mean number of parts in the system, mean time in it.
    shares
        Shape (K, 4): mean share of time that a server of each station works, is down, blocked, starved.
    waiting
        Shape (K,): mean number of parts before each station.
    warm_up
        Time that was played and left out.
    length
        Measured time of each replication.
    """

    throughput: PreciseMean
    parts_in_system: Summary
    time_in_system: Summary
    shares: Floats
    waiting: Floats
    warm_up: float
    length: float


def study_line(
    line: Line, *, length: float, wanted: Precision | None = None, seed: int = 1, cores: int = 1,
    progress: Progress = silent,
) -> LineStudy:  # fmt: skip
    """Study a line in its steady state.

    Parameters
    ----------
    line
        What is played.
    length
        Measured time of a replication, in the unit of the line's times; the warm-up comes on top.
    wanted
        How precise the throughput is wanted; default: within 1 % with 95 % confidence.
    seed, cores
        As for `simulate_line`.
    progress
        Hears of progress; may raise `Cancelled`.

    Raises
    ------
    InputError
        When the line is wrong.
    ShortRunError
        When the number of parts in the system has not settled in the first half of the length, with the length needed.
    """
    wanted = wanted or Precision(relative=0.01)
    pilot = simulate_line(line, length=length, replications=PILOTS, seed=seed, cores=cores, num_bins=400,
                          progress=part_of(progress, 0.0, 0.1))  # fmt: skip
    warm_up = _settle(pilot)
    runs: list[LineRun] = []

    def observe(first: int, last: int) -> Floats:
        run = simulate_line(line, length=length, warm_up=warm_up, replications=last - first, first=first, seed=seed,
                            cores=cores)  # fmt: skip
        runs.append(run)
        return run.throughput

    throughput = run_until_precise(observe, wanted, part_of(progress, 0.1, 1.0))
    return LineStudy(
        throughput,
        summarise(np.concatenate([run.parts_in_system for run in runs]), wanted.confidence),
        summarise(np.concatenate([run.time_in_system for run in runs]), wanted.confidence),
        np.concatenate([run.shares for run in runs]).mean(axis=0),
        np.concatenate([run.waiting for run in runs]).mean(axis=0),
        runs[0].window.first,
        length,
    )


def _settle(pilot: LineRun) -> float:
    """Return the time after which both the parts in the system and the throughput have settled.

    A line to which more comes than it can make never settles: its parts in the system grow until the end. MSER may cut
    such a series in its middle, so that the halves of what is left are compared as well.
    """
    parts = pilot.parts_by_bin.mean(axis=0)
    cut = max(find_warm_up(parts).cut, find_warm_up(pilot.throughput_by_bin.mean(axis=0)).cut)
    halves = np.array_split(pilot.parts_by_bin[:, cut:], 2, axis=1)
    growth = mean_interval(halves[1].mean(axis=1) - halves[0].mean(axis=1), 0.999)
    if growth.low > 0.1 * parts.mean():
        rule = "the parts in the system grow until the end: more comes than the line can make, or it is not yet full"
        raise ShortRunError(rule, parts.size, 4 * parts.size)
    return cut * pilot.bin_length
