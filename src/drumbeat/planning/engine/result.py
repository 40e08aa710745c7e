"""What planning gives back: orders to place, who they are for, and what to do about what is on order already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from drumbeat.basics.arrays import Floats, Int8s, Int32s, Int64s

FROM_DEMAND, FROM_ORDER, FROM_RECEIPT = 0, 1, 2
"""Who requires something: a demand, a planned order, or a receipt that is still to be made or sent."""

STOCK, RECEIPT, ORDER = 0, 1, 2
"""What serves a requirement: stock, a receipt, or a planned order."""

NEW, EXPEDITE, DEFER, CANCEL, SHORT, SPLIT = 0, 1, 2, 3, 4, 5
"""Kinds of action message."""

ON_TIME, LEAD_TIME, LATE_RECEIPT, NO_SUPPLY, PAST_DUE = 0, 1, 2, 3, 4
"""Why something is late: not at all; the lead time of a planned order; a receipt promised too late; nothing makes,
buys or moves the buffer; it was due before now although what it needs is there."""


@dataclass(frozen=True, slots=True)
class PlannedOrders:
    """Proposals to make, buy or move; shape (N,) each, level by level, then by buffer, as needed.

    Parameters
    ----------
    buffer
        What it adds to.
    method
        Index into the problem's methods.
    quantity
        Good units that arrive.
    need
        When it is needed, seconds; may lie in the past.
    start
        Start that meets the need: need - lead time; may lie in the past.
    possible_start
        Earliest start from now on at which everything it consists of is there; `FAR_FUTURE` = never.
    ready
        When it arrives if it starts then; equals `need` where the plan can be met.
    demand
        First demand that it serves; -1 = none (safety stock, or the rest of a lot).
    level
        Low-level code of its buffer.
    """

    buffer: Int32s
    method: Int32s
    quantity: Floats
    need: Int64s
    start: Int64s
    possible_start: Int64s
    ready: Int64s
    demand: Int32s
    level: Int32s


@dataclass(frozen=True)
class Requirements:
    """Gross requirements; shape (Q,) each, in the order in which they are served.

    Columns that follow from the others are worked out when they are first read, where netting made them so: millions of
    rows of what nobody reads take no memory. Read `quantity` for their number.

    Parameters
    ----------
    buffer, need, quantity
        What is required, when (seconds) and how much (units, scrap included).
    origin, parent
        `FROM_DEMAND`, `FROM_ORDER` or `FROM_RECEIPT`, and the index of that demand, planned order or receipt.
    demand
        First demand behind it; -1 = none.
    ready
        When all of it is there; `FAR_PAST` from stock, `FAR_FUTURE` never.
    cause
        Index of the peg that comes last and so decides `ready`; -1 = no peg.
    """

    buffer: Int32s
    need: Int64s
    quantity: Floats
    origin: Int8s
    parent: Int32s
    demand: Int32s
    ready: Int64s
    cause: Int32s

    @classmethod
    def deferred(cls, find: Callable[[str], Any], **known: Any) -> Requirements:
        """Make requirements of the columns that are known; `find` gives any other by its name, once it is read."""
        made = cls.__new__(cls)
        made.__dict__.update(known, _find=find)
        return made

    if not TYPE_CHECKING:  # All columns are declared above: a misspelt one is still an error of types.

        def __getattr__(self, name: str) -> Any:
            """Work a column out that is not known yet."""
            find = self.__dict__.get("_find")
            if find is None or name not in Requirements.__dataclass_fields__:
                raise AttributeError(f"requirements have no {name}")
            column = self.__dict__[name] = find(name)
            return column

    def __getstate__(self) -> dict[str, Any]:
        """All columns: what is sent elsewhere can't ask for them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Pegs:
    """Which supply serves which requirement, first come first served; shape (P,) each.

    Parameters
    ----------
    source
        `STOCK`, `RECEIPT` or `ORDER`.
    supply
        Index of the buffer (stock), receipt or planned order.
    requirement
        Index of the requirement.
    quantity
        Good units.
    """

    source: Int8s
    supply: Int32s
    requirement: Int32s
    quantity: Floats


@dataclass(frozen=True, slots=True)
class Messages:
    """What a planner should do; shape (A,) each.

    Parameters
    ----------
    kind
        `NEW` (subject: planned order), `EXPEDITE`, `DEFER`, `CANCEL` `SPLIT` (subject: receipt), or `SHORT`.
    origin, subject
        For `SHORT`, whether a demand (`FROM_DEMAND`) or a receipt (`FROM_RECEIPT`) is late and its index; for
        the others `FROM_ORDER` or `FROM_RECEIPT` and the index of the order or receipt itself.
    from_time, to_time
        `NEW`: start and need. `EXPEDITE`, `SPLIT`, `DEFER`: promised and needed. `CANCEL`: promised and `FAR_FUTURE`.
        `SHORT`: due and possible (`FAR_FUTURE` = never).
    quantity
        Units concerned; `SPLIT`: those that are to come earlier than the rest.
    """

    kind: Int8s
    origin: Int8s
    subject: Int32s
    from_time: Int64s
    to_time: Int64s
    quantity: Floats


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What becomes of each demand, or of each receipt that still needs components; shape (D,) each.

    Parameters
    ----------
    ready
        When it can be there from now on, at infinite capacity; `FAR_FUTURE` = never.
    cause
        `ON_TIME`, `LEAD_TIME`, `LATE_RECEIPT`, `NO_SUPPLY` or `PAST_DUE`.
    culprit
        `LEAD_TIME`: the planned order that takes too long; `LATE_RECEIPT`: the receipt that is promised too late;
        `NO_SUPPLY`: the buffer that nothing adds to; else -1.
    """

    ready: Int64s
    cause: Int8s
    culprit: Int32s


@dataclass(frozen=True, slots=True)
class Result:
    """A plan: orders, the requirements they cover, who is served by what, and what to do.

    Parameters
    ----------
    level
        Shape (B,): low-level code of each buffer: 0 where nothing else needs it.
    """

    orders: PlannedOrders
    requirements: Requirements
    pegs: Pegs
    messages: Messages
    demands: Outcomes
    receipts: Outcomes
    level: Int32s
