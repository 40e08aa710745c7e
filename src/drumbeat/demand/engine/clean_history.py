"""Clean past demand: periods out of stock and outliers get what would have been wanted; what was done is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from drumbeat.basics.arrays import Bools
from drumbeat.demand.engine.cleaning_kernels import clean_rows
from drumbeat.demand.engine.problem import History


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned history.

    Parameters
    ----------
    history
        With replaced values; `is_short` is empty.
    was_short
        Shape of the values: was out of stock, so that the value was raised to the usual (never lowered).
    was_outlier
        Shape of the values: was far from the usual, and was brought to the edge of it.
    was_closed
        Shape of the values: had no trade to speak of (a holiday), so that the value was raised to the usual.
    """

    history: History
    was_short: Bools
    was_outlier: Bools
    was_closed: Bools

    @property
    def was_changed(self) -> Bools:
        """Shape of the values: whatever the reason."""
        changed: Bools = self.was_short | self.was_outlier | self.was_closed
        return changed


def clean_history(history: History, is_closed: Bools | None = None) -> Cleaned:
    """Clean every series; sporadic demand (less than half of the periods) keeps its peaks.

    Parameters
    ----------
    history
        A history without errors (`check_history`).
    is_closed
        Shape of the values: periods without trade (`take_out_days`); None = none.
    """
    values = history.values.astype(np.float64).copy()
    was_short, was_outlier = np.zeros((2, len(values)), dtype=np.bool_)
    is_short = history.is_short if len(history.is_short) else np.zeros(len(values), dtype=np.bool_)
    closed = np.zeros(len(values), dtype=np.bool_) if is_closed is None else is_closed
    clean_rows(history.ptr, values, is_short | closed, history.cycle, was_short, was_outlier)
    plain = replace(history, values=values, is_short=np.zeros(0, bool))
    return Cleaned(plain, was_short & is_short, was_outlier, was_short & ~is_short)
