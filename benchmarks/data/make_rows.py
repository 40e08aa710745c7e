"""A million rows over twelve tables, by plain arithmetic: the same on every machine."""

from __future__ import annotations

from datetime import UTC, datetime, time

import polars as pl

from drumbeat.data.schema import schemas

NUM_SITES = 4
NUM_ITEMS = 30_000
NUM_MADE = 20_000
NUM_RESOURCES = 500
NUM_ORDERS = 70_000
NUM_TASKS = 280_000
NUM_EVENTS = 250_000
NUM_ROWS = 1_000_000
START = datetime(2026, 1, 5, tzinfo=UTC)


def make_rows() -> dict[str, pl.DataFrame]:
    """Make a plant of 1,000,000 rows that breaks no rule; frames by table, in the types of the schema."""
    frames = _make_plant() | _make_items() | _make_work()
    missing = NUM_ROWS - sum(frame.height for frame in frames.values())
    frames["production_report"] = _make_reports(missing)
    known = schemas()
    return {
        name: frame.select(pl.col(column).cast(known[name].dtypes[column]) for column in frame.columns)
        for name, frame in frames.items()
    }


def _count(num_rows: int) -> pl.DataFrame:
    return pl.select(n=pl.int_range(num_rows))


def _code(prefix: str, number: pl.Expr) -> pl.Expr:
    return pl.format(f"{prefix}-{{}}", number.cast(pl.String).str.zfill(6))


def _at(seconds: pl.Expr) -> pl.Expr:
    return pl.lit(START) + pl.duration(seconds=seconds)


N = pl.col("n")


def _make_plant() -> dict[str, pl.DataFrame]:
    days = ["mon", "tue", "wed", "thu", "fri"]
    shifts = [("EARLY", day, time(6), time(14)) for day in days] + [("LATE", day, time(14), time(22)) for day in days]
    return {
        "site": _count(NUM_SITES).select(code=_code("SITE", N), name=pl.format("Plant {}", N)),
        "calendar": pl.DataFrame({"code": ["EARLY", "LATE"]}),
        "calendar_shift": pl.DataFrame(shifts, schema=["calendar", "weekday", "start", "end"], orient="row"),
        "resource": _count(NUM_RESOURCES).select(
            code=_code("MACHINE", N),
            name=pl.format("Machine, no. {}", N),
            site=_code("SITE", N % NUM_SITES),
            capability=pl.format("skill {}", N // NUM_SITES % 10),
            calendar=pl.when(N % 2 == 0).then(pl.lit("EARLY")).otherwise(pl.lit("LATE")),
            cost_per_hour=N % 90 + 10,
        ),
    }


def _make_items() -> dict[str, pl.DataFrame]:
    made = _count(NUM_MADE)
    return {
        "item": _count(NUM_ITEMS).select(
            code=_code("ITEM", N),
            name=pl.format("Part {} of the range", N),
            kind=pl.when(N < NUM_MADE).then(pl.lit("make")).otherwise(pl.lit("buy")),
            cost=N % 1000 / 8,
            lead_time_days=N % 30 + 0.5,
        ),
        "bill_line": _count(90_000).select(
            item=_code("ITEM", N % NUM_MADE),
            component=_code("ITEM", NUM_MADE + (N * 7 + N // NUM_MADE) % (NUM_ITEMS - NUM_MADE)),
            position=N // NUM_MADE * 10 + 10,
            quantity_per=N % 7 + 0.25,
        ),
        "routing": made.select(code=_code("ROUTE", N), item=_code("ITEM", N), site=_code("SITE", N % NUM_SITES)),
        "operation": _count(4 * NUM_MADE).select(
            code=_code("STEP", N),
            routing=_code("ROUTE", N // 4),
            sequence=N % 4 * 10 + 10,
            capability=pl.format("skill {}", N % 10),
            setup_minutes=N % 30,
            run_minutes=N % 17 / 10,
        ),
    }


def _make_work() -> dict[str, pl.DataFrame]:
    orders = _count(NUM_ORDERS)
    return {
        "order": orders.select(
            code=_code("ORDER", N),
            site=_code("SITE", N % NUM_MADE % NUM_SITES),
            item=_code("ITEM", N % NUM_MADE),
            routing=_code("ROUTE", N % NUM_MADE),
            quantity=N % 50 + 1,
            due_at=_at(N * 60),
        ),
        "task": _count(NUM_TASKS).select(
            code=_code("TASK", N),
            order=_code("ORDER", N // 4),
            operation=_code("STEP", N // 4 % NUM_MADE * 4 + N % 4),
            sequence=N % 4 * 10 + 10,
            quantity=N // 4 % 50 + 1,
        ),
        "machine_event": _count(NUM_EVENTS).select(
            code=_code("EVENT", N),
            resource=_code("MACHINE", N % NUM_RESOURCES),
            state=pl.when(N % 9 == 0).then(pl.lit("down")).otherwise(pl.lit("run")),
            starts_at=_at(N // NUM_RESOURCES * 3600),
            ends_at=_at(N // NUM_RESOURCES * 3600 + N % 3600),
            reason=pl.when(N % 9 == 0).then(pl.format("jam, belt {}", N % 40)).otherwise(pl.lit("")),
        ),
    }


def _make_reports(num_rows: int) -> pl.DataFrame:
    return _count(num_rows).select(
        code=_code("REPORT", N),
        resource=_code("MACHINE", N % NUM_RESOURCES),
        order=_code("ORDER", N % NUM_ORDERS),
        item=_code("ITEM", N % NUM_ORDERS % NUM_MADE),
        starts_at=_at(N // NUM_RESOURCES * 7200),
        ends_at=_at(N // NUM_RESOURCES * 7200 + N % 7200),
        good=N % 60,
        scrap=N % 3,
    )
