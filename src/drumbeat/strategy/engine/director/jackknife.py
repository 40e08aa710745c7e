"""How far a figure would move without one of the things that it was measured from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import stdtrit

from drumbeat.basics.arrays import Floats


def jackknife_error(left_out: Sequence[float]) -> float:
    """Return the standard error of a figure from its values without one observation each; 0 with fewer than two.

    Notes
    -----
    Delete-one jackknife (Efron and Tibshirani 1993, 11.5).
    """
    values: Floats = np.asarray(left_out, dtype=np.float64)
    n = values.size
    return float(np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())) if n > 1 else 0.0


def jackknife_interval(
    value: float, left_out: Sequence[float], low: float = 0.0, high: float = 1.0
) -> tuple[float, float] | None:
    """Return the 80 % interval around a figure, cut at `low` and `high`; None with fewer than three observations."""
    if len(left_out) < 3:
        return None
    reach = float(stdtrit(len(left_out) - 1, 0.9)) * jackknife_error(left_out)
    return max(value - reach, low), min(value + reach, high)


def leave_each_out(size: int, measure: Callable[[Floats], float]) -> list[float]:
    """Measure without each of `size` observations in turn; `measure` takes the indices that are left."""
    every = np.arange(size)
    return [measure(np.delete(every, i)) for i in range(size)]
