"""The Decision Lab over the API, read only: what its user may see, and nothing that a page would not show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.basics.findings import InputError
from drumbeat.lab import actions, actions_cohort
from drumbeat.lab.actions_scenario import list_scenarios
from drumbeat.lab.models import Game

router = Router(tags=["lab"])
MOST = 2**63


class Problem(Schema):
    """What went wrong."""

    detail: str


class Slice(Schema):
    """Which rows."""

    offset: int = Field(0, ge=0, le=100_000_000)
    limit: int = Field(100, ge=1, le=1000)


class ScenarioOut(Schema):
    """What is said of a scenario before it is played."""

    code: str
    title: str
    role: str
    period: str
    rounds: int
    minutes: int
    level: str
    aims: list[str]
    company: str
    place: str
    currency: str
    site: str = Field(description="Code of the site that it is made of; empty = invented")


class GameOut(Schema):
    """A game of yours, or of a cohort of yours."""

    id: int
    scenario: str
    purpose: str
    round: int
    phase: str
    begun_at: datetime
    changed_at: datetime


class GameViewOut(Schema):
    """What the player of a game sees now."""

    game: int
    is_paused: bool
    purpose: str
    scenario: dict[str, Any]
    round: int
    rounds: int
    phase: str
    budget_left: float
    committed: float
    cash: float
    company: dict[str, Any] = Field(description="As the books tell it, corrected by what was found out")
    reports: list[dict[str, Any]] = Field(description="One a period, the oldest first")
    happened: list[dict[str, Any]]
    information: list[dict[str, Any]]
    decision: dict[str, Any] | None
    stakeholders: list[dict[str, Any]]
    made: list[dict[str, Any]]
    initiatives: list[dict[str, Any]]


class DebriefOut(Schema):
    """The debrief of a game that is over."""

    value: float
    brier: float | None
    num_wagers: int
    num_met: int
    regret: dict[str, float | None]
    others: list[dict[str, Any]]
    costs: list[dict[str, Any]]
    kpis: list[dict[str, Any]]
    course: list[dict[str, Any]] = []
    mistakes: list[dict[str, Any]]
    hidden: list[dict[str, Any]]


class CohortGameOut(Schema):
    """A game of a cohort that you facilitate."""

    game: int
    name: str
    purpose: str
    round: int
    phase: str
    value: float
    brier: float | None
    num_resolved: int
    num_bought: int
    mistakes: dict[str, int]
    choices: dict[str, str]
    on_time: list[float]
    contribution: list[float]


@router.get("/scenarios", response=list[ScenarioOut], operation_id="list_lab_scenarios")
def scenarios(request: Any) -> Any:
    """List the scenarios that you may play."""
    return list_scenarios(request.user)


@router.get("/games", response=list[GameOut], operation_id="list_lab_games")
def games(request: Any, part: Query[Slice]) -> Any:
    """List your games, the last begun first."""
    return list(actions.games_of(request.user)[part.offset : part.offset + part.limit])


def _find(request: Any, number: int) -> Game:
    try:
        if not 0 < number < MOST:
            raise actions.NoSuchGame
        return actions.find_game(request.user, number)
    except actions.NoSuchGame:
        raise HttpError(404, "There is no such game of yours.") from None


@router.get("/games/{number}", response={200: GameViewOut, 404: Problem}, operation_id="read_lab_game")
def game(request: Any, number: int) -> Any:
    """Read what you see of a game now: neither what is hidden, nor the future, nor anybody's notes."""
    return actions.show_game(_find(request, number))


@router.get("/games/{number}/debrief", response={200: DebriefOut, 404: Problem}, operation_id="read_lab_debrief")
def debrief(request: Any, number: int) -> Any:
    """Read the debrief of a game that is over, once its page has had it made."""
    found = _find(request, number)
    try:
        told = actions.read_debrief(request.user, found.pk, timezone.now(), make=False)
    except InputError as error:
        raise HttpError(404, str(error)) from None
    if told is None:
        raise HttpError(404, "The debrief has not been made yet: open its page.")
    return told


@router.get(
    "/cohorts/{number}/games", response={200: list[CohortGameOut], 404: Problem}, operation_id="list_lab_cohort_games"
)
def cohort_games(request: Any, number: int) -> Any:
    """List the games of a cohort that you facilitate, in the order of their names."""
    try:
        if not 0 < number < MOST:
            raise PermissionDenied
        return actions_cohort.compare_games(request.user, number)
    except PermissionDenied:
        raise HttpError(404, "There is no such cohort of yours.") from None
