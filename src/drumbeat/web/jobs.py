"""Background jobs: the registry of what can be done, and the queue.

>>> from drumbeat.web.jobs import job
>>> @job("count", title="Count to a number")
... def count(arguments, progress):
...     for done in range(arguments["to"]):
...         progress(done / arguments["to"], f"at {done}")
...     return {"counted": arguments["to"]}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from drumbeat.basics.progress import Progress
from drumbeat.web.models import Job


class Work(Protocol):
    """What a job does: plain values in and out, progress on the way."""

    def __call__(self, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
        """Do the work; `url` in what comes back is where its result can be seen."""


@dataclass(frozen=True)
class Kind:
    """A registered kind of job."""

    name: str
    title: str
    work: Work


KINDS: dict[str, Kind] = {}


def job(kind: str, *, title: str) -> Callable[[Work], Work]:
    """Register a function as a kind of background job.

    Put it in a module called `jobs` of its room: workers import all of these.

    Parameters
    ----------
    kind
        Short name, unique in the house, at most 40 characters.
    title
        What people read while it runs: "Plan, schedule and simulate".
    """

    def register(work: Work) -> Work:
        KINDS[kind] = Kind(kind, title, work)
        return work

    return register


def find_kind(kind: str) -> Kind:
    """Return a registered kind, importing the rooms' `jobs` modules when it is not known yet.

    Raises
    ------
    LookupError
        When no room registers it.
    """
    for app in apps.get_app_configs():
        if kind in KINDS:
            break
        # One room after the other, only as far as needed: some import engines that take seconds to load.
        if module_has_submodule(app.module, "jobs"):
            import_module(f"{app.name}.jobs")
    if kind not in KINDS:
        raise LookupError(f"no job {kind!r}; there are {', '.join(sorted(KINDS))}")
    return KINDS[kind]


def enqueue(kind: str, arguments: dict[str, Any], user: Any = None, *, title: str = "") -> Job:
    """Put work in the queue; a worker does it as soon as one is free.

    Parameters
    ----------
    kind
        Name under which the work is registered.
    arguments
        JSON-ready values for it.
    user
        Who wants it; None = the system.
    title
        What people read while it runs; default the kind's own title.

    Returns
    -------
    The job, waiting.

    Raises
    ------
    LookupError
        When no room registers this kind.
    """
    title = title or find_kind(kind).title
    return Job.objects.create(kind=kind, title=title[:200], arguments=arguments, user=user, created_at=timezone.now())


def find_under_way(kind: str, **narrowed: Any) -> Job | None:
    """Return the first job of a kind that waits or runs, narrowed by lookups of `Job`; None where there is none."""
    found = Job.objects.filter(kind=kind, state__in=[Job.State.WAITING, Job.State.RUNNING], **narrowed)
    return found.order_by("pk").first()


def enqueue_once(
    kind: str, arguments: dict[str, Any], user: Any = None, *, title: str = "", **narrowed: Any
) -> tuple[Job, bool]:
    """Put work in the queue unless it is under way; of two people who ask at the same moment one is first.

    Parameters
    ----------
    kind, arguments, user, title
        As `enqueue` takes them.
    narrowed
        Which work of this kind is the same, as lookups of `Job`; none = any.

    Returns
    -------
    The job that is under way, and whether this call began it.
    """
    running = find_under_way(kind, **narrowed)
    if running is not None:
        return running, False
    mine = enqueue(kind, arguments, user, title=title)
    first = find_under_way(kind, **narrowed)
    if first is None or first.pk >= mine.pk:
        return mine, True
    # Somebody asked between the look and the queue: the earlier one stays, unless a worker has begun this one.
    is_taken_back, _ = Job.objects.filter(pk=mine.pk, state=Job.State.WAITING).delete()
    return (first, False) if is_taken_back else (mine, True)


def cancel(job: Job) -> None:
    """Ask a job to stop: a waiting one stops at once, a running one at its next report of progress."""
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if not waiting.update(state=Job.State.CANCELLED, is_cancel_wanted=True, ended_at=timezone.now()):
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(is_cancel_wanted=True)
    job.refresh_from_db()


def retry(job: Job, user: Any) -> Job:
    """Put the same work in the queue again.

    Raises
    ------
    ValueError
        When the job has not ended.
    """
    if job.ended_at is None:
        raise ValueError(f"job {job.pk} has not ended")
    return enqueue(job.kind, job.arguments, user, title=job.title)


def jobs_of(user: Any) -> QuerySet[Job]:
    """Return the jobs that a user may see: the own ones; for a manager of all sites, all."""
    jobs = Job.objects.select_related("user")
    return jobs if user.may("manager", "") else jobs.filter(user=user)


def may_see(user: Any, job: Job) -> bool:
    """Whether a user may see a job, as `jobs_of` lists them."""
    return bool(job.user == user or user.may("manager", ""))


def result_for(user: Any, job: Job) -> dict[str, Any]:
    """Return a job's result as a user may see it.

    A result is of the whole plant. Who sees some sites only gets the page that it leads to, which shows their part, and
    what stopped the job.
    """
    if user.sites_with("viewer") is None:
        return dict(job.result)
    return {name: job.result[name] for name in ("url", "findings", "trace") if name in job.result}


def fail_lost_jobs() -> int:
    """Mark running jobs as failed whose worker has not been heard of for a while.

    Returns
    -------
    How many there were.
    """
    now = timezone.now()
    silent_since = now - settings.JOB_SILENCE
    return Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=silent_since).update(
        state=Job.State.FAILED,
        ended_at=now,
        message="The worker was stopped while it worked on this. Nothing of it was stored; try again.",
    )
