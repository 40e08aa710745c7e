"""What a game's pages draw: figures with their course, a report's money and groups, a debrief's bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 120, 30
"""Of the course of a figure, in pixels."""

FIGURES = [
    ("on_time", "Delivered on time", "share"),
    ("output", "Output", "units"),
    ("first_pass_yield", "First-pass yield", "share"),
    ("reported_oee", "OEE, as reported", "share"),
    ("overtime_hours", "Overtime", "h"),
    ("complaints", "Complaints", ""),
    ("contribution", "Contribution", "money"),
    ("cash", "Cash", "money"),
]
"""Figures of a report that stand on top: key, name and kind."""


USES = ("busy", "setup", "down", "upkeep")
"""What open hours are used for; the rest is waiting."""


@dataclass(frozen=True)
class Tile:
    """A figure with its course: `line` and `last` are places in a box of `WIDTH` by `HEIGHT`."""

    name: str
    kind: str
    value: float
    before: float | None
    line: str
    last: tuple[float, float]


def draw_tiles(reports: Sequence[dict[str, Any]]) -> list[Tile]:
    """Return the figures of the last report with their course over all; none before the first report."""
    if not reports:
        return []
    tiles = []
    for key, name, kind in FIGURES:
        values = [float(one[key]) for one in reports]
        points = _place(values)
        tiles.append(
            Tile(
                name, kind, values[-1], values[-2] if len(values) > 1 else None,
                " ".join(f"{x:.1f},{y:.1f}" for x, y in points), points[-1],
            )
        )  # fmt: skip
    return tiles


def _place(values: Sequence[float]) -> list[tuple[float, float]]:
    low, high = min(values), max(values)
    span = high - low
    step = (WIDTH - 8) / max(len(values) - 1, 1)
    return [
        (4 + at * step, HEIGHT / 2 if span == 0 else HEIGHT - 4 - (value - low) / span * (HEIGHT - 8))
        for at, value in enumerate(values)
    ]


def list_groups(view: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the groups of machines of the last report with their names and shares of their open hours.

    `split` tells for each use of the open hours where its part of a bar begins and how wide it is, in percent.
    """
    if not view["reports"]:
        return []
    names = {one["code"]: one for one in view["company"]["groups"]}
    rows = []
    for one in view["reports"][-1]["groups"]:
        told, hours = names.get(one["code"], {}), max(one["open_hours"], 1e-9)
        shares = {part: one[f"{part}_hours"] / hours for part in USES}
        split, start = {}, 0.0
        for part, share in shares.items():
            split[part] = (start, share * 100)
            start += share * 100
        named = {
            "name": told.get("name", one["code"]),
            "machines": told.get("machines"),
            "backlog": told.get("backlog"),
        }
        rows.append(one | named | shares | {"split": split})
    return rows


PERIOD_FIGURES = [
    ("demand", "Pieces wanted", "number"), ("output", "Good pieces", "number"),
    ("on_time", "Delivered on time", "share"), ("first_pass_yield", "First-pass yield", "share"),
    ("reported_oee", "OEE, as reported", "share"), ("complaints", "Complaints", "number"),
    ("overtime_hours", "Overtime, hours", "number"), ("absence", "Absence", "share"),
    ("leavers", "People who left", "number"), ("shortage_weeks", "Weeks without material", "number"),
    ("initiatives", "Initiatives under way", "number"),
]  # fmt: skip
"""Figures by period on the plant's page: key, name and kind."""


def list_periods(view: dict[str, Any]) -> dict[str, Any]:
    """Return figures and money by period: `numbers` of the periods, `figures` and `money` as (name, kind, values)."""
    reports = view["reports"]
    lines = dict.fromkeys(name for one in reports for name in one["money"])
    money = [(name, [one["money"].get(name, 0.0) for one in reports]) for name in lines]
    return {
        "numbers": [one["period"] for one in reports],
        "figures": [(name, kind, [float(one[key]) for one in reports]) for key, name, kind in PERIOD_FIGURES],
        "money": [(name, values) for name, values in money if any(abs(value) >= 0.5 for value in values)],
        "sums": [one["contribution"] for one in reports],
    }


def list_money(view: dict[str, Any]) -> list[tuple[str, float]]:
    """Return what the last period earned and cost, by kind; nothing that is zero."""
    if not view["reports"]:
        return []
    return [(name, value) for name, value in view["reports"][-1]["money"].items() if abs(value) >= 0.5]


@dataclass(frozen=True)
class Bar:
    """A value as a bar from zero, in percent of the widest; `left` is where it begins."""

    name: str
    value: float
    left: float
    width: float
    note: str = ""


def draw_bars(rows: Sequence[tuple[str, float, str]]) -> list[Bar]:
    """Draw values, some of which may be negative, as bars on one scale with zero inside."""
    values = [value for _, value, _ in rows]
    low, high = min(0.0, *values) if values else 0.0, max(0.0, *values) if values else 0.0
    span = (high - low) or 1.0
    return [
        Bar(name, value, (min(value, 0.0) - low) / span * 100, abs(value) / span * 100, note)
        for name, value, note in rows
    ]
