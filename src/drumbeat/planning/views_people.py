"""People's load as a page and a workbook: skills and crews by week, the tightest first."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from drumbeat.accounts.permissions import require
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.draw_load import Shade, shade_share
from drumbeat.planning.models import PeopleWeek, Plan
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame

ROWS_PER_PAGE = 40
COLUMNS = ["kind", "code", "name", "site", "week_start", "people", "shift_hours", "away_hours", "usable_hours",
           "work_hours"]  # fmt: skip
KINDS = {"skill": "Skills", "crew": "Crews"}


def _find(request: Any, plan: Plan | None) -> QuerySet[PeopleWeek]:
    rows = at_sites(request, PeopleWeek.objects.filter(plan=plan))
    for word in request.GET.get("q", "").split():
        rows = rows.filter(Q(code__icontains=word) | Q(name__icontains=word) | Q(site__icontains=word))
    return rows.order_by("kind", "site", "code", "week_start")


def _join_weeks(rows: QuerySet[PeopleWeek]) -> list[dict[str, Any]]:
    """Put the weeks of each skill or crew side by side, with its highest reach; the tightest first."""
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        found = groups.setdefault(
            (row.kind, row.code, row.site),
            {"code": row.code, "name": row.name, "site": row.site, "people": row.people, "cells": [], "work": 0.0,
             "hours": 0.0, "peak": 0.0},
        )  # fmt: skip
        found["work"] += row.work_hours
        found["hours"] += row.usable_hours
        reach = found["work"] / found["hours"] if found["hours"] > 0 else (0.0 if found["work"] <= 0 else None)
        # Without hours there is no share: that is the tightest of all.
        found["peak"] = None if reach is None or found["peak"] is None else max(found["peak"], reach)
        found["cells"].append(_shade(row))
    return sorted(groups.values(), key=lambda one: (one["peak"] is not None, -(one["peak"] or 0.0), one["code"]))


def _shade(row: PeopleWeek) -> Shade:
    away = f", {row.away_hours:.0f} h of {row.shift_hours:.0f} h away" if row.away_hours > 0 else ""
    title = f"{row.work_hours:.1f} person-hours of {row.usable_hours:.1f}{away}"
    return shade_share(row.work_hours, row.usable_hours, title)


@require("viewer")
def people(request: HttpRequest) -> HttpResponse:
    """Show how loaded the people of each skill, or each crew, are in each week, the tightest first."""
    plan = Plan.objects.first()
    found, kind = _find(request, plan), request.GET.get("kind", "skill")
    kind = kind if kind in KINDS else "skill"
    groups = _join_weeks(found.filter(kind=kind))
    starts = sorted(set(found.values_list("week_start", flat=True)))
    counts = [(key, label, found.filter(kind=key).values("code", "site").order_by().distinct().count())
              for key, label in KINDS.items()]  # fmt: skip
    context = {
        "plan": plan, "tab": "load", "words": request.GET.get("q", ""), "kind": kind, "kinds": counts, "starts": starts,
        "page": Paginator(groups, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "short": sum(one["peak"] is None or one["peak"] > 1 for one in groups),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "people"
        return render(request, "planning/people_table.html" if part else "planning/people.html", context)


@require("viewer")
def export_people(request: HttpRequest) -> HttpResponse:
    """Send the hours and work of skills and crews by week as a workbook."""
    found = _find(request, Plan.objects.first())
    return send_sheets({"people": to_frame(found, COLUMNS)}, "people-load.xlsx", zone_of(request).key)
