"""What is known of the future of some items: promotions, prices that are decided, holidays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

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
    # Sifted here: a site's items may be more than a query takes.
    asked, places = set(items), {None, *sites}
    promotions = [row for row in _inside(Promotion, first, end) if row.item_id in asked and row.site_id in places]
    decided: Any = SalesPrice.objects.filter(starts_on__gte=first, starts_on__lt=end).order_by("starts_on", "code")
    prices = [row for row in decided if row.item_id in asked and row.site_id in places]
    holidays = [row for row in _inside(Holiday, first, end) if row.site_id in places]
    found = [
        Known("promotion", row.name or row.code, row.starts_on, row.ends_on, _tell(row, items), row.uplift)
        for row in promotions[:MOST_SHOWN]
    ]
    found += [
        Known("price", "", row.starts_on, None, _tell(row, items), float(row.price)) for row in prices[:MOST_SHOWN]
    ]
    found += [
        Known("holiday", row.name or row.code, row.starts_on, row.ends_on, row.site_id or "", None)
        for row in holidays[:MOST_SHOWN]
    ]
    return sorted(found, key=lambda one: (one.starts_on, one.kind, one.name))


def _inside(model: Any, first: date, end: date) -> Any:
    """Rows whose days overlap those from `first` until before `end`, the earliest first."""
    return model.objects.filter(starts_on__lt=end, ends_on__gte=first).order_by("starts_on", "code")


def _tell(row: Any, items: list[str]) -> str:
    """Item, where several are shown, and site, where it is one."""
    return " at ".join(part for part in (row.item_id if len(set(items)) > 1 else "", row.site_id or "") if part)
