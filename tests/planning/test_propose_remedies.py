"""Remedies for late demands, by hand: each is tried, and what it does is what the plan says then."""

from __future__ import annotations

import pytest

from drumbeat.basics.findings import InputError
from drumbeat.data.stored_change import restore_change
from drumbeat.planning.actions import make_plan
from drumbeat.planning.changes import SplitDemand
from drumbeat.planning.propose_remedies import propose_remedies
from drumbeat.sourcing.changes import MovePurchase
from tests.planning.small_company import company, demand, on


def plant(*demands, stock=0.0, **more):
    return company(
        **more,
        item=[{"code": "LENS", "kind": "buy"}],
        supplier=[{"code": "S"}],
        supply_term=[{"supplier": "S", "item": "LENS", "site": "NORTH", "lead_time_days": 30.0}],
        stock=[{"item": "LENS", "site": "NORTH", "quantity": stock}],
        purchase_order=[{"code": "P", "supplier": "S", "item": "LENS", "site": "NORTH", "quantity": 10.0,
                         "due_at": on(20)}],
        demand_line=list(demands),
    )  # fmt: skip


def remedies(snapshot, code):
    return propose_remedies(snapshot, make_plan(snapshot), code)


def test_a_late_purchase_is_expedited_or_the_demand_is_split():
    found = remedies(plant(demand("D", "LENS", 12, 5), stock=4.0), "D")
    assert [(one.title, one.is_cured, one.num_late, one.num_late_before) for one in found] == [
        ("Have P come 15.0 days earlier", True, 0, 1),
        ("Deliver 4 on time and 8 on 2026-03-22", True, 0, 1),
    ]
    assert [one.ready_at for one in found] == [on(5), on(20)]
    assert restore_change(found[0].change.to_json()) == found[0].change


def test_what_a_remedy_saves_is_told_in_money():
    late = demand("D", "LENS", 12, 5, priority=2.0)
    expedite, split = remedies(plant(late, stock=4.0, company=[{"code": "C", "late_hour_cost": 3.0}]), "D")
    whole = 15 * 24 * 2.0 * 3.0  # fifteen days, importance 2, 3 for each late hour
    assert expedite.worth == pytest.approx(whole)
    assert split.worth == pytest.approx(whole * 4 / 12)  # eight are as late as before, whatever was agreed
    assert remedies(plant(late), "D")[0].worth is None


def test_where_nothing_is_there_a_later_date_is_agreed():
    (only,) = remedies(plant(demand("C", "LENS", 10, 25), demand("D", "LENS", 3, 26)), "D")
    assert only.change == SplitDemand("D", 0.0, on(30))
    assert (only.is_cured, only.num_late) == (True, 0)


def test_who_is_on_time_needs_no_remedy_and_who_is_not_there_is_named():
    snapshot = plant(demand("D", "LENS", 1, 25))
    assert remedies(snapshot, "D") == []
    with pytest.raises(InputError, match="GONE"):
        remedies(snapshot, "GONE")


@pytest.mark.parametrize(
    "change",
    [MovePurchase("GONE", on(1)), MovePurchase("P", on(1).replace(tzinfo=None)), SplitDemand("GONE", 1, on(1)),
     SplitDemand("D", 9.0, on(1)), SplitDemand("D", float("nan"), on(1))],
)  # fmt: skip
def test_changes_that_cannot_be_made_are_refused(change):
    with pytest.raises(InputError):
        plant(demand("D", "LENS", 9, 25)).apply([change])
