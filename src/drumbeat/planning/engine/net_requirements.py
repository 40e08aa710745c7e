"""Net requirements: what to make, buy and move, level by level through the bills of material."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TypeAlias

import numpy as np

from drumbeat.basics.arrays import Bools, Floats, Int8s, Int32s, Int64s
from drumbeat.basics.parallel import run_blocks
from drumbeat.basics.progress import Progress, silent
from drumbeat.planning.engine.advise_actions import advise_actions
from drumbeat.planning.engine.blow_phantoms import blow_phantoms
from drumbeat.planning.engine.describe_requirements import Places
from drumbeat.planning.engine.find_levels import find_levels
from drumbeat.planning.engine.find_ready_times import find_ready_times
from drumbeat.planning.engine.growing import Growing
from drumbeat.planning.engine.join_outputs import find_groups, merge_groups, net_groups, split_level
from drumbeat.planning.engine.netting_kernels import count_by_level, explode, net_level, number_pegs, peg_level
from drumbeat.planning.engine.problem import FOR_EACH, LotRules, Problem
from drumbeat.planning.engine.result import (
    FROM_DEMAND,
    FROM_ORDER,
    FROM_RECEIPT,
    Pegs,
    PlannedOrders,
    Result,
)
from drumbeat.planning.engine.sort_requirements import group_by_buffer, sort_and_take

SORTED_BLOCKS = 8
SHARED_FROM = 100_000
"""Requirements from which threads share the sorting of a level."""
MOST_ROOM = 50_000_000
"""Rows for which room is made before they are known."""
NO_TIME = np.iinfo(np.int64).min
"""Need of a receipt that nobody needs."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Requirements that wait for their level; shape (n,) each."""

    buffer: Int32s
    need: Int64s
    quantity: Floats
    origin: Int8s
    parent: Int32s
    demand: Int32s


_Sorted: TypeAlias = tuple[Int64s, Floats, Int8s, Int32s, Int32s]
"""Need, quantity, origin, parent and demand of requirements in the order of service."""
Line: TypeAlias = tuple[Int64s, Int32s, Floats, tuple[Int64s, Int64s]]
"""Bill lines: pointer over buffers, component, gross quantity per unit, and from and to when each line is valid."""


@dataclass(frozen=True, slots=True)
class Netted:
    """A plan, and what a later change is planned from.

    Parameters
    ----------
    result
        The plan.
    order_cause, receipt_cause
        Requirement that makes each planned order, or receipt, come later than it should; -1 = none.
    receipt_need, receipt_is_taken
        The need for which netting counted on each receipt, and whether it did.
    demand_ready, demand_row
        When each demand is met, as `Requirements.ready`, and its requirement.
    state
        The columns of the requirements and pegs, to which others can be added.
    """

    result: Result
    order_cause: Int32s
    receipt_cause: Int32s
    receipt_need: Int64s
    receipt_is_taken: Bools
    demand_ready: Int64s
    demand_row: Int32s
    state: Netting


@dataclass(slots=True)
class Netting:
    """The state of a run: receipts sorted by buffer and time, and what each level gave.

    Of requirements, only quantity, origin and parent are kept, and how many each buffer has, `row_count`.
    """

    problem: Problem
    level: Int32s
    group: Int32s
    waiting: list[list[Wanted]]
    by_place: Int64s
    rec_ptr: Int64s
    rec_need: Int64s
    rec_taken: Bools
    capacity: Floats
    rules: tuple[Int8s, Int64s, Floats, Floats, Int64s]
    row_count: Int64s
    orders: list[PlannedOrders] = field(default_factory=list)
    requirements: Growing = field(default_factory=lambda: Growing(np.float64, np.int8, np.int32))
    pegs: Growing = field(default_factory=lambda: Growing(np.int8, np.int32, np.int32, np.float64))
    num_orders: int = 0


