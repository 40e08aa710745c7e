"""Draw a roadmap: bars by function with gates, the curve of cash, the front of value against risk."""

from __future__ import annotations

from datetime import date
from typing import Any

from drumbeat.strategy.tell_roadmap import say_money, say_month

WIDTH = 920
LEFT, RIGHT, ROW, HEAD = 250, 14, 30, 26
CURVE_WIDTH, CURVE_HEIGHT, FRONT_HEIGHT, PAD = 480, 240, 260, 54
GROUP = 20
"""Height of a function's name above its bars."""


def _number(value: float) -> float:
    return round(value, 2)


def draw_timeline(content: dict[str, Any], shown: dict[str, Any], way: int) -> dict[str, Any]:
    """Return bars of the initiatives that start in a way of demand, by function, with their gates.

    Parameters
    ----------
    content
        Of a stored roadmap.
    shown
        The roadmap of it that is drawn: "chosen", one of "others" or of "front".
    way
        Which way of demand.

    Returns
    -------
    width, height, ticks (x, label), groups (function, y, bars: x, y, width, effect (x), gates (x, title), ...).
    """
    periods = len(content["starts"]) - 1
    step = (WIDTH - LEFT - RIGHT) / periods
    months = content["period_months"]
    told = {row["code"]: row for row in content["initiatives"]}
    functions: dict[str, list[dict[str, Any]]] = {}
    for code, starts in shown["starts"].items():
        start = starts[way]
        if start < 0 or code not in told:
            continue
        row = told[code]
        build = min(row["build_months"] / months, periods - start)
        others = {other for other in starts if other != start}
        gates = [
            {"x": _number(LEFT + step * (start + gate["month"] / months)),
             "title": f"Gate after {gate['month']} months, passed with {gate['pass_probability']:.0%}: "
                      f"{gate['criterion']}"}
            for gate in row["gates"] if start + gate["month"] / months <= periods
        ]  # fmt: skip
        functions.setdefault(row["function"], []).append(
            {
                "code": code, "name": row["name"], "x": _number(LEFT + step * start),
                "width": _number(max(step * build, 4)), "effect": _number(LEFT + step * (start + build)),
                "effect_width": _number(step * max(periods - start - build, 0)), "gates": gates,
                "depends": bool(others), "order": start,
                "title": f"{row['name']}: starts {say_month(date.fromisoformat(content['starts'][start]))}, under way "
                         f"{row['build_months']:.0f} months",
            }
        )  # fmt: skip
    y, groups = HEAD, []
    for function, bars in sorted(functions.items()):
        first = y
        y += GROUP
        for bar in sorted(bars, key=lambda one: (one["order"], one["name"])):
            bar["y"], bar["middle"] = y + 7, y + ROW / 2 + 4
            y += ROW
        groups.append({"function": function, "y": first + 15, "bars": bars})
        y += 4
    days = [date.fromisoformat(day) for day in content["starts"]]
    ticks = [
        {"x": _number(LEFT + step * t), "label": str(days[t].year) if days[t].month <= months and t < periods else "",
         "is_year": days[t].month <= months}
        for t in range(periods + 1)
    ]  # fmt: skip
    ticks[0]["label"] = say_month(days[0])
    return {"width": WIDTH, "height": y + 4, "left": LEFT, "ticks": ticks, "groups": groups, "right": WIDTH - RIGHT}


def draw_cash(content: dict[str, Any], shown: dict[str, Any]) -> dict[str, Any]:
    """Return the curve of the sum of cash: a band from P10 to P90, the median, the mean, with its scale."""
    total = [[0.0, *row] for row in shown["total"]]
    mean, low, middle, high = total
    top, bottom = max(0.0, *high), min(0.0, *low)
    span = (top - bottom) or 1.0
    step = (CURVE_WIDTH - PAD - RIGHT - 30) / max(len(mean) - 1, 1)

    def x(t: int) -> float:
        return _number(PAD + 24 + step * t)

    def y(value: float) -> float:
        return _number(14 + (CURVE_HEIGHT - 44) * (top - value) / span)

    def line(values: list[float]) -> str:
        return " ".join(f"{x(t)},{y(value)}" for t, value in enumerate(values))

    band = line(high) + " " + " ".join(f"{x(t)},{y(low[t])}" for t in range(len(low) - 1, -1, -1))
    days = [date.fromisoformat(day) for day in content["starts"]]
    ticks = [
        {"x": x(t), "label": str(day.year)}
        for t, day in enumerate(days)
        if day.month <= content["period_months"] and t < len(days) - 1
    ]
    levels = sorted({0.0, top, bottom, middle[-1]})
    kept: list[float] = []
    for level in levels:
        if not kept or abs(y(kept[-1]) - y(level)) > 14:
            kept.append(level)
    return {
        "width": CURVE_WIDTH, "height": CURVE_HEIGHT, "band": band, "median": line(middle), "mean": line(mean),
        "zero": y(0.0), "left": PAD + 24, "right": CURVE_WIDTH - RIGHT - 6, "ticks": ticks, "base": CURVE_HEIGHT - 8,
        "levels": [{"y": y(level), "label": say_money(level)} for level in kept],
    }  # fmt: skip


