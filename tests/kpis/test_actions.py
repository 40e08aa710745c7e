"""The scorecard of a small plant, by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.kpis.actions import measure_scorecard
from drumbeat.kpis.engine.result import format_value

AS_OF = datetime(2026, 3, 2, 5, tzinfo=UTC)
MOMENT = pl.Datetime("us", "UTC")


def weeks_ago(weeks: float, hours: float = 0) -> datetime:
    return AS_OF - timedelta(weeks=weeks) + timedelta(hours=hours)


def snapshot(**frames: list[dict[str, Any]]) -> Snapshot:
    base: dict[str, list[dict[str, Any]]] = {
        "site": [{"code": "N"}, {"code": "S", "currency": "USD"}],
        "line": [{"code": "L1", "site": "N"}],
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [
            {"calendar": "DAY", "weekday": day, "start": time(6), "end": time(16)} for day in ("mon", "tue", "wed")
        ],
        "resource": [
            {"code": "M1", "site": "N", "line": "L1", "calendar": "DAY", "kind": "machine"},
            {"code": "M2", "site": "S", "calendar": "DAY", "kind": "machine"},
            {"code": "ANNA", "site": "N", "kind": "person"},
        ],
        "item": [{"code": "I"}],
        "routing": [{"code": "R", "item": "I", "site": "N"}],
        "operation": [
            {"code": "R/10", "routing": "R", "sequence": 10, "run_minutes": 1.0},
            {"code": "R/20", "routing": "R", "sequence": 20, "run_minutes": 1.0},
        ],
    }
    rows = base | frames
    return Snapshot.of({name: pl.DataFrame(data, infer_schema_length=None) for name, data in rows.items()}, AS_OF)


def week_of_work(weeks: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """M1 runs 24 of 30 h each week, makes 1,000 good, 100 scrap, 100 rework of 1 minute in step 10; 20 h ideal."""
    events, reports = [], []
    for week in range(1, weeks + 1):
        for day, hours in ((0, 10), (1, 10), (2, 4)):
            start = weeks_ago(week, 24 * day + 1)
            code = f"{week}-{day}"
            events.append(
                {
                    "code": code,
                    "resource": "M1",
                    "state": "run",
                    "starts_at": start,
                    "ends_at": start + timedelta(hours=hours),
                }
            )
        common = {"resource": "M1", "item": "I", "starts_at": weeks_ago(week, 1), "ends_at": weeks_ago(week, 11)}
        reports.append(
            {"code": f"{week}a", "operation": "R/10", "good": 1000.0, "scrap": 100.0, "rework": 100.0, **common}
        )
        reports.append({"code": f"{week}b", "operation": "R/20", "good": 90.0, "scrap": 10.0, "rework": 0.0, **common})
    return events, reports


def test_nothing_recorded_says_so_and_shows_no_zero() -> None:
    scorecard = measure_scorecard(Snapshot.of({}, AS_OF))
    assert {figure.text for figure in scorecard.figures} == {"not enough data"}
    assert {figure.value for figure in scorecard.figures} == {None}
    assert {figure.trend.verdict for figure in scorecard.figures} == {"not enough data"}
    assert {"oee", "on_time", "first_pass_yield", "schedule_variance", "maintenance_compliance", "overtime_share"} <= {
        figure.key for figure in scorecard.figures
    }
    assert json.loads(json.dumps(scorecard.as_json()))["figures"][0]["value"] is None


def test_oee_and_yields_of_a_machine() -> None:
    events, reports = week_of_work(30)
    scorecard = measure_scorecard(snapshot(machine_event=events, production_report=reports))
    oee = scorecard.figure("oee", "N")
    # 30 h a week are open; 1,000 + 90 good units of a minute.
    assert oee.value == pytest.approx(1090 / 60 / 30)
    assert oee.n == 13
    assert (oee.low, oee.high) == pytest.approx((oee.value, oee.value))
    assert oee.trend.verdict == "noise"
    assert len(oee.series) == 29  # the week in which records begin is left out
    assert dict(oee.parts)["unreported"] == pytest.approx(6 * 13)
    assert oee.num_evidence == 39
    assert scorecard.figure("oee", "L1").value == oee.value
    assert scorecard.figure("oee").value == oee.value
    assert scorecard.figure("availability", "N").value == pytest.approx(24 / 30)
    assert scorecard.figure("performance", "N").value == pytest.approx(1300 / 60 / 24)
    assert scorecard.figure("quality", "N").value == pytest.approx(1090 / 1300)
    assert scorecard.figure("first_pass_yield", "N").value == pytest.approx(1090 / 1300)
    assert scorecard.figure("rolled_yield", "N").value == pytest.approx(1000 / 1200 * 0.9)
    with pytest.raises(KeyError):
        scorecard.figure("oee", "S")


def test_site_without_reports_has_availability_but_no_oee() -> None:
    events = [{"code": "E", "resource": "M2", "state": "run", "starts_at": weeks_ago(1, 1), "ends_at": weeks_ago(1, 7)}]
    scorecard = measure_scorecard(snapshot(machine_event=events))
    assert scorecard.figure("availability", "S").value == pytest.approx(0.2)
    assert scorecard.figure("oee").text == "not enough data"
    assert any("run time" in finding for finding in scorecard.findings)


def test_deliveries_count_when_due_and_open_overdue_ones_are_late() -> None:
    line = {"kind": "order", "item": "I", "site": "N", "quantity": 1.0}
    done = {"state": "delivered", **line}
    lines = [{"code": f"OK{i}", "due_at": weeks_ago(2), "delivered_at": weeks_ago(2, -1), **done} for i in range(7)] + [
        {"code": "LATE", "due_at": weeks_ago(2), "delivered_at": weeks_ago(2, 24), **done},
        {"code": "OPEN", "due_at": weeks_ago(1), "delivered_at": None, "state": "open", **line},
        {"code": "AHEAD", "due_at": weeks_ago(-1), "delivered_at": None, "state": "open", **line},
        {"code": "OLD", "due_at": weeks_ago(14), "delivered_at": weeks_ago(10), **done},
        {"code": "UNDATED", "due_at": weeks_ago(2), "delivered_at": None, **done},
        {"code": "GONE", "due_at": weeks_ago(2), "delivered_at": None, "state": "cancelled", **line},
        {"code": "GUESS", "due_at": weeks_ago(2), "delivered_at": None, "state": "open", **line, "kind": "forecast"},
    ]
    figure = measure_scorecard(snapshot(demand_line=lines)).figure("on_time", "N")
    assert (figure.value, figure.n) == (pytest.approx(7 / 9), 9)
    # Wilson's 95 % interval of 7 of 9, by its formula.
    assert (figure.low, figure.high) == pytest.approx((0.4526, 0.9368), abs=5e-4)
    assert figure.evidence == ("OPEN", "LATE")
    assert figure.trend.verdict == "not enough data"


def test_orders_end_against_their_due_date_and_a_schedule_adds_the_future() -> None:
    orders = [
        {"code": "A", "site": "N", "item": "I", "state": "done", "due_at": weeks_ago(2)},
        {"code": "B", "site": "N", "item": "I", "state": "done", "due_at": weeks_ago(2)},
        {"code": "C", "site": "N", "item": "I", "state": "firm", "due_at": weeks_ago(-1)},
        {"code": "D", "site": "N", "item": "I", "state": "firm", "due_at": weeks_ago(-1)},
    ]
    tasks = [
        {"code": "A1", "order": "A", "sequence": 1, "ends_at": weeks_ago(2, 12), "state": "done"},
        {"code": "A2", "order": "A", "sequence": 2, "ends_at": weeks_ago(2, 48), "state": "done"},
    ]
    reports = [
        {
            "code": "B1",
            "order": "B",
            "resource": "M1",
            "starts_at": weeks_ago(2, -30),
            "ends_at": weeks_ago(2, -24),
            "good": 1.0,
        }
    ]
    data = snapshot(order=orders, task=tasks, production_report=reports)
    figure = measure_scorecard(data).figure("schedule_variance", "N")
    assert (figure.value, figure.n, figure.evidence) == (pytest.approx(0.5), 2, ("A", "B"))
    with pytest.raises(KeyError):
        measure_scorecard(data).figure("planned_on_time")
    planned = pl.DataFrame(
        {"order": ["C", "D"], "ends_at": [weeks_ago(-0.5), weeks_ago(-2)]},
        schema={"order": pl.String, "ends_at": MOMENT},
    )
    ahead = measure_scorecard(data, SimpleNamespace(orders=planned)).figure("planned_on_time", "N")
    assert (ahead.value, ahead.evidence) == (0.5, ("D",))


def test_maintenance_counts_with_its_grace() -> None:
    plan = [{"code": "P", "resource": "M1", "interval_days": 100.0, "duration_minutes": 60.0}]
    due = {"kind": "preventive", "resource": "M1", "plan": "P", "crew_hours": 2.0}
    cares = [
        {"code": "IN-GRACE", "due_at": weeks_ago(4), "ends_at": weeks_ago(4, 24 * 9), "state": "done", **due},
        {"code": "TOO-LATE", "due_at": weeks_ago(4), "ends_at": weeks_ago(4, 24 * 11), "state": "done", **due},
        {"code": "DEFERRED", "due_at": weeks_ago(4), "ends_at": None, "state": "deferred", **due},
        {"code": "STILL-TIME", "due_at": weeks_ago(1), "ends_at": None, "state": "open", **due},
        {"code": "REPAIR", "due_at": weeks_ago(4), "ends_at": None, "state": "open", **due, "kind": "corrective"},
    ]
    data = snapshot(maintenance_plan=plan, maintenance_order=cares)
    figure = measure_scorecard(data).figure("maintenance_compliance", "N")
    assert (figure.value, figure.n) == (pytest.approx(1 / 3), 3)
    assert figure.evidence == ("DEFERRED", "TOO-LATE")


def test_overtime_and_cost_by_cost_centre_site_and_enterprise() -> None:
    centres = [{"code": "CN", "site": "N"}, {"code": "CS", "site": "S"}]
    actual, budget = [], []
    for week in range(1, 5):
        day = date(2026, 3, 2) - timedelta(weeks=week)
        for centre, overtime in (("CN", 10.0), ("CS", 30.0)):
            for account, hours, amount in (
                ("labour", 100.0, 3000),
                ("overtime", overtime, 500),
                ("revenue", None, 9999),
            ):
                row = {"cost_centre": centre, "period_start": day, "account": account, "hours": hours, "amount": amount}
                actual.append(row)
                budget.append({**row, "amount": 2500})
    today = {"cost_centre": "CN", "period_start": date(2026, 3, 2), "account": "labour", "hours": 1.0, "amount": 1}
    scorecard = measure_scorecard(snapshot(cost_centre=centres, actual=[*actual, today], budget_line=budget))
    assert scorecard.figure("overtime_share").value == pytest.approx(40 / 200)
    assert scorecard.figure("overtime_share", "N").value == pytest.approx(0.1)
    assert scorecard.figure("overtime_share", "CS").value == pytest.approx(0.3)
    assert scorecard.figure("cost_to_budget", "CN").value == pytest.approx(3500 / 5000)
    # EUR and USD don't add up.
    with pytest.raises(KeyError):
        scorecard.figure("cost_to_budget")


def test_figures_are_those_of_shuffled_rows() -> None:
    events, reports = week_of_work(12)
    plain = measure_scorecard(snapshot(machine_event=events, production_report=reports))
    turned = measure_scorecard(snapshot(machine_event=events[::-1], production_report=reports[::-1]))
    assert turned == plain


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(0.1234, "share", "12.3 %"), (-0.75, "d", "-0.8 d"), (12345.6, "EUR", "12,346 EUR"), (3.0, "", "3.0")],
)
def test_values_are_written_with_their_unit(value: float, unit: str, text: str) -> None:
    assert format_value(value, unit) == text
