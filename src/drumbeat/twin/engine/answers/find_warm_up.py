"""Find the warm-up of a run that began empty, and refuse runs that are too short."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, InputError

BATCH = 5
"""Observations that MSER-5 averages before it looks."""

LEAST = 50
"""Observations that a series has at least."""


class ShortRunError(InputError):
    """A run too short for a steady state to be seen; `needed` says how many observations it should have, at least."""

    def __init__(self, rule: str, length: int, needed: int) -> None:
        self.length, self.needed = length, needed
        factor = needed / max(length, 1)
        remedy = f"Run at least {factor:.1f} times as long ({needed:,} observations)"
        super().__init__(Finding("steady state", rule, remedy, value=f"{length:,} observations"))


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Where the warm-up ends.

    Parameters
    ----------
    cut
        Observations to leave out.
    statistic
        MSER of what is left: its squared standard error, were it not correlated.
    """

    cut: int
    statistic: float


def find_warm_up(series: ArrayLike) -> WarmUp:
    """Find how much of a series to leave out, by MSER-5.

    Parameters
    ----------
    series
        Shape (n,): observations in the order of time, or of equal bins of time; the mean over replications shows the
        warm-up best.

    Returns
    -------
    The cut that leaves the mean of the rest with the smallest error; a multiple of 5.

    Raises
    ------
    ShortRunError
        For fewer than 50 observations, or when the best cut lies in the second half: then the series is still on its
        way and says nothing about the steady state.

    Notes
    -----
    K. P. White, M. J. Cobb and S. C. Spratt, A Comparison of Five Steady-State Truncation Heuristics, WSC 2000. The
    last five batches are no candidates: so few of them look alike by chance.
    """
    values: Floats = np.asarray(series, dtype=np.float64)
    n = values.size
    if n < LEAST:
        raise ShortRunError(f"a warm-up is found from at least {LEAST} observations", n, LEAST)
    if not np.isfinite(values).all():
        raise ValueError("a series has numbers only; leave out bins in which nothing was observed")
    batches = values[: n - n % BATCH].reshape(-1, BATCH).mean(axis=1)
    count = batches.size
    centred = batches - batches.mean()  # or the sums of squares lose their digits
    left = np.arange(count, 0, -1)
    total = np.cumsum(centred[::-1])[::-1]
    squares = np.cumsum((centred**2)[::-1])[::-1]
    mser = np.maximum(squares - total**2 / left, 0.0) / left.astype(np.float64) ** 2
    best = int(np.argmin(mser[: max(count - 5, 1)]))
    if best > count // 2:
        raise ShortRunError("the series has not settled in its first half", n, max(2 * n, 3 * best * BATCH))
    return WarmUp(best * BATCH, float(mser[best]))
