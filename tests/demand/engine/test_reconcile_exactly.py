"""The passes over the tree give the least-squares answer; naive forecasts; effects that move some series only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drumbeat.demand.engine.effects import find_moved
from drumbeat.demand.engine.forecast import forecast_naive
from drumbeat.demand.engine.problem import Effects, Hierarchy
from drumbeat.demand.engine.reconcile import reconcile
from drumbeat.demand.engine.result import Forecast
from tests.demand.engine.test_forecast import history


def make(mean, spread):
    """A forecast of which only means and spreads matter."""
    size = len(mean)
    none = np.zeros((size, 1))
    keys = np.array([f"S{i}" for i in range(size)], dtype=object)
    return Forecast(keys, np.array(mean, dtype=float), np.array(spread, dtype=float), ("m",), none, none, none)


@given(
    parents=st.lists(st.integers(-1, 50), min_size=1, max_size=12),
    numbers=st.lists(st.tuples(st.floats(100, 1000), st.floats(0.5, 3)), min_size=12, max_size=12),
)
@settings(max_examples=80, deadline=None)
def test_two_passes_solve_the_least_squares(parents, numbers):
    # A parent stands before its parts, so that nothing is part of itself.
    parent = np.array([-1 if p < 0 or i == 0 else p % i for i, p in enumerate(parents)], dtype=np.int64)
    size = len(parent)
    leaves = [i for i in range(size) if not (parent == i).any()]
    sums = np.zeros((size, len(leaves)))
    for column, leaf in enumerate(leaves):
        at = leaf
        while at >= 0:
            sums[at, column] = 1.0
            at = parent[at]
    # Parents near their sums, so that no leaf is pushed below 0, where the answer is another one.
    lower = np.array([numbers[leaf][0] for leaf in leaves])
    mean = (sums @ lower) * np.array([1 + 0.02 * ((i * 7) % 5 - 2) for i in range(size)])
    spread = np.array([numbers[i][1] for i in range(size)])
    weights = np.diag(1 / spread**2)
    solved = sums @ np.linalg.solve(sums.T @ weights @ sums, sums.T @ weights @ mean)
    if (solved > 0).all():
        found = reconcile(make(mean[:, None], spread[:, None]), Hierarchy(parent)).mean[:, 0]
        assert found == pytest.approx(solved, rel=1e-6)


def test_a_hundred_thousand_series_are_added_up_at_once():
    size = 100_000
    parent = np.concatenate(([-1], np.zeros(1000), 1 + np.arange(size) % 1000)).astype(np.int64)
    mean = np.ones((len(parent), 12))
    found = reconcile(make(mean, mean), Hierarchy(parent)).mean
    assert found[0] == pytest.approx(found[1:1001].sum(axis=0))
    assert found[1] == pytest.approx(found[1001::1000].sum(axis=0))


def test_the_naive_forecast_repeats_the_season_or_the_last_period():
    year = [10.0, 12, 15, 20, 26, 30, 31, 28, 22, 17, 13, 11]
    past = history(year * 4, [5.0, 6, 7], [], cycle=12)
    found = forecast_naive(past, 3)
    assert found.tolist() == [[10, 12, 15], [7, 7, 7], [0, 0, 0]]


def test_only_series_that_an_effect_touches_are_moved():
    past = history([1.0, 2], [3.0], [4.0, 5])
    effects = Effects(("p",), np.array([[0.0], [1], [0], [0], [0]]), np.array([[[0.0]], [[0.0]], [[2.0]]]))
    assert find_moved(past, effects).tolist() == [True, False, True]
