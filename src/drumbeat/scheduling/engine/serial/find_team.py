"""Teams: who of the people that are free fills which head of a task."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.serial.bounds import free_units
from drumbeat.scheduling.engine.serial.hours import add_hours, next_opening, open_from, work_from
from drumbeat.scheduling.engine.serial.records import (
    CREW,
    END,
    NUM_HOURS,
    RUN_START,
    SETUP_END,
    STAMP,
    WAIT,
    Board,
    Desk,
    Plant,
    Rules,
)


@bare
def time_work(plant: Plant, desk: Desk, num: int, start: int, setup: int, run: int) -> int:
    """End of setup and run from a start on, in the first `num` calendars on the desk; writes down the phases.

    The setup also waits for the crew's calendar.
    """
    ready = start
    if setup > 0:
        together = add_hours(desk.hours, num, desk.at[CREW])
        ready = work_from(plant, desk.hours, together, start, setup)
    run_start = end = ready
    if run > 0 and ready < NEVER:
        run_start = open_from(plant, desk.hours, num, ready)
        end = work_from(plant, desk.hours, num, ready, run)
    desk.found[SETUP_END], desk.found[RUN_START], desk.found[END] = ready, run_start, end
    return end


@bare
def open_start(plant: Plant, desk: Desk, num: int, start: int, setup: int) -> int:
    """First moment at or after one at which a task with so long a setup may start."""
    together = add_hours(desk.hours, num, desk.at[CREW]) if setup > 0 else num
    return open_from(plant, desk.hours, together, start)


@bare
def _is_held(plant: Plant, mode: int, setup: int, worker: int) -> bool:
    """Whether a mode, or its setup, holds a worker itself."""
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        if plant.entry[e].resource == worker:
            return True
    machine = plant.mode[mode].machine
    return setup > 0 and machine >= 0 and plant.resource[machine].crew == worker


@bare
def _judge_worker(
    plant: Plant, board: Board, desk: Desk, mode: int, worker: int, start: int, end: int, setup: int, run: int
) -> bool:
    """Whether a worker is free, and there, all the while; writes down when to look at him again."""
    num, calendar = desk.at[NUM_HOURS], plant.resource[worker].calendar
    if _is_held(plant, mode, setup, worker):
        return False
    busy = start
    if end > start:
        busy = free_units(plant, board, worker, start, end, 1)
    if add_hours(desk.hours, num, calendar) > num:
        is_there = open_start(plant, desk, num + 1, start, setup) == start
        if not is_there or time_work(plant, desk, num + 1, start, setup, run) != end:
            desk.at[WAIT] = min(desk.at[WAIT], max(next_opening(plant, calendar, start), busy))
            return False
    if busy > start:
        desk.at[WAIT] = min(desk.at[WAIT], busy)
        return False
    return True


@bare
def _seat(rules: Rules, desk: Desk, task: int, head: int) -> bool:
    """Fill one more head, others changing theirs where they must: an augmenting path, breadth first."""
    stamp, head0 = desk.at[STAMP], rules.task[task].head0
    queue, size, i = desk.queue, 1, 0
    queue[0] = head
    desk.at[STAMP] += 1  # marks who was seen on this path
    while i < size:
        at = queue[i]
        i += 1
        skill = rules.head_skill[head0 + at]
        for w in range(rules.worker0[skill], rules.worker0[skill + 1]):
            worker = rules.worker[w]
            if desk.fit[worker] != 1 or desk.parent[2 * worker + 1] == stamp + 1:
                continue
            desk.parent[2 * worker], desk.parent[2 * worker + 1] = at, stamp + 1
            if desk.owner[worker] >= 0:
                queue[size] = desk.owner[worker]
                size += 1
                continue
            while True:
                head_of = desk.parent[2 * worker]
                other = desk.found_team[head_of]
                desk.owner[worker], desk.found_team[head_of] = head_of, worker
                if head_of == head:
                    return True
                worker = other
    return False


@bare
def find_team(
    plant: Plant,
    rules: Rules,
    board: Board,
    desk: Desk,
    task: int,
    mode: int,
    start: int,
    setup: int,
    run: int,
    end: int,
    is_bound: bool,
) -> int:
    """Find people for all heads from a start on; return the end with them, `NEVER` when there are not enough.

    People whose hours change nothing come first; unless `is_bound`, then others. `WAIT` is when to look again, and
    `NUM_HOURS` counts the calendars with theirs.
    """
    head0 = rules.task[task].head0
    num_heads = rules.task[task + 1].head0 - head0
    desk.at[WAIT] = NEVER
    for h in range(num_heads):
        desk.found_team[h] = -1
        skill = rules.head_skill[head0 + h]
        for w in range(rules.worker0[skill], rules.worker0[skill + 1]):
            desk.fit[rules.worker[w]] = -1
            desk.owner[rules.worker[w]] = -1
    for h in range(num_heads):
        skill = rules.head_skill[head0 + h]
        for w in range(rules.worker0[skill], rules.worker0[skill + 1]):
            worker = rules.worker[w]
            if desk.fit[worker] < 0:
                desk.fit[worker] = 1 if _judge_worker(plant, board, desk, mode, worker, start, end, setup, run) else 0
    is_complete = True
    for h in range(num_heads):
        if not _seat(rules, desk, task, h):
            is_complete = False
            break
    if is_complete:
        time_work(plant, desk, desk.at[NUM_HOURS], start, setup, run)
        return _add_their_hours(plant, desk, num_heads, end)
    if is_bound:
        return NEVER
    return _find_mixed_team(plant, rules, board, desk, task, mode, start, setup, run)


@bare
def _add_their_hours(plant: Plant, desk: Desk, num_heads: int, end: int) -> int:
    """Count the calendars of a team in, and return the end."""
    for h in range(num_heads):
        calendar = plant.resource[desk.found_team[h]].calendar
        desk.at[NUM_HOURS] = add_hours(desk.hours, desk.at[NUM_HOURS], calendar)
    return end


@bare
def _find_mixed_team(
    plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, start: int, setup: int, run: int
) -> int:
    """Fill head after head by whoever has the task end first, whatever his hours; the desk's calendars are as before
    where that fails."""
    head0, before = rules.task[task].head0, desk.at[NUM_HOURS]
    num_heads = rules.task[task + 1].head0 - head0
    num, end = before, NEVER
    for h in range(num_heads):
        skill, best, least = rules.head_skill[head0 + h], -1, NEVER
        for w in range(rules.worker0[skill], rules.worker0[skill + 1]):
            worker = rules.worker[w]
            is_taken = _is_held(plant, mode, setup, worker)
            for other in range(h):
                is_taken = is_taken or desk.found_team[other] == worker
            if is_taken:
                continue
            together = add_hours(desk.hours, num, plant.resource[worker].calendar)
            if open_start(plant, desk, together, start, setup) != start:
                continue
            close = time_work(plant, desk, together, start, setup, run)
            if close < least and (close == start or free_units(plant, board, worker, start, close, 1) == start):
                best, least = worker, close
        if best < 0:
            return NEVER
        desk.found_team[h], end = best, least
        num = add_hours(desk.hours, num, plant.resource[best].calendar)
    for h in range(num_heads):
        worker = desk.found_team[h]
        if end > start and free_units(plant, board, worker, start, end, 1) != start:
            return NEVER
    desk.at[NUM_HOURS] = num
    return time_work(plant, desk, num, start, setup, run)


@bare
def seat_anybody(plant: Plant, rules: Rules, desk: Desk, task: int, mode: int, setup: int) -> None:
    """Fill the heads of a task by people with the skills, busy or not."""
    head0 = rules.task[task].head0
    num_heads = rules.task[task + 1].head0 - head0
    for h in range(num_heads):
        desk.found_team[h] = -1
        skill = rules.head_skill[head0 + h]
        for w in range(rules.worker0[skill], rules.worker0[skill + 1]):
            worker = rules.worker[w]
            desk.fit[worker], desk.owner[worker] = 0 if _is_held(plant, mode, setup, worker) else 1, -1
    for h in range(num_heads):
        _seat(rules, desk, task, h)
