"""Small master planning problems in few words, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drumbeat.planning.engine.master import Activities, Capacity, MasterProblem, Periods, Products

INF = float("inf")


@dataclass(frozen=True)
class Product:
    """A product; `demand` by period, or by node of a tree."""

    demand: Sequence[float] = ()
    stock: float = 0.0
    receipts: Sequence[float] = ()
    hold: float = 0.0
    safety: tuple[float, float] = (0.0, 0.0)
    room: float = INF
    late: float = INF
    unmet: float = 0.0


@dataclass(frozen=True)
class Way:
    """An activity that brings `product`."""

    product: str
    cost: float = 0.0
    lead: int = 0
    most: float | Sequence[float] = INF
    hours: Mapping[str, float] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """A resource."""

    hours: float | Sequence[float] = 0.0
    overtime: float = 0.0
    overtime_cost: float = 0.0
    shift: float = 0.0
    shifts: float = 0.0
    shift_cost: float = 0.0


def build(
    products: Mapping[str, Product],
    ways: Mapping[str, Way],
    machines: Mapping[str, Machine] | None = None,
    *,
    periods: Periods | int = 1,
    budget: float = INF,
) -> MasterProblem:
    """Build a problem."""
    machines = machines or {}
    tree = Periods.chain(periods) if isinstance(periods, int) else periods
    nodes, length = tree.num_nodes, tree.num_periods
    row = {name: number for number, name in enumerate(products)}
    machine_row = {name: number for number, name in enumerate(machines)}

    def of(name: str) -> np.ndarray:
        return np.array([getattr(product, name) for product in products.values()], dtype=np.float64)

    def padded(values: Sequence[float], size: int) -> np.ndarray:
        return np.array([*values, *[0.0] * (size - len(values))])

    def pointer(parts: Sequence[Mapping[str, float]]) -> np.ndarray:
        return np.cumsum([0, *map(len, parts)]).astype(np.int64)

    def flat(parts: Sequence[Mapping[str, float]], rows: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
        pairs = [(rows[name], value) for part in parts for name, value in part.items()]
        return np.array([a for a, _ in pairs], dtype=np.int32), np.array([b for _, b in pairs], dtype=np.float64)

    hours, parts = [way.hours for way in ways.values()], [way.parts for way in ways.values()]
    return MasterProblem(
        tree,
        Products(
            np.array(list(products), dtype=object), of("stock"),
            np.column_stack([padded(product.demand, nodes) for product in products.values()]),
            np.column_stack([padded(product.receipts, length) for product in products.values()]),
            of("hold"), np.array([product.safety[0] for product in products.values()]),
            np.array([product.safety[1] for product in products.values()]), of("room"), of("late"), of("unmet"),
        ),
        Activities(
            np.array(list(ways), dtype=object),
            np.array([row[way.product] for way in ways.values()], dtype=np.int32),
            np.array([way.lead for way in ways.values()], dtype=np.int64),
            np.array([way.cost for way in ways.values()]),
            np.vstack([np.broadcast_to(np.asarray(way.most, dtype=np.float64), length) for way in ways.values()]),
            pointer(hours), *flat(hours, machine_row), pointer(parts), *flat(parts, row),
        ),
        Capacity(
            np.array(list(machines), dtype=object),
            _rows([machine.hours for machine in machines.values()], length),
            _rows([machine.overtime for machine in machines.values()], length),
            np.array([machine.overtime_cost for machine in machines.values()]),
            np.array([machine.shift for machine in machines.values()]),
            _rows([machine.shifts for machine in machines.values()], length),
            np.array([machine.shift_cost for machine in machines.values()]),
        ),
        np.full(length, budget),
    )  # fmt: skip


def _rows(values: Sequence[float | Sequence[float]], length: int) -> np.ndarray:
    if not values:
        return np.zeros((0, length))
    return np.vstack([np.broadcast_to(np.asarray(value, dtype=np.float64), length) for value in values])
