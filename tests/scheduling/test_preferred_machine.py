"""A finite plan takes the preferred machine while it has time to spare, and an alternate where it would come late."""

from __future__ import annotations

from datetime import time

import polars as pl
import pytest

from drumbeat.scheduling.plan_finitely import FinitePlan, plan_finitely
from drumbeat.scheduling.promise import promise
from tests.planning.small_company import AS_OF, company, demand, on

PRESSES = [
    {"operation": "PUMP/1", "need": "machine", "resource": "OLD", "priority": 2},
    {"operation": "PUMP/1", "need": "machine", "resource": "NEW", "priority": 1},
]


def two_presses(*wanted, ways=PRESSES, **more):
    """Pumps that take an hour on the new press, which is preferred, or on the old one; both are always open."""
    rows = {
        "item": [{"code": "PUMP"}],
        "resource": [{"code": "OLD", "site": "NORTH"}, {"code": "NEW", "site": "NORTH"}],
        "routing": [{"code": "PUMP", "item": "PUMP", "site": "NORTH"}],
        "operation": [{"code": "PUMP/1", "routing": "PUMP", "sequence": 1, "run_minutes": 60.0}],
        "operation_resource": ways,
        "demand_line": list(wanted),
    }
    return company(**{**rows, **more})


def presses_of(plan: FinitePlan) -> dict[str, list[str]]:
    """Presses that make what each demand takes."""
    machine = dict(plan.schedule.tasks.select("order", "resource").iter_rows())
    found: dict[str, list[str]] = {}
    for wanted, supply in plan.supplies.select("demand", "supply").iter_rows():
        found.setdefault(wanted, []).append(machine[supply])
    return found


def test_little_load_is_all_made_on_the_preferred_press():
    """Three times 10 h in five days: the old press would end sooner, and is not needed."""
    plan = plan_finitely(two_presses(*(demand(code, "PUMP", 10, 5) for code in "ABC")))
    assert presses_of(plan) == {"A": ["NEW"], "B": ["NEW"], "C": ["NEW"]}
    ends = plan.deliveries["delivered_at"].to_list()
    assert sorted((end - AS_OF).total_seconds() / 3600 for end in ends) == [10, 20, 30]


def test_only_what_would_come_late_goes_to_the_alternate():
    """20 h each: A has the new press until hour 20, B is due at 24 and goes to the old one, C can wait until 48."""
    wanted = [demand("A", "PUMP", 20, 1), demand("B", "PUMP", 20, 1), demand("C", "PUMP", 20, 2)]
    plan = plan_finitely(two_presses(*wanted))
    assert presses_of(plan) == {"A": ["NEW"], "B": ["OLD"], "C": ["NEW"]}
    assert plan.num_late == 0


def test_what_is_late_anyway_is_made_where_it_ends_first():
    """30 h each in a day: neither is on time; together they end at hour 30."""
    plan = plan_finitely(two_presses(demand("A", "PUMP", 30, 1), demand("B", "PUMP", 30, 1)))
    assert sorted(press for presses in presses_of(plan).values() for press in presses) == ["NEW", "OLD"]
    assert plan.deliveries["delivered_at"].to_list() == [on(1.25), on(1.25)]


def test_a_faster_alternate_waits_until_it_is_needed():
    ways = [{**PRESSES[0], "speed": 2.0}, PRESSES[1]]
    easy = plan_finitely(two_presses(demand("A", "PUMP", 20, 1), ways=ways))
    tight = plan_finitely(two_presses(demand("A", "PUMP", 40, 1), ways=ways))
    assert (presses_of(easy), presses_of(tight)) == ({"A": ["NEW"]}, {"A": ["OLD"]})
    assert tight.deliveries["delivered_at"].to_list() == [on(20 / 24)]


def test_alternatives_of_one_priority_share_the_work():
    ways = [{**way, "priority": 1} for way in PRESSES]
    plan = plan_finitely(two_presses(demand("A", "PUMP", 10, 5), demand("B", "PUMP", 10, 5), ways=ways))
    assert sorted(press for presses in presses_of(plan).values() for press in presses) == ["NEW", "OLD"]


