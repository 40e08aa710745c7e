"""Bottlenecks: machines that are asked for more of their usable hours than a plant can hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from drumbeat.kpis.engine.estimate_interval import Interval, ratio_interval
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import SHOWN, show_evidence
from drumbeat.strategy.engine.thresholds import LOAD, QUARTER

Weeks: TypeAlias = NDArray[np.float64]

HORIZON_WEEKS = 8
FIRST_WEEK = 2
"""Work due within days says more about yesterday's lateness than about capacity."""


def find_bottlenecks(problem: Problem) -> list[Weakness]:
    """Find machines whose load is 85 % or more of their usable hours.

    Two views, the higher counts: ahead, the open work due by the end of week w against the usable hours until then,
    the worst w from 2 to 8; and back, the share of its usable hours that the machine ran or was set up over the last
    13 weeks, where the lower end of the interval must reach the threshold. Usable = open less planned maintenance
    and breakdowns as measured.

    Parameters
    ----------
    problem
        The facts; `machine_loads`, `open_ahead`, `facts` and `machines` are used.

    Returns
    -------
    For each site, "bottleneck" for its most loaded machine and for every other one that is asked for more than there
    is, and one "near-bottleneck" for the rest together: relieve the first, and the next one stops the site. None
    where nothing is loaded.
    """
    loaded: dict[str, list[Weakness]] = {}
    low: float | None
    high: float | None
    ahead, weekly = _ahead(problem), _weekly(problem)
    for row in problem.machines.sort("resource").iter_rows(named=True):
        name = row["resource"]
        mine = weekly.get(name, np.zeros((4, QUARTER)))
        back = _back(mine)
        usable, usable_interval = _usable_share(mine)
        load, asked, opened, weeks = ahead.get(name, (0.0, 0.0, 0.0, 0))
        forward = load / usable if usable > 0 else 0.0
        is_back = back is not None and back[1] >= LOAD.value
        if forward < LOAD.value and not is_back:
            continue
        if is_back and back is not None and back[0] >= forward:
            value, low, high = back
            what = f"{_label(row)} was busy for {value:.0%} of its usable hours over the last {QUARTER} weeks"
            hours = (value - LOAD.value) / value * float(mine[0].sum()) / 3.6e9
        else:
            value = forward
            low, high = (load / usable_interval[1], load / usable_interval[0]) if usable_interval else (None, None)
            what = f"{_label(row)} is asked for {value:.0%} of its usable hours within {weeks} weeks"
            hours = asked - LOAD.value * opened * usable
        weakness = _weakness(problem, row, what, value, low, high, max(hours, 0.0))
        loaded.setdefault(row["site"], []).append(weakness)
    return [weakness for _, group in sorted(loaded.items()) for weakness in _group(group)]


def _group(loaded: list[Weakness]) -> list[Weakness]:
    """Keep a site's constraint and what is overloaded; join the other loaded machines to one weakness."""
    ranked = sorted(loaded, key=lambda weakness: (-weakness.value, weakness.subject))
    kept = [weakness for i, weakness in enumerate(ranked) if i == 0 or weakness.value > 1.0]
    others = ranked[len(kept) :]
    if not others:
        return kept
    first, next_one = kept[0], others[0]
    count = f"{len(others)} more machine{'s' if len(others) > 1 else ''}"
    machines = tuple(
        {"table": "resource", "resource": w.subject, "load": round(w.value, 4), "hours": round(w.hours_at_risk, 2)}
        for w in others
    )
    near = replace(
        next_one,
        kind="near-bottleneck",
        headline=f"{count} at {first.site} carry over {LOAD.value:.0%} of their usable hours: "
        f"relieving {first.subject} alone moves the bottleneck to {next_one.subject}",
        evidence=machines[:SHOWN],
        num_evidence=len(others),
        remedy=f"Plan any relief of {first.subject} with that of {next_one.subject}; keep stock before the constraint",
        disproof=f"More output of the site after {first.subject} alone was relieved",
        # One bad week hits the next machine, not all of them one after the other.
        hours_at_risk=next_one.hours_at_risk,
    )
    return [*kept, near]


def _label(row: dict[str, str]) -> str:
    return f"{row['resource']} at {row['site']}"


