"""Choosing a whole route: one of several chains of tasks is done and the others are left out, whoever schedules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.basics.streams import luck_of, uniform
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.exact.cut_problem import keep_orders, keep_tasks
from drumbeat.scheduling.engine.explain import Wait, explain_jobs
from drumbeat.scheduling.engine.improve_windows import improve_windows
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.result import SKIPPED, UNSCHEDULED
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.serial.choose_routes import choose_routes, follow_chosen
from drumbeat.scheduling.engine.serial.lay_out_serial import Serial
from drumbeat.scheduling.engine.serial.make_genes import choose_base
from drumbeat.scheduling.engine.serial.search_serial import Breeder, search_serial
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

MAKESPAN = Objective(tardiness=0.0, makespan=1.0)
QUIET = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def on(machine, run, job=0, **rest):
    return TaskRow(job, [(run, 0, [(machine, 1)])], **rest)


def two_ways(lag=0, **rest):
    """By machines 0 and 1 in 3 + 3, or on machine 2 in 4 + 1 and a lag; then 2 on machine 0."""
    tasks = [
        on(0, 3, choice=0), on(1, 3, goes_with=0), on(2, 4, choice=0), on(2, 1, goes_with=2), on(0, 2),
    ]  # fmt: skip
    links = [(0, 1, 0, 0), (2, 3, 0, 0), (1, 4, 0, 0), (3, 4, 0, lag)]
    return make_problem(tasks, [ResourceRow() for _ in range(3)], links=links, objective=MAKESPAN, **rest)


def make_shop(num_jobs, seed=0, due=(20, 60)):
    """Jobs with a first task, two or three routes of one to three tasks, and a last task."""
    luck, turn = np.uint64(luck_of(seed, 0)), iter(range(10**6))

    def draw(low, high):
        return low + min(int(uniform(luck, np.uint64(0), 1, next(turn)) * (high - low)), high - low - 1)

    tasks, links, jobs = [], [], []
    for job in range(num_jobs):
        first = len(tasks)
        tasks.append(on(draw(0, 4), draw(1, 6), job))
        ends = []
        for _ in range(draw(2, 4)):
            leader = len(tasks)
            tasks.append(on(draw(0, 4), draw(1, 9), job, choice=job))
            links.append((first, leader, 0, 0))
            for _ in range(draw(0, 3)):
                links.append((len(tasks) - 1, len(tasks), 0, 0))
                tasks.append(on(draw(0, 4), draw(1, 6), job, goes_with=leader))
            ends.append(len(tasks) - 1)
        links += [(end, len(tasks), 0, 0) for end in ends]
        tasks.append(on(draw(0, 4), draw(1, 6), job))
        jobs.append((draw(*due), float(draw(1, 4)), 0))
    return make_problem(tasks, [ResourceRow() for _ in range(4)], links=links, jobs=jobs)


@pytest.mark.parametrize(("lag", "modes", "end"), [(0, [-2, -2, 2, 3, 4], 7), (2, [0, 1, -2, -2, 4], 8)])
def test_the_shorter_route_is_taken(lag, modes, end):
    """5 + 2 by the second; with a lag of 2 that would be 9, and 6 + 2 by the first is less."""
    problem = two_ways(lag)
    answer = solve_cpsat(problem, seconds=10, workers=1)
    assert answer.is_optimal
    assert not check_schedule(problem, answer.schedule)
    assert answer.schedule.mode.tolist() == modes
    assert answer.schedule.end.max() == end
    assert solve(problem, seconds=1.0, is_deterministic=True).schedule.mode.tolist() == modes


def test_a_route_whose_machine_is_taken_is_not():
    """A fixed task holds machine 2 until 3: 3 + 4 + 1 + 2 by it, 6 + 2 by the others."""
    tasks = [on(2, 3, fixed_start=0, fixed_mode=0)]
    problem = two_ways()
    links = [(0, 1, 0, 0), (2, 3, 0, 0), (1, 4, 0, 0), (3, 4, 0, 0)]
    rows = [on(0, 3, choice=0), on(1, 3, goes_with=0), on(2, 4, choice=0), on(2, 1, goes_with=2), on(0, 2)]
    problem = make_problem([*rows, *tasks], [ResourceRow() for _ in range(3)], links=links, objective=MAKESPAN)
    found = solve(problem, seconds=1.0, is_deterministic=True).schedule
    assert found.mode.tolist() == [0, 1, SKIPPED, SKIPPED, 4, 5]
    assert found.end[4] == 8


def test_construction_shares_the_routes_out():
    """Alike jobs, machine 0 in 4 or machine 1 in 5: the first takes 0, the next 1 (5 < 8), the third 0 (8 < 10)."""
    tasks = [task for job in range(3) for task in (on(0, 4, job, choice=job), on(1, 5, job, choice=job))]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], jobs=[(9 + j, 1.0, 0) for j in range(3)])
    assert choose_routes(problem, np.arange(6)).tolist() == [0, 1, 1, 0, 0, 1]
    due_last = replace(problem, jobs=replace(problem.jobs, due=np.array([9, 8, 7])))
    assert choose_routes(due_last, np.arange(6)).tolist() == [0, 1, 1, 0, 0, 1]
    busy = [on(0, 9), *tasks]
    problem = make_problem(busy, [ResourceRow(), ResourceRow()], jobs=[(9 + j, 1.0, 0) for j in range(3)])
    assert choose_routes(problem, np.arange(7)).tolist() == [0, 1, 0, 1, 0, 0, 1]  # 5, 10, then 13 rather than 15


def test_a_fixed_task_decides_for_its_route():
    rows = [on(0, 1, choice=0), on(0, 9, choice=0, fixed_start=0, fixed_mode=0), on(0, 9, goes_with=1)]
    problem = make_problem(rows, [ResourceRow()])
    assert choose_routes(problem, np.arange(3)).tolist() == [1, 0, 0]
    found = solve(problem, seconds=0.5, is_deterministic=True).schedule
    assert found.mode.tolist() == [SKIPPED, 1, 2]


def test_search_leaves_a_wrong_route():
    """Begun with the longer route, local search ends with the shorter one."""
    problem = two_ways()
    serial = Serial.of(problem)
    base, out = choose_base(problem)
    out[:] = [0, 1, 1, 1, 0]
    follow_chosen(problem, out)
    assert out.tolist() == [0, 0, 1, 1, 0]
    breeder = Breeder(serial, base, out, 1)
    schedule, cost = breeder.make(breeder.genes)
    assert schedule.end.max() == 8
    breeder.start_from(schedule, cost)
    search = Search(problem, 0.08, 1, is_deterministic=True)
    search.offer(schedule, "first")
    lane = Lane(search, 0, float("inf"))
    search_serial(lane, serial, breeder)
    assert min(int(found.end.max()) for found, _ in lane._found) == 7


@given(seed=st.integers(0, 10_000), num_jobs=st.integers(1, 5))
@QUIET
def test_local_search_is_judged_well_and_never_better_than_the_proved_best(seed, num_jobs):
    problem = make_shop(num_jobs, seed)
    assert not check_problem(problem).has_errors
    serial = Serial.of(problem)
    breeder = Breeder(serial, *choose_base(problem), seed)
    schedule, cost = breeder.make(breeder.genes)
    assert not check_schedule(problem, schedule)
    assert not (schedule.mode == UNSCHEDULED).any()
    breeder.start_from(schedule, cost)
    for _ in range(60):
        breeder.step(0.01)
        assert not check_schedule(problem, breeder.schedule)
    answer = solve_cpsat(problem, seconds=5, workers=1)
    assert not check_schedule(problem, answer.schedule)
    assert measure_worth(problem, breeder.schedule).objective >= answer.bound - 1e-6


def test_windows_move_what_a_route_does():
    """Windows take tasks of routes with them, and do better than the start; half a second of counted time."""
    problem = make_shop(30, 5, due=(10, 90))
    serial = Serial.of(problem)
    breeder = Breeder(serial, *choose_base(problem), 0)
    schedule, _ = breeder.make(breeder.genes)
    search = Search(problem, 3.0, 0)
    search.offer(schedule, "first")
    before = search.objective
    run_lanes(search, improve_windows)
    assert search.objective < before
    assert not check_schedule(problem, search.schedule)


def test_the_reason_names_who_was_before_on_the_chosen_route():
    """Of a route that is left out nothing is told: T2 and T3 ran on machine 2 behind another order's 5."""
    rows = [
        on(0, 30, choice=0), on(1, 3, goes_with=0), on(2, 4, choice=0), on(2, 1, goes_with=2), on(0, 2),
        on(2, 5, 1, fixed_start=0, fixed_mode=0),
    ]  # fmt: skip
    links = [(0, 1, 0, 0), (2, 3, 0, 0), (1, 4, 0, 0), (3, 4, 0, 0)]
    problem = make_problem(rows, [ResourceRow() for _ in range(3)], links=links, jobs=[(1, 1.0, 0), (9, 1.0, 0)])
    found = solve(problem, seconds=1.0, is_deterministic=True).schedule
    assert found.mode.tolist()[:5] == [SKIPPED, SKIPPED, 2, 3, 4]
    told = explain_jobs(problem, found, np.array([0]))[0]
    assert sum(wait.seconds for wait in told) == 12
    assert Wait("machine R2 behind order J1", 5) in told


def test_no_route_in_time_is_told_by_the_facts():
    """Both routes end after 5, whatever comes before: the deadline and the work contradict each other."""
    problem = two_ways(jobs=[(9, 1.0, 0, 6)])
    with pytest.raises(InputError, match="J0"):
        solve(problem, seconds=2.0)


def test_cutting_a_problem_renumbers_and_parted_routes_bind_nobody():
    problem = two_ways()
    assert keep_tasks(problem, np.array([2, 3, 4])).tasks.goes_with.tolist() == [-1, 0, -1]
    assert keep_tasks(problem, np.array([1, 4])).tasks.goes_with.tolist() == [-1, -1]
    parted = keep_orders(problem, np.array([0, 1, 2, 4])).tasks
    assert parted.goes_with.tolist() == [-1] * 4
    assert parted.choice.tolist() == [-1] * 4
    assert parted.skip_cost.tolist() == [0.0, 0.0, 0.0, np.inf]
