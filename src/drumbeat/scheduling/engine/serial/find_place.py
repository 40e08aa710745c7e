"""Find where a task ends first, after all that was placed before it: in which mode, with whom, in which batch."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER, find_interval
from drumbeat.basics.compiled import bare, njit
from drumbeat.scheduling.engine.serial.bounds import find_bounds, find_room, find_turn, free_units, set_begin
from drumbeat.scheduling.engine.serial.find_team import find_team, open_start, time_work
from drumbeat.scheduling.engine.serial.hours import add_hours, close_after
from drumbeat.scheduling.engine.serial.machines import keeps_fixed, pass_fixed, read_machine, setup_after
from drumbeat.scheduling.engine.serial.records import (
    BEGIN_HIGH,
    BEGIN_LOW,
    CAMPAIGN,
    CREW,
    CULPRIT,
    DEFICIT,
    END,
    END_HIGH,
    END_LOW,
    END_WHO,
    FAMILY,
    FOR_STOCK,
    JOINED,
    LAST_END,
    MAX_HOURS,
    MODE,
    NEXT_FIXED,
    NOWHERE,
    NUM_FOUND,
    NUM_HOURS,
    REASON,
    ROOM,
    RUN,
    RUN_START,
    SETUP,
    SETUP_END,
    START,
    START_HIGH,
    START_LOW,
    START_WHO,
    TOO_LATE,
    WAIT,
    Board,
    Desk,
    Genes,
    Plant,
    Rules,
)

MOST_LOOKS = 20_000
"""Moments looked at for one task in one mode; then it has no place there."""
MOST_BATCHES = 100
"""Batches of an oven looked at, the last first."""


@bare
def _free_elsewhere(plant: Plant, board: Board, mode: int, start: int, setup_end: int, end: int, oven: int) -> int:
    """When all that a mode holds but an oven, and the crew until `setup_end`, is free until `end`: `start` or later."""
    later, machine = start, plant.mode[mode].machine
    crew = plant.resource[machine].crew if machine >= 0 and setup_end > start else -1
    crew_units = 1
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if r == crew:
            crew_units += plant.entry[e].units
        if r != oven and end > start:
            later = max(later, free_units(plant, board, r, start, end, plant.entry[e].units))
    if crew >= 0:
        later = max(later, free_units(plant, board, crew, start, setup_end, crew_units))
    return later


@bare
def _oven_room(plant: Plant, rules: Rules, oven: int, start: int, end: int, units: int) -> tuple[int, int]:
    """Units of an oven at hand from `start` to `end`, or, where they are too few, when that ends."""
    room, c = rules.resource[oven].room, rules.resource[oven].calendar
    if c < 0:
        return room, start
    most, high = NEVER, plant.cal_ptr[c + 1]
    k = find_interval(plant.cal_end, plant.cal_ptr[c], high, start)
    while k < high and plant.cal_start[k] < max(end, start + 1):
        most = min(most, room * plant.cal_level[k])
        if most < units:
            return 0, plant.cal_end[k]
        k += 1
    return most, start


@bare
def _is_too_late(desk: Desk, start: int, bound: int, end: int) -> bool:
    """Whether a place is later than bounds allow; writes down by how much, and whose bound it is."""
    at = desk.at
    is_late = bound > at[START_HIGH] or end > at[END_HIGH] or start > at[BEGIN_HIGH]
    if not is_late:
        return False
    deficit, who = 0, -1
    if bound > at[START_HIGH]:
        deficit, who = bound - at[START_HIGH], at[START_WHO]
    if end > at[END_HIGH] and (end - at[END_HIGH] > deficit):
        deficit, who = end - at[END_HIGH], at[END_WHO]
    if who < 0:
        deficit = NEVER  # nobody can be asked to come later
    if at[REASON] != TOO_LATE or deficit < at[DEFICIT]:
        at[REASON], at[DEFICIT], at[CULPRIT] = TOO_LATE, deficit, who
    return True


@bare
def _chain(plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, end: int, campaign: int) -> bool:
    """Whether a task that ends so may come before the next fixed task of its machine."""
    machine, i = plant.mode[mode].machine, desk.found[NEXT_FIXED]
    if i == rules.resource[machine + 1].fixed0:
        return True
    if end > board.task[rules.fixed[i]].start:
        return False
    return keeps_fixed(plant, rules, board, machine, i, plant.task[task].family, campaign)


@bare
def _prepare(plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int) -> int:
    """Write down calendars, the crew's hours and the machine's state; return the earliest moment to look at."""
    at, machine = desk.at, plant.mode[mode].machine
    at[NUM_HOURS] = add_hours(desk.hours, 0, plant.mode[mode].calendar)
    at[CREW] = -1
    if machine >= 0:
        read_machine(board, desk, machine)
        if plant.resource[machine].crew >= 0:
            at[CREW] = plant.resource[plant.resource[machine].crew].calendar
    low, at[BEGIN_HIGH] = find_turn(plant, rules, board, task, mode)
    start = max(at[BEGIN_LOW], low)
    return start if plant.is_ahead else max(start, at[START_LOW])


@njit(inline="always")
def _find_later(
    plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, start: int, setup: int, run: int
) -> int:
    """Look at one start: `start` itself when all goes well, with everything written down; else a later one to try."""
    at, found, machine = desk.at, desk.found, plant.mode[mode].machine
    at[NUM_HOURS] = add_hours(desk.hours, 0, plant.mode[mode].calendar)
    end = time_work(plant, desk, at[NUM_HOURS], start, setup, run)
    if end >= NEVER:
        return NEVER
    later = _free_elsewhere(plant, board, mode, start, found[SETUP_END], end, -1)
    if later > start:
        return later
    if rules.task[task].head0 < rules.task[task + 1].head0:
        with_team = find_team(plant, rules, board, desk, task, mode, start, setup, run, end, False)
        if with_team >= NEVER:
            return max(at[WAIT], start + 1)
        if with_team > end:
            end = with_team
            later = _free_elsewhere(plant, board, mode, start, found[SETUP_END], end, -1)
            if later > start:
                return later
    if not plant.task[task].can_pause and end - start != setup + run:
        together = add_hours(desk.hours, at[NUM_HOURS], at[CREW]) if setup > 0 else at[NUM_HOURS]
        return max(close_after(plant, desk.hours, together, start), start + 1)
    if machine >= 0 and rules.resource[machine].is_oven:
        units = rules.units[plant.mode[mode].entry0]
        found[ROOM], later = _oven_room(plant, rules, machine, start, end, units)
        if found[ROOM] < units:
            return max(later, start + 1)
        found[ROOM] -= units
    bound = found[RUN_START] if plant.is_ahead else start
    later = max(start + at[START_LOW] - bound, start + at[END_LOW] - end, start)
    if later > start:
        return later
    room = find_room(plant, board, task, end)
    if room >= NEVER:
        at[REASON] = FOR_STOCK
        return NEVER
    return start + room - end


@njit(inline="always")
def find_in_mode(plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, limit: int) -> bool:
    """Find the earliest place in a mode, in a batch of its own where it is an oven's; False when there is none before
    `limit`."""
    found, machine = desk.found, plant.mode[mode].machine
    start, family, run = _prepare(plant, rules, board, desk, task, mode), plant.task[task].family, plant.mode[mode].run
    is_chained = machine >= 0 and rules.resource[machine].is_state and family >= 0
    setup, campaign = plant.mode[mode].setup, 0
    for _ in range(MOST_LOOKS):
        if is_chained:
            start = max(start, found[LAST_END])
            setup, campaign = setup_after(
                plant, rules, machine, found[FAMILY], found[CAMPAIGN], family, plant.mode[mode].setup, run
            )
        num = add_hours(desk.hours, 0, plant.mode[mode].calendar)
        start = open_start(plant, desk, num, start, setup)
        if start >= limit:
            return False
        later = _find_later(plant, rules, board, desk, task, mode, start, setup, run)
        if is_chained and not _chain(
            plant, rules, board, desk, task, mode, found[END] if later == start else later, campaign
        ):
            pass_fixed(rules, board, desk, plant)
            continue
        if later >= NEVER:
            return False
        if later > start:
            start = later
            continue
        bound = found[RUN_START] if plant.is_ahead else start
        if _is_too_late(desk, start, bound, found[END]):
            return False
        found[START], found[SETUP], found[MODE], found[JOINED], found[RUN] = start, setup, mode, -1, run
        if is_chained:
            found[FAMILY], found[CAMPAIGN] = family, campaign
            found[LAST_END] = found[END]
        return True
    return False


@bare
def _fits_batch(plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, b: int) -> bool:
    """Whether a task can join a batch, which stays as it is; writes down its place."""
    at, found, batch = desk.at, desk.found, board.batch[b]
    oven, run, units = plant.mode[mode].machine, plant.mode[mode].run, rules.units[plant.mode[mode].entry0]
    if batch.is_open == 0 or batch.family != plant.task[task].family or batch.room < units or batch.run < run:
        return False
    start, end, setup = batch.start, batch.end, batch.setup
    bound = batch.run_start if plant.is_ahead else start
    if plant.mode[mode].setup > batch.mode_setup or start < at[BEGIN_LOW] or end <= start:
        return False
    if bound < at[START_LOW] or bound > at[START_HIGH] or end < at[END_LOW] or end > at[END_HIGH]:
        return False
    if not plant.task[task].can_pause and end - start != setup + batch.run:
        return False
    num = 0
    for i in range(batch.num_hours):
        num = add_hours(desk.hours, num, board.batch_hours[MAX_HOURS * b + i])
    num = add_hours(desk.hours, num, plant.mode[mode].calendar)
    if (
        open_start(plant, desk, num, start, setup) != start
        or time_work(plant, desk, num, start, setup, batch.run) != end
    ):
        return False
    if found[SETUP_END] != batch.setup_end or found[RUN_START] != batch.run_start:
        return False
    if _free_elsewhere(plant, board, mode, start, start, end, oven) > start:
        return False
    at[NUM_HOURS] = num
    has_heads = rules.task[task].head0 < rules.task[task + 1].head0
    if has_heads and find_team(plant, rules, board, desk, task, mode, start, setup, batch.run, end, True) != end:
        return False
    if at[NUM_HOURS] > MAX_HOURS or find_room(plant, board, task, end) != end:
        return False
    low, high = find_turn(plant, rules, board, task, mode)
    if start < low or start > high:
        return False
    found[START], found[SETUP], found[SETUP_END], found[RUN_START], found[END] = (
        start, setup, batch.setup_end, batch.run_start, end,
    )  # fmt: skip
    found[MODE], found[JOINED], found[RUN], found[ROOM] = mode, b, run, batch.room - units
    return True


@njit(inline="always")
def _join(plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, mode: int, limit: int) -> bool:
    """Find the batch of a mode's oven that a task can join and that ends first, not after `limit`."""
    oven = plant.mode[mode].machine
    for e in range(plant.mode[mode].entry0 + 1, plant.mode[mode + 1].entry0):
        if rules.resource[plant.entry[e].resource].is_oven:
            return False  # who holds a second oven is alone in both
    _prepare(plant, rules, board, desk, task, mode)
    b, best, looks = board.machine[oven].batch, -1, 0
    while b >= 0 and looks < MOST_BATCHES:
        if board.batch[b].end <= limit and _fits_batch(plant, rules, board, desk, task, mode, b):
            best, limit = b, board.batch[b].end - 1
        b = board.batch[b].before
        looks += 1
    return best >= 0 and _fits_batch(plant, rules, board, desk, task, mode, best)


