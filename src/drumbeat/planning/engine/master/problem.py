"""The master planning problem: products over periods, ways to have them, hours to make them, and what all of it costs.

Quantities are units, hours are hours of work, money is in one currency. All indices are 0-based; ragged lists are
stored as a pointer array of length n + 1 and a flat array ("CSR": the entries of i are `flat[ptr[i]:ptr[i + 1]]`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drumbeat.basics.arrays import Floats, Int32s, Int64s, Texts
from drumbeat.basics.findings import Finding, Findings, InputError


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods, and how the future may unfold: a tree of N nodes, one for each thing that may be known by then.

    A plain horizon is a chain: one node a period, each certain; see `Periods.chain`. What is decided in a node may
    depend on what happened up to it, and on nothing later.

    Parameters
    ----------
    parent
        Shape (N,): the node before, always of a smaller index; -1 for the first period's.
    period
        Shape (N,): its period, one more than its parent's; 0 for the first.
    probability
        Shape (N,): that it comes about, above 0 and at most 1; those of one period sum to 1.
    """

    parent: Int32s
    period: Int32s
    probability: Floats

    @classmethod
    def chain(cls, count: int) -> Periods:
        """Return `count` periods, at least 1, of which nothing is uncertain."""
        number = np.arange(count, dtype=np.int32)
        return cls(number - np.int32(1), number, np.ones(count))

    @property
    def num_nodes(self) -> int:
        """Number of nodes."""
        return len(self.parent)

    @property
    def num_periods(self) -> int:
        """Number of periods."""
        return int(self.period.max()) + 1

    def ancestors(self, steps: int) -> Int32s:
        """Return the node `steps` periods before each node; -1 where that is before the horizon."""
        found = np.arange(self.num_nodes, dtype=np.int32)
        for _ in range(steps):
            found = np.where(found >= 0, self.parent[found], np.int32(-1)).astype(np.int32)
        return found


@dataclass(frozen=True, slots=True)
class Products:
    """What is made, bought, stocked and delivered; P products, each at its site.

    Parameters
    ----------
    keys
        Shape (P,): business keys.
    stock
        Shape (P,): units on hand at the start, >= 0.
    demand
        Shape (N, P): units that customers want in each node, >= 0.
    receipts
        Shape (T, P): units that are on their way and arrive in each period, >= 0.
    hold_cost
        Shape (P,): money for a unit in stock at the end of a period, >= 0.
    safety_stock, safety_cost
        Shape (P,): units that should be in stock at the end of each period, and money for a unit of them that is
        lacking in a period, >= 0; in the last period the unmet cost comes on top.
    most_stock
        Shape (P,): units that there is room for at the end of a period; inf = any. What is on hand or arrives anyhow
        may exceed it.
    late_cost, unmet_cost
        Shape (P,): money for a unit delivered a period late, and for a unit that is not delivered within the horizon,
        >= 0; a late cost of inf = it must be delivered in its period.
    """

    keys: Texts
    stock: Floats
    demand: Floats
    receipts: Floats
    hold_cost: Floats
    safety_stock: Floats
    safety_cost: Floats
    most_stock: Floats
    late_cost: Floats
    unmet_cost: Floats


@dataclass(frozen=True, slots=True)
class Activities:
    """Ways to have more of a product: make it, buy it, have it made, move it here; A activities.

    Parameters
    ----------
    keys
        Shape (A,): business keys.
    product
        Shape (A,): what it brings, in good units.
    lead_periods
        Shape (A,): periods from start to arrival, >= 0.
    cost
        Shape (A,): money for a good unit, hours of `Capacity` excluded, >= 0.
    most
        Shape (A, T): good units that can be started in each period (a supplier's capacity); inf = any.
    hours_ptr, hours_resource, hours_per_unit
        CSR over activities: hours of work of a resource for a good unit, in the period of the start.
    parts_ptr, parts_product, parts_per_unit
        CSR over activities: units of another product that go into a good unit, yield and scrap included; of a move,
        one unit of the same item at the other site.
    beside_ptr, beside_product, beside_per_unit
        CSR over activities: units of other products that come out beside a good unit, when that arrives; empty = none
        of all.
    """

    keys: Texts
    product: Int32s
    lead_periods: Int64s
    cost: Floats
    most: Floats
    hours_ptr: Int64s
    hours_resource: Int32s
    hours_per_unit: Floats
    parts_ptr: Int64s
    parts_product: Int32s
    parts_per_unit: Floats
    beside_ptr: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    beside_product: Int32s = field(default_factory=lambda: np.empty(0, np.int32))
    beside_per_unit: Floats = field(default_factory=lambda: np.empty(0))

    def list_brought(self) -> tuple[Int64s, Int64s, Floats]:
        """List what activities bring: activity, product, and units for each good unit (1 of their own)."""
        own = np.arange(len(self.keys))
        beside = np.repeat(own, np.diff(self.beside_ptr)) if len(self.beside_ptr) else own[:0]
        product = np.concatenate([self.product, self.beside_product]).astype(np.int64)
        return np.concatenate([own, beside]), product, np.concatenate([np.ones(len(own)), self.beside_per_unit])


