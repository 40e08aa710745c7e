"""The twin plays roadmaps through all periods: queues that the throughput model leaves out are worked off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from drumbeat.basics.arrays import Bools
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.judge_by_twin import JudgeParams, judge_by_twin
from drumbeat.strategy.engine.roadmap.play_roadmaps import FloorBook, TwinFloor, TwinPlant, find_force, play_roadmaps
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.twin.engine.floor.draft import Draft
from tests.strategy.roadmap.small_plant import cost_at, make_initiatives, make_plant, make_problem

WEEK = 604_800.0


def make_case(**changed: np.ndarray) -> RoadmapProblem:
    """A lot an hour, 168 a week, where one and a half times as many come; the initiative halves the time of a lot."""
    load = np.zeros((1, 2, 1))
    load[0, 0, 0] = -0.5
    own = make_initiatives(1, load_factor=load, cost=cost_at(1, I0=100.0), **changed)
    return make_problem(own, plant=replace(make_plant(), hours=np.array([168.0, 1e6]), demand=np.array([252.0])))


def floor_of(force: Bools, factor: float) -> TwinFloor:
    draft = Draft()
    draft.add_group("M1")
    draft.add_product("A", steps=[{"group": "M1", "run": 1800.0 if force[0] else 3600.0}], due_seconds=7200.0)
    draft.add_source("D", product="A", between=2400.0 / factor)
    return TwinFloor(draft.build(), np.array([5.0]), np.array([True]))


PLANT = TwinPlant(floor_of, WEEK, 1.0, np.array([True]))


def test_what_waited_is_made_once_there_is_room() -> None:
    problem = make_case()
    futures = draw_futures(problem, 1, seed=1)
    never, second = (Roadmap.fixed(np.array([start]), 1) for start in (-1, 1))
    played = play_roadmaps(problem, FloorBook(PLANT), [never, second], futures)
    assert played.margin[0, 0] == pytest.approx(np.full(4, 168 * 5), abs=6)
    # In its first week it makes the 84 that have waited besides the 252 that come.
    assert played.margin[1, 0] == pytest.approx(np.array([168, 336, 252, 252]) * 5, abs=6)
    assert played.plays == 4 + 3  # the first week is common to both
    assert played.orders[1, 0].sum() == pytest.approx(168 + 336 + 252 + 252, abs=2)
    assert played.in_time[0, 0, 3] == 0
    assert played.in_time[1, 0, 3] == played.orders[1, 0, 3]


def test_a_plant_that_begins_as_it_stands_needs_no_warm_up() -> None:
    problem = make_case()
    futures = draw_futures(problem, 1, seed=1)
    now = replace(PLANT, warm_up=0.0)
    played = play_roadmaps(problem, FloorBook(now), [Roadmap.fixed(np.array([0]), 1)], futures)
    assert played.margin[0, 0] == pytest.approx(np.full(4, 252 * 5), abs=15)


def test_the_twin_judges_the_short_list() -> None:
    """By hand: the model sells at most what is wanted, the twin what has waited as well."""
    problem = make_case()
    futures = draw_futures(problem, 12, seed=1)
    roadmaps = [Roadmap.fixed(np.array([start]), 1) for start in (3, 0, -1, 1)]
    params = JudgeParams(step=2, most=4, tolerance=0.0)
    found = judge_by_twin(problem, PLANT, roadmaps, futures, params)
    again = judge_by_twin(problem, PLANT, roadmaps, futures, replace(params, cores=2))
    values = [one.value.value for one in found.values]
    assert values == [one.value.value for one in again.values]
    assert values == pytest.approx([168 * 5 - 100, 4 * 84 * 5 - 100, 0.0, (168 + 84 * 2) * 5 - 100], abs=20)
    assert [one.by_model for one in found.values] == pytest.approx(
        [84 * 5 - 100, 4 * 84 * 5 - 100, 0, 3 * 84 * 5 - 100]
    )
    assert found.best in (1, 3)
    assert found.values[2].value == (0.0, 0.0, 0.0)
    assert found.weighing.probability_best.sum() == pytest.approx(1)
    assert found.values[1].in_time == pytest.approx(1.0)
    assert found.values[1].in_time_of_nothing < 0.1


def test_it_ends_when_the_choice_is_clear_and_hopeless_ones_are_dropped() -> None:
    problem = make_case(success=np.array([0.9]))
    futures = draw_futures(problem, 60, seed=2)
    roadmaps = [Roadmap.fixed(np.array([start]), 1) for start in (-1, 0)]
    soon = judge_by_twin(problem, PLANT, roadmaps, futures, JudgeParams(step=8, most=32))
    assert soon.best == 1
    assert soon.values[1].futures == 8
    value = soon.values[1]
    assert value.value.low < 0.9 * 4 * 84 * 5 - 100 < value.value.high  # all futures tell how often it works
    assert value.slope == pytest.approx(1.0, abs=0.1)
    assert value.share_explained > 0.95
    assert value.spread.mean == pytest.approx(value.value.value)
    assert value.spread.quantile(0.01) == pytest.approx(-100, abs=60)


def test_what_fails_changes_nothing() -> None:
    problem = make_case(success=np.array([0.5]), share=np.array([[0.0, 0.4, 1.0, 1.0]]))
    futures = draw_futures(problem, 20, seed=1)
    roadmap = Roadmap.fixed(np.array([0]), 1)
    force = [find_force(problem, roadmap, futures, r)[0].tolist() for r in range(20)]
    assert {tuple(row) for row in force} == {(False,) * 4, (False, False, True, True)}
    assert [any(row) for row in force] == futures.works[:, 0].tolist()


def test_senseless_terms_are_refused() -> None:
    for wrong in ({"step": 1}, {"most": 4}, {"tolerance": 1.5}):
        with pytest.raises(ValueError, match="twin plays"):
            JudgeParams(**wrong)  # type: ignore[arg-type]
