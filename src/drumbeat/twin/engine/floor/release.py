"""Arrivals: what sources, lists and materials that are made release."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.floor.draw_time import ARRIVAL, draw_time
from drumbeat.twin.engine.floor.memory import RELEASE_SPLIT, call_far, floor_at
from drumbeat.twin.engine.floor.moments import ARRIVES, LISTED_ORDER, push
from drumbeat.twin.engine.floor.records import NEXT_LISTED, Floor, hot
from drumbeat.twin.engine.floor.route import admit, release_lot, release_order


@bare
def _stretch(floor: Floor, d: int, begin: float, interval: float) -> float:
    """Moment at which an interval ends that begins at a moment and passes at the speed of the source's factor."""
    source = floor.source[d]
    count = source.at1 - source.at0
    factor, i = 1.0, 0
    while i < count and floor.numbers[source.at0 + i] <= begin:
        factor = floor.numbers[source.at0 + count + i]
        i += 1
    moment = begin
    while i < count:
        change = floor.numbers[source.at0 + i]
        if factor > 0.0 and moment + interval / factor <= change:
            return moment + interval / factor
        interval -= (change - moment) * factor
        moment, factor = change, floor.numbers[source.at0 + count + i]
        i += 1
    return moment + interval / factor if factor > 0.0 else math.inf


@hot
def plan_arrival(floor: Floor, d: int, now: float) -> None:
    """Draw a source's next arrival."""
    source = floor.source[d]
    u = uniform(floor.luck[0], source.key, ARRIVAL, source.drawn)
    source.drawn += 1
    interval = draw_time(floor, source.between_kind, source.between_mean, source.between_shape, u)
    moment = now + interval
    if source.at1 > source.at0:
        moment = _stretch(floor, d, now, interval)
    if moment < math.inf:
        push(floor, moment, ARRIVES, d)


@hot
def release_new(floor: Floor, p: int, now: float) -> None:
    """Release one order of a product, of its usual pieces."""
    product = floor.product[p]
    due = now + product.due_seconds
    if product.transfer <= 0:
        i = release_lot(floor, p, product.pieces, now, due, now)
        admit(floor, i, product.step0, now)
    else:
        call_far(floor, RELEASE_SPLIT, p, 0, 0, now, 0.0, 0.0)


@njit(nogil=True, _nrt=False)
def release_split(address: int, p: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Release an order of a product in transfer lots; far, see `call_far`."""
    floor = floor_at(address)
    product = floor.product[p]
    due = now + product.due_seconds
    release_order(floor, p, product.pieces, now, due, product.priority, 0, product.step0, now)
    return 0.0


@hot
def receive_arrival(floor: Floor, d: int, now: float) -> None:
    """Release what a source brings, and draw its next arrival."""
    source = floor.source[d]
    for _ in range(source.lots):
        release_new(floor, source.product, now)
    plan_arrival(floor, d, now)


@bare
def release_listed(floor: Floor, now: float) -> None:
    """Release the next order of the list, and plan the one after it."""
    n = floor.counter[NEXT_LISTED]
    floor.counter[NEXT_LISTED] = n + 1
    order = floor.listed[n]
    release_order(
        floor, order.product, order.pieces, order.release, order.due, order.priority, order.key, order.step, now
    )
    plan_listed(floor, now)


@bare
def plan_listed(floor: Floor, now: float) -> None:
    """Plan the next order of the list."""
    n = floor.counter[NEXT_LISTED]
    if n < len(floor.listed):
        push(floor, max(floor.listed[n].release, now), LISTED_ORDER, 0)


@bare
def release_pending(floor: Floor, now: float) -> None:
    """Release what replaces lots that have left, and what stocks have ordered."""
    for p in range(len(floor.product)):
        while floor.product[p].to_release > 0:
            floor.product[p].to_release -= 1
            release_new(floor, p, now)
    for b in range(len(floor.material)):
        material = floor.material[b]
        while material.to_make > 0:
            material.to_make -= 1
            p = material.maker
            product = floor.product[p]
            pieces, due = int(material.order_quantity), now + product.due_seconds
            release_order(floor, p, pieces, now, due, product.priority, 0, product.step0, now)


@hot
def supply_saturated(floor: Floor, group: int, now: float) -> None:
    """Release a lot for each free machine of a group that never starves."""
    queue = floor.group[group]
    p = floor.source[queue.source].product
    while queue.size < queue.num_free:
        release_new(floor, p, now)