@dataclass(frozen=True, slots=True)
class Capacity:
    """Hours of work that there are; R resources.

    Parameters
    ----------
    keys
        Shape (R,): business keys.
    hours
        Shape (R, T): usable hours in each period, >= 0.
    overtime_most, overtime_cost
        Shapes (R, T) and (R,): hours of overtime that can be had, and money for one of them.
    shift_hours, shift_most, shift_cost
        Shapes (R,), (R, T) and (R,): hours that an extra shift adds to a period, how many can be had (whole numbers),
        and money for one of them, worked or not.
    """

    keys: Texts
    hours: Floats
    overtime_most: Floats
    overtime_cost: Floats
    shift_hours: Floats
    shift_most: Floats
    shift_cost: Floats


@dataclass(frozen=True, slots=True)
class MasterProblem:
    """What to make, stock, buy and move in each period, with which overtime and extra shifts, at the least cost.

    Parameters
    ----------
    periods, products, activities, capacity
        See there.
    budget
        Shape (T,): money that may be spent in each period on activities, overtime and shifts; inf = any.

    Raises
    ------
    InputError
        When lengths differ, a number is negative or not a number, an index does not exist, or a node's parent does not
        come before it: all at once.
    """

    periods: Periods
    products: Products
    activities: Activities
    capacity: Capacity
    budget: Floats

    def __post_init__(self) -> None:
        findings = Findings()
        _judge_shapes(self, findings)
        if not findings:
            _judge_values(self, findings)
        if findings:
            raise InputError(findings)


def _judge_shapes(problem: MasterProblem, findings: Findings) -> None:
    nodes, periods = problem.periods.num_nodes, problem.periods.num_periods if problem.periods.num_nodes else 0
    products, activities, resources = (
        len(problem.products.keys), len(problem.activities.keys), len(problem.capacity.keys),
    )  # fmt: skip
    if not nodes:
        findings.add(Finding("periods", "a master plan has at least one period", "Give it a longer horizon", value="0"))
        return
    wanted: list[tuple[str, object, dict[str, tuple[int, ...]]]] = [
        ("periods", problem.periods, dict.fromkeys(("parent", "period", "probability"), (nodes,))),
        ("products", problem.products, dict.fromkeys(type(problem.products).__slots__, (products,))
         | {"demand": (nodes, products), "receipts": (periods, products)}),
        ("activities", problem.activities, {"product": (activities,), "lead_periods": (activities,),
         "cost": (activities,), "most": (activities, periods), "hours_ptr": (activities + 1,),
         "parts_ptr": (activities + 1,)}
         | ({"beside_ptr": (activities + 1,)} if len(problem.activities.beside_ptr) else {})),
        ("capacity", problem.capacity, dict.fromkeys(("hours", "overtime_most", "shift_most"), (resources, periods))
         | dict.fromkeys(("overtime_cost", "shift_hours", "shift_cost"), (resources,))),
        ("budget", problem, {"budget": (periods,)}),
    ]  # fmt: skip
    for place, owner, shapes in wanted:
        for name, shape in shapes.items():
            found = getattr(owner, name).shape
            if found != shape:
                findings.add(Finding(place, f"{name} has shape {shape}", "Give one value each", value=str(found)))
    for name in ("hours", "parts", "beside"):
        ptr = getattr(problem.activities, f"{name}_ptr")
        if len(ptr) and int(ptr[-1]) != len(getattr(problem.activities, f"{name}_per_unit")):
            findings.add(Finding("activities", f"{name}_ptr ends at the number of entries", "Correct it"))


def _judge_values(problem: MasterProblem, findings: Findings) -> None:
    nodes = np.arange(problem.periods.num_nodes)
    if np.any(problem.periods.parent >= nodes) or np.any(problem.periods.parent < -1):
        findings.add(Finding("periods", "a node comes after its parent", "Number the nodes period by period"))
    sums = np.bincount(problem.periods.period, problem.periods.probability)
    if np.any(np.abs(sums - 1) > 1e-6):
        value = str(int(np.argmax(np.abs(sums - 1))))
        findings.add(Finding("periods", "probabilities of one period sum to 1", "Correct them", value=value))
    for place, owner, names in (
        ("products", problem.products, ("stock", "demand", "receipts", "hold_cost", "safety_stock", "safety_cost",
                                        "most_stock", "late_cost", "unmet_cost")),
        ("activities", problem.activities, ("lead_periods", "cost", "most", "hours_per_unit", "parts_per_unit",
                                            "beside_per_unit")),
        ("capacity", problem.capacity, ("hours", "overtime_most", "overtime_cost", "shift_hours", "shift_most",
                                        "shift_cost")),
        ("budget", problem, ("budget",)),
    ):  # fmt: skip
        for name in names:
            values = getattr(owner, name)
            bad = ~(values >= 0)
            if np.any(bad):
                value = str(values[bad].flat[0])
                findings.add(Finding(place, f"{name} is zero or more", "Correct the number", value=value))
    for name, size in (("product", len(problem.products.keys)), ("parts_product", len(problem.products.keys)),
                       ("beside_product", len(problem.products.keys)),
                       ("hours_resource", len(problem.capacity.keys))):  # fmt: skip
        index = getattr(problem.activities, name)
        if np.any((index < 0) | (index >= size)):
            findings.add(Finding("activities", f"{name} is an index from 0 to {size - 1}", "Correct it"))
