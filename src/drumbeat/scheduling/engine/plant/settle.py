"""Settle: after a change of sequences, move whoever must or can move, each as early as those before it allow."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.event_heap import pop_event, push_event
from drumbeat.scheduling.engine.plant.clock import end_after, start_of_run
from drumbeat.scheduling.engine.plant.find_place import (
    BEGIN_LOW,
    END,
    END_HIGH,
    END_LOW,
    RUN_START,
    SETUP,
    START,
    START_HIGH,
    START_LOW,
    begin_in_mode,
    find_stock,
    free_crew,
    next_in_family,
    setup_at,
)
from drumbeat.scheduling.engine.plant.lines import (
    JOURNAL_SIZE,
    RETIMED,
    SETUP_SUM,
    SKIPPED,
    Lines,
    hold,
    note,
)
from drumbeat.scheduling.engine.plant.pools import free_from
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records
from drumbeat.scheduling.engine.plant.stocks import find_short

NUM_QUEUED, NUM_VISITS, MOST_VISITS = 0, 2, 3
"""Places in the queue's counters; 1 belongs to the heap."""

LOSS, LIMIT = 0, 1
"""Places in the gauge: weighted seconds that jobs end later by a change, as far as it has come; the most allowed."""


@piece
def find_lows(plant: Plant, lines: Lines, task: int, scratch: Int64s) -> None:
    """Find the bounds that what goes before a task sets, and its deadline; those after it may move."""
    start_low, end_low = max(plant.task[task].release, 0), -NEVER
    start_high, end_high = NEVER, plant.task[task].deadline
    for i in range(plant.task[task].into0, plant.task[task + 1].into0):
        other, kind = plant.into[i].task, plant.into[i].kind
        if lines.task[other].mode == SKIPPED:
            continue
        moment = lines.task[other].end
        if kind == 1 or kind == 3:
            moment = lines.task[other].run_start if plant.is_ahead else lines.task[other].start
        if kind <= 1:
            start_low, start_high = (
                max(start_low, moment + plant.into[i].lag),
                min(start_high, moment + plant.into[i].most),
            )
        else:
            end_low = max(end_low, moment + plant.into[i].lag)
            end_high = min(end_high, moment + plant.into[i].most)
    for i in range(plant.task[task].out0, plant.task[task + 1].out0):
        other, kind = plant.out[i].task, plant.out[i].kind
        if plant.out[i].most >= NEVER or lines.task[other].mode < 0 or plant.task[other].fixed_start >= 0:
            continue
        moment = lines.task[other].end
        if kind <= 1:
            moment = lines.task[other].run_start if plant.is_ahead else lines.task[other].start
        if kind == 1 or kind == 3:
            start_low = max(start_low, moment - plant.out[i].most)
        else:
            end_low = max(end_low, moment - plant.out[i].most)
    scratch[START_LOW], scratch[END_LOW], scratch[START_HIGH], scratch[END_HIGH] = (
        start_low,
        end_low,
        start_high,
        end_high,
    )


@piece
def _free_pools(plant: Plant, lines: Lines, mode: int, start: int, end: int) -> int:
    """`start` when all pools that a mode holds are free until `end`; else a later moment, before which none will do."""
    later = start
    if end > start:
        for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
            r = plant.entry[e].resource
            if plant.resource[r].kind != LINE:
                units = plant.entry[e].units
                later = max(later, free_from(plant, lines.step, lines.leaf, lines.size, r, start, end, units))
    return later


@piece
def find_times(plant: Plant, lines: Lines, task: int, mode: int, place: int, has_pools: bool, scratch: Int64s) -> bool:
    """Find the earliest times of a task at a place of its machine's sequence, whoever comes after it there.

    What it holds of pools and stock must have been given back; without `has_pools` they are not asked for. False when
    there are none within its bounds.
    """
    find_lows(plant, lines, task, scratch)
    machine = plant.mode[mode].machine
    first = plant.mode[mode].entry0
    s = find_stock(plant, lines, task) if has_pools else np.int64(0)
    setup = plant.mode[mode].setup
    if machine >= 0 and plant.resource[machine].kind == LINE:
        setup = setup_at(plant, lines, task, mode, place)
        if place > 0:
            s = max(s, lines.span[plant.resource[machine].room0 + place - 1].end)
    if lines.task[task].mode == mode:
        for e in range(first + 1, plant.mode[mode + 1].entry0):
            r = plant.entry[e].resource
            if plant.resource[r].kind == LINE and lines.place[e] > 0:
                s = max(s, lines.span[plant.resource[r].room0 + lines.place[e] - 1].end)
    if not plant.is_ahead or setup == 0:
        s = max(s, scratch[START_LOW])
    scratch[BEGIN_LOW] = s
    while s < NEVER:
        begin = begin_in_mode(plant, task, mode, s, setup, scratch)
        if begin > s:
            s = begin
            continue
        end = end_after(plant, mode, s, setup, plant.mode[mode].run)
        run_start = start_of_run(plant, mode, s, setup)
        later = s
        if has_pools:
            later = max(_free_pools(plant, lines, mode, s, end), free_crew(plant, lines, mode, s, run_start))
        if later > s:
            s = later
            continue
        scratch[START], scratch[SETUP], scratch[RUN_START], scratch[END] = s, setup, run_start, end
        bound = run_start if plant.is_ahead else s
        return end < NEVER and bound <= scratch[START_HIGH] and end <= scratch[END_HIGH]
    return False


@piece
def enqueue(lines: Lines, task: int, heap: Records, queue: Int64s) -> None:
    """Have a placed task looked at; once is enough."""
    if lines.task[task].mark == 0 and lines.task[task].mode >= 0:
        lines.task[task].mark = 1
        push_event(heap, queue, lines.task[task].start, task)


