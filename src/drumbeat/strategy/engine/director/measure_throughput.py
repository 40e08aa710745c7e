"""Throughput strength: how much of the demand a plant can make week after week without living off its substance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from scipy.special import ndtr, stdtrit

from drumbeat.basics.arrays import Floats, Int32s, Texts
from drumbeat.basics.streams import keys_of, luck_of, normal_quantile, uniform
from drumbeat.strategy.engine.director.play_downtime import pick_weeks
from drumbeat.strategy.engine.director.result import CHANCE, DirectorKpi, Evidence, Fan, KpiPart

YIELD_WEEK, SEEN_WEEK, DEMAND = 41, 42, 43
"""Purposes of draws: which past week's speed and yield a coming week has; which past weeks might have been seen as
well; how far the demand of the quarter is from that of the weeks that are known."""
BATCH = 50
LENT = 5e-4
"""Output lent that is told: less is 0.0 % on the page."""


@dataclass(frozen=True)
class Pools:
    """Machines of a site that do the same work, and what is asked of them; P pools, W weeks ahead, H weeks back.

    Parameters
    ----------
    keys, sites
        Shape (P,): what they can do, and where; each has a machine.
    of_machine
        Shape (M,): pool of each machine.
    open_hours
        Shape (M, W): hours of each machine and week, times what it can do at once.
    care_hours
        Shape (M, W): of these, hours of planned maintenance and bookings.
    backlog_hours
        Shape (M,): machine hours of maintenance that is overdue.
    put_off_share
        Shape (M,): share of planned maintenance that was not done when due over the last quarter; 0 to 1.
    required_hours
        Shape (P,): hours a week that the demand takes, at standard speed and planned yield.
    past_speed
        Shape (P, H): good output of past weeks / what standard and planned yield make of the same run time; NaN =
        nothing was recorded. Empty = the standard holds.
    overtime_beyond
        Shape (M,): share of the hours worked at its site that is overtime beyond the cap; 0 to below 1.
    known_weeks
        Weeks ahead from which the weekly demand was taken.
    demand_doubt
        Shape (P,): standard error of the weekly demand of its site, as a share of it; NaN = nothing tells.
    """

    keys: Texts
    sites: Texts
    of_machine: Int32s
    open_hours: Floats
    care_hours: Floats
    backlog_hours: Floats
    put_off_share: Floats
    required_hours: Floats
    past_speed: Floats
    overtime_beyond: Floats
    known_weeks: int
    demand_doubt: Floats


@dataclass(frozen=True)
class Output:
    """What was played; R replications, P pools, W weeks.

    Parameters
    ----------
    sustainable, apparent
        Shape (R,): good output over all weeks / demand, at the pool that limits it: with all maintenance done and
        overtime within its cap; and as the plant works now.
    weekly
        Shape (R, W): the sustainable one by week.
    by_pool, by_pool_now
        Shape (R, P): the sustainable and the apparent one by pool, NaN where nothing is asked.
    in_doubt
        Shape (R,): the sustainable one against a demand that is drawn too; the same one for all plays of a batch.
    enough
        Shape (R,): probability that all of the demand can be made, each site's demand as uncertain as it is; 0 to 1.
    batch
        So many plays in a row share what is not known: failure rates, past weeks' speed and yield, demand.
    """

    sustainable: Floats
    apparent: Floats
    weekly: Floats
    by_pool: Floats
    by_pool_now: Floats
    in_doubt: Floats
    enough: Floats
    batch: int = BATCH


def play_output(pools: Pools, down: Floats, seed: int, first: int = 0, batch: int = BATCH) -> Output:
    """Play what the plant can make.

    Parameters
    ----------
    pools
        Machines, maintenance, demand.
    down
        Of `play_downtime`: hours that machines are down, shape (R, M, W).
    seed, first
        Of the luck of speed and yield: as those of `down`.
    batch
        As of `down`.

    Returns
    -------
    How many times the whole demand, in its mix, can be made; 0-sized without replications; NaN without demand.
    """
    num_reps, _, num_weeks = down.shape
    num_pools = pools.keys.size
    speed = _draw_speed(pools, seed, first, num_reps, num_weeks, batch)
    care = np.minimum(pools.care_hours + pools.backlog_hours[:, None] / max(num_weeks, 1), pools.open_hours)
    done = pools.care_hours * (1.0 - pools.put_off_share)[:, None]
    asked = np.where(pools.required_hours > 0, pools.required_hours, np.nan)
    by_pool_order = np.argsort(pools.of_machine, kind="stable")
    first_of_pool = np.searchsorted(pools.of_machine[by_pool_order], np.arange(num_pools))

    def ratio(taken: Floats, hours: Floats) -> Floats:
        # Nothing breaks while it is cared for: breakdowns take their share of the rest.
        share = np.divide(down, pools.open_hours, out=np.zeros_like(down), where=pools.open_hours > 0)
        usable = np.maximum(hours - taken, 0.0) * (1.0 - share)
        pooled = np.add.reduceat(usable[:, by_pool_order], first_of_pool, axis=1)
        made: Floats = pooled * speed / asked[None, :, None]
        return made

    honest = ratio(care, pools.open_hours * (1.0 - pools.overtime_beyond)[:, None])
    now = ratio(done, pools.open_hours)
    empty = np.full(num_reps, np.nan)
    if not (pools.required_hours > 0).any():
        none = np.full((num_reps, num_pools), np.nan)
        return Output(empty, empty, np.full((num_reps, num_weeks), np.nan), none, none, empty, empty, batch)
    by_pool, by_pool_now = honest.mean(axis=2), now.mean(axis=2)
    in_doubt = _worst(by_pool / _draw_demand(pools, seed, first, num_reps, batch))
    return Output(
        _worst(by_pool),
        _worst(by_pool_now),
        _worst(honest),
        by_pool,
        by_pool_now,
        in_doubt,
        _enough(pools, by_pool),
        batch,
    )


def _worst(ratios: Floats) -> Floats:
    """The smallest ratio over the pools, axis 1, of those that are asked for anything."""
    worst: Floats = np.where(np.isnan(ratios), np.inf, ratios).min(axis=1)
    return worst


def _enough(pools: Pools, by_pool: Floats) -> Floats:
    """Probability that the demand of all sites can be made in each play; sites' demands err by themselves."""
    chance = np.ones(by_pool.shape[0])
    asked = np.isfinite(by_pool).all(axis=0)
    for site in sorted({str(name) for name in pools.sites}):
        here = asked & (pools.sites == site)
        if not here.any():
            continue
        worst = np.maximum(by_pool[:, here].min(axis=1), 1e-12)
        spread = math.sqrt(math.log1p(float(np.nan_to_num(pools.demand_doubt[here]).max()) ** 2))
        reach = np.log(worst) + spread**2 / 2
        chance *= ndtr(reach / spread) if spread > 0 else worst >= 1.0
    return chance


