"""Editing a forecast on its page: the form in the row, what it saves, and taking an edit back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError
from drumbeat.demand.edit_forecast import edit_forecast, withdraw_edit
from drumbeat.demand.models import ForecastEdit
from drumbeat.demand.read_forecast import find_members, read_current, sum_up
from drumbeat.demand.views import address_of, cell_of, edits_seen

REASONS_SHOWN = 30


@require("planner")
@require_GET
def edit_form(request: HttpRequest) -> HttpResponse:
    """Send the form that edits a cell: in the row of a period (`?h=`), or in the panel for several."""
    cell = cell_of(request.GET)
    check_role(request.user, "planner", cell.site)
    current = read_current()
    if current is None:
        raise Http404("Nothing has been forecast yet.")
    members = find_members(current.loaded.places, cell, None)
    if not len(members):
        raise Http404(f"There is no forecast of {cell}.")
    text = request.GET.get("h", "")
    horizon = len(current.loaded.bounds) - 1
    h = int(text) if text.isdigit() and len(text) < 5 and int(text) < horizon else None
    bounds = current.loaded.bounds
    rows = sum_up(current, members)
    reasons = ForecastEdit.objects.order_by("reason").values_list("reason", flat=True).distinct()[:REASONS_SHOWN]
    units = current.loaded.places[members]["unit"].unique().to_list()
    context = {
        "cell": cell, "seen": edits_seen(cell), "h": h, "reasons": list(reasons), "kinds": ForecastEdit.Kind.choices,
        "starts_on": bounds[h or 0], "ends_on": bounds[(h if h is not None else horizon - 1) + 1] - timedelta(days=1),
        "quantity": float(rows["quantity"][h]) if h is not None else None, "unit": units[0] if len(units) == 1 else "",
        "address": address_of(cell), "kind": "absolute" if h is not None and len(units) == 1 else "percent",
    }  # fmt: skip
    return render(request, "demand/edit_row.html" if h is not None else "demand/edit_panel.html", context)


@require("planner")
@require_POST
def edit(request: Any) -> HttpResponse:
    """Save an edit; what is wrong with it, or who was faster, is said on the page."""
    form = request.POST
    cell = cell_of(form)
    check_role(request.user, "planner", cell.site)
    try:
        amount = float(form.get("amount", "").replace(",", "."))
        starts_on, ends_on = (date.fromisoformat(form.get(name, "")) for name in ("starts_on", "ends_on"))
    except ValueError:
        messages.error(request, "An edit needs an amount that is a number, and a first and last day.")
        return _back(cell_of(form.dict() | {"customer": ""}))
    try:
        made = edit_forecast(
            cell, kind=form.get("kind", ""), amount=amount, unit=form.get("unit", "")[:20], starts_on=starts_on,
            ends_on=ends_on, reason=form.get("reason", ""), author=request.user.get_username(), made_at=timezone.now(),
            seen=set(form.get("seen", "").split()),
        )  # fmt: skip
    except InputError as error:
        for finding in error.findings:
            messages.error(request, f"{finding.rule[:1].upper()}{finding.rule[1:]}. {finding.remedy}.")
    else:
        messages.success(
            request, f"Saved as {made.code}. It counts from now on; the statistical forecast stays beside it."
        )
    return _back(cell_of(form.dict() | {"customer": ""}))


def _back(cell: Any) -> HttpResponse:
    return redirect(f"{reverse('demand-series')}?{address_of(cell)}")


@require("planner")
@require_POST
def withdraw(request: Any, code: str) -> HttpResponse:
    """Take an edit back."""
    row: Any = get_object_or_404(ForecastEdit, pk=code)
    check_role(request.user, "planner", row.site_id or "")
    withdraw_edit(row, timezone.now())
    messages.success(request, f"{row.code} counts no more; it stays on file.")
    return _back(cell_of(request.POST))
