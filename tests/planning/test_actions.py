"""Making, describing and keeping plans."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from drumbeat.planning.actions import PlanRun, make_plan, save_plan
from drumbeat.planning.engine.check import check
from drumbeat.planning.models import ActionMessage, Plan, PlannedOrder
from tests.demo_company import demo_company
from tests.planning.small_company import company, demand, on


@pytest.fixture
def late_run() -> PlanRun:
    """A plan with a shortage, an expedited and a cancelled purchase order."""
    purchase = {"site": "NORTH", "supplier": "S", "quantity": 10.0}
    return make_plan(
        company(
            item=[{"code": "LENS"}, {"code": "GLASS", "kind": "buy"}],
            supplier=[{"code": "S"}],
            supply_term=[{"supplier": "S", "item": "GLASS", "site": "NORTH", "lead_time_days": 30.0}],
            routing=[{"code": "R", "item": "LENS", "site": "NORTH"}],
            bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 1.0}],
            purchase_order=[
                {**purchase, "code": "P1", "item": "GLASS", "due_at": on(20)},
                {**purchase, "code": "P2", "item": "LENS", "due_at": on(2)},
            ],
            demand_line=[demand("D1", "LENS", 10, 1), demand("D2", "LENS", 10, 10), demand("D3", "LENS", 5, 12)],
        )
    )


def test_late_demands_say_why(late_run: PlanRun) -> None:
    causes = dict(late_run.demands.select("demand", "cause").iter_rows())
    assert causes == {
        "D1": "Waits for P2 (LENS @ NORTH), promised for 2026-03-04 00:00",
        "D2": "Waits for P1 (GLASS @ NORTH), promised for 2026-03-22 00:00",
        "D3": "Too late to buy 5 GLASS @ NORTH: it takes 30.0 days, from 2026-02-12 00:00",
    }
    assert late_run.demands["late_seconds"].to_list() == [86_400, 10 * 86_400, 18 * 86_400]


def test_actions_come_shortages_first(late_run: PlanRun) -> None:
    assert list(late_run.actions.select("kind", "subject").iter_rows()) == [
        ("short", "D1"),
        ("short", "D2"),
        ("short", "D3"),
        ("expedite", "P2"),
        ("expedite", "P1"),
        ("new", "B-000001"),
    ]
    reasons = late_run.actions.filter(kind="expedite")["reason"].to_list()
    assert reasons == ["It is needed 1.0 days earlier", "It is needed 10.0 days earlier"]


def test_tables_have_the_columns_that_others_rely_on(late_run: PlanRun) -> None:
    assert late_run.orders.columns == [
        "code", "method", "item", "site", "source", "quantity", "start_at", "due_at", "demand", "priority", "ready_at",
    ]  # fmt: skip
    assert late_run.actions.columns == ["kind", "subject", "item", "site", "from_at", "to_at", "quantity", "reason"]
    assert late_run.demands.columns == [
        "demand", "item", "site", "quantity", "due_at", "ready_at", "late_seconds", "is_late", "cause",
    ]  # fmt: skip
    assert late_run.orders["start_at"].dtype == pl.Datetime("us", "UTC")


def test_purchases_are_due_when_they_can_arrive(late_run: PlanRun) -> None:
    bought = late_run.orders.filter(method="buy").row(0, named=True)
    assert (bought["start_at"], bought["due_at"]) == (on(0), on(30))


@pytest.mark.django_db
def test_a_plan_is_kept_as_it_was_made(late_run: PlanRun) -> None:
    plan = save_plan(late_run, datetime(2026, 3, 2, 6, tzinfo=UTC))
    assert Plan.objects.get().summary["late"] == 3
    assert plan.version == late_run.version
    stored = PlannedOrder.objects.filter(plan=plan).order_by("code").values_list("code", "quantity", "demand")
    assert list(stored) == [("B-000001", 5.0, "D3"), ("M-000001", 10.0, "D2"), ("M-000002", 5.0, "D3")]
    assert ActionMessage.objects.filter(plan=plan, kind="short").count() == 3


@pytest.mark.django_db
def test_never_is_kept_as_no_moment() -> None:
    term = {"supplier": "S", "item": "A", "site": "NORTH", "valid_to": on(-9).date()}
    run = make_plan(
        company(
            item=[{"code": "A", "kind": "buy"}],
            supplier=[{"code": "S"}],
            supply_term=[term],
            demand_line=[demand("D", "A", 1, 5)],
        )
    )
    save_plan(run, datetime(2026, 3, 2, 6, tzinfo=UTC))
    message = ActionMessage.objects.get(kind="short")
    assert message.to_at is None
    assert message.reason == "Nothing makes, buys or moves A @ NORTH"


def test_the_demo_company_has_a_plan_that_holds() -> None:
    run = make_plan(demo_company())
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    assert run.demands.height > 0
    assert run.orders["code"].is_unique().all()


def test_the_same_data_give_the_same_plan_whatever_the_order_of_rows() -> None:
    plant = demo_company()
    mixed = type(plant).of({name: frame.reverse() for name, frame in plant.frames.items()}, plant.as_of)
    first, second = make_plan(plant), make_plan(mixed)
    assert first.orders.equals(second.orders)
    assert first.actions.equals(second.actions)
