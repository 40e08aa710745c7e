"""How a snapshot becomes a planning problem, rule by rule."""

from __future__ import annotations

from datetime import date, time

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.planning.actions import PlanRun, make_plan
from drumbeat.planning.compile_problem import compile_problem
from drumbeat.planning.engine.check import check
from tests.planning.small_company import company, demand, on

DAY = 86_400


def orders_of(run: PlanRun) -> list[tuple[str, str, str, str, float]]:
    """Planned orders as (method, item, site, source, quantity)."""
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    return list(run.orders.select("method", "item", "site", "source", "quantity").iter_rows())


def test_terms_are_taken_by_priority_and_validity() -> None:
    term = {"item": "SCREW", "site": "NORTH", "lead_time_days": 3.0}
    plant = company(
        item=[{"code": "SCREW", "kind": "buy"}],
        supplier=[{"code": "OLD"}, {"code": "NEW"}, {"code": "DEAR"}],
        supply_term=[
            {**term, "supplier": "DEAR", "priority": 2},
            {**term, "supplier": "OLD", "priority": 1, "valid_to": date(2026, 3, 9), "order_multiple": 10.0},
            {**term, "supplier": "NEW", "priority": 1, "valid_from": date(2026, 3, 20), "order_minimum": 50.0},
        ],
        demand_line=[demand("D1", "SCREW", 4, 10), demand("D2", "SCREW", 14, 14), demand("D3", "SCREW", 5, 30)],
    )
    run = make_plan(plant)
    # Ordered on 9 March from OLD (its last day), on 13 March from DEAR (8 - 6 left over), on 29 March from NEW.
    assert orders_of(run) == [
        ("buy", "SCREW", "NORTH", "OLD", 10.0),
        ("buy", "SCREW", "NORTH", "DEAR", 8.0),
        ("buy", "SCREW", "NORTH", "NEW", 50.0),
    ]
    assert run.orders["code"].to_list() == ["B-000001", "B-000002", "B-000003"]


def test_price_breaks_are_one_method_with_the_first_lines_minimum() -> None:
    term = {"item": "SCREW", "site": "NORTH", "supplier": "S"}
    plant = company(
        item=[{"code": "SCREW", "kind": "buy"}],
        supplier=[{"code": "S"}],
        supply_term=[
            {**term, "quantity_from": 500.0, "price": 1, "order_minimum": 500.0},
            {**term, "quantity_from": 0.0, "price": 2, "order_minimum": 20.0},
        ],
        demand_line=[demand("D", "SCREW", 4, 10)],
    )
    problem, _, _ = compile_problem(plant)
    assert problem.methods.lot_minimum.tolist() == [20.0]


def test_lead_time_of_a_routing_is_estimated_from_its_times_and_calendars() -> None:
    weekdays = ["mon", "tue", "wed", "thu", "fri"]
    shift = {"calendar": "DAY", "start": time(8), "end": time(16, 24)}
    plant = company(
        calendar=[{"code": "DAY"}],
        calendar_shift=[{**shift, "weekday": day} for day in weekdays],
        resource=[{"code": "SLOW", "site": "NORTH"}, {"code": "FAST", "site": "NORTH", "calendar": "DAY"}],
        item=[{"code": "LENS"}],
        routing=[{"code": "R", "item": "LENS", "site": "NORTH"}],
        operation=[
            {"code": "R10", "routing": "R", "sequence": 10, "setup_minutes": 30.0, "run_minutes": 10.0,
             "operation_yield": 0.9},
            {"code": "R20", "routing": "R", "sequence": 20, "lot_minutes": 60.0, "wait_minutes": 120.0,
             "operation_yield": 0.5},
        ],
        operation_resource=[
            {"operation": "R10", "resource": "FAST", "priority": 1, "speed": 2.0},
            {"operation": "R10", "resource": "SLOW", "priority": 2, "speed": 1.0},
            {"operation": "R20", "resource": "SLOW", "priority": 1, "speed": 1.0},
        ],
        demand_line=[demand("D", "LENS", 10, 30)],
    )  # fmt: skip
    problem, _, _ = compile_problem(plant)
    # FAST is open 42 h of 168 h a week: working time counts four times.
    assert problem.methods.lead_seconds.tolist() == [30 * 60 * 4 + 60 * 60 + 120 * 60]
    assert problem.methods.lead_seconds_per_unit.tolist() == [10 * 60 / 2 * 4]
    assert problem.methods.yields.tolist() == [pytest.approx(0.45)]


