"""A PostgreSQL server that the tests start by themselves, for those who have PostgreSQL installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.core.management import call_command
from django.db import connections

from tests.swap_database import restore_connection, swap_connection


def find_programs() -> Path | None:
    """Folder of the newest PostgreSQL server installed, or None."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = next((path for path in reversed(folders) if (path / "initdb").exists()), None)
    on_path = shutil.which("initdb")
    return found or (Path(on_path).parent if on_path else None)


def as_nobody_special(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root: then run the command as the user that its package makes."""
    return command if os.geteuid() else ["runuser", "-u", "postgres", "--", *command]


@pytest.fixture(scope="session")
def postgres_port() -> Iterator[int]:
    """Port of a PostgreSQL server on 127.0.0.1 that lives as long as the tests."""
    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (looked in /usr/lib/postgresql and the path for initdb)")
    if not os.geteuid() and (
        not shutil.which("runuser") or subprocess.run(["id", "postgres"], capture_output=True).returncode
    ):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres to run it as")
    folder = Path(mkdtemp(prefix="drumbeat-postgres-"))
    if not os.geteuid():
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    subprocess.run(
        as_nobody_special([str(programs / "initdb"), *f"-D {data} -U drumbeat -A trust --no-sync -E UTF8".split()]),
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={folder}"
    start = [str(programs / "pg_ctl"), "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start"]
    subprocess.run(as_nobody_special(start), check=True, cwd="/", stdout=subprocess.DEVNULL)
    yield port
    # A server that is gone already has been seen by the tests that used it.
    stop = [str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop"]
    subprocess.run(as_nobody_special(stop), check=False, cwd="/", capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_tables(postgres_port: int, django_db_setup: None, django_db_blocker: object) -> dict[str, object]:
    """Settings of an empty database on that server, with this version's tables."""
    settings = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "postgres",
        "USER": "drumbeat",
        "PASSWORD": "",
        "HOST": "127.0.0.1",
        "PORT": str(postgres_port),
        "OPTIONS": {},
    }
    with django_db_blocker.unblock():
        sqlite = swap_connection(settings)
        try:
            call_command("migrate", verbosity=0)
        finally:
            restore_connection(sqlite)
    return settings


@pytest.fixture
def postgres(postgres_tables: dict[str, object], django_db_blocker: object) -> Iterator[None]:
    """The default connection leads to an empty PostgreSQL database during the test."""
    with django_db_blocker.unblock():
        before = swap_connection(postgres_tables)
        try:
            yield
        finally:
            connections["default"].rollback() if connections["default"].in_atomic_block else None
            call_command("flush", verbosity=0, interactive=False)
            restore_connection(before)
