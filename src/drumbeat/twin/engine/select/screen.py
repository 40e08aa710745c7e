"""Screen many designs that are combinations of the same measures: what is learned of one helps to judge all others."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.progress import Progress, silent
from drumbeat.basics.streams import key_of, luck_of, uniform
from drumbeat.twin.engine.select.play import run_tiles
from drumbeat.twin.engine.select.problem import HERE, Evaluate, SelectParams, Workers
from drumbeat.twin.engine.select.result import Screening

BLOCK = 40
"""Designs that share a replication: the luck that they have in common falls out of their differences."""

PLAYS_A_COLUMN = 3
"""Plays for each column of the model at least; with fewer, pairs of measures are left out."""

RIDGES = np.geomspace(1e-4, 1e4, 41)
ORDER = key_of("screen")


def screen(
    evaluate: Evaluate,
    features: Floats,
    params: SelectParams,
    *,
    plays: int,
    keep: int,
    workers: Workers = HERE,
    progress: Progress = silent,
) -> Screening:
    """Estimate all designs from a play of some of them, and keep the best.

    Designs are played once each, in an order drawn by `params.seed`, block after block; a block shares a replication
    (Schruben & Margolin 1978, Pseudorandom number assignment in statistically designed simulation experiments, JASA
    73: common random numbers within blocks, other luck between them, so that luck that favours a measure in one
    replication is averaged out). A linear model of the measures and their pairs is fitted to differences within blocks,
    by ridge regression; its penalty is the one of the least generalised cross-validation (Golub, Heath & Wahba 1979).

    Parameters
    ----------
    evaluate
        Plays the designs.
    features
        What each design is made of: 1 where it has a measure, or how much of it; shape (designs, F), finite.
    params
        `higher_is_better` and `seed` count here.
    plays
        Designs to play, >= 1; all of them at most.
    keep
        Designs to keep, >= 1.
    workers
        Where they are played.
    progress
        Hears of progress; may raise `Cancelled`.

    Returns
    -------
    Screening
        Promises nothing about a design that it drops. Without designs when nothing could be played.

    Raises
    ------
    ValueError
        When the features are not a finite matrix.
    """
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or not np.isfinite(features).all():
        raise ValueError("features are a matrix of numbers, one row a design")
    num = len(features)
    order = _draw_order(num, params.seed)[: min(plays, num)]
    replication = np.arange(len(order)) // BLOCK
    work = partial(_play_pairs, evaluate, order, replication)
    found = run_tiles(work, len(order), workers, progress)
    values = np.concatenate(found) if found else np.zeros(0)
    is_good = np.isfinite(values)
    failed = np.sort(order[~is_good])
    if not is_good.any():
        empty = np.zeros(0, dtype=np.int64)
        return Screening(empty, np.full(num, np.nan), 0.0, failed, 0, len(order))
    columns = _expand(features, int(is_good.sum()))
    estimates, share = _fit(columns, order[is_good], replication[is_good], values[is_good])
    estimates[failed] = np.nan
    ranked = np.argsort(-estimates if params.higher_is_better else estimates, kind="stable")
    kept = ranked[: min(keep, num - len(failed))].astype(np.int64)
    return Screening(kept, estimates, share, failed, int(replication[-1]) + 1, len(order))


def _draw_order(num: int, seed: int) -> Int64s:
    """Shuffle the designs: neighbours are often alike, and a block is to hold different ones."""
    luck = np.uint64(luck_of(seed, 0))
    draws = np.array([uniform(luck, ORDER, 0, n) for n in range(num)])
    return np.argsort(draws, kind="stable").astype(np.int64)


def _play_pairs(evaluate: Evaluate, order: Int64s, replication: Int64s, start: int, stop: int) -> Floats:
    """Play pairs of a design and a replication."""
    values = np.empty(stop - start)
    for place in range(start, stop):
        r = int(replication[place])
        values[place - start] = np.asarray(evaluate(order[place : place + 1], r, r + 1), dtype=np.float64).reshape(())
    return values


def _expand(features: Floats, plays: int) -> Floats:
    """Measures, and their pairs where the plays are enough for them; columns that never differ are left out."""
    num = features.shape[1]
    columns = features
    if plays >= PLAYS_A_COLUMN * (num + num * (num - 1) // 2):
        pairs = [features[:, i] * features[:, j] for i, j in combinations(range(num), 2)]
        columns = np.column_stack([features, *pairs])
    columns = columns - columns.mean(axis=0)
    size = columns.std(axis=0)
    return np.asarray(columns[:, size > 0] / size[size > 0])


def _fit(columns: Floats, designs: Int64s, replication: Int64s, values: Floats) -> tuple[Floats, float]:
    """Fit differences within blocks; return the estimate of every design, and the share of the spread explained."""
    x, y = columns[designs].copy(), values.copy()
    for r in np.unique(replication):
        mine = replication == r
        x[mine] -= x[mine].mean(axis=0)
        y[mine] -= y[mine].mean()
    total = float(y @ y)
    if total == 0.0 or x.shape[1] == 0:
        return np.full(len(columns), float(values.mean())), 0.0
    left, sizes, right = np.linalg.svd(x, full_matrices=False)
    along = left.T @ y
    blocks = len(np.unique(replication))
    best, coefficients, share = np.inf, np.zeros(x.shape[1]), 0.0
    for ridge in RIDGES * float((sizes**2).mean()):
        shrink = sizes**2 / (sizes**2 + ridge)
        fitted = left @ (shrink * along)
        rest = float(((y - fitted) ** 2).sum())
        freedom = len(y) - blocks - float(shrink.sum())
        if freedom <= 0:
            continue
        score = rest / freedom**2
        if score < best:
            best, share = score, 1.0 - rest / total
            coefficients = right.T @ (shrink * along / np.maximum(sizes, 1e-300))
    return np.asarray(float(values.mean()) + columns @ coefficients), share
