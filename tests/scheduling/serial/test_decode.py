"""Serial generation: whatever a plant has and in whichever order tasks come, no rule is broken."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Budgets
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial
from drumbeat.scheduling.engine.serial.make_genes import choose_base
from drumbeat.scheduling.engine.serial.search_serial import Breeder
from tests.scheduling.make_problem import FEATURES, ResourceRow, TaskRow, make_problem, rich_problems
from tests.scheduling.serial.make_plant import KINDS, make_plant


def place(problem, order=None):
    """Place all in an order; the schedule and its breeder."""
    breeder = Breeder(Serial.of(problem), *choose_base(problem), 1)
    if order is not None:
        breeder.genes.rank[np.asarray(order)] = np.arange(problem.num_tasks)
    schedule, _ = breeder.make(breeder.genes)
    return schedule, breeder


def on(resource, run, job=0, **more):
    return TaskRow(job, [(run, more.pop("setup", 0), [(resource, more.pop("units", 1))])], **more)


@given(problem=rich_problems(FEATURES), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_rule_is_broken_whatever_comes_first(problem, data):
    if check_problem(problem).has_errors:
        return
    schedule, _ = place(problem, data.draw(st.permutations(range(problem.num_tasks))))
    assert not check_schedule(problem, schedule)


@pytest.mark.parametrize("kinds", [*((kind,) for kind in KINDS), KINDS], ids=lambda kinds: "+".join(kinds)[:40])
def test_all_of_a_plant_is_placed(kinds):
    for num_tasks in (20, 400):
        problem = make_plant(num_tasks, kinds, seed=num_tasks)
        check_problem(problem).raise_on_errors()
        schedule, breeder = place(problem)
        assert not check_schedule(problem, schedule)
        assert not (schedule.mode == UNSCHEDULED).any()
        again, _ = breeder.make(breeder.genes)
        assert (again.start == schedule.start).all()
        assert (again.mode == schedule.mode).all()


def test_an_oven_takes_what_comes_in_time():
    # Room for two: A and B of one family go together, C of the other after them, D finds room with neither.
    tasks = [on(0, 4, family=0), on(0, 3, family=0), on(0, 4, family=1), on(0, 5, family=0)]
    problem = make_problem(tasks, [ResourceRow(capacity=2, is_batch=True)])
    schedule, _ = place(problem)
    assert schedule.start.tolist() == [0, 0, 4, 8]
    assert schedule.end.tolist() == [4, 4, 8, 13]


def test_a_batch_waits_for_nobody_but_may_be_told_to():
    tasks = [on(0, 4, family=0), on(0, 4, family=0, release=2)]
    problem = make_problem(tasks, [ResourceRow(capacity=2, is_batch=True)])
    schedule, breeder = place(problem)
    assert schedule.end.tolist() == [4, 8]
    breeder.genes.floor[0] = 2
    schedule, _ = breeder.make(breeder.genes)
    assert schedule.end.tolist() == [6, 6]


def test_a_campaign_is_followed_by_cleaning():
    problem = make_problem([on(0, 2, family=0) for _ in range(5)], [ResourceRow(most_campaign=4, clean_seconds=3)])
    schedule, _ = place(problem)
    assert schedule.setup_seconds.tolist() == [0, 0, 3, 0, 3]
    assert schedule.end.max() == 16


def test_people_change_heads_so_that_all_are_filled():
    # The first head could take worker 1 or 2; the second only worker 1.
    tasks = [TaskRow(0, [(3, 0, [])], heads=[(0, 1), (1, 1)])]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow(), ResourceRow()], skills=[[1, 2], [1]])
    schedule, _ = place(problem)
    assert schedule.team.tolist() == [2, 1]


def test_no_wait_delays_the_first_task():
    # The second machine is busy until 6: the first task of the pair waits until 4.
    tasks = [on(1, 6), on(0, 2, job=1), on(1, 1, job=1)]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], links=[(1, 2, 0, 0, 0)])
    schedule, _ = place(problem)
    assert schedule.start.tolist() == [0, 4, 6]


def test_a_setup_waits_for_its_crew():
    book = [(0, 2, 1), (10, 12, 1), (20, 2**60, 1)]
    machines = [ResourceRow(setup_crew=1), ResourceRow(0)]
    schedule, _ = place(make_problem([on(0, 4, setup=3)], machines, calendars=[book]))
    assert (schedule.start.tolist(), schedule.end.tolist()) == ([0], [15])


def test_a_full_tank_makes_the_filler_wait():
    tasks = [on(0, 3, uses=[(0, 2.0)]), on(1, 1, uses=[(0, 1.0)], release=3), on(2, 1, uses=[(0, -1.0)], release=5)]
    problem = make_problem(tasks, [ResourceRow() for _ in range(3)], stock=[0.0], most_stock=[2.0])
    schedule, _ = place(problem)
    assert schedule.end.tolist() == [3, 5, 6]


def test_what_may_be_left_out_is_rather_than_lost():
    # The second needs more of the material than there ever is.
    tasks = [on(0, 3), on(0, 3, uses=[(0, -5.0)], skip_cost=2.0), on(0, 1)]
    problem = make_problem(tasks, [ResourceRow()], stock=[1.0], links=[(1, 2, 0, 0)])
    schedule, _ = place(problem)
    assert schedule.mode.tolist() == [0, SKIPPED, 2]


def test_budgets_with_batches_are_kept():
    rows = [TaskRow(0, [(2, 0, [(0, 1)]), (5, 0, [(0, 1)])], family=0) for _ in range(4)]
    problem = make_problem(rows, [ResourceRow(capacity=2, is_batch=True)], objective=Objective(0.0, makespan=1.0))
    taken = np.array([8, 1] * 4)
    budgets = Budgets(np.array(["MONEY"], dtype=object), np.array([18]), np.arange(9), np.zeros(8, np.int32), taken)
    problem = replace(problem, budgets=budgets)
    schedule, _ = place(problem)
    assert not check_schedule(problem, schedule)
    assert taken[schedule.mode].sum() <= 18
