"""What the serial generation of schedules looks at and writes to: rules that plants seldom have, and the board on which
tasks are placed one after the other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.scheduling.engine.plant.records import Plant, Records


def _record(integers: str) -> np.dtype[np.void]:
    return np.dtype([(name, np.int64) for name in integers.split()])


RULE = _record("is_oven is_state room calendar most_campaign clean order_group fixed0")
"""What binds a resource: whether it is an oven, whether its setups or cleanings depend on what was before, the units of
a batch and their calendar, the longest campaign, the cleaning, its order group (-1 = none), and the first row of its
fixed tasks in `Rules.fixed`; one row more than resources."""

NEED = _record("head0 cluster is_optional")
"""What binds a task: its first head, its cluster; one row more than tasks."""

PLACED = _record("start setup setup_end run_start end mode batch is_past")
"""Where a task stands; mode -1 = nowhere, -2 = left out; batch -1 = in none; whether its followers need not wait for
it any more."""

MACHINE = _record("last_end family campaign next_fixed batch")
"""How a machine stands: the end of the last task of a family, that family, the run seconds of its campaign, the next
fixed task that comes, and the batch that was made last (-1 = none)."""

MAX_HOURS = 12
"""Calendars that the tasks of one batch may need together."""

BATCH = _record("family start setup setup_end run_start end run mode_setup room before num_hours is_open")
"""A batch: times, longest run and longest setup of its modes, units left, the batch made before it in its oven, the
number of calendars that it needs, whether others may join."""

SAVED = _record("task last_end family campaign next_fixed batch is_first")
"""A line of the journal: a task that was placed, how its machine stood before, and whether it made a batch."""


class Rules(NamedTuple):
    """What never changes.

    `units` are those of each entry (those of the plant are 1 in ovens); `head_skill` the skill of each head, and
    `worker` the resources that have skill s from `worker0[s]` on; `member` the tasks of each cluster (`cluster0`),
    forerunners first; `ahead` the number of links that come to a cluster from outside; `fixed` all fixed tasks by their
    start, then those of each machine whose state counts; `oven_run` and `oven_setup` the longest of a fixed batch;
    `budget0`, `budget`, `taken` what modes take of budgets (`amount`).
    """

    resource: Records
    task: Records
    units: Int64s
    head_skill: Int64s
    worker0: Int64s
    worker: Int64s
    cluster0: Int64s
    member: Int64s
    ahead: Int64s
    fixed: Int64s
    oven_run: Int64s
    oven_setup: Int64s
    budget0: Int64s
    budget: Int64s
    taken: Int64s
    amount: Int64s
    num_fixed: int
    num_jobs: int


class Board(NamedTuple):
    """What is placed so far: tasks, use of pools (`size`, `step`, `leaf`), stock, machines, batches, teams, what is
    spent, the jobs' first starts on grouped resources, and the journal."""

    task: Records
    size: Int64s
    step: Records
    leaf: Records
    material: Records
    event: Records
    machine: Records
    batch: Records
    batch_hours: Int64s
    team: Int64s
    spent: Int64s
    fixed_campaign: Int64s
    first_start: Int64s
    turn: Int64s
    journal: Records
    counter: Int64s


NUM_PLACED, NUM_BATCHES, NUM_TURNS = 0, 1, 2
"""Places in the board's counters."""


class Genes(NamedTuple):
    """What a schedule is made of; shape (T,) each.

    `rank`: the smaller comes first, forerunners permitting. `mode`: the only one tried, -1 = any. `base`: a mode that
    budgets allow together with all others' (read where `mode` is -1). `floor`: earliest start. `is_out`: 1 =
    left out, 2 = not to be placed at all.
    """

    rank: Int64s
    mode: Int64s
    base: Int64s
    floor: Int64s
    is_out: Int64s


class Desk(NamedTuple):
    """Room to work: bounds (`at`), what was found, the best of it, their teams, calendars, people, heaps."""

    at: Int64s
    found: Int64s
    best: Int64s
    found_team: Int64s
    best_team: Int64s
    hours: Int64s
    fit: Int64s
    owner: Int64s
    parent: Int64s
    queue: Int64s
    heap: Records
    heap_size: Int64s
    waiting: Int64s
    left: Int64s
    lift: Int64s


START_LOW, END_LOW, START_HIGH, END_HIGH, BEGIN_LOW, BEGIN_HIGH, START_WHO, END_WHO = range(8)
"""Bounds of a task: of the start that links bind, of its end, and of its very start; which forerunner bounds it from
above (-1 = a date)."""

REASON, DEFICIT, CULPRIT = 8, 9, 10
"""Why no place was found, by how much it is too late, and whose bound that is."""

NUM_HOURS, STAMP, WAIT, NUM_WAITING, CREW, NUM_AT = range(11, 17)
"""Calendars in use, number of looks at people, when to look at people again, who waits for stock, the crew's calendar
(-1 = always or none)."""

NOWHERE, FOR_STOCK, TOO_LATE = 0, 1, 2
"""Reasons."""

START, SETUP, SETUP_END, RUN_START, END, MODE, JOINED, LAST_END, FAMILY, CAMPAIGN, NEXT_FIXED, RUN, ROOM = range(13)
"""What was found: times, mode, the batch that is joined (-1 = a new one), and how its machine stands before it."""

NUM_FOUND = 13

ABSENT, LEFT_OUT = -1, -2

__all__ = ["Plant", "Records"]
