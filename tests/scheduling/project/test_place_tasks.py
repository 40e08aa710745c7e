"""Room for tasks: a grid, a chain and any packing into words give the same schedules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.formats.build_projects import Activity, Portfolio, build_projects
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.project.breed_schedules import Herd
from drumbeat.scheduling.engine.project.build_model import Incumbent
from drumbeat.scheduling.engine.project.build_network import Project, build_project
from drumbeat.scheduling.engine.project.find_affordable_modes import find_affordable_modes
from drumbeat.scheduling.engine.project.squeeze_schedule import Squeezer

CREWS = 5


@st.composite
def activities(draw: st.DrawFn) -> tuple[list[Activity], list[int]]:
    """Up to twelve activities of one or two modes on five crews, with links, and the crews' sizes."""
    capacity = draw(st.lists(st.integers(1, 6), min_size=CREWS, max_size=CREWS))
    count = draw(st.integers(2, 12))
    made = []
    for i in range(count):
        ways = []
        for _ in range(draw(st.integers(1, 2))):
            units = {r: draw(st.integers(0, most)) for r, most in enumerate(capacity)}
            ways.append((draw(st.integers(0, 7)), units, {}))
        after = draw(st.lists(st.integers(i + 1, count - 1), max_size=2, unique=True)) if i + 1 < count else []
        made.append(Activity(str(i), 0, ways, after))
    return made, capacity


def scale(made: list[Activity], factor: int) -> list[Activity]:
    """The same activities with `factor` heads for one."""
    return [
        Activity(a.key, 0, [(run, {r: n * factor for r, n in units.items()}, {}) for run, units, _ in a.ways], a.after)
        for a in made
    ]


def build(made: list[Activity], capacity: list[int]) -> Problem:
    return build_projects(Portfolio(made, capacity), "makespan", "drawn")


def breed_and_squeeze(project: Project) -> tuple[Incumbent, Int64s]:
    """What a herd of ten finds, and the starts that come of squeezing it in its own modes."""
    base = find_affordable_modes(project, 0)
    assert base is not None
    herd = Herd(project, base, 0, 0, 10)
    herd._chunk = 30
    for _ in range(4):
        herd.work()
    assert herd.best_ever is not None
    squeezer = Squeezer(project, herd.best_ever, 0, 1)
    for _ in range(3):
        squeezer.work()
    return herd.best_ever, squeezer.current.start


@settings(max_examples=40, deadline=None)
@given(activities())
def test_grid_chain_and_words_agree(drawn: tuple[list[Activity], list[int]]) -> None:
    made, capacity = drawn
    grid = build_project(build(made, capacity))
    chain = replace(grid, network=grid.network._replace(horizon=0))
    # Fields of a million heads take more than one word.
    crowd = build_project(build(scale(made, 1 << 20), [size << 20 for size in capacity]))
    best, squeezed = breed_and_squeeze(grid)
    assert not check_schedule(grid.problem, grid.schedule(best.mode, best.start))
    assert not check_schedule(grid.problem, grid.schedule(best.mode, squeezed))
    for other in (chain, crowd):
        same, start = breed_and_squeeze(other)
        assert same.mode.tolist() == best.mode.tolist()
        assert same.start.tolist() == best.start.tolist()
        assert start.tolist() == squeezed.tolist()


def test_words_hold_every_crew_that_can_run_short() -> None:
    """Four crews of 2**20 that bind take 22 bits each, two to a word of 62; one that always suffices takes none."""
    heads = dict.fromkeys(range(4), 1 << 20) | {4: 1}
    problem = build([Activity(str(i), 0, [(1, dict(heads), {})]) for i in range(3)], [1 << 20] * 4 + [3])
    network = build_project(problem).network
    assert network.full.shape == (2,)
    assert network.need.shape == (3, 2)
    assert (network.full == network.guard + network.need[0]).all()
    assert sum(int(word).bit_count() for word in network.guard) == 4


def test_long_times_are_kept_in_a_chain() -> None:
    short = build_project(build([Activity(str(i), 0, [(7 + i, {0: 1}, {})]) for i in range(5)], [1]))
    long = build_project(build([Activity(str(i), 0, [(100_003 + i, {0: 1}, {})]) for i in range(5)], [1]))
    assert short.network.horizon == 7 * 5 + 10
    assert long.network.horizon == 0
    for project in (short, long):
        best, squeezed = breed_and_squeeze(project)
        assert int(best.end(project).max()) == project.network.run.sum()
        assert np.sort(squeezed)[0] == 0
