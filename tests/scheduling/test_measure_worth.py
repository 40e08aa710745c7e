"""What a schedule is worth: each part by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import SKIPPED, Schedule
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

HOUR = 3600


def schedule_of(*rows, team=()):
    """Rows of (mode, start, setup, end) in hours."""
    mode, start, setup, end = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    hours = [np.where(mode >= 0, column * HOUR, -1) for column in (start, setup, end)]
    return Schedule(mode.astype(np.int32), hours[0], np.maximum(hours[1], 0), hours[2], np.array(team, dtype=np.int32))


def task(job, run, setup=0, held=((0, 1),), **changes):
    return TaskRow(job, [(run * HOUR, setup * HOUR, list(held))], **changes)


def test_dates_of_a_late_an_early_and_a_dateless_job():
    problem = make_problem(
        [task(0, 3), task(1, 2), task(2, 1), task(1, 1)],
        [ResourceRow(capacity=4)],
        jobs=[(2 * HOUR, 2.0, 0), (8 * HOUR, 3.0, 0), (FAR_FUTURE, 1.0, 0), (9 * HOUR, 1.0, HOUR)],
        objective=Objective(tardiness=1, earliness=10, in_process=100, makespan=1000, num_late=10000),
    )
    worth = measure_worth(problem, schedule_of((0, 1, 0, 4), (1, 0, 0, 2), (2, 9, 0, 10), (3, 4, 0, 5)))
    assert (worth.weighted_tardiness_hours, worth.num_late) == (4, 1)  # 2 hours late, weight 2
    assert worth.earliness_hours == 9  # 3 hours early, weight 3; the job without tasks is never early
    assert worth.in_process_hours == 3 + 5 + 1
    assert worth.makespan_hours == 10
    assert worth.objective == 4 + 90 + 900 + 10_000 + 10_000


def test_setups_cost_money_by_sequence():
    cost = [[[0, 5], [7, 0], [20, 30]]]
    seconds = [[[0, HOUR], [HOUR, 0], [HOUR, HOUR]]]
    rows = [task(0, 1, family=0), task(0, 1, family=1), task(0, 1), task(0, 1, family=0)]
    problem = make_problem(
        rows, [ResourceRow(matrix=0)], setups=seconds, setup_cost=cost, objective=Objective(0, setup=1, setup_cost=1)
    )
    # Unknown to 1 costs 30, 1 to 0 7, 0 to 0 nothing; the task without a family changes nothing.
    worth = measure_worth(problem, schedule_of((0, 3, 1, 5), (1, 0, 1, 2), (2, 2, 0, 3), (3, 5, 0, 6)))
    assert (worth.setup_cost, worth.setup_hours, worth.objective) == (37, 2, 39)


def test_a_batch_has_one_setup():
    oven = ResourceRow(matrix=0, capacity=2, is_batch=True)
    problem = make_problem(
        [task(0, 1, family=0), task(0, 1, family=0), task(0, 1, family=0)],
        [oven],
        setups=[[[HOUR], [2 * HOUR]]],
        setup_cost=[[[4], [9]]],
    )
    worth = measure_worth(problem, schedule_of((0, 0, 2, 3), (1, 0, 2, 3), (2, 3, 1, 5)))
    assert (worth.setup_hours, worth.setup_cost) == (3, 13)


def test_overtime_counts_open_hours_of_the_machine_only():
    book = [[(0, 8 * HOUR, 1, False), (8 * HOUR, 12 * HOUR, 1, True), (20 * HOUR, 24 * HOUR, 1, True)]]
    lunch = [(0, 10 * HOUR, 1), (11 * HOUR, 99 * HOUR, 1)]
    problem = make_problem(
        [task(0, 3), task(0, 4, held=[(0, 1), (1, 1)]), task(0, 9, held=[(1, 1), (0, 1)])],
        [ResourceRow(0, capacity=3), ResourceRow(1, capacity=3)],
        calendars=[*book, [(*hours, False) for hours in lunch]],
        objective=Objective(0, overtime=2),
    )
    # 6 to 9 has one hour; 9 to 21 works 9-10, 11-12 and 20-21; the third's machine has no overtime.
    worth = measure_worth(problem, schedule_of((0, 6, 0, 9), (1, 9, 0, 21), (2, 0, 0, 9)))
    assert (worth.overtime_hours, worth.objective) == (1 + 3, 8)


def test_hold_pay_from_first_to_last():
    actors = [ResourceRow(hold_pay=10.0), ResourceRow(hold_pay=1.0), ResourceRow(hold_pay=100.0), ResourceRow()]
    rows = [task(0, 1, held=[(0, 1)]), task(0, 2, held=[(3, 1)], heads=[(0, 1)]), task(0, 1, held=[(0, 1), (1, 1)])]
    problem = make_problem(rows, actors, skills=[[1]])
    worth = measure_worth(problem, schedule_of((0, 0, 0, 1), (1, 1, 0, 3), (2, 5, 0, 6), team=[1]))
    assert worth.hold_pay == 6 * 10 + 5 * 1  # the third actor is never there


def test_moves_against_the_previous_schedule():
    both = [(HOUR, 0, [(0, 1)]), (HOUR, 0, [(1, 1)])]
    problem = make_problem(
        [TaskRow(0, both), TaskRow(0, both), TaskRow(0, both)],
        [ResourceRow(), ResourceRow()],
        previous=[(2 * HOUR, 0), (0, 3), (-1, -1)],
        objective=Objective(0, moved_hours=1, moved_tasks=10, changed_modes=100),
    )
    worth = measure_worth(problem, schedule_of((0, 0, 0, 1), (2, 0, 0, 1), (5, 1, 0, 2)))
    assert (worth.moved_hours, worth.moved_tasks, worth.changed_modes, worth.objective) == (2, 1, 1, 112)


@pytest.mark.parametrize(("order", "expected"), [((), 7.5), (("makespan", "tardiness"), 3.5)])
def test_skipping_costs_but_not_within_a_choice(order, expected):
    rows = [task(0, 2), task(0, 1, skip_cost=2.5), task(0, 1, choice=0), task(1, 1, choice=0, skip_cost=9.0)]
    objective = Objective(tardiness=5, makespan=0, order=order)
    problem = make_problem(rows, [ResourceRow()], jobs=[(0, 1.0, 0), (0, 1.0, 0)], objective=objective)
    schedule = schedule_of((0, 0, 0, 1), (SKIPPED, -1, 0, -1), (2, 0, 0, 1), (SKIPPED, -1, 0, -1))
    worth = measure_worth(problem, schedule)
    assert worth.skip_cost == 2.5
    assert worth.objective == (expected if not order else 1 + 2.5)
    assert math.isfinite(worth.objective)
