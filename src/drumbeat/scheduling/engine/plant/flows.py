"""Flows: how much the objective would lose if a task came later, found backwards along who waits for whom; and what a
change of places would therefore win."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import njit
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.clock import first_start
from drumbeat.scheduling.engine.plant.find_place import family_before
from drumbeat.scheduling.engine.plant.lines import Lines
from drumbeat.scheduling.engine.plant.records import LINE, Plant

FARTHEST, GAP = 40, 4 * 86_400
"""Places that are looked at on either side, and the gap in seconds beyond which none is."""


@njit(nogil=True, _nrt=False)
def find_flows(plant: Plant, lines: Lines, order: Int64s, own: Floats, whole: Floats) -> None:
    """Find the flow of each task: weight of the late jobs that wait for it, directly or through others.

    Parameters
    ----------
    plant, lines
        The schedule.
    order
        Placed tasks, the latest start first.
    own, whole
        Shape (T,), results: without, and with, what comes from the next on its machine.
    """
    own[:] = 0.0
    whole[:] = 0.0
    for i in range(len(order)):
        task = order[i]
        mode = lines.task[task].mode
        if plant.task[task].out0 == plant.task[task + 1].out0 and lines.task[task].end > plant.task[task].due:
            own[task] += plant.task[task].weight
            whole[task] += plant.task[task].weight
        binder, latest, is_machine = -1, plant.task[task].release, False
        for a in range(plant.task[task].into0, plant.task[task + 1].into0):
            before = plant.into[a].task
            moment = lines.task[before].end + plant.into[a].lag
            if plant.into[a].kind == 0 and moment > latest:
                binder, latest = before, moment
        machine = plant.mode[mode].machine
        if machine >= 0 and plant.resource[machine].kind == LINE:
            place = lines.place[plant.mode[mode].entry0]
            at = plant.resource[machine].room0 + place - 1
            if place > 0 and lines.span[at].end > latest:
                binder, latest, is_machine = lines.span[at].task, lines.span[at].end, True
        setup = 1 if lines.task[task].setup > 0 else 0
        if binder < 0 or first_start(plant, task, mode, latest, setup, 1 - setup) < lines.task[task].start:
            continue  # a pool, material or calendar decides
        whole[binder] += whole[task]
        if not is_machine:
            own[binder] += whole[task]


@piece
def _setup_between(plant: Plant, machine: int, before: int, after: int) -> int:
    """Setup from one family to the next on a machine."""
    matrix = plant.resource[machine].matrix
    return 0 if matrix < 0 or after < 0 else plant.setup_seconds[matrix, before, after]


@piece
def _guess_left(
    plant: Plant, lines: Lines, task: int, machine: int, here: int, low: int, ready: int, own: Floats, whole: Floats
) -> tuple[int, float]:
    """Best earlier place of a task on its machine, and what it would lose there (< 0: win), in weighted seconds."""
    first, size = plant.resource[machine].room0, lines.size[machine]
    family, length = plant.task[task].family, lines.task[task].end - lines.task[task].start
    behind = lines.span[first + here + 1].task if here + 1 < size else -1
    left_over = 0
    if behind >= 0:
        after = plant.task[behind].family
        left_over = _setup_between(plant, machine, family_before(plant, lines, machine, here), after)
        left_over -= _setup_between(plant, machine, family, after)
    best, least, pushed = -1, 1e300, 0.0
    for i in range(here - 1, max(low, here - FARTHEST) - 1, -1):
        other = lines.span[first + i].task
        pushed += own[other]
        before = family_before(plant, lines, machine, i)
        follower = plant.task[other].family
        setup = _setup_between(plant, machine, before, family)
        added = (
            setup + _setup_between(plant, machine, family, follower) - _setup_between(plant, machine, before, follower)
        )
        net = added - lines.task[task].setup + left_over
        start = max(lines.span[first + i].start, ready)
        loss = (length - lines.task[task].setup + added) * pushed - own[task] * (lines.task[task].start - start)
        if behind >= 0:
            loss += net * whole[behind]
        if loss < least:
            best, least = i, loss
    return best, least


@piece
def _guess_right(
    plant: Plant, lines: Lines, task: int, machine: int, here: int, high: int, own: Floats, whole: Floats
) -> tuple[int, float]:
    """Best later place of a task on its machine, counted without it, and what it would lose there."""
    first, size = plant.resource[machine].room0, lines.size[machine]
    family, length = plant.task[task].family, lines.task[task].end - lines.task[task].start
    before = family_before(plant, lines, machine, here)
    slack, weight = NEVER, 0.0
    for a in range(plant.task[task].out0, plant.task[task + 1].out0):
        after = plant.out[a].task
        room = lines.task[after].start - plant.out[a].lag - lines.task[task].end
        if plant.out[a].kind == 0 and room < slack:
            slack, weight = room, whole[after]
    if plant.task[task].out0 == plant.task[task + 1].out0:
        slack, weight = max(np.int64(plant.task[task].due) - lines.task[task].end, 0), plant.task[task].weight
    best, least, pulled = -1, 1e300, 0.0
    for i in range(here + 1, min(high, here + FARTHEST, size - 1) + 1):
        other = lines.span[first + i].task
        if lines.span[first + i].start > lines.span[first + i - 1].end + GAP:
            break  # so long a gap parts what is before from what is after
        pulled += own[other]
        mine = plant.task[other].family
        behind = plant.task[lines.span[first + i + 1].task].family if i + 1 < size else -1
        setup = _setup_between(plant, machine, mine, family)
        added = setup + _setup_between(plant, machine, family, behind) - _setup_between(plant, machine, mine, behind)
        ahead = plant.task[lines.span[first + here + 1].task].family
        removed = lines.task[task].setup + _setup_between(plant, machine, family, ahead)
        removed -= _setup_between(plant, machine, before, ahead)
        delay = max(lines.span[first + i].end - removed - lines.task[task].end + length - slack, 0)
        loss = delay * weight - (length - lines.task[task].setup + removed) * pulled
        if i + 1 < size:
            loss += (added - removed) * whole[lines.span[first + i + 1].task]
        if loss < least:
            best, least = i, loss
    return best, least


@piece
def guess_place(
    plant: Plant,
    lines: Lines,
    task: int,
    machine: int,
    here: int,
    low: int,
    high: int,
    ready: int,
    own: Floats,
    whole: Floats,
) -> tuple[int, float]:
    """Guess the best other place of a task on its machine, counted without it: -1 when there is none; and its loss."""
    left, loss = _guess_left(plant, lines, task, machine, here, low, ready, own, whole)
    right, other = _guess_right(plant, lines, task, machine, here, high, own, whole)
    if other < loss:
        return right, other
    return left, loss
