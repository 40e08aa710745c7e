"""What each machine does next: lists for the shop floor, calendars, and workbooks of every table."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import polars as pl
from django.core.paginator import Paginator
from django.db.models import Count, Min, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from drumbeat.accounts.permissions import require
from drumbeat.data.send_sheets import send_sheets
from drumbeat.plant.models import CalendarShift, Resource
from drumbeat.scheduling.list_dispatch import Place, find_shift, list_dispatch, read_places
from drumbeat.scheduling.models import Schedule, ScheduledTask
from drumbeat.scheduling.sight import find_previous, orders_in_sight, tasks_in_sight, wanted_sites, zone_of
from drumbeat.scheduling.tell_events import tell_events
from drumbeat.scheduling.tell_waits import main_reason
from drumbeat.scheduling.views_compare import moves_between
from drumbeat.scheduling.write_ical import write_ical

TASKS_PER_PAGE = 60
MOST_EVENTS = 5000
MOST_ROWS = 200_000
"""Rows of a sheet that a page writes."""

COLUMNS = (
    "resource", "task", "order", "item", "operation", "quantity", "starts_at", "setup_seconds", "setup_note", "ends_at",
    "due_at", "material_note",
)  # fmt: skip


def find_places(codes: set[str] | None = None) -> dict[str, Place]:
    """Place of each resource, with the shifts of its calendar."""
    rows = Resource.objects.all() if codes is None else Resource.objects.filter(code__in=codes)
    resources = list(rows.values_list("code", "site__time_zone", "calendar_id"))
    shifts = CalendarShift.objects.filter(calendar__in={calendar for *_, calendar in resources if calendar})
    return read_places(resources, shifts.values_list("calendar_id", "weekday", "start", "end"))


@require("viewer")
def lists(request: HttpRequest, number: int) -> HttpResponse:
    """Show the machines, each with how much is scheduled on it and what comes next."""
    schedule = get_object_or_404(Schedule, pk=number)
    tasks = tasks_in_sight(schedule, wanted_sites(request))
    words = request.GET.get("q", "").strip()
    for word in words.split():
        tasks = tasks.filter(resource__icontains=word)
    counted = tasks.values("resource").annotate(tasks=Count("pk"), first=Min("starts_at"))
    found = {row["resource"]: row for row in counted}
    known = Resource.objects.select_related("site", "line").in_bulk(found)
    rows = sorted(
        ({**row, "known": known.get(code), "group": _group(known.get(code))} for code, row in found.items()),
        key=lambda row: (row["group"], row["resource"]),
    )
    context = {
        "schedule": schedule, "tab": "lists", "words": words, "site": request.GET.get("site", ""),
        "groups": [(name, list(some)) for name, some in itertools.groupby(rows, key=lambda row: row["group"])],
    }  # fmt: skip
    with timezone.override(ZoneInfo(zone_of(request))):
        part = request.headers.get("HX-Target") == "machines"
        return render(request, "scheduling/machines.html" if part else "scheduling/lists.html", context)


def _group(resource: Resource | None) -> str:
    if resource is None:
        return "No longer in the data"
    return f"{resource.site} · {resource.line}" if resource.line else str(resource.site)


@require("viewer")
def machine_list(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Show what one machine does, shift by shift: to print, or to hold in a hand."""
    schedule = get_object_or_404(Schedule, pk=number)
    tasks = tasks_in_sight(schedule, wanted_sites(request)).filter(resource=code)
    resource = Resource.objects.select_related("site", "line").filter(code=code).first()
    page = Paginator(tasks.order_by("starts_at", "task"), TASKS_PER_PAGE).get_page(request.GET.get("page"))
    if not page.paginator.count:
        raise Http404("Nothing is scheduled there, or you may not see it.")
    place = find_places({code}).get(code, Place("UTC", {}))
    shifts = [
        {"day": shift.day, "label": shift.label, "tasks": list(some)}
        for shift, some in itertools.groupby(page, key=lambda task: find_shift(place, task.starts_at))
    ]
    context = {
        "schedule": schedule, "tab": "lists", "resource": resource, "code": code, "page": page, "shifts": shifts,
        "zone": place.zone, "site": request.GET.get("site", ""),
    }  # fmt: skip
    with timezone.override(ZoneInfo(place.zone)):
        return render(request, "scheduling/machine_list.html", context)


