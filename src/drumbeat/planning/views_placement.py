"""Safety stock over all levels as a page and a workbook: where it is kept, and what that saves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.models import PlacedStock, StockPlacement
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.planning.views_materials import sort_rows
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ROWS_PER_PAGE = 50
COLUMNS = {
    "item": "Item", "site": "Site", "weekly": "A week", "lead_days": "Lead, days", "inbound_days": "Waits, days",
    "service_days": "Promises, days", "net_days": "Covers, days", "safety": "Safety stock",
    "safety_alone": "On its own", "safety_now": "Today", "money": "Money", "money_alone": "On its own, money",
}  # fmt: skip
TEXTS = ["item", "site"]


class PlacementForm(forms.Form):
    """What is promised; the share in percent, as people say it."""

    service = forms.FloatField(min_value=50.1, max_value=99.99, initial=95)
    promise_days = forms.IntegerField(min_value=0, max_value=3650, initial=0)


def _find(request: Any, found: StockPlacement | None) -> QuerySet[PlacedStock]:
    rows = at_sites(request, PlacedStock.objects.filter(placement=found))
    for word in request.GET.get("q", "").split():
        rows = rows.filter(Q(item__icontains=word) | Q(site__icontains=word))
    if request.GET.get("show") == "kept":
        rows = rows.filter(safety__gt=0)
    return sort_rows(rows, request.GET.get("sort", ""), COLUMNS, "pk")


@require("viewer")
def placement(request: HttpRequest) -> HttpResponse:
    """List where safety stock is kept over all levels, the most money first."""
    newest, sort = StockPlacement.objects.first(), request.GET.get("sort", "")
    found = _find(request, newest)
    totals = found.order_by().aggregate(money=Sum("money"), alone=Sum("money_alone"))
    saved = (totals["alone"] or 0) - (totals["money"] or 0)
    context = {
        "placement": newest, "tab": "stock", "words": request.GET.get("q", ""), "show": request.GET.get("show", ""),
        "sort": sort, "page": Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page")), "totals": totals,
        "saved": saved, "num_kept": found.filter(safety__gt=0).count(), "texts": TEXTS,
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
        "may_review": request.user.may("planner", ""),  # type: ignore[union-attr]
        "running": Job.objects.filter(kind="placement", state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "placed"
        return render(request, "planning/placement_table.html" if part else "planning/placement.html", context)


@require("viewer")
def export_placement(request: HttpRequest) -> HttpResponse:
    """Send the placement at the sites in sight as a workbook."""
    newest = StockPlacement.objects.first()
    if newest is None:
        raise Http404("Stock has not been placed yet: start it on its page.")
    sheets = {"placement": to_frame(_find(request, newest), list(COLUMNS))}
    return send_sheets(sheets, "stock-placement.xlsx", zone_of(request).key)


@require("planner")
@require_POST
def start_placement(request: HttpRequest) -> HttpResponse:
    """Place stock in the background."""
    if not request.user.may("planner", ""):  # type: ignore[union-attr]
        raise PermissionDenied("A placement covers all sites: it needs the role planner for all sites.")
    form = PlacementForm(request.POST or None)
    if request.POST.get("service") is not None and not form.is_valid():
        messages.error(request, "Service lies between 50 and 100 %, and customers wait 0 or more days.")
        return redirect("placement")
    terms = form.cleaned_data if form.is_bound and form.is_valid() else {}
    given = {"service": terms["service"] / 100, "promise_days": terms["promise_days"]} if terms else {}
    running, is_new = enqueue_once("placement", given, request.user)
    if not is_new:
        messages.info(request, "A placement is under way already.")
    return lead_to_job(request, running, "placement")
