"""Roadmaps that are found keep the rules, and are at least as good as the usual ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.strategy.make_roadmaps import make_roadmap_problem

from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.explain import explain_roadmap, find_margin
from drumbeat.strategy.engine.roadmap.improve import SCREENED, improve, list_branches
from drumbeat.strategy.engine.roadmap.make_candidates import make_candidates, place_greedily, value_alone
from drumbeat.strategy.engine.roadmap.optimise import Study, StudyParams, choice_futures, study_roadmaps
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from tests.strategy.roadmap.small_plant import PERIODS, at, cost_at, make_initiatives, make_problem, two_ways

FEW = StudyParams(candidates=60, futures=24, fresh_futures=200, beginnings=1, cautions=(0.0, 1.0))


@pytest.fixture(scope="module")
def problem() -> RoadmapProblem:
    return make_roadmap_problem(0, groups=8, flows=4, initiatives=6)


@pytest.fixture(scope="module")
def study(problem: RoadmapProblem) -> Study:
    return study_roadmaps(problem, FEW)


def test_all_that_comes_out_keeps_the_rules(problem: RoadmapProblem, study: Study) -> None:
    for roadmap in (study.chosen, study.fixed, study.greedy, study.on_means, *study.front):
        assert not list(check_roadmap(problem, roadmap))


def test_it_is_at_least_as_good_as_the_usual_ways_in_the_futures_of_the_choice(
    problem: RoadmapProblem, study: Study
) -> None:
    chosen, fixed, greedy, means, nothing = ThroughputModel(problem)(
        [study.chosen, study.fixed, study.greedy, study.on_means, do_nothing(problem)], choice_futures(problem, FEW)
    ).mean(axis=1)
    assert chosen >= fixed - 1e-6
    assert fixed >= max(greedy, means, nothing) - 1e-6


def test_nothing_on_the_front_is_better_in_both(problem: RoadmapProblem, study: Study) -> None:
    futures = draw_futures(problem, FEW.futures, FEW.seed)
    model = ThroughputModel(problem)
    base = model([do_nothing(problem)], futures)[0]
    values = model(list(study.front), futures) - base
    means, worst = values.mean(axis=1), [np.sort(row)[:2].mean() for row in values]
    assert list(means) == sorted(means, reverse=True)
    assert worst == sorted(worst)


def test_the_same_seed_gives_the_same_study(problem: RoadmapProblem, study: Study) -> None:
    again = study_roadmaps(problem, replace(FEW, cores=2))
    assert again.chosen.key() == study.chosen.key()
    assert np.array_equal(again.worths["chosen"].values, study.worths["chosen"].values)


def test_candidates_keep_the_rules_and_differ(problem: RoadmapProblem) -> None:
    found = make_candidates(problem, 40, seed=3)
    assert len({one.key() for one in found}) == len(found) > 10
    assert not [one for one in found if check_roadmap(problem, one)]


def test_in_many_futures_a_few_moves_are_enough(problem: RoadmapProblem, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the best of the first futures are judged in all: no end is worse than its beginning, and rules hold."""
    futures, model = draw_futures(problem, 4 * SCREENED, seed=5), ThroughputModel(problem)
    base = model([do_nothing(problem)], futures)[0]
    begin = do_nothing(problem)
    ends = []
    for kept in (1, 10_000):
        monkeypatch.setattr("drumbeat.strategy.engine.roadmap.improve.KEPT", kept)
        ends.append(improve(problem, model, futures, base, begin))
    before, few, all_moves = model([begin, *ends], futures).mean(axis=1)
    assert min(few, all_moves) > before  # it was not the best to begin with
    assert few - before >= 0.8 * (all_moves - before)
    assert not any(check_roadmap(problem, one) for one in ends)


