"""How much to order at once: the classic answers, each with what it costs.

Sources: Snyder and Shen, Fundamentals of Supply Chain Theory (2nd ed. 2019), chapters 3; Silver and Meal (1973).
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.findings import Finding, InputError


def _refuse_unless(is_right: bool, name: str, rule: str, value: object) -> None:
    if not is_right:
        raise InputError(Finding(name, rule, "Mend the number", value=str(value)))


def find_economic_quantity(order_cost: float, holding_cost: float, rate: float) -> tuple[float, float]:
    """Return the order quantity of least cost, and its cost per unit of time (price left out).

    Parameters
    ----------
    order_cost
        Money for each order, >= 0.
    holding_cost
        Money for a unit held for a unit of time, > 0.
    rate
        Units wanted in a unit of time, >= 0.

    Raises
    ------
    InputError
        When a number is out of range.
    """
    _refuse_unless(order_cost >= 0 and rate >= 0, "order", "cost and rate are 0 or more", (order_cost, rate))
    _refuse_unless(holding_cost > 0, "holding cost", "holding a unit costs something", holding_cost)
    quantity = sqrt(2.0 * order_cost * rate / holding_cost)
    return quantity, quantity * holding_cost


def find_discounted_quantity(
    order_cost: float, holding_share: float, rate: float, breaks: Floats, prices: Floats
) -> tuple[float, float]:
    """Return the order quantity of least cost under all-units price breaks, and its cost per unit of time.

    Parameters
    ----------
    order_cost, rate
        As in `find_economic_quantity`.
    holding_share
        Share of its price that holding a unit for a unit of time costs, > 0.
    breaks, prices
        Shape (B,): from `breaks[b]` units on each unit costs `prices[b]`; `breaks` rises from 0.

    Raises
    ------
    InputError
        When the breaks do not rise from 0.
    """
    rises = len(breaks) > 0 and breaks[0] == 0 and bool((np.diff(breaks) > 0).all()) and len(prices) == len(breaks)
    _refuse_unless(rises, "price breaks", "breaks rise from 0, and each has a price", list(breaks))
    best, least = 0.0, np.inf
    upper = np.append(breaks[1:], np.inf)
    for low, high, price in zip(breaks.tolist(), upper.tolist(), prices.tolist(), strict=True):
        holding = holding_share * price
        quantity = min(max(find_economic_quantity(order_cost, holding, rate)[0], low), high)
        if quantity <= 0 or (quantity >= high and high < np.inf):
            continue
        cost = rate * price + order_cost * rate / quantity + holding * quantity / 2.0
        if cost < least:
            best, least = quantity, cost
    return best, float(least)


@njit(nogil=True)
def plan_lots_exactly(demand: Floats, order_cost: float, holding_cost: float) -> Floats:
    """Return the lots of least cost for known demand, shape (T,): Wagner and Whitin's, orders at a period's start.

    Parameters
    ----------
    demand
        Shape (T,): units wanted in each period, >= 0.
    order_cost
        Money for each order.
    holding_cost
        Money for a unit carried from one period to the next.
    """
    horizon = len(demand)
    least = np.full(horizon + 1, np.inf)
    first = np.zeros(horizon + 1, np.int64)
    least[0] = 0.0
    for begin in range(horizon):
        carried = 0.0
        total = 0.0
        for end in range(begin, horizon):
            carried += demand[end] * (end - begin) * holding_cost
            total += demand[end]
            cost = least[begin] + carried + (order_cost if total > 0.0 else 0.0)
            if cost < least[end + 1]:
                least[end + 1], first[end + 1] = cost, begin
            # Carrying the last period's demand so far costs more than another order.
            if demand[end] * (end - begin) * holding_cost > order_cost and order_cost > 0.0:
                break
    lots = np.zeros(horizon)
    end = horizon
    while end > 0:
        lots[first[end]] = demand[first[end] : end].sum()
        end = first[end]
    return lots


@njit(nogil=True)
def plan_lots_by_silver_meal(demand: Floats, order_cost: float, holding_cost: float) -> Floats:
    """Return lots, shape (T,), that each cover as many periods as make the cost per period least (Silver and Meal)."""
    horizon = len(demand)
    lots = np.zeros(horizon)
    begin = 0
    while begin < horizon:
        if demand[begin] <= 0.0:
            begin += 1
            continue
        cost, best, end = order_cost, np.inf, begin
        while end < horizon:
            cost += demand[end] * (end - begin) * holding_cost
            if cost / (end - begin + 1) > best:
                break
            best = cost / (end - begin + 1)
            end += 1
        lots[begin] = demand[begin:end].sum()
        begin = end
    return lots


@njit(nogil=True)
def plan_lots_by_period(demand: Floats, periods: int) -> Floats:
    """Return lots, shape (T,), that each cover `periods` (>= 1) periods from the first with demand on."""
    horizon = len(demand)
    lots = np.zeros(horizon)
    begin = 0
    while begin < horizon:
        if demand[begin] <= 0.0:
            begin += 1
            continue
        end = min(begin + max(periods, 1), horizon)
        lots[begin] = demand[begin:end].sum()
        begin = end
    return lots


def measure_lots(demand: Floats, lots: Floats, order_cost: float, holding_cost: float) -> float:
    """Return what lots cost: orders, and units carried from each period to the next.

    Raises
    ------
    InputError
        Where the lots come too late for the demand.
    """
    stock = np.cumsum(lots - demand)
    short: Int64s = np.flatnonzero(stock < -1e-9)
    _refuse_unless(not len(short), "lots", "stock never falls below zero", f"period {short[0]}" if len(short) else "")
    return float((lots > 0).sum() * order_cost + stock.sum() * holding_cost)
