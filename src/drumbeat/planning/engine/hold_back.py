"""Hold messages back that are not worth the nervousness: small moves, small splits, dear changes, too many at once."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s, Texts
from drumbeat.planning.engine.problem import Problem
from drumbeat.planning.engine.result import CANCEL, DEFER, EXPEDITE, FROM_RECEIPT, SPLIT, Messages, Result

SMALL_MOVE, SMALL_SPLIT, COSTS_MORE, TOO_MANY = 0, 1, 2, 3
"""Why a message is held back: the order would move by too little; too small a part of it would come earlier; the change
costs more than it saves; enough orders of the item are changed in that week."""

DAY, WEEK = 86_400, 7 * 86_400
RANKS = {EXPEDITE: 0, SPLIT: 1, CANCEL: 2, DEFER: 3}
"""What is told first where not all may be told."""


@dataclass(frozen=True, slots=True)
class Stability:
    """How little is not worth a change of each receipt; shape (R,) each.

    Parameters
    ----------
    least_move
        Seconds by less than which it is not moved, >= 0.
    least_share
        Share of it below which it is not split, 0 to 1.
    most_changes
        Changes of the buffer's receipts that are promised in its week, at most; -1 = any.
    change_cost
        Money for a change, >= 0.
    day_worth, worth
        Money that a day later, and not having it at all, saves; >= 0.
    keys
        Rule that holds; "" = none.
    remember
        Seconds back to which changes that earlier plans asked for count among the most; 0 = none of them.
    """

    least_move: Int64s
    least_share: Floats
    most_changes: Int64s
    change_cost: Floats
    day_worth: Floats
    worth: Floats
    keys: Texts
    remember: Int64s


@dataclass(frozen=True, slots=True)
class Told:
    """Changes that earlier plans asked for, each once; shape (K,) each.

    Parameters
    ----------
    receipt, buffer
        Receipt that was to be changed, -1 where it is not on its way any more, and its buffer.
    time
        When it was promised then, seconds from now.
    age
        How long ago it was asked for, seconds, >= 0.
    """

    receipt: Int32s
    buffer: Int32s
    time: Int64s
    age: Int64s

    @classmethod
    def nothing(cls) -> Told:
        """Return that nothing was asked for."""
        whole, seconds = np.empty(0, np.int32), np.empty(0, np.int64)
        return cls(whole, whole, seconds, seconds)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Messages that are not told; shape (H,) each.

    Parameters
    ----------
    messages
        As they would have been told.
    reason
        `SMALL_MOVE`, `SMALL_SPLIT`, `COSTS_MORE` or `TOO_MANY`.
    """

    messages: Messages
    reason: Int8s


def hold_back(
    problem: Problem, result: Result, stability: Stability, told: Told | None = None
) -> tuple[Result, HeldBack]:
    """Take the messages out of a plan that its stability rules hold back.

    What is overdue is always told, and so is what is new or short. Of too many changes of a buffer's receipts that are
    promised in one week, expediting comes first, then splits, cancellations and deferrals, the longest move first.

    Parameters
    ----------
    told
        What earlier plans asked for: it goes on being told, and counts among the most; None = nothing.

    Returns
    -------
    tuple
        The plan with the messages that are left, and those that are held back.
    """
    messages, receipts = result.messages, problem.receipts
    about = (messages.origin == FROM_RECEIPT) & np.isin(messages.kind, list(RANKS))
    at = np.where(about, messages.subject, 0)
    reason = np.full(len(messages.kind), -1, np.int8)
    if not len(receipts.time):
        return result, HeldBack(_take(messages, about), reason[about])
    about &= messages.from_time >= 0
    moved = np.abs(np.where(messages.kind == CANCEL, 0, messages.to_time - messages.from_time))
    small = about & (messages.kind != CANCEL) & (moved < stability.least_move[at])
    tiny = about & (messages.kind == SPLIT) & (messages.quantity < stability.least_share[at] * receipts.quantity[at])
    saved = np.where(messages.kind == CANCEL, stability.worth[at], stability.day_worth[at] * moved / DAY)
    dear = about & np.isin(messages.kind, (CANCEL, DEFER)) & (saved < stability.change_cost[at])
    for mask, why in ((dear, COSTS_MORE), (tiny, SMALL_SPLIT), (small, SMALL_MOVE)):
        reason[mask] = why
    left = np.flatnonzero(about & (reason < 0) & (stability.most_changes[at] >= 0))
    reason[_find_surplus(problem, messages, stability, left, moved, told or Told.nothing())] = TOO_MANY
    held = reason >= 0
    return replace(result, messages=_take(messages, ~held)), HeldBack(_take(messages, held), reason[held])


def _find_surplus(
    problem: Problem, messages: Messages, stability: Stability, left: Int64s, moved: Int64s, told: Told
) -> Int64s:
    """Return those of the messages `left` that are too many for their buffer and week."""
    subject = messages.subject[left]
    buffer, week = problem.receipts.buffer[subject].astype(np.int64), messages.from_time[left] // WEEK
    rank = np.array([RANKS[int(kind)] for kind in messages.kind[left]], np.int64)
    again, used = _count_told(stability, told, subject, buffer, week)
    order = np.lexsort((left, -moved[left], rank, ~again, week, buffer))
    buffer, week = buffer[order], week[order]
    is_first = np.ones(len(order), np.bool_)
    is_first[1:] = (buffer[1:] != buffer[:-1]) | (week[1:] != week[:-1])
    begins = np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))
    place = np.arange(len(order)) - begins
    return left[order][place + used[order] >= stability.most_changes[subject[order]]]


def _count_told(
    stability: Stability, told: Told, subject: Int32s, buffer: Int64s, week: Int64s
) -> tuple[Bools, Int64s]:
    """Whether earlier plans asked to change each receipt too, and how many others of its buffer and week."""
    again, used = np.zeros(len(subject), np.bool_), np.zeros(len(subject), np.int64)
    asked: dict[tuple[int, int], list[int]] = {}
    for row in range(len(told.age)):
        asked.setdefault((int(told.buffer[row]), int(told.time[row] // WEEK)), []).append(row)
    now: dict[tuple[int, int], set[int]] = {}
    places = list(zip(buffer.tolist(), week.tolist(), strict=True))
    for place, one in zip(places, subject.tolist(), strict=True):
        now.setdefault(place, set()).add(one)
    for at, (place, one) in enumerate(zip(places, subject.tolist(), strict=True)):
        for row in asked.get(place, []):
            receipt = int(told.receipt[row])
            # A plan of the same moment is no age ago: who remembers nothing passes it over too.
            if 0 < stability.remember[one] >= told.age[row]:
                again[at] |= receipt == one
                used[at] += receipt not in now[place]
    return again, used


def _take(messages: Messages, mask: Bools) -> Messages:
    return Messages(*(getattr(messages, one.name)[mask] for one in fields(Messages)))
