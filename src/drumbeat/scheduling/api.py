"""The latest schedule over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import Schedule

router = Router(tags=["schedule"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class Slice(Schema):
    """Which rows."""

    offset: int = Field(0, ge=0, le=100_000_000)
    limit: int = Field(100, ge=1, le=1000)


class ScheduledTaskOut(Schema):
    """When and where one task runs."""

    task: str
    order: str
    item: str
    operation: str
    resource: str
    quantity: float
    starts_at: datetime
    setup_seconds: int
    ends_at: datetime
    due_at: datetime | None


class ScheduleOut(Schema):
    """The latest schedule and some of its tasks."""

    id: int
    created_at: datetime
    version: str
    method: str
    num_tasks: int
    num_late: int
    tasks: list[ScheduledTaskOut]


@router.get("/latest", response={200: ScheduleOut, 404: Problem}, operation_id="latest_schedule")
def latest_schedule(request: Any, part: Query[Slice]) -> Any:
    """Read the latest schedule, with the tasks of your sites by start; the counts are of all sites."""
    schedule = Schedule.objects.first()
    if schedule is None:
        raise HttpError(404, "Nothing has been scheduled yet.")
    tasks = schedule.tasks.order_by("starts_at", "task")  # type: ignore[attr-defined]
    sites = sites_of(request.user)
    if sites is not None:
        tasks = tasks.filter(resource__in=Resource.objects.filter(site__in=sites).values("code"))
    shown = list(tasks[part.offset : part.offset + part.limit])
    names = ("created_at", "version", "method", "num_tasks", "num_late")
    return {"id": schedule.pk, **{name: getattr(schedule, name) for name in names}, "tasks": shown}
