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
from drumbeat.twin.keep_replays import read_events, read_times
from drumbeat.twin.models import Replay, Simulation, Validation
from drumbeat.twin.put_right import tell_stored

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
    played: float | None = Field(description="As it was played, before past predictions put it right; null = the same")
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
    played_on_time: float | None = Field(description="Expected share of orders on time as it was played")
    correction: str | None = Field(description="Whether probabilities are put right by past predictions, and why")
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
        "played_on_time": simulation.summary.get("played_on_time"),
        "correction": tell_stored(simulation.summary.get("correction")),
        "threats": list(simulation.threats.order_by("rank")) if sites is None else [],  # type: ignore[attr-defined]
        "orders": list(orders[part.offset : part.offset + part.limit]),
    }


class EventOut(Schema):
    """Something that happened in a replication."""

    kind: str = Field(description="breakdown, absence or late")
    subject: str = Field(description="Code of the resource, pool or receipt")
    from_at: datetime
    to_at: datetime
    number: int = Field(description="People away; 1 for others")


class TimesOut(Schema):
    """When one task ran."""

    task: str
    start: int = Field(description="Unix seconds")
    end: int = Field(description="Unix seconds")


class ReplayOut(Schema):
    """One replication of the latest simulation, moment by moment."""

    simulation: int
    which: str
    replication: int
    num_late: int = Field(description="Orders late in it")
    events: list[EventOut]
    tasks: list[TimesOut]


@router.get("/latest/replays/{which}", response={200: ReplayOut, 404: Problem}, operation_id="read_replay")
def read_replay(request: Any, which: str, part: Query[Slice]) -> Any:
    """Read a replication of the latest simulation: "median" or "bad"; only the tasks and machines of your sites."""
    simulation = Simulation.objects.first()
    found = Replay.objects.filter(simulation=simulation, which=which).first() if simulation else None
    if found is None:
        raise HttpError(404, "There is no such replication.")
    sites, times = sites_of(request.user), read_times(found)
    subjects = None
    if sites is not None:
        subjects = set(Resource.objects.filter(site__in=sites).values_list("code", flat=True))
        own = ScheduledTask.objects.filter(schedule_id=found.simulation.schedule_id, resource__in=subjects)
        times = times.filter(times["task"].is_in(list(own.values_list("task", flat=True))))
    return {
        "simulation": found.simulation.pk, "which": found.which, "replication": found.replication,
        "num_late": found.num_late, "events": read_events(found, subjects),
        "tasks": times.slice(part.offset, part.limit).to_dicts(),
    }  # fmt: skip


class ValidationOut(Schema):
    """How what the twin said held."""

    id: int
    created_at: datetime
    as_of: datetime
    weeks: int
    num_resolved: int
    brier: float | None
    skill: float | None
    error: float | None = Field(description="Calibration error, 0 to 1")
    bias: float | None
    corrected: float | None = Field(description="Calibration error, each week's predictions put right by those before")
    correction: str | None = Field(description="Whether later predictions are put right by the kept ones, and why")
    curve: list[dict[str, float]]
    coverage: list[dict[str, float | None]]
    limits: list[str] = Field(description="What it cannot be trusted for")
    unknown: list[str] = Field(description="What was not known of the time")
    followed: list[str] = Field(description="Of which weeks the schedule in force then is kept, and how they came out")


@router.get("/validations", response=list[ValidationOut], operation_id="list_validations")
def list_validations(request: Any, part: Query[Slice]) -> Any:  # noqa: ARG001 - the curve names no site
    """List how what the twin said held, the newest first."""
    rows = Validation.objects.all()[part.offset : part.offset + part.limit]
    names = ("id", "created_at", "as_of", "weeks", "num_resolved", "brier", "skill", "error", "bias")
    told = ("curve", "coverage", "limits", "unknown", "followed")
    return [
        {
            **{name: getattr(row, name) for name in names},
            **{name: row.summary.get(name, []) for name in told},
            "corrected": row.summary.get("corrected"),
            "correction": tell_stored(row.summary.get("correction")),
        }
        for row in rows
    ]
