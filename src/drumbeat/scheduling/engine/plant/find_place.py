"""Find the earliest place for a task on the timelines as they stand: gaps included, nobody else moves."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.clock import end_after, first_start, last_start, start_of_run, start_to_end
from drumbeat.scheduling.engine.plant.lines import ABSENT, SKIPPED, Lines, span_after
from drumbeat.scheduling.engine.plant.pools import free_from
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records
from drumbeat.scheduling.engine.plant.stocks import enough_from

START_LOW, END_LOW, START_HIGH, END_HIGH, BEGIN_LOW = range(5)
"""Bounds of a task: of the start that links bind and of the end, and the earliest start of all."""

START, SETUP, RUN_START, END, PLACE, MODE, NEXT, NEXT_START, NEXT_SETUP, NEXT_RUN, NEXT_END = range(8, 19)
"""What was found: a place in a mode, and how the next on the machine changes with it (`NEXT`, -1 = nobody)."""

NEXT_BOUNDS = 24
NUM_SCRATCH = 32


def make_scratch() -> Int64s:
    """Room for bounds and for what was found; one a thread."""
    return np.zeros(NUM_SCRATCH, np.int64)


@piece
def find_bounds(plant: Plant, lines: Lines, task: int, at: int, scratch: Int64s) -> bool:
    """Find between what a task must be placed, by release, links, deadline and stock; False while one before it is
    absent."""
    start_low, end_low = max(plant.task[task].release, 0), -NEVER
    start_high, end_high = NEVER, plant.task[task].deadline
    for i in range(plant.task[task].into0, plant.task[task + 1].into0):
        link = plant.into[i]
        before = lines.task[link.task]
        if before.mode == SKIPPED:
            continue
        if before.mode == ABSENT:
            return False
        moment = before.end if link.kind == 0 or link.kind == 2 else _bound_start(plant, before)
        if link.kind <= 1:
            start_low, start_high = max(start_low, moment + link.lag), min(start_high, moment + link.most)
        else:
            end_low, end_high = max(end_low, moment + link.lag), min(end_high, moment + link.most)
    for i in range(plant.task[task].out0, plant.task[task + 1].out0):
        link = plant.out[i]
        after = lines.task[link.task]
        if after.mode < 0 or plant.task[link.task].fixed_start >= 0:
            continue
        moment = after.end if link.kind >= 2 else _bound_start(plant, after)
        if link.kind == 1 or link.kind == 3:
            start_low, start_high = max(start_low, moment - link.most), min(start_high, moment - link.lag)
        else:
            end_low, end_high = max(end_low, moment - link.most), min(end_high, moment - link.lag)
    scratch[at + START_LOW], scratch[at + END_LOW] = start_low, end_low
    scratch[at + START_HIGH], scratch[at + END_HIGH] = start_high, end_high
    scratch[at + BEGIN_LOW] = 0
    return True


@piece
def _bound_start(plant: Plant, state: Records) -> int:
    """The start that links bind."""
    return state.run_start if plant.is_ahead else state.start


@piece
def find_stock(plant: Plant, lines: Lines, task: int) -> int:
    """From when on there is enough of all that a task takes."""
    begin = 0
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        if plant.use[u].quantity >= 0:
            continue
        k, need = plant.use[u].material, 0.0
        for v in range(plant.task[task].use0, plant.task[task + 1].use0):
            if plant.use[v].material == k and plant.use[v].quantity < 0:
                need -= plant.use[v].quantity
        begin = max(begin, enough_from(lines.material, lines.event, plant.material[k].room0, k, need))
    return begin


@piece
def family_before(plant: Plant, lines: Lines, machine: int, place: int) -> int:
    """Family that a machine is set up for before a place of its sequence; -1 when nobody knows."""
    first = plant.resource[machine].room0
    for i in range(first + place - 1, first - 1, -1):
        task = lines.span[i].task
        if plant.task[task].family >= 0 and lines.span[i].entry == plant.mode[lines.task[task].mode].entry0:
            return plant.task[task].family
    return plant.resource[machine].initial_family


@piece
def setup_at(plant: Plant, lines: Lines, task: int, mode: int, place: int) -> int:
    """Setup of a mode at a place of its machine's sequence."""
    machine, family = plant.mode[mode].machine, plant.task[task].family
    if machine < 0 or family < 0 or plant.resource[machine].matrix < 0:
        return plant.mode[mode].setup
    before = family_before(plant, lines, machine, place)
    return plant.mode[mode].setup + plant.setup_seconds[plant.resource[machine].matrix, before, family]


@piece
def next_in_family(plant: Plant, lines: Lines, machine: int, place: int) -> int:
    """Place of the first task with a family at or after a place; the size of the sequence when there is none."""
    first = plant.resource[machine].room0
    size = lines.size[machine]
    for i in range(place, size):
        task = lines.span[first + i].task
        if plant.task[task].family >= 0 and lines.span[first + i].entry == plant.mode[lines.task[task].mode].entry0:
            return i
    return size


