"""Lots and stock levels: the textbooks' values, hand-computed cases, and what must always hold."""

from __future__ import annotations

import hashlib
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaincinv

from drumbeat.basics.findings import InputError
from drumbeat.inventory.engine.classify_stock import classify, find_excess
from drumbeat.inventory.engine.place_stock import place_stock
from drumbeat.inventory.engine.set_stock import (
    combine_spread,
    expect_short,
    find_echelon_levels,
    find_newsvendor,
    find_order_up_to,
    find_reorder_pair,
    find_reorder_point,
    measure_fill_rate,
    measure_periodic_fill,
)
from drumbeat.inventory.engine.size_lots import (
    find_discounted_quantity,
    find_economic_quantity,
    measure_lots,
    plan_lots_by_period,
    plan_lots_by_silver_meal,
    plan_lots_exactly,
)
from tests.inventory.engine.read_chain import make_stages, read_textbook, read_willems

DEMANDS = st.lists(st.integers(0, 60), min_size=1, max_size=8).map(lambda values: np.array(values, dtype=float))


def test_textbook_values():
    """Snyder and Shen 3.1, 3.9, 4.3 and 6.1; the last was computed on a grid there as here."""
    quantity, cost = find_economic_quantity(8, 0.225, 1300)
    assert (quantity, cost) == (pytest.approx(304.0468, abs=1e-4), pytest.approx(68.4105, abs=1e-4))
    demand = np.array([90.0, 120, 80, 70])
    assert measure_lots(demand, plan_lots_exactly(demand, 500, 2), 500, 2) == 1380
    assert find_newsvendor(50, 8, 0.18, 0.7) == (pytest.approx(56.60396, abs=1e-5), pytest.approx(1.9976052, abs=1e-7))
    levels, cost = find_echelon_levels(5, 1, np.array([1.0, 1, 2]), np.array([3.0, 2, 2]), 37.12)
    assert levels == pytest.approx([6.484, 12.028, 22.72], abs=0.02)
    assert cost == pytest.approx(47.6654, rel=2e-4)


def test_all_units_discount_takes_the_break():
    """Snyder and Shen's discount example: 800 units at 978.60."""
    quantity, cost = find_discounted_quantity(8, 0.3, 1300, np.array([0.0, 400, 800]), np.array([0.75, 0.72, 0.68]))
    assert (quantity, cost) == (800, pytest.approx(978.60, abs=0.01))


@given(DEMANDS, st.floats(1, 200), st.floats(0.01, 5))
@settings(max_examples=80, deadline=None)
def test_exact_lots_are_never_dearer_than_any_other(demand, order_cost, holding_cost):
    least = measure_lots(demand, plan_lots_exactly(demand, order_cost, holding_cost), order_cost, holding_cost)
    others = [plan_lots_by_silver_meal(demand, order_cost, holding_cost), demand]
    others += [plan_lots_by_period(demand, periods) for periods in (1, 2, 3, 8)]
    for lots in others:
        assert least <= measure_lots(demand, lots, order_cost, holding_cost) + 1e-6


def test_lots_that_come_too_late_are_refused():
    with pytest.raises(InputError, match="below zero"):
        measure_lots(np.array([5.0, 5]), np.array([4.0, 6]), 1, 1)


def test_silver_and_meal_by_hand():
    """60 a lot, 1 a unit carried: after two periods 80 / 2 = 40, after three 180 / 3 = 60 would be dearer."""
    lots = plan_lots_by_silver_meal(np.array([10.0, 20, 50, 5]), 60, 1)
    assert lots.tolist() == [30, 0, 55, 0]


def test_lead_times_that_vary_spread_the_demand():
    assert combine_spread(10, 3, 4, 1) == (40, pytest.approx(sqrt(4 * 9 + 100)))


@given(st.floats(1, 200), st.floats(0.1, 60), st.floats(1, 300), st.floats(0.5, 0.999))
@settings(max_examples=60, deadline=None)
def test_a_reorder_point_gives_the_wanted_fill_rate(mean, deviation, quantity, fill_rate):
    level = find_reorder_point(mean, deviation, quantity, fill_rate)
    assert measure_fill_rate(mean, deviation, quantity, level) == pytest.approx(fill_rate, abs=1e-6)


def test_longer_reviews_need_more_stock_and_certainty_needs_none():
    short = find_order_up_to(10, 3, 4, 1, 0.98)
    assert find_order_up_to(10, 3, 4, 4, 0.98) > short > 50
    assert find_order_up_to(10, 3, 4, 1, 0.98, lead_time_deviation=1) > short
    assert find_reorder_point(40, 0, 20, 0.9) == 38


def draw_weeks(mean, deviation, weeks=40_000):
    """Demand of many weeks, gamma, independent, and the same on every machine."""
    bits = np.frombuffer(hashlib.shake_128(b"weeks").digest(8 * weeks), dtype=np.uint64)
    return gammaincinv((mean / deviation) ** 2, (bits + 0.5) / 2.0**64) * deviation**2 / mean


def simulate(draw, review, order, lead=3):
    """Share of demand met from stock over many weeks; `order(position)` says how much a review orders."""
    position = on_hand = order(0.0)
    coming = np.zeros(len(draw) + lead + 1)
    met = wanted = 0.0
    for week, demand in enumerate(draw.tolist()):
        on_hand += coming[week]
        met += min(max(on_hand, 0.0), demand)
        wanted += demand
        on_hand -= demand
        position -= demand
        if (week + 1) % review == 0:
            quantity = order(position)
            position += quantity
            coming[week + 1 + lead] += quantity
    return met / wanted


