"""How much to keep: stock levels for a wanted service, from the spread of demand and of lead times.

Sources: Snyder and Shen (2019), chapters 4 and 6; Silver, Pyke and Thomas, Inventory and Production Management (2017).
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
from scipy.special import gammaincc, ndtr, ndtri

from drumbeat.basics.arrays import Bools, Floats
from drumbeat.basics.findings import Finding, InputError

Numbers = Floats | float
MOST_NORMAL = 0.2
"""Coefficient of variation up to which demand is taken as normal: five deviations above 0, it never is below."""
HALVINGS, WIDENINGS = 60, 40
"""Steps that find a level to the last bits, and doublings of the room to look in."""
NODES = 241
"""Points over a normal distribution: costs have kinks, so many even steps beat a few clever ones."""


def _refuse_unless(is_right: bool, name: str, rule: str, value: object) -> None:
    if not is_right:
        raise InputError(Finding(name, rule, "Mend the number", value=str(value)))


def _density(z: Floats | float) -> Floats:
    # Beyond 40 deviations the density is 0 to the last bit, and its square would overflow.
    density: Floats = np.exp(-0.5 * np.square(np.clip(z, -40.0, 40.0))) / np.sqrt(2.0 * np.pi)
    return density


def is_lumpy(mean: Numbers, deviation: Numbers) -> Bools:
    """Return where demand spreads so widely around its mean that a normal one would often be negative."""
    lumpy: Bools = np.asarray(deviation) > MOST_NORMAL * np.asarray(mean)
    return lumpy


def expect_short(level: Numbers, mean: Numbers, deviation: Numbers, lumpy: Bools | bool = False) -> Floats:
    """Return the expected units by which demand exceeds a level; where the deviation is 0, the plain excess.

    Parameters
    ----------
    level, mean, deviation
        Of the demand; they broadcast.
    lumpy
        Where demand is taken as gamma (never negative, a long tail; Burgin 1975) rather than normal.
    """
    level, mean, deviation = (np.asarray(value, dtype=np.float64) for value in (level, mean, deviation))
    spread = np.maximum(deviation, 1e-300)
    z = (level - mean) / spread
    short: Floats = np.where(deviation > 0, spread * (_density(z) - z * ndtr(-z)), np.maximum(mean - level, 0.0))
    as_gamma = np.broadcast_to(np.asarray(lumpy) & (deviation > 0) & (mean > 0) & (level > 0), short.shape)
    if as_gamma.any():
        at, middle, wide = (np.broadcast_to(value, short.shape)[as_gamma] for value in (level, mean, deviation))
        shape, scale = (middle / wide) ** 2, wide**2 / middle
        beyond = middle * gammaincc(shape + 1.0, at / scale) - at * gammaincc(shape, at / scale)
        short = short.copy()
        short[as_gamma] = np.maximum(beyond, 0.0)
    below = np.asarray(lumpy) & (level <= 0)
    found: Floats = np.where(below, mean - level, short)
    return found


def combine_spread(
    rate: Numbers, rate_deviation: Numbers, lead_time: Numbers, lead_time_deviation: Numbers
) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the demand during a lead time that itself varies; arguments broadcast.

    Parameters
    ----------
    rate, rate_deviation
        Mean and standard deviation of the demand in a unit of time; independent from one unit to the next.
    lead_time, lead_time_deviation
        Mean and standard deviation of the lead time, in units of time.
    """
    rate, rate_deviation, lead_time, lead_time_deviation = _arrays(rate, rate_deviation, lead_time, lead_time_deviation)
    variance = lead_time * rate_deviation**2 + (rate * lead_time_deviation) ** 2
    return rate * lead_time, np.sqrt(np.maximum(variance, 0.0))


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


