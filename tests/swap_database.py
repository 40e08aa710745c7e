"""Another database behind Django's default connection, and a SQLite file with the tables made once for everybody."""

from __future__ import annotations

import fcntl
import os
from contextlib import closing
from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend


def swap_connection(settings: dict[str, object]) -> object:
    """Let the default connection lead to another database; return the one that it was."""
    before = connections["default"]
    connections["default"] = load_backend(str(settings["ENGINE"])).DatabaseWrapper(settings, "default")
    return before


def restore_connection(before: object) -> None:
    """Undo `swap_connection`."""
    connections["default"].close()
    connections["default"] = before


def make_empty_file(folder: Path) -> Path:
    """A SQLite file with this version's tables and no row, in a folder that processes share: one makes it.

    All migrations run: some eight seconds of work, which every process that needs tables would otherwise repeat.
    """
    path = folder / "empty.sqlite3"
    with (folder / "empty.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _migrate(folder / "unfinished.sqlite3")
            os.replace(folder / "unfinished.sqlite3", path)
    return path


def _migrate(path: Path) -> None:
    sqlite = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA synchronous=OFF;"},
    }
    before = swap_connection(sqlite)
    try:
        call_command("migrate", verbosity=0)
        with closing(connections["default"].cursor()) as cursor:
            cursor.execute("PRAGMA journal_mode=DELETE")
    finally:
        restore_connection(before)
