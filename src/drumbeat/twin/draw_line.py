"""Draw the study of a line: output by the places before its stations, and where each station's time goes."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 760.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 14.0, 12.0, 28.0
TICKS = 4
ROOM, LEAST_ROOM = 0.15, 0.005
"""Room above and below the values: a share of what they span, and of the highest at least."""

PARTS = (("works", "run", "works"), ("down", "down", "down"), ("blocked", "block", "blocked"),
         ("starved", "idle", "starved"))  # fmt: skip
"""Shares of a station's time: column, class and words of each."""


def draw_sizes(rows: Sequence[dict[str, Any]], limit: float) -> dict[str, Any] | None:
    """Draw what a line makes by the places before each station, below what its slowest station would make.

    Parameters
    ----------
    rows
        `SerialLineStudy.by_places`.
    limit
        Output of the slowest station alone, > 0.

    Returns
    -------
    width, height, left, right, foot; band (polygon) and line (polyline); limit: y of its level; points: x, y, row;
    ticks: y, text_y, label. Coordinates are texts in the drawing's units. None without rows.
    """
    if not rows:
        return None
    # Differences are what is looked for: the axis spans the values alone, and its labels say where it begins.
    most: float = max(limit, *(row["output_high"] for row in rows))
    least: float = min(row["output_low"] for row in rows)
    room = max(ROOM * (most - least), LEAST_ROOM * most, 1e-12)
    highest, lowest = most + room, max(least - room, 0.0)
    step = (WIDTH - LEFT - RIGHT) / len(rows)

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (highest - value) / (highest - lowest)

    across = [LEFT + step * (k + 0.5) for k in range(len(rows))]
    upper = [(x, down(row["output_high"])) for x, row in zip(across, rows, strict=True)]
    lower = [(x, down(row["output_low"])) for x, row in zip(across, rows, strict=True)]
    middle = [(x, down(row["output"])) for x, row in zip(across, rows, strict=True)]
    values = [lowest + (highest - lowest) * k / TICKS for k in range(TICKS + 1)]
    digits = max(1 - floor(log10((highest - lowest) / TICKS)), 0)
    return {
        "width": f"{WIDTH:g}", "height": f"{HEIGHT:g}", "left": f"{LEFT:g}", "right": f"{WIDTH - RIGHT:g}",
        "foot": f"{HEIGHT - 8:g}", "band": _points(upper + lower[::-1]), "line": _points(middle),
        "limit": f"{down(limit):.1f}",
        "points": [{"x": f"{x:.1f}", "y": f"{y:.1f}", "row": row} for (x, y), row in zip(middle, rows, strict=True)],
        "ticks": [{"y": f"{down(v):.1f}", "text_y": f"{down(v) + 4:.1f}", "label": f"{v:,.{digits}f}"} for v in values],
    }  # fmt: skip


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)


def split_time(stations: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Split the open time of each station: its operation, and kind, words and percent of each part."""
    return [
        {"name": row["operation"],
         "parts": [{"kind": kind, "words": words, "percent": 100 * row[name], "width": f"{100 * row[name]:.3f}"}
                   for name, kind, words in PARTS if row[name] > 0]}
        for row in stations
    ]  # fmt: skip
