"""Replicate until the mean is as precise as wanted, and no longer."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.intervals import Interval, mean_interval
from drumbeat.basics.progress import Progress, silent

_MOST_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Precision:
    """How precise a mean is wanted; it checks itself.

    Parameters
    ----------
    absolute
        Half-width of the interval, > 0, in the unit of the values; None = not limited.
    relative
        Half-width as a share of the mean, above 0 and below 1; None = not limited. At least one of both is given; both
        must hold.
    confidence
        Between 0 and 1, default 0.95.
    pilot
        Replications from which the spread is estimated, >= 10. Values far from normal need more.
    most
        Replications at most, >= `pilot`.
    """

    absolute: float | None = None
    relative: float | None = None
    confidence: float = 0.95
    pilot: int = 50
    most: int = 100_000

    def __post_init__(self) -> None:
        rules = [
            (self.absolute is None or self.absolute > 0, "an absolute precision is above 0", self.absolute),
            (self.relative is None or 0 < self.relative < 1, "a relative precision is between 0 and 1", self.relative),
            (self.absolute is not None or self.relative is not None, "a precision is wanted", None),
            (0 < self.confidence < 1, "confidence is between 0 and 1", self.confidence),
            (self.pilot >= 10, "the pilot has at least 10 replications", self.pilot),
            (self.most >= self.pilot, "the most replications are at least those of the pilot", self.most),
        ]
        found = Findings()
        for is_kept, rule, value in rules:
            if not is_kept:
                found.add(Finding("precision", rule, "Enter a number in that range", value=str(value)))
        if found:
            raise InputError(found)


@dataclass(frozen=True, slots=True)
class PreciseMean:
    """A mean and how it was reached.

    Parameters
    ----------
    interval
        Mean and interval.
    values
        Shape (R,): the replications.
    is_reached
        Whether the wanted precision was reached within the most replications.
    needed
        Replications that the wanted precision is estimated to take; R or fewer where it was reached.
    """

    interval: Interval
    values: Floats
    is_reached: bool
    needed: int


def run_until_precise(
    observe: Callable[[int, int], Floats], wanted: Precision, progress: Progress = silent
) -> PreciseMean:
    """Replicate until the mean is as precise as wanted.

    Parameters
    ----------
    observe
        Returns the values of replications `first` to `last - 1`, shape (last - first,), independent of each other.
    wanted
        How precise, and where to end.
    progress
        Hears of progress after each round; may raise `Cancelled`.

    Raises
    ------
    ValueError
        When `observe` returns another number of values, or nan.

    Notes
    -----
    Stein's two stages (Ann. Math. Statist. 16, 1945): the spread is estimated from the pilot alone, and fixes how many
    replications follow. Looking at the interval again and again and stopping when it happens to be narrow would cover
    the truth too seldom; this covers it with exactly the stated confidence for normal values and an absolute
    precision, however many replications follow. A relative one takes the wanted half-width from the pilot's mean
    (as relative / (1 + relative), after Law, Simulation Modeling and Analysis, 9.4), and goes on where the mean then
    turns out smaller: exact in the limit of a high precision.
    """
    values = _observe(observe, 0, wanted.pilot)
    spread = float(values.std(ddof=1))
    quantile = mean_interval(_unit_spread(wanted.pilot), wanted.confidence).high * math.sqrt(wanted.pilot)
    needed = wanted.pilot
    for _ in range(_MOST_ROUNDS):
        half = _wanted_half(wanted, float(values.mean()))
        needed = max(math.ceil((quantile * spread / half) ** 2 - 1e-9), wanted.pilot) if half > 0 else wanted.most + 1
        goal = min(needed, wanted.most)
        progress(min(values.size / goal, 1.0), f"replication {values.size:,} of about {goal:,}")
        if goal <= values.size:
            break
        values = np.concatenate([values, _observe(observe, values.size, goal)])
    mean, reach = float(values.mean()), quantile * spread / math.sqrt(values.size)
    is_reached = (wanted.absolute is None or reach <= wanted.absolute * (1 + 1e-9)) and (
        wanted.relative is None or reach <= wanted.relative * abs(mean) * (1 + 1e-9)
    )
    return PreciseMean(Interval(mean, mean - reach, mean + reach), values, is_reached or spread == 0.0, needed)


def _unit_spread(count: int) -> Floats:
    """Values of mean 0 and standard deviation 1: the interval of their mean is Student's quantile / sqrt(count)."""
    values = np.zeros(count)
    values[0], values[1] = 1.0, -1.0
    return values / float(values.std(ddof=1))


def _wanted_half(wanted: Precision, mean: float) -> float:
    relative = math.inf if wanted.relative is None else wanted.relative / (1.0 + wanted.relative) * abs(mean)
    return min(math.inf if wanted.absolute is None else wanted.absolute, relative)


def _observe(observe: Callable[[int, int], Floats], first: int, last: int) -> Floats:
    values = np.asarray(observe(first, last), dtype=np.float64)
    if values.shape != (last - first,) or np.isnan(values).any():
        raise ValueError(f"replications {first} to {last - 1} give {last - first} numbers, not {values.shape} with nan")
    return values
