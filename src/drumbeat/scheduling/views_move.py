"""Move a task on the board: what it does, before it is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.plant.models import Resource
from drumbeat.scheduling.models import Schedule
from drumbeat.scheduling.move_task import Move, find_bench, keep_move, move_task
from drumbeat.scheduling.sight import tasks_in_sight, zone_of

SHOWN = 40
"""Moved tasks that the panel lists; the board outlines `MOST_OUTLINED`."""

MOST_OUTLINED = 500


class MoveForm(forms.Form):
    """Which bar is dragged where; moments are Unix seconds."""

    order = forms.CharField(max_length=140)
    resource = forms.CharField(max_length=120)
    start = forms.IntegerField(min_value=0, max_value=2**40)
    to_resource = forms.CharField(max_length=120)
    to_start = forms.IntegerField(min_value=0, max_value=2**40)
    keep = forms.BooleanField(required=False)


@require("planner")
@require_GET
def move_ready(request: HttpRequest, number: int) -> JsonResponse:  # noqa: ARG001
    """Lay a schedule's problem out, so that the first move is answered at once."""
    schedule = get_object_or_404(Schedule, pk=number)
    try:
        find_bench(schedule)
    except InputError as error:
        return _refuse(error)
    return JsonResponse({"ready": True})


def _refuse(error: InputError) -> JsonResponse:
    return JsonResponse({"detail": " ".join(str(finding) for finding in list(error.findings)[:3])}, status=422)


@require("planner")
@require_POST
def move(request: HttpRequest, number: int) -> HttpResponse:
    """Answer what a move does; with `keep`, store it as a new schedule."""
    schedule = get_object_or_404(Schedule, pk=number)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"detail": "A move names an order, its machine and start, and where it goes."}, status=400)
    asked = form.cleaned_data
    _check_sites(request, {asked["resource"], asked["to_resource"]})
    begins = datetime.fromtimestamp(asked["start"], UTC)
    bars = tasks_in_sight(schedule, sites_of(request.user))  # type: ignore[arg-type]
    near = bars.filter(order=asked["order"], resource=asked["resource"], starts_at__gte=begins).order_by("starts_at")
    task = near.first()
    if task is None or (task.starts_at - begins).total_seconds() >= 1:
        return JsonResponse({"detail": "This bar is not in the schedule any more: load the page again."}, status=404)
    began = perf_counter()
    try:
        found = move_task(schedule, task.task, datetime.fromtimestamp(asked["to_start"], UTC), asked["to_resource"])
    except InputError as error:
        return _refuse(error)
    if asked["keep"]:
        return _keep(request, schedule, found)
    return JsonResponse(_tell(request, found, round(1000 * (perf_counter() - began))))


def _check_sites(request: HttpRequest, codes: set[str]) -> None:
    """Stop unless the user may plan at the sites of all these machines."""
    for site in set(Resource.objects.filter(code__in=codes).values_list("site_id", flat=True)):
        check_role(request.user, "planner", site)


def _keep(request: HttpRequest, schedule: Schedule, found: Move) -> JsonResponse:
    touched = set(found.tasks["resource"].drop_nulls()) | set(found.tasks["resource_before"].drop_nulls())
    try:
        _check_sites(request, touched)
    except PermissionDenied as error:
        return JsonResponse({"detail": f"The move also moves tasks of other sites. {error}"}, status=403)
    try:
        kept = keep_move(schedule, found, timezone.now())
    except InputError:
        return JsonResponse({"detail": "There is a newer schedule by now: make the move on that one."}, status=409)
    return JsonResponse({"address": reverse("board-compare", args=[kept.pk])})


def _tell(request: HttpRequest, found: Move, milliseconds: int) -> dict[str, Any]:
    """Figures and moved tasks as the panel shows them, and the outlines that the board draws."""
    sites = sites_of(request.user)  # type: ignore[arg-type]
    tasks = found.tasks
    if sites is not None:
        seen = set(Resource.objects.filter(site__in=sites).values_list("code", flat=True))
        tasks = tasks.filter(pl.col("resource").is_in(seen) | pl.col("resource_before").is_in(seen))
    context = {
        "figures": [figure for figure in found.figures if figure.verdict != "same"], "count": found.tasks.height,
        "hidden": found.tasks.height - tasks.height, "rows": list(tasks.head(SHOWN).iter_rows(named=True)),
        "more": max(tasks.height - SHOWN, 0), "milliseconds": milliseconds, "lost": len(found.rescheduled.lost),
    }  # fmt: skip
    with timezone.override(ZoneInfo(zone_of(request))):
        html = render_to_string("scheduling/move_panel.html", context, request)
    placed = tasks.head(MOST_OUTLINED).filter(pl.col("resource").is_not_null())
    moments = (pl.col("start").dt.epoch("s"), pl.col("end").dt.epoch("s"))
    outlines = placed.select("resource", *moments).to_dict(as_series=False)
    return {"html": html, "outlines": outlines, "count": found.tasks.height, "milliseconds": milliseconds}
