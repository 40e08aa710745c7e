"""Improve: random changes of sequences, modes and jobs, kept as simulated annealing keeps them."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.change import (
    Tools,
    count_block,
    draw,
    draw_below,
    find_window,
    machine_of,
    move_block,
    move_task,
)
from drumbeat.scheduling.engine.plant.costs import HOUR, Costs, renew_costs, restore_costs, total_cost
from drumbeat.scheduling.engine.plant.find_place import START_LOW
from drumbeat.scheduling.engine.plant.flows import guess_place
from drumbeat.scheduling.engine.plant.lines import IS_JOURNALED, JOURNAL_SIZE, Lines, go_back
from drumbeat.scheduling.engine.plant.records import LINE, TARDINESS, Plant, Records
from drumbeat.scheduling.engine.plant.settle import LIMIT, LOSS, NUM_VISITS

NEAR, BLOCK, FAMILY, MODE, JOB, GUIDED, NUM_KINDS = 0, 1, 2, 3, 4, 5, 6
"""Kinds of change: a task to another place nearby; neighbours of one family together; a task to its family; another
mode; a job's tasks all forward; a task to where flows promise most."""

TRIED, KEPT, VISITED = 0, NUM_KINDS, 2 * NUM_KINDS
"""Places in the tally, each plus the kind."""

CURRENT, BEST, SCALE = 0, 1, 2
"""Places in the marks: the objective now and at best, and what heat is measured in."""

PATIENCE = 0.5
"""A change is given up when by the way it has lost so much, in `SCALE`: what is won is mostly won at once."""

LOOKS = 3
"""Jobs of which the costliest is picked."""
FARTHEST_FAMILY = 30
DOUBTFUL = 0.02
"""Odds of trying a guided change that promises nothing."""


@piece
def _pick_job(costs: Costs, tools: Tools) -> int:
    """A costly job, half of the time; any, otherwise."""
    n = len(costs.job)
    best = draw_below(tools, n)
    if draw(tools) < 0.5:
        for _ in range(LOOKS - 1):
            other = draw_below(tools, n)
            if costs.job[other] > costs.job[best]:
                best = other
    return best


@piece
def _pick_task(plant: Plant, lines: Lines, costs: Costs, tools: Tools) -> int:
    """A placed task of a picked job that may move; -1 when none was hit."""
    job = _pick_job(costs, tools)
    first = plant.job[job].task0
    size = plant.job[job + 1].task0 - first
    if size == 0:
        return -1
    task = plant.member[first + draw_below(tools, size)]
    if lines.task[task].mode < 0 or plant.task[task].fixed_start >= 0:
        return -1
    return task


@piece
def _pick_flow(plant: Plant, lines: Lines, tools: Tools) -> int:
    """A placed task that may move, mostly one for which much waits; -1 when none was hit."""
    n = len(lines.task)
    best = draw_below(tools, n)
    if draw(tools) < 0.7:
        for _ in range(LOOKS):
            other = draw_below(tools, n)
            if tools.own[other] > tools.own[best]:
                best = other
    return -1 if lines.task[best].mode < 0 or plant.task[best].fixed_start >= 0 else best


@piece
def _draw_place(low: int, high: int, here: int, tools: Tools) -> int:
    """A place from `low` to `high`, other than `here`, mostly near to it; -1 when there is none."""
    if high <= low:
        return -1
    u = draw(tools)
    reach = high - low + 1
    step = max(1, int(float(reach) ** (u * u)))
    place = here - step if draw(tools) < 0.6 else here + step
    place = min(max(place, low), high)
    return -1 if place == here else place


