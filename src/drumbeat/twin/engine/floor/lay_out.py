"""Lay a floor problem out as the kernel's memory."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s
from drumbeat.basics.streams import keys_of
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.find_plain import find_kept_units, find_outcomes, find_plain, find_steady, mark_groups
from drumbeat.twin.engine.floor.problem import CONSTANT_WIP, PER_PIECE, SATURATED, FloorProblem
from drumbeat.twin.engine.floor.surroundings import Needs
from drumbeat.twin.engine.floor.times import Times

FIRST_LOTS = 256
"""Lots that there is room for at first; the room doubles when it is full."""

HEAP_ROOM = 64
"""Events that one event may cause beyond those of machines and lots that it moves."""


class Lists:
    """CSR lists one after the other in one array, each by the thing that it belongs to."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.size = 0

    def add(self, ptr: Int64s, values: Any) -> Int64s:
        """Add lists; return the place of each one's begin, and behind the last its end."""
        begins = ptr.astype(np.int64) + self.size
        self.parts.append(np.asarray(values))
        self.size += len(values)
        return begins

    def by(self, owner: Int32s, count: int) -> Int64s:
        """Add the indices of `owner`'s entries, listed by owner; entries of owner -1 are left out."""
        order = np.argsort(owner, kind="stable")
        order = order[owner[order] >= 0]
        ptr = np.searchsorted(owner[order], np.arange(count + 1))
        return self.add(ptr, order)

    def join(self, kind: Any) -> Any:
        """All lists as one array."""
        return np.concatenate([*self.parts, np.zeros(0)]).astype(kind)


def _fill(records: Any, columns: dict[str, Any]) -> Any:
    for name, column in columns.items():
        records[name] = column
    return records


def _times(name: str, times: Times) -> dict[str, Any]:
    return {f"{name}_kind": times.kind, f"{name}_mean": times.mean, f"{name}_shape": times.shape}


def _spans(begin: str, end: str, places: Int64s) -> dict[str, Any]:
    return {begin: places[:-1], end: places[1:]}


def number_batch_slots(problem: FloorProblem) -> tuple[Int64s, int]:
    """Number the pairs of group and batch family; -1 for steps without batches."""
    steps = problem.steps
    pairs = np.stack([steps.group.astype(np.int64), steps.batch_family.astype(np.int64)], axis=1)
    is_batch = steps.batch_family >= 0
    slots = np.full(len(steps.keys), -1, np.int64)
    if is_batch.any():
        found, inverse = np.unique(pairs[is_batch], axis=0, return_inverse=True)
        slots[is_batch] = inverse.reshape(-1)
        return slots, len(found)
    return slots, 0


def _lot_seconds(problem: FloorProblem) -> Floats:
    """Mean machine seconds of each step for a lot of its product's pieces."""
    steps, products = problem.steps, problem.products
    pieces = np.repeat(products.pieces, np.diff(products.ptr))
    transfer = np.repeat(products.transfer_pieces, np.diff(products.ptr))
    pieces = np.where(transfer > 0, np.minimum(pieces, transfer), pieces)
    return steps.run.mean * np.where(steps.unit == PER_PIECE, pieces, 1)


def lay_steps(problem: FloorProblem) -> r.Records:
    """Lay steps out."""
    steps, products = problem.steps, problem.products
    count = len(steps.keys)
    product = np.repeat(np.arange(len(products.keys)), np.diff(products.ptr))
    seconds = _lot_seconds(problem)
    backwards = np.cumsum((seconds + steps.delay.mean)[::-1])[::-1]
    ends = np.append(backwards, 0.0)[products.ptr[1:]]
    has_uses = np.diff(steps.uses.ptr) > 0
    group = np.where((steps.group < 0) & has_uses, len(problem.groups.keys), steps.group)
    num_needs = len(steps.needs.of)
    return _fill(
        np.zeros(count, r.STEP),
        {
            "group": group, "product": product, "unit": steps.unit, "family": steps.family,
            "batch_slot": number_batch_slots(problem)[0], "has_outcome": find_outcomes(problem),
            "keeps_units": find_kept_units(problem),
            "scrap_unit": steps.scrap_unit, "rework_to": steps.rework_to, "dedicate_to": steps.dedicate_to,
            "dedicate_slot": slot_dedications(steps.dedicate_to), "setup": steps.setup if len(steps.setup) else 0.0,
            "limit_to": steps.limit_to, "is_reworked": steps.is_reworked, "need0": steps.needs.ptr[:-1],
            "need1": steps.needs.ptr[1:], "use0": steps.uses.ptr[:-1] + num_needs,
            "use1": steps.uses.ptr[1:] + num_needs, "batch_min": steps.batch_min, "batch_max": steps.batch_max,
            "key": keys_of(steps.keys), "batch_wait": steps.batch_wait, "scrap": steps.scrap,
            "rework": steps.rework, "skip": steps.skip, "limit_seconds": steps.limit_seconds,
            "defect": steps.defect, "detect": steps.detect, "drift": steps.drift,
            "tail": backwards - ends[product], "lot_seconds": seconds,
            **_times("run", steps.run), **_times("delay", steps.delay),
        },
    )  # fmt: skip


