"""What hurrying costs by the data, and what it does; by hand."""

from __future__ import annotations

from datetime import time
from decimal import Decimal

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.stored_change import restore_change
from drumbeat.planning.actions import make_plan
from drumbeat.planning.find_hurries import find_hurries
from drumbeat.planning.propose_remedies import propose_remedies
from drumbeat.sourcing.changes import MovePurchase, PlacePurchase
from tests.planning.small_company import company, demand, on


def remedies(snapshot, code="D"):
    return propose_remedies(snapshot, make_plan(snapshot), code)


def bought(term=None, orders=(), **more):
    return company(
        item=[{"code": "LENS", "kind": "buy"}], supplier=[{"code": "S"}],
        supply_term=[{"supplier": "S", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0} | (term or {})],
        purchase_order=[{"code": "P", "supplier": "S", "item": "LENS", "site": "NORTH", "quantity": 10.0,
                         "due_at": on(20)} | row for row in orders],
        demand_line=[demand("D", "LENS", 10, 5)], **more,
    )  # fmt: skip


def test_a_purchase_on_its_way_comes_as_early_as_the_terms_allow_at_their_price():
    """Needed on day 5; hurried, eight days pass: day 8, for 250; 12 days of lateness at 2 an hour are saved."""
    plant = bought({"expedite_days": 8.0, "expedite_cost": Decimal(250)}, [{}],
                   company=[{"code": "C", "late_hour_cost": Decimal(2)}])  # fmt: skip
    first = next(one for one in remedies(plant) if one.money)
    assert first.change == MovePurchase("P", on(8))
    assert (first.title, first.money) == ("Have P come 12.0 days earlier", 250.0)
    assert first.cost == "250 to hurry it, by the supplier's terms"
    assert (first.ready_at, first.is_cured, first.worth) == (on(8), False, pytest.approx(12 * 24 * 2))


def test_a_planned_purchase_is_placed_now_and_hurried():
    found = remedies(bought({"expedite_days": 4.0, "expedite_cost": Decimal(90)}))
    change = found[0].change
    assert change == PlacePurchase("HURRY-B-000001", "S", "LENS", "NORTH", 10.0, on(4))
    assert (found[0].is_cured, found[0].money, found[0].num_late) == (True, 90.0, 0)
    assert restore_change(change.to_json()) == change


def test_without_a_word_on_hurrying_there_is_no_price():
    assert [one.money for one in remedies(bought())] == [None]
    assert remedies(bought(orders=[{}]))[0].cost == "What the supplier asks for it"


def made(lead=0.0, **more):
    """A frame takes ten hours on the cell, which works eight hours on five days."""
    shifts = [{"calendar": "DAY", "weekday": day, "start": time(8), "end": time(16)}
              for day in ("mon", "tue", "wed", "thu", "fri")]  # fmt: skip
    return company(
        company=[{"code": "C", "overtime_hour_cost": Decimal(30)}], calendar=[{"code": "DAY"}], calendar_shift=shifts,
        item=[{"code": "FRAME", "kind": "make", "lead_time_days": lead}],
        resource=[{"code": "CELL", "site": "NORTH", "capability": "weld", "calendar": "DAY"}],
        routing=[{"code": "R", "item": "FRAME", "site": "NORTH"}],
        operation=[{"code": "R-1", "routing": "R", "sequence": 10, "capability": "weld", "run_minutes": 600.0}],
        demand_line=[demand("D", "FRAME", 10, 5)], **more,
    )  # fmt: skip


def test_what_is_planned_to_be_made_has_a_saturday():
    """100 hours at 40 a week are 17.5 days, at 48 they are 14.58; three Saturdays of 8 hours at 30 are 720."""
    found = [one for one in remedies(made()) if one.money]
    assert [one.money for one in found] == [720.0]
    assert found[0].cost == "720 for 24.0 hours of overtime"
    assert found[0].ready_at == on(100 * 168 / 48 / 24)


def test_where_a_shift_changes_nothing_it_is_no_remedy():
    """The item's own lead time counts, whatever the machines do."""
    assert [one.money for one in remedies(made(lead=10.0))] == [None]


def test_an_order_of_ones_own_is_finished_in_overtime():
    """Ten hours for each of five frames: fifty hours at 30 are 1,500 at most."""
    order = {"code": "W-1", "item": "FRAME", "site": "NORTH", "quantity": 5.0, "state": "released", "due_at": on(9),
             "release_at": on(1), "routing": "R"}  # fmt: skip
    plant = made(order=[order], stock=[{"item": "FRAME", "site": "NORTH", "quantity": 5.0}])
    first = next(one for one in remedies(plant) if one.money)
    assert (first.title, first.money) == ("Finish W-1 4.0 days earlier, in overtime", 1500.0)
    assert first.is_cured


@pytest.mark.parametrize(
    "wrong",
    [{"supplier": "GONE"}, {"item": "GONE"}, {"site": "GONE"}, {"quantity": 0.0}, {"quantity": float("inf")},
     {"code": "P"}, {"code": ""}, {"due_at": on(1).replace(tzinfo=None)}],
)  # fmt: skip
def test_a_purchase_that_cannot_be_placed_is_refused(wrong):
    right = {"code": "N", "supplier": "S", "item": "LENS", "site": "NORTH", "quantity": 1.0, "due_at": on(1)}
    with pytest.raises(InputError):
        bought(orders=[{}]).apply([PlacePurchase(**(right | wrong))])


