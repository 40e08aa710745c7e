"""The nouns of the director's KPIs: a KPI with its interval, what it is made of, its fan, and what is behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from drumbeat.kpis.engine.result import Point, Trend, format_value

CONFIDENCE = 0.8
"""How probable it is that an interval of a director's KPI holds the true value: 10th to 90th percentile."""
UNKNOWN: Final = "unknown"
CHANCE: Final = "chance"
"""Unit of a probability, 0 to 1: it is never written as 0 or 100 %, which nothing measured can show."""
MOST_SURE = 0.99
NO_TREND: Final = Trend()


@dataclass(frozen=True, slots=True)
class KpiPart:
    """Something that a KPI is made of, or that is to be read beside it.

    Parameters
    ----------
    name
        For people.
    value, low, high
        In `unit`, with the 80 % interval; None where nothing is known.
    unit
        As in `Figure`: "share", "h", "" or a currency, for example; or `CHANCE`.
    note
        How it was measured.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = "share"
    note: str = ""

    @classmethod
    def between(
        cls, name: str, value: float | None, span: tuple[float | None, float | None] | None, **told: str
    ) -> KpiPart:
        """Make a part with an interval, or without one where `span` is None; `told` are unit and note."""
        low, high = span or (None, None)
        return cls(name, value, low, high, **told)

    @property
    def text(self) -> str:
        """The value as people read it."""
        return UNKNOWN if self.value is None else tell_value(self.value, self.unit)

    @property
    def interval_text(self) -> str:
        """The 80 % interval as people read it; "" without one."""
        return tell_interval(self.low, self.high, self.unit)


@dataclass(frozen=True, slots=True)
class Fan:
    """What may come, week by week: the values that 10, 50 and 90 % of the plays stay below.

    Parameters
    ----------
    title, unit
        For people; the unit as in `Figure`.
    starts
        Start of each week ahead.
    p10, p50, p90
        By week.
    """

    title: str
    unit: str
    starts: tuple[datetime, ...]
    p10: tuple[float, ...]
    p50: tuple[float, ...]
    p90: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows behind a KPI.

    Parameters
    ----------
    title
        What they are.
    table
        Table that they come from, "" for what was computed.
    rows
        Plain values by column, the weightiest first, capped.
    num_rows
        How many there are.
    figure
        Key of the scorecard's figure that opens to the events behind these rows; "" for none.
    """

    title: str
    table: str
    rows: tuple[dict[str, Any], ...]
    num_rows: int
    figure: str = ""


@dataclass(frozen=True, slots=True)
class DirectorKpi:
    """One of the seven.

    Parameters
    ----------
    key, name
        For programs and for people.
    value, low, high
        In `unit`, with the 80 % interval; None = unknown, and `note` says why.
    unit
        As in `Figure`, or `CHANCE`.
    better
        Which direction is good.
    measure
        What is measured, in one sentence.
    formula
        How, with its source.
    words
        What the value means, in one sentence.
    parts
        What it is made of, and what is to be read beside it; nothing is merged.
    series, series_name, trend
        What of it can be measured week by week, and whether that moved.
    fan
        What may come; None where nothing was played.
    evidence
        What is behind it.
    n, counted
        Number of observations, and of what.
    note
        Assumptions, or why it is unknown.
    """

    key: str
    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    better: Literal["up", "down"]
    measure: str
    formula: str
    words: str = ""
    parts: tuple[KpiPart, ...] = ()
    series: tuple[Point, ...] = ()
    series_name: str = ""
    trend: Trend = NO_TREND
    fan: Fan | None = None
    evidence: tuple[Evidence, ...] = ()
    n: int = 0
    counted: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The value as people read it; "unknown" where it is."""
        return UNKNOWN if self.value is None else tell_value(self.value, self.unit)

    @property
    def interval_text(self) -> str:
        """The 80 % interval as people read it; "" without one."""
        return tell_interval(self.low, self.high, self.unit)

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready form, moments as ISO texts."""
        data: dict[str, Any] = _plain(asdict(self))
        for part, told in zip(self.parts, data["parts"], strict=True):
            told |= {"text": part.text, "interval_text": part.interval_text}
        return data | {"text": self.text, "interval_text": self.interval_text}


@dataclass(frozen=True, slots=True)
class DirectorReview:
    """The seven KPIs of the enterprise at one moment.

    Parameters
    ----------
    as_of
        Moment of the data.
    kpis
        The seven, in the order in which directors read them.
    seed, replications
        Of what was played.
    version
        Version of the data.
    findings
        What had to be assumed, as texts.
    """

    as_of: datetime
    kpis: tuple[DirectorKpi, ...]
    seed: int
    replications: int
    version: str = ""
    findings: tuple[str, ...] = ()

    def kpi(self, key: str) -> DirectorKpi:
        """Return the KPI of that key.

        Raises
        ------
        KeyError
            When there is none.
        """
        for kpi in self.kpis:
            if kpi.key == key:
                return kpi
        raise KeyError(f"there is no director's KPI {key!r}; there are {', '.join(one.key for one in self.kpis)}")

    def as_json(self) -> dict[str, Any]:
        """A JSON-ready form."""
        return {
            "as_of": self.as_of.isoformat(), "version": self.version, "seed": self.seed,
            "replications": self.replications, "confidence": CONFIDENCE, "findings": list(self.findings),
            "kpis": [kpi.as_json() for kpi in self.kpis],
        }  # fmt: skip


def tell_value(value: float, unit: str) -> str:
    """Write a value with its unit; indices from 0 to 1 with two digits; a chance of nearly 0 or 1 as "over 99 %"."""
    if unit == CHANCE:
        if min(value, 1 - value) < 1 - MOST_SURE:
            return "over 99 %" if value > 0.5 else "under 1 %"
        return f"{100 * value:.0f} %"
    return f"{value:.2f}" if not unit and abs(value) < 10 else format_value(value, unit)


def tell_interval(low: float | None, high: float | None, unit: str) -> str:
    """Write an interval: "61.0 to 72.4 %"; "" where an end is not known; of two ends written alike only one."""
    if low is None or high is None:
        return ""
    ends = tell_value(low, unit), tell_value(high, unit)
    if unit == CHANCE and ends[0] == ends[1]:
        return ends[0]
    shown = "%" if unit in {"share", CHANCE} else unit
    return f"{ends[0].removesuffix(shown).strip()} to {ends[1]}"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