def net_requirements(problem: Problem, progress: Progress = silent) -> Result:
    """Plan every buffer: net, size lots, explode, peg, and say what to do.

    Requirements of a buffer are served by need, then by priority. Stock is used down to the safety stock, then
    receipts as they come, then new orders; what is missing from the safety stock at the start is ordered at once.
    Times run backwards from the needs at infinite capacity; then forwards again from now, which tells when
    everything can really be there and what is late for which reason (see `PlannedOrders`, `Outcomes`).
    Orders follow the method's minimum, multiple and maximum, in good units; components are taken for the units
    started, which are those divided by the yield. What planned orders need of one component within
    `PlanParams.bundle_seconds` is ordered together, unless its lot rule is `FOR_EACH`; each demand gets orders of its
    own.

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
    return run_netting(problem, progress).result


def run_netting(problem: Problem, progress: Progress = silent) -> Netted:
    """Plan every buffer, as `net_requirements` does, and keep what a later change is planned from."""
    state = begin_netting(problem, find_levels(problem), find_groups(problem), sort_receipts(problem))
    line = list_lines(problem)
    wait(state, _require_demands(problem))
    wait(state, issue_receipts(problem, line))
    _make_room(state, len(line[1]))
    num_levels = len(state.waiting)
    for level in range(num_levels):
        progress(0.8 * level / num_levels, f"level {level}")
        _plan_level(state, level, line)
    progress(0.8, "ready times")
    orders, pegs, rows = _join_orders(state), Pegs(*state.pegs.take()), state.requirements.take()
    times = find_ready_times(problem, orders, rows, pegs, Places.of(state.level, state.row_count))
    need, taken = np.full(len(problem.receipts.time), NO_TIME), np.zeros(len(problem.receipts.time), dtype=bool)
    need[state.by_place], taken[state.by_place] = state.rec_need, state.rec_taken
    progress(0.95, "action messages")
    messages = advise_actions(
        problem, times.orders, times.requirements, pegs, need, taken, times.demands, times.receipts
    )
    result = Result(times.orders, times.requirements, pegs, messages, times.demands, times.receipts, state.level)
    return Netted(
        result, times.order_cause, times.receipt_cause, need, taken, times.demand_ready, times.demand_row, state
    )


def _make_room(state: Netting, num_lines: int) -> None:
    """Make room for as many rows as there may be, so that they are not moved: what is not written takes no memory."""
    demands = state.problem.demands
    wanted = len(np.unique(demands.buffer))
    each = -(-len(demands.due) // wanted) if wanted else 0
    rows = min(len(demands.due) + num_lines * each, MOST_ROOM)
    state.requirements.make_room(rows // 2 + 1)
    state.pegs.make_room(rows // 2 + rows // 20 + 1)


def list_lines(problem: Problem) -> Line:
    """List the bill lines without phantoms, as `explode` reads them."""
    bills = blow_phantoms(problem)
    gross_per = bills.quantity_per / (1 - bills.scrap)
    return bills.ptr, bills.component, gross_per, (bills.valid_from, bills.valid_to)


def sort_receipts(problem: Problem) -> tuple[Int64s, Int64s]:
    """Sort receipts by buffer and time: the receipts, and a pointer over buffers."""
    receipts = problem.receipts
    by_place = np.lexsort((receipts.time, receipts.buffer)).astype(np.int64)
    return by_place, np.searchsorted(receipts.buffer[by_place], np.arange(problem.num_buffers + 1)).astype(np.int64)


def begin_netting(problem: Problem, level: Int32s, group: Int32s, places: tuple[Int64s, Int64s]) -> Netting:
    """Take out what netting reads again and again; nothing is required yet.

    Parameters
    ----------
    level, group, places
        Of `find_levels`, `find_groups` and `sort_receipts`.
    """
    waiting: list[list[Wanted]] = [[] for _ in range(int(level.max(initial=-1)) + 1)]
    by_place, rec_ptr = places
    size = len(by_place)
    rules = problem.rules or LotRules.plain(problem.num_buffers)
    limits = problem.methods.capacity_per_week
    return Netting(
        problem, level, group, waiting, by_place, rec_ptr, np.full(size, NO_TIME), np.zeros(size, dtype=np.bool_),
        limits if len(limits) else np.full(len(problem.methods.kind), np.inf),
        (rules.rule, rules.period_seconds, rules.order_cost, rules.holding_cost, rules.safety_seconds),
        np.zeros(problem.num_buffers, np.int64),
    )  # fmt: skip


def _require_demands(problem: Problem) -> Wanted:
    demands = problem.demands
    index = np.arange(len(demands.due), dtype=np.int32)
    origin = np.full(len(index), FROM_DEMAND, dtype=np.int8)
    return Wanted(demands.buffer, demands.due, demands.quantity, origin, index, index)


def wait(state: Netting, wanted: Wanted) -> None:
    """Put requirements to the level of their buffer."""
    counts = np.zeros(len(state.waiting), np.int64)
    count_by_level(wanted.buffer, state.level, counts)
    for here in np.flatnonzero(counts).tolist():
        part = wanted
        if counts[here] < len(wanted.buffer):
            chosen = np.flatnonzero(state.level[wanted.buffer] == here)
            part = Wanted(*(getattr(wanted, name)[chosen] for name in _FIELDS))
        state.waiting[here].append(part)


_FIELDS = tuple(one.name for one in fields(Wanted))


def issue_receipts(problem: Problem, line: Line) -> Wanted:
    """Return what released orders still have to take, and what transfers take from their sender."""
    receipts, methods = problem.receipts, problem.methods
    to_issue = np.flatnonzero(receipts.units_to_issue > 0).astype(np.int32)
    made = np.full(len(to_issue), -1, dtype=np.int32)
    parent, component, need, quantity = explode(
        (receipts.buffer[to_issue], made, receipts.units_to_issue[to_issue], receipts.start[to_issue]),
        (methods.taking, methods.source), line,
    )  # fmt: skip
    sent = np.flatnonzero(receipts.source >= 0).astype(np.int32)
    taken = receipts.quantity[sent] * (receipts.source_per[sent] if len(receipts.source_per) else 1.0)
    who = np.concatenate([to_issue[parent], sent])
    size = len(who)
    return Wanted(
        buffer=np.concatenate([component, receipts.source[sent]]),
        need=np.concatenate([need, receipts.start[sent]]),
        quantity=np.concatenate([quantity, taken]),
        origin=np.full(size, FROM_RECEIPT, dtype=np.int8),
        parent=who,
        demand=np.full(size, -1, dtype=np.int32),
    )


def _plan_level(state: Netting, level: int, line: Line) -> None:
    parts, state.waiting[level] = state.waiting[level], []
    buffers = np.flatnonzero(state.level == level).astype(np.int32)
    placed = net_buffers(state, level, buffers, parts)
    _explode_orders(state, placed, line)
    state.orders.append(placed)
    state.num_orders += len(placed.buffer)


def net_buffers(state: Netting, level: int, buffers: Int32s, parts: list[Wanted]) -> PlannedOrders:
    """Net and peg buffers of one level.

    Adds their requirements, in the order of service, and their pegs to the state, and counts them by buffer. Orders are
    numbered from `state.num_orders` on.

    Parameters
    ----------
    buffers
        Rising.
    parts
        What is required of them, and of no other buffer, in the order in which it came; emptied.
    """
    problem = state.problem
    methods, receipts = problem.methods, problem.receipts
    num_before = state.requirements.count
    (due, wanted, origin, _, demand), req_ptr = _sort_wanted(parts, state.requirements, problem)
    state.row_count[buffers] = np.diff(req_ptr)[buffers]
    rec_quantity = receipts.quantity[state.by_place]
    alone, groups = split_level(problem, buffers, state.group)
    given = (
        req_ptr, (due, wanted, _find_bundled(origin, req_ptr, state.rules[0])), problem.params.bundle_seconds,
        (problem.buffers.stock, problem.buffers.safety_stock), state.rec_ptr,
        (np.maximum(receipts.time[state.by_place], 0), rec_quantity, receipts.is_movable[state.by_place]),
        state.rec_need, state.rec_taken, methods.ptr, (methods.lead_seconds, methods.lead_seconds_per_unit),
        (methods.lot_minimum, methods.lot_multiple, methods.lot_maximum), (methods.valid_from, methods.valid_to),
        state.capacity, state.rules,
    )  # fmt: skip
    owner, method, quantity, need, after = net_level(alone, *given)
    together = net_groups(problem, groups, given) if groups else None
    first_peg = state.pegs.count
    num_pegs = len(together[1][0]) if together else 0
    pegs = state.pegs.extend(len(wanted) + len(owner) + len(rec_quantity) + len(buffers) + num_pegs)
    num_pegs = peg_level(
        alone, req_ptr, wanted, problem.buffers.stock, state.rec_ptr, rec_quantity, state.rec_taken,
        owner, quantity, after, pegs,
    )  # fmt: skip
    if together:
        found = (owner, method, quantity, need)
        (owner, method, quantity, need), num_pegs = merge_groups(found, together[0], pegs, num_pegs, together[1])
    source, supply, requirement, _ = (column[:num_pegs] for column in pegs)
    first = np.full(len(owner), -1, dtype=np.int32)
    named = (source, supply, requirement)
    number_pegs(named, demand, state.by_place, state.num_orders, num_before, first)
    state.pegs.shrink(first_peg + num_pegs)
    lead = methods.lead_seconds[method] + np.ceil(methods.lead_seconds_per_unit[method] * quantity - 1e-6).astype(
        np.int64
    )
    start = need - lead
    return PlannedOrders(owner, method, quantity, need, start, start, need, first, np.full_like(owner, level))


def _find_bundled(origin: Int8s, ptr: Int64s, rule: Int8s) -> Bools:
    """Whether requirements are ordered together with the next: not what customers want, nor what is made to order.

    `ptr` says where each buffer's begin.
    """
    is_bundled = origin != FROM_DEMAND
    return is_bundled & np.repeat(rule != FOR_EACH, np.diff(ptr)) if (rule == FOR_EACH).any() else is_bundled


def _sort_wanted(parts: list[Wanted], rows: Growing, problem: Problem) -> tuple[_Sorted, Int64s]:
    """Add the requirements of a level to the rows in the order of service, and say where each buffer's begin.

    `parts` is emptied. Need and demand, which follow from who requires it, are sorted beside the rows.
    """
    num_buffers = problem.num_buffers
    if not parts:
        return _nothing(), np.zeros(num_buffers + 1, dtype=np.int64)
    joined = parts[0] if len(parts) == 1 else Wanted(*(np.concatenate([getattr(p, n) for p in parts]) for n in _FIELDS))
    parts.clear()
    ptr, order = group_by_buffer(joined.buffer, num_buffers)
    given = (joined.need, joined.quantity, joined.origin, joined.parent, joined.demand)
    count = len(order)
    quantity, origin, parent = rows.extend(count)
    taken = (np.empty(count, np.int64), quantity, origin, parent, np.empty(count, np.int32))
    # Blocks of about as many requirements each.
    cuts = np.searchsorted(ptr, np.arange(SORTED_BLOCKS + 1) * count // SORTED_BLOCKS)
    cuts[0], cuts[-1] = 0, num_buffers

    def work(first: int, last: int) -> None:
        for block in range(first, last):
            sort_and_take(ptr, order, int(cuts[block]), int(cuts[block + 1]), given, problem.demands.priority, taken)

    run_blocks(work, SORTED_BLOCKS, cores=2 if count > SHARED_FROM else 1, block=1)
    return taken, ptr


def _explode_orders(state: Netting, placed: PlannedOrders, line: Line) -> None:
    methods = state.problem.methods
    started = placed.quantity / methods.yields[placed.method]
    parent, component, need, quantity = explode(
        (placed.buffer, placed.method, started, placed.start), (methods.taking, methods.source), line
    )
    demand = placed.demand[parent]
    origin = np.full(len(parent), FROM_ORDER, dtype=np.int8)
    parent += np.int32(state.num_orders)
    wait(state, Wanted(component, need, quantity, origin, parent, demand))


def _nothing() -> _Sorted:
    whole, real = np.empty(0, dtype=np.int32), np.empty(0)
    return np.empty(0, dtype=np.int64), real, np.empty(0, dtype=np.int8), whole, whole


def _join_orders(state: Netting) -> PlannedOrders:
    """Join the levels' orders, a column after the other: each of the pieces is given up when it is joined.

    Possible starts and ready times are found when all are planned.
    """
    none, times, real = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64), np.empty(0)
    parts = [PlannedOrders(none, none, real, times, times, times, times, none, none), *state.orders]
    pieces = {name: [getattr(part, name) for part in parts] for name in _KEPT}
    parts.clear()
    state.orders.clear()
    kept = {name: np.concatenate(pieces.pop(name)) for name in _KEPT}
    return PlannedOrders(**kept, possible_start=kept["start"], ready=kept["need"])


_KEPT = ("buffer", "method", "quantity", "need", "start", "demand", "level")
