"""The planning problem: what is in stock, wanted and on its way, and how each item can be had at each site.

Arrays rather than objects: a million requirements are ordinary. A buffer is an item at a site. All times are
int64 seconds from the horizon's start (negative = the past); all indices are 0-based; ragged lists are stored
as a pointer array of length n + 1 and a flat array ("CSR": the entries of i are `flat[ptr[i]:ptr[i + 1]]`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s, Texts

FAR_FUTURE = 2**60
"""A time later than any horizon: "never", and the end of what holds for ever."""
FAR_PAST = -(2**60)
"""A time before any horizon: the start of what always held."""

MAKE, BUY, MOVE = 0, 1, 2
"""Kinds of method and of receipt: made here, bought, or moved here from another site."""

AS_NEEDED, BY_PERIOD, ECONOMIC, LEAST_COST, SILVER_MEAL, ECONOMIC_PERIOD, FOR_EACH = 0, 1, 2, 3, 4, 5, 6
"""Lot rules: what is missing when it is missing; one order for the needs of a period; the economic order quantity at
least; the lots of least cost (Wagner and Whitin); those whose cost per period is least (Silver and Meal); one order for
the needs of as many whole days as the economic order quantity lasts on average; an order for each need (make to order),
of which nothing is put together within `PlanParams.bundle_seconds`. Orders of one size are those of a method whose
smallest lot is its largest."""


def _floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


def _ints(*values: int) -> Int64s:
    return np.array(values, dtype=np.int64)


def _indices(*values: int) -> Int32s:
    return np.array(values, dtype=np.int32)


def _texts() -> Texts:
    return np.array([], dtype=np.object_)


@dataclass(frozen=True, slots=True)
class Buffers:
    """Items at sites; shape (B,) each.

    Parameters
    ----------
    keys
        Business key of each buffer ("SCREW @ NORTH").
    stock
        Usable units on hand at time 0, >= 0.
    safety_stock
        Units that planning keeps in stock, >= 0.
    is_phantom
        Whether it is only a heading on bills: what it consists of is needed in its stead, at once and
        without orders of its own. Its own stock is not used; demand for the phantom itself is planned.
    """

    keys: Texts
    stock: Floats
    safety_stock: Floats
    is_phantom: Bools


@dataclass(frozen=True, slots=True)
class Methods:
    """Ways to have more of a buffer: CSR over buffers, the preferred first; M methods in all.

    Parameters
    ----------
    ptr
        Shape (B + 1,): the methods of buffer b are `ptr[b]` to `ptr[b + 1] - 1`; none = it can't be had.
    kind
        Shape (M,): `MAKE`, `BUY` or `MOVE`.
    source
        Shape (M,): the sending buffer of a `MOVE`, else -1.
    source_keys
        Shape (M,): supplier or sending site, "" for `MAKE`.
    lead_seconds, lead_seconds_per_unit
        Shape (M,): elapsed time from start to receipt: a fixed part and a part for each unit ordered, >= 0.
    lot_minimum, lot_multiple, lot_maximum
        Shape (M,): smallest order; orders are multiples (0 = any); largest order (inf = any); in good units.
    yields
        Shape (M,): share of the units started that comes out good, above 0 and at most 1; an order of 90 good
        units at a yield of 0.9 takes components for 100.
    valid_from, valid_to
        Shape (M,): seconds in which orders may start, `valid_to` exclusive.
    routing_keys
        Shape (M,): routing of a `MAKE`, "" for others or where none is named; netting does not need it.
    capacity_per_week
        Shape (M,): units that may arrive in one week (counted from time 0), > 0, inf = any; empty = any of all methods.
    takes_bill
        Shape (M,): whether orders of a `BUY` take the buffer's bill: a subcontractor makes it of what he is sent;
        empty = none.
    """

    ptr: Int64s
    kind: Int8s
    source: Int32s
    source_keys: Texts
    lead_seconds: Int64s
    lead_seconds_per_unit: Floats
    lot_minimum: Floats
    lot_multiple: Floats
    lot_maximum: Floats
    yields: Floats
    valid_from: Int64s
    valid_to: Int64s
    routing_keys: Texts = field(default_factory=_texts)
    capacity_per_week: Floats = field(default_factory=_floats)
    takes_bill: Bools = field(default_factory=lambda: np.array([], dtype=np.bool_))

    @property
    def taking(self) -> Int8s:
        """What orders take, shape (M,): `MAKE` = the bill, whoever makes it; `MOVE` = stock of the sender."""
        if not len(self.takes_bill):
            return self.kind
        return np.where(self.takes_bill, MAKE, self.kind).astype(np.int8)


@dataclass(frozen=True, slots=True)
class LotRules:
    """How large orders are made beyond what is missing, and how much earlier than needed; shape (B,) each.

    The lot rules of the method (minimum, multiple, maximum) hold as well.

    Parameters
    ----------
    rule
        `AS_NEEDED`, `BY_PERIOD`, `ECONOMIC`, `LEAST_COST`, `SILVER_MEAL`, `ECONOMIC_PERIOD` or `FOR_EACH`.
    period_seconds
        `BY_PERIOD`: an order covers the needs of so long; `LEAST_COST` and `SILVER_MEAL`: length of a period; > 0.
    order_cost
        Money for each order, >= 0.
    holding_cost
        Money for a unit kept for a day, >= 0; 0 = nothing speaks against large lots, so only what is missing is ordered
        by `ECONOMIC` and `ECONOMIC_PERIOD`.
    safety_seconds
        How long before its need an order is to arrive, >= 0; where time is short, only what is left of it.
    """

    rule: Int8s
    period_seconds: Int64s
    order_cost: Floats
    holding_cost: Floats
    safety_seconds: Int64s

    @classmethod
    def plain(cls, size: int) -> LotRules:
        """Order what is missing when it is needed, for `size` buffers."""
        none = np.zeros(size, np.int64)
        return cls(np.zeros(size, np.int8), none + 86_400, np.zeros(size), np.zeros(size), none)


@dataclass(frozen=True, slots=True)
class Bills:
    """What goes into a buffer when it is made: CSR over buffers; L lines in all.

    Parameters
    ----------
    ptr
        Shape (B + 1,).
    component
        Shape (L,): the buffer that is used.
    quantity_per
        Shape (L,): units of it in one unit started, > 0, before scrap.
    scrap
        Shape (L,): share of the component that is lost, 0 to below 1: 1 / (1 - scrap) times as much is taken.
    valid_from, valid_to
        Shape (L,): seconds in which the line holds, by the start of the order; `valid_to` exclusive.
    """

    ptr: Int64s
    component: Int32s = field(default_factory=_indices)
    quantity_per: Floats = field(default_factory=_floats)
    scrap: Floats = field(default_factory=_floats)
    valid_from: Int64s = field(default_factory=_ints)
    valid_to: Int64s = field(default_factory=_ints)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What comes out beside a buffer when it is made: CSR over methods; O outputs in all.

    Parameters
    ----------
    ptr
        Shape (M + 1,): the outputs of method m are `ptr[m]` to `ptr[m + 1] - 1`; only `MAKE` methods have some.
    product
        Shape (O,): the buffer that it adds to.
    per
        Shape (O,): units of it for each good unit of the order, > 0.
    drives
        Shape (O,): whether more is made where the product runs short and has no method of its own (a co-product).
    """

    ptr: Int64s
    product: Int32s
    per: Floats
    drives: Bools


