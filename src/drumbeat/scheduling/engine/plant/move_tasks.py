"""Put tasks where they fit and take them out again, their neighbours' setups kept true."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import inner, njit
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.event_heap import EVENT, pop_event, push_event
from drumbeat.scheduling.engine.plant.clock import end_after, start_of_run
from drumbeat.scheduling.engine.plant.find_place import (
    END,
    MODE,
    NEXT,
    NEXT_END,
    NEXT_RUN,
    NEXT_SETUP,
    NEXT_START,
    PLACE,
    RUN_START,
    SETUP,
    START,
    change_next,
    family_before,
    find_place,
    setup_at,
)
from drumbeat.scheduling.engine.plant.lines import ABSENT, Lines, lift, place_of, put, retime
from drumbeat.scheduling.engine.plant.records import LINE, Plant, Records
from drumbeat.scheduling.engine.plant.stocks import find_short

NOBODY = -1


@piece
def put_found(plant: Plant, lines: Lines, task: int, scratch: Int64s) -> None:
    """Put an absent task at the place that `find_place` found, the setup of the next on its machine kept true."""
    follower = scratch[NEXT]
    if follower >= 0:
        retime(plant, lines, follower, scratch[NEXT_START], scratch[NEXT_SETUP], scratch[NEXT_RUN], scratch[NEXT_END])
    put(
        plant,
        lines,
        task,
        scratch[MODE],
        scratch[START],
        scratch[SETUP],
        scratch[RUN_START],
        scratch[END],
        scratch[PLACE],
    )


@piece
def insert_task(plant: Plant, lines: Lines, task: int, earliest: int, mode: int, scratch: Int64s) -> bool:
    """Place an absent task where it ends first and nobody moves but the setup of the next on its machine."""
    if not find_place(plant, lines, task, earliest, mode, scratch):
        return False
    put_found(plant, lines, task, scratch)
    return True


@piece
def take_task(plant: Plant, lines: Lines, task: int, scratch: Int64s) -> int:
    """Take a placed task out; return the task whose setup is wrong now and cannot grow, `NOBODY` when all is well."""
    mode = lines.task[task].mode
    machine = plant.mode[mode].machine
    is_line = machine >= 0 and plant.resource[machine].kind == LINE
    place = lines.place[plant.mode[mode].entry0] if is_line else 0
    lift(plant, lines, task)
    if not is_line or plant.resource[machine].matrix < 0 or plant.task[task].family < 0:
        return NOBODY
    if not change_next(plant, lines, machine, place, family_before(plant, lines, machine, place), scratch):
        return scratch[NEXT]
    follower = scratch[NEXT]
    if follower >= 0:
        retime(plant, lines, follower, scratch[NEXT_START], scratch[NEXT_SETUP], scratch[NEXT_RUN], scratch[NEXT_END])
    return NOBODY


@njit(nogil=True)
def put_fixed(plant: Plant, lines: Lines, order: Int64s) -> None:
    """Put fixed tasks, sorted by their start, where they are fixed to, whatever stands against it."""
    for task in order:
        if lines.task[task].mode != ABSENT or plant.task[task].fixed_start < 0:
            continue
        mode = max(plant.task[task].fixed_mode, plant.task[task].mode0)
        machine, start = plant.mode[mode].machine, plant.task[task].fixed_start
        place = -1
        if machine >= 0 and plant.resource[machine].kind == LINE:
            place = place_of(plant, lines, machine, start, NEVER)
        setup = setup_at(plant, lines, task, mode, place) if place >= 0 else plant.mode[mode].setup
        end = end_after(plant, mode, start, setup, plant.mode[mode].run)
        end = start + setup + plant.mode[mode].run if end >= NEVER else end
        put(plant, lines, task, mode, start, setup, min(start_of_run(plant, mode, start, setup), end), end, place)


@njit(nogil=True)
def put_schedule(
    plant: Plant, lines: Lines, order: Int64s, mode: Int64s, start: Int64s, setup: Int64s, end: Int64s
) -> None:
    """Put tasks, sorted by their start, as a schedule has them; those without a place stay absent."""
    for task in order:
        if mode[task] >= 0:
            run_start = start_of_run(plant, mode[task], start[task], setup[task])
            put(plant, lines, task, mode[task], start[task], setup[task], min(run_start, end[task]), end[task], -1)
        else:
            lines.task[task].mode = mode[task]


@inner
def _count_ahead(plant: Plant, lines: Lines, tasks: Int64s) -> Int64s:
    """Mark each task with its place in the list plus 1, and count what must go before it and has no place."""
    ahead = np.zeros(len(tasks), np.int64)
    for i in range(len(tasks)):
        lines.task[tasks[i]].mark = i + 1
        for a in range(plant.task[tasks[i]].into0, plant.task[tasks[i] + 1].into0):
            ahead[i] += lines.task[plant.into[a].task].mode == ABSENT
    return ahead


@piece
def _free_followers(
    plant: Plant, lines: Lines, task: int, ahead: Int64s, position: Int64s, heap: Records, counter: Int64s
) -> None:
    """A task is placed: those for whom it was the last to wait for come into the heap."""
    for a in range(plant.task[task].out0, plant.task[task + 1].out0):
        after = lines.task[plant.out[a].task].mark - 1
        if after >= 0:
            ahead[after] -= 1
            if ahead[after] == 0:
                push_event(heap, counter, position[after], after)


@njit(nogil=True)
def insert_tasks(plant: Plant, lines: Lines, tasks: Int64s, rank: Floats, earliest: Int64s, scratch: Int64s) -> int:
    """Insert absent tasks, the smallest rank first among those whose forerunners are placed.

    Parameters
    ----------
    plant, lines, scratch
        The timelines.
    tasks
        Absent tasks, each once.
    rank
        Shape of `tasks`.
    earliest
        Shape of `tasks`: no start before, seconds.

    Returns
    -------
    int
        How many of them have no place.
    """
    n = len(tasks)
    heap, counter = np.zeros(n + 1, EVENT), np.zeros(2, np.int64)
    position = np.empty(n, np.int64)
    position[np.argsort(rank, kind="mergesort")] = np.arange(n)
    ahead = _count_ahead(plant, lines, tasks)
    for i in range(n):
        if ahead[i] == 0:
            push_event(heap, counter, position[i], i)
    waiting = np.empty(n, np.int64)
    num_waiting, num_placed, num_retried = 0, 0, -1
    while num_placed != num_retried:
        # What found no place, for want of material, tries again as long as others are placed.
        num_retried = num_placed
        for w in range(num_waiting):
            push_event(heap, counter, position[waiting[w]], waiting[w])
        num_waiting = 0
        while counter[0] > 0:
            i = pop_event(heap, counter)
            if insert_task(plant, lines, tasks[i], earliest[i], -1, scratch):
                num_placed += 1
                _free_followers(plant, lines, tasks[i], ahead, position, heap, counter)
            else:
                waiting[num_waiting] = i
                num_waiting += 1
        if num_waiting == 0:
            break
    for i in range(n):
        lines.task[tasks[i]].mark = 0
    return n - num_placed


@piece
def _mark(lines: Lines, task: int, stack: Int64s, size: int) -> int:
    """Put a task on the stack once; return the stack's size."""
    if lines.task[task].mark != 0:
        return size
    lines.task[task].mark = 1
    stack[size] = task
    return size + 1


