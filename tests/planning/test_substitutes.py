"""Items that stand in for others: hand-computed cases; the judge looks at every plan."""

from __future__ import annotations

import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.planning.engine.check import check
from drumbeat.planning.list_pegs import list_pegs
from tests.planning.small_company import company, demand, on

ITEMS = [{"code": "CUP", "kind": "make"}, {"code": "BOLT", "kind": "make"},
         {"code": "STEEL", "kind": "buy", "lead_time_days": 20.0},
         {"code": "INOX", "kind": "buy", "lead_time_days": 20.0}]  # fmt: skip
BILLS = [{"item": "CUP", "component": "STEEL", "quantity_per": 1.0},
         {"item": "BOLT", "component": "STEEL", "quantity_per": 1.0}]  # fmt: skip


def plan(rows, wants, stock=(), **tables):
    """Plan cups and bolts of steel, for which inox may stand in."""
    stocks = [{"item": item, "site": "NORTH", "quantity": float(units)} for item, units in stock]
    run = make_plan(
        company(item=ITEMS, bill_line=BILLS, substitute=rows, demand_line=wants, stock=stocks, **tables)
    )  # fmt: skip
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return run


LATE = {"item": "STEEL", "substitute": "INOX"}


def test_spare_stock_of_the_substitute_is_taken_where_the_item_is_late():
    """10 cups on day 5: 4 of steel in stock, 20 days for more; 8 of inox are there, two for one: 4 cups, 2 late."""
    wants = [demand("D", "CUP", 10, 5)]
    assert plan([], wants, [("STEEL", 4), ("INOX", 8)]).orders.filter(item="STEEL")["quantity"].to_list() == [6.0]
    run = plan([LATE | {"ratio": 2.0}], wants, [("STEEL", 4), ("INOX", 8)])
    assert run.orders.filter(item="STEEL")["quantity"].to_list() == [2.0]
    told = run.replacements.select("item", "quantity", "substitute", "units", "at").rows()
    assert told == [("STEEL", 4.0, "INOX", 8.0, on(5))]
    message = run.actions.filter(kind="replace").row(0, named=True)
    assert message["reason"] == "Take 8.0 of INOX from stock: the item would come too late"
    assert list_pegs(run).filter(item="INOX")["quantity"].to_list() == [8.0]
    assert run.summary()["actions"]["replace"] == 1


def test_with_enough_spare_stock_the_demand_is_on_time():
    run = plan([LATE], [demand("D", "CUP", 10, 5)], [("INOX", 30)])
    assert run.demands["is_late"].to_list() == [False]


def test_nothing_is_replaced_that_is_on_time():
    run = plan([LATE], [demand("D", "CUP", 10, 40)], [("INOX", 30)])
    assert run.replacements.height == 0
    first = plan([LATE | {"use": "stock_first"}], [demand("D", "CUP", 10, 40)], [("INOX", 30)])
    assert first.replacements["quantity"].to_list() == [10.0]
    assert first.orders.filter(item="STEEL").height == 0


def test_stock_that_others_need_and_safety_stock_are_not_spare():
    """Of 30, 12 are wanted for themselves and 8 are the safety stock: 10 may stand in."""
    items = [*ITEMS[:3], ITEMS[3] | {"safety_stock": 8.0}]
    wants = [demand("D", "CUP", 25, 5), demand("E", "INOX", 12, 30)]
    stocks = [{"item": "INOX", "site": "NORTH", "quantity": 30.0}]
    run = make_plan(company(item=items, bill_line=BILLS, substitute=[LATE], demand_line=wants, stock=stocks))
    assert run.replacements["quantity"].to_list() == [10.0]
    assert not run.demands.filter(demand="E")["is_late"][0]


def test_a_substitute_for_one_bill_stands_in_for_that_alone():
    wants = [demand("D", "CUP", 10, 5), demand("E", "BOLT", 10, 4)]
    run = plan([LATE | {"used_in": "BOLT"}], wants, [("INOX", 30)])
    assert run.replacements.select("quantity", "at").rows() == [(10.0, on(4))]


