"""The event loop: moment after moment, until time, room or patience runs out."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare, njit
from drumbeat.twin.engine.floor.draw_time import salt_steps
from drumbeat.twin.engine.floor.end import end_run
from drumbeat.twin.engine.floor.kinds import CALENDAR, CONSTANT_WIP, END_RUN, RENEWAL, START_RUN
from drumbeat.twin.engine.floor.memory import BREAK_BUSY, GO_ON, HAPPEN_RARELY, SETTLE, call_far, floor_at
from drumbeat.twin.engine.floor.moments import (
    ARRIVES,
    BATCH_WAITED,
    CARE_DONE,
    CARE_DUE,
    DELIVERY,
    ENTERS,
    FAILS,
    FOUND,
    KIND_BITS,
    LISTED_ORDER,
    MOST_THINGS,
    OPENS_OR_CLOSES,
    OUTAGE_CHANGE,
    RECEIPT,
    REPAIRED_AT,
    SHIFT,
    TICK,
    WHO_BITS,
    WINDOW_CHANGE,
    WORK,
    close_gap,
    pop,
    push,
)
from drumbeat.twin.engine.floor.queue import mark
from drumbeat.twin.engine.floor.records import (
    HAS_FATIGUE,
    HAS_WEAR,
    HEAP_MARGIN,
    HEAP_SIZE,
    IS_TRACED,
    LOTS_LEFT,
    LOTS_MARGIN,
    NOW,
    ORDERS_LEFT,
    ORDERS_MARGIN,
    RUN_PHASE,
    SETUP,
    TICK_SECONDS,
    TRACED,
    Floor,
    hot,
)
from drumbeat.twin.engine.floor.release import plan_arrival, plan_listed, receive_arrival, release_listed, release_new
from drumbeat.twin.engine.floor.route import arrive, finish_lot
from drumbeat.twin.engine.floor.settle import settle
from drumbeat.twin.engine.floor.share import order_again, release_units
from drumbeat.twin.engine.floor.surround import (
    begin_calendar,
    change_calendar,
    change_outage,
    change_shift,
    change_window,
    deliver,
    pass_tick,
    plan_outage,
    plan_window,
    receive_material,
)
from drumbeat.twin.engine.floor.upkeep import begin_life, end_care, end_repair, fall_due, strike
from drumbeat.twin.engine.floor.work import begin_phase, tell_batch, turn_to_run

DONE, NEEDS_LOTS, NEEDS_HEAP, NEEDS_TRACE, NEEDS_ORDERS, PAUSED = range(6)
"""Why the loop came back: the time is reached; an array must grow; so many events are over."""

KIND_MASK = (1 << KIND_BITS) - 1
WHO_MASK = MOST_THINGS - 1


@bare
def _end_setup(floor: Floor, m: int, now: float) -> None:
    """End a setup; the run begins where its people and tools are there."""
    machine = floor.machine[m]
    s = floor.lot[machine.lot].step
    tell_batch(floor, now, END_RUN, m)
    if floor.step[s].need1 > floor.step[s].need0:
        release_units(floor, s, SETUP, now)
    machine.phase, machine.left, machine.began = RUN_PHASE, machine.run_seconds, -1.0
    begin_phase(floor, m, now, START_RUN)


@hot
def _end_work(floor: Floor, m: int, code: int, now: float) -> None:
    """End a machine's phase, or break it; an event that has been overtaken is passed over."""
    machine = floor.machine[m]
    if machine.pending != code:
        return
    if machine.fails:
        call_far(floor, BREAK_BUSY, m, 0, 0, now, 0.0, 0.0)
        return
    if machine.is_through:
        turn_to_run(floor, m)
    machine.busy += machine.left
    machine.left = 0.0
    machine.pending = -1
    if machine.phase == SETUP:
        _end_setup(floor, m, now)
    else:
        end_run(floor, m, now)


@hot
def _enter(floor: Floor, lot: int, now: float) -> None:
    if floor.lot[lot].is_passing:
        call_far(floor, GO_ON, lot, 0, 0, now, 0.0, 0.0)
    elif floor.lot[lot].target >= 0:
        arrive(floor, lot, floor.lot[lot].target, now)
    else:
        finish_lot(floor, lot, now)


@bare
def _happen_upkeep(floor: Floor, kind: int, who: int, code: int, now: float) -> bool:
    """Work off a breakdown, repair or care; whether it was one."""
    if kind == FAILS:
        if floor.life[who].pending == code:
            strike(floor, who, now)
    elif kind == REPAIRED_AT:
        end_repair(floor, who, now)
    elif kind == CARE_DUE:
        fall_due(floor, who, now)
    elif kind == CARE_DONE:
        end_care(floor, who, now)
    else:
        return False
    return True


