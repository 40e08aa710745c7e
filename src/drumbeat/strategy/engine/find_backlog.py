"""Maintenance put off: overdue care that grows, with breakdowns that rise and output that looks fine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import BACKLOG, QUARTER

_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Slope:
    """A Theil-Sen slope a week with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_rising(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.low > 0


def find_backlog(problem: Problem) -> list[Weakness]:
    """Find sites or lines whose overdue preventive maintenance has grown over 13 weeks, beyond two weeks of due work.

    Parameters
    ----------
    problem
        The facts; `cares` and `facts` are used.

    Returns
    -------
    A weakness for each such site, or, where the site as a whole is sound, for each such line of it; where its
    breakdown hours rise as well, or the site's output is at a record, it says so.

    Notes
    -----
    Theil-Sen slope with Sen's (1968) interval over the weekly overdue hours: one odd week cannot make or hide it.
    """
    found = []
    for (site,), cares in sorted(problem.cares.drop_nulls("site").partition_by("site", as_dict=True).items()):
        whole = _look_at(problem, str(site), str(site), cares)
        if whole is not None:
            found.append(whole)
            continue
        for (line,), part in sorted(cares.drop_nulls("line").partition_by("line", as_dict=True).items()):
            weakness = _look_at(problem, str(site), str(line), part)
            if weakness is not None:
                found.append(weakness)
    return found


def _look_at(problem: Problem, site: str, place: str, cares: pl.DataFrame) -> Weakness | None:
    """Judge the care of a site, or of a line of it."""
    backlog, due_a_week = overdue_hours(problem, cares)
    slope = weekly_slope(backlog)
    if due_a_week <= 0 or slope is None:
        return None
    weeks = float(backlog[-1]) / due_a_week
    if not slope.is_rising or weeks <= BACKLOG.value:
        return None
    return _weakness(problem, site, place, cares, backlog, slope, weeks)


def weekly_slope(values: np.ndarray[Any, np.dtype[np.float64]]) -> Slope | None:
    """Estimate the slope of a weekly series; None with fewer than five weeks or when nothing ever changes."""
    if values.size < 5 or float(np.ptp(values)) == 0:
        return None
    from scipy.stats import theilslopes  # takes a second to import, and few plants need it

    fit = theilslopes(values, np.arange(values.size), alpha=0.95)
    return Slope(float(fit.slope), float(fit.low_slope), float(fit.high_slope))


def overdue_hours(problem: Problem, cares: pl.DataFrame) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float]:
    """Return the overdue hours at the end of each of the last 13 weeks, and the hours that fall due in a week.

    An order without hours counts as one hour, so that a backlog of unestimated work is seen.
    """
    hours = cares["crew_hours"].cast(pl.Float64).to_numpy()
    hours = np.where(hours > 0, hours, 1.0)
    due = cares["due_at"].dt.epoch("us").to_numpy()
    done = cares["ends_at"].dt.epoch("us").fill_null(np.iinfo(np.int64).max).to_numpy()
    ends = [round(edge.timestamp() * 1e6) for edge in problem.window.edges[-QUARTER:]]
    backlog = np.array([float(np.sort(hours[(due <= end) & (done > end)]).sum()) for end in ends])
    start = round(problem.window.edges[-QUARTER - 1].timestamp() * 1e6)
    recent = (due > start) & (due <= ends[-1])
    return backlog, float(np.sort(hours[recent]).sum()) / QUARTER


def _weekly(problem: Problem, facts: pl.DataFrame, column: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Hours by week over the whole window."""
    summed = facts.group_by("week").agg(pl.col(column).sum().alias("us"))
    hours = np.zeros(problem.window.num_weeks)
    hours[summed["week"].to_numpy()] = summed["us"].to_numpy() / _HOUR
    return hours


def _extra_breakdowns(problem: Problem, facts: pl.DataFrame) -> dict[str, float]:
    """Breakdown hours of the last quarter less those of the one before, by machine; their sum at least 0."""
    is_last = pl.col("week") >= problem.window.first
    is_before = (pl.col("week") >= problem.window.first - QUARTER) & ~is_last
    down = pl.col("breakdown")
    extra = facts.group_by("resource").agg((down.filter(is_last).sum() - down.filter(is_before).sum()).alias("us"))
    hours = {name: us / _HOUR for name, us in extra.sort("resource").iter_rows()}
    return hours if sum(hours.values()) > 0 else {}


def is_record_quarter(weekly_hours: np.ndarray[Any, np.dtype[np.float64]]) -> bool:
    """Say whether the last 13 weeks are the best 13 weeks on record, with at least 13 weeks before them."""
    known = np.flatnonzero(weekly_hours > 0)
    if known.size == 0 or weekly_hours.size - known[0] < 2 * QUARTER:
        return False
    series = weekly_hours[known[0] :]
    quarters = np.convolve(series, np.ones(QUARTER), mode="valid")
    return bool(quarters[-1] > quarters[:-QUARTER].max())


def _weakness(
    problem: Problem,
    site: str,
    place: str,
    cares: pl.DataFrame,
    backlog: np.ndarray[Any, np.dtype[np.float64]],
    slope: Slope,
    weeks: float,
) -> Weakness:
    of_site = problem.facts.filter(pl.col("site") == site)
    of_place = of_site if place == site else of_site.filter(pl.col("line") == place)
    down = _weekly(problem, of_place, "breakdown")
    is_failing_more = (found := weekly_slope(down[-2 * QUARTER :])) is not None and found.is_rising
    is_record = is_record_quarter(_weekly(problem, of_site, "good"))
    story = f"{backlog[-1]:.0f} h of care are overdue, {slope.value:+.1f} h a week"
    if is_failing_more:
        story += f"; breakdowns rose to {down[-QUARTER:].sum() / QUARTER:.0f} h a week"
    where = "" if place == site else f" of {place}"
    lead = (
        f"Record quarter at {site} on deferred maintenance{where}" if is_record else f"{place} puts off its maintenance"
    )
    overdue = cares.filter(
        (pl.col("due_at") <= problem.now) & (pl.col("ends_at").is_null() | (pl.col("ends_at") > problem.now))
    )
    ranked = overdue.sort(["crew_hours", "code"], descending=[True, False])
    extra = _extra_breakdowns(problem, of_place)
    growth = slope.value * QUARTER
    worth = problem.value(site)
    by_machine = overdue.group_by("resource").agg(pl.col("crew_hours").sort().sum()).sort("resource")
    total = float(by_machine["crew_hours"].sum()) or 1.0
    money = sum(hours * worth.of(name) for name, hours in extra.items())
    money += sum(growth * hours / total * worth.of(name) for name, hours in by_machine.iter_rows())
    return Weakness(
        kind="maintenance backlog",
        site=site,
        subject=place,
        headline=f"{lead}: {story}",
        metric="overdue preventive hours / hours due in a week",
        value=weeks,
        low=None,
        high=None,
        threshold=BACKLOG.value,
        threshold_source=BACKLOG.source,
        evidence=show_evidence("maintenance_order", ranked, ["code", "resource", "due_at", "crew_hours", "state"]),
        num_evidence=overdue.height,
        remedy="Book the overdue care as downtime into the next weeks' schedule, the machines that break most first",
        disproof="Orders that were done but not booked, or breakdown hours that fall over the next 6 weeks without it",
        hours_at_risk=sum(extra.values()) + growth,
        money_at_risk=money,
        risk_basis="breakdown hours more than in the quarter before, plus 13 weeks of the backlog's growth, by machine",
        currency=worth.currency,
    )
