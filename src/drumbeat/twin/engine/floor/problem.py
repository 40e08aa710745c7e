"""The floor's problem: products, their routes, the machines that work on them, and what stands around the machines.

The third kernel of the twin: lots are not scheduled beforehand, machines choose among those that wait. All times are
float64 seconds from the horizon's start. Floats, so that a queue of mean service 1 is exact; whole seconds stay exact
up to 2**53, so that fixed times give exact ties and hand-computed traces. Ragged lists are CSR: entry i has the places
`ptr[i]` to `ptr[i + 1] - 1`. An index of -1 means none. Business keys are unique texts within their section: luck hangs
on them, and `carry_state` finds machines, products and so on again by them when the problem changes.

Luck: every draw is `drumbeat.basics.streams.uniform(luck_of(seed, replication), key, purpose, n)`.

- A lot's own draws (run time `RUN`, delay `DELAY`, scrap, rework, skip, ...) have key = key of the step, XOR the key of
  the lot where it has one (see `Orders.keys`), and n = loops * 2**32 + serial: the loops count how often the lot was
  sent back so far (rework), 255 at most; the serial counts the product's lots, 0 first, in the order of their release.
  So the n-th lot of a line with one product draws its run time at a step from (key of the step, RUN, n), whatever
  machine it is on.
- The n-th interval of a source has key of the source, purpose `ARRIVAL`; the n-th life and repair of a failure mode
  its key, `LIFE` and `REPAIR`; the n-th care `CARE`, the n-th lead time of a material `LATENESS`, and so on.

Everything below is honoured; `check_problem` refuses what makes no sense.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s, Texts
from drumbeat.twin.engine.floor.kinds import (
    ATC,
    CONSTANT_WIP,
    CRITICAL_RATIO,
    EDD,
    FIFO,
    PER_BATCH,
    PER_LOT,
    PER_PIECE,
    RENEWAL,
    SATURATED,
    SPT,
)  # fmt: skip
from drumbeat.twin.engine.floor.surroundings import Care, Lives, Materials, Moves, Needs, Outages, Pools
from drumbeat.twin.engine.floor.times import Times, make_times


@dataclass(frozen=True, slots=True)
class Products:
    """What runs on the floor, with one route each. P products.

    Parameters
    ----------
    keys
        Shape (P,).
    ptr
        Shape (P + 1,): the steps of a product's route, in order, are `ptr[p]` to `ptr[p + 1] - 1` of `Steps`.
    pieces
        Shape (P,): pieces of a lot that a source releases, >= 1.
    transfer_pieces
        Shape (P,): an order is released as lots of at most so many pieces that move on alone (transfer lots), and is
        finished when its last lot is; 0 = in one piece.
    due_seconds
        Shape (P,): from release to due time, for lots of sources; inf for none.
    priority
        Shape (P,): class of its lots; smaller goes first at every group (hot lots have less than the others).
    weight
        Shape (P,): of lateness, for `ATC`; > 0.
    is_lost
        Shape (P,): whether an arrival that finds no place at its first group is lost; otherwise it waits outside, and
        its time in the system runs.
    found_after
        P distributions: from finish to the moment at which an escaped defect is found.
    makes
        Shape (P,): material whose stock a finished lot raises by its pieces; -1 = none.
    """

    keys: Texts
    ptr: Int64s
    pieces: Int64s
    transfer_pieces: Int64s
    due_seconds: Floats
    priority: Int32s
    weight: Floats
    is_lost: Bools
    found_after: Times
    makes: Int32s


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of all routes, one product's after the other's. S steps.

    Parameters
    ----------
    keys
        Shape (S,).
    group
        Shape (S,): where the lot queues; -1 = no machine (only the delay, the move and the materials).
    run, unit
        S distributions of the machine's seconds, for what `unit` says: `PER_LOT`, `PER_PIECE`, `PER_BATCH`. Per piece,
        one draw is multiplied by the pieces.
    delay
        S distributions: seconds that the lot, not the machine, takes afterwards (cooling, the rest of a cascade).
    family
        Shape (S,): setup family that the machine must be in; -1 = any, and it stays as it is.
    batch_family, batch_min, batch_max, batch_wait
        Shape (S,): lots at a group with the same batch family (-1 = no batches) run together: at most `batch_max`
        pieces; a batch starts with at least `batch_min` pieces, or when a lot of it has waited `batch_wait` seconds
        (inf = never before).
    scrap, scrap_unit
        Shape (S,): probability, 0 to 1, that the lot (`PER_LOT`), or each of its pieces (`PER_PIECE`), is scrapped when
        the step ends. A lot without pieces left is scrapped.
    rework, rework_to
        Shape (S,): probability that the lot goes back after the step, below 1; the step of the same product, at or
        before this one, that it goes back to.
    skip
        Shape (S,): probability that a lot leaves the step out (sampling), 0 to 1.
    dedicate_to
        Shape (S,): a later step of the same product that must run on the same machine; -1 = none. Several such pairs
        may be open at once (the lenses of several layers).
    limit_to, limit_seconds
        Shape (S,): critical queue time: the later step of the same product that must start within so many seconds
        after the end of this one; what takes longer is counted. -1 = none.
    defect, detect, is_reworked
        Shape (S,): probability that the step puts a hidden defect into the lot; probability that the step finds one
        that is there; whether a found one goes to `rework_to`, and is mended by that, or is scrapped. A lot that is
        finished with a defect has escaped.
    drift
        Shape (S,): what `defect` and `scrap` are multiplied by grows by this much for each busy hour of the machine
        since its last care, up to 10 in all.
    needs
        Units of `Pools` that the step holds (crews, tools), CSR over steps.
    uses
        Materials that the lot takes when the step starts; without them it does not start. CSR over steps;
        `amount` is per piece.
    setup
        Shape (S,), or empty = none: seconds of setup for every lot or batch, whatever ran before, besides a change of
        family.
    """

    keys: Texts
    group: Int32s
    run: Times
    unit: Int8s
    delay: Times
    family: Int32s
    batch_family: Int32s
    batch_min: Int64s
    batch_max: Int64s
    batch_wait: Floats
    scrap: Floats
    scrap_unit: Int8s
    rework: Floats
    rework_to: Int32s
    skip: Floats
    dedicate_to: Int32s
    limit_to: Int32s
    limit_seconds: Floats
    defect: Floats
    detect: Floats
    is_reworked: Bools
    drift: Floats
    needs: Needs
    uses: Needs
    setup: Floats = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Groups:
    """Queues with the machines that serve them. A machine may serve several groups (alternatives). G groups.

    A lot that finds several machines idle takes the one of the shortest setup, among equals the preferred one, or,
    where `is_even`, the one that has been idle longest.

    Parameters
    ----------
    keys
        Shape (G,).
    ptr, machine, factor
        CSR over groups: machines, the preferred first; what run times are multiplied by there, > 0.
    rule
        Shape (G,): `FIFO`, `EDD`, `SPT`, `CRITICAL_RATIO` or `ATC`, among lots of the same priority.
    is_setup_first
        Shape (G,): whether a machine takes, among lots of the same priority, those of the shortest setup first.
    capacity
        Shape (G,): lots that may wait; those in service not counted; -1 = any number. What finds no place blocks the
        machine that it was on (blocking after service).
    area
        Shape (G,): where it is, for moves; 0 where there are none.
    is_even
        Shape (G,), or empty = none: whether work is spread evenly over idle machines.
    """

    keys: Texts
    ptr: Int64s
    machine: Int32s
    factor: Floats
    rule: Int8s
    is_setup_first: Bools
    capacity: Int64s
    area: Int32s
    is_even: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True)
