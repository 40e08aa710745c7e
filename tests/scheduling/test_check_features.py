"""The judge on what only some problems have: each rule broken once by hand, and kept once."""

from __future__ import annotations

import pytest

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem
from tests.scheduling.test_check import schedule_of

OUT, SKIP = (-1, -1, 0, -1), (-2, -1, 0, -1)


def one(run=4, held=((0, 1),), setup=0, **changes):
    return TaskRow(0, [(run, setup, list(held))], **changes)


ALONE = [ResourceRow()]
ROOM = [ResourceRow(capacity=3)]
CHANGE = {"setups": [[[0, 3], [2, 0], [1, 1]]]}  # from family 0 to 1 3 s, back 2 s, from the unknown 1 s
OVEN = [ResourceRow(matrix=0, capacity=3, is_batch=True, initial_family=0)]
CREWED = [ResourceRow(setup_crew=2), ResourceRow(setup_crew=2), ResourceRow()]
DAY_CREW = [ResourceRow(setup_crew=1), ResourceRow(calendar=0)]
CAMPAIGN = [ResourceRow(matrix=0, most_campaign=8, clean_seconds=5, initial_family=0)]
RED = [one(family=0), one(family=0), one(family=0)]
FLOW = [ResourceRow(order_group=0), ResourceRow(order_group=0)]
FLOW_TASKS = [one(2), one(2, [(1, 1)]), TaskRow(1, [(2, 0, [(0, 1)])]), TaskRow(1, [(2, 0, [(1, 1)])])]
PEOPLE = [ResourceRow(), ResourceRow(), ResourceRow(), ResourceRow(calendar=0)]
SKILLED = {"skills": [[1, 2], [2, 3]], "calendars": [[(0, 6, 1), (10, 99, 1)]]}
TANK = {"stock": [1.0], "most_stock": [4.0]}

ROUTES = [one(held=(), **own) for own in ({"choice": 0}, {"goes_with": 0}, {"choice": 0}, {"goes_with": 2})]

