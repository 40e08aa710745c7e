"""Where in a chain to keep stock: guaranteed service times of least safety stock, proven.

Source: Graves and Willems, Optimizing strategic safety stock placement in supply chains (2000). Any network without
circles, by CP-SAT over whole units of time; the cost of a stage is a table over its net replenishment time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.basics.findings import Finding, InputError

UNITS = 10**9
"""The dearest network's cost is this many steps of the solver's whole numbers."""


@dataclass(frozen=True, slots=True)
class Stages:
    """A chain: stages that each process and may keep stock; shape (N,) each unless said otherwise.

    Parameters
    ----------
    keys
        Business key of each stage.
    lead_time
        Units of time from having all inputs to being done, >= 0.
    holding_cost
        Money for a unit of safety stock in a unit of time, >= 0.
    bound
        Safety stock that a net replenishment time of 1 needs (`bound_demand`); one of tau needs bound x sqrt(tau).
    most_service
        Longest service time that a stage may quote; -1 = any. What customers are promised, for those who serve them.
    least_inbound
        Service time that outside suppliers quote it, >= 0.
    above, below
        Shape (E,): each arc's supplier and receiver.
    """

    keys: Texts
    lead_time: Int64s
    holding_cost: Floats
    bound: Floats
    most_service: Int64s
    least_inbound: Int64s
    above: Int64s
    below: Int64s


@dataclass(frozen=True, slots=True)
class Placement:
    """Where stock is kept; shape (N,) each.

    Parameters
    ----------
    service
        Time that each stage promises to those it serves.
    inbound
        Longest time that it waits for an input.
    net
        Time that its safety stock must cover: inbound + lead time - service.
    safety_stock
        Units.
    cost
        Money in a unit of time, all stages together.
    is_optimal
        Whether that is proven to be the least.
    """

    service: Int64s
    inbound: Int64s
    net: Int64s
    safety_stock: Floats
    cost: float
    is_optimal: bool


def bound_demand(own: Floats, above: Int64s, below: Int64s, quantity: Floats, pool: Floats, order: Int64s) -> Floats:
    """Carry the spread of customers' demand up a chain, shape (N,).

    Parameters
    ----------
    own
        Spread (safety factor x standard deviation) of the demand from outside at each stage.
    above, below, quantity
        Arcs, and units of the upper stage's item that one of the lower's needs.
    pool
        Power by which several followers' spreads add up: 2 = independent, 1 = together.
    order
        Stages, each after all that it supplies.
    """
    found = np.zeros(len(own))
    for stage in order.tolist():
        arcs = above == stage
        parts = np.append(found[below[arcs]] * quantity[arcs], own[stage])
        found[stage] = float((parts[parts > 0] ** pool[stage]).sum() ** (1.0 / pool[stage])) if (parts > 0).any() else 0
    return found


def sort_upwards(num_stages: int, above: Int64s, below: Int64s) -> Int64s:
    """Return the stages, each after all that it supplies.

    Raises
    ------
    InputError
        When a stage supplies itself in the end.
    """
    left = np.bincount(above, minlength=num_stages)
    open_ = [int(stage) for stage in np.flatnonzero(left == 0)]
    order = []
    while open_:
        stage = open_.pop()
        order.append(stage)
        for supplier in above[below == stage].tolist():
            left[supplier] -= 1
            if left[supplier] == 0:
                open_.append(supplier)
    if len(order) < num_stages:
        stuck = int(np.flatnonzero(left > 0)[0])
        raise InputError(Finding("stages", "no stage supplies itself", "Break the circle", value=f"stage {stuck}"))
    return np.array(order, dtype=np.int64)


def place_stock(stages: Stages, *, seconds: float = 30.0, workers: int = 2) -> Placement:
    """Find the service times of least safety-stock cost.

    Parameters
    ----------
    stages
        A chain without circles.
    seconds
        Time limit of the solver, > 0.
    workers
        Its threads.

    Raises
    ------
    InputError
        When the chain has a circle, or no service times fit the promises.
    """
    from ortools.sat.python import cp_model

    size = len(stages.keys)
    reach = _reach(stages)
    model = cp_model.CpModel()
    dearest = float((stages.holding_cost * stages.bound * np.sqrt(np.maximum(reach, 1))).sum()) or 1.0
    scale = UNITS / dearest
    service, inbound, costs = [], [], []
    for stage in range(size):
        longest = int(reach[stage])
        most = longest if stages.most_service[stage] < 0 else min(int(stages.most_service[stage]), longest)
        waits = max(longest - int(stages.lead_time[stage]), 0)
        service.append(model.new_int_var(0, most, f"s{stage}"))
        inbound.append(model.new_int_var(int(stages.least_inbound[stage]), waits, f"i{stage}"))
        net = model.new_int_var(0, longest, f"n{stage}")
        model.add(net == inbound[stage] + int(stages.lead_time[stage]) - service[stage])
        table = stages.holding_cost[stage] * stages.bound[stage] * np.sqrt(np.arange(longest + 1)) * scale
        cost = model.new_int_var(0, int(table[-1]) + 1, f"c{stage}")
        model.add_element(net, [round(value) for value in table.tolist()], cost)
        costs.append(cost)
    for above, below in zip(stages.above.tolist(), stages.below.tolist(), strict=True):
        model.add(inbound[below] >= service[above])
    model.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        rule = "the promised service times can be kept"
        raise InputError(Finding("stages", rule, "Promise a longer time", value=solver.status_name(status)))
    promised = np.array([solver.value(var) for var in service], dtype=np.int64)
    waited = stages.least_inbound.astype(np.int64).copy()
    np.maximum.at(waited, stages.below, promised[stages.above])
    net_time = waited + stages.lead_time - promised
    stock = stages.bound * np.sqrt(np.maximum(net_time, 0))
    total = float((stages.holding_cost * stock).sum())
    return Placement(promised, waited, net_time, stock, total, status == cp_model.OPTIMAL)


def _reach(stages: Stages) -> Int64s:
    """Longest time from the outside to the end of each stage when nobody keeps stock."""
    order = sort_upwards(len(stages.keys), stages.above, stages.below)[::-1]
    reach = np.zeros(len(stages.keys), dtype=np.int64)
    for stage in order.tolist():
        suppliers = stages.above[stages.below == stage]
        waits = max(int(reach[suppliers].max(initial=0)), int(stages.least_inbound[stage]))
        reach[stage] = waits + stages.lead_time[stage]
    return reach
