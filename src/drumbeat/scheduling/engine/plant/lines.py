"""The timelines: where every task stands, who is on each machine in which order, what is taken of each pool, and how
much there is of each material; putting a task in and lifting it out, with a journal to go back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.pools import STEP, add_use, make_leaves
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records
from drumbeat.scheduling.engine.plant.stocks import EVENT, MATERIAL_STATE, add_event, load_receipts, take_event

ABSENT, SKIPPED = -1, -2
"""Modes of a task that has no place, and of one that is left out on purpose."""

TASK_STATE = np.dtype([(name, np.int64) for name in ("start", "setup", "run_start", "end", "mode", "mark")])
"""Where a task stands: start, working seconds of its setup, start of its run (where that matters: with setup crews and
where machines are set up ahead; the start otherwise), end, mode. `mark` is for whoever changes schedules."""

SPAN = np.dtype([(name, np.int64) for name in ("start", "end", "task", "entry")])
"""A stretch of a machine's sequence."""

MOVE = np.dtype([(name, np.int64) for name in ("kind", "task", "mode", "start", "setup", "run_start", "end")])
"""A line of the journal: what was done to a task, and where it stood before."""

PUT, LIFTED, RETIMED = 0, 1, 2
JOURNAL_SIZE, IS_JOURNALED, NUM_ABSENT, SETUP_SUM = 0, 1, 2, 3
"""Places in the counters."""


class Lines(NamedTuple):
    """What changes: tasks, sequences (`span`, each machine's from its `room0` on), pools (`step`), stock (`event`).

    `size` is the number of spans or leaves of each resource, `place` that of each entry in its machine's sequence.
    """

    task: Records
    size: Int64s
    place: Int64s
    span: Records
    step: Records
    leaf: Records
    material: Records
    event: Records
    journal: Records
    counter: Int64s


def make_lines(plant: Plant, journal: int = 1) -> Lines:
    """Make empty timelines.

    Parameters
    ----------
    plant
        What is laid out.
    journal
        How many changes can be taken back, >= 1.

    Returns
    -------
    Lines
        Without any task; receipts are in stock's timeline.
    """
    num_tasks, num_resources = len(plant.task) - 1, len(plant.resource) - 1
    task = np.zeros(num_tasks, TASK_STATE)
    for name in ("start", "run_start", "end", "mode"):
        task[name] = -1
    room = int(plant.resource["room0"][-1])
    is_line = np.repeat(plant.resource["kind"][:-1] == LINE, np.diff(plant.resource["room0"]))
    has_lines, has_pools = bool(is_line.any()), not is_line.all()
    lines = Lines(
        task,
        np.where(plant.resource["kind"][:-1] == LINE, 0, 1),
        np.zeros(len(plant.entry) + 1, np.int64),
        np.zeros(room if has_lines else 1, SPAN),
        np.zeros(room if has_pools else 1, STEP),
        make_leaves(room if has_pools else 0),
        np.zeros(len(plant.material) - 1, MATERIAL_STATE),
        np.zeros(int(plant.material["room0"][-1]), EVENT),
        np.zeros(journal, MOVE),
        np.zeros(4, np.int64),
    )
    if has_pools:
        lines.step["time"][plant.resource["room0"][:-1][plant.resource["kind"][:-1] != LINE]] = -(2**60)
    lines.counter[NUM_ABSENT] = num_tasks
    load_receipts(plant.material, plant.receipt, lines.material, lines.event)
    assert num_resources == len(lines.size)
    return lines


@piece
def span_after(plant: Plant, lines: Lines, resource: int, moment: int) -> int:
    """Place of the first span of a sequence that ends after a moment; its size when there is none."""
    first = plant.resource[resource].room0
    low, high = 0, lines.size[resource]
    while low < high:
        mid = (low + high) >> 1
        if lines.span[first + mid].end > moment:
            high = mid
        else:
            low = mid + 1
    return low


@piece
def place_of(plant: Plant, lines: Lines, resource: int, start: int, end: int) -> int:
    """Place at which a span belongs in a sequence: after those that start, then end, no later."""
    first = plant.resource[resource].room0
    low, high = 0, lines.size[resource]
    while low < high:
        mid = (low + high) >> 1
        span = lines.span[first + mid]
        if span.start < start or (span.start == start and span.end <= end):
            low = mid + 1
        else:
            high = mid
    return low


@piece
def _insert_span(
    plant: Plant, lines: Lines, resource: int, place: int, start: int, end: int, task: int, entry: int
) -> None:
    first = plant.resource[resource].room0
    last = first + lines.size[resource]
    i = last
    while i > first + place:
        lines.span[i] = lines.span[i - 1]
        lines.place[lines.span[i].entry] += 1
        i -= 1
    span = lines.span[i]
    span.start, span.end, span.task, span.entry = start, end, task, entry
    lines.place[entry] = place
    lines.size[resource] += 1


