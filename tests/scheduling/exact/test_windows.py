"""Windows: what is set free fits back into what stays, whatever the problem uses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.dispatch import dispatch
from drumbeat.scheduling.engine.exact.add_objective import make_whole
from drumbeat.scheduling.engine.exact.build_model import add_parts, complete_hint, read_schedule
from drumbeat.scheduling.engine.exact.lay_out_windows import lay_out_windows
from drumbeat.scheduling.engine.exact.model import NotModelledError
from drumbeat.scheduling.engine.exact.window import cut_window, merge_window
from drumbeat.scheduling.engine.improve_windows import improve_windows
from drumbeat.scheduling.engine.measure_worth import measure_worth
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.search import Search, run_lanes
from drumbeat.scheduling.engine.solve_cpsat import solve_cpsat
from drumbeat.scheduling.engine.solve_exact import solve_exact
from tests.scheduling.make_problem import FEATURES, ResourceRow, TaskRow, make_problem, rich_problems

PLAIN = tuple(feature for feature in FEATURES if feature != "is_ahead")


@given(problem=rich_problems(PLAIN, most_jobs=4), picks=st.lists(st.booleans(), min_size=16, max_size=16))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_window_keeps_all_rules_and_never_makes_it_worse(problem, picks):
    # Any schedule will do: one that is best for something else.
    answer = solve_cpsat(replace(problem, objective=Objective(0.0, setup=1.0)), seconds=1, workers=1)
    if answer.schedule is None:
        return
    schedule, layout = answer.schedule, lay_out_windows(problem)
    tail = np.zeros(problem.num_tasks, dtype=bool)
    tail[::3] = True
    chosen = np.array(picks[: problem.num_tasks] + [False] * (problem.num_tasks - 16), dtype=bool)
    try:
        window = cut_window(problem, layout, schedule, chosen & ~tail, 30, tail)
    except NotModelledError:
        return
    if window is None:
        return
    whole, _ = make_whole(add_parts(window.made)[0], 2 * window.made.horizon)
    window.made.model.minimize(sum(what * times for what, times in whole))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = 2, 1
    status = solver.solve(window.made.model)
    assert status != cp_model.INFEASIBLE  # it could stay where it is
    if status == cp_model.OPTIMAL:
        merged = merge_window(problem, layout, schedule, window, read_schedule(window.made, solver.value))
        assert not check_schedule(problem, merged)
        before, after = (measure_worth(problem, one).objective for one in (schedule, merged))
        assert after <= before + 1e-6


def test_what_follows_a_window_may_stay_on_its_own_machine_where_setups_depend_on_the_order():
    # One task free on R0; what comes after it, on R1, only follows in time: all of it can stay where it is.
    tasks = [TaskRow(job, [(3, 0, [(job % 2, 1)])], family=job % 3) for job in range(6)]
    setups = [[[0, 2, 2], [2, 0, 2], [2, 2, 0], [2, 2, 2]]]
    resources = [ResourceRow(matrix=0), ResourceRow(matrix=0)]
    problem = make_problem(tasks, resources, jobs=[(3, 1.0, 0)] * 6, setups=setups)
    schedule, chosen = dispatch(problem), np.array([True] + [False] * 5)
    window = cut_window(problem, lay_out_windows(problem), schedule, chosen, 10, ~chosen)
    assert complete_hint(window.made)


def test_windows_find_the_better_order():
    # Six jobs of one second on one machine, due in the reverse of their order: EDD is on time.
    tasks = [TaskRow(job, [(1, 0, [(0, 1)])]) for job in range(6)]
    problem = make_problem(tasks, [ResourceRow()], jobs=[(6 - job, 1.0, 0) for job in range(6)])
    schedule = replace(dispatch(problem), start=np.arange(6), end=np.arange(1, 7))
    search = Search(problem, 5.0, workers=1)
    search.offer(schedule, "as they come")
    run_lanes(search, improve_windows)
    assert search.objective == 0


@pytest.mark.slow
def test_windows_improve_a_plant_with_shifts():
    draw = np.arange(400) * 2654435761 % 1009
    tasks = [
        TaskRow(job, [(3 + int(draw[3 * job + step]) % 9, 0, [((int(draw[job]) + step) % 3, 1)])])
        for job in range(40)
        for step in range(3)
    ]
    problem = make_problem(
        tasks,
        [ResourceRow(0) for _ in range(3)],
        jobs=[(20 + 5 * int(draw[job + 200]) % 300, 1.0 + job % 3, 0) for job in range(40)],
        links=[(3 * job + step, 3 * job + step + 1, 0, 0) for job in range(40) for step in range(2)],
        calendars=[[(30 * i, 30 * i + 20, 1) for i in range(60)]],
    )
    search = Search(problem, 8.0, workers=1, is_deterministic=True)
    search.offer(dispatch(problem), "dispatch")
    before = search.objective
    run_lanes(search, improve_windows)
    assert search.objective < before
    assert not check_schedule(problem, search.schedule)


def test_larger_problems_that_nothing_else_honours_end_in_windows():
    tasks = [TaskRow(job, [(1 + job * 7 % 5, 0, [(job % 2, 1)])]) for job in range(160)]
    jobs = [(10 + job * 13 % 200, 1.0, 0, 600) for job in range(160)]
    problem = make_problem(tasks, [ResourceRow(), ResourceRow()], jobs=jobs)
    search = Search(problem, 4.0, workers=1)
    solve_exact(search)
    assert search.worth.num_unscheduled == 0
    assert not check_schedule(problem, search.schedule)
