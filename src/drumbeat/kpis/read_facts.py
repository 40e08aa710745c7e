"""Read the stored rows behind a figure of the scorecard: of a place, between two moments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce

from drumbeat.demand.models import DemandLine
from drumbeat.finance.models import Actual
from drumbeat.kpis.engine.result import Level
from drumbeat.maintenance.models import MaintenanceOrder
from drumbeat.orders.models import Order, Task
from drumbeat.plant.models import Site
from drumbeat.shopfloor.models import MachineEvent, ProductionReport

NOON = timedelta(hours=12)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Facts:
    """Which rows are behind a figure.

    Parameters
    ----------
    title
        What they are, for people.
    rows
        All of them between two moments.
    columns
        Columns that are shown.
    site, line
        Lookups that lead to the row's site and line; the first that is not empty counts. "" = it has none.
    """

    title: str
    rows: Callable[[datetime, datetime], QuerySet[Any]]
    columns: tuple[str, ...]
    site: tuple[str, ...]
    line: str = ""


def _events(start: datetime, end: datetime) -> QuerySet[Any]:
    touches = Q(ends_at__isnull=True) | Q(ends_at__gt=start)
    return MachineEvent.objects.filter(touches, resource__kind="machine", starts_at__lt=end).order_by("starts_at", "pk")


def _reports(start: datetime, end: datetime) -> QuerySet[Any]:
    made = Q(good__gt=0) | Q(scrap__gt=0) | Q(rework__gt=0)
    return ProductionReport.objects.filter(made, ends_at__gte=start, ends_at__lt=end).order_by("ends_at", "pk")


def _steps(start: datetime, end: datetime) -> QuerySet[Any]:
    has_item = Q(item__isnull=False) | Q(operation__routing__item__isnull=False)
    return _reports(start, end).filter(has_item, operation__isnull=False)


def _lines(start: datetime, end: datetime) -> QuerySet[Any]:
    undated = Q(state="delivered", delivered_at__isnull=True)
    rows = DemandLine.objects.filter(kind="order", due_at__gte=start, due_at__lt=end)
    return rows.exclude(state="cancelled").exclude(undated).order_by("due_at", "pk")


def _orders(start: datetime, end: datetime) -> QuerySet[Any]:
    """Orders that ended: by their last task, else by their last report."""
    reports = dict(
        ProductionReport.objects.filter(order__isnull=False, ends_at__gte=start)
        .values_list("order")
        .annotate(last=Max("ends_at"))
    )
    tasks = dict(Task.objects.filter(ends_at__isnull=False).values_list("order").annotate(last=Max("ends_at")))
    ended = {code: tasks.get(code) or reports.get(code) for code in {*tasks, *reports}}
    codes = [code for code, moment in ended.items() if moment is not None and start <= moment < end]
    return Order.objects.filter(pk__in=codes, state="done", due_at__isnull=False).order_by("due_at", "pk")


def _cares(start: datetime, end: datetime) -> QuerySet[Any]:
    rows = MaintenanceOrder.objects.filter(kind="preventive", due_at__gte=start, due_at__lt=end)
    return rows.exclude(state="cancelled").order_by("due_at", "pk")


def _booked(start: datetime, end: datetime) -> QuerySet[Any]:
    """A row belongs to the moment in the middle of its first day."""
    # The day whose noon is the first one at or after the start, and the last one before the end.
    first = (start + NOON - MOMENT).date()
    last = (end - NOON - MOMENT).date()
    return Actual.objects.filter(period_start__gte=first, period_start__lte=last).order_by("period_start", "pk")


def _hours(start: datetime, end: datetime) -> QuerySet[Any]:
    return _booked(start, end).filter(account__in=["labour", "overtime"], hours__isnull=False)


def _costs(start: datetime, end: datetime) -> QuerySet[Any]:
    return _booked(start, end).exclude(account="revenue")


_MACHINE = Facts(
    "Machine events", _events, ("code", "resource", "state", "starts_at", "ends_at", "reason"),
    ("resource__site",), "resource__line",
)  # fmt: skip
_MADE = ("code", "resource", "operation", "item", "ends_at", "good", "scrap", "rework")
_AT_REPORT = ("resource__site", "operation__routing__site")
FACTS: dict[str, Facts] = {
    "oee": _MACHINE,
    "availability": _MACHINE,
    "performance": Facts("Production reports", _reports, _MADE, _AT_REPORT, "resource__line"),
    "quality": Facts("Production reports", _reports, _MADE, _AT_REPORT, "resource__line"),
    "first_pass_yield": Facts("Production reports", _reports, _MADE, _AT_REPORT, "resource__line"),
    "rolled_yield": Facts("Production reports", _steps, _MADE, _AT_REPORT, "resource__line"),
    "on_time": Facts(
        "Demand lines due", _lines, ("code", "customer", "item", "quantity", "due_at", "delivered_at", "state"),
        ("site",),
    ),
    "schedule_variance": Facts(
        "Orders that ended", _orders, ("code", "item", "quantity", "due_at", "state"), ("site",)
    ),
    "maintenance_compliance": Facts(
        "Preventive maintenance due", _cares, ("code", "resource", "due_at", "ends_at", "crew_hours", "state"),
        ("resource__site",), "resource__line",
    ),
    "overtime_share": Facts(
        "Hours booked", _hours, ("cost_centre", "period_start", "account", "hours", "amount"), ("cost_centre__site",)
    ),
    "cost_to_budget": Facts(
        "Costs booked", _costs, ("cost_centre", "period_start", "account", "amount"), ("cost_centre__site",)
    ),
}  # fmt: skip
"""By key of a figure: the rows that it is measured from."""


def read_facts(key: str, level: Level, scope: str, start: datetime, end: datetime) -> QuerySet[Any] | None:
    """Return the rows behind a figure.

    Parameters
    ----------
    key, level, scope
        Of the figure.
    start, end
        Moments: rows from `start` to before `end`.

    Returns
    -------
    The rows in time; None for a figure that no stored rows are behind (one of a schedule, for example).
    """
    facts = FACTS.get(key)
    if facts is None:
        return None
    rows = facts.rows(start, end)
    if level == "line":
        return rows.filter(**{facts.line: scope}) if facts.line else rows.none()
    if level == "cost centre":
        return rows.filter(cost_centre=scope)
    if level == "enterprise":
        return rows
    place = Coalesce(*[F(path) for path in facts.site]) if len(facts.site) > 1 else F(facts.site[0])
    sites = [scope] if level == "site" else list(Site.objects.filter(region=scope).values_list("pk", flat=True))
    return rows.alias(at_site=place).filter(at_site__in=sites)
