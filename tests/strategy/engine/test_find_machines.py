"""Bottlenecks, single machines, setup families and backlog, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from drumbeat.strategy.engine.find_backlog import find_backlog, is_record_quarter, weekly_slope
from drumbeat.strategy.engine.find_bottlenecks import find_bottlenecks
from drumbeat.strategy.engine.find_setup_families import find_setup_families
from drumbeat.strategy.engine.find_single_machines import find_single_machines
from drumbeat.strategy.engine.problem import HourValue
from tests.strategy.engine.problems import ago, machine_weeks, problem

MACHINES = [
    {"resource": "M1", "site": "N", "capability": "mill", "capacity": 1},
    {"resource": "M2", "site": "N", "capability": "drill", "capacity": 1},
]
VALUE = {"N": HourValue(4000.0, "M1", {"M1": 40.0, "M2": 20.0}, "EUR")}


def open_weeks(*resources: str, hours: float = 40.0) -> list[dict[str, Any]]:
    return [
        {"resource": name, "starts_at": ago(-w), "ends_at": ago(-w, hours=-hours)}
        for name in resources
        for w in range(13)
    ]


def load(resource: str, hours: float, weeks: float) -> dict[str, Any]:
    return {"resource": resource, "due_at": ago(-weeks), "hours": hours, "parts": 1}


def test_value_of_an_hour_falls_with_the_slack_of_its_machine() -> None:
    assert VALUE["N"].of() == pytest.approx(100.0)
    assert VALUE["N"].of("M2") == pytest.approx(50.0)
    assert VALUE["N"].of("UNSEEN") == 0.0
    assert HourValue().of("M1") == 0.0


def test_work_due_is_held_against_hours_until_then() -> None:
    """70 h due in 2 weeks of 40 h: 87.5 %; 10 h more by week 8 don't matter."""
    found = find_bottlenecks(
        problem(
            VALUE,
            machines=MACHINES,
            open_ahead=open_weeks("M1", "M2"),
            machine_loads=[load("M1", 70, 2), load("M1", 10, 8)],
        )
    )
    assert [(w.kind, w.subject) for w in found] == [("bottleneck", "M1")]
    assert found[0].value == pytest.approx(0.875)
    assert found[0].hours_at_risk == pytest.approx(70 - 0.85 * 80)
    assert found[0].money_at_risk == pytest.approx(200.0)
    assert found[0].num_evidence == 2


def test_breakdowns_and_care_make_capacity_smaller() -> None:
    """Of 40 open hours, 8 are lost: 60 h of 64 usable ones."""
    facts = machine_weeks("M1", open=40, planned=38, maintenance=2, breakdown=6, run=20)
    found = find_bottlenecks(
        problem(VALUE, machines=MACHINES, open_ahead=open_weeks("M1"), machine_loads=[load("M1", 60, 2)], facts=facts)
    )
    assert found[0].value == pytest.approx(60 / 64)
    assert (found[0].low, found[0].high) == pytest.approx((60 / 64, 60 / 64))


def test_a_machine_that_takes_two_at_a_time_has_twice_the_hours() -> None:
    twofold = [MACHINES[0] | {"capacity": 2}]
    loads = [load("M1", 150, 2)]
    found = find_bottlenecks(problem(VALUE, machines=twofold, open_ahead=open_weeks("M1"), machine_loads=loads))
    assert found[0].value == pytest.approx(150 / 160)
    single = find_bottlenecks(problem(VALUE, machines=MACHINES, open_ahead=open_weeks("M1"), machine_loads=loads))
    assert single[0].value == pytest.approx(150 / 80)


def test_past_weeks_show_a_bottleneck_too() -> None:
    facts = machine_weeks("M1", open=40, planned=40, breakdown=4, run=30, setup=3)
    found = find_bottlenecks(problem(VALUE, machines=MACHINES, facts=facts))
    assert found[0].value == pytest.approx(33 / 36)
    assert "last 13 weeks" in found[0].headline


