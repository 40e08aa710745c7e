"""No roadmap is worth more than the bound; where nothing is left out, the best one is worth just that."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult

from drumbeat.strategy.engine.roadmap.bound_roadmaps import bound_roadmaps
from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem
from drumbeat.strategy.engine.roadmap.result import Roadmap
from drumbeat.strategy.tell_roadmap import tell_bound
from tests.strategy.roadmap.small_plant import PERIODS, at, cost_at, make_initiatives, make_problem, two_ways


def find_best(problem: RoadmapProblem, seed: int = 1, count: int = 40) -> tuple[float, float]:
    """Value of the best of all fixed roadmaps that keep the rules, and the bound, in the same futures."""
    futures = draw_futures(problem, count, seed)
    every = product(range(-1, PERIODS), repeat=problem.num_initiatives)
    tried = [Roadmap.fixed(np.array(starts), problem.num_ways) for starts in every]
    kept = [one for one in tried if not check_roadmap(problem, one)]
    model = ThroughputModel(problem)
    values = model(kept, futures) - model([do_nothing(problem)], futures)[0]
    return float(values.mean(axis=1).max()), bound_roadmaps(problem, futures)


def test_one_initiative_by_hand() -> None:
    """Five hours more make five units a week more at 5 each, for four weeks, less 20."""
    own = make_initiatives(1, hours_added=at(1, I0=5.0), cost=cost_at(1, I0=20.0))
    best, bound = find_best(make_problem(own))
    assert best == pytest.approx(80)
    assert bound == pytest.approx(80)


def test_a_budget_and_an_exclusion_by_hand() -> None:
    """Two cost 30 each, and there are 30 until the third week: the second one, worth 25 a week, comes for two weeks."""
    own = make_initiatives(2, hours_added=at(2, I0=2.0, I1=3.0), cost=cost_at(2, I0=30.0, I1=10.0))
    problem = make_problem(own)
    budget = problem.means.budget.copy()
    budget[-1] = [10, 10, 40, 40]
    limited = replace(problem, means=replace(problem.means, budget=budget))
    # I1: 3 x 5 x 4 - 10 = 50; I0 from the third week on: 2 x 5 x 2 - 30 < 0.
    assert find_best(limited) == pytest.approx((50, 50))
    apart = np.array([[False, True], [True, False]])
    rich = replace(own, excludes=apart, hours_added=at(2, I0=4.0, I1=3.0))
    # I0 alone: 4 x 5 x 4 - 30 = 50, I1 alone: 50; both would be worth 70 (15 are wanted).
    assert find_best(make_problem(rich)) == pytest.approx((50, 50))


def test_doing_nothing_and_no_initiatives() -> None:
    dear = make_initiatives(1, hours_added=at(1, I0=1.0), cost=cost_at(1, I0=500.0))
    assert find_best(make_problem(dear)) == pytest.approx((0, 0))
    problem = make_problem(make_initiatives(0))
    assert bound_roadmaps(problem, draw_futures(problem, 4, 1)) == 0


def test_initiatives_that_can_never_start() -> None:
    problem = make_problem(make_initiatives(2, earliest=np.full(2, PERIODS), latest=np.full(2, PERIODS)))
    assert bound_roadmaps(problem, draw_futures(problem, 4, 1)) == 0


def test_no_bound_in_time_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = OptimizeResult(mip_dual_bound=None, status=1)
    monkeypatch.setattr("drumbeat.strategy.engine.roadmap.bound_roadmaps.milp", lambda *_, **__: answer)
    problem = make_problem(make_initiatives(1))
    assert bound_roadmaps(problem, draw_futures(problem, 4, 1)) == np.inf


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.0), st.floats(-0.4, 0.3), st.booleans())
def test_nothing_beats_the_bound(seed: int, success: float, relief: float, has_ways: bool) -> None:
    luck = np.random.default_rng(seed)  # noqa: TID251 - it makes an input
    load = np.zeros((3, 2, 1))
    load[2, 0, 0] = relief
    own = make_initiatives(
        3, hours_added=at(3, I0=luck.uniform(0, 6)), hours_factor=at(3, I1=luck.uniform(-0.2, 0.6)), load_factor=load,
        cost=cost_at(3, I0=luck.uniform(0, 60), I1=luck.uniform(0, 60), I2=luck.uniform(0, 60)),
        success=np.full(3, success), effect=np.tile([0.5, 1.0, 1.2], (3, 1)), saving=luck.uniform(0, 3, 3),
        gate_age=np.array([[0], [-1], [-1]]), gate_pass=np.array([[0.7], [1.0], [1.0]]), cost_sigma=np.full(3, 0.3),
        running_cost=luck.uniform(0, 3, 3), margin_added=luck.uniform(-1, 1, (3, 1)),
        requires=np.array([[0, 0, 0], [seed % 2, 0, 0], [0, 0, 0]], dtype=bool),
    )  # fmt: skip
    problem = make_problem(own, **({"outlook": two_ways()} if has_ways else {}), tail_periods=2.5, rate=0.02)
    plant = replace(problem.plant, spread=np.array([0.2, 0.0]))
    best, bound = find_best(replace(problem, plant=plant), seed)
    assert best <= bound + 1e-6


def test_it_is_told_in_words() -> None:
    assert "75% of it at least" in tell_bound(75.0, 100.0, "EUR")
    assert "the best there is" in tell_bound(100.0, 100.0, "EUR")
    assert tell_bound(-5.0, 100.0, "EUR").endswith("in these futures.")
    assert "not found in time" in tell_bound(5.0, np.inf, "EUR")
