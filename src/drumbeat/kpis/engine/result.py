"""The nouns of the scorecard: figures with their interval, their evidence and their trend."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

Verdict = Literal["better", "worse", "changed", "noise", "not enough data"]
Level = Literal["enterprise", "region", "site", "line", "cost centre"]

NOT_ENOUGH: Final = "not enough data"
LEVELS: Final[tuple[Level, ...]] = ("enterprise", "region", "site", "line", "cost centre")


@dataclass(frozen=True, slots=True)
class Point:
    """One week of a series: its start, its value (None = nothing was measured), and the sums it is the ratio of."""

    start: datetime
    value: float | None
    n: int
    part: float = 0.0
    whole: float = 0.0


@dataclass(frozen=True, slots=True)
class Trend:
    """Signal or noise: whether a series changed its level within the last quarter, or its last weeks lie apart.

    Parameters
    ----------
    verdict
        "better" or "worse": it did; "changed": it did, and neither direction is better; "noise": it did not; "not
        enough data": fewer than 8 weeks before the last one.
    centre, lower, upper
        Mean of the present level's first weeks (at most 24) and their natural limits (XmR chart); None without them.
    num_baseline
        How many weeks these are.
    num_signals
        Weeks after them that lie outside the limits: for reading the chart, no verdict.
    changed
        Index into the series of the first week of the newest change, also of one of before the last quarter; None
        without one.
    before, after
        Mean before and after it; None without one.
    is_last_outside
        Whether the last week lies outside the natural limits.
    words
        The verdict as people read it.
    """

    verdict: Verdict = NOT_ENOUGH
    centre: float | None = None
    lower: float | None = None
    upper: float | None = None
    num_baseline: int = 0
    num_signals: int = 0
    changed: int | None = None
    before: float | None = None
    after: float | None = None
    is_last_outside: bool = False
    words: str = NOT_ENOUGH


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the scorecard.

    Parameters
    ----------
    key
        What it measures, e.g. "oee"; the same for every scope.
    name
        The same for people, e.g. "OEE".
    level, scope
        Enterprise, region, site, line or cost centre, and its code; "" for the enterprise.
    value
        In `unit`; None = not enough data (never a zero that nobody measured).
    low, high
        95 % interval; None where it cannot be told.
    n
        Number of observations behind it (demand lines, machine weeks, units: see `counted`).
    counted
        What `n` counts.
    unit
        "share" (0 to 1), "h", "d", "units" or a currency.
    start, end
        Period that it describes.
    better
        Whether "up" or "down" is good; "" for neither.
    note
        How it was measured, or why there is no value.
    series
        By week, oldest first.
    trend
        Signal or noise.
    table, evidence, num_evidence
        Table whose rows are behind it, their keys (the ones that cost most first, capped), and how many there are.
    parts
        What the figure is made of, by name, in `parts_unit`: OEE's losses in hours, for example.
    is_count
        Whether it is a share of `n` counted things, rather than a ratio of sums.
    """

    key: str
    name: str
    level: Level
    scope: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    counted: str
    unit: str
    start: datetime
    end: datetime
    better: Literal["up", "down", ""] = "up"
    note: str = ""
    series: tuple[Point, ...] = ()
    trend: Trend = Trend()
    table: str = ""
    evidence: tuple[str, ...] = ()
    num_evidence: int = 0
    parts: tuple[tuple[str, float], ...] = ()
    parts_unit: str = "h"
    is_count: bool = False

    @property
    def text(self) -> str:
        """The value as people read it; "not enough data" where there is none."""
        return NOT_ENOUGH if self.value is None else format_value(self.value, self.unit)

    @property
    def interval_text(self) -> str:
        """The interval as people read it; "" where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"{_number(self.low, self.unit)} to {format_value(self.high, self.unit)}"

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready form, moments as ISO texts."""
        data = asdict(self)
        data["start"], data["end"] = self.start.isoformat(), self.end.isoformat()
        data["series"] = [asdict(point) | {"start": point.start.isoformat()} for point in self.series]
        data["parts"] = dict(self.parts)
        data["text"] = self.text
        return data


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What happened: figures of the enterprise, then of the sites, then of their parts.

    Parameters
    ----------
    as_of
        Moment of the data.
    start, end
        Period of the figures.
    figures
        Sorted by level, then scope, then as they were measured.
    findings
        What could not be judged, as texts.
    """

    as_of: datetime
    start: datetime
    end: datetime
    figures: tuple[Figure, ...]
    findings: tuple[str, ...] = field(default=())

    def figure(self, key: str, scope: str = "") -> Figure:
        """Return the figure of that key and scope ("" = the enterprise).

        Raises
        ------
        KeyError
            When it was not measured.
        """
        for figure in self.figures:
            if figure.key == key and figure.scope == scope:
                return figure
        raise KeyError(f"the scorecard has no figure {key!r} of {scope or 'the enterprise'}")

    def of(self, level: Level, scope: str | None = None) -> tuple[Figure, ...]:
        """Return the figures of a level, or of one scope of it."""
        return tuple(f for f in self.figures if f.level == level and scope in (None, f.scope))

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "as_of": self.as_of.isoformat(),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "figures": [figure.as_json() for figure in self.figures],
            "findings": list(self.findings),
        }


def sort_figures(figures: list[Figure]) -> tuple[Figure, ...]:
    """Sort figures by level and scope; within these they keep their order."""
    return tuple(sorted(figures, key=lambda figure: (LEVELS.index(figure.level), figure.scope)))


def format_value(value: float, unit: str) -> str:
    """Write a value with its unit: "83.1 %", "4.2 d", "1,250 EUR"."""
    return f"{_number(value, unit)} {'%' if unit == 'share' else unit}".strip()


def format_difference(difference: float, unit: str) -> str:
    """Write how far two values are apart, without its sign: "2.1 points" for shares, "4.2 d"."""
    size = abs(difference)
    return f"{100 * size:.1f} points" if unit == "share" else format_value(size, unit)


def _number(value: float, unit: str) -> str:
    shown = 100 * value if unit == "share" else value
    return f"{shown:,.{0 if abs(shown) >= 1000 else 1}f}"
