"""A change is tried on the plan: what it does is what a plan of the changed data says, and the page tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from drumbeat.basics.findings import InputError
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.stored_change import restore_change
from drumbeat.demand.models import DemandLine
from drumbeat.planning import views_try
from drumbeat.planning.actions import make_plan
from drumbeat.planning.changes import AddDemand, ChangeDemand, SplitDemand
from drumbeat.planning.compare_plans import compare_orders
from drumbeat.planning.try_changes import begin_trials, try_changes
from drumbeat.plant.models import Item, Site
from drumbeat.sourcing.changes import MovePurchase
from drumbeat.sourcing.models import PurchaseOrder, Supplier
from tests.planning.small_company import company, demand, on
from tests.planning.test_propose_remedies import plant

DEMANDS = (demand("D", "LENS", 12, 5), demand("E", "LENS", 3, 45))


@pytest.mark.parametrize(
    "change",
    [
        AddDemand("LENS", "NORTH", 2.0, on(21)),
        ChangeDemand("D", quantity=4.0),
        ChangeDemand("D", quantity=0.0),
        ChangeDemand("D", due_at=on(22)),
        SplitDemand("D", 4.0, on(20)),
        MovePurchase("P", on(4)),
    ],
    ids=lambda change: change.kind + str(getattr(change, "quantity", "")),
)
def test_a_trial_is_the_plan_of_the_changed_data(change: Any) -> None:
    snapshot = plant(*DEMANDS, stock=4.0)
    trial = try_changes(begin_trials(snapshot), [change])
    whole = make_plan(snapshot.apply([change]))
    assert trial.after.demands.equals(whole.demands)
    assert trial.after.describe_orders().equals(whole.orders)
    assert trial.after.plan.num_replanned <= 1
    assert restore_change(change.to_json()) == change


def test_orders_that_come_and_go_are_told() -> None:
    snapshot = plant(*DEMANDS, stock=4.0)
    before = begin_trials(snapshot)
    assert before.num_late == 1
    trial = try_changes(before, [ChangeDemand("D", quantity=4.0)])
    assert trial.compare()["on_time_now"][0]["demand"] == "D"
    come, go = trial.compare_orders()
    # Of fifteen lenses fourteen are there or on order; now eight less are wanted, and nothing is bought any more.
    assert (come.height, go["quantity"].to_list()) == (0, [1.0])
    again = compare_orders(before.describe_orders(), before.describe_orders())
    assert [frame.height for frame in again] == [0, 0]


@pytest.mark.parametrize(
    "change",
    [
        AddDemand("GONE", "NORTH", 1.0, on(3)), AddDemand("LENS", "GONE", 1.0, on(3)),
        AddDemand("LENS", "NORTH", 0.0, on(3)), AddDemand("LENS", "NORTH", float("inf"), on(3)),
        AddDemand("LENS", "NORTH", 1.0, on(3).replace(tzinfo=None)), AddDemand("LENS", "NORTH", 1.0, on(3), 0.0),
        AddDemand("LENS", "NORTH", 1.0, on(3), demand="D"), ChangeDemand("GONE", 1.0), ChangeDemand("D"),
        ChangeDemand("D", -1.0), ChangeDemand("D", float("nan")), ChangeDemand("D", due_at=on(3).replace(tzinfo=None)),
    ],
)  # fmt: skip
def test_changes_that_cannot_be_made_are_refused(change: Any) -> None:
    with pytest.raises(InputError):
        try_changes(begin_trials(plant(*DEMANDS)), [change])


@pytest.mark.parametrize(
    "given", [{"due_at": "9999-12-31T23:59:00-05:00"}, {"quantity": 10**400}], ids=["due", "units"]
)
def test_what_no_calendar_or_number_holds_is_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        restore_change({"kind": "planning.ChangeDemand", "demand": "D", **given})
    assert [one.column for one in refused.value.findings] == list(given)


@pytest.fixture
def stored(db: None, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """Two demands of lenses, of which one is late, in the database as far as the page asks for them."""
    snapshot = plant(*DEMANDS, stock=4.0)
    sites = {code: Site.objects.create(code=code, time_zone="UTC") for code in ("NORTH", "SOUTH")}
    lens = Item.objects.create(code="LENS", kind="buy")
    for row in DEMANDS:
        DemandLine.objects.create(code=row["code"], item=lens, site=sites["NORTH"], quantity=row["quantity"],
                                  due_at=row["due_at"])  # fmt: skip
    PurchaseOrder.objects.create(
        code="P", supplier=Supplier.objects.create(code="S"), item=lens, site=sites["NORTH"], quantity=10.0,
        due_at=on(20),
    )  # fmt: skip
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda **_: snapshot))
    views_try._plans.clear()
    return snapshot


def day(days: float) -> str:
    return (on(0) + timedelta(days=days)).date().isoformat()


def test_a_rush_order_is_tried_at_once(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    page = planner.get("/plan/try/")
    assert "trial" not in page.context
    asked = {"kind": "order", "try": "1", "item": "LENS", "site": "NORTH", "quantity": "2", "due": day(3)}
    trial = planner.get("/plan/try/", asked).context["trial"]
    # It takes two of the four in stock: D is as late as before.
    assert trial["mine"]["is_late"] is False
    assert (trial["late_before"], trial["late"], trial["num_planned"]) == (1, 1, 1)
    assert [row["quantity"] for row in trial["orders_new"]] == [3.0]
    assert [row["quantity"] for row in trial["orders_gone"]] == [1.0]
    part = planner.get("/plan/try/", asked, headers={"HX-Target": "trial"}).content.decode()
    assert "<html" not in part
    assert "planning.AddDemand" in part


def test_the_plan_is_kept_where_the_company_states_no_moment(
    stored: Snapshot, client_as: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[datetime] = []
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda as_of: Snapshot.of(stored.frames, as_of)))
    monkeypatch.setattr(views_try, "begin_trials", lambda data: made.append(data.as_of) or begin_trials(data))
    planner, asked = client_as("planner"), {"kind": "demand", "try": "1", "demand": "D", "quantity": "4"}
    for moment in (on(0.25), on(0.25) + timedelta(seconds=300), on(0.25) + timedelta(seconds=700)):
        monkeypatch.setattr(views_try.timezone, "now", lambda moment=moment: moment)
        assert "trial" in planner.get("/plan/try/", asked).context
    assert made == [on(0.25), on(0.25) + timedelta(seconds=600)]


def test_an_order_is_edited_and_a_purchase_moved(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner", "NORTH")
    filled = planner.get("/plan/try/?kind=demand&demand=D").context["form"]
    assert filled.initial["quantity"] == 12
    trial = planner.get("/plan/try/", {"kind": "demand", "try": "1", "demand": "D", "quantity": "4"}).context["trial"]
    assert [row["demand"] for row in trial["on_time_now"]] == ["D"]
    moved = {"kind": "purchase", "try": "1", "purchase": "P", "due": day(4)}
    trial = planner.get("/plan/try/", moved).context["trial"]
    assert (trial["late_before"], trial["late"]) == (1, 0)


def test_nonsense_is_refused_with_what_to_do(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    for asked in (
        {"kind": "order", "item": "GONE", "site": "NORTH", "quantity": "1", "due": day(3)},
        {"kind": "order", "item": "LENS", "site": "NORTH", "quantity": "-1", "due": day(3)},
        {"kind": "order", "item": "LENS", "site": "GONE", "quantity": "nan", "due": "yesterday"},
        {"kind": "order", "item": "LENS", "site": "NORTH", "quantity": "1", "due": "9999-12-31"},
        {"kind": "order", "item": "LENS", "site": "NORTH", "quantity": "1", "due": "0001-01-01"},
        {"kind": "demand", "demand": "GONE", "quantity": "1"}, {"kind": "demand", "demand": "D"},
        {"kind": "purchase", "purchase": "GONE", "due": day(1)}, {"kind": "nonsense"},
    ):  # fmt: skip
        page = planner.get("/plan/try/", {"try": "1", **asked})
        assert page.status_code == 200
        assert page.context["form"].errors, asked
        assert "trial" not in page.context


def test_nobody_tries_at_another_site(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    south = client_as("planner", "SOUTH")
    assert south.get("/plan/try/", {"kind": "demand", "try": "1", "demand": "D", "quantity": "1"}).status_code == 403
    assert "quantity" not in south.get("/plan/try/?kind=demand&demand=D").context["form"].initial
    asked = {"kind": "order", "try": "1", "item": "LENS", "site": "NORTH", "quantity": "2", "due": day(3)}
    assert south.get("/plan/try/", asked).context["form"].errors["site"]


def test_what_stands_in_for_late_items_is_tried_too() -> None:
    wants = [demand("D", "LENS", 6, 5)]
    term = {"supplier": "S", "site": "NORTH", "lead_time_days": 30.0}
    snapshot = company(
        item=[{"code": "LENS", "kind": "buy"}, {"code": "PRISM", "kind": "buy"}], demand_line=wants,
        stock=[{"item": "PRISM", "site": "NORTH", "quantity": 10.0}], supplier=[{"code": "S"}],
        supply_term=[term | {"item": one} for one in ("LENS", "PRISM")],
        substitute=[{"item": "LENS", "substitute": "PRISM"}],
    )  # fmt: skip
    before = begin_trials(snapshot)
    assert before.num_late == 0
    for change in (ChangeDemand("D", quantity=12.0), AddDemand("PRISM", "NORTH", 7.0, on(2))):
        trial = try_changes(before, [change])
        whole = make_plan(snapshot.apply([change]))
        assert trial.after.demands.equals(whole.demands)
        assert trial.after.describe_orders().equals(whole.orders)
        assert trial.after.num_late == 1


def test_a_demand_of_millions_of_lots_is_refused() -> None:
    small = company(item=[{"code": "LENS", "kind": "buy", "lot_maximum": 2.0}], demand_line=[demand("D", "LENS", 1, 5)])
    for change in (AddDemand("LENS", "NORTH", 1e9, on(3)), ChangeDemand("D", 1e9)):
        assert [one.column for one in change.check(small.frames)] == ["quantity"]
    assert not list(ChangeDemand("D", 1e5).check(small.frames))


def test_nor_of_millions_of_lots_of_what_goes_into_it() -> None:
    """A board takes two screws, which come one by one: 50 000 boards are 100 000 lots."""
    items = [{"code": "BOARD", "kind": "make"}, {"code": "SCREW", "kind": "buy", "lot_maximum": 1.0}]
    bill = [{"item": "BOARD", "component": "SCREW", "quantity_per": 2.0}]
    snapshot = company(item=items, bill_line=bill)
    assert not AddDemand("BOARD", "NORTH", 50_000.0, on(9)).check(snapshot.frames)
    (found,) = AddDemand("BOARD", "NORTH", 1e12, on(9)).check(snapshot.frames)
    assert (found.rule, found.value) == ("a demand takes at most 100,000 lots of its component SCREW", "1e+12")
