"""Problems for strategy's tests: empty but for what a test puts in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from drumbeat.kpis.engine.build_figures import WEEK, Window
from drumbeat.shopfloor.engine.measure_oee import TIMES, UNITS
from drumbeat.strategy.engine.problem import HourValue, Problem

NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")
HOUR = 3_600_000_000
TEXT, REAL, WHOLE = pl.String(), pl.Float64(), pl.Int64()

COLUMNS: dict[str, dict[str, Any]] = {
    "machines": dict.fromkeys(("resource", "site", "line", "capability", "name"), TEXT) | {"capacity": pl.Int64},
    "facts": {
        "resource": TEXT, "line": TEXT, "site": TEXT, "period": MOMENT,
        **dict.fromkeys((*TIMES, *UNITS, "num_events", "num_reports", "week"), WHOLE),
    },
    "loads": {
        "order": TEXT, "item": TEXT, "site": TEXT, "operation": TEXT, "due_at": MOMENT, "hours": REAL,
    },
    "machine_loads": {"resource": TEXT, "due_at": MOMENT, "hours": REAL, "parts": WHOLE},
    "open_ahead": {"resource": TEXT, "starts_at": MOMENT, "ends_at": MOMENT},
    "alternatives": {"operation": TEXT, "item": TEXT, "site": TEXT, "resource": TEXT},
    "skill_needs": {"operation": TEXT, "site": TEXT, "skill": TEXT, "num_people": WHOLE, "minimum_level": WHOLE},
    "holders": {
        "person": TEXT, "site": TEXT, "crew": TEXT, "skill": TEXT, "level": WHOLE, "certified_until": pl.Date(),
    },
    "person_open": {"person": TEXT, "starts_at": MOMENT, "ends_at": MOMENT},
    "terms": {
        "supplier": TEXT, "item": TEXT, "site": TEXT, "spread_days": REAL, "price": REAL, "lead_time_days": REAL,
    },
    "purchases": {
        "code": TEXT, "supplier": TEXT, "item": TEXT, "site": TEXT, "quantity": REAL, "price": REAL,
        "ordered_at": MOMENT, "due_at": MOMENT, "received_at": MOMENT,
    },
    "exposure": {
        "item": TEXT, "site": TEXT, "products": pl.List(pl.Struct({"product": TEXT, "share": REAL})), "share": REAL,
    },
    "cares": {
        "code": TEXT, "resource": TEXT, "site": TEXT, "line": TEXT, "due_at": MOMENT, "ends_at": MOMENT,
        "crew_hours": REAL, "state": TEXT,
    },
    "setups": {
        "resource": TEXT, "family": TEXT, "week": WHOLE, "setup_hours": REAL, "run_hours": REAL, "setups": WHOLE,
    },
    "costs": {
        "code": TEXT, "site": TEXT, "cost_centre": TEXT, "period_start": pl.Date(), "week_at": MOMENT, "account": TEXT,
        "hours": REAL, "amount": REAL, "currency": TEXT,
    },
    "escapes": {
        "code": TEXT, "site": TEXT, "item": TEXT, "cause": TEXT, "found_at": MOMENT, "quantity": REAL, "cost": REAL,
    },
    "threats": {"kind": TEXT, "subject": TEXT, "loss": REAL, "late_hours": REAL},
}  # fmt: skip


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A frame of the problem; columns that rows leave out are null (0 in facts)."""
    columns = COLUMNS[name]
    full = [{column: row.get(column) for column in columns} for row in rows]
    made = pl.DataFrame(full, schema=columns)
    return made.with_columns(pl.col(pl.Int64).fill_null(0)) if name == "facts" else made


def problem(values: dict[str, HourValue] | None = None, **frames: list[dict[str, Any]]) -> Problem:
    """A problem with these rows and no others."""
    window = Window(tuple(NOW - WEEK * (52 - w) for w in range(53)), 39)
    empty: dict[str, Any] = {name: frame(name, []) for name in COLUMNS}
    made = Problem(now=NOW, window=window, absence_share={}, values=values or {}, **empty)
    return replace(made, **{name: frame(name, rows) for name, rows in frames.items()})


def ago(weeks: float = 0, days: float = 0, hours: float = 0) -> datetime:
    """A moment before now."""
    return NOW - timedelta(weeks=weeks, days=days, hours=hours)


def machine_weeks(resource: str = "M1", weeks: int = 13, site: str = "N", **hours: float) -> list[dict[str, Any]]:
    """Facts of a machine for the last weeks, given in hours a week."""
    times = {name: round(amount * HOUR) for name, amount in hours.items()}
    return [{"resource": resource, "site": site, "week": 52 - w, **times} for w in range(weeks, 0, -1)]