@piece
def change_next(plant: Plant, lines: Lines, machine: int, place: int, family: int, scratch: Int64s) -> bool:
    """Find how the next task with a family, at or after a place, changes when it follows `family`.

    It keeps its end; a longer setup begins earlier, if all that the task holds is free and its bounds allow. False when
    it cannot be.
    """
    scratch[NEXT] = -1
    at = next_in_family(plant, lines, machine, place)
    if at == lines.size[machine]:
        return True
    first = plant.resource[machine].room0
    task = lines.span[first + at].task
    state = lines.task[task]
    mode = state.mode
    setup = (
        plant.mode[mode].setup + plant.setup_seconds[plant.resource[machine].matrix, family, plant.task[task].family]
    )
    if setup == state.setup:
        return True
    run = plant.mode[mode].run
    scratch[NEXT], scratch[NEXT_SETUP] = task, setup
    if plant.task[task].fixed_start >= 0:
        end = end_after(plant, mode, state.start, setup, run)
        scratch[NEXT_START], scratch[NEXT_END] = state.start, end
        scratch[NEXT_RUN] = start_of_run(plant, mode, state.start, setup)
        return setup < state.setup and end < NEVER
    start = last_start(plant, task, mode, state.end, setup, run)
    if start >= NEVER or not find_bounds(plant, lines, task, NEXT_BOUNDS, scratch):
        return False
    run_start = start_of_run(plant, mode, start, setup)
    scratch[NEXT_START], scratch[NEXT_RUN], scratch[NEXT_END] = start, run_start, state.end
    bound = run_start if plant.is_ahead else start
    if bound < scratch[NEXT_BOUNDS + START_LOW] or bound > scratch[NEXT_BOUNDS + START_HIGH]:
        return False
    if start > state.start:
        return True
    return _can_begin_earlier(plant, lines, task, start, run_start)


@piece
def _can_begin_earlier(plant: Plant, lines: Lines, task: int, start: int, run_start: int) -> bool:
    """Whether all that a placed task holds is free from an earlier start on, and it takes no stock then."""
    state = lines.task[task]
    mode = state.mode
    machine = plant.mode[mode].machine
    if plant.task[task].use0 < plant.task[task + 1].use0:
        return False
    if plant.resource[machine].crew >= 0:
        crew = plant.resource[machine].crew
        # Its own setup may hold the crew: only what is before that is asked for.
        busy = min(run_start, state.start)
        if (
            free_from(plant, lines.step, lines.leaf, lines.size, crew, start, busy, 1) != start
            or run_start > state.run_start
        ):
            return False
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            i = lines.place[e]
            if i > 0 and lines.span[plant.resource[r].room0 + i - 1].end > start:
                return False
        elif free_from(plant, lines.step, lines.leaf, lines.size, r, start, state.start, plant.entry[e].units) != start:
            return False
    return True


@piece
def _free_on_line(plant: Plant, lines: Lines, resource: int, start: int, end: int) -> int:
    """Return `start` when a sequence has a gap until `end`; otherwise a later moment, before which no start will do."""
    i = span_after(plant, lines, resource, start)
    if i == lines.size[resource] or lines.span[plant.resource[resource].room0 + i].start >= end:
        return start
    return lines.span[plant.resource[resource].room0 + i].end


