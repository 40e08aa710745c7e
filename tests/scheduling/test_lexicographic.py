"""Objectives whose parts have an order: the first counts, then the next among what is as good in the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.improve_windows import improve_windows
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.search import Search, run_lanes
from drumbeat.scheduling.engine.solve import solve
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

SETUPS = [[[0, 4], [4, 0], [0, 0]]]


def two_families(order, dues):
    """Four tasks of 2 s on one machine, families 0 1 0 1; a change of family takes 4 s, the first setup none."""
    tasks = [TaskRow(job, [(2, 0, [(0, 1)])], family=job % 2) for job in range(4)]
    jobs = [(due, 1.0, 0) for due in dues]
    return make_problem(
        tasks, [ResourceRow(matrix=0)], jobs=jobs, setups=SETUPS, objective=Objective(order=tuple(order))
    )


def parts(problem, seconds=2.0):
    result = solve(problem, seconds=seconds, workers=1)
    assert not check_schedule(problem, result.schedule)
    return result, result.worth.num_late, round(3600 * result.worth.setup_hours)


def test_nobody_late_first_then_as_few_setups_as_that_allows():
    # Due 2, 8, 14, 20 in their order: only 0 1 0 1 with a change each time, 12 s of setups, is on time.
    result, late, setup = parts(two_families(("num_late", "setup"), (2, 8, 14, 20)))
    assert (late, setup) == (0, 12)
    assert result.is_optimal


def test_as_few_setups_first_then_as_few_late_as_that_allows():
    # One change: 0 0 1 1 ends at 2 4 10 12, 1 1 0 0 likewise: due dates 2 and 14 are kept, and 20.
    result, late, setup = parts(two_families(("setup", "num_late"), (2, 8, 14, 20)))
    assert (late, setup) == (1, 4)
    assert result.is_optimal


def test_the_second_part_counts_where_the_first_is_nothing_at_once():
    # Nobody is ever late: what is left is to save setups, although the first part is 0 from the beginning.
    result, late, setup = parts(two_families(("num_late", "setup"), (1000,) * 4))
    assert (late, setup) == (0, 4)
    assert result.is_optimal


def test_an_order_of_one_part_is_that_part():
    problem = two_families(("makespan",), (1000,) * 4)
    result = solve(problem, seconds=1.0, workers=1)
    assert 3600 * result.worth.makespan_hours == pytest.approx(12)
    plain = make_problem(
        [TaskRow(j, [(1 + j, 0, [(j % 2, 1)])]) for j in range(4)],
        [ResourceRow()] * 2,
        objective=Objective(order=("makespan",)),
    )
    result = solve(plain, seconds=1.0, workers=1)
    assert (round(3600 * result.worth.makespan_hours), result.is_optimal) == (6, True)
    assert result.bound == result.worth.objective


def test_windows_go_on_to_the_next_part():
    problem = two_families(("num_late", "setup"), (1000,) * 4)
    order = np.arange(4)
    schedule = replace(
        dispatch(problem),
        start=np.array([0, 2, 8, 14]),
        end=np.array([2, 8, 14, 20]),
        setup_seconds=np.array([0, 4, 4, 4]),
        mode=order.astype(np.int32),
    )
    assert not check_schedule(problem, schedule)
    search = Search(problem, 0.5, workers=1, is_deterministic=True)
    search.offer(schedule, "alternating")
    run_lanes(search, improve_windows)
    assert round(3600 * search.worth.setup_hours) == 4