@pytest.mark.parametrize(("mean", "deviation"), [(20.0, 6.0), (20.0, 26.0)])
def test_an_s_S_policy_meets_its_fill_rate_when_it_is_played(mean, deviation):
    """Looked at each week, steady and lumpy demand: without the undershoot it would miss by several percent."""
    draw = draw_weeks(mean, deviation)
    lot = 80.0
    point, up_to = (float(level) for level in find_reorder_pair(mean, deviation, 3, 1, lot, 0.95))
    played = simulate(draw, 1, lambda position: up_to - position if position <= point else 0.0)
    assert played == pytest.approx(0.95, abs=0.012)
    careless = float(find_reorder_point(*combine_spread(mean, deviation, 3, 0), lot, 0.95))
    missed = simulate(draw, 1, lambda position: careless + lot - position if position <= careless else 0.0)
    assert missed < played - 0.02


@pytest.mark.parametrize(("mean", "deviation"), [(20.0, 6.0), (20.0, 26.0)])
def test_a_periodic_policy_meets_its_fill_rate_when_it_is_played(mean, deviation):
    draw = draw_weeks(mean, deviation)
    up_to = float(find_order_up_to(mean, deviation, 3, 4, 0.95))
    assert simulate(draw, 4, lambda position: max(up_to - position, 0.0)) == pytest.approx(0.95, abs=0.012)
    assert measure_periodic_fill(mean, deviation, 3, 4, up_to) == pytest.approx(0.95, abs=1e-9)


def test_lumpy_demand_needs_more_than_a_normal_one_would_say():
    """Gamma with shape 1 is exponential: beyond x lie mean x exp(-x / mean) units."""
    assert expect_short(30.0, 10.0, 10.0, True) == pytest.approx(10 * np.exp(-3))
    assert expect_short(-5.0, 10.0, 10.0, True) == 15
    assert expect_short(30.0, 10.0, 10.0) < expect_short(30.0, 10.0, 10.0, True)


def test_thousands_of_levels_are_found_at_once():
    mean, deviation, lot = (1.0 + np.arange(4000) * step % 99 for step in (7.3, 31.7, 55.1))
    level = find_reorder_point(mean, deviation, lot, 0.9)
    assert measure_fill_rate(mean, deviation, lot, level) == pytest.approx(np.full(4000, 0.9), abs=1e-6)
    assert level[17] == find_reorder_point(mean[17], deviation[17], lot[17], 0.9)


@pytest.mark.parametrize("bad", [(0, 1.0, 0.9), (10, 1.0, 1.0), (10, 1.0, 0.0)])
def test_impossible_wishes_are_named(bad):
    with pytest.raises(InputError):
        find_reorder_point(40, bad[1], bad[0], bad[2])


@pytest.mark.parametrize(("name", "cost"), [("example_6_5", 8.27791687), ("figure_6_14", 18.82400447)])
def test_guaranteed_service_of_the_textbook(shared_data, name, cost):
    placed = place_stock(read_textbook(shared_data / "inventory/stockpyl_instances.json", name))
    assert placed.is_optimal
    assert placed.cost == pytest.approx(cost, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("bulldozer_small_linear", 170084.85747942803),
        ("bulldozer_small_convergent", 16343.757009514566),
        ("battery_small_divergent", 96755.19344412134),
    ],
)
def test_guaranteed_service_against_all_combinations(shared_data, name, cost):
    placed = place_stock(read_willems(shared_data / f"inventory/gsm_willems/{name}.txt", 1.0))
    assert placed.is_optimal
    assert placed.cost == pytest.approx(cost, rel=1e-6)


def test_real_chains_are_proved(shared_data):
    folder = shared_data / "inventory/gsm_willems"
    for name in ("battery", "bulldozer", "chemicals", "digital_camera", "semiconductors", "fast_food", "toys"):
        stages = read_willems(folder / f"{name}.txt", 0.25)
        placed = place_stock(stages, seconds=20)
        assert placed.is_optimal, name
        assert (placed.net >= 0).all()
        assert (placed.inbound[stages.below] >= placed.service[stages.above]).all()


def test_the_battery_chain_costs_no_more_than_published(shared_data):
    import json

    folder = shared_data / "inventory/gsm_willems"
    published = sum(row[1]["cost"] for row in json.loads((folder / "battery_solution.json").read_text()))
    placed = place_stock(read_willems(folder / "battery.txt", 0.25))
    # Published to the unit, stage by stage.
    assert placed.cost == pytest.approx(published, rel=2e-4)


def test_a_chain_that_feeds_itself_is_named():
    with pytest.raises(InputError, match="supplies itself"):
        make_stages("AB", [1, 1], [1, 1], [1, 1], [-1, 0], [0, 0], [(0, 1, 1), (1, 0, 1)], [2, 2])


def test_classes_by_hand():
    classes = classify(np.array([70.0, 5, 20, 5, 0]), np.array([0.2, 2.0, 0.7, 0.4, np.nan]))
    assert classes.tolist() == ["AX", "BZ", "AY", "CX", "CZ"]


def test_excess_and_obsolete_by_hand():
    mean = np.array([[10.0, 10, 10], [0, 0, 0]])
    excess, obsolete = find_excess(np.array([50.0, 7]), mean, np.zeros((2, 3)), 2, np.array([5.0, 0]))
    assert excess.tolist() == [25, 0]
    assert obsolete.tolist() == [0, 7]