@dataclass(frozen=True, slots=True)
class Flows:
    """Who may take from whom besides bills and methods: transfers under way, what stands in for what; F in all.

    They put the taker above what it takes from, so that a plan may have receipts with such a `source`; no circles.

    Parameters
    ----------
    taker, giver
        Shape (F,): buffers.
    """

    taker: Int32s
    giver: Int32s


@dataclass(frozen=True, slots=True)
class Demands:
    """What customers want, or forecasts say they will; shape (D,) each.

    Parameters
    ----------
    keys
        Business key (the demand line's code).
    buffer
        Where it is wanted.
    quantity
        Units, >= 0.
    due
        When, seconds.
    priority
        Importance, > 0; among equal due times the greater is served first.
    """

    keys: Texts = field(default_factory=_texts)
    buffer: Int32s = field(default_factory=_indices)
    quantity: Floats = field(default_factory=_floats)
    due: Int64s = field(default_factory=_ints)
    priority: Floats = field(default_factory=_floats)


@dataclass(frozen=True, slots=True)
class Receipts:
    """What is on its way: open purchase orders, transfers and production orders; shape (R,) each.

    Parameters
    ----------
    keys
        Business key (the order's code).
    kind
        `MAKE`, `BUY` or `MOVE`.
    buffer
        Where it arrives.
    quantity
        Good units expected, >= 0.
    time
        When it is promised, seconds; what is overdue counts as arriving at 0.
    is_movable
        Whether it can be advised to come earlier or later, or to be cancelled.
    start
        When what it consists of is taken, seconds.
    units_to_issue
        Units started (before the yield) whose components are still to be taken from stock at `start`, made here or by
        a subcontractor; 0 = all taken already.
    source
        Sending buffer of a transfer that has not left yet and takes `quantity` from it at `start`, else -1; also of a
        substitute that is to take the place of what is received.
    source_per
        Units taken from `source` for one unit received, > 0; empty = one for all.
    leader
        The receipt with which it comes: what comes out beside an order that is being made comes when that comes;
        empty = each comes by itself.
    """

    keys: Texts = field(default_factory=_texts)
    kind: Int8s = field(default_factory=lambda: np.array([], dtype=np.int8))
    buffer: Int32s = field(default_factory=_indices)
    quantity: Floats = field(default_factory=_floats)
    time: Int64s = field(default_factory=_ints)
    is_movable: Bools = field(default_factory=lambda: np.array([], dtype=np.bool_))
    start: Int64s = field(default_factory=_ints)
    units_to_issue: Floats = field(default_factory=_floats)
    source: Int32s = field(default_factory=_indices)
    source_per: Floats = field(default_factory=_floats)
    leader: Int32s = field(default_factory=_indices)


