"""Skills that nobody has while the machines that need them are open, and the orders whose chain of skills breaks."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from drumbeat.strategy.engine.find_thin_skills import LOOK_WEEKS, count_cover, seconds_of
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SKILL_GAP


def find_skill_gaps(problem: Problem) -> list[Weakness]:
    """Find skills that are missing for a tenth or more of the hours in which all machines of an operation are open.

    Only skills that somebody at the site has count: where nobody has one, "single person" says so. Night cover is a
    case of it: the machine is open, and whoever can run it sleeps. An order's chain of skills is as good as its worst.

    Parameters
    ----------
    problem
        The facts; `skill_needs`, `holders`, `person_open`, `alternatives`, `open_ahead` and `loads` are used.

    Returns
    -------
    A weakness for each such site and skill; none without open work.
    """
    if not problem.loads.height:
        return []
    needs = problem.skill_needs.join(problem.loads.select("operation").unique(), on="operation", how="semi")
    found = []
    keyed = needs.partition_by("site", "skill", as_dict=True)
    for (site, skill), rows in sorted(keyed.items(), key=lambda entry: str(entry[0])):
        gap = _gap(problem, str(site), str(skill), rows)
        if gap is not None and gap[0] >= SKILL_GAP.value:
            found.append(_weakness(problem, str(site), str(skill), rows, *gap))
    return found


def _gap(problem: Problem, site: str, skill: str, needs: pl.DataFrame) -> tuple[float, float, float] | None:
    """Share of the open hours without enough people, those hours a week, and those of them at night."""
    level, held = int(str(needs["minimum_level"].min())), int(str(needs["num_people"].min()))
    is_able = (pl.col("skill") == skill) & (pl.col("site") == site) & (pl.col("level") >= level)
    holders = problem.holders.filter(is_able)["person"].unique()
    shifts = problem.person_open.filter(pl.col("person").is_in(holders.implode()))
    until = problem.now + timedelta(weeks=LOOK_WEEKS)
    machines = problem.alternatives.join(needs.select("operation"), on="operation", how="semi")["resource"].unique()
    opened = problem.open_ahead.filter(pl.col("resource").is_in(machines.implode()) & (pl.col("starts_at") < until))
    if not opened.height or not shifts.height:
        return None
    last = int(until.timestamp())
    a, b = (seconds_of(opened[name]).clip(max=last) for name in ("starts_at", "ends_at"))
    c, d = (seconds_of(shifts[name]).clip(max=last) for name in ("starts_at", "ends_at"))
    cuts = np.unique(np.concatenate([a, b, c, d]))
    length = np.diff(cuts).astype(np.float64)
    # All machines that can do it must be open: with one of them closed, its people may be meant for another shift.
    is_open = count_cover(cuts, a, b) >= machines.len()
    missing = is_open & (count_cover(cuts, c, d) < held)
    whole = float(length[is_open].sum())
    if whole <= 0:
        return None
    hour = (cuts[:-1] // 3600) % 24
    night = missing & ((hour >= 21) | (hour < 5))
    gone = float(length[missing].sum())
    return gone / whole, gone / 3600 / LOOK_WEEKS, float(length[night].sum()) / 3600 / LOOK_WEEKS


def _weakness(
    problem: Problem, site: str, skill: str, needs: pl.DataFrame, share: float, weekly: float, night: float
) -> Weakness:
    chains = problem.loads.join(needs.select("operation").unique(), on="operation", how="semi")
    items = chains.group_by("item").agg(pl.col("hours").sort().sum(), pl.col("order").n_unique().alias("orders"))
    ranked = items.sort(["hours", "item"], descending=[True, False])
    orders = chains["order"].n_unique()
    when = "at night" if night > weekly / 2 else "while its machines are open"
    worth = problem.value(site)
    asked = float(chains["hours"].sort().sum())
    hours = min(weekly * QUARTER, asked * share)
    return Weakness(
        kind="skill gap",
        site=site,
        subject=skill,
        headline=f"Nobody with {skill} is at {site} for {weekly:.0f} h a week {when}: {orders} orders need one",
        metric="share of open machine hours without enough people of the skill",
        value=share,
        low=None,
        high=None,
        threshold=SKILL_GAP.value,
        threshold_source=SKILL_GAP.source,
        evidence=show_evidence("order", ranked, ["item", "orders", "hours"]),
        num_evidence=ranked.height,
        remedy=f"Certify somebody of the shift that lacks {skill}, or plan its machines as closed then",
        disproof="Reports of this work from those hours, by people whose certificate is not in these data",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of(),
        risk_basis="open work that needs the skill x the share of hours without it, at the site's hourly contribution",
        currency=worth.currency,
    )