class Machines:
    """M machines, each working on one lot or one batch at a time.

    Parameters
    ----------
    keys
        Shape (M,).
    calendar
        Shape (M,): index into `Calendar`s; -1 = always open. Work pauses while it is closed.
    family
        Shape (M,): setup family that it is in at the start; -1 = none: the first setup is from -1, see `setups`.
    matrix
        Shape (M,): index of its setup matrix; -1 = no setups.
    least_run
        Shape (M,): lots of one family that it makes before it changes, while such lots wait; 0 = no such rule.
    is_patient
        Shape (M,), or empty = none: whether it waits for the lots of `least_run` where none is there.
    is_ahead
        Shape (M,), or empty = none: whether it is set up for the next lot while it still runs the one before: as much
        of the setup as fits into that run takes no time of its own. A lot that finds it idle waits for all of it.
    """

    keys: Texts
    calendar: Int32s
    family: Int32s
    matrix: Int32s
    least_run: Int64s
    is_patient: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))
    is_ahead: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True)
class Calendars:
    """Open hours, K calendars: CSR over calendars of disjoint intervals in ascending order.

    Parameters
    ----------
    ptr, start, end
        Open intervals in seconds, `start < end`, within one cycle.
    cycle
        Shape (K,): seconds after which the intervals repeat; inf = never (closed after the last one).
    """

    ptr: Int64s
    start: Floats
    end: Floats
    cycle: Floats


