"""Stock policies as a page and a workbook, and the planner's word on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from drumbeat.accounts.permissions import require, sites_of
from drumbeat.data.send_sheets import send_sheets
from drumbeat.inventory.models import Stock
from drumbeat.planning.models import StockPolicy, StockReview
from drumbeat.planning.set_policies import PolicyTerms
from drumbeat.planning.views import zone_of
from drumbeat.planning.views_capacity import at_sites, to_frame
from drumbeat.plant.models import Item
from drumbeat.web.jobs import enqueue_once
from drumbeat.web.lead_to_job import lead_to_job
from drumbeat.web.models import Job

ROWS_PER_PAGE = 50
SAID = 5
"""Warnings of a review that its page shows."""
COLUMNS = {
    "item": "Item", "site": "Site", "stock_class": "Class", "weekly": "A week", "lead_weeks": "Lead, weeks",
    "stock": "Stock", "cover_weeks": "Covers, weeks", "safety_now": "Safety now", "safety": "Proposed",
    "fill_now": "Fill now", "reorder_at": "Ordered", "excess_money": "Excess, money",
}  # fmt: skip
FILLS = ("fill_a", "fill_b", "fill_c")
ORDERED = {
    "sQ": "fixed lot at the reorder point (s, Q)",
    "sS": "up to a level at the reorder point (s, S)",
    "RS": "up to a level at each review (R, S)",
}
SHOWN = {"risk": "Service at risk", "excess": "Excess or obsolete"}


class PolicyForm(forms.Form):
    """What stock should achieve and how it is ordered; shares in percent, as people say them."""

    fill_a = forms.FloatField(min_value=1, max_value=99.99, label="Met from stock, class A, %")
    fill_b = forms.FloatField(min_value=1, max_value=99.99, label="Class B, %")
    fill_c = forms.FloatField(min_value=1, max_value=99.99, label="Class C, %")
    policy_a = forms.ChoiceField(choices=[*ORDERED.items()], label="Class A is ordered")
    policy_b = forms.ChoiceField(choices=[*ORDERED.items()], label="Class B")
    policy_c = forms.ChoiceField(choices=[*ORDERED.items()], label="Class C")
    review_weeks = forms.FloatField(min_value=0.1, max_value=52, label="Weeks between reviews")
    history_weeks = forms.IntegerField(min_value=4, max_value=520, label="Weeks of the past that are measured")
    most_weeks = forms.IntegerField(min_value=1, max_value=520, label="More weeks of demand than this are excess")
    order_cost = forms.FloatField(min_value=0.01, max_value=1e9, label="Cost of an order where the data say none")

    def terms(self) -> dict[str, Any]:
        """Return what was entered as arguments of `PolicyTerms`."""
        return {name: value / 100 if name in FILLS else value for name, value in self.cleaned_data.items()}


def _entered(review: StockReview | None) -> dict[str, Any]:
    """Terms as the form shows them: those of the newest review, else the usual ones."""
    terms = asdict(PolicyTerms()) | (review.terms if review else {})
    return {name: round(value * 100, 4) if name in FILLS else value for name, value in terms.items()}


def _told(review: StockReview | None) -> list[dict[str, Any]]:
    return review.findings.get("findings", []) if review else []


def _found(request: Any, review: StockReview | None) -> Any:
    rows = at_sites(request, StockPolicy.objects.filter(review=review))
    for word in request.GET.get("q", "").split():
        rows = rows.filter(Q(item__icontains=word) | Q(site__icontains=word) | Q(stock_class__icontains=word))
    return rows


@require("viewer")
def stock(request: HttpRequest) -> HttpResponse:
    """List stock policies, the dearest difference first, with search, sort and pages."""
    review = StockReview.objects.first()
    found = _found(request, review)
    at_risk, lying = Q(fill_now__lt=F("fill_target"), weekly__gt=0), Q(excess_money__gt=0) | Q(obsolete_money__gt=0)
    counts = {"": found.count(), "risk": found.filter(at_risk).count(), "excess": found.filter(lying).count()}
    totals = found.aggregate(excess=Sum("excess_money"), obsolete=Sum("obsolete_money"))
    totals["held"] = found.aggregate(held=Sum(F("stock") * F("unit_cost")))["held"]
    show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    rows = found.filter({"risk": at_risk, "excess": lying}.get(show, Q()))
    column = sort.removeprefix("-")
    if column in COLUMNS:
        order = F(column).desc(nulls_last=True) if sort[:1] == "-" else F(column).asc(nulls_last=True)
        rows = rows.order_by(order, "pk")
    else:
        rows = rows.order_by("pk")
    context = {
        "said": [one for one in _told(review) if one["severity"] != "note"][:SAID],
        "review": review, "tab": "stock", "page": Paginator(rows, ROWS_PER_PAGE).get_page(request.GET.get("page")),
        "words": request.GET.get("q", ""), "show": show, "sort": sort, "totals": totals,
        "filters": [("", "All", counts[""])] + [(key, label, counts[key]) for key, label in SHOWN.items()],
        "columns": [(name, label, "-" + name if sort == name else name) for name, label in COLUMNS.items()],
        "texts": ["item", "site", "stock_class", "reorder_at"], "form": PolicyForm(initial=_entered(review)),
        "may_plan": request.user.may("planner", None), "may_review": request.user.may("planner", ""),  # type: ignore[union-attr]
        "running": Job.objects.filter(kind="stock", state__in=[Job.State.WAITING, Job.State.RUNNING]).first(),
    }  # fmt: skip
    with timezone.override(zone_of(request)):
        part = request.headers.get("HX-Target") == "policies"
        return render(request, "planning/stock_table.html" if part else "planning/stock.html", context)


@require("viewer")
def export_stock(request: HttpRequest) -> HttpResponse:
    """Send the policies of the sites in sight as a workbook."""
    review = StockReview.objects.first()
    if review is None:
        raise Http404("Stock has not been reviewed yet: start a review on the page of stock.")
    names = [field.name for field in StockPolicy._meta.get_fields() if field.name not in {"id", "review"}]
    sheets = {"stock": to_frame(_found(request, review).order_by("pk"), names)}
    return send_sheets(sheets, "stock.xlsx", zone_of(request).key)


@require("planner")
@require_POST
def review_stock(request: HttpRequest) -> HttpResponse:
    """Review stock in the background."""
    if not request.user.may("planner", ""):  # type: ignore[union-attr]
        raise PermissionDenied("A review covers all sites: it needs the role planner for all sites.")
    form = PolicyForm(request.POST) if "fill_a" in request.POST else PolicyForm(_entered(StockReview.objects.first()))
    if not form.is_valid():
        for name, errors in form.errors.items():
            messages.error(request, f"{form.fields[name].label}: {' '.join(map(str, errors))}")
        return redirect("stock")
    running, is_new = enqueue_once("stock", form.terms(), request.user)
    if not is_new:
        messages.info(request, "A review is under way already.")
    return lead_to_job(request, running, "stock")


@require("planner")
@require_POST
def accept_policies(request: Any) -> HttpResponse:
    """Take the proposed safety stock of the chosen items over into the data; the next plan keeps it."""
    chosen = StockPolicy.objects.filter(pk__in=[key for key in request.POST.getlist("policy") if key.isdigit()])
    allowed = sites_of(request.user, "planner")
    taken, known = 0, set(Item.objects.filter(code__in=chosen.values("item")).values_list("code", flat=True))
    with transaction.atomic():
        for policy in chosen:
            if allowed is not None and policy.site not in allowed:
                raise PermissionDenied(f"You may not plan at site {policy.site}.")
            if policy.item not in known:
                messages.error(request, f"Item {policy.item} is not in the data any more: review stock anew.")
                continue
            # Whole units above ten: nobody counts to the third decimal.
            units = round(policy.safety) if policy.safety >= 10 else round(policy.safety, 2)
            Stock.objects.update_or_create(
                item_id=policy.item, site_id=policy.site, defaults={"safety_stock": units}, create_defaults={
                    "quantity": policy.stock, "safety_stock": units,
                },
            )  # fmt: skip
            policy.safety_now = units
            policy.save(update_fields=["safety_now"])
            taken += 1
    if taken:
        messages.success(request, f"Safety stock of {taken:,} items is as proposed; the next plan keeps it.")
    else:
        messages.info(request, "Nothing was chosen.")
    return redirect("stock")
