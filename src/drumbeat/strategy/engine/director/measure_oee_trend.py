"""OEE trend quality: whether OEE rises, and whether it rises because losses fell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from drumbeat.basics.arrays import Floats, Int64s, Texts
from drumbeat.kpis.engine.result import Point
from drumbeat.strategy.engine.director.jackknife import jackknife_interval
from drumbeat.strategy.engine.director.result import CHANCE, DirectorKpi, Evidence, Fan, KpiPart

WEEKS_A_MONTH = 365.25 / 12 / 7
LEAST_WEEKS = 8
REAL = ("breakdown", "setup", "blocked", "starved", "idle", "speed", "scrap", "rework")
"""Losses whose fall is a gain."""
APPARENT = ("recording", "mix", "standards", "calendar")
"""What raises OEE without any loss falling: time that is no longer left unreported, work that moves to machines with a
better OEE, run time that no standard judges any more, and idle hours that the calendar no longer counts."""
SAID = {
    "breakdown": "fewer breakdowns", "setup": "less setup", "blocked": "less waiting for room behind a machine",
    "starved": "less waiting for work or material", "idle": "less idle time", "speed": "more speed",
    "scrap": "less scrap", "rework": "less rework", "recording": "hours that are no longer left unreported",
    "mix": "work that moved to better machines", "standards": "work that no standard judges any more",
    "calendar": "fewer planned hours",
}  # fmt: skip
"""What raises OEE, in words."""
_TINY = 1e-12


@dataclass(frozen=True)
class WeeklyLosses:
    """Hours of machines by week; W weeks, oldest first, M machines.

    Parameters
    ----------
    machines
        Shape (M,): codes.
    planned, good
        Shape (W, M): planned hours, and those of them that were good output at standard speed.
    losses
        By name, shape (W, M): all of `REAL`, and "unreported". Planned = good + all of these.
    run, unmeasured
        Shape (W, M): run hours, and those of them whose speed no standard judged (counted as ideal).
    """

    machines: Texts
    planned: Floats
    good: Floats
    losses: dict[str, Floats]
    run: Floats
    unmeasured: Floats

    def take(self, weeks: Sequence[int] | Int64s) -> WeeklyLosses:
        """Return some of the weeks."""
        at = np.asarray(weeks, dtype=np.int64)
        return WeeklyLosses(
            self.machines, self.planned[at], self.good[at], {name: hours[at] for name, hours in self.losses.items()},
            self.run[at], self.unmeasured[at],
        )  # fmt: skip

    @property
    def oee(self) -> Floats:
        """OEE of all machines by week, shape (W,); NaN where nothing was planned."""
        planned = self.planned.sum(axis=1)
        return np.divide(self.good.sum(axis=1), planned, out=np.full(planned.size, np.nan), where=planned > 0)


@dataclass(frozen=True, slots=True)
class Slope:
    """A Theil-Sen slope a week, its 80 % interval, and the probability that the true one is above 0."""

    value: float
    low: float
    high: float
    chance: float


def estimate_slope(values: Floats) -> Slope | None:
    """Estimate the slope of a weekly series without assuming a distribution.

    Parameters
    ----------
    values
        Weekly values, oldest first, finite; shape (n,).

    Returns
    -------
    None with fewer than 8 weeks.

    Notes ----- Theil-Sen slope with Sen's (1968) interval; the probability from the normal approximation of Kendall's
    S, corrected for ties. Both with the variance of S raised for weeks that resemble the week before (Hamed and Rao
    1998, order 1 only).
    """
    n = values.size
    if n < LEAST_WEEKS:
        return None
    first, second = np.triu_indices(n, 1)
    slopes = np.sort((values[second] - values[first]) / (second - first))
    middle = float(np.median(slopes))
    score = float(np.sign(values[second] - values[first]).sum())
    ties = np.unique(values, return_counts=True)[1].astype(np.float64)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18.0
    if variance <= 0:
        return Slope(0.0, 0.0, 0.0, 0.5)
    rest = values - middle * np.arange(n)
    rest = rest - rest.mean()
    squares = float((rest**2).sum())
    is_line = squares <= 1e-18 * float((values**2).sum())  # what is left of a line is rounding
    measured = 0.0 if is_line else float((rest[1:] * rest[:-1]).sum()) / squares
    correlation = 0.0 if is_line else min(max(measured + (2.0 + 4.0 * measured) / n, 0.0), 0.8)
    spread = math.sqrt(variance * (1.0 + correlation) / (1.0 - correlation))
    reach = 1.2816 * spread / 2.0
    places = np.clip(np.array([slopes.size / 2.0 - reach, slopes.size / 2.0 + reach]), 0, slopes.size - 1).round()
    low, high = (float(slopes[int(place)]) for place in places)
    return Slope(middle, min(low, middle), max(high, middle), float(ndtr(score / spread)))


def explain_gain(weeks: WeeklyLosses, half: int | None = None) -> dict[str, float]:
    """Split the change of OEE from the first half of the weeks to the second into what made it.

    Parameters
    ----------
    weeks
        At least two weeks.
    half
        Weeks of the first half, 1 or more and less than all; None = half of them, rounded down.

    Returns
    -------
    By name of `REAL` and `APPARENT`: contribution to the change, in shares of planned time; they add up to it exactly.

    Notes ----- OEE = sum over machines of weight x (1 - losses), weight = share of planned time. The change of a
    product splits at the means of both halves (as in index decomposition, Marshall-Edgeworth), so that nothing is left
    over. Of speed, what run time without a standard hides is moved to "standards" (at the machine's measured speed);
    of idle time, what a shorter calendar alone takes away at the same output is moved to "calendar".
    """
    half = weeks.planned.shape[0] // 2 if half is None else half
    parts = [weeks.take(range(half)), weeks.take(range(half, weeks.planned.shape[0]))]
    planned = [part.planned.sum(axis=0) for part in parts]
    total = [max(float(hours.sum()), _TINY) for hours in planned]
    weight = [hours / whole for hours, whole in zip(planned, total, strict=True)]
    middle = (weight[0] + weight[1]) / 2

    def shares(of: Sequence[Floats]) -> tuple[Floats, Floats]:
        found = [
            np.divide(hours, p, out=np.full(p.size, np.nan), where=p > 0) for hours, p in zip(of, planned, strict=True)
        ]
        # A machine that was planned in one half only changes the mix, not its own losses.
        return tuple(np.nan_to_num(np.where(np.isnan(a), b, a)) for a, b in (found, found[::-1]))

    good = shares([part.good.sum(axis=0) for part in parts])
    gain = {"mix": float(((weight[1] - weight[0]) * (good[0] + good[1]) / 2).sum())}
    inside: dict[str, Floats] = {}
    for name in (*REAL, "unreported"):
        before, after = shares([part.losses[name].sum(axis=0) for part in parts])
        inside[name] = -middle * (after - before)
    hidden = shares([part.unmeasured.sum(axis=0) for part in parts])
    judged = sum(part.run.sum(axis=0) - part.unmeasured.sum(axis=0) for part in parts)
    slow = sum(part.losses["speed"].sum(axis=0) for part in parts)
    pace = np.divide(slow, judged, out=np.zeros(judged.size), where=judged > 0)
    standards = middle * (hidden[1] - hidden[0]) * pace
    calendar = middle * _calendar_effect(parts, planned, inside["idle"] / np.maximum(middle, _TINY))
    inside["speed"] = inside["speed"] - standards
    inside["idle"] = inside["idle"] - calendar
    gain |= {"standards": float(standards.sum()), "calendar": float(calendar.sum())}
    gain["recording"] = float(inside.pop("unreported").sum())
    return gain | {name: float(values.sum()) for name, values in inside.items()}


def _calendar_effect(parts: Sequence[WeeklyLosses], planned: Sequence[Floats], idle: Floats) -> Floats:
    """Gain in OEE of each machine that fewer planned hours alone give, at most what its idle time fell by."""
    weekly = [hours / max(part.planned.shape[0], 1) for hours, part in zip(planned, parts, strict=True)]
    good = parts[0].good.sum(axis=0) / max(parts[0].planned.shape[0], 1)
    both = (weekly[0] > 0) & (weekly[1] > 0)
    pure = np.where(both, good / np.where(both, weekly[1], 1.0) - good / np.where(both, weekly[0], 1.0), 0.0)
    effect: Floats = np.where(pure * idle > 0, np.sign(pure) * np.minimum(np.abs(pure), np.abs(idle)), 0.0)
    return effect


def explained_share(gain: dict[str, float]) -> float:
    """Return the share of what raised OEE that is losses that fell, 0 to 1; 0 where nothing raised it."""
    raised = {name: max(value, 0.0) for name, value in gain.items()}
    whole = sum(raised.values())
    return sum(raised[name] for name in REAL) / whole if whole > _TINY else 0.0


def measure_oee_trend(weeks: WeeklyLosses, series: tuple[Point, ...]) -> DirectorKpi:
    """Measure OEE trend quality.

    Parameters
    ----------
    weeks
        Weeks in which something was planned.
    series
        Weekly OEE of the enterprise, for the chart.

    Returns
    -------
    P(slope > 0) x share of the gain that losses explain. Unknown with fewer than 8 weeks.
    """
    kept = np.flatnonzero(weeks.planned.sum(axis=1) > 0)
    weeks = weeks.take(kept)
    slope = estimate_slope(weeks.oee)
    value = low = high = None
    gain: dict[str, float] = {}
    parts: tuple[KpiPart, ...] = ()
    fan = None
    if slope is not None:
        gain = explain_gain(weeks)
        share = explained_share(gain)
        value = slope.chance * share
        low, high = jackknife_interval(value, _leave_out(weeks)) or (None, None)
        month = 100 * WEEKS_A_MONTH
        parts = (
            KpiPart("P(slope > 0)", slope.chance, unit=CHANCE),
            KpiPart("Share of the gain that losses explain", share),
            KpiPart("Slope", month * slope.value, month * slope.low, month * slope.high, unit="points a month"),
        )
        fan = _fan(weeks.oee, slope, series)
    return DirectorKpi(
        key="oee_trend_quality",
        name="OEE trend quality",
        value=value,
        low=low,
        high=high,
        unit="",
        better="up",
        measure="Probability that OEE rises x share of its gain that comes from losses that fell",
        formula="P(Theil-Sen slope > 0), corrected for resembling weeks (Sen 1968; Hamed and Rao 1998) x losses that "
        "fell / all that raised OEE; mix, standards, calendar and recording are no losses (index decomposition)",
        words=_words(slope, gain),
        parts=parts,
        fan=fan,
        evidence=_evidence(gain),
        n=int(kept.size),
        counted="weeks",
        note="" if slope is not None else f"{kept.size} of at least {LEAST_WEEKS} weeks are recorded",
    )


def _leave_out(weeks: WeeklyLosses) -> list[float]:
    found = []
    every = np.arange(weeks.planned.shape[0])
    for i in every:
        left = weeks.take(np.delete(every, i))
        slope = estimate_slope(left.oee)
        if slope is not None:
            # The border of the halves stays where it is, or a week would change sides whenever one is left out.
            half = every.size // 2
            found.append(slope.chance * explained_share(explain_gain(left, half - 1 if i < half else half)))
    return found


def _fan(oee: Floats, slope: Slope, series: tuple[Point, ...], ahead: int = 13) -> Fan | None:
    """Where the line leads, with the interval of its slope and the spread of weeks around it."""
    if not series:
        return None
    n = oee.size
    level = float(np.median(oee - slope.value * np.arange(n)))
    spread = 1.2816 * float(np.std(oee - level - slope.value * np.arange(n)))
    steps = np.arange(n, n + ahead)
    centre = (n - 1) / 2

    def line(tilt: float, away: float) -> tuple[float, ...]:
        values = level + slope.value * steps + (tilt - slope.value) * (steps - centre) + away
        return tuple(np.clip(values, 0.0, 1.0).tolist())

    step = series[-1].start - series[-2].start if len(series) > 1 else None
    if step is None:
        return None
    starts = tuple(series[-1].start + step * (i + 1) for i in range(ahead))
    return Fan("OEE, if it goes on so", "share", starts, line(slope.low, -spread), line(slope.value, 0.0),
               line(slope.high, spread))  # fmt: skip


def _words(slope: Slope | None, gain: dict[str, float]) -> str:
    if slope is None:
        return "Too few weeks are recorded to speak of a trend"
    monthly = 100 * WEEKS_A_MONTH * slope.value
    if slope.chance < 0.5:
        return f"OEE does not rise: {monthly:+.1f} points a month"
    most = max(gain, key=lambda name: gain[name])
    return f"OEE moves by {monthly:+.1f} points a month; what raised it most: {SAID[most]}"


def _evidence(gain: dict[str, float]) -> tuple[Evidence, ...]:
    rows = tuple(
        {"what": name, "points of OEE": round(100 * value, 2), "counts as": "loss" if name in REAL else "apparent"}
        for name, value in sorted(gain.items(), key=lambda item: -abs(item[1]))
        if abs(value) > 1e-6
    )
    return (Evidence("From the first half of the weeks to the second", "", rows, len(rows), "oee"),) if rows else ()
