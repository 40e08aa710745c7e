"""What explains a plan, by hand: stock by week, pegs, late demands and what they wait for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan, save_plan
from drumbeat.planning.list_pegs import list_late, list_pegs
from drumbeat.planning.models import LateDemand, Material, Peg, PurchaseLine
from drumbeat.planning.project_stock import WEEKS, project_stock
from tests.planning.small_company import AS_OF, company, demand, on

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def plant(**more: Any) -> Snapshot:
    """LENS (4 in stock, safety stock 1) is made of 2 GLASS; 10 GLASS come late with P, S needs 30 days for more."""
    tables: dict[str, Any] = {
        "site": [{"code": "NORTH"}, {"code": "SOUTH"}],
        "item": [
            {"code": "LENS", "kind": "make"}, {"code": "GLASS", "kind": "buy", "cost": 3.0}, {"code": "RELIC"},
        ],
        "routing": [{"code": "R", "item": "LENS", "site": "NORTH"}],
        "bill_line": [{"item": "LENS", "component": "GLASS", "quantity_per": 2.0}],
        "supplier": [{"code": "S"}],
        "supply_term": [{"supplier": "S", "item": "GLASS", "site": "NORTH", "lead_time_days": 30.0, "price": 2.5}],
        "stock": [
            {"item": "LENS", "site": "NORTH", "quantity": 4.0, "safety_stock": 1.0},
            {"item": "RELIC", "site": "SOUTH", "quantity": 7.0},
        ],
        "purchase_order": [
            {"code": "P", "supplier": "S", "item": "GLASS", "site": "NORTH", "quantity": 10.0, "due_at": on(15)}
        ],
        "demand_line": [demand("D1", "LENS", 3, 1), demand("D2", "LENS", 5, 8), demand("D3", "LENS", 6, 60)],
    }  # fmt: skip
    return company(**(tables | more))


def test_stock_by_week_is_what_is_there_less_what_is_wanted() -> None:
    run = make_plan(plant())
    rows = {row["item"]: row for row in project_stock(run).iter_rows(named=True)}
    lens = rows["LENS"]
    assert (lens["stock"], lens["safety"], lens["wanted"], lens["coming"]) == (4.0, 1.0, 14.0, 0.0)
    assert lens["weeks"]["wanted"][:2] == [3.0, 5.0]
    assert lens["weeks"]["wanted"][8] == 6.0  # day 60
    # D2 on day 8 finds one lens; the others are made of glass that comes on day 15.
    assert lens["short_at"] == on(7)
    assert lens["lowest"] == pytest.approx(-4.0)
    assert rows["GLASS"]["coming"] == 10.0
    assert rows["GLASS"]["weeks"]["coming"][2] == 10.0
    assert rows["RELIC"]["short_at"] is None
    assert next(project_stock(run).iter_rows(named=True))["short_at"] is not None  # what runs short comes first


def test_safety_stock_that_is_touched_is_low_and_not_short() -> None:
    touched = plant(
        stock=[{"item": "GLASS", "site": "NORTH", "quantity": 4.0, "safety_stock": 3.0}],
        demand_line=[demand("D", "GLASS", 2, 1)], purchase_order=[],
    )  # fmt: skip
    (row,) = [row for row in project_stock(make_plan(touched)).iter_rows(named=True) if row["item"] == "GLASS"]
    assert (row["short_at"], row["low_at"], row["lowest"]) == (None, AS_OF, 2.0)
    assert len(row["weeks"]["planned"]) == WEEKS


def test_pegs_balance_and_lead_from_the_demand_to_the_purchase() -> None:
    run = make_plan(plant())
    pegs = list_pegs(run)
    for code, wanted in (("D1", 3.0), ("D2", 5.0), ("D3", 6.0)):
        assert pegs.filter(taker_kind="demand", taker=code)["quantity"].sum() == pytest.approx(wanted)
    (lens,) = pegs.filter(taker="D2", supply_kind="planned")["supply"].unique().to_list()
    below = pegs.filter(taker_kind="planned", taker=lens)
    assert "P" in below["supply"].to_list()
    assert set(below["taker_item"]) == {"LENS"}
    assert set(below["item"]) == {"GLASS"}


def test_a_late_demand_names_the_chain_that_it_waits_for() -> None:
    late = list_late(make_plan(plant()))
    assert late["demand"].to_list() == ["D2"]
    chain = late["chain"].to_list()[0]
    assert [(link["kind"], link["item"]) for link in chain] == [("planned", "LENS"), ("order", "GLASS")]
    assert chain[1]["code"] == "P"
    assert chain[1]["ready_at"] == on(15).isoformat()
    assert late["late_days"].to_list() == [pytest.approx(7.0)]


@pytest.mark.django_db
def test_details_are_kept_with_the_newest_plan_alone() -> None:
    snapshot = plant()
    run = make_plan(snapshot)
    save_plan(run, NOW, snapshot)
    newest = save_plan(run, NOW, snapshot)
    assert set(Material.objects.values_list("plan", flat=True)) == {newest.pk}
    assert Material.objects.count() == 3
    assert Peg.objects.count() == list_pegs(run).height > 0
    assert LateDemand.objects.get().chain[1]["code"] == "P"
    assert PurchaseLine.objects.get().money == pytest.approx(2.5 * PurchaseLine.objects.get().quantity)
