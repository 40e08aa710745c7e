"""The newest roadmap over the API, read only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.strategy.models import RoadmapPlan

router = Router(tags=["strategy"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class WayOut(Schema):
    """A way in which demand may go on."""

    name: str
    probability: float


class ReasonOut(Schema):
    """An initiative: when it starts in the likeliest way, what it is worth in the roadmap, and why."""

    code: str
    start: date | None
    worth: float | None = Field(description="What the roadmap loses without it, or would gain by it")
    cost_limit: float | None = Field(description="Its cost times this, and the roadmap would be better without it")
    effect_limit: float | None = Field(description="Share of its effect below which it would be better without it")
    delay_limit: float | None = Field(description="Periods late after which it would be better without it")
    sentences: list[str]


class FanOut(Schema):
    """A figure of the plant under a roadmap, by period: P10, P50 and P90 of the futures."""

    name: str
    unit: str = Field(description='"share" (0 to 1), or a currency')
    p10: list[float]
    p50: list[float]
    p90: list[float]
    nothing: list[float] = Field(description="Median of doing nothing")


class ChoiceOut(Schema):
    """A roadmap: its value against doing nothing, its risk, and the period in which each initiative starts by way."""

    name: str
    value: float
    low: float = Field(description="Lower end of the 95 % interval of the value")
    high: float
    p10: float
    p50: float
    p90: float
    worst_tenth: float = Field(description="Mean of the worst tenth of the futures")
    loss_probability: float
    return_rate: float | None
    payback_years: float | None
    invested: float
    is_adaptive: bool
    starts: dict[str, list[int]] = Field(description="Period of the start by way; -1 = never")
    cash: list[list[float]] = Field(description="Mean, P10, P50 and P90 of each period's cash against doing nothing")
    fans: list[FanOut] = Field(default_factory=list, description="What the plant does meanwhile")


class GainOut(Schema):
    """What the chosen roadmap gains over another way of choosing, with its 95 % interval."""

    title: str
    value: float
    low: float
    high: float
    sentence: str


class BoundOut(Schema):
    """What no roadmap's value exceeds in the same futures."""

    value: float
    sentence: str


class TwinValueOut(Schema):
    """What the twin makes of one roadmap, against doing nothing."""

    name: str
    also: list[str] = Field(description="Other names of the same roadmap")
    value: float
    low: float = Field(description="Lower end of the 95 % interval of the value")
    high: float
    p10: float
    p50: float
    p90: float
    loss_probability: float
    by_model: float = Field(description="The throughput model's value in the same futures")
    futures: int = Field(description="Futures that the twin played")
    probability_best: float
    expected_loss: float = Field(description="What choosing it is expected to lose against the best")
    in_time: float | None = Field(description="Share of orders in time in the last year")
    in_time_of_nothing: float | None
    sentence: str


class TwinOut(Schema):
    """The short list as the twin judges it."""

    verdict: str
    best: str
    agreement: float | None = Field(description="Rank correlation of model and twin")
    rows: list[TwinValueOut]


class RoadmapOut(Schema):
    """The newest roadmap."""

    created_at: datetime
    version: str
    currency: str
    starts: list[date] = Field(description="First day of each period, and of the one after the last")
    ways: list[WayOut]
    chosen: ChoiceOut
    others: list[ChoiceOut]
    front: list[ChoiceOut]
    comparisons: list[GainOut]
    reasons: list[ReasonOut]
    bound: BoundOut | None = Field(default=None, description="null = not found in time, or by an earlier version")
    twin: TwinOut | None = Field(default=None, description="null = the twin was not asked")


@router.get("/latest", response={200: RoadmapOut, 403: Problem, 404: Problem}, summary="The newest roadmap")
def latest_roadmap(request: Any) -> dict[str, Any]:
    """Give the newest roadmap; it covers all sites, and so must the role."""
    if not request.user.may("viewer", ""):
        raise HttpError(403, "A roadmap covers all sites: it needs a role for all of them.")
    plan = RoadmapPlan.objects.first()
    if plan is None:
        raise HttpError(404, "There is no roadmap yet: plan one on its page, or by drumbeat roadmap --save.")
    return {"created_at": plan.created_at, "version": plan.version, **plan.content}
