"""Machines at work: phases begin, stop, go on; what a machine is at is clocked."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.twin.engine.floor.kinds import (
    BLOCK,
    BLOCKED,
    BROKEN,
    CLOSED,
    END_RUN,
    IDLE,
    IN_CARE,
    LACKING,
    PAUSE,
    RESUME,
    RUNNING,
    SETTING_UP,
    START_RUN,
    START_SETUP,
    STOPPED,
)
from drumbeat.twin.engine.floor.moments import WORK, push
from drumbeat.twin.engine.floor.queue import mark
from drumbeat.twin.engine.floor.records import (
    CARING,
    FREE,
    HOLDING,
    IS_TRACED,
    READY,
    RUN_PHASE,
    SETUP,
    TRACED,
    WORKING,
    Floor,
    hot,
)
from drumbeat.twin.engine.floor.share import hold_units, release_units


@bare
def _tell(floor: Floor, now: float, kind: int, machine: int, product: int, step: int, lot: int, pieces: int) -> None:
    i = floor.counter[TRACED]
    floor.counter[TRACED] = i + 1
    event = floor.trace[i]
    event.time, event.kind, event.machine = now, kind, machine
    event.product, event.step, event.lot, event.pieces = product, step, lot, pieces


@hot
def tell_lot(floor: Floor, now: float, kind: int, machine: int, lot: int) -> None:
    """Write an event of a lot into the trace, where there is one."""
    if floor.counter[IS_TRACED]:
        told = floor.lot[lot]
        _tell(floor, now, kind, machine, told.product, told.step, told.number, told.pieces)


@hot
def tell_machine(floor: Floor, now: float, kind: int, machine: int, what: int) -> None:
    """Write an event of a machine alone into the trace; `what` is the failure mode or the care."""
    if floor.counter[IS_TRACED]:
        _tell(floor, now, kind, machine, -1, -1, what, 0)


@hot
def tell_batch(floor: Floor, now: float, kind: int, machine: int) -> None:
    """Write an event of each lot that a machine has into the trace."""
    if floor.counter[IS_TRACED]:
        lot = floor.machine[machine].lot
        while lot >= 0:
            tell_lot(floor, now, kind, machine, lot)
            lot = floor.lot[lot].next


@hot
def show(floor: Floor, m: int, state: int, now: float) -> None:
    """Book the time since the last change, and change what a machine is seen at."""
    machine = floor.machine[m]
    floor.seconds[m, machine.shown] += now - machine.since
    machine.since = now
    machine.shown = state


@hot
def show_work(floor: Floor, m: int, now: float) -> None:
    """See what a machine is at, and book it."""
    machine = floor.machine[m]
    if machine.work == WORKING and machine.broken + machine.stopped + machine.closed == 0:
        state = SETTING_UP if machine.phase == SETUP else RUNNING
    else:
        state = _find_state(floor, m)
    show(floor, m, state, now)


@bare
def _find_state(floor: Floor, m: int) -> int:
    machine = floor.machine[m]
    if machine.broken > 0:
        return BROKEN
    if machine.stopped > 0:
        return STOPPED
    if machine.closed > 0:
        return CLOSED
    if machine.work == FREE:
        return IDLE
    if machine.work == CARING:
        return IN_CARE
    return LACKING if machine.work == READY else BLOCKED


@hot
def update_free(floor: Floor, m: int) -> None:
    """Bring up to date whether a machine can take a lot, and tell its groups."""
    machine = floor.machine[m]
    is_free = machine.work == FREE and machine.broken + machine.stopped + machine.closed == 0
    if is_free != (machine.is_free == 1):
        machine.is_free = 1 if is_free else 0
        for i in range(machine.queue0, machine.queue1):
            group = floor.lists[i]
            if is_free:
                floor.group[group].num_free += 1
                mark(floor, group)
            else:
                floor.group[group].num_free -= 1


@hot
def count_empty(floor: Floor, m: int, change: int) -> None:
    """Tell a machine's groups that it took a lot (-1) or gave it away (+1)."""
    machine = floor.machine[m]
    for i in range(machine.queue0, machine.queue1):
        floor.group[floor.lists[i]].num_empty += change


