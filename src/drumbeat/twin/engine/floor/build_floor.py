"""Build the kernel's memory for one replication, copy it, let it grow."""

from __future__ import annotations

import math

import numpy as np

from drumbeat.basics.streams import luck_of
from drumbeat.twin.engine.floor import records as r
from drumbeat.twin.engine.floor.check_problem import check_problem
from drumbeat.twin.engine.floor.lay_out import (
    FIRST_LOTS,
    HEAP_ROOM,
    Lists,
    lay_calendars,
    lay_groups,
    lay_machines,
    lay_materials,
    lay_needs,
    lay_orders,
    lay_outages,
    lay_pools,
    lay_products,
    lay_sources,
    lay_steps,
    lay_upkeep,
    make_lots,
    make_open_orders,
    number_batch_slots,
)
from drumbeat.twin.engine.floor.problem import FloorProblem
from drumbeat.twin.engine.floor.result import EVENT, NUM_STATES

STATIC = {"step", "need", "listed", "move", "receipt", "lists", "numbers", "setups", "tables"}
"""Parts that no play changes: copies share them."""


MOST_HELD = 1 << 16
"""Orders of one material that there is room for when an outage ends."""

MOST_TEMPLATES = 64
"""Problems whose layout is kept."""

_templates: dict[int, tuple[FloorProblem, r.Floor]] = {}


