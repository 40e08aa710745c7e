"""What a debrief's pages draw: worth and regret as steps, health by round, what was said against what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drumbeat.lab.draw_game import FIGURES, HEIGHT, WIDTH, draw_bars, draw_tiles
from drumbeat.lab.explain_debrief import (
    PARTS,
    WHO,
    explain_brier,
    explain_cost,
    explain_judgement,
    explain_lucks,
    explain_regret,
    explain_result,
    grade_of,
    is_told_from_luck,
    say_bounds,
)
from drumbeat.lab.models import Game

TIGHT = 0.3
"""Levels of a waterfall that differ by less than this share of the highest are drawn from a base above zero."""


@dataclass(frozen=True)
class Step:
    """A step of a waterfall, in percent of its width: where it begins, how wide it is, and whether it goes down."""

    name: str
    note: str
    value: float
    left: float
    width: float
    kind: str
    bounds: str = ""


@dataclass(frozen=True)
class Waterfall:
    """The way from the player's value to the oracle's; `base` is where bars begin, `zero` its place in percent."""

    steps: list[Step]
    base: float
    zero: float


def draw_waterfall(start: float, parts: Sequence[tuple[str, str, float, str]], end: float) -> Waterfall:
    """Draw the way from the player's value to the oracle's: a bar, a step for each part, a bar.

    Parameters
    ----------
    start, end
        Values of the player and of the oracle.
    parts
        Name, note, value and interval in words of each part, which lead from one to the other.
    """
    levels = [start, end]
    at = start
    for _, _, value, _ in parts:
        at += value
        levels.append(at)
    low, high = min(levels), max(levels)
    # Steps that zero would press flat are drawn from a base, which is told.
    base = low - (high - low) / 3 if low > 0 and 0 < high - low < TIGHT * high else 0.0
    low, high = min(base, low), max(base, high)
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return (value - low) / span * 100

    def step(name: str, note: str, value: float, ends: tuple[float, float], kind: str, bounds: str = "") -> Step:
        return Step(name, note, value, place(min(ends)), abs(ends[1] - ends[0]) / span * 100, kind, bounds)

    steps = [step("You", "as you played", start, (base, start), "you")]
    at = start
    for name, note, value, bounds in parts:
        steps.append(step(name, note, value, (at, at + value), "more" if value >= 0 else "less", bounds))
        at += value
    steps.append(step(*WHO["oracle"], end, (base, end), "end"))
    return Waterfall(steps, base, place(base))


@dataclass(frozen=True)
class Health:
    """A KPI's health by round as a line in a box of `WIDTH` by `HEIGHT`; `grade` is good, fair or bad.

    `values` are those at the start and after each round; None where nothing could be measured yet.
    """

    name: str
    text: str
    value: float
    grade: str
    line: str
    dots: list[tuple[float, float]]
    first: float | None
    values: list[float | None]


def draw_healths(kpis: Sequence[dict[str, Any]], course: Sequence[dict[str, Any]]) -> list[Health]:
    """Draw the seven KPIs: their health at the end, and how it came to it; a debrief of old has no course."""
    healths = {one["name"]: one["healths"] for one in course}
    drawn = []
    for kpi in kpis:
        values = healths.get(kpi["name"], [])
        dots = _place_healths(values)
        drawn.append(
            Health(
                kpi["name"], kpi["text"], kpi["health"], grade_of(kpi["health"]),
                _join(dots), dots,
                next((value for value in values if value is not None), None), list(values),
            )
        )  # fmt: skip
    return drawn


def _place_healths(values: Sequence[float | None]) -> list[tuple[float, float]]:
    """Place healths by round in their box; what could not be measured has no place."""
    step = (WIDTH - 8) / max(len(values) - 1, 1)
    return [
        (4 + at * step, 4 + (HEIGHT - 8) * (1 - value / 100)) for at, value in enumerate(values) if value is not None
    ]


def _join(dots: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)


def draw_system(healths: Sequence[Health]) -> dict[str, Any]:
    """Return the health of the whole by round: the mean of the KPIs, and the weakest of them, which breaks first.

    Returns
    -------
    `mean` and `weakest`, and as lines in a box of `WIDTH` by `HEIGHT` `line` and `weak_line`; empty without a course.
    """
    rounds = zip(*(one.values for one in healths), strict=True)
    known = [[value for value in row if value is not None] for row in rounds]
    mean, weakest = [sum(row) / len(row) for row in known], [min(row) for row in known]
    return {
        "mean": mean, "weakest": weakest, "line": _join(_place_healths(mean)),
        "weak_line": _join(_place_healths(weakest)),
    }  # fmt: skip


APART = 0.075
"""Wagers stated closer than this to each other stand above each other."""


def draw_wagers(made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Place each resolved wager at its stated probability, and tell what was said and what held on average.

    Returns
    -------
    `dots` (round, `share` stated, `is_held`, `level` above the line or below it from 0), `said`, `held`, and `num_up`
    and `num_down` levels.
    """
    resolved = [one for one in made if one["outcome"] is not None]
    dots: list[dict[str, Any]] = []
    for one in resolved:
        share = one["probability"]
        near = {dot["level"] for dot in dots if dot["is_held"] == one["outcome"] and abs(dot["share"] - share) < APART}
        level = next(at for at in range(len(dots) + 1) if at not in near)
        dots.append({"round": one["round"], "share": share, "is_held": one["outcome"], "level": level})
    num = len(resolved)
    return {
        "dots": dots,
        "said": sum(one["probability"] for one in resolved) / num if num else None,
        "held": sum(one["outcome"] for one in resolved) / num if num else None,
        "num_up": max((dot["level"] + 1 for dot in dots if dot["is_held"]), default=1),
        "num_down": max((dot["level"] + 1 for dot in dots if not dot["is_held"]), default=1),
    }


