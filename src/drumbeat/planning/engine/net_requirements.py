"""Net requirements: what to make, buy and move, level by level through the bills of material."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

import numpy as np

from drumbeat.basics.progress import Progress, silent
from drumbeat.planning.engine.advise_actions import advise_actions
from drumbeat.planning.engine.blow_phantoms import blow_phantoms
from drumbeat.planning.engine.find_levels import find_levels
from drumbeat.planning.engine.find_ready_times import find_ready_times
from drumbeat.planning.engine.netting_kernels import explode, net_level, peg_level, sort_requirements
from drumbeat.planning.engine.problem import Bools, Floats, Int8s, Int32s, Int64s, Problem
from drumbeat.planning.engine.result import (
    FROM_DEMAND,
    FROM_ORDER,
    FROM_RECEIPT,
    ORDER,
    RECEIPT,
    Pegs,
    PlannedOrders,
    Requirements,
    Result,
)

NO_TIME = np.iinfo(np.int64).min
"""Need of a receipt that nobody needs."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Requirements that wait for their level; shape (n,) each."""

    buffer: Int32s
    need: Int64s
    quantity: Floats
    origin: Int8s
    parent: Int32s
    demand: Int32s
    priority: Floats


@dataclass(slots=True)
class _Netting:
    """The state of a run: receipts sorted by buffer and time, and what each level gave."""

    problem: Problem
    level: Int32s
    waiting: list[list[_Wanted]]
    by_place: Int64s
    rec_ptr: Int64s
    rec_need: Int64s
    rec_taken: Bools
    orders: list[PlannedOrders] = field(default_factory=list)
    requirements: list[Requirements] = field(default_factory=list)
    pegs: list[Pegs] = field(default_factory=list)
    num_orders: int = 0
    num_requirements: int = 0


def net_requirements(problem: Problem, progress: Progress = silent) -> Result:
    """Plan every buffer: net, size lots, explode, peg, and say what to do.

    Requirements of a buffer are served by need, then by priority. Stock is used down to the safety stock, then
    receipts as they come, then new orders; what is missing from the safety stock at the start is ordered at once.
    Times run backwards from the needs at infinite capacity; then forwards again from now, which tells when
    everything can really be there and what is late for which reason (see `PlannedOrders`, `Outcomes`).
    Orders follow the method's minimum, multiple and maximum, in good units; components are taken for the units
    started, which are those divided by the yield. What planned orders need of one component within
    `PlanParams.bundle_seconds` is ordered together; each demand gets orders of its own.

    Parameters
    ----------
    problem
        What to plan. Bills must not lead in a circle.
    progress
        Hears of each level.

    Returns
    -------
    Result
        Empty arrays where nothing is wanted.

    Raises
    ------
    InputError
        When a buffer needs itself.

    Notes
    -----
    Time-phased order point and low-level coding as in Orlicky, Material Requirements Planning (1975).
    """
    state = _begin(problem)
    bills = blow_phantoms(problem)
    gross_per = bills.quantity_per / (1 - bills.scrap)
    line = (bills.ptr, bills.component, gross_per, (bills.valid_from, bills.valid_to))
    _issue_receipts(state, line)
    num_levels = len(state.waiting)
    for level in range(num_levels):
        progress(0.8 * level / num_levels, f"level {level}")
        _plan_level(state, level, line)
    progress(0.8, "ready times")
    orders, requirements, pegs = _joined(state)
    orders, requirements, demands, receipts = find_ready_times(problem, orders, requirements, pegs, state.level)
    need, taken = np.full(len(problem.receipts.time), NO_TIME), np.zeros(len(problem.receipts.time), dtype=bool)
    need[state.by_place], taken[state.by_place] = state.rec_need, state.rec_taken
    progress(0.95, "action messages")
    messages = advise_actions(problem, orders, requirements, pegs, need, taken, demands, receipts)
    return Result(orders, requirements, pegs, messages, demands, receipts, state.level)


