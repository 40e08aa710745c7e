"""Lots on their way: released, to their next step, into a queue, out of the system."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.floor.draw_time import DELAY, FOUND_AFTER, RUN, SKIP, TRAVEL, draw_time, lot_luck
from drumbeat.twin.engine.floor.kinds import FINISH, LOSE, RELEASE, SCRAP
from drumbeat.twin.engine.floor.moments import BATCH_WAITED, ENTERS, FOUND, push
from drumbeat.twin.engine.floor.queue import join_queue, mark
from drumbeat.twin.engine.floor.records import (
    BEGIN,
    FREE_LOT,
    FREE_ORDER,
    HAS_PERIODS,
    LOTS_LEFT,
    NUM_RELEASED,
    ORDERS_LEFT,
    PENDING,
    PERIOD,
    Floor,
    hot,
)
from drumbeat.twin.engine.floor.share import add_material, order_again
from drumbeat.twin.engine.floor.work import tell_lot


@hot
def count_wip(floor: Floor, p: int, change: int, now: float) -> None:
    """Change the number of a product's lots in the system, with its integral."""
    product = floor.product[p]
    product.wip_integral += product.wip * (now - product.since)
    product.since = now
    product.wip += change


@bare
def _skip_steps(floor: Floor, lot: int, step: int) -> int:
    last = floor.product[floor.lot[lot].product].step1
    while step < last and floor.step[step].skip > 0.0 and lot_luck(floor, lot, step, SKIP) < floor.step[step].skip:
        step += 1
    return step


@hot
def next_step(floor: Floor, lot: int, step: int) -> int:
    """Step at which a lot comes when it goes to `step`: that one or, as steps are skipped, a later one; -1 = none."""
    last = floor.product[floor.lot[lot].product].step1
    if step < last and floor.step[step].skip > 0.0:
        step = _skip_steps(floor, lot, step)
    return step if step < last else -1


@hot
def has_place(floor: Floor, group: int) -> bool:
    """Whether one more lot finds a place: in the queue, or at a machine that has none."""
    queue = floor.group[group]
    return queue.capacity < 0 or queue.size < queue.capacity + queue.num_empty


@hot
def enter_queue(floor: Floor, lot: int, group: int, now: float) -> None:
    """Put a lot into the queue of its step's group, and have the group looked at."""
    join_queue(floor, group, lot, now)
    mark(floor, group)
    step = floor.step[floor.lot[lot].step]
    if step.batch_slot >= 0 and step.batch_wait < 1e300:
        _time_batch(floor, lot, group, now)


@bare
def _time_batch(floor: Floor, lot: int, group: int, now: float) -> None:
    push(floor, now + floor.step[floor.lot[lot].step].batch_wait, BATCH_WAITED, group)


@bare
def wait_outside(floor: Floor, lot: int, group: int) -> None:
    """Let a lot that finds no place wait outside a group."""
    queue = floor.group[group]
    floor.lot[lot].next = -1
    if queue.outside_tail >= 0:
        floor.lot[queue.outside_tail].next = lot
    else:
        queue.outside_head = lot
    queue.outside_tail = lot


@bare
def pass_through(floor: Floor, lot: int, step: int, now: float) -> None:
    """Let a lot do a step that takes no machine and no material: its run time and its delay pass."""
    at = floor.step[step]
    spent = draw_time(floor, at.run_kind, at.run_mean, at.run_shape, lot_luck(floor, lot, step, RUN))
    spent *= floor.lot[lot].pieces if at.unit == 1 else 1
    if at.delay_mean > 0.0:
        u = lot_luck(floor, lot, step, DELAY)
        spent += draw_time(floor, at.delay_kind, at.delay_mean, at.delay_shape, u)
    floor.lot[lot].step = step
    floor.lot[lot].is_passing = 1
    push(floor, now + spent, ENTERS, lot)


@bare
def arrive(floor: Floor, lot: int, step: int, now: float) -> None:
    """Let a lot that holds no machine arrive at a step: into its queue, or outside where there is no place."""
    group = floor.step[step].group
    if group < 0:
        pass_through(floor, lot, step, now)
        return
    floor.lot[lot].step = step
    if has_place(floor, group):
        enter_queue(floor, lot, group, now)
    else:
        wait_outside(floor, lot, group)


