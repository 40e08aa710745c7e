"""The latest schedule over the API, and what a move by hand would do to it; nothing is written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import silent
from drumbeat.planning.views_try import read_data
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import Schedule
from drumbeat.scheduling.move_task import move_task
from drumbeat.scheduling.promise import promise
from drumbeat.scheduling.save_finite import recall_finite

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


class PromiseIn(Schema):
    """A new order that somebody asks for."""

    item: str = Field(max_length=120, description="Code of the item")
    site: str = Field(max_length=120, description="Code of the site that delivers")
    quantity: float = Field(gt=0, le=1e12)
    wanted_at: datetime = Field(description="When it is wanted; UTC where no time zone is given")


class WaitOut(Schema):
    """What a part of the time goes into."""

    cause: str
    seconds: float


class PromiseOut(Schema):
    """When a new order can be delivered; nothing in `delivered_at` = never."""

    delivered_at: datetime | None
    late_seconds: float | None
    reason: str
    waits: list[WaitOut]


@router.get("/promise", response={200: PromiseOut, 422: Problem}, operation_id="ask_promise")
def ask_promise(request: Any, asked: Query[PromiseIn]) -> Any:
    """Say when a new order can be delivered while all others keep their places, and what decides that."""
    check_role(request.user, "viewer", asked.site)
    wanted = asked.wanted_at if asked.wanted_at.tzinfo else asked.wanted_at.replace(tzinfo=UTC)
    try:
        data = read_data()
        found = promise(data, asked.item, asked.site, asked.quantity, wanted, silent, *recall_finite(data))
    except InputError as error:
        raise HttpError(422, str(error)) from None
    found = found if sites_of(request.user) is None else found.without_orders()
    return {
        "delivered_at": found.delivered_at, "late_seconds": found.late_seconds, "reason": found.reason,
        "waits": found.waits,
    }  # fmt: skip


class MoveIn(Schema):
    """A task, and where it would go."""

    task: str = Field(max_length=160)
    resource: str = Field(max_length=120, description="Code of the machine")
    start: datetime = Field(description="Wished start; UTC where no time zone is given")


class MovedTaskOut(Schema):
    """A task that would move."""

    task: str
    order: str
    resource_before: str | None
    resource: str | None
    start_before: datetime | None
    start: datetime | None
    end: datetime | None


class FigureOut(Schema):
    """A figure before and after."""

    label: str
    unit: str
    before: float | None
    after: float | None


class MoveOut(Schema):
    """What a move would do."""

    moved: int
    lost: int
    figures: list[FigureOut]
    tasks: list[MovedTaskOut]


@router.get("/latest/move", response={200: MoveOut, 404: Problem, 422: Problem}, operation_id="preview_move")
def preview_move(request: Any, move: Query[MoveIn]) -> Any:
    """Say which tasks would move, and what that costs, were a task of the latest schedule started there and then."""
    schedule = Schedule.objects.first()
    if schedule is None:
        raise HttpError(404, "Nothing has been scheduled yet.")
    for site in Resource.objects.filter(code=move.resource).values_list("site_id", flat=True):
        check_role(request.user, "planner", site)
    start = move.start if move.start.tzinfo else move.start.replace(tzinfo=UTC)
    try:
        found = move_task(schedule, move.task, start, move.resource)
    except InputError as error:
        raise HttpError(422, str(error)) from None
    sites = sites_of(request.user)
    seen = None if sites is None else set(Resource.objects.filter(site__in=sites).values_list("code", flat=True))
    tasks = [
        row
        for row in found.tasks.head(1000).iter_rows(named=True)
        if seen is None or row["resource"] in seen or row["resource_before"] in seen
    ]
    return {
        "moved": found.tasks.height,
        "lost": len(found.rescheduled.lost),
        "figures": found.figures,
        "tasks": tasks,
    }
