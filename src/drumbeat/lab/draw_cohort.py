"""What a cohort's pages draw: how far each game is, and their courses in one chart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.game import OVER

LEFT, RIGHT, TOP, BOTTOM = 70.0, 446.0, 12.0, 166.0
"""Of a chart's plane, in its box of 460 by 190."""

TONES = 6
"""Colours that can be told apart; the lines of more games are drawn alike, with the middle of them."""

MOST_TOLD = 3
"""Options that are counted by name; the rest are told together."""


@dataclass(frozen=True)
class Line:
    """A game's course in a chart."""

    name: str
    tone: int
    points: str
    dots: list[tuple[float, float]]


def tell_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a game's row of `compare_games` with its rounds as dots, its mistakes in all, and its last decision."""
    rounds = range(1, row["rounds"] + 1)
    is_over = row["phase"] == OVER
    dots = ["done" if at < row["round"] or is_over else "now" if at == row["round"] else "ahead" for at in rounds]
    last = next(reversed(row["choices"].values()), "")
    return row | {"dots": dots, "num_mistakes": sum(row["mistakes"].values()), "last": last}


def draw_courses(rows: Sequence[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    """Draw what the games earned in all, and how they delivered, by round; none before the first round is played."""
    earned = [(row["name"], _add_up(row["contribution"])) for row in rows if row["contribution"]]
    kept = [(row["name"], row["on_time"]) for row in rows if row["on_time"]]
    if not earned:
        return []
    return [
        {"title": "Earned in the rounds", "unit": currency, **_draw(earned, is_share=False)},
        {"title": "Delivered on time", "unit": "", **_draw(kept, is_share=True)},
    ]


def _add_up(values: Sequence[float]) -> list[float]:
    total, sums = 0.0, []
    for value in values:
        total += value
        sums.append(total)
    return sums


def _draw(courses: Sequence[tuple[str, Sequence[float]]], *, is_share: bool) -> dict[str, Any]:
    values = [value for _, course in courses for value in course]
    low, high = min(*values, 0.0 if not is_share else 1.0), max(*values, 1.0 if is_share else 0.0)
    low, high, num_steps = _round_ends(low, high)
    span = high - low
    most = max(len(course) for _, course in courses)
    step = (RIGHT - LEFT) / max(most - 1, 1)

    def height(value: float) -> float:
        return BOTTOM - (value - low) / span * (BOTTOM - TOP)

    is_many = len(courses) > TONES
    lines = []
    for place, (name, course) in enumerate(courses):
        dots = [(LEFT + at * step, height(value)) for at, value in enumerate(course)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        lines.append(Line(name or "–", 5 if is_many else place % TONES, points, [] if is_many else dots))
    if is_many:
        middle = _find_middle([course for _, course in courses])
        dots = [(LEFT + at * step, height(value)) for at, value in enumerate(middle)]
        lines.append(
            Line(f"the middle of {len(courses)} games", 0, " ".join(f"{x:.1f},{y:.1f}" for x, y in dots), dots)
        )
    marks = [low + span * part / num_steps for part in range(num_steps + 1)]
    return {
        "lines": lines,
        "is_many": is_many,
        "legend": lines[-1:] if is_many else lines,
        "scale": [(height(mark), f"{100 * mark:.0f} %" if is_share else _shorten(mark)) for mark in marks],
        "rounds": [(LEFT + at * step, at + 1) for at in range(most)],
    }


def _round_ends(low: float, high: float) -> tuple[float, float, int]:
    """Round the ends of a scale outwards to steps of 1, 2 or 5; returns them, and the number of steps."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 3.0))
    step = next(power * one for one in (1.0, 2.0, 5.0, 10.0) if power * one >= span / 4.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    return first * step, last * step, last - first


def _find_middle(courses: Sequence[Sequence[float]]) -> list[float]:
    """Median of all that have played a round, by round."""
    most = max(len(one) for one in courses)
    return [median([one[at] for one in courses if len(one) > at]) for at in range(most)]


def _shorten(value: float) -> str:
    size = abs(value)
    told = f"{size / 1e6:.3g} M" if size >= 1e6 else f"{size / 1e3:.0f} k" if size >= 1e4 else f"{size:,.0f}"
    return f"−{told}" if value < 0 else told


def list_choices(
    rows: Sequence[dict[str, Any]], decisions: Sequence[tuple[str, str]]
) -> list[tuple[str, list[Any], list[tuple[str, int]]]]:
    """Return by decision what each game chose and how sure it was, and how many chose what, the most first."""
    told = []
    for code, title in decisions:
        cells = [(row["choices"].get(code, ""), row["chances"].get(code)) for row in rows]
        counted = Counter(option for option, _ in cells if option)
        ranked = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
        rest = sum(num for _, num in ranked[MOST_TOLD:])
        told.append((title, cells, [*ranked[:MOST_TOLD], *([("another", rest)] if rest else [])]))
    return told


def list_mistakes(rows: Sequence[dict[str, Any]]) -> list[tuple[str, list[int], int]]:
    """Return by kind the mistakes of each game, and of all."""
    told = []
    for kind in MISTAKES:
        counts = [row["mistakes"][kind] for row in rows]
        told.append((kind, counts, sum(counts)))
    return told


def tell_learning(learning: Sequence[dict[str, Any]]) -> str:
    """Say in a sentence how the mistakes of those who played before and after changed; "" for nobody.

    Whose game before went on when their own game had begun is left out.
    """
    late = sum(one.get("is_late", False) for one in learning)
    left = f"; {late} left out, whose game before went on when their own game had begun" if late else ""
    learning = [one for one in learning if not one.get("is_late", False)]
    if not learning:
        return left.removeprefix("; ")
    before = sum(one["before"]["mistakes"] for one in learning) / len(learning)
    after = sum(one["after"]["mistakes"] for one in learning) / len(learning)
    fewer = sum(one["after"]["mistakes"] < one["before"]["mistakes"] for one in learning)
    return f"{before:.1f} mistakes on average before, {after:.1f} after; {fewer} of {len(learning)} made fewer{left}"
