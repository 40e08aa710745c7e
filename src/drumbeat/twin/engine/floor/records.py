"""The kernel's memory: one record a thing, fixed and changing fields side by side: a moment touches few lines."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.compiled import njit

Records: TypeAlias = Any
"""A structured array of one of the kinds below."""

hot = njit(forceinline=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""For short kernels of each moment: passing the floor's arrays on would take longer than their work."""

W, L, X = np.int32, np.int64, np.float64


def _record(fields: list[tuple[str, Any]]) -> np.dtype[np.void]:
    """Make a kind of record, each field where the processor reads it at once."""
    return np.dtype(fields, align=True)


FREE, READY, WORKING, HOLDING, CARING = range(5)
"""What a machine is at: nothing; it has a lot and waits for units of a pool; it works; it is blocked; care."""

SETUP, RUN_PHASE = 0, 1

NO_OUTCOME, PLAIN_OUTCOME, ANY_OUTCOME = range(3)
"""What may become of a lot after a step: it goes on; it is scrapped or sent back by fixed probabilities; anything."""

MACHINE = _record(
    [
        ("work", W), ("phase", W), ("is_free", W), ("shown", W), ("broken", W), ("stopped", W), ("closed", W),
        ("fails", W), ("lot", W), ("group", W), ("blocked_on", W), ("next_blocked", W), ("queue0", W), ("queue1", W),
        ("life0", W), ("life1", W), ("care0", W), ("care1", W), ("family", W), ("matrix", W), ("calendar", W),
        ("due_cares", W), ("busy_life", W), ("care", W), ("is_patient", W), ("is_ahead", W), ("is_steady", W),
        ("is_through", W), ("least_run", L),
        ("made", L), ("pending", L), ("lots", L), ("pieces", L), ("since", X), ("began", X), ("left", X),
        ("run_seconds", X), ("busy", X), ("busy_fail", X), ("wear", X), ("cared", X), ("pieces_before", X),
        ("ended", X), ("turns", X),
    ]
)  # fmt: skip
"""`queue0` to `queue1 - 1` are places of `Floor.lists` with its groups; `pending` is the code of the event that ends
its work, or breaks it (`fails`); `left` what was left of the phase when it `began` (below 0: not yet) or paused;
`ended` when its last run did; of a steady one, which
nothing can stop at work, setup and run are one event (`is_through`): the setup turns into the run at `turns`; `busy` is
the reading of its busy clock, `busy_fail` that at which `busy_life` ends."""

GROUP = _record(
    [
        ("machine0", W), ("machine1", W), ("rule", W), ("setup_first", W), ("is_plain", W), ("area", W),
        ("has_needs", W), ("is_choosy", W), ("head", W), ("tail", W), ("num_free", W), ("num_empty", W),
        ("num_ready", W), ("is_even", W), ("is_dirty", W), ("is_lacking", W), ("blocked_head", W),
        ("blocked_tail", W), ("outside_head", W), ("outside_tail", W), ("source", W), ("capacity", L), ("size", L),
        ("arrivals", L), ("starts", L), ("since", X), ("queue", X), ("wait", X),
    ]
)  # fmt: skip
"""A plain group's lots are taken in the order of its queue; `has_needs`: they need units of pools, all the same ones;
`is_choosy`: which of several free machines takes one matters."""

STEP = _record(
    [
        ("group", W), ("product", W), ("unit", W), ("run_kind", W), ("delay_kind", W), ("family", W),
        ("batch_slot", W), ("has_outcome", W), ("scrap_unit", W), ("rework_to", W), ("keeps_units", W),
        ("dedicate_to", W),
        ("dedicate_slot", W), ("limit_to", W), ("is_reworked", W), ("need0", W), ("need1", W), ("use0", W),
        ("use1", W), ("last", W), ("batch_min", L), ("batch_max", L), ("key", np.uint64), ("run_mean", X),
        ("run_shape", X), ("delay_mean", X), ("delay_shape", X), ("batch_wait", X), ("scrap", X), ("rework", X),
        ("skip", X), ("limit_seconds", X), ("defect", X), ("detect", X), ("drift", X), ("tail", X), ("lot_seconds", X),
        ("setup", X),
    ]
)  # fmt: skip
"""`last` is the last step of its product; `tail` the mean work left from this step on, `lot_seconds` that of this step,
both of a whole lot; `keeps_units`: it needs none, or the same for setup and run; `has_outcome` is `NO_OUTCOME`,
`PLAIN_OUTCOME` or `ANY_OUTCOME`."""

