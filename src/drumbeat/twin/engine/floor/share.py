"""Units of pools and materials: what is held while work goes on, and what is used up."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.floor.draw_time import LATENESS, draw_time
from drumbeat.twin.engine.floor.kinds import DURING_BOTH
from drumbeat.twin.engine.floor.moments import RECEIPT, push
from drumbeat.twin.engine.floor.queue import mark
from drumbeat.twin.engine.floor.records import PENDING, REPAIRS, Floor, hot

MOST_ORDERS = 32
"""Orders of a material that are placed at one moment, at most; the next use orders on."""


@hot
def count_held(floor: Floor, c: int, now: float) -> None:
    """Bring the integral of what is held of a pool up to now, before it changes."""
    pool = floor.pool[c]
    pool.held_integral += pool.held * (now - pool.since)
    pool.since = now


@bare
def count_present(floor: Floor, c: int, now: float) -> None:
    """Bring the integrals of what is there of a pool up to now, before it changes."""
    pool = floor.pool[c]
    passed = now - pool.sized
    pool.sized = now
    pool.present_integral += pool.present * passed
    if pool.over > 0:
        pool.over_integral += min(pool.over, pool.present) * passed
        pool.over_share_hours += pool.over / pool.size * passed / 3600.0


@bare
def hold_units(floor: Floor, s: int, phase: int, now: float) -> bool:
    """Take the units that a step needs in a phase; none where one is lacking, which is marked as wanted then."""
    step = floor.step[s]
    for i in range(step.need0, step.need1):
        need = floor.need[i]
        if need.phase == DURING_BOTH or need.phase == 1 - phase:
            pool = floor.pool[need.of]
            if pool.present - pool.held < need.amount:
                pool.is_wanted = 1
                return False
    for i in range(step.need0, step.need1):
        need = floor.need[i]
        if need.phase == DURING_BOTH or need.phase == 1 - phase:
            count_held(floor, need.of, now)
            floor.pool[need.of].held += int(need.amount)
    return True


@bare
def lacks_units(floor: Floor, s: int, phase: int) -> bool:
    """Whether a step lacks units for a phase; what it lacks is marked as wanted."""
    step = floor.step[s]
    for i in range(step.need0, step.need1):
        need = floor.need[i]
        if need.phase == DURING_BOTH or need.phase == 1 - phase:
            pool = floor.pool[need.of]
            if pool.present - pool.held < need.amount:
                pool.is_wanted = 1
                return True
    return False


@bare
def release_units(floor: Floor, s: int, phase: int, now: float) -> None:
    """Give the units of a phase back, and have those that want them looked at."""
    step = floor.step[s]
    for i in range(step.need0, step.need1):
        need = floor.need[i]
        if need.phase == DURING_BOTH or need.phase == 1 - phase:
            count_held(floor, need.of, now)
            floor.pool[need.of].held -= int(need.amount)
            wake_pool(floor, need.of)


@bare
def wake_pool(floor: Floor, c: int) -> None:
    """Have all that wait for units of a pool looked at: it has more than before."""
    pool = floor.pool[c]
    if pool.is_wanted:
        pool.is_wanted = 0
        for i in range(pool.group0, pool.group1):
            mark(floor, floor.lists[i])
        if floor.counter[REPAIRS] >= 0:
            floor.counter[PENDING] += 1


@bare
def lacks_material(floor: Floor, lot: int, now: float) -> bool:
    """Whether the material is not there that a lot takes at its step; what is short is marked as wanted."""
    step = floor.step[floor.lot[lot].step]
    pieces = floor.lot[lot].pieces
    is_short = False
    for i in range(step.use0, step.use1):
        need = floor.need[i]
        material = floor.material[need.of]
        # A hair of slack: stocks are sums of floats.
        if material.stock < need.amount * pieces - 1e-9 * (1.0 + material.stock):
            is_short = True
            want_material(floor, need.of, now)
    return is_short


@bare
def want_material(floor: Floor, b: int, now: float) -> None:
    """Mark a material as waited for."""
    material = floor.material[b]
    if material.is_wanted == 0:
        material.is_wanted = 1
        material.short_since = now


@bare
def use_materials(floor: Floor, lot: int, now: float) -> None:
    """Take the material that a lot uses at its step."""
    step = floor.step[floor.lot[lot].step]
    for i in range(step.use0, step.use1):
        take_material(floor, floor.need[i].of, floor.need[i].amount * floor.lot[lot].pieces, now)


@bare
def take_material(floor: Floor, b: int, quantity: float, now: float) -> None:
    """Use a material up, and order it again where that is due."""
    material = floor.material[b]
    material.integral += material.stock * (now - material.since)
    material.since = now
    material.stock = max(material.stock - quantity, 0.0)
    material.used += quantity
    order_again(floor, b, now)


@bare
def order_again(floor: Floor, b: int, now: float) -> None:
    """Order a material as often as stock and open orders are at most its reorder point."""
    material = floor.material[b]
    if material.order_quantity <= 0.0:
        return
    count = 0
    while material.stock + material.on_order <= material.reorder_point and count < MOST_ORDERS:
        count += 1
        material.on_order += material.order_quantity
        if material.maker >= 0:
            material.to_make += 1
            floor.counter[PENDING] += 1
        elif material.outage >= 0 and floor.outage[material.outage].num_down > 0:
            material.held += 1
        else:
            send_order(floor, b, now)


@bare
def send_order(floor: Floor, b: int, now: float) -> None:
    """Let a supplier deliver one order quantity after its lead time."""
    material = floor.material[b]
    u = uniform(floor.luck[0], material.key, LATENESS, material.drawn)
    material.drawn += 1
    lead = draw_time(floor, material.lead_kind, material.lead_mean, material.lead_shape, u)
    push(floor, now + lead, RECEIPT, b)


@bare
def add_material(floor: Floor, b: int, quantity: float, now: float) -> None:
    """Raise a stock, and have all that wait for it looked at."""
    material = floor.material[b]
    material.integral += material.stock * (now - material.since)
    material.since = now
    material.stock += quantity
    if material.is_wanted:
        material.is_wanted = 0
        material.short += now - material.short_since
        for i in range(material.group0, material.group1):
            mark(floor, floor.lists[i])
        if floor.counter[REPAIRS] >= 0:
            floor.counter[PENDING] += 1