@piece
def _find_family(plant: Plant, lines: Lines, task: int, machine: int, here: int, low: int, high: int, step: int) -> int:
    """Place beside the nearest task of the same family, in one direction, within a window; -1 when there is none."""
    first = plant.resource[machine].room0
    family = plant.task[task].family
    i = here + 2 * step
    for _ in range(FARTHEST_FAMILY):
        if i < max(low - 1, 0) or i > high or i >= lines.size[machine]:
            return -1
        if plant.task[lines.span[first + i].task].family == family:
            # Behind it when it stands before, ahead of it when it stands behind; places are counted without the task.
            return i + 1 if step < 0 else i - 1
        i += step
    return -1


@piece
def _change_mode(plant: Plant, lines: Lines, task: int, tools: Tools) -> int:
    """Try another mode of a task, near the first place at which it could begin there."""
    mode = lines.task[task].mode
    size = plant.task[task + 1].mode0 - plant.task[task].mode0
    if size < 2:
        return 0
    other = plant.task[task].mode0 + draw_below(tools, size - 1)
    mode = other + 1 if other >= mode else other
    machine = plant.mode[mode].machine
    if machine < 0 or plant.resource[machine].kind != LINE:
        return 1 if move_task(plant, lines, task, mode, -1, tools) else -1
    low, high = find_window(plant, lines, task, machine, tools.scratch)
    if machine == plant.mode[lines.task[task].mode].machine:
        return 0
    place = min(low + np.int64(draw(tools) ** 2 * 8), max(low, high))
    return 1 if move_task(plant, lines, task, mode, min(place, lines.size[machine]), tools) else -1


@piece
def _change(plant: Plant, lines: Lines, costs: Costs, kind: int, tools: Tools) -> int:
    """Try a change of a kind: 1 = done, 0 = none was found, -1 = it breaks rules."""
    if kind == JOB:
        return _pull_job(plant, lines, costs, tools)
    task = _pick_flow(plant, lines, tools) if kind == GUIDED else _pick_task(plant, lines, costs, tools)
    if task < 0:
        return 0
    mode = lines.task[task].mode
    if kind == MODE:
        return _change_mode(plant, lines, task, tools)
    machine = machine_of(plant, lines, task)
    if machine < 0:
        return 0
    here = lines.place[plant.mode[mode].entry0]
    low, high = find_window(plant, lines, task, machine, tools.scratch)
    high = min(high, lines.size[machine] - 1)
    low = min(low, here)
    high = max(high, here)
    if kind == BLOCK:
        length = count_block(plant, lines, machine, here)
        place = _draw_place(low, min(high, lines.size[machine] - length), here, tools)
        if place < 0:
            return 0
        return 1 if move_block(plant, lines, machine, here, length, place, tools) else -1
    if kind == FAMILY:
        if plant.task[task].family < 0 or plant.resource[machine].matrix < 0:
            return 0
        step = -1 if draw(tools) < 0.5 else 1
        place = _find_family(plant, lines, task, machine, here, low, high, step)
    elif kind == GUIDED:
        place, loss = guess_place(
            plant, lines, task, machine, here, low, high, tools.scratch[START_LOW], tools.own, tools.whole
        )
        if loss >= 0 and draw(tools) > DOUBTFUL:
            return 0
    else:
        place = _draw_place(low, high, here, tools)
    if place < 0 or place == here:
        return 0
    return 1 if move_task(plant, lines, task, mode, place, tools) else -1


@piece
def _pull_job(plant: Plant, lines: Lines, costs: Costs, tools: Tools) -> int:
    """Move the tasks of a job forward, one after the other from some task on."""
    job = _pick_job(costs, tools)
    first, last = plant.job[job].task0, plant.job[job + 1].task0
    if last - first < 1:
        return 0
    begin = draw_below(tools, last - first)
    count, power = 0, 1.0 + 3.0 * draw(tools)
    most = 1 + draw_below(tools, last - first)
    for i in range(first + begin, min(last, first + begin + most)):
        task = plant.member[i]
        if lines.task[task].mode < 0 or plant.task[task].fixed_start >= 0:
            continue
        machine = machine_of(plant, lines, task)
        if machine < 0:
            continue
        here = lines.place[plant.mode[lines.task[task].mode].entry0]
        low, _ = find_window(plant, lines, task, machine, tools.scratch)
        if low >= here:
            continue
        place = low + np.int64((here - low) * draw(tools) ** power)
        count += 1
        if not move_task(plant, lines, task, lines.task[task].mode, place, tools):
            return -1
    return 1 if count > 0 else 0


