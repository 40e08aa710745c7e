"""The loop of netting for items that are made together: one sweep over the needs of all of them, compiled."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.compiled import bare, inner, njit
from drumbeat.planning.engine.problem import FAR_PAST
from drumbeat.planning.engine.result import ORDER, RECEIPT, STOCK
from drumbeat.planning.engine.size_orders import (
    SMALLEST,
    WEEK,
    choose_method,
    count_weeks,
    lead_time,
    lot_size,
    plan_covers,
    size_order,
)


@bare
def find_per(method: int, buffer: int, outputs: tuple[Int64s, Int32s, Floats]) -> float:
    """Units of a buffer that come out beside a good unit of an order by a method; 0 = none."""
    ptr, product, per = outputs
    for out in range(ptr[method], ptr[method + 1]):
        if product[out] == buffer:
            return per[out]
    return 0.0


@bare
def find_next(members: Int32s, at: Int64s, req_ptr: Int64s, need: Int64s) -> int:
    """Member whose next need comes first; what is missing from the safety stock comes before all needs."""
    found, when = -1, FAR_PAST
    for one in range(len(members)):
        first = req_ptr[members[one]]
        if at[one] < first:
            return one
        if at[one] < req_ptr[members[one] + 1] and (found < 0 or need[at[one]] < when):
            found, when = one, need[at[one]]
    return found


@bare
def choose_maker(
    source: int,
    buffer: int,
    when: int,
    safety_seconds: int,
    method_ptr: Int64s,
    leads: tuple[Int64s, Floats],
    valid: tuple[Int64s, Int64s],
    capacity: Floats,
    lots: tuple[Floats, Floats, Floats],
    used: Floats,
    outputs: tuple[Int64s, Int32s, Floats],
    free: float,
) -> tuple[int, int, float, float]:
    """Choose how a member is had: method (-1 = never), arrival, largest order, and units of it for each unit made."""
    if source < 0:
        return -1, when, 0.0, 1.0
    theirs = (method_ptr[source], method_ptr[source + 1])
    method, arrival, most = choose_method(
        theirs, when - safety_seconds, safety_seconds, leads[0], valid, capacity, lots, used
    )
    per = 1.0
    if method >= 0 and source != buffer:
        per = find_per(method, buffer, outputs)
        for other in range(theirs[0], theirs[1]):
            if per == 0.0:
                per = find_per(other, buffer, outputs)
                method, most = other, lots[2][other]
        if per == 0.0:
            return -1, when, 0.0, 1.0
    if method >= 0 and arrival < when:
        # Time is short: what is left of the safety time is kept.
        arrival = max(arrival, min(when, lead_time(method, -free / per, leads[0], leads[1])))
    return method, arrival, most, per


@bare
def counts_on(
    receipts: tuple[Int64s, Floats, Bools],
    here: int,
    when: int,
    is_safety: bool,
    method: int,
    missing: float,
    arrival: int,
    most: float,
    leads: tuple[Int64s, Floats],
    lots: tuple[Floats, Floats, Floats],
) -> bool:
    """Whether netting counts on a receipt: it is there, can be moved, or comes no later than an order would."""
    arrives = receipts[0][here]
    if arrives <= when or receipts[2][here] or is_safety or method < 0:
        return True
    units = lot_size(missing, lots[0][method], lots[1][method], most)
    return arrives <= max(arrival, lead_time(method, units, leads[0], leads[1]))


@njit(nogil=True)
def net_group(
    members: Int32s, maker: Int32s, place: Int32s, req_ptr: Int64s, wanted: tuple[Int64s, Floats, Bools],
    bundle_seconds: int, stock: tuple[Floats, Floats], rec_ptr: Int64s, receipts: tuple[Int64s, Floats, Bools],
    rec_need: Int64s, rec_taken: Bools, method_ptr: Int64s, leads: tuple[Int64s, Floats],
    lots: tuple[Floats, Floats, Floats], valid: tuple[Int64s, Int64s], capacity: Floats,
    rules: tuple[Int8s, Int64s, Floats, Floats, Int64s], outputs: tuple[Int64s, Int32s, Floats],
) -> tuple[tuple[Int32s, Int32s, Floats, Int64s], tuple[Int8s, Int32s, Int32s, Floats]]:  # fmt: skip
    """Net buffers that come out of the same orders, by need, whichever of them it is.

    Each need is served from what is there, then by receipts, then by an order: by the buffer's own methods, or, where
    it has none, by more of what it comes out beside. Every order adds to all that comes out of it.

    Parameters
    ----------
    members
        Shape (G,): the buffers, those that are made first.
    maker
        Shape (G,): whose methods are asked where a member runs short; -1 = nobody's.
    place
        Shape (B,): position of each buffer among the members.
    outputs
        Pointer over methods, product and units of it; the other arguments are as in `net_level`.

    Returns
    -------
    tuple
        Orders (buffer, method, quantity, need), as placed, and pegs (source, supply, requirement, quantity); a supply
        of the kind `ORDER` is numbered by these orders, one of the kind `RECEIPT` by place.
    """
    need, quantity, is_bundled = wanted
    safety = rules[4]
    free, smallest = stock[0][members] - stock[1][members], np.zeros(len(members))
    at, taken = req_ptr[members] - 1, np.zeros(len(members), np.int64)
    used = [count_weeks((method_ptr[b], method_ptr[b + 1]), capacity, need[req_ptr[b] : req_ptr[b + 1]])
            for b in members]  # fmt: skip
    covers = [np.full(req_ptr[b + 1] - req_ptr[b], FAR_PAST) for b in members]
    _plan_group_covers(members, req_ptr, wanted, free, rec_ptr, receipts, rules, covers, smallest)
    placed = [(np.int32(0), np.int32(0), 0.0, np.int64(0)) for _ in range(0)]
    log = [(np.int64(0), np.int8(0), np.int32(0), 0.0) for _ in range(0)]
    for _ in range(len(members) + (req_ptr[members + 1] - req_ptr[members]).sum()):
        g = find_next(members, at, req_ptr, need)
        b, source, step = members[g], maker[g], at[g] - req_ptr[members[g]]
        mine, theirs = slice(req_ptr[b], req_ptr[b + 1]), slice(rec_ptr[b], rec_ptr[b + 1])
        when = np.int64(0) if step < 0 else need[at[g]]
        if step >= 0:
            free[g] -= quantity[at[g]]
        at[g] += 1
        while free[g] < -SMALLEST:
            method, arrival, most, per = choose_maker(
                source, b, when, safety[b], method_ptr, leads, valid, capacity, lots, used[place[source]], outputs,
                free[g],
            )  # fmt: skip
            here = rec_ptr[b] + taken[g]
            if here < rec_ptr[b + 1] and counts_on(
                receipts, here, when, step < 0, method, -free[g] / per, arrival, most, leads, lots
            ):
                rec_need[here] = receipts[0][here] if step < 0 else when - safety[b]
                rec_taken[here] = True
                log.append((np.int64(g), np.int8(RECEIPT), np.int32(here), receipts[1][here]))
                free[g] += receipts[1][here]
                taken[g] += 1
                continue
            if method < 0:
                break
            missing = -free[g] / per if source != b else size_order(
                step, (need[mine], quantity[mine], is_bundled[mine]), free[g], bundle_seconds,
                (receipts[0][theirs], receipts[1][theirs], receipts[2][theirs]), taken[g], covers[g], most,
            )  # fmt: skip
            units = lot_size(max(missing, min(smallest[g], most)), lots[0][method], lots[1][method], most)
            if units <= SMALLEST:
                break
            arrival = max(arrival, lead_time(method, units, leads[0], leads[1])) if step < 0 else arrival
            _use_week(used[place[source]], method - method_ptr[source], capacity[method], arrival, units)
            _bring(log, free, len(placed), place[source], units)
            for out in range(outputs[0][method], outputs[0][method + 1]):
                _bring(log, free, len(placed), place[outputs[1][out]], units * outputs[2][out])
            placed.append((np.int32(source), np.int32(method), units, np.int64(arrival)))
    return _take_orders(placed), _peg_group(members, req_ptr, quantity, stock[0], log)


@inner
def _bring(log: list[tuple[int, int, int, float]], free: Floats, order: int, member: int, units: float) -> None:
    """Note what an order brings to a member."""
    log.append((np.int64(member), np.int8(ORDER), np.int32(order), units))  # type: ignore[arg-type]
    free[member] += units


@bare
def _use_week(used: Floats, method: int, capacity: float, arrival: int, units: float) -> None:
    """Note what a limited method delivers in a week."""
    if capacity < np.inf:
        used[method, min(max(arrival, 0) // WEEK, used.shape[1] - 1)] += units


@inner
def _plan_group_covers(
    members: Int32s,
    req_ptr: Int64s,
    wanted: tuple[Int64s, Floats, Bools],
    free: Floats,
    rec_ptr: Int64s,
    receipts: tuple[Int64s, Floats, Bools],
    rules: tuple[Int8s, Int64s, Floats, Floats, Int64s],
    covers: list[Int64s],
    smallest: Floats,
) -> None:
    """Fill until when an order for each requirement covers the later ones, and the smallest lots, by the lot rules."""
    rule, period, order_cost, holding_cost, _ = rules
    for g in range(len(members)):
        b = members[g]
        mine, theirs = slice(req_ptr[b], req_ptr[b + 1]), slice(rec_ptr[b], rec_ptr[b + 1])
        if rule[b] > 0:
            smallest[g] = plan_covers(
                wanted[0][mine], wanted[1][mine], free[g], receipts[0][theirs], receipts[1][theirs],
                rule[b], period[b], order_cost[b], holding_cost[b], covers[g],
            )  # fmt: skip


@inner
def _take_orders(placed: list[tuple[int, int, float, int]]) -> tuple[Int32s, Int32s, Floats, Int64s]:
    count = len(placed)
    buffer, method = np.empty(count, np.int32), np.empty(count, np.int32)
    units, need = np.empty(count), np.empty(count, np.int64)
    for at in range(count):
        buffer[at], method[at], units[at], need[at] = placed[at]
    return buffer, method, units, need


@inner
def _peg_group(
    members: Int32s, req_ptr: Int64s, quantity: Floats, stock: Floats, log: list[tuple[int, int, int, float]]
) -> tuple[Int8s, Int32s, Int32s, Floats]:
    """Serve each member's requirements first come first served: from stock, then by what was taken in."""
    most = len(log) + len(members)
    for g in range(len(members)):
        most += req_ptr[members[g] + 1] - req_ptr[members[g]]
    source, supply = np.empty(most, np.int8), np.empty(most, np.int32)
    requirement, amount = np.empty(most, np.int32), np.empty(most)
    count = 0
    for g in range(len(members)):
        b = members[g]
        entry, kind, index, left = -1, STOCK, b, stock[b]
        for req in range(req_ptr[b], req_ptr[b + 1]):
            rest = quantity[req]
            while rest > SMALLEST:
                if left <= SMALLEST:
                    entry += 1
                    while entry < len(log) and log[entry][0] != g:
                        entry += 1
                    if entry >= len(log):
                        break
                    kind, index, left = log[entry][1], log[entry][2], log[entry][3]
                    continue
                served = min(rest, left)
                source[count], supply[count], requirement[count], amount[count] = kind, index, req, served
                count += 1
                rest -= served
                left -= served
    return source[:count], supply[:count], requirement[:count], amount[:count]
