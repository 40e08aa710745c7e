"""Which lot a machine takes next: the rule, the setups, what fits into a batch, what is at hand."""

from __future__ import annotations

import math

from drumbeat.basics.compiled import bare
from drumbeat.twin.engine.floor.kinds import ATC, CRITICAL_RATIO
from drumbeat.twin.engine.floor.records import RUN_PHASE, SETUP, Floor, hot
from drumbeat.twin.engine.floor.share import lacks_material, lacks_units

ATC_LOOK_AHEAD = 2.0
"""Mean runs of those that wait over which urgency grows."""


@hot
def setup_seconds(floor: Floor, m: int, step: int) -> float:
    """Seconds of the change that a machine needs before a step; 0 = none."""
    machine = floor.machine[m]
    family = floor.step[step].family
    if machine.matrix < 0 or family < 0 or family == machine.family:
        return 0.0
    return floor.setups[machine.matrix, machine.family + 1, family + 1]


@bare
def _is_fit(floor: Floor, m: int, lot: int, now: float) -> bool:
    """Whether a machine may take a lot by its dedication, its batch and what is at hand."""
    this = floor.lot[lot]
    step = floor.step[this.step]
    if this.dedicated_step == this.step and this.dedicated != m:
        return False
    if this.dedicated_step1 == this.step and this.dedicated1 != m:
        return False
    if (
        step.batch_slot >= 0
        and floor.batch_pieces[step.batch_slot] < step.batch_min
        and now < this.entered + step.batch_wait
    ):
        return False
    if step.use1 > step.use0 and lacks_material(floor, lot, now):
        return False
    if step.need1 > step.need0:
        phase = SETUP if step.setup > 0.0 or setup_seconds(floor, m, this.step) > 0.0 else RUN_PHASE
        return not lacks_units(floor, this.step, phase)
    return True


@bare
def _mean_run(floor: Floor, group: int) -> float:
    """Mean seconds of the lots that wait at a group."""
    total, lot = 0.0, floor.group[group].head
    while lot >= 0:
        total += floor.step[floor.lot[lot].step].lot_seconds
        lot = floor.lot[lot].next
    return max(total / max(floor.group[group].size, 1), 1e-9)


@bare
def _index(floor: Floor, rule: int, lot: int, mean_run: float, now: float) -> float:
    """Index of a waiting lot by a rule that changes with time; the smallest goes first."""
    this = floor.lot[lot]
    step = floor.step[this.step]
    if rule == CRITICAL_RATIO:
        return (this.due - now) / max(step.tail, 1e-9)
    if rule == ATC:
        slack = max(this.due - now - step.tail, 0.0)
        urgency = math.exp(-slack / (ATC_LOOK_AHEAD * mean_run)) if slack < math.inf else 0.0
        # Those without hope of urgency still differ: the shorter first.
        return -floor.product[this.product].weight / max(step.lot_seconds, 1e-9) * (urgency + 1e-12)
    return 0.0


@bare
def _has_own_family(floor: Floor, m: int, group: int) -> bool:
    lot = floor.group[group].head
    while lot >= 0:
        if floor.step[floor.lot[lot].step].family == floor.machine[m].family:
            return True
        lot = floor.lot[lot].next
    return False


@bare
def pick_lot(floor: Floor, m: int, group: int, now: float) -> tuple[int, float]:
    """Choose the lot of a group's queue that a free machine takes.

    Returns
    -------
    Lot, -1 for none, and the seconds of its setup.
    """
    queue, machine = floor.group[group], floor.machine[m]
    is_dynamic = queue.rule == CRITICAL_RATIO or queue.rule == ATC
    mean_run = _mean_run(floor, group) if queue.rule == ATC else 1.0
    keeps_family = machine.least_run > 0 and machine.made < machine.least_run and machine.family >= 0
    keeps_family = keeps_family and (machine.is_patient == 1 or _has_own_family(floor, m, group))
    best, best_setup, best_index = -1, 0.0, 0.0
    lot = queue.head
    while lot >= 0:
        this = floor.lot[lot]
        if best >= 0 and this.priority > floor.lot[best].priority:
            break
        setup = setup_seconds(floor, m, this.step)
        index = _index(floor, queue.rule, lot, mean_run, now) if is_dynamic else 0.0
        is_better = best < 0 or (queue.setup_first and setup < best_setup)
        is_better = is_better or (index < best_index and not (queue.setup_first and setup > best_setup))
        if is_better and not (keeps_family and setup > 0.0) and _is_fit(floor, m, lot, now):
            best, best_setup, best_index = lot, setup, index
            if not is_dynamic and (setup == 0.0 or not queue.setup_first):
                break
        lot = this.next
    return best, best_setup