def test_waiting_for_what_is_known_is_found() -> None:
    """A machine worth 200 where demand doubles from period 2 on, and nothing else, at a cost of 120: wait and see."""
    own = make_initiatives(1, hours_added=at(1, I0=20.0), cost=cost_at(1, I0=120.0))
    problem = make_problem(own, outlook=two_ways())
    assert problem.plant.demand[0] == 15
    futures = draw_futures(problem, 40, seed=1)
    model = ThroughputModel(problem)
    base = model([do_nothing(problem)], futures)[0]
    fixed = improve(problem, model, futures, base, do_nothing(problem), is_adaptive=False)
    found = improve(problem, model, futures, base, do_nothing(problem))
    # M2 has 20 h: a start now brings 4 x 25 = 100 and 50 more where demand doubles: 125 on average, 5 above its cost.
    assert fixed.starts.tolist() == [[0], [0]]
    # In the second way it brings 2 x 50 from period 2 on; in the first 2 x 25: only a start now pays for both.
    assert model([found], futures)[0].mean() >= model([fixed], futures)[0].mean()
    dear = replace(own, cost=cost_at(1, I0=90.0), hours_added=at(1, I0=20.0), latest=np.array([3]))
    later = replace(dear, earliest=np.array([2]))
    waits = make_problem(later, outlook=two_ways())
    model = ThroughputModel(waits)
    base = model([do_nothing(waits)], futures)[0]
    found = improve(waits, model, futures, base, do_nothing(waits))
    assert found.starts.tolist() == [[-1], [2]]
    assert not check_roadmap(waits, found)


def test_decisions_belong_to_outlooks() -> None:
    branches = list_branches(make_problem(make_initiatives(1), outlook=two_ways()))
    assert [(one.ways.tolist(), one.first) for one in branches] == [([0, 1], 0), ([0], 2), ([1], 2)]


def test_greedy_takes_business_cases_one_by_one_and_misses_what_helps_together() -> None:
    """Both machines bind: neither initiative is worth anything alone, together they are."""
    own = make_initiatives(2, cost=cost_at(2, I0=20.0, I1=20.0))
    added = np.array([[10.0, 0.0], [0.0, 10.0]])
    problem = make_problem(replace(own, hours_added=added))
    plant = replace(problem.plant, hours=np.array([10.0, 10.0]))
    problem = replace(problem, plant=plant)
    assert value_alone(problem).tolist() == [-20, -20]
    assert place_greedily(problem).starts.tolist() == [[-1, -1]]
    study = study_roadmaps(
        problem, StudyParams(candidates=20, futures=4, fresh_futures=4, beginnings=2, cautions=(0.0,))
    )
    assert study.chosen.starts.tolist() == [[0, 0]]
    assert study.worths["chosen"].mean == 4 * 25 - 40


def test_reasons_name_the_constraint_and_what_would_change_the_choice() -> None:
    own = make_initiatives(1, hours_added=at(1, I0=10.0), cost=cost_at(1, I0=40.0))
    problem = make_problem(own)
    futures = draw_futures(problem, 4, seed=1)
    roadmap = Roadmap.fixed(np.array([0]), 1)
    reason = explain_roadmap(problem, ThroughputModel(problem), futures, roadmap)[0]
    assert reason.worth == 4 * 25 - 40
    assert (reason.margin_before, reason.margin_after) == (50, 75)
    assert reason.constraints_before == {0: pytest.approx(5)}
    assert reason.constraints_after == {}
    assert reason.cost_limit == pytest.approx(100 / 40)
    assert reason.delay_limit == 3  # two periods of 25 pay 40, one does not
    assert reason.if_later == -25
    left_out = explain_roadmap(problem, ThroughputModel(problem), futures, Roadmap.fixed(np.array([-1]), 1))[0]
    assert left_out.worth == 60


def test_the_margin_agrees_with_the_kernel(problem: RoadmapProblem) -> None:
    calm = replace(problem, plant=replace(problem.plant, spread=np.zeros(len(problem.plant.hours))))
    futures = draw_futures(calm, 1, seed=1)
    earned = ThroughputModel(calm).find_cash(do_nothing(calm), futures).margin[0]
    by_hand, _, _ = find_margin(calm, np.zeros(calm.num_initiatives), float(calm.outlook.factor[futures.way[0], 0]))
    assert earned[0] == pytest.approx(by_hand * calm.weeks)


def test_no_initiatives_and_no_products() -> None:
    problem = make_problem(make_initiatives(0))
    study = study_roadmaps(problem, replace(FEW, candidates=5))
    assert study.worths["chosen"].mean == 0
    assert study.chosen.starts.shape == (1, 0)
    with pytest.raises(ValueError, match="cautions"):
        StudyParams(cautions=(2.0,))
    assert problem.num_periods == PERIODS