def draw_fans(content: dict[str, Any], shown: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fan of each figure of the plant: a band from P10 to P90, the median, doing nothing, with its scale."""
    days = [date.fromisoformat(day) for day in content["starts"]]
    drawn = []
    for fan in shown.get("fans", ()):
        low, high = min(*fan["p10"], *fan["nothing"]), max(*fan["p90"], *fan["nothing"])
        span = (high - low) or abs(high) or 1.0
        step = (CURVE_WIDTH - PAD - RIGHT - 30) / max(len(days) - 2, 1)
        points = {
            name: [(_number(PAD + 24 + step * t), _number(14 + (CURVE_HEIGHT - 44) * (high - value) / span))
                   for t, value in enumerate(fan[name])]
            for name in ("p10", "p50", "p90", "nothing")
        }  # fmt: skip
        line = {name: " ".join(f"{x},{y}" for x, y in row) for name, row in points.items()}
        is_share = fan["unit"] == "share"
        drawn.append(
            {
                "name": fan["name"], "unit": "" if is_share else fan["unit"],
                "width": CURVE_WIDTH, "height": CURVE_HEIGHT, "base": CURVE_HEIGHT - 8, "left": PAD + 24,
                "band": line["p90"] + " " + " ".join(f"{x},{y}" for x, y in reversed(points["p10"])),
                "median": line["p50"], "nothing": line["nothing"],
                "ticks": [{"x": points["p50"][t][0], "label": str(day.year)} for t, day in enumerate(days[:-1])
                          if day.month <= content["period_months"]],
                "levels": [{"y": _number(14 + (CURVE_HEIGHT - 44) * (high - value) / span),
                            "label": f"{value:.0%}" if is_share else say_money(value)} for value in (low, high)],
                "words": _tell_fan(fan, is_share),
            }
        )  # fmt: skip
    return drawn


def _tell_fan(fan: dict[str, Any], is_share: bool) -> str:
    def say(value: float) -> str:
        return f"{value:.0%}" if is_share else say_money(value)

    p10, p50, p90, nothing = (fan[name][-1] for name in ("p10", "p50", "p90", "nothing"))
    return f"At the end {say(p50)} ({say(p10)} to {say(p90)}); doing nothing {say(nothing)}."


def draw_front(content: dict[str, Any], picked: int) -> dict[str, Any]:
    """Return the points of the front, and those of the usual ways beside it: x = worst tenth, y = expected value."""
    points = [
        {"value": one["value"], "worst": one["worst_tenth"], "name": one["name"], "number": number,
         "is_picked": number == picked, "kind": "front"}
        for number, one in enumerate(content["front"])
    ]  # fmt: skip
    points += [
        {"value": one["value"], "worst": one["worst_tenth"], "name": one["name"], "number": -1, "is_picked": False,
         "kind": "other"}
        for one in content["others"]
    ]  # fmt: skip
    points.append({"value": 0.0, "worst": 0.0, "name": "Doing nothing", "number": -1, "is_picked": False,
                   "kind": "other"})  # fmt: skip
    worst, value = [one["worst"] for one in points], [one["value"] for one in points]
    wide, tall = (max(worst) - min(worst)) or 1.0, (max(value) - min(value)) or 1.0
    width = 460
    for one in points:
        one["x"] = _number(PAD + 26 + (width - PAD - 50) * (one["worst"] - min(worst)) / wide)
        one["y"] = _number(20 + (FRONT_HEIGHT - 66) * (max(value) - one["value"]) / tall)
        one["title"] = f"{one['name']}: {say_money(one['value'])} expected, {say_money(one['worst'])} worst tenth"
    front = sorted((one for one in points if one["kind"] == "front"), key=lambda one: one["x"])
    return {
        "width": width, "height": FRONT_HEIGHT, "points": points,
        "line": " ".join(f"{one['x']},{one['y']}" for one in front),
        "x_low": say_money(min(worst)), "x_high": say_money(max(worst)), "y_low": say_money(min(value)),
        "y_high": say_money(max(value)), "left": PAD + 12, "base": FRONT_HEIGHT - 34,
    }  # fmt: skip
