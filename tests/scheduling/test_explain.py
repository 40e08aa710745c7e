"""Explanations: by hand, and that the seconds add up on any problem."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.explain import Wait, explain_jobs
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.result import UNSCHEDULED
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems, rich_problems
from tests.scheduling.test_check import schedule_of

FIRST = DispatchParams(Rule.EDD)


def explain(problem, job):
    return explain_jobs(problem, dispatch(problem, FIRST), np.array([job]))[0]


def test_a_machine_behind_another_order():
    tasks = [TaskRow(0, [(10, 0, [(0, 1)])]), TaskRow(1, [(5, 2, [(0, 1)])])]
    problem = make_problem(tasks, [ResourceRow()], jobs=[(1, 1.0, 0), (2, 1.0, 0)])
    assert explain(problem, 1) == [Wait("run", 5), Wait("setup", 2), Wait("machine R0 behind order J0", 10)]


def test_material_then_calendar_then_the_predecessor():
    tasks = [TaskRow(0, [(4, 0, [(0, 1)])]), TaskRow(0, [(6, 0, [(1, 1)])], uses=[(0, -1.0)])]
    problem = make_problem(
        tasks,
        [ResourceRow(), ResourceRow(calendar=0)],
        links=[(0, 1, 0, 1)],
        stock=[0.0],
        receipts=[(0, 9, 1.0)],
        calendars=[[(12, 15, 1), (20, 90, 1)]],
    )
    assert explain(problem, 0) == [
        Wait("calendar", 5),
        Wait("run", 6),
        Wait("calendar", 3),
        Wait("material K0 from PO0", 4),
        Wait("lag", 1),
        Wait("run", 4),
    ]


def test_nobody_waits_behind_himself():
    """Both of J0's tasks run on the machine that J1 held until 5: of the first one's wait the second one tells too."""
    tasks = [TaskRow(0, [(4, 0, [(0, 1)])]), TaskRow(0, [(2, 0, [(0, 1)])]), TaskRow(1, [(5, 0, [(0, 1)])])]
    problem = make_problem(tasks, [ResourceRow()], links=[(0, 1, 0, 0)], jobs=[(9, 1.0, 0), (1, 1.0, 0)])
    assert explain(problem, 0) == [Wait("run", 6), Wait("machine R0 behind order J1", 5)]


def test_a_release_is_a_wait_of_its_own():
    problem = make_problem([TaskRow(0, [(4, 0, [(0, 1)])], release=9)], [ResourceRow()], jobs=[(5, 1.0, 2)])
    assert explain(problem, 0) == [Wait("run", 4), Wait("release", 7)]


@given(problem=problems())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_waits_sum_to_the_end_less_the_release(problem):
    schedule = dispatch(problem, FIRST)
    told = explain_jobs(problem, schedule, np.arange(problem.num_jobs))
    for job, waits in enumerate(told):
        mine = (problem.tasks.job == job) & (schedule.mode != UNSCHEDULED)
        if mine.any():
            end, release = schedule.end[mine].max(), problem.jobs.release[job]
            assert sum(wait.seconds for wait in waits) == max(end - release, 0)
            assert all(wait.seconds > 0 for wait in waits)
        else:
            assert waits == []


def one(job, run, held=((0, 1),), setup=0, **changes):
    return TaskRow(job, [(run, setup, list(held))], **changes)


TWO = [ResourceRow(), ResourceRow()]

# Name: tasks, resources, the rest, schedule, team, the job to explain and its waits.
TOLD = {
    "worker": (
        [one(0, 5, heads=[(0, 1)]), one(1, 4, [(1, 1)], heads=[(0, 1)])], [*TWO, ResourceRow()], {"skills": [[2]]},
        [(0, 0, 0, 5), (1, 5, 0, 9)], (2, 2), 1, [("run", 4), ("worker R2 behind order J0", 5)],
    ),
    "setup crew": (
        [one(0, 5, setup=3), one(1, 4, [(1, 1)], setup=1)],
        [ResourceRow(setup_crew=2), ResourceRow(setup_crew=2), ResourceRow()], {},
        [(0, 0, 3, 8), (1, 3, 1, 8)], (), 1, [("run", 4), ("setup", 1), ("setup crew R2 behind order J0", 3)],
    ),
    "batch": (
        [one(0, 4, release=6), one(1, 4)], [ResourceRow(capacity=2, is_batch=True)], {},
        [(0, 6, 0, 10), (1, 6, 0, 10)], (), 1, [("run", 4), ("batch with order J0", 6)],
    ),
    "cleaning": (
        [one(0, 4, family=0), one(1, 4, family=0)], [ResourceRow(matrix=0, most_campaign=4, clean_seconds=5)],
        {"setups": [[[1], [0]]]}, [(0, 0, 0, 4), (1, 4, 5, 13)], (), 1,
        [("run", 4), ("cleaning", 5), ("machine R0 behind order J0", 4)],
    ),
    "tank": (
        [one(0, 3, uses=[(0, 2.0)]), one(1, 2, [(1, 1)], release=7, uses=[(0, -1.0)])], TWO,
        {"stock": [3.0], "most_stock": [4.0]}, [(0, 4, 0, 7), (1, 7, 0, 9)], (), 0,
        [("run", 3), ("tank K0 full until order J1", 4)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_what_only_some_plants_have_is_told(name):
    tasks, resources, extra, rows, team, job, expected = TOLD[name]
    problem, schedule = make_problem(tasks, resources, **extra), schedule_of(*rows, team=team)
    assert not check_schedule(problem, schedule)
    assert explain_jobs(problem, schedule, np.array([job]))[0] == [Wait(*wait) for wait in expected]


@given(problem=rich_problems(("deadlines", "most", "setup_crews", "money"), with_fixed=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_waits_sum_up_with_crews_and_most_lags_too(problem):
    crews = problem.resources.setup_crew
    problem.resources.calendar[crews[crews >= 0]] = -1  # timelines let setups go on while a crew is away
    lines = Timelines.of(problem)
    lines.insert(np.arange(problem.num_tasks))
    schedule = lines.to_schedule()
    assert not check_schedule(problem, schedule)
    for job, waits in enumerate(explain_jobs(problem, schedule, np.arange(problem.num_jobs))):
        mine = (problem.tasks.job == job) & (schedule.mode != UNSCHEDULED)
        length = schedule.end[mine].max(initial=0) - problem.jobs.release[job]
        assert sum(wait.seconds for wait in waits) == (max(length, 0) if mine.any() else 0)