def test_an_items_own_lead_time_goes_before_the_estimate() -> None:
    plant = company(
        item=[{"code": "LENS", "lead_time_days": 2.5}],
        routing=[{"code": "R", "item": "LENS", "site": "NORTH"}],
        operation=[{"code": "R10", "routing": "R", "sequence": 10, "run_minutes": 10.0}],
        demand_line=[demand("D", "LENS", 10, 30)],
    )
    problem, _, _ = compile_problem(plant)
    assert problem.methods.lead_seconds.tolist() == [2.5 * DAY]
    assert problem.methods.lead_seconds_per_unit.tolist() == [0.0]


def test_what_another_site_makes_is_moved_from_there_and_said() -> None:
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "LENS", "lead_time_days": 1.0}],
        routing=[{"code": "R", "item": "LENS", "site": "SOUTH"}],
        demand_line=[demand("D", "LENS", 10, 30)],
    )
    run = make_plan(plant)
    assert orders_of(run) == [("move", "LENS", "NORTH", "SOUTH", 10.0), ("make", "LENS", "SOUTH", "", 10.0)]
    assert run.orders["code"].to_list() == ["T-000001", "M-000001"]
    assert [(f.severity, f.value) for f in run.findings] == [("note", "LENS @ NORTH")]


def test_a_supplier_with_a_sites_code_stands_for_transfers() -> None:
    term = {"item": "LENS", "site": "NORTH", "supplier": "SOUTH", "lead_time_days": 2.0, "order_multiple": 4.0}
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "LENS"}],
        supplier=[{"code": "SOUTH"}],
        supply_term=[term],
        stock=[{"item": "LENS", "site": "SOUTH", "quantity": 3.0}],
        routing=[{"code": "R", "item": "LENS", "site": "SOUTH"}],
        demand_line=[demand("D", "LENS", 10, 30)],
    )
    run = make_plan(plant)
    assert orders_of(run) == [("move", "LENS", "NORTH", "SOUTH", 12.0), ("make", "LENS", "SOUTH", "", 9.0)]
    assert run.orders["start_at"].to_list()[0] == on(28)


def test_transfers_in_a_circle_lose_the_least_preferred() -> None:
    term = {"item": "LENS", "lead_time_days": 1.0}
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "LENS"}],
        supplier=[{"code": "SOUTH"}, {"code": "NORTH"}],
        supply_term=[
            {**term, "site": "NORTH", "supplier": "SOUTH", "priority": 1},
            {**term, "site": "SOUTH", "supplier": "NORTH", "priority": 2},
        ],
        routing=[{"code": "R", "item": "LENS", "site": "SOUTH"}],
        demand_line=[demand("D", "LENS", 10, 30)],
    )
    run = make_plan(plant)
    assert [row[0] for row in orders_of(run)] == ["move", "make"]
    assert [(f.severity, f.value) for f in run.findings] == [("warning", "LENS @ NORTH to LENS @ SOUTH")]


def test_items_without_routing_or_terms_are_planned_with_their_lead_time_and_said() -> None:
    plant = company(
        item=[{"code": "LENS", "kind": "make", "lead_time_days": 4.0}, {"code": "GLASS", "kind": "buy"}],
        bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 2.0}],
        demand_line=[demand("D", "LENS", 10, 30)],
    )
    run = make_plan(plant)
    assert orders_of(run) == [("make", "LENS", "NORTH", "", 10.0), ("buy", "GLASS", "NORTH", "", 20.0)]
    assert [(f.place, f.severity, f.value) for f in run.findings] == [
        ("supply_term", "warning", "GLASS @ NORTH"),
        ("routing", "warning", "LENS @ NORTH"),
    ]


def test_only_open_demand_counts_and_forecasts_of_past_days_do_not() -> None:
    plant = company(
        item=[{"code": "A", "kind": "buy"}],
        customer=[{"code": "VIP", "priority": 3.0}],
        demand_line=[
            demand("OPEN", "A", 1, 5, customer="VIP", priority=2.0),
            demand("DONE", "A", 2, 5, state="delivered"),
            demand("GONE", "A", 4, 5, state="cancelled"),
            demand("SALES", "A", 8, 6, kind="forecast"),
            demand("PAST", "A", 16, -6, kind="forecast"),
            demand("OVERDUE", "A", 32, -6),
        ],
    )
    run = make_plan(plant)
    assert sorted(run.demands["demand"]) == ["OPEN", "OVERDUE", "SALES"]
    assert run.orders["quantity"].sum() == 1 + 8 + 32
    assert run.problem.demands.priority.tolist() == [6.0, 1.0, 1.0]
    assert [f.rule for f in run.findings if f.place == "demand_line"] == ["a forecast lies ahead"]


