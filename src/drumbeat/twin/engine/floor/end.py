"""The end of a step: scrapped, found faulty, sent back, or on to the next; the machine is unloaded."""

from __future__ import annotations

from drumbeat.basics.compiled import bare, njit
from drumbeat.twin.engine.floor.draw_time import DEFECT, DETECT, REWORK, SCRAP, draw_binomial, lot_luck
from drumbeat.twin.engine.floor.kinds import END_RUN, LEAVE, PER_PIECE
from drumbeat.twin.engine.floor.memory import CHECK_CARE, DECIDE, call_far, floor_at
from drumbeat.twin.engine.floor.moments import ENTERS, push
from drumbeat.twin.engine.floor.records import FREE, HAS_FATIGUE, NO_OUTCOME, PLAIN_OUTCOME, Floor, hot
from drumbeat.twin.engine.floor.route import (
    arrive,
    enter_queue,
    finish_lot,
    has_place,
    lower_order,
    next_step,
    pass_through,
    scrap_lot,
    seconds_away,
)
from drumbeat.twin.engine.floor.share import release_units
from drumbeat.twin.engine.floor.work import count_empty, hold_lots, show_work, tell_batch, tell_lot, update_free

SCRAPPED = -2
"""Instead of a step to go to."""

MOST_DRIFT = 10.0
MOST_LOOPS = 255


@bare
def _fault_factor(floor: Floor, s: int, m: int) -> float:
    """What scrap and defects are multiplied by: drift of the machine, fatigue of the people."""
    step, factor = floor.step[s], 1.0
    if step.drift > 0.0 and m >= 0:
        machine = floor.machine[m]
        factor = min(MOST_DRIFT, 1.0 + step.drift * (machine.busy - machine.cared) / 3600.0)
    if floor.counter[HAS_FATIGUE]:
        for i in range(step.need0, step.need1):
            pool = floor.pool[floor.need[i].of]
            factor *= 1.0 + pool.defects * pool.fatigue
    return factor


@bare
def _scrap(floor: Floor, lot: int, s: int, share: float, now: float) -> bool:
    """Scrap a lot, or some of its pieces; whether nothing is left of it."""
    this = floor.lot[lot]
    u = lot_luck(floor, lot, s, SCRAP)
    if floor.step[s].scrap_unit != PER_PIECE:
        return u < share
    bad = draw_binomial(this.pieces, share, u)
    if bad >= this.pieces:
        return True
    this.pieces -= bad
    floor.product[this.product].pieces_scrapped += bad
    lower_order(floor, this.product, bad, now)
    return False


@bare
def _send_back(floor: Floor, lot: int, s: int) -> int:
    this = floor.lot[lot]
    this.loops += 1
    floor.product[this.product].reworks += 1
    return floor.step[s].rework_to


@njit(nogil=True, _nrt=False)
def decide(address: int, lot: int, s: int, m: int, now: float, _y: float, _z: float) -> float:
    """Draw what becomes of a lot after a step with any outcome but the next step; far, see `call_far`."""
    floor = floor_at(address)
    this, step = floor.lot[lot], floor.step[s]
    if step.scrap > 0.0 or step.defect > 0.0:
        factor = _fault_factor(floor, s, m) if step.drift > 0.0 or floor.counter[HAS_FATIGUE] else 1.0
        if step.scrap > 0.0 and _scrap(floor, lot, s, min(step.scrap * factor, 1.0), now):
            return float(SCRAPPED)
        if step.defect > 0.0 and lot_luck(floor, lot, s, DEFECT) < step.defect * factor:
            this.has_defect = 1
    if step.detect > 0.0 and this.has_defect and lot_luck(floor, lot, s, DETECT) < step.detect:
        if step.is_reworked == 0 or this.loops >= MOST_LOOPS:
            return float(SCRAPPED)
        this.has_defect = 0
        return float(_send_back(floor, lot, s))
    if step.rework > 0.0 and this.loops < MOST_LOOPS and lot_luck(floor, lot, s, REWORK) < step.rework:
        return float(_send_back(floor, lot, s))
    if step.limit_to >= 0:
        this.limit_step, this.limit_by = step.limit_to, now + step.limit_seconds
    return float(s + 1)


@hot
def _decide_plain(floor: Floor, lot: int, s: int) -> int:
    """Draw what becomes of a lot after a step that scraps or sends back with fixed probabilities, and nothing else."""
    step = floor.step[s]
    if step.scrap > 0.0 and lot_luck(floor, lot, s, SCRAP) < step.scrap:
        return SCRAPPED
    if step.rework > 0.0 and floor.lot[lot].loops < MOST_LOOPS and lot_luck(floor, lot, s, REWORK) < step.rework:
        return _send_back(floor, lot, s)
    return s + 1


