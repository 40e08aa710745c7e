"""Compare plays of a plant with and without something, week by week, on the same luck."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.intervals import Interval, mean_interval

FELT = 0.1
"""Share of a usual week's contribution that is missing when something is felt."""
BACK = 0.95
"""Share of the largest gap from which on the gap grows no more: the plant makes as much as it otherwise would."""
CAUGHT_UP = 0.1
"""Share of the largest gap that is left when it has been made up for."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A time over the plays.

    Parameters
    ----------
    p10, p50, p90
        Weeks; inf = not within the weeks that were played.
    share
        Share of the plays in which it came at all.
    """

    p10: float
    p50: float
    p90: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class PlayedLoss:
    """What a disruption takes in plays.

    Parameters
    ----------
    behind
        Contribution that is missing when what was lost works again, mean with its 95 % interval.
    lost
        The same at the end of all weeks played: what was not made up for.
    felt
        Weeks until a tenth of a usual week's contribution is missing.
    recovered
        Weeks until the plant makes as much as it otherwise would; only of plays in which it was felt.
    caught_up
        Weeks until nine tenths of the largest gap are made up for; only of plays in which it was felt.
    mean, low, high
        Shape (W,): contribution that is missing by the end of each week: mean, P10 and P90 of the plays.
    usual
        Contribution of a usual week.
    """

    behind: Interval
    lost: Interval
    felt: Spread
    recovered: Spread
    caught_up: Spread
    mean: Floats
    low: Floats
    high: Floats
    usual: float


def measure_loss(usual: Floats, disturbed: Floats, weeks: float) -> PlayedLoss:
    """Measure what a disruption takes.

    Parameters
    ----------
    usual, disturbed
        Shape (R, W), R >= 2: contribution by play and week, in the same order of luck.
    weeks
        How long it lasts, from the beginning, above 0; at most W are looked at.

    Raises
    ------
    ValueError
        When shapes differ, there are fewer than two plays, or no week.
    """
    if usual.shape != disturbed.shape or usual.ndim != 2 or min(usual.shape) < 1 or len(usual) < 2 or not weeks > 0:
        raise ValueError(f"two plays or more by week, on the same luck, not {usual.shape} and {disturbed.shape}")
    gap = np.cumsum(usual - disturbed, axis=1)
    horizon = gap.shape[1]
    end = min(math.ceil(weeks - 1e-9), horizon) - 1
    worth = float(usual.mean())
    largest, at = gap.max(axis=1), gap.argmax(axis=1)
    is_felt = largest > max(FELT * worth, 1e-9)
    felt = _first(gap > FELT * worth, is_felt)
    recovered = _first(gap >= BACK * largest[:, None], is_felt)
    late = np.arange(horizon) > at[:, None]
    caught_up = _first(late & (gap <= CAUGHT_UP * largest[:, None]), is_felt)
    low, high = np.quantile(gap, (0.1, 0.9), axis=0)
    return PlayedLoss(
        mean_interval(gap[:, end]), mean_interval(gap[:, -1]), _spread(felt), _spread(recovered[is_felt]),
        _spread(caught_up[is_felt]), gap.mean(axis=0), low, high, worth,
    )  # fmt: skip


def _first(is_so: np.ndarray, counts: np.ndarray) -> Floats:
    """End of the first week, counted from 1, in which something is so; inf where it never is, or does not count."""
    found = np.where(is_so.any(axis=1) & counts, is_so.argmax(axis=1) + 1.0, np.inf)
    return np.asarray(found, dtype=np.float64)


def _spread(weeks: Floats) -> Spread:
    if not len(weeks):
        return Spread(math.inf, math.inf, math.inf, 0.0)
    ordered = np.sort(weeks)
    places = [min(int(share * len(ordered)), len(ordered) - 1) for share in (0.1, 0.5, 0.9)]
    p10, p50, p90 = (float(ordered[place]) for place in places)
    return Spread(p10, p50, p90, float(np.isfinite(weeks).mean()))
