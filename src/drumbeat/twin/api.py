"""The latest simulation over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import ScheduledTask
from drumbeat.twin.models import Simulation

router = Router(tags=["simulation"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class Slice(Schema):
    """Which rows."""

    offset: int = Field(0, ge=0, le=100_000_000)
    limit: int = Field(100, ge=1, le=1000)


class ConfidenceOut(Schema):
    """How sure one order is."""

    order: str
    due_at: datetime | None
    probability: float = Field(description="Probability that it is on time")
    probability_low: float
    probability_high: float
    planned_end: datetime
    p50_end: datetime
    p80_end: datetime
    p95_end: datetime


class ThreatOut(Schema):
    """A cause of lateness."""

    rank: int
    kind: str
    subject: str
    loss: float = Field(description="Expected share of orders on time that it alone costs")
    loss_low: float
    loss_high: float


class SimulationOut(Schema):
    """The latest simulation, its threats, and some of its orders."""

    id: int
    created_at: datetime
    schedule_id: int
    replications: int
    probability_all: float
    expected_on_time: float
    expected_on_time_low: float
    expected_on_time_high: float
    threats: list[ThreatOut]
    orders: list[ConfidenceOut]


@router.get("/latest", response={200: SimulationOut, 404: Problem}, operation_id="latest_simulation")
def latest_simulation(request: Any, part: Query[Slice]) -> Any:
    """Read the latest simulation, with the orders of your sites, the least sure first; threats only for all sites."""
    simulation = Simulation.objects.first()
    if simulation is None:
        raise HttpError(404, "Nothing has been simulated yet.")
    orders = simulation.orders.order_by("probability", "order")  # type: ignore[attr-defined]
    sites = sites_of(request.user)
    if sites is not None:
        resources = Resource.objects.filter(site__in=sites).values("code")
        tasks = ScheduledTask.objects.filter(schedule_id=simulation.schedule_id, resource__in=resources)
        orders = orders.filter(order__in=tasks.values("order"))
    names = ["created_at", "schedule_id", "replications", "probability_all"]
    names += ["expected_on_time", "expected_on_time_low", "expected_on_time_high"]
    return {
        "id": simulation.pk,
        **{name: getattr(simulation, name) for name in names},
        "threats": list(simulation.threats.order_by("rank")) if sites is None else [],  # type: ignore[attr-defined]
        "orders": list(orders[part.offset : part.offset + part.limit]),
    }
