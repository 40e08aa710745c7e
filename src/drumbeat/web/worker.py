"""The worker: claims jobs from the queue, has them done by a child process, and notices when that one dies.

The child does the work; the parent keeps the job's heartbeat going, so that a long computation that reports nothing
for a while is not taken for dead, and a child that was killed (by hand, or for want of memory) is noticed at once.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Event
from time import monotonic
from typing import Any

from django.db import connection
from django.utils import timezone

from drumbeat.web.child import do_jobs
from drumbeat.web.do_job import finish
from drumbeat.web.jobs import fail_lost_jobs
from drumbeat.web.models import Job

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 2.0
SWEEP_SECONDS = 15.0
GRACE_SECONDS = 20.0
"""How long a job that should stop may take to notice, before its process is ended."""


def claim_job() -> Job | None:
    """Take the oldest waiting job, so that no other worker can; None when none waits."""
    while True:
        waiting = Job.objects.filter(state=Job.State.WAITING).order_by("id").first()
        if waiting is None:
            return None
        now = timezone.now()
        mine = Job.objects.filter(pk=waiting.pk, state=Job.State.WAITING)
        if mine.update(state=Job.State.RUNNING, started_at=now, heartbeat_at=now, message="starting"):
            waiting.refresh_from_db()
            return waiting


class Worker:
    """One worker: a parent that watches and a child that works.

    Parameters
    ----------
    stop
        Set it to stop after the present job was asked to end.
    """

    def __init__(self, stop: Event | None = None) -> None:
        self.stop = stop or Event()
        self._child: Any = None
        self._pipe: Connection | None = None
        self._launcher = os.getppid()

    def run(self) -> None:
        """Work until told to stop, or until the process that started this one is gone."""
        swept = -SWEEP_SECONDS
        try:
            while not self.stop.is_set() and os.getppid() == self._launcher:
                if monotonic() - swept > SWEEP_SECONDS:
                    fail_lost_jobs()
                    swept = monotonic()
                job = claim_job()
                if job is None:
                    connection.close_if_unusable_or_obsolete()
                    self.stop.wait(IDLE_SECONDS)
                else:
                    self.watch(job)
        finally:
            self.close()

    def watch(self, job: Job) -> None:
        """Have a job done, and see to it that it ends one way or another."""
        pipe = self._start()
        with suppress(OSError):  # a child that died meanwhile is noticed below
            pipe.send(job.pk)
        stop_asked: float | None = None
        while True:
            if pipe.poll(HEARTBEAT_SECONDS if stop_asked is None else 0.2):
                try:
                    pipe.recv()
                    return
                except (EOFError, OSError):
                    self._child.join(5)
            if not self._child.is_alive():
                finish(job.pk, Job.State.FAILED, _why_dead(self._child.exitcode))
                self.close()
                return
            row = Job.objects.filter(pk=job.pk)
            row.update(heartbeat_at=timezone.now())
            if self.stop.is_set() and stop_asked is None:
                row.update(is_cancel_wanted=True)
            if stop_asked is None and row.filter(is_cancel_wanted=True).exists():
                stop_asked = monotonic()
            if stop_asked is not None and monotonic() - stop_asked > (3.0 if self.stop.is_set() else GRACE_SECONDS):
                self.close()
                finish(job.pk, Job.State.CANCELLED, "Cancelled; its process had to be ended.")
                return

    def _start(self) -> Connection:
        if self._pipe is not None and self._child.is_alive():
            return self._pipe
        self.close()
        # spawn: a fork after Polars or numba have started threads hangs.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._child = context.Process(target=do_jobs, args=(theirs, os.getpid()), daemon=True)
        self._child.start()
        theirs.close()
        self._pipe = ours
        return ours

    def close(self) -> None:
        """End the child."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._child is not None:
            self._child.terminate()
            self._child.join(5)
            if self._child.is_alive():
                self._child.kill()
                self._child.join(5)
            self._child = None


def _why_dead(code: int | None) -> str:
    how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    return f"The process that did this was stopped from outside ({how}), perhaps for want of memory. Try again."
