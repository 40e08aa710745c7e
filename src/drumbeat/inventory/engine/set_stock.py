"""How much to keep: stock levels for a wanted service, from the spread of demand and of lead times.

Sources: Snyder and Shen (2019), chapters 4 and 6; Silver, Pyke and Thomas, Inventory and Production Management (2017).
"""

from __future__ import annotations

from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from drumbeat.basics.arrays import Floats
from drumbeat.basics.findings import Finding, InputError

NODES = 241
"""Points over a normal distribution: costs have kinks, so many even steps beat a few clever ones."""


def _refuse_unless(is_right: bool, name: str, rule: str, value: object) -> None:
    if not is_right:
        raise InputError(Finding(name, rule, "Mend the number", value=str(value)))


def _density(z: Floats | float) -> Floats:
    # Beyond 40 deviations the density is 0 to the last bit, and its square would overflow.
    density: Floats = np.exp(-0.5 * np.square(np.clip(z, -40.0, 40.0))) / np.sqrt(2.0 * np.pi)
    return density


def expect_short(level: Floats | float, mean: Floats | float, deviation: Floats | float) -> Floats:
    """Return the expected units by which normal demand exceeds a level; where the deviation is 0, the plain excess."""
    level, mean, deviation = (np.asarray(value, dtype=np.float64) for value in (level, mean, deviation))
    spread = np.maximum(deviation, 1e-300)
    z = (level - mean) / spread
    short: Floats = np.where(deviation > 0, spread * (_density(z) - z * ndtr(-z)), np.maximum(mean - level, 0.0))
    return short


def combine_spread(
    rate: float, rate_deviation: float, lead_time: float, lead_time_deviation: float
) -> tuple[float, float]:
    """Return mean and standard deviation of the demand during a lead time that itself varies.

    Parameters
    ----------
    rate, rate_deviation
        Mean and standard deviation of the demand in a unit of time; independent from one unit to the next.
    lead_time, lead_time_deviation
        Mean and standard deviation of the lead time, in units of time.
    """
    variance = lead_time * rate_deviation**2 + (rate * lead_time_deviation) ** 2
    return rate * lead_time, sqrt(max(variance, 0.0))


def find_newsvendor(mean: float, deviation: float, over_cost: float, under_cost: float) -> tuple[float, float]:
    """Return the stock of least expected cost for one period of normal demand, and that cost.

    Parameters
    ----------
    mean, deviation
        Of demand; deviation >= 0.
    over_cost, under_cost
        Money for a unit left over and for a unit short, > 0.

    Raises
    ------
    InputError
        When a cost is not above 0.
    """
    _refuse_unless(over_cost > 0 and under_cost > 0, "cost", "both costs are above 0", (over_cost, under_cost))
    z = float(ndtri(under_cost / (under_cost + over_cost)))
    return mean + z * deviation, float((over_cost + under_cost) * deviation * _density(z))


def find_reorder_point(mean: float, deviation: float, quantity: float, fill_rate: float) -> float:
    """Return the stock at which to order a fixed quantity so that the wanted share of demand is met from stock.

    The exact fill rate of an (s, Q) policy under normal demand in the lead time: 1 - (n(s) - n(s + Q)) / Q, n being the
    expected shortage.

    Parameters
    ----------
    mean, deviation
        Of the demand in the lead time (`combine_spread`).
    quantity
        Ordered at once, > 0.
    fill_rate
        Between 0 and 1.

    Raises
    ------
    InputError
        When quantity or fill rate are out of range.
    """
    _refuse_unless(quantity > 0, "quantity", "an order is above 0", quantity)
    _refuse_unless(0 < fill_rate < 1, "fill rate", "a fill rate lies between 0 and 1", fill_rate)
    if deviation <= 0:
        return mean - (1.0 - fill_rate) * quantity

    def miss(level: float) -> float:
        return measure_fill_rate(mean, deviation, quantity, level) - fill_rate

    return float(brentq(miss, mean - quantity - 10 * deviation, mean + 10 * deviation))


