"""What changes around the machines: hours, shifts, outages, deliveries, fatigue."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.floor.draw_time import ABSENCE, OUTAGE_DOWN, OUTAGE_UP, draw_time
from drumbeat.twin.engine.floor.moments import OPENS_OR_CLOSES, OUTAGE_CHANGE, SHIFT, TICK, WINDOW_CHANGE, push
from drumbeat.twin.engine.floor.records import HAS_FATIGUE, HAS_WEAR, TICK_SECONDS, Floor
from drumbeat.twin.engine.floor.share import add_material, count_present, send_order, wake_pool
from drumbeat.twin.engine.floor.upkeep import update_wear
from drumbeat.twin.engine.floor.work import resume_work, stop_work

MOST_ABSENT = 0.9
SHIFT_ROOM = 1 << 16
"""Units of a pool whose absence is drawn one by one."""


@bare
def _change_of(floor: Floor, k: int, at: int) -> float:
    """Moment within the cycle of a calendar's change: even ones open, odd ones close."""
    calendar = floor.calendar[k]
    count = calendar.end - calendar.first
    return floor.numbers[calendar.first + (at >> 1) + (count if at & 1 else 0)]


@bare
def plan_change(floor: Floor, k: int, now: float) -> None:
    """Plan a calendar's next change; a closing that an opening follows at once is none."""
    calendar = floor.calendar[k]
    count = 2 * (calendar.end - calendar.first)
    while True:
        if calendar.at >= count:
            if calendar.cycle == math.inf:
                return
            calendar.at = 0
            calendar.cycle_began += calendar.cycle
        moment = calendar.cycle_began + _change_of(floor, k, calendar.at)
        follows = math.inf
        if calendar.at + 1 < count:
            follows = calendar.cycle_began + _change_of(floor, k, calendar.at + 1)
        elif calendar.cycle < math.inf:
            follows = calendar.cycle_began + calendar.cycle + _change_of(floor, k, 0)
        if calendar.at & 1 and follows <= moment:
            if count == 2:
                return  # always open
            calendar.at += 2
            if calendar.at > count:
                calendar.at = 1
                calendar.cycle_began += calendar.cycle
            continue
        push(floor, max(moment, now), OPENS_OR_CLOSES, k)
        return


@bare
def begin_calendar(floor: Floor, k: int) -> None:
    """Begin a calendar at 0: closed until its first opening."""
    calendar = floor.calendar[k]
    calendar.at, calendar.cycle_began, calendar.is_closed = 0, 0.0, 0
    if calendar.end == calendar.first or _change_of(floor, k, 0) > 0.0:
        _set_closed(floor, k, 0.0)
    else:
        calendar.at = 1
    if calendar.end > calendar.first:
        plan_change(floor, k, 0.0)


@bare
def _set_closed(floor: Floor, k: int, now: float) -> None:
    calendar = floor.calendar[k]
    calendar.is_closed = 1
    for i in range(calendar.machine0, calendar.machine1):
        m = floor.lists[i]
        floor.machine[m].closed = 1
        stop_work(floor, m, now)


@bare
def change_calendar(floor: Floor, k: int, now: float) -> None:
    """Open or close the machines of a calendar."""
    calendar = floor.calendar[k]
    if calendar.at & 1:
        _set_closed(floor, k, now)
    else:
        calendar.is_closed = 0
        for i in range(calendar.machine0, calendar.machine1):
            m = floor.lists[i]
            floor.machine[m].closed = 0
            resume_work(floor, m, now)
    calendar.at += 1
    plan_change(floor, k, now)


@bare
def change_shift(floor: Floor, c: int, now: float) -> None:
    """Begin a pool's next shift: its size, its overtime, who is absent."""
    pool = floor.pool[c]
    count_present(floor, c, now)
    count = pool.at1 - pool.at0
    size = int(floor.numbers[pool.at0 + count + pool.at])
    pool.size, pool.over = size, int(floor.numbers[pool.at0 + 2 * count + pool.at])
    pool.present = size
    share = min(MOST_ABSENT, pool.absence * (1.0 + pool.more_absent * pool.fatigue))
    if share > 0.0:
        for unit in range(size):
            if uniform(floor.luck[0], pool.key, ABSENCE, pool.shift * SHIFT_ROOM + unit) < share:
                pool.present -= 1
    pool.shift += 1
    pool.at += 1
    if pool.at < count:
        push(floor, pool.cycle_began + floor.numbers[pool.at0 + pool.at], SHIFT, c)
    elif pool.cycle < math.inf:
        pool.at = 0
        pool.cycle_began += pool.cycle
        push(floor, pool.cycle_began, SHIFT, c)
    wake_pool(floor, c)


