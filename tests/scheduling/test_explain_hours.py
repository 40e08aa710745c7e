"""What an hour is worth: by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.explain_hours import value_hours
from drumbeat.scheduling.engine.result import Schedule
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

HOUR = 3600


def test_an_hour_of_the_bottleneck_is_worth_what_everybody_behind_it_gains():
    """Ten orders of 10 hours, all late, one after the other: an hour less on each of n runs saves 1 + 2 + ... + n.

    Shortened by a share, the total of 100 hours saves share x 10 x (1 + ... + 10) = 550 x share for 100 x share hours:
    5.5 an hour. The second machine works an hour after each and is never in the way of the next: all it can save is
    its own hour, 1 an hour.
    """
    tasks, links = [], []
    for job in range(10):
        tasks += [TaskRow(job, [(10 * HOUR, 0, [(0, 1)])]), TaskRow(job, [(HOUR, 0, [(1, 1)])])]
        links.append((2 * job, 2 * job + 1, 0, 0))
    jobs = [(0, 1.0, 0)] * 10
    problem = make_problem(tasks, [ResourceRow(), ResourceRow(), ResourceRow()], jobs=jobs, links=links)
    first, second = value_hours(problem, dispatch(problem, DispatchParams(Rule.EDD)))
    assert (first.resource, first.busy_hours) == (0, 100)
    assert first.value == pytest.approx(5.5)
    assert first.busy_share == pytest.approx(100 / 101)
    assert (second.resource, second.busy_hours, second.value) == (1, 10, pytest.approx(1.0))


def test_where_nobody_is_late_an_hour_is_worth_nothing():
    problem = make_problem(
        [TaskRow(0, [(HOUR, 0, [(0, 1)])])], [ResourceRow(0)], calendars=[[(0, HOUR, 1), (8000, 9000, 1)]]
    )
    (told,) = value_hours(problem, dispatch(problem))
    assert (told.value, told.busy_share) == (0.0, 1.0)


def test_without_a_schedule_there_is_nothing_to_tell():
    problem = make_problem([TaskRow(0, [(HOUR, 0, [(0, 1)])])], [ResourceRow()])
    nothing = np.full(1, -1, dtype=np.int64)
    assert value_hours(problem, Schedule(nothing.astype(np.int32), nothing, np.zeros(1, np.int64), nothing)) == []
