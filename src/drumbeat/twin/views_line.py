"""A line by itself: ask what a routing makes, see what holds it up and where the next place goes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.plant.models import Operation, Routing
from drumbeat.twin.api_lines import MOST_PLACES
from drumbeat.twin.draw_line import draw_sizes, split_time
from drumbeat.twin.keep_lines import KIND, lines_in_sight, list_routings
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.models import Job

SHOWN_STUDIES = 12
PLACES = "places:"
"""What the names of fields begin with that tell the places before an operation."""


class LineForm(forms.Form):
    """What a line is asked."""

    routing = forms.CharField(max_length=120, label="Routing")
    places = forms.IntegerField(
        min_value=0, max_value=MOST_PLACES, initial=10, label="Places where the plant does not tell"
    )
    more = forms.IntegerField(min_value=1, max_value=1000, initial=1, label="Try so many places more")


@require("viewer")
def line(request: HttpRequest, number: int | None = None) -> HttpResponse:
    """Show the newest study of a line, that of a routing, or one of them."""
    allowed = sites_of(request.user)  # type: ignore[arg-type]
    rows = lines_in_sight(allowed)
    routing = request.GET.get("routing", "").replace("\x00", "")
    wanted = rows.filter(pk=min(number, 2**63 - 1)) if number is not None else rows
    found = (wanted.filter(arguments__routing=routing) if routing else wanted).first()
    if found is None and number is not None:
        raise Http404("There is no such study.")
    own = sites_of(request.user, Role.PLANNER)  # type: ignore[arg-type]
    context: dict[str, Any] = {
        "tab": "confidence", "job": found, "form": LineForm(), "rows": list(rows[:SHOWN_STUDIES]),
        "routings": list_routings(own) if own is None or own else [],
        "running": Job.objects.filter(kind=KIND, state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
        "asked": {"places": 10, "more": 1} | (found.arguments if found else {}),
        "routing": found.arguments["routing"] if found else routing,
    }  # fmt: skip
    if found is not None:
        study = found.result["study"]
        context |= {
            "study": study, "stations": study["stations"], "sizes": draw_sizes(study["by_places"], study["limit"]),
            "times": split_time(study["stations"]), "fields": _list_fields(found),
            "pieces": study["lots_in_line"]["mean"] * study["lot"],
            "share": study["output"]["mean"] / study["limit"] if study["limit"] else None,
        }  # fmt: skip
    return render(request, "twin/line.html", context)


def _list_fields(job: Job) -> list[dict[str, Any]]:
    """Fields for the places before each station but the first: what was asked last, and what was played."""
    told = job.arguments.get("set_places") or {}
    return [
        {"operation": row["operation"], "asked": told.get(row["operation"], ""), "played": row["places"]}
        for row in job.result["study"]["stations"]
        if row["places"] is not None
    ]


@require("planner")
@require_POST
def start_line(request: Any) -> HttpResponse:
    """Study a line in the background."""
    form = LineForm(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(str(error) for error in errors)}")
        return redirect("line")
    routing = form.cleaned_data["routing"].replace("\x00", "")
    site = Routing.objects.filter(code=routing).values_list("site", flat=True).first()
    if site is None:
        messages.error(request, "Routing: there is no such routing. Choose one of the list.")
        return redirect("line")
    check_role(request.user, Role.PLANNER, site)
    try:
        told = _read_places(request.POST, routing)
    except ValueError:
        messages.error(request, f"Places before an operation are whole numbers from 0 to {MOST_PLACES}.")
        return redirect("line")
    arguments = form.cleaned_data | {"routing": routing, "site": site, "set_places": told}
    title = f"Study the line {routing}"
    job, _ = enqueue_once(KIND, arguments, request.user, title=title, arguments__exact=arguments)
    return redirect("web:job", number=job.pk)


def _read_places(posted: Any, routing: str) -> dict[str, int]:
    """Read the places before operations of a routing; those of another one, which was shown before, are left out."""
    codes = set(Operation.objects.filter(routing=routing).values_list("code", flat=True))
    told = {}
    for name, value in posted.items():
        if name.startswith(PLACES) and name.removeprefix(PLACES) in codes and value.strip():
            number = int(value) if value.strip().isdecimal() else -1
            if not 0 <= number <= MOST_PLACES:
                raise ValueError(value)
            told[name.removeprefix(PLACES)] = number
    return told
