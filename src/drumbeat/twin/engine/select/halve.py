"""Successive halving: play all designs a little, keep the better share, play those more."""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.twin.engine.select.play import add_plays
from drumbeat.twin.engine.select.problem import HERE, Evaluate, SelectParams, Workers
from drumbeat.twin.engine.select.result import Halving, Round

PLAYS_A_DESIGN = 16
"""Budget for each design where none is given."""


def halve(
    evaluate: Evaluate,
    designs: Int64s,
    params: SelectParams,
    *,
    first: int = 0,
    workers: Workers = HERE,
    progress: Progress = silent,
) -> Halving:
    """Narrow many designs down to a short list on common random numbers.

    Each round takes the same share of the budget; those who stay are played on, all on the same replications, and keep
    their earlier ones (Karnin, Koren & Somekh 2013, with sums carried over, which common random numbers allow). It
    promises nothing about a design that it drops.

    Parameters
    ----------
    evaluate
        Plays the designs.
    designs
        Which ones; shape (n,), distinct.
    params
        `higher_is_better`, `short_list`, `keep` and `budget` count here. Every design is played once, whatever the
        budget.
    first
        First replication that may be used.
    workers
        Where they are played.
    progress
        Hears of progress; may raise `Cancelled`.

    Returns
    -------
    Halving
        Without designs when there are none. Memory: a few numbers a design.
    """
    num_designs = len(designs)
    sums = np.zeros(num_designs)
    num_rounds = _count_rounds(num_designs, params)
    budget = params.budget or PLAYS_A_DESIGN * num_designs
    rounds: list[Round] = []
    failed: list[Int64s] = [np.zeros(0, dtype=np.int64)]
    done = plays = 0
    for number in range(num_rounds):
        fresh = max(1, budget // (num_rounds * len(designs)))
        part = part_of(progress, number / num_rounds, (number + 1) / num_rounds)
        begin = first + done
        sums = add_plays(evaluate, designs, begin, begin + fresh, sums, workers, part)
        done, plays = done + fresh, plays + fresh * len(designs)
        count = len(designs)
        failed.append(designs[np.isnan(sums)])
        chosen = _keep_best(sums, params.higher_is_better, max(params.short_list, math.floor(count * params.keep)))
        designs, sums = designs[chosen], sums[chosen]
        rounds.append(Round(count, done, len(designs)))
        if len(designs) <= params.short_list:
            break
    order = _keep_best(sums, params.higher_is_better, len(designs))
    means = sums[order] / max(done, 1)
    lost = np.sort(np.concatenate(failed))
    return Halving(designs[order], means, tuple(rounds), lost, first + done, plays)


def _count_rounds(num_designs: int, params: SelectParams) -> int:
    """Rounds until the short list is reached; 0 without a design to drop."""
    rounds, left = 0, num_designs
    while left > params.short_list:
        left = max(params.short_list, math.floor(left * params.keep))
        rounds += 1
    return rounds


def _keep_best(sums: np.ndarray, higher_is_better: bool, count: int) -> Int64s:
    """Places of the best `count` sums that are numbers, in their order; of equal ones the first."""
    order = np.argsort(-sums if higher_is_better else sums, kind="stable")
    return order[: min(count, int(np.isfinite(sums).sum()))].astype(np.int64)