@piece
def _drop_span(plant: Plant, lines: Lines, resource: int, place: int) -> None:
    first = plant.resource[resource].room0
    lines.size[resource] -= 1
    for i in range(first + place, first + lines.size[resource]):
        lines.span[i] = lines.span[i + 1]
        lines.place[lines.span[i].entry] -= 1


@piece
def note(lines: Lines, kind: int, task: int) -> None:
    """Write down where a task stands before a change."""
    if lines.counter[IS_JOURNALED] == 0:
        return
    i = lines.counter[JOURNAL_SIZE]
    if i < len(lines.journal):
        line, state = lines.journal[i], lines.task[task]
        line.kind, line.task, line.mode = kind, task, state.mode
        line.start, line.setup, line.run_start, line.end = state.start, state.setup, state.run_start, state.end
    lines.counter[JOURNAL_SIZE] = i + 1


@piece
def is_full(lines: Lines) -> bool:
    """Whether the journal has little room left for one more change."""
    return lines.counter[JOURNAL_SIZE] + 8 > len(lines.journal)


@piece
def hold(plant: Plant, lines: Lines, task: int, sign: int) -> None:
    """Take (1) or give back (-1) what a placed task takes of pools and stock."""
    mode, machine = lines.task[task].mode, plant.mode[lines.task[task].mode].machine
    start, end = lines.task[task].start, lines.task[task].end
    first, last = plant.mode[mode].entry0, plant.mode[mode + 1].entry0
    for e in range(first, last + 1):
        if e < last:
            r, units = plant.entry[e].resource, plant.entry[e].units
            if plant.resource[r].kind == LINE:
                continue
        else:  # after all that the mode holds, the crew that sets its machine up
            end, units = lines.task[task].run_start, 1
            r = plant.resource[machine].crew if machine >= 0 and lines.task[task].setup > 0 else -1
        if r >= 0 and end > start:
            add_use(lines.step, lines.leaf, lines.size, plant.resource[r].room0, r, start, end, sign * units)
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        k, quantity = plant.use[u].material, plant.use[u].quantity
        moment = start if quantity < 0 else lines.task[task].end
        if sign > 0:
            add_event(lines.material, lines.event, plant.material[k].room0, k, task, moment, quantity)
        else:
            take_event(lines.material, lines.event, plant.material[k].room0, k, task, moment, quantity)


@piece
def put(
    plant: Plant, lines: Lines, task: int, mode: int, start: int, setup: int, run_start: int, end: int, place: int
) -> None:
    """Put an absent task where it is told, whatever stands there.

    `place` is that in the sequence of the mode's machine; -1 = by its times.
    """
    note(lines, PUT, task)
    state = lines.task[task]
    state.start, state.setup, state.run_start, state.end, state.mode = start, setup, run_start, end, mode
    lines.counter[SETUP_SUM] += setup
    first = plant.mode[mode].entry0
    for e in range(first, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            at = place if e == first and place >= 0 else place_of(plant, lines, r, start, end)
            _insert_span(plant, lines, r, at, start, end, task, e)
    hold(plant, lines, task, 1)
    lines.counter[NUM_ABSENT] -= 1


@piece
def lift(plant: Plant, lines: Lines, task: int) -> None:
    """Lift a placed task out; nothing else moves."""
    note(lines, LIFTED, task)
    hold(plant, lines, task, -1)
    state = lines.task[task]
    mode = state.mode
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            _drop_span(plant, lines, r, lines.place[e])
    lines.counter[SETUP_SUM] -= state.setup
    state.start, state.setup, state.run_start, state.end, state.mode = -1, 0, -1, -1, ABSENT
    lines.counter[NUM_ABSENT] += 1


@piece
def retime(plant: Plant, lines: Lines, task: int, start: int, setup: int, run_start: int, end: int) -> None:
    """Give a placed task other times; it keeps its place in every sequence."""
    note(lines, RETIMED, task)
    hold(plant, lines, task, -1)
    state = lines.task[task]
    lines.counter[SETUP_SUM] += setup - state.setup
    state.start, state.setup, state.run_start, state.end = start, setup, run_start, end
    for e in range(plant.mode[state.mode].entry0, plant.mode[state.mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind == LINE:
            span = lines.span[plant.resource[r].room0 + lines.place[e]]
            span.start, span.end = start, end
    hold(plant, lines, task, 1)


@piece
def go_back(plant: Plant, lines: Lines, size: int) -> None:
    """Undo what the journal says, the last first, until it has `size` lines."""
    is_journaled = lines.counter[IS_JOURNALED]
    lines.counter[IS_JOURNALED] = 0
    while lines.counter[JOURNAL_SIZE] > size:
        lines.counter[JOURNAL_SIZE] -= 1
        line = lines.journal[lines.counter[JOURNAL_SIZE]]
        if line.kind == PUT:
            lift(plant, lines, line.task)
        elif line.kind == LIFTED:
            put(plant, lines, line.task, line.mode, line.start, line.setup, line.run_start, line.end, -1)
        else:
            retime(plant, lines, line.task, line.start, line.setup, line.run_start, line.end)
    lines.counter[IS_JOURNALED] = is_journaled
