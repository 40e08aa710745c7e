"""Breakdowns, repairs and planned maintenance; wear that grows where maintenance is late."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare, njit
from drumbeat.basics.streams import uniform
from drumbeat.twin.engine.floor.draw_time import (
    CARE_SKIP,
    CARE_TIME,
    LIFE,
    REPAIR,
    RESIDUAL,
    draw_rest,
    draw_time,
)
from drumbeat.twin.engine.floor.kinds import BUSY, CALENDAR, END_CARE, FAIL, PAUSE, PIECES, REPAIRED, START_CARE
from drumbeat.twin.engine.floor.memory import floor_at
from drumbeat.twin.engine.floor.moments import CARE_DONE, CARE_DUE, FAILS, REPAIRED_AT, push
from drumbeat.twin.engine.floor.queue import mark
from drumbeat.twin.engine.floor.records import CARES_DUE, CARING, FREE, REPAIRS, WORKING, Floor
from drumbeat.twin.engine.floor.share import count_held, release_units, take_material, wake_pool, want_material
from drumbeat.twin.engine.floor.work import (
    resume_work,
    schedule_work,
    show_work,
    stop_work,
    tell_batch,
    tell_machine,
    update_free,
)


@bare
def find_busy_failure(floor: Floor, m: int) -> None:
    """Find the failure that a machine's busy clock reaches first."""
    machine = floor.machine[m]
    machine.busy_fail = math.inf
    for i in range(machine.life0, machine.life1):
        life = floor.life[floor.lists[i]]
        if life.clock == BUSY and life.fails_at < machine.busy_fail:
            machine.busy_fail, machine.busy_life = life.fails_at, floor.lists[i]


@bare
def begin_life(floor: Floor, k: int, now: float) -> None:
    """Draw a failure mode's next life, from now or from the reading of the busy clock on."""
    life = floor.life[k]
    u = uniform(floor.luck[0], life.key, LIFE, life.begun)
    if life.begun == 0 and life.is_aged:
        share = uniform(floor.luck[0], life.key, RESIDUAL, 0)
        drawn = draw_rest(floor, life.life_kind, life.life_mean, life.life_shape, u, share)
    else:
        drawn = draw_time(floor, life.life_kind, life.life_mean, life.life_shape, u)
    machine = floor.machine[life.machine]
    if life.clock == BUSY:
        life.fails_at = machine.busy + drawn / machine.wear
        find_busy_failure(floor, life.machine)
    else:
        life.fails_at = now + drawn / machine.wear
        life.pending = push(floor, life.fails_at, FAILS, k)