def measure_fill_rate(mean: float, deviation: float, quantity: float, level: float) -> float:
    """Return the share of demand that an (s, Q) policy meets from stock; arguments as in `find_reorder_point`."""
    short = expect_short(level, mean, deviation) - expect_short(level + quantity, mean, deviation)
    return float(1.0 - short / quantity)


def find_order_up_to(
    rate: float,
    rate_deviation: float,
    lead_time: float,
    review: float,
    fill_rate: float,
    lead_time_deviation: float = 0.0,
) -> float:
    """Return the level up to which to order at every review so that the wanted share of demand is met from stock.

    Parameters
    ----------
    rate, rate_deviation, lead_time, lead_time_deviation
        As in `combine_spread`.
    review
        Units of time between reviews, > 0.
    fill_rate
        Between 0 and 1.

    Raises
    ------
    InputError
        When a number is out of range.
    """
    _refuse_unless(review > 0 and rate > 0, "review", "reviews come and demand is above 0", (review, rate))
    _refuse_unless(0 < fill_rate < 1, "fill rate", "a fill rate lies between 0 and 1", fill_rate)
    late, late_spread = combine_spread(rate, rate_deviation, lead_time + review, lead_time_deviation)
    soon, soon_spread = combine_spread(rate, rate_deviation, lead_time, lead_time_deviation)

    def miss(level: float) -> float:
        short = expect_short(level, late, late_spread) - expect_short(level, soon, soon_spread)
        return float(1.0 - short / (rate * review) - fill_rate)

    return float(brentq(miss, 0.0 if miss(0.0) < 0 else -10 * (late + late_spread), late + 10 * late_spread + 1e-9))


def find_echelon_levels(
    rate: float, rate_deviation: float, lead_times: Floats, echelon_costs: Floats, short_cost: float, steps: int = 4000
) -> tuple[Floats, float]:
    """Return the echelon base-stock levels of least cost of a serial chain, and that cost per unit of time.

    Clark and Scarf's recursion on a grid, demand normal.

    Parameters
    ----------
    rate, rate_deviation
        Of the customers' demand in a unit of time.
    lead_times
        Shape (N,): of each stage, the customers' first.
    echelon_costs
        Shape (N,): what a unit of time of a unit at a stage costs more than one stage before it, likewise.
    short_cost
        Money for a unit of time of a unit short.
    steps
        Points of the grid.

    Raises
    ------
    InputError
        When the sizes differ or a cost is not above 0.
    """
    _refuse_unless(len(lead_times) == len(echelon_costs) > 0, "stages", "each stage has a lead time and a cost", "")
    _refuse_unless(short_cost > 0 and bool((echelon_costs > 0).all()), "cost", "costs are above 0", short_cost)
    total = float(lead_times.sum())
    reach = 8.0 * rate_deviation * sqrt(total)
    low, high = -reach, rate * total + reach
    grid = np.linspace(low - rate * total, high, steps)
    points = np.linspace(-6.0, 6.0, NODES)
    weights = _density(points) / _density(points).sum()
    below = (short_cost + echelon_costs.sum()) * np.maximum(-grid, 0.0)
    levels, cost = np.zeros(len(lead_times)), 0.0
    for stage, (lead_time, holding) in enumerate(zip(lead_times.tolist(), echelon_costs.tolist(), strict=True)):
        here = holding * grid + below
        drawn = rate * lead_time + rate_deviation * sqrt(lead_time) * points
        # Below the grid the cost is a straight line: extrapolated rather than cut off.
        slope = (here[1] - here[0]) / (grid[1] - grid[0])
        at = grid[:, None] - drawn[None, :]
        values = np.interp(at, grid, here) + np.where(at < grid[0], slope * (at - grid[0]), 0.0)
        expected = values @ weights
        best = int(expected.argmin())
        levels[stage], cost = grid[best], float(expected[best])
        below = np.where(grid < levels[stage], expected, cost)
    return levels, cost