@require("viewer")
def calendar(request: HttpRequest, number: int, kind: str, code: str) -> HttpResponse:
    """Send the tasks of a machine, or of an order, as an iCalendar file."""
    schedule = get_object_or_404(Schedule, pk=number)
    if kind not in ("resource", "order"):
        raise Http404("A calendar is of a resource or of an order.")
    tasks = tasks_in_sight(schedule, wanted_sites(request)).filter(**{kind: code})
    events = list(tell_events(tasks.order_by("starts_at", "task").values()[:MOST_EVENTS]))
    if not events:
        raise Http404("Nothing is scheduled there, or you may not see it.")
    text = write_ical(code, events, schedule.created_at)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(code, safe='')}.ics"
    return answer


@require("viewer")
def workbook(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """Send a table of the schedule as a workbook: late, lists, machine, moves or tasks."""
    schedule = get_object_or_404(Schedule, pk=number)
    sites = wanted_sites(request)
    tasks = tasks_in_sight(schedule, sites)
    if what == "late":
        frame = _late_frame(schedule, sites)
    elif what == "moves":
        frame = _moves_frame(request, schedule, sites)
    elif what == "tasks":
        frame = _task_frame(tasks)
    elif what == "lists":
        frame = list_dispatch(_task_frame(tasks), find_places())
    elif what == "machine":
        code = request.GET.get("code", "")
        frame = list_dispatch(_task_frame(tasks.filter(resource=code)), find_places({code}))
    else:
        raise Http404("There is no such table.")
    return send_sheets({what: frame}, f"schedule-{schedule.pk}-{what}.xlsx", zone_of(request))


def _task_frame(tasks: QuerySet[ScheduledTask]) -> pl.DataFrame:
    rows = list(tasks.order_by("resource", "starts_at", "task").values_list(*COLUMNS)[:MOST_ROWS])
    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    kinds |= dict.fromkeys(("starts_at", "ends_at", "due_at"), pl.Datetime("us", "UTC"))
    kinds |= {"quantity": pl.Float64, "setup_seconds": pl.Int64}
    return pl.DataFrame(rows, kinds, orient="row")


def _late_frame(schedule: Schedule, sites: set[str] | None) -> pl.DataFrame:
    orders = orders_in_sight(schedule, sites).filter(late_seconds__gt=0).order_by("-late_seconds", "order")
    rows = []
    for one in orders[:MOST_ROWS]:
        why = main_reason(one.waits)
        told = ("", "", 0.0) if why is None else (why.words, why.order, why.seconds / 3600)
        rows.append((one.order, one.item, one.quantity, one.due_at, one.ends_at, one.late_seconds / 3600, *told))
    moment = pl.Datetime("us", "UTC")
    kinds: dict[str, Any] = {
        "order": pl.String, "item": pl.String, "quantity": pl.Float64, "due_at": moment, "ends_at": moment,
        "late_hours": pl.Float64, "reason": pl.String, "reason_order": pl.String, "reason_hours": pl.Float64,
    }  # fmt: skip
    return pl.DataFrame(rows, kinds, orient="row")


def _moves_frame(request: HttpRequest, schedule: Schedule, sites: set[str] | None) -> pl.DataFrame:
    before = find_previous(schedule, request.GET.get("with", ""))
    if before is None:
        raise Http404("There is no schedule to compare with.")
    moves = moves_between(before, schedule, sites).filter(pl.col("change") != "same").head(MOST_ROWS)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    moments = ("start_before", "start", "end_before", "end")
    return moves.with_columns((pl.lit(epoch) + pl.duration(seconds=pl.col(name))).alias(name) for name in moments)