PRODUCT = _record(
    [
        ("step0", W), ("step1", W), ("is_lost", W), ("makes", W), ("found_kind", W), ("priority", W),
        ("closed_source", W), ("pieces", L), ("transfer", L), ("serial", L), ("to_release", L), ("wip", L),
        ("released", L), ("finished", L), ("scrapped", L), ("lost", L), ("pieces_finished", L), ("pieces_scrapped", L),
        ("reworks", L), ("over_limit", L), ("escaped", L), ("found", L), ("orders_finished", L), ("orders_on_time", L),
        ("key", np.uint64), ("due_seconds", X), ("weight", X), ("found_mean", X), ("found_shape", X), ("since", X),
        ("wip_integral", X), ("residence", X), ("cycle", X), ("cycle_squares", X), ("tardiness", X),
    ]
)  # fmt: skip

LOT = _record(
    [
        ("product", W), ("step", W), ("priority", W), ("loops", W), ("next", W), ("prev", W), ("order", W),
        ("is_used", W), ("dedicated", W), ("dedicated_step", W), ("dedicated1", W), ("dedicated_step1", W),
        ("limit_step", W), ("has_defect", W), ("is_passing", W), ("target", W), ("pieces", L), ("serial", L),
        ("number", L), ("key", np.uint64), ("release", X), ("due", X), ("entered", X), ("rank", X), ("limit_by", X),
    ]
)  # fmt: skip
"""`next` and `prev` link it in its queue, in a machine's batch, outside a group or among the free places."""

SOURCE = _record(
    [
        ("product", W), ("kind", W), ("between_kind", W), ("at0", W), ("at1", W), ("lots", L), ("drawn", L),
        ("key", np.uint64), ("between_mean", X), ("between_shape", X), ("first", X),
    ]
)  # fmt: skip

LIFE = _record(
    [
        ("machine", W), ("clock", W), ("life_kind", W), ("repair_kind", W), ("is_aged", W), ("pool", W),
        ("priority", W), ("spare", W), ("is_waiting", W), ("next", W), ("begun", L), ("pending", L), ("failures", L),
        ("key", np.uint64), ("life_mean", X), ("life_shape", X), ("repair_mean", X), ("repair_shape", X),
        ("fails_at", X), ("failed", X), ("wait", X),
    ]
)  # fmt: skip
"""`fails_at` is a moment, or a reading of the machine's busy clock."""

CARE = _record(
    [
        ("machine", W), ("clock", W), ("duration_kind", W), ("pool", W), ("is_due", W), ("keeps_rhythm", W),
        ("drawn", L), ("done", L), ("skipped", L), ("key", np.uint64), ("interval", X), ("duration_mean", X),
        ("duration_shape", X), ("patience", X), ("skip", X), ("growth", X), ("most", X), ("last", X), ("next", X),
        ("due_since", X), ("booked", X), ("overdue", X),
    ]
)  # fmt: skip
"""`last` is the reading of its clock when it was last done, `next` the one at which it falls due;
`overdue` counts from `booked` on, its patience from `due_since`."""

POOL = _record(
    [
        ("at0", W), ("at1", W), ("at", W), ("group0", W), ("group1", W), ("care0", W), ("care1", W), ("is_wanted", W),
        ("shift", L), ("size", L), ("over", L), ("present", L), ("held", L), ("key", np.uint64), ("cycle", X),
        ("cycle_began", X), ("absence", X), ("build", X), ("recover", X), ("slower", X), ("defects", X),
        ("more_absent", X), ("fatigue", X), ("over_share_hours", X), ("since", X), ("held_integral", X),
        ("sized", X), ("present_integral", X), ("over_integral", X),
    ]
)  # fmt: skip

"""`since` goes with `held_integral`, `sized` with those of what is there: that changes with shifts only."""

