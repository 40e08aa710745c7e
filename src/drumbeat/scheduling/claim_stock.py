"""Let late demands that are more important take stock, and what is on order, from those that are less.

Rules, so that nobody has to guess:

- Who claims is late by the schedule, for what is made or bought too late for it; the most important claims first.
- Who gives is less important, wants the same item at the same site, and was given stock, or what is on order and there
  in time for the other. Of them the one that is due last gives first; nobody as important or more gives, nor anybody
  due before him.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.planning.plan_run import PlanRun
from drumbeat.scheduling.follow_supplies import Deliveries

ROUNDING = 1e-6


class Claim(NamedTuple):
    """Units of stock, or on order, that a demand takes from a less important one of its item and site."""

    demand: str
    giver: str
    quantity: float


def claim_stock(plan: PlanRun, found: Deliveries, *, taken: tuple[Claim, ...] = ()) -> tuple[Claim, ...]:
    """Find what late demands take from less important ones.

    Parameters
    ----------
    plan, found
        A plan with the due times that customers named, and what its schedule delivers when.
    taken
        Claims that the plan reckons with already: who claimed does so once.

    Returns
    -------
    tuple of Claim
        The most important first; empty where nobody is late, or nothing of less important ones would help.
    """
    demands, shares, at = plan.problem.demands, found.shares, found.share_times()
    is_late = at > np.maximum(demands.due[shares.demand], 0)
    size = plan.problem.num_demands
    in_time = np.bincount(shares.demand[~is_late], shares.quantity[~is_late], size)
    # What nothing serves at all is missing as well.
    missing = demands.quantity - in_time
    missing[missing <= ROUNDING * demands.quantity] = 0.0
    claimed = {claim.demand for claim in taken}
    late = [row for row in np.flatnonzero(missing > ROUNDING).tolist() if str(demands.keys[row]) not in claimed]
    if not late:
        return ()
    # Stock, or what is on order: not what is still to be made or bought.
    ready = np.flatnonzero((shares.supply < 0) | (shares.supply >= plan.orders.height))
    left = np.zeros(len(shares.demand))
    left[ready] = shares.quantity[ready]
    claims: list[Claim] = []
    for row in sorted(late, key=lambda row: (-demands.priority[row], demands.due[row], row)):
        claims += _claim(plan, row, float(missing[row]), ready[demands.buffer[shares.demand[ready]]
                         == demands.buffer[row]], shares.demand, at, left)  # fmt: skip
    return tuple(claims)


def _claim(
    plan: PlanRun, row: int, missing: float, ready: Int64s, owner: np.ndarray, at: Int64s, left: np.ndarray
) -> Iterator[Claim]:
    """Take what one demand misses from the last in line, in place of `left`."""
    demands = plan.problem.demands
    ready = ready[left[ready] > ROUNDING]
    order = ready[np.lexsort((demands.priority[owner[ready]], -demands.due[owner[ready]]))]
    for share in order.tolist():
        giver = int(owner[share])
        if missing <= ROUNDING:
            return
        if giver == row:
            continue
        if demands.priority[giver] >= demands.priority[row]:
            return
        if at[share] > max(int(demands.due[row]), 0):
            continue
        units = min(missing, float(left[share]))
        left[share] -= units
        missing -= units
        yield Claim(str(demands.keys[row]), str(demands.keys[giver]), units)
