"""Small planning problems in few words, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from drumbeat.planning.engine.problem import (
    BUY,
    FAR_FUTURE,
    FAR_PAST,
    MAKE,
    MOVE,
    Bills,
    Buffers,
    Demands,
    Methods,
    Outputs,
    PlanParams,
    Problem,
    Receipts,
)

DAY = 86_400


@dataclass(frozen=True)
class Item:
    """A buffer with at most one method; times in days."""

    stock: float = 0.0
    safety: float = 0.0
    kind: int | None = MAKE
    lead: float = 0.0
    lead_per_unit: float = 0.0
    lot: tuple[float, float, float] = (0.0, 0.0, float("inf"))
    yields: float = 1.0
    source: str = ""
    is_phantom: bool = False
    valid: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """A bill line; days."""

    parent: str
    component: str
    per: float = 1.0
    scrap: float = 0.0
    valid_from: float | None = None
    valid_to: float | None = None


@dataclass(frozen=True)
class Want:
    """A demand; days."""

    buffer: str
    quantity: float
    due: float
    priority: float = 1.0


@dataclass(frozen=True)
class Due:
    """A receipt; days."""

    buffer: str
    quantity: float
    time: float
    is_movable: bool = True
    start: float = 0.0
    to_issue: float = 0.0
    source: str = ""
    kind: int = BUY


@dataclass(frozen=True)
class Beside:
    """What comes out beside an item that is made."""

    item: str
    product: str
    per: float = 1.0
    drives: bool = False


@dataclass(frozen=True)
class Plant:
    """Everything of a small problem."""

    items: Mapping[str, Item]
    lines: Sequence[Line] = ()
    wants: Sequence[Want] = ()
    dues: Sequence[Due] = ()
    params: PlanParams = field(default_factory=PlanParams)
    besides: Sequence[Beside] = ()

    def problem(self) -> Problem:
        """Compile it."""
        names = list(self.items)
        place = {name: index for index, name in enumerate(names)}
        items = list(self.items.values())
        with_method = [item for item in items if item.kind is not None]
        has = np.array([item.kind is not None for item in items], dtype=np.int64)
        lines = sorted(self.lines, key=lambda line: place[line.parent])
        owners = np.array([place[line.parent] for line in lines], dtype=np.int64)

        def seconds(days: float | None, otherwise: int) -> int:
            return otherwise if days is None else round(days * DAY)

        def index(keys: list[str]) -> np.ndarray:
            return np.array([place[key] if key else -1 for key in keys], dtype=np.int32)

        methods = Methods(
            ptr=np.concatenate([[0], np.cumsum(has)]).astype(np.int64),
            kind=np.array([item.kind for item in with_method], dtype=np.int8),
            source=index([item.source if item.kind == MOVE else "" for item in with_method]),
            source_keys=np.array([item.source for item in with_method], dtype=object),
            lead_seconds=np.array([round(item.lead * DAY) for item in with_method], dtype=np.int64),
            lead_seconds_per_unit=np.array([item.lead_per_unit * DAY for item in with_method], dtype=np.float64),
            lot_minimum=np.array([item.lot[0] for item in with_method], dtype=np.float64),
            lot_multiple=np.array([item.lot[1] for item in with_method], dtype=np.float64),
            lot_maximum=np.array([item.lot[2] for item in with_method], dtype=np.float64),
            yields=np.array([item.yields for item in with_method], dtype=np.float64),
            valid_from=np.array([seconds(item.valid and item.valid[0], FAR_PAST) for item in with_method], np.int64),
            valid_to=np.array([seconds(item.valid and item.valid[1], FAR_FUTURE) for item in with_method], np.int64),
        )
        bills = Bills(
            np.searchsorted(owners, np.arange(len(names) + 1)).astype(np.int64),
            index([line.component for line in lines]),
            np.array([line.per for line in lines], dtype=np.float64),
            np.array([line.scrap for line in lines], dtype=np.float64),
            np.array([seconds(line.valid_from, FAR_PAST) for line in lines], dtype=np.int64),
            np.array([seconds(line.valid_to, FAR_FUTURE) for line in lines], dtype=np.int64),
        )
        demands = Demands(
            np.array([f"d{number}" for number in range(len(self.wants))], dtype=object),
            index([want.buffer for want in self.wants]),
            np.array([want.quantity for want in self.wants], dtype=np.float64),
            np.array([round(want.due * DAY) for want in self.wants], dtype=np.int64),
            np.array([want.priority for want in self.wants], dtype=np.float64),
        )
        receipts = Receipts(
            np.array([f"r{number}" for number in range(len(self.dues))], dtype=object),
            np.array([due.kind for due in self.dues], dtype=np.int8),
            index([due.buffer for due in self.dues]),
            np.array([due.quantity for due in self.dues], dtype=np.float64),
            np.array([round(due.time * DAY) for due in self.dues], dtype=np.int64),
            np.array([due.is_movable for due in self.dues], dtype=np.bool_),
            np.array([round(due.start * DAY) for due in self.dues], dtype=np.int64),
            np.array([due.to_issue for due in self.dues], dtype=np.float64),
            index([due.source for due in self.dues]),
        )
        buffers = Buffers(
            np.array(names, dtype=object),
            np.array([item.stock for item in items], dtype=np.float64),
            np.array([item.safety for item in items], dtype=np.float64),
            np.array([item.is_phantom for item in items], dtype=np.bool_),
        )
        rows = sorted(self.besides, key=lambda row: place[row.item])
        made = methods.ptr[[place[row.item] for row in rows]] if rows else np.array([], dtype=np.int64)
        outputs = Outputs(
            np.searchsorted(made, np.arange(len(methods.kind) + 1)).astype(np.int64),
            index([row.product for row in rows]),
            np.array([row.per for row in rows], dtype=np.float64),
            np.array([row.drives for row in rows], dtype=np.bool_),
        )
        return Problem(
            buffers, methods, bills, demands, receipts, self.params, outputs=outputs if self.besides else None
        )
