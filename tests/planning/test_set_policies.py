"""Stock policies from measured demand and lead times, and their page."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from django.test import Client

from drumbeat.cli.main import main
from drumbeat.data.snapshot import Snapshot
from drumbeat.data.write_folder import write_folder
from drumbeat.inventory.engine.set_stock import measure_fill_rate
from drumbeat.inventory.models import Stock
from drumbeat.planning.actions import save_policies
from drumbeat.planning.jobs import stock_job
from drumbeat.planning.models import StockPolicy, StockReview
from drumbeat.planning.set_policies import PolicyTerms, set_policies
from drumbeat.plant.models import Item, Site
from drumbeat.web.models import Job
from tests.planning.small_company import AS_OF, company, on

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def weeks(item: str, quantities: list[float]) -> list[dict[str, Any]]:
    """Past weeks of an item, the last one just over; AS_OF is a Monday."""
    first = (AS_OF - timedelta(weeks=len(quantities))).date()
    return [
        {"item": item, "site": "NORTH", "period_start": first + timedelta(weeks=number), "quantity": quantity}
        for number, quantity in enumerate(quantities)
    ]


def plant(**more: Any) -> Snapshot:
    """LENS (10 or 30 a week) is made of 2 GLASS, which S delivers in 14 days, give or take 3.5."""
    tables: dict[str, Any] = {
        "item": [
            {"code": "LENS", "cost": 10.0}, {"code": "GLASS", "kind": "buy", "cost": 4.0},
            {"code": "RELIC", "kind": "buy", "cost": 3.0},
        ],
        "routing": [{"code": "R", "item": "LENS", "site": "NORTH"}],
        "bill_line": [{"item": "LENS", "component": "GLASS", "quantity_per": 2.0}],
        "supplier": [{"code": "S"}],
        "supply_term": [
            {"supplier": "S", "item": "GLASS", "site": "NORTH", "lead_time_days": 14.0, "lead_time_spread_days": 3.5}
        ],
        "demand_history": weeks("LENS", [10, 30] * 26),
        "stock": [
            {"item": "GLASS", "site": "NORTH", "quantity": 5000.0, "safety_stock": 1.0},
            {"item": "RELIC", "site": "NORTH", "quantity": 7.0},
        ],
        "holding_rate": [{"site": "NORTH", "rate": 0.25}],
    }  # fmt: skip
    return company(**(tables | more))


def rows(snapshot: Snapshot, **terms: Any) -> dict[str, dict[str, Any]]:
    run = set_policies(snapshot, PolicyTerms(**terms))
    return {row["item"]: row for row in run.rows.iter_rows(named=True)}


def test_parts_flow_as_their_parents_do() -> None:
    found = rows(plant())
    spread = float(np.std([10, 30] * 26, ddof=1))
    assert (found["LENS"]["weekly"], found["LENS"]["weekly_spread"]) == (pytest.approx(20), pytest.approx(spread))
    assert (found["GLASS"]["weekly"], found["GLASS"]["weekly_spread"]) == (pytest.approx(40), pytest.approx(2 * spread))
    assert found["GLASS"]["how"] == "buy"


@pytest.mark.parametrize("stock", [0.0, 3.0])
def test_no_stock_is_ever_kept_of_a_phantom(stock: float) -> None:
    """LENS takes a KIT of 2 GLASS: 20 lenses a week are 40 of glass, and of the kit nothing is proposed."""
    bare = plant()
    items = [*bare["item"].select("code", "kind", "cost").iter_rows(named=True), {"code": "KIT", "kind": "phantom"}]
    bills = [{"item": "LENS", "component": "KIT", "quantity_per": 1.0},
             {"item": "KIT", "component": "GLASS", "quantity_per": 2.0}]  # fmt: skip
    found = rows(plant(item=items, bill_line=bills, stock=[{"item": "KIT", "site": "NORTH", "quantity": stock}]))
    assert set(found) == {"LENS", "GLASS"}
    assert found["GLASS"]["weekly"] == pytest.approx(40)
    assert found["GLASS"]["safety"] == pytest.approx(rows(bare)["GLASS"]["safety"])


def test_safety_stock_meets_the_wanted_share_with_the_lead_time_s_own_spread() -> None:
    glass = rows(plant())["GLASS"]
    assert (glass["lead_weeks"], glass["lead_spread_weeks"]) == (pytest.approx(2), pytest.approx(0.5))
    deviation = np.sqrt(2 * glass["weekly_spread"] ** 2 + (40 * 0.5) ** 2)
    reached = measure_fill_rate(80, deviation, glass["lot"], glass["reorder_at"])
    assert reached == pytest.approx(glass["fill_target"])
    assert glass["safety"] == pytest.approx(glass["reorder_at"] - 80)
    assert glass["up_to"] == pytest.approx(glass["reorder_at"] + glass["lot"])
    assert glass["fill_now"] < glass["fill_target"]
    # The economic lot: root of 2 x 50 x 40 / (4 x .25 / 52.18).
    assert glass["lot"] == pytest.approx(np.sqrt(2 * 50 * 40 / (4 * 0.25 / 52.18)))


def test_measured_deliveries_go_before_what_was_agreed() -> None:
    taken = [7.0, 21.0] * 4
    orders = [
        {"code": f"P{n}", "supplier": "S", "item": "GLASS", "site": "NORTH", "quantity": 10.0, "state": "received",
         "ordered_at": on(-60 - n), "received_at": on(-60 - n + days), "due_at": on(-50)}
        for n, days in enumerate(taken)
    ]  # fmt: skip
    glass = rows(plant(purchase_order=orders))["GLASS"]
    assert glass["lead_weeks"] == pytest.approx(2)
    assert glass["lead_spread_weeks"] == pytest.approx(float(np.std(taken, ddof=1)) / 7)


def test_excess_and_obsolete_are_told_in_money() -> None:
    found = rows(plant(), most_weeks=26)
    spread = found["GLASS"]["weekly_spread"]
    high = 26 * 40 + 1.2816 * np.sqrt(26) * spread
    assert found["GLASS"]["excess_money"] == pytest.approx(4 * (5000 - found["GLASS"]["safety"] - high))
    assert found["RELIC"]["obsolete_money"] == pytest.approx(21)
    assert found["RELIC"]["cover_weeks"] is None
    assert found["LENS"]["stock_class"] == "AY"


def test_classes_are_ordered_as_the_terms_say() -> None:
    """LENS is of class A, GLASS of class B: one up to a level every four weeks, the other at its reorder point."""
    plain = rows(plant())
    found = rows(plant(), policy_a="RS", policy_b="sS", policy_c="sS", review_weeks=4.0)
    kinds = {item: found[item]["policy"] for item in ("LENS", "GLASS")}
    assert {kinds[item] for item in kinds} <= {"RS", "sS"}
    for item, row in found.items():
        if row["weekly"] == 0:
            continue
        if row["policy"] == "RS":
            assert row["lot"] == pytest.approx(4 * row["weekly"])
            assert row["up_to"] == pytest.approx(row["weekly"] * (row["lead_weeks"] + 4) + row["safety"])
        else:
            assert row["reorder_at"] < row["up_to"] < row["reorder_at"] + row["lot"]
        assert row["safety"] > plain[item]["safety"]
    with pytest.raises(ValueError, match="a policy is one of"):
        PolicyTerms(policy_a="(s,Q)")
    with pytest.raises(ValueError, match="reviews are some weeks apart"):
        PolicyTerms(review_weeks=0.0)


@pytest.mark.django_db
def test_a_planner_reviews_on_his_own_terms(stored: None, client_as: Callable[..., Client]) -> None:
    planner = client_as("planner")
    form = {
        "fill_a": "97", "fill_b": "95", "fill_c": "90", "policy_a": "RS", "policy_b": "sS", "policy_c": "sQ",
        "review_weeks": "2", "history_weeks": "52", "most_weeks": "26", "order_cost": "80",
    }  # fmt: skip
    answer = planner.post("/plan/stock/review/", form | {"fill_a": "100"}, follow=True)
    assert "class A" in answer.content.decode()
    assert not Job.objects.filter(kind="stock").exists()
    planner.post("/plan/stock/review/", form)
    given = Job.objects.get(kind="stock").arguments
    assert (given["fill_a"], given["policy_a"], given["review_weeks"]) == (0.97, "RS", 2.0)
    stock_job(given, lambda share, what: None)
    assert StockReview.objects.first().terms["policy_b"] == "sS"
    page = planner.get("/plan/stock/").content.decode()
    assert "at each review" in page
    assert 'value="97.0"' in page


def test_a_year_without_demand_and_no_history_at_all() -> None:
    still = rows(plant(demand_history=weeks("LENS", [0.0] * 52)))
    assert set(still) == {"GLASS", "RELIC"}
    assert still["GLASS"]["obsolete"] == 5000
    run = set_policies(plant(demand_history=[]))
    assert "past demand tells how much goes out" in str(run.findings.as_json())
    assert set_policies(company(item=[{"code": "A"}])).rows.is_empty()
    with pytest.raises(ValueError, match="between 0 and 1"):
        PolicyTerms(fill_a=1.0)
    nowhere = set_policies(plant(item=[{"code": "LENS"}, {"code": "STRAY"}], routing=[], bill_line=[], supply_term=[],
                                 stock=[], demand_history=weeks("STRAY", [5.0] * 20)))  # fmt: skip
    assert "its demand is left out" in str(nowhere.findings.as_json())


@pytest.fixture
def stored() -> None:
    Site.objects.create(code="NORTH")
    Site.objects.create(code="SOUTH")
    for code in ("LENS", "GLASS"):
        Item.objects.create(code=code)
    Stock.objects.create(item_id="GLASS", site_id="NORTH", quantity=5000, safety_stock=1)
    save_policies(set_policies(plant()), PolicyTerms(), NOW)


@pytest.mark.django_db
def test_the_page_lists_searches_and_filters(stored: None, client_as: Callable[..., Client]) -> None:
    viewer = client_as("viewer")
    page = viewer.get("/plan/stock/")
    assert page.context["page"].paginator.count == 3
    assert "Take over" not in page.content.decode()
    assert [row.item for row in viewer.get("/plan/stock/?q=glass").context["page"]] == ["GLASS"]
    assert {row.item for row in viewer.get("/plan/stock/?show=excess").context["page"]} == {"GLASS", "RELIC"}
    assert viewer.get("/plan/stock/?sort=-weekly").context["page"][0].item == "GLASS"
    assert client_as("viewer", "SOUTH").get("/plan/stock/").context["page"].paginator.count == 0
    book = pl.read_excel(io.BytesIO(viewer.get("/plan/stock/export.xlsx").content))
    assert book["item"].to_list() == [row.item for row in StockPolicy.objects.order_by("pk")]


@pytest.mark.django_db
def test_planners_take_safety_stock_over_at_their_sites(stored: None, client_as: Callable[..., Client]) -> None:
    glass = StockPolicy.objects.get(item="GLASS")
    lens = StockPolicy.objects.get(item="LENS")
    assert client_as("planner", "SOUTH").post("/plan/stock/accept/", {"policy": [glass.pk]}).status_code == 403
    assert Stock.objects.get(item_id="GLASS").safety_stock == 1
    planner = client_as("planner", "NORTH")
    assert planner.post("/plan/stock/accept/", {"policy": [glass.pk, lens.pk]}).status_code == 302
    assert Stock.objects.get(item_id="GLASS").safety_stock == round(glass.safety)
    assert Stock.objects.get(item_id="GLASS").quantity == 5000
    assert Stock.objects.get(item_id="LENS").safety_stock is not None
    relic = StockPolicy.objects.get(item="RELIC")
    answer = planner.post("/plan/stock/accept/", {"policy": [relic.pk]}, follow=True)
    assert "not in the data any more" in answer.content.decode()


@pytest.mark.django_db
def test_a_review_is_a_job(client_as: Callable[..., Client]) -> None:
    assert "has not been reviewed yet" in client_as("viewer").get("/plan/stock/").content.decode()
    client_as("planner").post("/plan/stock/review/")
    client_as("planner").post("/plan/stock/review/")
    assert Job.objects.filter(kind="stock").count() == 1
    assert client_as("planner", "NORTH").post("/plan/stock/review/").status_code == 403
    Site.objects.create(code="NORTH")
    stock_job({}, lambda share, what: None)
    assert StockReview.objects.count() == 1


def test_the_command_prints_and_refuses(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    write_folder(plant(company=[{"code": "C", "as_of": on(0)}]).frames, tmp_path / "plant")
    assert main(["stock", str(tmp_path / "plant"), "--xlsx", str(tmp_path / "stock.xlsx")]) == 0
    assert "GLASS" in capsys.readouterr().out
    assert pl.read_excel(tmp_path / "stock.xlsx").height == 3
    assert main(["stock", str(tmp_path / "plant"), "--fill", "1", "0.9", "0.9"]) == 2
    kinds = ["--policy", "RS", "sS", "sQ", "--review-weeks", "2"]
    assert main(["stock", str(tmp_path / "plant"), "--json", *kinds]) == 0
    assert {row["policy"] for row in json.loads(capsys.readouterr().out)} <= {"RS", "sS", "sQ"}
    assert main(["stock", str(tmp_path / "plant"), "--policy", "s,Q", "sS", "sQ"]) == 2
