"""Stress tests: a heat map of what may be lost, and each loss with its evidence and its remedies."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import polars as pl
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError
from drumbeat.data.send_sheets import send_sheets
from drumbeat.data.what_if import open_what_if
from drumbeat.strategy.disturb_floor import PLAYED_KINDS
from drumbeat.strategy.draw_gap import draw_gap
from drumbeat.strategy.jobs import find_losses
from drumbeat.strategy.list_stress_nodes import KINDS, WEEKS_TO_RECOVER
from drumbeat.strategy.models import StoredStress
from drumbeat.strategy.stress_by_twin import MOST_NODES
from drumbeat.strategy.views.begin_job import begin_job
from drumbeat.web.jobs import enqueue
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

LOSS_STEPS = (0.5, 0.25, 0.1, 0.0)
"""Lower bounds of the rows of the heat map, as shares of the largest loss."""
GAP_STEPS = (0.0, 2.0, 4.0, 8.0)
"""Lower bounds of its columns, in weeks that a loss is felt."""
SHOWN_PER_CELL = 12
WORDS = {
    "site": "Sites", "line": "Lines", "group": "Machine groups", "supplier": "Suppliers", "skill": "Skills",
    "people": "People", "demand": "Demand",
}  # fmt: skip
ANY_SITE = ""


class TermsForm(forms.Form):
    """What stress tests assume."""

    people = forms.FloatField(min_value=1, max_value=100, initial=20, label="People away, % of a site")
    demand = forms.FloatField(min_value=1, max_value=1000, initial=130, label="Demand, % of what is wanted")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for kind in KINDS:
            self.fields[f"weeks_{kind}"] = forms.FloatField(
                min_value=0.1, max_value=104, initial=WEEKS_TO_RECOVER[kind], label=f"{WORDS[kind]}: weeks to recover"
            )

    def terms(self) -> dict[str, Any]:
        """Return what was entered as arguments of `StressTerms`."""
        given = self.cleaned_data
        return {
            "weeks_to_recover": {kind: given[f"weeks_{kind}"] for kind in KINDS},
            "people_share": given["people"] / 100, "demand_factor": given["demand"] / 100,
        }  # fmt: skip


def _entered(stored: StoredStress | None) -> dict[str, Any]:
    terms = stored.terms if stored else {}
    weeks = WEEKS_TO_RECOVER | terms.get("weeks_to_recover", {})
    return {f"weeks_{kind}": weeks[kind] for kind in KINDS} | {
        "people": round(100 * terms.get("people_share", 0.2), 6),
        "demand": round(100 * terms.get("demand_factor", 1.3), 6),
    }


@require("viewer")
def stress(request: Any) -> HttpResponse:
    """Show the newest stress tests as a heat map and a list."""
    check_role(request.user, "viewer", ANY_SITE)
    stored = StoredStress.objects.first()
    rows = stored.run["rows"] if stored else []
    kind = request.GET.get("kind", "")
    shown = [row for row in rows if not kind or row["kind"] == kind]
    running = _under_way("stress")
    for row in shown:
        row["twin"] = stored.played.get(row["key"]) if stored else None
    context = {
        "tab": "stress", "stored": stored, "run": stored.run if stored else None, "rows": shown, "kind": kind,
        "kinds": [(one, WORDS[one]) for one in KINDS if any(row["kind"] == one for row in rows)],
        "heat": draw_heat(shown), "gaps": _gap_words(), "running": running, "form": TermsForm(initial=_entered(stored)),
        "may_plan": request.user.may("planner", ANY_SITE), "worst": rows[0] if rows else None,
        "felt": sum(row["loss"] > 0 for row in rows), "played": stored.played if stored else {},
        "playable": PLAYED_KINDS, "playing": _under_way("stress-twin"),
    }  # fmt: skip
    return render(request, "strategy/stress.html", context)


def _under_way(kind: str) -> Job | None:
    return Job.objects.filter(kind=kind, state__in=[Job.State.WAITING, Job.State.RUNNING]).first()


def _gap_words() -> list[str]:
    words = [f"{low:g} to {high:g} weeks" for low, high in pairwise(GAP_STEPS)]
    return [*words, f"{GAP_STEPS[-1]:g} weeks or more"]


def draw_heat(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lay tests that cost something out by loss (rows, the largest first) and weeks that they are felt (columns).

    Heat, 0 to 5, rises with both.
    """
    felt = [row for row in rows if row["loss"] > 0]
    table = []
    for level, low in enumerate(LOSS_STEPS):
        high = LOSS_STEPS[level - 1] if level else 2.0
        cells: list[dict[str, Any]] = []
        for column, start in enumerate(GAP_STEPS):
            end = GAP_STEPS[column + 1] if column + 1 < len(GAP_STEPS) else float("inf")
            inside = [row for row in felt if low <= row["index"] < high and start <= row["gap"] < end]
            heat = min(5, column + len(LOSS_STEPS) - 1 - level) if inside else 0
            cells.append({"rows": inside[:SHOWN_PER_CELL], "more": max(len(inside) - SHOWN_PER_CELL, 0), "heat": heat})
        words = f"over {low:.0%}" if low else f"up to {LOSS_STEPS[level - 1]:.0%}"
        table.append({"words": words, "cells": cells})
    return table


