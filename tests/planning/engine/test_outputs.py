"""What comes out beside an item nets its own demand; hand-computed cases and the judge on anything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.planning.engine.check import check
from drumbeat.planning.engine.follow_pegs import PegIndex
from drumbeat.planning.engine.net_requirements import net_requirements
from drumbeat.planning.engine.problem import BUY, MAKE
from drumbeat.planning.engine.result import ORDER
from tests.planning.engine.small_plant import DAY, Beside, Due, Item, Line, Plant, Want
from tests.planning.engine.test_plan_properties import plants


def plan(plant: Plant):
    """Plan it, and let the judge look at it; orders as (item, quantity, day)."""
    problem = plant.problem()
    result = net_requirements(problem)
    assert [str(finding) for finding in check(problem, result)] == []
    names = list(plant.items)
    orders = result.orders
    rows = zip(orders.buffer.tolist(), orders.quantity.tolist(), (orders.need / DAY).tolist(), strict=True)
    return result, [(names[buffer], quantity, day) for buffer, quantity, day in rows]


def test_a_by_product_serves_its_own_demand_and_only_the_rest_is_bought():
    """40 boards give 8 of sawdust on day 5; of 10 wanted on day 6, 2 are bought."""
    items = {"BOARD": Item(), "DUST": Item(kind=BUY), "LOG": Item(kind=BUY)}
    wants = [Want("BOARD", 40, 5), Want("DUST", 10, 6)]
    _, orders = plan(Plant(items, [Line("BOARD", "LOG")], wants, besides=[Beside("BOARD", "DUST", 0.2)]))
    assert orders == [("BOARD", 40.0, 5.0), ("DUST", 2.0, 6.0), ("LOG", 40.0, 5.0)]


def test_what_comes_out_after_the_need_does_not_serve_it():
    items = {"BOARD": Item(), "DUST": Item(kind=BUY)}
    wants = [Want("BOARD", 40, 5), Want("DUST", 10, 4)]
    _, orders = plan(Plant(items, (), wants, besides=[Beside("BOARD", "DUST", 0.2)]))
    assert orders == [("BOARD", 40.0, 5.0), ("DUST", 10.0, 4.0)]


def test_a_co_product_that_runs_short_has_more_made_of_what_it_comes_out_beside():
    """Day 3: 10 of the co-product at 0.5 a piece take 20 made; of 30 wanted on day 5, 10 are missing then."""
    items = {"FILLET": Item(), "BONES": Item(kind=None), "FISH": Item(kind=BUY)}
    wants = [Want("FILLET", 30, 5), Want("BONES", 10, 3)]
    besides = [Beside("FILLET", "BONES", 0.5, drives=True)]
    result, orders = plan(Plant(items, [Line("FILLET", "FISH")], wants, besides=besides))
    assert orders[:2] == [("FILLET", 20.0, 3.0), ("FILLET", 10.0, 5.0)]
    assert sorted(result.demands.cause.tolist()) == [0, 0]
    below = PegIndex(Plant(items, [Line("FILLET", "FISH")], wants, besides=besides).problem(), result).list_below(1)
    # Its 10 units are all that comes out beside the first order, and take all 20 fish of it.
    assert [(node.buffer, node.quantity) for node in below] == [(1, 10.0), (2, 20.0)]


def test_a_product_that_drives_nothing_and_cannot_be_had_is_short():
    items = {"FILLET": Item(), "BONES": Item(kind=None)}
    result, orders = plan(Plant(items, (), [Want("BONES", 10, 3)], besides=[Beside("FILLET", "BONES", 0.5)]))
    assert orders == []
    assert result.demands.culprit.tolist() == [1]


def test_a_late_main_order_makes_what_comes_out_beside_it_late_too():
    items = {"BOARD": Item(lead=1), "DUST": Item(kind=None), "LOG": Item(kind=BUY, lead=9)}
    wants = [Want("BOARD", 40, 5), Want("DUST", 8, 6)]
    result, _ = plan(Plant(items, [Line("BOARD", "LOG")], wants, besides=[Beside("BOARD", "DUST", 0.2)]))
    assert (result.demands.ready / DAY).tolist() == [10.0, 10.0]
    assert result.demands.culprit.tolist() == [1, 1]  # the purchase of logs


def test_a_by_product_that_goes_into_its_own_item_is_refused_by_the_engine():
    items = {"SPRUE": Item(kind=BUY), "CUP": Item()}
    plant = Plant(items, [Line("CUP", "SPRUE")], [Want("CUP", 1, 1)], besides=[Beside("CUP", "SPRUE")])
    with pytest.raises(InputError, match="does not go into itself"):
        net_requirements(plant.problem())


def test_two_items_whose_orders_bring_each_other_are_planned_together():
    """Each order of either gives one of the other: ten of both are wanted, ten orders' worth is made, not twenty."""
    items = {"LEFT": Item(), "RIGHT": Item()}
    besides = [Beside("LEFT", "RIGHT"), Beside("RIGHT", "LEFT")]
    _, orders = plan(Plant(items, (), [Want("LEFT", 10, 4), Want("RIGHT", 10, 6)], besides=besides))
    assert orders == [("LEFT", 10.0, 4.0)]


@given(plants(), st.data())
@settings(max_examples=60, deadline=None)
def test_the_judge_finds_nothing_whatever_comes_out_beside(plant: Plant, data: st.DataObject) -> None:
    makers = [name for name, item in plant.items.items() if item.kind == MAKE and not item.is_phantom]
    others = [name for name, item in plant.items.items() if not item.is_phantom]
    pairs = [(a, b) for a in makers for b in others if a != b]
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=4, unique=True)) if pairs else []
    drives, per = st.booleans(), st.sampled_from([0.5, 1.0, 3.0])
    besides = [Beside(a, b, data.draw(per), data.draw(drives)) for a, b in chosen]
    problem = Plant(plant.items, plant.lines, plant.wants, plant.dues, plant.params, besides).problem()
    try:
        result = net_requirements(problem)
    except InputError:
        return  # A by-product that is needed for its own item.
    assert [str(finding) for finding in check(problem, result)] == []
    index = PegIndex(problem, result)
    for demand in range(problem.num_demands):
        index.list_below(demand), index.list_latest(demand)
    for order in range(len(result.orders.need)):
        assert all(np.isfinite(use.quantity) for use in index.list_above(ORDER, order))


def test_a_receipt_follows_its_leader():
    """The order that is being made waits for its component until day 7; what comes out beside it waits as well."""
    items = {"CUP": Item(), "RUNNER": Item(kind=None), "RESIN": Item(kind=BUY, lead=7)}
    dues = [Due("CUP", 10, 2, False, 0, 10, kind=MAKE), Due("RUNNER", 5, 2, False, kind=MAKE)]
    plant = Plant(items, [Line("CUP", "RESIN")], [Want("CUP", 10, 3), Want("RUNNER", 5, 3)], dues)
    problem = plant.problem()
    from dataclasses import replace

    problem = replace(problem, receipts=replace(problem.receipts, leader=np.array([0, 0], np.int32)))
    result = net_requirements(problem)
    assert [str(finding) for finding in check(problem, result)] == []
    assert (result.demands.ready / DAY).tolist() == [9.0, 9.0]
