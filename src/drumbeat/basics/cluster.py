"""Parallel runs on a cluster: blocks of replications are played by the workers of a Dask scheduler.

What a worker needs is Drumbeat, of the same version, and the extra `cluster`. A worker that dies is replaced by others:
its blocks are played again, and since the luck of a replication hangs on its number alone, they give the same bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent

Answer = TypeVar("Answer")

ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?([\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}")
CONNECT_SECONDS = 10
WORKER_SECONDS = 30
"""How long a scheduler without workers is waited for."""

LISTEN_SECONDS = 0.5
"""How often the wish to cancel is heard while a block is played."""

_OPEN: dict[str, Any] = {}
"""Open connections by address; opening one takes longer than playing a small plant."""


def connect(address: str) -> Any:
    """Return a connection to a Dask scheduler that has workers.

    Raises
    ------
    InputError
        When dask is not installed, the address is silent, or no worker comes in time.
    """
    known = _OPEN.get(address)
    if known is not None and known.status == "running" and known.scheduler_info(n_workers=-1)["workers"]:
        return known
    _OPEN.pop(address, None)
    try:
        import distributed
    except ModuleNotFoundError as error:
        rule, remedy = "dask is installed where a cluster is used", "Run: pip install 'drumbeat[cluster]'"
        raise InputError(Finding("cluster", rule, remedy, value=address)) from error
    make: Any = distributed.Client
    try:
        _check_address(address)
        client: Any = make(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        rule = "a Dask scheduler answers at the cluster's address"
        remedy = "Start one (dask scheduler) and give the address that it prints, such as tcp://10.0.0.5:8786"
        raise InputError(Finding("cluster", rule, remedy, value=address)) from error
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        client.close()
        rule, remedy = "the cluster has workers", f"Start some: dask worker {address}"
        raise InputError(Finding("cluster", rule, remedy, value=address)) from error
    _OPEN[address] = client
    return client


def _check_address(address: str) -> None:
    """Raise at once where an address is none: dask itself would go on trying."""
    if not ADDRESS.fullmatch(address):
        raise ValueError(address)


def count_workers(address: str) -> int:
    """Threads of all workers of a cluster, at least 1; errors as for `connect`."""
    return max(1, sum(connect(address).nthreads().values()))


def run_on_cluster(
    function: Callable[[int, int], Answer],
    ranges: list[tuple[int, int]],
    address: str,
    *,
    progress: Progress = silent,
    message: str = "simulating",
) -> list[Answer]:
    """Run `function(start, stop)` for each range on a cluster; the answers in order of the ranges.

    Parameters
    ----------
    function, ranges
        As `run_blocks` splits them.
    address
        Of the scheduler.
    progress, message
        Hears of every finished block; when it raises `Cancelled`, what has not begun is not begun.

    Raises
    ------
    InputError
        As `connect`; or when the scheduler, or every worker that tried a block, was lost on the way.
    """
    client = connect(address)
    progress(0.0, message)
    # The function is a task of its own: it travels once, and is there again when the worker that held it dies.
    shared = client.submit(_keep, function, pure=False)
    futures = [client.submit(_call, shared, start, stop, pure=False) for start, stop in ranges]
    answers: list[Answer] = []
    try:
        for number, future in enumerate(futures):
            answers.append(_wait_for(client, future, partial(progress, number / len(ranges), message)))
            progress((number + 1) / len(ranges), message)
    finally:
        if client.status == "running":
            client.cancel([*futures, shared])
    return answers


def _wait_for(client: Any, future: Any, listen: Callable[[], None]) -> Any:
    from distributed import CancelledError, KilledWorker

    lost = "the cluster answers until the end", "Look at the scheduler's and the workers' logs, and start again"
    wait: float | None = LISTEN_SECONDS
    while True:
        try:
            return future.result(timeout=wait)
        except TimeoutError:
            if wait is None:
                raise  # the function's own
            if client.status != "running":
                raise InputError(Finding("cluster", *lost, value=str(client.status))) from None
            if future.done():  # it ended just after the wait: its answer, or its own error, is there at once
                wait = None
            else:
                listen()
        except (CancelledError, KilledWorker, OSError) as error:
            raise InputError(Finding("cluster", *lost, value=f"{type(error).__name__}: {error}"[:200])) from error


def _keep(function: Any) -> Any:
    return function


def _call(function: Callable[[int, int], Answer], start: int, stop: int) -> Answer:
    return function(start, stop)
