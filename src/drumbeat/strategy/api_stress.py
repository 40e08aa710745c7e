"""The newest stress tests over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.strategy.models import StoredStress

router = Router(tags=["strategy"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class LostOut(Schema):
    """An item that is not delivered."""

    item: str
    site: str
    units: float
    money: float


class RemedyOut(Schema):
    """Something that makes a loss smaller."""

    kind: str
    what: str
    cost_a_year: float | None = Field(description="None = the data have no price: `missing` says which")
    capital: float | None
    loss_left: float
    missing: str
    changes: list[dict[str, Any]]


class StressOut(Schema):
    """One stress test."""

    key: str
    kind: str
    code: str
    site: str
    name: str
    weeks_to_recover: float
    weeks_to_survive: float = Field(description="104 = longer than was asked")
    gap: float = Field(description="Weeks that it is felt")
    loss: float = Field(description="Contribution lost")
    index: float = Field(description="Loss over the largest loss")
    lost: list[LostOut]
    remedies: list[RemedyOut]
    members: list[str]
    basis: str
    changes: list[dict[str, Any]]


class MoneyOut(Schema):
    """A mean over plays with its 95 % interval."""

    value: float
    low: float
    high: float


class WeeksOut(Schema):
    """Weeks over plays; null = not within the weeks played."""

    p10: float | None
    p50: float | None
    p90: float | None
    share: float = Field(description="Of the plays in which it came")


class TwinOut(Schema):
    """What the twin says of a stress test; words alone where it could not play it."""

    words: str
    weeks: float | None = None
    horizon: int | None = Field(None, description="Weeks played")
    replications: int | None = None
    behind: MoneyOut | None = Field(None, description="Contribution missing when it works again")
    lost: MoneyOut | None = Field(None, description="The same at the end of the weeks played")
    felt: WeeksOut | None = None
    recovered: WeeksOut | None = Field(None, description="Until the plant makes as much as it otherwise would")
    caught_up: WeeksOut | None = None


class StressRunOut(Schema):
    """All stress tests, the largest loss first."""

    id: int
    created_at: datetime
    as_of: datetime
    version: str
    currency: str
    weekly: float = Field(description="Contribution a week that the undisturbed network can earn")
    unserved: float = Field(description="Contribution a week that is wanted beyond it")
    findings: list[str]
    rows: list[StressOut]
    played: dict[str, TwinOut] = Field(description="By key, what the twin says of those that were played")


@router.get("/latest", response={200: StressRunOut, 403: Problem, 404: Problem}, operation_id="latest_stress_tests")
def latest_stress(request: Any) -> Any:
    """Read the newest stress tests; for viewers of all sites."""
    if not request.user.may("viewer", ""):
        raise HttpError(403, "Stress tests cover all sites: they need the role viewer for all sites.")
    stored = StoredStress.objects.first()
    if stored is None:
        raise HttpError(404, "No stress tests have been run yet.")
    return {"id": stored.pk, "created_at": stored.created_at, "played": stored.played, **stored.run}
