"""What is known of the future of some items: promotions, prices that are decided, holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from drumbeat.demand.models import Holiday, Promotion, SalesPrice

MOST_SHOWN = 12


@dataclass(frozen=True)
class Known:
    """Something known ahead: what it is ("promotion", "price", "holiday"), its name, days, place and size.

    `ends_on` is None for what goes on; `size` is an uplift or a price, None for holidays.
    """

    kind: str
    name: str
    starts_on: date
    ends_on: date | None
    place: str
    size: float | None


def list_known(items: list[str], sites: list[str], first: date, end: date) -> list[Known]:
    """List what touches some items at some sites from a day until before another, the earliest first.

    At most `MOST_SHOWN` of each kind: more would say nothing of one forecast.
    """
    promotions = _inside(Promotion.objects.filter(item__in=items), sites, first, end)
    prices = SalesPrice.objects.filter(Q(site=None) | Q(site__in=sites), item__in=items, starts_on__gte=first)
    holidays = _inside(Holiday.objects.all(), sites, first, end)
    found = [
        Known("promotion", row.name or row.code, row.starts_on, row.ends_on, _tell(row, items), row.uplift)
        for row in promotions.order_by("starts_on", "code")[:MOST_SHOWN]
    ]
    found += [
        Known("price", "", row.starts_on, None, _tell(row, items), float(row.price))
        for row in prices.filter(starts_on__lt=end).order_by("starts_on", "code")[:MOST_SHOWN]
    ]
    found += [
        Known("holiday", row.name or row.code, row.starts_on, row.ends_on, row.site_id or "", None)
        for row in holidays.order_by("starts_on", "code")[:MOST_SHOWN]
    ]
    return sorted(found, key=lambda one: (one.starts_on, one.kind, one.name))


def _inside(rows: QuerySet[Any], sites: list[str], first: date, end: date) -> QuerySet[Any]:
    """Rows at the sites, or at all, whose days overlap those from `first` until before `end`."""
    return rows.filter(Q(site=None) | Q(site__in=sites), starts_on__lt=end, ends_on__gte=first)


def _tell(row: Any, items: list[str]) -> str:
    """Item, where several are shown, and site, where it is one."""
    return " at ".join(part for part in (row.item_id if len(items) > 1 else "", row.site_id or "") if part)