@njit(nogil=True, _nrt=False)
def happen_rarely(address: int, kind: int, who: int, code: int, now: float, _y: float, _z: float) -> float:
    """Work off an event of any kind that is not among the most frequent; far, see `call_far`."""
    floor = floor_at(address)
    if _happen_upkeep(floor, kind, who, code, now):
        return 0.0
    if kind == LISTED_ORDER:
        release_listed(floor, now)
    elif kind == OPENS_OR_CLOSES:
        change_calendar(floor, who, now)
    elif kind == SHIFT:
        change_shift(floor, who, now)
    elif kind == OUTAGE_CHANGE:
        change_outage(floor, who, now)
    elif kind == WINDOW_CHANGE:
        change_window(floor, who, now)
    elif kind == RECEIPT:
        receive_material(floor, who, now)
    elif kind == DELIVERY:
        deliver(floor, who, now)
    elif kind == BATCH_WAITED:
        mark(floor, who)
    elif kind == TICK:
        pass_tick(floor, now)
    elif kind == FOUND:
        floor.product[who].found += 1
    return 0.0


@bare
def _find_need(floor: Floor) -> int:
    """Which array has too little room for one more event; `DONE` = none."""
    counter = floor.counter
    if counter[LOTS_LEFT] < counter[LOTS_MARGIN]:
        return NEEDS_LOTS
    if counter[HEAP_SIZE] + counter[HEAP_MARGIN] > len(floor.heap):
        return NEEDS_HEAP
    if counter[ORDERS_LEFT] < counter[ORDERS_MARGIN]:
        return NEEDS_ORDERS
    if counter[IS_TRACED]:
        # A moment may stop, end or begin the work of every lot there is: batches tell it lot by lot.
        told = 4 * (len(floor.lot) - counter[LOTS_LEFT])
        if counter[TRACED] + counter[HEAP_MARGIN] + told > len(floor.trace):
            return NEEDS_TRACE
    return DONE


@njit(nogil=True, _nrt=False)
def find_need(address: int) -> int:
    """Which array of the floor at an address has too little room for one more event; `DONE` = none."""
    return _find_need(floor_at(address))


@bare
def _reach(floor: Floor, until: float) -> None:
    """Set the clock, and let setups end that have ended by then."""
    floor.clock[NOW] = until
    for m in range(len(floor.machine)):
        if floor.machine[m].is_through and floor.machine[m].turns <= until:
            turn_to_run(floor, m)


@njit(nogil=True, _nrt=False)
def play(address: int, until: float, most_events: int) -> int:
    """Work off all events up to and including a moment.

    Parameters
    ----------
    address
        Of the floor's table, see `make_table`; the floor is changed in place.
    until
        Seconds; the clock stands there afterwards.
    most_events
        After so many the loop comes back `PAUSED`, so that a cancel is heard.

    Returns
    -------
    Why it came back: `DONE`, `PAUSED`, or which array must grow first.
    """
    floor = floor_at(address)
    counter, heap = floor.counter, floor.heap
    for _ in range(most_events):
        close_gap(floor)
        need = _find_need(floor)
        if need != DONE:
            return need
        if counter[HEAP_SIZE] == 0 or heap[0].time > until:
            _reach(floor, until)
            return DONE
        now = heap[0].time
        code = pop(floor)
        kind, who = (code >> WHO_BITS) & KIND_MASK, code & WHO_MASK
        if kind == WORK:
            _end_work(floor, who, code, now)
        elif kind == ARRIVES:
            receive_arrival(floor, who, now)
        elif kind == ENTERS:
            _enter(floor, who, now)
        else:
            call_far(floor, HAPPEN_RARELY, kind, who, code, now, 0.0, 0.0)
        settle(floor, now)
    close_gap(floor)
    return PAUSED


@bare
def _begin_flows(floor: Floor) -> None:
    for d in range(len(floor.source)):
        source = floor.source[d]
        if source.kind == RENEWAL:
            plan_arrival(floor, d, source.first)
        elif source.kind == CONSTANT_WIP:
            for _ in range(source.lots):
                release_new(floor, source.product, 0.0)
        else:
            mark(floor, floor.step[floor.product[source.product].step0].group)
    plan_listed(floor, 0.0)


@njit(nogil=True, _nrt=False)
def begin(address: int) -> None:
    """Begin a replication at 0: lives, shifts, calendars and sources draw, machines get their first lots."""
    floor = floor_at(address)
    salt_steps(floor)
    for c in range(len(floor.pool)):
        change_shift(floor, c, 0.0)
    for k in range(len(floor.calendar)):
        begin_calendar(floor, k)
    for o in range(len(floor.outage)):
        plan_outage(floor, o, 0.0)
        plan_window(floor, o, 0.0)
    for k in range(len(floor.life)):
        begin_life(floor, k, 0.0)
    for q in range(len(floor.care)):
        if floor.care[q].clock == CALENDAR:
            push(floor, floor.care[q].next, CARE_DUE, q)
    for w in range(len(floor.receipt)):
        push(floor, floor.receipt[w].time, DELIVERY, w)
    for b in range(len(floor.material)):
        order_again(floor, b, 0.0)
    if floor.counter[HAS_WEAR] or floor.counter[HAS_FATIGUE]:
        push(floor, floor.clock[TICK_SECONDS], TICK, 0)
    for m in range(len(floor.machine)):
        if floor.machine[m].busy_fail < 0.0:
            floor.machine[m].busy_fail = math.inf
    _begin_flows(floor)
    call_far(floor, SETTLE, 0, 0, 0, 0.0, 0.0, 0.0)
