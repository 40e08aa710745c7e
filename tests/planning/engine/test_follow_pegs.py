"""Pegging both ways: hand-computed chains, and that what goes up is what went down."""

from __future__ import annotations

import time

import pytest
from benchmarks.planning.bench_netting import make_problem
from hypothesis import given, settings

from drumbeat.planning.engine.follow_pegs import PegIndex
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY
from drumbeat.planning.engine.result import FROM_DEMAND, ORDER, STOCK
from tests.planning.engine.small_plant import Item, Line, Plant, Want
from tests.planning.engine.test_plan_properties import plants


def test_a_demand_is_followed_to_its_purchase_and_back() -> None:
    problem = Plant(
        {"top": Item(), "mid": Item(lot=(10, 0, 100)), "raw": Item(stock=6, kind=BUY)},
        [Line("top", "mid"), Line("mid", "raw", per=3)],
        [Want("top", 4, due=5), Want("top", 6, due=9)],
    ).problem()
    index = PegIndex(problem, net_requirements(problem))
    # One order of 10 mid serves both tops; of its 30 raw, 6 are in stock and 24 are bought: 4/10 and 6/10 of them.
    assert [(n.depth, n.source, n.buffer, pytest.approx(n.quantity)) for n in index.list_below(0)] == [
        (0, ORDER, 0, 4), (1, ORDER, 1, 4), (2, STOCK, 2, 2.4), (2, ORDER, 2, 9.6),
    ]  # fmt: skip
    bought = index.list_below(0)[-1]
    assert [(use.origin, use.index, pytest.approx(use.quantity)) for use in index.list_above(ORDER, bought.supply)] == [
        (FROM_DEMAND, 1, 14.4), (FROM_DEMAND, 0, 9.6),
    ]  # fmt: skip


@given(plants())
@settings(max_examples=200, deadline=None)
def test_what_a_demand_gets_from_a_supply_is_what_the_supply_gives_to_it(plant: Plant) -> None:
    problem = plant.problem()
    index = PegIndex(problem, net_requirements(problem))
    for demand in range(problem.num_demands):
        for node in index.list_below(demand):
            up = {(use.origin, use.index): use.quantity for use in index.list_above(node.source, node.supply)}
            assert up.get((FROM_DEMAND, demand), 0.0) == pytest.approx(node.quantity, rel=1e-6, abs=1e-6)


def test_chains_of_a_large_plan_are_followed_at_once() -> None:
    problem = make_problem(2_100, 15)
    index = PegIndex(problem, net_requirements(problem))
    began = time.perf_counter()
    nodes = index.list_below(30)
    uses = index.list_above(nodes[-1].source, nodes[-1].supply)
    assert time.perf_counter() - began < 30.0  # a scan of all rows for each node would take minutes
    assert uses
    assert nodes[-1].depth == 6
