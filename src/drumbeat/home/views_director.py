"""The director's home: seven KPIs with intervals and trends, weaknesses by money at risk, what is behind each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.home import read_today
from drumbeat.home.draw_fan import draw_chart
from drumbeat.home.show_rows import tabulate_evidence
from drumbeat.home.sight import Sight, page
from drumbeat.strategy.engine.director.result import CHANCE
from drumbeat.strategy.models import StoredReview
from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

SHOWN_WEAKNESSES = 8
SHOWN_ROWS = 25
UNDER_WAY = [Job.State.WAITING, Job.State.RUNNING]


@page("manager")
def director(request: HttpRequest, sight: Sight) -> HttpResponse:
    """Show the newest review: are we growing stronger?"""
    check_role(request.user, "manager", "")
    reviews = list(StoredReview.objects.all()[:2])
    newest = reviews[0] if reviews else None
    before = {kpi["key"]: kpi for kpi in reviews[1].review["kpis"]} if len(reviews) > 1 else {}
    kpis = newest.review["kpis"] if newest else []
    return render(
        request,
        "home/director.html",
        {
            "sight": sight,
            "tab": "director",
            "newest": newest,
            "before_at": reviews[1].as_of if len(reviews) > 1 else None,
            "cards": [
                {"kpi": kpi, "before": before.get(kpi["key"]), "chart": _chart(kpi)} for kpi in kpis
            ],
            "weaknesses": read_today.read_weaknesses(sight, SHOWN_WEAKNESSES),
            "running": Job.objects.filter(kind="director", state__in=UNDER_WAY).first(),
        },
    )  # fmt: skip


def _chart(kpi: dict[str, Any]) -> Any:
    """The weekly series and the fan in one chart where both are in one unit and tell of one thing; else the fan."""
    fan, series = kpi["fan"], kpi["series"]
    if fan and kpi["key"] == "downtime_exposure":  # the fan adds weeks up, the series does not
        return draw_chart([], fan["unit"], {}, fan)
    unit = fan["unit"] if fan else "share" if kpi["unit"] == CHANCE else kpi["unit"]
    return draw_chart(series, unit, kpi["trend"], fan)


@require("manager")
@require_POST
def start_review(request: HttpRequest) -> HttpResponse:
    """Measure the KPIs anew in the background."""
    check_role(request.user, "manager", "")
    running = Job.objects.filter(kind="director", state__in=UNDER_WAY).first()
    if running is None:
        running = enqueue("director", {}, request.user)
    else:
        messages.info(request, "They are being measured already.")
    return lead_to_job(request, running, "director")


@page("manager")
def director_kpi(request: HttpRequest, sight: Sight, key: str) -> HttpResponse:
    """Show one KPI: its formula, its parts, its weeks, what may come, and the rows behind it."""
    check_role(request.user, "manager", "")
    newest = StoredReview.objects.first()
    found = {one["key"]: one for one in newest.review["kpis"]} if newest else {}
    if key not in found:
        raise Http404(f"There is no director's KPI {key}.")
    kpi = found[key]
    for one in kpi["evidence"]:
        one["cells"], one["columns"] = tabulate_evidence(one["rows"], SHOWN_ROWS)
    history = [
        {"at": review.as_of, "kpi": kpi_then}
        for review in StoredReview.objects.all()[:12]
        for kpi_then in review.review["kpis"]
        if kpi_then["key"] == key
    ]
    context = {
        "sight": sight, "tab": "director", "kpi": kpi, "newest": newest, "chart": _chart(kpi),
        "weekly": draw_chart(kpi["series"], kpi["unit"] if kpi["key"] == "downtime_exposure" else "share", kpi["trend"])
        if kpi["key"] == "downtime_exposure" else None,
        "history": history if len(history) > 1 else [],
    }  # fmt: skip
    return render(request, "home/director_kpi.html", context)
