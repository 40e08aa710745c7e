"""The page of sales', finance's and production's plans side by side, its comments and its workbook."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.send_sheets import send_sheets
from drumbeat.demand.models import Party, PlanComment
from drumbeat.demand.read_forecast import read_current
from drumbeat.planning.balance_plans import Line, balance_plans, find_lines, find_today, tabulate_plans
from drumbeat.planning.enter_plans import enter_plans, read_quantity

ROWS_PER_PAGE = 60
SORTS = {"family": "By family", "gap": "Widest gap first"}


def _find_lines(request: Any) -> list[Line]:
    """Return the lines that the request's search and sort ask for."""
    is_by_gap = request.GET.get("sort") == "gap"
    return find_lines(find_today(), request.GET.get("q", ""), widest_first=is_by_gap)


@require("viewer")
def balance(request: Any) -> HttpResponse:
    """Show the plans side by side, with the gap, its owner and what was said."""
    if sites_of(request.user) is not None:
        return render(request, "planning/balance.html", {"closed": True, "tab": "balance"})
    lines = _find_lines(request)
    context = {
        "page": Paginator(lines, ROWS_PER_PAGE).get_page(request.GET.get("page")), "tab": "balance",
        "words": request.GET.get("q", ""), "sort": request.GET.get("sort", "family"), "sorts": SORTS.items(),
        "may_edit": request.user.may("planner", ""),
        "open": sum(line.is_open for line in lines), "num_lines": len(lines),
        "widest": max((line for line in lines if line.share), key=lambda line: line.share or 0.0, default=None),
    }  # fmt: skip
    current = read_current()
    context["reach"] = current.loaded.bounds[-1] - timedelta(days=1) if current is not None else None
    part = request.headers.get("HX-Target") == "balance"
    return render(request, "planning/balance_table.html" if part else "planning/balance.html", context)


def _month(text: str) -> date:
    try:
        return date.fromisoformat(text).replace(day=1)
    except ValueError:
        raise Http404("A month is written as its first day, such as 2026-03-01.") from None


@require("viewer")
@require_GET
def line(request: Any) -> HttpResponse:
    """Show one family and month in the panel: figures and owner to change, and all that was said."""
    family, month = request.GET.get("family", "").strip()[:60], _month(request.GET.get("month", ""))
    if not family or sites_of(request.user) is not None:
        raise Http404("There is no such line, or it covers sites that you may not see.")
    found = [one for one in balance_plans(month, 1) if one.family == family]
    context = {
        "line": found[0] if found else Line(family, month),
        "comments": PlanComment.objects.filter(family=family, period_start=month),
        "may_edit": request.user.may("planner", ""),
    }
    return render(request, "planning/balance_panel.html", context)


@require("planner")
@require_POST
def save(request: Any) -> HttpResponse:
    """Save what was entered for a family and month: plans, the gap's owner, a comment."""
    check_role(request.user, "planner", "")
    form = request.POST
    family, month = form.get("family", "").strip()[:60], _month(form.get("month", ""))
    back = redirect(reverse("balance"))
    try:
        plans = {party: read_quantity(party, form.get(party, "")) for party in Party.values}
        seen = {party: read_quantity(party, form.get(f"seen-{party}", "")) for party in Party.values}
        enter_plans(
            family, month, plans, author=request.user.get_username(), owner=form.get("owner", ""),
            comment=form.get("comment", ""), seen=seen if "seen-sales" in form else None,
        )  # fmt: skip
    except InputError as error:
        for one in error.findings:
            messages.error(request, f"{one.rule[:1].upper()}{one.rule[1:]}: nothing was saved. {one.remedy}.")
        return back
    messages.success(request, f"Saved: {family}, {month:%B %Y}.")
    return back


@require("viewer")
def export_balance(request: Any) -> HttpResponse:
    """Send the lines that the page shows as a workbook, and all comments."""
    if sites_of(request.user) is not None:
        raise Http404("The plans cover sites that you may not see.")
    return send_sheets(tabulate_plans(_find_lines(request)), "plans-side-by-side.xlsx")
