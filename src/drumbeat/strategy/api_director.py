"""The newest review of the director's KPIs over the API, read only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.strategy.models import StoredReview

router = Router(tags=["strategy"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class PartOut(Schema):
    """Something that a KPI is made of, or that is read beside it."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    note: str


class FanOut(Schema):
    """What may come, week by week."""

    title: str
    unit: str
    starts: list[datetime]
    p10: list[float]
    p50: list[float]
    p90: list[float]


class TrendOut(Schema):
    """Whether the weekly measure moved."""

    verdict: str
    words: str
    lower: float | None
    upper: float | None


class EvidenceOut(Schema):
    """Rows behind a KPI."""

    title: str
    table: str
    num_rows: int
    rows: list[dict[str, Any]]


class KpiOut(Schema):
    """One of the seven."""

    key: str
    name: str
    value: float | None = Field(description="None = unknown: the note says why")
    low: float | None = Field(description="10th percentile")
    high: float | None = Field(description="90th percentile")
    unit: str
    better: str
    measure: str
    formula: str
    words: str
    note: str
    n: int
    counted: str
    parts: list[PartOut]
    trend: TrendOut
    fan: FanOut | None
    evidence: list[EvidenceOut]


class ReviewOut(Schema):
    """The seven KPIs at one moment."""

    id: int
    created_at: datetime
    as_of: datetime
    version: str
    seed: int
    replications: int
    findings: list[str]
    kpis: list[KpiOut]


@router.get("/latest", response={200: ReviewOut, 403: Problem, 404: Problem}, operation_id="latest_director_review")
def latest_review(request: Any) -> Any:
    """Read the newest review of the director's KPIs; for managers of all sites."""
    if not request.user.may("manager", ""):
        raise HttpError(403, "The director's KPIs cover all sites: they need the role manager for all sites.")
    stored = StoredReview.objects.first()
    if stored is None:
        raise HttpError(404, "The director's KPIs have not been measured yet.")
    return {"id": stored.pk, "created_at": stored.created_at, "version": stored.version, **stored.review}
