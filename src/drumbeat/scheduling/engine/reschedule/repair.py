"""Repair, compiled: leave standing what can stand, give each displaced task the earliest place from its old one on.

Where the next gap is too far, those who come later give way: they are lifted out and look for a place in turn, by their
old start. While a task is lifted it binds nobody, as if it were skipped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Bools, Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import inner, njit
from drumbeat.scheduling.engine.event_heap import EVENT, pop_event, push_event
from drumbeat.scheduling.engine.plant.find_place import (
    BEGIN_LOW,
    END,
    MODE,
    START,
    START_LOW,
    find_place,
)
from drumbeat.scheduling.engine.plant.lines import ABSENT, SKIPPED, Lines, span_after
from drumbeat.scheduling.engine.plant.move_tasks import put_found, take_marked
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records

MOST_LIFTS = 6
"""So often a task gives way; then it stays, and the others go round it."""

HOUR = 3600
NOBODY = -1


class Wishes(NamedTuple):
    """What each task wants, shape (T,) each.

    `mode`, `start` and `end` are its old ones, or wished ones (mode -1: any; -2: it is left out); it starts no earlier
    than `earliest`; `only_mode` is the one mode that will do, -1 for any; the smallest `turn` goes first; who is kept
    gives way to nobody; `patience` is by how many seconds it may end later before others give way.
    """

    mode: Int64s
    start: Int64s
    end: Int64s
    earliest: Int64s
    only_mode: Int64s
    turn: Int64s
    is_kept: Bools
    patience: Int64s


class Room(NamedTuple):
    """Room to work in: a heap of lifted tasks, how often each was lifted, and lists of tasks; shape (T,) and more."""

    heap: Records
    counter: Int64s
    lifts: Int64s
    stack: Int64s
    taken: Int64s


def make_room(num_tasks: int) -> Room:
    """Make fresh room for one repair."""
    heap = np.zeros(num_tasks + 2, EVENT)
    return Room(heap, np.zeros(2, np.int64), *(np.zeros(num_tasks, np.int64) for _ in range(3)))


@njit
def stand(plant: Plant, lines: Lines, order: Int64s, wishes: Wishes, scratch: Int64s) -> Int64s:
    """Put tasks where they were, in the order of time, and return those that cannot stand there.

    Parameters
    ----------
    plant, lines
        Timelines in which only fixed tasks stand.
    order
        Tasks that want to stand, sorted by their old start and end.
    wishes
        Where they stood.
    scratch
        See `find_place`.
    """
    displaced = order.copy()
    size = 0
    for task in range(len(lines.task)):
        if lines.task[task].mode == ABSENT:
            lines.task[task].mode = SKIPPED
    for task in order:
        if lines.task[task].mode >= 0:
            continue
        is_found = find_place(plant, lines, task, wishes.start[task], wishes.mode[task], scratch)
        if is_found and scratch[START] == wishes.start[task] and scratch[END] <= wishes.end[task]:
            put_found(plant, lines, task, scratch)
        else:
            displaced[size] = task
            size += 1
    return displaced[:size]


@inner
def _lift(plant: Plant, lines: Lines, task: int, wishes: Wishes, room: Room, scratch: Int64s) -> None:
    """Take a task out, with those whose setups or material would then be missing, and queue them."""
    room.stack[0] = task
    lines.task[task].mark = 1
    num_taken = take_marked(plant, lines, room.stack, 1, room.taken, False, scratch)
    for i in range(num_taken):
        taken = room.taken[i]
        lines.task[taken].mark, lines.task[taken].mode = 0, SKIPPED
        room.lifts[taken] += 1
        push_event(room.heap, room.counter, wishes.turn[taken], taken)


@inner
def _may_lift(plant: Plant, lines: Lines, task: int, room: Room) -> bool:
    return lines.task[task].mode >= 0 and plant.task[task].fixed_start < 0 and room.lifts[task] < MOST_LIFTS


@inner
def _find_blocker(
    plant: Plant, lines: Lines, task: int, mode: int, begin: int, until: int, wishes: Wishes, room: Room
) -> int:
    """First on a mode's machines, between two moments, who gives way to a task; `NOBODY` when none does."""
    blocker, first_start = NOBODY, until
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if plant.resource[r].kind != LINE:
            continue
        first = plant.resource[r].room0
        for i in range(first + span_after(plant, lines, r, begin), first + lines.size[r]):
            other, start = lines.span[i].task, lines.span[i].start
            if start >= first_start:
                break
            is_later = wishes.turn[other] > wishes.turn[task] and not wishes.is_kept[other]
            if is_later and _may_lift(plant, lines, other, room):
                blocker, first_start = other, start
                break
    return blocker


@inner
def _find_nearest(plant: Plant, lines: Lines, task: int, wishes: Wishes, penalty: int, scratch: Int64s) -> int:
    """Find the place that is nearest to what a task wishes, and return its mode; -1 when there is none.

    Another mode than the old one counts as `penalty` seconds.
    """
    earliest, own = wishes.earliest[task], wishes.mode[task]
    if wishes.only_mode[task] >= 0:
        own = wishes.only_mode[task]
    is_found = find_place(plant, lines, task, earliest, own if own >= 0 else -1, scratch)
    if own < 0 or wishes.only_mode[task] >= 0 or plant.task[task].mode0 + 1 == plant.task[task + 1].mode0:
        return scratch[MODE] if is_found else -1
    if is_found and scratch[END] - wishes.end[task] <= penalty:
        return own
    end = scratch[END] if is_found else NEVER
    is_better = find_place(plant, lines, task, earliest, -1, scratch)
    if is_better and (scratch[MODE] == own or scratch[END] + penalty < end):
        return scratch[MODE]
    return own if find_place(plant, lines, task, earliest, own, scratch) else -1


