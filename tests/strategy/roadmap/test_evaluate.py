"""What roadmaps are worth, reckoned by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drumbeat.basics.findings import InputError
from drumbeat.strategy.engine.roadmap.check import check_roadmap
from drumbeat.strategy.engine.roadmap.draw_futures import draw_futures
from drumbeat.strategy.engine.roadmap.evaluate import ThroughputModel, do_nothing
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem, find_circle
from drumbeat.strategy.engine.roadmap.result import Roadmap
from tests.strategy.roadmap.small_plant import at, cost_at, make_initiatives, make_problem, two_ways


def worth(problem: RoadmapProblem, *starts: int, count: int = 1) -> np.ndarray:
    roadmap = Roadmap.fixed(np.array(starts), problem.num_ways)
    assert not check_roadmap(problem, roadmap)
    return ThroughputModel(problem)([roadmap], draw_futures(problem, count, seed=7))[0]


def test_doing_nothing_earns_what_the_bottleneck_allows() -> None:
    problem = make_problem(make_initiatives(1))
    futures = draw_futures(problem, 3, seed=1)
    assert ThroughputModel(problem)([do_nothing(problem)], futures).tolist() == [[200.0] * 3]


def test_a_machine_more_counts_from_its_start_until_demand_or_the_next_machine_binds() -> None:
    own = make_initiatives(1, hours_added=at(1, I0=10.0), cost=cost_at(1, I0=30.0))
    assert worth(make_problem(own), 1)[0] == 50 + 3 * 75 - 30  # 15 wanted
    cash = ThroughputModel(make_problem(own)).find_cash(
        Roadmap.fixed(np.array([2]), 1), draw_futures(make_problem(own), 1, 1)
    )
    assert cash.cash[0].tolist() == [50, 50, 45, 75]


def test_added_hours_add_up_and_factors_multiply() -> None:
    own = make_initiatives(3, hours_added=at(3, I0=1.0, I1=1.0), hours_factor=at(3, I2=0.1))
    assert worth(make_problem(own), 0, 0, 0)[0] == pytest.approx(4 * 5 * 10 * 1.2 * 1.1)


def test_ramp_downtime_and_running_cost() -> None:
    share, downtime = np.array([[0.0, 0.5, 1.0, 1.0]]), np.zeros((1, 2, 4))
    downtime[0, 0, 0] = 4.0
    own = make_initiatives(
        1, hours_added=at(1, I0=2.0), share=share, downtime=downtime, running_cost=np.array([1.0]),
        saving=np.array([3.0]),
    )  # fmt: skip
    assert worth(make_problem(own), 0)[0] == pytest.approx(5 * (6 + 11 + 12 + 12) - 2.5 + 7.5)


def test_a_unit_that_takes_less_of_the_bottleneck() -> None:
    load = np.zeros((1, 2, 1))
    load[0, 0, 0] = -0.2
    assert worth(make_problem(make_initiatives(1, load_factor=load)), 0)[0] == pytest.approx(4 * 5 * 12.5)


def test_what_is_stopped_at_a_gate_saves_the_rest_of_its_cost() -> None:
    cost = np.zeros((1, 1, 4))
    cost[0, 0, :3] = 10.0
    until = np.zeros((1, 1, 4))
    until[0, 0, :1] = 10.0
    own = make_initiatives(
        1, hours_added=at(1, I0=2.0), share=np.array([[0.0, 0, 1, 1]]), cost=cost, gate_age=np.array([[0]]),
        gate_pass=np.array([[0.5]]), cost_until_gate=until,
    )  # fmt: skip
    values = worth(make_problem(own), 0, count=4000)
    assert set(np.unique(values)) == {190.0}  # passed: 200 + 20 - 30; failed: 200 - 10
    problem = make_problem(make_initiatives(1, gate_age=np.array([[0]]), cost=cost, cost_until_gate=until))
    stopped = Roadmap(np.zeros((1, 1), np.int64), np.zeros((1, 1), np.int64))
    assert ThroughputModel(problem)([stopped], draw_futures(problem, 1, 1))[0, 0] == 190


def test_what_requires_a_failure_does_not_begin() -> None:
    requires = np.array([[False, False], [True, False]])
    own = make_initiatives(
        2, hours_added=at(2, I1=2.0), requires=requires, success=np.array([0.5, 1.0]), cost=cost_at(2, I0=1.0, I1=7.0)
    )
    values = worth(make_problem(own), 0, 1, count=4000)
    assert set(np.unique(values)) == {199.0, 199.0 + 30 - 7}
    assert np.mean(values > 200) == pytest.approx(0.5, abs=0.03)


def test_an_adaptive_roadmap_does_in_each_way_what_it_says() -> None:
    problem = make_problem(
        make_initiatives(1, hours_added=at(1, I0=20.0), cost=cost_at(1, I0=60.0)), outlook=two_ways()
    )
    waits = Roadmap(np.array([[-1], [2]]), np.full((2, 1), -1))
    assert waits.is_adaptive
    assert not check_roadmap(problem, waits)
    futures = draw_futures(problem, 100, seed=3)
    values = ThroughputModel(problem)([waits], futures)[0]
    assert np.bincount(futures.way) == pytest.approx([50, 50], abs=1)
    assert set(values[futures.way == 0]) == {200.0}
    assert set(values[futures.way == 1]) == {100 + 2 * 100 - 60.0}
    knows = Roadmap(np.array([[-1], [1]]), np.full((2, 1), -1))
    assert [one.rule for one in check_roadmap(problem, knows)] == ["nothing is decided by what is not known yet"]


def test_the_tail_goes_on_as_the_last_period() -> None:
    problem = make_problem(make_initiatives(1), rate=0.1, tail_periods=1.5)
    by_hand = 50 * (sum(1.1 ** -(t + 0.5) for t in range(5)) + 0.5 * 1.1**-5.5)
    assert worth(problem, -1)[0] == pytest.approx(by_hand)


def test_luck_has_the_mean_and_the_spread_that_it_should() -> None:
    own = make_initiatives(2, effect=np.array([[0.5, 1.0, 1.2], [1, 1, 1]]), cost_sigma=np.array([0.3, 0.0]))
    futures = draw_futures(make_problem(own), 20_000, seed=5)
    assert futures.effect[:, 0].mean() == pytest.approx(0.9, abs=0.003)
    assert futures.effect[:, 0].std() == pytest.approx(np.sqrt((0.5**2 + 1 + 1.44 - 0.5 - 0.6 - 1.2) / 18), abs=0.003)
    assert np.all(futures.effect[:, 1] == 1)
    assert futures.cost_factor[:, 0].mean() == pytest.approx(1.0, abs=0.01)
    again = draw_futures(make_problem(own), 5, seed=5, first=100)
    assert np.array_equal(again.effect, futures.effect[100:105])
    assert np.array_equal(again.way, futures.way[100:105])


def test_cores_do_not_change_a_bit() -> None:
    problem = make_problem(make_initiatives(1, hours_added=at(1, I0=3.0)))
    roadmaps = [Roadmap.fixed(np.array([start % 5 - 1]), 1) for start in range(100)]
    futures = draw_futures(problem, 8, seed=2)
    assert np.array_equal(ThroughputModel(problem)(roadmaps, futures), ThroughputModel(problem, 2)(roadmaps, futures))


def test_a_circle_is_named() -> None:
    requires = np.zeros((3, 3), bool)
    requires[0, 1] = requires[1, 2] = requires[2, 1] = True
    assert find_circle(requires) == [1, 2]
    with pytest.raises(InputError, match="I1 > I2 > I1"):
        make_problem(make_initiatives(3, requires=requires))


def test_shapes_and_numbers_that_are_wrong_come_at_once() -> None:
    with pytest.raises(InputError) as error:
        make_problem(make_initiatives(1, success=np.array([2.0]), effect=np.array([[1.0, 0.5, 2]])), rate=-2.0)
    assert error.value.findings.count == 3
    with pytest.raises(InputError, match="shape"):
        make_problem(make_initiatives(1, share=np.ones((1, 3))))
