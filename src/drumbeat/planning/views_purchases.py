"""Proposed purchases as a page and a workbook: what to order from whom by when, for how much, and why."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from drumbeat.accounts.permissions import require
from drumbeat.data.send_sheets import send_sheets
from drumbeat.planning.models import Plan, PurchaseLine, PurchaseTruck
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.planning.views_materials import sort_rows

ROWS_PER_PAGE = 50
SUPPLIERS = 12
TRUCKS = 30
COLUMNS = {
    "order": "Purchase", "supplier": "Supplier", "site": "Site", "item": "Item", "needed": "Needed",
    "quantity": "Quantity", "price": "Price", "money": "Money", "order_at": "Order by", "due_at": "There",
    "reason": "Because",
}  # fmt: skip


TRUCK_COLUMNS = ["order", "supplier", "site", "due_at", "trucks", "fill", "kg", "m3", "pallets", "cost", "saved"]


def find_trucks(request: Any, plan: Plan | None, found: QuerySet[PurchaseLine]) -> QuerySet[PurchaseTruck]:
    """Return the trucks of purchases, at the user's sites."""
    rows = at_sites(request, PurchaseTruck.objects.filter(plan=plan, order__in=found.order_by().values("order")))
    return rows.order_by("due_at", "order")


def find_purchases(request: Any, plan: Plan | None) -> QuerySet[PurchaseLine]:
    """Return the purchase lines of a plan that the request's words and supplier ask for, at the user's sites."""
    rows = at_sites(request, PurchaseLine.objects.filter(plan=plan))
    for word in request.GET.get("q", "").split():
        rows = rows.filter(
            Q(order__icontains=word) | Q(supplier__icontains=word) | Q(item__icontains=word) | Q(site__icontains=word)
        )
    supplier = request.GET.get("show", "")
    rows = rows.filter(supplier=supplier) if supplier else rows
    return sort_rows(rows, request.GET.get("sort", ""), COLUMNS, F("order_at").asc(nulls_last=True), "order", "item")


@require("viewer")
def purchases(request: HttpRequest) -> HttpResponse:
    """List what to order, the most urgent first, with the money by supplier, search, sort and pages."""
    plan = Plan.objects.first()
    found, sort = find_purchases(request, plan), request.GET.get("sort", "")
    trucks = find_trucks(request, plan, found)
    by_supplier = found.order_by().values("supplier")
    suppliers = by_supplier.annotate(
        spent=Sum("money"), orders=Count("order", distinct=True), first=Min("order_at")
    ).order_by("-spent", "supplier")
    context = {
        "plan": plan, "tab": "purchases", "words": request.GET.get("q", ""), "show": request.GET.get("show", ""),
        "sort": sort, "page": Paginator(found, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "suppliers": list(suppliers[:SUPPLIERS]), "num_suppliers": suppliers.count(),
        "totals": found.order_by().aggregate(money=Sum("money"), orders=Count("order", distinct=True)),
        "trucks": list(trucks[:TRUCKS]), "loads": trucks.aggregate(
            trucks=Sum("trucks"), cost=Sum("cost"), saved=Sum("saved"), all=Count("pk")
        ),
        "texts": ["order", "supplier", "site", "item", "order_at", "due_at", "reason"],
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "purchases"
        return render(request, "planning/purchases_table.html" if part else "planning/purchases.html", context)


@require("viewer")
def export_purchases(request: HttpRequest) -> HttpResponse:
    """Send the purchase lines that the page shows as a workbook."""
    plan = Plan.objects.first()
    if plan is None:
        raise Http404("There is no plan yet: run one on the home page.")
    found = find_purchases(request, plan)
    sheets = {"purchases": to_frame(found, [*COLUMNS, "planned_order"]),
              "trucks": to_frame(find_trucks(request, plan, found), TRUCK_COLUMNS)}  # fmt: skip
    return send_sheets(sheets, "purchases.xlsx", zone_of(request).key)
