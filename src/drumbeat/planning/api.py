"""The latest plan over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import F
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.planning.models import MasterPlan, Plan
from drumbeat.planning.read_worths import read_worths

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
    plan = find_latest()
    shown = take_slice(request, plan.orders.order_by("start_at", "code"), part)
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


class MasterQuantityOut(Schema):
    """What the master plan makes, buys, moves or has worked on in a week, and what one more of its limit would save."""

    week_start: datetime
    how: str
    item: str
    site: str
    source: str
    quantity: float
    worth: float


class WorthOut(Schema):
    """What one more hour, unit of supply or coin of the budget would save in a week."""

    kind: Literal["hour", "supply", "budget"]
    what: str = Field(description="Machine or item; empty for the budget")
    source: str
    site: str
    week_start: datetime
    worth: float
    sentence: str


class MasterOut(Schema):
    """The newest master plan, with some of its hours and quantities, and the dearest of its limits."""

    id: int
    created_at: datetime
    version: str
    cost: float
    bound: float
    cost_parts: dict[str, float]
    worths: list[WorthOut] = Field(description="The dearest limits first: hours, then supply, then budget")
    hours: list[MasterHoursOut]
    quantities: list[MasterQuantityOut]


@router.get("/load", response={200: list[WeekLoadOut], 404: Problem}, operation_id="latest_load")
def latest_load(request: Any, part: Query[Slice]) -> Any:
    """Read the load of the machines of your sites in the latest plan, by machine and week."""
    return take_slice(request, find_latest().week_loads.order_by("resource", "week_start"), part)


@router.get("/master", response={200: MasterOut, 404: Problem}, operation_id="latest_master_plan")
def latest_master_plan(request: Any, part: Query[Slice]) -> Any:
    """Read the newest master plan with hours and quantities of your sites by week, and what one more would be worth."""
    master: Any = MasterPlan.objects.first()
    if master is None:
        raise HttpError(404, "There is no master plan yet.")
    made = master.quantities.order_by("week_start", "how", "item", "site", "source")
    return {
        "id": master.pk, "created_at": master.created_at, "version": master.version, "cost": master.cost,
        "bound": master.bound, "cost_parts": master.cost_parts,
        "worths": read_worths(master, sites_of(request.user)).to_dicts(),
        "hours": take_slice(request, master.hours.order_by("resource", "week_start"), part),
        "quantities": take_slice(request, made, part),
    }  # fmt: skip


class WeeksOut(Schema):
    """Units by week from the plan's start."""

    wanted: list[float] = []
    coming: list[float] = []
    planned: list[float] = []


class MaterialOut(Schema):
    """What an item at a site has, gets and loses, and when it runs short."""

    item: str
    site: str
    stock: float
    safety: float
    wanted: float
    coming: float
    planned: float
    lowest: float
    short_at: datetime | None
    low_at: datetime | None
    weeks: WeeksOut


class PegOut(Schema):
    """Units of a supply that a demand, an order or a planned order takes."""

    taker_kind: str
    taker: str
    taker_item: str
    taker_site: str
    supply_kind: str
    supply: str
    item: str
    site: str
    quantity: float
    needed_at: datetime | None
    ready_at: datetime | None


class LinkOut(Schema):
    """What a late demand, or the link before, waits for; `ready_at` is empty for never."""

    kind: str
    code: str
    how: str
    item: str
    site: str
    quantity: float
    ready_at: str


class LateOut(Schema):
    """A demand that cannot be met in time: nothing in `ready_at` and `late_days` = never."""

    demand: str
    item: str
    site: str
    quantity: float
    due_at: datetime | None
    ready_at: datetime | None
    late_days: float | None
    cause: str
    chain: list[LinkOut]


class PurchaseOut(Schema):
    """A line of a proposed purchase."""

    order: str
    supplier: str
    site: str
    item: str
    needed: float
    quantity: float
    price: float
    money: float
    order_at: datetime | None
    due_at: datetime | None
    reason: str
    planned_order: str


@router.get("/materials", response={200: list[MaterialOut], 404: Problem}, operation_id="latest_materials")
def latest_materials(request: Any, part: Query[Slice]) -> Any:
    """Read the items of your sites in the latest plan by week, those that run short first."""
    first = (F("short_at").asc(nulls_last=True), F("low_at").asc(nulls_last=True), "item", "site")
    return take_slice(request, find_latest().materials.order_by(*first), part)


@router.get("/pegs", response={200: list[PegOut], 404: Problem}, operation_id="latest_pegs")
def latest_pegs(request: Any, part: Query[Slice]) -> Any:
    """Read who takes what from whom in the latest plan, where both are at your sites."""
    rows, sites = find_latest().pegs.order_by("pk"), sites_of(request.user)
    return take_slice(request, rows if sites is None else rows.filter(taker_site__in=sites), part)


@router.get("/late", response={200: list[LateOut], 404: Problem}, operation_id="latest_late_demands")
def latest_late_demands(request: Any, part: Query[Slice]) -> Any:
    """Read the late demands of your sites in the latest plan with what they wait for, the latest first."""
    return take_slice(
        request, find_latest().late_demands.order_by(F("late_days").desc(nulls_first=True), "demand"), part
    )


@router.get("/purchases", response={200: list[PurchaseOut], 404: Problem}, operation_id="latest_purchases")
def latest_purchases(request: Any, part: Query[Slice]) -> Any:
    """Read what the latest plan proposes to buy for your sites, the most urgent first."""
    return take_slice(
        request, find_latest().purchases.order_by(F("order_at").asc(nulls_last=True), "order", "pk"), part
    )


def find_latest() -> Any:
    """Return the latest plan; 404 where there is none."""
    plan = Plan.objects.first()
    if plan is None:
        raise HttpError(404, "Nothing has been planned yet.")
    return plan


def take_slice(request: Any, rows: Any, part: Slice) -> list[Any]:
    """Return some of the rows of the sites that the user sees."""
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return list(rows[part.offset : part.offset + part.limit])
