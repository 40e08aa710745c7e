"""Turn a draft, which names things, into a floor problem, which numbers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from drumbeat.basics.arrays import Floats
from drumbeat.twin.engine.floor import problem as nouns
from drumbeat.twin.engine.floor import surroundings as around
from drumbeat.twin.engine.floor.times import as_times

if TYPE_CHECKING:
    from drumbeat.twin.engine.floor.draft import Draft

QUANTILES = 257
"""Points at which an empirical distribution is kept."""


def _texts(keys: Any) -> Any:
    return np.array([*keys, None], np.object_)[:-1]


def _csr(lists: Sequence[Sequence[Any]], kind: Any) -> tuple[Any, Any]:
    ptr = np.cumsum([0, *(len(values) for values in lists)])
    return ptr.astype(np.int64), np.array([value for values in lists for value in values], kind)


class _Numbers:
    """The number of each key by section; None is -1."""

    def __init__(self, draft: Draft) -> None:
        sections = ("machines", "groups", "products", "pools", "materials", "outages", "calendars")
        self.by = {name: {key: n for n, key in enumerate(getattr(draft, name))} for name in sections}

    def of(self, section: str, key: str | None) -> int:
        return -1 if key is None else self.by[section][key]

    def many(self, section: str, rows: Sequence[Mapping[str, Any]], field: str) -> Any:
        return np.array([self.of(section, row[field]) for row in rows], np.int32)


def _column(rows: Sequence[Mapping[str, Any]], field: str, kind: Any) -> Any:
    return np.array([row[field] for row in rows], kind)


def _build_products(draft: Draft, numbers: _Numbers) -> nouns.Products:
    rows = list(draft.products.values())
    return nouns.Products(
        keys=_texts(draft.products), ptr=np.cumsum([0, *(len(row["steps"]) for row in rows)]).astype(np.int64),
        pieces=_column(rows, "pieces", np.int64), transfer_pieces=_column(rows, "transfer_pieces", np.int64),
        due_seconds=_column(rows, "due_seconds", np.float64), priority=_column(rows, "priority", np.int32),
        weight=_column(rows, "weight", np.float64), is_lost=_column(rows, "is_lost", np.bool_),
        found_after=as_times([row["found_after"] for row in rows]), makes=numbers.many("materials", rows, "makes"),
    )  # fmt: skip


def _build_needs(steps: Sequence[Mapping[str, Any]], numbers: _Numbers, field: str, section: str) -> around.Needs:
    lists = []
    for step in steps:
        entries = []
        for key, told in step[field].items():
            amount, phase = told if isinstance(told, tuple) else (told, around.DURING_BOTH)
            entries.append((numbers.of(section, key), amount, phase))
        lists.append(entries)
    ptr = np.cumsum([0, *(len(entries) for entries in lists)]).astype(np.int64)
    flat = [entry for entries in lists for entry in entries]
    return around.Needs(
        ptr, np.array([e[0] for e in flat], np.int32), np.array([e[1] for e in flat], np.float64),
        np.array([e[2] for e in flat], np.int8),
    )  # fmt: skip


def _build_steps(draft: Draft, numbers: _Numbers) -> nouns.Steps:
    steps, firsts = [], []
    for row in draft.products.values():
        firsts += [len(steps)] * len(row["steps"])
        steps += row["steps"]

    def target(field: str) -> Any:
        told = [step[field] for step in steps]
        return np.array([-1 if t is None else t + f for t, f in zip(told, firsts, strict=True)], np.int32)

    def column(field: str, kind: Any) -> Any:
        return _column(steps, field, kind)

    return nouns.Steps(
        keys=_texts([step["key"] for step in steps]), group=numbers.many("groups", steps, "group"),
        run=as_times([step["run"] for step in steps]), unit=column("unit", np.int8),
        delay=as_times([step["delay"] for step in steps]), family=column("family", np.int32),
        batch_family=column("batch_family", np.int32), batch_min=column("batch_min", np.int64),
        batch_max=column("batch_max", np.int64), batch_wait=column("batch_wait", np.float64),
        scrap=column("scrap", np.float64), scrap_unit=column("scrap_unit", np.int8),
        rework=column("rework", np.float64), rework_to=target("rework_to"), skip=column("skip", np.float64),
        dedicate_to=target("dedicate_to"), limit_to=target("limit_to"),
        limit_seconds=column("limit_seconds", np.float64), defect=column("defect", np.float64),
        detect=column("detect", np.float64), is_reworked=column("is_reworked", np.bool_),
        drift=column("drift", np.float64), needs=_build_needs(steps, numbers, "needs", "pools"),
        uses=_build_needs(steps, numbers, "uses", "materials"),
    )  # fmt: skip


def _build_groups(draft: Draft, numbers: _Numbers) -> nouns.Groups:
    rows = list(draft.groups.values())
    ptr, machine = _csr([[numbers.of("machines", key) for key in row["machines"]] for row in rows], np.int32)
    area = [0 if row["area"] is None else draft.areas.index(row["area"]) for row in rows]
    return nouns.Groups(
        keys=_texts(draft.groups), ptr=ptr, machine=machine,
        factor=_csr([list(row["machines"].values()) for row in rows], np.float64)[1],
        rule=_column(rows, "rule", np.int8), is_setup_first=_column(rows, "is_setup_first", np.bool_),
        capacity=_column(rows, "capacity", np.int64), area=np.array(area, np.int32),
    )  # fmt: skip


def _build_machines(draft: Draft, numbers: _Numbers) -> tuple[nouns.Machines, nouns.Calendars]:
    rows, spans = list(draft.machines.values()), list(draft.calendars.values())
    ptr, flat = _csr([row["spans"] for row in spans], np.float64)
    flat = flat.reshape(-1, 2)
    machines = nouns.Machines(
        keys=_texts(draft.machines), calendar=numbers.many("calendars", rows, "calendar"),
        family=_column(rows, "family", np.int32), matrix=_column(rows, "matrix", np.int32),
        least_run=_column(rows, "least_run", np.int64),
    )  # fmt: skip
    return machines, nouns.Calendars(ptr, flat[:, 0].copy(), flat[:, 1].copy(), _column(spans, "cycle", np.float64))


def _build_sources(draft: Draft, numbers: _Numbers) -> nouns.Sources:
    rows = list(draft.sources.values())
    ptr, flat = _csr([row["profile"] for row in rows], np.float64)
    flat = flat.reshape(-1, 2)
    return nouns.Sources(
        keys=_texts(draft.sources), product=numbers.many("products", rows, "product"),
        kind=_column(rows, "kind", np.int8), between=as_times([row["between"] for row in rows]),
        first=_column(rows, "first", np.float64), lots=_column(rows, "lots", np.int64), ptr=ptr,
        at=flat[:, 0].copy(), factor=flat[:, 1].copy(),
    )  # fmt: skip


def _build_orders(draft: Draft, numbers: _Numbers) -> nouns.Orders:
    rows = sorted(draft.orders, key=lambda row: row["release"])
    product = numbers.many("products", rows, "product")
    kinds = [draft.products[row["product"]] for row in rows]
    firsts = np.cumsum([0, *(len(row["steps"]) for row in draft.products.values())])

    def given(field: str) -> list[Any]:
        return [k[field] if row[field] is None else row[field] for row, k in zip(rows, kinds, strict=True)]

    step = [-1 if row["step"] is None else firsts[p] + row["step"] for row, p in zip(rows, product, strict=True)]
    keys = [row["key"] for row in rows]
    return nouns.Orders(
        keys=_texts(keys if all(key is not None for key in keys) else []), product=product,
        pieces=np.array(given("pieces"), np.int64), priority=np.array(given("priority"), np.int32),
        release=_column(rows, "release", np.float64), due=_column(rows, "due", np.float64),
        step=np.array(step, np.int32),
    )  # fmt: skip


def _build_upkeep(draft: Draft, numbers: _Numbers) -> tuple[around.Lives, around.Care]:
    rows, plans = list(draft.lives.values()), list(draft.cares.values())
    lives = around.Lives(
        keys=_texts(draft.lives), machine=numbers.many("machines", rows, "machine"),
        clock=_column(rows, "clock", np.int8), life=as_times([row["life"] for row in rows]),
        repair=as_times([row["repair"] for row in rows]), is_aged=_column(rows, "is_aged", np.bool_),
        pool=numbers.many("pools", rows, "pool"), priority=_column(rows, "priority", np.int32),
        spare=numbers.many("materials", rows, "spare"),
    )  # fmt: skip
    care = around.Care(
        keys=_texts(draft.cares), machine=numbers.many("machines", plans, "machine"),
        clock=_column(plans, "clock", np.int8), interval=_column(plans, "interval", np.float64),
        first=_column(plans, "first", np.float64), duration=as_times([row["duration"] for row in plans]),
        pool=numbers.many("pools", plans, "pool"), patience=_column(plans, "patience", np.float64),
        skip=_column(plans, "skip", np.float64), growth=_column(plans, "growth", np.float64),
        most=_column(plans, "most", np.float64),
    )  # fmt: skip
    return lives, care


def _build_pools(draft: Draft) -> around.Pools:
    rows = list(draft.pools.values())
    shifts = [row["shifts"] or [(0.0, row["size"], 0)] for row in rows]
    ptr, flat = _csr(shifts, np.float64)
    flat = flat.reshape(-1, 3)
    rates = {name: _column(rows, name, np.float64)
             for name in ("cycle", "absence", "build", "recover", "slower", "defects", "more_absent")}  # fmt: skip
    return around.Pools(
        keys=_texts(draft.pools), ptr=ptr, at=flat[:, 0].copy(), size=flat[:, 1].astype(np.int64),
        overtime=flat[:, 2].astype(np.int64), **rates,
    )  # fmt: skip


def _build_materials(draft: Draft, numbers: _Numbers) -> around.Materials:
    rows = list(draft.materials.values())
    receipts = sorted((time, b, amount) for b, row in enumerate(rows) for time, amount in row["receipts"])
    return around.Materials(
        keys=_texts(draft.materials), stock=_column(rows, "stock", np.float64),
        reorder_point=_column(rows, "reorder_point", np.float64),
        order_quantity=_column(rows, "order_quantity", np.float64), lead=as_times([row["lead"] for row in rows]),
        maker=numbers.many("products", rows, "maker"), outage=numbers.many("outages", rows, "outage"),
        receipt_material=np.array([r[1] for r in receipts], np.int32),
        receipt_time=np.array([r[0] for r in receipts], np.float64),
        receipt_quantity=np.array([r[2] for r in receipts], np.float64),
    )  # fmt: skip


def _build_outages(draft: Draft, numbers: _Numbers) -> around.Outages:
    rows = list(draft.outages.values())
    ptr, machine = _csr([[numbers.of("machines", key) for key in row["machines"]] for row in rows], np.int32)
    window_ptr, flat = _csr([row["windows"] for row in rows], np.float64)
    flat = flat.reshape(-1, 2)
    return around.Outages(
        keys=_texts(draft.outages), ptr=ptr, machine=machine, up=as_times([row["up"] for row in rows]),
        down=as_times([row["down"] for row in rows]), window_ptr=window_ptr, window_start=flat[:, 0].copy(),
        window_end=flat[:, 1].copy(),
    )  # fmt: skip


def _join_setups(matrices: Sequence[Floats]) -> Floats:
    size = max((len(matrix) for matrix in matrices), default=1)
    whole = np.zeros((len(matrices), size, size))
    for n, matrix in enumerate(matrices):
        whole[n, : len(matrix), : len(matrix)] = matrix
    return whole


def _join_tables(tables: Sequence[Floats]) -> Floats:
    shares = np.linspace(0.0, 1.0, QUANTILES)
    rows = [np.interp(shares, (np.arange(len(t)) + 0.5) / len(t), t) / t.mean() for t in tables]
    return np.array(rows).reshape(-1, QUANTILES)


def build_draft(draft: Draft) -> nouns.FloorProblem:
    """Build the problem of a draft."""
    numbers = _Numbers(draft)
    machines, calendars = _build_machines(draft, numbers)
    lives, care = _build_upkeep(draft, numbers)
    times = [draft.moves.get((a, b), 0.0) for a in draft.areas for b in draft.areas]
    return nouns.FloorProblem(
        products=_build_products(draft, numbers), steps=_build_steps(draft, numbers),
        groups=_build_groups(draft, numbers), machines=machines, sources=_build_sources(draft, numbers),
        orders=_build_orders(draft, numbers), calendars=calendars, setups=_join_setups(draft.setups),
        tables=_join_tables(draft.tables), lives=lives, care=care, pools=_build_pools(draft),
        materials=_build_materials(draft, numbers), outages=_build_outages(draft, numbers),
        moves=around.Moves(len(draft.areas), as_times(times)) if draft.moves else around.Moves(),
        families=_texts(draft.families),
    )  # fmt: skip
