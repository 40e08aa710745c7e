"""Find where two problems differ, and which buffers that touches."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Bools, Int32s, Int64s, Texts
from drumbeat.planning.engine.keep_plan import Plan, Slots
from drumbeat.planning.engine.problem import LotRules, Problem, Receipts


@dataclass(frozen=True, slots=True)
class Differences:
    """Where a problem differs from that of a plan.

    Parameters
    ----------
    slots
        Numbers of its demands and receipts in the plan's store.
    numbered
        The problem with demands and receipts by those numbers.
    is_touched
        Shape (B,): buffers that are to be netted again, whatever becomes of those above.
    is_forced
        Shape (B,): buffers whose orders ask for something else even if they are the same.
    is_reranked
        Demands, by number, whose importance differs.
    """

    slots: Slots
    numbered: Problem
    is_touched: Bools
    is_forced: Bools
    is_reranked: Bools


def find_differences(plan: Plan, problem: Problem) -> Differences | None:
    """Find where a problem differs from that of a plan.

    Demands and receipts are told apart by their keys; buffers and methods by their places.

    Returns
    -------
    Differences, or None
        None where so much differs that all is to be planned anew: buffers, methods, bills, how planning behaves, keys
        that are not unique, the order of those that stay, or anything that this function does not know of.
    """
    before, size = plan.problem, problem.num_buffers
    touched, forced = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    if not _is_same_frame(before, problem) or not _compare_methods(before, problem, touched, forced):
        return None
    for name in ("stock", "safety_stock"):
        touched |= _differs(getattr(before.buffers, name), getattr(problem.buffers, name))
    if before.rules is not problem.rules:
        _compare_rules(before.rules or LotRules.plain(size), problem.rules or LotRules.plain(size), touched)
    if not _has_same_columns(before.receipts, problem.receipts):
        return None
    demand = _number(before.demands.keys, problem.demands.keys, plan.slots.demand, plan.slots.num_demands)
    receipt = _number(before.receipts.keys, problem.receipts.keys, plan.slots.receipt, plan.slots.num_receipts)
    if demand is None or receipt is None:
        return None
    slots = Slots(demand[0], receipt[0], demand[1], receipt[1])
    numbered = problem
    if not slots.is_plain:
        numbered = replace(
            problem, demands=_spread(problem.demands, slots.demand, slots.num_demands),
            receipts=_spread(_number_leaders(problem.receipts, slots), slots.receipt, slots.num_receipts),
        )  # fmt: skip
    reranked = np.zeros(slots.num_demands, np.bool_)
    if problem.demands is not before.demands:
        changed = _compare_rows(plan.numbered.demands, numbered.demands, plan.slots.demand, slots.demand, touched)
        old, new = plan.numbered.demands.priority, numbered.demands.priority
        common = changed[changed < len(old)]
        reranked[common] = old[common] != new[common]
    if problem.receipts is not before.receipts:
        old_receipts, new_receipts = plan.numbered.receipts, numbered.receipts
        changed = _compare_rows(old_receipts, new_receipts, plan.slots.receipt, slots.receipt, touched)
        for receipts in (old_receipts, new_receipts):
            _touch_taken(plan, receipts, changed[changed < len(receipts.time)], touched)
    return Differences(slots, numbered, touched, forced, reranked)


NOBODY = {"source": -1, "leader": -1}
MAY_BE_EMPTY = {"source_per", "leader"}
_COMPARED = {"buffers", "methods", "demands", "receipts", "rules"}


def _is_equal(first: Any, second: Any) -> bool:
    """Whether two values are the same; arrays and dataclasses of arrays by what they hold."""
    if first is second:
        return True
    if isinstance(first, np.ndarray):
        return isinstance(second, np.ndarray) and bool(np.array_equal(first, second))
    if hasattr(first, "__dataclass_fields__") and type(first) is type(second):
        return all(_is_equal(getattr(first, one.name), getattr(second, one.name)) for one in fields(first))
    return bool(first == second)


def _is_same_frame(before: Problem, problem: Problem) -> bool:
    """Whether buffers, phantoms, bills and the behaviour of planning are the same, and all that is not compared."""
    same = all(
        _is_equal(getattr(before, one.name), getattr(problem, one.name))
        for one in fields(problem)
        if one.name not in _COMPARED
    )
    kept = [one.name for one in fields(problem.buffers) if one.name not in {"stock", "safety_stock"}]
    return same and all(_is_equal(getattr(before.buffers, name), getattr(problem.buffers, name)) for name in kept)


def _differs(first: Any, second: Any) -> Any:
    return np.False_ if first is second else first != second


def _has_same_columns(old: Receipts, new: Receipts) -> bool:
    """Whether the columns that may be left empty are so in both or in none."""
    if not len(old.time) or not len(new.time):
        return True
    return all(bool(len(getattr(old, one.name))) == bool(len(getattr(new, one.name))) for one in fields(new))


def _compare_methods(before: Problem, problem: Problem, touched: Bools, forced: Bools) -> bool:
    """Touch the buffers whose methods differ; False where they are others altogether."""
    old, new = before.methods, problem.methods
    if old is new:
        return True
    if not all(_is_equal(getattr(old, name), getattr(new, name)) for name in ("ptr", "kind", "source")):
        return False
    owner = np.repeat(np.arange(problem.num_buffers), np.diff(new.ptr))
    for one in fields(new):
        first, second = getattr(old, one.name), getattr(new, one.name)
        if one.name in {"ptr", "kind", "source"} or _is_equal(first, second):
            continue
        if len(first) != len(owner) or len(second) != len(owner):
            return False
        differs = owner[first != second]
        touched[differs] = forced[differs] = True
    return True


def _compare_rules(old: LotRules, new: LotRules, touched: Bools) -> None:
    for one in fields(new):
        touched |= _differs(getattr(old, one.name), getattr(new, one.name))


def _number_leaders(receipts: Receipts, slots: Slots) -> Receipts:
    """Tell leaders by their numbers in the store."""
    leader = receipts.leader
    return replace(receipts, leader=slots.receipt[leader]) if len(leader) else receipts


def _tell_apart(keys: Texts) -> Texts:
    """Make keys unique: what comes out beside an order has the order's key, and is told apart by its place after it."""
    listed = keys.tolist()
    if len(set(listed)) == len(listed):
        return keys
    seen: dict[Any, int] = {}
    told = np.empty(len(listed), dtype=object)
    for at, key in enumerate(listed):
        seen[key] = seen.get(key, 0) + 1
        told[at] = (key, seen[key])
    return told


