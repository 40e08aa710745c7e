"""Explanations: by hand, and that the seconds add up on any problem."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.explain import Wait, explain_jobs
from drumbeat.scheduling.engine.result import UNSCHEDULED
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems

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
