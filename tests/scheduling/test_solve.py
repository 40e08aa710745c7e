"""Solving: published optima, agreement with the judge, determinism, bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drumbeat.basics.findings import InputError
from drumbeat.basics.progress import Cancelled
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.portfolio import Method
from drumbeat.scheduling.engine.read_instance import read_fjsp, read_jsp
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat
from drumbeat.scheduling.engine.solve_general import solve_general
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems

FT06 = """6 6
2 1 0 3 1 6 3 7 5 3 4 6
1 8 2 5 4 10 5 10 0 10 3 4
2 5 3 4 5 8 0 9 1 1 4 7
1 5 0 5 2 5 3 3 4 8 5 9
2 9 1 3 4 5 5 4 0 3 3 1
1 3 3 3 5 9 0 10 4 4 2 1
"""


def makespan(result):
    return round(result.worth.makespan_hours * 3600)


def test_ft06_is_55_proved():
    result = solve(read_jsp(FT06), seconds=60)
    assert makespan(result) == 55
    assert result.is_optimal
    assert result.bound == pytest.approx(55 / 3600)


@pytest.mark.slow
def test_ft10_is_930(shared_data):
    problem = read_jsp((shared_data / "scheduling/jsp/ft10.txt").read_text())
    result = solve(problem, seconds=6, is_deterministic=True)  # work is counted, not the clock: found on any machine
    assert makespan(result) == 930
    assert not check_schedule(problem, result.schedule)


@pytest.mark.slow
def test_kacem4_is_11(shared_data):
    problem = read_fjsp((shared_data / "scheduling/fjsp/kacem4.txt").read_text())
    result = solve(problem, seconds=1, is_deterministic=True)
    assert makespan(result) == 11


@given(problem=problems(most_jobs=3))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cpsat_breaks_no_rule_and_is_no_worse_than_its_hint(problem):
    hint = dispatch(problem)
    if check_schedule(problem, hint):
        return  # fixed tasks that contradict each other
    answer = solve_cpsat(problem, hint, seconds=1, workers=1)
    assert answer.reason != "the judge found a broken rule"
    if answer.schedule is not None:
        assert not check_schedule(problem, answer.schedule)
        hinted = measure_worth(problem, hint).objective
        assert measure_worth(problem, answer.schedule).objective <= hinted + 1e-6
        assert answer.bound <= hinted + 1e-6


def test_a_week_with_breaks_is_solved_exactly():
    """Two tasks of 6 and 4 in shifts of 5: whoever is first, only one order meets both due dates."""
    tasks = [TaskRow(0, [(6, 0, [(0, 1)])]), TaskRow(1, [(4, 0, [(0, 1)])])]
    book = [(0, 5, 1), (10, 15, 1), (20, 25, 1)]
    problem = make_problem(tasks, [ResourceRow(0)], jobs=[(15, 1.0, 0), (10, 1.0, 0)], calendars=[book])
    result = solve(problem, seconds=60)
    assert result.schedule.end.tolist() == [15, 4]
    assert result.is_optimal
    assert result.worth.objective == 0


def test_setups_are_sequenced_to_the_least():
    matrix = [[[0, 9, 1], [1, 0, 9], [9, 1, 0], [0, 0, 0]]]
    tasks = [TaskRow(f, [(1, 0, [(0, 1)])], family=f) for f in range(3)]
    problem = make_problem(tasks, [ResourceRow(matrix=0)], setups=matrix, objective=Objective(0.0, 1.0, 0.0, 0.0))
    result = solve(problem, seconds=60)
    assert makespan(result) == 5  # three runs and two changes of 1
    assert result.is_optimal


def test_the_same_seed_gives_the_same_schedule():
    problem = read_jsp(FT06)
    one, other = (solve(problem, seconds=1, seed=3, workers=1, is_deterministic=True) for _ in range(2))
    assert (one.schedule.start == other.schedule.start).all()


def test_the_curve_falls():
    objectives = [value for _, value in solve(read_jsp(FT06), seconds=2).curve]
    assert objectives == sorted(objectives, reverse=True)


def test_bad_problems_are_refused_by_name():
    circle = make_problem(
        [TaskRow(0, [(1, 0, [(0, 1)])]), TaskRow(0, [(1, 0, [(0, 1)])])],
        [ResourceRow()],
        links=[(0, 1, 0, 0), (1, 0, 0, 0)],
    )
    with pytest.raises(InputError, match=r"circle.*T0"):
        solve(circle, seconds=1)
    negative = make_problem([TaskRow(0, [(-1, 0, [(0, 1)])])], [ResourceRow()])
    with pytest.raises(InputError, match="run time is 0 or more"):
        solve(negative, seconds=1)
    huge = make_problem([TaskRow(0, [(2**61, 0, [(0, 1)])])], [ResourceRow()])
    with pytest.raises(InputError, match=r"2\^55"):
        solve(huge, seconds=1)


def test_cancelling_stops():
    def stop(fraction, message):
        raise Cancelled

    with pytest.raises(Cancelled):
        solve(read_jsp(FT06), seconds=5, progress=stop)


def test_an_empty_problem_is_solved():
    result = solve(make_problem([], []), seconds=1)
    assert result.is_optimal
    assert len(result.schedule.start) == 0
    assert np.isfinite(result.worth.objective)


def test_who_does_not_wait_for_kernels_gets_a_feasible_schedule_all_the_same(monkeypatch):
    """As on the first run after an installation: the search that is not compiled yet is left out."""
    monkeypatch.setattr("drumbeat.scheduling.engine.portfolio.METHODS", (_unready(),))
    tasks = [TaskRow(0, [(6, 0, [(0, 1)])]), TaskRow(1, [(4, 0, [(0, 1)])])]
    book = [(0, 5, 1), (10, 15, 1), (20, 25, 1)]
    problem = make_problem(tasks, [ResourceRow(0)], jobs=[(15, 1.0, 0), (10, 1.0, 0)], calendars=[book])
    result = solve(problem, seconds=2, waits_for_kernels=False)
    assert not check_schedule(problem, result.schedule)
    assert result.worth.objective == 0


def _unready():
    def fail():
        raise AssertionError("kernels were compiled although nobody waits for them")

    return Method("general", lambda _problem, _features: True, solve_general, fail, lambda: False)