def test_slack_is_no_weakness() -> None:
    quiet = problem(
        VALUE, machines=MACHINES, open_ahead=open_weeks("M1"), machine_loads=[load("M1", 67, 2)],
        facts=machine_weeks("M1", open=40, planned=40, run=33),
    )  # fmt: skip
    assert find_bottlenecks(quiet) == []


def test_other_loaded_machines_are_one_near_bottleneck_and_overloads_stay_apart() -> None:
    machines = [{"resource": f"M{i}", "site": "N", "capability": "", "capacity": 1} for i in range(1, 6)]
    loads = [load(f"M{i}", hours, 2) for i, hours in enumerate((96, 84, 72, 70, 40), 1)]
    found = find_bottlenecks(
        problem(VALUE, machines=machines, open_ahead=open_weeks(*[f"M{i}" for i in range(1, 6)]), machine_loads=loads)
    )
    assert [(w.kind, w.subject) for w in found] == [
        ("bottleneck", "M1"), ("bottleneck", "M2"), ("near-bottleneck", "M3"),
    ]  # fmt: skip
    assert [row["resource"] for row in found[2].evidence] == ["M3", "M4"]


def alternatives(*rows: tuple[str, str, str, str]) -> list[dict[str, Any]]:
    return [{"operation": o, "item": i, "site": s, "resource": r} for o, i, s, r in rows]


def test_single_machine_holds_up_a_share_of_the_work() -> None:
    loads = [
        {"order": "A", "site": "N", "operation": "OP", "resource": "M1", "hours": 2.0},
        {"order": "A", "site": "N", "operation": "OP2", "resource": "M2", "hours": 1.0},
        {"order": "B", "site": "N", "operation": "OP2", "resource": "M2", "hours": 7.0},
    ]
    ways = alternatives(("OP", "I", "N", "M1"), ("OP2", "I", "N", "M2"), ("OP2", "I", "N", "M3"))
    facts = machine_weeks("M1", breakdown=2.0)
    found = find_single_machines(problem(VALUE, machines=MACHINES, loads=loads, alternatives=ways, facts=facts))
    assert [(w.subject, w.value) for w in found] == [("M1", pytest.approx(0.3))]
    assert found[0].hours_at_risk == pytest.approx(26.0)
    assert found[0].evidence[0]["order"] == "A"


@pytest.mark.parametrize(
    "rescue",
    [
        {"alternatives": alternatives(("OP", "I", "N", "M1"), ("OP", "I", "N", "M9"))},
        {"alternatives": alternatives(("OP", "I", "N", "M1"), ("OP-S", "I", "S", "M8"))},
        {"machines": [*MACHINES, {"resource": "TWIN", "site": "S", "capability": "mill", "capacity": 1}]},
    ],
    ids=["another machine", "another site makes it", "a machine with the capability elsewhere"],
)
def test_a_second_way_is_no_weakness(rescue: dict[str, Any]) -> None:
    loads = [{"order": "A", "site": "N", "operation": "OP", "resource": "M1", "hours": 2.0}]
    frames = {"machines": MACHINES, "alternatives": alternatives(("OP", "I", "N", "M1")), "loads": loads}
    assert len(find_single_machines(problem(**frames))) == 1
    assert find_single_machines(problem(**(frames | rescue))) == []


def families(white_setup: float, white_run: float) -> list[dict[str, Any]]:
    return [
        {"resource": "M1", "family": name, "week": 50, "setup_hours": setup, "run_hours": run, "setups": 4}
        for name, setup, run in (("WHITE", white_setup, white_run), ("BLACK", 100 - white_setup, 100 - white_run))
    ]


