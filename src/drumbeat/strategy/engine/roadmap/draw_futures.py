"""Draw futures: how demand goes, which gates are passed, what effects and costs turn out to be, how machines run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.streams import key_of, keys_of, luck_of, normal_quantile, uniform
from drumbeat.strategy.engine.roadmap.problem import RoadmapProblem

WAY, GATE, SUCCESS, EFFECT, COST, HOURS = range(6)
"""Purposes of draws; those of an initiative hang on its key, those of hours on the group's."""

GOLDEN = 0.6180339887498949
"""Ways are dealt out by steps of the golden section, so that any number of futures has each in its proportion."""


@dataclass(frozen=True, slots=True)
class Futures:
    """R futures. The same seed gives the same futures to every roadmap (common random numbers).

    Parameters
    ----------
    way
        Shape (R,): which way demand goes.
    failed_gate
        Shape (R, I): first gate that is not passed; -1 = all are.
    works
        Shape (R, I): whether it works once all gates are passed.
    effect
        Shape (R, I): share of the stated effect that comes.
    cost_factor
        Shape (R, I): what its cost is multiplied by.
    hours
        Shape (R, T, G): usable hours of a period against their mean.
    """

    way: Int64s
    failed_gate: Int64s
    works: Bools
    effect: Floats
    cost_factor: Floats
    hours: Floats

    @property
    def count(self) -> int:
        """R."""
        return len(self.way)


def draw_futures(problem: RoadmapProblem, count: int, seed: int, first: int = 0) -> Futures:
    """Draw futures `first` to `first + count - 1` of a seed.

    Parameters
    ----------
    problem
        What is uncertain.
    count
        How many, >= 1.
    seed
        Any whole number.
    first
        Number of the first, >= 0: more futures can be added to those that are drawn.
    """
    own, plant = problem.initiatives, problem.plant
    size, periods, groups = problem.num_initiatives, problem.num_periods, len(plant.group_keys)
    start = uniform(np.uint64(luck_of(seed, 0)), key_of("outlook"), WAY, 0)
    share = (start + (first + np.arange(count)) * GOLDEN) % 1.0
    last = len(problem.outlook.probability) - 1
    way = np.minimum(np.searchsorted(np.cumsum(problem.outlook.probability), share, side="right"), last)
    failed = np.empty((count, size), np.int64)
    works = np.empty((count, size), np.bool_)
    effect, cost = np.empty((count, size)), np.empty((count, size))
    hours = np.empty((count, periods, groups))
    _draw(
        seed, first, keys_of(map(str, own.keys)), keys_of(map(str, plant.group_keys)), own.gate_age, own.gate_pass,
        own.success, own.effect, own.cost_sigma, plant.spread, failed, works, effect, cost, hours,
    )  # fmt: skip
    return Futures(way.astype(np.int64), failed, works, effect, cost, hours)


@njit(nogil=True)
def _draw(
    seed: int, first: int, keys: Any, group_keys: Any, gate_age: Int64s, gate_pass: Floats, success: Floats,
    effects: Floats, sigma: Floats, spread: Floats, failed: Int64s, works: Bools, effect: Floats, cost: Floats,
    hours: Floats,
) -> None:  # fmt: skip
    for r in range(failed.shape[0]):
        luck = luck_of(seed, first + r)
        for i in range(failed.shape[1]):
            key = keys[i]
            failed[r, i] = -1
            for gate in range(gate_age.shape[1]):
                if gate_age[i, gate] < 0:
                    break
                if uniform(luck, key, GATE, gate) > gate_pass[i, gate]:
                    failed[r, i] = gate
                    break
            works[r, i] = uniform(luck, key, SUCCESS, 0) <= success[i]
            effect[r, i] = _triangular(effects[i, 0], effects[i, 1], effects[i, 2], uniform(luck, key, EFFECT, 0))
            z = normal_quantile(uniform(luck, key, COST, 0))
            cost[r, i] = np.exp(sigma[i] * z - 0.5 * sigma[i] * sigma[i])
        for g in range(hours.shape[2]):
            for t in range(hours.shape[1]):
                hours[r, t, g] = 1.0
                if spread[g] > 0.0:
                    z = normal_quantile(uniform(luck, group_keys[g], HOURS, t))
                    hours[r, t, g] = max(1.0 + spread[g] * z, 0.0)


@njit
def _triangular(low: float, likely: float, high: float, u: float) -> float:
    """Quantile of the triangular distribution."""
    if high <= low:
        return likely
    rising = (likely - low) / (high - low)
    if u < rising:
        return float(low + np.sqrt(u * (high - low) * (likely - low)))
    return float(high - np.sqrt((1.0 - u) * (high - low) * (high - likely)))


def mean_future(problem: RoadmapProblem) -> Futures:
    """Return the one future in which everything is at its mean: what a plan on averages takes for granted.

    Demand goes the way of the mean; gates and success are reckoned into the effect as their probability.
    """
    own = problem.initiatives
    chance = own.success * np.prod(np.where(own.gate_age >= 0, own.gate_pass, 1.0), axis=1)
    one = (1, problem.num_initiatives)
    return Futures(
        np.zeros(1, np.int64), np.full(one, -1, np.int64), np.ones(one, np.bool_),
        (own.effect.mean(axis=1) * chance)[None, :], np.ones(one),
        np.ones((1, problem.num_periods, len(problem.plant.group_keys))),
    )  # fmt: skip
