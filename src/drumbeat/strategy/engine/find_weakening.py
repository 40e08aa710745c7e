"""Output that rises on a weakening system: what keeps it up gets worse at the same time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from drumbeat.basics.arrays import Floats
from drumbeat.strategy.engine.find_backlog import Slope, overdue_hours, weekly_slope
from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, WEAKENING

HALF_YEAR = 2 * QUARTER
LEAST_WEEKS = 10


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that gets worse: its weekly values over half a year, and their slope; worse = rising."""

    name: str
    values: Floats
    slope: Slope

    @property
    def is_worse(self) -> bool:
        """Whether its slope is above 0 for sure, and what it adds in a quarter is a fifth of its level."""
        level = float(np.mean(np.abs(self.values)))
        return self.slope.is_rising and self.slope.value * QUARTER >= 0.2 * level


def find_weakening(problem: Problem) -> list[Weakness]:
    """Find sites whose output rises, or holds, while two or more of what keeps it up get worse.

    Looked at: breakdown hours, overdue care, overtime share, scrap and rework, small output of an hour run.

    Parameters
    ----------
    problem
        The facts; `facts`, `cares` and `costs` of the last 26 weeks are used.

    Returns
    -------
    A weakness for each such site.

    Notes
    -----
    Theil-Sen slopes with Sen's (1968) 95 % interval, which must lie above 0. Two signs at once come by chance in one
    site of hundreds; one alone is left to the kind that looks at it.
    """
    found = []
    for (site,), facts in sorted(problem.facts.partition_by("site", as_dict=True).items()):
        output = _weekly(problem, facts, pl.col("good"))
        known = np.flatnonzero(output > 0)
        if known.size < LEAST_WEEKS:
            continue
        recent = output[known[0] :][-HALF_YEAR:]
        trend = weekly_slope(recent)
        if trend is None or trend.high < 0:
            continue
        worse = [sign for sign in _signs(problem, str(site), facts, recent.size) if sign.is_worse]
        if len(worse) >= WEAKENING.value:
            found.append(_weakness(problem, str(site), recent, trend, worse))
    return found


def _weekly(problem: Problem, facts: pl.DataFrame, amount: pl.Expr) -> Floats:
    sums = np.zeros(problem.window.num_weeks)
    by_week = facts.group_by("week").agg(amount.sum().alias("us"))
    sums[by_week["week"].to_numpy()] = by_week["us"].to_numpy() / 3.6e9
    return sums


def _signs(problem: Problem, site: str, facts: pl.DataFrame, weeks: int) -> list[Sign]:
    run = np.maximum(_weekly(problem, facts, pl.col("run")), 1e-9)
    lost = _weekly(problem, facts, pl.col("scrap") + pl.col("rework"))
    series = {
        "breakdowns": _weekly(problem, facts, pl.col("breakdown"))[-weeks:],
        "scrap and rework": (lost / run)[-weeks:],
        "slow running": (_weekly(problem, facts, pl.col("speed")) / run)[-weeks:],
        "overtime": _overtime(problem, site)[-weeks:],
    }
    cares = problem.cares.filter(pl.col("site") == site)
    if cares.height:
        series["overdue care"] = overdue_hours(problem, cares)[0]
    found = []
    for name, values in series.items():
        slope = weekly_slope(values) if values.size >= LEAST_WEEKS else None
        if slope is not None:
            found.append(Sign(name, values, slope))
    return found


def _overtime(problem: Problem, site: str) -> Floats:
    account, hours = pl.col("account").cast(pl.String), pl.col("hours").fill_null(0.0)
    weeks = (
        problem.costs.filter((pl.col("site") == site) & account.is_in(["labour", "overtime"]))
        .group_by("period_start")
        .agg(
            hours.filter(account == "overtime").sum().alias("over"),
            hours.filter(account == "labour").sum().alias("labour"),
        )
        .filter(pl.col("labour") > 0)
        .sort("period_start")
    )
    shares: Floats = (weeks["over"] / weeks["labour"]).to_numpy().astype(np.float64)
    return shares


def _weakness(problem: Problem, site: str, output: Floats, trend: Slope, worse: list[Sign]) -> Weakness:
    names = [sign.name for sign in worse]
    level = float(output.mean())
    moves = "rises" if trend.low > 0 else "holds"
    rows = pl.DataFrame(
        {
            "what": [*names, "good hours"],
            "level": [*(float(sign.values.mean()) for sign in worse), level],
            "a_week_more": [*(sign.slope.value for sign in worse), trend.value],
            "low": [*(sign.slope.low for sign in worse), trend.low],
            "high": [*(sign.slope.high for sign in worse), trend.high],
        }
    )
    down = next((sign for sign in worse if sign.name == "breakdowns"), None)
    hours = down.slope.value * QUARTER * QUARTER / 2 if down is not None else level * QUARTER * 0.01 * len(worse)
    worth = problem.value(site)
    return Weakness(
        kind="weakening system",
        site=site,
        subject=site,
        headline=f"Output of {site} {moves} while {', '.join(names[:-1])} and {names[-1]} get worse",
        metric="signs that get worse while output does not fall",
        value=float(len(worse)),
        low=None,
        high=None,
        threshold=WEAKENING.value,
        threshold_source=WEAKENING.source,
        evidence=show_evidence("machine_event", rows, rows.columns),
        num_evidence=rows.height,
        remedy=f"Take the output that can be kept up as the plan, and use the rest of the time on {names[0]}",
        disproof="A dated cause of each of these that has ended, and slopes back at 0 within the next 6 weeks",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of(),
        risk_basis="13 weeks of breakdowns at their slope, else 1 % of output a sign, at the site's contribution",
        currency=worth.currency,
    )
