"""Draw the load of a machine: shades of a table's cells, and bars against usable hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drumbeat.planning.engine.measure_load import NEAR
from drumbeat.planning.models import WeekLoad

WIDTH, HEIGHT, BASE, LEFT = 760, 220, 190, 44


@dataclass(frozen=True)
class Shade:
    """A cell of the load table: its share, a word for its tone, and how strong the tone is (percent)."""

    load: float | None
    tone: str
    strength: int
    title: str


def shade(week: WeekLoad) -> Shade:
    """Return how a week's load is shown; a load of None = work and no usable hours."""
    work = week.run_hours + week.setup_hours
    return shade_share(work, week.usable_hours, f"{work:.1f} h of {week.usable_hours:.1f} usable hours")


def shade_share(work: float, hours: float, title: str) -> Shade:
    """Return how work is shown as a share of hours; a load of None = work and no hours."""
    load = work / hours if hours > 0 else (0.0 if work <= 0 else None)
    if load is None or load > 1:
        return Shade(load, "over", 100 if load is None else min(100, round(45 + 55 * (load - 1))), title)
    if load >= NEAR:
        return Shade(load, "near", round(45 + 55 * (load - NEAR) / (1 - NEAR)), title)
    return Shade(load, "free", round(60 * load), title)


def draw_load(weeks: Sequence[WeekLoad]) -> dict[str, Any]:
    """Return the bars of a chart: run and setup hours of each week, usable hours as a line, what is taken off above it.

    Returns
    -------
    width, height, base, left: of the drawing; bars: x, width, run and setup (y, height), usable (y), off (y, height),
    week, hours; ticks: y and label of each line.
    """
    most = max((max(week.open_hours, week.run_hours + week.setup_hours) for week in weeks), default=0.0) or 1.0
    step = (WIDTH - LEFT - 6) / max(len(weeks), 1)
    top = 12

    def length(hours: float) -> float:
        return round((BASE - top) * hours / most, 2)

    bars = []
    for number, week in enumerate(weeks):
        run, setup, usable = length(week.run_hours), length(week.setup_hours), length(week.usable_hours)
        opened = length(week.open_hours)
        bars.append(
            {
                "x": round(LEFT + number * step + step * 0.14, 2),
                "width": round(step * 0.72, 2),
                "run_y": BASE - run,
                "run": run,
                "setup_y": BASE - run - setup,
                "setup": setup,
                "usable_y": BASE - usable,
                "line_x": round(LEFT + number * step + step * 0.04, 2),
                "line_end": round(LEFT + (number + 0.96) * step, 2),
                "off_y": BASE - opened,
                "off": opened - usable,
                "is_over": week.run_hours + week.setup_hours > week.usable_hours + 1e-9,
                "week": week,
                "middle": round(LEFT + (number + 0.5) * step, 2),
            }
        )
    ticks = [(BASE - length(most * part / 4), f"{most * part / 4:.0f}") for part in range(5)]
    return {"width": WIDTH, "height": HEIGHT, "base": BASE, "left": LEFT, "bars": bars, "ticks": ticks}
