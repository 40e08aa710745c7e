"""Serial lines over the API: what a routing makes by itself, and where a place more would be worth most."""

from __future__ import annotations

from typing import Any

from ninja import Path, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.plant.models import Routing
from drumbeat.twin.api import Problem
from drumbeat.twin.compile_line import compile_line
from drumbeat.twin.keep_lines import KIND, lines_in_sight
from drumbeat.web.jobs import enqueue_once

router = Router(tags=["lines"])

MOST_PLACES, MOST_STATIONS = 10_000, 200


class LineIn(Schema):
    """What is asked of a line."""

    routing: str = Field(max_length=120, description="Code of the routing whose machines are the line")
    places: int = Field(10, ge=0, le=MOST_PLACES, description="Lots that may wait where the plant does not tell")
    set_places: dict[str, int] = Field(
        default_factory=dict, max_length=MOST_STATIONS, description="Other places by operation, 0 to 10000"
    )
    more: int = Field(1, ge=1, le=1000, description="Places added before one station at a time")
    precision: float = Field(0.01, ge=0.005, le=0.2, description="Half-width of the output's interval, as a share")
    seed: int = Field(1, ge=0, lt=2**63)


class IntervalOut(Schema):
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float


class StationOut(Schema):
    """A station of the line; shares are those of its open time."""

    operation: str
    machines: str
    servers: int
    places: int | None = Field(description="Lots that may wait before it; null for the first")
    hours: float = Field(description="Of a lot")
    rate: float = Field(description="Good pieces an hour by itself, failures included")
    works: float
    down: float
    blocked: float
    starved: float
    waiting: float = Field(description="Lots before it on average")
    gain: float | None = Field(description="Good pieces an hour that `more` places before it would add, on equal luck")
    gain_low: float | None
    gain_high: float | None


class SizeOut(Schema):
    """What the line makes with so many places before each station."""

    places: int
    output: float
    output_low: float
    output_high: float


class LineOut(Schema):
    """What a line makes in the long run, when work is always there."""

    output: IntervalOut = Field(description="Good pieces an open hour")
    lots_in_line: IntervalOut
    limit: float = Field(description="Good pieces an hour of the slowest station alone")
    lot: int = Field(description="Pieces that go from station to station together")
    good: float = Field(description="Share of the pieces that are left at the end")
    more: int
    replications: int
    stations: list[StationOut]
    by_places: list[SizeOut]
    best: str | None = Field(description="Operation before which places are worth most; null = none for sure")
    advice: str
    findings: dict[str, Any] = Field(description="What it assumes")


class BegunOut(Schema):
    """A study in the background; /api/jobs tells how far it is, /api/lines/{job} what it found."""

    job: int
    state: str
    is_new: bool = Field(description="False where the same is under way already")


@router.post("", response={202: BegunOut, 403: Problem, 422: Problem}, operation_id="study_line")
def study_line(request: Any, asked: LineIn) -> Any:
    """Begin to play a routing as a serial line; it needs the role planner at its site."""
    routing = asked.routing.replace("\x00", "")
    site = Routing.objects.filter(code=routing).values_list("site", flat=True).first()
    # What nobody knows is refused below, with what to do; nobody learns of other sites from it.
    check_role(request.user, "planner", site or None)
    try:
        compile_line(Snapshot.read_database(), routing, places=asked.places, set_places=asked.set_places)
    except InputError as error:
        raise HttpError(422, str(error)) from None
    arguments = asked.model_dump() | {"routing": routing, "site": site}
    title = f"Study the line {routing}"
    job, is_new = enqueue_once(KIND, arguments, request.user, title=title, arguments__exact=arguments)
    return Status(202, {"job": job.pk, "state": job.state, "is_new": is_new})


@router.get("/{number}", response={200: LineOut, 404: Problem}, operation_id="read_line")
def read_line(request: Any, number: Path[int]) -> Any:
    """Read a finished study by the number of its job; the newest of your sites is `lines/0`."""
    rows = lines_in_sight(sites_of(request.user))
    found = rows.first() if number == 0 else rows.filter(pk=number).first() if 0 < number < 2**63 else None
    if found is None:
        raise HttpError(404, "There is no such study, or it is not finished: /api/jobs tells.")
    return found.result["study"]
