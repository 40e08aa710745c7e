"""The roadmap: which initiatives, when, in which order, and why."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.data.send_sheets import send_sheets
from drumbeat.strategy.compile_roadmap import RoadmapTerms
from drumbeat.strategy.draw_roadmap import draw_cash, draw_fans, draw_front, draw_timeline
from drumbeat.strategy.models import (
    Initiative,
    InitiativeChange,
    InitiativeCost,
    InitiativeLink,
    RoadmapPlan,
    StageGate,
)
from drumbeat.strategy.plan_roadmap import twin_frame
from drumbeat.strategy.views.begin_job import UNDER_WAY, begin_job
from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job


class RoadmapForm(forms.Form):
    """How far a roadmap looks; shares in percent, as people say them."""

    years = forms.FloatField(min_value=1, max_value=20, initial=3, label="Years ahead")
    rate = forms.FloatField(min_value=0, max_value=100, initial=8, label="Cost of capital, % a year")
    tail = forms.FloatField(min_value=0, max_value=50, initial=2, label="Years for which the end is reckoned to go on")

    def terms(self) -> dict[str, Any]:
        """Return what was entered as arguments of `RoadmapTerms`."""
        given = self.cleaned_data
        return {"months": round(12 * given["years"]), "rate": given["rate"] / 100, "tail_years": given["tail"]}


def _entered(plan: RoadmapPlan | None) -> dict[str, Any]:
    told = plan.terms if plan else {}
    usual = RoadmapTerms()
    return {
        "years": told.get("months", usual.months) / 12, "rate": round(100 * told.get("rate", usual.rate), 6),
        "tail": told.get("tail_years", usual.tail_years),
    }  # fmt: skip


def _whole(text: str | None, count: int, usual: int) -> int:
    """A number of the address, or the usual one where it is none of 0 to count - 1."""
    number = int(text) if text is not None and text.isdecimal() and len(text) < 6 else usual
    return number if number < count else usual


@require("viewer")
def roadmap(request: Any) -> HttpResponse:
    """Show the newest roadmap; `?choice=` one of the front, `?way=` a way of demand."""
    check_role(request.user, "viewer", "")
    plan = RoadmapPlan.objects.first()
    context: dict[str, Any] = {
        "tab": "roadmap", "plan": plan, "form": RoadmapForm(initial=_entered(plan)),
        "may_plan": request.user.may("planner", ""),
        "running": Job.objects.filter(kind="roadmap", state__in=UNDER_WAY).first(),
        "judging": Job.objects.filter(kind="judge-roadmap", state__in=UNDER_WAY).first(),
        "num_initiatives": Initiative.objects.count(),
    }  # fmt: skip
    if plan is not None and plan.content.get("reasons"):
        context |= _show(request, plan.content)
    return render(request, "strategy/roadmap.html", context)


def _show(request: Any, content: dict[str, Any]) -> dict[str, Any]:
    front, ways = content["front"], content["ways"]
    likeliest = max(range(len(ways)), key=lambda way: ways[way]["probability"])
    way = _whole(request.GET.get("way"), len(ways), likeliest)
    picked = _whole(request.GET.get("choice"), len(front), -1)
    shown = front[picked] if picked >= 0 else content["chosen"]
    names = {row["code"]: row for row in content["initiatives"]}
    return {
        "content": content, "shown": shown, "picked": picked, "way": way,
        "ways": [{**one, "number": number} for number, one in enumerate(ways)],
        "timeline": draw_timeline(content, shown, way), "cash": draw_cash(content, shown),
        "fans": draw_fans(content, shown),
        "front": draw_front(content, picked), "currency": content["currency"],
        "reasons": [{**one, **names[one["code"]], "is_in": one["code"] in content["chosen"]["starts"]}
                    for one in content["reasons"]],
    }  # fmt: skip


@require("planner")
@require_POST
def start_roadmap(request: Any) -> HttpResponse:
    """Plan a roadmap in the background."""
    check_role(request.user, "planner", "")
    return begin_job(request, RoadmapForm(request.POST), "roadmap", "A roadmap is being planned already.")


@require("planner")
@require_POST
def judge_roadmap(request: Any) -> HttpResponse:
    """Let the twin judge the newest roadmap's short list in the background."""
    check_role(request.user, "planner", "")
    plan = RoadmapPlan.objects.first()
    if plan is None or not plan.content.get("reasons"):
        raise Http404("There is no roadmap yet: plan one on the page of the roadmap.")
    judging = Job.objects.filter(kind="judge-roadmap", state__in=UNDER_WAY).first()
    if judging is None:
        judging = enqueue("judge-roadmap", {"roadmap": plan.pk}, request.user)
    else:
        messages.info(request, "The twin is judging a roadmap already.")
    return lead_to_job(request, judging, "roadmap")


