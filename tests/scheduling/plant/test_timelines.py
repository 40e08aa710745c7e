"""Timelines: whatever is put in and taken out, no rule is broken; gaps are found; what is taken can come back."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.plant import Timelines
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.result import UNSCHEDULED
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem, problems, rich_problems

WITH_CREWS = ("deadlines", "most", "setup_crews", "is_ahead")
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(problem=problems(with_fixed=False) | rich_problems(WITH_CREWS, with_fixed=False), data=st.data())
@QUICK
def test_whatever_order_tasks_come_in_no_rule_is_broken(problem, data):
    order = np.array(data.draw(st.permutations(range(problem.num_tasks))))
    lines = Timelines.of(problem)
    num_lost = lines.insert(order)
    schedule = lines.to_schedule()
    assert not check_schedule(problem, schedule)
    assert (schedule.mode == UNSCHEDULED).sum() == num_lost
    is_plain = not len(problem.materials.quantity) and not len(problem.links.most) and not len(problem.jobs.deadline)
    if is_plain and not len(problem.resources.setup_crew):
        assert num_lost == (dispatch(problem).mode == UNSCHEDULED).sum()


@given(problem=problems() | rich_problems(WITH_CREWS), data=st.data())
@QUICK
def test_what_is_taken_out_and_put_back_breaks_no_rule(problem, data):
    timelines = Timelines.of(problem)
    timelines.insert(timelines.absent)
    schedule = timelines.to_schedule()
    if check_schedule(problem, schedule):
        return  # fixed tasks that contradict each other
    lines = Timelines.of(problem, schedule)
    for _ in range(3):
        chosen = np.array(data.draw(st.lists(st.integers(0, problem.num_tasks - 1), max_size=3)), np.int64)
        taken = lines.remove(chosen)
        free = chosen[(problem.tasks.fixed_start[chosen] < 0) & (schedule.mode[chosen] >= 0)]
        assert set(free) <= set(taken)
        assert not check_schedule(problem, lines.to_schedule())
        lines.insert(lines.absent)
        schedule = lines.to_schedule()
        assert not check_schedule(problem, schedule)


@given(problem=problems(with_fixed=False))
@QUICK
def test_a_schedule_comes_out_as_it_went_in(problem):
    schedule = dispatch(problem)
    again = Timelines.of(problem, schedule).to_schedule()
    for name in ("mode", "start", "end", "setup_seconds"):
        assert (getattr(again, name) == getattr(schedule, name)).all()


def test_a_gap_is_used_and_nobody_moves():
    """On one machine 0-4 and 9-12 are taken: 5 seconds fit between, 6 only after."""
    tasks = [TaskRow(0, [(length, 0, [(0, 1)])], release=at) for length, at in ((4, 0), (3, 9), (5, 0), (6, 0))]
    problem = make_problem(tasks, [ResourceRow()])
    lines = Timelines.of(problem)
    assert lines.insert(np.array([0, 1, 3])) == 0
    assert lines.insert(np.array([2])) == 0
    assert lines.to_schedule().start.tolist() == [0, 9, 4, 12]


def test_a_setup_between_two_shortens_the_next_ones():
    """Family 1 between 0 and 1: its setup of 2 comes first, and the next one's falls away."""
    matrix = [[[0, 2], [2, 0], [0, 0]]]
    rows = [
        TaskRow(0, [(3, 0, [(0, 1)])], family=0),
        TaskRow(0, [(3, 0, [(0, 1)])], family=1, release=8),
        TaskRow(0, [(5, 0, [(0, 1)])], family=1),
    ]
    problem = make_problem(rows, [ResourceRow(matrix=0)], setups=matrix)
    lines = Timelines.of(problem)
    assert lines.insert(np.array([0, 1, 2])) == 0
    schedule = lines.to_schedule()
    assert schedule.start.tolist() == [0, 10, 3]
    assert schedule.setup_seconds.tolist() == [0, 0, 2]
    assert not check_schedule(problem, schedule)


def test_who_lived_on_what_is_taken_goes_too():
    """Task 1 takes the 2 pieces that task 0 makes: without task 0, task 1 cannot stay."""
    rows = [
        TaskRow(0, [(3, 0, [(0, 1)])], uses=[(0, 2.0)]),
        TaskRow(1, [(3, 0, [(1, 1)])], uses=[(0, -2.0)]),
    ]
    problem = make_problem(rows, [ResourceRow(), ResourceRow()], stock=[0.0])
    lines = Timelines.of(problem)
    assert lines.insert(np.array([1, 0])) == 0
    assert lines.to_schedule().start.tolist() == [0, 3]
    assert sorted(lines.remove(np.array([0])).tolist()) == [0, 1]
    assert lines.insert(np.array([1])) == 1


def test_a_setup_waits_for_its_crew_to_come_back():
    """The machine is always open, its crew from 0 to 3 and from 10 on: a setup of 5 takes until 12, the run until 16;
    one that may not pause begins at 10."""
    crew = [(0, 3, 1), (10, FAR_FUTURE, 1)]
    for can_pause, start, end in ((True, 0, 16), (False, 10, 19)):
        rows = [TaskRow(0, [(4, 5, [(0, 1)])], can_pause=can_pause)]
        problem = make_problem(rows, [ResourceRow(setup_crew=1), ResourceRow(calendar=0)], calendars=[crew])
        lines = Timelines.of(problem)
        assert lines.insert(np.array([0])) == 0
        schedule = lines.to_schedule()
        assert (schedule.start[0], schedule.end[0]) == (start, end)
        assert not check_schedule(problem, schedule)


def test_a_machine_set_up_on_friday_runs_on_monday():
    """Machine open 0-10 and 20-30, crew 0-10 only: a setup of 6 ends at 6, the run of 12 goes on until 28; it may
    start as late as 4 and still begin to run at 20."""
    hours, crew = [(0, 10, 1), (20, 40, 1)], [(0, 10, 1)]
    rows = [TaskRow(0, [(12, 6, [(0, 1)])]), TaskRow(0, [(12, 6, [(0, 1)])], release=4)]
    for row, end in zip(rows, (28, 32), strict=True):
        problem = make_problem(
            [row], [ResourceRow(calendar=0, setup_crew=1), ResourceRow(calendar=1)], calendars=[hours, crew]
        )
        lines = Timelines.of(problem)
        assert lines.insert(np.array([0])) == 0
        assert lines.to_schedule().end.tolist() == [end]
        assert not check_schedule(problem, lines.to_schedule())
