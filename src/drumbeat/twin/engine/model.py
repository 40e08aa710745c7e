"""What the compiled kernel reads: flat arrays in tuples."""

from __future__ import annotations

from typing import NamedTuple

from drumbeat.basics.arrays import Bools, Floats, Int32s, Int64s
from drumbeat.twin.engine.problem import Keys


class Work(NamedTuple):
    """The tasks; shape (N,) each. A cause of C (the number of causes) is always on."""

    key: Keys
    job: Int32s
    release: Int64s
    setup: Int64s
    run: Floats
    planned: Int64s
    can_pause: Bools
    calendar: Int32s
    distribution: Int32s
    shape: Floats
    factor: Floats
    run_cause: Int32s
    group: Int32s
    tables: Floats
    quantity: Floats
    scrap: Floats
    scrap_sigma: Floats
    planned_scrap: Floats
    scrap_cause: Int32s


class Bounds(NamedTuple):
    """What starts and ends wait for: CSR over tasks, as in `Arcs`."""

    start_ptr: Int64s
    start_source: Int32s
    start_lag: Int64s
    end_ptr: Int64s
    end_source: Int32s
    end_lag: Int64s


class Lives(NamedTuple):
    """Lives: one failure mode of one unit each, shape (S,); `ptr` and `life` are CSR over tasks; `mode` is the mode."""

    ptr: Int64s
    life: Int32s
    key: Keys
    is_busy: Bools
    distribution: Int32s
    mean: Floats
    shape: Floats
    repair: Int32s
    repair_mean: Floats
    repair_shape: Floats
    is_down: Bools
    cause: Int32s
    mode: Int64s


class Receipts(NamedTuple):
    """Receipts, shape (Q,), and the lateness of suppliers.

    `base` is what lateness is counted from, `done` the probability of less lateness than it already has.
    """

    key: Keys
    time: Int64s
    base: Int64s
    done: Floats
    supplier: Int32s
    quantiles: Floats
    cause: Int32s


class Times(NamedTuple):
    """Calendars of tasks: open when everything that the task holds is there; calendar 0 is always open.

    Intervals of gated calendars carry gates: closed when fewer than `gate_need` people are present in shift
    `gate_shift`. `gated` lists those calendars, `gated_end` the end of the last interval with a gate, for each of them.
    """

    ptr: Int64s
    start: Int64s
    end: Int64s
    gate_ptr: Int64s
    gate_shift: Int32s
    gate_need: Int32s
    gated: Int32s
    gated_end: Int64s


class Crews(NamedTuple):
    """Shifts in the order of time within each pool, and the crews that work them: same pool, same hour of the day."""

    crew: Int32s
    day: Int64s
    size: Int64s
    key: Keys
    first: Int64s
    rate: Floats
    stay: Floats
    cause: Int32s


class Sets(NamedTuple):
    """Sets of parameters, a row each; a table of one row is the same for all.

    Shapes (D, G) for run times, where the last column stands for what is sure; (D, S) by life; (D, S, K) and (D, Q) by
    supplier and receipt; (D, C) by crew.
    """

    run_mean: Floats
    run_shape: Floats
    mean: Floats
    shape: Floats
    repair_mean: Floats
    repair_shape: Floats
    quantiles: Floats
    done: Floats
    rate: Floats
    stay: Floats


class Model(NamedTuple):
    """What every replication reads: in parts, because handing over one large tuple costs more than a task does."""

    work: Work
    bounds: Bounds
    lives: Lives
    receipts: Receipts
    times: Times
    crews: Crews
    sets: Sets
    due: Int64s
    is_placed: Bools
    num_causes: int
