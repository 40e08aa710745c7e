"""Draw the projected stock of an item: a line by week, the band of what demand may do, the safety stock."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from drumbeat.planning.models import Material

WIDTH, HEIGHT, TOP, BASE, LEFT = 760, 250, 12, 216, 56
TENTH = 1.2816
"""Deviations beyond which a tenth of a normal spread lies, on either side."""
LINES = 5


def list_weeks(material: Material, start: datetime) -> list[dict[str, Any]]:
    """List the weeks of a material: start, wanted, coming, planned, and stock at the week's end.

    Parameters
    ----------
    start
        Moment from which the plan counts its weeks.
    """
    rows, stock = [], material.stock
    names = ("wanted", "coming", "planned")
    for number, values in enumerate(zip(*(material.weeks.get(name, []) for name in names), strict=True)):
        stock += values[1] + values[2] - values[0]
        # Sums of thousands of quantities end in rounding: it is not shown as a shortage.
        shown = 0.0 if abs(stock) < 1e-6 else stock
        row = dict(zip(names, values, strict=True))
        row |= {"start": start + timedelta(weeks=number), "stock": shown}
        row |= {"is_short": shown < 0, "is_low": 0 <= shown < material.safety - 1e-6}
        rows.append(row)
    return rows


def draw_stock(weeks: list[dict[str, Any]], safety: float, spread: float | None) -> dict[str, Any]:
    """Return the drawing of projected stock.

    Parameters
    ----------
    weeks
        As `list_weeks` gives them.
    safety
        Safety stock, units.
    spread
        Standard deviation of a week's demand, units; None = no band. Errors of weeks add up as if independent.

    Returns
    -------
    dict
        width, height, base, left; line and band (points of SVG); dots (x, y, tone, week); ticks (y, label); marks (x,
        week) of the axis; zero and safety (y, None = not drawn).
    """
    stocks = [week["stock"] for week in weeks]
    off = [TENTH * spread * math.sqrt(number + 1) if spread else 0.0 for number in range(len(stocks))]
    highs = [stock + wide for stock, wide in zip(stocks, off, strict=True)]
    lows = [stock - wide for stock, wide in zip(stocks, off, strict=True)]
    step = _nice((max([0.0, safety, *highs]) - min([0.0, *lows])) / LINES)
    top = step * math.ceil(max([0.0, safety, *highs]) / step - 1e-9) or step
    bottom = step * math.floor(min([0.0, *lows]) / step + 1e-9)
    gap = (WIDTH - LEFT - 8) / max(len(stocks), 1)

    def place(number: int, units: float) -> tuple[float, float]:
        return round(LEFT + (number + 0.5) * gap, 1), height(units)

    def height(units: float) -> float:
        return round(float(BASE - (BASE - TOP) * (units - bottom) / (top - bottom)), 1)

    edge = [place(number, high) for number, high in enumerate(highs)]
    edge += [place(number, lows[number]) for number in reversed(range(len(lows)))]
    dots = [
        (*place(number, week["stock"]), "short" if week["is_short"] else "low" if week["is_low"] else "", week)
        for number, week in enumerate(weeks)
    ]
    return {
        "width": WIDTH, "height": HEIGHT, "base": BASE, "left": LEFT, "zero": height(0.0), "dots": dots,
        "line": " ".join(f"{x},{y}" for x, y, _, _ in dots), "safety": height(safety) if safety > 0 else None,
        "band": " ".join(f"{x},{y}" for x, y in edge) if spread else "",
        "ticks": [
            (height(bottom + step * number), f"{bottom + step * number:,.10g}")
            for number in range(round((top - bottom) / step) + 1)
        ],
        "marks": [(x, week["start"]) for number, (x, _, _, week) in enumerate(dots) if number % 4 == 0],
    }  # fmt: skip


def _nice(step: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, ... that is not smaller; 1 for nothing."""
    if step <= 0:
        return 1.0
    power = math.pow(10.0, math.floor(math.log10(step)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step * (1 - 1e-9))