def lay_needs(needs: Needs, uses: Needs) -> r.Records:
    """Lay out the units and the materials that steps take, units first."""
    both = np.zeros(len(needs.of) + len(uses.of), r.NEED)
    for name, values in (("of", (needs.of, uses.of)), ("phase", (needs.phase, uses.phase))):
        both[name] = np.concatenate(values)
    both["amount"] = np.concatenate([needs.amount, uses.amount])
    return both


def slot_dedications(dedicate_to: Int32s) -> Int64s:
    """Give each step that dedicates one of two places in its lot; -1 where both are taken, or where it does not.

    A place is free again at the step that it was taken for.
    """
    free_from = [-1, -1]
    slots = np.full(len(dedicate_to), -1, np.int64)
    for step in np.flatnonzero(dedicate_to >= 0):
        for slot in (0, 1):
            if free_from[slot] <= step:
                slots[step], free_from[slot] = slot, int(dedicate_to[step])
                break
    return slots


def lay_groups(problem: FloorProblem, machine_places: Int64s) -> r.Records:
    """Lay groups out, and behind them the one for steps that need no machine but material."""
    groups, sources, products = problem.groups, problem.sources, problem.products
    is_even = groups.is_even if len(groups.is_even) else np.zeros(len(groups.keys), np.bool_)
    count = len(groups.keys) + 1  # the last one is for steps that need no machine but material
    laid = _fill(
        np.zeros(count, r.GROUP),
        dict.fromkeys(("head", "tail", "blocked_head", "blocked_tail", "outside_head", "outside_tail", "source"), -1)
        | {"capacity": -1},
    )
    _fill(
        laid[:-1],
        {
            "is_plain": find_plain(problem), "has_needs": mark_groups(problem, np.diff(problem.steps.needs.ptr) > 0),
            "is_choosy": mark_groups(problem, problem.steps.family >= 0) | is_even,
            "rule": groups.rule, "setup_first": groups.is_setup_first,
            "is_even": is_even,
             "area": groups.area, "capacity": groups.capacity,
            "num_empty": np.diff(groups.ptr), "num_free": np.diff(groups.ptr),
            **_spans("machine0", "machine1", machine_places),
        },
    )  # fmt: skip
    for d in np.flatnonzero(sources.kind == SATURATED):
        laid["source"][problem.steps.group[products.ptr[sources.product[d]]]] = d
    return laid


def lay_products(problem: FloorProblem) -> r.Records:
    """Lay products out."""
    products, sources = problem.products, problem.sources
    laid = _fill(
        np.zeros(len(products.keys), r.PRODUCT),
        {
            "is_lost": products.is_lost, "makes": products.makes, "priority": products.priority,
            "pieces": products.pieces, "transfer": products.transfer_pieces, "key": keys_of(products.keys),
            "due_seconds": products.due_seconds, "weight": products.weight, "closed_source": -1,
            **_spans("step0", "step1", products.ptr), **_times("found", products.found_after),
        },
    )  # fmt: skip
    for d in np.flatnonzero(sources.kind == CONSTANT_WIP):
        laid["closed_source"][sources.product[d]] = d
    return laid


