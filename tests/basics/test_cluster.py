"""Replications on a real cluster of separate processes: the same bits, also when a worker is killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drumbeat.basics import cluster as cluster_module
from drumbeat.basics.cluster import connect, count_workers
from drumbeat.basics.findings import InputError
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Cancelled
from drumbeat.basics.streams import key_of, luck_of, uniform

pytest.importorskip("distributed")


def play(seconds: float, start: int, stop: int) -> np.ndarray:
    time.sleep(seconds)
    key = key_of("machine")
    return np.array([uniform(np.uint64(luck_of(7, r)), key, 0, 0) for r in range(start, stop)])


def fail(start: int, stop: int) -> None:
    raise ZeroDivisionError("as it happens")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.wait(int(port))
        self.workers = [self.start_worker(), self.start_worker()]

    def wait(self, port: int) -> None:
        """Wait until the scheduler listens: starting Python takes seconds on a busy machine."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as door:
                if door.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        pytest.fail("the scheduler did not start")

    def start_worker(self) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
        return self.start("worker", self.address, *options)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        # Workers must find this test's functions.
        return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.getcwd()}, **quiet)  # type: ignore[call-overload]

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    try:
        yield made
    finally:
        cluster_module._OPEN.pop(made.address, None)
        made.stop()


@pytest.mark.slow
def test_any_split_gives_the_same_bits_here_and_there(cluster: Cluster) -> None:
    here = np.concatenate(run_blocks(partial(play, 0.0), 23, block=5))
    for block in (1, 7, None):
        there = run_blocks(partial(play, 0.0), 23, block=block, cluster=cluster.address)
        np.testing.assert_array_equal(np.concatenate(there), here)
    assert run_blocks(partial(play, 0.0), 0, cluster=cluster.address) == []


def test_a_worker_that_is_killed_changes_nothing(cluster: Cluster) -> None:
    deadline = time.monotonic() + 20
    while count_workers(cluster.address) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert count_workers(cluster.address) == 2
    heard: list[float] = []

    def watch(fraction: float, message: str) -> None:
        heard.append(fraction)
        if fraction >= 0.2 and cluster.workers[0].poll() is None:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            cluster.workers[0].wait()

    there = run_blocks(partial(play, 0.05), 40, block=1, cluster=cluster.address, progress=watch)
    assert cluster.workers[0].poll() is not None, "the worker was to be killed on the way"
    np.testing.assert_array_equal(np.concatenate(there), play(0.0, 0, 40))
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    cluster.workers.append(cluster.start_worker())


def test_cancel_and_errors_come_through(cluster: Cluster) -> None:
    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled

    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_blocks(partial(play, 1.0), 100, block=1, cluster=cluster.address, progress=cancel)
    assert time.monotonic() - began < 40, "all blocks take two workers 50 s, those up to the wish 6 s"
    with pytest.raises(ZeroDivisionError, match="as it happens"):
        run_blocks(fail, 3, cluster=cluster.address)


class JustDone:
    """A block that ends in the moment after a wait for it has run out; its own error, where it has one."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def result(self, timeout: float | None) -> int:
        if timeout is not None:
            raise TimeoutError
        if self.error:
            raise self.error
        return 7

    def done(self) -> bool:
        return True


def test_a_block_that_ends_just_after_the_wait_is_not_lost() -> None:
    client = SimpleNamespace(status="running")
    assert cluster_module._wait_for(client, JustDone(), lambda: None) == 7
    with pytest.raises(TimeoutError, match="its own"):
        cluster_module._wait_for(client, JustDone(TimeoutError("its own")), lambda: None)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nonsense", "gopher://127.0.0.1:1", "tcp://a:b", ""])
def test_a_silent_address_is_told(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 0.5)
    with pytest.raises(InputError, match="scheduler answers"):
        run_blocks(partial(play, 0.0), 3, cluster=address.format(port=free_port()))


def test_without_dask_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"drumbeat\[cluster\]"):
        connect("tcp://127.0.0.1:1")


@pytest.mark.slow
def test_a_cluster_that_is_lost_on_the_way_is_told() -> None:
    made: Any = Cluster()
    try:

        def kill(fraction: float, message: str) -> None:
            if fraction > 0 and made.scheduler.poll() is None:
                made.stop()

        with pytest.raises(InputError, match="until the end"):
            run_blocks(partial(play, 0.05), 40, block=1, cluster=made.address, progress=kill)
    finally:
        cluster_module._OPEN.pop(made.address, None)
        made.stop()
