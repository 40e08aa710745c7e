"""Compile how unsure what was estimated is: sets of parameters that the replications are spread over."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.twin.engine.doubt import Doubt
from drumbeat.twin.engine.fit.draw_sets import draw_factors, draw_pairs
from drumbeat.twin.estimate_failures import Mode
from drumbeat.twin.estimate_run_times import RunTimeFit

PACE, SPREAD, LIFE, REPAIR, AWAY = 10, 12, 20, 30, 40
"""Purposes of the draws, each with room for the next number."""

LEAST_SPREAD_ERROR = 0.03
"""No spread of run times is surer than that."""


def compile_doubt(
    machines: list[str],
    runs: RunTimeFit,
    reports: pl.DataFrame,
    modes: list[Mode],
    pools: list[str],
    absence_errors: list[float],
    quantiles: Floats,
) -> Doubt:
    """Draw sets of parameters.

    Parameters
    ----------
    machines
        Machine of each task of the scheduling problem; "" for none.
    runs
        Estimated run times: machines keep a pace of their own in the coming weeks.
    reports
        Columns resource, len: production reports by machine.
    modes
        Estimated failures, in the order of `Failures`.
    pools, absence_errors
        Keys of the pools of `Absences`, and the standard error of the logarithm of their rates.
    quantiles
        Sets of quantiles of lateness; shape (D, S, K).
    """
    names = sorted(set(machines) - {""})
    place = {name: i for i, name in enumerate(names)}
    told = dict(reports.iter_rows())
    size = np.array([told.get(name, 0) for name in names], dtype=np.float64)
    pace = np.sqrt(runs.pace_spread**2 + np.where(size > 0, 0.0, runs.operation_spread**2 / 4))
    spread = np.maximum(LEAST_SPREAD_ERROR, 1 / np.sqrt(2 * np.maximum(min(runs.num_reports, 2000), 8)))
    life = draw_pairs([mode.code for mode in modes], _covariances(mode.life.covariance for mode in modes), LIFE)
    repair = draw_pairs([mode.code for mode in modes], _covariances(mode.repair.covariance for mode in modes), REPAIR)
    nothing = np.zeros((0, 0))
    return Doubt(
        run_group=np.array([place.get(name, -1) for name in machines], dtype=np.int32),
        run_mean=draw_factors(names, pace, PACE) if names else nothing,
        run_shape=draw_factors(names, np.full(len(names), spread), SPREAD) if names else nothing,
        life_mean=life[0] if modes else nothing,
        life_shape=life[1] if modes else nothing,
        repair_mean=repair[0] if modes else nothing,
        repair_shape=repair[1] if modes else nothing,
        quantiles=quantiles if quantiles.shape[1] else np.zeros((0, 0, 0)),
        absence=draw_factors(pools, np.array(absence_errors), AWAY) if pools else nothing,
    )


def _covariances(parts: Iterable[Floats]) -> Floats:
    found = list(parts)
    return np.stack(found) if found else np.zeros((0, 2, 2))
