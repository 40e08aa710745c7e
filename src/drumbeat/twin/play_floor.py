"""Play a plant forward by its rules, without a schedule, and say what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from scipy.stats import t as student

from drumbeat.basics.arrays import Bools, Floats, Int64s
from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor, FloorTerms, compile_floor
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
from drumbeat.twin.engine.floor.simulate import simulate_floor

DAY, HOUR = 86_400.0, 3600.0

FEWEST_REPLICATIONS = 2
"""Below this there is no interval."""

MOST_REPLICATIONS = 100_000

KPIS_SCHEMA = {
    "scope": pl.String, "name": pl.String, "kpi": pl.String, "unit": pl.String, "mean": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "p10": pl.Float64, "p50": pl.Float64, "p90": pl.Float64, "replications": pl.Int64,
}  # fmt: skip


WEEKLY_SCHEMA = {
    "week": pl.Int64(), "starts_at": pl.Datetime("us", "UTC"), "product": pl.String(), "item": pl.String(),
    "site": pl.String(), "mean": pl.Float64(), "p10": pl.Float64(), "p90": pl.Float64(),
}  # fmt: skip


@dataclass(frozen=True)
class FloorRun:
    """What a plant does in some weeks.

    Parameters
    ----------
    compiled
        The floor that was played, with the business rows behind it.
    result
        The engine's figures, and the events of the first replication.
    kpis
        A row for each scope (plant, site, line, product, machine, people), name and KPI: unit, mean over the
        replications with its 95 % interval (low, high), P10, P50 and P90 of a replication, replications in which it
        could be measured. A KPI that nothing can be said of has no row.
    weekly
        Units finished by week and product, for what leaves the plant: week (0 first), product, item, site, mean, p10,
        p90.
    terms, replications, seed
        How it was made.
    findings
        What was assumed.
    version
        Version of the data.
    """

    compiled: CompiledFloor
    result: FloorResult
    kpis: pl.DataFrame
    weekly: pl.DataFrame
    terms: FloorTerms
    replications: int
    seed: int
    findings: Findings
    version: str


def play_floor(
    snapshot: Snapshot,
    terms: FloorTerms | None = None,
    *,
    replications: int = 100,
    seed: int = 1,
    cores: int = 1,
    progress: Progress = silent,
) -> FloorRun:
    """Play a plant forward, many times.

    Parameters
    ----------
    snapshot
        Checked data.
    terms
        Weeks, dispatching rule and the like; default: 13 weeks, earliest due date first.
    replications
        How often, 1 to 100,000.
    seed
        Seed of all luck; equal seeds give equal answers, on any number of cores.
    cores
        Threads; 0 = all.
    progress
        Hears how far it is; raises `Cancelled` to stop it.

    Raises
    ------
    InputError
        Nothing can be played, or what is asked for makes no sense.
    """
    terms = terms or FloorTerms()
    if not 1 <= replications <= MOST_REPLICATIONS:
        remedy = f"Ask for 1 to {MOST_REPLICATIONS:,}"
        rule = "a play has some replications"
        raise InputError(Finding("simulate", rule, remedy, None, "replications", str(replications)))
    progress(0.0, "reading the plant")
    compiled = compile_floor(snapshot, terms)
    result = simulate_floor(
        compiled.problem,
        until=float(terms.weeks * WEEK_SECONDS),
        seed=seed,
        replications=replications,
        period_seconds=float(WEEK_SECONDS),
        trace=True,
        cores=cores,
        progress=part_of(progress, 0.1, 1.0),
    )
    progress(1.0, "")
    return FloorRun(
        compiled,
        result,
        measure_floor(compiled, result),
        _measure_weeks(compiled, result),
        terms,
        replications,
        seed,
        compiled.findings,
        snapshot.version,
    )


def measure_floor(compiled: CompiledFloor, result: FloorResult) -> pl.DataFrame:
    """Measure the KPIs of a play by plant, site, line, product, machine and people; see `FloorRun.kpis`."""
    rows: list[tuple[object, ...]] = []
    machines, products, pools = compiled.machines, compiled.products, compiled.pools
    for scope, name, of_machine, of_product, of_pool in _scopes(compiled):
        for kpi, unit, values in (
            *_measure_products(compiled, result, of_product),
            *_measure_machines(compiled, result, of_machine),
            *_measure_people(result, of_pool),
            *_measure_care(compiled, result, of_machine),
        ):
            rows.append(_describe(scope, name, kpi, unit, values))
    for p in np.flatnonzero(products["is_sold"].to_numpy()):
        chosen = np.arange(products.height) == p
        name = f"{products['item'][int(p)]} @ {products['site'][int(p)]}"
        rows += [_describe("product", name, *figure) for figure in _measure_products(compiled, result, chosen)]
    for m in range(machines.height):
        chosen = np.arange(machines.height) == m
        rows += [
            _describe("machine", machines["machine"][m], *figure)
            for figure in _measure_machines(compiled, result, chosen)
        ]
    for c in range(pools.height):
        chosen = np.arange(pools.height) == c
        rows += [_describe("people", pools["pool"][c], *figure) for figure in _measure_people(result, chosen)]
    frame = pl.DataFrame([row for row in rows if row], schema=KPIS_SCHEMA, orient="row")
    return frame.unique(["scope", "name", "kpi"], keep="first", maintain_order=True)


def _scopes(compiled: CompiledFloor) -> list[tuple[str, str, Bools, Bools, Bools]]:
    """The plant, its sites and lines, with the machines, products and pools of each."""
    machines, products, pools = compiled.machines, compiled.products, compiled.pools
    every = [np.ones(frame.height, np.bool_) for frame in (machines, products, pools)]
    found = [("plant", "all", *every)]
    for site in sorted({*machines["site"], *products["site"]}):
        own = [(frame["site"] == site).fill_null(False).to_numpy() for frame in (machines, products, pools)]
        found.append(("site", site, *own))
    for line in sorted({line for line in machines["line"] if line}):
        own = [(frame["line"] == line).fill_null(False).to_numpy() for frame in (machines, products)]
        found.append(("line", line, own[0], own[1], np.zeros(pools.height, np.bool_)))
    return found  # type: ignore[return-value]


def _describe(scope: str, name: str, kpi: str, unit: str, values: Floats) -> tuple[object, ...]:
    """One row: mean with Student's interval, quantiles over replications; empty where nothing was measured."""
    values = values[np.isfinite(values)]
    if not len(values):
        return ()
    mean, half = float(values.mean()), float("nan")
    if len(values) >= FEWEST_REPLICATIONS:
        error = float(values.std(ddof=1)) / np.sqrt(len(values))
        half = float(student.ppf(0.975, len(values) - 1)) * error
    low, middle, high = (float(x) for x in np.quantile(values, (0.1, 0.5, 0.9)))
    return scope, name, kpi, unit, mean, mean - half, mean + half, low, middle, high, len(values)


