"""Material and capacity at once: hand-computed plants, the published ones, and what must hold for any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from benchmarks.planning.read_synthetic import read_synthetic
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.plan_finitely import plan_finitely
from drumbeat.scheduling.promise import promise
from tests.planning.small_company import AS_OF, company, demand, on

MACHINE = {
    "resource": [{"code": "PRESS", "site": "NORTH"}],
    "routing": [{"code": "PUMP", "item": "PUMP", "site": "NORTH"}],
    "operation": [{"code": "PUMP/1", "routing": "PUMP", "sequence": 1, "run_minutes": 60.0}],
    "operation_resource": [{"operation": "PUMP/1", "resource": "PRESS"}],
}
"""One press that is always open; a pump takes an hour."""


def pumps(*demands, **more):
    return company(**{"item": [{"code": "PUMP"}], **MACHINE, "demand_line": list(demands), **more})


def hours(plan, code):
    row = plan.deliveries.filter(pl.col("demand") == code).row(0, named=True)
    return (row["delivered_at"] - AS_OF) / timedelta(hours=1)


def test_two_orders_share_one_press():
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 1), demand("B", "PUMP", 10, 1.5)))
    assert (hours(plan, "A"), hours(plan, "B")) == (10, 20)
    assert plan.num_late == 0


def test_who_cannot_be_on_time_lets_the_others_go_first():
    """A needs 30 h and has 24: it waits for B and C, which both make it."""
    plan = plan_finitely(pumps(demand("A", "PUMP", 30, 1), demand("B", "PUMP", 20, 1.1), demand("C", "PUMP", 20, 2)))
    assert (hours(plan, "B"), hours(plan, "C"), hours(plan, "A")) == (20, 40, 70)
    assert plan.num_late == 1


def test_but_not_for_ever():
    """B is due five weeks after A: that is more than A need be patient."""
    plan = plan_finitely(pumps(demand("A", "PUMP", 30, 1), demand("B", "PUMP", 20, 36)))
    assert (hours(plan, "A"), hours(plan, "B")) == (30, 50)


def ranked(**more):
    return pumps(
        demand("LOW", "PUMP", 20, 1),
        demand("HIGH", "PUMP", 30, 3, priority=9.0),
        demand("TOO", "PUMP", 90, 3, priority=9.0),
        **more,
    )


FIRST = {"company": [{"code": "ACME", "is_importance_first": True}]}


def test_the_more_important_goes_first_where_that_is_chosen():
    """By due date LOW takes the press for 20 h; by importance HIGH does, then TOO, late as it is, and LOW is left."""
    for usual in (plan_finitely(ranked()), plan_finitely(ranked(**FIRST), importance_first=False)):
        assert [hours(usual, code) for code in ("LOW", "HIGH", "TOO")] == [20, 50, 140]
    for chosen in (plan_finitely(ranked(**FIRST)), plan_finitely(ranked(), importance_first=True)):
        assert [hours(chosen, code) for code in ("HIGH", "TOO", "LOW")] == [30, 120, 140]


def test_a_promise_keeps_to_importance_first_and_comes_last_all_the_same():
    asked = promise(ranked(**FIRST), "PUMP", "NORTH", 10, on(1))
    assert asked.delivered_at == AS_OF + timedelta(hours=150)
    assert [hours(asked.plan, code) for code in ("HIGH", "TOO", "LOW")] == [30, 120, 140]


def test_material_that_must_be_bought_comes_after_its_lead_time_and_no_earlier_than_needed():
    parts = {
        "item": [{"code": "PUMP"}, {"code": "CAST", "kind": "buy"}],
        "bill_line": [{"item": "PUMP", "component": "CAST", "quantity_per": 1.0}],
        "supplier": [{"code": "FOUNDRY"}],
        "supply_term": [{"supplier": "FOUNDRY", "item": "CAST", "site": "NORTH", "lead_time_days": 3.0}],
    }
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 10), demand("B", "PUMP", 10, 20), **parts))
    # Both could be made from the third day on; nothing is ordered before it must be.
    assert (hours(plan, "A"), hours(plan, "B")) == (82, 92)
    assert plan.purchases["order_at"].to_list() == [AS_OF, AS_OF + timedelta(hours=10)]
    assert plan.purchases["arrives_at"].to_list() == [on(3), on(3) + timedelta(hours=10)]


FENCED = {
    "item": [{"code": "PUMP", "lead_time_days": 1.0}, {"code": "CAST", "kind": "buy", "frozen_days": 7.0}],
    "bill_line": [{"item": "PUMP", "component": "CAST", "quantity_per": 1.0}],
    "supplier": [{"code": "FOUNDRY"}],
    "supply_term": [{"supplier": "FOUNDRY", "item": "CAST", "site": "NORTH", "lead_time_days": 2.0}],
}
"""A pump takes a cast, which takes two days to buy; none arrives within a week."""


def test_no_purchase_arrives_within_the_frozen_fence():
    """The pump is wanted on day 3: its cast is there on day 7, ordered on day 5. A cast alone comes then, too."""
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 3), demand("B", "CAST", 1, 4), **FENCED))
    assert (hours(plan, "A"), hours(plan, "B")) == (7 * 24 + 10, 7 * 24)
    assert plan.purchases.select("order_at", "arrives_at").rows() == [(on(5), on(7)), (on(5), on(7))]
    assert promise(pumps(**FENCED), "PUMP", "NORTH", 10, on(3)).delivered_at == on(7) + timedelta(hours=10)


@pytest.mark.parametrize(("fence", "first"), [(0, 10), (1, 24), (5, 5 * 24)])
def test_nothing_is_ready_within_the_frozen_fence(fence, first):
    """A pump takes a day by its own lead time but 10 hours on the press: it is ready when the fence ends."""
    plan = plan_finitely(pumps(demand("A", "PUMP", 10, 9), item=[FENCED["item"][0] | {"frozen_days": float(fence)}]))
    assert hours(plan, "A") == first


def test_stock_delivers_at_once():
    plan = plan_finitely(pumps(demand("A", "PUMP", 4, 1), stock=[{"item": "PUMP", "site": "NORTH", "quantity": 4.0}]))
    assert hours(plan, "A") == 0
    assert plan.deliveries["reason"].to_list() == [""]


def test_a_late_demand_says_what_it_waited_for():
    plan = plan_finitely(pumps(demand("A", "PUMP", 20, 1), demand("B", "PUMP", 20, 1)))
    late = plan.deliveries.filter(pl.col("late_seconds") > 0).row(0, named=True)
    assert "PRESS" in late["reason"]


def test_nothing_wanted_is_an_empty_plan():
    plan = plan_finitely(pumps())
    assert plan.deliveries.is_empty()
    assert plan.num_late == 0


def test_a_promise_takes_the_first_gap_and_moves_nobody():
    plant = pumps(demand("A", "PUMP", 10, 1), demand("B", "PUMP", 10, 1.5))
    answer = promise(plant, "PUMP", "NORTH", 5, on(1))
    assert (answer.delivered_at - AS_OF) / timedelta(hours=1) == 25
    assert "PRESS" in answer.reason
    assert (hours(answer.plan, "A"), hours(answer.plan, "B")) == (10, 20)


def test_a_promise_is_not_mistaken_for_a_demand_of_the_same_code_nor_stopped_by_one_without_a_date():
    never = datetime(9999, 12, 31, 23, tzinfo=UTC)
    wants = [demand("A", "PUMP", 20, 1), demand("C", "PUMP", 20, 1) | {"due_at": never}]
    plain, same = pumps(*wants), pumps(*wants, demand("NEW-ORDER", "PUMP", 20, 1))
    assert promise(plain, "PUMP", "NORTH", 10, on(1)).delivered_at == on(2) + timedelta(hours=2)
    found = promise(same, "PUMP", "NORTH", 10, on(1))
    assert found.plan.deliveries.filter(demand="NEW-ORDER+")["delivered_at"].to_list() == [found.delivered_at]
    assert found.delivered_at > promise(plain, "PUMP", "NORTH", 10, on(1)).delivered_at


def test_a_promise_takes_only_the_stock_that_others_leave():
    plant = pumps(demand("A", "PUMP", 4, 5), stock=[{"item": "PUMP", "site": "NORTH", "quantity": 6.0}])
    assert promise(plant, "PUMP", "NORTH", 2, on(1)).delivered_at == AS_OF
    assert promise(plant, "PUMP", "NORTH", 3, on(1)).delivered_at == AS_OF + timedelta(hours=1)


@pytest.mark.parametrize(
    ("item", "site", "quantity"), [("PAMP", "NORTH", 1), ("PUMP", "SOUTH", 1), ("PUMP", "NORTH", 0)]
)
def test_promises_of_what_is_not_there_are_refused(item, site, quantity):
    with pytest.raises(InputError):
        promise(pumps(), item, site, quantity, on(1))


@given(
    wanted=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 6)), min_size=1, max_size=8),
    stock=st.integers(0, 20),
)
@settings(max_examples=25, deadline=None)
def test_any_plan_breaks_no_rule_and_delivers_everything(wanted, stock):
    lines = [demand(f"D{i}", "PUMP", float(quantity), days) for i, (quantity, days) in enumerate(wanted)]
    plan = plan_finitely(pumps(*lines, stock=[{"item": "PUMP", "site": "NORTH", "quantity": float(stock)}]))
    assert not check_schedule(plan.schedule.problem, plan.schedule.result.schedule)
    assert plan.deliveries["delivered_at"].null_count() == 0
    # One press: nobody can do better than all the work that stock does not cover.
    work = max(sum(quantity for quantity, _ in wanted) - stock, 0)
    assert max(hours(plan, f"D{i}") for i in range(len(wanted))) == pytest.approx(work, abs=1e-6)


@pytest.mark.parametrize(("name", "most_late"), [("p100_d1000_m10", 140), ("p500_d5000_m40", 1063)])
def test_published_plants_have_fewer_late_demands_than_other_planners(shared_data, name, most_late):
    plan = plan_finitely(read_synthetic(shared_data / f"planning/synthetic/{name}.json"))
    assert plan.num_late <= most_late
    assert not check_schedule(plan.schedule.problem, plan.schedule.result.schedule)
