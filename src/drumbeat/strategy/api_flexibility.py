"""The newest study of flexibility over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.strategy.models import StoredFlexibility

router = Router(tags=["strategy"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class CoveredOut(Schema):
    """Work that is covered, of what demand may ask."""

    hours: float = Field(description="Hours a week, with their 95 % interval")
    low: float
    high: float
    share: float


class CoveredBy(Schema):
    """Work that is covered by three designs."""

    today: CoveredOut
    chain: CoveredOut = Field(description="With one long chain of links")
    full: CoveredOut = Field(description="With all links")


class LinkOut(Schema):
    """A machine that learns an operation; of sites, a site that learns an item."""

    resource: str
    operation: str = Field(description="Empty where sites are linked")
    item: str
    gain: float = Field(description="Hours a week that it adds to the links before it, with their 95 % interval")
    low: float
    high: float
    share: float = Field(description="Of what all links bring, with those before it")
    changes: list[dict[str, Any]]


class GroupOut(Schema):
    """Machines of a site that do the same, or all sites."""

    site: str
    name: str
    machines: int
    operations: int
    num_links: int
    num_chain: int
    num_full: int
    work: float = Field(description="Hours a week that demand asks on the mean")
    hours: float = Field(description="Hours a week that there are")
    benefit: float = Field(description="Hours a week that all links would add")
    covered: CoveredBy
    links: list[LinkOut]


class StudyOut(Schema):
    """A study of flexibility, the group with most to gain first."""

    id: int
    created_at: datetime
    as_of: datetime
    version: str
    terms: dict[str, float]
    groups: list[GroupOut]


@router.get("/latest", response={200: StudyOut, 403: Problem, 404: Problem}, operation_id="latest_flexibility")
def latest_flexibility(request: Any) -> Any:
    """Read the newest study of flexibility; for viewers of all sites."""
    if not request.user.may("viewer", ""):
        raise HttpError(403, "Flexibility covers all sites: it needs the role viewer for all sites.")
    stored = StoredFlexibility.objects.first()
    if stored is None:
        raise HttpError(404, "Flexibility has not been studied yet.")
    return stored.study | {"id": stored.pk, "created_at": stored.created_at}
