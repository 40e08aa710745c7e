"""Measure a play of the floor in the words of a plant: figures by place with their uncertainty, output week by week."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.streams import GAMMA
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor
from drumbeat.twin.engine.floor.kinds import IDLE
from drumbeat.twin.engine.floor.result import (
    BLOCKED,
    BROKEN,
    CLOSED,
    IN_CARE,
    LACKING,
    RUNNING,
    SETTING_UP,
    FloorResult,
)
from drumbeat.twin.engine.widen_intervals import bound_mean

DAY, HOUR = 86_400.0, 3600.0

FEWEST_REPLICATIONS = 2
"""Below this there is no interval."""

SHARE_OPEN = "share of open time"

KPIS_SCHEMA = {
    "scope": pl.String, "name": pl.String, "kpi": pl.String, "unit": pl.String, "mean": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "p10": pl.Float64, "p50": pl.Float64, "p90": pl.Float64, "replications": pl.Int64,
    "site": pl.String,
}  # fmt: skip

WEEKLY_SCHEMA = {
    "week": pl.Int64(), "starts_at": pl.Datetime("us", "UTC"), "product": pl.String(), "item": pl.String(),
    "site": pl.String(), "mean": pl.Float64(), "p10": pl.Float64(), "p90": pl.Float64(),
}  # fmt: skip

FANS_SCHEMA = {
    "scope": pl.String(), "name": pl.String(), "week": pl.Int64(), "starts_at": pl.Datetime("us", "UTC"),
    "mean": pl.Float64(), "p10": pl.Float64(), "p50": pl.Float64(), "p90": pl.Float64(), "wanted": pl.Float64(),
}  # fmt: skip

Figures = list[tuple[str, str, Floats]]
"""KPI, unit, values by replication (nan where it could not be measured)."""


def number_sets(replications: int, num_sets: int) -> Int64s:
    """Number the set of parameters that each replication, from 0 on, is played with."""
    return np.arange(replications, dtype=np.int64) % max(num_sets, 1)


def measure_floor(compiled: CompiledFloor, result: FloorResult, num_sets: int = 1) -> pl.DataFrame:
    """Measure the KPIs of a play by plant, site, line, product, machine, people and material; see `FloorRun.kpis`.

    Replications are spread over so many sets of parameters.
    """
    describe = partial(_describe, number_sets(result.num_replications, num_sets))
    rows: list[tuple[object, ...]] = []
    machines, products, pools, materials = compiled.machines, compiled.products, compiled.pools, compiled.materials
    for scope, name, site, of_machine, of_product, of_pool in list_scopes(compiled):
        figures = [
            *_measure_products(compiled, result, of_product),
            *_measure_machines(compiled, result, of_machine),
            *_measure_people(result, of_pool),
            *_measure_care(compiled, result, of_machine),
        ]
        rows += [describe(scope, name, site, *figure) for figure in figures]
    for p in np.flatnonzero(products["is_sold"].to_numpy()):
        item, site = products["item"][int(p)], products["site"][int(p)]
        chosen = np.arange(products.height) == p
        rows += [
            describe("product", f"{item} @ {site}", site, *figure)
            for figure in _measure_products(compiled, result, chosen)
        ]
    waits = _measure_waits(compiled, result)
    for m, (name, site) in enumerate(machines.select("machine", "site").iter_rows()):
        chosen = np.arange(machines.height) == m
        figures = [*_measure_machines(compiled, result, chosen), ("wait before it", "hours", waits[:, m])]
        rows += [describe("machine", name, site, *figure) for figure in figures]
    for c, (name, site) in enumerate(pools.select("pool", "site").iter_rows()):
        chosen = np.arange(pools.height) == c
        rows += [describe("people", name, site, *figure) for figure in _measure_people(result, chosen)]
    weeks = result.seconds / WEEK_SECONDS
    for b in np.flatnonzero((result.material_short > 0).any(axis=0)):
        name, site = materials["material"][int(b)], materials["site"][int(b)]
        rows.append(
            describe(
                "material", name, site, "work waits for it", "hours a week", result.material_short[:, b] / HOUR / weeks
            )
        )
    frame = pl.DataFrame([row for row in rows if row], schema=KPIS_SCHEMA, orient="row")
    return frame.unique(["scope", "name", "kpi"], keep="first", maintain_order=True)


def list_scopes(compiled: CompiledFloor) -> list[tuple[str, str, str, Bools, Bools, Bools]]:
    """List the plant, its sites and lines: scope, name, site; the machines, products and pools of each."""
    machines, products, pools = compiled.machines, compiled.products, compiled.pools
    every = [np.ones(frame.height, np.bool_) for frame in (machines, products, pools)]
    found = [("plant", "all", "", *every)]
    for site in sorted({*machines["site"], *products["site"]}):
        own = [(frame["site"] == site).fill_null(False).to_numpy() for frame in (machines, products, pools)]
        found.append(("site", site, site, *own))
    site_of = dict(machines.filter(pl.col("line").is_not_null()).select("line", "site").iter_rows())
    for line in sorted(line for line in site_of if line):
        own = [(frame["line"] == line).fill_null(False).to_numpy() for frame in (machines, products)]
        found.append(("line", line, site_of[line], own[0], own[1], np.zeros(pools.height, np.bool_)))
    return found  # type: ignore[return-value]


def _describe(
    sets: Int64s, scope: str, name: str, site: str, kpi: str, unit: str, values: Floats
) -> tuple[object, ...]:
    """One row: mean with its interval, quantiles over replications; empty where nothing was measured."""
    known = np.isfinite(values)
    values = values[known]
    if not len(values):
        return ()
    mean, lowest, highest = float(values.mean()), float("nan"), float("nan")
    if len(values) >= FEWEST_REPLICATIONS:
        bound = bound_mean(values, sets[known])
        lowest, highest = bound.low, bound.high
    low, middle, high = (float(x) for x in np.quantile(values, (0.1, 0.5, 0.9)))
    return scope, name, kpi, unit, mean, lowest, highest, low, middle, high, len(values), site or ""


def _ratio(part: Floats | Int64s, whole: Floats | Int64s) -> Floats:
    """Quotient by replication; nan where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


