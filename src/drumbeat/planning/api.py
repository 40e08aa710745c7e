"""The latest plan over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.planning.models import MasterPlan, Plan

router = Router(tags=["plan"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class Slice(Schema):
    """Which rows."""

    offset: int = Field(0, ge=0, le=100_000_000)
    limit: int = Field(100, ge=1, le=1000)


class PlannedOrderOut(Schema):
    """A proposal to make, buy or move."""

    code: str
    method: str
    item: str
    site: str
    source: str
    quantity: float
    start_at: datetime
    due_at: datetime
    demand: str


class PlanOut(Schema):
    """The latest plan and some of its orders."""

    id: int
    created_at: datetime
    version: str
    orders: list[PlannedOrderOut]


@router.get("/latest", response={200: PlanOut, 404: Problem}, operation_id="latest_plan")
def latest_plan(request: Any, part: Query[Slice]) -> Any:
    """Read the latest plan, with the orders of your sites by start."""
    plan = Plan.objects.first()
    if plan is None:
        raise HttpError(404, "Nothing has been planned yet.")
    shown = _slice(request, plan.orders.order_by("start_at", "code"), part)  # type: ignore[attr-defined]
    return {"id": plan.pk, "created_at": plan.created_at, "version": plan.version, "orders": shown}


class WeekLoadOut(Schema):
    """Load and usable hours of a machine in a week."""

    resource: str
    site: str
    week_start: datetime
    open_hours: float
    care_hours: float
    breakdown_hours: float
    usable_hours: float
    run_hours: float
    setup_hours: float


class MasterHoursOut(Schema):
    """Hours of a machine in a week of the master plan, and the money that one more would save."""

    resource: str
    site: str
    week_start: datetime
    usable: float
    planned: float
    overtime: float
    shifts: float
    worth: float


class MasterOut(Schema):
    """The newest master plan and some of its hours."""

    id: int
    created_at: datetime
    version: str
    cost: float
    bound: float
    cost_parts: dict[str, float]
    hours: list[MasterHoursOut]


@router.get("/load", response={200: list[WeekLoadOut], 404: Problem}, operation_id="latest_load")
def latest_load(request: Any, part: Query[Slice]) -> Any:
    """Read the load of the machines of your sites in the latest plan, by machine and week."""
    plan = Plan.objects.first()
    if plan is None:
        raise HttpError(404, "Nothing has been planned yet.")
    return _slice(request, plan.week_loads.order_by("resource", "week_start"), part)  # type: ignore[attr-defined]


@router.get("/master", response={200: MasterOut, 404: Problem}, operation_id="latest_master_plan")
def latest_master_plan(request: Any, part: Query[Slice]) -> Any:
    """Read the newest master plan, with the hours of the machines of your sites by machine and week."""
    master = MasterPlan.objects.first()
    if master is None:
        raise HttpError(404, "There is no master plan yet.")
    return {
        "id": master.pk, "created_at": master.created_at, "version": master.version, "cost": master.cost,
        "bound": master.bound, "cost_parts": master.cost_parts,
        "hours": _slice(request, master.hours.order_by("resource", "week_start"), part),  # type: ignore[attr-defined]
    }  # fmt: skip


def _slice(request: Any, rows: Any, part: Slice) -> list[Any]:
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return list(rows[part.offset : part.offset + part.limit])
