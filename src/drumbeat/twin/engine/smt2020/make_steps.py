"""Products, steps, orders and sources of an SMT2020 fab."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats, Int64s
from drumbeat.basics.streams import FIXED
from drumbeat.twin.engine.floor.kinds import UNIFORM
from drumbeat.twin.engine.floor.problem import PER_BATCH, PER_LOT, RENEWAL, Orders, Products, Sources, Steps
from drumbeat.twin.engine.floor.surroundings import no_needs
from drumbeat.twin.engine.floor.times import Times, make_times
from drumbeat.twin.engine.smt2020.read_fab import Fab, as_texts, in_seconds, moments_of


@dataclass(frozen=True)
class Line:
    """A product to be: key, part, class, seconds from release to due."""

    key: str
    part: str
    priority: int
    due: float


def list_lines(fab: Fab, wip: pl.DataFrame) -> list[Line]:
    """One product an order, then one for each kind of WIP lots."""
    orders = fab.frames["order.txt"]
    due = moments_of(orders, "DUE")
    lines = [
        Line(key, part, -int(prior), float(due[i]))
        for i, (key, part, prior) in enumerate(orders.select("LOT", "PART", "PRIOR").iter_rows())
    ]
    kinds = wip.unique("line", keep="first", maintain_order=True).select("line", "PART", "PRIOR")
    return lines + [Line(key, part, -int(prior), np.inf) for key, part, prior in kinds.iter_rows()]


def make_products(fab: Fab, lines: list[Line], ptr: Int64s) -> Products:
    """Make the products: lots of orders are due, lots under way have due times of their own."""
    num = len(lines)
    return Products(
        as_texts([line.key for line in lines]),
        ptr,
        np.array([fab.pieces[line.part] for line in lines], np.int64),
        np.zeros(num, np.int64),
        np.array([line.due for line in lines]),
        np.array([line.priority for line in lines], np.int32),
        np.ones(num),
        np.zeros(num, np.bool_),
        make_times(0.0, FIXED, count=num),
        np.full(num, -1, np.int32),
    )


def make_steps(fab: Fab, lines: list[Line]) -> tuple[Steps, Int64s]:
    """Steps of all products: each product has a copy of its part's route."""
    routes = {name: _make_route(fab, name, k * 10_000) for k, name in enumerate(sorted(set(fab.route.values())))}
    parts = [routes[fab.route[line.part]] for line in lines]
    sizes = [len(route["group"]) for route in parts]
    ptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    flat = {name: np.concatenate([route[name] for route in parts]) for name in parts[0]}
    offset = np.repeat(ptr[:-1], sizes)
    for name in ("rework_to", "dedicate_to", "limit_to"):
        flat[name] = np.where(flat[name] >= 0, flat[name] + offset, -1)
    total = int(ptr[-1])
    steps = Steps(
        keys=as_texts([f"{line.key}/{s + 1}" for line, size in zip(lines, sizes, strict=True) for s in range(size)]),
        group=flat["group"].astype(np.int32),
        run=Times(flat["run_kind"].astype(np.int8), flat["run"], flat["run_width"]),
        unit=flat["unit"].astype(np.int8),
        delay=Times(np.full(total, UNIFORM, np.int8), flat["delay"], flat["delay_width"]),
        family=flat["family"].astype(np.int32),
        batch_family=flat["batch_family"].astype(np.int32),
        batch_min=flat["batch_min"].astype(np.int64),
        batch_max=flat["batch_max"].astype(np.int64),
        batch_wait=np.full(total, np.inf),
        scrap=np.zeros(total),
        scrap_unit=np.full(total, PER_LOT, np.int8),
        rework=flat["rework"],
        rework_to=flat["rework_to"].astype(np.int32),
        skip=flat["skip"],
        dedicate_to=flat["dedicate_to"].astype(np.int32),
        limit_to=flat["limit_to"].astype(np.int32),
        limit_seconds=flat["limit_seconds"],
        defect=np.zeros(total),
        detect=np.zeros(total),
        is_reworked=np.zeros(total, np.bool_),
        drift=np.zeros(total),
        needs=no_needs(total),
        uses=no_needs(total),
        setup=flat["setup"],
    )
    return steps, ptr