def _ahead(problem: Problem) -> dict[str, tuple[float, float, float, int]]:
    """By machine: worst ratio of hours due to open hours (times its capacity), those hours, and its number of weeks."""
    due = problem.machine_loads.drop_nulls("due_at")
    if not due.height:
        return {}
    found: dict[str, tuple[float, float, float, int]] = {}
    for weeks in range(FIRST_WEEK, HORIZON_WEEKS + 1):
        until = problem.now + timedelta(weeks=weeks)
        asked = due.filter(pl.col("due_at") <= until).group_by("resource").agg(pl.col("hours").sum())
        end = pl.min_horizontal("ends_at", pl.lit(until).cast(pl.Datetime("us", "UTC")))
        hours_open = (end - pl.col("starts_at")).dt.total_seconds() / 3600
        opened = (
            problem.open_ahead.filter(pl.col("starts_at") < until)
            .join(problem.machines.select("resource", "capacity"), on="resource")
            .group_by("resource")
            .agg((hours_open * pl.col("capacity")).sum().alias("opened"))
        )
        for name, hours, available in asked.join(opened, on="resource").iter_rows():
            if available > 0 and hours / available > found.get(name, (0.0,))[0]:
                found[name] = (hours / available, hours, available, weeks)
    return found


def _weekly(problem: Problem) -> dict[str, Weeks]:
    """Microseconds of each machine by week of the last quarter: busy, usable, up and open; shape (4, 13)."""
    busy = pl.col("run") + pl.col("setup")
    usable = pl.col("planned") - pl.col("breakdown")
    up = pl.col("open") - pl.col("maintenance") - pl.col("breakdown")
    recent = problem.facts.filter(pl.col("week") >= problem.window.first)
    rows = recent.select("resource", "week", busy.alias("busy"), usable.alias("usable"), up.alias("up"), "open")
    found: dict[str, Weeks] = {}
    for name, week, *times in rows.iter_rows():
        found.setdefault(name, np.zeros((4, QUARTER)))[:, week - problem.window.first] += times
    return found


def _back(weeks: Weeks) -> tuple[float, float, float] | None:
    """Share of usable hours that a machine was busy, with its interval; None where weeks are too few."""
    busy, usable = weeks[0], weeks[1]
    interval = ratio_interval(busy.tolist(), usable.tolist())
    if interval is None:
        return None
    return float(busy.sum() / usable.sum()), interval[0], interval[1]


def _usable_share(weeks: Weeks) -> tuple[float, Interval | None]:
    """Share of open hours that a machine was neither broken nor under maintenance; 1 without events."""
    up, opened = weeks[2], weeks[3]
    if opened.sum() <= 0:
        return 1.0, None
    interval = ratio_interval(up.tolist(), opened.tolist())
    if interval is not None and interval[0] <= 0:
        interval = None
    return float(up.sum() / opened.sum()), interval


def _weakness(
    problem: Problem, row: dict[str, str], what: str, value: float, low: float | None, high: float | None, hours: float
) -> Weakness:
    name, site = row["resource"], row["site"]
    mine = problem.machine_loads.filter(pl.col("resource") == name)
    mine = mine.sort("due_at")
    evidence = show_evidence("task", mine, ["resource", "due_at", "hours", "parts"])
    recent = problem.facts.filter((pl.col("resource") == name) & (pl.col("week") >= problem.window.first)).sort("week")
    hours_of = [(pl.col(column) / 3.6e9).alias(column) for column in ("planned", "run", "setup", "breakdown")]
    weeks = recent.select("resource", pl.col("period").alias("week"), *hours_of)
    evidence += show_evidence("machine_event", weeks, weeks.columns)
    worth = problem.value(site)
    return Weakness(
        kind="bottleneck",
        site=site,
        subject=name,
        headline=f"{what}: {'more than there is' if value > 1 else 'no room for a bad week'}",
        metric="load / usable hours",
        value=value,
        low=low,
        high=high,
        threshold=LOAD.value,
        threshold_source=LOAD.source,
        evidence=evidence,
        num_evidence=int(mine["parts"].sum()) + int(recent["num_events"].sum()),
        remedy="Take setups and breaks off it, move work to an alternative machine, then add a shift or a machine",
        disproof="A finite schedule that meets every due date with this machine open for no more hours than now",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of(name),
        risk_basis="hours beyond 85 % of the usable ones, at the contribution of an hour of it",
        currency=worth.currency,
    )
