"""The plant: what never changes while schedules are made and changed, as flat records for the kernels."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s

Records: TypeAlias = Any
"""An array of records of one of the types below."""


def _record(integers: str, floats: str = "") -> np.dtype[np.void]:
    fields: list[tuple[str, type]] = [(name, np.int64) for name in integers.split()]
    fields += [(name, np.float64) for name in floats.split()]
    return np.dtype(fields)


LINE, POOL = 0, 1
"""Kinds of resource: a machine that does one task at a time keeps its sequence; anything else keeps how much of it
is taken when."""

TASK = _record("job release family fixed_start fixed_mode mode0 into0 out0 use0 can_pause deadline", "due weight tail")
"""One row more than tasks: rows t and t + 1 of `mode0`, `into0`, `out0` and `use0` bound the modes, the links into and
out of t, and its materials."""

MODE = _record("task run setup calendar setup_calendar machine entry0")
"""`machine` is the first resource that a mode holds, -1 for none; `calendar` that in which all are open at once, -1 =
always; `setup_calendar` that in which the crew that sets the machine up is open as well."""

ENTRY = _record("resource units")
RESOURCE = _record("kind capacity calendar matrix initial_family crew room0 varies")
"""`room0` bounds the room for its sequence or its steps."""

LINK = _record("task kind lag most")
"""A link seen from one of its ends: the task at the other."""

JOB = _record("task0 due", "weight")
MATERIAL = _record("room0", "stock most")
USE = _record("material", "quantity")


class Plant(NamedTuple):
    """What never changes while schedules are made and changed.

    `member` lists the tasks of each job (`job.task0` bounds them); `receipt` the rows of what arrives; `aim` the
    weights of `AIMS`; the rest as in `Shop`.
    """

    task: Records
    mode: Records
    entry: Records
    resource: Records
    into: Records
    out: Records
    use: Records
    job: Records
    member: Int64s
    material: Records
    receipt: Records
    setup_seconds: Int64s
    setup_cost: Floats
    cal_ptr: Int64s
    cal_start: Int64s
    cal_end: Int64s
    cal_worked: Int64s
    cal_level: Int64s
    aim: Floats
    is_ahead: bool


AIMS = ("tardiness", "makespan", "num_late", "setup", "setup_cost", "earliness", "in_process")
TARDINESS, MAKESPAN, NUM_LATE, SETUP, SETUP_COST, EARLINESS, IN_PROCESS = range(7)
