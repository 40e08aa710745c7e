"""Sales', finance's and production's plans side by side over the API: by family and month, with the gap's owner."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import sites_of
from drumbeat.planning.api import Problem
from drumbeat.planning.balance_plans import find_lines, find_today

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
    names = ("family", "month", "unit", "sales", "finance", "production", "gap", "owner", "comments")
    lines = find_lines(find_today(), wanted.family, widest_first=wanted.widest_first, count=wanted.months)
    return [
        {name: getattr(line, name) for name in names} | {"entered": sorted(line.entered), "gap_share": line.share}
        for line in lines
    ]
