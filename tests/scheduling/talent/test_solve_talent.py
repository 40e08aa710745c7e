"""Talent scheduling: published optima proved, all orders of small casts tried, bad instances refused."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.scheduling.engine.check import check_schedule
from drumbeat.scheduling.engine.features import describe
from drumbeat.scheduling.engine.formats.read_studio import make_talent_problem, read_talent, read_talent_json
from drumbeat.scheduling.engine.portfolio import choose_method
from drumbeat.scheduling.engine.search import Search
from drumbeat.scheduling.engine.solve import solve
from drumbeat.scheduling.engine.talent.find_cast import find_cast
from drumbeat.scheduling.engine.talent.search_sets import search_sets
from drumbeat.scheduling.engine.talent.solve_talent import solve_talent
from tests.scheduling.make_problem import ResourceRow, TaskRow, make_problem

TINY = """numScenes = 4; numActors = 3; % four scenes
ia = [| 1, 0, 1, 0 | 1, 1, 0, 1 | 0, 1, 1, 0 |];
c = [1,2,3]; d = [1,2,3,1];"""


def cost_by_hand(plays, pay, hours, order):
    """Pay of each actor from his first to his last scene."""
    ends = np.cumsum(hours[list(order)])
    total = 0
    for actor in range(len(pay)):
        at = [place for place, scene in enumerate(order) if plays[actor, scene]]
        if at:
            total += pay[actor] * (ends[at[-1]] - (ends[at[0]] - hours[order[at[0]]]))
    return total


def test_tiny_by_hand():
    # Scenes in the order 3, 1, 2, 4 of the paper's kind of table: 27 of work, and at least 2 of waiting.
    result = solve(read_talent(TINY), seconds=60)
    assert result.worth.hold_pay == pytest.approx(29)
    assert result.is_optimal
    assert choose_method(read_talent(TINY), describe(read_talent(TINY))).name == "talent scheduling"


@pytest.mark.parametrize(
    ("name", "total"),
    [("tiny", 29), ("small", 54), ("MobStory", 871), ("film103", 1031), ("film105", 849), ("film114", 867),
     ("film116", 541)],
)  # fmt: skip
def test_published_films_are_proved(shared_data, name, total):
    problem = read_talent((shared_data / f"studio/talent/{name}.dzn").read_text())
    result = solve(problem, seconds=60, workers=1)
    assert result.worth.hold_pay == pytest.approx(total)
    assert result.is_optimal
    assert not check_schedule(problem, result.schedule)


@pytest.mark.parametrize(("name", "total"), [("Rehearsal", 109), ("Film1", 871)])
def test_csplib_is_proved(shared_data, name, total):
    films = read_talent_json((shared_data / "studio/talent/csplib_prob039.json").read_text())
    result = solve(films[name], seconds=60, workers=1)
    assert result.worth.hold_pay == pytest.approx(total)
    assert result.is_optimal


@st.composite
def films(draw, most_scenes=6, most_actors=5):
    num_actors, num_scenes = draw(st.integers(1, most_actors)), draw(st.integers(1, most_scenes))
    cells = st.lists(st.integers(0, 1), min_size=num_scenes, max_size=num_scenes)
    plays = np.array(draw(st.lists(cells, min_size=num_actors, max_size=num_actors)))
    pay = np.array(draw(st.lists(st.integers(0, 9), min_size=num_actors, max_size=num_actors)))
    hours = np.array(draw(st.lists(st.integers(0, 4), min_size=num_scenes, max_size=num_scenes)))
    return plays, pay, hours


@given(film=films())
@settings(max_examples=60, deadline=None)
def test_no_order_is_cheaper_than_the_one_proved(film):
    plays, pay, hours = film
    problem = make_talent_problem(*film)
    search = Search(problem, 20.0, workers=1)
    solve_talent(search)
    result = search.result()
    least = min(cost_by_hand(plays, pay, hours, order) for order in permutations(range(len(hours))))
    assert result.worth.hold_pay == pytest.approx(least)
    assert result.is_optimal
    assert not check_schedule(problem, result.schedule)


def test_scenes_merged_one_after_the_other_stay_together():
    # Scenes 1 and 3 become one; then nobody is left who waits, and all is one scene.
    problem = make_talent_problem(np.array([[0, 1, 0, 1, 0]]), np.array([1]), np.array([1, 1, 1, 1, 1]))
    result = solve(problem, seconds=60)
    assert result.worth.hold_pay == pytest.approx(2)


@given(film=films(most_scenes=7, most_actors=6), width=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_layers_cut_short_never_bound_too_high(film, width):
    """Dynamic programming alone, without a good order to start from."""
    plays, pay, hours = film
    cast = find_cast(make_talent_problem(*film))
    answer = search_sets(cast, 1e6, width, lambda _seconds: False)
    waiting = min(cost_by_hand(plays, pay, hours, order) for order in permutations(range(len(hours)))) - cast.work_pay
    assert answer.bound <= waiting + 1e-6
    if answer.is_complete:
        assert answer.bound == pytest.approx(waiting)


def test_what_waits_for_nobody_is_left_out():
    # Scenes 0 and 2 have the same actors; actor 2 has one scene, actor 3 all.
    plays = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [0, 1, 0, 0], [1, 1, 1, 1]])
    cast = find_cast(make_talent_problem(plays, np.array([1, 2, 4, 8]), np.array([1, 2, 3, 4])))
    assert cast.scene[0] == cast.scene[2]
    assert sorted(cast.hours.tolist()) == [2, 4, 4]
    assert sorted(cast.pay.tolist()) == [1, 2]
    assert cast.work_pay == 1 * 8 + 2 * 6 + 4 * 2 + 8 * 10


def test_a_film_with_a_deadline_is_not_for_this_method():
    rows = [TaskRow(0, [(1, 0, [(0, 1)])]), TaskRow(0, [(1, 0, [(0, 1)])])]
    linked = make_problem(rows, [ResourceRow()], links=[(0, 1, 0, 0)])
    assert choose_method(linked, describe(linked)).name != "talent scheduling"


def test_the_same_seed_gives_the_same_order():
    draw = np.arange(14 * 30) * 2654435761 % 97
    film = make_talent_problem((draw < 25).astype(int).reshape(14, 30), np.arange(1, 15), np.ones(30, dtype=int))
    one, other = (solve(film, seconds=0.5, seed=4, is_deterministic=True) for _ in range(2))
    assert (one.schedule.start == other.schedule.start).all()
    assert one.bound == other.bound


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (TINY.replace("c = [1,2,3]", "c = [1,2]"), "c has 3 numbers"),
        (TINY.replace("numActors = 3;", ""), "says what numActors is"),
        (TINY.replace("d = [1,2", "d = [-1,2"), "whole numbers"),
    ],
)
def test_broken_instances_are_refused_by_name(broken, said):
    with pytest.raises(InputError, match=said):
        read_talent(broken)