def find_reorder_point(mean: Numbers, deviation: Numbers, quantity: Numbers, fill_rate: Numbers) -> Floats:
    """Return the stock at which to order a fixed quantity so that the wanted share of demand is met from stock.

    The exact fill rate of an (s, Q) policy: 1 - (n(s) - n(s + Q)) / Q, n being the expected shortage at the end of a
    lead time whose demand is normal or, where `is_lumpy`, gamma. All arguments broadcast.

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
    mean, deviation, quantity, fill_rate = _arrays(mean, deviation, quantity, fill_rate)
    _refuse_unless(bool((quantity > 0).all()), "quantity", "an order is above 0", quantity)
    _refuse_unless(
        bool(((fill_rate > 0) & (fill_rate < 1)).all()), "fill rate", "a fill rate lies between 0 and 1", fill_rate
    )
    lumpy = is_lumpy(mean, deviation)
    level = _search(
        lambda at: measure_fill_rate(mean, deviation, quantity, at, lumpy) - fill_rate,
        mean - quantity - 10 * deviation,
        mean + 10 * deviation,
    )
    found: Floats = np.where(deviation > 0, level, mean - (1.0 - fill_rate) * quantity)
    return found


def measure_fill_rate(
    mean: Numbers, deviation: Numbers, quantity: Numbers, level: Numbers, lumpy: Bools | bool | None = None
) -> Floats:
    """Return the share of demand that an (s, Q) policy meets from stock; arguments as in `find_reorder_point`."""
    lumpy = is_lumpy(mean, deviation) if lumpy is None else lumpy
    short = expect_short(level, mean, deviation, lumpy)
    found: Floats = 1.0 - (short - expect_short(np.add(level, quantity), mean, deviation, lumpy)) / quantity
    return found


def find_order_up_to(
    rate: Numbers,
    rate_deviation: Numbers,
    lead_time: Numbers,
    review: Numbers,
    fill_rate: Numbers,
    lead_time_deviation: Numbers = 0.0,
) -> Floats:
    """Return the level up to which to order at every review so that the wanted share of demand is met from stock.

    All arguments broadcast.

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
    given = _arrays(rate, rate_deviation, lead_time, review, fill_rate, lead_time_deviation)
    rate, rate_deviation, lead_time, review, fill_rate, lead_time_deviation = given
    is_right = bool(((review > 0) & (rate > 0)).all())
    _refuse_unless(is_right, "review", "reviews come and demand is above 0", (review, rate))
    _refuse_unless(
        bool(((fill_rate > 0) & (fill_rate < 1)).all()), "fill rate", "a fill rate lies between 0 and 1", fill_rate
    )
    late, wide = combine_spread(rate, rate_deviation, lead_time + review, lead_time_deviation)
    return _search(
        lambda at: measure_periodic_fill(rate, rate_deviation, lead_time, review, at, lead_time_deviation) - fill_rate,
        -10 * (late + wide),
        late + 10 * wide + 1e-9,
    )


def measure_periodic_fill(
    rate: Numbers,
    rate_deviation: Numbers,
    lead_time: Numbers,
    review: Numbers,
    level: Numbers,
    lead_time_deviation: Numbers = 0.0,
) -> Floats:
    """Return the share of demand met from stock when every review orders up to a level; see `find_order_up_to`."""
    late, wide = combine_spread(rate, rate_deviation, np.add(lead_time, review), lead_time_deviation)
    soon, narrow = combine_spread(rate, rate_deviation, lead_time, lead_time_deviation)
    lumpy = is_lumpy(late, wide)
    short = expect_short(level, late, wide, lumpy) - expect_short(level, soon, narrow, lumpy)
    found: Floats = 1.0 - short / np.multiply(rate, review)
    return found


