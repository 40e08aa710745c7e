"""`drumbeat work`: do background jobs."""

from __future__ import annotations

import signal
from threading import Event

from drumbeat.cli.show import open_database


def work() -> None:
    """Do the background jobs of a site that is served elsewhere, until Ctrl+C; start several for more at a time."""
    open_database()
    from drumbeat.web.worker import Worker

    stop = Event()

    def end(*_: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    Worker(stop).run()
