"""Safety stock over all levels of a plant's own data; by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from math import sqrt
from statistics import NormalDist

import pytest

from drumbeat.planning.actions import save_placement
from drumbeat.planning.models import PlacedStock
from drumbeat.planning.place_over_levels import PlacementTerms, place_over_levels
from tests.planning.small_company import AS_OF, company


def chain(part_cost=1, **more):
    """A product of a day's lead time, made of two parts of nine days; weekly demand of 8 and 12 in turn."""
    weeks = [AS_OF.date() - timedelta(weeks=at) for at in range(20, 0, -1)]
    history = [{"item": "CAR", "site": "NORTH", "period_start": week, "quantity": 8.0 + 4.0 * (at % 2)}
               for at, week in enumerate(weeks)]  # fmt: skip
    tables = {
        "item": [{"code": "CAR", "kind": "make", "lead_time_days": 1.0, "cost": Decimal(100), "holding_rate": 0.2},
                 {"code": "WHEEL", "kind": "buy", "lead_time_days": 9.0, "cost": Decimal(part_cost),
                  "holding_rate": 0.2}],
        "bill_line": [{"item": "CAR", "component": "WHEEL", "quantity_per": 2.0}],
        "demand_history": history, "stock": [{"item": "CAR", "site": "NORTH", "quantity": 5.0}],
    }  # fmt: skip
    return company(**(tables | more))


def rows(run):
    return {row["item"]: row for row in run.rows.iter_rows(named=True)}


# Standard deviation of a week: sample one of ten 8s and ten 12s; of a day: that over the root of seven.
DAY = sqrt(20 * 4.0 / 19) / sqrt(7)
FACTOR = NormalDist().inv_cdf(0.95)


def test_cheap_parts_are_kept_and_the_dear_product_covers_its_own_day_only():
    run = place_over_levels(chain())
    car, wheel = rows(run)["CAR"], rows(run)["WHEEL"]
    assert (car["net_days"], car["service_days"]) == (1, 0)
    assert (wheel["net_days"], wheel["service_days"]) == (9, 0)
    assert car["safety"] == pytest.approx(FACTOR * DAY)
    assert wheel["safety"] == pytest.approx(2 * FACTOR * DAY * 3)
    assert run.is_optimal


def test_a_phantom_with_stock_is_passed_through():
    """As if the wheels were on the car's own bill."""
    bare = chain()
    items = [*bare["item"].select("code", "kind", "lead_time_days", "cost", "holding_rate").iter_rows(named=True),
             {"code": "AXLE", "kind": "phantom", "holding_rate": 0.2}]  # fmt: skip
    bills = [{"item": "CAR", "component": "AXLE", "quantity_per": 1.0},
             {"item": "AXLE", "component": "WHEEL", "quantity_per": 2.0}]  # fmt: skip
    stock = [{"item": code, "site": "NORTH", "quantity": 5.0} for code in ("CAR", "AXLE")]
    assert rows(place_over_levels(chain(item=items, bill_line=bills, stock=stock))) == rows(place_over_levels(bare))


def test_dear_parts_are_not_kept_and_the_product_covers_both_lead_times():
    """At 99 for a wheel: 2 x 99 x 3 + 100 > 100 x sqrt(10): all stock is at the product, which saves against alone."""
    run = place_over_levels(chain(99))
    assert rows(run)["WHEEL"]["safety"] == 0
    assert rows(run)["CAR"]["safety"] == pytest.approx(FACTOR * DAY * sqrt(10))
    assert run.money == pytest.approx(100 * FACTOR * DAY * sqrt(10))
    assert run.money_alone == pytest.approx(FACTOR * DAY * (100 + 2 * 99 * 3))


def test_customers_who_wait_as_long_as_it_takes_need_no_stock():
    assert place_over_levels(chain(), PlacementTerms(promise_days=10)).money == 0


def test_without_past_demand_there_is_nothing_and_it_is_said():
    run = place_over_levels(chain(demand_history=[]))
    assert run.rows.height == 0
    assert any("demand_history" in finding.place for finding in run.findings)
    assert place_over_levels(company(item=[{"code": "A"}])).money == 0


@pytest.mark.parametrize("wrong", [{"service": 1.0}, {"service": 0.3}, {"promise_days": -1}, {"seconds": 0.0}])
def test_terms_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="service"):
        PlacementTerms(**wrong)


@pytest.mark.django_db
def test_a_placement_is_kept_and_shown(client_as):
    from drumbeat.plant.models import Site

    Site.objects.create(code="NORTH")
    viewer = client_as("viewer")
    assert "has not been placed yet" in viewer.get("/plan/placement/").content.decode()
    assert viewer.get("/plan/placement/export.xlsx").status_code == 404
    run = place_over_levels(chain(99))
    save_placement(run, PlacementTerms(), AS_OF)
    assert PlacedStock.objects.count() == 2
    page = viewer.get("/plan/placement/")
    assert round(page.context["saved"], 6) == round(run.money_alone - run.money, 6)
    assert [row.item for row in viewer.get("/plan/placement/?show=kept").context["page"]] == ["CAR"]
    assert "<html" not in viewer.get("/plan/placement/", headers={"HX-Target": "placed"}).content.decode()
    assert viewer.get("/plan/placement/export.xlsx").status_code == 200
    assert viewer.post("/plan/placement/start/").status_code == 403


@pytest.mark.django_db
def test_a_planner_of_all_sites_places_stock_with_his_terms(client_as):
    from drumbeat.web.models import Job

    planner = client_as("planner")
    assert planner.post("/plan/placement/start/", {"service": "40", "promise_days": "0"}).url == "/plan/placement/"
    assert not Job.objects.filter(kind="placement").exists()
    planner.post("/plan/placement/start/", {"service": "98", "promise_days": "3"})
    assert Job.objects.get(kind="placement").arguments == {"service": 0.98, "promise_days": 3}
    planner.post("/plan/placement/start/", {"service": "98", "promise_days": "3"})
    assert Job.objects.filter(kind="placement").count() == 1