def _find(key: str) -> tuple[StoredStress, dict[str, Any]]:
    stored = StoredStress.objects.first()
    found = next((row for row in stored.run["rows"] if row["key"] == key), None) if stored else None
    if stored is None or found is None:
        raise Http404("No stress test has this key.")
    return stored, found


@require("viewer")
def stress_node(request: Any, key: str) -> HttpResponse:
    """Show one stress test: what is lost, what is gone, and what would cover it."""
    check_role(request.user, "viewer", ANY_SITE)
    stored, row = _find(key)
    twin = stored.played.get(key)
    context = {
        "tab": "stress", "stored": stored, "row": row, "currency": stored.run["currency"], "twin": twin,
        "gap": draw_gap(twin.get("curve", []), twin["weeks"]) if twin and "weeks" in twin else None,
        "is_playable": row["kind"] in PLAYED_KINDS, "playing": _under_way("stress-twin"),
        "may_plan": request.user.may("planner", ANY_SITE),
    }  # fmt: skip
    return render(request, "strategy/stress_node.html", context)


@require("planner")
@require_POST
def start_stress(request: Any) -> HttpResponse:
    """Run the stress tests in the background."""
    check_role(request.user, "planner", ANY_SITE)
    return begin_job(request, TermsForm(request.POST), "stress")


@require("planner")
@require_POST
def play_stress(request: Any) -> HttpResponse:
    """Play the chosen stress tests by the twin in the background."""
    check_role(request.user, "planner", ANY_SITE)
    keys = request.POST.getlist("key")
    back = redirect("stress")
    if not 1 <= len(keys) <= MOST_NODES:
        messages.error(request, f"Choose 1 to {MOST_NODES} losses that the twin is to play.")
        return back
    running = _under_way("stress-twin")
    if running is not None:
        messages.info(request, "Losses are being played already.")
        return lead_to_job(request, running, "stress")
    try:
        find_losses(keys)
    except InputError as error:
        for finding in error.findings.shown[:5]:
            messages.error(request, str(finding))
        return back
    return redirect("web:job", enqueue("stress-twin", {"keys": keys}, request.user).pk)


@require("planner")
@require_POST
def open_stress(request: Any) -> HttpResponse:
    """Open a stress test, or one of its remedies, as a what-if."""
    check_role(request.user, "planner", ANY_SITE)
    _, row = _find(request.POST.get("key", ""))
    number = request.POST.get("remedy", "")
    remedies = row["remedies"]
    if number:
        if not number.isdecimal() or int(number) >= len(remedies):
            raise Http404("No such remedy.")
        told = remedies[int(number)]
        name, changes = f"{told['kind'].capitalize()} for {row['name'] or row['code']}", told["changes"]
    else:
        name, changes = f"Loss of {row['name'] or row['code']}", row["changes"]
    origin = f"/strategy/stress/node/{row['key']}/"
    try:
        opened = open_what_if(name[:80], changes, note=row["basis"], origin=origin, author=request.user)
    except InputError as error:
        for finding in error.findings:
            messages.error(request, str(finding))
        return redirect("stress-node", row["key"])
    return redirect(f"/what-if/{opened.code}/")


@require("viewer")
def export_stress(request: HttpRequest) -> HttpResponse:
    """Send the newest stress tests as a workbook."""
    check_role(request.user, "viewer", ANY_SITE)
    stored = StoredStress.objects.first()
    if stored is None:
        raise Http404("No stress tests have been run yet.")
    sheets = stress_sheets(stored.run, stored.played)
    return send_sheets(sheets, "stress-tests.xlsx", timezone.get_current_timezone_name())


def stress_sheets(run: dict[str, Any], played: dict[str, Any] | None = None) -> dict[str, pl.DataFrame]:
    """Return stress tests, what is lost, the remedies and what the twin played as frames."""
    names = (
        "key",
        "kind",
        "code",
        "site",
        "name",
        "weeks_to_recover",
        "weeks_to_survive",
        "gap",
        "loss",
        "index",
        "basis",
    )
    words = ("kind", "what", "cost_a_year", "capital", "loss_left", "missing")
    rows = run["rows"]
    frames = {
        "tests": [{name: row[name] for name in names} for row in rows],
        "lost": [{"key": row["key"], **lost} for row in rows for lost in row["lost"]],
        "twin": [
            {
                "key": key,
                "program_loss": one["program_loss"],
                "behind": one["behind"]["value"],
                "behind_low": one["behind"]["low"],
                "behind_high": one["behind"]["high"],
                "lost": one["lost"]["value"],
                "weeks_to_recover": one["recovered"]["p50"],
                "weeks_to_catch_up": one["caught_up"]["p50"],
                "plays": one["replications"],
                "words": one["words"],
            }
            for key, one in (played or {}).items()
            if "behind" in one
        ],
        "remedies": [{"key": row["key"], **{w: one[w] for w in words}} for row in rows for one in row["remedies"]],
    }
    return {name: pl.DataFrame(told, infer_schema_length=None) for name, told in frames.items() if told}