@dataclass(frozen=True, slots=True)
class Sources:
    """Where lots come from by themselves. D sources.

    Parameters
    ----------
    keys
        Shape (D,).
    product
        Shape (D,).
    kind
        Shape (D,): `RENEWAL`, `SATURATED` or `CONSTANT_WIP`.
    between
        D distributions of the seconds between arrivals; the first one comes after one interval.
    first
        Shape (D,): seconds that nothing comes before.
    lots
        Shape (D,): orders an arrival brings (>= 1); for `CONSTANT_WIP` those on the floor from the start.
    ptr, at, factor
        CSR over sources: from `at` seconds on, arrivals come `factor` (>= 0) times as often; `at` ascends. An interval
        under way is stretched: intervals pass at the speed of the factor. Before the first `at` the factor is 1.
    """

    keys: Texts
    product: Int32s
    kind: Int8s
    between: Times
    first: Floats
    lots: Int64s
    ptr: Int64s
    at: Floats
    factor: Floats


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders known from the start, in the order of their release. N orders; WIP is released at 0 at its step.

    Parameters
    ----------
    keys
        Shape (N,): business keys, or empty: then their lots have serials like those of sources.
    product, pieces, priority
        Shape (N,).
    release
        Shape (N,): seconds, ascending; below 0 for WIP: it comes at once, its time in the system from then.
    due
        Shape (N,): seconds; inf for none.
    step
        Shape (N,): step at which it comes; -1 = the first of its route.
    """

    keys: Texts
    product: Int32s
    pieces: Int64s
    priority: Int32s
    release: Floats
    due: Floats
    step: Int32s


def no_orders() -> Orders:
    """Make an empty list of orders."""
    none, floats = np.zeros(0, np.int32), np.zeros(0)
    return Orders(np.zeros(0, np.object_), none, np.zeros(0, np.int64), none, floats, floats, none)


def no_calendars() -> Calendars:
    """Make an empty list of calendars."""
    return Calendars(np.zeros(1, np.int64), np.zeros(0), np.zeros(0), np.zeros(0))


@dataclass(frozen=True, slots=True)
class FloorProblem:
    """What is played. `drumbeat.twin.engine.floor.draft.Draft` builds one piece by piece.

    Parameters
    ----------
    products, steps, groups, machines, sources, orders, calendars
        See there.
    setups
        Shape (X, F + 1, F + 1): seconds of a change between families by matrix; row = from, column = to, 0 = family -1,
        f + 1 = family f. Nothing is done where it is 0.
    tables
        Shape (E, K), K >= 2: each row the quantiles of an empirical distribution of mean 1, at K equal steps of
        probability from 0 to 1; values between are interpolated.
    lives, care, pools, materials, outages, moves
        What stands around the machines; empty by default.
    wear_tick_seconds
        How often wear, drift and fatigue are brought up to date, > 0; default a day.
    families
        Shape (F,): names of the setup families, by which `carry_state` finds them again; empty: by their numbers.
    """

    products: Products
    steps: Steps
    groups: Groups
    machines: Machines
    sources: Sources
    orders: Orders = field(default_factory=no_orders)
    calendars: Calendars = field(default_factory=no_calendars)
    setups: Floats = field(default_factory=lambda: np.zeros((0, 1, 1)))
    tables: Floats = field(default_factory=lambda: np.ones((0, 2)))
    lives: Lives = field(default_factory=Lives)
    care: Care = field(default_factory=Care)
    pools: Pools = field(default_factory=Pools)
    materials: Materials = field(default_factory=Materials)
    outages: Outages = field(default_factory=Outages)
    moves: Moves = field(default_factory=Moves)
    wear_tick_seconds: float = 86_400.0
    families: Texts = field(default_factory=lambda: np.zeros(0, dtype=object))


__all__ = [
    "ATC", "CONSTANT_WIP", "CRITICAL_RATIO", "EDD", "FIFO", "PER_BATCH", "PER_LOT", "PER_PIECE", "RENEWAL", "SATURATED",
    "SPT", "Calendars", "FloorProblem", "Groups", "Machines", "Orders", "Products", "Sources", "Steps", "make_times",
    "no_calendars", "no_orders",
]  # fmt: skip