def _draw_demand(pools: Pools, seed: int, first: int, num_reps: int, batch: int) -> Floats:
    """Draw the demand of each pool against the known one, alike at a site and in a batch; lognormal, shape (R, P)."""
    keys = keys_of(str(site) for site in pools.sites)
    spread = np.sqrt(np.log1p(np.nan_to_num(pools.demand_doubt) ** 2))
    batches = (first + np.arange(num_reps)) // batch
    drawn = {
        int(b): [normal_quantile(uniform(np.uint64(luck_of(seed + 1, int(b))), key, DEMAND, 0)) for key in keys]
        for b in np.unique(batches)
    }
    normal = np.array([drawn[int(b)] for b in batches]).reshape(num_reps, keys.size)
    factor: Floats = np.exp(spread * normal - spread**2 / 2)
    return factor


def _draw_speed(pools: Pools, seed: int, first: int, num_reps: int, num_weeks: int, batch: int) -> Floats:
    """Give each coming week of a pool the speed and yield of one of its past weeks; shape (R, P, W).

    A quarter is few weeks: other ones might have been seen. Each batch draws from a bootstrap sample of them.
    """
    speed = np.ones((num_reps, pools.keys.size, num_weeks))
    if pools.past_speed.size == 0 or num_reps == 0:
        return speed
    known = np.isfinite(pools.past_speed)
    counts = np.maximum(known.sum(axis=1), 1).astype(np.int64)
    keys = keys_of(f"{site}/{key}" for site, key in zip(pools.sites, pools.keys, strict=True)).view(np.int64)
    picked = np.zeros(speed.shape, dtype=np.int64)
    pick_weeks(seed, first, keys, counts, YIELD_WEEK, picked)
    batches = (first + np.arange(num_reps)) // batch
    seen = np.zeros((batches[-1] - batches[0] + 1, pools.keys.size, pools.past_speed.shape[1]), dtype=np.int64)
    pick_weeks(seed + 1, int(batches[0]), keys, counts, SEEN_WEEK, seen)
    for p in np.flatnonzero(known.any(axis=1)):
        sample = pools.past_speed[p][known[p]][seen[:, p, : counts[p]]]
        speed[:, p] = sample[(batches - batches[0])[:, None], picked[:, p]]
    return speed


