"""Draw a weekly series and what may come as a chart: past weeks, their natural limits, and the fan ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drumbeat.kpis.engine.result import format_value

WIDTH, HEIGHT = 760.0, 250.0
LEFT, RIGHT, TOP, BOTTOM = 74.0, 12.0, 12.0, 26.0
TICKS = 4
DATES = 6


@dataclass(frozen=True)
class Chart:
    """A chart in a box of `width` by `height`; empty texts where there is nothing to draw.

    Parameters
    ----------
    past, middle
        Points of the polylines of past weeks, and of the fan's middle.
    band
        Points of the polygon from the fan's 10th to its 90th percentile.
    limits
        Heights of the natural limits.
    change
        x of the first week of a change of level; None without one.
    ticks
        (height, label) of the value axis.
    dates
        (x, label) of the time axis.
    dots
        (x, y, what it says) of past weeks.
    """

    width: float
    height: float
    left: float
    past: str
    middle: str
    band: str
    limits: tuple[float, ...]
    change: float | None
    ticks: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str], ...]
    dots: tuple[tuple[float, float, str], ...]


def draw_chart(
    series: Sequence[dict[str, Any]], unit: str, trend: dict[str, Any], fan: dict[str, Any] | None = None
) -> Chart | None:
    """Draw a chart.

    Parameters
    ----------
    series
        Past weeks as JSON keeps them: start and value.
    unit
        Of series and fan.
    trend
        Natural limits and change, as JSON keeps a `Trend`; limits are drawn only beside a series.
    fan
        What may come, as JSON keeps a `Fan`; None = nothing was played.

    Returns
    -------
    None where there are fewer than two values.
    """
    known = [(i, float(point["value"])) for i, point in enumerate(series) if point["value"] is not None]
    ahead = len(fan["starts"]) if fan else 0
    bounds = [value for _, value in known]
    limits = [trend[name] for name in ("lower", "upper") if known and trend.get(name) is not None]
    if fan:
        bounds += [*fan["p10"], *fan["p90"]]
    if len(bounds) < 2:
        return None
    low, high = min(bounds + limits), max(bounds + limits)
    pad = 0.06 * ((high - low) or abs(high) or 1.0)
    low, high = low - pad, high + pad
    count = max(len(series) + ahead - 1, 1)

    def across(place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / count, 1)

    def down(value: float) -> float:
        return float(round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low)), 1))

    first = len(series)
    over = [(across(first + i), down(value)) for i, value in enumerate(fan["p90"])] if fan else []
    under = [(across(first + i), down(value)) for i, value in enumerate(fan["p10"])] if fan else []
    middle = [(across(first + i), down(value)) for i, value in enumerate(fan["p50"])] if fan else []
    starts = [point["start"] for point in series] + (list(fan["starts"]) if fan else [])
    step = max(len(starts) // DATES, 1)
    changed = trend.get("changed")
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        past=_points([(across(i), down(value)) for i, value in known]),
        middle=_points(middle),
        band=_points(over + under[::-1]),
        limits=tuple(down(value) for value in limits),
        change=across(changed) if known and changed is not None else None,
        ticks=tuple(
            (down(value), _tick(value, unit, high - low))
            for value in (low + (high - low) * (i + 0.5) / TICKS for i in range(TICKS))
        ),
        dates=tuple((across(i), f"{_moment(starts[i]):%d %b}") for i in range(0, len(starts), step)),
        dots=tuple(
            (across(i), down(value), f"week of {_moment(starts[i]):%d %b %Y}: {format_value(value, unit)}")
            for i, value in known
        ),
    )


def _tick(value: float, unit: str, span: float) -> str:
    """Write a value of the axis as short as its neighbours allow."""
    if unit == "share":
        return f"{100 * value:.{0 if span > 0.1 else 1}f} %"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size and span >= size / 20:
            return f"{value / size:.{0 if span > 4 * size else 1}f} {letter}"
    return f"{value:.{0 if span > 4 else 2}f}"


def _moment(text: str | datetime) -> datetime:
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
