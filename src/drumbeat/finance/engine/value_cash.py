"""What a stream of cash is worth: net present value, internal rates of return, payback.

Formulas as in texts on capital budgeting (e.g. Brealey, Myers and Allen, Principles of Corporate Finance, 5-6) and as
spreadsheets define NPV with a first flow at time 0, XNPV, IRR, XIRR and MIRR.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from drumbeat.basics.arrays import Floats

DAYS_A_YEAR = 365.0
"""Spreadsheets count a year of 365 days in XNPV and XIRR."""
LOWEST_RATE = -0.999
HIGHEST_RATE = 1e6
GRID = 400
"""Rates at which a change of sign is looked for, denser near zero."""
ROUNDING = 1e-12
"""Share of the money moved up to which a balance counts as zero."""


def discount_factors(rate: float, times: ArrayLike) -> Floats:
    """Return what a unit of money at each time is worth now.

    Parameters
    ----------
    rate
        Per unit of time, above -1.
    times
        Units of time from now; any shape.

    Raises
    ------
    ValueError
        When the rate is -1 or less.
    """
    if not rate > -1:
        raise ValueError(f"a rate is above -1, not {rate}")
    factors: Floats = np.power(1.0 + rate, -np.asarray(times, dtype=np.float64))
    return factors


def find_present_value(rate: float, flows: ArrayLike, times: ArrayLike | None = None) -> float:
    """Return the net present value of flows.

    Parameters
    ----------
    rate
        Per unit of time, above -1.
    flows
        Shape (n,): money, negative = paid.
    times
        Shape (n,): units of time from now; None = 0, 1, 2, ...
    """
    money = np.asarray(flows, dtype=np.float64)
    when = np.arange(money.size) if times is None else np.asarray(times, dtype=np.float64)
    return float(money @ discount_factors(rate, when))


def find_return(flows: ArrayLike, times: ArrayLike | None = None) -> float:
    """Return the internal rate of return: the rate at which the present value is zero.

    Parameters
    ----------
    flows, times
        As of `find_present_value`; for XIRR, days / 365.

    Returns
    -------
    The rate per unit of time, above -0.999; the one nearest to zero where there are several; nan where there is none
    (all flows of one sign, or the value never crosses zero).
    """
    money = np.asarray(flows, dtype=np.float64)
    if not (np.any(money > 0) and np.any(money < 0)):
        return math.nan
    # Dense near zero, where rates are; the outer points catch losses and windfalls.
    steps = np.sinh(np.linspace(np.arcsinh(LOWEST_RATE * 50), np.arcsinh(HIGHEST_RATE * 50), GRID)) / 50
    values = np.array([find_present_value(rate, money, times) for rate in steps])
    exact = steps[values == 0.0]
    crossings = np.flatnonzero(np.sign(values[:-1]) * np.sign(values[1:]) < 0)
    roots = [float(rate) for rate in exact]
    for at in crossings:
        root = brentq(lambda rate: find_present_value(rate, money, times), steps[at], steps[at + 1], xtol=1e-14)
        roots.append(float(root))
    return min(roots, key=abs) if roots else math.nan


def find_modified_return(flows: ArrayLike, finance_rate: float, reinvest_rate: float) -> float:
    """Return the modified internal rate of return: money paid costs one rate, money earned is put to work at another.

    Parameters
    ----------
    flows
        Shape (n,), n >= 2: money at the end of each period, the first now.
    finance_rate, reinvest_rate
        Per period, above -1.

    Returns
    -------
    The rate per period; nan where nothing is paid or nothing is earned.
    """
    money = np.asarray(flows, dtype=np.float64)
    paid = -find_present_value(finance_rate, np.minimum(money, 0.0))
    earned = find_present_value(reinvest_rate, np.maximum(money, 0.0))
    if money.size < 2 or paid <= 0 or earned <= 0:
        return math.nan
    last = money.size - 1
    return float((earned * (1.0 + reinvest_rate) ** last / paid) ** (1.0 / last) - 1.0)


def find_payback(flows: ArrayLike, rate: float = 0.0) -> float:
    """Return after how many periods all money is back for good, a period's flow taken to come evenly.

    Parameters
    ----------
    flows
        Shape (n,): money of each period, the first now.
    rate
        Per period, for discounted payback; 0 = plain.

    Returns
    -------
    Periods from now, between whole ones by proportion; 0 when nothing is ever paid; nan when it is never back.
    """
    money = np.asarray(flows, dtype=np.float64)
    worth = money * discount_factors(rate, np.arange(money.size))
    balance = np.cumsum(worth)
    # What comes back to the penny is back: sums of floats miss zero by a rounding that differs between processors.
    below = np.flatnonzero(balance < -ROUNDING * np.cumsum(np.abs(worth)))
    if below.size == 0:
        return 0.0
    last = int(below[-1])
    if last == money.size - 1:
        return math.nan
    return last + float(-balance[last] / (balance[last + 1] - balance[last]))