def measure_on_time(result: FloorResult, chosen: Bools) -> Floats:
    """Return the share of the orders of some products that were on time, by replication; nan where none counts.

    Those count that were finished, and those that are overdue at the end and not finished: late, whenever they come.
    Without them, a plant that falls behind would look punctual by what it never finishes.
    """
    ended = result.orders_finished[:, chosen].sum(axis=1)
    overdue = result.orders_overdue[:, chosen].sum(axis=1)
    return _ratio(result.orders_on_time[:, chosen].sum(axis=1), ended + overdue)


def measure_delivery(compiled: CompiledFloor, result: FloorResult, chosen: Bools) -> Floats:
    """Return the share on time and the units a week of the sold among some products; shape (2, R)."""
    sold = chosen & compiled.products["is_sold"].to_numpy()
    output = result.pieces_finished[:, sold].sum(axis=1) / (result.seconds / WEEK_SECONDS)
    return np.stack([measure_on_time(result, sold), output])


def _measure_products(compiled: CompiledFloor, result: FloorResult, chosen: Bools) -> Figures:
    """Figures of what is sold; scrap of all that is made."""
    sold = chosen & compiled.products["is_sold"].to_numpy()
    weeks = result.seconds / WEEK_SECONDS
    found: Figures = []
    if sold.any():
        price = compiled.products["price"].to_numpy()[sold]
        finished = result.finished[:, sold].sum(axis=1)
        found += [
            ("output", "units a week", result.pieces_finished[:, sold].sum(axis=1) / weeks),
            ("on time", "share", measure_on_time(result, sold)),
            ("lead time", "days", _ratio(result.cycle_sum[:, sold].sum(axis=1), finished) / DAY),
            ("work in progress", "orders", result.wip[:, sold].sum(axis=1) / result.seconds),
            ("escapes", "share of orders", _ratio(result.escaped[:, sold].sum(axis=1), finished)),
        ]
        if (price > 0).any():
            value = (result.pieces_finished[:, sold] * price).sum(axis=1) / weeks
            found.append(("sales value of output", "a week", value))
    if chosen.any():
        lost = result.pieces_scrapped[:, chosen].sum(axis=1)
        made = lost + result.pieces_finished[:, chosen].sum(axis=1)
        found.append(("scrap", "share of units", _ratio(lost, made)))
    return found