@require("viewer")
def initiative(request: Any, code: str) -> HttpResponse:
    """Show one initiative: what it changes, costs and requires, why it is in the roadmap, and as a what-if."""
    check_role(request.user, "viewer", "")
    found = get_object_or_404(Initiative, pk=code)
    changes = [one.change for one in InitiativeChange.objects.filter(initiative=found).order_by("position")]
    costs = InitiativeCost.objects.filter(initiative=found).order_by("month", "function")
    plan = RoadmapPlan.objects.first()
    reasons = plan.content.get("reasons", []) if plan else []
    context = {
        "tab": "roadmap", "initiative": found, "changes": [_read(change) for change in changes],
        "as_json": "[" + ",".join(changes) + "]", "costs": costs, "total": costs.aggregate(all=Sum("amount"))["all"],
        "gates": StageGate.objects.filter(initiative=found).order_by("month"),
        "links": InitiativeLink.objects.filter(initiative=found).select_related("other"),
        "wanted_by": InitiativeLink.objects.filter(other=found).select_related("initiative"),
        "reason": next((one for one in reasons if one["code"] == code), None),
        "may_open": request.user.may("planner", found.site_id or ""),
    }  # fmt: skip
    return render(request, "strategy/initiative.html", context)


def _read(change: str) -> dict[str, Any]:
    try:
        told = json.loads(change)
    except ValueError:
        return {"kind": "cannot be read", "fields": {"change": change}}
    if not isinstance(told, dict):
        return {"kind": "cannot be read", "fields": {"change": change}}
    return {"kind": told.pop("kind", ""), "fields": told}


@require("viewer")
def export_roadmap(request: Any) -> HttpResponse:
    """Send the newest roadmap as a workbook."""
    check_role(request.user, "viewer", "")
    plan = RoadmapPlan.objects.first()
    if plan is None or not plan.content.get("reasons"):
        raise Http404("There is no roadmap yet: plan one on the page of the roadmap.")
    return send_sheets(_sheets(plan.content), f"roadmap-{plan.created_at:%Y-%m-%d}.xlsx")


def _sheets(content: dict[str, Any]) -> dict[str, pl.DataFrame]:
    names = {row["code"]: row["name"] for row in content["initiatives"]}
    starts = content["starts"]
    chosen = content["chosen"]
    days = {
        code: [starts[period] if period >= 0 else None for period in periods]
        for code, periods in chosen["starts"].items()
    }
    figures = ("name", "value", "low", "high", "p10", "p50", "p90", "worst_tenth", "loss_probability", "return_rate",
               "payback_years", "invested")  # fmt: skip
    lines = ("mean", "p10", "p50", "p90")
    cash: dict[str, Any] = {"period_start": starts[:-1]}
    cash |= dict(zip(lines, chosen["cash"], strict=True))
    cash |= {f"total_{name}": row for name, row in zip(lines, chosen["total"], strict=True)}
    rows = [chosen, *content["others"], *content["front"]]
    return {
        "initiatives": pl.DataFrame(
            [{"code": one["code"], "name": names[one["code"]], "start": one["start"], "worth": one["worth"],
              "why": " ".join(one["sentences"])} for one in content["reasons"]], infer_schema_length=None),
        "starts": pl.DataFrame(
            {"code": list(days)} | {way["name"]: [row[number] for row in days.values()]
                                    for number, way in enumerate(content["ways"])}),
        "cash": pl.DataFrame(cash),
        "compared": pl.DataFrame(content["comparisons"]).select("title", "value", "low", "high", "sentence"),
        "choices": pl.DataFrame([{name: row[name] for name in figures} for row in rows], infer_schema_length=None),
    } | ({"twin": twin_frame(content["twin"])} if content.get("twin") else {})  # fmt: skip
