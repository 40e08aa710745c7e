"""Comparisons of what-ifs as pages: start one, see what came out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.models import Role
from drumbeat.accounts.permissions import check_role, require
from drumbeat.data.what_if import what_ifs_of
from drumbeat.twin.compare_store import find_scope
from drumbeat.twin.compare_verdict import tell_chance
from drumbeat.twin.models import Comparison
from drumbeat.twin.views_what_if import comparisons_of
from drumbeat.web.jobs import enqueue

MOST_COMPARED = 12


@require("planner")
@require_POST
def start_comparison(request: Any) -> HttpResponse:
    """Compare the chosen what-ifs with today in the background."""
    chosen = list(what_ifs_of(request.user).filter(code__in=request.POST.getlist("code")))
    if not chosen or len(chosen) > MOST_COMPARED:
        messages.error(request, f"Choose 1 to {MOST_COMPARED} what-ifs to compare with today.")
        return redirect("what-ifs")
    site = find_scope(chosen)
    check_role(request.user, Role.PLANNER, site)
    codes = [one.code for one in sorted(chosen, key=lambda one: one.pk)]
    title = f"Compare {chosen[0].name}" if len(chosen) == 1 else f"Compare {len(chosen)} what-ifs"
    arguments = {"codes": codes, "site": site, "user": request.user.pk}
    return redirect("web:job", number=enqueue("compare", arguments, request.user, title=title).pk)


@require("viewer")
def comparison(request: Any, number: int) -> HttpResponse:
    """Show a comparison: the verdict, the spread of each figure by design, differences, orders that change most."""
    found = get_object_or_404(comparisons_of(request.user), pk=number)
    outcome = found.outcome
    context = {
        "comparison": found, "outcome": outcome, "figures": [draw_kpi(kpi, outcome) for kpi in outcome["kpis"]],
        "known": set(what_ifs_of(request.user).filter(code__in=found.codes).values_list("code", flat=True)),
        "previous": _find_previous(request.user, found),
        "may_plan": request.user.may(Role.PLANNER, found.site),
    }  # fmt: skip
    return render(request, "twin/comparison.html", context)


def _find_previous(user: Any, found: Comparison) -> Comparison | None:
    """The comparison of the same what-ifs before this one."""
    before = comparisons_of(user).filter(pk__lt=found.pk)[:200]
    return next((one for one in before if one.codes == found.codes), None)


def draw_kpi(kpi: dict[str, Any], outcome: dict[str, Any]) -> dict[str, Any]:
    """Place the spread of each design on one scale, in percent of its width, and put the numbers into words."""
    rows = kpi["designs"]
    scale = 100.0 if kpi["unit"] == "%" else 1.0
    low, high = min(row["p10"] for row in rows), max(row["p90"] for row in rows)
    low, high = min(low, *(row["mean"] for row in rows)), max(high, *(row["mean"] for row in rows))
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return float(round(3 + 94 * (value - low) / span, 2))

    shown = []
    for row, design in zip(rows, outcome["designs"], strict=True):
        shown.append({
            "name": design["name"], "is_first": not shown,
            "left": place(row["p10"]), "width": max(round(place(row["p90"]) - place(row["p10"]), 2), 0.6),
            "p50_at": place(row["p50"]),
            **{name: show_number(row[name] * scale) for name in ("mean", "p10", "p50", "p90", "expected_loss")},
            "difference": show_number(row["difference"] * scale, "+"),
            "interval": _show_interval(row, scale),
            "better": _show_chance(row["better_than_first"]),
            "probability_best": _show_chance(row["probability_best"]),
            "tone": _choose_tone(row, kpi["higher_is_better"]),
        })  # fmt: skip
    is_same = len(rows) > 1 and all(row["difference"] == row["difference_low"] == 0 for row in rows[1:])
    return {
        "label": kpi["label"], "unit": kpi["unit"], "rows": shown, "is_same": is_same,
        "low": show_number(low * scale), "high": show_number(high * scale), "higher": kpi["higher_is_better"],
    }  # fmt: skip


def _show_chance(chance: float) -> str:
    return tell_chance(chance).replace("more than ", ">").replace("less than ", "<")


def _show_interval(row: dict[str, Any], scale: float) -> str:
    ends = [row["difference_low"], row["difference_high"]]
    return "" if None in ends else " to ".join(show_number(end * scale, "+") for end in ends)


def _choose_tone(row: dict[str, Any], higher_is_better: bool) -> str:
    """Good or bad where the difference is clear after correction for many comparisons; else nothing."""
    if row["p_value"] > 0.05 or row["difference"] == 0:
        return ""
    return "good" if (row["difference"] > 0) == higher_is_better else "bad"


def show_number(value: float, sign: str = "") -> str:
    """A number with three digits or so; thousands apart."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:{sign},.{digits}f}".replace(",", "\u202f").replace("-", "−")