@hot
def schedule_work(floor: Floor, m: int, now: float) -> None:
    """Let a phase go on from now, to its end or to the failure before it."""
    machine = floor.machine[m]
    machine.work = WORKING
    machine.began = now
    machine.fails = 0
    end = now + machine.left
    if machine.busy + machine.left > machine.busy_fail:
        machine.fails = 1
        end = now + max(machine.busy_fail - machine.busy, 0.0)
    if machine.is_through:
        machine.turns = end
        end += machine.run_seconds
    machine.pending = push(floor, end, WORK, m)


@bare
def turn_to_run(floor: Floor, m: int) -> None:
    """Let the setup of a machine, of one event with its run, end at its moment, which has passed."""
    machine = floor.machine[m]
    show(floor, m, RUNNING, machine.turns)
    tell_batch(floor, machine.turns, END_RUN, m)
    machine.busy += machine.left
    machine.phase, machine.left, machine.began, machine.is_through = RUN_PHASE, machine.run_seconds, machine.turns, 0
    tell_batch(floor, machine.turns, START_RUN, m)


@hot
def begin_phase(floor: Floor, m: int, now: float, kind: int) -> bool:
    """Begin or go on with a machine's phase where it finds the units that it needs; otherwise it waits for them."""
    machine = floor.machine[m]
    lot = machine.lot
    step = floor.step[floor.lot[lot].step]
    was_ready = machine.work == READY
    group = floor.group[machine.group]
    if step.need1 > step.need0 and not hold_units(floor, floor.lot[lot].step, machine.phase, now):
        if not was_ready:
            machine.work = READY
            group.num_ready += 1
            show_work(floor, m, now)
        return False
    if was_ready:
        group.num_ready -= 1
    if machine.began < 0.0:
        kind = start_kind(floor, m)
    schedule_work(floor, m, now)
    show_work(floor, m, now)
    tell_batch(floor, now, kind, m)
    return True


@hot
def start_kind(floor: Floor, m: int) -> int:
    """Which event the beginning of a machine's phase is."""
    return START_SETUP if floor.machine[m].phase == SETUP else START_RUN


@bare
def stop_work(floor: Floor, m: int, now: float) -> None:
    """Stop a machine for a reason that the caller has counted: work under way pauses, its people go elsewhere."""
    machine = floor.machine[m]
    if machine.work == WORKING and machine.pending >= 0:
        done = min(now - machine.began, machine.left)
        machine.left -= done
        machine.busy += done
        machine.pending = -1
        step = floor.lot[machine.lot].step
        if floor.step[step].need1 > floor.step[step].need0:
            release_units(floor, step, machine.phase, now)
        tell_batch(floor, now, PAUSE, m)
    update_free(floor, m)
    show_work(floor, m, now)


@bare
def resume_work(floor: Floor, m: int, now: float) -> None:
    """Let a machine go on after a reason to stop has gone, if no other is left."""
    machine = floor.machine[m]
    if machine.broken + machine.stopped + machine.closed == 0:
        if machine.work == WORKING or machine.work == READY:
            begin_phase(floor, m, now, RESUME)
            return
        update_free(floor, m)
        if machine.is_free:
            for i in range(machine.queue0, machine.queue1):
                mark(floor, floor.lists[i])
    show_work(floor, m, now)


@bare
def hold_lots(floor: Floor, m: int, group: int, now: float) -> None:
    """Block a machine: its lot finds no place at a group, where it stands in line."""
    machine, full = floor.machine[m], floor.group[group]
    machine.work = HOLDING
    machine.blocked_on = group
    machine.next_blocked = -1
    if full.blocked_tail >= 0:
        floor.machine[full.blocked_tail].next_blocked = m
    else:
        full.blocked_head = m
    full.blocked_tail = m
    tell_lot(floor, now, BLOCK, m, machine.lot)
    show_work(floor, m, now)
