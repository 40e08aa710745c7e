"""Forecasts that are kept, judged once the demand is known, and planned."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.actions import make_forecast, save_forecast
from drumbeat.demand.add_forecast import add_forecast
from drumbeat.demand.models import StoredForecast, StoredSeries
from drumbeat.demand.read_forecast import read_current
from drumbeat.demand.score_forecasts import score_forecasts
from tests.demand.make_market import AS_OF, edit, edits, make_market

EARLY = datetime(2026, 2, 27, tzinfo=UTC)
LATER = datetime(2026, 5, 2, tzinfo=UTC)


@pytest.mark.django_db
def test_a_kept_forecast_has_all_that_its_judge_needs() -> None:
    run = make_forecast(make_market(), horizon=3)
    stored = save_forecast(run, AS_OF)
    assert StoredSeries.objects.filter(forecast=stored).count() == 8
    row = StoredSeries.objects.get(forecast=stored, item="PUMP", site="NORTH")
    assert row.mean == pytest.approx(run.result.mean[run.series["item"].to_list().index("PUMP")], rel=1e-6)
    assert (len(row.naive), len(row.spread), len(stored.starts)) == (3, 3, 4)
    # A unit of 60 kept for a month at a quarter a year; a unit missed is worth 40.
    assert (row.over_cost, row.under_cost) == (pytest.approx(60 * 0.25 / 12), 40.0)
    assert sum(row.weights.values()) == pytest.approx(1, abs=1e-3)
    current = read_current()
    assert current is not None
    assert current.edited.mean.sum() == pytest.approx(run.edited.mean.sum(), rel=1e-6)


@pytest.mark.django_db
def test_each_step_is_judged_by_the_last_forecast_before_the_period() -> None:
    told = edits(
        edit("GOOD", made_at=EARLY, item="PUMP", site="NORTH", kind="absolute", amount=500.0),
        edit("BAD", made_at=EARLY, item="SEAL", author="ben", reason="hope", amount=100.0),
        edit("TOO-LATE", item="SEAL", amount=100.0, made_at=datetime(2026, 3, 20, tzinfo=UTC)),
        edit("AHEAD", item="SEAL", starts_on=date(2026, 5, 1), ends_on=date(2026, 5, 31)),
    )
    before = make_market(forecast_edit=told, as_of=datetime(2026, 3, 1, tzinfo=UTC))
    save_forecast(make_forecast(before, horizon=3), AS_OF)
    rows = [
        {"item": item, "site": site, "period_start": date(2026, month, 1),
         "quantity": 500.0 if item == "PUMP" and site == "NORTH" and month == 3 else 100.0}
        for item in ("PUMP", "PUMP-XL", "OIL", "SEAL") for site in ("NORTH", "SOUTH") for month in (3, 4)
    ]  # fmt: skip
    after = make_market(
        as_of=LATER, forecast_edit=told,
        demand_history=pl.concat([before["demand_history"].drop("was_short"), pl.DataFrame(rows)]),
    )  # fmt: skip
    found = score_forecasts(after)
    assert found.num_periods == 2
    assert found.steps["step"].to_list() == ["naive", "statistical", "edited"]
    assert found.steps["demand"][0] == pytest.approx(16 * 100 + 400)
    saved = dict(found.edits.select("code", "saved_cost").iter_rows())
    assert set(saved) == {"GOOD", "BAD"}
    assert saved["GOOD"] > 0 > saved["BAD"]
    assert found.steps["saved_cost"][2] == pytest.approx(sum(saved.values()))
    assert dict(found.people.select("author", "helped").iter_rows()) == {"ben": 0.0, "anna": 1.0}
    assert dict(found.reasons.select("reason", "edits").iter_rows()) == {"hope": 1, "tender": 1}


@pytest.mark.django_db
def test_nothing_kept_gives_nothing_judged() -> None:
    found = score_forecasts(make_market())
    assert found.num_periods == 0
    assert found.edits.is_empty()
    assert not StoredForecast.objects.exists()


def test_planning_nets_what_orders_leave_of_the_forecast() -> None:
    from drumbeat.planning.actions import make_plan

    lines = pl.DataFrame(
        [
            {"code": "SO1", "kind": "order", "item": "PUMP", "site": "NORTH", "quantity": 60.0, "state": "open",
             "due_at": datetime(2026, 3, 20, tzinfo=UTC)},
            {"code": "HAND", "kind": "forecast", "item": "PUMP", "site": "NORTH", "quantity": 999.0, "state": "open",
             "due_at": datetime(2026, 3, 20, tzinfo=UTC)},
        ]
    )  # fmt: skip
    snapshot = make_market(demand_line=lines)
    run = make_forecast(snapshot, horizon=2)
    whole = add_forecast(snapshot, run)
    wanted = whole["demand_line"]
    assert "HAND" not in wanted["code"].to_list()
    pump = wanted.filter((pl.col("item") == "PUMP") & (pl.col("site") == "NORTH"))
    expected = run.rows.filter((pl.col("item") == "PUMP") & (pl.col("site") == "NORTH"))["quantity"].sum()
    # Sixty of the forecast are ordered already: they are not wanted twice.
    assert pump["quantity"].sum() == pytest.approx(expected)
    plan = make_plan(whole)
    assert (
        plan.orders.filter(pl.col("item") == "PUMP")["quantity"].sum()
        >= run.rows.filter(pl.col("item") == "PUMP")["quantity"].sum() - 1e-6
    )


def test_a_year_without_demand_one_point_and_returns_are_told() -> None:
    def rows(item: str, quantities: list[float]) -> pl.DataFrame:
        first = 50 - len(quantities)
        starts = [date(2022 + n // 12, n % 12 + 1, 1) for n in range(first, 50)]
        return pl.DataFrame(
            {"item": item, "site": "NORTH", "period_start": starts, "quantity": quantities},
            schema_overrides={"quantity": pl.Float64},
        )

    history = pl.concat([rows("PUMP", [50.0] * 20 + [0.0] * 13), rows("SEAL", [7.0]), rows("OIL", [9.0] * 12 + [-4.0])])
    run = make_forecast(make_market(demand_history=history), horizon=2)
    said = " ".join(str(finding) for finding in run.findings)
    assert "nothing was wanted for a year" in said
    assert "three periods say little" in said
    assert "what came back is no demand" in said
    quantity = {row["item"]: row["quantity"] for row in run.rows.iter_rows(named=True)}
    assert quantity["SEAL"] == 7
    assert 0 <= quantity["PUMP"] < 20


def test_without_a_holding_rate_the_assumption_is_told() -> None:
    market = make_market()
    bare = Snapshot.of({**market.frames, "holding_rate": market["holding_rate"].clear()}, AS_OF)
    run = make_forecast(bare, horizon=1)
    told = [finding for finding in run.findings if finding.place == "holding_rate"]
    assert len(told) == 1
    assert "20%" in told[0].rule
    assert run.series["over_cost"][0] == pytest.approx(60 * 0.2 / 12)
    assert not [finding for finding in make_forecast(market, horizon=1).findings if finding.place == "holding_rate"]


def test_stock_outs_are_filled_and_prices_move_demand() -> None:
    rows = [{"item": "PUMP", "site": "NORTH", "period_start": date(2022 + n // 12, n % 12 + 1, 1),
             "quantity": 10.0 if n == 40 else 200.0 if n % 4 == 0 else 100.0, "was_short": n == 40}
            for n in range(50)]  # fmt: skip
    steps = [{"code": f"P{n}", "item": "PUMP", "site": None, "price": 5.0 if n % 4 == 0 else 10.0,
              "starts_on": date(2022 + n // 12, n % 12 + 1, 1)} for n in range(53)]  # fmt: skip
    prices = pl.DataFrame(steps, schema_overrides={"site": pl.String})
    run = make_forecast(make_market(demand_history=pl.DataFrame(rows), sales_price=prices), horizon=3)
    assert run.series["cleaned"][0] == 1
    # Half the price in May 2026 (the fifty-third month): twice the demand.
    assert run.rows["quantity"].to_list() == pytest.approx([100, 100, 200], rel=0.12)
