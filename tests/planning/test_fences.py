"""Fences and frozen orders: what is near stays as it is; hand-computed cases."""

from __future__ import annotations

from typing import Any

import pytest

from drumbeat.planning.actions import PlanRun, make_plan
from drumbeat.planning.engine.check import check
from tests.planning.small_company import company, demand, on


def plan(*wants: dict[str, Any], item: dict[str, Any] | None = None, **tables: Any) -> PlanRun:
    """Plan GLASS, bought within 2 days; the judge looks at it."""
    glass = {"code": "GLASS", "kind": "buy", "lead_time_days": 2.0} | (item or {})
    run = make_plan(company(item=[glass], supplier=[{"code": "S"}], demand_line=list(wants), **tables))
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return run


def purchase(code: str, units: float, day: float, **more: Any) -> dict[str, Any]:
    return {"code": code, "item": "GLASS", "site": "NORTH", "supplier": "S", "quantity": units, "due_at": on(day),
            **more}  # fmt: skip


def orders(run: PlanRun) -> list[tuple[float, Any, Any]]:
    return run.orders.select("quantity", "start_at", "due_at").rows()


def test_no_planned_order_arrives_within_the_frozen_fence() -> None:
    """Wanted on day 3, there on day 7 when the fence ends: started on day 5. On day 9 nothing is in its way."""
    wants = (demand("D", "GLASS", 4, 3), demand("E", "GLASS", 5, 9))
    assert orders(plan(*wants)) == [(4.0, on(1), on(3)), (5.0, on(7), on(9))]
    run = plan(*wants, item={"frozen_days": 7.0})
    assert orders(run) == [(4.0, on(5), on(7)), (5.0, on(7), on(9))]
    assert run.demands.select("demand", "is_late", "ready_at").rows() == [("D", True, on(7)), ("E", False, on(9))]
    assert run.demands["cause"][0] == (
        "Too late to buy 4 GLASS @ NORTH: from 2026-03-07 on (frozen fence, or first day of its terms), in 2.0 days"
    )


def test_a_fence_shorter_than_the_lead_time_changes_nothing() -> None:
    wants = (demand("D", "GLASS", 4, 1), demand("E", "GLASS", 5, 2))
    assert orders(plan(*wants, item={"frozen_days": 2.0})) == orders(plan(*wants))


def test_a_fence_longer_than_the_horizon_orders_nothing_before_its_end() -> None:
    run = plan(demand("D", "GLASS", 4, 3), item={"frozen_days": 3650.0})
    assert orders(run) == [(4.0, on(3648), on(3650))]
    assert run.demands["is_late"].to_list() == [True]


def test_orders_within_the_fence_are_not_moved_unless_they_are_overdue() -> None:
    """P comes on day 5 though it is wanted on day 20; Q was promised for yesterday."""
    wants = (demand("D", "GLASS", 3, 2), demand("E", "GLASS", 4, 20))
    dues = [purchase("Q", 3.0, -1), purchase("P", 4.0, 5)]
    told = plan(*wants, purchase_order=dues).actions
    assert told.select("kind", "subject").rows() == [("expedite", "Q"), ("defer", "P")]
    told = plan(*wants, purchase_order=dues, item={"frozen_days": 7.0}).actions
    assert told.select("kind", "subject").rows() == [("expedite", "Q")]


@pytest.mark.parametrize(("frozen", "kinds"), [(False, ["cancel"]), (True, [])])
def test_a_frozen_order_is_never_to_be_changed(frozen: bool, kinds: list[str]) -> None:
    """Nothing needs it: neither a purchase nor a production order that is frozen is to be cancelled."""
    run = plan(purchase_order=[purchase("P", 4.0, 30, is_frozen=frozen)])
    assert run.actions["kind"].to_list() == kinds
    made = {"code": "W", "item": "CUP", "site": "NORTH", "quantity": 5.0, "due_at": on(9), "is_frozen": frozen}
    cups = make_plan(company(item=[{"code": "CUP"}], order=[made | {"state": "firm"}]))
    assert cups.actions["kind"].to_list() == kinds


def test_a_frozen_order_that_comes_late_is_waited_for_only_where_a_new_one_is_no_sooner() -> None:
    wants = demand("D", "GLASS", 4, 3)
    soon = plan(wants, purchase_order=[purchase("P", 4.0, 9, is_frozen=True)])
    assert orders(soon) == [(4.0, on(1), on(3))]
    slow = plan(wants, purchase_order=[purchase("P", 4.0, 9, is_frozen=True)], item={"lead_time_days": 10.0})
    assert orders(slow) == []
    assert slow.demands["ready_at"].to_list() == [on(9)]


def test_within_the_forecast_fence_only_orders_count() -> None:
    """A forecast of 9 on day 4 and of 7 on day 20, an order of 3 on day 5: the near forecast is left out."""
    wants = (demand("F", "GLASS", 9, 4, kind="forecast"), demand("D", "GLASS", 3, 5),
             demand("G", "GLASS", 7, 20, kind="forecast"))  # fmt: skip
    assert plan(*wants).orders["quantity"].to_list() == [9.0, 3.0, 7.0]
    run = plan(*wants, item={"forecast_fence_days": 10.0})
    assert run.orders["quantity"].to_list() == [3.0, 7.0]
    (note,) = [finding for finding in run.findings if finding.column == "forecast_fence_days"]
    assert note.severity == "note"


def assemble(day: float, **item: Any) -> PlanRun:
    """Plan 10 cups for that day, each of which takes a day to make, nothing else."""
    return make_plan(
        company(
            item=[{"code": "CUP"} | item],
            routing=[{"code": "R", "item": "CUP", "site": "NORTH"}],
            operation=[{"code": "TURN", "routing": "R", "run_minutes": 1440.0}],
            demand_line=[demand("D", "CUP", 10, day)],
        )
    )


@pytest.mark.parametrize(("day", "fence"), [(6, 5.0), (3, 5.0), (6, 0.0)])
def test_a_fence_that_is_over_before_the_work_is_done_is_not_blamed(day: float, fence: float) -> None:
    """Ten days of work from now on: there on day 10, with a fence of 5 days and without."""
    told = assemble(day, frozen_days=fence).demands.row(0, named=True)
    assert told["ready_at"] == on(10)
    assert told["cause"].startswith("Too late to make 10 CUP @ NORTH: it takes 10.0 days, from 2026-02-2")


def test_the_day_and_the_time_told_of_a_fence_add_up_to_the_day_on_which_it_is_ready() -> None:
    """A fence of 20 days: ready on day 20, so begun on day 10, the 12th of March."""
    told = assemble(6, frozen_days=20.0).demands.row(0, named=True)
    assert told["ready_at"] == on(20)
    assert "from 2026-03-12 on (frozen fence, or first day of its terms), in 10.0 days" in told["cause"]