def _make_route(fab: Fab, name: str, first_family: int) -> dict[str, Floats]:
    """Columns of one route; references are steps of the route, 0 first, -1 for none."""
    rows = fab.frames[name]
    pieces = next(count for part, count in fab.pieces.items() if fab.route[part] == name)
    station = (
        rows["STNFAM"]
        .replace_strict({key: i for i, key in enumerate(fab.tool["STNFAM"])}, return_dtype=pl.Int64)
        .to_numpy()
    )
    tool = fab.tool[station.tolist()]
    is_wait = (tool["STNFAMLOC"] == "Delay").to_numpy()
    cascades = (tool["STNCAP"].fill_null(1.0) >= 2).to_numpy()
    is_batch = ((tool["BATCHCRITF"] != "") & rows["BATCHMX"].is_not_null()).to_numpy()
    load, unload = (np.nan_to_num(in_seconds(tool, f"{word}TIME", f"{word}TUNITS")) for word in ("L", "UL"))
    time, half = in_seconds(rows, "PTIME", "PTUNITS"), np.nan_to_num(in_seconds(rows, "PTIME2", "PTUNITS"))
    by_piece = (rows["PTPER"] == "per_piece").to_numpy()
    part_interval = np.nan_to_num(in_seconds(rows, "PartInterval", "PartIntUnits"))
    # The next lot follows the last piece, or comes when the interval is over; a lot is through after its own time.
    interval = np.where(
        by_piece, part_interval * pieces, np.nan_to_num(in_seconds(rows, "BatchInterval", "BatchIntUnits"))
    )
    through = np.where(by_piece, time + np.where(part_interval > 0, part_interval, time) * (pieces - 1), time)
    half = np.where(by_piece & (part_interval == 0), half * pieces, half)
    cascades &= (interval > 0) & ~is_wait
    run = np.where(cascades, interval, np.where(is_wait, 0.0, through + load + unload))
    delay = np.where(cascades, np.maximum(through - interval, 0.0) + unload, np.where(is_wait, through, 0.0))

    def refer(column: str) -> Floats:
        return rows[column].fill_null(0.0).to_numpy() - 1

    return {
        "group": np.where(is_wait, -1, station),
        "run": run, "run_kind": np.where(cascades, FIXED, UNIFORM),
        "run_width": np.where(run > 0, np.minimum(half / np.maximum(run, 1e-9), 1.0), 0.0),
        "unit": np.where(is_batch, PER_BATCH, PER_LOT),
        "delay": delay, "delay_width": np.where(delay > 0, np.minimum(half / np.maximum(delay, 1e-9), 1.0), 0.0),
        "setup": np.where(cascades, load, 0.0),
        "family": rows["SETUP"].replace_strict(fab.setup, default=-1, return_dtype=pl.Int64).to_numpy(),
        "batch_family": np.where(is_batch, first_family + np.arange(rows.height), -1),
        "batch_min": np.where(is_batch, rows["BATCHMN"].fill_null(1.0).to_numpy(), 0),
        "batch_max": np.where(is_batch, rows["BATCHMX"].fill_null(0.0).to_numpy(), 0),
        "rework": rows["REWORK"].fill_null(0.0).to_numpy() / 100.0, "rework_to": refer("RWKSTEP"),
        "skip": 1.0 - rows["StepPercent"].fill_null(100.0).to_numpy() / 100.0,
        "dedicate_to": np.where((rows["SVESTN"] == "yes").to_numpy(), refer("FORSTEP"), -1),
        "limit_to": refer("STEP_CQT"),
        "limit_seconds": np.nan_to_num(in_seconds(rows, "CQT", "CQTUNITS"), nan=np.inf),
    }  # fmt: skip


def make_sources(fab: Fab) -> Sources:
    """Orders that repeat, without end: source d brings lots of product d."""
    orders = fab.frames["order.txt"]
    num = orders.height
    return Sources(
        orders["LOT"].to_numpy().astype(np.object_),
        np.arange(num, dtype=np.int32),
        np.full(num, RENEWAL, np.int8),
        make_times(in_seconds(orders, "REPEAT", "RUNITS"), FIXED),
        np.zeros(num),
        np.ones(num, np.int64),
        np.zeros(num + 1, np.int64),
        np.zeros(0),
        np.zeros(0),
    )


def make_orders(wip: pl.DataFrame, lines: list[Line], ptr: Int64s) -> Orders:
    """Lots that are there at the start, each at its CURSTEP."""
    product = {line.key: p for p, line in enumerate(lines)}
    owner = wip["line"].replace_strict(product, return_dtype=pl.Int64).to_numpy()
    step = np.clip(wip["CURSTEP"].fill_null(1.0).to_numpy().astype(np.int64) - 1, 0, np.diff(ptr)[owner] - 1)
    return Orders(
        wip["LOT"].to_numpy().astype(np.object_),
        owner.astype(np.int32),
        wip["PIECES"].to_numpy().astype(np.int64),
        np.array([line.priority for line in lines], np.int32)[owner],
        np.zeros(wip.height),
        moments_of(wip, "DUE"),
        (ptr[owner] + step).astype(np.int32),
    )