@piece
def _keep_best(lines: Lines, best: Records, touched: Int64s, is_touched: Int64s) -> None:
    """Copy those who moved since the best was kept last."""
    for i in range(touched[0]):
        task = touched[1 + i]
        best[task] = lines.task[task]
        is_touched[task] = 0
    touched[0] = 0


@piece
def _note_touched(lines: Lines, touched: Int64s, is_touched: Int64s) -> None:
    for i in range(lines.counter[JOURNAL_SIZE]):
        task = lines.journal[i].task
        if is_touched[task] == 0:
            is_touched[task] = 1
            touched[0] += 1
            touched[touched[0]] = task


@njit(nogil=True, _nrt=False)
def improve_plant(
    plant: Plant,
    lines: Lines,
    costs: Costs,
    best: Records,
    touched: Int64s,
    is_touched: Int64s,
    marks: Floats,
    tally: Int64s,
    shares: Floats,
    heat: float,
    num_changes: int,
    tools: Tools,
) -> None:
    """Try so many changes; keep those that are better, or little worse.

    Parameters
    ----------
    plant, lines, costs, tools
        The schedule, which ends where the search stands.
    best, touched, is_touched
        Task states at the best; and who moved since, shapes (T,), (T + 1,), (T,).
    marks, tally
        `CURRENT`, `BEST`, `SCALE`; how many of each kind were tried and kept, and how many tasks they touched.
    shares
        Shape (`NUM_KINDS`,): cumulative odds of each kind.
    heat
        A change may be worse by `heat` times `SCALE` at odds of 1 to e.
    num_changes
        How many, >= 0.
    """
    lines.counter[IS_JOURNALED] = 1
    for _ in range(num_changes):
        u, kind = draw(tools), 0
        while kind < NUM_KINDS - 1 and u >= shares[kind]:
            kind += 1
        lines.counter[JOURNAL_SIZE] = 0
        tools.queue[NUM_VISITS] = 0
        allowed = -np.log(1.0 - draw(tools)) * heat * marks[SCALE]
        tools.gauge[LOSS] = 0.0
        if plant.aim[TARDINESS] > 0:
            tools.gauge[LIMIT] = (allowed + PATIENCE * marks[SCALE]) * HOUR / plant.aim[TARDINESS]
        done = _change(plant, lines, costs, kind, tools)
        if done == 0:
            continue
        tally[TRIED + kind] += 1
        tally[VISITED + kind] += tools.queue[NUM_VISITS]
        if done < 0:
            go_back(plant, lines, 0)
            continue
        cost = renew_costs(plant, lines, costs)
        loss = cost - marks[CURRENT]
        if loss > 0 and loss >= allowed:
            go_back(plant, lines, 0)
            restore_costs(costs)
            continue
        tally[KEPT + kind] += loss != 0
        if loss > 0 and marks[CURRENT] < marks[BEST]:
            # What is about to be left is the best so far: go back and keep it; the change may come another time.
            go_back(plant, lines, 0)
            restore_costs(costs)
            marks[BEST] = marks[CURRENT]
            _keep_best(lines, best, touched, is_touched)
            continue
        _note_touched(lines, touched, is_touched)
        marks[CURRENT] = cost
    lines.counter[JOURNAL_SIZE] = 0
    if marks[CURRENT] < marks[BEST]:
        marks[BEST] = marks[CURRENT]
        _keep_best(lines, best, touched, is_touched)


@njit(nogil=True)
def measure_now(plant: Plant, lines: Lines, costs: Costs) -> float:
    """The objective as it stands."""
    return total_cost(plant, lines, costs)