def _most_released(problem: FloorProblem) -> tuple[int, int]:
    """Lots and open orders that one event releases at most."""
    products, sources, orders = problem.products, problem.sources, problem.orders
    size = np.where(products.transfer_pieces > 0, products.transfer_pieces, np.maximum(products.pieces, 1))
    parts = -(-products.pieces // np.maximum(size, 1))
    lots = 2 + int((sources.lots * parts[sources.product]).sum()) + len(problem.machines.keys)
    if len(orders.product):
        chunks = np.where(products.transfer_pieces > 0, products.transfer_pieces, 1 << 60)[orders.product]
        lots += int((-(-orders.pieces // chunks)).max())
    for maker, quantity in zip(problem.materials.maker, problem.materials.order_quantity, strict=True):
        if maker >= 0:
            chunk = int(products.transfer_pieces[maker]) or int(quantity)
            lots += 32 * -(-int(quantity) // max(chunk, 1))
    batch = int(problem.steps.batch_max.max(initial=1))
    is_split = bool((products.transfer_pieces > 0).any())
    return lots + batch * int(parts.max(initial=1)), (lots if is_split else 0)


def find_template(problem: FloorProblem, *, is_checked: bool = False) -> r.Floor:
    """Check a problem and lay it out, once for the problems played last: periods and replications share the layout.

    The floor must not be changed: copy it. Problems are known by their identity, as nothing changes them. One that is
    checked already, because a checked one was compiled in the same way, is laid out only.
    """
    known = _templates.get(id(problem))
    if known is None:
        if not is_checked:
            check_problem(problem)
        known = (problem, _build_floor(problem))
        while len(_templates) >= MOST_TEMPLATES:
            _templates.pop(next(iter(_templates)), None)
        _templates[id(problem)] = known
    return known[1]


def build_floor(problem: FloorProblem, seed: int, replication: int) -> r.Floor:
    """Check a problem and lay it out for one replication; nothing has happened on it yet."""
    floor = copy_floor(find_template(problem))
    floor.luck[0] = luck_of(seed, replication)
    return floor


def _build_floor(problem: FloorProblem) -> r.Floor:
    groups, machines = problem.groups, problem.machines
    lists, numbers = Lists(), Lists()
    machine_places = lists.add(groups.ptr, groups.machine)
    numbers.add(groups.ptr, groups.factor)
    of_group = np.repeat(np.arange(len(groups.keys)), np.diff(groups.ptr))
    order = np.argsort(groups.machine, kind="stable")
    queues = lists.add(np.searchsorted(groups.machine[order], np.arange(len(machines.keys) + 1)), of_group[order])
    lives = lists.by(problem.lives.machine, len(machines.keys))
    cares = lists.by(problem.care.machine, len(machines.keys))
    laid_lives, laid_care = lay_upkeep(problem)
    material, receipts = lay_materials(problem, lists)
    pool = lay_pools(problem, lists, numbers)
    outage, calendar = lay_outages(problem, lists, numbers), lay_calendars(problem, lists, numbers)
    source = lay_sources(problem, numbers)
    lots, orders = _most_released(problem)
    move = lay_moves(problem)
    counter = np.zeros(r.NUM_COUNTERS, np.int64)
    floor = r.Floor(
        machine=lay_machines(problem, queues, lives, cares), group=lay_groups(problem, machine_places),
        step=lay_steps(problem), product=lay_products(problem), lot=make_lots(FIRST_LOTS + 2 * lots),
        source=source, life=laid_lives, care=laid_care, pool=pool, calendar=calendar, material=material, outage=outage,
        need=lay_needs(problem.steps.needs, problem.steps.uses), listed=lay_orders(problem),
        order=make_open_orders(2 * orders), move=move, receipt=receipts, heap=np.zeros(0, r.MOMENT),
        lists=lists.join(np.int32), numbers=numbers.join(np.float64), dirty=np.zeros(len(groups.keys) + 1, np.int32),
        batch_pieces=np.zeros(number_batch_slots(problem)[1], np.int64),
        seconds=np.zeros((len(machines.keys), NUM_STATES)), periods=np.zeros((0, len(problem.products.keys)), np.int64),
        setups=np.ascontiguousarray(problem.setups, np.float64),
        tables=np.ascontiguousarray(problem.tables, np.float64),
        counter=counter, clock=np.zeros(r.LUCK_PLACES), luck=np.zeros(1, np.uint64),
        salts=np.zeros(len(problem.steps.keys), np.uint64),
        trace=np.zeros(0, EVENT),
    )  # fmt: skip
    _set_counters(problem, floor, lots, orders)
    return floor._replace(heap=np.zeros(2 * int(counter[r.HEAP_MARGIN]) + FIRST_LOTS, r.MOMENT))


def _most_held(problem: FloorProblem) -> int:
    """Orders to suppliers that are held back during outages at most, and leave at one moment when these end."""
    materials = problem.materials
    is_held = (materials.outage >= 0) & (materials.order_quantity > 0.0) & (materials.reorder_point > 0.0)
    ratio = materials.reorder_point[is_held] / materials.order_quantity[is_held]
    return int(np.minimum(np.ceil(ratio) + 1.0, MOST_HELD).sum())


def _set_counters(problem: FloorProblem, floor: r.Floor, lots: int, orders: int) -> None:
    counter, things = floor.counter, 2 * len(floor.machine) + 2 * len(floor.life) + len(floor.care) + len(floor.pool)
    things += len(floor.calendar) + 2 * len(floor.outage) + len(floor.receipt) + len(floor.source)
    batch = int(problem.steps.batch_max.max(initial=1))
    counter[r.LOTS_LEFT], counter[r.LOTS_MARGIN] = len(floor.lot), lots
    counter[r.ORDERS_LEFT], counter[r.ORDERS_MARGIN] = len(floor.order), orders
    counter[r.HEAP_MARGIN] = HEAP_ROOM + 8 * (things + lots + batch) + 64 * len(floor.material) + _most_held(problem)
    counter[r.REPAIRS] = -1
    counter[r.HAS_WEAR] = int((problem.care.growth > 0.0).any())
    counter[r.HAS_FATIGUE] = int((problem.pools.build > 0.0).any())
    floor.clock[r.PERIOD], floor.clock[r.TICK_SECONDS] = math.inf, problem.wear_tick_seconds


def lay_moves(problem: FloorProblem) -> r.Records:
    """Lay the moves out; none where there is no time between areas."""
    times = problem.moves.time
    moves = np.zeros(len(times), r.MOVE)
    for name, column in (("kind", times.kind), ("mean", times.mean), ("shape", times.shape)):
        moves[name] = column
    return moves


def copy_floor(floor: r.Floor) -> r.Floor:
    """Copy what a play changes."""
    return r.Floor(*(part if name in STATIC else part.copy() for name, part in floor._asdict().items()))