def test_orders_on_their_way_are_receipts_and_take_components_until_they_are_started() -> None:
    order = {"item": "LENS", "site": "NORTH", "due_at": on(9), "release_at": on(7)}
    states = ["planned", "firm", "released", "started", "done", "cancelled"]
    plant = company(
        item=[{"code": "LENS", "lead_time_days": 1.0}, {"code": "GLASS", "kind": "buy"}],
        routing=[{"code": "R", "item": "LENS", "site": "NORTH"}],
        operation=[{"code": "R10", "routing": "R", "sequence": 10, "operation_yield": 0.8}],
        bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 1.0}],
        order=[
            *({**order, "code": state, "state": state, "quantity": 4.0} for state in states),
            {**order, "code": "begun", "state": "released", "quantity": 4.0},
        ],
        task=[
            {"code": "begun/10", "order": "begun", "sequence": 10, "state": "done"},
            {"code": "released/10", "order": "released", "sequence": 10, "state": "open"},
        ],
        demand_line=[demand("D", "LENS", 20, 30)],
    )
    problem, _, _ = compile_problem(plant)
    receipts = problem.receipts
    assert receipts.keys.tolist() == ["begun", "firm", "released", "started"]
    assert receipts.quantity.tolist() == [4.0, 4.0, 4.0, 4.0]
    assert receipts.units_to_issue.tolist() == [0.0, 5.0, 5.0, 0.0]
    assert receipts.is_movable.tolist() == [False, True, True, False]
    run = make_plan(plant)
    assert orders_of(run) == [("make", "LENS", "NORTH", "", 4.0), ("buy", "GLASS", "NORTH", "", 10.0),
                              ("buy", "GLASS", "NORTH", "", 5.0)]  # fmt: skip


def test_what_is_left_of_purchases_and_what_transfers_take() -> None:
    purchase = {"item": "A", "site": "NORTH", "quantity": 10.0, "due_at": on(5)}
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}],
        item=[{"code": "A", "kind": "buy"}],
        supplier=[{"code": "S"}],
        stock=[{"item": "A", "site": "SOUTH", "quantity": 50.0}],
        purchase_order=[
            {**purchase, "code": "P1", "supplier": "S", "received_quantity": 4.0},
            {**purchase, "code": "P2", "supplier": "S", "state": "received"},
            {**purchase, "code": "T1", "from_site": "SOUTH", "ordered_at": on(3)},
            {**purchase, "code": "T2", "from_site": "SOUTH", "ordered_at": on(-1)},
        ],
    )
    problem, places, _ = compile_problem(plant)
    receipts = problem.receipts
    assert receipts.keys.tolist() == ["P1", "T1", "T2"]
    assert receipts.quantity.tolist() == [6.0, 10.0, 10.0]
    south = places.filter(site="SOUTH")["buffer"].item()
    assert receipts.source.tolist() == [-1, south, -1]
    assert receipts.is_movable.tolist() == [True, True, False]


def test_bills_follow_revisions_and_days_of_the_site() -> None:
    plant = company(
        site=[{"code": "NORTH", "time_zone": "Asia/Tokyo"}],
        item=[{"code": "LAMP"}, {"code": "BULB", "kind": "buy"}, {"code": "LED", "kind": "buy"}],
        routing=[{"code": "R", "item": "LAMP", "site": "NORTH"}],
        revision=[{"code": "LAMP-B", "item": "LAMP", "label": "B", "valid_from": date(2026, 3, 12)}],
        bill_line=[
            {"item": "LAMP", "component": "BULB", "quantity_per": 1.0, "valid_to": date(2026, 3, 11)},
            {"item": "LAMP", "component": "LED", "quantity_per": 1.0, "revision": "LAMP-B"},
        ],
        # Midnight of 12 March in Tokyo is 15:00 UTC of 11 March.
        demand_line=[demand("D1", "LAMP", 1, 9 + 14 / 24), demand("D2", "LAMP", 2, 9 + 16 / 24)],
    )
    run = make_plan(plant)
    assert [row for row in orders_of(run) if row[0] == "buy"] == [
        ("buy", "BULB", "NORTH", "", 1.0),
        ("buy", "LED", "NORTH", "", 2.0),
    ]


