"""Planning from a notebook: the same answers as the rooms give."""

from __future__ import annotations

from drumbeat.home.plant import Plant
from tests.planning.small_company import demand, on
from tests.scheduling.test_plan_finitely import pumps


def test_a_plant_plans_and_promises() -> None:
    plant = Plant(pumps(demand("A", "PUMP", 10, 1), demand("B", "PUMP", 10, 1.5)))
    assert plant.plan().orders["quantity"].to_list() == [10.0, 10.0]
    assert plant.plan_finitely().num_late == 0
    promised = plant.promise("PUMP", "NORTH", 4, on(1))
    # After the twenty hours of A and B: on time to the minute.
    assert (promised.delivered_at, promised.late_seconds) == (on(1), 0)
