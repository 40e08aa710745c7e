"""A small market: four items at two sites, months of demand, families, prices and rates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl

from drumbeat.data.snapshot import Snapshot

AS_OF = datetime(2026, 3, 4, tzinfo=UTC)
ITEMS = {"PUMP": ("pc", "PUMPS"), "PUMP-XL": ("pc", "PUMPS"), "OIL": ("l", "FLUIDS"), "SEAL": ("pc", "")}
SITES = ("NORTH", "SOUTH")


def month_of(number: int) -> date:
    """First day of the month so many months after January 2022."""
    return date(2022 + number // 12, number % 12 + 1, 1)


def make_market(as_of: datetime = AS_OF, months: int = 50, **frames: pl.DataFrame) -> Snapshot:
    """Make the market; `months` from January 2022 on, 50 = to February 2026."""
    rows = [
        {"item": item, "site": site, "period_start": month_of(number),
         "quantity": float(100 * (1 + place) + 20 * ((number * 7 + place) % 5) + 10 * (site == "SOUTH"))}
        for place, item in enumerate(ITEMS)
        for site in SITES
        for number in range(months)
    ]  # fmt: skip
    told = {
        "company": pl.DataFrame([{"code": "C", "as_of": as_of}]),
        "site": pl.DataFrame([{"code": site} for site in SITES]),
        "item": pl.DataFrame(
            [{"code": item, "unit": unit, "cost": 60.0, "price": 100.0} for item, (unit, _) in ITEMS.items()]
        ),
        "item_family": pl.DataFrame(
            [{"item": item, "family": family} for item, (_, family) in ITEMS.items() if family]
        ),
        "holding_rate": pl.DataFrame([{"site": site, "rate": 0.25, "source": "controlling"} for site in SITES]),
        "demand_history": pl.DataFrame(rows),
        **frames,
    }
    return Snapshot.of(told, as_of)


def edit(code: str, **values: object) -> dict[str, object]:
    """Make a row of forecast_edit: ten percent more of everything in March 2026, unless told otherwise."""
    row: dict[str, object] = {
        "code": code, "item": None, "family": "", "site": None, "customer": None, "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 31), "kind": "percent", "amount": 10.0, "unit": "", "reason": "tender",
        "author": "anna", "made_at": datetime(2026, 3, 1, 8, tzinfo=UTC), "withdrawn_at": None,
    }  # fmt: skip
    return row | values


def edits(*rows: dict[str, object]) -> pl.DataFrame:
    """Make a frame of edits."""
    names = ("item", "site", "customer")
    moments = {"withdrawn_at": pl.Datetime("us", "UTC")}
    return pl.DataFrame(list(rows), schema_overrides=dict.fromkeys(names, pl.String) | moments)
