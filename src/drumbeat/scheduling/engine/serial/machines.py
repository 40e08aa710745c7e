"""How a machine stands after the tasks that it has done: setups by sequence, campaigns and their cleaning, and the
fixed tasks that are still to come."""

from __future__ import annotations

from drumbeat.basics.compiled import bare
from drumbeat.scheduling.engine.problem import FAR_FUTURE
from drumbeat.scheduling.engine.serial.records import (
    CAMPAIGN,
    FAMILY,
    LAST_END,
    NEXT_FIXED,
    Board,
    Desk,
    Plant,
    Rules,
)


@bare
def read_machine(board: Board, desk: Desk, machine: int) -> None:
    """Write down how a machine stands now."""
    state, found = board.machine[machine], desk.found
    found[LAST_END], found[FAMILY], found[CAMPAIGN] = state.last_end, state.family, state.campaign
    found[NEXT_FIXED] = state.next_fixed


@bare
def setup_after(
    plant: Plant, rules: Rules, machine: int, before: int, campaign: int, family: int, setup: int, run: int
) -> tuple[int, int]:
    """Setup of a task of a family, and the campaign with it, on a machine that stands at `before` and `campaign`.

    A campaign of -1 is none: nothing of a family was done yet.
    """
    if plant.resource[machine].matrix >= 0:
        setup += plant.setup_seconds[plant.resource[machine].matrix, before, family]
    most = rules.resource[machine].most_campaign
    if campaign < 0 or family != before:
        return setup, run
    if most < FAR_FUTURE and campaign + run > most:
        return max(setup, rules.resource[machine].clean), run
    return setup, campaign + run


@bare
def fixed_work(plant: Plant, rules: Rules, board: Board, task: int) -> tuple[int, int]:
    """Setup of the mode and run of a fixed task, or of its batch."""
    mode = board.task[task].mode
    return max(plant.mode[mode].setup, rules.oven_setup[task]), max(plant.mode[mode].run, rules.oven_run[task])


@bare
def keeps_fixed(plant: Plant, rules: Rules, board: Board, machine: int, i: int, family: int, campaign: int) -> bool:
    """Whether the fixed tasks from the i-th on keep their setups after a machine stands so."""
    while i < rules.resource[machine + 1].fixed0:
        task = rules.fixed[i]
        mine = plant.task[task].family
        setup, run = fixed_work(plant, rules, board, task)
        setup, campaign = setup_after(plant, rules, machine, family, campaign, mine, setup, run)
        if setup != board.task[task].setup:
            return False
        family = mine
        if campaign == board.fixed_campaign[i]:
            return True
        i += 1
    return True


@bare
def pass_fixed(rules: Rules, board: Board, desk: Desk, plant: Plant) -> None:
    """Let the next fixed task come before what is to be placed."""
    found = desk.found
    i = found[NEXT_FIXED]
    task = rules.fixed[i]
    found[LAST_END] = max(found[LAST_END], board.task[task].end)
    found[FAMILY], found[CAMPAIGN] = plant.task[task].family, board.fixed_campaign[i]
    found[NEXT_FIXED] = i + 1