def measure_throughput(pools: Pools, output: Output, starts: Sequence[datetime]) -> DirectorKpi:
    """Measure throughput strength.

    Parameters
    ----------
    pools, output
        What was played, and what came of it.
    starts
        Start of each week ahead.

    Returns
    -------
    The 10th percentile of sustainable good output / demand. Unknown where nothing is asked of any machine.
    """
    is_known = output.sustainable.size > 0 and bool(np.isfinite(output.sustainable).all())
    value = low = high = None
    parts: list[KpiPart] = []
    if is_known:
        value = float(np.quantile(output.sustainable, 0.1))
        low, high = _doubt(output, value)
        middle = float(np.median(output.sustainable))
        enough = float(output.enough.mean())
        parts = [
            KpiPart.between("Middle of the plays", middle, _span(output.sustainable)),
            *_lived_off(pools, output),
            KpiPart("Chance that all of the demand can be made", enough, unit=CHANCE,
                    note="the demand drawn too: what is known of it is short"),
        ]  # fmt: skip
    fan = None
    if is_known:
        p10, p50, p90 = (tuple(np.quantile(output.weekly, share, axis=0).tolist()) for share in (0.1, 0.5, 0.9))
        fan = Fan("Sustainable good output / demand of a week", "share", tuple(starts), p10, p50, p90)
    return DirectorKpi(
        key="throughput_strength",
        name="Throughput strength",
        value=value,
        low=low,
        high=high,
        unit="share",
        better="up",
        measure="Good output that nine plays in ten reach, against the demand, with all maintenance done and overtime "
        "within its cap",
        formula="10th percentile over plays of: least, over pools of machines alike, of usable hours x past speed and "
        "yield / hours that the demand takes. How many times the whole demand, in its mix, can be made. Interval: "
        "failure rates, past weeks (bootstrap) and demand are known from few observations and drawn anew for each "
        "batch of plays; Student's t over the batches' percentiles",
        words=_words(value, pools, output),
        parts=tuple(parts),
        fan=fan,
        evidence=_evidence(pools, output) if is_known else (),
        n=output.sustainable.size,
        counted="plays",
        note=_note(pools) if is_known else "nothing is asked of any machine",
    )


def _note(pools: Pools) -> str:
    doubt = pools.demand_doubt[pools.required_hours > 0]
    if np.isnan(doubt).any():
        said = ", how far that may be wrong is not on record"
    else:
        said = f", give or take {float(doubt.max()):.0%} (standard error)"
    return (
        f"demand a week as in the {pools.known_weeks} weeks that it is known for{said}; waiting between machines and "
        "people are not played"
    )


