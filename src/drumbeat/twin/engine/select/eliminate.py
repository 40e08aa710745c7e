"""A sequential selection with a guarantee: designs are played together until all but one are clearly worse."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.progress import Progress, silent
from drumbeat.twin.engine.select.play import play
from drumbeat.twin.engine.select.problem import HERE, Evaluate, SelectParams, Workers
from drumbeat.twin.engine.select.result import Elimination

STRETCH = 0.25
"""Replications played ahead before designs are looked at again, as a share of those played so far: those that a look
would have spared cost at most so much more, and workers are asked seldom."""

LEAST_STRETCH = 8


def find_h2(num_designs: int, first_stage: int, alpha: float) -> float:
    """Return the constant h squared of Kim & Nelson's procedure with c = 1, for designs played on common luck.

    Parameters
    ----------
    num_designs
        k >= 2.
    first_stage
        Replications from which variances are estimated, n0 >= 2.
    alpha
        1 - probability of a correct selection.

    Examples
    --------
    Kim & Nelson (2001): eta = ((2 alpha / (k - 1)) ** (-2 / (n0 - 1)) - 1) / 2, h2 = 2 eta (n0 - 1).

    >>> round(find_h2(2, 11, 0.05), 4)
    5.8489
    """
    eta = 0.5 * ((2.0 * alpha / (num_designs - 1)) ** (-2.0 / (first_stage - 1)) - 1.0)
    return 2.0 * eta * (first_stage - 1)


def eliminate(
    evaluate: Evaluate,
    designs: Int64s,
    params: SelectParams,
    *,
    first: int = 0,
    workers: Workers = HERE,
    progress: Progress = silent,
) -> Elimination:
    """Select the best of a few designs with probability 1 - alpha, up to an indifference zone.

    The fully sequential procedure of Kim & Nelson (2001, A fully sequential procedure for indifference-zone selection
    in simulation, ACM TOMACS 11(3), c = 1): after `first_stage` replications, a design is dropped as soon as its mean
    is below that of another by more than a margin that narrows with every replication. Where the best is better than
    all others by `delta` or more, it is chosen with probability 1 - alpha at least; the values must be about normal
    (a KPI of a whole replication is), and may be correlated between designs: common random numbers make it faster.

    Parameters
    ----------
    evaluate
        Plays the designs; `Observed` for values that are there already.
    designs
        Which ones; shape (k,), distinct.
    params
        `delta`, `higher_is_better`, `alpha`, `first_stage` and `most` count here.
    first
        First replication that may be used: the guarantee needs replications by which the designs were not picked.
    workers
        Where they are played.
    progress
        Hears of progress; may raise `Cancelled`.

    Returns
    -------
    Elimination
        Raises nothing where designs fail; with none left, `best` is -1.
    """
    sign = 1.0 if params.higher_is_better else -1.0
    progress(0.0, "comparing designs")
    values = sign * play(evaluate, designs, first, first + params.first_stage, workers)
    is_good = np.isfinite(values).all(axis=1)
    failed, designs, values = designs[~is_good], designs[is_good], values[is_good]
    ends = np.full(len(designs), params.first_stage, dtype=np.int64)
    alive = np.ones(len(designs), dtype=bool)
    limit = _find_limits(values, params) if len(designs) > 1 else np.zeros((1, 1))
    r = params.first_stage
    sums = _add_columns(np.zeros(len(designs)), values)
    last = _drop(alive, sums, r, limit, params.delta)
    while alive.sum() > 1 and r < min(last, params.most):
        stop = min(last, params.most, r + max(LEAST_STRETCH, int(r * STRETCH)))
        progress(min(r / min(last, params.most), 1.0), f"{int(alive.sum())} designs left after {r} replications")
        rows = np.flatnonzero(alive)
        fresh = np.full((len(designs), stop - r), np.nan)
        fresh[rows] = sign * play(evaluate, designs[rows], first + r, first + stop, workers)
        broken = rows[~np.isfinite(fresh[rows]).all(axis=1)]
        alive[broken] = False
        for column in range(stop - r):
            if alive.sum() <= 1 or r >= last:
                break
            r += 1
            sums[alive] += fresh[alive, column]
            ends[alive] = r
            last = _drop(alive, sums, r, limit, params.delta)
        values = np.concatenate([values, fresh], axis=1)
        failed = np.concatenate([failed, designs[broken]])
        kept = np.setdiff1d(np.arange(len(designs)), broken)
        designs, values, ends, alive, sums = designs[kept], values[kept], ends[kept], alive[kept], sums[kept]
        limit = limit[np.ix_(kept, kept)]
    for row, end in enumerate(ends):
        values[row, end:] = np.nan
    means = np.where(alive, sums / np.maximum(ends, 1), -np.inf)
    progress(1.0, "compared")
    return Elimination(
        designs=designs,
        best=int(means.argmax()) if len(designs) else -1,
        replications=ends,
        values=sign * values[:, : int(ends.max(initial=0))],
        is_decided=bool(len(designs)) and (int(alive.sum()) <= 1 or r >= last),
        failed=np.sort(failed),
    )


def _add_columns(sums: Floats, values: Floats) -> Floats:
    """Add replication by replication: the sums are then the same however the values came."""
    for column in values.T:
        sums = sums + column
    return sums


def _find_limits(values: Floats, params: SelectParams) -> Floats:
    """Replications after which no margin is left between two designs, h2 S2 / delta2; shape (k, k)."""
    h2 = find_h2(len(values), params.first_stage, params.alpha)
    spread = np.array([[np.var(one - other, ddof=1) for other in values] for one in values])
    return h2 * spread / params.delta**2


def _drop(alive: Bools, sums: Floats, r: int, limit: Floats, delta: float) -> int:
    """Drop designs that are clearly worse after r replications; return after how many the rest is decided at last.

    The margin of Kim & Nelson is delta / 2r (h2 S2 / delta2 - r), nought at least, for means; r times that for sums.
    """
    rows = np.flatnonzero(alive)
    margin = np.maximum(0.0, 0.5 * delta * (limit[np.ix_(rows, rows)] - r))
    is_worse = (sums[rows][:, None] < sums[rows][None, :] - margin).any(axis=1)
    alive[rows[is_worse]] = False
    left = np.flatnonzero(alive)
    return int(np.floor(limit[np.ix_(left, left)].max(initial=0.0))) + 1
