"""Promise a new order as a page: when it can be delivered while all others keep their places, and why not before."""

from __future__ import annotations

import time
from datetime import UTC
from typing import Any

import polars as pl
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import silent
from drumbeat.data.schema import MOMENT
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_try import OrderForm, end_of_day, list_sites, read_data, zone_at
from drumbeat.scheduling.promise import Promise, promise
from drumbeat.scheduling.save_finite import recall_finite
from drumbeat.scheduling.tell_waits import tell_waits


@require("viewer")
@require_GET
def ask_promise(request: HttpRequest) -> HttpResponse:
    """Ask when a new order can be delivered, and tell what decides it; nothing is kept."""
    is_asked = "ask" in request.GET
    initial = {name: request.GET[name] for name in request.GET}
    form = OrderForm(list_sites(request.user, "viewer"), request.GET if is_asked else None, initial=initial)
    context: dict[str, Any] = {"tab": "promise", "form": form}
    if is_asked and form.is_valid():
        began = time.perf_counter()
        try:
            found = _ask(request, form.cleaned_data)
            elapsed = (time.perf_counter() - began) * 1000
            context |= tell_promise(found) | {"asked": form.cleaned_data, "milliseconds": elapsed}
        except InputError as error:
            form.add_error(None, [f"{one.value}: {one.rule}. {one.remedy}." for one in list(error.findings)[:5]])
    # The day that was asked for is a day at the site that delivers.
    with timezone.override(zone_at(form.cleaned_data["site"]) if "promise" in context else zone_of(request)):
        part = request.headers.get("HX-Target") == "promise"
        return render(request, "scheduling/promise_panel.html" if part else "scheduling/promise.html", context)


def _ask(request: Any, asked: dict[str, Any]) -> Promise:
    check_role(request.user, "viewer", asked["site"])
    data, wanted = read_data(), end_of_day(asked["due"], asked["site"])
    found = promise(data, asked["item"], asked["site"], asked["quantity"], wanted, silent, *recall_finite(data))
    return found if sites_of(request.user) is None else found.without_orders()


@require("viewer")
@require_GET
def export_promise(request: HttpRequest) -> HttpResponse:
    """Send a promise, and what its time goes into, as a workbook: it is asked again."""
    form = OrderForm(list_sites(request.user, "viewer"), request.GET)
    if not form.is_valid():
        raise Http404("There is no such order: ask for it on the page of promises first.")
    try:
        found = _ask(request, form.cleaned_data)
    except InputError as error:
        raise Http404(str(error)) from None
    told = {"item": [form.cleaned_data["item"]], "site": [form.cleaned_data["site"]],
            "quantity": [form.cleaned_data["quantity"]], "wanted_at": [found.wanted_at.astimezone(UTC)],
            "delivered_at": [found.delivered_at], "reason": [found.reason]}  # fmt: skip
    rows = [(number, one.words, one.order, one.seconds / 3600) for number, one in enumerate(tell_waits(found.waits), 1)]
    kinds = {"stretch": pl.Int64, "what": pl.String, "order": pl.String, "hours": pl.Float64}
    frame = pl.DataFrame(told, schema_overrides={"wanted_at": MOMENT, "delivered_at": MOMENT})
    sheets = {"promise": frame, "waits": pl.DataFrame(rows, kinds, orient="row")}
    return send_sheets(sheets, "promise.xlsx", zone_at(form.cleaned_data["site"]).key)


def tell_promise(found: Promise) -> dict[str, Any]:
    """Put a promise into what the page shows."""
    late = found.late_seconds
    return {
        "promise": found, "late_days": late / 86_400 if late is not None else None,
        "is_on_time": late is not None and late <= 0, "stretches": list(tell_waits(found.waits)),
    }  # fmt: skip
