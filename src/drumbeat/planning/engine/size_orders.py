"""How large an order is and whom it is given to: lot rules, the choice among methods, and what a supplier has room for.

Compiled, called by the loops of netting only.
"""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.compiled import bare, inner, njit
from drumbeat.inventory.engine.size_lots import plan_lots_by_silver_meal, plan_lots_exactly
from drumbeat.planning.engine.problem import (
    BY_PERIOD,
    ECONOMIC,
    ECONOMIC_PERIOD,
    FAR_FUTURE,
    FAR_PAST,
    LEAST_COST,
    SILVER_MEAL,
)

SMALLEST = 1e-7
"""Quantities below this are rounding errors."""
DAY, WEEK = 86_400, 7 * 86_400
WEEKS_AFTER = 104
"""Weeks after the last need in which a supplier whose weeks are full is still asked."""
LONGEST_COVER = 36_500.0
"""Days that an economic lot may last."""
MOST_PERIODS = 2_000
"""Periods that a lot rule looks ahead; needs after that are ordered as they come."""


@bare
def lot_size(wanted: float, minimum: float, multiple: float, maximum: float) -> float:
    """Round a wanted quantity to an order that keeps the lot rules; a larger rest needs further orders."""
    size = max(wanted, minimum)
    if multiple > 0:
        size = np.ceil(size / multiple - 1e-9) * multiple
    if size > maximum:
        size = maximum
        if 0 < multiple <= maximum:
            size = np.floor(maximum / multiple + 1e-9) * multiple
    return size


@bare
def lead_time(method: int, quantity: float, lead: Int64s, lead_per_unit: Floats) -> int:
    """Elapsed seconds from the start of an order to its receipt."""
    return lead[method] + int(np.ceil(lead_per_unit[method] * quantity - 1e-6))


@bare
def find_room(used: float, capacity: float, minimum: float, multiple: float) -> float:
    """Largest order that a supplier's week still takes: 0, or a quantity that keeps the lot rules.

    A smallest lot above the capacity fills a week of its own.
    """
    room = capacity - used
    if used <= 0.0:
        room = max(room, minimum, multiple)
    if multiple > 0:
        room = np.floor(room / multiple + 1e-9) * multiple
    return 0.0 if room < minimum or room <= SMALLEST else room


@bare
def find_week(
    method: int, first: int, week: int, capacity: Floats, lots: tuple[Floats, Floats, Floats], used: Floats
) -> float:
    """Largest order that a supplier still takes in a week; `first` is the first method of the buffer."""
    place = min(week, used.shape[1] - 1)
    return find_room(used[method - first, place], capacity[method], lots[0][method], lots[1][method])