def find_undershoot(rate: Numbers, rate_deviation: Numbers, review: Numbers) -> tuple[Floats, Floats]:
    """Return mean and deviation of what stock is below a reorder point when a review sees it there.

    The residual of the demand between two reviews (renewal theory). All arguments broadcast.

    Parameters
    ----------
    rate, rate_deviation
        Of the demand in a unit of time, as in `combine_spread`; rate > 0.
    review
        Units of time between reviews, > 0.
    """
    rate, rate_deviation, review = _arrays(rate, rate_deviation, review)
    one, variance = rate * review, rate_deviation**2 * review
    mean = (variance + one**2) / (2.0 * one)
    # Third moment of a gamma demand, which is never negative.
    third = one**3 * (1.0 + variance / one**2) * (1.0 + 2.0 * variance / one**2)
    return mean, np.sqrt(np.maximum(third / (3.0 * one) - mean**2, 0.0))


def find_reorder_pair(
    rate: Numbers,
    rate_deviation: Numbers,
    lead_time: Numbers,
    review: Numbers,
    quantity: Numbers,
    fill_rate: Numbers,
    lead_time_deviation: Numbers = 0.0,
) -> tuple[Floats, Floats]:
    """Return reorder point and level up to which to order, (s, S), so that the wanted share is met from stock.

    Every review that finds stock on hand and on order at the reorder point or below orders up to the level. All
    arguments broadcast.

    Parameters
    ----------
    rate, rate_deviation, lead_time, lead_time_deviation
        As in `combine_spread`.
    review
        Units of time between reviews, > 0.
    quantity
        Ordered in the mean, no less than the mean undershoot (`find_undershoot`).
    fill_rate
        Between 0 and 1.

    Raises
    ------
    InputError
        When a number is out of range.
    """
    given = _arrays(rate, rate_deviation, lead_time, review, quantity, fill_rate, lead_time_deviation)
    rate, rate_deviation, lead_time, review, quantity, fill_rate, lead_time_deviation = given
    is_right = bool(((review > 0) & (rate > 0) & (quantity > 0)).all())
    _refuse_unless(is_right, "review", "reviews come, demand and orders are above 0", (review, rate, quantity))
    _refuse_unless(
        bool(((fill_rate > 0) & (fill_rate < 1)).all()), "fill rate", "a fill rate lies between 0 and 1", fill_rate
    )
    known = rate, rate_deviation, lead_time, review, quantity
    under, _ = find_undershoot(rate, rate_deviation, review)
    mean, deviation = combine_spread(rate, rate_deviation, lead_time + review, lead_time_deviation)
    level = _search(
        lambda at: measure_pair_fill(*known, at, lead_time_deviation) - fill_rate,
        -quantity - 10 * (mean + deviation),
        mean + 10 * deviation + 1e-9,
    )
    return level, level + quantity - under


def measure_pair_fill(
    rate: Numbers,
    rate_deviation: Numbers,
    lead_time: Numbers,
    review: Numbers,
    quantity: Numbers,
    level: Numbers,
    lead_time_deviation: Numbers = 0.0,
) -> Floats:
    """Return the share of demand that an (s, S) policy meets from stock; see `find_reorder_pair`.

    Short at the end of a lead time is what undershoot and its demand exceed the reorder point by; short at its
    beginning, what its demand alone exceeds the upper level by.
    """
    mean, deviation = combine_spread(rate, rate_deviation, lead_time, lead_time_deviation)
    under, under_deviation = find_undershoot(rate, rate_deviation, review)
    late, wide = mean + under, np.sqrt(deviation**2 + under_deviation**2)
    upper = np.add(level, quantity) - under
    lumpy = is_lumpy(late, wide)
    short = expect_short(level, late, wide, lumpy) - expect_short(upper, mean, deviation, lumpy)
    found: Floats = 1.0 - short / quantity
    return found


def _arrays(*values: Numbers) -> tuple[Floats, ...]:
    return tuple(np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values)))


def _search(miss: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Halve between bounds until `miss`, which rises, crosses 0; bounds that do not hold it are widened upwards."""
    low, high = np.array(low), np.array(high)
    for _ in range(WIDENINGS):
        beyond = miss(high) < 0
        if not beyond.any():
            break
        high = np.where(beyond, high + (high - low), high)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        is_low = miss(middle) < 0
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return 0.5 * (low + high)


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
