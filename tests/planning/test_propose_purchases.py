"""Purchases by hand: price breaks that pay and those that do not, orders put together, lead times that are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.planning.propose_purchases import propose_purchases
from tests.planning.small_company import company, demand, on

TERM = {"supplier": "S", "item": "BOLT", "site": "NORTH", "lead_time_days": 4.0}


def bolts(*demands, terms, **more):
    return company(
        item=[{"code": "BOLT", "kind": "buy", "cost": 1, "holding_rate": 0.365}, {"code": "NUT", "kind": "buy"}],
        supplier=[{"code": "S"}, {"code": "T"}], supply_term=terms, demand_line=list(demands), **more,
    )  # fmt: skip


def lines(plant):
    return propose_purchases(plant, make_plan(plant)).to_dicts()


def test_a_price_break_is_taken_where_it_saves_more_than_the_surplus_costs_to_keep():
    terms = [{**TERM, "price": 10}, {**TERM, "price": 8, "quantity_from": 100.0}]
    (line,) = lines(bolts(demand("D", "BOLT", 90, 20), terms=terms))
    # 90 x 10 = 900; 90 x 8 + 10 x 8 x 0.365 x 90 / 365 = 727.2 for what is needed.
    assert (line["needed"], line["quantity"], line["price"], line["money"]) == (90, 100, 8, 800)
    assert "saves 172.80" in line["reason"]


def test_no_price_break_makes_an_order_of_one_size_larger():
    terms = [{**TERM, "price": 10}, {**TERM, "price": 8, "quantity_from": 100.0}]
    item = {"code": "BOLT", "kind": "buy", "lot_rule": "fixed", "lot_minimum": 90.0}
    plant = company(item=[item], supplier=[{"code": "S"}], supply_term=terms, demand_line=[demand("D", "BOLT", 80, 20)])
    (line,) = lines(plant)
    assert (line["quantity"], line["price"], line["money"]) == (90, 10, 900)


def test_a_small_line_does_not_buy_twice_what_it_needs():
    terms = [{**TERM, "price": 10}, {**TERM, "price": 1, "quantity_from": 100.0}]
    (line,) = lines(bolts(demand("D", "BOLT", 20, 20), terms=terms))
    assert (line["quantity"], line["price"]) == (20, 10)


def test_what_a_break_brings_too_much_is_used_by_the_next_line():
    terms = [{**TERM, "price": 10}, {**TERM, "price": 8, "quantity_from": 100.0}]
    found = lines(bolts(demand("D", "BOLT", 90, 20), demand("E", "BOLT", 30, 40), terms=terms))
    assert [line["quantity"] for line in found] == [100, 20]
    assert "10 come with an earlier line" in found[1]["reason"]


def test_lines_of_one_supplier_within_two_days_are_one_order():
    terms = [TERM, {**TERM, "item": "NUT"}]
    found = lines(bolts(demand("D", "BOLT", 5, 20), demand("E", "NUT", 7, 21.5), demand("F", "NUT", 7, 30),
                        terms=terms))  # fmt: skip
    assert [(line["order"], line["item"], line["order_at"]) for line in found] == [
        ("P-00001", "BOLT", on(16)), ("P-00001", "NUT", on(16)), ("P-00002", "NUT", on(26)),
    ]  # fmt: skip
    assert "1.5 days early to go with others" in found[1]["reason"]


def test_contracts_hold_on_the_day_of_order_only():
    terms = [{**TERM, "price": 5, "valid_to": on(10).date()}, {**TERM, "price": 9, "valid_from": on(11).date(),
                                                               "position": 2}]  # fmt: skip
    found = lines(bolts(demand("D", "BOLT", 1, 12), demand("E", "BOLT", 1, 30), terms=terms))
    assert [line["price"] for line in found] == [5, 9]


def test_the_lead_time_is_the_one_that_most_deliveries_kept():
    received = [
        {"code": f"P{n}", "supplier": "S", "item": "BOLT", "site": "NORTH", "quantity": 1.0, "ordered_at": on(-100),
         "due_at": on(-96), "received_at": on(-100) + timedelta(days=n), "received_quantity": 1.0,
         "state": "received"}
        for n in range(1, 11)
    ]  # fmt: skip
    plant = bolts(demand("D", "BOLT", 1, 30), terms=[TERM], purchase_order=received)
    # Lead times of 1 to 10 days: 85 % come within 9 days.
    assert [line["order_at"] for line in lines(plant)] == [on(21)]


def test_an_agreed_spread_is_planned_with():
    plant = bolts(demand("D", "BOLT", 1, 30), terms=[{**TERM, "lead_time_spread_days": 2.0}])
    (line,) = lines(plant)
    assert (on(30) - line["order_at"]) / timedelta(days=1) == pytest.approx(4 + 1.0364 * 2, abs=1e-4)


def test_a_supplier_delivers_no_more_in_a_week_than_he_can():
    terms = [{**TERM, "capacity_per_week": 30.0}, {**TERM, "supplier": "T", "priority": 2}]
    found = lines(bolts(demand("D", "BOLT", 50, 20), terms=terms))
    assert sorted((line["supplier"], line["quantity"]) for line in found) == [("S", 30), ("T", 20)]


def test_nothing_bought_is_an_empty_table():
    assert lines(bolts(terms=[TERM])) == []