@bare
def choose_earlier(
    methods: tuple[int, int],
    when: int,
    lead: Int64s,
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    lots: tuple[Floats, Floats, Floats],
    used: Floats,
) -> tuple[int, int, float]:
    """Take the preferred limited method with room in an earlier week, the latest such; as `choose_method`."""
    for method in range(methods[0], methods[1]):
        if capacity[method] == np.inf:
            continue
        for week in range(min(max(when, 0) // WEEK, used.shape[1]) - 1, -1, -1):
            arrives = (week + 1) * WEEK - 1
            start = arrives - lead[method]
            if start < 0:
                break
            room = find_week(method, methods[0], week, capacity, lots, used)
            if room > 0 and valid[0][method] <= start < valid[1][method]:
                return method, arrives, min(room, lots[2][method])
    return -1, when, 0.0


@bare
def find_first(
    method: int,
    first: int,
    when: int,
    lead: Int64s,
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    lots: tuple[Floats, Floats, Floats],
    used: Floats,
) -> tuple[int, float]:
    """When a method can deliver first from `when` on, and the largest order then."""
    arrives, room = max(when - lead[method], 0, valid[0][method]) + lead[method], lots[2][method]
    if capacity[method] == np.inf:
        return arrives, room
    for week in range(arrives // WEEK, max(used.shape[1], arrives // WEEK + 1)):
        room = find_week(method, first, week, capacity, lots, used)
        if room > 0:
            return max(arrives, week * WEEK), min(room, lots[2][method])
    return arrives, 0.0


@bare
def choose_method(
    methods: tuple[int, int],
    when: int,
    slack: int,
    lead: Int64s,
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    lots: tuple[Floats, Floats, Floats],
    used: Floats,
) -> tuple[int, int, float]:
    """Take the preferred method that can deliver by then; else any that can before; else the one that comes first.

    Parameters
    ----------
    when
        When it is wanted, seconds.
    slack
        How much later the preferred one may deliver before another one is asked (safety time).
    capacity, used
        Units that arrive in a week at most, by method, and those taken by orders so far: shape (number of these
        methods, weeks), empty where no method of the buffer is limited.

    Returns
    -------
    tuple
        Method (-1 = none ever), when its order arrives or is wanted, and the largest order.
    """
    maximum = lots[2]
    for method in range(methods[0], methods[1]):
        # What is wanted in the past is ordered now.
        start = max(when - lead[method], 0)
        if valid[0][method] <= start < valid[1][method] and lead[method] <= max(when + slack, 0):
            if capacity[method] == np.inf:
                return method, when, maximum[method]
            room = find_week(method, methods[0], max(when, 0) // WEEK, capacity, lots, used)
            if room > 0:
                return method, when, min(room, maximum[method])
    best, earliest, most = choose_earlier(methods, when, lead, valid, capacity, lots, used)
    if best >= 0:
        return best, earliest, most
    earliest = FAR_FUTURE
    for method in range(methods[0], methods[1]):
        arrives, room = find_first(method, methods[0], when, lead, valid, capacity, lots, used)
        if room > 0 and arrives < earliest and arrives - lead[method] < valid[1][method]:
            best, earliest, most = method, arrives, room
    if best >= 0 and capacity[best] == np.inf and max(when - lead[best], 0) >= valid[0][best]:
        # Only its lead time makes it late: what it should have been is told.
        return best, when, most
    return best, earliest, most


@bare
def add_bundled(
    step: int, need: Int64s, quantity: Floats, is_bundled: Bools, bundle_seconds: int, comes: int, room: float
) -> float:
    """Add up the bundled requirements after one, within the bundle's time and before the next receipt comes."""
    added = 0.0
    for ahead in range(step + 1, len(need)):
        is_after = need[ahead] >= need[step] + bundle_seconds or need[ahead] >= comes
        if is_after or not is_bundled[ahead] or added >= room:
            break
        added += quantity[ahead]
    return added


@bare
def find_shortage(
    step: int,
    need: Int64s,
    quantity: Floats,
    free: float,
    until: int,
    receipt_time: Int64s,
    receipt_quantity: Floats,
    taken: int,
) -> float:
    """Largest shortage from one requirement on to those before `until`, when receipts come as promised."""
    worst = free
    for ahead in range(step + 1, len(need)):
        if need[ahead] >= until:
            break
        while taken < len(receipt_time) and receipt_time[taken] <= need[ahead]:
            free += receipt_quantity[taken]
            taken += 1
        free -= quantity[ahead]
        worst = min(worst, free)
    return -worst


@inner
def count_weeks(methods: tuple[int, int], capacity: Floats, need: Int64s) -> Floats:
    """Weeks of the limited methods of a buffer, nothing ordered yet: empty where none is limited."""
    for method in range(methods[0], methods[1]):
        if capacity[method] < np.inf:
            last = need[-1] if len(need) else 0
            return np.zeros((methods[1] - methods[0], max(last, 0) // WEEK + WEEKS_AFTER))
    return np.zeros((0, 0))


@bare
def size_order(
    step: int,
    wanted: tuple[Int64s, Floats, Bools],
    free: float,
    bundle_seconds: int,
    receipts: tuple[Int64s, Floats, Bools],
    taken: int,
    cover: Int64s,
    most: float,
) -> float:
    """Quantity that an order for a requirement is to bring, before lots: what is missing, and what goes with it."""
    need, quantity, is_bundled = wanted
    if step < 0:
        return -free
    if cover[step] > need[step]:
        return find_shortage(step, need, quantity, free, cover[step], receipts[0], receipts[1], taken)
    if not is_bundled[step]:
        return -free
    comes = receipts[0][taken] if taken < len(receipts[0]) else FAR_FUTURE
    return -free + add_bundled(step, need, quantity, is_bundled, bundle_seconds, comes, most + free)


@bare
def _cover_economically(
    need: Int64s, quantity: Floats, rule: int, order_cost: float, holding_cost: float, cover: Int64s
) -> float:
    """Return the economic order quantity, or fill `cover` with the days for which it lasts; as `plan_covers`."""
    total = 0.0
    for units in quantity:
        total += units
    if holding_cost <= 0.0 or total <= 0.0:
        return 0.0
    daily = total / (max(need[-1], WEEK) / DAY)
    economic = np.sqrt(2.0 * order_cost * daily / holding_cost)
    if rule == ECONOMIC:
        return float(economic)
    days = max(int(np.round(min(economic / daily, LONGEST_COVER))), 1)
    for step in range(len(need)):
        cover[step] = need[step] + days * DAY
    return 0.0


@njit(nogil=True)
def plan_covers(
    need: Int64s,
    quantity: Floats,
    free: float,
    receipt_time: Int64s,
    receipt_quantity: Floats,
    rule: int,
    period: int,
    order_cost: float,
    holding_cost: float,
    cover: Int64s,
) -> float:
    """Fill `cover`: until when an order for each requirement also covers the later ones; return the smallest lot.

    Parameters
    ----------
    rule
        As `LotRules.rule`.
    period
        Seconds of a period, > 0.
    holding_cost
        Money for a unit kept for a day.
    """
    cover[:] = FAR_PAST
    if rule == BY_PERIOD:
        cover[:] = need + period
    if len(need) == 0:
        return 0.0
    if rule in (ECONOMIC, ECONOMIC_PERIOD):
        return _cover_economically(need, quantity, rule, order_cost, holding_cost, cover)
    if rule not in (LEAST_COST, SILVER_MEAL):
        return 0.0
    count = min(max(need[-1], 0) // period + 1, MOST_PERIODS)
    missing = np.zeros(count)
    taken = 0
    for step in range(len(need)):
        while taken < len(receipt_time) and receipt_time[taken] <= need[step]:
            free += receipt_quantity[taken]
            taken += 1
        free -= quantity[step]
        at = max(need[step], 0) // period
        if free < 0.0:
            if at < count:
                missing[at] -= free
            free = 0.0
    if rule == LEAST_COST:
        lots = plan_lots_exactly(missing, order_cost, holding_cost * period / DAY)
    else:
        lots = plan_lots_by_silver_meal(missing, order_cost, holding_cost * period / DAY)
    step = len(need) - 1
    until = count
    for at in range(count - 1, -1, -1):
        while step >= 0 and max(need[step], 0) // period >= at:
            if max(need[step], 0) // period < count:
                cover[step] = until * period
            step -= 1
        if lots[at] > 0:
            until = at
    return 0.0
