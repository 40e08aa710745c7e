"""Subcontractors who are sent the components; phantoms with stock; co-products of each other."""

from __future__ import annotations

from datetime import time
from typing import Any

import polars as pl
import pytest

from drumbeat.planning.actions import PlanRun, make_plan
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.follow_pegs import PegIndex
from drumbeat.planning.engine.master.check_master import check_master
from drumbeat.planning.list_pegs import list_pegs
from drumbeat.planning.make_master import make_master
from tests.planning.small_company import company, demand, on

ITEMS = [{"code": "LENS", "kind": "buy"}, {"code": "GLASS", "kind": "buy", "lead_time_days": 1.0}]
BILL = [{"item": "LENS", "component": "GLASS", "quantity_per": 2.0, "scrap": 0.2}]
TERM = {"supplier": "COAT", "item": "LENS", "site": "NORTH", "price": 7.0, "lead_time_days": 5.0,
        "sends_components": True}  # fmt: skip


def plan(**tables: Any) -> PlanRun:
    """Plan lenses that COAT coats; the judge looks at it."""
    rows: dict[str, Any] = {"item": ITEMS, "bill_line": BILL, "supplier": [{"code": "COAT"}], "supply_term": [TERM]}
    run = make_plan(company(**(rows | tables)))
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return run


def test_a_subcontractor_is_sent_the_components_when_he_is_ordered_from() -> None:
    """8 lenses for day 20 are ordered on day 15 and take 8 x 2 / 0.8 = 20 of glass then, bought on day 14."""
    run = plan(demand_line=[demand("D", "LENS", 8, 20)])
    assert run.orders.select("method", "item", "source", "quantity", "start_at").rows() == [
        ("buy", "LENS", "COAT", 8.0, on(15)), ("buy", "GLASS", "", 20.0, on(14)),
    ]  # fmt: skip
    served = list_pegs(run).filter(item="GLASS").row(0, named=True)
    assert (served["taker"], served["quantity"]) == ("B-000001", 20.0)
    assert [node.quantity for node in PegIndex(run.problem, run.result).list_below(0)] == [8.0, 20.0]
    soon = plan(demand_line=[demand("D", "LENS", 8, 6)]).actions.filter(kind="new", item="LENS")
    assert soon["reason"].to_list() == ["Serves D; send COAT the components"]
    assert run.load.weeks.height == 0


def test_a_subcontractor_of_an_item_without_a_bill_is_sent_nothing_and_that_is_said() -> None:
    run = plan(bill_line=[], demand_line=[demand("D", "LENS", 8, 20)])
    assert run.orders["item"].to_list() == ["LENS"]
    assert [finding.value for finding in run.findings if finding.column == "sends_components"] == ["LENS"]


def test_one_who_buys_the_glass_himself_is_sent_none() -> None:
    run = plan(supply_term=[TERM | {"sends_components": False}], demand_line=[demand("D", "LENS", 8, 20)])
    assert run.orders["item"].to_list() == ["LENS"]


def test_an_order_to_be_placed_still_takes_its_components_and_a_placed_one_has_them() -> None:
    order = {"code": "P", "item": "LENS", "site": "NORTH", "supplier": "COAT", "quantity": 4.0, "due_at": on(9)}
    wants = [demand("D", "LENS", 4, 10)]
    ahead = plan(purchase_order=[order | {"ordered_at": on(3)}], demand_line=wants)
    assert ahead.orders.select("item", "quantity", "due_at").rows() == [("GLASS", 10.0, on(3))]
    placed = plan(purchase_order=[order | {"ordered_at": on(-1)}], demand_line=wants)
    assert placed.orders.height == 0


def test_the_terms_valid_on_the_day_of_order_say_whether_components_are_sent() -> None:
    """COAT is sent the glass up to day 4, and buys it himself from day 5 on: 4 lenses take 10 of glass or none."""
    terms = [TERM | {"valid_to": on(4).date()},
             TERM | {"valid_from": on(5).date(), "sends_components": False}]  # fmt: skip
    order = {"code": "P", "item": "LENS", "site": "NORTH", "supplier": "COAT", "quantity": 4.0, "due_at": on(20)}
    wants = [demand("D", "LENS", 4, 20)]
    taken = {}
    for day in (3.0, 4.5, 5.0, 8.0):
        run = plan(purchase_order=[order | {"ordered_at": on(day)}], supply_term=terms, demand_line=wants)
        taken[day] = run.orders.filter(item="GLASS")["quantity"].sum()
    assert taken == {3.0: 10.0, 4.5: 10.0, 5.0: 0.0, 8.0: 0.0}


