"""The functions' plans side by side: the gap, and who closes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import check_role, require
from drumbeat.basics.findings import InputError
from drumbeat.strategy.compare_functions import PlanLine, compare_functions, measure_mean_gap
from drumbeat.strategy.models import FunctionPlan, GapOwner
from drumbeat.strategy.models.roadmap import Function
from drumbeat.strategy.read_form import read_day, read_number

ROWS_PER_PAGE = 60


def _tell(line: PlanLine) -> dict[str, Any]:
    return {"line": line, "plans": [(value, line.plans.get(value)) for value in Function.values]}


@require("viewer")
def alignment(request: Any) -> HttpResponse:
    """Show what each function plans, with the gaps."""
    check_role(request.user, "viewer", "")
    every = compare_functions()
    words = request.GET.get("q", "").lower().split()
    lines = [line for line in every if all(word in line.subject.lower() for word in words)]
    if request.GET.get("sort") == "gap":
        lines.sort(key=lambda line: -(line.gap.share if line.gap else -1.0))
    page = Paginator(lines, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "alignment", "page": page, "rows": [_tell(line) for line in page], "functions": Function.choices,
        "words": request.GET.get("q", ""), "sort": request.GET.get("sort", "subject"), "num_lines": len(every),
        "sorts": [("subject", "By subject"), ("gap", "Widest gap first")],
        "open": sum(1 for line in every if line.is_open), "mean_gap": measure_mean_gap(every),
        "may_edit": request.user.may("planner", ""),
    }  # fmt: skip
    part = request.headers.get("HX-Target") == "lines"
    return render(request, "strategy/alignment_table.html" if part else "strategy/alignment.html", context)


@require("viewer")
def alignment_line(request: Any) -> HttpResponse:
    """Show one thing and period in the panel, to change."""
    check_role(request.user, "viewer", "")
    subject, start = request.GET.get("subject", "").strip()[:80], request.GET.get("start", "")
    found = [one for one in compare_functions() if one.subject == subject and one.period_start.isoformat() == start]
    plans = found[0].plans if found else {}
    context = {
        "line": found[0] if found else None, "subject": subject, "start": start,
        "plans": [(value, label, plans.get(value)) for value, label in Function.choices],
        "may_edit": request.user.may("planner", ""),
    }  # fmt: skip
    return render(request, "strategy/alignment_panel.html", context)


@require("planner")
@require_POST
def save_alignment(request: Any) -> HttpResponse:
    """Save the plans, the owner and the note of one thing and period."""
    check_role(request.user, "planner", "")
    form = request.POST
    back = redirect("alignment")
    try:
        subject, start = form.get("subject", "").strip()[:80], read_day(form, "start")
        values = {function: read_number(form, f"plan-{function}") for function in Function.values}
    except InputError as error:
        messages.error(request, str(error))
        return back
    if not subject or start is None:
        messages.error(request, "A plan is of something, in a period that begins on a day: enter both.")
        return back
    key: dict[str, Any] = {"subject": subject, "period_start": start}
    for function, value in values.items():
        if value is None:
            FunctionPlan.objects.filter(function=function, **key).delete()
        else:
            given = {"value": value, "unit": form.get("unit", "").strip()[:20]}
            FunctionPlan.objects.update_or_create(function=function, **key, defaults=given)
    said = {"owner": form.get("owner", "").strip()[:150], "note": form.get("note", "").strip()[:1000]}
    GapOwner.objects.update_or_create(**key, defaults=said)
    messages.success(request, f"Saved: {subject}.")
    return back