@pytest.mark.parametrize(("days", "expected"), [(5, ["NEW", "NEW"]), (1, ["NEW", "OLD"])])
def test_orders_that_nobody_has_asked_for_keep_to_it_too(days: int, expected: list[str]):
    """Two orders of 20 h for stock: due in five days, both on the new press; due in one, one on each."""
    orders = [{"code": code, "item": "PUMP", "site": "NORTH", "quantity": 20, "due_at": on(days)} for code in "ST"]
    plan = plan_finitely(two_presses(order=orders))
    assert sorted(plan.schedule.tasks["resource"].to_list()) == expected
    assert plan.schedule.orders.filter(pl.col("late_seconds") > 0).is_empty()


def test_a_promise_says_when_it_can_be_there_at_the_earliest_on_any_press():
    """A has the new press for 20 h."""
    asked = promise(two_presses(demand("A", "PUMP", 20, 1)), "PUMP", "NORTH", 4, on(2))
    assert asked.delivered_at == on(4 / 24)
    assert presses_of(asked.plan)["A"] == ["NEW"]


def test_a_crew_of_its_own_for_setups_does_not_open_what_is_shut():
    """The new press opens at hour 12; set up for an hour, it makes A by 23, where the old one would by 11."""
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    plant = two_presses(
        demand("A", "PUMP", 10, 1),
        calendar=[{"code": "LATE"}],
        calendar_shift=[{"calendar": "LATE", "weekday": day, "start": time(12), "end": time(0)} for day in week],
        resource=[
            {"code": "OLD", "site": "NORTH", "setup_crew": "FITTERS"},
            {"code": "NEW", "site": "NORTH", "setup_crew": "FITTERS", "calendar": "LATE"},
            {"code": "FITTERS", "site": "NORTH", "kind": "crew", "capacity": 2},
        ],
        operation=[{"code": "PUMP/1", "routing": "PUMP", "sequence": 1, "run_minutes": 60.0, "setup_minutes": 60.0}],
    )
    plan = plan_finitely(plant)
    assert presses_of(plan) == {"A": ["NEW"]}
    assert plan.deliveries["delivered_at"].to_list() == [on(23 / 24)]


def test_only_the_step_that_would_be_late_leaves_its_preferred_machine():
    """X holds the saw for 2 h, Y the lathe for 10. A pump, due at hour 12, is sawn after X, and turned on the old one.

    On the old saw it would be sawn at once: that is not needed.
    """
    steps = [("PUMP/1", "PUMP", 1, 60.0), ("PUMP/2", "PUMP", 2, 240.0), ("X/1", "X", 1, 120.0), ("Y/1", "Y", 1, 600.0)]
    ways = [("PUMP/1", "SAW", 1), ("PUMP/1", "OLD-SAW", 2), ("PUMP/2", "LATHE", 1), ("PUMP/2", "OLD-LATHE", 2),
            ("X/1", "SAW", 1), ("Y/1", "LATHE", 1)]  # fmt: skip
    plan = plan_finitely(
        company(
            item=[{"code": code} for code in ("PUMP", "X", "Y")],
            resource=[{"code": code, "site": "NORTH"} for code in ("SAW", "OLD-SAW", "LATHE", "OLD-LATHE")],
            routing=[{"code": code, "item": code, "site": "NORTH"} for code in ("PUMP", "X", "Y")],
            operation=[
                {"code": code, "routing": routing, "sequence": sequence, "run_minutes": minutes}
                for code, routing, sequence, minutes in steps
            ],
            operation_resource=[
                {"operation": operation, "need": "machine", "resource": machine, "priority": priority}
                for operation, machine, priority in ways
            ],
            demand_line=[demand("D-X", "X", 1, 0.4), demand("D-Y", "Y", 1, 0.45), demand("D-PUMP", "PUMP", 1, 0.5)],
        )
    )
    assert plan.num_late == 0
    made = plan.schedule.tasks.filter(pl.col("item") == "PUMP").sort("operation")
    assert made["resource"].to_list() == ["SAW", "OLD-LATHE"]