def test_the_master_plan_buys_what_a_subcontractor_is_sent() -> None:
    items = [ITEMS[0] | {"price": 50.0}, ITEMS[1] | {"cost": 3.0}]
    snapshot = company(
        item=items,
        bill_line=BILL,
        supplier=[{"code": "COAT"}],
        supply_term=[TERM | {"lead_time_days": 0.0}],
        demand_line=[demand("D", "LENS", 8, 3)],
    )
    run = make_master(snapshot, MasterTerms(weeks=1))
    assert not check_master(run.compiled.problem, run.plan)
    assert run.quantities.select("how", "item", "quantity").rows() == [("buy", "GLASS", 20.0), ("buy", "LENS", 8.0)]
    assert run.plan.cost == pytest.approx(8 * 7 + 20 * 3)


@pytest.mark.parametrize(("stock", "kit", "screws"), [(0, 0, 20), (4, 6, 12), (12, 0, 0)])
def test_what_there_is_of_a_phantom_is_used_up_first(stock: float, kit: float, screws: float) -> None:
    """10 lamps take a kit each, which is two screws: with kits in stock, as many fewer are put together."""
    items = [{"code": "LAMP"}, {"code": "KIT", "kind": "phantom"}, {"code": "SCREW", "kind": "buy"}]
    bills = [{"item": "LAMP", "component": "KIT", "quantity_per": 1.0},
             {"item": "KIT", "component": "SCREW", "quantity_per": 2.0}]  # fmt: skip
    run = plan(item=items, bill_line=bills, supply_term=[], demand_line=[demand("D", "LAMP", 10, 5)],
               stock=[{"item": "KIT", "site": "NORTH", "quantity": float(stock)}] if stock else [])  # fmt: skip
    assert run.orders.filter(item="KIT")["quantity"].sum() == kit
    assert run.orders.filter(item="SCREW")["quantity"].sum() == screws


def test_of_items_that_come_out_beside_each_other_the_first_is_made() -> None:
    """Nothing says how LEFT or RIGHT are made: 10 of LEFT bring 10 of RIGHT; 4 more of RIGHT take 4 more of LEFT."""
    both = [{"item": "LEFT", "product": "RIGHT", "quantity_per": 1.0, "is_co_product": True},
            {"item": "RIGHT", "product": "LEFT", "quantity_per": 1.0, "is_co_product": True}]  # fmt: skip
    run = plan(item=[{"code": "LEFT"}, {"code": "RIGHT"}], bill_line=[], supply_term=[], by_product=both,
               demand_line=[demand("D", "LEFT", 10, 4), demand("E", "RIGHT", 14, 6)])  # fmt: skip
    assert run.orders.select("item", "quantity", "due_at").rows() == [("LEFT", 10.0, on(4)), ("LEFT", 4.0, on(6))]
    assert run.demands["is_late"].to_list() == [False, False]


def test_the_master_plan_counts_on_what_comes_out_beside() -> None:
    """40 boards bring 8 of dust; 10 of it are wanted: 2 are bought at 3, and 40 logs at 5."""
    days = ("mon", "tue", "wed", "thu", "fri")
    snapshot = company(
        calendar=[{"code": "day"}],
        calendar_shift=[{"calendar": "day", "weekday": one, "start": time(8), "end": time(16)} for one in days],
        resource=[{"code": "SAW", "site": "NORTH", "calendar": "day", "capability": "saw"}],
        item=[{"code": "BOARD", "price": 90.0}, {"code": "DUST", "kind": "buy", "price": 9.0, "cost": 3.0},
              {"code": "LOG", "kind": "buy", "cost": 5.0}],
        routing=[{"code": "R", "item": "BOARD", "site": "NORTH"}],
        operation=[{"code": "R1", "routing": "R", "sequence": 10, "capability": "saw", "run_minutes": 30.0}],
        bill_line=[{"item": "BOARD", "component": "LOG", "quantity_per": 1.0}],
        by_product=[{"item": "BOARD", "product": "DUST", "quantity_per": 0.2}],
        demand_line=[demand("D", "BOARD", 40, 3), demand("E", "DUST", 10, 4)],
    )  # fmt: skip
    run = make_master(snapshot, MasterTerms(weeks=1))
    assert not check_master(run.compiled.problem, run.plan)
    bought = dict(run.quantities.filter(how="buy").group_by("item").agg(pl.col("quantity").sum()).iter_rows())
    assert bought == {"LOG": pytest.approx(40), "DUST": pytest.approx(2)}
    assert run.plan.cost == pytest.approx(40 * 5 + 2 * 3)