Figures = list[tuple[str, str, Floats]]


def _ratio(part: Floats | Int64s, whole: Floats | Int64s) -> Floats:
    """Quotient by replication; nan where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1), np.nan)


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
            (
                "on time",
                "share",
                _ratio(result.orders_on_time[:, sold].sum(axis=1), result.orders_finished[:, sold].sum(axis=1)),
            ),
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
        ("utilisation", "share of open time", _ratio(seconds[:, RUNNING] + seconds[:, SETTING_UP], opened)),
        ("setup", "share of open time", _ratio(seconds[:, SETTING_UP], opened)),
        ("downtime", "share of open time", _ratio(seconds[:, BROKEN], opened)),
        ("maintenance", "share of open time", _ratio(seconds[:, IN_CARE], opened)),
        ("waiting for people or material", "share of open time", _ratio(seconds[:, LACKING], opened)),
    ]
    if (seconds[:, BLOCKED] > 0).any():
        found.append(("blocked", "share of open time", _ratio(seconds[:, BLOCKED], opened)))
    if (cost > 0).any():
        found.append(("machine cost", "a week", (busy * cost).sum(axis=1) / weeks))
    return found


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


def _measure_weeks(compiled: CompiledFloor, result: FloorResult) -> pl.DataFrame:
    """Units finished by week, for products that leave the plant."""
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