def _begin(problem: Problem) -> _Netting:
    level, receipts, demands = find_levels(problem), problem.receipts, problem.demands
    waiting: list[list[_Wanted]] = [[] for _ in range(int(level.max(initial=-1)) + 1)]
    by_place = np.lexsort((receipts.time, receipts.buffer)).astype(np.int64)
    rec_ptr = np.searchsorted(receipts.buffer[by_place], np.arange(problem.num_buffers + 1)).astype(np.int64)
    size = len(by_place)
    state = _Netting(problem, level, waiting, by_place, rec_ptr, np.full(size, NO_TIME), np.zeros(size, dtype=np.bool_))
    index = np.arange(len(demands.due), dtype=np.int32)
    origin = np.full(len(index), FROM_DEMAND, dtype=np.int8)
    wanted = _Wanted(demands.buffer, demands.due, demands.quantity, origin, index, index, demands.priority)
    _wait(state, wanted)
    return state


def _wait(state: _Netting, wanted: _Wanted) -> None:
    """Put requirements to the level of their buffer."""
    level = state.level[wanted.buffer]
    for here in np.unique(level):
        chosen = np.flatnonzero(level == here)
        part = wanted if len(chosen) == len(level) else _Wanted(*(getattr(wanted, n)[chosen] for n in _FIELDS))
        state.waiting[int(here)].append(part)


_FIELDS = tuple(one.name for one in fields(_Wanted))


def _issue_receipts(state: _Netting, line: tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]]) -> None:
    """Require what released orders still have to take, and what transfers take from their sender."""
    receipts, methods = state.problem.receipts, state.problem.methods
    to_issue = np.flatnonzero(receipts.units_to_issue > 0).astype(np.int32)
    made = np.full(len(to_issue), -1, dtype=np.int32)
    parent, component, need, quantity = explode(
        receipts.buffer[to_issue], made, receipts.units_to_issue[to_issue], receipts.start[to_issue],
        methods.kind, methods.source, *line,
    )  # fmt: skip
    sent = np.flatnonzero(receipts.source >= 0).astype(np.int32)
    who = np.concatenate([to_issue[parent], sent])
    size = len(who)
    wanted = _Wanted(
        buffer=np.concatenate([component, receipts.source[sent]]),
        need=np.concatenate([need, receipts.start[sent]]),
        quantity=np.concatenate([quantity, receipts.quantity[sent]]),
        origin=np.full(size, FROM_RECEIPT, dtype=np.int8),
        parent=who,
        demand=np.full(size, -1, dtype=np.int32),
        # What is already under way goes before what is only planned for the same moment.
        priority=np.full(size, np.inf),
    )
    _wait(state, wanted)


