"""Solve hybrid flow shops for makespan: the order at the first stage is searched, the stages follow it."""

from __future__ import annotations

from functools import partial

import numpy as np

from drumbeat.basics.arrays import Int64s
from drumbeat.basics.streams import luck_of
from drumbeat.scheduling.engine.features import Features
from drumbeat.scheduling.engine.measure_worth import HOUR
from drumbeat.scheduling.engine.problem import Problem
from drumbeat.scheduling.engine.search import Lane, Search, run_lanes
from drumbeat.scheduling.engine.sequence.flow_insert import STAGES, FlowData, make_scratch
from drumbeat.scheduling.engine.sequence.hybrid_shop import (
    HybridShop,
    bound_hybrid,
    find_hybrid_shop,
    make_hybrid_schedule,
)
from drumbeat.scheduling.engine.sequence.improve_flow import BEST, CURRENT, build_flow, improve_flow
from drumbeat.scheduling.engine.sequence.stage_insert import time_stages

CHUNK = 3e7
"""Work between two looks at the clock, in nanoseconds."""
NUM_REMOVED = 2
MOST_WORK = 2.5e7
"""Jobs cubed x stages up to which parts and wholes are improved move by move; above, that takes more than it gives."""
TEMPERATURE, HIGH_TEMPERATURE = 0.07, 0.3
"""Of the mean duration: what is accepted as no worse, with and without that."""


def is_hybrid_shop(problem: Problem, features: Features) -> bool:
    """Whether a problem is a hybrid flow shop that `solve_hybrid_shop` honours in full."""
    return find_hybrid_shop(problem, features) is not None


def warm_up_hybrid_shop() -> None:
    """Have the kernels compiled, on three jobs."""
    none = np.zeros((3, 2), np.int64)
    shop = HybridShop(np.ones((3, 2), np.int32), np.ones(2, np.int64), none, none[:, :, None])
    data, orders, values = _make_data(shop, np.uint64(0)), np.zeros((5, 3), np.int64), np.zeros(3)
    orders[CURRENT] = np.arange(3)
    build_flow(data, orders, values)
    improve_flow(data, orders, values, np.zeros(4, np.int64), 1, 3, 0.0, 1.0)
    _time(shop, orders[BEST])


def solve_hybrid_shop(search: Search) -> None:
    """Search by iterated greedy, one lane from the first stage on, the other from the last stage back."""
    shop = find_hybrid_shop(search.problem, search.features)
    assert shop is not None
    search.raise_bound(bound_hybrid(shop) * search.problem.objective.makespan / HOUR)
    run_lanes(search, *(partial(_search_orders, shop=shop) for _ in range(min(search.workers, 2))))


def _mirror(shop: HybridShop) -> HybridShop:
    """Return the shop whose jobs go through the stages backwards."""
    run, machines = np.ascontiguousarray(shop.run[:, ::-1]), np.ascontiguousarray(shop.machines[::-1])
    return shop._replace(run=run, machines=machines)


def _make_data(shop: HybridShop, luck: np.uint64) -> FlowData:
    n, stages = shop.run.shape
    rest = shop.run[:, ::-1].cumsum(axis=1)[:, ::-1] - shop.run
    return FlowData(
        shop.run,
        np.zeros((1, 1, 1), np.int32),
        np.zeros(n, np.int32),
        np.zeros(n),
        np.ascontiguousarray(rest.astype(np.int32)),
        shop.machines,
        *make_scratch(n, stages, int(shop.machines.max())),
        np.array([luck], np.uint64),
        False,
        STAGES,
    )


def _time(shop: HybridShop, order: Int64s) -> tuple[int, Int64s, Int64s]:
    """Return the makespan, starts and machines of an order."""
    start, machine = np.zeros(shop.run.shape, np.int64), np.zeros(shop.run.shape, np.int64)
    return int(time_stages(shop.run, shop.machines, order, start, machine)), start, machine


def _search_orders(lane: Lane, shop: HybridShop) -> None:
    n = len(shop.run)
    is_backwards = lane.number % 2 == 1
    own = _mirror(shop) if is_backwards else shop

    def offer(order: Int64s) -> None:
        makespan, start, machine = _time(own, order)
        if is_backwards:
            start, machine = (makespan - start - own.run)[:, ::-1], machine[:, ::-1]
        lane.offer(make_hybrid_schedule(shop, start, machine), "iterated greedy")

    data = _make_data(own, np.uint64(luck_of(lane.search.seed, lane.number)))
    orders, values = np.zeros((5, n), np.int64), np.full(3, np.inf)
    orders[CURRENT] = np.argsort(-own.run.sum(axis=1), kind="stable")
    build_flow(data, orders, values)
    offer(orders[BEST])
    offered, state = values[BEST], np.zeros(4, np.int64)
    is_patient = n**3 * own.run.shape[1] <= MOST_WORK
    temperature = (TEMPERATURE if is_patient else HIGH_TEMPERATURE) * float(own.run.mean())
    patience, removed = n if is_patient else 0, min(NUM_REMOVED, n - 1)
    while n > 2 and not lane.is_over():
        lane.count(improve_flow(data, orders, values, state, removed, patience, temperature, CHUNK) * 1e-9)
        if values[BEST] < offered:
            offered = values[BEST]
            offer(orders[BEST])
        lane.tell(f"iterated greedy {values[BEST]:,.0f} s")
