"""Select the best of many designs: halving to a short list, a sequential selection there, what remains uncertain."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.engine.select.eliminate import eliminate
from drumbeat.twin.engine.select.halve import halve
from drumbeat.twin.engine.select.problem import HERE, Evaluate, SelectParams, Workers
from drumbeat.twin.engine.select.result import Halving, Selection
from drumbeat.twin.engine.select.weigh_choice import weigh_choice

SHARE_OF_HALVING = 0.7


def select_best(
    evaluate: Evaluate,
    num_designs: int,
    params: SelectParams,
    *,
    workers: Workers = HERE,
    progress: Progress = silent,
) -> Selection:
    """Choose the best of many designs on common random numbers, and say what remains uncertain.

    Halving plays each design a little and leaves a short list, without a promise about what it drops; the sequential
    selection then chooses from the short list, on replications that halving has not seen, with its guarantee. With no
    more designs than the short list takes, the guarantee is for all of them.

    Parameters
    ----------
    evaluate
        Plays the designs.
    num_designs
        Designs 0 to `num_designs - 1`, >= 0.
    params
        How to choose.
    workers
        Where they are played: the answer is the same, bit by bit.
    progress
        Hears of progress; may raise `Cancelled`.

    Returns
    -------
    Selection
        `best` is -1 when there is no design that can be played.
    """
    nobody = np.zeros(0, dtype=np.int64)
    is_complete = num_designs <= params.short_list
    if is_complete:
        listed = Halving(np.arange(num_designs), np.zeros(num_designs), (), nobody, 0, 0)
    else:
        listed = halve(
            evaluate, num_designs, params, workers=workers, progress=part_of(progress, 0.0, SHARE_OF_HALVING)
        )
    share = 0.0 if is_complete else SHARE_OF_HALVING
    found = eliminate(
        evaluate, listed.designs, params, first=listed.replications, workers=workers,
        progress=part_of(progress, share, 1.0),
    )  # fmt: skip
    failed = np.union1d(listed.failed, found.failed).astype(np.int64)
    plays = listed.num_plays + int(found.replications.sum())
    if found.best < 0:
        return Selection(
            -1, nobody, np.zeros(0), nobody, None, False, is_complete, listed.rounds, failed, plays
        )  # fmt: skip
    means = np.array([row[:end].mean() for row, end in zip(found.values, found.replications, strict=True)])
    rank = np.argsort(-means if params.higher_is_better else means, kind="stable")
    order = np.concatenate([[found.best], rank[rank != found.best]])
    weighing = weigh_choice(
        found.values[order], higher_is_better=params.higher_is_better, alpha=params.alpha, seed=params.seed
    )
    return Selection(
        best=int(found.designs[found.best]),
        short_list=found.designs[order],
        means=means[order],
        replications=found.replications[order],
        weighing=weighing,
        is_guaranteed=found.is_decided,
        is_complete=is_complete,
        rounds=listed.rounds,
        failed=failed,
        num_plays=plays,
    )
