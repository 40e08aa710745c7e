"""Single points of failure among people: skills that hang on one person, altogether or on one shift."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from drumbeat.strategy.engine.problem import Problem
from drumbeat.strategy.engine.result import Weakness
from drumbeat.strategy.engine.show_evidence import show_evidence
from drumbeat.strategy.engine.thresholds import QUARTER, SKILL_COVER, THIN_SHARE

AHEAD_WEEKS = 13
ASSUMED_ABSENCE = 0.04
"""Share of hours away where no absence was ever recorded; said in the basis of the risk."""

LEAVING = 0.025
"""Assumed: one in ten leaves in a year, and a quarter goes by until the successor is certified."""

LOOK_WEEKS = 4
"""Weeks of shifts that are looked at: any rotation of crews has come round by then."""


def find_thin_skills(problem: Problem) -> list[Weakness]:
    """Find skills that operations need and that one absence would leave without anybody.

    A certificate that runs out within 13 weeks counts as lost.

    Parameters
    ----------
    problem
        The facts; `skill_needs`, `holders`, `person_open`, `alternatives`, `open_ahead` and `loads` are used.

    Returns
    -------
    "single person" where a site has no more holders than one operation holds at once, "shift cover" where it has
    more, but on some shift of at least a tenth of the machines' hours there is nobody to spare; at most one of each
    for a site and skill.
    """
    needs = problem.skill_needs
    if problem.loads.height:
        needs = needs.join(problem.loads.select("operation").unique(), on="operation", how="semi")
    found = []
    keyed = needs.partition_by("site", "skill", "minimum_level", as_dict=True)
    seen: set[tuple[str, str]] = set()
    for (site, skill, level), rows in sorted(keyed.items(), key=lambda entry: str(entry[0])):
        if (str(site), str(skill)) in seen:
            continue
        weakness = _look_at(problem, str(site), str(skill), int(str(level)), rows)
        if weakness is not None:
            seen.add((str(site), str(skill)))
            found.append(weakness)
    return found


def _look_at(problem: Problem, site: str, skill: str, level: int, needs: pl.DataFrame) -> Weakness | None:
    last_day = (problem.now + timedelta(weeks=AHEAD_WEEKS)).date()
    is_able = (pl.col("skill") == skill) & (pl.col("site") == site) & (pl.col("level") >= level)
    able = problem.holders.filter(is_able).sort("person")
    lasting = able.filter(pl.col("certified_until").is_null() | (pl.col("certified_until") >= last_day))
    held = int(str(needs["num_people"].max()))
    thin, opened, alone = _thin_hours(problem, lasting, needs, held)
    if lasting.height <= held:
        return _single(problem, site, skill, held, able, lasting, needs, opened)
    if opened > 0 and thin / opened >= THIN_SHARE.value:
        return _shift(problem, site, skill, lasting.filter(pl.col("person").is_in(alone)), needs, thin, opened)
    return None


def _thin_hours(
    problem: Problem, holders: pl.DataFrame, needs: pl.DataFrame, held: int
) -> tuple[float, float, list[str]]:
    """Hours with somebody but nobody to spare, hours that the machines are open, and who is then on shift."""
    until = problem.now + timedelta(weeks=LOOK_WEEKS)
    machines = problem.alternatives.join(needs.select("operation"), on="operation", how="semi")["resource"].unique()
    opened = problem.open_ahead.filter(pl.col("resource").is_in(machines.implode()) & (pl.col("starts_at") < until))
    shifts = problem.person_open.filter(pl.col("person").is_in(holders["person"].implode()))
    if not opened.height:
        return 0.0, 0.0, []
    last = int(until.timestamp())
    a, b = (seconds_of(opened[name]).clip(max=last) for name in ("starts_at", "ends_at"))
    c, d = (seconds_of(shifts[name]).clip(max=last) for name in ("starts_at", "ends_at"))
    cuts = np.unique(np.concatenate([a, b, c, d]))
    length = np.diff(cuts)
    is_open = count_cover(cuts, a, b) > 0
    on_shift = count_cover(cuts, c, d)
    is_thin = is_open & (on_shift > 0) & (on_shift <= held)
    middles = ((cuts[:-1] + cuts[1:]) / 2)[is_thin]
    weights = length[is_thin]
    alone: dict[str, float] = {}
    for person, start, end in zip(shifts["person"], c, d, strict=True):
        alone[person] = alone.get(person, 0.0) + float(weights[(middles > start) & (middles < end)].sum())
    people = [person for person, seconds in sorted(alone.items()) if seconds > 0]
    return float(length[is_thin].sum()) / 3600, float(length[is_open].sum()) / 3600, people


def seconds_of(moments: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return moments as seconds since 1970."""
    return moments.dt.epoch("s").to_numpy().astype(np.int64)


