"""Stock: what comes and goes of each material in the order of time, and from when on there is enough."""

from __future__ import annotations

import numpy as np

from drumbeat.basics.calendars import NEVER
from drumbeat.basics.compiled import njit
from drumbeat.basics.pieces import piece
from drumbeat.scheduling.engine.plant.records import Records

TOLERANCE = 1e-6
"""Share by which stock may seem to fall short of a quantity through rounding."""

EVENT = np.dtype(
    [
        ("time", np.int64),
        ("task", np.int64),
        ("quantity", np.float64),
        ("level", np.float64),
        ("low", np.float64),
    ]
)
"""What comes (> 0) or goes, whose it is (-1 = from outside), the level after it, and the lowest level from then on. At
one moment, what comes is first."""

MATERIAL_STATE = np.dtype([("num", np.int64), ("low", np.float64)])
"""Number of events, and the lowest level ever, the stock at the start included."""


@njit(nogil=True)
def load_receipts(material: Records, receipt: Records, state: Records, event: Records) -> None:
    """Start with the stock at hand and what arrives from outside (sorted by time)."""
    for k in range(len(state)):
        state[k].low = material[k].stock
        first = material[k].room0
        event[first].time, event[first].task, event[first].quantity = -(2**60), -1, 0.0
        event[first].level = event[first].low = material[k].stock
        state[k].num = 1
    for i in range(len(receipt)):
        k = receipt[i].material
        add_event(state, event, material[k].room0, k, -1, max(receipt[i].time, 0), receipt[i].quantity)


@piece
def _event_at(event: Records, first: int, size: int, moment: int, is_taken: bool) -> int:
    """First event after those at or before a moment (before all that is taken then, for what comes)."""
    low, high = first, first + size
    while low < high:
        mid = (low + high) >> 1
        if event[mid].time < moment or (event[mid].time == moment and (is_taken or event[mid].quantity >= 0)):
            low = mid + 1
        else:
            high = mid
    return low


@piece
def _lower(state: Records, event: Records, first: int, material: int, i: int) -> None:
    """Renew the lowest levels from event i backwards, as far as they change."""
    last = first + state[material].num - 1
    while i >= first:
        low = event[i].level if i == last else min(event[i].level, event[i + 1].low)
        if low == event[i].low:
            break
        event[i].low = low
        i -= 1
    state[material].low = event[first].low


@piece
def add_event(
    state: Records, event: Records, first: int, material: int, task: int, moment: int, quantity: float
) -> None:
    """Let something come or go at a moment."""
    i = _event_at(event, first, state[material].num, moment, quantity < 0)
    state[material].num += 1
    for j in range(first + state[material].num - 1, i, -1):
        event[j] = event[j - 1]
        event[j].level += quantity
        event[j].low += quantity
    event[i].time, event[i].task, event[i].quantity = moment, task, quantity
    event[i].level, event[i].low = event[i - 1].level + quantity, -np.inf
    _lower(state, event, first, material, i)


@piece
def take_event(
    state: Records, event: Records, first: int, material: int, task: int, moment: int, quantity: float
) -> None:
    """Take back what came or went at a moment."""
    i = _event_at(event, first, state[material].num, moment, quantity < 0) - 1
    while event[i].task != task or event[i].quantity != quantity:
        i -= 1
    state[material].num -= 1
    for j in range(i, first + state[material].num):
        event[j] = event[j + 1]
        event[j].level -= quantity
        event[j].low -= quantity
    if quantity != np.floor(quantity):
        # Rounding must not add up over millions of changes: levels are summed anew.
        for j in range(i, first + state[material].num):
            event[j].level = event[j - 1].level + event[j].quantity
        for j in range(first + state[material].num - 1, i - 1, -1):
            event[j].low = (
                min(event[j].level, event[j + 1].low) if j + 1 < first + state[material].num else event[j].level
            )
    event[i - 1].low = -np.inf
    _lower(state, event, first, material, i - 1)


@piece
def enough_from(state: Records, event: Records, first: int, material: int, quantity: float) -> int:
    """Return from when on so much (> 0) can be taken without anybody later falling short; `NEVER` when at no time."""
    least = quantity - TOLERANCE * max(1.0, quantity)
    low, high = first, first + state[material].num
    if event[high - 1].low < least:
        return NEVER
    while low < high:
        mid = (low + high) >> 1
        if event[mid].low >= least:
            high = mid
        else:
            low = mid + 1
    return max(event[low].time, 0)


@piece
def find_short(state: Records, event: Records, first: int, material: int) -> int:
    """Return the event that first leaves less than nothing of a material; -1 when none does."""
    if state[material].low >= -TOLERANCE:
        return -1
    for i in range(first, first + state[material].num):
        if event[i].level < -TOLERANCE * max(1.0, -event[i].quantity):
            return i
    return -1
