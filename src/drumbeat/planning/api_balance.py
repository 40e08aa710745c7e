"""Sales', finance's and production's plans side by side over the API: by family and month, with the gap's owner."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.demand.models import Party
from drumbeat.planning.api import Problem
from drumbeat.planning.balance_plans import Line, balance_plans, find_lines, find_today
from drumbeat.planning.enter_plans import enter_plans

router = Router(tags=["plan"])


class Wanted(Schema):
    """Which plans."""

    family: str = Field("", max_length=60, description="Words of the family's name; empty = all")
    months: int = Field(12, ge=1, le=60, description="Months from the one that the data describe")
    widest_first: bool = False


class BalanceOut(Schema):
    """The plans of a family in a month; nothing = not known."""

    family: str
    month: date
    unit: str
    sales: float | None
    finance: float | None
    production: float | None
    entered: list[str] = Field(description="Parties that entered theirs; the forecast or planned orders stand in")
    gap: float | None = Field(description="Highest less lowest plan")
    gap_share: float | None
    owner: str = Field(description="Who closes the gap; empty = nobody")
    comments: int


@router.get("/balance", response={200: list[BalanceOut], 404: Problem}, operation_id="plans_side_by_side")
def plans_side_by_side(request: Any, wanted: Query[Wanted]) -> Any:
    """Read the plans side by side, by family and month; it needs a role for all sites."""
    if sites_of(request.user) is not None:
        raise HttpError(404, "The plans cover sites that you may not see.")
    lines = find_lines(find_today(), wanted.family, widest_first=wanted.widest_first, count=wanted.months)
    return [_tell(line) for line in lines]


class PlansIn(Schema):
    """What is entered of a family in a month: a party, owner or comment that is not given stays as it was."""

    family: str = Field(min_length=1, max_length=60)
    month: date = Field(description="Any day of the month", ge=date(1970, 1, 1), le=date(2200, 1, 1))
    sales: float | None = Field(None, description="Units in the month; null takes back what was entered")
    finance: float | None = None
    production: float | None = None
    owner: str | None = Field(None, description="Who closes the gap; empty = nobody")
    comment: str = Field("", description="What is said of it")
    seen: dict[str, float | None] | None = Field(
        None, description="What you knew the parties to have entered: a plan that has changed since is not overwritten"
    )


@router.post("/balance", response={200: BalanceOut, 403: Problem, 422: Problem}, operation_id="enter_plans")
def enter(request: Any, asked: PlansIn) -> Any:
    """Enter plans, the gap's owner and a comment, all or nothing; it needs the role planner for all sites."""
    check_role(request.user, "planner", "")
    plans = {party: getattr(asked, party) for party in Party.values if party in asked.model_fields_set}
    try:
        enter_plans(
            asked.family, asked.month, plans, author=request.user.get_username(), owner=asked.owner,
            comment=asked.comment, seen=asked.seen,
        )  # fmt: skip
    except InputError as error:
        raise HttpError(422, str(error)) from None
    family, month = asked.family.strip(), asked.month.replace(day=1)
    return _tell(next((one for one in balance_plans(month, 1) if one.family == family), Line(family, month)))


def _tell(line: Line) -> dict[str, Any]:
    names = ("family", "month", "unit", "sales", "finance", "production", "gap", "owner", "comments")
    return {name: getattr(line, name) for name in names} | {"entered": sorted(line.entered), "gap_share": line.share}