CALENDAR_RECORD = _record(
    [
        ("first", W), ("end", W), ("at", W), ("is_closed", W), ("machine0", W), ("machine1", W), ("cycle", X),
        ("cycle_began", X),
    ]
)  # fmt: skip

MATERIAL = _record(
    [
        ("lead_kind", W), ("maker", W), ("outage", W), ("group0", W), ("group1", W), ("is_wanted", W), ("held", L),
        ("to_make", L), ("drawn", L), ("key", np.uint64), ("stock", X), ("on_order", X), ("reorder_point", X),
        ("order_quantity", X), ("lead_mean", X), ("lead_shape", X), ("since", X), ("integral", X), ("used", X),
        ("short_since", X), ("short", X),
    ]
)  # fmt: skip

OUTAGE = _record(
    [
        ("machine0", W), ("machine1", W), ("window0", W), ("window1", W), ("window", W), ("up_kind", W),
        ("down_kind", W), ("num_down", W), ("drawn", L), ("key", np.uint64), ("up_mean", X), ("up_shape", X),
        ("down_mean", X), ("down_shape", X),
    ]
)  # fmt: skip

NEED = _record([("of", W), ("phase", W), ("amount", X)])

LISTED = _record(
    [
        ("product", W), ("priority", W), ("step", W), ("pieces", L), ("key", np.uint64), ("release", X), ("due", X),
    ]
)  # fmt: skip

OPEN_ORDER = _record([("next", W), ("lots", W), ("has_finished", W), ("due", X)])
"""An order of several lots; `next` links the free ones."""

RECEIPT_RECORD = _record([("material", W), ("time", X), ("quantity", X)])

MOVE = _record([("kind", W), ("mean", X), ("shape", X)])

MOMENT = _record([("time", X), ("code", L)])
"""An entry of the calendar of events: a binary heap by time, ties by code, which begins with the entry's number."""

(
    HEAP_SIZE, NUMBER, FREE_LOT, LOTS_LEFT, FREE_ORDER, ORDERS_LEFT, NUM_DIRTY, EVENTS, NEXT_LISTED, NUM_RELEASED,
    TRACED, IS_TRACED, PENDING, CARES_DUE, REPAIRS, LOTS_MARGIN, HEAP_MARGIN, HAS_PERIODS, HAS_FATIGUE, HAS_WEAR,
    ORDERS_MARGIN, HAS_GAP, NUM_COUNTERS,
) = range(23)  # fmt: skip
"""Places of `Floor.counter`. `REPAIRS` heads the list of repairs that wait; `PENDING` is the number of releases to come
at this moment."""

NOW, BEGIN, PERIOD, TICK_SECONDS, LUCK_PLACES = range(5)
"""Places of `Floor.clock`."""


class Floor(NamedTuple):
    """All that the kernel reads and writes for one replication.

    Parameters
    ----------
    machine, group, step, product, lot, source, life, care, pool, calendar, material, outage, need, listed, order, move,
    receipt
        Records of those kinds; `need` holds the units and the materials that steps take.
    heap
        The calendar of events.
    lists, numbers
        CSR's places of the records above, one list after the other: indices, and what belongs to each.
    dirty, batch_pieces
        Groups that must be looked at; pieces that wait by group and batch family.
    seconds
        Shape (M, NUM_STATES): what machines did.
    periods
        Shape (periods, P): pieces finished.
    setups, tables
        As in `FloorProblem`.
    counter, clock, luck
        Single numbers, see above; `luck` is of shape (1,), from `luck_of`.
    salts
        Luck of each step, see `salt_of`.
    trace
        Events told.
    """

    machine: Records
    group: Records
    step: Records
    product: Records
    lot: Records
    source: Records
    life: Records
    care: Records
    pool: Records
    calendar: Records
    material: Records
    outage: Records
    need: Records
    listed: Records
    order: Records
    move: Records
    receipt: Records
    heap: Records
    lists: Int32s
    numbers: Floats
    dirty: Int32s
    batch_pieces: Int64s
    seconds: Floats
    periods: Int64s
    setups: Floats
    tables: Floats
    counter: Int64s
    clock: Floats
    luck: Records
    salts: Records
    trace: Records