def test_setup_family_that_eats_the_constraint() -> None:
    facts = machine_weeks("M1", planned=40, run=26, setup=10)
    found = find_setup_families(problem(VALUE, facts=facts, setups=families(80, 30)))
    assert found[0].value == pytest.approx(0.25)
    assert "WHITE takes 80% of them for 30% of the work" in found[0].headline
    assert found[0].hours_at_risk == pytest.approx(0.1 * 40 * 13)


@pytest.mark.parametrize(
    ("run", "setup", "rows"),
    [(33, 5, families(80, 30)), (15, 10, families(80, 30)), (26, 10, families(60, 60)), (26, 10, [])],
    ids=["few setups", "slack", "in proportion", "families unknown"],
)
def test_setups_without_cause_are_no_weakness(run: float, setup: float, rows: list[dict[str, Any]]) -> None:
    facts = machine_weeks("M1", planned=40, run=run, setup=setup)
    assert find_setup_families(problem(VALUE, facts=facts, setups=rows)) == []


def care(week_due: float, week_done: float | None, hours: float = 4.0, machine: str = "M1") -> dict[str, Any]:
    return {
        "code": f"{machine}-{week_due}", "resource": machine, "site": "N", "due_at": ago(week_due), "crew_hours": hours,
        "ends_at": None if week_done is None else ago(week_done), "state": "open",
    }  # fmt: skip


def test_deferred_care_behind_a_record_quarter() -> None:
    """One order of 4 h is due a week; the last eight are not done: 32 h overdue, eight weeks of work."""
    cares = [care(w + 0.5, w + 0.4) for w in range(8, 26)] + [care(w + 0.5, None) for w in range(8)]
    facts = machine_weeks("M1", 26, good=20, breakdown=1, planned=40)
    for row in facts[13:]:
        row["good"] += row["week"] * 1_000_000
        row["breakdown"] += (row["week"] - 38) * 360_000_000
    found = find_backlog(problem(VALUE, cares=cares, facts=facts))
    assert found[0].value == pytest.approx(8.0)
    assert found[0].headline.startswith("Record quarter at N on deferred maintenance: 32 h of care are overdue")
    assert "breakdowns rose" in found[0].headline
    assert found[0].num_evidence == 8


def test_a_line_that_defers_is_seen_in_a_site_that_does_not() -> None:
    sound = [care(w + 0.5, w + 0.4, machine=f"S{i}") | {"line": "SOUND"} for w in range(26) for i in range(9)]
    deferring = [care(w + 0.5, None if w < 8 else w + 0.4) | {"line": "WOOD"} for w in range(26)]
    found = find_backlog(problem(VALUE, cares=sound + deferring))
    assert [(w.site, w.subject) for w in found] == [("N", "WOOD")]
    assert found[0].headline.startswith("WOOD puts off its maintenance")
    assert found[0].value == pytest.approx(8.0)


def test_care_done_late_but_done_is_no_backlog() -> None:
    cares = [care(w + 0.5, w - 0.3) for w in range(1, 30)]
    assert find_backlog(problem(cares=cares)) == []


def test_old_backlog_that_does_not_grow_is_not_this_weakness() -> None:
    cares = [care(w + 0.5, None, 30.0) for w in range(14, 20)] + [care(w + 0.5, w + 0.4) for w in range(1, 13)]
    assert find_backlog(problem(cares=cares)) == []


def test_slope_is_theil_sen() -> None:
    slope = weekly_slope(np.array([0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 500.0]))
    assert slope is not None
    assert slope.value == pytest.approx(2.0)
    assert slope.is_rising
    assert weekly_slope(np.ones(13)) is None
    assert weekly_slope(np.array([1.0, 2.0])) is None


def test_record_needs_a_quarter_to_beat() -> None:
    assert not is_record_quarter(np.ones(25))
    assert not is_record_quarter(np.ones(40))
    assert is_record_quarter(np.array([1.0] * 13 + [1.1] * 13))
    assert not is_record_quarter(np.array([1.2] * 13 + [1.1] * 13))