def two_suppliers(**rapid):
    """Ten lenses of S come on day 20 for what is due on day 5; RAPID takes two days, and a spread of one."""
    terms = [{"supplier": "S", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0, "price": Decimal(4)},
             {"supplier": "RAPID", "item": "LENS", "site": "NORTH", "lead_time_days": 2.0, "order_multiple": 4.0,
              "lead_time_spread_days": 1.0, "price": Decimal(7), "priority": 2} | rapid]  # fmt: skip
    return company(
        item=[{"code": "LENS", "kind": "buy"}], supplier=[{"code": "S"}, {"code": "RAPID"}], supply_term=terms,
        purchase_order=[{"code": "P", "supplier": "S", "item": "LENS", "site": "NORTH", "quantity": 10.0,
                         "due_at": on(20)}],
        demand_line=[demand("D", "LENS", 10, 5)],
    )  # fmt: skip


def test_another_supplier_stands_in_for_a_late_purchase():
    """In multiples of 4 ten are twelve, at 7 each; 85 % of deliveries keep 2 + 1.0364 days."""
    found = next(one for one in remedies(two_suppliers()) if isinstance(one.change, PlacePurchase))
    assert found.change == PlacePurchase("INSTEAD-P-RAPID", "RAPID", "LENS", "NORTH", 12.0, on(2 + 1.0364))
    assert found.title == "Buy 12 LENS from RAPID instead of P: there on 2026-03-05"
    assert (found.money, found.cost) == (84.0, "84, at 7 each; P may then be cancelled")
    assert (found.is_cured, found.num_late_before, found.num_late) == (True, 1, 0)
    assert restore_change(found.change.to_json()) == found.change


@pytest.mark.parametrize("rapid", [{"valid_to": on(-1).date()}, {"valid_from": on(9).date()}, {"lead_time_days": 25.0}])
def test_but_not_where_its_terms_do_not_hold_or_it_is_no_faster(rapid):
    assert not [one for one in remedies(two_suppliers(**rapid)) if isinstance(one.change, PlacePurchase)]


def test_what_is_under_way_here_is_bought_where_somebody_sells_it():
    plant = made(order=[{"code": "W", "kind": "production", "item": "FRAME", "site": "NORTH", "quantity": 10.0,
                         "due_at": on(20), "state": "released"}],
                 supplier=[{"code": "SHOP"}],
                 supply_term=[{"supplier": "SHOP", "item": "FRAME", "site": "NORTH", "lead_time_days": 3.0,
                               "priority": 2}])  # fmt: skip
    titles = [one.title for one in remedies(plant)]
    assert "Buy 10 FRAME from SHOP instead of W: there on 2026-03-05" in titles
    assert any(title.startswith("Finish W ") for title in titles)


@pytest.mark.parametrize("is_sent", [True, False])
@pytest.mark.parametrize("orders", [(), ({"is_frozen": True},)])
def test_nothing_is_bought_in_a_hurry_from_one_who_is_sent_the_components(is_sent, orders):
    """S, or T in its stead, could have it there on day 2: from T only where T needs no glass from us."""
    terms = [{"supplier": "S", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0},
             {"supplier": "T", "item": "LENS", "site": "NORTH", "lead_time_days": 2.0, "expedite_days": 2.0,
              "priority": 2, "valid_to": on(1).date(), "sends_components": is_sent}]  # fmt: skip
    plant = bought(orders=orders)
    tables = {name: plant[name].to_dicts() for name in ("purchase_order", "demand_line")}
    plant = company(item=[{"code": "LENS", "kind": "buy"}], supplier=[{"code": "S"}, {"code": "T"}],
                    supply_term=terms, **tables)  # fmt: skip
    run = make_plan(plant)
    found = find_hurries(plant, run, 0)
    placed = [hurry[1] for hurry in found if isinstance(hurry[1], PlacePurchase)]
    assert [change.supplier for change in placed] == ([] if is_sent else ["T"])


@pytest.mark.parametrize(("rule", "amount"), [("fixed", 10.0), ("as_needed", 12.0)])
def test_orders_of_one_size_keep_it_when_somebody_else_is_asked(rule, amount):
    """T sells by fours: ten become twelve, unless all orders of lenses are of ten."""
    terms = [{"supplier": "S", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0},
             {"supplier": "T", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0, "expedite_days": 2.0,
              "priority": 2, "order_multiple": 4.0}]  # fmt: skip
    plant = company(item=[{"code": "LENS", "kind": "buy", "lot_rule": rule, "lot_minimum": 10.0}],
                    supplier=[{"code": "S"}, {"code": "T"}], supply_term=terms,
                    demand_line=[demand("D", "LENS", 10, 5)])  # fmt: skip
    placed = [hurry[1] for hurry in find_hurries(plant, make_plan(plant), 0)]
    assert [(change.supplier, change.quantity) for change in placed] == [("T", amount)]