def lay_machines(problem: FloorProblem, queues: Int64s, lives: Int64s, cares: Int64s) -> r.Records:
    """Lay machines out, with the places of their groups, failure modes and cares."""
    machines = problem.machines
    return _fill(
        np.zeros(len(machines.keys), r.MACHINE),
        {
            "is_free": 1, "lot": -1, "group": -1, "blocked_on": -1, "next_blocked": -1, "family": machines.family,
            "matrix": machines.matrix, "calendar": machines.calendar, "busy_life": -1, "care": -1, "wear": 1.0,
            "is_patient": machines.is_patient if len(machines.is_patient) else 0, "ended": -1.0,
            "is_steady": find_steady(problem),
            "is_ahead": machines.is_ahead if len(machines.is_ahead) else 0,
            "least_run": machines.least_run, "pending": -1, "busy_fail": math.inf,
            **_spans("queue0", "queue1", queues), **_spans("life0", "life1", lives), **_spans("care0", "care1", cares),
        },
    )  # fmt: skip


def lay_upkeep(problem: FloorProblem) -> tuple[r.Records, r.Records]:
    """Lay failure modes and cares out."""
    lives, care = problem.lives, problem.care
    laid_lives = _fill(
        np.zeros(len(lives.keys), r.LIFE),
        {
            "machine": lives.machine, "clock": lives.clock, "is_aged": lives.is_aged, "pool": lives.pool,
            "priority": lives.priority, "spare": lives.spare, "next": -1, "pending": -1, "fails_at": math.inf,
            "key": keys_of(lives.keys), **_times("life", lives.life), **_times("repair", lives.repair),
        },
    )  # fmt: skip
    laid_care = _fill(
        np.zeros(len(care.keys), r.CARE),
        {
            "machine": care.machine, "clock": care.clock, "pool": care.pool, "key": keys_of(care.keys),
            "interval": care.interval, "patience": care.patience, "skip": care.skip, "growth": care.growth,
            "keeps_rhythm": care.keeps_rhythm if len(care.keeps_rhythm) else 0,
            "most": care.most, "last": care.first - care.interval, "next": care.first,
            **_times("duration", care.duration),
        },
    )  # fmt: skip
    return laid_lives, laid_care


def _three(ptr: Int64s, *columns: Any) -> tuple[Int64s, Any]:
    """Interleave columns of CSR lists: list after list, its columns one after the other."""
    parts = [column[a:b] for a, b in pairwise(ptr) for column in columns]
    return ptr * len(columns), np.concatenate([*parts, np.zeros(0)])


def lay_sources(problem: FloorProblem, numbers: Lists) -> r.Records:
    """Lay sources and their profiles out."""
    sources = problem.sources
    places = numbers.add(*_three(sources.ptr, sources.at, sources.factor))
    return _fill(
        np.zeros(len(sources.keys), r.SOURCE),
        {
            "product": sources.product, "kind": sources.kind, "lots": sources.lots, "key": keys_of(sources.keys),
            "first": sources.first, "at0": places[:-1], "at1": places[:-1] + np.diff(sources.ptr),
            **_times("between", sources.between),
        },
    )  # fmt: skip


def _groups_of(problem: FloorProblem, needs: Needs, count: int) -> tuple[Int64s, Int64s]:
    """Groups whose steps take each pool or material; for pools also those whose machines' cares do."""
    steps, groups, care = problem.steps, problem.groups, problem.care
    step = np.repeat(np.arange(len(steps.keys)), np.diff(needs.ptr))
    group = np.where(steps.group[step] < 0, len(groups.keys), steps.group[step]).astype(np.int64)
    pairs = np.stack([needs.of.astype(np.int64), group], axis=1)
    if needs is steps.needs and len(care.keys):
        at = np.repeat(np.arange(len(groups.keys)), np.diff(groups.ptr))
        cared = [np.stack([np.full((at[groups.machine == m]).shape, c), at[groups.machine == m]], axis=1)
                 for m, c in zip(care.machine, care.pool, strict=True) if c >= 0]  # fmt: skip
        pairs = np.concatenate([pairs, *cared])
    pairs = np.unique(pairs, axis=0) if len(pairs) else pairs
    return np.searchsorted(pairs[:, 0], np.arange(count + 1)), pairs[:, 1]


