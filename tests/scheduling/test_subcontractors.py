"""What a subcontractor is sent is not there for others, nor is his work done before he has it."""

from __future__ import annotations

from datetime import time

import pytest

from drumbeat.scheduling.plan_finitely import plan_finitely
from tests.planning.small_company import company, demand, on


def test_glass_that_is_sent_is_not_used_twice() -> None:
    """Ten of glass are there, more takes 20 days; COAT is sent 8 of it, cups take 5: one of both waits."""
    days = ("mon", "tue", "wed", "thu", "fri")
    snapshot = company(
        calendar=[{"code": "day"}],
        calendar_shift=[{"calendar": "day", "weekday": one, "start": time(8), "end": time(16)} for one in days],
        resource=[{"code": "PRESS", "site": "NORTH", "calendar": "day", "capability": "press"}],
        item=[{"code": "LENS", "kind": "buy"}, {"code": "CUP"},
              {"code": "GLASS", "kind": "buy", "lead_time_days": 20.0}],
        bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 2.0},
                   {"item": "CUP", "component": "GLASS", "quantity_per": 1.0}],
        routing=[{"code": "R", "item": "CUP", "site": "NORTH"}],
        operation=[{"code": "R1", "routing": "R", "sequence": 10, "capability": "press", "run_minutes": 6.0}],
        supplier=[{"code": "COAT"}],
        supply_term=[{"supplier": "COAT", "item": "LENS", "site": "NORTH", "lead_time_days": 5.0,
                      "sends_components": True}],
        stock=[{"item": "GLASS", "site": "NORTH", "quantity": 10.0}],
        demand_line=[demand("D", "LENS", 4, 8), demand("E", "CUP", 5, 7)],
    )  # fmt: skip
    plan = plan_finitely(snapshot)
    assert plan.deliveries.filter(late_seconds=0).height == 1
    assert plan.deliveries["delivered_at"].max() >= on(20)


@pytest.mark.parametrize(("ends", "takes_glass"), [(30, True), (2, False)])
def test_glass_is_sent_by_the_terms_of_the_day_of_order(ends, takes_glass):
    """COAT buys the glass himself from the day after `ends` on. Wanted on day 12, ordered on day 7: glass takes 6 days,
    and is needed where he is still sent it."""
    term = {"supplier": "COAT", "item": "LENS", "site": "NORTH", "lead_time_days": 5.0}
    snapshot = company(
        item=[{"code": "LENS", "kind": "buy"}, {"code": "GLASS", "kind": "buy", "lead_time_days": 6.0}],
        bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 2.0}],
        supplier=[{"code": "COAT"}],
        supply_term=[term | {"sends_components": True, "valid_to": on(ends).date()},
                     term | {"valid_from": on(ends + 1).date()}],
        demand_line=[demand("D", "LENS", 4, 12)],
    )  # fmt: skip
    plan = plan_finitely(snapshot)
    bought = dict(plan.purchases.select("item", "quantity").rows())
    assert bought == ({"GLASS": 8.0} if takes_glass else {}) | {"LENS": 4.0}
    assert plan.schedule.orders["item"].to_list() == (["LENS"] if takes_glass else [])
    assert plan.deliveries["late_seconds"].to_list() == [0]


@pytest.mark.parametrize(("placed", "lens", "cup"), [(3, 8, 20), (-1, 8, 0)])
def test_a_purchase_still_to_be_placed_takes_what_the_subcontractor_is_sent(placed, lens, cup):
    """Eight of glass are there, more takes 20 days. LIVE is due on day 8: placed on day 3 it takes all of them, and the
    cups, wanted later, wait; placed before now COAT has his glass already."""
    snapshot = company(
        item=[{"code": "LENS", "kind": "buy"}, {"code": "CUP"},
              {"code": "GLASS", "kind": "buy", "lead_time_days": 20.0}],
        bill_line=[{"item": "LENS", "component": "GLASS", "quantity_per": 2.0},
                   {"item": "CUP", "component": "GLASS", "quantity_per": 1.0}],
        resource=[{"code": "PRESS", "site": "NORTH", "capability": "press"}],
        routing=[{"code": "R", "item": "CUP", "site": "NORTH"}],
        operation=[{"code": "R1", "routing": "R", "sequence": 10, "capability": "press"}],
        supplier=[{"code": "COAT"}],
        supply_term=[{"supplier": "COAT", "item": "LENS", "site": "NORTH", "lead_time_days": 5.0,
                      "sends_components": True}],
        stock=[{"item": "GLASS", "site": "NORTH", "quantity": 8.0}],
        purchase_order=[{"code": "LIVE", "supplier": "COAT", "item": "LENS", "site": "NORTH", "quantity": 4.0,
                         "ordered_at": on(placed), "due_at": on(8)}],
        demand_line=[demand("D", "LENS", 4, 8), demand("E", "CUP", 8, 12)],
    )  # fmt: skip
    plan = plan_finitely(snapshot)
    assert dict(plan.deliveries.select("demand", "delivered_at").rows()) == {"D": on(lens), "E": on(cup)}
