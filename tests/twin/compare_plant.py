"""A small plant for comparisons: one press that breaks down, orders that are just in time."""

from __future__ import annotations

from datetime import time
from typing import Any

from drumbeat.data.snapshot import Snapshot
from tests.planning.small_company import AS_OF, company, on

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
SECOND_PRESS = {"kind": "plant.AddMachine", "code": "P2", "like": "P1"}
SLOWER = {"kind": "plant.ChangeRate", "factor": 0.7, "resource": "P1"}
SAME = {"kind": "inventory.AddStock", "item": "CAP", "site": "NORTH", "quantity": 5.0}
WRONG = {"kind": "plant.AddMachine", "code": "P1", "like": "NONE"}


def plant(**more: Any) -> Snapshot:
    """Make it; more tables replace or add to its own."""
    tables: dict[str, Any] = {
        "company": [{"code": "C", "late_hour_cost": 50, "as_of": AS_OF}],
        "calendar": [{"code": "DAY"}],
        "calendar_shift": [{"calendar": "DAY", "weekday": day, "start": time(6), "end": time(22)} for day in WEEKDAYS],
        "resource": [{"code": "P1", "site": "NORTH", "calendar": "DAY", "capability": "press"}],
        "failure_mode": [
            {"code": "F", "resource": "P1", "mean_hours": 30.0, "repair_mean_hours": 3.0, "clock": "busy"}
        ],
        "item": [{"code": "CAP"}, {"code": "PIN", "price": 12, "cost": 4}],
        "routing": [{"code": "R", "item": "PIN", "site": "NORTH"}],
        "operation": [{"code": "R/10", "routing": "R", "sequence": 10, "run_minutes": 6.0}],
        "operation_resource": [{"operation": "R/10", "resource": "P1", "speed": 1.0}],
        "order": [
            {"code": f"W{n}", "site": "NORTH", "item": "PIN", "quantity": 50.0, "state": "released",
             "due_at": on(0.25 + 0.22 * (n + 1) + n // 3 * 0.35)}
            for n in range(8)
        ],
    }  # fmt: skip
    return company(**(tables | more))