def lay_pools(problem: FloorProblem, lists: Lists, numbers: Lists) -> r.Records:
    """Lay pools and their shifts out."""
    pools = problem.pools
    places = numbers.add(*_three(pools.ptr, pools.at, pools.size, pools.overtime))
    groups = lists.add(*_groups_of(problem, problem.steps.needs, len(pools.keys)))
    return _fill(
        np.zeros(len(pools.keys), r.POOL),
        {
            "at0": places[:-1], "at1": places[:-1] + np.diff(pools.ptr), "key": keys_of(pools.keys),
            "cycle": pools.cycle, "absence": pools.absence, "build": pools.build, "recover": pools.recover,
            "slower": pools.slower, "defects": pools.defects, "more_absent": pools.more_absent,
            **_spans("group0", "group1", groups),
        },
    )  # fmt: skip


def lay_materials(problem: FloorProblem, lists: Lists) -> tuple[r.Records, r.Records]:
    """Lay materials out, and the orders open at the start."""
    materials = problem.materials
    groups = lists.add(*_groups_of(problem, problem.steps.uses, len(materials.keys)))
    on_order = np.zeros(len(materials.keys))
    laid = _fill(
        np.zeros(len(materials.keys), r.MATERIAL),
        {
            "maker": materials.maker, "outage": materials.outage, "key": keys_of(materials.keys),
            "stock": materials.stock, "on_order": on_order, "reorder_point": materials.reorder_point,
            "order_quantity": materials.order_quantity, **_spans("group0", "group1", groups),
            **_times("lead", materials.lead),
        },
    )  # fmt: skip
    receipts = _fill(
        np.zeros(len(materials.receipt_material), r.RECEIPT_RECORD),
        {
            "material": materials.receipt_material,
            "time": materials.receipt_time,
            "quantity": materials.receipt_quantity,
        },
    )
    np.add.at(laid["on_order"], receipts["material"], receipts["quantity"])
    return laid, receipts


def lay_outages(problem: FloorProblem, lists: Lists, numbers: Lists) -> r.Records:
    """Lay outages, their machines and their known windows out."""
    outages = problem.outages
    windows = numbers.add(*_three(outages.window_ptr, outages.window_start, outages.window_end))
    machines = lists.add(outages.ptr, outages.machine)
    return _fill(
        np.zeros(len(outages.keys), r.OUTAGE),
        {
            "window0": windows[:-1], "window1": windows[:-1] + np.diff(outages.window_ptr),
            "key": keys_of(outages.keys), **_spans("machine0", "machine1", machines),
            **_times("up", outages.up), **_times("down", outages.down),
        },
    )  # fmt: skip


def lay_calendars(problem: FloorProblem, lists: Lists, numbers: Lists) -> r.Records:
    """Lay calendars and their machines out."""
    calendars = problem.calendars
    places = numbers.add(*_three(calendars.ptr, calendars.start, calendars.end))
    machines = lists.by(problem.machines.calendar, len(calendars.cycle))
    return _fill(
        np.zeros(len(calendars.cycle), r.CALENDAR_RECORD),
        {
            "first": places[:-1], "end": places[:-1] + np.diff(calendars.ptr), "cycle": calendars.cycle,
            **_spans("machine0", "machine1", machines),
        },
    )  # fmt: skip


def lay_orders(problem: FloorProblem) -> r.Records:
    """Lay listed orders out."""
    orders = problem.orders
    first = problem.products.ptr[orders.product] if len(orders.product) else orders.step
    laid = _fill(
        np.zeros(len(orders.product), r.LISTED),
        {
            "product": orders.product, "priority": orders.priority, "pieces": orders.pieces,
            "release": orders.release, "due": orders.due, "step": np.where(orders.step < 0, first, orders.step),
        },
    )  # fmt: skip
    if len(orders.keys):
        laid["key"] = keys_of(orders.keys)
    return laid


def make_lots(count: int) -> r.Records:
    """Make free lots, each linked to the next."""
    lots = np.zeros(count, r.LOT)
    lots["next"] = np.arange(1, count + 1)
    return lots


def make_open_orders(count: int) -> r.Records:
    """Make free open orders, each linked to the next."""
    orders = np.zeros(count, r.OPEN_ORDER)
    orders["next"] = np.arange(1, count + 1)
    return orders
