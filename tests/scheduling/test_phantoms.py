"""What there is of a phantom is used up first, in the finite plan and in promises as in the material plan; by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.scheduling.compile_materials import find_components
from drumbeat.scheduling.compile_problem import compile_problem
from drumbeat.scheduling.plan_finitely import plan_finitely
from drumbeat.scheduling.promise import promise
from tests.planning.small_company import AS_OF, company, demand, on


def lamps(kits=0.0, screws=0.0, lamps=10, kit=None, **more):
    """A lamp takes an hour and a kit; a kit is a heading for two screws, which take three days to buy."""
    stock = [("KIT", kits), ("SCREW", screws)]
    wants = [demand("D", "LAMP", lamps, 5)] if lamps else []
    return company(**{
        "item": [{"code": "LAMP"}, {"code": "KIT", "kind": "phantom"} | (kit or {}),
                 {"code": "SCREW", "kind": "buy", "lead_time_days": 3.0}],
        "bill_line": [{"item": "LAMP", "component": "KIT", "quantity_per": 1.0},
                      {"item": "KIT", "component": "SCREW", "quantity_per": 2.0}],
        "resource": [{"code": "BENCH", "site": "NORTH"}],
        "routing": [{"code": "R", "item": "LAMP", "site": "NORTH"}],
        "operation": [{"code": "R1", "routing": "R", "sequence": 10, "run_minutes": 60.0}],
        "operation_resource": [{"operation": "R1", "resource": "BENCH"}],
        "stock": [{"item": item, "site": "NORTH", "quantity": units} for item, units in stock if units],
        "demand_line": wants,
    } | more)  # fmt: skip


def taken(plan):
    """What the tasks of the finite plan take of each material."""
    materials, found = plan.schedule.problem.materials, {}
    for row, quantity in zip(materials.material, materials.quantity, strict=True):
        if quantity < 0:
            found[str(materials.keys[row])] = found.get(str(materials.keys[row]), 0.0) - float(quantity)
    return found


@pytest.mark.parametrize(
    ("kits", "bought", "uses", "hours"),
    [(0.0, [20.0], {"SCREW @ NORTH": 20.0}, 82), (4.0, [12.0], {"KIT @ NORTH": 10.0, "SCREW @ NORTH": 12.0}, 82),
     (12.0, [], {"KIT @ NORTH": 10.0}, 10)],
)  # fmt: skip
def test_the_finite_plan_takes_kits_from_stock_as_the_material_plan_does(kits, bought, uses, hours):
    """Ten lamps take ten kits: 4 from stock and 6 of 12 screws, which are there on day 3; 12 in stock are enough."""
    plan = plan_finitely(lamps(kits))
    assert plan.purchases["quantity"].to_list() == bought
    assert taken(plan) == uses
    assert (plan.deliveries["delivered_at"][0] - AS_OF) / timedelta(hours=1) == hours
    assert plan.num_late == 0
    assert [finding.value for finding in plan.schedule.findings if finding.place == "order"] == []


def test_a_promise_counts_on_kits_and_on_screws_for_those_that_lack():
    """Four kits and two screws: five lamps at once; for six, two more screws are bought within three days."""
    plant = lamps(kits=4.0, screws=2.0, lamps=0)
    assert promise(plant, "LAMP", "NORTH", 5, on(5)).delivered_at == AS_OF + timedelta(hours=5)
    assert promise(plant, "LAMP", "NORTH", 6, on(5)).delivered_at == on(3) + timedelta(hours=6)


def test_putting_a_kit_together_takes_as_long_as_the_kit_says():
    """A day for six kits after the screws have come on day 3: ten lamps are done on day 4 and ten hours."""
    plan = plan_finitely(lamps(kits=4.0, kit={"lead_time_days": 1.0}))
    assert plan.deliveries["delivered_at"][0] == on(4) + timedelta(hours=10)


def test_kits_of_one_site_do_not_serve_another():
    """SOUTH has four kits, NORTH none: NORTH's ten lamps take 20 screws."""
    stock = [{"item": "KIT", "site": "SOUTH", "quantity": 4.0}, {"item": "SCREW", "site": "NORTH", "quantity": 20.0}]
    plan = plan_finitely(lamps(site=[{"code": "NORTH"}, {"code": "SOUTH"}], stock=stock))
    assert taken(plan) == {"SCREW @ NORTH": 20.0}
    assert plan.deliveries["delivered_at"][0] == AS_OF + timedelta(hours=10)


def test_orders_of_kits_are_done_too_and_without_a_plan_kits_are_blown_through():
    """A firm order of six kits, and a firm one of ten lamps: with a plan the lamps take kits, without one screws."""
    order = {"site": "NORTH", "state": "firm", "kind": "production", "due_at": on(5)}
    orders = [order | {"code": "W-LAMP", "item": "LAMP", "quantity": 10.0},
              order | {"code": "W-KIT", "item": "KIT", "quantity": 6.0}]  # fmt: skip
    plant = lamps(kits=4.0, order=orders)
    plan = plan_finitely(plant)
    assert sorted(plan.schedule.orders["order"]) == ["W-KIT", "W-LAMP"]
    assert taken(plan) == {"KIT @ NORTH": 10.0, "SCREW @ NORTH": 12.0}
    assert plan.deliveries["late_seconds"].to_list() == [0]
    assert compile_problem(plant).jobs["order"].to_list() == ["W-LAMP"]
    assert compile_problem(plant, make_plan(plant)).jobs["order"].to_list() == ["W-KIT", "W-LAMP"]
    assert find_components(plant, ["KIT"]).select("item", "component").rows() == [("KIT", "SCREW"), ("LAMP", "KIT")]
