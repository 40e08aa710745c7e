"""Load against capacity, and the master plan, as pages and workbooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.draw_load import draw_load, shade
from drumbeat.planning.models import MachineLoad, MasterPlan, Plan, WeekLoad
from drumbeat.planning.read_worths import read_worths
from drumbeat.planning.views import zone_of
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

MACHINES_PER_PAGE = 40
ROWS_PER_PAGE = 50
WORTHS = 12
MACHINE_COLUMNS = ["resource", "name", "site", "line", "kind", "peak", "peak_week", "overload_hours"]
WEEK_COLUMNS = [
    "resource", "site", "week_start", "open_hours", "care_hours", "breakdown_hours", "usable_hours", "run_hours",
    "setup_hours",
]  # fmt: skip
PARTS = {
    "activities": "Purchases and subcontracting", "overtime": "Overtime", "shifts": "Extra shifts",
    "stock": "Holding stock", "safety": "Safety stock missed", "late": "Deliveries late", "unmet": "Never delivered",
    "excess": "No room",
}  # fmt: skip


def at_sites(request: Any, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Narrow rows that carry a site's code to the sites that the user sees."""
    sites = sites_of(request.user)
    return rows if sites is None else rows.filter(site__in=sites)


@require("viewer")
def load(request: HttpRequest) -> HttpResponse:
    """Show how loaded each machine is in each week, the most loaded first."""
    plan = Plan.objects.first()
    found = at_sites(request, MachineLoad.objects.filter(plan=plan))
    sites = list(found.order_by("site").values_list("site", flat=True).distinct())
    words, site, kind = request.GET.get("q", ""), request.GET.get("site", ""), request.GET.get("kind", "")
    for word in words.split():
        found = found.filter(Q(resource__icontains=word) | Q(name__icontains=word) | Q(line__icontains=word))
    if site:
        found = found.filter(site=site)
    tight = found.exclude(kind=MachineLoad.Kind.FREE).count()
    total = found.count()
    if kind == "tight":
        found = found.exclude(kind=MachineLoad.Kind.FREE)
    order = F("peak").desc(nulls_first=True)
    page = Paginator(found.order_by(order, "resource"), MACHINES_PER_PAGE).get_page(request.GET.get("page"))
    shown = [row.resource for row in page]
    weeks = WeekLoad.objects.filter(plan=plan, resource__in=shown).order_by("resource", "week_start")
    cells: dict[str, list[Any]] = {}
    for week in weeks:
        cells.setdefault(week.resource, []).append(shade(week))
    starts = sorted({week.week_start for week in weeks})
    context = {
        "plan": plan, "page": page, "tab": "load", "words": words, "site": site, "sites": sites, "kind": kind,
        "starts": starts, "rows": [(row, cells.get(row.resource, [])) for row in page], "tight": tight, "total": total,
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "loads"
        return render(request, "planning/load_table.html" if part else "planning/load.html", context)


@require("viewer")
def machine(request: HttpRequest, code: str) -> HttpResponse:
    """Show the hours of one machine: what it has, what takes it, what is asked of it, and what one more is worth."""
    plan = Plan.objects.first()
    found = get_object_or_404(at_sites(request, MachineLoad.objects.filter(plan=plan)), resource=code)
    weeks = list(WeekLoad.objects.filter(plan=plan, resource=code).order_by("week_start"))
    master = MasterPlan.objects.first()
    worth = dict(master.hours.filter(resource=code).values_list("week_start", "worth")) if master else {}  # type: ignore[attr-defined]
    context = {
        "plan": plan, "machine": found, "weeks": [(week, shade(week), worth.get(week.week_start)) for week in weeks],
        "tab": "load", "chart": draw_load(weeks), "has_worth": any(value > 0 for value in worth.values()),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        return render(request, "planning/machine_load.html", context)


@require("viewer")
def export_load(request: HttpRequest) -> HttpResponse:
    """Send the load of all machines in sight, or of one, as a workbook."""
    plan = Plan.objects.first()
    machines = at_sites(request, MachineLoad.objects.filter(plan=plan)).order_by(F("peak").desc(nulls_first=True))
    weeks = at_sites(request, WeekLoad.objects.filter(plan=plan)).order_by("resource", "week_start")
    if resource := request.GET.get("resource"):
        machines, weeks = machines.filter(resource=resource), weeks.filter(resource=resource)
    sheets = {"machines": to_frame(machines, MACHINE_COLUMNS), "weeks": to_frame(weeks, WEEK_COLUMNS)}
    return send_sheets(sheets, "load.xlsx", zone_of(request).key)


def to_frame(rows: QuerySet[Any], columns: list[str]) -> pl.DataFrame:
    """Read columns of rows into a frame."""
    return pl.DataFrame(list(rows.values_list(*columns)), schema=columns, orient="row", infer_schema_length=None)


class TermsForm(forms.Form):
    """What a master plan may do; shares in percent, as people say them."""

    weeks = forms.IntegerField(min_value=1, max_value=104, initial=13, label="Weeks ahead")
    overtime = forms.FloatField(min_value=0, max_value=100, initial=20, label="Overtime, % of open hours")
    extra_shifts = forms.IntegerField(min_value=0, max_value=21, initial=0, label="Extra shifts a machine and week")
    late = forms.FloatField(min_value=0, max_value=1000, initial=2, label="Cost of a week late, % of the price")
    holding = forms.FloatField(
        min_value=0,
        max_value=1000,
        required=False,
        label="Cost of a year in stock, % of the cost (empty = as the data say)",
    )
    budget = forms.FloatField(min_value=0, required=False, label="Budget a week (empty = any)")

    def terms(self) -> dict[str, Any]:
        """Return what was entered as arguments of `MasterTerms`."""
        given = self.cleaned_data
        terms = {
            "weeks": given["weeks"], "extra_shifts": given["extra_shifts"], "overtime_share": given["overtime"] / 100,
            "late_rate": given["late"] / 100,
        }  # fmt: skip
        if given["holding"] is not None:
            terms["holding_rate"] = given["holding"] / 100
        return terms if given["budget"] is None else terms | {"budget": given["budget"]}


def _entered(master: MasterPlan | None) -> dict[str, Any]:
    """What the form shows: the terms of the newest plan."""
    told = master.terms if master else {}
    usual = MasterTerms()
    return {
        "weeks": told.get("weeks", usual.weeks), "extra_shifts": told.get("extra_shifts", usual.extra_shifts),
        "overtime": round(100 * told.get("overtime_share", usual.overtime_share), 6),
        "late": round(100 * told.get("late_rate", usual.late_rate), 6),
        "holding": None if told.get("holding_rate") is None else round(100 * told["holding_rate"], 6),
        "budget": told.get("budget"),
    }  # fmt: skip


@require("viewer")
def master(request: HttpRequest) -> HttpResponse:
    """Show the newest master plan: its cost, what one more hour is worth, what to make and buy by week."""
    plan = MasterPlan.objects.first()
    context: dict[str, Any] = {
        "master": plan, "tab": "master", "form": TermsForm(initial=_entered(plan)), "may_plan": _may_plan(request),
        "running": Job.objects.filter(kind="master", state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
    }  # fmt: skip
    if plan is not None:
        hours = at_sites(request, plan.hours.all())  # type: ignore[attr-defined]
        made = at_sites(request, plan.quantities.all())  # type: ignore[attr-defined]
        late = at_sites(request, plan.stocks.filter(late__gt=0)).order_by("-late", "item")  # type: ignore[attr-defined]
        words, how = request.GET.get("q", ""), request.GET.get("how", "")
        supplies = list(made.filter(worth__gt=0).order_by("-worth", "week_start")[:WORTHS])
        for word in words.split():
            made = made.filter(Q(item__icontains=word) | Q(site__icontains=word) | Q(source__icontains=word))
        if how:
            made = made.filter(how=how)
        rows = made.order_by("week_start", "how", "item", "site", "source")
        dear = list(hours.filter(worth__gt=0).order_by("-worth", "week_start", "resource")[:WORTHS])
        extra = hours.filter(Q(overtime__gt=0) | Q(shifts__gt=0))
        context |= {
            "parts": [(PARTS[kind], amount) for kind, amount in plan.cost_parts.items() if abs(amount) > 0.005],
            "supplies": supplies, "budgets": sorted(plan.budget_worth.items()),
            "worths": dear, "dearest": dear[0].worth if dear else 0,
            "extra": list(extra.order_by("week_start", "-overtime", "resource")[:ROWS_PER_PAGE]),
            "totals": extra.aggregate(overtime=Sum("overtime"), shifts=Sum("shifts")),
            "late": list(late[:ROWS_PER_PAGE]), "num_late": late.values("item", "site").distinct().count(),
            "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")), "words": words, "how": how,
            "hows": ["make", "buy", "move", "work"], "gap": (plan.cost - plan.bound) / max(abs(plan.cost), 1.0),
        }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "quantities"
        return render(request, "planning/master_table.html" if part else "planning/master.html", context)


def _may_plan(request: Any) -> bool:
    return bool(request.user.may("planner", ""))


@require("planner")
@require_POST
def start_master(request: HttpRequest) -> HttpResponse:
    """Make a master plan in the background."""
    if not _may_plan(request):
        raise PermissionDenied("A master plan covers all sites: it needs the role planner for all sites.")
    form = TermsForm(request.POST)
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect("master")
    running, is_new = enqueue_once("master", form.terms(), request.user)
    if not is_new:
        messages.info(request, "A master plan is under way already.")
    return lead_to_job(request, running, "master")


@require("viewer")
def export_master(request: Any) -> HttpResponse:
    """Send the newest master plan as a workbook."""
    plan = MasterPlan.objects.first()
    if plan is None:
        raise Http404("There is no master plan yet: make one on the page of the master plan.")
    columns = {
        "quantities": ["week_start", "how", "item", "site", "source", "quantity", "worth"],
        "hours": ["week_start", "resource", "site", "usable", "planned", "overtime", "shifts", "worth"],
        "stocks": ["week_start", "item", "site", "wanted", "delivered", "stock", "late"],
    }
    sheets = {
        name: to_frame(at_sites(request, getattr(plan, name).order_by(*names[:4])), names)
        for name, names in columns.items()
    }
    sheets["worths"] = read_worths(plan, sites_of(request.user))
    return send_sheets(sheets, f"master-plan-{_day(plan.created_at)}.xlsx", zone_of(request).key)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
