"""Change a schedule: other places in sequences, other modes; whoever must or can moves with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.event_heap import EVENT
from drumbeat.scheduling.engine.plant.find_place import (
    END,
    RUN_START,
    SETUP,
    START,
    START_LOW,
    make_scratch,
)
from drumbeat.scheduling.engine.plant.lines import Lines, lift, put, span_after
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records
from drumbeat.scheduling.engine.plant.settle import (
    MOST_VISITS,
    NUM_VISITS,
    enqueue,
    enqueue_after,
    enqueue_at,
    find_lows,
    find_times,
    settle,
)

LONGEST_BLOCK = 8


class Tools(NamedTuple):
    """What a search works with: the heap of those to be looked at, room for bounds, its luck, and
    flows (`find_flows`)."""

    heap: Records
    queue: Int64s
    gauge: Floats
    scratch: Int64s
    block: Int64s
    luck: Int64s
    own: Floats
    whole: Floats


def make_tools(num_tasks: int, luck: int, most_visits: int = 2000) -> Tools:
    """Make tools; `most_visits` bounds how many tasks a change may touch."""
    queue = np.zeros(4, np.int64)
    queue[MOST_VISITS] = most_visits
    seed = np.array([luck], np.uint64).view(np.int64)
    block = np.zeros(LONGEST_BLOCK + 1, np.int64)
    gauge, heap = np.array([0.0, np.inf]), np.zeros(num_tasks + 1, EVENT)
    return Tools(heap, queue, gauge, make_scratch(), block, seed, np.zeros(num_tasks), np.zeros(num_tasks))


@piece
def draw(tools: Tools) -> float:
    """Draw a uniform number in [0, 1) (SplitMix64)."""
    state = np.uint64(tools.luck[0]) + np.uint64(0x9E3779B97F4A7C15)
    tools.luck[0] = np.int64(state)
    bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@piece
def draw_below(tools: Tools, size: int) -> int:
    """Draw a whole number from 0 to size - 1."""
    return int(min(draw(tools) * size, size - 1.0))


@piece
def machine_of(plant: Plant, lines: Lines, task: int) -> int:
    """Machine in whose sequence a placed task stands; -1 for none."""
    machine = plant.mode[lines.task[task].mode].machine
    return machine if machine >= 0 and plant.resource[machine].kind == LINE else -1


@piece
def find_window(plant: Plant, lines: Lines, task: int, machine: int, scratch: Int64s) -> tuple[int, int]:
    """First and last place of a sequence at which a task could stand without waiting for one that waits for it.

    First: behind all that end before it could start. Last: ahead of all that start after one that comes after it ends.
    """
    find_lows(plant, lines, task, scratch)
    low = span_after(plant, lines, machine, scratch[START_LOW])
    close = NEVER
    for i in range(plant.task[task].out0, plant.task[task + 1].out0):
        after = plant.out[i].task
        if lines.task[after].mode >= 0:
            close = min(close, lines.task[after].end)
    high = lines.size[machine]
    if close < NEVER:
        high = min(high, span_after(plant, lines, machine, close - 1))
    return low, high


@piece
def _place_again(plant: Plant, lines: Lines, task: int, mode: int, place: int, tools: Tools) -> bool:
    """Put a lifted task at a place of its mode's machine, and queue whom it concerns."""
    machine = plant.mode[mode].machine
    if machine >= 0 and plant.resource[machine].kind == LINE:
        place = min(place, lines.size[machine])  # one fewer, where the other mode held this machine too
    if not find_times(plant, lines, task, mode, place, True, tools.scratch):
        return False
    out = tools.scratch
    put(plant, lines, task, mode, out[START], out[SETUP], out[RUN_START], out[END], place)
    enqueue(lines, task, tools.heap, tools.queue)
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            enqueue_at(plant, lines, r, lines.place[e] + 1, tools.heap, tools.queue)
    return enqueue_after(plant, lines, task, tools.heap, tools.queue)


@piece
def _lift(plant: Plant, lines: Lines, task: int, tools: Tools) -> None:
    """Lift a task, and queue those who stood behind it."""
    mode = lines.task[task].mode
    lift(plant, lines, task)
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            enqueue_at(plant, lines, r, lines.place[e], tools.heap, tools.queue)


@piece
def _settle(plant: Plant, lines: Lines, is_well: bool, tools: Tools) -> bool:
    """Settle, or empty the queue when the change has failed already."""
    if not is_well:
        tools.queue[NUM_VISITS] = tools.queue[MOST_VISITS] + 1
    return settle(plant, lines, tools.heap, tools.queue, tools.gauge, tools.scratch) and is_well


@piece
def move_task(plant: Plant, lines: Lines, task: int, mode: int, place: int, tools: Tools) -> bool:
    """Move a task to a place (counted without it) in a mode's sequence, and settle; False when rules would break."""
    _lift(plant, lines, task, tools)
    return _settle(plant, lines, _place_again(plant, lines, task, mode, place, tools), tools)


@piece
def move_block(plant: Plant, lines: Lines, machine: int, place: int, length: int, target: int, tools: Tools) -> bool:
    """Move neighbours on a machine together to a place (counted without them), and settle."""
    first = plant.resource[machine].room0
    for i in range(length):
        tools.block[i] = lines.span[first + place + i].task
    for i in range(length):
        if plant.task[tools.block[i]].fixed_start >= 0:
            return False
        if plant.mode[lines.task[tools.block[i]].mode].machine != machine:
            return False
    is_well = True
    for i in range(length):
        task = tools.block[i]
        mode = lines.task[task].mode
        _lift(plant, lines, task, tools)
        tools.block[i] = mode
    for i in range(length):
        mode = tools.block[i]
        if is_well:
            is_well = _place_again(plant, lines, plant.mode[mode].task, mode, target + i, tools)
    return _settle(plant, lines, is_well, tools)


@piece
def count_block(plant: Plant, lines: Lines, machine: int, place: int) -> int:
    """How many of one family stand in a row from a place on, `LONGEST_BLOCK` at most; 1 where there is no family."""
    first = plant.resource[machine].room0
    family = plant.task[lines.span[first + place].task].family
    length = 1
    while (
        family >= 0
        and length < LONGEST_BLOCK
        and place + length < lines.size[machine]
        and plant.task[lines.span[first + place + length].task].family == family
    ):
        length += 1
    return length
