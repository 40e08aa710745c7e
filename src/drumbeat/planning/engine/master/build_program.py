"""Write a master planning problem as a linear program with some whole numbers, node by node.

For each node the columns are, in this order: started (A), served, stock, late, lacking, excess (P each), overtime and
shifts (R each). The equations are the balance of stock and that of late deliveries (P each); the inequalities those
of hours (R), safety stock (P), room (P) and the budget (1). A row that says nothing is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.planning.engine.master.problem import MasterProblem

BLOCKS = ("started", "served", "stock", "late", "lacking", "excess", "overtime", "shifts")
"""Kinds of columns of a node, in their order."""


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise `cost @ x` where `equal @ x == equal_to`, `below @ x <= below_to` and `0 <= x <= most`.

    Parameters
    ----------
    offsets
        First column of each of `BLOCKS` within a node, and the number of columns of a node.
    cost, most, is_whole
        Shape (N x columns,).
    equal, equal_to
        Shape (2 x N x P, columns): stock balances of all nodes, then balances of late deliveries.
    below, below_to, below_row
        The inequalities that say something, and which of the N x (R + 2 P + 1) they are.
    """

    offsets: dict[str, int]
    cost: Floats
    most: Floats
    is_whole: Bools
    equal: sparse.csr_array
    equal_to: Floats
    below: sparse.csr_array
    below_to: Floats
    below_row: Int64s


class _Entries:
    """Entries of a sparse matrix, collected by groups that repeat over nodes."""

    def __init__(self, rows_per_node: int, columns_per_node: int) -> None:
        self.rows_per_node, self.columns_per_node = rows_per_node, columns_per_node
        self.row: list[Int64s] = []
        self.column: list[Int64s] = []
        self.value: list[Floats] = []

    def add(self, nodes: Int64s, at: Int64s, row: Int64s, column: Int64s, value: Floats) -> None:
        """Add entries (row, column, value) of a node for each of `nodes`, whose columns are those of the node `at`."""
        self.row.append((nodes[:, None] * self.rows_per_node + row).ravel())
        self.column.append((at[:, None] * self.columns_per_node + column).ravel())
        self.value.append(np.broadcast_to(value, (len(nodes), len(row))).ravel())

    def matrix(self, num_nodes: int) -> sparse.csr_array:
        shape = (num_nodes * self.rows_per_node, num_nodes * self.columns_per_node)
        entries = (np.concatenate(self.value), (np.concatenate(self.row), np.concatenate(self.column)))
        return sparse.csr_array(sparse.coo_array(entries, shape=shape))


def build_program(problem: MasterProblem) -> Program:
    """Write a master planning problem as a linear program with whole numbers of shifts.

    Returns
    -------
    Program
        Its optimum is the cheapest plan.
    """
    offsets = _offsets(problem)
    equal, equal_to = _balances(problem, offsets)
    below, below_to, kept = _limits(problem, offsets)
    cost, most = _costs_and_bounds(problem, offsets)
    is_whole = np.zeros((problem.periods.num_nodes, offsets["end"]), dtype=np.bool_)
    is_whole[:, offsets["shifts"] :] = True
    return Program(offsets, cost.ravel(), most.ravel(), is_whole.ravel(), equal, equal_to, below, below_to, kept)


def _offsets(problem: MasterProblem) -> dict[str, int]:
    products, resources = len(problem.products.keys), len(problem.capacity.keys)
    sizes = [len(problem.activities.keys), *[products] * 5, *[resources] * 2]
    return dict(zip((*BLOCKS, "end"), np.cumsum([0, *sizes]).tolist(), strict=True))


def _balances(problem: MasterProblem, offsets: dict[str, int]) -> tuple[sparse.csr_array, Floats]:
    periods, products, activities = problem.periods, problem.products, problem.activities
    nodes, size = np.arange(periods.num_nodes), len(products.keys)
    entries = _Entries(2 * size, offsets["end"])
    each = np.arange(size)
    later = nodes[periods.parent >= 0]
    before = periods.parent[later].astype(np.int64)
    one = np.ones(size)
    entries.add(nodes, nodes, each, offsets["stock"] + each, one)
    entries.add(later, before, each, offsets["stock"] + each, -one)
    entries.add(nodes, nodes, each, offsets["served"] + each, one)
    entries.add(nodes, nodes, size + each, offsets["late"] + each, one)
    entries.add(later, before, size + each, offsets["late"] + each, -one)
    entries.add(nodes, nodes, size + each, offsets["served"] + each, one)
    user = np.repeat(np.arange(len(activities.keys)), np.diff(activities.parts_ptr))
    entries.add(nodes, nodes, activities.parts_product.astype(np.int64), user, activities.parts_per_unit)
    bringer, brought, per = activities.list_brought()
    for lead in np.unique(activities.lead_periods):
        mine = np.flatnonzero(activities.lead_periods[bringer] == lead)
        sender = periods.ancestors(int(lead))
        there = nodes[sender >= 0]
        entries.add(there, sender[there].astype(np.int64), brought[mine], bringer[mine], -per[mine])
    equal_to = np.zeros((periods.num_nodes, 2 * size))
    equal_to[:, :size] = products.receipts[periods.period]
    equal_to[periods.parent < 0, :size] += products.stock
    equal_to[:, size:] = products.demand
    return entries.matrix(periods.num_nodes), equal_to.ravel()