@piece
def enqueue_at(plant: Plant, lines: Lines, machine: int, place: int, heap: Records, queue: Int64s) -> None:
    """Have those looked at whom a change at a place of a sequence concerns: who stands there, and the next setup."""
    if place >= lines.size[machine]:
        return
    first = plant.resource[machine].room0
    enqueue(lines, lines.span[first + place].task, heap, queue)
    if plant.resource[machine].matrix >= 0:
        at = next_in_family(plant, lines, machine, place)
        if at < lines.size[machine]:
            enqueue(lines, lines.span[first + at].task, heap, queue)


@piece
def enqueue_after(plant: Plant, lines: Lines, task: int, heap: Records, queue: Int64s) -> bool:
    """Have those looked at who come after a task that moved; False when a fixed one would starve."""
    mode = lines.task[task].mode
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE and lines.place[e] + 1 < lines.size[r]:
            enqueue(lines, lines.span[plant.resource[r].room0 + lines.place[e] + 1].task, heap, queue)
    for i in range(plant.task[task].out0, plant.task[task + 1].out0):
        enqueue(lines, plant.out[i].task, heap, queue)
    for i in range(plant.task[task].into0, plant.task[task + 1].into0):
        if plant.into[i].most < NEVER:
            enqueue(lines, plant.into[i].task, heap, queue)
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        k = plant.use[u].material
        i = find_short(lines.material, lines.event, plant.material[k].room0, k)
        if i < 0:
            continue
        while i > plant.material[k].room0 and (
            lines.event[i].quantity >= 0 or plant.task[lines.event[i].task].fixed_start >= 0
        ):
            i -= 1
        if i == plant.material[k].room0:
            return False
        enqueue(lines, lines.event[i].task, heap, queue)
    return True


@piece
def _stands(lines: Lines, task: int, scratch: Int64s) -> bool:
    """Whether a task has the times that were found."""
    is_same = lines.task[task].start == scratch[START] and lines.task[task].end == scratch[END]
    return is_same and lines.task[task].setup == scratch[SETUP]


@piece
def _renew(plant: Plant, lines: Lines, task: int, scratch: Int64s) -> int:
    """Give a placed task its earliest times: 0 = they are as before, 1 = it moved, -1 = it has none."""
    mode, machine = lines.task[task].mode, plant.mode[lines.task[task].mode].machine
    first = plant.mode[mode].entry0
    place = lines.place[first] if machine >= 0 and plant.resource[machine].kind == LINE else -1
    has_uses = plant.task[task].use0 < plant.task[task + 1].use0
    # Mostly those before it decide: then what it holds need not be given back to see that nothing changes.
    is_found = has_uses or find_times(plant, lines, task, mode, place, False, scratch)
    if is_found and (has_uses or not _stands(lines, task, scratch)):
        hold(plant, lines, task, -1)
        is_found = find_times(plant, lines, task, mode, place, True, scratch)
        if not is_found or _stands(lines, task, scratch):
            hold(plant, lines, task, 1)
    if not is_found or _stands(lines, task, scratch):
        return 0 if is_found else -1
    note(lines, RETIMED, task)
    lines.counter[SETUP_SUM] += scratch[SETUP] - lines.task[task].setup
    lines.task[task].start, lines.task[task].end = scratch[START], scratch[END]
    lines.task[task].setup, lines.task[task].run_start = scratch[SETUP], scratch[RUN_START]
    for e in range(first, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            at = plant.resource[r].room0 + lines.place[e]
            lines.span[at].start, lines.span[at].end = scratch[START], scratch[END]
    hold(plant, lines, task, 1)
    return 1


@piece
def settle(plant: Plant, lines: Lines, heap: Records, queue: Int64s, gauge: Floats, scratch: Int64s) -> bool:
    """Look at all that are queued and at whom their moves concern, until everybody stands; False when it cannot be.

    Then rules are broken, or the loss by the way went beyond its limit: go back. Nobody is queued afterwards.
    """
    is_well = True
    while queue[NUM_QUEUED] > 0:
        task = pop_event(heap, queue)
        lines.task[task].mark = 0
        if not is_well or lines.task[task].mode < 0:
            continue
        queue[NUM_VISITS] += 1
        if plant.task[task].fixed_start >= 0:
            is_well = _is_kept(plant, lines, task)
            continue
        moved = _renew(plant, lines, task, scratch)
        if moved == 1:
            is_well = enqueue_after(plant, lines, task, heap, queue)
            if plant.task[task].out0 == plant.task[task + 1].out0:
                due = plant.job[plant.task[task].job].due
                before = lines.journal[lines.counter[JOURNAL_SIZE] - 1].end
                worse = max(lines.task[task].end - due, 0) - max(before - due, 0)
                gauge[LOSS] += worse * plant.task[task].weight
                is_well = is_well and gauge[LOSS] <= gauge[LIMIT]
        if moved < 0 or queue[NUM_VISITS] > queue[MOST_VISITS]:
            is_well = False
    return is_well


@piece
def _is_kept(plant: Plant, lines: Lines, task: int) -> bool:
    """Whether a fixed task still has its setup, and nobody before it on what it holds runs into it."""
    mode, machine = lines.task[task].mode, plant.mode[lines.task[task].mode].machine
    first = plant.mode[mode].entry0
    for e in range(first, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind != LINE or lines.place[e] == 0:
            continue
        if lines.span[plant.resource[r].room0 + lines.place[e] - 1].end > lines.task[task].start:
            return False
    if machine < 0 or plant.resource[machine].kind != LINE:
        return True
    return setup_at(plant, lines, task, mode, lines.place[first]) == lines.task[task].setup
