"""The scorecard as a page shows it: figures by theme, a column a scope, each with its trend as a small line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from drumbeat.kpis.actions import Figure, Scorecard

WIDTH, HEIGHT = 112, 30
SHOWN_WEEKS = 26
SIGNALS = ("better", "worse", "changed")
OWN = ("site", "line", "cost centre")
"""Levels below the enterprise and its regions, which hold sites of others."""


@dataclass(frozen=True)
class Spark:
    """A series as a line in a box of `WIDTH` by `HEIGHT`.

    Parameters
    ----------
    line
        Points of the polyline.
    upper, lower
        Heights of the natural limits; None without a baseline.
    last
        (x, y) of the last point.
    """

    line: str
    upper: float | None
    lower: float | None
    last: tuple[float, float]


def draw_spark(figure: Figure) -> Spark | None:
    """Draw a figure's last weeks; None where there are fewer than two."""
    values = [point.value for point in figure.series if point.value is not None][-SHOWN_WEEKS:]
    if len(values) < 2:
        return None
    trend = figure.trend
    limits = [value for value in (trend.lower, trend.upper) if value is not None]
    low, high = min(*values, *limits), max(*values, *limits)
    span = (high - low) or 1.0

    def height(value: float) -> float:
        return round(3 + (HEIGHT - 6) * (1 - (value - low) / span), 1)

    step = (WIDTH - 6) / (len(values) - 1)
    points = [(round(3 + step * index, 1), height(value)) for index, value in enumerate(values)]
    return Spark(
        line=" ".join(f"{x},{y}" for x, y in points),
        upper=height(trend.upper) if trend.upper is not None else None,
        lower=height(trend.lower) if trend.lower is not None else None,
        last=points[-1],
    )


def show_scorecard(card: Scorecard, *, with_enterprise: bool = True) -> dict[str, Any]:
    """Arrange a scorecard for its page.

    Parameters
    ----------
    card
        What was measured.
    with_enterprise
        Whether the reader may see the figures of the enterprise.

    Returns
    -------
    `start`, `end`, `scopes`, the headline `tiles` of the widest scope, `rows` of (name, cells) and `findings`.
    """
    levels = ("enterprise", "region", "site") if with_enterprise else ("site",)
    figures = [one for one in card.figures if one.level in levels]
    scopes = list(dict.fromkeys((one.level, one.scope) for one in figures))
    table: dict[str, dict[tuple[str, str], Figure]] = {}
    for one in figures:
        table.setdefault(one.name, {})[(one.level, one.scope)] = one
    widest = scopes[0] if scopes else None
    tiles = [one for one in figures if (one.level, one.scope) == widest and one.value is not None]
    parts = next((one for one in figures if one.key == "oee" and one.parts), None)
    most = max((hours for _, hours in parts.parts), default=1) or 1 if parts else 1
    return {
        "start": card.start,
        "end": card.end,
        "scopes": [scope or "Enterprise" for _, scope in scopes],
        "signals": [
            one for one in card.figures if one.trend.verdict in SIGNALS and (with_enterprise or one.level in OWN)
        ],
        "tiles": [{"figure": one, "spark": draw_spark(one)} for one in tiles[:8]],
        "rows": [
            {
                "name": name,
                "key": next(iter(cells.values())).key,
                "cells": [
                    {"figure": cells[scope], "spark": draw_spark(cells[scope])} if scope in cells else None
                    for scope in scopes
                ],
            }
            for name, cells in table.items()
        ],
        "parts": [{"name": name, "hours": hours, "width": round(100 * hours / most, 1)} for name, hours in parts.parts]
        if parts
        else [],
        "findings": card.findings[:20],
        "box": (WIDTH, HEIGHT),
    }
