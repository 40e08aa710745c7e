"""The master plan of a plant, by hand."""

from __future__ import annotations

from datetime import time
from typing import Any

import polars as pl
import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.compile_master import MasterTerms
from drumbeat.planning.engine.master.check_master import check_master
from drumbeat.planning.make_master import MasterRun, make_master
from tests.planning.small_company import company, demand, on


def plant(**more: Any) -> Snapshot:
    """LENS (price 100) takes an hour on PRESS, open 40 hours a week and 20 an hour, and one GLASS at 5."""
    days = ("mon", "tue", "wed", "thu", "fri")
    tables: dict[str, Any] = {
        "calendar": [{"code": "day"}],
        "calendar_shift": [{"calendar": "day", "weekday": day, "start": time(8), "end": time(16)} for day in days],
        "item": [{"code": "LENS", "price": 100.0, "cost": 52.0}, {"code": "GLASS", "kind": "buy", "cost": 5.0}],
        "resource": [machine("PRESS", cost_per_hour=20.0)],
        "routing": [{"code": "R", "item": "LENS", "site": "NORTH"}],
        "operation": [
            {"code": "R1", "routing": "R", "sequence": 10, "capability": "press", "run_minutes": 60.0}
        ],
        "bill_line": [{"item": "LENS", "component": "GLASS", "quantity_per": 1.0}],
        "supplier": [{"code": "S"}],
        "supply_term": [{"supplier": "S", "item": "GLASS", "site": "NORTH", "price": 5.0}],
        "demand_line": [demand("D1", "LENS", 30, 3), demand("D2", "LENS", 60, 10)],
    }  # fmt: skip
    return company(**(tables | more))


def machine(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "site": "NORTH", "calendar": "day", "capability": "press", **more}


def make(snapshot: Snapshot, **terms: Any) -> MasterRun:
    run = make_master(snapshot, MasterTerms(**({"weeks": 3} | terms)))
    assert not check_master(run.compiled.problem, run.plan)
    return run


def parts(run: MasterRun) -> dict[str, float]:
    return {kind: round(amount, 6) for kind, amount in run.cost_parts.iter_rows() if amount > 1e-6}


def test_makes_ahead_then_in_overtime_then_late_whichever_is_cheaper() -> None:
    run = make(plant())
    # 30 in the first week, 10 of the second's 60 ahead (held a week for 52 x 20 % / 52 = .20 each); of the 10 that are
    # missing in the second week 8 in overtime would cost 30 each; a week late costs 2 % of 100 each: late it is.
    assert parts(run) == {"activities": 450.0, "stock": 2.0, "late": 20.0}
    # At half the price a week it is overtime: 8 hours in the second week, 2 in the first.
    hurried = make(plant(), late_rate=0.5)
    assert parts(hurried) == {"activities": 450.0, "overtime": 300.0, "stock": 2.4}
    assert hurried.hours.filter(pl.col("overtime") > 0)["overtime"].sum() == pytest.approx(10)
    assert hurried.worths(1)["sentence"].to_list() == ["One more hour on PRESS in the week of 9 Mar is worth 30"]


def test_work_goes_to_whichever_machine_can_do_it_and_to_the_subcontractor_last() -> None:
    outside = machine("OUT", kind="subcontractor", cost_per_hour=26.0)
    run = make(plant(resource=[machine("PRESS", cost_per_hour=20.0), outside]), late_rate=0.5)
    done = dict(run.quantities.filter(how="work").group_by("source").agg(pl.col("quantity").sum()).iter_rows())
    assert done == {"PRESS": pytest.approx(80), "OUT": pytest.approx(10)}
    assert parts(run)["activities"] == pytest.approx(450 + 260)


def test_orders_under_way_take_hours_and_parts_first() -> None:
    order = {"code": "O", "item": "LENS", "site": "NORTH", "quantity": 36.0, "state": "released"}
    run = make(plant(order=[order | {"release_at": on(0), "due_at": on(4)}]))
    first = run.hours.row(0, named=True)
    assert first["usable"] == pytest.approx(4)
    glass = run.stocks.filter(item="GLASS")
    assert glass["wanted"].to_list() == [36.0]
    assert run.quantities.filter(how="make")["quantity"].sum() == pytest.approx(90 - 36)


