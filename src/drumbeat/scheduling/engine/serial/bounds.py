"""Bounds of a task that is to be placed: by dates, links, stock, tanks, and the order of jobs on grouped resources."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.plant.pools import free_from
from drumbeat.scheduling.engine.plant.stocks import enough_from
from drumbeat.scheduling.engine.serial.records import (
    ABSENT,
    BEGIN_LOW,
    END_HIGH,
    END_LOW,
    END_WHO,
    LEFT_OUT,
    START_HIGH,
    START_LOW,
    START_WHO,
    Board,
    Desk,
    Plant,
    Rules,
)

ROUNDING = 1e-6
"""Share by which a tank may seem too full through rounding."""


@bare
def find_bounds(plant: Plant, board: Board, desk: Desk, task: int) -> bool:
    """Find between what a task must be placed; False while one before it is absent."""
    at = desk.at
    at[START_LOW], at[END_LOW] = max(plant.task[task].release, 0), -NEVER
    at[START_HIGH], at[END_HIGH] = NEVER, plant.task[task].deadline
    at[START_WHO] = at[END_WHO] = -1
    for i in range(plant.task[task].into0, plant.task[task + 1].into0):
        link = plant.into[i]
        before = board.task[link.task]
        if before.mode == LEFT_OUT:
            continue
        if before.mode == ABSENT:
            return False
        moment = before.end
        if link.kind == 1 or link.kind == 3:
            moment = before.run_start if plant.is_ahead else before.start
        low, high = (START_LOW, START_HIGH) if link.kind <= 1 else (END_LOW, END_HIGH)
        at[low] = max(at[low], moment + link.lag)
        if moment + link.most < at[high]:
            at[high] = moment + link.most
            at[START_WHO if link.kind <= 1 else END_WHO] = link.task
    return True


@bare
def find_stock(plant: Plant, board: Board, task: int) -> int:
    """From when on there is enough of all that a task takes; `NEVER` when at no time."""
    begin = 0
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        if plant.use[u].quantity < 0:
            k = plant.use[u].material
            need = -sum_use(plant, task, k, -1.0)
            begin = max(begin, enough_from(board.material, board.event, plant.material[k].room0, k, need))
    return begin


@bare
def sum_use(plant: Plant, task: int, material: int, sign: float) -> float:
    """All that a task takes (`sign` below 0) or brings (above 0) of a material."""
    total = 0.0
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        if plant.use[u].material == material and plant.use[u].quantity * sign > 0:
            total += plant.use[u].quantity
    return total


@bare
def find_room(plant: Plant, board: Board, task: int, end: int) -> int:
    """First end at or after one at which what a task brings finds room in its tanks, now and ever after; `NEVER` when
    there is none."""
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        k = plant.use[u].material
        if plant.use[u].quantity > 0 and plant.material[k].most < 1e300:
            more = sum_use(plant, task, k, 1.0) + sum_use(plant, task, k, -1.0)
            end = _find_room_of(plant, board, k, more, end)
            if end >= NEVER:
                return NEVER
    return end


@bare
def _find_room_of(plant: Plant, board: Board, material: int, more: float, end: int) -> int:
    """The same of one tank: at the end, and whenever somebody brings something later, the level fits.

    What goes at a moment makes room first; what arrives from outside at that moment comes after.
    """
    most = plant.material[material].most
    most += ROUNDING * max(1.0, most)
    i = plant.material[material].room0
    last = i + board.material[material].num
    while i + 1 < last and board.event[i + 1].time < end:
        i += 1
    is_found = board.event[i].level + more <= most and (i + 1 == last or board.event[i + 1].time > end)
    i += 1
    answer = end
    while i < last:
        moment, received, brings = board.event[i].time, 0.0, False
        while i < last and board.event[i].time == moment:
            if board.event[i].task < 0:
                received += board.event[i].quantity
            elif board.event[i].quantity > 0:
                brings = True
            i += 1
        fits = board.event[i - 1].level - received + more <= most
        if is_found and brings and not fits:
            is_found = False
        elif not is_found and fits:
            is_found, answer = True, moment
    return answer if is_found else NEVER


@bare
def find_turn(plant: Plant, rules: Rules, board: Board, task: int, mode: int) -> tuple[int, int]:
    """Between which starts a mode keeps the order of jobs on grouped resources; the last is `NEVER` for none."""
    low, high, num_jobs, job = 0, NEVER, rules.num_jobs, plant.task[task].job
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        group = rules.resource[r].order_group
        if group < 0:
            continue
        mine = board.turn[group * num_jobs + job]
        has_started = board.first_start[r * num_jobs + job] < NEVER
        for other in range(num_jobs):
            first = board.first_start[r * num_jobs + other]
            if other == job or first >= NEVER:
                continue
            turn = board.turn[group * num_jobs + other]
            if mine < 0 or turn < mine:
                low = max(low, first)
            elif not has_started:
                high = min(high, first)
    return low, high


@bare
def set_begin(plant: Plant, board: Board, desk: Desk, task: int, floor: int) -> bool:
    """Write down the earliest start of all, by stock and by wish; False when stock never suffices."""
    begin = find_stock(plant, board, task)
    desk.at[BEGIN_LOW] = max(begin, floor)
    return begin < NEVER


@bare
def free_units(plant: Plant, board: Board, resource: int, start: int, end: int, units: int) -> int:
    """Return `start` when so many units are free until `end`; otherwise a later moment, before which no start will
    do."""
    return free_from(plant, board.step, board.leaf, board.size, resource, start, end, units)
