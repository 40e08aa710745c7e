"""Promise a new order as a page: when it can be delivered while all others keep their places, and why not before."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_try import OrderForm, end_of_day, list_sites, read_data
from drumbeat.scheduling.promise import Promise, promise
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
        asked, began = form.cleaned_data, time.perf_counter()
        check_role(request.user, "viewer", asked["site"])
        try:
            wanted = end_of_day(asked["due"], asked["site"])
            found = promise(read_data(), asked["item"], asked["site"], asked["quantity"], wanted)
            found = found if sites_of(request.user) is None else found.without_orders()  # type: ignore[arg-type]
            context |= tell_promise(found) | {"asked": asked, "milliseconds": (time.perf_counter() - began) * 1000}
        except InputError as error:
            form.add_error(None, [f"{one.value}: {one.rule}. {one.remedy}." for one in list(error.findings)[:5]])
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "promise"
        return render(request, "scheduling/promise_panel.html" if part else "scheduling/promise.html", context)


def tell_promise(found: Promise) -> dict[str, Any]:
    """Put a promise into what the page shows."""
    late = found.late_seconds
    return {
        "promise": found, "late_days": late / 86_400 if late is not None else None,
        "is_on_time": late is not None and late <= 0, "stretches": list(tell_waits(found.waits)),
    }  # fmt: skip