def _limits(problem: MasterProblem, offsets: dict[str, int]) -> tuple[sparse.csr_array, Floats, Int64s]:
    periods, products, activities, capacity = problem.periods, problem.products, problem.activities, problem.capacity
    nodes, size, resources = np.arange(periods.num_nodes), len(products.keys), len(capacity.keys)
    entries = _Entries(resources + 2 * size + 1, offsets["end"])
    worker = np.repeat(np.arange(len(activities.keys)), np.diff(activities.hours_ptr))
    entries.add(nodes, nodes, activities.hours_resource.astype(np.int64), worker, activities.hours_per_unit)
    each, unit = np.arange(resources), np.arange(size)
    entries.add(nodes, nodes, each, offsets["overtime"] + each, -np.ones(resources))
    entries.add(nodes, nodes, each, offsets["shifts"] + each, -capacity.shift_hours)
    entries.add(nodes, nodes, resources + unit, offsets["stock"] + unit, -np.ones(size))
    entries.add(nodes, nodes, resources + unit, offsets["lacking"] + unit, -np.ones(size))
    entries.add(nodes, nodes, resources + size + unit, offsets["stock"] + unit, np.ones(size))
    entries.add(nodes, nodes, resources + size + unit, offsets["excess"] + unit, -np.ones(size))
    last = resources + 2 * size
    for name, cost in (
        ("started", activities.cost), ("overtime", capacity.overtime_cost), ("shifts", capacity.shift_cost),
    ):  # fmt: skip
        entries.add(nodes, nodes, np.full(len(cost), last), offsets[name] + np.arange(len(cost)), cost)
    below_to = np.empty((periods.num_nodes, last + 1))
    below_to[:, :resources] = capacity.hours.T[periods.period]
    below_to[:, resources : resources + size] = np.where(products.safety_stock > 0, -products.safety_stock, np.inf)
    below_to[:, resources + size : last] = products.most_stock
    below_to[:, last] = problem.budget[periods.period]
    kept = np.flatnonzero(np.isfinite(below_to.ravel()))
    return entries.matrix(periods.num_nodes)[kept], below_to.ravel()[kept], kept


def _costs_and_bounds(problem: MasterProblem, offsets: dict[str, int]) -> tuple[Floats, Floats]:
    periods, products, activities, capacity = problem.periods, problem.products, problem.activities, problem.capacity
    shape = (periods.num_nodes, offsets["end"])
    cost, most = np.zeros(shape), np.full(shape, np.inf)

    def block(table: Floats, name: str) -> Floats:
        names = [*BLOCKS, "end"]
        return table[:, offsets[name] : offsets[names[names.index(name) + 1]]]

    is_last = ~np.isin(np.arange(periods.num_nodes), periods.parent)
    is_strict = np.isinf(products.late_cost)
    late = np.where(is_strict, 0.0, products.late_cost)
    block(cost, "started")[:] = activities.cost
    block(cost, "stock")[:] = products.hold_cost
    block(cost, "late")[:] = late + is_last[:, None] * products.unmet_cost
    # Otherwise every plan would end by eating the safety stock.
    block(cost, "lacking")[:] = products.safety_cost + is_last[:, None] * products.unmet_cost
    block(cost, "excess")[:] = excess_cost(problem)
    block(cost, "overtime")[:] = capacity.overtime_cost
    block(cost, "shifts")[:] = capacity.shift_cost
    cost *= periods.probability[:, None]
    block(most, "started")[:] = activities.most.T[periods.period]
    wanted = products.demand.any(axis=0)
    block(most, "served")[:] = np.where(wanted, np.inf, 0.0)
    block(most, "late")[:] = np.where(is_strict | ~wanted, 0.0, np.inf)
    block(most, "lacking")[:] = products.safety_stock
    block(most, "excess")[:] = np.where(np.isfinite(products.most_stock), np.inf, 0.0)
    block(most, "overtime")[:] = capacity.overtime_most.T[periods.period]
    block(most, "shifts")[:] = np.floor(capacity.shift_most.T[periods.period])
    return cost, most


def excess_cost(problem: MasterProblem) -> float:
    """Return what a unit beyond the room for it costs in a period: more than leaving any demand unmet would save."""
    products = problem.products
    late = products.late_cost[np.isfinite(products.late_cost)]
    dearest = max((float(values.max()) for values in (late, products.unmet_cost) if len(values)), default=0.0)
    return 1.0 + 2.0 * dearest * problem.periods.num_periods
