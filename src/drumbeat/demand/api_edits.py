"""Planners' edits of the forecast over the API: make one, take one back; with the role that the pages ask for.

They are answered at the address at which edits are read: the router is that of `drumbeat.demand.api`.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.utils import timezone
from ninja import Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from drumbeat.accounts.permissions import check_role
from drumbeat.basics.findings import InputError
from drumbeat.demand.api import EditOut, Problem, describe_edit, router
from drumbeat.demand.edit_forecast import Cell, edit_forecast, withdraw_edit
from drumbeat.demand.models import ForecastEdit
from drumbeat.demand.tell_edit import tell_edit

__all__ = ["router"]
PLAIN = "^[^\\x00-\\x1f]*$"
"""Text without control characters."""


class EditIn(Schema):
    """A change of the forecast; what is empty of item, family, site and customer is not narrowed."""

    item: str = Field("", max_length=120, pattern=PLAIN)
    family: str = Field("", max_length=60, pattern=PLAIN)
    site: str = Field("", max_length=120, pattern=PLAIN, description="Empty = all sites: needs the role for all")
    customer: str = Field("", max_length=120, pattern=PLAIN)
    starts_on: date
    ends_on: date
    kind: Literal["percent", "delta", "absolute"] = Field(
        "percent", description="Percent of the forecast, units more or less, or units in all"
    )
    amount: float = Field(description="Percent, or units over all days from first to last")
    unit: str = Field("", max_length=20, pattern=PLAIN, description="Unit of the amount; empty = that of the items")
    reason: str = Field(min_length=1, max_length=120, pattern=PLAIN)
    seen: list[str] | None = Field(
        None, description="Codes of the edits of the same cell that you know of; others stop yours. Empty = do not ask"
    )


class EditedOut(EditOut):
    """An edit, and what it does to the newest forecast."""

    before: float | None = Field(description="Units that it found over its days; nothing where it does not count")
    after: float | None = Field(description="Units that it left")
    said: str = Field(description="Why it does not count, or what is to be known of it; empty = nothing")


@router.post("/edits", response={201: EditedOut, 403: Problem, 422: Problem}, operation_id="make_forecast_edit")
def make_forecast_edit(request: Any, asked: EditIn) -> Any:
    """Change the forecast; kept apart from it and scored later. It needs the role planner at the site it names."""
    cell = Cell(asked.item.strip(), asked.family.strip(), asked.site.strip(), asked.customer.strip())
    check_role(request.user, "planner", cell.site)
    try:
        made = edit_forecast(
            cell, kind=asked.kind, amount=asked.amount, unit=asked.unit.strip(), starts_on=asked.starts_on,
            ends_on=asked.ends_on, reason=asked.reason, author=request.user.get_username(), made_at=timezone.now(),
            seen=None if asked.seen is None else set(asked.seen),
        )  # fmt: skip
    except InputError as error:
        raise HttpError(422, str(error)) from None
    return Status(201, describe_edit(made) | tell_edit(made)._asdict())


@router.post(
    "/edits/{code}/withdraw", response={200: EditOut, 403: Problem, 404: Problem},
    operation_id="withdraw_forecast_edit",
)  # fmt: skip
def withdraw_forecast_edit(request: Any, code: str) -> Any:
    """Take an edit back; it stays on file. It needs the role planner at the site that the edit names."""
    check_role(request.user, "planner")
    row: Any = ForecastEdit.objects.filter(pk=code).first() if "\x00" not in code else None
    if row is None:
        raise HttpError(404, "There is no such edit.")
    check_role(request.user, "planner", row.site_id or "")
    withdraw_edit(row, timezone.now())
    row.refresh_from_db()
    return describe_edit(row)
