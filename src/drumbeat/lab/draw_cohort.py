"""What a cohort's pages draw: how far each game is, and their courses in one chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drumbeat.lab.engine.count_mistakes import MISTAKES
from drumbeat.lab.engine.game import OVER

LEFT, RIGHT, TOP, BOTTOM = 70.0, 446.0, 12.0, 166.0
"""Of a chart's plane, in its box of 460 by 190."""

TONES = 6


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
    span = (high - low) or 1.0
    most = max(len(course) for _, course in courses)
    step = (RIGHT - LEFT) / max(most - 1, 1)

    def height(value: float) -> float:
        return BOTTOM - (value - low) / span * (BOTTOM - TOP)

    lines = []
    for place, (name, course) in enumerate(courses):
        dots = [(LEFT + at * step, height(value)) for at, value in enumerate(course)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
        lines.append(Line(name or "–", place % TONES, points, dots))
    marks = [low + span * part / 3 for part in range(4)]
    return {
        "lines": lines,
        "scale": [(height(mark), f"{mark:.0%}" if is_share else _shorten(mark)) for mark in marks],
        "rounds": [(LEFT + at * step, at + 1) for at in range(most)],
    }


def _shorten(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:.1f} M"
    return f"{value / 1e3:.0f} k" if abs(value) >= 1e4 else f"{value:,.0f}"


def list_choices(rows: Sequence[dict[str, Any]], decisions: Sequence[tuple[str, str]]) -> list[tuple[str, list[Any]]]:
    """Return by decision what each game chose, and how sure it was."""
    return [
        (title, [(row["choices"].get(code, ""), row["chances"].get(code)) for row in rows]) for code, title in decisions
    ]


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
