"""The finite plan as a page and a workbook: when each demand is delivered, and what it waits for."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Max, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.kept_tables import FiniteChain
from drumbeat.planning.leave_orders_out import leave_orders_out
from drumbeat.planning.list_claims import list_claims
from drumbeat.planning.models import FiniteDelivery, FinitePlan, FinitePurchase
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.planning.views_materials import sort_rows
from drumbeat.plant.models import Company
from drumbeat.web.jobs import enqueue_once, find_under_way
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ROWS_PER_PAGE = 50
REASONS = 6
CLAIMS = 12
COLUMNS = {
    "demand": "Demand", "item": "Item", "site": "Site", "quantity": "Quantity", "due_at": "Due",
    "delivered_at": "Delivered", "late_days": "Late, days", "reason": "Waits longest for",
}  # fmt: skip
PURCHASE_COLUMNS = ["order_at", "source", "item", "site", "quantity", "arrives_at", "code"]
CLAIM_COLUMNS = {
    "demand": pl.String, "item": pl.String, "site": pl.String, "quantity": pl.Float64, "taken_from": pl.String,
}  # fmt: skip
PASS_COLUMNS = {
    "late": pl.Int64, "never": pl.Int64, "late_days": pl.Float64, "is_kept": pl.Boolean, "why": pl.String,
}  # fmt: skip
LATE = Q(late_days__gt=0) | Q(late_days__isnull=True)
SHOWN = {"late": ("Late", LATE), "never": ("Never", Q(late_days__isnull=True)), "time": ("On time", ~LATE)}


def find_deliveries(request: Any, plan: FinitePlan | None) -> QuerySet[FiniteDelivery]:
    """Return the deliveries of a finite plan that the request's words ask for, at the user's sites."""
    rows = at_sites(request, FiniteDelivery.objects.filter(plan=plan))
    for word in request.GET.get("q", "").split():
        rows = rows.filter(
            Q(demand__icontains=word) | Q(item__icontains=word) | Q(site__icontains=word) | Q(reason__icontains=word)
        )
    return rows


def _narrow(request: Any, rows: QuerySet[FiniteDelivery]) -> QuerySet[FiniteDelivery]:
    show = request.GET.get("show", "")
    rows = rows.filter(SHOWN[show][1]) if show in SHOWN else rows
    return sort_rows(rows, request.GET.get("sort", ""), COLUMNS, F("late_days").desc(nulls_first=True), "due_at")


def _count_reasons(found: QuerySet[FiniteDelivery]) -> list[tuple[str, int]]:
    """Count what late demands wait longest for, whoever is before them in the queue."""
    reasons = found.filter(LATE).exclude(reason="").values_list("reason", flat=True)
    counts = Counter(map(leave_orders_out, reasons))
    return counts.most_common(REASONS)


def _hide_orders(request: Any, rows: Paginator[FiniteDelivery]) -> Page[FiniteDelivery]:
    """Return the page that is asked for, without the orders in the way for who does not see all sites."""
    page = rows.get_page(request.GET.get("page"))
    if sites_of(request.user) is not None:
        for row in page:
            row.reason = leave_orders_out(row.reason)
    return page


@require("viewer")
def finite(request: Any) -> HttpResponse:
    """List when each demand is delivered, the latest first, with search, sort and pages."""
    plan = FinitePlan.objects.first()
    found, sort = find_deliveries(request, plan), request.GET.get("sort", "")
    totals = found.aggregate(
        all=Count("pk"), late=Count("pk", LATE), never=Count("pk", Q(late_days__isnull=True)),
        time=Count("pk", ~LATE), worst=Max("late_days"),
    )  # fmt: skip
    tried = Job.objects.filter(kind="finite-overtime", created_at__gte=plan.created_at).first() if plan else None
    claims = list_claims(plan, sites_of(request.user))
    context = {
        "claims": claims, "claims_shown": f":{CLAIMS}", "claims_left": max(len(claims) - CLAIMS, 0),
        "plan": plan, "tab": "finite", "words": request.GET.get("q", ""), "show": request.GET.get("show", ""),
        "sort": sort, "page": _hide_orders(request, Paginator(_narrow(request, found), ROWS_PER_PAGE)),
        "totals": totals, "reasons": _count_reasons(found), "tried": tried,
        # What is told of the whole plan names machines of all sites.
        "sees_all": sites_of(request.user) is None, "trials": tried.result.get("trials", []) if tried else [],
        "filters": [("", "All", totals["all"])] + [(key, label, totals[key]) for key, (label, _) in SHOWN.items()],
        "texts": ["demand", "item", "site", "due_at", "delivered_at", "reason"],
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
        "may_plan": request.user.may("planner", ""), "running": find_under_way("finite"),
        "by_importance": (plan or Company.objects.first() or FinitePlan()).is_importance_first,
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "deliveries"
        return render(request, "planning/finite_table.html" if part else "planning/finite.html", context)


@require("viewer")
def export_finite(request: Any) -> HttpResponse:
    """Send the deliveries that the page shows, and by when to buy what, as a workbook."""
    plan = FinitePlan.objects.first()
    if plan is None:
        raise Http404("There is no finite plan yet: make one on the page of the finite plan.")
    bought = at_sites(request, FinitePurchase.objects.filter(plan=plan)).order_by("order_at", "code")
    sheets = {
        "deliveries": to_frame(_narrow(request, find_deliveries(request, plan)), list(COLUMNS)),
        "purchases": to_frame(bought, PURCHASE_COLUMNS),
    }
    claims = list_claims(plan, sites_of(request.user))
    sheets["claims"] = pl.DataFrame(claims, CLAIM_COLUMNS).select(list(CLAIM_COLUMNS))
    if sites_of(request.user) is None:
        sheets["passes"] = pl.DataFrame(plan.passes, PASS_COLUMNS).with_row_index("pass", 1)
        # What stands in the way may be an order of any site.
        sheets["waits"] = _list_waits(plan)
    else:
        hidden = pl.col("reason").map_elements(leave_orders_out, return_dtype=pl.String)
        sheets["deliveries"] = sheets["deliveries"].with_columns(hidden)
    return send_sheets(sheets, "finite-plan.xlsx", zone_of(request).key)


def _list_waits(plan: FinitePlan) -> pl.DataFrame:
    """List what the time of late demands goes into, the first stretch first."""
    rows = [
        (chain.demand, chain.order, number, wait["cause"], wait["seconds"] / 3600)
        for chain in FiniteChain.objects.filter(plan=plan).order_by("demand")
        for number, wait in enumerate(reversed(chain.waits), 1)
    ]
    kinds = {"demand": pl.String, "order": pl.String, "stretch": pl.Int64, "cause": pl.String, "hours": pl.Float64}
    return pl.DataFrame(rows, kinds, orient="row")


@require("planner")
@require_POST
def start_finite(request: HttpRequest) -> HttpResponse:
    """Plan against machines and material in the background; by due time, or importance first."""
    arguments = {"importance_first": request.POST["first"] == "importance"} if request.POST.get("first") else {}
    return _start(request, "finite", arguments, "A finite plan is under way already.")


@require("planner")
@require_POST
def try_overtime(request: HttpRequest) -> HttpResponse:
    """Try overtime where late demands wait, in the background; nothing is changed."""
    return _start(request, "finite-overtime", {}, "A trial is under way already.")


def _start(request: HttpRequest, kind: str, arguments: dict[str, Any], already: str) -> HttpResponse:
    if not request.user.may("planner", ""):  # type: ignore[union-attr]
        raise PermissionDenied("A finite plan covers all sites: it needs the role planner for all sites.")
    running, is_new = enqueue_once(kind, arguments, request.user)
    if not is_new:
        messages.info(request, already)
    return lead_to_job(request, running, "finite")