@hot
def decide_next(floor: Floor, lot: int, s: int, m: int, now: float) -> int:
    """Step that a lot goes to after a step, -1 for none, `SCRAPPED`."""
    to = s + 1
    if floor.step[s].has_outcome != NO_OUTCOME:
        if floor.step[s].has_outcome == PLAIN_OUTCOME:
            to = _decide_plain(floor, lot, s)
        else:
            to = int(call_far(floor, DECIDE, lot, s, m, now, 0.0, 0.0))
        if to == SCRAPPED:
            return to
    return next_step(floor, lot, to)


@njit(nogil=True, _nrt=False)
def go_on(address: int, lot: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Let a lot that was at a step without machine go on; far, see `call_far`."""
    floor = floor_at(address)
    s = floor.lot[lot].step
    floor.lot[lot].is_passing = 0
    to = decide_next(floor, lot, s, -1, now)
    if to == SCRAPPED:
        scrap_lot(floor, lot, now)
    elif to < 0:
        finish_lot(floor, lot, now)
    else:
        arrive(floor, lot, to, now)
    return 0.0


@bare
def _serves(floor: Floor, m: int, group: int) -> bool:
    """Whether a machine serves a group; a lot of it that comes back there takes the place that it leaves."""
    found = False
    for i in range(floor.machine[m].queue0, floor.machine[m].queue1):
        found |= floor.lists[i] == group
    return found


@hot
def unload(floor: Floor, m: int, now: float) -> None:
    """Let the lots of a machine leave for their next steps; it is blocked by the first that finds no place.

    What comes back to a queue of the machine itself, for rework or its next step, always finds one.
    """
    machine = floor.machine[m]
    while machine.lot >= 0:
        lot = machine.lot
        after, to = floor.lot[lot].next, floor.lot[lot].target
        away = seconds_away(floor, lot, floor.lot[lot].step, to)
        if away > 0.0:
            tell_lot(floor, now, LEAVE, m, lot)
            floor.lot[lot].is_passing = 0
            push(floor, now + away, ENTERS, lot)
        elif to < 0:
            tell_lot(floor, now, LEAVE, m, lot)
            finish_lot(floor, lot, now)
        else:
            group = floor.step[to].group
            if group >= 0 and not has_place(floor, group) and not _serves(floor, m, group):
                hold_lots(floor, m, group, now)
                return
            tell_lot(floor, now, LEAVE, m, lot)
            if group < 0:
                pass_through(floor, lot, to, now)
            else:
                floor.lot[lot].step = to
                enter_queue(floor, lot, group, now)
        machine.lot = after
    machine.work = FREE
    count_empty(floor, m, 1)
    update_free(floor, m)
    show_work(floor, m, now)


@bare
def _end_batch(floor: Floor, m: int, now: float) -> None:
    """Decide on each lot of a machine; scrapped ones leave at once."""
    machine = floor.machine[m]
    kept, lot = -1, machine.lot
    machine.lot = -1
    while lot >= 0:
        after = floor.lot[lot].next
        floor.lot[lot].next = -1
        machine.lots += 1
        machine.pieces += floor.lot[lot].pieces
        to = decide_next(floor, lot, floor.lot[lot].step, m, now)
        if to == SCRAPPED:
            tell_lot(floor, now, LEAVE, m, lot)
            scrap_lot(floor, lot, now)
        else:
            floor.lot[lot].target = to
            if kept < 0:
                machine.lot = lot
            else:
                floor.lot[kept].next = lot
            kept = lot
        lot = after


@hot
def end_run(floor: Floor, m: int, now: float) -> None:
    """End a machine's run, and unload it."""
    machine = floor.machine[m]
    lot = machine.lot
    s = floor.lot[lot].step
    tell_batch(floor, now, END_RUN, m)
    machine.ended = now
    if floor.step[s].need1 > floor.step[s].need0:
        release_units(floor, s, machine.phase, now)
    if floor.lot[lot].next < 0:
        machine.lots += 1
        machine.pieces += floor.lot[lot].pieces
        to = decide_next(floor, lot, s, m, now)
        floor.lot[lot].target = to
        if to == SCRAPPED:
            machine.lot = -1
            tell_lot(floor, now, LEAVE, m, lot)
            scrap_lot(floor, lot, now)
    else:
        _end_batch(floor, m, now)
    if machine.care1 > machine.care0:
        call_far(floor, CHECK_CARE, m, 0, 0, now, 0.0, 0.0)
    unload(floor, m, now)
