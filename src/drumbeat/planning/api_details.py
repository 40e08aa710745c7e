"""What stands beside the latest plan over the API: messages, trucks, people's load, stock, and the finite plan."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.planning.api import Problem, Slice, find_latest, take_slice
from drumbeat.planning.leave_orders_out import leave_orders_out
from drumbeat.planning.list_claims import list_claims
from drumbeat.planning.models import FinitePlan, StockPlacement, StockReview

router = Router(tags=["plan"])


class MessageOut(Schema):
    """What a planner should do; `held_back` names the stability rule that keeps the message back, empty = none."""

    kind: str
    subject: str
    item: str
    site: str
    quantity: float
    from_at: datetime | None
    to_at: datetime | None
    reason: str
    held_back: str


class TruckOut(Schema):
    """The trucks of a proposed purchase: how full they are, what they cost, what going together saves."""

    order: str
    supplier: str
    site: str
    due_at: datetime | None
    trucks: int
    fill: float | None
    kg: float
    m3: float
    pallets: float
    cost: float
    saved: float


class PeopleWeekOut(Schema):
    """Hours of the people of a skill or a crew in a week, and the work that needs them."""

    kind: str
    code: str
    name: str
    site: str
    week_start: datetime
    people: int
    shift_hours: float
    away_hours: float
    usable_hours: float
    work_hours: float


class PlacedOut(Schema):
    """Safety stock of an item at a site over all levels, and what it would be on its own."""

    item: str
    site: str
    weekly: float
    lead_days: float
    service_days: float
    inbound_days: float
    net_days: float
    safety: float
    safety_alone: float
    safety_now: float
    unit_cost: float
    money: float
    money_alone: float


class PlacementOut(Schema):
    """The newest placing of safety stock over all levels, and some of its rows."""

    id: int
    created_at: datetime
    version: str
    terms: dict[str, Any]
    rows: list[PlacedOut]


class PolicyOut(Schema):
    """What a review of stock proposes for an item at a site, and what is there now."""

    item: str
    site: str
    how: str
    stock_class: str
    policy: str
    unit_cost: float
    weekly: float
    weekly_spread: float
    lead_weeks: float
    lead_spread_weeks: float
    fill_target: float
    fill_now: float
    lot: float
    reorder_at: float
    up_to: float
    safety: float
    safety_now: float
    stock: float
    cover_weeks: float | None
    excess: float
    obsolete: float
    excess_money: float
    obsolete_money: float


class ReviewOut(Schema):
    """The newest review of stock, and some of its policies."""

    id: int
    created_at: datetime
    version: str
    terms: dict[str, Any]
    policies: list[PolicyOut]


class DeliveryOut(Schema):
    """When the finite plan delivers a demand; nothing in `delivered_at` and `late_days` = never."""

    demand: str
    item: str
    site: str
    quantity: float
    due_at: datetime | None
    delivered_at: datetime | None
    late_days: float | None
    reason: str


class FinitePurchaseOut(Schema):
    """By when the finite plan needs something bought."""

    code: str
    item: str
    site: str
    source: str
    quantity: float
    order_at: datetime | None
    arrives_at: datetime | None


class PassOut(Schema):
    """One plan and its schedule, on the way to the finite plan."""

    late: int
    never: int = Field(description="Of the late ones, those that are never delivered")
    late_days: float = Field(description="Days that the others are late, added up")
    is_kept: bool
    why: str = Field(description="Why it is kept; empty where it is not")


class ClaimOut(Schema):
    """Stock, or what is on order, that a more important demand took from a less important one."""

    demand: str
    item: str
    site: str
    quantity: float
    taken_from: str
    is_late: bool = Field(description="Whether who took it is late all the same")
    is_giver_late: bool


class FiniteOut(Schema):
    """The newest finite plan, with some of its deliveries, purchases and claims."""

    id: int
    created_at: datetime
    version: str
    is_importance_first: bool = Field(description="Whether the more important demand was served first")
    deliveries: list[DeliveryOut]
    purchases: list[FinitePurchaseOut]
    passes: list[PassOut] = Field(description="In their order; only for who sees all sites")
    claims: list[ClaimOut] = Field(description="Those of the most important demands first")


@router.get("/actions", response={200: list[MessageOut], 404: Problem}, operation_id="latest_actions")
def latest_actions(request: Any, part: Query[Slice]) -> Any:
    """Read the messages of your sites in the latest plan, the most urgent first."""
    return take_slice(request, find_latest().actions.order_by(F("to_at").asc(nulls_last=True), "pk"), part)


@router.get("/trucks", response={200: list[TruckOut], 404: Problem}, operation_id="latest_trucks")
def latest_trucks(request: Any, part: Query[Slice]) -> Any:
    """Read the trucks of the purchases that the latest plan proposes for your sites, by day of delivery."""
    return take_slice(request, find_latest().trucks.order_by(F("due_at").asc(nulls_last=True), "order"), part)


@router.get("/people", response={200: list[PeopleWeekOut], 404: Problem}, operation_id="latest_people_load")
def latest_people_load(request: Any, part: Query[Slice]) -> Any:
    """Read the load of the people of your sites in the latest plan, by skill or crew and week."""
    return take_slice(request, find_latest().people_weeks.order_by("kind", "site", "code", "week_start"), part)


@router.get("/placement", response={200: PlacementOut, 404: Problem}, operation_id="latest_stock_placement")
def latest_stock_placement(request: Any, part: Query[Slice]) -> Any:
    """Read where the newest placing keeps safety stock at your sites, the most money first."""
    found = StockPlacement.objects.first()
    if found is None:
        raise HttpError(404, "Stock has not been placed yet.")
    return _tell(found, ("terms",)) | {"rows": take_slice(request, found.rows.order_by("pk"), part)}  # type: ignore[attr-defined]


@router.get("/stock", response={200: ReviewOut, 404: Problem}, operation_id="latest_stock_review")
def latest_stock_review(request: Any, part: Query[Slice]) -> Any:
    """Read what the newest review of stock proposes at your sites."""
    found = StockReview.objects.first()
    if found is None:
        raise HttpError(404, "Stock has not been reviewed yet.")
    return _tell(found, ("terms",)) | {"policies": take_slice(request, found.policies.order_by("pk"), part)}  # type: ignore[attr-defined]


@router.get("/finite", response={200: FiniteOut, 404: Problem}, operation_id="latest_finite_plan")
def latest_finite_plan(request: Any, part: Query[Slice]) -> Any:
    """Read when the newest finite plan delivers at your sites, the latest first, and by when to buy what."""
    found: Any = FinitePlan.objects.first()
    if found is None:
        raise HttpError(404, "There is no finite plan yet.")
    deliveries = found.deliveries.order_by(F("late_days").desc(nulls_first=True), "due_at", "demand")
    shown = take_slice(request, deliveries, part)
    if sites_of(request.user) is not None:
        for row in shown:
            row.reason = leave_orders_out(row.reason)
    return _tell(found, ("is_importance_first",)) | {
        "deliveries": shown,
        "purchases": take_slice(request, found.purchases.order_by("order_at", "code"), part),
        "passes": found.passes if sites_of(request.user) is None else [],
        "claims": list_claims(found, sites_of(request.user))[part.offset : part.offset + part.limit],
    }


def _tell(found: Any, more: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": found.pk, **{name: getattr(found, name) for name in ("created_at", "version", *more)}}
