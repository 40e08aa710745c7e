"""Select the best of many designs: a short list first, a sequential selection there, and what remains uncertain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.engine.select.eliminate import eliminate
from drumbeat.twin.engine.select.halve import halve
from drumbeat.twin.engine.select.problem import HERE, Evaluate, SelectParams, Workers
from drumbeat.twin.engine.select.result import Halving, Screening, Selection
from drumbeat.twin.engine.select.screen import screen
from drumbeat.twin.engine.select.weigh_choice import weigh_choice

LISTED = 0.7
"""Share of the progress that the short list takes."""

SCREENED = 0.5
"""Share of the budget that screening takes."""

KEPT = 8
"""Designs for each place on the short list that screening leaves to halving."""


def select_best(
    evaluate: Evaluate,
    num_designs: int,
    params: SelectParams,
    *,
    features: Floats | None = None,
    workers: Workers = HERE,
    progress: Progress = silent,
) -> Selection:
    """Choose the best of many designs on common random numbers, and say what remains uncertain.

    Halving plays each design a little and leaves a short list, without a promise about what it drops; the sequential
    selection then chooses from the short list, on replications that were not used before, with its guarantee. With no
    more designs than the short list takes, the guarantee is for all of them. Where designs are combinations of the
    same measures, screening by them spares most of halving's plays.

    Parameters
    ----------
    evaluate
        Plays the designs.
    num_designs
        Designs 0 to `num_designs - 1`, >= 0.
    params
        How to choose.
    features
        What each design is made of, as for `screen`; shape (num_designs, F). None = nothing is known of that.
    workers
        Where they are played: the answer is the same, bit by bit.
    progress
        Hears of progress; may raise `Cancelled`.

    Returns
    -------
    Selection
        `best` is -1 when there is no design that can be played.

    Raises
    ------
    ValueError
        When features do not fit the designs.
    """
    if features is not None and len(features) != num_designs:
        raise ValueError(f"features have a row for each of {num_designs} designs, not {len(features)}")
    nobody = np.zeros(0, dtype=np.int64)
    is_complete = num_designs <= params.short_list
    screening: Screening | None = None
    if is_complete:
        listed = Halving(np.arange(num_designs), np.zeros(num_designs), (), nobody, 0, 0)
    elif features is None:
        part = part_of(progress, 0.0, LISTED)
        listed = halve(evaluate, np.arange(num_designs), params, workers=workers, progress=part)
    else:
        screening, listed = _screen_and_halve(evaluate, features, params, workers, part_of(progress, 0.0, LISTED))
    rest = part_of(progress, 0.0 if is_complete else LISTED, 1.0)
    found = eliminate(evaluate, listed.designs, params, first=listed.replications, workers=workers, progress=rest)
    lost = [listed.failed, found.failed, nobody if screening is None else screening.failed]
    plays = listed.num_plays + int(found.replications.sum()) + (screening.num_plays if screening else 0)
    order, weighing = nobody, None
    means = np.array([row[:end].mean() for row, end in zip(found.values, found.replications, strict=True)])
    if found.best >= 0:
        rank = np.argsort(-means if params.higher_is_better else means, kind="stable")
        order = np.concatenate([[found.best], rank[rank != found.best]])
        weighing = weigh_choice(
            found.values[order], higher_is_better=params.higher_is_better, alpha=params.alpha, seed=params.seed
        )
    return Selection(
        best=int(found.designs[found.best]) if found.best >= 0 else -1,
        short_list=found.designs[order],
        means=means[order],
        replications=found.replications[order],
        weighing=weighing,
        is_guaranteed=found.is_decided,
        is_complete=is_complete,
        screening=screening,
        rounds=listed.rounds,
        failed=np.unique(np.concatenate(lost)).astype(np.int64),
        num_plays=plays,
    )


def _screen_and_halve(
    evaluate: Evaluate, features: Floats, params: SelectParams, workers: Workers, progress: Progress
) -> tuple[Screening, Halving]:
    """Screen all designs with half of the budget, and halve what is left with the other half."""
    num = len(features)
    budget = params.budget or 2 * num
    plays = min(num, max(1, int(budget * SCREENED)))
    screening = screen(
        evaluate, features, params, plays=plays, keep=KEPT * params.short_list, workers=workers,
        progress=part_of(progress, 0.0, SCREENED),
    )  # fmt: skip
    left = replace(params, budget=max(1, budget - plays))
    part = part_of(progress, SCREENED, 1.0)
    return screening, halve(
        evaluate, screening.designs, left, first=screening.replications, workers=workers, progress=part
    )
