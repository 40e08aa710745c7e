"""Load against usable capacity, by hand."""

from __future__ import annotations

from datetime import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drumbeat.data.snapshot import Snapshot
from drumbeat.planning.actions import make_plan
from drumbeat.planning.engine.measure_load import (
    BOTTLENECK,
    FREE,
    NEAR_BOTTLENECK,
    LoadProblem,
    measure_load,
)
from drumbeat.planning.weigh_load import LoadRun, weigh_load
from tests.planning.small_company import company, demand, on


def plant(**more: Any) -> Snapshot:
    """One press open 8 hours on weekdays; LENS takes an hour each and half an hour a lot."""
    days = ("mon", "tue", "wed", "thu", "fri")
    shifts = [{"calendar": "day", "weekday": day, "start": time(8), "end": time(16)} for day in days]
    tables: dict[str, Any] = {
        "calendar": [{"code": "day"}],
        "calendar_shift": shifts,
        "item": [{"code": "LENS"}],
        "resource": [{"code": "PRESS", "site": "NORTH", "calendar": "day", "capability": "press"}],
        "routing": [{"code": "R", "item": "LENS", "site": "NORTH"}],
        "operation": [
            {"code": "R1", "routing": "R", "sequence": 10, "capability": "press", "run_minutes": 60.0,
             "setup_minutes": 30.0},
        ],
        "demand_line": [demand("D1", "LENS", 20, 12)],
    }  # fmt: skip
    return company(**(tables | more))


def weigh(snapshot: Snapshot, weeks: int = 4) -> LoadRun:
    return weigh_load(snapshot, make_plan(snapshot).orders, weeks)


def test_hours_of_open_and_planned_orders_fall_into_their_weeks() -> None:
    order = {"code": "O1", "item": "LENS", "site": "NORTH", "quantity": 10.0, "state": "firm"}
    run = weigh(plant(order=[order | {"release_at": on(0), "due_at": on(4)}]))
    # The firm order brings 10 of the 20 that are wanted; 10 more are planned.
    assert run.weeks["run_hours"].to_list() == pytest.approx([10, 10, 0, 0])
    assert run.weeks["setup_hours"].to_list() == pytest.approx([0.5, 0.5, 0, 0])
    assert run.weeks["open_hours"].to_list() == [40.0] * 4
    assert run.weeks["load"].to_list() == pytest.approx([10.5 / 40, 10.5 / 40, 0, 0])
    assert run.weeks["reach"].to_list() == pytest.approx([10.5 / 40, 21 / 80, 21 / 120, 21 / 160])


def test_care_breakdowns_and_bookings_are_taken_off() -> None:
    run = weigh(
        plant(
            maintenance_plan=[{"code": "M", "resource": "PRESS", "interval_days": 14.0, "duration_minutes": 240.0}],
            maintenance_order=[
                {"code": "M1", "resource": "PRESS", "plan": "M", "due_at": on(1 + 9 / 24), "state": "open"}
            ],
            booking=[{"code": "B", "resource": "PRESS", "starts_at": on(7 + 12 / 24), "ends_at": on(7 + 20 / 24)}],
            failure_mode=[
                {"code": "F", "resource": "PRESS", "mean_hours": 9.0, "repair_mean_hours": 1.0, "clock": "busy"}
            ],
        )
    )
    # Four hours on Tuesday; from the next week on two a week; the visitor takes 12 to 16 of an open Monday.
    assert run.weeks["care_hours"].to_list() == pytest.approx([4, 2 + 4, 2, 2])
    assert run.weeks["usable_hours"].to_list() == pytest.approx([36 * 0.9, 34 * 0.9, 38 * 0.9, 38 * 0.9])


def test_two_machines_share_and_a_level_counts_twice() -> None:
    resources = [
        {"code": code, "site": "NORTH", "calendar": "day", "capability": "press"} for code in ("PRESS", "PRESS 2")
    ]
    snapshot = plant(resource=resources)
    run = weigh(snapshot)
    assert run.machines["kind"].to_list() == ["bottleneck", "free"]
    assert run.weeks.group_by("resource").agg(run="run_hours").sort("resource")["run"].list.sum().to_list() == [10, 10]


def test_a_machine_without_a_calendar_is_always_open_and_one_that_never_opens_is_overloaded() -> None:
    always = plant(resource=[{"code": "PRESS", "site": "NORTH", "capability": "press"}])
    assert weigh(always).weeks["open_hours"].to_list() == [168.0] * 4
    never = plant(calendar_shift=[])
    run = weigh(never)
    assert run.machines.row(0, named=True)["peak"] == float("inf")
    assert run.machines["overload_hours"].to_list() == pytest.approx([20.5])


def test_a_plant_without_machines_or_demand_has_no_load() -> None:
    assert weigh(company(item=[{"code": "A"}])).machines.is_empty()
    run = weigh(plant(demand_line=[]))
    assert run.machines["kind"].to_list() == ["free"]
    with pytest.raises(ValueError, match="1 or more weeks"):
        weigh(plant(), 0)


def small(work: list[float], usable: float, machines: int = 1) -> LoadProblem:
    """Work of the first machine by period, the others idle."""
    periods = len(work)
    return LoadProblem(
        np.array([f"m{i}" for i in range(machines)], dtype=object), np.zeros(machines, dtype=np.int32),
        np.full((machines, periods), usable), np.zeros((machines, periods)), np.zeros(machines),
        np.zeros(periods, dtype=np.int32), np.arange(periods, dtype=np.int32), np.array(work), np.zeros(periods),
    )  # fmt: skip


def test_the_bottleneck_is_the_highest_reach_and_near_ones_are_told() -> None:
    problem = small([40, 10], 40, machines=2)
    load = measure_load(problem)
    assert load.peak[0] == pytest.approx(40 / 40)
    assert load.kind.tolist() == [BOTTLENECK, FREE]
    both = LoadProblem(
        problem.keys, problem.site, problem.open_hours, problem.care_hours, problem.breakdown_share,
        np.array([0, 1], dtype=np.int32), np.array([1, 1], dtype=np.int32), np.array([79.0, 70.0]), np.zeros(2),
    )  # fmt: skip
    assert measure_load(both).kind.tolist() == [BOTTLENECK, NEAR_BOTTLENECK]


@given(st.lists(st.floats(0, 500), min_size=1, max_size=8), st.floats(1, 100))
def test_reach_is_never_above_the_highest_load(work: list[float], usable: float) -> None:
    load = measure_load(small(work, usable))
    assert load.reach.max() <= load.load.max() * (1 + 1e-12)
    assert load.reach[0, -1] == pytest.approx(sum(work) / (usable * len(work)))
