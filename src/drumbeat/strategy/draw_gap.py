"""Draw what a loss takes week by week: the mean of the plays between P10 and P90, and when it works again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drumbeat.strategy.tell_roadmap import say_money

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 230, 74, 14, 12, 30
MOST_TICKS = 9


def draw_gap(curve: Sequence[dict[str, float]], weeks: float) -> dict[str, Any]:
    """Return points and labels of the curve; {} where there is none.

    Parameters
    ----------
    curve
        week (from 1), mean, low, high: money that is missing by the end of each week.
    weeks
        Until what was lost works again.
    """
    if not curve:
        return {}
    rows = [(0.0, 0.0, 0.0), *((row["mean"], row["low"], row["high"]) for row in curve)]
    top, bottom = max(0.0, *(row[2] for row in rows)), min(0.0, *(row[1] for row in rows))
    span, count = (top - bottom) or 1.0, len(curve)

    def x(week: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * week / count, 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - value) / span, 1)

    def line(column: int) -> list[str]:
        return [f"{x(week)},{y(row[column])}" for week, row in enumerate(rows)]

    step = max(1, -(-count // MOST_TICKS))
    levels = [value for value in (top, (top + bottom) / 2, bottom) if top > bottom or value == 0.0]
    return {
        "width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "base": HEIGHT - 8, "zero": y(0.0),
        "band": " ".join([*line(2), *reversed(line(1))]), "mean": " ".join(line(0)),
        "again": x(min(weeks, count)), "top": TOP, "bottom": HEIGHT - BOTTOM,
        "levels": [{"y": y(value), "label": say_money(value)} for value in dict.fromkeys(levels)],
        "ticks": [{"x": x(week), "label": str(week)} for week in range(0, count + 1, step)],
    }  # fmt: skip