# Name: tasks, resources, the rest of the problem, schedule, team, what the finding says ("" for none).
CASES = {
    "deadline": ([one()], ALONE, {"jobs": [(9, 1.0, 0, 3)]}, [(0, 0, 0, 4)], (), "deadline"),
    "deadline kept": ([one()], ALONE, {"jobs": [(9, 1.0, 0, 4)]}, [(0, 0, 0, 4)], (), ""),
    "most": ([one(), one()], ROOM, {"links": [(0, 1, 0, 0, 2)]}, [(0, 0, 0, 4), (1, 7, 0, 11)], (), "the most"),
    "most kept": ([one(), one()], ROOM, {"links": [(0, 1, 0, 0, 2)]}, [(0, 0, 0, 4), (1, 6, 0, 10)], (), ""),
    "most between starts": (
        [one(), one()], ROOM, {"links": [(0, 1, 1, 0, 2)]}, [(0, 0, 0, 4), (1, 3, 0, 7)], (), "start-start",
    ),
    "most between ends": (
        [one(), one()], ROOM, {"links": [(0, 1, 2, -4, 2)]}, [(0, 0, 0, 4), (1, 3, 0, 7)], (), "finish-finish",
    ),
    "most from start to end": (
        [one(), one()], ROOM, {"links": [(0, 1, 3, 0, 6)]}, [(0, 0, 0, 4), (1, 3, 0, 7)], (), "start-finish",
    ),
    "skipped": ([one(skip_cost=2.0)], ALONE, {}, [SKIP], (), ""),
    "skipped though needed": ([one(), one(skip_cost=2.0)], ALONE, {}, [SKIP, (1, 0, 0, 4)], (), "left out"),
    "skipped has times": ([one(skip_cost=2.0)], ALONE, {}, [(-2, 0, 0, 4)], (), "no times"),
    "skipped binds nobody": (
        [one(skip_cost=2.0), one()], ALONE, {"links": [(0, 1, 0, 5)]}, [SKIP, (1, 0, 0, 4)], (), "",
    ),
    "after a lost one": (
        [one(), one()], ALONE, {"links": [(0, 1, 0, 5)]}, [OUT, (1, 0, 0, 4)], (), "is scheduled",
    ),
    "choice": ([one(choice=0), one(choice=0)], ALONE, {}, [SKIP, (1, 0, 0, 4)], (), ""),
    "choice of none": ([one(choice=0), one(choice=0)], ALONE, {}, [SKIP, SKIP], (), "exactly one"),
    "choice of two": ([one(choice=0), one(choice=0)], ROOM, {}, [(0, 0, 0, 4), (1, 0, 0, 4)], (), "exactly one"),
    "route": (ROUTES, ROOM, {}, [SKIP, SKIP, (2, 0, 0, 4), (3, 0, 0, 4)], (), ""),
    "half a route": (ROUTES, ROOM, {}, [SKIP, SKIP, (2, 0, 0, 4), SKIP], (), "exactly where that one is"),
    "a route and a half": (ROUTES, ROOM, {}, [SKIP, (1, 0, 0, 4), (2, 0, 0, 4), (3, 0, 0, 4)], (), "exactly where"),
    "two routes": (ROUTES, ROOM, {}, [(t, 0, 0, 4) for t in range(4)], (), "exactly one"),
    "no route": (ROUTES, ROOM, {}, [SKIP] * 4, (), "exactly one"),
    "no such mode": ([one()], ALONE, {}, [(-3, 0, 0, 4)], (), "own modes"),
    "setup crew": (
        [one(setup=3), one(held=[(1, 1)], setup=3)], CREWED, {}, [(0, 0, 3, 7), (1, 3, 3, 10)], (), "",
    ),
    "setup crew twice": (
        [one(setup=3), one(held=[(1, 1)], setup=3)], CREWED, {}, [(0, 0, 3, 7), (1, 2, 3, 9)], (), "holds more",
    ),
    "setup while the crew is there": (
        [one(setup=3)], DAY_CREW, {"calendars": [[(1, 3, 1), (8, 99, 1)]]}, [(0, 1, 3, 13)], (), "",
    ),
    "setup without the crew": (
        [one(setup=3)], DAY_CREW, {"calendars": [[(1, 3, 1), (8, 99, 1)]]}, [(0, 1, 3, 8)], (), "setup and run",
    ),
    "setup before the crew comes": (
        [one(setup=3)], DAY_CREW, {"calendars": [[(1, 3, 1), (8, 99, 1)]]}, [(0, 0, 3, 13)], (), "is open",
    ),
    "setup of its time only": (
        [one(setup=3, can_pause=False)], DAY_CREW, {"calendars": [[(1, 3, 1), (8, 99, 1)]]}, [(0, 1, 3, 13)], (),
        "runs through",
    ),
    "batch": ([one(family=1), one(2, family=1)], OVEN, CHANGE, [(0, 0, 3, 7), (1, 0, 3, 7)], (), ""),
    "batch as short as its shortest": (
        [one(family=1), one(2, family=1)], OVEN, CHANGE, [(0, 0, 3, 5), (1, 0, 3, 5)], (), "setup and run",
    ),
    "batch joined late": (
        [one(family=0), one(2, family=0)], OVEN, CHANGE, [(0, 0, 0, 4), (1, 2, 0, 4)], (), "together",
    ),
    "batch of two families": (
        [one(family=0), one(family=1)], OVEN, {"setups": [[[0, 0], [0, 0], [0, 0]]]},
        [(0, 0, 0, 4), (1, 0, 0, 4)], (), "one family",
    ),
    "batch too large": (
        [one(held=[(0, 2)], family=0), one(held=[(0, 2)], family=0)], OVEN, CHANGE,
        [(0, 0, 0, 4), (1, 0, 0, 4)], (), "holds more",
    ),
    "batch set up twice": (
        [one(family=1), one(family=1)], OVEN, CHANGE, [(0, 0, 3, 7), (1, 0, 3, 7)], (), "",
    ),
    "batch after batch": (
        [one(family=1), one(family=1), one(family=0)], OVEN, CHANGE,
        [(0, 0, 3, 7), (1, 0, 3, 7), (2, 7, 2, 13)], (), "",
    ),
    "batch without setup": (
        [one(family=1), one(family=1), one(family=0)], OVEN, CHANGE,
        [(0, 0, 3, 7), (1, 0, 3, 7), (2, 7, 0, 11)], (), "setup matrix",
    ),
    "campaign cleaned": (RED, CAMPAIGN, CHANGE, [(0, 0, 0, 4), (1, 4, 0, 8), (2, 8, 5, 17)], (), ""),
    "campaign not cleaned": (RED, CAMPAIGN, CHANGE, [(0, 0, 0, 4), (1, 4, 0, 8), (2, 8, 0, 12)], (), "cleaning"),
    "cleaned for nothing": (RED, CAMPAIGN, CHANGE, [(0, 0, 0, 4), (1, 4, 5, 13), (2, 13, 0, 17)], (), "cleaning"),
    "campaign ends by itself": (
        [*RED, one(family=1)], CAMPAIGN, CHANGE,
        [(0, 0, 0, 4), (1, 4, 0, 8), (2, 15, 2, 21), (3, 8, 3, 15)], (), "",
    ),
    "three campaigns": (
        [*RED, one(family=0), one(family=0)], CAMPAIGN, CHANGE,
        [(0, 0, 0, 4), (1, 4, 0, 8), (2, 8, 5, 17), (3, 17, 0, 21), (4, 21, 5, 30)], (), "",
    ),
    "right after its setup ahead": (
        [one(), one(held=[(1, 1)], family=1, release=4)], [ResourceRow(), ResourceRow(matrix=0)],
        {"is_ahead": True, "links": [(0, 1, 0, 0)], **CHANGE}, [(0, 0, 0, 4), (1, 3, 1, 8)], (), "",
    ),
    "run too early after its setup ahead": (
        [one(), one(held=[(1, 1)], family=1)], [ResourceRow(), ResourceRow(matrix=0)],
        {"is_ahead": True, "links": [(0, 1, 0, 0)], **CHANGE}, [(0, 0, 0, 4), (1, 2, 1, 7)], (), "finish-start",
    ),
    "same order": (FLOW_TASKS, FLOW, {}, [(0, 0, 0, 2), (1, 2, 0, 4), (2, 2, 0, 4), (3, 4, 0, 6)], (), ""),
    "other order": (FLOW_TASKS, FLOW, {}, [(0, 0, 0, 2), (1, 6, 0, 8), (2, 2, 0, 4), (3, 4, 0, 6)], (), "same order"),
    "team": ([one(heads=[(0, 1), (1, 1)])], PEOPLE, SKILLED, [(0, 0, 0, 4)], (1, 2), ""),
    "team of one twice": ([one(heads=[(0, 1), (1, 1)])], PEOPLE, SKILLED, [(0, 0, 0, 4)], (2, 2), "two heads"),
    "team without the skill": ([one(heads=[(0, 2)])], PEOPLE, SKILLED, [(0, 0, 0, 4)], (1, 3), "its skill"),
    "team missing": ([one(heads=[(0, 2)])], PEOPLE, SKILLED, [(0, 0, 0, 4)], (1, -1), "is filled"),
    "team of the unscheduled": ([one(heads=[(0, 1)])], PEOPLE, SKILLED, [OUT], (1,), "no team"),
    "team in two places": (
        [one(heads=[(0, 1)]), one(held=[], heads=[(0, 1)])], PEOPLE, SKILLED,
        [(0, 0, 0, 4), (1, 3, 0, 7)], (1, 1), "holds more",
    ),
    "worker who is also the machine": (
        [one(held=[(1, 1)], heads=[(0, 1)])], PEOPLE, SKILLED, [(0, 0, 0, 4)], (1,), "holds more",
    ),
    "team that goes home": ([one(heads=[(1, 1)])], PEOPLE, SKILLED, [(0, 4, 0, 12)], (3,), ""),
    "team at work after hours": ([one(heads=[(1, 1)])], PEOPLE, SKILLED, [(0, 4, 0, 8)], (3,), "setup and run"),
    "team of the wrong size": ([one(heads=[(1, 1)])], PEOPLE, SKILLED, [(0, 4, 0, 8)], (), "one row for each"),
    "tank": ([one(uses=[(0, 3.0)])], ALONE, TANK, [(0, 0, 0, 4)], (), ""),
    "tank full": ([one(uses=[(0, 4.0)])], ALONE, TANK, [(0, 0, 0, 4)], (), "finds room"),
    "tank full after a receipt": (
        [one(uses=[(0, 3.0)])], ALONE, TANK | {"receipts": [(0, 2, 9.0)]}, [(0, 0, 0, 4)], (), "finds room",
    ),
    "tank full by a receipt": (
        [one(uses=[(0, 3.0)])], ALONE, TANK | {"receipts": [(0, 4, 9.0)]}, [(0, 0, 0, 4)], (), "",
    ),
    "tank emptied at that moment": (
        [one(uses=[(0, 4.0)]), one(uses=[(0, -2.0)])], ALONE, TANK, [(0, 0, 0, 4), (1, 4, 0, 8)], (), "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_broken_rule_is_found_and_nothing_else(name):
    tasks, resources, extra, rows, team, expected = CASES[name]
    findings = check_schedule(make_problem(tasks, resources, **extra), schedule_of(*rows, team=team))
    if expected:
        assert len(findings) >= 1
        assert all(expected in finding.rule for finding in findings), [str(f) for f in findings]
    else:
        assert not findings, [str(f) for f in findings]


def test_a_fixed_task_may_miss_its_deadline():
    problem = make_problem([one(fixed_start=2, fixed_mode=0)], ALONE, jobs=[(FAR_FUTURE, 1.0, 0, 3)])
    assert not check_schedule(problem, schedule_of((0, 2, 0, 6)))