@bare
def _keep(rules: Rules, desk: Desk, task: int) -> None:
    """Keep what was found as the best."""
    for i in range(NUM_FOUND):
        desk.best[i] = desk.found[i]
    for h in range(rules.task[task + 1].head0 - rules.task[task].head0):
        desk.best_team[h] = desk.found_team[h]


@bare
def _is_affordable(rules: Rules, board: Board, genes: Genes, task: int, mode: int) -> bool:
    """Whether a mode in place of the one that a task was reckoned with leaves all budgets kept."""
    base = genes.mode[task] if genes.mode[task] >= 0 else genes.base[task]
    if mode == base or len(rules.amount) == 0:
        return True
    for b in range(len(rules.amount)):
        spent = board.spent[b]
        for e in range(rules.budget0[base], rules.budget0[base + 1]):
            spent -= rules.taken[e] if rules.budget[e] == b else 0
        for e in range(rules.budget0[mode], rules.budget0[mode + 1]):
            spent += rules.taken[e] if rules.budget[e] == b else 0
        if spent > rules.amount[b]:
            return False
    return True


@bare
def find_place(plant: Plant, rules: Rules, board: Board, desk: Desk, genes: Genes, task: int, floor: int) -> bool:
    """Find the place at which a task ends first, over its modes; it is written down as the best, with its team.

    False when there is none: `REASON` says why.
    """
    at = desk.at
    at[REASON], at[DEFICIT], at[CULPRIT] = NOWHERE, 0, -1
    if not find_bounds(plant, board, desk, task):
        return False
    if not set_begin(plant, board, desk, task, floor):
        at[REASON] = FOR_STOCK
        return False
    is_found, least, setup = False, NEVER, 0
    for mode in range(plant.task[task].mode0, plant.task[task + 1].mode0):
        if genes.mode[task] >= 0 and mode != genes.mode[task]:
            continue
        if not _is_affordable(rules, board, genes, task, mode):
            continue
        machine = plant.mode[mode].machine
        is_oven = machine >= 0 and rules.resource[machine].is_oven == 1
        if is_oven and _join(plant, rules, board, desk, task, mode, min(least, NEVER - 1)):
            is_found, least, setup = True, desk.found[END], 0
            _keep(rules, desk, task)
            continue
        if find_in_mode(plant, rules, board, desk, task, mode, least) and (
            desk.found[END] < least or (desk.found[END] == least and desk.found[SETUP] < setup)
        ):
            is_found, least, setup = True, desk.found[END], desk.found[SETUP]
            _keep(rules, desk, task)
    return is_found