@njit(nogil=True, _nrt=False)
def break_busy(address: int, m: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Let a working machine break as its busy clock has reached the end of a life; far, see `call_far`."""
    floor = floor_at(address)
    machine = floor.machine[m]
    done = max(machine.busy_fail - machine.busy, 0.0)
    machine.left = max(machine.left - done, 0.0)
    machine.busy += done
    machine.pending = -1
    step = floor.lot[machine.lot].step
    if floor.step[step].need1 > floor.step[step].need0:
        release_units(floor, step, machine.phase, now)
    tell_batch(floor, now, PAUSE, m)
    strike(floor, machine.busy_life, now)
    return 0.0


@bare
def strike(floor: Floor, k: int, now: float) -> None:
    """Let a failure mode strike: the machine stops, and its repair begins or waits."""
    life = floor.life[k]
    life.failures += 1
    life.failed = now
    life.fails_at = math.inf
    life.pending = -1
    tell_machine(floor, now, FAIL, life.machine, k)
    floor.machine[life.machine].broken += 1
    stop_work(floor, life.machine, now)
    if life.clock == BUSY:
        find_busy_failure(floor, life.machine)
    if not _start_repair(floor, k, now):
        _wait_for_repair(floor, k)


@bare
def _start_repair(floor: Floor, k: int, now: float) -> bool:
    """Start a repair where a crew and a spare are there; what lacks is marked as wanted."""
    life = floor.life[k]
    if life.pool >= 0 and floor.pool[life.pool].present <= floor.pool[life.pool].held:
        floor.pool[life.pool].is_wanted = 1
        return False
    if life.spare >= 0 and floor.material[life.spare].stock < 1.0 - 1e-9:
        want_material(floor, life.spare, now)
        return False
    if life.pool >= 0:
        count_held(floor, life.pool, now)
        floor.pool[life.pool].held += 1
    if life.spare >= 0:
        take_material(floor, life.spare, 1.0, now)
    life.wait += now - life.failed
    u = uniform(floor.luck[0], life.key, REPAIR, life.begun)
    life.begun += 1
    drawn = draw_time(floor, life.repair_kind, life.repair_mean, life.repair_shape, u)
    push(floor, now + drawn, REPAIRED_AT, k)
    return True


@bare
def _wait_for_repair(floor: Floor, k: int) -> None:
    """Put a repair into the list of those that wait, behind all of the same priority."""
    life = floor.life[k]
    before, after = -1, floor.counter[REPAIRS]
    while after >= 0 and floor.life[after].priority <= life.priority:
        before, after = after, floor.life[after].next
    life.next = after
    life.is_waiting = 1
    if before >= 0:
        floor.life[before].next = k
    else:
        floor.counter[REPAIRS] = k


@bare
def start_repairs(floor: Floor, now: float) -> None:
    """Start the repairs that wait and now find their crew and spare, in order."""
    before, k = -1, floor.counter[REPAIRS]
    while k >= 0:
        after = floor.life[k].next
        if _start_repair(floor, k, now):
            floor.life[k].is_waiting = 0
            if before >= 0:
                floor.life[before].next = after
            else:
                floor.counter[REPAIRS] = after
        else:
            before = k
        k = after


@bare
def end_repair(floor: Floor, k: int, now: float) -> None:
    """End a repair: the crew is free, a new life begins, the machine goes on unless something else stops it."""
    life = floor.life[k]
    if life.pool >= 0:
        count_held(floor, life.pool, now)
        floor.pool[life.pool].held -= 1
        wake_pool(floor, life.pool)
    begin_life(floor, k, now)
    tell_machine(floor, now, REPAIRED, life.machine, k)
    floor.machine[life.machine].broken -= 1
    resume_work(floor, life.machine, now)


@bare
def read_clock(floor: Floor, q: int, now: float) -> float:
    """Read the clock that a care goes by."""
    care = floor.care[q]
    if care.clock == CALENDAR:
        return now
    machine = floor.machine[care.machine]
    return float(machine.pieces) if care.clock == PIECES else machine.busy


@bare
def fall_due(floor: Floor, q: int, now: float) -> None:
    """Let a care fall due, or leave it out; of one that is due already, its patience has run out."""
    care = floor.care[q]
    machine = floor.machine[care.machine]
    if care.is_due == 0:
        u = uniform(floor.luck[0], care.key, CARE_SKIP, care.drawn)
        if care.skip > 0.0 and u < care.skip:
            care.drawn += 1
            care.skipped += 1
            _plan_care(floor, q, care.next + care.interval)
            return
        care.is_due = 1
        care.due_since, care.booked = now, now
        machine.due_cares += 1
        floor.counter[CARES_DUE] += 1
        if 0.0 < care.patience < math.inf:
            push(floor, now + care.patience, CARE_DUE, q)
    for i in range(machine.queue0, machine.queue1):
        mark(floor, floor.lists[i])


@bare
def _plan_care(floor: Floor, q: int, reading: float) -> None:
    floor.care[q].next = reading
    if floor.care[q].clock == CALENDAR:
        push(floor, reading, CARE_DUE, q)


@njit(nogil=True, _nrt=False)
def check_care(address: int, m: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """See whether a run has brought a machine's cares by busy time or pieces due; far, see `call_far`."""
    floor = floor_at(address)
    machine = floor.machine[m]
    for i in range(machine.care0, machine.care1):
        q = floor.lists[i]
        care = floor.care[q]
        while care.clock != CALENDAR and care.is_due == 0 and read_clock(floor, q, now) >= care.next:
            fall_due(floor, q, now)
    return 0.0


@bare
def _try_care(floor: Floor, m: int, now: float) -> None:
    """Start one of the cares that are due at a free machine, unless work goes first or nobody is there."""
    machine = floor.machine[m]
    has_work = False
    for i in range(machine.queue0, machine.queue1):
        has_work |= floor.group[floor.lists[i]].size > 0
    for i in range(machine.care0, machine.care1):
        q = floor.lists[i]
        care = floor.care[q]
        if care.is_due == 0 or (has_work and now < care.due_since + care.patience):
            continue
        if care.pool >= 0:
            if floor.pool[care.pool].present <= floor.pool[care.pool].held:
                floor.pool[care.pool].is_wanted = 1
                continue
            count_held(floor, care.pool, now)
            floor.pool[care.pool].held += 1
        u = uniform(floor.luck[0], care.key, CARE_TIME, care.drawn)
        care.drawn += 1
        care.is_due = 0
        care.overdue += now - care.booked
        machine.due_cares -= 1
        floor.counter[CARES_DUE] -= 1
        machine.work, machine.care = CARING, q
        drawn = draw_time(floor, care.duration_kind, care.duration_mean, care.duration_shape, u)
        push(floor, now + drawn, CARE_DONE, m)
        tell_machine(floor, now, START_CARE, m, q)
        update_free(floor, m)
        show_work(floor, m, now)
        return


@njit(nogil=True, _nrt=False)
def care_round(address: int, group: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Start what care is due at free machines of a group; far, see `call_far`."""
    floor = floor_at(address)
    for i in range(floor.group[group].machine0, floor.group[group].machine1):
        machine = floor.machine[floor.lists[i]]
        if machine.due_cares > 0 and machine.is_free:
            _try_care(floor, floor.lists[i], now)
    return 0.0


@bare
def end_care(floor: Floor, m: int, now: float) -> None:
    """End a care: its clock and the machine's wear begin anew."""
    machine = floor.machine[m]
    care = floor.care[machine.care]
    if care.pool >= 0:
        count_held(floor, care.pool, now)
        floor.pool[care.pool].held -= 1
        wake_pool(floor, care.pool)
    care.done += 1
    care.last = read_clock(floor, machine.care, now)
    again = max(care.next + care.interval, care.last) if care.keeps_rhythm else care.last + care.interval
    _plan_care(floor, machine.care, again)
    machine.cared = machine.busy
    tell_machine(floor, now, END_CARE, m, machine.care)
    machine.work, machine.care = FREE, -1
    update_wear(floor, m, now)
    update_free(floor, m)
    show_work(floor, m, now)


@bare
def update_wear(floor: Floor, m: int, now: float) -> None:
    """Find how many times as often a machine fails as its cares are late, and stretch the lives under way to it."""
    machine = floor.machine[m]
    wear = 1.0
    for i in range(machine.care0, machine.care1):
        care = floor.care[floor.lists[i]]
        age = (read_clock(floor, floor.lists[i], now) - care.last) / care.interval
        if care.growth > 0.0 and age > 1.0:
            wear *= min(1.0 + care.growth * (age - 1.0), care.most)
    if wear == machine.wear:
        return
    ratio = machine.wear / wear
    machine.wear = wear
    is_working = machine.work == WORKING and machine.pending >= 0
    if is_working:
        done = min(now - machine.began, machine.left)
        machine.busy += done
        machine.left -= done
    for i in range(machine.life0, machine.life1):
        life = floor.life[floor.lists[i]]
        if life.clock == BUSY and life.fails_at < math.inf:
            life.fails_at = machine.busy + max(life.fails_at - machine.busy, 0.0) * ratio
        elif life.clock == CALENDAR and life.pending >= 0:
            life.fails_at = now + (life.fails_at - now) * ratio
            life.pending = push(floor, life.fails_at, FAILS, floor.lists[i])
    find_busy_failure(floor, m)
    if is_working:
        schedule_work(floor, m, now)
