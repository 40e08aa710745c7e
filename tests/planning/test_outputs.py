"""By-products in the tables: what they serve, where they are left out, what they bear of the cost."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.planning.engine.check import check
from drumbeat.planning.list_pegs import list_pegs
from drumbeat.planning.project_stock import project_stock
from tests.planning.small_company import company, demand, on

ITEMS = [
    {"code": "BOARD", "kind": "make"}, {"code": "DUST", "kind": "buy"},
    {"code": "LOG", "kind": "buy", "cost": Decimal(5)},
]  # fmt: skip
BILL = [{"item": "BOARD", "component": "LOG", "quantity_per": 2.0}]
BESIDE = {"item": "BOARD", "product": "DUST", "quantity_per": 0.2, "cost_share": 0.1}


def plan(**tables):
    """Plan a sawmill; the judge looks at it."""
    mill = company(**({"item": ITEMS, "bill_line": BILL, "by_product": [BESIDE]} | tables))
    run = make_plan(mill)
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return mill, run


def test_a_by_product_serves_its_demand_and_bears_its_share_of_the_logs():
    """40 boards take 80 logs at 5 = 400; their 8 of dust bear a tenth, 40; 2 more are bought."""
    wants = [demand("D", "BOARD", 40, 5), demand("E", "DUST", 10, 6)]
    _, run = plan(demand_line=wants)
    bought = run.orders.filter(item="DUST")
    assert bought.select("method", "quantity").rows() == [("buy", 2.0)]
    rows = run.outputs.select("item", "product", "quantity", "cost").rows()
    assert rows == [("BOARD", "DUST", 8.0, pytest.approx(40.0))]
    served = list_pegs(run).filter(taker="E").select("supply", "item", "quantity").sort("quantity").rows()
    assert served == [(bought["code"][0], "DUST", 2.0), ("M-000001", "DUST", 8.0)]


def test_what_nobody_wants_goes_into_stock():
    _, run = plan(demand_line=[demand("D", "BOARD", 40, 5)])
    row = project_stock(run).row(by_predicate=pl.col("item") == "DUST", named=True)
    assert (row["planned"], row["weeks"]["planned"][0]) == (8.0, 8.0)


def test_an_order_under_way_brings_its_by_product_when_it_comes():
    order = {"code": "W-1", "item": "BOARD", "site": "NORTH", "quantity": 50.0, "state": "released", "due_at": on(3),
             "release_at": on(1)}  # fmt: skip
    stock = [{"item": "LOG", "site": "NORTH", "quantity": 500.0}]
    _, run = plan(order=[order], stock=stock, demand_line=[demand("E", "DUST", 10, 4)])
    assert run.orders.filter(item="DUST").height == 0
    assert run.demands["is_late"].to_list() == [False]


def test_a_co_product_has_more_made_and_is_never_assumed_to_be_bought():
    wants = [demand("E", "DUST", 4, 6)]
    _, run = plan(demand_line=wants, by_product=[BESIDE | {"is_co_product": True}])
    assert run.orders.filter(item="BOARD").select("method", "quantity").rows() == [("make", 20.0)]
    assert run.orders.filter(item="DUST").height == 0


def test_a_by_product_that_is_needed_for_its_own_item_is_left_out_by_name():
    wants = [demand("D", "BOARD", 40, 5)]
    _, run = plan(demand_line=wants, by_product=[BESIDE, {"item": "BOARD", "product": "LOG", "quantity_per": 0.1}])
    assert [finding.value for finding in run.findings if finding.place == "by_product"] == ["BOARD > LOG"]
    assert run.outputs["product"].to_list() == ["DUST"]
    assert run.problem.outputs is not None, "the other one stays"


def test_a_phantom_has_no_by_products():
    wants = [demand("D", "BOARD", 40, 5)]
    items = [ITEMS[0] | {"kind": "phantom"}, *ITEMS[1:]]
    _, run = plan(item=items, demand_line=wants)
    assert run.problem.outputs is None


def test_only_the_routing_that_it_names_brings_it():
    ways = [{"code": "R-1", "item": "BOARD", "site": "NORTH", "priority": 1},
            {"code": "R-2", "item": "BOARD", "site": "NORTH", "priority": 2}]  # fmt: skip
    wants = [demand("D", "BOARD", 40, 5), demand("E", "DUST", 8, 6)]
    _, run = plan(routing=ways, demand_line=wants, by_product=[BESIDE | {"routing": "R-2"}])
    assert run.orders.filter(item="DUST")["quantity"].to_list() == [8.0]
    assert run.outputs.height == 0, "nor is it told of orders by the other one"
