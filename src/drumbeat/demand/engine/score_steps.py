"""Forecast value added: what each step from a naive forecast to the edited one was worth, by edit too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.demand.engine.apply_edits import Edits, apply_edits

STEPS = ("naive", "statistical", "edited")
"""The last period or season again; the models' forecast; that with people's edits."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What forecasts were worth once the demand is known.

    Parameters
    ----------
    demand
        Shape (S,): units that came in the periods that are known.
    absolute, bias, cost
        Shape (3, S): by step of `STEPS`, sum of absolute errors, sum of forecast less actual (units), and money.
    saved_units, saved_cost
        Shape (E,): units of absolute error, and money, that each edit saved after those before it; below 0 where it
        made things worse.
    num_known
        Shape (E,): cells (series and period) with a known demand that the edit changed.
    """

    demand: Floats
    absolute: Floats
    bias: Floats
    cost: Floats
    saved_units: Floats
    saved_cost: Floats
    num_known: Floats


def score_steps(
    naive: Floats, computed: Floats, usual: Floats, edits: Edits, actual: Floats, over_cost: Floats, under_cost: Floats
) -> Scores:
    """Score a naive forecast, the computed one, and the edited one against what came.

    Parameters
    ----------
    naive, computed
        Shape (S, H): units.
    usual
        Shape (S,): usual demand a period, see `apply_edits`.
    edits
        Those that were in force when each period began.
    actual
        Shape (S, H): units; NaN where nothing is known yet.
    over_cost, under_cost
        Shape (S,): money for a unit too many and a unit too few.
    """
    made = apply_edits(computed, usual, edits)
    known = ~np.isnan(actual)
    truth = np.where(known, actual, 0.0)

    def measure(mean: Floats, rows: Int64s) -> tuple[Floats, Floats]:
        """Absolute error and money by cell."""
        error = np.where(known[rows], mean - truth[rows], 0.0)
        over, under = np.maximum(error, 0.0), np.maximum(-error, 0.0)
        return over + under, over * over_cost[rows, None] + under * under_cost[rows, None]

    everything = np.arange(len(naive), dtype=np.int64)
    steps = [np.where(known, part, 0.0) for part in (naive, computed, made.mean)]
    measured = [measure(part, everything) for part in steps]
    size = len(edits.keys)
    saved_units, saved_cost, num_known = np.zeros(size), np.zeros(size), np.zeros(size)
    running = computed.copy()
    for e in range(size):
        rows = edits.series[edits.ptr[e] : edits.ptr[e + 1]]
        before = measure(running[rows], rows)
        running[rows] += made.steps[e]
        after = measure(running[rows], rows)
        saved_units[e] = (before[0] - after[0]).sum()
        saved_cost[e] = (before[1] - after[1]).sum()
        num_known[e] = ((made.steps[e] != 0.0) & known[rows]).sum()
    return Scores(
        truth.sum(axis=1),
        np.stack([absolute.sum(axis=1) for absolute, _ in measured]),
        np.stack([(part - truth).sum(axis=1) for part in steps]),
        np.stack([cost.sum(axis=1) for _, cost in measured]),
        saved_units,
        saved_cost,
        num_known,
    )
