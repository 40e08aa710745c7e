"""Play a plant forward by its rules, without a schedule, and say what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil, isfinite, nan

import numpy as np
import polars as pl
from scipy.special import stdtrit

from drumbeat.basics.findings import Finding, Findings, InputError
from drumbeat.basics.progress import Progress, part_of, silent
from drumbeat.data.snapshot import Snapshot
from drumbeat.twin.compile_floor import WEEK_SECONDS, CompiledFloor, FloorTerms, compile_floor
from drumbeat.twin.engine.floor.result import FloorResult
from drumbeat.twin.engine.floor.simulate import simulate_floor
from drumbeat.twin.engine.reach_precision import report_precision
from drumbeat.twin.engine.widen_intervals import split_variance
from drumbeat.twin.find_play_threats import find_play_threats, no_threats
from drumbeat.twin.measure_play import measure_delivery, measure_fans, measure_floor, measure_weeks, number_sets

MOST_REPLICATIONS = 100_000
MOST_PRECISE = 5_000
"""Replications at most that a wanted precision may take."""


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
        A row for each scope (plant, site, line, product, machine, people, material), name and KPI: unit, mean over
        the replications with its 95 % interval (low, high; what is not known of the plant is in it), P10, P50 and P90
        of a replication, replications in which it could be measured, site ("" = all). A KPI that nothing can be said
        of has no row.
    weekly
        Units finished by week and product, for what leaves the plant: week (0 first), product, item, site, mean, p10,
        p90.
    fans
        Units finished by week of the plant and of each site, and the units that are due then: scope, name, week,
        starts_at, mean, p10, p50, p90, wanted.
    terms, replications, seed
        How it was made.
    findings
        What was assumed.
    version
        Version of the data.
    num_sets
        Sets of parameters that it was spread over, see `compile_floor_doubt`; 1 = the likeliest alone.
    threats
        What threatens it, see `find_play_threats`; no rows where it was not asked for.
    """

    compiled: CompiledFloor
    result: FloorResult
    kpis: pl.DataFrame
    weekly: pl.DataFrame
    fans: pl.DataFrame
    terms: FloorTerms
    replications: int
    seed: int
    findings: Findings
    version: str
    num_sets: int = 1
    threats: pl.DataFrame = field(default_factory=no_threats)


def play_floor(
    snapshot: Snapshot,
    terms: FloorTerms | None = None,
    *,
    replications: int = 100,
    precision: float | None = None,
    threats: int = 0,
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
    precision
        Wanted half-width of the 95 % interval of the plant's share on time, above 0 and below 1: it is played again
        with as many replications as that takes after a first look, at most 5,000, or a finding says that they are not
        enough; None = `replications` will do.
    threats
        Causes to name that cost it most, 0 to 20: breakdowns of a machine, absence from a skill, a late supplier, scrap
        at a work centre, each switched off alone on the same luck. Takes about so many times longer, and three.
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
    whole, done = progress, 1.0 / (1 + 0.5 * threats) if threats > 0 else 1.0
    progress = part_of(whole, 0.0, done)
    compiled = compile_floor(snapshot, terms)
    play = partial(play_compiled, compiled, snapshot.version, terms, seed=seed, cores=cores)
    first = 1.0 if precision is None else 0.3
    run = play(replications=replications, progress=part_of(progress, 0.1, first))
    needed = 0 if precision is None else count_plays(run, precision)
    if needed > replications:
        run = play(replications=min(needed, MOST_PRECISE), progress=part_of(progress, first, 1.0))
    report_precision("play", precision, needed, run.replications, run.findings)
    _report_doubt(run, precision)
    if threats == 0:
        return run
    found = find_play_threats(
        compiled, run.result, num_sets=run.num_sets, most=threats, seed=seed, cores=cores,
        progress=part_of(whole, done, 1.0),
    )  # fmt: skip
    return replace(run, threats=found)


def _report_doubt(run: FloorRun, precision: float | None) -> None:
    """Say it where the interval of the share on time stays wider than wanted, however often one plays."""
    found = run.kpis.filter((pl.col("scope") == "plant") & (pl.col("kpi") == "on time"))
    if precision is None or run.num_sets < 2 or found.is_empty():
        return
    half = float(found["high"][0] - found["mean"][0])
    if half > precision * 1.1:  # a second sample of luck may be a little wider than the first
        rule = f"the share on time stays unsure by {half:.1%} either way: the data leave that open, not luck"
        remedy = "Keep reports, stops, absences and deliveries: more plays do not help"
        run.findings.add(Finding("play", rule, remedy, None, "precision", f"{precision:g}", "note"))


def count_plays(run: FloorRun, precision: float) -> int:
    """Count the replications after which the plant's share on time is known so precisely, from those of a play.

    More replications do not tell which set of parameters is true: only the spread within a set counts. 1 where nothing
    is due, or the play has no more than one replication to judge by: then nothing more is learnt.
    """
    sold = np.ones(run.compiled.products.height, np.bool_)
    shares = measure_delivery(run.compiled, run.result, sold)[0]
    known = np.isfinite(shares)
    sets = number_sets(len(shares), run.num_sets)[known]
    luck = split_variance(shares[known], sets)[0] if known.any() else nan
    if not isfinite(luck):
        return 1
    quantile = float(stdtrit(int(known.sum()) - len(np.unique(sets)), 0.975))
    return max(ceil(luck * (quantile / precision) ** 2 - 1e-9), 1)


def play_compiled(
    compiled: CompiledFloor,
    version: str,
    terms: FloorTerms,
    *,
    replications: int,
    seed: int = 1,
    cores: int = 1,
    progress: Progress = silent,
) -> FloorRun:
    """Play a floor that is compiled already, from data of a version; otherwise as `play_floor`."""
    num_sets = compiled.doubt.count_sets(replications)
    result = simulate_floor(
        compiled.problem,
        variants=compiled.doubt.vary(compiled.problem, num_sets),
        until=float(terms.weeks * WEEK_SECONDS),
        seed=seed,
        replications=replications,
        period_seconds=float(WEEK_SECONDS),
        trace=True,
        cores=cores,
        progress=part_of(progress, 0.0, 0.95),
    )
    progress(0.95, "measuring")
    return FloorRun(
        compiled,
        result,
        measure_floor(compiled, result, num_sets),
        measure_weeks(compiled, result),
        measure_fans(compiled, result),
        terms,
        replications,
        seed,
        compiled.findings,
        version,
        num_sets,
    )
