"""Cleaning, adding up, consumption, and what errors cost: hand-computed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.basics.findings import InputError
from drumbeat.demand.engine.clean_history import clean_history
from drumbeat.demand.engine.consume import consume_forecast
from drumbeat.demand.engine.forecast import forecast
from drumbeat.demand.engine.measure_error import measure_error, measure_value_added
from drumbeat.demand.engine.problem import Hierarchy
from drumbeat.demand.engine.reconcile import reconcile
from tests.demand.engine.test_forecast import history


def test_a_period_out_of_stock_gets_the_usual():
    values = [100.0, 104, 98, 102, 10, 101, 99, 103, 97, 100]
    short = [False] * 4 + [True] + [False] * 5
    cleaned = clean_history(history(values, is_short=short))
    assert 97 <= cleaned.history.values[4] <= 104
    assert cleaned.was_short.tolist() == short
    assert not cleaned.was_outlier.any()


def test_a_mistyped_thousand_is_pulled_in_and_told():
    values = [100.0, 104, 98, 102, 1000, 101, 99, 103, 97, 100] + [100.0, 104, 98, 102] * 4
    cleaned = clean_history(history(values))
    assert np.flatnonzero(cleaned.was_outlier).tolist() == [4]
    assert cleaned.history.values[4] < 150


def test_a_december_that_is_always_high_is_no_outlier():
    year = [100.0] * 11 + [400.0]
    cleaned = clean_history(history(np.array(year * 5) + np.arange(60) % 7, cycle=12))
    assert not cleaned.was_outlier.any()


def test_a_series_that_often_jumps_is_left_as_it_is():
    values = [100.0, 104, 98, 102, 1000, 101, 99, 103, 97, 100] * 4
    assert not clean_history(history(values)).was_outlier.any()


def test_peaks_of_sporadic_demand_stay():
    values = np.zeros(40)
    values[::7] = [5, 4, 90, 5, 6, 4]
    assert (clean_history(history(values)).history.values == values).all()


def test_a_parent_becomes_the_sum_and_the_certain_move_least():
    past = history([100.0] * 20, [50.0] * 20, [30.0, 60, 20, 70] * 5)
    made = forecast(past, 2)
    together = reconcile(made, Hierarchy(np.array([-1, 0, 0])))
    assert together.mean[0] == pytest.approx(together.mean[1] + together.mean[2])
    assert abs(together.mean[1, 0] - made.mean[1, 0]) < abs(together.mean[2, 0] - made.mean[2, 0]) + 1e-9


@given(seed=st.integers(0, 1000), levels=st.integers(2, 4))
@settings(max_examples=25, deadline=None)
def test_every_level_adds_up(seed, levels):
    size = 2**levels - 1
    parent = np.array([-1] + [(i - 1) // 2 for i in range(1, size)])
    values = [np.abs(np.sin(np.arange(24) + i * (seed + 1))) * 10 * (i + 1) for i in range(size)]
    mean = reconcile(forecast(history(*values), 3), Hierarchy(parent)).mean
    for i in range(size):
        if (parent == i).any():
            assert mean[i] == pytest.approx(mean[parent == i].sum(axis=0))
    assert (mean >= 0).all()


def test_a_family_that_contains_itself_is_named():
    made = forecast(history([1.0] * 9, [2.0] * 9), 1)
    with pytest.raises(InputError, match="never of itself"):
        reconcile(made, Hierarchy(np.array([1, 0])))


def test_orders_eat_their_own_period_then_earlier_then_later():
    left = consume_forecast(
        np.array([[10.0, 10, 10, 10]]), np.array([0]), np.array([1]), np.array([25.0]), back=1, ahead=1
    )
    assert left.tolist() == [[0, 0, 5, 10]]


def test_an_order_eats_no_more_than_its_window():
    left = consume_forecast(
        np.array([[10.0, 10, 10]]), np.array([0, 0]), np.array([2, 7]), np.array([99.0, 5]), back=0, ahead=0
    )
    assert left.tolist() == [[10, 10, 0]]


def test_errors_bias_and_cost_by_hand():
    errors = measure_error(
        np.array([[10.0, 20], [5, 5]]), np.array([[8.0, 25], [5, np.nan]]), np.array([2.0, 1]), np.array([3.0, 1])
    )
    # Two too many and five too few of 33; money 2 x 2 + 5 x 3.
    assert errors.absolute[0] == pytest.approx(7 / 33)
    assert errors.bias[0] == pytest.approx(-3 / 33)
    assert errors.cost.tolist() == [19, 0]
    assert errors.total_absolute == pytest.approx(7 / 38)


def test_an_edit_that_helps_saves_money():
    saved = measure_value_added(
        np.array([[10.0]]), np.array([[14.0]]), np.array([[15.0]]), np.array([1.0]), np.array([2.0])
    )
    assert saved.tolist() == [8]
