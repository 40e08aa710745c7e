"""The worker's child process; it starts without Django, so nothing here may import what needs it before it is ready."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection

POLL_SECONDS = 1.0


def do_jobs(pipe: Connection, parent: int) -> None:
    """Do jobs as they are named by the parent, until it closes the pipe or is gone.

    Parameters
    ----------
    pipe
        Brings the numbers of claimed jobs, and takes each back once its job has ended.
    parent
        Process number of the parent: a child whose parent was killed must not live on.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import django

    django.setup()
    from django.db import connections

    from drumbeat.web.do_job import do_job

    while True:
        while not pipe.poll(POLL_SECONDS):
            if os.getppid() != parent:
                return
        try:
            number = pipe.recv()
        except EOFError:
            return
        do_job(number)
        connections.close_all()
        pipe.send(number)
