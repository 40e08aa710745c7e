"""One job done: its progress stored on the way, and how it ended."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.utils import timezone

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.web.jobs import find_kind
from drumbeat.web.models import Job

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.4
"""Progress is stored at most this often."""


def finish(number: int, state: str, message: str = "", result: dict[str, Any] | None = None) -> None:
    """Store how a job ended, unless it has ended already."""
    done: dict[str, Any] = {"progress": 1.0} if state == Job.State.DONE else {}
    Job.objects.filter(pk=number, state=Job.State.RUNNING).update(
        state=state, message=message[:300], result=result or {}, ended_at=timezone.now(), **done
    )


def make_progress(number: int, clock: Callable[[], float] = monotonic) -> Any:
    """Make the progress function of a job: stores what it hears, and stops the work when nobody wants it any more."""
    last = -WRITE_SECONDS

    def progress(fraction: float, message: str) -> None:
        nonlocal last
        now = clock()
        if now - last < WRITE_SECONDS:
            return
        last = now
        job = Job.objects.filter(pk=number)
        job.update(progress=min(max(fraction, 0.0), 1.0), message=message[:300], heartbeat_at=timezone.now())
        wanted = job.values_list("is_cancel_wanted", "state").first()
        if wanted is None or wanted[0] or wanted[1] != Job.State.RUNNING:
            raise Cancelled

    return progress


def do_job(number: int) -> None:
    """Do one claimed job in this process and store how it ended; never raises."""
    job = Job.objects.get(pk=number)
    try:
        kind = find_kind(job.kind)
        result = kind.work(job.arguments, make_progress(number))
        finish(number, Job.State.DONE, "", result)
    except Cancelled:
        finish(number, Job.State.CANCELLED, "Cancelled; nothing was stored.")
    except InputError as error:
        many = error.findings.num_errors
        finish(number, Job.State.FAILED, f"{many} findings stopped it.", {"findings": error.findings.as_json()})
    except Exception as error:
        log.exception("job %s (%s) failed", number, job.kind)
        trace = traceback.format_exc()[-8000:]
        finish(number, Job.State.FAILED, f"{type(error).__name__}: {error}", {"trace": trace})
