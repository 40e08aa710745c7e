"""The moves of the project search: schedules stay feasible, and never get longer."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.formats.build_projects import Activity, Portfolio, build_projects
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.project.breed_schedules import Herd
from drumbeat.scheduling.engine.project.build_network import build_project
from drumbeat.scheduling.engine.project.find_affordable_modes import find_affordable_modes
from drumbeat.scheduling.engine.project.find_bound import find_bound
from drumbeat.scheduling.engine.project.solve_exactly import find_cost
from drumbeat.scheduling.engine.project.squeeze_schedule import Squeezer


@st.composite
def projects(draw: st.DrawFn) -> Problem:
    """Up to thirty activities, one mode each, two crews, random links, releases of projects."""
    count, num_projects = draw(st.integers(2, 30)), draw(st.integers(1, 2))
    activities = []
    for i in range(count):
        units = {0: draw(st.integers(0, 4)), 1: draw(st.integers(0, 3))}
        after = draw(st.lists(st.integers(i + 1, count - 1), max_size=3, unique=True)) if i + 1 < count else []
        activities.append(Activity(str(i), i % num_projects, [(draw(st.integers(0, 9)), units, {})], after))
    release = [draw(st.integers(0, 9)) for _ in range(num_projects)]
    return build_projects(Portfolio(activities, [4, 3], release=release), "makespan", "drawn")


@settings(max_examples=60, deadline=None)
@given(projects(), st.integers(0, 5))
def test_squeezing_keeps_schedules_feasible_and_never_longer(problem: Problem, seed: int) -> None:
    if problem.num_tasks < 2:
        return
    project = build_project(problem)
    base = find_affordable_modes(project, seed)
    assert base is not None
    herd = Herd(project, base, seed, 0, 1)
    herd.work()
    assert herd.best_ever is not None
    squeezer = Squeezer(project, herd.best_ever, seed, 1)
    cost = find_cost(project, squeezer.current)
    bound = find_bound(project)
    for _ in range(6):
        squeezer.work()
        schedule = project.schedule(squeezer.current.mode, squeezer.current.start)
        assert not check_schedule(problem, schedule)
        assert bound - 1e-9 <= find_cost(project, squeezer.current) <= cost + 1e-9
        cost = find_cost(project, squeezer.current)


@settings(max_examples=30, deadline=None)
@given(projects(), st.integers(0, 5))
def test_breeding_keeps_schedules_feasible(problem: Problem, seed: int) -> None:
    if not problem.num_tasks:
        return
    project = build_project(problem)
    base = find_affordable_modes(project, seed)
    assert base is not None
    herd = Herd(project, base, seed, 0, 6)
    costs = []
    for _ in range(8):
        herd.work()
        assert herd.best_ever is not None
        costs.append(herd.cost_ever)
        assert not check_schedule(problem, project.schedule(herd.best_ever.mode, herd.best_ever.start))
        assert abs(find_cost(project, herd.best_ever) - herd.cost_ever) < 1e-6
    assert costs == sorted(costs, reverse=True)


def test_bound_counts_critical_path_and_work() -> None:
    """Four activities of 3 s, two heads each of a crew of two, after one of 1 s: 1 + 12; without crews 1 + 3."""
    activities = [Activity("first", 0, [(1, {}, {})], [1, 2, 3, 4])]
    activities += [Activity(str(i), 0, [(3, {0: 2}, {})]) for i in range(4)]
    narrow = build_project(build_projects(Portfolio(activities, [2]), "makespan", "by hand"))
    wide = build_project(build_projects(Portfolio(activities, [99]), "makespan", "by hand"))
    assert round(find_bound(narrow) * 3600) == 13
    assert round(find_bound(wide) * 3600) == 4


def test_budgets_that_only_one_choice_meets_are_met() -> None:
    """Twelve tasks, of which exactly the cheap modes fit a budget: greedy luck rarely meets it, the search must."""
    ways = [(1, {0: 1}, {0: 7 + i}) for i in range(3)] + [(9, {0: 1}, {0: 5})]
    activities = [Activity(str(i), 0, list(ways)) for i in range(12)]
    project = build_project(build_projects(Portfolio(activities, [2], [60]), "makespan", "by hand"))
    modes = find_affordable_modes(project, 0)
    assert modes is not None
    assert (project.network.run[modes] == 9).all()
    short = build_project(build_projects(Portfolio(activities, [2], [59]), "makespan", "by hand"))
    assert find_affordable_modes(short, 0) is None
    # The bound knows nothing of budgets: twelve seconds' work for a crew of two.
    assert np.isclose(find_bound(project), 6 / 3600)