def _measure_machines(compiled: CompiledFloor, result: FloorResult, chosen: Bools) -> Figures:
    if not chosen.any():
        return []
    seconds = result.machine_seconds[:, chosen].sum(axis=1)
    weeks = result.seconds / WEEK_SECONDS
    opened = seconds.sum(axis=1) - seconds[:, CLOSED]
    cost = compiled.machines["cost_per_hour"].to_numpy()[chosen]
    busy = result.machine_seconds[:, chosen][:, :, [RUNNING, SETTING_UP]].sum(axis=2) / HOUR
    found: Figures = [
        ("utilisation", SHARE_OPEN, _ratio(seconds[:, RUNNING] + seconds[:, SETTING_UP], opened)),
        ("setup", SHARE_OPEN, _ratio(seconds[:, SETTING_UP], opened)),
        ("downtime", SHARE_OPEN, _ratio(seconds[:, BROKEN], opened)),
        ("maintenance", SHARE_OPEN, _ratio(seconds[:, IN_CARE], opened)),
        ("waiting for people or material", SHARE_OPEN, _ratio(seconds[:, LACKING], opened)),
        ("without work", SHARE_OPEN, _ratio(seconds[:, IDLE], opened)),
    ]
    if (seconds[:, BLOCKED] > 0).any():
        found.append(("blocked", SHARE_OPEN, _ratio(seconds[:, BLOCKED], opened)))
    if (cost > 0).any():
        found.append(("machine cost", "a week", (busy * cost).sum(axis=1) / weeks))
    return found


def _measure_waits(compiled: CompiledFloor, result: FloorResult) -> Floats:
    """Hours that a lot waits in the queues that a machine serves, on average; shape (R, M), nan where none began."""
    groups = compiled.problem.groups
    shape = result.machine_seconds.shape[:2]
    waited, begun = np.zeros(shape), np.zeros(shape)
    for g in range(len(groups.keys)):
        own = groups.machine[groups.ptr[g] : groups.ptr[g + 1]]
        waited[:, own] += result.group_wait[:, g, None]
        begun[:, own] += result.group_starts[:, g, None]
    return _ratio(waited, begun) / HOUR


def _measure_people(result: FloorResult, chosen: Bools) -> Figures:
    if not chosen.any():
        return []
    weeks = result.seconds / WEEK_SECONDS
    there = result.pool_present[:, chosen].sum(axis=1)
    found: Figures = [
        ("people at work", "share of those there", _ratio(result.pool_held[:, chosen].sum(axis=1), there))
    ]
    overtime = result.pool_overtime[:, chosen].sum(axis=1)
    if (overtime > 0).any():
        found.append(("overtime", "hours a week", overtime / HOUR / weeks))
    return found


def _measure_care(compiled: CompiledFloor, result: FloorResult, chosen: Bools) -> Figures:
    own = chosen[compiled.problem.care.machine] if len(compiled.problem.care.keys) else np.zeros(0, np.bool_)
    if not own.any():
        return []
    return [("maintenance backlog", "overdue cares", result.care_overdue[:, own].sum(axis=1) / result.seconds)]


