"""Put a task on the board and take the last one off again."""

from __future__ import annotations

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.plant.pools import add_use
from drumbeat.scheduling.engine.plant.stocks import add_event, take_event
from drumbeat.scheduling.engine.serial.records import (
    ABSENT,
    CAMPAIGN,
    END,
    FAMILY,
    JOINED,
    LAST_END,
    MAX_HOURS,
    MODE,
    NEXT_FIXED,
    NUM_BATCHES,
    NUM_PLACED,
    NUM_TURNS,
    ROOM,
    RUN,
    RUN_START,
    SETUP,
    SETUP_END,
    START,
    Board,
    Plant,
    Rules,
)


@bare
def hold(plant: Plant, rules: Rules, board: Board, task: int, is_first: int, sign: int) -> None:
    """Take (1) or give back (-1) what a placed task holds: pools, people, the crew of its setup, stock."""
    state = board.task[task]
    mode, start, end = state.mode, state.start, state.end
    machine = plant.mode[mode].machine
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        if end > start and (is_first == 1 or r != machine):
            units = sign * plant.entry[e].units
            add_use(board.step, board.leaf, board.size, plant.resource[r].room0, r, start, end, units)
    crew = plant.resource[machine].crew if machine >= 0 else -1
    if crew >= 0 and is_first == 1 and state.setup > 0 and state.setup_end > start:
        first = plant.resource[crew].room0
        add_use(board.step, board.leaf, board.size, first, crew, start, state.setup_end, sign)
    for h in range(rules.task[task].head0, rules.task[task + 1].head0):
        worker = board.team[h]
        if worker >= 0 and end > start:
            first = plant.resource[worker].room0
            add_use(board.step, board.leaf, board.size, first, worker, start, end, sign)
    for u in range(plant.task[task].use0, plant.task[task + 1].use0):
        k, quantity = plant.use[u].material, plant.use[u].quantity
        moment, first = start if quantity < 0 else end, plant.material[plant.use[u].material].room0
        if sign > 0:
            add_event(board.material, board.event, first, k, task, moment, quantity)
        else:
            take_event(board.material, board.event, first, k, task, moment, quantity)


@bare
def spend(rules: Rules, board: Board, mode: int, sign: int) -> None:
    """Take what a mode takes of budgets, or give it back."""
    if len(rules.amount) > 0:
        for e in range(rules.budget0[mode], rules.budget0[mode + 1]):
            board.spent[rules.budget[e]] += sign * rules.taken[e]


@bare
def open_batch(plant: Plant, rules: Rules, board: Board, task: int, found: Int64s) -> None:
    """Make the batch of a task that has an oven for itself so far."""
    state, machine = board.task[task], plant.mode[board.task[task].mode].machine
    b = board.counter[NUM_BATCHES]
    board.counter[NUM_BATCHES] = b + 1
    batch = board.batch[b]
    batch.family, batch.start, batch.setup, batch.end = plant.task[task].family, state.start, state.setup, state.end
    batch.setup_end, batch.run_start, batch.run = state.setup_end, state.run_start, found[RUN]
    batch.mode_setup, batch.room = max(plant.mode[state.mode].setup, rules.oven_setup[task]), found[ROOM]
    batch.before, batch.num_hours = board.machine[machine].batch, 0
    batch.is_open = 1 if state.end > state.start else 0
    for e in range(plant.mode[state.mode].entry0 + 1, plant.mode[state.mode + 1].entry0):
        if rules.resource[plant.entry[e].resource].is_oven:
            batch.is_open = 0  # who holds a second oven is alone in both
    board.machine[machine].batch = b
    state.batch = b


@bare
def _meet_hours(plant: Plant, rules: Rules, board: Board, task: int) -> None:
    """Let a batch need the calendars of one more of its tasks; nobody joins one that needs too many."""
    state = board.task[task]
    batch = board.batch[state.batch]
    for i in range(rules.task[task + 1].head0 - rules.task[task].head0 + 1):
        c = plant.mode[state.mode].calendar
        if i > 0:
            worker = board.team[rules.task[task].head0 + i - 1]
            c = plant.resource[worker].calendar if worker >= 0 else -1
        is_known = c < 0
        for k in range(batch.num_hours):
            is_known = is_known or board.batch_hours[MAX_HOURS * state.batch + k] == c
        if is_known:
            continue
        if batch.num_hours == MAX_HOURS:
            batch.is_open = 0
            return
        board.batch_hours[MAX_HOURS * state.batch + batch.num_hours] = c
        batch.num_hours += 1


