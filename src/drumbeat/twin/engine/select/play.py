"""Play designs over workers, in tiles of designs and replications; no tile knows of another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.parallel import count_cores, run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.twin.engine.select.problem import Evaluate, Workers

TILES_A_WORKER = 8
"""So many, that progress is seen, cancel is heard and no worker waits long for the last one."""

MOST_PLAYS = 100_000
"""Plays of a tile at most: what bounds the memory."""


def play(
    evaluate: Evaluate, designs: Int64s, first: int, last: int, workers: Workers, progress: Progress = silent
) -> Floats:
    """Play some replications of some designs; all values are kept.

    Parameters
    ----------
    evaluate, workers
        What plays them, and where.
    designs, first, last
        As for `Evaluate`.
    progress
        Hears of tiles; may raise `Cancelled`.

    Returns
    -------
    Shape (len(designs), last - first).
    """
    width = max(1, min(last - first, -(-(last - first) * max(len(designs), 1) // _count_tiles(workers))))
    tiles = -(-(last - first) // width)
    work = partial(_play_tile, evaluate, designs, first, last, width, tiles)
    found = _run(work, len(designs) * tiles, 1, workers, progress)
    if not found:
        return np.zeros((0, last - first))
    return np.stack([np.concatenate(found[i : i + tiles]) for i in range(0, len(found), tiles)])


def add_plays(
    evaluate: Evaluate, designs: Int64s, first: int, last: int, sums: Floats, workers: Workers, progress: Progress
) -> Floats:
    """Play some replications of many designs and keep only their sums.

    Parameters
    ----------
    evaluate, designs, first, last, workers, progress
        As for `play`.
    sums
        What to add to; shape (len(designs),).

    Returns
    -------
    The new sums; nan for a design that cannot be played. Added replication by replication, so that they do not depend
    on how the designs are split.
    """
    size = min(-(-len(designs) // _count_tiles(workers)), MOST_PLAYS // max(last - first, 1))
    work = partial(_add_tile, evaluate, designs, first, last, sums)
    found = _run(work, len(designs), max(size, 1), workers, progress)
    return np.concatenate(found) if found else np.zeros(0)


def run_tiles(work: Callable[[int, int], Floats], count: int, workers: Workers, progress: Progress) -> list[Floats]:
    """Run `work(start, stop)` over 0 to `count` in tiles, on whatever workers there are."""
    return _run(work, count, max(1, -(-count // _count_tiles(workers))), workers, progress)


def _count_tiles(workers: Workers) -> int:
    return TILES_A_WORKER * (workers.cores if workers.cores > 0 else count_cores())


def _run(
    work: Callable[[int, int], Floats], count: int, block: int, workers: Workers, progress: Progress
) -> list[Floats]:
    return run_blocks(
        work, count, cores=workers.cores, block=block, use=workers.use, cluster=workers.cluster, progress=progress,
        message="comparing designs",
    )  # fmt: skip


def _play_tile(
    evaluate: Evaluate, designs: Int64s, first: int, last: int, width: int, tiles: int, start: int, stop: int
) -> Floats:
    """Play one stretch of replications of one design: `start` counts stretches, design by design."""
    del stop
    design, tile = divmod(start, tiles)
    begin = first + tile * width
    return _ask(evaluate, designs[design : design + 1], begin, min(begin + width, last))[0]


def _add_tile(
    evaluate: Evaluate, designs: Int64s, first: int, last: int, sums: Floats, start: int, stop: int
) -> Floats:
    total = sums[start:stop].copy()
    for column in _ask(evaluate, designs[start:stop], first, last).T:
        total += column
    return np.where(np.isfinite(total), total, np.nan)


def _ask(evaluate: Evaluate, designs: Int64s, first: int, last: int) -> Floats:
    values = np.asarray(evaluate(designs, first, last), dtype=np.float64)
    if values.shape != (len(designs), last - first):
        wanted = (len(designs), last - first)
        raise ValueError(f"a play of {wanted[0]} designs and {wanted[1]} replications gave shape {values.shape}")
    return values
