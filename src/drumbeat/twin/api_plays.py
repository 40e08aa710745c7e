"""Plays of the plant some weeks ahead over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Path, Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.twin.api import Problem, Slice
from drumbeat.twin.keep_plays import plays_in_sight, read_assumed, read_fans, read_kpis, read_threats
from drumbeat.twin.models import FloorPlay

router = Router(tags=["plays"])


class PlayOut(Schema):
    """How the plant was played."""

    id: int
    created_at: datetime
    site: str = Field(description="Code of its site; empty = all sites")
    as_of: datetime = Field(description="When it begins")
    version: str
    weeks: int
    replications: int
    seed: int
    rule: str
    setups_first: bool


class FigureOut(Schema):
    """A figure of a place."""

    scope: str = Field(description="plant, site, line, product, machine, people or material")
    name: str
    site: str = Field(description="Empty = all sites")
    kpi: str
    unit: str
    mean: float
    low: float | None = Field(description="95 % interval of the mean; null with one replication")
    high: float | None
    p10: float
    p50: float
    p90: float


class ThreatOut(Schema):
    """What a cause alone costs; bounds of all causes of a scope hold together with 95 %."""

    scope: str = Field(description="plant or site")
    name: str
    rank: int = Field(description="1 costs most")
    kind: str = Field(description="breakdown, absence, supplier or scrap")
    subject: str = Field(description="Resource, skill or supplier")
    at: str = Field(description="Its site; empty = none, or several")
    on_time: float | None = Field(description="Share of the orders that it makes late; null = nothing was due")
    on_time_low: float | None
    on_time_high: float | None
    output: float | None = Field(description="Units a week that it costs")
    output_low: float | None
    output_high: float | None


class WeekOut(Schema):
    """Units finished and due in a week."""

    scope: str = Field(description="plant or site")
    name: str
    week: int
    starts_at: datetime
    mean: float
    p10: float
    p50: float
    p90: float
    wanted: float = Field(description="Units that are due")


class PlayedOut(PlayOut):
    """How the plant was played, and what came out."""

    weekly: list[WeekOut]
    figures: list[FigureOut] = Field(description="Some of them: see offset and limit")
    num_figures: int
    threats: list[ThreatOut] = Field(description="Empty where it was not asked what threatens it")
    assumed: list[dict[str, Any]] = Field(description="What it assumes; told to those who see all its sites")


@router.get("", response=list[PlayOut], operation_id="list_plays")
def list_plays(request: Any, part: Query[Slice]) -> Any:
    """List the plays that you may see, the newest first."""
    return list(plays_in_sight(sites_of(request.user))[part.offset : part.offset + part.limit])


@router.get("/{number}", response={200: PlayedOut, 404: Problem}, operation_id="read_play")
def read_play(request: Any, number: Path[int], part: Query[Slice]) -> Any:
    """Read a play with the figures of your sites; the newest is `plays/0`."""
    sites = sites_of(request.user)
    rows = plays_in_sight(sites)
    found = rows.first() if number == 0 else rows.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise HttpError(404, "There is no such play.")
    kpis = read_kpis(found, sites)
    names = [field.name for field in FloorPlay._meta.fields if field.name in PlayOut.model_fields]
    return {
        **{name: getattr(found, name) for name in names},
        "weekly": read_fans(found, sites).to_dicts(),
        "figures": kpis.slice(part.offset, part.limit).fill_nan(None).to_dicts(),
        "num_figures": kpis.height,
        "threats": read_threats(found, sites).fill_nan(None).to_dicts(),
        "assumed": read_assumed(found, sites),
    }