def test_the_preferred_substitute_comes_first_and_days_are_kept():
    items = [*ITEMS, {"code": "BRASS", "kind": "buy", "lead_time_days": 20.0}]
    rows = [LATE | {"priority": 2}, {"item": "STEEL", "substitute": "BRASS", "priority": 1}]
    stocks = [{"item": name, "site": "NORTH", "quantity": 6.0} for name in ("INOX", "BRASS")]
    wants = [demand("D", "CUP", 10, 5)]
    run = make_plan(company(item=items, bill_line=BILLS, substitute=rows, demand_line=wants, stock=stocks))
    assert dict(run.replacements.select("substitute", "quantity").rows()) == {"BRASS": 6.0, "INOX": 4.0}
    ended = [row | {"valid_to": on(-1).date()} for row in rows]
    run = make_plan(company(item=items, bill_line=BILLS, substitute=ended, demand_line=wants, stock=stocks))
    assert run.replacements.height == 0


def test_an_item_that_is_used_up_is_not_ordered_any_more():
    """10 of steel are left; 25 cups take them, and 15 of inox, two for one: 30."""
    run = plan([LATE | {"use": "use_up", "ratio": 2.0}], [demand("D", "CUP", 25, 40)], [("STEEL", 10)])
    found = run.orders.select("method", "item", "source", "quantity").rows()
    assert ("replace", "STEEL", "INOX", 15.0) in found
    assert ("buy", "INOX", "", 30.0) in found
    assert not run.orders.filter(item="STEEL", method="buy").height


def test_a_phase_in_orders_the_old_one_before_its_day_and_the_new_one_after():
    """From day 30 on inox takes over; steel takes 20 days, so what is needed on day 25 is still steel."""
    wants = [demand("D", "CUP", 10, 25), demand("E", "CUP", 7, 60)]
    run = plan([LATE | {"use": "use_up", "valid_from": on(30).date()}], wants)
    kinds = run.orders.filter(item="STEEL").select("method", "quantity").sort("method").rows()
    assert kinds == [("buy", 10.0), ("replace", 7.0)]
    # Both are made now from what is to be ordered in time: no message says otherwise.
    assert run.orders.filter(item="INOX")["quantity"].to_list() == [7.0]


def test_the_message_of_what_is_used_up_names_what_to_take():
    run = plan([LATE | {"use": "use_up"}], [demand("D", "CUP", 5, 3)], [("INOX", 9)])
    code = run.orders.filter(method="replace")["code"][0]
    assert "used up: take INOX" in run.actions.filter(subject=code)["reason"][0]


def test_a_circle_of_items_that_are_used_up_is_broken_by_name():
    rows = [LATE | {"use": "use_up"}, {"item": "INOX", "substitute": "STEEL", "use": "use_up"}]
    run = plan(rows, [demand("D", "CUP", 5, 40)])
    assert any("circle" in finding.rule for finding in run.findings)


@pytest.mark.parametrize("use", ["when_late", "stock_first"])
def test_a_finite_plan_takes_what_stands_in(use):
    from drumbeat.scheduling.plan_finitely import plan_finitely

    tables = {
        "resource": [{"code": "PRESS", "site": "NORTH", "capability": "press"}],
        "routing": [{"code": "R", "item": "CUP", "site": "NORTH"}],
        "operation": [{"code": "R-1", "routing": "R", "sequence": 10, "capability": "press", "run_minutes": 1.0}],
    }
    stocks = [{"item": "INOX", "site": "NORTH", "quantity": 30.0}]
    plant = company(item=ITEMS, bill_line=BILLS, substitute=[LATE | {"use": use}], stock=stocks,
                    demand_line=[demand("D", "CUP", 10, 5)], **tables)  # fmt: skip
    run = plan_finitely(plant)
    assert run.deliveries["late_seconds"].to_list() == [0]