def _number(old: Texts, new: Texts, slots: Int32s, count: int) -> tuple[Int32s, int] | None:
    """Numbers of new rows by their keys, and how many are given then; None where they can't be told apart."""
    if new is old:
        return slots, count
    size = len(old)
    if len(new) >= size and bool((new[:size] == old).all()):
        added = np.arange(count, count + len(new) - size, dtype=np.int32)
        if len(new) == size or not set(new[size:].tolist()) & set(old.tolist()):
            return np.concatenate([slots, added]), count + len(added)
    old, new = _tell_apart(old), _tell_apart(new)
    known = dict(zip(old.tolist(), slots.tolist(), strict=True))
    if len(known) < size or len(set(new.tolist())) < len(new):
        return None
    given = np.array([known.get(key, -1) for key in new.tolist()], dtype=np.int32)
    place = dict(zip(slots.tolist(), range(size), strict=True))
    stay = [place[slot] for slot in given[given >= 0].tolist()]
    # Equal needs are served as they came: what stays must not change places.
    if any(second < first for first, second in pairwise(stay)):
        return None
    fresh = np.flatnonzero(given < 0)
    given[fresh] = np.arange(count, count + len(fresh), dtype=np.int32)
    return given, count + len(fresh)


def _spread(rows: Any, slots: Int32s, count: int) -> Any:
    """Put rows to their numbers; numbers that nobody has any more are of nothing."""
    spread = {}
    for one in fields(rows):
        column = getattr(rows, one.name)
        if len(column) != len(slots) or (one.name in MAY_BE_EMPTY and not len(column)):
            continue
        whole = np.full(count, NOBODY.get(one.name, 0), dtype=column.dtype)
        whole[slots] = column
        spread[one.name] = whole
    return replace(rows, **spread)


def _compare_rows(old: Any, new: Any, old_slots: Int32s, new_slots: Int32s, touched: Bools) -> Int64s:
    """Touch the buffers of rows that differ, came or went; return their numbers."""
    size = len(old.buffer)
    was, has = np.zeros(len(new.buffer), np.bool_), np.zeros(len(new.buffer), np.bool_)
    was[old_slots], has[new_slots] = True, True
    differs = was != has
    for one in fields(new):
        first, second = getattr(old, one.name), getattr(new, one.name)
        if one.name != "keys" and first is not second and len(first) and len(second):
            differs[:size] |= first != second[:size]
    changed = np.flatnonzero(differs & (was | has))
    touched[new.buffer[changed[has[changed]]]] = True
    gone = changed[was[changed]]
    touched[old.buffer[gone]] = True
    return changed


def _touch_taken(plan: Plan, receipts: Receipts, changed: Int64s, touched: Bools) -> None:
    """Touch what receipts take, or took."""
    ptr, child = plan.store.links.down
    mine = changed[receipts.units_to_issue[changed] > 0]
    for buffer in np.unique(receipts.buffer[mine]).tolist():
        touched[child[ptr[buffer] : ptr[buffer + 1]]] = True
    sources = receipts.source[changed]
    touched[sources[sources >= 0]] = True