@hot
def seconds_away(floor: Floor, lot: int, from_step: int, to_step: int) -> float:
    """Seconds between the end of a step and the arrival at the next: the delay and the move."""
    at = floor.step[from_step]
    spent = 0.0
    if at.delay_mean > 0.0:
        u = lot_luck(floor, lot, from_step, DELAY)
        spent = draw_time(floor, at.delay_kind, at.delay_mean, at.delay_shape, u)
    if to_step >= 0 and len(floor.move) > 0:
        spent += _draw_move(floor, lot, from_step, floor.step[to_step].group)
    return spent


@bare
def _draw_move(floor: Floor, lot: int, from_step: int, to_group: int) -> float:
    from_group = floor.step[from_step].group
    if from_group < 0 or to_group < 0:
        return 0.0
    num_areas = int(len(floor.move) ** 0.5 + 0.5)
    move = floor.move[floor.group[from_group].area * num_areas + floor.group[to_group].area]
    return draw_time(floor, move.kind, move.mean, move.shape, lot_luck(floor, lot, from_step, TRAVEL))


@hot
def release_lot(floor: Floor, p: int, pieces: int, release: float, due: float, now: float) -> int:
    """Take a free lot and give it a product; the caller sets what differs from a lot of a source."""
    i = floor.counter[FREE_LOT]
    lot, product = floor.lot[i], floor.product[p]
    floor.counter[FREE_LOT] = lot.next
    floor.counter[LOTS_LEFT] -= 1
    lot.product, lot.pieces, lot.priority = p, pieces, product.priority
    lot.serial, lot.key, lot.loops, lot.order = product.serial, 0, 0, -1
    product.serial += 1
    lot.number = floor.counter[NUM_RELEASED]
    floor.counter[NUM_RELEASED] += 1
    lot.release, lot.due, lot.is_used = release, due, 1
    lot.dedicated_step, lot.dedicated_step1, lot.limit_step, lot.has_defect = -1, -1, -1, 0
    lot.step, lot.is_passing = product.step0, 0
    product.released += 1
    count_wip(floor, p, 1, now)
    tell_lot(floor, now, RELEASE, -1, i)
    return i


@hot
def drop_lot(floor: Floor, i: int, now: float) -> None:
    """Take a lot out of the system, finished or scrapped."""
    lot = floor.lot[i]
    product = floor.product[lot.product]
    count_wip(floor, lot.product, -1, now)
    product.residence += now - max(lot.release, floor.clock[BEGIN])
    if product.closed_source >= 0:
        product.to_release += 1
        floor.counter[PENDING] += 1
    lot.is_used = 0
    lot.next = floor.counter[FREE_LOT]
    floor.counter[FREE_LOT] = i
    floor.counter[LOTS_LEFT] += 1


@bare
def _close_order(floor: Floor, i: int, is_finished: bool, now: float) -> None:
    """Count a lot of an order of several; the order is finished with the last of them."""
    lot = floor.lot[i]
    order = floor.order[lot.order]
    order.lots -= 1
    if is_finished:
        order.has_finished = 1
    if order.lots == 0:
        if order.has_finished:
            _count_order(floor, lot.product, order.due, now)
        order.next = floor.counter[FREE_ORDER]
        floor.counter[FREE_ORDER] = lot.order
        floor.counter[ORDERS_LEFT] += 1


@hot
def _count_order(floor: Floor, p: int, due: float, now: float) -> None:
    product = floor.product[p]
    product.orders_finished += 1
    if now <= due:
        product.orders_on_time += 1
    else:
        product.tardiness += now - due


@bare
def lower_order(floor: Floor, p: int, pieces: int, now: float) -> None:
    """Take pieces that a product will not bring any more off the open orders of the material that it makes."""
    b = floor.product[p].makes
    if b >= 0 and floor.material[b].maker == p:
        floor.material[b].on_order = max(floor.material[b].on_order - pieces, 0.0)
        order_again(floor, b, now)


