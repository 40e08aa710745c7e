"""People's hours by skill and crew against the work that needs them; by hand."""

from __future__ import annotations

import pytest

from drumbeat.planning.actions import make_plan
from drumbeat.planning.weigh_people import weigh_people
from tests.planning.small_company import company, demand, on


def plant(**more):
    """One operation of an hour a piece needs two welders; two welders of 40 hours a week, one in crew A."""
    shifts = [{"calendar": "DAY", "weekday": day, "start": "08:00:00", "end": "16:00:00"}
              for day in ("mon", "tue", "wed", "thu", "fri")]  # fmt: skip
    from datetime import time

    shifts = [row | {"start": time(8), "end": time(16)} for row in shifts]
    tables = {
        "item": [{"code": "FRAME", "kind": "make", "lead_time_days": 1.0}],
        "calendar": [{"code": "DAY"}], "calendar_shift": shifts,
        "resource": [{"code": "CELL", "site": "NORTH", "capability": "weld"}],
        "routing": [{"code": "R", "item": "FRAME", "site": "NORTH"}],
        "operation": [{"code": "R-1", "routing": "R", "sequence": 10, "capability": "weld", "run_minutes": 60.0}],
        "skill": [{"code": "WELD", "name": "Welding"}, {"code": "IDLE"}], "crew": [{"code": "A", "site": "NORTH"}],
        "person": [{"code": "ANN", "site": "NORTH", "crew": "A", "calendar": "DAY"},
                   {"code": "BEN", "site": "NORTH", "calendar": "DAY"}],
        "person_skill": [{"person": "ANN", "skill": "WELD", "level": 2}, {"person": "BEN", "skill": "WELD", "level": 3},
                         {"person": "BEN", "skill": "IDLE", "level": 1}],
        "crew_need": [{"operation": "R-1", "skill": "WELD", "num_people": 2}],
        "demand_line": [demand("D", "FRAME", 60, 4)],
    }  # fmt: skip
    return company(**(tables | more))


def week(snapshot, kind, code, at=0):
    run = weigh_people(snapshot, make_plan(snapshot).orders)
    rows = run.weeks.filter(kind=kind, code=code)
    return run, rows.row(at, named=True) if rows.height else None


def test_sixty_pieces_take_120_person_hours_of_80():
    run, row = week(plant(), "skill", "WELD")
    assert (row["people"], row["shift_hours"], row["usable_hours"]) == (2, 80.0, 80.0)
    assert row["work_hours"] == pytest.approx(120.0)
    top = run.groups.row(0, named=True)
    assert (top["code"], top["peak"], top["short_hours"]) == ("WELD", pytest.approx(1.5), pytest.approx(40.0))


def test_the_work_of_a_skill_is_shared_by_hours_among_crews():
    _, row = week(plant(), "crew", "A")
    assert (row["people"], row["work_hours"]) == (1, pytest.approx(60.0))


def test_who_is_away_or_not_certified_any_more_does_not_count():
    away = [{"person": "ANN", "starts_at": on(0), "ends_at": on(2)}]
    _, row = week(plant(absence=away), "skill", "WELD")
    assert (row["shift_hours"], row["away_hours"], row["usable_hours"]) == (80.0, 16.0, 64.0)
    skills = [{"person": "ANN", "skill": "WELD", "level": 2, "certified_until": on(3).date()},
              {"person": "BEN", "skill": "WELD", "level": 2}]  # fmt: skip
    assert week(plant(person_skill=skills), "skill", "WELD", 0)[1]["usable_hours"] == 80.0
    assert week(plant(person_skill=skills), "skill", "WELD", 1)[1]["usable_hours"] == 40.0


def test_who_only_learns_does_not_count_and_a_skill_that_nobody_has_is_short():
    run, row = week(plant(person_skill=[]), "skill", "WELD")
    assert (row["people"], row["usable_hours"]) == (0, 0.0)
    assert run.groups.filter(code="WELD")["peak"][0] == float("inf")
    assert week(plant(), "skill", "IDLE")[1] is None


def test_nobody_and_nothing_is_an_empty_table():
    run = weigh_people(company(item=[{"code": "A"}]), make_plan(company(item=[{"code": "A"}])).orders)
    assert (run.weeks.height, run.groups.height) == (0, 0)


def test_a_skill_that_begins_later_counts_from_the_first_week_that_begins_with_it():
    """Ben welds from Wednesday of the second week on: 40 hours, 40, then 80."""
    skills = [{"person": "ANN", "skill": "WELD", "level": 2},
              {"person": "BEN", "skill": "WELD", "level": 2, "certified_from": on(9).date()}]  # fmt: skip
    run, _ = week(plant(person_skill=skills), "skill", "WELD")
    rows = run.weeks.filter(kind="skill", code="WELD").sort("week_start")
    assert rows["usable_hours"].to_list()[:3] == [40.0, 40.0, 80.0]
