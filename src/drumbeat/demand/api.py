"""The newest forecast over the API, its edits, and what each step was worth."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import F
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.demand.edit_forecast import Cell
from drumbeat.demand.models import ForecastEdit, StoredForecast
from drumbeat.demand.read_forecast import find_members, list_findings, read_current, sum_up
from drumbeat.demand.views import measure_value

router = Router(tags=["forecast"])


class Problem(Schema):
    """What went wrong."""

    detail: str


class Slice(Schema):
    """Which rows."""

    offset: int = Field(0, ge=0, le=100_000_000)
    limit: int = Field(100, ge=1, le=1000)


class Wanted(Schema):
    """What a forecast is of; what is empty is not narrowed."""

    item: str = Field("", max_length=120)
    family: str = Field("", max_length=60)
    site: str = Field("", max_length=120)


class SeriesOut(Schema):
    """How one item at one site is forecast."""

    item: str
    site: str
    family: str
    unit: str
    model: str
    error: float | None = Field(description="Mean absolute error in the backtest, units a period")
    naive_error: float | None
    bias: float | None = Field(description="Mean of forecast less actual there")
    error_cost: float | None = Field(description="Money that the error costs a period")


class FindingOut(Schema):
    """What was found in the data: the rule that they break, and what to do about it."""

    place: str
    rule: str
    remedy: str
    value: str | None
    severity: str


class ForecastOut(Schema):
    """The newest forecast and some of its series, the dearest errors first."""

    id: int
    created_at: datetime
    as_of: datetime
    version: str
    period: str
    num_series: int
    findings: list[FindingOut]
    series: list[SeriesOut]


class PeriodOut(Schema):
    """What is expected of a period."""

    period_start: date
    quantity: float = Field(description="Units expected, with people's edits")
    low: float = Field(description="A tenth of the periods lie below")
    high: float = Field(description="A tenth of the periods lie above")
    statistical: float
    naive: float


class PeriodsOut(Schema):
    """The forecast of some items at some sites together."""

    id: int
    period: str
    num_series: int
    periods: list[PeriodOut]


class EditOut(Schema):
    """A planner's change of the forecast."""

    code: str
    item: str | None
    family: str
    site: str | None
    customer: str | None
    starts_on: date
    ends_on: date
    kind: str
    amount: float
    unit: str
    reason: str
    author: str
    made_at: datetime
    withdrawn_at: datetime | None


class StepOut(Schema):
    """What a step from the naive forecast to the edited one was worth."""

    step: str
    demand: float
    absolute_error: float
    bias: float
    wape: float | None
    bias_share: float | None
    cost: float
    saved_cost: float | None


class ValueOut(Schema):
    """Forecast value added."""

    num_periods: int
    steps: list[StepOut]


@router.get("/latest", response={200: ForecastOut, 404: Problem}, operation_id="latest_forecast")
def latest_forecast(request: Any, part: Query[Slice]) -> Any:
    """Read the newest forecast, with the series of your sites."""
    forecast = StoredForecast.objects.first()
    if forecast is None:
        raise HttpError(404, "Nothing has been forecast yet.")
    rows = forecast.series.order_by(F("error_cost").desc(nulls_last=True), "item", "site")  # type: ignore[attr-defined]
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    names = ("created_at", "as_of", "version", "period")
    shown = list(rows[part.offset : part.offset + part.limit])
    return {
        "id": forecast.pk, **{name: getattr(forecast, name) for name in names}, "num_series": rows.count(),
        "findings": list_findings(forecast, sites), "series": shown,
    }  # fmt: skip


@router.get("/latest/periods", response={200: PeriodsOut, 404: Problem}, operation_id="forecast_periods")
def forecast_periods(request: Any, wanted: Query[Wanted]) -> Any:
    """Read what is expected by period of an item, a family, a site, or all that you may see, edits included."""
    current = read_current()
    if current is None:
        raise HttpError(404, "Nothing has been forecast yet.")
    cell = Cell(wanted.item, wanted.family, wanted.site)
    members = find_members(current.loaded.places, cell, sites_of(request.user))
    if not len(members):
        raise HttpError(404, "There is no such forecast at the sites that you may see.")
    forecast = current.loaded.forecast
    periods = sum_up(current, members).to_dicts()
    return {"id": forecast.pk, "period": forecast.period, "num_series": len(members), "periods": periods}


@router.get("/edits", response=list[EditOut], operation_id="list_forecast_edits")
def list_forecast_edits(request: Any, part: Query[Slice]) -> Any:
    """List the edits, the newest first; those of your sites where you have no role for all."""
    rows: Any = ForecastEdit.objects.order_by("-made_at", "code")
    sites = sites_of(request.user)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    return [describe_edit(row) for row in rows[part.offset : part.offset + part.limit]]


def describe_edit(row: Any) -> dict[str, Any]:
    """Return an edit as `EditOut` has it: with codes where the row has references."""
    names = (name for name in EditOut.model_fields if name not in ("item", "site", "customer"))
    told = {name: getattr(row, name) for name in names}
    return told | {"item": row.item_id, "site": row.site_id, "customer": row.customer_id}


@router.get("/value-added", response={200: ValueOut, 404: Problem}, operation_id="forecast_value_added")
def forecast_value_added(request: Any) -> Any:
    """Read what each step of forecasting was worth, over all forecasts kept; it needs a role for all sites."""
    if sites_of(request.user) is not None:
        raise HttpError(404, "Forecast value added covers sites that you may not see.")
    found = measure_value()
    return {"num_periods": found.num_periods, "steps": found.steps.to_dicts()}