@hot
def finish_lot(floor: Floor, i: int, now: float) -> None:
    """Count a lot as finished, and take it out of the system."""
    lot = floor.lot[i]
    product = floor.product[lot.product]
    product.finished += 1
    product.pieces_finished += lot.pieces
    cycle = now - lot.release
    product.cycle += cycle
    product.cycle_squares += cycle * cycle
    if lot.order < 0:
        _count_order(floor, lot.product, lot.due, now)
    else:
        _close_order(floor, i, True, now)
    if floor.counter[HAS_PERIODS]:
        _count_period(floor, i, now)
    tell_lot(floor, now, FINISH, -1, i)
    if lot.has_defect:
        _let_escape(floor, i, now)
    if product.makes >= 0:
        add_material(floor, product.makes, lot.pieces, now)
        lower_order(floor, lot.product, lot.pieces, now)
    drop_lot(floor, i, now)


@bare
def _count_period(floor: Floor, i: int, now: float) -> None:
    k = int((now - floor.clock[BEGIN]) / floor.clock[PERIOD])
    floor.periods[min(k, len(floor.periods) - 1), floor.lot[i].product] += floor.lot[i].pieces


@bare
def _let_escape(floor: Floor, i: int, now: float) -> None:
    lot = floor.lot[i]
    product = floor.product[lot.product]
    product.escaped += 1
    u = uniform(floor.luck[0], product.key ^ lot.key, FOUND_AFTER, lot.serial)
    after = draw_time(floor, product.found_kind, product.found_mean, product.found_shape, u)
    push(floor, now + after, FOUND, lot.product)


@bare
def scrap_lot(floor: Floor, i: int, now: float) -> None:
    """Count a lot as scrapped, and take it out of the system."""
    lot = floor.lot[i]
    product = floor.product[lot.product]
    product.scrapped += 1
    product.pieces_scrapped += lot.pieces
    lower_order(floor, lot.product, lot.pieces, now)
    if lot.order >= 0:
        _close_order(floor, i, False, now)
    tell_lot(floor, now, SCRAP, -1, i)
    drop_lot(floor, i, now)


@bare
def lose_lot(floor: Floor, i: int, now: float) -> None:
    """Count an arrival as lost: it never was in the system."""
    lot = floor.lot[i]
    product = floor.product[lot.product]
    product.lost += 1
    product.released -= 1
    if lot.order >= 0:
        _close_order(floor, i, False, now)
    tell_lot(floor, now, LOSE, -1, i)
    drop_lot(floor, i, now)


@bare
def admit(floor: Floor, i: int, step: int, now: float) -> None:
    """Let a new lot come to a step: it may be lost, skip steps, or wait outside."""
    lot = floor.lot[i]
    at = next_step(floor, i, step)
    if at < 0:
        finish_lot(floor, i, now)
        return
    group = floor.step[at].group
    if group >= 0 and floor.product[lot.product].is_lost and not has_place(floor, group):
        lose_lot(floor, i, now)
        return
    arrive(floor, i, at, now)


@bare
def release_order(
    floor: Floor, p: int, pieces: int, release: float, due: float, priority: int, key: int, step: int, now: float
) -> None:
    """Release an order: one lot, or as many as its transfer lots ask for; only the first has its key's serial 0."""
    product = floor.product[p]
    size = product.transfer if 0 < product.transfer < pieces else pieces
    order = -1
    if size < pieces:
        order = floor.counter[FREE_ORDER]
        floor.counter[FREE_ORDER] = floor.order[order].next
        floor.counter[ORDERS_LEFT] -= 1
        floor.order[order].lots = (pieces + size - 1) // size
        floor.order[order].has_finished = 0
        floor.order[order].due = due
    part = 0
    while pieces > 0:
        taken = min(size, pieces)
        pieces -= taken
        i = release_lot(floor, p, taken, release, due, now)
        lot = floor.lot[i]
        lot.order, lot.priority = order, priority
        if key != 0:
            lot.key = key
            lot.serial = part
            product.serial -= 1
            part += 1
        admit(floor, i, step, now)
