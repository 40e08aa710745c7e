"""Read the database once for many questions: the data are kept in the process until somebody saves something."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from django.db import connection
from django.utils import timezone

from drumbeat.data.snapshot import Snapshot

MOST_BYTES = 512 * 2**20
"""Larger data are read each time: every process of the site would keep them."""

_reading = Lock()
_kept: dict[str, Any] = {}
"""The last snapshot (`snapshot`), the state of the database that it is of (`state`), and whether it states its moment
(`is_dated`): never more than one."""
_watchers: dict[tuple[str, int], tuple[int, sqlite3.Connection]] = {}
"""A connection of its own to the SQLite file, and its number: it only looks, so that whatever is saved is somebody
else's. Counts of saves are those of one connection: those of another mean nothing beside them."""
_numbers = count()


def read_kept(as_of: datetime | None = None) -> Snapshot:
    """Read the database, or return what was read last where nothing has been saved since.

    The same data are the same snapshot, so that what was found out about it (`find_once`, `find_of`) is still known.
    One snapshot is kept in a process, of at most `MOST_BYTES`. Where nothing tells whether anybody has saved (a
    database in memory, a transaction under way), it is read each time.

    Parameters
    ----------
    as_of
        Moment that the data describe where the company states none; None = now.
    """
    state = find_state()
    if state is None:
        return _read(as_of)
    with _reading:
        if _kept.get("state") != state:
            # The state was looked at before: what is saved while this reads makes the next question read again.
            _kept.clear()
            snapshot = _read(as_of)
            if sum(frame.estimated_size() for frame in snapshot.frames.values()) > MOST_BYTES:
                return snapshot
            is_dated = bool(snapshot["company"]["as_of"].drop_nulls().len())
            _kept.update(state=state, snapshot=snapshot, is_dated=is_dated)
        if not _kept["is_dated"]:
            _kept["snapshot"] = _kept["snapshot"].at(as_of or timezone.now())
        kept: Snapshot = _kept["snapshot"]
        return kept


def _read(as_of: datetime | None) -> Snapshot:
    return Snapshot.read_database() if as_of is None else Snapshot.read_database(as_of=as_of)


def find_state() -> tuple[str, ...] | None:
    """Return what differs whenever anybody has saved anything since; None where nothing tells.

    On PostgreSQL the transactions that can be seen; on SQLite the count of saves that another connection sees, so that
    sessions and jobs count too: that only means to read once more.
    """
    connection.ensure_connection()
    if connection.in_atomic_block or not connection.get_autocommit():
        return None
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_snapshot()::text")
            return name, str(cursor.fetchone()[0])
    if connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name:
        return None
    with _reading:
        # A file that was put in its place is another file of the same name.
        key = (name, Path(name).stat().st_ino)
        if key not in _watchers:
            for _, watcher in _watchers.values():
                watcher.close()
            _watchers.clear()
            address = f"{Path(name).resolve().as_uri()}?mode=ro"
            _watchers[key] = next(_numbers), sqlite3.connect(address, uri=True, check_same_thread=False)
        number, watcher = _watchers[key]
        [(saves,)] = watcher.execute("PRAGMA data_version").fetchall()
        return name, str(number), str(saves)
