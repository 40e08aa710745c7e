"""Starting: a machine takes a lot or gathers a batch, sets up, and runs."""

from __future__ import annotations

from drumbeat.basics.compiled import bare, njit
from drumbeat.twin.engine.floor.draw_time import RUN, draw_time, lot_luck
from drumbeat.twin.engine.floor.kinds import PER_BATCH, PER_PIECE
from drumbeat.twin.engine.floor.memory import GATHER, call_far, floor_at
from drumbeat.twin.engine.floor.queue import leave_queue
from drumbeat.twin.engine.floor.records import HAS_FATIGUE, RUN_PHASE, SETUP, Floor, hot
from drumbeat.twin.engine.floor.share import lacks_material, use_materials
from drumbeat.twin.engine.floor.work import begin_phase, count_empty, start_kind, update_free


@hot
def _run_seconds(floor: Floor, lot: int) -> float:
    s = floor.lot[lot].step
    step = floor.step[s]
    seconds = step.run_mean
    if step.run_kind != 0:
        seconds = draw_time(floor, step.run_kind, step.run_mean, step.run_shape, lot_luck(floor, lot, s, RUN))
    return seconds * floor.lot[lot].pieces if step.unit == PER_PIECE else seconds


@njit(nogil=True, _nrt=False)
def gather(address: int, group: int, first: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Link the lots of a batch behind its first one; return the seconds of its longest lot; far, see `call_far`."""
    floor = floor_at(address)
    slot, unit = floor.step[floor.lot[first].step].batch_slot, floor.step[floor.lot[first].step].unit
    room = floor.step[floor.lot[first].step].batch_max - floor.lot[first].pieces
    longest, last, lot = _run_seconds(floor, first), first, floor.group[group].head
    while lot >= 0:
        after = floor.lot[lot].next
        this = floor.lot[lot]
        if floor.step[this.step].batch_slot == slot and this.pieces <= room and not lacks_material(floor, lot, now):
            leave_queue(floor, group, lot, now)
            use_materials(floor, lot, now)
            note_start(floor, lot, now)
            room -= this.pieces
            floor.lot[last].next, last = lot, lot
            this.next = -1
            if unit != PER_BATCH:
                longest = max(longest, _run_seconds(floor, lot))
        lot = after
    return longest


@bare
def _note_limit(floor: Floor, lot: int, now: float) -> None:
    this = floor.lot[lot]
    if now > this.limit_by:
        floor.product[this.product].over_limit += 1
    this.limit_step = -1


@hot
def note_start(floor: Floor, lot: int, now: float) -> None:
    """Count a broken queue time limit of a lot that starts a step."""
    if floor.lot[lot].limit_step == floor.lot[lot].step:
        _note_limit(floor, lot, now)


@bare
def _slow_down(floor: Floor, step: int) -> float:
    """What fatigue of the pools of a step multiplies its time by."""
    factor = 1.0
    for i in range(floor.step[step].need0, floor.step[step].need1):
        pool = floor.pool[floor.need[i].of]
        factor *= 1.0 + pool.slower * pool.fatigue
    return factor


@hot
def start_lot(floor: Floor, m: int, group: int, lot: int, factor: float, change: float, now: float) -> None:
    """Let a free machine take a lot out of a group's queue, with those that make a batch with it.

    `change` are the seconds that its change of families takes.
    """
    machine = floor.machine[m]
    leave_queue(floor, group, lot, now)
    floor.lot[lot].next = -1
    s = floor.lot[lot].step
    step = floor.step[s]
    note_start(floor, lot, now)
    if step.use1 > step.use0:
        use_materials(floor, lot, now)
    seconds = _run_seconds(floor, lot) if step.batch_slot < 0 else call_far(floor, GATHER, group, lot, 0, now, 0.0, 0.0)
    if floor.counter[HAS_FATIGUE] and step.need1 > step.need0:
        seconds *= _slow_down(floor, s)
    if step.dedicate_slot == 0:
        floor.lot[lot].dedicated, floor.lot[lot].dedicated_step = m, step.dedicate_to
    elif step.dedicate_slot == 1:
        floor.lot[lot].dedicated1, floor.lot[lot].dedicated_step1 = m, step.dedicate_to
    machine.lot, machine.group = lot, group
    setup = step.setup + change
    if setup > 0.0 and machine.is_ahead and machine.ended == now:
        # It was set up for this lot while it ran the one before, as far as that took long enough.
        setup = max(setup - machine.run_seconds, 0.0)
    machine.run_seconds = seconds * factor
    count_empty(floor, m, -1)
    if step.family >= 0 and step.family != machine.family:
        machine.family, machine.made = step.family, 0
    machine.made += 1
    machine.phase = SETUP if setup > 0.0 else RUN_PHASE
    machine.left = setup if setup > 0.0 else machine.run_seconds
    machine.is_through = 1 if setup > 0.0 and machine.is_steady and step.keeps_units else 0
    machine.began = -1.0
    begin_phase(floor, m, now, start_kind(floor, m))
    update_free(floor, m)
