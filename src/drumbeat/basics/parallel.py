"""Parallel runs: replications are dealt out in blocks, to cores or to a cluster, and come back in order."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

from joblib import Parallel, delayed

from drumbeat.basics.progress import Progress, silent

Answer = TypeVar("Answer")


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def split_evenly(count: int, block: int) -> list[tuple[int, int]]:
    """Split 0 to `count` into ranges (start, stop) of at most `block`; none for a count of 0."""
    return [(start, min(start + block, count)) for start in range(0, count, max(block, 1))]


def run_blocks(
    function: Callable[[int, int], Answer],
    count: int,
    *,
    cores: int = 1,
    block: int | None = None,
    use: Literal["threads", "processes"] = "threads",
    cluster: str | None = None,
    progress: Progress = silent,
    message: str = "simulating",
) -> list[Answer]:
    """Run `function(start, stop)` over all of 0 to `count`, in blocks, on several cores.

    Parameters
    ----------
    function
        What to do with replications `start` to `stop - 1`; must not depend on how they are split. For processes and a
        cluster it must be picklable, and give its answer back rather than write it somewhere.
    count
        Number of replications, >= 0.
    cores
        Number of workers; 0 or less = all cores. One works in the calling thread. Of no matter on a cluster.
    block
        Most replications of one block; default: eight blocks a worker, so that progress is seen and cancel is heard.
    use
        "threads" for compiled functions that release the interpreter's lock: they start at once and share memory.
        "processes" (loky, never fork) for everything else.
    cluster
        Address of a Dask scheduler, such as "tcp://10.0.0.5:8786", whose workers do it instead; None = this machine.
    progress, message
        Hears of every finished block; when it raises `Cancelled`, no new block starts.

    Returns
    -------
    The blocks' answers in order; empty for a count of 0.

    Raises
    ------
    InputError
        When nothing answers at the cluster's address, or it is lost on the way.
    """
    if cluster is not None:
        from drumbeat.basics.cluster import count_workers, run_on_cluster

        ranges = split_evenly(count, block or max(1, -(-count // (8 * count_workers(cluster)))))
        return run_on_cluster(function, ranges, cluster, progress=progress, message=message)
    workers = cores if cores > 0 else count_cores()
    ranges = split_evenly(count, block or max(1, -(-count // (8 * workers))))
    progress(0.0, message)
    answers: list[Answer] = []
    for answer in _answers(function, ranges, min(workers, max(len(ranges), 1)), use):
        answers.append(answer)
        progress(len(answers) / len(ranges), message)
    return answers


def _answers(
    function: Callable[[int, int], Answer], ranges: list[tuple[int, int]], workers: int, use: str
) -> Iterator[Answer]:
    if workers == 1:
        for start, stop in ranges:
            yield function(start, stop)
        return
    backend = "threading" if use == "threads" else "loky"
    pool = Parallel(n_jobs=workers, backend=backend, return_as="generator", pre_dispatch="2*n_jobs", batch_size=1)
    running = pool(delayed(function)(start, stop) for start, stop in ranges)
    try:
        yield from running
    finally:
        with warnings.catch_warnings():
            # When cancelled, what the workers did ahead is dropped on purpose.
            warnings.simplefilter("ignore", UserWarning)
            running.close()