@piece
def _find_starved(plant: Plant, lines: Lines, task: int) -> int:
    """Find somebody who lacks what a task made, now that it is out; `NOBODY` when all have enough."""
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        k = plant.use[u].material
        if plant.use[u].quantity <= 0:
            continue
        first = plant.material[k].room0
        i = find_short(lines.material, lines.event, first, k)
        while i > first:
            user = lines.event[i].task
            if lines.event[i].quantity < 0 and plant.task[user].fixed_start < 0:
                return user
            i -= 1
    return NOBODY


@piece
def take_marked(
    plant: Plant, lines: Lines, stack: Int64s, size: int, taken: Int64s, has_followers: bool, scratch: Int64s
) -> int:
    """Take the marked tasks on the stack out, and those that must not stay without them; return how many.

    They are written to `taken`, still marked. Stack and `taken` have room for all tasks.
    """
    num_taken, num_settled = 0, 0
    while True:
        while size > 0:
            size -= 1
            task = stack[size]
            if lines.task[task].mode < 0 or plant.task[task].fixed_start >= 0:
                lines.task[task].mark = 0
                continue
            wrong = take_task(plant, lines, task, scratch)
            taken[num_taken] = task
            num_taken += 1
            if wrong >= 0:
                size = _mark(lines, wrong, stack, size)
            if has_followers:
                for a in range(plant.task[task].out0, plant.task[task + 1].out0):
                    size = _mark(lines, plant.out[a].task, stack, size)
        while num_settled < num_taken:
            user = _find_starved(plant, lines, taken[num_settled])
            if user >= 0:
                size = _mark(lines, user, stack, size)
                break
            num_settled += 1
        if size == 0:
            return num_taken


@njit(nogil=True)
def take_tasks(plant: Plant, lines: Lines, tasks: Int64s, has_followers: bool, scratch: Int64s) -> Int64s:
    """Take tasks out, with all that must not stay without them; return all that were taken.

    What must not stay: with `has_followers` all that links put after them; those whose setups would grow where there is
    no room; those that would lack the material. Fixed tasks stay.
    """
    num_tasks = len(lines.task)
    taken, stack = np.empty(num_tasks, np.int64), np.empty(num_tasks, np.int64)
    size = 0
    for task in tasks:
        size = _mark(lines, task, stack, size)
    num_taken = take_marked(plant, lines, stack, size, taken, has_followers, scratch)
    for i in range(num_taken):
        lines.task[taken[i]].mark = 0
    return taken[:num_taken]
