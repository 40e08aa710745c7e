"""Flexibility: work covered today, by a chain and with all links, and the links worth most."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.strategy.models import StoredFlexibility
from drumbeat.strategy.views.begin_job import UNDER_WAY, begin_job
from drumbeat.web.models import Job


class FlexibilityForm(forms.Form):
    """What a study assumes."""

    growth = forms.FloatField(min_value=1, max_value=1000, initial=100, label="Demand, % of what is planned")
    spread = forms.FloatField(min_value=0, max_value=300, initial=40, label="Spread, % where no past tells it")

    def terms(self) -> dict[str, Any]:
        """Return what was entered as arguments of `FlexibilityTerms`."""
        return {name: self.cleaned_data[name] / 100 for name in ("growth", "spread")}


@require("viewer")
def flexibility(request: Any) -> HttpResponse:
    """Show the newest study."""
    check_role(request.user, "viewer", "")
    stored = StoredFlexibility.objects.first()
    groups = stored.study["groups"] if stored else []
    for group in groups:
        for one in group["covered"].values():
            one["percent"] = f"{one['share']:.1%}".rstrip("%")
        for link in group["links"]:
            link["stored"], link["percent"] = json.dumps(link["changes"]), f"{link['share']:.0%}".rstrip("%")
    terms = stored.study["terms"] if stored else {}
    entered = {name: round(100 * terms[name], 6) for name in ("growth", "spread") if name in terms}
    context = {
        "tab": "flexibility", "stored": stored, "groups": groups, "form": FlexibilityForm(initial=entered),
        "worth": [group for group in groups if group["links"]],
        "may_plan": request.user.may("planner", ""),
        "running": Job.objects.filter(kind="flexibility", state__in=UNDER_WAY).first(),
    }  # fmt: skip
    return render(request, "strategy/flexibility.html", context)


@require("planner")
@require_POST
def start_flexibility(request: Any) -> HttpResponse:
    """Study flexibility in the background."""
    check_role(request.user, "planner", "")
    return begin_job(request, FlexibilityForm(request.POST), "flexibility", "Flexibility is being studied already.")