def count_cover(
    cuts: np.ndarray[tuple[int], np.dtype[np.int64]],
    start: np.ndarray[tuple[int], np.dtype[np.int64]],
    end: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many of the intervals cover each stretch between two cuts."""
    change = np.zeros(cuts.size, dtype=np.int64)
    np.add.at(change, np.searchsorted(cuts, start), 1)
    np.add.at(change, np.searchsorted(cuts, end), -1)
    return np.cumsum(change)[:-1]


def _hours_a_week(problem: Problem, needs: pl.DataFrame) -> float:
    """Open work a week that needs the skill: over the weeks until its last due date, at least four."""
    mine = problem.loads.join(needs.select("operation").unique(), on="operation", how="semi")
    if not mine.height:
        return 0.0
    last = mine["due_at"].max()
    ahead = (last - problem.now).total_seconds() / 604800 if last is not None else 0.0  # type: ignore[operator,union-attr]
    return float(mine["hours"].sort().sum()) / max(ahead, float(LOOK_WEEKS))


def _single(
    problem: Problem,
    site: str,
    skill: str,
    held: int,
    able: pl.DataFrame,
    lasting: pl.DataFrame,
    needs: pl.DataFrame,
    opened: float,
) -> Weakness:
    who = ", ".join(lasting["person"].head(3).to_list()) or "nobody"
    lapse = able.height - lasting.height
    runs_out = f"; {lapse} certificate{'s' if lapse > 1 else ''} run out within {AHEAD_WEEKS} weeks" if lapse else ""
    weekly = _hours_a_week(problem, needs)
    return _weakness(
        problem,
        "single person",
        site,
        skill,
        f"{skill} at {site} hangs on {who}{runs_out}",
        lasting.height / held,
        able,
        needs,
        weekly if weekly else opened / LOOK_WEEKS,
    )


def _shift(
    problem: Problem,
    site: str,
    skill: str,
    alone: pl.DataFrame,
    needs: pl.DataFrame,
    thin: float,
    opened: float,
) -> Weakness:
    crews = " and ".join(sorted({crew for crew in alone["crew"].to_list() if crew})[:3])
    who = ", ".join(alone["person"].head(3).to_list())
    only = "only " if alone.height == 1 else ""
    on_shift = f" in crew {crews}" if crews else ""
    return _weakness(
        problem,
        "shift cover",
        site,
        skill,
        f"On {thin / opened:.0%} of the machines' hours {only}{who}{on_shift} can do {skill} at {site}",
        1.0,
        alone,
        needs,
        _hours_a_week(problem, needs) * thin / opened or thin / LOOK_WEEKS,
    )


def _weakness(
    problem: Problem,
    kind: str,
    site: str,
    skill: str,
    headline: str,
    cover: float,
    people: pl.DataFrame,
    needs: pl.DataFrame,
    weekly: float,
) -> Weakness:
    measured = problem.absence_share.get(site)
    away = ASSUMED_ABSENCE if measured is None else measured
    absence = f"{away:.1%} {'assumed' if measured is None else 'measured'} absence"
    hours = weekly * QUARTER * (away + LEAVING)
    worth = problem.value(site)
    evidence = show_evidence("person_skill", people, ["person", "crew", "skill", "level", "certified_until"])
    evidence += show_evidence("crew_need", needs.sort("operation").head(10), ["operation", "skill", "num_people"])
    return Weakness(
        kind=kind,
        site=site,
        subject=skill,
        headline=headline,
        metric="people who can do it / people held at once",
        value=cover,
        low=None,
        high=None,
        threshold=SKILL_COVER.value,
        threshold_source=SKILL_COVER.source,
        evidence=evidence,
        num_evidence=people.height + needs.height,
        remedy=f"Certify a second person for {skill} on that shift; until then plan absences and its work together",
        disproof="A second certified person who has done this work on that shift within the last quarter",
        hours_at_risk=hours,
        money_at_risk=hours * worth.of(),
        risk_basis=f"hours in 13 weeks x ({absence} + {LEAVING:.1%} for leavers), at the site's hourly contribution",
        currency=worth.currency,
    )
