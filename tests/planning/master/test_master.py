"""The master plan: hand-computed cases, a published stochastic program, and properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.planning.engine.master import MasterProblem, Periods, solve_master
from drumbeat.planning.engine.master.check_master import check_master
from tests.planning.master.small_network import INF, Machine, Product, Way, build


def test_builds_stock_ahead_where_that_is_cheaper_than_overtime() -> None:
    # 10 hours a week, an hour a unit; 5, 5 and 20 are wanted: 10 units made ahead, held for 2, 5 of them for 2 weeks.
    ahead = build(
        {"A": Product((5, 5, 20), hold=2)}, {"make A": Way("A", 1, hours={"press": 1})},
        {"press": Machine(10, 100, 30)}, periods=3,
    )  # fmt: skip
    plan = solve_master(ahead)
    assert plan.cost == pytest.approx(30 + 2 * 5 + 2 * 10)
    assert plan.started[:, 0].tolist() == pytest.approx([10, 10, 10])
    assert plan.overtime.sum() == pytest.approx(0)
    assert not check_master(ahead, plan)
    costly = build(
        {"A": Product((5, 5, 20), hold=40)}, {"make A": Way("A", 1, hours={"press": 1})},
        {"press": Machine(10, 100, 30)}, periods=3,
    )  # fmt: skip
    plan = solve_master(costly)
    assert plan.overtime[:, 0].tolist() == pytest.approx([0, 0, 10])
    assert plan.hour_worth[:, 0].tolist() == pytest.approx([0, 0, 30])
    assert plan.demand_cost[2, 0] == pytest.approx(31)


def test_reproduces_the_published_air_conditioning_plan() -> None:
    # Three stages; 100, then 100 or 300, then 100 or 300 are wanted, each as likely; at most 200 made at 100 each,
    # more in overtime at 300 each, 50 for a unit stored: 62,500.
    tree = Periods(
        np.array([-1, 0, 0, 1, 1, 2, 2], dtype=np.int32),
        np.array([0, 1, 1, 2, 2, 2, 2], dtype=np.int32),
        np.array([1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]),
    )
    problem = build(
        {"unit": Product((100, 100, 300, 100, 300, 100, 300), hold=50)},
        {"make": Way("unit", 100, hours={"works": 1})},
        {"works": Machine(200, INF, 200)}, periods=tree,
    )  # fmt: skip
    plan = solve_master(problem)
    assert plan.cost == pytest.approx(62_500)
    assert plan.started[0, 0] == pytest.approx(200)
    assert plan.stock[:3, 0].tolist() == pytest.approx([100, 100, 0])
    assert not check_master(problem, plan)


def test_a_part_that_comes_late_makes_its_product_late() -> None:
    # The part takes 2 weeks; 4 of the 10 products wanted in week 0 can be made of what is there.
    problem = build(
        {"P": Product((10,), late=7, unmet=1000), "part": Product(stock=8)},
        {"make P": Way("P", parts={"part": 2}), "buy part": Way("part", 3, lead=2)}, periods=4,
    )  # fmt: skip
    plan = solve_master(problem)
    assert plan.served[:, 0].tolist() == pytest.approx([4, 0, 6, 0])
    assert plan.late[:, 0].tolist() == pytest.approx([6, 6, 0, 0])
    assert plan.cost == pytest.approx(12 * 3 + 7 * 12)
    assert plan.unit_worth[0, 1] == pytest.approx(3 + 7)  # half a product earlier by 2 weeks, and no part to buy
    assert not check_master(problem, plan)


def test_chooses_between_supplier_sites_and_subcontractor() -> None:
    # North's own supplier gives 6 at 2; South has it for 1 and a transfer costs 2; a subcontractor takes 9.
    problem = build(
        {"N": Product((20,)), "S": Product(stock=5)},
        {"buy": Way("N", 2, most=6), "move": Way("N", 2, parts={"S": 1}), "buy S": Way("S", 1, most=4),
         "have made": Way("N", 9)},
    )  # fmt: skip
    plan = solve_master(problem)
    assert plan.started[0].tolist() == pytest.approx([6, 9, 4, 5])
    assert plan.cost == pytest.approx(12 + 18 + 4 + 45)
    assert plan.supply_worth[0].tolist() == pytest.approx([7, 0, 6, 0])


def test_extra_shifts_are_whole_and_bought_only_where_they_pay() -> None:
    machines = {"m": Machine(10, shift=8, shifts=3, shift_cost=100)}
    way = {"make": Way("A", hours={"m": 1})}
    plan = solve_master(build({"A": Product((19,), late=1, unmet=30)}, way, machines))
    assert plan.shifts[0, 0] == 1  # the second would save one unit only
    assert plan.late[0, 0] == pytest.approx(1)
    assert plan.cost == pytest.approx(100 + 31)
    assert plan.bound == pytest.approx(plan.cost, rel=1e-3)
    assert plan.hour_worth[0, 0] == pytest.approx(31)
    plan = solve_master(build({"A": Product((25,), late=1, unmet=30)}, way, machines))
    assert plan.shifts[0, 0] == 2


def test_budget_safety_stock_and_room() -> None:
    problem = build(
        {"A": Product((4, 4), late=5, unmet=50, safety=(3, 2.5))}, {"buy": Way("A", 2)}, periods=2, budget=12,
    )  # fmt: skip
    plan = solve_master(problem)  # 6 a week: 4 wanted and 2, then 1, of the safety stock
    assert plan.started[:, 0].tolist() == pytest.approx([6, 5])
    assert plan.lacking[:, 0].tolist() == pytest.approx([1, 0])
    assert plan.budget_worth[0] == pytest.approx(1.25)  # half a unit a week earlier: 2.5 x .5
    full = build({"A": Product((0, 9), stock=5, room=3, hold=1)}, {"buy": Way("A", 2, most=(0, 2))}, periods=2)
    with pytest.raises(InputError, match="may not be late"):
        solve_master(full)
    roomy = build({"A": Product((0, 9), stock=5, room=3, hold=1)}, {"buy": Way("A", 2)}, periods=2)
    plan = solve_master(roomy)  # what is there already stays, beyond the room
    assert plan.excess[:, 0].tolist() == pytest.approx([2, 0])
    assert plan.started[:, 0].tolist() == pytest.approx([0, 4])


@st.composite
def problems(draw: st.DrawFn) -> MasterProblem:
    length = draw(st.integers(1, 5))
    amounts = st.lists(st.integers(0, 20), min_size=length, max_size=length)
    names = ["A", "B", "C"][: draw(st.integers(1, 3))]
    products = {
        name: Product(
            draw(amounts), draw(st.integers(0, 10)), draw(amounts), draw(st.integers(0, 3)),
            (draw(st.integers(0, 4)), draw(st.integers(0, 3))), draw(st.sampled_from([INF, 15.0])),
            draw(st.integers(1, 9)), draw(st.integers(5, 40)),
        )
        for name in names
    }  # fmt: skip
    ways = {}
    for number in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(names) - 1))
        parts = {names[at + 1]: float(draw(st.integers(1, 2)))} if at + 1 < len(names) and draw(st.booleans()) else {}
        ways[f"way {number}"] = Way(
            names[at], draw(st.integers(0, 5)), draw(st.integers(0, 2)), draw(st.sampled_from([INF, 7.0])),
            {"m": draw(st.sampled_from([0.5, 1.0, 2.0]))} if draw(st.booleans()) else {}, parts,
        )  # fmt: skip
    machines = {"m": Machine(draw(st.integers(0, 20)), draw(st.integers(0, 5)), 4, 6, draw(st.integers(0, 2)), 15)}
    return build(products, ways, machines, periods=length, budget=draw(st.sampled_from([INF, 60.0])))


@settings(max_examples=60, deadline=None)
@given(problems())
def test_every_plan_holds_and_its_worths_are_true(problem: MasterProblem) -> None:
    plan = solve_master(problem)
    assert not check_master(problem, plan)
    assert plan.bound <= plan.cost + 1e-6
    fixed = replace(
        problem,
        capacity=replace(
            problem.capacity,
            hours=problem.capacity.hours + (plan.shifts * problem.capacity.shift_hours).T,
            shift_most=np.zeros_like(problem.capacity.shift_most),
        ),
        budget=problem.budget - plan.shifts @ problem.capacity.shift_cost,
    )
    base = solve_master(fixed)
    more = fixed.capacity.hours.copy()
    more[0, 0] += 0.01
    gain = base.cost - solve_master(replace(fixed, capacity=replace(fixed.capacity, hours=more))).cost
    # The cost is convex in the hours: a step up gains at most the worth, and a step down loses at least that.
    assert -1e-7 <= gain <= 0.01 * plan.hour_worth[0, 0] + 1e-7
    if fixed.capacity.hours[0, 0] >= 0.01:
        less = fixed.capacity.hours.copy()
        less[0, 0] -= 0.01
        loss = solve_master(replace(fixed, capacity=replace(fixed.capacity, hours=less))).cost - base.cost
        assert loss >= 0.01 * plan.hour_worth[0, 0] - 1e-7


def test_nonsense_is_named() -> None:
    good = build({"A": Product((1,))}, {"buy": Way("A", 1)}, {"m": Machine(1)})
    with pytest.raises(InputError, match="hours is zero or more"):
        replace(good, capacity=replace(good.capacity, hours=np.array([[-1.0]])))
    with pytest.raises(InputError, match="product is an index"):
        replace(good, activities=replace(good.activities, product=np.array([3], dtype=np.int32)))
    with pytest.raises(InputError, match="budget has shape"):
        replace(good, budget=np.zeros(4))
    with pytest.raises(InputError, match="cost is zero or more"):
        replace(good, activities=replace(good.activities, cost=np.array([np.nan])))
    with pytest.raises(InputError, match="probabilities"):
        replace(good, periods=replace(good.periods, probability=np.array([0.5])))
    with pytest.raises(InputError, match="may not be late"):
        solve_master(build({"A": Product((5,))}, {"buy": Way("A", 1, most=2)}))


def test_a_judge_that_finds_what_is_wrong() -> None:
    problem = build({"A": Product((5,), late=1, unmet=9)}, {"make": Way("A", hours={"m": 1})}, {"m": Machine(3)})
    plan = solve_master(problem)
    assert not check_master(problem, plan)
    for wrong, rule in (
        (replace(plan, started=plan.started + 1), "within the hours"),
        (replace(plan, stock=plan.stock + 1), "stock is what was there"),
        (replace(plan, late=plan.late - 1), "what is late"),
        (replace(plan, overtime=plan.overtime + 1), "overtime is within"),
        (replace(plan, cost=plan.cost + 1), "sum of its parts"),
    ):
        assert rule in str(check_master(problem, wrong).as_json())