def draw_verdicts(told: dict[str, Any]) -> dict[str, Any]:
    """Return what each stakeholder said to each decision: `names`, and `rows` with a cell a stakeholder.

    A cell is None where nobody was asked, otherwise whether the person agrees and the rules that were not kept.
    """
    codes = dict.fromkeys(answer["stakeholder"] for one in told["made"] for answer in one["answers"])
    # A debrief of old has codes alone.
    names = {one["code"]: one["name"] for one in told.get("stakeholders", [])}
    rows = []
    for one in told["made"]:
        answers = {answer["stakeholder"]: answer for answer in one["answers"]}
        cells = [_show_answer(answers.get(code)) for code in codes]
        rows.append({"round": one["round"], "title": one["title"], "name": one["name"], "cells": cells})
    return {"names": [names.get(code, code.capitalize()) for code in codes], "rows": rows}


def _show_answer(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    failed = [row["rule"] for row in answer["rules"] if not row["kept"]]
    return {"agrees": answer["agrees"], "failed": failed, "text": answer["text"]}


def show_debrief(found: Game, told: dict[str, Any]) -> dict[str, Any]:
    """What the debrief's page shows."""
    drawn = draw_debrief(told)
    wagers = drawn["wagers"]
    middle = wagers["num_up"] * DOT_STEP + 14
    scale = [(STRIP_LEFT + (STRIP_RIGHT - STRIP_LEFT) * at / 4, f"{25 * at} %") for at in range(5)]
    dots = [
        one
        | {
            "x": STRIP_LEFT + (STRIP_RIGHT - STRIP_LEFT) * one["share"],
            "y": middle - 15 - one["level"] * DOT_STEP if one["is_held"] else middle + 27 + one["level"] * DOT_STEP,
        }
        for one in wagers["dots"]
    ]
    height = middle + 22 + wagers["num_down"] * DOT_STEP
    strip = {"dots": dots, "middle": middle, "height": height, "scale": scale, "left": STRIP_LEFT, "right": STRIP_RIGHT}
    amount, note = explain_judgement(told["regret"])
    return {
        "game": found, **drawn, "strip": strip, "tiles": draw_tiles(told["series"]),
        "judgement": {"amount": amount, "note": note},
    }  # fmt: skip


DOT_STEP = 18
"""Pixels between wagers that stand above each other."""
STRIP_LEFT, STRIP_RIGHT = 70, 298
"""Places of 0 and 100 % on the strip of wagers; its names stand to the left."""


def draw_debrief(told: dict[str, Any]) -> dict[str, Any]:
    """What page and PDF of a debrief draw alike."""
    regret, lucks, currency = told["regret"], told["regret"]["lucks"], told["scenario"]["currency"]
    others = [("You", told["value"], "as you played")]
    for one in told["others"]:
        name, note = WHO.get(one["name"], (one["name"], ""))
        others.append((name, one["value"], note))
    values = {one["name"]: one["value"] for one in told["others"]}
    notes = explain_regret(told)
    parts = [(name, notes[key], regret[key], say_bounds(regret, key)) for key, name in PARTS]
    dearest = max((one["cost"] for one in told["costs"]), default=0.0) or 1.0
    choices = {one["name"]: one["choices"] for one in told["others"]}
    worst_round = told["worst"]["round"] if told["worst"] else None
    healths = draw_healths(told["kpis"], told.get("course", []))
    return {
        "told": told, "headline": explain_result(told), "lucks": explain_lucks(lucks),
        "others": draw_bars(others),
        "waterfall": draw_waterfall(told["value"], parts, values["oracle"]),
        "visible": values["visible information"], "nothing": values["do nothing"],
        "healths": healths, "system": draw_system(healths),
        "wagers": draw_wagers(told["made"]), "brier": explain_brier(told), "verdicts": draw_verdicts(told),
        "worst_said": explain_cost(told["worst"], lucks, currency) if told["worst"] else "",
        "worst_figures": [(name, told["worst"]["report"][key], kind) for key, name, kind in FIGURES]
        if told["worst"] else [],
        "decisions": [
            one | {
                "share": one["cost"] / dearest * 100, "is_worst": one["round"] == worst_round,
                "is_clear": is_told_from_luck(one, "cost"), "bounds": say_bounds(one, "cost"),
                "visible": choices["visible information"].get(one["decision"], ""),
                "oracle": choices["oracle"].get(one["decision"], ""),
            }
            for one in told["costs"]
        ],
        "mistakes": [(kind, counts, sum(counts)) for kind, counts in told["mistake_counts"].items()],
        "whys": sorted(told["mistakes"], key=lambda one: one["round"]),
        "rounds": range(1, told["scenario"]["rounds"] + 1),
        "written": [one for one in told["made"] if one["assumptions"] or one["pre_mortem"]],
    }  # fmt: skip
