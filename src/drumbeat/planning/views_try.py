"""Try a change on the material plan as a page: what becomes of the demands and orders, at once; nothing is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from drumbeat.accounts.permissions import check_role, require, sites_of
from drumbeat.basics.findings import InputError
from drumbeat.data.change import Change
from drumbeat.data.keep_snapshot import read_kept
from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.models import DemandLine
from drumbeat.planning.changes import AddDemand, ChangeDemand
from drumbeat.planning.compare_plans import narrow_counts
from drumbeat.planning.try_changes import Trial, TriedPlan, begin_trials, try_changes
from drumbeat.planning.views import zone_of
from drumbeat.plant.models import Site
from drumbeat.sourcing.changes import MovePurchase
from drumbeat.sourcing.models import PurchaseOrder

SHOWN = 50
"""Demands and planned orders that the page lists of each kind."""
KEPT_PLANS = 2
KEPT_SECONDS = 600
"""How long "now" stands still for trials where the company states no moment, so that a plan is kept at hand."""
KINDS = {"order": "A new order", "demand": "An order that changes", "purchase": "A purchase that moves"}
_planning = Lock()
_plans: dict[tuple[str, datetime], TriedPlan] = {}


class DayField(forms.DateField):
    """A day, chosen from a calendar."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)
        self.validators += [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2200, 1, 1))]
        self.widget.input_type = "date"


class OrderForm(forms.Form):
    """A new order of a customer."""

    item = forms.CharField(max_length=120)
    site = forms.ChoiceField(label="Site that delivers")
    quantity = forms.FloatField(min_value=1e-6, max_value=1e12)
    due = DayField(label="Wanted by")

    def __init__(self, sites: list[str], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field: Any = self.fields["site"]
        field.choices = [(one, one) for one in sites]


class DemandForm(forms.Form):
    """An order of a customer that changes; what is empty stays."""

    demand = forms.CharField(max_length=120)
    quantity = forms.FloatField(
        min_value=0, max_value=1e12, required=False, help_text="0 = cancelled, empty = as it is"
    )
    due = DayField(label="Wanted by", required=False, help_text="empty = as it is")


class PurchaseForm(forms.Form):
    """A purchase that comes at another time."""

    purchase = forms.CharField(label="Purchase order", max_length=120)
    due = DayField(label="Comes on")


def make_form(kind: str, sites: list[str], data: Any, initial: dict[str, Any]) -> forms.Form:
    """Make the form of a kind of change."""
    if kind == "order":
        return OrderForm(sites, data, initial=initial)
    return (DemandForm if kind == "demand" else PurchaseForm)(data, initial=initial)


def find_plan(snapshot: Snapshot) -> TriedPlan:
    """Return the plan of data as they are; the last few are kept at hand."""
    key = (snapshot.find_once("version", lambda data: data.version), snapshot.as_of)
    with _planning:
        found = _plans.pop(key, None) or begin_trials(snapshot)
        _plans[key] = found
        while len(_plans) > KEPT_PLANS:
            del _plans[next(iter(_plans))]
        return found


def read_data() -> Snapshot:
    """Read the data as they are; plans of the same data in the same few minutes are the same plan."""
    now = timezone.now()
    return read_kept(now - timedelta(seconds=now.timestamp() % KEPT_SECONDS))


def zone_at(site: str) -> ZoneInfo:
    """Return the time zone of a site."""
    return ZoneInfo(Site.objects.filter(code=site).values_list("time_zone", flat=True).first() or "UTC")


def end_of_day(day: Any, site: str) -> datetime:
    """Return the last minute of a day at a site."""
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=zone_at(site))


