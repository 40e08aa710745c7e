"""A plant of two machines that can be reckoned by hand, with initiatives that tests shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from drumbeat.strategy.engine.roadmap.problem import Initiatives, Means, Outlook, PlantModel, RoadmapProblem

PERIODS = 4


def make_plant() -> PlantModel:
    """M1 has 10 h a week, M2 20; a unit takes 1 h of each and earns 5; 15 are wanted a week. So 10 a week: 50."""
    return PlantModel(
        np.array(["M1", "M2"], dtype=object), np.array(["A"], dtype=object), np.array([10.0, 20.0]), np.zeros(2),
        np.ones((2, 1)), np.array([5.0]), np.array([15.0]),
    )  # fmt: skip


def make_initiatives(count: int, **changed: Any) -> Initiatives:
    """Initiatives that do nothing, cost nothing and may start at any time, but for what is changed."""
    shape = (count, PERIODS)
    keys, wide = np.array([f"I{number}" for number in range(count)], dtype=object), (count, 2)
    own = Initiatives(
        keys, keys, np.zeros(count, np.int64), np.full(count, PERIODS - 1), np.zeros(count, bool),
        np.zeros(count, np.int64), np.ones(shape), np.zeros((count, 1, PERIODS)), np.zeros(shape),
        np.zeros(shape, bool),
        np.zeros((count, 2, PERIODS)), np.full((count, 1), -1), np.ones((count, 1)), np.zeros((count, 1, PERIODS)),
        np.ones(count), np.ones((count, 3)), np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(wide),
        np.zeros(wide), np.zeros((count, 2, 1)), np.zeros((count, 1)), np.zeros((count, count), bool),
        np.zeros((count, count), bool),
    )  # fmt: skip
    return replace(own, **changed)


def make_problem(own: Initiatives, **changed: Any) -> RoadmapProblem:
    """The plant with initiatives, periods of a week, no discount, no tail, one way of demand and no limits."""
    means = Means(
        np.full((2, PERIODS), np.inf), np.full(PERIODS, np.inf), np.full(PERIODS, 99),
        np.array(["production"], dtype=object),
    )  # fmt: skip
    outlook = Outlook(
        np.array(["same"], dtype=object), np.ones(1), np.ones((1, PERIODS)), np.zeros((1, PERIODS), np.int64)
    )
    given = {"plant": make_plant(), "means": means, "outlook": outlook, "weeks": 1.0, "rate": 0.0, "tail_periods": 0.0}
    return RoadmapProblem(initiatives=own, **(given | changed))


def two_ways() -> Outlook:
    """Demand stays as it is or doubles from period 2 on, with equal odds."""
    factor = np.array([[1.0, 1, 1, 1], [1, 1, 2, 2]])
    return Outlook(np.array(["same", "double"], object), np.array([0.5, 0.5]), factor,
                   np.array([[0, 0, 1, 1], [0, 0, 2, 2]]))  # fmt: skip


def at(count: int, **values: float) -> np.ndarray:
    """Shape (count, 2): one row a initiative, I0=... for its share on M1; the rest 0."""
    table = np.zeros((count, 2))
    for name, value in values.items():
        table[int(name[1:]), 0] = value
    return table


def cost_at(count: int, **values: float) -> np.ndarray:
    """Costs in the period of the start."""
    table = np.zeros((count, 1, PERIODS))
    for name, value in values.items():
        table[int(name[1:]), 0, 0] = value
    return table
