"""Put one set of parameters in the place of the usual ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.problem import Uncertainty

MOST_AWAY = 0.95
"""No doubt makes people be away more often."""


def pick_parameters(uncertainty: Uncertainty, number: int) -> Uncertainty:
    """Return the uncertainty with set `number % D` for its parameters, and nothing in doubt.

    Parameters
    ----------
    uncertainty
        What may come otherwise, and how unsure that is.
    number
        Number of a replication, >= 0.
    """
    doubt, runs, fails = uncertainty.doubt, uncertainty.run_times, uncertainty.failures
    if len(doubt.run_mean):
        row = number % len(doubt.run_mean)
        in_doubt, group = doubt.run_group >= 0, np.maximum(doubt.run_group, 0)
        runs = replace(
            runs,
            factor=np.where(in_doubt, runs.factor * doubt.run_mean[row][group], runs.factor),
            shape=np.where(in_doubt, runs.shape * doubt.run_shape[row][group], runs.shape),
        )
    fails = replace(
        fails,
        mean_seconds=_times(fails.mean_seconds, doubt.life_mean, number),
        shape=_times(fails.shape, doubt.life_shape, number),
        repair_mean_seconds=_times(fails.repair_mean_seconds, doubt.repair_mean, number),
        repair_shape=_times(fails.repair_shape, doubt.repair_shape, number),
    )
    lateness, absences = uncertainty.lateness, uncertainty.absences
    if len(doubt.quantiles):
        lateness = replace(lateness, quantiles=doubt.quantiles[number % len(doubt.quantiles)])
    if len(doubt.absence):
        rate = np.minimum(_times(absences.rate, doubt.absence, number), np.maximum(absences.rate, MOST_AWAY))
        absences = replace(absences, rate=rate)
    return replace(uncertainty, run_times=runs, failures=fails, lateness=lateness, absences=absences, doubt=Doubt())


def _times(values: Floats, table: Floats, number: int) -> Floats:
    return values * table[number % len(table)] if len(table) else values