def read_change(kind: str, asked: dict[str, Any]) -> tuple[Change, str, str]:
    """Make a change of what a form asks for: the change, its site, and the demand that it is about, "" for none."""
    if kind == "order":
        wanted = end_of_day(asked["due"], asked["site"])
        change = AddDemand(asked["item"], asked["site"], asked["quantity"], wanted)
        return change, asked["site"], change.demand
    if kind == "demand":
        site = DemandLine.objects.filter(code=asked["demand"]).values_list("site", flat=True).first() or ""
        due = end_of_day(asked["due"], site) if asked["due"] else None
        return ChangeDemand(asked["demand"], asked["quantity"], due), site, asked["demand"]
    site = PurchaseOrder.objects.filter(code=asked["purchase"]).values_list("site", flat=True).first() or ""
    return MovePurchase(asked["purchase"], end_of_day(asked["due"], site)), site, ""


def tell_trial(trial: Trial, demand: str, sites: set[str] | None) -> dict[str, Any]:
    """Tell what a trial did, of these sites (None = all), at most `SHOWN` rows of each kind."""
    told = trial.compare()
    told |= narrow_counts(told, sites)
    told["sees_all"] = sites is None
    for name in ("on_time_now", "late_now", "moved"):
        rows = [row for row in told[name] if sites is None or row["site"] in sites]
        told[name], told[f"{name}_more"] = rows[:SHOWN], max(len(rows) - SHOWN, 0)
    for name, frame in zip(("orders_new", "orders_gone"), trial.compare_orders(), strict=True):
        seen = frame if sites is None else frame.filter(pl.col("site").is_in(sorted(sites)))
        told[name], told[f"{name}_more"] = seen.head(SHOWN).to_dicts(), max(seen.height - SHOWN, 0)
    mine = trial.after.demands.filter(pl.col("demand") == demand)
    told["mine"] = mine.row(0, named=True) if mine.height else None
    told["num_planned"], told["num_materials"] = trial.after.plan.num_replanned, trial.after.problem.num_buffers
    told["milliseconds"] = trial.seconds * 1000
    return told


@require("planner")
@require_GET
def try_change(request: HttpRequest) -> HttpResponse:
    """Ask for a change, and show what it does to the plan; nothing is changed."""
    kind = request.GET.get("kind", "order")
    kind = kind if kind in KINDS else "order"
    is_asked = "try" in request.GET
    data, initial = request.GET if is_asked else None, _find_initial(kind, request)
    form = make_form(kind, list_sites(request.user, "planner"), data, initial)
    context: dict[str, Any] = {"tab": "try", "kind": kind, "kinds": KINDS.items(), "form": form}
    if is_asked and form.is_valid():
        change, site, demand = read_change(kind, form.cleaned_data)
        # What nobody knows is refused below, with what to do; nobody learns of other sites from it.
        check_role(request.user, "planner", site or None)
        try:
            trial = try_changes(find_plan(read_data()), [change])
            context["trial"] = tell_trial(trial, demand, sites_of(request.user))  # type: ignore[arg-type]
            context["change"] = change.to_json()  # type: ignore[attr-defined]
            context["site"] = site
        except InputError as error:
            form.add_error(None, [f"{one.value}: {one.rule}. {one.remedy}." for one in list(error.findings)[:5]])
    # The day that was asked for is a day at that site.
    with timezone.override(zone_at(context["site"]) if context.get("site") else zone_of(request)):
        part = request.headers.get("HX-Target") == "trial"
        return render(request, "planning/try_panel.html" if part else "planning/try.html", context)


def list_sites(user: Any, role: str) -> list[str]:
    """List the sites at which the user has a role."""
    sites = sites_of(user, role)
    codes = Site.objects.order_by("code").values_list("code", flat=True)
    return [code for code in codes if sites is None or code in sites]


def _find_initial(kind: str, request: HttpRequest) -> dict[str, Any]:
    """Fill in what the address names: a demand with its quantity and day."""
    values: dict[str, Any] = {name: request.GET[name] for name in request.GET}
    if kind == "demand" and "demand" in values:
        sites = sites_of(request.user)  # type: ignore[arg-type]
        line = DemandLine.objects.filter(code=values["demand"]).values("site", "quantity", "due_at").first()
        if line is not None and (sites is None or line["site"] in sites):
            values = {"quantity": line["quantity"], "due": line["due_at"].date(), **values}
    return values
