"""The judge: each rule broken once, by hand; and bad problems, by name."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.result import Schedule
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem


def schedule_of(*rows, team=()):
    """Rows of (mode, start, setup, end)."""
    mode, start, setup, end = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    return Schedule(mode.astype(np.int32), start, setup, end, np.array(team, dtype=np.int32))


def one(**changes):
    return TaskRow(0, [(4, 0, [(0, 1)])], **changes)


BOOK = [[(0, 10, 1), (20, 40, 1)]]
TWO = [one(), one()]
ROOM = [ResourceRow(capacity=2)]
CASES = {
    "right": (TWO, [ResourceRow()], {}, [(0, 0, 0, 4), (1, 4, 0, 8)], ""),
    "overlap": (TWO, [ResourceRow()], {}, [(0, 0, 0, 4), (1, 3, 0, 7)], "holds more"),
    "capacity": ([*TWO, one()], ROOM, {}, [(0, 0, 0, 4), (1, 1, 0, 5), (2, 2, 0, 6)], "holds more"),
    "level": (
        [TaskRow(0, [(4, 0, [(0, 1)])]), one()], [ResourceRow(0)], {"calendars": [[(0, 3, 2), (3, 40, 1)]]},
        [(0, 0, 0, 4), (1, 0, 0, 4)], "holds more",
    ),
    "mode of another": (TWO, [ResourceRow()], {}, [(1, 0, 0, 4), (1, 4, 0, 8)], "own modes"),
    "too short": ([one()], [ResourceRow()], {}, [(0, 0, 0, 3)], "setup and run time"),
    "pause forgotten": ([one()], [ResourceRow(0)], {"calendars": BOOK}, [(0, 8, 0, 12)], "setup and run time"),
    "paused": ([one()], [ResourceRow(0)], {"calendars": BOOK}, [(0, 8, 0, 22)], ""),
    "may not pause": ([one(can_pause=False)], [ResourceRow(0)], {"calendars": BOOK}, [(0, 8, 0, 22)], "runs through"),
    "closed start": ([one()], [ResourceRow(0)], {"calendars": BOOK}, [(0, 12, 0, 24)], "open"),
    "release": ([one(release=3)], [ResourceRow()], {}, [(0, 2, 0, 6)], "its release"),
    "job's release": ([one()], [ResourceRow()], {"jobs": [(9, 1.0, 3)]}, [(0, 2, 0, 6)], "job's release"),
    "fixed": ([one(fixed_start=3, fixed_mode=0)], [ResourceRow()], {}, [(0, 2, 0, 6)], "fixed to"),
    "finish-start": (TWO, ROOM, {"links": [(0, 1, 0, 1)]}, [(0, 0, 0, 4), (1, 4, 0, 8)], "finish-start"),
    "start-start": (TWO, ROOM, {"links": [(0, 1, 1, 2)]}, [(0, 0, 0, 4), (1, 1, 0, 5)], "start-start"),
    "finish-finish": (TWO, ROOM, {"links": [(0, 1, 2, 2)]}, [(0, 0, 0, 4), (1, 1, 0, 5)], "finish-finish"),
    "start-finish": (TWO, ROOM, {"links": [(0, 1, 3, 9)]}, [(0, 0, 0, 4), (1, 1, 0, 5)], "start-finish"),
    "setup": (
        [one(family=0), one(family=1)], [ResourceRow(matrix=0)], {"setups": [[[0, 3], [2, 0], [0, 0]]]},
        [(0, 0, 0, 4), (1, 4, 0, 8)], "setup matrix",
    ),
    "stock": ([one(uses=[(0, -2.0)])], [ResourceRow()], {"stock": [1.0]}, [(0, 0, 0, 4)], "below zero"),
    "stock in time": (
        [one(uses=[(0, -2.0)])], [ResourceRow()], {"stock": [1.0], "receipts": [(0, 2, 1.0)]}, [(0, 2, 0, 6)], "",
    ),
    "after nothing": (TWO, [ResourceRow()], {"links": [(0, 1, 0, 0)]}, [(-1, -1, 0, -1), (1, 4, 0, 8)], "is scheduled"),
    "too few rows": (TWO, [ResourceRow()], {}, [(0, 0, 0, 4)], "one row for each"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_broken_rule_is_found_and_nothing_else(name):
    tasks, resources, extra, rows, expected = CASES[name]
    findings = check_schedule(make_problem(tasks, resources, **extra), schedule_of(*rows))
    if expected:
        assert len(findings) >= 1
        assert all(expected in finding.rule for finding in findings), [str(f) for f in findings]
    else:
        assert not findings, [str(f) for f in findings]


def test_bad_problems_are_named():
    problem = make_problem([TaskRow(0, []), TaskRow(0, [(4, 0, [(0, 1)])])], [ResourceRow()], jobs=[(5, 1.0, 0)])
    assert [f.value for f in check_problem(problem)] == ["T0"]
    negative = make_problem([TaskRow(0, [(-4, 0, [(0, 1)])], release=-1)], [ResourceRow()], jobs=[(5, 0.0, -2)])
    assert {f.rule for f in check_problem(negative)} == {
        "a run time is 0 or more", "a release is 0 or more", "a weight is above 0",
    }  # fmt: skip
    several = make_problem([one(family=0)], [ResourceRow(capacity=2, matrix=0)], setups=[[[0], [0]]])
    assert "one batch, at a time" in str(check_problem(several).shown[0])


def test_what_can_never_fit_is_a_warning():
    short = make_problem([TaskRow(0, [(11, 0, [(0, 1)])], can_pause=False)], [ResourceRow(0)], calendars=[[(0, 10, 1)]])
    found = check_problem(short)
    assert not found.has_errors
    assert "open long enough" in found.shown[0].rule
    greedy = make_problem([TaskRow(0, [(1, 0, [(0, 3)])])], [ResourceRow(0)], calendars=[[(0, 10, 2)]])
    assert "no more units" in check_problem(greedy).shown[0].rule


def test_a_circle_is_told_task_by_task():
    rows = [one() for _ in range(4)]
    links = [(0, 1, 0, 0), (1, 2, 0, 0), (2, 3, 0, 0), (3, 1, 0, 0)]
    told = check_problem(make_problem(rows, [ResourceRow()], links=links)).shown[0].value
    assert sorted(set(told.split(" > "))) == ["T1", "T2", "T3"]
