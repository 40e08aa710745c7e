"""Background jobs over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Router, Schema
from ninja.errors import HttpError

from drumbeat.web.jobs import jobs_of, result_for
from drumbeat.web.models import Job

router = Router(tags=["jobs"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class JobOut(Schema):
    """A background job."""

    id: int
    kind: str
    title: str
    state: str
    progress: float = Field(description="0 to 1")
    message: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    result: dict[str, Any] = Field(description="What came out; where you see some sites only, the page that shows it")


@router.get("", response=list[JobOut], operation_id="list_jobs")
def list_jobs(request: Any) -> Any:
    """List the latest hundred jobs that you may see."""
    return [_tell(request.user, job) for job in jobs_of(request.user)[:100]]


@router.get("/{number}", response={200: JobOut, 404: Problem}, operation_id="read_job")
def read_job(request: Any, number: int) -> Any:
    """Read one job."""
    job = jobs_of(request.user).filter(pk=number).first() if 0 < number < 2**63 else None
    if job is None:
        raise HttpError(404, "There is no such job.")
    return _tell(request.user, job)


def _tell(user: Any, job: Job) -> Job:
    job.result = result_for(user, job)
    return job
