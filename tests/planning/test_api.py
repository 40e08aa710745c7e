"""The plan over the API: what stands beside it, and changes that are tried; by role and site."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import fastexcel
import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from drumbeat.data.snapshot import Snapshot
from drumbeat.demand.models import DemandLine
from drumbeat.planning.actions import make_plan, save_placement, save_plan
from drumbeat.planning.models import ActionMessage, FiniteDelivery, FinitePlan, PeopleWeek, PlacedStock, PurchaseTruck
from drumbeat.planning.place_over_levels import PlacementTerms, place_over_levels
from drumbeat.planning.try_changes import begin_trials
from drumbeat.plant.models import Item, Site
from tests.planning.small_company import AS_OF, on
from tests.planning.test_features_browser import rich
from tests.planning.test_place_over_levels import chain

pytestmark = pytest.mark.django_db
TABLES = {"actions": ActionMessage, "trucks": PurchaseTruck, "people": PeopleWeek}


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    for code in ("NORTH", "SOUTH"):
        Site.objects.create(code=code, time_zone="UTC")
    snapshot = rich()
    save_plan(make_plan(snapshot), timezone.now(), snapshot)
    monkeypatch.setattr(Snapshot, "read_database", staticmethod(lambda **_: snapshot))
    return snapshot


def get(client: Client, address: str, **asked: Any) -> Any:
    return client.get(f"/api/plans/{address}", asked)


@pytest.mark.parametrize("address", ["actions", "trucks", "people", "placement", "stock", "finite"])
def test_without_a_plan_there_is_nothing_and_it_is_said(address: str, client_as: Callable[..., Client]) -> None:
    answer = get(client_as("viewer"), address)
    assert answer.status_code == 404
    assert "yet" in answer.json()["detail"] or "planned" in answer.json()["detail"]


@pytest.mark.parametrize("address", list(TABLES))
def test_tables_of_the_plan_are_read_at_ones_sites(
    address: str, stored: Snapshot, client_as: Callable[..., Client]
) -> None:
    rows = get(client_as("viewer"), address, limit=1000).json()
    assert len(rows) == TABLES[address].objects.count() > 0
    assert get(client_as("viewer", "SOUTH"), address).json() == []
    assert len(get(client_as("viewer", "NORTH"), address, limit=1).json()) == 1
    for wrong in ({"limit": 0}, {"limit": "nan"}, {"offset": -1}):
        assert get(client_as("viewer"), address, **wrong).status_code == 422


def test_placed_stock_and_finite_deliveries_are_read(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    save_placement(place_over_levels(chain(99)), PlacementTerms(), AS_OF)
    told = get(client_as("viewer"), "placement").json()
    assert {row["item"] for row in told["rows"]} == set(PlacedStock.objects.values_list("item", flat=True))
    plan = FinitePlan.objects.create(created_at=AS_OF, version="v")
    for code, days in (("A", 0.0), ("B", None)):
        FiniteDelivery.objects.create(plan=plan, demand=code, item="X", site="NORTH", quantity=1, late_days=days)
    assert [row["demand"] for row in get(client_as("viewer"), "finite").json()["deliveries"]] == ["B", "A"]
    assert get(client_as("viewer", "SOUTH"), "finite").json()["deliveries"] == []


def test_a_new_order_is_tried(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    line = stored["demand_line"].filter(state="open").row(0, named=True)
    asked = {"item": line["item"], "site": "NORTH", "quantity": 5, "due_at": on(200).isoformat()}
    planner = client_as("planner", "NORTH")
    told = get(planner, "try/order", **asked).json()
    assert told["late_before"] == begin_trials(stored).num_late
    assert told["mine"]["is_late"] is False
    assert sum(row["quantity"] for row in told["orders_new"] if row["item"] == line["item"]) >= 5
    assert get(client_as("viewer"), "try/order", **asked).status_code == 403
    assert get(client_as("planner", "SOUTH"), "try/order", **asked).status_code == 403
    wrong = [{"quantity": "nan"}, {"quantity": -1}, {"quantity": "inf"}, {"item": "GONE"}, {"due_at": "soon"}]
    wrong += [{"due_at": "9999-12-31T23:59:59-14:00"}, {"due_at": "0001-01-01T00:00:00+14:00"}]
    for one in wrong:
        assert get(planner, "try/order", **(asked | one)).status_code == 422, one


def test_a_demand_and_a_purchase_are_tried(stored: Snapshot, client_as: Callable[..., Client]) -> None:
    line = stored["demand_line"].filter(state="open").row(0, named=True)
    item = Item.objects.create(code=line["item"])
    DemandLine.objects.create(code=line["code"], item=item, site_id="NORTH", quantity=1, due_at=on(5))
    planner = client_as("planner", "NORTH")
    told = get(planner, "try/demand", demand=line["code"], quantity=0).json()
    assert told["mine"] is None or told["mine"]["demand"] == line["code"]
    assert told["late"] <= told["late_before"]
    assert get(planner, "try/demand", demand="GONE", quantity=1).status_code == 422
    assert get(client_as("planner", "SOUTH"), "try/demand", demand=line["code"], quantity=0).status_code == 403
    assert get(planner, "try/purchase", purchase="GONE", due_at=on(1).isoformat()).status_code == 422


def test_a_trial_a_material_and_a_machine_are_sent_as_workbooks(
    stored: Snapshot, client_as: Callable[..., Client]
) -> None:
    line = stored["demand_line"].filter(state="open").row(0, named=True)
    asked = {"kind": "order", "item": line["item"], "site": "NORTH", "quantity": "5", "due": on(200).date().isoformat()}
    planner = client_as("planner")
    book = fastexcel.read_excel(planner.get("/plan/try/export.xlsx", asked).content)
    assert book.sheet_names == ["demands", "orders that come", "orders that go"]
    assert line["item"] in book.load_sheet("orders that come").to_polars()["item"].to_list()
    for wrong in ({"kind": "gone"}, {"quantity": "nan"}, {"item": "GONE"}):
        assert planner.get("/plan/try/export.xlsx", asked | wrong).status_code == 404
    place = {"item": line["item"], "site": "NORTH"}
    book = fastexcel.read_excel(client_as("viewer").get("/plan/materials/item.xlsx", place).content)
    assert book.sheet_names == ["weeks", "orders", "who takes it", "made of"]
    assert line["code"] in book.load_sheet("who takes it").to_polars()["taker"].to_list()
    assert client_as("viewer", "SOUTH").get("/plan/materials/item.xlsx", place).status_code == 404
    load = client_as("viewer").get("/plan/load/export.xlsx", {"resource": "NOBODY"})
    assert pl.read_excel(io.BytesIO(load.content), sheet_name="machines").is_empty()