@bare
def take_turn(plant: Plant, rules: Rules, board: Board, task: int) -> None:
    """Note a job's place in the order of its resources' groups, and its first start on each."""
    mode, job, num_jobs = board.task[task].mode, plant.task[task].job, rules.num_jobs
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        group = rules.resource[r].order_group
        if group >= 0:
            if board.turn[group * num_jobs + job] < 0:
                board.turn[group * num_jobs + job] = board.counter[NUM_TURNS]
                board.counter[NUM_TURNS] += 1
            at = r * num_jobs + job
            board.first_start[at] = min(board.first_start[at], board.task[task].start)


@bare
def _lose_turn(plant: Plant, rules: Rules, board: Board, task: int) -> None:
    """Find a job's first starts anew, without a task that is taken off."""
    mode, job = board.task[task].mode, plant.task[task].job
    start = board.task[task].start
    for e in range(plant.mode[mode].entry0, plant.mode[mode + 1].entry0):
        r = plant.entry[e].resource
        at = r * rules.num_jobs + job
        if rules.resource[r].order_group < 0 or board.first_start[at] != start:
            continue
        first = NEVER
        for i in range(plant.job[job].task0, plant.job[job + 1].task0):
            other = plant.member[i]
            state = board.task[other]
            if other == task or state.mode < 0:
                continue
            for f in range(plant.mode[state.mode].entry0, plant.mode[state.mode + 1].entry0):
                if plant.entry[f].resource == r:
                    first = min(first, state.start)
        board.first_start[at] = first


@bare
def place_task(plant: Plant, rules: Rules, board: Board, task: int, base: int, found: Int64s, team: Int64s) -> None:
    """Put an absent task where it was found to end first.

    Parameters
    ----------
    plant, rules, board
        What binds, and what is placed.
    task
        Absent.
    base
        The mode that budgets were reckoned with, -1 for none.
    found, team
        The place, as in `Desk`, and who fills its heads.
    """
    mode, machine = found[MODE], plant.mode[found[MODE]].machine
    line, state = board.journal[board.counter[NUM_PLACED]], board.task[task]
    board.counter[NUM_PLACED] += 1
    line.task, line.is_first = task, 1 if found[JOINED] < 0 else 0
    state.start, state.setup, state.setup_end = found[START], found[SETUP], found[SETUP_END]
    state.run_start, state.end, state.mode, state.batch = found[RUN_START], found[END], mode, found[JOINED]
    for h in range(rules.task[task].head0, rules.task[task + 1].head0):
        board.team[h] = team[h - rules.task[task].head0]
    if machine >= 0:
        own = board.machine[machine]
        line.last_end, line.family, line.campaign = own.last_end, own.family, own.campaign
        line.next_fixed, line.batch = own.next_fixed, own.batch
        if found[JOINED] < 0:
            own.last_end, own.family, own.campaign = found[LAST_END], found[FAMILY], found[CAMPAIGN]
            own.next_fixed = found[NEXT_FIXED]
        if rules.resource[machine].is_oven:
            if found[JOINED] < 0:
                open_batch(plant, rules, board, task, found)
            board.batch[state.batch].room = found[ROOM]
            _meet_hours(plant, rules, board, task)
    hold(plant, rules, board, task, line.is_first, 1)
    take_turn(plant, rules, board, task)
    if base >= 0:
        spend(rules, board, base, -1)
        spend(rules, board, mode, 1)


@bare
def take_last(plant: Plant, rules: Rules, board: Board, base: int) -> None:
    """Take the task that was placed last off the board; `base` as when it was placed."""
    board.counter[NUM_PLACED] -= 1
    line = board.journal[board.counter[NUM_PLACED]]
    task = line.task
    state = board.task[task]
    mode, machine = state.mode, plant.mode[state.mode].machine
    hold(plant, rules, board, task, line.is_first, -1)
    _lose_turn(plant, rules, board, task)
    if base >= 0:
        spend(rules, board, mode, -1)
        spend(rules, board, base, 1)
    if machine >= 0:
        own = board.machine[machine]
        own.last_end, own.family, own.campaign = line.last_end, line.family, line.campaign
        own.next_fixed, own.batch = line.next_fixed, line.batch
        if rules.resource[machine].is_oven:
            if line.is_first == 1:
                board.counter[NUM_BATCHES] -= 1
            else:  # the calendars that it brought stay: they change nothing
                board.batch[state.batch].room += rules.units[plant.mode[mode].entry0]
    for h in range(rules.task[task].head0, rules.task[task + 1].head0):
        board.team[h] = -1
    state.start = state.end = state.run_start = state.setup_end = -1
    state.setup, state.mode, state.batch = 0, ABSENT, -1
