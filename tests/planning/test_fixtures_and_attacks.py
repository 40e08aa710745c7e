"""Fixtures of another planner all plan without a broken promise; bad input is refused or said, never swallowed."""

from __future__ import annotations

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.check_frames import check_frames
from drumbeat.data.frepple import read_frepple
from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan
from drumbeat.planning.engine.check import check
from tests.planning.small_company import company, demand, on

FIXTURES = [
    "calendar-working-hours.xlsx", "demand-priorities.xlsx", "demo.json", "flow_line.json", "forecast-method.xlsx",
    "jobshop.json", "make-to-order.xlsx", "manufacturing_demo.json", "operation-alternate.xlsx", "resource-skills.xlsx",
    "unicode_test.json",
]  # fmt: skip


@pytest.mark.parametrize("name", FIXTURES)
def test_every_fixture_is_planned_and_the_judge_finds_nothing(shared_data, name):
    frames, as_of, _ = read_frepple(shared_data / "planning/frepple" / name)
    run = make_plan(Snapshot.of(frames, as_of))
    assert [str(finding) for finding in check(run.problem, run.result)] == []
    wanted = frames["demand_line"].height if "demand_line" in frames else 0
    assert run.demands.height > 0 or not wanted


def test_a_bill_that_contains_itself_is_refused_by_name():
    bills = [{"item": "A", "component": "B", "quantity_per": 1.0}, {"item": "B", "component": "A", "quantity_per": 1.0}]
    plant = company(item=[{"code": "A"}, {"code": "B"}], bill_line=bills, demand_line=[demand("D", "A", 1, 5)])
    with pytest.raises(InputError, match="A @ NORTH"):
        make_plan(plant)


def test_a_demand_for_an_unknown_item_and_a_negative_lead_time_are_found_before_anything_is_planned():
    item = [{"code": "A", "kind": "buy", "lead_time_days": -3.0}]
    plant = company(item=item, demand_line=[demand("D", "A", 1, 5), demand("E", "GHOST", 1, 5)])
    found = {(finding.place, finding.column, finding.value) for finding in check_frames(dict(plant.frames))}
    assert ("demand_line", "item", "GHOST") in found
    assert any(place == "item" and column == "lead_time_days" for place, column, _ in found)


def test_without_a_lead_time_an_item_is_there_when_it_is_needed():
    plant = company(item=[{"code": "A", "kind": "buy"}], demand_line=[demand("D", "A", 1, 5)])
    run = make_plan(plant)
    assert run.orders["start_at"].to_list() == [on(5)]
    assert any("supply term" in finding.rule for finding in run.findings)


def test_a_year_without_demand_is_an_empty_plan():
    run = make_plan(company(item=[{"code": "A"}], stock=[{"item": "A", "site": "NORTH", "quantity": 9.0}]))
    assert (run.orders.height, run.actions.height, run.demands.height) == (0, 0, 0)


def test_an_item_in_itself_is_found_before_anything_is_planned():
    bills = [{"item": "A", "component": "A", "quantity_per": 1.0}]
    found = check_frames(dict(company(item=[{"code": "A"}], bill_line=bills).frames))
    assert any("does not go into itself" in finding.rule and "A > A" in str(finding.value) for finding in found)


def test_lead_times_of_nothing_at_every_level_are_planned_at_the_moment_of_need():
    items = [{"code": name, "kind": "make"} for name in "ABC"]
    bills = [{"item": "A", "component": "B", "quantity_per": 1.0}, {"item": "B", "component": "C", "quantity_per": 1.0}]
    run = make_plan(company(item=items, bill_line=bills, demand_line=[demand("D", "A", 1, 5)]))
    assert run.orders["start_at"].to_list() == [on(5)] * 3
    assert [str(finding) for finding in check(run.problem, run.result)] == []


@pytest.mark.parametrize("table", ["supply_term", "operation"])
def test_negative_times_are_found_in_every_table_that_has_them(table):
    rows = {
        "supply_term": [{"supplier": "S", "item": "A", "site": "NORTH", "lead_time_days": -1.0}],
        "operation": [{"code": "O", "routing": "R", "sequence": 10, "run_minutes": -1.0}],
    }
    plant = company(
        item=[{"code": "A"}], supplier=[{"code": "S"}], routing=[{"code": "R", "item": "A", "site": "NORTH"}],
        **{table: rows[table]},
    )  # fmt: skip
    found = [finding for finding in check_frames(dict(plant.frames)) if finding.severity == "error"]
    assert [finding.place for finding in found] == [table]


def test_a_year_without_demand_is_said_where_demand_is_measured():
    from drumbeat.planning.set_policies import set_policies

    run = set_policies(company(item=[{"code": "A"}], stock=[{"item": "A", "site": "NORTH", "quantity": 9.0}]))
    assert any(finding.place == "demand_history" for finding in run.findings)
    assert run.rows["obsolete"].to_list() == [9.0]
