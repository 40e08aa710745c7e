"""What stands around the machines: people and tools, breakdowns, care, materials, outages, moves.

Every section is empty by default and costs nothing then. Units and conventions as in `problem`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s, Texts
from drumbeat.twin.engine.floor.kinds import BUSY, CALENDAR, DURING_BOTH, DURING_RUN, DURING_SETUP, PIECES
from drumbeat.twin.engine.floor.times import Times, make_times


def _texts() -> Texts:
    return np.zeros(0, np.object_)


def _indices() -> Int32s:
    return np.zeros(0, np.int32)


def _kinds() -> Int8s:
    return np.zeros(0, np.int8)


def _floats() -> Floats:
    return np.zeros(0)


def _starts() -> Int64s:
    return np.zeros(1, np.int64)


def _bools() -> Bools:
    return np.zeros(0, np.bool_)


def _times() -> Times:
    return make_times([])


@dataclass(frozen=True, slots=True)
class Needs:
    """What steps take, CSR over steps.

    Parameters
    ----------
    ptr
        Shape (S + 1,).
    of
        Index into `Pools` or `Materials`.
    amount
        Units held, whole and >= 1, or quantity per piece, > 0.
    phase
        `DURING_RUN`, `DURING_SETUP` or `DURING_BOTH`; of materials ignored.
    """

    ptr: Int64s
    of: Int32s
    amount: Floats
    phase: Int8s


def no_needs(num_steps: int) -> Needs:
    """Make needs of nothing."""
    return Needs(np.zeros(num_steps + 1, np.int64), _indices(), _floats(), _kinds())


@dataclass(frozen=True, slots=True)
class Pools:
    """Units of which some are held at a time: people of a skill, tools, repair crews. C pools.

    Where more is held than the pool has left (a shift ended), work under way is finished, nothing new begins. Repairs
    come before care, care before production.

    Parameters
    ----------
    keys
        Shape (C,).
    ptr, at, size, overtime
        CSR over pools: from `at` seconds in the cycle on there are `size` units (a shift begins), of which `overtime`
        are on overtime. Ascending; the first `at` of each pool is 0.
    cycle
        Shape (C,): seconds after which the levels repeat; inf = never.
    absence
        Shape (C,): probability that a unit is missing for a shift, 0 to below 1.
    build, recover
        Shape (C,): fatigue rises by `build` for each hour that all units work overtime (in proportion where some do),
        and loses the share `recover` of itself a day. It is a number >= 0, brought up to date every
        `wear_tick_seconds`.
    slower, defects, more_absent
        Shape (C,): times of steps that hold the pool are multiplied by 1 + slower x fatigue; their scrap and defect
        probabilities by 1 + defects x fatigue; the absence by 1 + more_absent x fatigue (at most .9).
    """

    keys: Texts = field(default_factory=_texts)
    ptr: Int64s = field(default_factory=_starts)
    at: Floats = field(default_factory=_floats)
    size: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))
    overtime: Int64s = field(default_factory=lambda: np.zeros(0, np.int64))
    cycle: Floats = field(default_factory=_floats)
    absence: Floats = field(default_factory=_floats)
    build: Floats = field(default_factory=_floats)
    recover: Floats = field(default_factory=_floats)
    slower: Floats = field(default_factory=_floats)
    defects: Floats = field(default_factory=_floats)
    more_absent: Floats = field(default_factory=_floats)


@dataclass(frozen=True, slots=True)
class Lives:
    """How machines fail. L failure modes, each of one machine.

    Parameters
    ----------
    keys
        Shape (L,).
    machine
        Shape (L,).
    clock
        Shape (L,): `BUSY` (it ages while it sets up or runs) or `CALENDAR` (it ages always but under repair).
    life, repair
        L distributions: seconds of its clock from repair to failure; seconds of the repair, work stops meanwhile and
        goes on where it stopped.
    is_aged
        Shape (L,): whether the first life is one under way since long ago, of unknown age; otherwise it is new.
    pool
        Shape (L,): repair crew of which one unit is needed; -1 = none.
    priority
        Shape (L,): smaller is repaired first, among equals first come first served.
    spare
        Shape (L,): material of which one unit is used up by a repair, which waits for it; -1 = none.
    """

    keys: Texts = field(default_factory=_texts)
    machine: Int32s = field(default_factory=_indices)
    clock: Int8s = field(default_factory=_kinds)
    life: Times = field(default_factory=_times)
    repair: Times = field(default_factory=_times)
    is_aged: Bools = field(default_factory=_bools)
    pool: Int32s = field(default_factory=_indices)
    priority: Int32s = field(default_factory=_indices)
    spare: Int32s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class Care:
    """Planned maintenance. Q plans, each of one machine; care never stops work under way, it begins between lots.

    Parameters
    ----------
    keys
        Shape (Q,).
    machine
        Shape (Q,).
    clock
        Shape (Q,): what the interval counts: `BUSY`, `CALENDAR` or `PIECES`.
    interval
        Shape (Q,): from one care to the next, in seconds or pieces of its clock, > 0. Care is due again one interval
        after it was done, or, where it `keeps_rhythm`, after it was due.
    first
        Shape (Q,): of the clock until it is first due, >= 0.
    duration
        Q distributions.
    pool
        Shape (Q,): crew of which one unit is needed; -1 = none.
    patience
        Shape (Q,): seconds for which care that is due waits while there is work; 0 = it goes first; inf = it is done
        only when the machine has nothing to do.
    skip
        Shape (Q,): probability that a care is left out when it falls due: it is due again after one more interval, and
        wear goes on. Maintenance that is cut by a third is a skip of a third.
    growth, most
        Shape (Q,): the machine's failures come 1 + growth x (age / interval - 1) times as often once its age, of the
        clock since the last care done, is beyond the interval; at most `most` times as often (>= 1).
    keeps_rhythm
        Shape (Q,), or empty = none: whether late care does not put off the next one.
    """

    keys: Texts = field(default_factory=_texts)
    machine: Int32s = field(default_factory=_indices)
    clock: Int8s = field(default_factory=_kinds)
    interval: Floats = field(default_factory=_floats)
    first: Floats = field(default_factory=_floats)
    duration: Times = field(default_factory=_times)
    pool: Int32s = field(default_factory=_indices)
    patience: Floats = field(default_factory=_floats)
    skip: Floats = field(default_factory=_floats)
    growth: Floats = field(default_factory=_floats)
    most: Floats = field(default_factory=_floats)
    keeps_rhythm: Bools = field(default_factory=_bools)


@dataclass(frozen=True, slots=True)
class Materials:
    """What steps and repairs use up. B materials and how they are ordered again.

    Parameters
    ----------
    keys
        Shape (B,).
    stock
        Shape (B,): at the start, >= 0.
    reorder_point, order_quantity
        Shape (B,): as often as stock and open orders together are at most the point, so much is ordered; a quantity
        of 0 = never.
    lead
        B distributions: seconds from order to arrival.
    maker
        Shape (B,): product that is released instead of buying, as many pieces as the order quantity (its route and
        `makes` bring the stock); -1 = it is bought.
    outage
        Shape (B,): outage of its supplier: what is ordered meanwhile leaves when it is over; -1 = none.
    receipt_material, receipt_time, receipt_quantity
        Shape (W,): orders open at the start, by ascending time.
    """

    keys: Texts = field(default_factory=_texts)
    stock: Floats = field(default_factory=_floats)
    reorder_point: Floats = field(default_factory=_floats)
    order_quantity: Floats = field(default_factory=_floats)
    lead: Times = field(default_factory=_times)
    maker: Int32s = field(default_factory=_indices)
    outage: Int32s = field(default_factory=_indices)
    receipt_material: Int32s = field(default_factory=_indices)
    receipt_time: Floats = field(default_factory=_floats)
    receipt_quantity: Floats = field(default_factory=_floats)


@dataclass(frozen=True, slots=True)
class Outages:
    """What stops many things at once: a site, a line, a group of machines, a supplier. O outages.

    Parameters
    ----------
    keys
        Shape (O,).
    ptr, machine
        CSR over outages: machines that stop; work goes on afterwards where it stopped. Empty for a supplier's.
    up, down
        O distributions: seconds between outages, and of each; an `up` of mean 0 = none of these by chance.
    window_ptr, window_start, window_end
        CSR over outages: further ones that are known, disjoint, ascending.
    """

    keys: Texts = field(default_factory=_texts)
    ptr: Int64s = field(default_factory=_starts)
    machine: Int32s = field(default_factory=_indices)
    up: Times = field(default_factory=_times)
    down: Times = field(default_factory=_times)
    window_ptr: Int64s = field(default_factory=_starts)
    window_start: Floats = field(default_factory=_floats)
    window_end: Floats = field(default_factory=_floats)


@dataclass(frozen=True, slots=True)
class Moves:
    """How long lots travel between areas. A areas; empty = no time.

    Parameters
    ----------
    num_areas
        A, >= 1 where there are moves.
    time
        A x A distributions, from-area major: from the area of the step that ended to that of the next.
    """

    num_areas: int = 0
    time: Times = field(default_factory=_times)


__all__ = [
    "BUSY", "CALENDAR", "DURING_BOTH", "DURING_RUN", "DURING_SETUP", "PIECES", "Care", "Lives", "Materials", "Moves",
    "Needs", "Outages", "Pools", "no_needs",
]  # fmt: skip