@piece
def free_elsewhere(plant: Plant, lines: Lines, mode: int, start: int, end: int) -> int:
    """When all that a mode holds, its machine's sequence left out, is free as long as from `start` to `end`.

    `start` itself, or a later moment, before which no start will do.
    """
    later = start
    first = plant.mode[mode].entry0
    for e in range(first, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind != LINE:
            if end > start:
                later = max(
                    later, free_from(plant, lines.step, lines.leaf, lines.size, r, start, end, plant.entry[e].units)
                )
        elif e > first:
            later = max(later, _free_on_line(plant, lines, r, start, end))
    return later


@piece
def free_crew(plant: Plant, lines: Lines, mode: int, start: int, run_start: int) -> int:
    """As `free_elsewhere`, for the crew that sets the machine up."""
    machine = plant.mode[mode].machine
    if machine < 0 or run_start == start or plant.resource[machine].crew < 0:
        return start
    return free_from(plant, lines.step, lines.leaf, lines.size, plant.resource[machine].crew, start, run_start, 1)


@piece
def begin_in_mode(plant: Plant, task: int, mode: int, moment: int, setup: int, scratch: Int64s) -> int:
    """First start at or after a moment that calendar and bounds allow; `NEVER` when there is none."""
    run = plant.mode[mode].run
    if plant.is_ahead and setup == 0:  # no setup ahead of what comes before it
        moment = max(moment, scratch[START_LOW])
    start = first_start(plant, task, mode, moment, setup, run)
    if plant.is_ahead and setup > 0 and start < NEVER:
        low = scratch[START_LOW]
        if start_of_run(plant, mode, start, setup) < low:
            start = max(start + 1, start_to_end(plant, mode, low, setup, 0))
            start = first_start(plant, task, mode, start, setup, run)
    if start < NEVER and end_after(plant, mode, start, setup, run) < scratch[END_LOW]:
        start = max(start + 1, start_to_end(plant, mode, scratch[END_LOW], setup, run))
        start = first_start(plant, task, mode, start, setup, run)
    return start


@piece
def _fits_gap(
    plant: Plant, lines: Lines, task: int, machine: int, place: int, has_matrix: bool, end: int, scratch: Int64s
) -> bool:
    """Whether a task that ends at `end` leaves those after a place of its machine's sequence as they are, but for the
    setup of the next (`NEXT...`)."""
    at = plant.resource[machine].room0 + place
    if has_matrix and not change_next(plant, lines, machine, place, plant.task[task].family, scratch):
        return False
    if place == lines.size[machine]:
        return True
    close = scratch[NEXT_START] if scratch[NEXT] == lines.span[at].task else lines.span[at].start
    return end <= close


@piece
def _next_gap(plant: Plant, lines: Lines, machine: int, place: int, moment: int) -> tuple[int, int]:
    """Find the first place at or after `place` that is open at a moment or later, and from when."""
    first = plant.resource[machine].room0
    if place < lines.size[machine] and lines.span[first + place].end <= moment:
        place = max(place, span_after(plant, lines, machine, moment))
    return place, max(moment, lines.span[first + place - 1].end) if place > 0 else moment


@piece
def find_in_mode(plant: Plant, lines: Lines, task: int, mode: int, scratch: Int64s) -> bool:
    """Find the earliest place in a mode within the bounds in `scratch`; False when there is none."""
    machine = plant.mode[mode].machine
    is_line = machine >= 0 and plant.resource[machine].kind == LINE
    has_matrix = is_line and plant.resource[machine].matrix >= 0 and plant.task[task].family >= 0
    run, setup = plant.mode[mode].run, plant.mode[mode].setup
    s = scratch[BEGIN_LOW]
    if not plant.is_ahead or (setup == 0 and not has_matrix):
        s = max(s, scratch[START_LOW])
    first = plant.resource[machine].room0 if is_line else 0
    i = 0
    while s < NEVER:
        if is_line:
            i, s = _next_gap(plant, lines, machine, i, s)
            if i < lines.size[machine]:
                most = lines.task[lines.span[first + i].task].setup if has_matrix else 0
                if s + run > lines.span[first + i].start + most:  # too short whatever the setups
                    s = max(s, lines.span[first + i].end)
                    i += 1
                    continue
            if has_matrix:
                setup = setup_at(plant, lines, task, mode, i)
        begin = begin_in_mode(plant, task, mode, s, setup, scratch)
        if begin > s:
            s = begin
            continue
        end = end_after(plant, mode, s, setup, run)
        run_start = start_of_run(plant, mode, s, setup)
        bound = run_start if plant.is_ahead else s
        if end >= NEVER or bound > scratch[START_HIGH] or end > scratch[END_HIGH]:
            return False
        scratch[NEXT] = -1
        if is_line and not _fits_gap(plant, lines, task, machine, i, has_matrix, end, scratch):
            if i == lines.size[machine]:
                return False
            s = max(s, lines.span[first + i].end)
            i += 1
            continue
        later = max(free_elsewhere(plant, lines, mode, s, end), free_crew(plant, lines, mode, s, run_start))
        if later > s:
            s = later
            continue
        scratch[START], scratch[SETUP], scratch[RUN_START], scratch[END] = s, setup, run_start, end
        scratch[PLACE], scratch[MODE] = i if is_line else -1, mode
        return True
    return False


@piece
def find_place(plant: Plant, lines: Lines, task: int, earliest: int, only_mode: int, scratch: Int64s) -> bool:
    """Find the place at which an absent task ends first, over its modes; False when there is none.

    Parameters
    ----------
    plant, lines
        The timelines.
    task
        Absent; what links put before it must be placed.
    earliest
        It starts no earlier, seconds.
    only_mode
        The one mode to try; -1 = all.
    scratch
        The place is written there: `START`, `SETUP`, `RUN_START`, `END`, `PLACE`, `MODE`, and `NEXT...`.
    """
    if not find_bounds(plant, lines, task, 0, scratch):
        return False
    scratch[BEGIN_LOW] = max(earliest, find_stock(plant, lines, task))
    best_mode, best_end, best_setup = -1, NEVER, 0
    is_found = False
    for mode in range(plant.task[task].mode0, plant.task[task + 1].mode0):
        if only_mode >= 0 and mode != only_mode:
            continue
        is_found = find_in_mode(plant, lines, task, mode, scratch)
        if is_found and (scratch[END] < best_end or (scratch[END] == best_end and scratch[SETUP] < best_setup)):
            best_mode, best_end, best_setup = mode, scratch[END], scratch[SETUP]
            scratch[END_HIGH] = best_end
    if best_mode < 0:
        return False
    if not is_found or scratch[MODE] != best_mode:
        return find_in_mode(plant, lines, task, best_mode, scratch)
    return True
