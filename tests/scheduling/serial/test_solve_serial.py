"""Solving plants with any rules: within a second, better with time, and never better than what is proved."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.result import UNSCHEDULED
from drumbeat.scheduling.engine.search import Lane, Search
from drumbeat.scheduling.engine.serial import warm_up_serial
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial
from drumbeat.scheduling.engine.serial.make_genes import choose_base, list_keys, rank_keys
from drumbeat.scheduling.engine.serial.search_serial import Breeder, search_serial
from drumbeat.scheduling.engine.serial.solve_serial import sweep_rules
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat
from tests.scheduling.make_problem import FEATURES, ResourceRow, TaskRow, make_problem, rich_problems
from tests.scheduling.serial.make_plant import KINDS, make_plant


def search_for(problem, turns, seed=1):
    """Search for so many turns; what the best is worth, and the search."""
    serial = Serial.of(problem)
    breeder = Breeder(serial, *choose_base(problem), seed)
    schedule, cost = breeder.make(breeder.genes)
    breeder.start_from(schedule, cost)
    search = Search(problem, 4e-6 * max(problem.num_tasks, 100) * turns, seed, is_deterministic=True)
    search.offer(schedule, "first")
    before = search.worth
    lane = Lane(search, 0, float("inf"))
    search_serial(lane, serial, breeder)
    for found, name in lane._found:
        search.offer(found, name)
    return before, search


@given(problem=rich_problems(FEATURES, most_jobs=2))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_never_better_than_the_proved_best(problem):
    if check_problem(problem).has_errors:
        return
    answer = solve_cpsat(problem, seconds=1, workers=1)
    _, search = search_for(problem, 60)
    assert not check_schedule(problem, search.schedule)
    if answer.is_infeasible:
        assert search.worth.num_unscheduled > 0
    elif answer.is_optimal and not search.worth.num_unscheduled:
        assert search.objective >= answer.bound - 1e-6


@pytest.mark.parametrize("kinds", [("batches", "skills"), ("money", "previous"), KINDS], ids=lambda k: "+".join(k)[:30])
def test_it_gets_better_with_time_and_the_same_with_a_seed(kinds):
    problem = make_plant(80, kinds, seed=3)
    before, search = search_for(problem, 300)
    assert search.worth.num_unscheduled == 0
    assert search.objective < before.objective
    assert not check_schedule(problem, search.schedule)
    _, again = search_for(problem, 300)
    assert (again.schedule.start == search.schedule.start).all()


def test_the_portfolio_takes_any_rules_at_any_size():
    for kind in KINDS:
        if kind in ("calendars", "money", "previous", "is_ahead"):
            continue  # dispatching honours these alone
        for size in (100, 2000):
            problem = make_plant(size, (kind,))
            expected = "exact" if kind == "skills" and size == 100 else "any rules"
            assert choose_method(problem, describe(problem)).name == expected, kind


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [("batches", "setup_crews", "skills", "calendars"), KINDS], ids=("some", "all"))
def test_two_thousand_tasks_have_a_schedule_within_seconds(kinds):
    problem = make_plant(2000, kinds)
    warm_up_serial()
    began = perf_counter()
    result = solve(problem, seconds=5)
    assert perf_counter() - began < 90
    assert not check_schedule(problem, result.schedule)
    assert not (result.schedule.mode == UNSCHEDULED).any()
    assert result.curve[0][0] < 25.0
    assert np.isfinite(result.worth.objective)


def test_what_cpsat_cannot_model_is_placed_all_the_same():
    # An oven of 2 by day and 4 by night; six tasks of one family, each of one unit and 5 s.
    book = [(0, 10, 1), (10, 2**60, 2)]
    tasks = [TaskRow(0, [(5, 0, [(0, 1)])], family=0) for _ in range(6)]
    problem = make_problem(tasks, [ResourceRow(0, capacity=2, is_batch=True)], calendars=[book])
    result = solve(problem, seconds=1, workers=1)
    assert not check_schedule(problem, result.schedule)
    assert result.worth.num_unscheduled == 0
    assert result.schedule.end.max() <= 15


def test_dispatching_the_plain_part_gives_a_better_first_order_than_simple_rules():
    """Late orders on machines with a setup crew: ATC knows who waits for whom, due dates alone do not."""
    plant = make_plant(400, ("setup_crews", "calendars", "deadlines"), 1)
    search = Search(plant, 2.0, is_deterministic=True)
    first = Breeder(Serial.of(plant), *choose_base(plant), 0)
    sweep_rules(search, first)
    assert "ATC" in search.method
    best = first.cost
    for _, key in list_keys(first.serial):
        first.genes.rank[:] = rank_keys(key)
        assert best < 0.8 * first.make(first.genes)[1]