def test_supplier_capacity_safety_stock_and_budget_bind() -> None:
    term = {"supplier": "S", "item": "GLASS", "site": "NORTH", "price": 5.0, "capacity_per_week": 25.0}
    run = make(plant(supply_term=[term]))
    assert run.quantities.filter(how="buy")["quantity"].to_list() == pytest.approx([25, 25, 25])
    assert run.stocks.filter(item="LENS")["late"].to_list()[-1] == pytest.approx(15)
    # A glass more in the first week is a lens that is never delivered otherwise, 100, nor late three times, 2, less 5.
    assert run.worths(1)["sentence"].to_list() == ["One more GLASS from S in the week of 2 Mar is worth 101.00"]
    poor = make(plant(), budget=100.0)
    assert poor.quantities.filter(how="buy")["quantity"].to_list() == pytest.approx([20, 20, 20])
    # A fifth of a glass for 1 more: 106 / 5 saved, less the 1.
    assert poor.worths(1)["sentence"].to_list() == ["One more of money in the week of 2 Mar saves 20.20"]
    assert poor.budgets["worth"].to_list() == pytest.approx([20.2, 19.8, 19.4])
    stocked = plant(stock=[{"item": "LENS", "site": "NORTH", "quantity": 0.0, "safety_stock": 5.0}])
    assert make(stocked).stocks.filter(item="LENS")["stock"].to_list()[-1] == pytest.approx(5)


def test_whole_shifts_are_bought_where_overtime_is_not_enough() -> None:
    run = make(plant(), late_rate=0.5, extra_shifts=2, overtime_share=0.0)
    # One brings 8 of the 10 hours that lack; a second one for 240 would save 2 x 50.
    assert run.hours["shifts"].sum() == 1
    assert run.plan.bound == pytest.approx(run.plan.cost, rel=1e-3)


def test_another_site_sends_what_this_one_cannot_make() -> None:
    run = make(
        plant(
            site=[{"code": "NORTH"}, {"code": "SOUTH"}],
            supplier=[{"code": "S"}, {"code": "SOUTH"}],
            supply_term=[
                {"supplier": "S", "item": "GLASS", "site": "NORTH", "price": 5.0},
                {"supplier": "S", "item": "LENS", "site": "SOUTH", "price": 500.0},
                {"supplier": "SOUTH", "item": "LENS", "site": "NORTH", "price": 3.0, "priority": 2},
            ],
            stock=[{"item": "LENS", "site": "SOUTH", "quantity": 25.0}],
        ),
        late_rate=0.5,
    )
    moved = run.quantities.filter(how="move")
    assert moved.select("item", "site", "source", "quantity").row(0) == ("LENS", "NORTH", "SOUTH", pytest.approx(25))


def test_nothing_wanted_is_an_empty_plan_and_a_missing_price_is_said() -> None:
    run = make(plant(demand_line=[]))
    assert run.quantities.is_empty()
    assert run.plan.cost == pytest.approx(0)
    free = make(plant(item=[{"code": "LENS"}, {"code": "GLASS", "kind": "buy"}]))
    assert "what customers want has a price" in str(free.findings.as_json())
    with pytest.raises(ValueError, match="1 or more weeks"):
        MasterTerms(weeks=0)
    empty = make_master(company(item=[{"code": "A"}]), MasterTerms(weeks=1))
    assert empty.hours.is_empty()


def test_a_bill_that_changes_takes_the_old_part_before_and_the_new_one_after() -> None:
    run = make(
        plant(
            item=[
                {"code": "LENS", "price": 100.0, "cost": 52.0},
                *({"code": c, "kind": "buy"} for c in ("OLD", "NEW")),
            ],
            bill_line=[
                {"item": "LENS", "component": "OLD", "quantity_per": 1.0, "valid_to": on(6).date()},
                {"item": "LENS", "component": "NEW", "quantity_per": 1.0, "valid_from": on(7).date()},
            ],
            supply_term=[],
            demand_line=[demand("D1", "LENS", 30, 3), demand("D2", "LENS", 40, 10)],
        ),
        overtime_share=0.0,
    )
    bought = dict(run.quantities.filter(how="buy").group_by("item").agg(pl.col("quantity").sum()).iter_rows())
    assert bought == {"OLD": pytest.approx(30), "NEW": pytest.approx(40)}


def test_what_is_made_of_nothing_is_made() -> None:
    run = make(plant(bill_line=[]))
    assert run.quantities.filter(how="make")["quantity"].sum() == pytest.approx(90)