def _lived_off(pools: Pools, output: Output) -> list[KpiPart]:
    """Apparent minus sustainable output where the plant is limited, and where most is lent."""
    name, note = "Apparent minus sustainable", "what maintenance put off and overtime beyond its cap lend"
    lent = output.apparent - output.sustainable
    at = _limiting(output)
    where = f"{pools.keys[at]} at {pools.sites[at]}"
    if np.abs(lent).max() < LENT:
        # Nothing is put off there: that is read from the books, and no play changes it.
        told = [KpiPart(name, 0.0, note=f"{where}, which limits it, lives off nothing: {note}")]
    else:
        told = [KpiPart.between(name, float(lent.mean()), _span(lent), note=note)]
    by_pool = np.nan_to_num(output.by_pool_now - output.by_pool)
    most = int(by_pool.mean(axis=0).argmax())
    if most != at and float(by_pool[:, most].mean()) > max(float(lent.mean()), LENT):
        span = _span(by_pool[:, most])
        there = f"{pools.keys[most]} at {pools.sites[most]}, which does not limit it yet"
        told.append(KpiPart.between("... where it is most", float(by_pool[:, most].mean()), span, note=there))
    return told


def _span(values: Floats) -> tuple[float, float]:
    return float(np.quantile(values, 0.1)), float(np.quantile(values, 0.9))


def _doubt(output: Output, value: float) -> tuple[float | None, float | None]:
    """80 % interval of the 10th percentile by what is not known: Student's t over batches; None with one batch."""
    num = output.in_doubt.size // output.batch
    if num < 2:
        return None, None
    batches = output.in_doubt[: num * output.batch].reshape(num, output.batch)
    tenths = np.quantile(batches, 0.1, axis=1)
    reach = float(stdtrit(num - 1, 0.9)) * float(tenths.std(ddof=1))
    return max(value - reach, 0.0), value + reach


def _limiting(output: Output) -> int:
    """Pool that limits most plays."""
    filled = np.where(np.isnan(output.by_pool), np.inf, output.by_pool)
    return int(np.bincount(filled.argmin(axis=1)).argmax())


def _words(value: float | None, pools: Pools, output: Output) -> str:
    if value is None:
        return "No work is planned, so that nothing can be said"
    pool = _limiting(output)
    where = f"{pools.keys[pool]} at {pools.sites[pool]}"
    if value >= 1.0:
        return f"Nine quarters in ten carry {value:.0%} of the demand; {where} limits it"
    return f"In one quarter in ten, no more than {value:.0%} of the demand can be made; {where} limits it"


def _evidence(pools: Pools, output: Output) -> tuple[Evidence, ...]:
    with np.errstate(invalid="ignore"):
        tenth = np.quantile(output.by_pool, 0.1, axis=0)
        middle = np.quantile(output.by_pool, 0.5, axis=0)
        lived_off = (output.by_pool_now - output.by_pool).mean(axis=0)
    order = [int(p) for p in np.argsort(np.where(np.isnan(tenth), np.inf, tenth), kind="stable")]
    kept = [p for p in order if np.isfinite(tenth[p])]
    opened = np.zeros(pools.keys.size)
    np.add.at(opened, pools.of_machine, pools.open_hours.mean(axis=1))
    rows = tuple(
        {
            "machines that can": str(pools.keys[p]), "site": str(pools.sites[p]),
            "hours a week": round(float(opened[p]), 1), "asked a week": round(float(pools.required_hours[p]), 1),
            "P10": round(float(tenth[p]), 3), "P50": round(float(middle[p]), 3),
            "apparent beyond it": round(float(lived_off[p]), 3),
        }
        for p in kept[:50]
    )  # fmt: skip
    return (Evidence("What limits it", "resource", rows, len(kept), "oee"),)