@bare
def _change_down(floor: Floor, o: int, change: int, now: float) -> None:
    """Begin or end one of the reasons for which an outage is on."""
    outage = floor.outage[o]
    outage.num_down += change
    if outage.num_down == (1 if change > 0 else 0):
        for i in range(outage.machine0, outage.machine1):
            m = floor.lists[i]
            floor.machine[m].stopped += change
            if change > 0:
                stop_work(floor, m, now)
            else:
                resume_work(floor, m, now)
        if change < 0:
            for b in range(len(floor.material)):
                material = floor.material[b]
                while material.outage == o and material.held > 0:
                    material.held -= 1
                    send_order(floor, b, now)


@bare
def plan_outage(floor: Floor, o: int, now: float) -> None:
    """Plan when a chance outage begins, or when the one that is on ends."""
    outage = floor.outage[o]
    n = outage.drawn >> 1
    if outage.drawn & 1:
        u = uniform(floor.luck[0], outage.key, OUTAGE_DOWN, n)
        spent = draw_time(floor, outage.down_kind, outage.down_mean, outage.down_shape, u)
    else:
        if outage.up_mean <= 0.0:
            return
        u = uniform(floor.luck[0], outage.key, OUTAGE_UP, n)
        spent = draw_time(floor, outage.up_kind, outage.up_mean, outage.up_shape, u)
    push(floor, now + spent, OUTAGE_CHANGE, o)


@bare
def change_outage(floor: Floor, o: int, now: float) -> None:
    """Begin or end a chance outage."""
    outage = floor.outage[o]
    _change_down(floor, o, -1 if outage.drawn & 1 else 1, now)
    outage.drawn += 1
    plan_outage(floor, o, now)


@bare
def plan_window(floor: Floor, o: int, now: float) -> None:
    """Plan the next change of an outage's known windows: even ones begin, odd ones end."""
    outage = floor.outage[o]
    count = outage.window1 - outage.window0
    if outage.window < 2 * count:
        moment = floor.numbers[outage.window0 + (outage.window >> 1) + (count if outage.window & 1 else 0)]
        push(floor, max(moment, now), WINDOW_CHANGE, o)


@bare
def change_window(floor: Floor, o: int, now: float) -> None:
    """Begin or end a known window of an outage."""
    outage = floor.outage[o]
    _change_down(floor, o, -1 if outage.window & 1 else 1, now)
    outage.window += 1
    plan_window(floor, o, now)


@bare
def receive_material(floor: Floor, b: int, now: float) -> None:
    """Receive one order quantity of a material."""
    material = floor.material[b]
    material.on_order = max(material.on_order - material.order_quantity, 0.0)
    add_material(floor, b, material.order_quantity, now)


@bare
def deliver(floor: Floor, w: int, now: float) -> None:
    """Receive an order that was open at the start."""
    receipt = floor.receipt[w]
    material = floor.material[receipt.material]
    material.on_order = max(material.on_order - receipt.quantity, 0.0)
    add_material(floor, receipt.material, receipt.quantity, now)


@bare
def pass_tick(floor: Floor, now: float) -> None:
    """Bring wear and fatigue up to date."""
    passed = floor.clock[TICK_SECONDS]
    if floor.counter[HAS_WEAR]:
        for m in range(len(floor.machine)):
            if floor.machine[m].care1 > floor.machine[m].care0:
                update_wear(floor, m, now)
    if floor.counter[HAS_FATIGUE]:
        for c in range(len(floor.pool)):
            pool = floor.pool[c]
            count_present(floor, c, now)
            keeps = (1.0 - pool.recover) ** (passed / 86_400.0)
            pool.fatigue = pool.fatigue * keeps + pool.build * pool.over_share_hours
            pool.over_share_hours = 0.0
    push(floor, now + passed, TICK, 0)