def test_safety_stock_of_the_stock_row_goes_before_that_of_the_item() -> None:
    plant = company(
        site=[{"code": "NORTH"}, {"code": "SOUTH"}, {"code": "EAST"}],
        item=[{"code": "A", "kind": "buy", "safety_stock": 5.0}],
        stock=[
            {"item": "A", "site": "NORTH", "quantity": 0.0, "safety_stock": 2.0},
            {"item": "A", "site": "SOUTH", "quantity": 0.0, "safety_stock": None},
        ],
        demand_line=[{**demand("D", "A", 1, 3), "site": "EAST"}],
    )
    problem, places, _ = compile_problem(plant)
    assert dict(zip(places["site"], problem.buffers.safety_stock.tolist(), strict=True)) == {
        "EAST": 0.0,
        "NORTH": 2.0,
        "SOUTH": 5.0,
    }


def test_a_bill_that_contains_itself_is_refused() -> None:
    plant = company(
        item=[{"code": "A"}, {"code": "B"}],
        bill_line=[
            {"item": "A", "component": "B", "quantity_per": 1.0},
            {"item": "B", "component": "A", "quantity_per": 1.0},
        ],
        demand_line=[demand("D", "A", 1, 3)],
    )
    with pytest.raises(InputError, match="A @ NORTH > B @ NORTH > A @ NORTH"):
        make_plan(plant)


def test_an_empty_company_has_an_empty_plan() -> None:
    run = make_plan(company())
    assert run.orders.height == run.actions.height == run.demands.height == 0
    assert run.summary()["demands"] == 0


def test_lot_rules_that_contradict_each_other_are_said() -> None:
    plant = company(
        item=[{"code": "A", "kind": "buy", "lot_minimum": 50.0, "lot_maximum": 20.0}],
        demand_line=[demand("D", "A", 30, 3)],
    )
    run = make_plan(plant)
    assert [row[4] for row in orders_of(run)] == [20.0, 20.0]
    assert "the smallest lot is at most the largest" in [finding.rule for finding in run.findings]


def test_items_made_to_order_have_an_order_for_each_that_takes_them() -> None:
    """Two orders of the same day take 2 and 3 of B: 5 together usually, 2 and 3 where B is bought to order."""
    bill = [{"item": "A", "component": "B", "quantity_per": 1.0}]
    wanted = [demand("D1", "A", 2, 30), demand("D2", "A", 3, 30)]
    for rule, lots in (("as_needed", [5.0]), ("for_each", [2.0, 3.0])):
        bought = {"code": "B", "kind": "buy", "lot_rule": rule}
        run = make_plan(company(item=[{"code": "A"}, bought], bill_line=bill, demand_line=wanted))
        assert sorted(run.orders.filter(item="B")["quantity"].to_list()) == lots


def test_orders_of_one_size_have_it_as_their_smallest_lot() -> None:
    """Of 30 in all, orders of 20: two; without a size, what is missing."""
    fixed = {"code": "A", "kind": "buy", "lot_rule": "fixed", "lot_minimum": 20.0, "lot_multiple": 3.0}
    run = make_plan(company(item=[fixed | {"lot_maximum": 5.0}], demand_line=[demand("D", "A", 30, 3)]))
    assert [row[4] for row in orders_of(run)] == [20.0, 20.0]
    assert "orders of one size have a size" not in [finding.rule for finding in run.findings]
    bare = make_plan(company(item=[fixed | {"lot_minimum": 0.0}], demand_line=[demand("D", "A", 30, 3)]))
    assert [row[4] for row in orders_of(bare)] == [30.0]
    assert "orders of one size have a size" in [finding.rule for finding in bare.findings]


@pytest.mark.parametrize(("kind", "least", "said"), [("buy", 0.0, False), ("buy", 30.0, True), ("make", 5.0, False)])
def test_orders_of_one_size_keep_it_whatever_the_supplier_agreed_to(kind: str, least: float, said: bool) -> None:
    """Of 30 in all, orders of 20, bought or bought besides being made: never the supplier's 5 or 30, nor his sevens."""
    term = {"supplier": "S", "item": "A", "site": "NORTH", "order_minimum": least, "order_multiple": 7.0}
    fixed = {"code": "A", "kind": kind, "lot_rule": "fixed", "lot_minimum": 20.0}
    run = make_plan(
        company(item=[fixed], supplier=[{"code": "S"}], supply_term=[term], demand_line=[demand("D", "A", 30, 3)])
    )
    assert [row[4] for row in orders_of(run)] == [20.0, 20.0]
    assert [one.value for one in run.findings if one.column == "order_minimum"] == (["A of S"] if said else [])
