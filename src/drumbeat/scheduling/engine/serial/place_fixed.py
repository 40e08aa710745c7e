"""Put fixed tasks on the board, where they are fixed to, whatever stands against it."""

from __future__ import annotations

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.serial.find_team import find_team, seat_anybody, time_work
from drumbeat.scheduling.engine.serial.hours import add_hours
from drumbeat.scheduling.engine.serial.machines import fixed_work, setup_after
from drumbeat.scheduling.engine.serial.place_task import hold, open_batch, take_turn
from drumbeat.scheduling.engine.serial.records import (
    CREW,
    END,
    NUM_HOURS,
    ROOM,
    RUN,
    RUN_START,
    SETUP_END,
    Board,
    Desk,
    Plant,
    Rules,
)


@bare
def _choose_team(
    plant: Plant, rules: Rules, board: Board, desk: Desk, task: int, start: int, setup: int, run: int
) -> None:
    """Find people for a fixed task, busy ones if need be, and its end with them."""
    mode, head0 = board.task[task].mode, rules.task[task].head0
    end = time_work(plant, desk, desk.at[NUM_HOURS], start, setup, run)
    if head0 == rules.task[task + 1].head0:
        return
    if find_team(plant, rules, board, desk, task, mode, start, setup, run, end, False) >= NEVER:
        seat_anybody(plant, rules, desk, task, mode, setup)
        for h in range(rules.task[task + 1].head0 - head0):
            if desk.found_team[h] >= 0:
                calendar = plant.resource[desk.found_team[h]].calendar
                desk.at[NUM_HOURS] = add_hours(desk.hours, desk.at[NUM_HOURS], calendar)
        time_work(plant, desk, desk.at[NUM_HOURS], start, setup, run)
    for h in range(rules.task[task + 1].head0 - head0):
        board.team[head0 + h] = desk.found_team[h]


@bare
def _set_up(plant: Plant, rules: Rules, board: Board, task: int, machine: int) -> tuple[int, int, bool]:
    """Setup and run of a fixed task on its machine, and whether it is the first of its batch."""
    setup, run = fixed_work(plant, rules, board, task)
    if machine < 0:
        return setup, run, True
    own, family, start = board.machine[machine], plant.task[task].family, plant.task[task].fixed_start
    if own.batch >= 0 and board.batch[own.batch].start == start and board.batch[own.batch].family == family:
        return board.batch[own.batch].setup, run, False
    if rules.resource[machine].is_state == 1 and family >= 0:
        setup, own.campaign = setup_after(plant, rules, machine, own.family, own.campaign, family, setup, run)
        own.family = family
        i = own.next_fixed
        if i < rules.resource[machine + 1].fixed0 and rules.fixed[i] == task:
            board.fixed_campaign[i] = own.campaign
            own.next_fixed = i + 1
    return setup, run, True


@bare
def place_fixed(plant: Plant, rules: Rules, board: Board, desk: Desk) -> None:
    """Put all fixed tasks on a cleared board; machines then stand as before them."""
    for i in range(rules.num_fixed):
        task = rules.fixed[i]
        state, start = board.task[task], plant.task[task].fixed_start
        mode = max(plant.task[task].fixed_mode, plant.task[task].mode0)
        machine = plant.mode[mode].machine
        state.mode = mode
        setup, run, is_first = _set_up(plant, rules, board, task, machine)
        desk.at[NUM_HOURS], desk.at[CREW] = add_hours(desk.hours, 0, plant.mode[mode].calendar), -1
        if machine >= 0 and plant.resource[machine].crew >= 0:
            desk.at[CREW] = plant.resource[plant.resource[machine].crew].calendar
        _choose_team(plant, rules, board, desk, task, start, setup, run)
        end = desk.found[END] if desk.found[END] < NEVER else start + setup + run
        state.start, state.setup, state.end = start, setup, end
        state.setup_end, state.run_start = min(desk.found[SETUP_END], end), min(desk.found[RUN_START], end)
        if machine >= 0 and rules.resource[machine].is_oven == 1:
            if is_first:
                desk.found[RUN], desk.found[ROOM] = run, 0
                open_batch(plant, rules, board, task, desk.found)
                board.batch[state.batch].is_open = 0
            else:
                b = board.machine[machine].batch
                state.batch, state.end = b, board.batch[b].end
                state.setup_end, state.run_start = board.batch[b].setup_end, board.batch[b].run_start
        hold(plant, rules, board, task, 1 if is_first else 0, 1)
        take_turn(plant, rules, board, task)
    for m in range(len(board.machine)):
        own = board.machine[m]
        own.last_end, own.family, own.campaign = 0, plant.resource[m].initial_family, -1
        own.next_fixed = rules.resource[m].fixed0
