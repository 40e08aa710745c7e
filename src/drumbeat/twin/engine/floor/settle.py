"""Before time goes on: groups where something has changed give their lots to their machines."""

from __future__ import annotations

from drumbeat.basics.compiled import bare, njit
from drumbeat.twin.engine.floor.end import unload
from drumbeat.twin.engine.floor.kinds import IDLE, LACKING, RESUME
from drumbeat.twin.engine.floor.memory import CARE_ROUND, PULL, SERVE_ANY, SETTLE_PENDING, call_far, floor_at
from drumbeat.twin.engine.floor.pick import pick_lot, setup_seconds
from drumbeat.twin.engine.floor.queue import leave_queue
from drumbeat.twin.engine.floor.records import CARES_DUE, NUM_DIRTY, PENDING, READY, RUN_PHASE, Floor, hot
from drumbeat.twin.engine.floor.release import release_pending, supply_saturated
from drumbeat.twin.engine.floor.route import enter_queue, has_place, pass_through
from drumbeat.twin.engine.floor.share import lacks_material, lacks_units, use_materials
from drumbeat.twin.engine.floor.start import start_lot
from drumbeat.twin.engine.floor.upkeep import start_repairs
from drumbeat.twin.engine.floor.work import begin_phase, show


@njit(nogil=True, _nrt=False)
def pull(address: int, group: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Let in what waits for a place: blocked machines first, then lots outside; far, see `call_far`."""
    floor = floor_at(address)
    queue = floor.group[group]
    while queue.blocked_head >= 0 and has_place(floor, group):
        m = queue.blocked_head
        queue.blocked_head = floor.machine[m].next_blocked
        if queue.blocked_head < 0:
            queue.blocked_tail = -1
        floor.machine[m].blocked_on = -1
        unload(floor, m, now)
    while queue.outside_head >= 0 and has_place(floor, group):
        lot = queue.outside_head
        queue.outside_head = floor.lot[lot].next
        if queue.outside_head < 0:
            queue.outside_tail = -1
        enter_queue(floor, lot, group, now)
    return 0.0


@bare
def _retry_ready(floor: Floor, group: int, now: float) -> None:
    """Let machines of a group that waited for people or tools try again."""
    queue = floor.group[group]
    for i in range(queue.machine0, queue.machine1):
        m = floor.lists[i]
        machine = floor.machine[m]
        is_stopped = machine.broken + machine.stopped + machine.closed > 0
        if machine.work == READY and machine.group == group and not is_stopped:
            begin_phase(floor, m, now, RESUME)


@bare
def _serve_open(floor: Floor, group: int, now: float) -> None:
    """Let lots that need no machine, only material, go on."""
    lot = floor.group[group].head
    while lot >= 0:
        after = floor.lot[lot].next
        if not lacks_material(floor, lot, now):
            leave_queue(floor, group, lot, now)
            use_materials(floor, lot, now)
            pass_through(floor, lot, floor.lot[lot].step, now)
        lot = after


@bare
def _choose(floor: Floor, group: int, now: float) -> tuple[int, int, int, float]:
    """Choose a pair of free machine and lot: of several machines the one of the shortest setup; of equals the first, or
    the one that has been idle longest.

    Returns
    -------
    Place of the machine in `lists` and of its factor, group whose lot it takes, lot (-1 for none), factor.
    """
    queue = floor.group[group]
    best_place, best_group, best_lot, best_setup = -1, -1, -1, 0.0
    for i in range(queue.machine0, queue.machine1):
        m = floor.lists[i]
        if floor.machine[m].is_free == 0:
            continue
        machine = floor.machine[m]
        lot, setup, of = -1, 0.0, group
        for j in range(machine.queue0, machine.queue1):
            g = floor.lists[j]
            if floor.group[g].size == 0:
                continue
            other, other_setup = pick_lot(floor, m, g, now)
            if other >= 0 and (lot < 0 or _goes_before(floor, other, lot)):
                lot, setup, of = other, other_setup, g
        is_better = best_lot < 0 or (setup < best_setup and (queue.setup_first or lot == best_lot))
        if queue.is_even and lot == best_lot and setup == best_setup:
            is_better = is_better or machine.ended < floor.machine[floor.lists[best_place]].ended
        if lot >= 0 and is_better:
            best_place, best_group, best_lot, best_setup = i, of, lot, setup
            if setup == 0.0 and not queue.is_even:
                break
    factor = 1.0
    if best_lot >= 0:
        factor = _factor(floor, best_group, floor.lists[best_place])
    return best_place, best_group, best_lot, factor


@bare
def _goes_before(floor: Floor, lot: int, other: int) -> bool:
    a, b = floor.lot[lot], floor.lot[other]
    return a.priority < b.priority or (a.priority == b.priority and a.entered < b.entered)


@bare
def _factor(floor: Floor, group: int, m: int) -> float:
    for i in range(floor.group[group].machine0, floor.group[group].machine1):
        if floor.lists[i] == m:
            return floor.numbers[i]
    return 1.0


@bare
def _show_lack(floor: Floor, group: int, is_lacking: bool, now: float) -> None:
    """Show machines that have nothing to do as lacking something, or as idle."""
    queue = floor.group[group]
    queue.is_lacking = 1 if is_lacking else 0
    state = LACKING if is_lacking else IDLE
    for i in range(queue.machine0, queue.machine1):
        m = floor.lists[i]
        if floor.machine[m].is_free and floor.machine[m].shown != state:
            show(floor, m, state, now)


@njit(nogil=True, _nrt=False)
def serve_any(address: int, group: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Serve a group with setups, batches, needs, dedications or machines that it shares; far, see `call_far`."""
    floor = floor_at(address)
    queue = floor.group[group]
    if queue.num_ready > 0:
        _retry_ready(floor, group, now)
    if queue.machine1 == queue.machine0:
        _serve_open(floor, group, now)
        return 0.0
    while queue.num_free > 0:
        place, of, lot, factor = _choose(floor, group, now)
        if lot < 0:
            break
        m = floor.lists[place]
        start_lot(floor, m, of, lot, factor, setup_seconds(floor, m, floor.lot[lot].step), now)
        if floor.group[of].capacity >= 0:
            call_far(floor, PULL, of, 0, 0, now, 0.0, 0.0)
    lacks = queue.size > 0 and queue.num_free > 0 and _lacks(floor, group)
    if lacks or queue.is_lacking:
        _show_lack(floor, group, lacks, now)
    return 0.0


@bare
def _lacks(floor: Floor, group: int) -> bool:
    """Whether a lot of the queue waits for units or material rather than for a batch or its own machine."""
    lot = floor.group[group].head
    while lot >= 0:
        step = floor.step[floor.lot[lot].step]
        if step.need1 > step.need0 or step.use1 > step.use0:
            is_batch = step.batch_slot >= 0 and floor.batch_pieces[step.batch_slot] < step.batch_min
            if not is_batch:
                return True
        lot = floor.lot[lot].next
    return False


@hot
def _find_machine(floor: Floor, group: int, step: int) -> tuple[int, float]:
    """Find the free machine of the shortest change to a step's family: of equals the first, or the one idle longest.

    Returns
    -------
    Its place in `lists`, and the seconds of the change.
    """
    queue, best, best_setup = floor.group[group], -1, 0.0
    for i in range(queue.machine0, queue.machine1):
        m = floor.lists[i]
        machine = floor.machine[m]
        if machine.is_free:
            setup = setup_seconds(floor, m, step)
            is_better = best < 0 or setup < best_setup
            if queue.is_even and not is_better and setup == best_setup:
                is_better = machine.ended < floor.machine[floor.lists[best]].ended
            if is_better:
                best, best_setup = i, setup
                if setup == 0.0 and queue.is_even == 0:
                    break
    return best, best_setup


@hot
def _serve_plain(floor: Floor, group: int, now: float) -> None:
    """Serve a group whose lots are taken in the order of its queue."""
    queue = floor.group[group]
    if queue.num_ready > 0:
        _retry_ready(floor, group, now)
    is_lacking = False
    while queue.size > 0 and queue.num_free > 0:
        lot = queue.head
        step = floor.lot[lot].step
        if queue.has_needs and lacks_units(floor, step, RUN_PHASE):
            is_lacking = True
            break
        i, setup = queue.machine0, 0.0
        if queue.is_choosy:
            i, setup = _find_machine(floor, group, step)
        else:
            while floor.machine[floor.lists[i]].is_free == 0:
                i += 1
        start_lot(floor, floor.lists[i], group, lot, floor.numbers[i], setup, now)
    if is_lacking or queue.is_lacking:
        _show_lack(floor, group, is_lacking, now)


@hot
def settle(floor: Floor, now: float) -> None:
    """Serve groups until nothing can start at this moment."""
    counter = floor.counter
    while counter[NUM_DIRTY] > 0 or counter[PENDING] > 0:
        if counter[PENDING] > 0:
            counter[PENDING] = 0
            call_far(floor, SETTLE_PENDING, 0, 0, 0, now, 0.0, 0.0)
            continue
        n = counter[NUM_DIRTY] - 1
        counter[NUM_DIRTY] = n
        group = floor.dirty[n]
        queue = floor.group[group]
        queue.is_dirty = 0
        if queue.blocked_head >= 0 or queue.outside_head >= 0:
            call_far(floor, PULL, group, 0, 0, now, 0.0, 0.0)
        if counter[CARES_DUE] > 0:
            call_far(floor, CARE_ROUND, group, 0, 0, now, 0.0, 0.0)
        if queue.source >= 0:
            supply_saturated(floor, group, now)
        if queue.is_plain:
            _serve_plain(floor, group, now)
        else:
            call_far(floor, SERVE_ANY, group, 0, 0, now, 0.0, 0.0)


@njit(nogil=True, _nrt=False)
def settle_pending(address: int, _a: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Start repairs that may go on now, and release what is due at this moment; far, see `call_far`."""
    floor = floor_at(address)
    start_repairs(floor, now)
    release_pending(floor, now)
    return 0.0


@njit(nogil=True, _nrt=False)
def settle_far(address: int, _a: int, _b: int, _c: int, now: float, _y: float, _z: float) -> float:
    """Serve groups until nothing can start at this moment; far, see `call_far`."""
    settle(floor_at(address), now)
    return 0.0
