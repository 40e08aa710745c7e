"""What a figure of a wager is called, in which unit people say it, and how a level of it is said."""

from __future__ import annotations

from drumbeat.lab.engine.scenario import Wager

SHARES = frozenset({"on_time", "oee", "reported_oee", "first_pass_yield", "absence"})
HOURS = frozenset({"downtime", "changeover", "overtime"})
FIGURE_NAMES = {
    "on_time": "delivered on time", "output": "good pieces", "demand": "pieces wanted", "contribution": "contribution",
    "cash": "cash", "oee": "OEE of the bottleneck", "reported_oee": "OEE, as reported",
    "first_pass_yield": "first-pass yield", "complaints": "complaints", "downtime": "hours of breakdown",
    "changeover": "hours of changeover", "overtime": "overtime hours", "absence": "absence",
    "leavers": "people who leave", "shortage": "weeks without material", "initiatives": "initiatives under way",
}  # fmt: skip
"""What a wager's figure is called; which of them are shares of one, and which are hours."""


def tell_wager(wager: Wager) -> str:
    """Say a wager in words: "delivered on time: at least 92 %, in this period"."""
    after = wager.periods - 1
    when = "in this period" if not after else "in the next period" if after == 1 else f"{after} periods after this one"
    side = "at least" if wager.at_least else "at most"
    return f"{FIGURE_NAMES[wager.figure]}: {side} {tell_level(wager.figure, wager.level)}, {when}"


def tell_level(figure: str, level: float) -> str:
    """Say the level of a figure: "92 %", "1,200 h", "350,000"."""
    if figure in SHARES:
        return f"{100 * level:.3g} %"
    return f"{level:,.0f}{' h' if figure in HOURS else ''}" if abs(level) >= 100 else f"{level:,.3g}"


def unit_of(figure: str) -> str:
    """Return the unit in which people say a figure: "%", "h", or "" for a count or money."""
    return "%" if figure in SHARES else "h" if figure in HOURS else ""


def scale_of(figure: str) -> float:
    """Return what a figure is multiplied by to be in that unit: 100 for a share, otherwise 1."""
    return 100.0 if figure in SHARES else 1.0
