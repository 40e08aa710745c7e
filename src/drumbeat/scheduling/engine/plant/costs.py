"""What the schedule on the timelines costs, kept up to date job by job."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.compiled import njit
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.lines import JOURNAL_SIZE, SETUP_SUM, Lines
from drumbeat.scheduling.engine.plant.records import (
    EARLINESS,
    IN_PROCESS,
    MAKESPAN,
    NUM_LATE,
    SETUP,
    TARDINESS,
    Plant,
)

HOUR = 3600.0
TURN, NUM_CHANGED = 0, 1


class Costs(NamedTuple):
    """Cost and end of each job; `changed` and `before` list whose cost changed last, and what it was."""

    job: Floats
    end: Int64s
    turn: Int64s
    changed: Int64s
    before: Floats
    end_before: Int64s
    counter: Int64s
    total: Floats


def make_costs(plant: Plant, lines: Lines) -> Costs:
    """Make the costs of the schedule as it stands."""
    n = len(plant.job) - 1
    costs = Costs(
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(2, np.int64),
        np.zeros(1),
    )
    _cost_all(plant, lines, costs)
    return costs


@piece
def _cost_job(plant: Plant, lines: Lines, costs: Costs, job: int) -> float:
    """Cost of a job, and its end; absent tasks count nothing."""
    last, first = -1, 2**60
    money = 0.0
    for i in range(plant.job[job].task0, plant.job[job + 1].task0):
        task = plant.member[i]
        if lines.task[task].mode < 0:
            continue
        last, first = max(last, lines.task[task].end), min(first, lines.task[task].start)
    if last < 0:
        return 0.0
    costs.end[job] = last
    late = last - plant.job[job].due
    if late > 0:
        money += plant.aim[TARDINESS] * plant.job[job].weight * late / HOUR + plant.aim[NUM_LATE]
    elif plant.job[job].due < 2**60:
        money -= plant.aim[EARLINESS] * plant.job[job].weight * late / HOUR
    return money + plant.aim[IN_PROCESS] * (last - first) / HOUR


@piece
def total_cost(plant: Plant, lines: Lines, costs: Costs) -> float:
    """The whole objective, from the sum over jobs."""
    total = costs.total[0] + plant.aim[SETUP] * lines.counter[SETUP_SUM] / HOUR
    if plant.aim[MAKESPAN] > 0:
        last = 0
        for job in range(len(costs.end)):
            last = max(last, costs.end[job])
        total += plant.aim[MAKESPAN] * last / HOUR
    return total


@njit(nogil=True)
def _cost_all(plant: Plant, lines: Lines, costs: Costs) -> None:
    costs.total[0] = 0.0
    for job in range(len(costs.job)):
        costs.job[job] = _cost_job(plant, lines, costs, job)
        costs.total[0] += costs.job[job]


@piece
def renew_costs(plant: Plant, lines: Lines, costs: Costs) -> float:
    """Renew the costs of all whom the journal names, and return the objective."""
    costs.counter[TURN] += 1
    costs.counter[NUM_CHANGED] = 0
    for i in range(lines.counter[JOURNAL_SIZE]):
        job = plant.task[lines.journal[i].task].job
        if costs.turn[job] == costs.counter[TURN]:
            continue
        costs.turn[job] = costs.counter[TURN]
        at = costs.counter[NUM_CHANGED]
        costs.changed[at], costs.before[at], costs.end_before[at] = job, costs.job[job], costs.end[job]
        costs.counter[NUM_CHANGED] += 1
        costs.job[job] = _cost_job(plant, lines, costs, job)
        costs.total[0] += costs.job[job] - costs.before[at]
    return total_cost(plant, lines, costs)


@piece
def restore_costs(costs: Costs) -> None:
    """Take the last renewal back."""
    for i in range(costs.counter[NUM_CHANGED] - 1, -1, -1):
        job = costs.changed[i]
        costs.total[0] += costs.before[i] - costs.job[job]
        costs.job[job], costs.end[job] = costs.before[i], costs.end_before[i]
    costs.counter[NUM_CHANGED] = 0
