"""Draw a play of the plant: output week by week against what is due, and where the open time of machines goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

WIDTH, HEIGHT = 760.0, 260.0
LEFT, RIGHT, TOP, BOTTOM = 64.0, 14.0, 12.0, 28.0
TICKS = 4
DATES = 7

LOSSES = (
    ("running", "run", "running"),
    ("setup", "setup", "setups"),
    ("downtime", "down", "breakdowns"),
    ("maintenance", "care", "planned care"),
    ("waiting for people or material", "lack", "waiting for people or material"),
    ("blocked", "block", "blocked"),
    ("without work", "idle", "without work"),
)
"""Shares of open time: KPI, class and words of each."""


def draw_fan(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Draw output by week: the middle with P10 to P90, and what is due as steps; None without weeks.

    Parameters
    ----------
    rows
        By week: starts_at, p10, p50, p90, wanted; units.

    Returns
    -------
    width, height, left, right: of the drawing; band (polygon), middle and wanted (polylines), points: x, y, top, foot
    and row of each week; ticks (y, label); dates (x, label). Coordinates are texts in the drawing's units.
    """
    if not rows:
        return None
    top = max(max(row["p90"], row["wanted"]) for row in rows) or 1.0
    step = (WIDTH - LEFT - RIGHT) / len(rows)

    def across(place: float) -> float:
        return LEFT + step * place

    def down(value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / (1.05 * top))

    middles = [across(i + 0.5) for i in range(len(rows))]
    upper = [(x, down(row["p90"])) for x, row in zip(middles, rows, strict=True)]
    lower = [(x, down(row["p10"])) for x, row in zip(middles, rows, strict=True)]
    middle = [(x, down(row["p50"])) for x, row in zip(middles, rows, strict=True)]
    steps = [(across(i + side), down(row["wanted"])) for i, row in enumerate(rows) for side in (0, 1)]
    every = max(-(-len(rows) // DATES), 1)
    return {
        "width": _short(WIDTH), "height": _short(HEIGHT), "left": _short(LEFT), "right": _short(WIDTH - RIGHT),
        "foot": _short(HEIGHT - 8), "band": _points(upper + lower[::-1]), "middle": _points(middle),
        "wanted": _points(steps),
        "points": [
            {
                "x": _short(x), "y": _short(y), "top": _short(down(row["p90"])), "low": _short(down(row["p10"])),
                "row": row,
            }
            for (x, y), row in zip(middle, rows, strict=True)
        ],
        "ticks": [
            {"y": _short(down(value)), "text_y": _short(down(value) + 4), "label": _apart(value)}
            for value in (top * i / TICKS for i in range(TICKS + 1))
        ],
        "dates": [
            {"x": _short(middles[i]), "label": f"{rows[i]['starts_at']:%-d %b}"} for i in range(0, len(rows), every)
        ],
    }  # fmt: skip


def draw_losses(kpis: pl.DataFrame, scopes: Sequence[str]) -> list[dict[str, Any]]:
    """Split the open time of the machines of each place into what it goes into, in percent.

    Parameters
    ----------
    kpis
        Figures of a play.
    scopes
        "plant", "site" or "line".

    Returns
    -------
    By place: scope, name, parts (class, words, percent, and width as a text); places without machines are left out.
    """
    found = []
    chosen = kpis.filter(pl.col("scope").is_in(list(scopes)))
    for (scope, name), rows in chosen.group_by("scope", "name", maintain_order=True):
        means = dict(rows.select("kpi", "mean").iter_rows())
        if "utilisation" not in means:
            continue
        means["running"] = means["utilisation"] - means.get("setup", 0.0)
        parts = [
            {"kind": kind, "words": words, "percent": 100 * means[kpi], "width": f"{max(100 * means[kpi], 0.0):.2f}"}
            for kpi, kind, words in LOSSES
            if means.get(kpi, 0.0) > 0.0005
        ]
        found.append({"scope": scope, "name": name, "parts": parts})
    return found


def _apart(value: float) -> str:
    return f"{value:,.0f}".replace(",", "\u202f")


def _short(value: float) -> str:
    return f"{value:.1f}"


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
