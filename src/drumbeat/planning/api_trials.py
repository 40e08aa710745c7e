"""Changes tried on the material plan over the API: what becomes of demands and orders; nothing is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.change import Change
from drumbeat.demand.models import DemandLine
from drumbeat.planning.api import Problem
from drumbeat.planning.changes import AddDemand, ChangeDemand
from drumbeat.planning.try_changes import try_changes
from drumbeat.planning.views_try import find_plan, read_data, tell_trial
from drumbeat.sourcing.changes import MovePurchase
from drumbeat.sourcing.models import PurchaseOrder

router = Router(tags=["plan"])
FIRST_YEAR, LAST_YEAR = 1970, 2200
WHEN = "UTC where no time zone is given"


class OrderIn(Schema):
    """A new order of a customer."""

    item: str = Field(max_length=120, description="Code of the item")
    site: str = Field(max_length=120, description="Code of the site that delivers")
    quantity: float = Field(gt=0, le=1e12)
    due_at: datetime = Field(description=f"When it is wanted; {WHEN}")


class DemandIn(Schema):
    """An order of a customer that changes; what is not given stays."""

    demand: str = Field(max_length=140, description="Code of the demand line")
    quantity: float | None = Field(None, ge=0, le=1e12, description="0 = cancelled")
    due_at: datetime | None = Field(None, description=f"When it is wanted; {WHEN}")


class PurchaseIn(Schema):
    """A purchase that comes at another time."""

    purchase: str = Field(max_length=120, description="Code of the open purchase order")
    due_at: datetime = Field(description=f"When it comes; {WHEN}")


class DemandThenOut(Schema):
    """A demand that comes at another moment; an empty text = never."""

    demand: str
    item: str
    site: str
    ready_before: str
    ready: str


class OrderThenOut(Schema):
    """A planned order that comes or goes."""

    method: str
    item: str
    site: str
    source: str
    quantity: float
    start_at: datetime | None
    due_at: datetime | None


class MineOut(Schema):
    """The demand that the change is about."""

    demand: str
    ready_at: datetime | None
    is_late: bool
    cause: str


class TrialOut(Schema):
    """What a change does to the plan, at your sites; `*_more` counts rows that are left out."""

    late_before: int
    late: int
    mine: MineOut | None
    on_time_now: list[DemandThenOut]
    on_time_now_more: int
    late_now: list[DemandThenOut]
    late_now_more: int
    moved: list[DemandThenOut]
    moved_more: int
    orders_new: list[OrderThenOut]
    orders_new_more: int
    orders_gone: list[OrderThenOut]
    orders_gone_more: int
    num_planned: int
    num_materials: int
    milliseconds: float


@router.get("/try/order", response={200: TrialOut, 422: Problem}, operation_id="try_new_order")
def try_new_order(request: Any, asked: Query[OrderIn]) -> Any:
    """Say what a new order would do to the material plan; it needs the role planner at its site."""
    change = AddDemand(asked.item, asked.site, asked.quantity, _aware(asked.due_at))
    return _try(request, change, asked.site, change.demand)


@router.get("/try/demand", response={200: TrialOut, 422: Problem}, operation_id="try_changed_demand")
def try_changed_demand(request: Any, asked: Query[DemandIn]) -> Any:
    """Say what another quantity or moment of a demand would do; it needs the role planner at its site."""
    site = DemandLine.objects.filter(code=asked.demand).values_list("site", flat=True).first()
    due = _aware(asked.due_at) if asked.due_at else None
    return _try(request, ChangeDemand(asked.demand, asked.quantity, due), site, asked.demand)


@router.get("/try/purchase", response={200: TrialOut, 422: Problem}, operation_id="try_moved_purchase")
def try_moved_purchase(request: Any, asked: Query[PurchaseIn]) -> Any:
    """Say what a purchase at another moment would do; it needs the role planner at its site."""
    site = PurchaseOrder.objects.filter(code=asked.purchase).values_list("site", flat=True).first()
    return _try(request, MovePurchase(asked.purchase, _aware(asked.due_at)), site, "")


def _aware(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise HttpError(422, f"{moment.isoformat()}: a trial is for a moment of our time. Enter another date.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _try(request: Any, change: Change, site: str | None, demand: str) -> Any:
    # What nobody knows is refused below, with what to do; nobody learns of other sites from it.
    check_role(request.user, "planner", site or None)
    try:
        trial = try_changes(find_plan(read_data()), [change])
    except InputError as error:
        raise HttpError(422, str(error)) from None
    return tell_trial(trial, demand, sites_of(request.user))