def measure_weeks(compiled: CompiledFloor, result: FloorResult) -> pl.DataFrame:
    """Count the units finished by week, for products that leave the plant; see `FloorRun.weekly`."""
    rows = []
    for p, (product, item, site, is_sold) in enumerate(
        compiled.products.select("product", "item", "site", "is_sold").iter_rows()
    ):
        if not is_sold:
            continue
        for week in range(result.period_finished.shape[1]):
            values = result.period_finished[:, week, p]
            low, high = np.quantile(values, (0.1, 0.9))
            starts = compiled.horizon_start + timedelta(weeks=week)
            rows.append((week, starts, product, item, site, float(values.mean()), float(low), float(high)))
    return pl.DataFrame(rows, schema=WEEKLY_SCHEMA, orient="row")


def measure_fans(compiled: CompiledFloor, result: FloorResult) -> pl.DataFrame:
    """Count the units finished by week, and those that are due then, of the plant and of each site."""
    num_weeks = result.period_finished.shape[1]
    wanted = expect_wanted(compiled, num_weeks)
    is_sold = compiled.products["is_sold"].to_numpy()
    rows = []
    for scope, name, _, _, of_product, _ in list_scopes(compiled):
        chosen = of_product & is_sold
        if scope == "line" or not chosen.any():
            continue
        finished = result.period_finished[:, :, chosen].sum(axis=2)
        for week in range(num_weeks):
            values = finished[:, week]
            low, middle, high = (float(x) for x in np.quantile(values, (0.1, 0.5, 0.9)))
            starts = compiled.horizon_start + timedelta(weeks=week)
            due = float(wanted[week, chosen].sum())
            rows.append((scope, name, week, starts, float(values.mean()), low, middle, high, due))
    return pl.DataFrame(rows, schema=FANS_SCHEMA, orient="row")


def expect_wanted(compiled: CompiledFloor, num_weeks: int) -> Floats:
    """Count the units that fall due by week and product: orders that are known, and what sources bring on average.

    Parameters
    ----------
    compiled
        The floor.
    num_weeks
        Weeks from its beginning, W.

    Returns
    -------
    Shape (W, P). Orders that are overdue at the beginning belong to the first week; those without a due time to none.
    """
    problem = compiled.problem
    orders, sources, products = problem.orders, problem.sources, problem.products
    found = np.zeros((num_weeks, len(products.keys)))
    due = np.where(np.isfinite(orders.due), np.maximum(orders.due, 0), num_weeks * float(WEEK_SECONDS))
    week = due // WEEK_SECONDS
    known = week < num_weeks
    np.add.at(found, (week[known].astype(np.int64), orders.product[known]), orders.pieces[known].astype(np.float64))
    edges = np.arange(num_weeks + 1) * float(WEEK_SECONDS)
    for d in range(len(sources.keys)):
        p = int(sources.product[d])
        span = slice(sources.ptr[d], sources.ptr[d + 1])
        mean = float(sources.between.mean[d])
        begins = float(sources.first[d])
        if sources.between.kind[d] == GAMMA:
            # The first of a renewal process comes after a whole interval: m(t) = t / mean + (cv^2 - 1) / 2 (Cox 1962).
            begins += mean * max(0.0, 0.5 * (1.0 - 1.0 / float(sources.between.shape[d])))
        passed = _pass_at_speed(edges - products.due_seconds[p], begins, sources.at[span], sources.factor[span])
        each = float(products.pieces[p] * sources.lots[d]) / mean
        found[:, p] += each * np.diff(passed)
    return found


def _pass_at_speed(moments: Floats, first: float, at: Floats, factor: Floats) -> Floats:
    """Seconds that passed from `first` to each moment, where time passes at a factor from each `at` on, before at 1."""
    knots = np.unique(np.concatenate(([first], at[at > first], np.maximum(moments, first))))
    place = np.searchsorted(at, knots, side="right") - 1
    speed = np.where(place >= 0, factor[np.maximum(place, 0)], 1.0) if len(at) else np.ones(len(knots))
    total = np.concatenate(([0.0], np.cumsum(np.diff(knots) * speed[:-1])))
    return np.interp(np.maximum(moments, first), knots, total)
