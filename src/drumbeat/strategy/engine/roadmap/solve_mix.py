"""What to make with the hours there are: the product mix of the highest margin, in a microsecond or two.

Maximise margin @ x where load @ x <= hours and 0 <= x <= demand. Only groups that the whole demand would overload can
bind, since loads are not negative: the program has their rows alone. With one such row, products are taken by margin
for an hour of it (Goldratt's rule, then exact); with more, by the simplex method for bounded variables (Dantzig 1955).
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import bare, njit

TINY = 1e-9


@bare
def fill_mix(hours: Floats, load: Floats, margin: Floats, demand: Floats, table: Floats, bounds: Floats,
             rows: Int64s) -> float:  # fmt: skip
    """Return the highest margin; kernel of `solve_mix`, with its room for work: `table` (G + 1, K + 1), `bounds`
    (2, G + K), `rows` (G + K)."""
    groups, flows = load.shape
    count = 0
    total = 0.0
    for k in range(flows):
        if margin[k] > 0.0:
            total += margin[k] * demand[k]
    for g in range(groups):
        used = 0.0
        for k in range(flows):
            if margin[k] > 0.0:
                used += load[g, k] * demand[k]
        if used > hours[g] * (1.0 + TINY) + TINY:
            rows[count] = g
            count += 1
    if count == 0:
        return total
    if count == 1:
        return _take_by_rate(hours, load, margin, demand, rows[0])
    return _solve(hours, load, margin, demand, table, bounds, rows, count)


@bare
def _take_by_rate(hours: Floats, load: Floats, margin: Floats, demand: Floats, g: int) -> float:
    """One scarce group: leave out those that earn least for an hour of it, as much as is too much."""
    flows = len(margin)
    total, over = 0.0, -hours[g]
    for k in range(flows):
        if margin[k] > 0.0:
            total += margin[k] * demand[k]
            over += load[g, k] * demand[k]
    floor = 0.0
    for _ in range(flows):
        best, rate = -1, np.inf
        for k in range(flows):
            if margin[k] > 0.0 and load[g, k] > 0.0 and demand[k] > 0.0:
                own = margin[k] / load[g, k]
                # Each product once, in the order of its rate; of equal ones, by number.
                if own < rate and own > floor:
                    best, rate = k, own
        if best < 0:
            break
        for k in range(flows):
            if margin[k] > 0.0 and load[g, k] > 0.0 and demand[k] > 0.0 and margin[k] / load[g, k] == rate:
                less = min(over / load[g, k], demand[k])
                total -= less * margin[k]
                over -= less * load[g, k]
                if over <= TINY:
                    return total
        floor = rate
    return total


@bare
def _solve(hours: Floats, load: Floats, margin: Floats, demand: Floats, table: Floats, bounds: Floats, rows: Int64s,
           count: int) -> float:  # fmt: skip
    """Simplex on the rows that can bind: `table[i, k]` the entries, `table[i, flows]` what is left of row i, the last
    row the margins; `bounds[0]` the most of each basic variable, `bounds[1]` the most of each other one."""
    flows = len(margin)
    for i in range(count):
        g = rows[i]
        for k in range(flows):
            table[i, k] = load[g, k]
        table[i, flows] = hours[g]
        bounds[0, i] = np.inf
    for k in range(flows):
        table[count, k] = margin[k]
        bounds[1, k] = demand[k]
    total = 0.0
    for step in range(20 * (count + flows)):
        enter = _choose(table, bounds, count, flows, step > 10 * (count + flows))
        if enter < 0:
            break
        leave, most, is_upper = -1, bounds[1, enter], False
        for i in range(count):
            a = table[i, enter]
            if a > TINY and table[i, flows] < most * a:
                leave, most, is_upper = i, table[i, flows] / a, False
            elif a < -TINY and bounds[0, i] - table[i, flows] < most * -a:
                leave, most, is_upper = i, (bounds[0, i] - table[i, flows]) / -a, True
        total += table[count, enter] * most
        if leave >= 0:
            _pivot(table, bounds, count, flows, leave, enter, most, is_upper)
            continue
        for i in range(count):
            table[i, flows] -= most * table[i, enter]
        for i in range(count + 1):
            table[i, enter] = -table[i, enter]
    return total


@bare
def _choose(table: Floats, bounds: Floats, count: int, flows: int, is_first: bool) -> int:
    """Which variable enters: that of the highest margin, or the first that helps (Bland 1977); -1 = none."""
    enter, best = -1, TINY
    for k in range(flows):
        if table[count, k] > best and bounds[1, k] > 0.0:
            enter, best = k, table[count, k]
            if is_first:
                break
    return enter


@bare
def _pivot(table: Floats, bounds: Floats, count: int, flows: int, leave: int, enter: int, most: float,
           is_upper: bool) -> None:  # fmt: skip
    """Exchange a basic variable that has reached a bound for the one that enters at `most`."""
    if is_upper:  # count it from its upper bound down
        for k in range(flows):
            table[leave, k] = -table[leave, k]
        table[leave, flows] = bounds[0, leave] - table[leave, flows]
    p = table[leave, enter]
    for i in range(count):
        if i != leave:
            table[i, flows] -= most * table[i, enter]
    for k in range(flows):
        if k != enter:
            ratio = table[leave, k] / p
            if ratio != 0.0:
                for i in range(count + 1):
                    if i != leave:
                        table[i, k] -= table[i, enter] * ratio
            table[leave, k] = ratio
    for i in range(count + 1):
        if i != leave:
            table[i, enter] = -table[i, enter] / p
    table[leave, enter] = 1.0 / p
    table[leave, flows] = most
    swap = bounds[0, leave]
    bounds[0, leave] = bounds[1, enter]
    bounds[1, enter] = swap


@njit(nogil=True)
def solve_mix(hours: Floats, load: Floats, margin: Floats, demand: Floats) -> float:
    """Return the highest margin that the hours allow.

    Parameters
    ----------
    hours
        Shape (G,): hours of each group, >= 0.
    load
        Shape (G, K): hours that a unit takes, >= 0.
    margin
        Shape (K,): of a unit; what earns nothing is not made.
    demand
        Shape (K,): units that can be sold, >= 0 and finite.
    """
    groups, flows = load.shape
    table = np.empty((groups + 1, flows + 1))
    return fill_mix(
        hours, load, margin, demand, table, np.empty((2, groups + flows)), np.empty(groups + flows, np.int64)
    )
