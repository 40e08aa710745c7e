"""The twin plays roadmaps through all periods: queues that the throughput model leaves out are worked off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.basics.arrays import Bools
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.judge_by_twin import TwinEvaluator, TwinPlant, find_force, rank_by_twin
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.twin.engine.floor.draft import Draft
from drumbeat.twin.engine.floor.problem import FloorProblem
from tests.strategy.roadmap.small_plant import cost_at, make_initiatives, make_plant, make_problem

WEEK = 604_800.0


def make_case(**changed: np.ndarray) -> RoadmapProblem:
    """A lot an hour, 168 a week, where one and a half times as many come; the initiative halves the time of a lot."""
    load = np.zeros((1, 2, 1))
    load[0, 0, 0] = -0.5
    own = make_initiatives(1, load_factor=load, cost=cost_at(1, I0=100.0), **changed)
    return make_problem(own, plant=replace(make_plant(), hours=np.array([168.0, 1e6]), demand=np.array([252.0])))


def floor_of(force: Bools, factor: float) -> FloorProblem:
    draft = Draft()
    draft.add_group("M1")
    draft.add_product("A", steps=[{"group": "M1", "run": 1800.0 if force[0] else 3600.0}])
    draft.add_source("D", product="A", between=2400.0 / factor)
    return draft.build()


PLANT = TwinPlant(floor_of, np.array([5.0]), WEEK, 1.0)


def test_what_waited_is_made_once_there_is_room() -> None:
    problem = make_case()
    futures = draw_futures(problem, 1, seed=1)
    judge = TwinEvaluator(problem, PLANT)
    never, second = (Roadmap.fixed(np.array([start]), 1) for start in (-1, 1))
    values = judge([never, second], futures)[:, 0]
    assert values[0] == pytest.approx(4 * 168 * 5, abs=15)
    # In its first week it makes the 84 that have waited besides the 252 that come.
    assert values[1] == pytest.approx((168 + 336 + 252 + 252) * 5 - 100, abs=15)
    assert judge.plays == 4 + 3  # the first week is common to both


def test_the_twin_ranks_what_the_model_has_left() -> None:
    problem = make_case()
    futures = draw_futures(problem, 3, seed=1)
    roadmaps = [Roadmap.fixed(np.array([start]), 1) for start in (3, 0, -1, 1)]
    found = rank_by_twin(problem, PLANT, roadmaps, futures, short_list=3, plays=(1, 2))
    again = rank_by_twin(problem, PLANT, roadmaps, futures, short_list=3, plays=(1, 2), cores=2)
    assert found.order.tolist() == again.order.tolist() == [1]
    assert np.array_equal(found.values, again.values)
    assert found.values.shape == (1, 3)
    assert found.values[0] == pytest.approx(np.full(3, 4 * 84 * 5 - 100), abs=15)
    assert found.screening[2] == 0


def test_what_fails_changes_nothing() -> None:
    problem = make_case(success=np.array([0.5]), share=np.array([[0.0, 0.4, 1.0, 1.0]]))
    futures = draw_futures(problem, 20, seed=1)
    roadmap = Roadmap.fixed(np.array([0]), 1)
    force = [find_force(problem, roadmap, futures, r)[0].tolist() for r in range(20)]
    assert {tuple(row) for row in force} == {(False,) * 4, (False, False, True, True)}
    assert [any(row) for row in force] == futures.works[:, 0].tolist()
