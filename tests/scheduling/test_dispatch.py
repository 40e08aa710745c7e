"""Dispatching: by hand on every feature, by the judge on any problem, and by size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import DispatchParams, Rule, dispatch
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.read_instance import read_jsp
from drumbeat.scheduling.engine.result import UNSCHEDULED
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems

FIRST = DispatchParams(Rule.EDD)


@pytest.mark.parametrize("rule", list(Rule))
@given(problem=problems())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_judge_finds_nothing_on_any_problem(rule, problem):
    schedule = dispatch(problem, DispatchParams(rule))
    found = [f for f in check_schedule(problem, schedule) if "holds more" not in f.rule or not has_fixed(problem)]
    assert not found, [str(f) for f in found]
    if not has_fixed(problem) and not len(problem.materials.stock):
        lost = schedule.mode == UNSCHEDULED
        assert not lost.any() or can_never_fit(problem)


def has_fixed(problem):
    """A fixed task starts whatever stands against it, so that its own conflicts are no fault of dispatching."""
    return bool((problem.tasks.fixed_start >= 0).any())


def can_never_fit(problem):
    """Levels that fall may leave a task without enough units in the last interval, which is for ever at level 1."""
    modes = problem.modes
    needs = modes.units > problem.resources.capacity[modes.resource]
    return bool(needs.any()) or bool((~problem.tasks.can_pause).any())


def test_a_job_runs_its_tasks_one_after_the_other():
    problem = make_problem(
        [TaskRow(0, [(5, 0, [(0, 1)])]), TaskRow(0, [(7, 2, [(1, 1)])])],
        [ResourceRow(), ResourceRow()],
        links=[(0, 1, 0, 3)],
    )
    schedule = dispatch(problem, FIRST)
    assert schedule.start.tolist() == [0, 8]
    assert schedule.end.tolist() == [5, 17]
    assert schedule.setup_seconds.tolist() == [0, 2]


def test_a_task_pauses_while_closed_unless_it_may_not():
    book = [(0, 10, 1), (20, 40, 1)]
    for can_pause, start, end in ((True, 4, 22), (False, 20, 28)):
        task = TaskRow(0, [(8, 0, [(0, 1)])], release=4, can_pause=can_pause)
        schedule = dispatch(make_problem([task], [ResourceRow(calendar=0)], calendars=[book]), FIRST)
        assert (schedule.start[0], schedule.end[0]) == (start, end)


def test_two_resources_work_only_while_both_are_open():
    books = [[(0, 10, 1), (20, 40, 1)], [(5, 25, 1), (30, 99, 1)]]
    task = TaskRow(0, [(12, 0, [(0, 1), (1, 1)])])
    schedule = dispatch(make_problem([task], [ResourceRow(0), ResourceRow(1)], calendars=books), FIRST)
    # Open together: 5-10, 20-25, 30-40.
    assert (schedule.start[0], schedule.end[0]) == (5, 32)


def test_a_crew_of_three_by_day_and_one_by_night():
    crew = ResourceRow(calendar=0)
    tasks = [TaskRow(j, [(8, 0, [(j, 1), (3, 1)])]) for j in range(3)]
    book = [(0, 10, 3), (10, 20, 1), (20, 30, 3)]
    problem = make_problem(tasks, [ResourceRow()] * 3 + [crew], calendars=[book])
    assert dispatch(problem, FIRST).start.tolist() == [0, 0, 0]
    late = [TaskRow(j, [(8, 0, [(j, 1), (3, 1)])], release=5) for j in range(3)]
    schedule = dispatch(make_problem(late, [ResourceRow()] * 3 + [crew], calendars=[book]), FIRST)
    # Only one may reach into the night; the next may start when it ends at 13, and would reach 21; the third by day.
    assert sorted(schedule.start.tolist()) == [5, 13, 20]


def test_setups_follow_the_sequence_and_the_first_state():
    matrix = [[[0, 10], [20, 0], [5, 5]]]  # from A, from B, from unknown
    tasks = [TaskRow(0, [(1, 0, [(0, 1)])], family=f) for f in (0, 1, 1, 0)]
    links = [(0, 1, 0, 0), (1, 2, 0, 0), (2, 3, 0, 0)]
    problem = make_problem(tasks, [ResourceRow(matrix=0)], setups=matrix, links=links)
    assert dispatch(problem, FIRST).setup_seconds.tolist() == [5, 10, 0, 20]
    ready = make_problem(tasks, [ResourceRow(matrix=0, initial_family=0)], setups=matrix, links=links)
    assert dispatch(ready, FIRST).setup_seconds.tolist() == [0, 10, 0, 20]


def test_the_faster_machine_is_waited_for_when_it_ends_earlier():
    tasks = [TaskRow(0, [(4, 0, [(0, 1)])]), TaskRow(1, [(4, 0, [(0, 1)]), (20, 0, [(1, 1)])])]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], jobs=[(5, 1.0, 0), (9, 1.0, 0)])
    schedule = dispatch(problem, FIRST)
    assert schedule.end.tolist() == [4, 8]


def test_material_is_waited_for_and_made():
    tasks = [TaskRow(0, [(5, 0, [(0, 1)])], uses=[(0, -2.0)]), TaskRow(1, [(5, 0, [(1, 1)])], uses=[(0, 2.0)])]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], stock=[0.0])
    assert dispatch(problem, FIRST).start.tolist() == [5, 0]
    bought = make_problem(tasks[:1], [ResourceRow()], stock=[1.0], receipts=[(0, 7, 1.0)])
    assert dispatch(bought, FIRST).start.tolist() == [7]


def test_what_never_comes_leaves_the_task_and_all_after_it_unscheduled():
    tasks = [
        TaskRow(0, [(5, 0, [(0, 1)])], uses=[(0, -2.0)]),
        TaskRow(0, [(5, 0, [(0, 1)])]),
        TaskRow(1, [(5, 0, [(0, 1)])]),
    ]
    problem = make_problem(tasks, [ResourceRow()], stock=[1.0], links=[(0, 1, 0, 0)], jobs=[(10, 1.0, 0)] * 2)
    schedule = dispatch(problem, FIRST)
    assert schedule.mode.tolist() == [UNSCHEDULED, UNSCHEDULED, 2]
    worth = measure_worth(problem, schedule)
    assert (worth.num_unscheduled, worth.num_late) == (2, 1)
    assert worth.objective > 0


def test_a_task_that_never_fits_its_calendar_is_unscheduled():
    task = TaskRow(0, [(11, 0, [(0, 1)])], can_pause=False)
    problem = make_problem([task], [ResourceRow(0)], calendars=[[(0, 10, 1), (20, 30, 1)]])
    assert dispatch(problem, FIRST).mode[0] == UNSCHEDULED


def test_a_fixed_task_holds_its_time():
    tasks = [TaskRow(0, [(5, 0, [(0, 1)])], fixed_start=3, fixed_mode=0), TaskRow(1, [(4, 0, [(0, 1)])])]
    assert dispatch(make_problem(tasks, [ResourceRow()]), FIRST).start.tolist() == [3, 8]
    tasks[1] = TaskRow(1, [(3, 0, [(0, 1)])])
    assert dispatch(make_problem(tasks, [ResourceRow()]), FIRST).start.tolist() == [3, 0]


@pytest.mark.parametrize(
    ("kind", "lag", "start"), [(0, 2, 12), (0, -4, 6), (1, 3, 3), (2, 2, 8), (3, 5, 1), (3, 0, 0)], ids=str
)
def test_links_of_every_kind(kind, lag, start):
    tasks = [TaskRow(0, [(10, 0, [(0, 1)])]), TaskRow(0, [(4, 0, [(1, 1)])])]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], links=[(0, 1, kind, lag)])
    assert dispatch(problem, FIRST).start[1] == start


def test_rules_put_first_what_they_say():
    runs, dues, weights = (6, 2, 4), (30, 40, 20), (1.0, 1.0, 8.0)
    tasks = [TaskRow(j, [(run, 0, [(0, 1)])]) for j, run in enumerate(runs)]
    jobs = [(due, weight, 0) for due, weight in zip(dues, weights, strict=True)]
    problem = make_problem(tasks, [ResourceRow()], jobs=jobs)
    first = {rule: int(np.argmin(dispatch(problem, DispatchParams(rule)).start)) for rule in Rule}
    assert first[Rule.EDD] == 2
    assert first[Rule.SPT] == 1
    assert first[Rule.WSPT] == 2
    assert first[Rule.SLACK] == 2
    assert first[Rule.MDD] == 2


def test_dispatching_is_repeatable(shared_data):
    problem = read_jsp((shared_data / "scheduling/jsp/ft10.txt").read_text())
    one, other = dispatch(problem), dispatch(problem)
    assert (one.start == other.start).all()
    assert measure_worth(problem, one).makespan_hours * 3600 < 1.3 * 930


def test_an_empty_problem_has_an_empty_schedule():
    schedule = dispatch(make_problem([], [ResourceRow()]))
    assert len(schedule.start) == 0
    assert measure_worth(make_problem([], []), schedule).objective == 0


def test_times_beyond_32_bits_are_right():
    far = 2**33
    tasks = [TaskRow(0, [(far, 0, [(0, 1)])]), TaskRow(0, [(far, 0, [(0, 1)])])]
    schedule = dispatch(make_problem(tasks, [ResourceRow()], links=[(0, 1, 0, far)]), FIRST)
    assert schedule.end.tolist() == [far, 3 * far]
    assert schedule.end[1] < FAR_FUTURE
