"""Solve permutation flow shops: makespan, completion times and tardiness, with setups or without waiting."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.sequence.bound_flow import bound_flow
from drumbeat.scheduling.engine.sequence.flow_insert import MAKESPAN, SUM, FlowData, make_scratch
from drumbeat.scheduling.engine.sequence.flow_shop import FlowShop, find_flow_shop, make_schedule, time_flow
from drumbeat.scheduling.engine.sequence.improve_flow import BEST, CURRENT, build_flow, improve_flow

CHUNK = 3e7
"""Work between two looks at the clock, in nanoseconds."""
NUM_REMOVED = (2, 3)
"""Jobs taken out at a time, by lane."""
TEMPERATURE = 0.07
"""Of the mean duration: what is accepted as no worse, for makespan."""
HOTTEST, COLDEST = (10.0, 6.0), (0.3, 1.0)
"""Of the mean duration and weight: what is accepted as no worse, for tardiness, at the begin and the end of a cooling,
by lane."""
FIRST_COOLING = 32
"""Chunks of the first cooling; each takes twice as long as the one before."""
QUIET_CHUNKS = 100
"""Chunks without a gain after which a lane goes on from the best of all."""


def is_flow_shop(problem: Problem, features: Features) -> bool:
    """Whether a problem is a permutation flow shop that `solve_flow_shop` honours in full."""
    shop = find_flow_shop(problem, features)
    return shop is not None and not shop.is_no_wait


def warm_up_flow_shop() -> None:
    """Have the kernels compiled, on a shop of three jobs."""
    run, setup, dates = np.ones((3, 2), np.int32), np.zeros((1, 1, 1), np.int32), np.zeros(3, np.int32)
    shop = FlowShop(run, setup, False, False, True, dates, np.ones(3), np.arange(6, dtype=np.int64).reshape(3, 2))
    data, orders, values = make_flow_data(shop, np.uint64(0)), np.zeros((5, 3), np.int64), np.zeros(3)
    orders[CURRENT] = np.arange(3)
    build_flow(data, orders, values)
    improve_flow(data, orders, values, np.zeros(4, np.int64), 1, 3, 0.0, 1.0)


def make_flow_data(shop: FlowShop, luck: np.uint64) -> FlowData:
    """Make what the kernels take, with scratch of its own."""
    n, m = shop.run.shape
    return FlowData(
        shop.run,
        shop.setup,
        shop.due,
        shop.weight,
        np.zeros((1, 1), np.int32),
        np.zeros(1, np.int64),
        *make_scratch(n, m, 0),
        np.array([luck], np.uint64),
        shop.has_setups,
        MAKESPAN if shop.for_makespan else SUM,
    )


def solve_flow_shop(search: Search) -> None:
    """Search the orders of a permutation flow shop by iterated greedy, each lane with luck of its own."""
    shop = find_flow_shop(search.problem, search.features)
    assert shop is not None
    aim = search.problem.objective
    factor = (aim.makespan if shop.for_makespan else aim.tardiness) / HOUR
    search.raise_bound(bound_flow(shop) * factor)
    run_lanes(search, *(partial(_search_orders, shop=shop) for _ in range(min(search.workers, 2))))


def choose_start(shop: FlowShop) -> Int64s:
    """Return the order in which jobs are put in at first: by due time where there are any, else by work, for sums the
    shortest first."""
    work = shop.run.sum(axis=1)
    if shop.for_makespan:
        return np.argsort(-work, kind="stable")
    share = np.maximum(shop.weight, 1e-9)
    return np.lexsort((work / share, shop.due)) if np.ptp(shop.due) else np.argsort(work / share, kind="stable")


def _search_orders(lane: Lane, shop: FlowShop) -> None:
    n = len(shop.run)
    data = make_flow_data(shop, np.uint64(luck_of(lane.search.seed, lane.number)))
    orders, values = np.zeros((5, n), np.int64), np.full(3, np.inf)
    orders[CURRENT] = choose_start(shop)
    build_flow(data, orders, values)
    _offer(lane, shop, orders[BEST])
    offered, quiet = values[BEST], 0
    state = np.zeros(4, np.int64)
    mean, chunk = float(shop.run.mean()), 0
    num_removed = min(2 if shop.for_makespan else NUM_REMOVED[lane.number % 2], n - 1)
    while n > 2 and offered > 0 and not lane.is_over():
        warmth = TEMPERATURE if shop.for_makespan else _cool(chunk, lane.number % 2) * float(shop.weight.mean())
        lane.count(improve_flow(data, orders, values, state, num_removed, n, warmth * mean, CHUNK) * 1e-9)
        quiet, chunk = quiet + 1, chunk + 1
        if values[BEST] < offered:
            offered, quiet = values[BEST], 0
            _offer(lane, shop, orders[BEST])
        lane.tell(f"iterated greedy {values[BEST]:,.0f} s")
        if quiet >= QUIET_CHUNKS:
            quiet = 0
            if _take_over(lane, shop, orders, values):
                state[:] = 0


def _cool(chunk: int, number: int) -> float:
    """Return the temperature of a chunk in lane 0 or 1."""
    begin, length = 0, FIRST_COOLING
    while chunk >= begin + length:
        begin, length = begin + length, 2 * length
    return float(HOTTEST[number] * (COLDEST[number] / HOTTEST[number]) ** ((chunk - begin) / length))


def _offer(lane: Lane, shop: FlowShop, order: Int64s) -> None:
    lane.offer(make_schedule(shop, *time_flow(shop, order)), "iterated greedy")


def _take_over(lane: Lane, shop: FlowShop, orders: Int64s, values: Floats) -> bool:
    """Go on from the best of all lanes when it is better; lanes of deterministic searches do not hear of it."""
    search = lane.search
    if search.is_deterministic or search.schedule is None:
        return False
    end = search.schedule.end[shop.task]
    late = np.maximum(end[:, -1] - shop.due, 0)
    value = float(end.max() if shop.for_makespan else (shop.weight * late).sum())
    if value >= values[CURRENT]:
        return False
    orders[:3] = np.argsort(end[:, 0], kind="stable")
    values[:] = value
    return True
