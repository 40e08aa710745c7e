"""From rows of past demand to a forecast that planners can read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.actions import make_forecast
from drumbeat.demand.compile_history import compile_history

AS_OF = datetime(2026, 3, 4, tzinfo=UTC)  # a Wednesday


def weeks(quantities, item="PUMP", site="NORTH", last=date(2026, 2, 23)):
    """Rows of weeks that end with the one that begins at `last`."""
    size = len(quantities)
    return pl.DataFrame(
        {
            "item": [item] * size,
            "site": [site] * size,
            "period_start": [last - timedelta(weeks=size - 1 - i) for i in range(size)],
            "quantity": [float(value) for value in quantities],
        }
    )


def plant(history, **frames):
    return Snapshot.of({"demand_history": history, **frames}, AS_OF)


def order(code, due_at, quantity, kind="order"):
    return {
        "code": code, "kind": kind, "item": "PUMP", "site": "NORTH", "quantity": float(quantity), "due_at": due_at,
        "state": "open",
    }  # fmt: skip


def test_weeks_without_rows_count_as_nothing_and_the_running_week_not_at_all():
    rows = pl.concat([weeks([10, 20, 30]), weeks([99], last=date(2026, 3, 2)), weeks([5], last=date(2026, 1, 19))])
    compiled = compile_history(plant(rows), 2)
    assert compiled.period == "week"
    assert compiled.history.values.tolist() == [5, 0, 0, 10, 20, 30]
    assert compiled.starts == [date(2026, 3, 2), date(2026, 3, 9)]


def test_rows_that_come_twice_add_up_and_do_not_shorten_the_period():
    rows = weeks([10, 20, 30])
    compiled = compile_history(plant(pl.concat([rows, rows])), 1)
    assert compiled.period == "week"
    assert compiled.history.values.tolist() == [20, 40, 60]


def test_months_are_told_from_weeks():
    rows = pl.DataFrame(
        {
            "item": ["PUMP"] * 4, "site": ["NORTH"] * 4, "quantity": [1.0, 2, 3, 4],
            "period_start": [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)],
        }
    )  # fmt: skip
    compiled = compile_history(plant(rows), 2)
    assert (compiled.period, compiled.starts) == ("month", [date(2026, 3, 1), date(2026, 4, 1)])


def test_orders_eat_the_forecast_and_the_band_holds_the_mean():
    lines = pl.DataFrame([order("SO1", datetime(2026, 3, 11, tzinfo=UTC), 130)])
    run = make_forecast(plant(weeks([100, 101, 99, 100] * 10), demand_line=lines), horizon=3)
    assert run.rows["period_start"].to_list() == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    assert run.rows["ordered"].to_list() == [0, 130, 0]
    # 130 eat the second week's hundred, then thirty of the first.
    assert run.rows["left"].to_list() == pytest.approx([70, 0, 100], abs=3)
    assert (run.rows["low"] <= run.rows["quantity"]).all()
    assert (run.rows["high"] >= run.rows["quantity"]).all()


def test_a_forecast_that_stands_for_an_order_eats_nothing():
    lines = pl.DataFrame([order("F1", datetime(2026, 3, 11, tzinfo=UTC), 130, kind="forecast")])
    run = make_forecast(plant(weeks([100] * 40), demand_line=lines), horizon=3)
    assert run.rows["ordered"].sum() == 0


def test_a_promotion_that_sales_announces_counts_as_told_where_there_was_none_before():
    promotions = pl.DataFrame(
        [{"code": "SPRING", "item": "PUMP", "site": None, "starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 15),
          "uplift": 1.5}],
        schema_overrides={"site": pl.String},
    )  # fmt: skip
    run = make_forecast(plant(weeks([100] * 40), promotion=promotions), horizon=3)
    assert run.rows["quantity"].to_list() == pytest.approx([100, 150, 100], rel=0.01)


def test_the_cost_of_error_is_what_is_held_and_what_is_missed():
    items = pl.DataFrame([{"code": "PUMP", "cost": 60.0, "price": 100.0}])
    run = make_forecast(plant(weeks([50, 150] * 20), item=items), horizon=4)
    row = run.series.row(0, named=True)
    assert row["error"] == pytest.approx(50, rel=0.2)
    over, under = (row["error"] + row["bias"]) / 2, (row["error"] - row["bias"]) / 2
    assert row["error_cost"] == pytest.approx(over * 60 * 0.2 / 52 + under * 40, rel=1e-6)


def test_a_mistyped_week_is_told():
    run = make_forecast(plant(weeks([100, 104, 98, 102] * 8 + [9000, 101, 99])), horizon=2)
    assert run.series["cleaned"].to_list() == [1]
    assert "PUMP @ NORTH" in str(next(iter(run.findings)).value)
    assert run.rows["quantity"][0] < 130


def test_without_history_it_says_what_to_load():
    run = make_forecast(Snapshot.of({}, AS_OF), horizon=4)
    assert run.rows.is_empty()
    assert "demand_history" in str(next(iter(run.findings)).remedy)
    assert run.as_document()["series"] == []
