"""Project problems: solved by hand, against the judge, and to published optima."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.check_problem import check_problem
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.build_projects import Activity, Aim, Portfolio, build_projects
from drumbeat.scheduling.engine.formats.read_project import read_mista, read_mpsplib, read_patterson
from drumbeat.scheduling.engine.objective import Objective
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.project.solve_project import fits_project
from drumbeat.scheduling.engine.result import UNSCHEDULED, Result, Schedule
from drumbeat.scheduling.engine.solve import solve


def seconds_of(result: Result) -> tuple[int, int]:
    """Total delay and makespan in seconds."""
    return round(result.worth.weighted_tardiness_hours * 3600), round(result.worth.makespan_hours * 3600)


def two_crews(amount: int = 100, aim: Aim = "makespan") -> Problem:
    """Three activities of two heads each in a crew of four, each 4 s, or 2 s for 10 of the budget."""
    activities = [Activity(key, 0, [(4, {0: 2}, {0: 0}), (2, {0: 2}, {0: 10})]) for key in "abc"]
    return build_projects(Portfolio(activities, [4], [amount]), aim, "by hand")


@pytest.mark.parametrize(("amount", "makespan"), [(100, 4), (20, 4), (10, 6), (0, 8)])
def test_budget_is_spent_where_it_helps(amount: int, makespan: int) -> None:
    result = solve(two_crews(amount), seconds=60)
    assert seconds_of(result)[1] == makespan
    assert result.is_optimal
    assert not check_schedule(two_crews(amount), result.schedule)


def test_judge_finds_an_overspent_budget() -> None:
    problem = two_crews(10)
    fast = Schedule(np.array([1, 3, 4], np.int32), np.array([0, 0, 2]), np.zeros(3, np.int64), np.array([2, 2, 6]))
    assert "20 of 10" in str(check_schedule(problem, fast).shown[0])
    assert not check_schedule(two_crews(20), fast)


def test_budget_that_never_suffices_is_warned_of_and_nothing_is_placed() -> None:
    problem = two_crews(10)
    modes = replace(problem.budgets, taken=np.full(3, 10), mode_ptr=np.array([0, 1, 1, 2, 2, 3, 3]))
    problem = replace(problem, budgets=modes)
    short = replace(problem, modes=replace(problem.modes, task_ptr=np.array([0, 1, 3, 6])))
    assert not check_problem(short).has_errors
    taken = replace(problem.budgets, mode_ptr=np.arange(7), budget=np.zeros(6, np.int32), taken=np.full(6, 10))
    problem = replace(problem, budgets=taken)
    assert any("budget" in str(finding) for finding in check_problem(problem).shown)
    result = solve(problem, seconds=1)
    assert (result.schedule.mode == UNSCHEDULED).all()


def test_modes_that_ask_for_more_than_there_is_are_not_chosen() -> None:
    problem = two_crews(100)
    modes = replace(problem.modes, units=np.array([2, 5, 2, 5, 2, 5], np.int32))
    result = solve(replace(problem, modes=modes), seconds=60)
    assert result.schedule.mode.tolist() == [0, 2, 4]
    assert seconds_of(result)[1] == 8


@st.composite
def portfolios(draw: st.DrawFn) -> Problem:
    """Up to three small projects with modes, budgets, releases and any of the aims."""
    num_projects = draw(st.integers(1, 3))
    capacity = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    num_budgets = draw(st.integers(0, 2))
    activities: list[Activity] = []
    for p in range(num_projects):
        first = len(activities)
        for i in range(draw(st.integers(1, 6))):
            ways = []
            for _ in range(draw(st.integers(1, 3))):
                units = {r: draw(st.integers(0, most)) for r, most in enumerate(capacity)}
                taken = {b: draw(st.integers(0, 5)) for b in range(num_budgets)}
                ways.append((draw(st.integers(0, 6)), units, taken))
            activities.append(Activity(f"{p}:{i}", p, ways))
            for other in range(first, first + i):
                if draw(st.booleans()):
                    activities[other].after.append(first + i)
    least = [sum(max(way[2][b] for way in a.ways) for a in activities) * 2 // 3 for b in range(num_budgets)]
    release = [draw(st.integers(0, 5)) for _ in range(num_projects)]
    aim = draw(st.sampled_from(["makespan", "delay", "delay, makespan"]))
    return build_projects(Portfolio(activities, capacity, least, release), aim, "drawn")


@settings(max_examples=40, deadline=None)
@given(portfolios())
def test_whatever_is_drawn_is_solved_and_judged(problem: Problem) -> None:
    if not problem.num_tasks:
        return
    result = solve(problem, seconds=0.4)
    assert not check_schedule(problem, result.schedule)
    assert result.bound <= result.worth.objective + 1e-9
    if fits_project(problem, describe(problem)) and len(problem.modes.run_seconds) < 12:
        assert result.is_optimal or result.worth.num_unscheduled


@settings(max_examples=10, deadline=None)
@given(portfolios(), st.integers(0, 3))
def test_the_same_seed_gives_the_same_schedule(problem: Problem, seed: int) -> None:
    if not problem.num_tasks:
        return
    first, second = (solve(problem, seconds=0.3, seed=seed, is_deterministic=True) for _ in range(2))
    assert first.schedule.start.tolist() == second.schedule.start.tolist()
    assert first.bound == second.bound


def test_number_of_late_projects_counts_in_the_weighted_sum() -> None:
    """Two projects of 4 s on one crew, due at 4: one must be late; weights decide which."""
    activities = [Activity("a", 0, [(4, {0: 2}, {})]), Activity("b", 1, [(4, {0: 2}, {})])]
    problem = build_projects(Portfolio(activities, [3], release=[0, 0]), "delay", "by hand")
    jobs = replace(problem.jobs, weight=np.array([1.0, 2.5]))
    problem = replace(problem, jobs=jobs, objective=Objective(tardiness=1.0, num_late=2.0, makespan=0.5))
    result = solve(problem, seconds=60)
    assert result.schedule.start.tolist() == [4, 0]
    assert result.worth.objective == pytest.approx(4 / 3600 + 2.0 + 0.5 * 8 / 3600)


@pytest.mark.slow
@pytest.mark.parametrize(("file", "optimum", "most"), [("j30_13_1.rcp", 58, 1.0), ("j120_1_1.rcp", 105, 1.03)])
def test_published_optima(shared_data: Path, file: str, optimum: int, most: float) -> None:
    """Each ends as soon as it is there, a few seconds; the limit is for a machine that is ten times slower."""
    problem = read_patterson((shared_data / "scheduling/rcpsp" / file).read_text())
    result = solve(problem, seconds=60, gap=0.07 if most > 1 else 0.0)
    assert not check_schedule(problem, result.schedule)
    assert seconds_of(result)[1] <= optimum * most
    assert round(result.bound * 3600) <= optimum


@pytest.mark.parametrize(("file", "delay", "makespan"), [("A-1", 1, 23), ("A-2", 2, 41), ("A-3", 0, 50)])
def test_mista_portfolios_are_proved(shared_data: Path, file: str, delay: int, makespan: int) -> None:
    folder = shared_data / "studio/mista2013"
    problem = read_mista((folder / f"{file}.txt").read_text(), lambda name: (folder / name).read_text())
    result = solve(problem, seconds=60)
    assert seconds_of(result) == (delay, makespan)
    assert not check_schedule(problem, result.schedule)
    assert result.is_optimal


@pytest.mark.parametrize(
    ("file", "aim", "best"),
    [("nr2", "makespan", 58), ("nr2", "delay", 30), ("nr3", "makespan", 65), ("nr3", "delay", 6)],
)
def test_mpsplib_portfolios_are_proved(shared_data: Path, file: str, aim: Aim, best: int) -> None:
    text = (shared_data / f"studio/mpsplib_json/mp_j30_a2_{file}.json").read_text()
    result = solve(read_mpsplib(text, aim=aim), seconds=60)
    assert round(result.worth.objective * 3600) == best
    assert result.is_optimal
