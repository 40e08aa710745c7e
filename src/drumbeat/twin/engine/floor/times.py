"""Distributions of times, as columns: what a floor draws its run times, repairs and lead times from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int8s
from drumbeat.basics.streams import EXPONENTIAL, FIXED, GAMMA, LOGNORMAL, WEIBULL
from drumbeat.twin.engine.floor.kinds import EMPIRICAL, UNIFORM

KINDS = (FIXED, EXPONENTIAL, WEIBULL, LOGNORMAL, GAMMA, UNIFORM, EMPIRICAL)


@dataclass(frozen=True, slots=True)
class Times:
    """Distributions of N times. Every kind scales with its mean; all are drawn by inversion, from one uniform number.

    Parameters
    ----------
    kind
        Shape (N,): `FIXED`, `EXPONENTIAL`, `WEIBULL`, `LOGNORMAL`, `GAMMA`, `UNIFORM` or `EMPIRICAL`.
    mean
        Shape (N,): seconds, >= 0; 0 gives 0 for every kind.
    shape
        Shape (N,): shape of Weibull and gamma, > 0; sigma of the lognormal's logarithm, >= 0; half the width of the
        uniform as a share of its mean, 0 to 1; row of `FloorProblem.tables` of the empirical; ignored otherwise.
        A gamma takes some microseconds a draw, all others some nanoseconds.
    """

    kind: Int8s
    mean: Floats
    shape: Floats

    def __len__(self) -> int:
        return len(self.kind)


def make_times(
    mean: Sequence[float] | Floats | float,
    kind: int | Sequence[int] = FIXED,
    shape: float | Sequence[float] = 0.0,
    count: int | None = None,
) -> Times:
    """Make distributions from means, kinds and shapes; a single value stands for all.

    Parameters
    ----------
    mean, kind, shape
        As in `Times`.
    count
        Number of distributions; default: the length of the longest argument.
    """
    columns = (np.atleast_1d(np.asarray(kind)), np.atleast_1d(np.asarray(mean)), np.atleast_1d(np.asarray(shape)))
    size = max(len(column) for column in columns) if count is None else count
    if min(len(column) for column in columns) == 0:
        size = 0

    def spread(column: Floats) -> Floats:
        return column if len(column) == size else np.broadcast_to(column, (size,)).copy()

    return Times(
        spread(columns[0]).astype(np.int8), spread(columns[1]).astype(np.float64), spread(columns[2]).astype(np.float64)
    )


@dataclass(frozen=True, slots=True)
class Time:
    """One distribution: its mean in seconds, its kind and its shape, see `Times`."""

    mean: float
    kind: int = FIXED
    shape: float = 0.0


def exponential(mean: float) -> Time:
    """Exponential time of a mean."""
    return Time(mean, EXPONENTIAL)


def weibull(mean: float, shape: float) -> Time:
    """Weibull time of a mean and a shape."""
    return Time(mean, WEIBULL, shape)


def gamma(mean: float, shape: float) -> Time:
    """Gamma time of a mean and a shape."""
    return Time(mean, GAMMA, shape)


def lognormal(mean: float, sigma: float) -> Time:
    """Lognormal time of a mean and the sigma of its logarithm (`drumbeat.basics.streams.sigma_of` a variation)."""
    return Time(mean, LOGNORMAL, sigma)


def uniform_between(low: float, high: float) -> Time:
    """Uniform time between two values."""
    mean = 0.5 * (low + high)
    return Time(mean, UNIFORM, 0.5 * (high - low) / mean if mean > 0.0 else 0.0)


def empirical(mean: float, table: int) -> Time:
    """Time from a row of the draft's tables (see `Draft.add_table`), scaled to a mean."""
    return Time(mean, EMPIRICAL, float(table))


AnyTime: TypeAlias = Time | float | int
"""A time as people write it: a distribution, or seconds."""


def as_times(values: Sequence[AnyTime]) -> Times:
    """Make columns of times written one by one."""
    times = [value if isinstance(value, Time) else Time(float(value)) for value in values]
    columns = [[time.kind for time in times], [time.mean for time in times], [time.shape for time in times]]
    return Times(np.array(columns[0], np.int8), np.array(columns[1], np.float64), np.array(columns[2], np.float64))