def _plan_level(state: _Netting, level: int, line: tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]]) -> None:
    problem = state.problem
    methods, receipts = problem.methods, problem.receipts
    parts = state.waiting[level]
    wanted = _Wanted(*(np.concatenate([getattr(part, n) for part in parts]) for n in _FIELDS)) if parts else _nothing()
    state.waiting[level] = []
    req_ptr, order = sort_requirements(wanted.buffer, wanted.need, wanted.priority, problem.num_buffers)
    # Importance has done its work with the sorting.
    wanted = _Wanted(**{n: getattr(wanted, n)[order] for n in _FIELDS[:-1]}, priority=np.empty(0))
    buffers = np.flatnonzero(state.level == level).astype(np.int32)
    rec_quantity = receipts.quantity[state.by_place]
    owner, method, quantity, need, after = net_level(
        buffers, req_ptr, wanted.need, wanted.quantity, wanted.origin != FROM_DEMAND, problem.params.bundle_seconds,
        problem.buffers.stock, problem.buffers.safety_stock,
        state.rec_ptr, np.maximum(receipts.time[state.by_place], 0), rec_quantity,
        receipts.is_movable[state.by_place], state.rec_need, state.rec_taken, methods.ptr, methods.lead_seconds,
        methods.lead_seconds_per_unit,
        (methods.lot_minimum, methods.lot_multiple, methods.lot_maximum),
        (methods.valid_from, methods.valid_to),
    )  # fmt: skip
    bound = len(wanted.need) + len(owner) + len(rec_quantity) + len(buffers)
    source, supply, requirement, amount = peg_level(
        buffers, req_ptr, wanted.quantity, problem.buffers.stock, state.rec_ptr, rec_quantity, state.rec_taken,
        owner, quantity, after, bound,
    )  # fmt: skip
    first = np.full(len(owner), -1, dtype=np.int32)
    is_order = source == ORDER
    serves = np.flatnonzero(is_order & (wanted.demand[requirement] >= 0))[::-1]
    # Written backwards, so that the first demand is the one that stays.
    first[supply[serves]] = wanted.demand[requirement[serves]]
    lead = methods.lead_seconds[method] + np.ceil(methods.lead_seconds_per_unit[method] * quantity - 1e-6).astype(
        np.int64
    )
    start = need - lead
    placed = PlannedOrders(owner, method, quantity, need, start, start, need, first, np.full_like(owner, level))
    _explode_orders(state, placed, line)
    is_receipt = source == RECEIPT
    supply[is_receipt] = state.by_place[supply[is_receipt]]
    supply[is_order] += state.num_orders
    state.pegs.append(Pegs(source, supply, requirement + np.int32(state.num_requirements), amount))
    state.orders.append(placed)
    columns = {n: getattr(wanted, n) for n in _FIELDS[:-1]}
    # Ready times are found when all levels are planned.
    no_times, no_pegs = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
    state.requirements.append(Requirements(**columns, ready=no_times, cause=no_pegs))
    state.num_orders += len(owner)
    state.num_requirements += len(wanted.need)


def _explode_orders(
    state: _Netting, placed: PlannedOrders, line: tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]]
) -> None:
    methods, priority = state.problem.methods, state.problem.demands.priority
    started = placed.quantity / methods.yields[placed.method]
    parent, component, need, quantity = explode(
        placed.buffer, placed.method, started, placed.start, methods.kind, methods.source, *line
    )
    demand = placed.demand[parent]
    importance = np.zeros(len(parent))
    importance[demand >= 0] = priority[demand[demand >= 0]]
    origin = np.full(len(parent), FROM_ORDER, dtype=np.int8)
    parent = parent + np.int32(state.num_orders)
    _wait(state, _Wanted(component, need, quantity, origin, parent, demand, importance))


def _nothing() -> _Wanted:
    whole, real = np.empty(0, dtype=np.int32), np.empty(0)
    return _Wanted(whole, np.empty(0, dtype=np.int64), real, np.empty(0, dtype=np.int8), whole, whole, real)


_Table = TypeVar("_Table", PlannedOrders, Requirements, Pegs)


def _joined(state: _Netting) -> tuple[PlannedOrders, Requirements, Pegs]:
    """Join the levels."""
    none = np.empty(0, dtype=np.int32)
    times, real = np.empty(0, dtype=np.int64), np.empty(0)
    no_orders = PlannedOrders(none, none, real, times, times, times, times, none, none)
    kinds = np.empty(0, dtype=np.int8)
    orders = PlannedOrders(*_columns(PlannedOrders, [no_orders, *state.orders]))
    served = Requirements(none, times, real, kinds, none, none, times, none)
    requirements = Requirements(*_columns(Requirements, [served, *state.requirements]))
    pegs = Pegs(*_columns(Pegs, [Pegs(kinds, none, none, real), *state.pegs]))
    return orders, requirements, pegs


def _columns(kind: type[_Table], parts: list[_Table]) -> list[Any]:
    names = [one.name for one in fields(kind)]
    return [np.concatenate([getattr(part, name) for part in parts]) for name in names]
