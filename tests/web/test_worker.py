"""Workers: real processes on a real database file, killed in every way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300


class Queue:
    """A database file with jobs, looked at from outside as another program would."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = os.environ | {
            "DRUMBEAT_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "tests.web.slow_settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        self.environment.pop("DRUMBEAT_DATABASE", None)
        self.workers: list[subprocess.Popen[bytes]] = []

    def run(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.home / "drumbeat.sqlite3", timeout=120)
        try:
            with connection:
                return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def add(self, kind: str, arguments: dict[str, Any] | None = None) -> int:
        self.run(
            "INSERT INTO web_job"
            " (kind, title, arguments, state, progress, message, result, is_cancel_wanted, created_at)"
            " VALUES (?, ?, ?, 'waiting', 0, '', '{}', 0, '2026-01-01 00:00:00')",
            (kind, kind, json.dumps(arguments or {})),
        )
        return int(self.run("SELECT max(id) FROM web_job")[0][0])

    def state(self, number: int) -> str:
        return str(self.run("SELECT state FROM web_job WHERE id = ?", (number,))[0][0])

    def message(self, number: int) -> str:
        return str(self.run("SELECT message FROM web_job WHERE id = ?", (number,))[0][0])

    def result(self, number: int) -> dict[str, Any]:
        return dict(json.loads(self.run("SELECT result FROM web_job WHERE id = ?", (number,))[0][0]))

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "drumbeat.cli.main", "work"]
        self.workers.append(subprocess.Popen(command, env=self.environment, cwd=ROOT, stderr=subprocess.DEVNULL))
        return self.workers[-1]

    def wait(self, is_so: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            assert time.monotonic() < end, self.run("SELECT id, kind, state, message FROM web_job")
            time.sleep(0.1)


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory, empty_file: Path) -> Iterator[Queue]:
    home = tmp_path_factory.mktemp("home")
    shutil.copy(empty_file, home / "drumbeat.sqlite3")
    found = Queue(home)
    yield found
    for worker in found.workers:
        if worker.poll() is None:
            worker.kill()
            worker.wait()


@pytest.mark.slow
def test_one_worker_ends_every_job_as_it_should(queue: Queue) -> None:
    quick, wrong, refuse, die, last = [queue.add(kind) for kind in ("quick", "wrong", "refuse", "die", "quick")]
    unknown = queue.add("never-heard-of")
    slow = queue.add("slow")
    worker = queue.start()
    queue.wait(lambda: queue.state(unknown) != "waiting" and queue.state(slow) == "running")
    assert queue.state(quick) == queue.state(last) == "done"
    assert queue.state(wrong) == "failed"
    assert queue.message(wrong) == "ZeroDivisionError: no such luck"
    assert queue.state(refuse) == "failed"
    assert queue.result(refuse)["findings"]["findings"][0]["column"] == "lot_minimum"
    assert queue.state(die) == "failed"
    assert "signal 9" in queue.message(die)
    assert queue.result(quick)["pid"] != queue.result(last)["pid"], "a new child took over from the killed one"
    assert queue.state(unknown) == "failed"

    queue.wait(lambda: queue.message(slow).startswith("step"))
    queue.run("UPDATE web_job SET is_cancel_wanted = 1 WHERE id = ?", (slow,))
    queue.wait(lambda: queue.state(slow) == "cancelled")

    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE_SECONDS) == 0


@pytest.mark.slow
def test_a_job_whose_worker_was_killed_is_marked_failed_by_the_next_worker(queue: Queue) -> None:
    number = queue.add("deaf")
    worker = queue.start()
    queue.wait(lambda: queue.state(number) == "running" and queue.message(number).startswith("deaf"))
    worker.kill()
    worker.wait()
    assert queue.state(number) == "running", "nobody was left to say otherwise"
    queue.run("UPDATE web_job SET heartbeat_at = '2026-01-01 00:00:00' WHERE id = ?", (number,))
    next_worker = queue.start()
    queue.wait(lambda: queue.state(number) == "failed")
    assert "try again" in queue.message(number)
    again = queue.add("quick")
    queue.wait(lambda: queue.state(again) == "done")
    next_worker.terminate()
    assert next_worker.wait(PATIENCE_SECONDS) == 0


@pytest.mark.slow
def test_two_workers_never_do_the_same_job(queue: Queue) -> None:
    numbers = [queue.add("quick", {"n": n}) for n in range(20)]
    workers = [queue.start(), queue.start()]
    queue.wait(lambda: all(queue.state(number) == "done" for number in numbers))
    for worker in workers:
        worker.terminate()
    assert [queue.result(number)["n"] for number in numbers] == list(range(20))
