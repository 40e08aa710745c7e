"""The product mix equals that of a general solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from drumbeat.strategy.engine.roadmap.solve_mix import solve_mix

numbers = st.integers(0, 12).map(float)


def by_general_solver(hours: np.ndarray, load: np.ndarray, margin: np.ndarray, demand: np.ndarray) -> float:
    answer = linprog(-margin, A_ub=load, b_ub=hours, bounds=np.column_stack([np.zeros_like(demand), demand]))
    return float(-answer.fun)


@given(st.integers(1, 5), st.integers(1, 5), st.data())
@settings(max_examples=150, deadline=None)
def test_as_good_as_a_general_solver(groups: int, flows: int, data: st.DataObject) -> None:
    def draw(*shape: int) -> np.ndarray:
        size = int(np.prod(shape))
        return np.array(data.draw(st.lists(numbers, min_size=size, max_size=size))).reshape(shape)

    hours, load, demand = 3 * draw(groups), draw(groups, flows), draw(flows)
    margin = draw(flows) - 2
    assert solve_mix(hours, load, margin, demand) == pytest.approx(by_general_solver(hours, load, margin, demand))


def test_large_plants_of_real_numbers() -> None:
    turn = np.arange(60 * 12, dtype=float).reshape(60, 12)
    load = np.abs(np.sin(turn)) * (np.cos(3 * turn) > -0.4)
    demand = 10 + 5 * np.cos(np.arange(12.0))
    margin = 20 + 15 * np.sin(2 + np.arange(12.0))
    for share in (0.3, 0.6, 0.9, 1.1):
        hours = share * (load @ demand) * (1 + 0.3 * np.sin(np.arange(60.0)))
        assert solve_mix(hours, load, margin, demand) == pytest.approx(
            by_general_solver(hours, load, margin, demand), rel=1e-9
        )


def test_a_scarce_group_goes_to_what_earns_most_for_its_hour() -> None:
    # 40 h: A earns 30 an hour of it, B 20; 10 units of A take 10 h, the rest of the hours make 15 units of B.
    assert solve_mix(np.array([40.0]), np.array([[1.0, 2.0]]), np.array([30.0, 40.0]), np.array([10.0, 20.0])) == 900


def test_nothing_to_make() -> None:
    assert solve_mix(np.zeros(0), np.zeros((0, 2)), np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 11
    assert solve_mix(np.zeros(2), np.ones((2, 1)), np.ones(1), np.ones(1)) == 0
    assert solve_mix(np.ones(1), np.zeros((1, 0)), np.zeros(0), np.zeros(0)) == 0
