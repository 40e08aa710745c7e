"""Go on with a floor that was carried over: what follows from its lots, lives and hours is set up again."""

from __future__ import annotations

import math

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.compiled import bare, njit
from drumbeat.twin.engine.floor.draw_time import salt_steps
from drumbeat.twin.engine.floor.end import unload
from drumbeat.twin.engine.floor.kinds import CALENDAR, CONSTANT_WIP, RENEWAL
from drumbeat.twin.engine.floor.memory import SETTLE, call_far, floor_at
from drumbeat.twin.engine.floor.moments import CARE_DUE, TICK, WORK, push
from drumbeat.twin.engine.floor.queue import mark
from drumbeat.twin.engine.floor.records import (
    CARING,
    FREE_LOT,
    HAS_FATIGUE,
    HAS_WEAR,
    HOLDING,
    LOTS_LEFT,
    READY,
    TICK_SECONDS,
    WORKING,
    Floor,
)
from drumbeat.twin.engine.floor.release import plan_arrival, plan_listed, release_new
from drumbeat.twin.engine.floor.route import arrive, finish_lot
from drumbeat.twin.engine.floor.share import order_again, send_order
from drumbeat.twin.engine.floor.surround import change_shift, plan_change, plan_outage, plan_window
from drumbeat.twin.engine.floor.upkeep import begin_life, find_busy_failure
from drumbeat.twin.engine.floor.work import count_empty, resume_work, show_work, stop_work, update_free

GONE = -3
"""Step of a lot whose remaining route has gone."""


@bare
def _hold_again(floor: Floor) -> None:
    """Hold again what work, repairs and care under way hold, even where a pool has become smaller."""
    for m in range(len(floor.machine)):
        machine = floor.machine[m]
        if machine.work == WORKING and machine.pending >= 0:
            s = floor.lot[machine.lot].step
            for i in range(floor.step[s].need0, floor.step[s].need1):
                need = floor.need[i]
                if need.phase == 2 or need.phase == 1 - machine.phase:
                    floor.pool[need.of].held += int(need.amount)
        elif machine.work == CARING and floor.care[machine.care].pool >= 0:
            floor.pool[floor.care[machine.care].pool].held += 1
    for k in range(len(floor.life)):
        life = floor.life[k]
        if life.pool >= 0 and life.fails_at == math.inf and life.is_waiting == 0 and life.begun > 0:
            floor.pool[life.pool].held += 1


@bare
def _resume_machine(floor: Floor, m: int, now: float) -> None:
    """Count a machine as it is, and stop it or let it go on as hours and outages now say."""
    machine = floor.machine[m]
    find_busy_failure(floor, m)
    machine.since = now
    if machine.is_through:
        # What nothing could stop before may have to stop now: its setup has an event of its own again.
        machine.is_through = 0
        if machine.lot >= 0 and machine.work == WORKING:
            machine.pending = push(floor, machine.turns, WORK, m)
    if machine.lot >= 0:
        count_empty(floor, m, -1)
    if machine.work == READY:
        floor.group[machine.group].num_ready += 1
    stops = machine.broken + machine.stopped + machine.closed
    if stops > 0:
        stop_work(floor, m, now)
    elif machine.work == WORKING and machine.pending < 0:
        resume_work(floor, m, now)
    update_free(floor, m)
    show_work(floor, m, now)


@bare
def _resume_line(floor: Floor, line: Int64s, now: float) -> None:
    """Let lots that waited queue again, in their order."""
    for k in range(len(line) - 1):
        i = line[k]
        lot = floor.lot[i]
        if lot.product < 0 or lot.is_used == 0:
            continue
        if lot.step == GONE:
            finish_lot(floor, i, now)
            continue
        entered = lot.entered
        arrive(floor, i, lot.step, now)
        lot.entered = entered
    for i in range(len(floor.lot)):
        lot = floor.lot[i]
        if lot.is_used and lot.product < 0:
            lot.is_used = 0
            lot.next = floor.counter[FREE_LOT]
            floor.counter[FREE_LOT] = i
            floor.counter[LOTS_LEFT] += 1


@bare
def _resume_supply(floor: Floor, new_outages: Bools, now: float) -> None:
    for o in range(len(floor.outage)):
        plan_window(floor, o, now)
        if new_outages[o]:
            plan_outage(floor, o, now)
    for b in range(len(floor.material)):
        material = floor.material[b]
        while material.held > 0 and (material.outage < 0 or floor.outage[material.outage].num_down == 0):
            material.held -= 1
            send_order(floor, b, now)
        order_again(floor, b, now)


@bare
def _resume_upkeep(floor: Floor, new_lives: Bools, now: float) -> None:
    for k in range(len(floor.life)):
        if new_lives[k]:
            begin_life(floor, k, now)
    for q in range(len(floor.care)):
        care = floor.care[q]
        if care.is_due:
            if 0.0 < care.patience < math.inf:
                push(floor, max(care.due_since + care.patience, now), CARE_DUE, q)
        elif care.clock == CALENDAR and floor.machine[care.machine].care != q:
            push(floor, max(care.next, now), CARE_DUE, q)


@bare
def _resume_flows(floor: Floor, new_sources: Bools, now: float) -> None:
    for d in range(len(floor.source)):
        source = floor.source[d]
        if source.kind == RENEWAL:
            if new_sources[d]:
                plan_arrival(floor, d, max(now, source.first))
        elif source.kind == CONSTANT_WIP:
            # More or fewer cards than before: lots are added at once, or fewer are replaced.
            for _ in range(source.lots - floor.product[source.product].wip):
                release_new(floor, source.product, now)
        else:
            mark(floor, floor.step[floor.product[source.product].step0].group)
    plan_listed(floor, now)
    if floor.counter[HAS_WEAR] or floor.counter[HAS_FATIGUE]:
        push(floor, now + floor.clock[TICK_SECONDS], TICK, 0)


@njit(nogil=True, _nrt=False)
def resume(address: int, now: float, line: Int64s, new_lives: Bools, new_sources: Bools, new_outages: Bools) -> None:
    """Go on with a floor whose arrays were carried over to another problem.

    Parameters
    ----------
    address
        Of the floor's table; the floor is changed in place.
    now
        Seconds.
    line
        Lots that wait, in their order, and one more entry that is not read.
    new_lives, new_sources, new_outages
        Which were not there before, and one more entry that is not read.
    """
    floor = floor_at(address)
    salt_steps(floor)
    for c in range(len(floor.pool)):
        change_shift(floor, c, now)
    for k in range(len(floor.calendar)):
        if floor.calendar[k].end > floor.calendar[k].first:
            plan_change(floor, k, now)
    _hold_again(floor)
    for m in range(len(floor.machine)):
        _resume_machine(floor, m, now)
    _resume_upkeep(floor, new_lives, now)
    _resume_supply(floor, new_outages, now)
    _resume_line(floor, line, now)
    for m in range(len(floor.machine)):
        if floor.machine[m].work == HOLDING and floor.machine[m].lot >= 0:
            unload(floor, m, now)
    _resume_flows(floor, new_sources, now)
    call_far(floor, SETTLE, 0, 0, 0, now, 0.0, 0.0)
