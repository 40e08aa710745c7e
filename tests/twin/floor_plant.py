"""A small plant by hand: one assembly of two turned rings, a saw that both share, two operators, one supplier."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import polars as pl

from drumbeat.data.snapshot import Snapshot

NOW = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday, midnight."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def frame(columns: tuple[str, ...], *rows: tuple[object, ...]) -> pl.DataFrame:
    """Make a frame of rows."""
    return pl.DataFrame(list(rows), schema=list(columns), orient="row", infer_schema_length=None)


def make_frames() -> dict[str, pl.DataFrame]:
    """Frames of the plant; tests change some of them."""
    demands = [
        (
            f"D{i}",
            "UNIT",
            "P",
            10.0,
            NOW - timedelta(days=7 * (26 - i)),
            NOW - timedelta(days=7 * (26 - i)),
            "delivered",
        )
        for i in range(26)
    ]
    return {
        "site": frame(("code", "time_zone"), ("P", "UTC")),
        "line": frame(("code", "site"), ("L", "P")),
        "calendar": frame(("code",), ("DAY",)),
        "calendar_shift": frame(
            ("calendar", "weekday", "start", "end"), *(("DAY", day, time(6), time(14)) for day in WEEKDAYS)
        ),
        "resource": frame(
            ("code", "site", "line", "kind", "calendar", "capacity"),
            ("SAW", "P", "L", "machine", "DAY", 1),
            ("BENCH", "P", "L", "machine", None, 2),
        ),
        "item": frame(
            ("code", "kind", "price", "lot_minimum"),
            ("UNIT", "make", 100.0, 0.0),
            ("RING", "make", 0.0, 40.0),
            ("BAR", "buy", 0.0, 0.0),
        ),
        "routing": frame(("code", "item", "site"), ("R-UNIT", "UNIT", "P"), ("R-RING", "RING", "P")),
        "operation": frame(
            ("code", "routing", "sequence", "run_minutes", "setup_minutes", "operation_yield"),
            ("R-UNIT/10", "R-UNIT", 10, 12.0, 0.0, 1.0),
            ("R-RING/10", "R-RING", 10, 3.0, 15.0, 0.98),
        ),
        "operation_resource": frame(("operation", "resource"), ("R-UNIT/10", "BENCH"), ("R-RING/10", "SAW")),
        "bill_line": frame(("item", "component", "quantity_per"), ("UNIT", "RING", 2.0), ("RING", "BAR", 0.5)),
        "supplier": frame(("code",), ("STEEL",)),
        "supply_term": frame(
            ("supplier", "item", "site", "lead_time_days", "lead_time_spread_days"), ("STEEL", "BAR", "P", 10.0, 2.0)
        ),
        "stock": frame(("item", "site", "quantity"), ("BAR", "P", 60.0), ("RING", "P", 50.0)),
        "skill": frame(("code",), ("FIT",)),
        "crew": frame(("code", "site", "calendar"), ("C", "P", "DAY")),
        "person": frame(("code", "site", "crew"), ("ANN", "P", "C"), ("BOB", "P", "C")),
        "person_skill": frame(("person", "skill"), ("ANN", "FIT"), ("BOB", "FIT")),
        "crew_need": frame(("operation", "skill", "num_people"), ("R-RING/10", "FIT", 1)),
        "demand_line": frame(("code", "item", "site", "quantity", "due_at", "delivered_at", "state"), *demands),
    }


def make_snapshot(**changed: pl.DataFrame) -> Snapshot:
    """Make the plant, with some frames changed."""
    return Snapshot.of({**make_frames(), **changed}, NOW)
