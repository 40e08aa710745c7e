"""`drumbeat serve`: the site and one worker."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from typing import Annotated

import typer
from rich.console import Console

from drumbeat.cli.show import open_database


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 = every network")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on")] = 8000,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer pages")] = 1,
    worker: Annotated[bool, typer.Option(help="Also start a worker for background jobs")] = True,
) -> None:
    """Serve the site, and do its background jobs, until Ctrl+C."""
    open_database()
    from drumbeat.accounts.models import User

    console = Console()
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/"  # noqa: S104
    console.print(f"Drumbeat on [bold]{address}[/]   (Ctrl+C stops it)")
    if not User.objects.exists():
        console.print("Nobody can sign in yet: [bold]drumbeat user add NAME --role admin[/]")
    # Not by forking: a fork of a process that has computed with Polars hangs at the next computation.
    multiprocessing.set_start_method("spawn", force=True)
    from granian import Granian
    from granian.constants import Interfaces

    server = Granian(
        "drumbeat.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=4,
        log_enabled=False,
        respawn_failed_workers=True,
    )
    # The worker leaves by itself when this process is gone, however it went.
    hand = subprocess.Popen([sys.executable, "-m", "drumbeat.cli.main", "work"], env=os.environ) if worker else None
    try:
        server.serve()
    finally:
        if hand is not None:
            hand.terminate()
            try:
                hand.wait(15)
            except subprocess.TimeoutExpired:
                hand.kill()