@dataclass(frozen=True, slots=True)
class PlanParams:
    """How planning behaves.

    Parameters
    ----------
    defer_tolerance_seconds
        A receipt may come this much too early before it is advised to be deferred; default 7 days.
    expedite_tolerance_seconds
        A receipt may come this much too late before it is advised to be expedited; default 0.
    release_window_seconds
        Planned orders that start within this time get an action message "new"; default 7 days.
    bundle_seconds
        What orders need of a component within this time of the first need is ordered together; default 1 day.
        Without it, every order of a deep bill would beget orders of its own at every level below: so it is where the
        lot rule is `FOR_EACH`.
    split_share
        Where at most this share of a receipt is needed before its time, a split is advised: that part earlier, the rest
        as promised; 0 to 1, default 0.5, 0 = never.

    Raises
    ------
    ValueError
        When a time is negative, or the share not within 0 and 1.
    """

    defer_tolerance_seconds: int = 7 * 86_400
    expedite_tolerance_seconds: int = 0
    release_window_seconds: int = 7 * 86_400
    bundle_seconds: int = 86_400
    split_share: float = 0.5

    def __post_init__(self) -> None:
        tolerances = (self.defer_tolerance_seconds, self.expedite_tolerance_seconds)
        if min(*tolerances, self.release_window_seconds, self.bundle_seconds) < 0:
            raise ValueError("the tolerances and windows of planning are zero or more seconds")
        if not 0 <= self.split_share <= 1:
            raise ValueError("a share of a receipt is 0 to 1")


@dataclass(frozen=True, slots=True)
class Problem:
    """A planning problem without capacity limits, whoever it comes from: a plant or a benchmark.

    Parameters
    ----------
    rules
        None: every need gets its own order, when it is needed.
    outputs
        None: nothing comes out beside what is made.
    flows
        None: nothing but bills and methods tells who takes from whom.
    """

    buffers: Buffers
    methods: Methods
    bills: Bills
    demands: Demands = field(default_factory=Demands)
    receipts: Receipts = field(default_factory=Receipts)
    params: PlanParams = field(default_factory=PlanParams)
    rules: LotRules | None = None
    outputs: Outputs | None = None
    flows: Flows | None = None

    @property
    def num_buffers(self) -> int:
        """Number of buffers."""
        return len(self.buffers.stock)

    @property
    def num_demands(self) -> int:
        """Number of demands."""
        return len(self.demands.due)