@inner
def _find_earlier(plant: Plant, lines: Lines, task: int, wishes: Wishes, floor: int, scratch: Int64s) -> bool:
    """Find a place before the old one: in a hole that somebody left behind, the nearest holes first."""
    back = 2 * HOUR
    while wishes.only_mode[task] < 0 and wishes.mode[task] >= 0:
        begin = max(floor, wishes.earliest[task] - back)
        if begin >= wishes.earliest[task]:
            return False
        is_found = find_place(plant, lines, task, begin, wishes.mode[task], scratch)
        if (is_found and scratch[END] <= wishes.end[task]) or begin == floor:
            return is_found and scratch[END] <= wishes.end[task]
        back *= 4
    return False


@inner
def _settle(
    plant: Plant, lines: Lines, task: int, wishes: Wishes, floor: int, penalty: int, room: Room, scratch: Int64s
) -> bool:
    """Place a lifted task: at the nearest place, or nearer where others give way to it. False when it has none."""
    limit = min(wishes.end[task] + wishes.patience[task], NEVER)
    mode = _find_nearest(plant, lines, task, wishes, penalty, scratch)
    if mode >= 0 and scratch[END] <= limit:
        put_found(plant, lines, task, scratch)
        return True
    if _find_earlier(plant, lines, task, wishes, floor, scratch):
        put_found(plant, lines, task, scratch)
        return True
    # What comes after it gives way first, and mostly finds its old place again.
    for a in range(plant.task[task].out0, plant.task[task + 1].out0):
        if _may_lift(plant, lines, plant.out[a].task, room):
            _lift(plant, lines, plant.out[a].task, wishes, room, scratch)
    if mode < 0:
        mode = wishes.only_mode[task] if wishes.only_mode[task] >= 0 else wishes.mode[task]
        mode = plant.task[task].mode0 if mode < 0 else mode
    while True:
        is_found = find_place(plant, lines, task, wishes.earliest[task], mode, scratch)
        if is_found and scratch[END] <= limit:
            break
        begin, until = max(scratch[BEGIN_LOW], scratch[START_LOW]), scratch[START] if is_found else NEVER
        blocker = _find_blocker(plant, lines, task, mode, begin, until, wishes, room)
        if blocker == NOBODY:
            break
        _lift(plant, lines, blocker, wishes, room, scratch)
    if is_found:
        put_found(plant, lines, task, scratch)
    return is_found


@njit
def repair(
    plant: Plant,
    lines: Lines,
    tasks: Int64s,
    wishes: Wishes,
    floor: int,
    penalty: int,
    budget: int,
    room: Room,
    scratch: Int64s,
) -> int:
    """Find places for lifted tasks; return how many have none and are absent in the end, with all that needs them.

    -1 when so many give way in turn that the budget is spent: then the timelines are half done.

    Parameters
    ----------
    plant, lines
        Timelines as `stand` left them.
    tasks
        Lifted tasks, each once.
    wishes
        What everybody wants.
    floor
        Nobody moves to before this moment.
    penalty
        Seconds that another mode counts.
    budget
        So many tasks are looked at, at most.
    room
        Fresh (`make_room`).
    scratch
        See `find_place`.
    """
    lost, num_lost = room.lifts.copy(), 0
    for task in tasks:
        push_event(room.heap, room.counter, wishes.turn[task], task)
    for turn in range(2):
        while room.counter[0] > 0:
            task = pop_event(room.heap, room.counter)
            if lines.task[task].mode >= 0:
                continue
            budget -= 1
            if budget < 0:
                return -1
            if not _settle(plant, lines, task, wishes, floor, penalty, room, scratch) and turn == 0:
                lost[num_lost] = task
                num_lost += 1
        # Who found no place, for want of material or of room, asks once more when all others have theirs.
        for i in range(num_lost if turn == 0 else 0):
            push_event(room.heap, room.counter, wishes.turn[lost[i]], lost[i])
    return _leave_out(plant, lines, wishes, room, scratch)


@inner
def _leave_out(plant: Plant, lines: Lines, wishes: Wishes, room: Room, scratch: Int64s) -> int:
    """Make lifted tasks absent, with all that must come after them; return how many are."""
    num_absent, size = 0, 0
    for task in range(len(lines.task)):
        if lines.task[task].mode == SKIPPED and wishes.mode[task] != SKIPPED:
            lines.task[task].mode = ABSENT
            num_absent += 1
    for task in range(len(lines.task)):
        if lines.task[task].mode != ABSENT:
            continue
        for a in range(plant.task[task].out0, plant.task[task + 1].out0):
            after = plant.out[a].task
            if lines.task[after].mode >= 0 and lines.task[after].mark == 0:
                lines.task[after].mark = 1
                room.stack[size] = after
                size += 1
    num_taken = take_marked(plant, lines, room.stack, size, room.taken, True, scratch)
    for i in range(num_taken):
        lines.task[room.taken[i]].mark = 0
    return num_absent + num_taken
