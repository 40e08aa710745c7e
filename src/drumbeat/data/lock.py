"""One load at a time: a lock that the operating system lets go when its holder is killed."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import sleep

from django.conf import settings
from django.db import connection

from drumbeat.basics.findings import Finding, InputError
from drumbeat.basics.progress import Progress, silent

LONGEST_WAIT_SECONDS = 600.0
STEP_SECONDS = 0.2
POSTGRESQL_KEY = 0x6472756D  # "drum"

_in_process = threading.Lock()


@contextmanager
def hold_load_lock(
    progress: Progress = silent, *, longest_wait_seconds: float = LONGEST_WAIT_SECONDS
) -> Iterator[None]:
    """Wait until no other load runs on this database, and keep others waiting until the block ends.

    Raises
    ------
    InputError
        When another load still runs after `longest_wait_seconds`.
    Cancelled
        When `progress` says so while waiting.
    """
    left = _take(lambda: _in_process.acquire(blocking=False), progress, longest_wait_seconds)
    try:
        if connection.vendor == "postgresql":
            with _hold_postgresql(progress, left):
                yield
        else:
            with _hold_file(progress, left):
                yield
    finally:
        _in_process.release()


def _take(attempt: Callable[[], bool], progress: Progress, seconds: float) -> float:
    """Try until it works; return the seconds left."""
    while not attempt():
        if seconds <= 0:
            remedy = "Wait until it has ended, or cancel it, and load again"
            raise InputError(Finding("database", "one load runs at a time", remedy))
        progress(0.0, "waiting for another load to end")
        sleep(STEP_SECONDS)
        seconds -= STEP_SECONDS
    return seconds


@contextmanager
def _hold_postgresql(progress: Progress, seconds: float) -> Iterator[None]:
    def attempt() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [POSTGRESQL_KEY])
            return bool(cursor.fetchone()[0])

    _take(attempt, progress, seconds)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [POSTGRESQL_KEY])


@contextmanager
def _hold_file(progress: Progress, seconds: float) -> Iterator[None]:
    """Lock a small file beside the database: SQLite's own locks work on every system and die with the process."""
    name = str(connection.settings_dict["NAME"])
    if "mode=memory" in name or name == ":memory:":
        yield  # nobody else can see it
        return
    mark = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    with closing(sqlite3.connect(settings.HOME / f"load-{mark}.lock", timeout=0, isolation_level=None)) as file:

        def attempt() -> bool:
            try:
                file.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                return False
            return True

        _take(attempt, progress, seconds)
        yield
