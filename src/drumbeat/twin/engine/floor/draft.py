"""Build a floor problem piece by piece, by names instead of indices."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from drumbeat.twin.engine.floor import problem as nouns
from drumbeat.twin.engine.floor import surroundings as around
from drumbeat.twin.engine.floor.build_draft import build_draft
from drumbeat.twin.engine.floor.times import AnyTime

_PRODUCT = {"pieces": 1, "transfer_pieces": 0, "due_seconds": math.inf, "priority": 0, "weight": 1.0, "is_lost": False,
            "found_after": 0.0, "makes": None}  # fmt: skip
_STEP = {"group": None, "run": 0.0, "unit": nouns.PER_LOT, "delay": 0.0, "family": -1, "batch_family": -1,
         "batch_min": 1, "batch_max": 1, "batch_wait": math.inf, "scrap": 0.0, "scrap_unit": nouns.PER_LOT,
         "rework": 0.0, "rework_to": None, "skip": 0.0, "dedicate_to": None, "limit_to": None,
         "limit_seconds": math.inf, "defect": 0.0, "detect": 0.0, "is_reworked": False, "drift": 0.0, "needs": {},
         "uses": {}}  # fmt: skip
_LIFE = {"machine": None, "clock": around.CALENDAR, "life": 0.0, "repair": 0.0, "is_aged": False, "pool": None,
         "priority": 0, "spare": None}  # fmt: skip
_CARE = {"machine": None, "clock": around.CALENDAR, "interval": 0.0, "first": None, "duration": 0.0, "pool": None,
         "patience": 0.0, "skip": 0.0, "growth": 0.0, "most": 10.0}  # fmt: skip
_MATERIAL = {"stock": 0.0, "reorder_point": 0.0, "order_quantity": 0.0, "lead": 0.0, "maker": None, "outage": None,
             "receipts": ()}  # fmt: skip
_POOL = {"size": 1, "shifts": None, "cycle": math.inf, "absence": 0.0, "build": 0.0, "recover": 0.0, "slower": 0.0,
         "defects": 0.0, "more_absent": 0.0}  # fmt: skip
_SOURCE = {"product": None, "kind": nouns.RENEWAL, "between": 0.0, "first": 0.0, "lots": 1, "profile": ()}


def _fill(given: Mapping[str, Any], known: Mapping[str, Any], what: str) -> dict[str, Any]:
    unknown = set(given) - set(known)
    if unknown:
        raise TypeError(f"{what} has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(known))}")
    return dict(known) | dict(given)


@dataclass(slots=True)
class Draft:
    """A floor problem in the making. Everything is named by its key; times are seconds or a `Time`.

    Examples
    --------
    >>> draft = Draft()
    >>> draft.add_group("mill", machines=2)
    >>> draft.add_product("shaft", steps=[{"group": "mill", "run": exponential(60.0)}])
    >>> draft.add_source("customers", product="shaft", between=exponential(40.0))
    >>> len(draft.build().machines.keys)
    2
    """

    machines: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    products: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[dict[str, Any]] = field(default_factory=list)
    lives: dict[str, dict[str, Any]] = field(default_factory=dict)
    cares: dict[str, dict[str, Any]] = field(default_factory=dict)
    pools: dict[str, dict[str, Any]] = field(default_factory=dict)
    materials: dict[str, dict[str, Any]] = field(default_factory=dict)
    outages: dict[str, dict[str, Any]] = field(default_factory=dict)
    calendars: dict[str, dict[str, Any]] = field(default_factory=dict)
    setups: list[Any] = field(default_factory=list)
    tables: list[Any] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    areas: list[str] = field(default_factory=list)
    moves: dict[tuple[str, str], AnyTime] = field(default_factory=dict)

    def add_machine(self, key: str, **fields: Any) -> None:
        """Add a machine: `calendar` (key), `family`, `matrix` (from `add_setups`), `least_run`."""
        self.machines[key] = _fill(
            fields, {"calendar": None, "family": -1, "matrix": -1, "least_run": 0}, f"machine {key}"
        )

    def add_group(self, key: str, machines: int | Sequence[str] | Mapping[str, float] = 1, **fields: Any) -> None:
        """Add a group: of so many new machines ("key 1", "key 2", ...), or of named ones, with their factors.

        Fields: `rule`, `is_setup_first`, `capacity`, `area` (key).
        """
        if isinstance(machines, int):
            names = [f"{key} {n + 1}" for n in range(machines)]
            for name in names:
                self.add_machine(name)
            machines = names
        factors = dict(machines) if isinstance(machines, Mapping) else dict.fromkeys(machines, 1.0)
        known = {"rule": nouns.FIFO, "is_setup_first": False, "capacity": -1, "area": None}
        self.groups[key] = _fill(fields, known, f"group {key}") | {"machines": factors}

    def add_product(self, key: str, steps: Sequence[Mapping[str, Any]], **fields: Any) -> None:
        """Add a product with its route; each step is a mapping of fields of `Steps`.

        In a step: `group` by key (None = no machine), `key` (default "product/number", from 1), `rework_to`,
        `dedicate_to`, `limit_to` as the number of a step of this route, from 0; `needs` as {pool: units} or
        {pool: (units, phase)}; `uses` as {material: quantity a piece}. Other fields as in `Products`.
        """
        route = []
        for n, step in enumerate(steps):
            filled = _fill(step, _STEP | {"key": f"{key}/{n + 1}"}, f"step {n} of {key}")
            route.append(filled)
        self.products[key] = _fill(fields, _PRODUCT, f"product {key}") | {"steps": route}

    def add_source(self, key: str, **fields: Any) -> None:
        """Add a source: fields of `Sources`; `profile` as pairs (at, factor)."""
        self.sources[key] = _fill(fields, _SOURCE, f"source {key}")

    def add_order(self, key: str | None, product: str, release: float, **fields: Any) -> None:
        """Add an order: `pieces`, `due`, `priority`, `step` (number within the route); None as key = a serial only."""
        known = {"pieces": None, "due": math.inf, "priority": None, "step": None}
        filled = _fill(fields, known, f"order {key}")
        self.orders.append(filled | {"key": key, "product": product, "release": float(release)})

    def add_life(self, key: str, **fields: Any) -> None:
        """Add a failure mode of a machine: fields of `Lives`."""
        self.lives[key] = _fill(fields, _LIFE, f"failure mode {key}")

    def add_care(self, key: str, **fields: Any) -> None:
        """Add a planned maintenance of a machine: fields of `Care`; it is first due after one interval by default."""
        filled = _fill(fields, _CARE, f"care {key}")
        self.cares[key] = filled | {"first": filled["interval"] if filled["first"] is None else filled["first"]}

    def add_pool(self, key: str, size: int = 1, **fields: Any) -> None:
        """Add a pool of always so many units, or with `shifts` as (at, size, overtime) triples and a `cycle`."""
        self.pools[key] = _fill(fields | {"size": size}, _POOL, f"pool {key}")

    def add_material(self, key: str, **fields: Any) -> None:
        """Add a material: fields of `Materials`; `receipts` as pairs (time, quantity)."""
        self.materials[key] = _fill(fields, _MATERIAL, f"material {key}")

    def add_outage(self, key: str, machines: Sequence[str] = (), **fields: Any) -> None:
        """Add an outage of machines: `up`, `down` times, and `windows` as pairs (start, end)."""
        filled = _fill(fields, {"up": 0.0, "down": 0.0, "windows": ()}, f"outage {key}")
        self.outages[key] = filled | {"machines": list(machines)}

    def add_calendar(self, key: str, spans: Sequence[tuple[float, float]], cycle: float = math.inf) -> None:
        """Add a calendar of open spans (start, end) in seconds, repeated after a cycle."""
        self.calendars[key] = {"spans": list(spans), "cycle": cycle}

    def add_setups(
        self, seconds: Sequence[Sequence[float]], first: float | Sequence[float] = 0.0, families: Sequence[str] = ()
    ) -> int:
        """Add a setup matrix by family (row = from), with the seconds of the very first setup; return its index.

        Names of the families, given once, let a floor that is carried over find them again.
        """
        self.families = list(families) or self.families
        square = np.asarray(seconds, np.float64)
        whole = np.zeros((len(square) + 1, len(square) + 1))
        whole[1:, 1:] = square
        whole[0, 1:] = first
        self.setups.append(whole)
        return len(self.setups) - 1

    def add_table(self, values: Sequence[float]) -> int:
        """Add an empirical distribution from observed times; return its row. It is scaled to mean 1."""
        self.tables.append(np.sort(np.asarray(values, np.float64)))
        return len(self.tables) - 1

    def add_move(self, origin: str, target: str, time: AnyTime) -> None:
        """Add the time between two areas, one way."""
        self.moves[origin, target] = time

    def build(self) -> nouns.FloorProblem:
        """Build the problem; unknown keys raise KeyError."""
        return build_draft(self)
