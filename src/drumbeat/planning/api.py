"""The latest plan over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.planning.models import Plan

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
    orders = plan.orders.order_by("start_at", "code")  # type: ignore[attr-defined]
    sites = sites_of(request.user)
    if sites is not None:
        orders = orders.filter(site__in=sites)
    shown = list(orders[part.offset : part.offset + part.limit])
    return {"id": plan.pk, "created_at": plan.created_at, "version": plan.version, "orders": shown}
