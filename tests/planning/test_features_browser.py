"""People's load, trucks, placed stock, and messages held back in a real browser: desk and phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from playwright.sync_api import Page

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan, save_placement, save_plan
from drumbeat.planning.place_over_levels import PlacementTerms, place_over_levels
from drumbeat.plant.models import Site
from tests.judge_page import Judge
from tests.planning.small_company import AS_OF, company, demand, on

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db]
PLACES = ["/plan/people/", "/plan/purchases/", "/plan/placement/", "/actions/?kind=held"]


def rich() -> Snapshot:
    """A plant with people, trucks, a substitute, a by-product, a stability rule and a year of demand."""
    shifts = [{"calendar": "DAY", "weekday": day, "start": time(8), "end": time(16)}
              for day in ("mon", "tue", "wed", "thu", "fri")]  # fmt: skip
    weeks = [AS_OF.date() - timedelta(weeks=at) for at in range(20, 0, -1)]
    terms = [{"supplier": "S", "item": item, "site": "NORTH", "lead_time_days": 6.0, "price": Decimal(3)}
             for item in ("STEEL", "INOX")]  # fmt: skip
    return company(
        item=[{"code": "FRAME", "kind": "make", "cost": Decimal(90)}, {"code": "CHIPS", "kind": "buy"},
              {"code": "STEEL", "kind": "buy", "weight_kg": 5.0, "cost": Decimal(3)},
              {"code": "INOX", "kind": "buy", "weight_kg": 5.0, "cost": Decimal(5)}],
        calendar=[{"code": "DAY"}], calendar_shift=shifts,
        resource=[{"code": "CELL", "site": "NORTH", "capability": "weld", "calendar": "DAY"}],
        routing=[{"code": "R", "item": "FRAME", "site": "NORTH"}],
        operation=[{"code": "R-1", "routing": "R", "sequence": 10, "capability": "weld", "run_minutes": 60.0}],
        skill=[{"code": "WELD", "name": "Welding"}], crew=[{"code": "A", "site": "NORTH", "name": "Early"}],
        person=[{"code": "ANN", "site": "NORTH", "crew": "A", "calendar": "DAY"}],
        person_skill=[{"person": "ANN", "skill": "WELD", "level": 2}],
        crew_need=[{"operation": "R-1", "skill": "WELD", "num_people": 1}],
        bill_line=[{"item": "FRAME", "component": "STEEL", "quantity_per": 4.0}],
        by_product=[{"item": "FRAME", "product": "CHIPS", "quantity_per": 0.5}],
        substitute=[{"item": "STEEL", "substitute": "INOX"}],
        stability_rule=[{"code": "CALM", "least_move_days": 4.0}],
        supplier=[{"code": "S", "delivery_days": "tue, fri", "truck_kg": 1000.0, "truck_cost": Decimal(120)}],
        supply_term=terms, stock=[{"item": "INOX", "site": "NORTH", "quantity": 60.0}],
        purchase_order=[{"code": "P", "supplier": "S", "item": "STEEL", "site": "NORTH", "quantity": 40.0,
                         "due_at": on(6)}],
        demand_history=[{"item": "FRAME", "site": "NORTH", "period_start": week, "quantity": 8.0 + 4.0 * (at % 2)}
                        for at, week in enumerate(weeks)],
        demand_line=[demand(f"D{at}", "FRAME", 20 + 5 * at, 6 + 7 * at) for at in range(8)],
    )  # fmt: skip


@pytest.fixture
def kept() -> None:
    """The plan and the placement of that plant."""
    Site.objects.create(code="NORTH")
    snapshot = rich()
    save_plan(make_plan(snapshot), AS_OF, snapshot)
    save_placement(place_over_levels(snapshot), PlacementTerms(), AS_OF)


def test_everybody_can_use_the_pages(page_as: Callable[..., Page], live_site: str, kept: None) -> None:
    cache.clear()
    judge = Judge(page_as("planner"))
    judge.visit(live_site, PLACES)
    assert judge.wrong == []
