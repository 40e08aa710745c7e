"""What a debrief's pages draw: worth and regret as steps, health by round, what was said against what came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from drumbeat.lab.draw_game import HEIGHT, WIDTH, draw_bars, draw_tiles
from drumbeat.lab.models import Game

PARTS = (
    ("decision", "Judgement", "what the best policy on what could be seen does better than you, on average"),
    ("information", "Information", "what knowing the hidden things from the start would have added"),
    ("luck", "Luck", "the rest: how the dice fell, and what foreseeing them would have been worth"),
)
"""Parts of the regret, in the order in which they lead from the player to the oracle."""

GOOD, FAIR = 66.0, 33.0
"""Health from which a KPI is sound, and from which it is at least fair."""


@dataclass(frozen=True)
class Step:
    """A step of a waterfall, in percent of its width: where it begins, how wide it is, and whether it goes down."""

    name: str
    note: str
    value: float
    left: float
    width: float
    kind: str


def draw_waterfall(start: float, parts: Sequence[tuple[str, str, float]], end: float) -> list[Step]:
    """Draw the way from the player's value to the oracle's: a bar, a step for each part, a bar."""
    levels = [0.0, start, end]
    at = start
    for _, _, value in parts:
        at += value
        levels.append(at)
    low = min(levels)
    span = (max(levels) - low) or 1.0

    def place(value: float) -> float:
        return (value - low) / span * 100

    def step(name: str, note: str, value: float, begin: float, stop: float, kind: str) -> Step:
        return Step(name, note, value, place(min(begin, stop)), abs(stop - begin) / span * 100, kind)

    rows = [step("You", "as you played", start, 0.0, start, "you")]
    at = start
    for name, note, value in parts:
        rows.append(step(name, note, value, at, at + value, "more" if value >= 0 else "less"))
        at += value
    return [*rows, step("Oracle", "knows what is hidden, and the luck", end, 0.0, end, "end")]


@dataclass(frozen=True)
class Health:
    """A KPI's health by round as a line in a box of `WIDTH` by `HEIGHT`; `grade` is good, fair or bad."""

    name: str
    text: str
    value: float
    grade: str
    line: str
    dots: list[tuple[float, float]]
    first: float | None


def draw_healths(kpis: Sequence[dict[str, Any]], course: Sequence[dict[str, Any]]) -> list[Health]:
    """Draw the seven KPIs: their health at the end, and how it came to it; a debrief of old has no course."""
    healths = {one["name"]: one["healths"] for one in course}
    drawn = []
    for kpi in kpis:
        values = healths.get(kpi["name"], [])
        step = (WIDTH - 8) / max(len(values) - 1, 1)
        dots = [(4 + at * step, 4 + (HEIGHT - 8) * (1 - value / 100)) for at, value in enumerate(values)]
        drawn.append(
            Health(
                kpi["name"], kpi["text"], kpi["health"], grade_of(kpi["health"]),
                " ".join(f"{x:.1f},{y:.1f}" for x, y in dots), dots, values[0] if values else None,
            )
        )  # fmt: skip
    return drawn


def grade_of(health: float) -> str:
    """Return "good", "fair" or "bad"."""
    return "good" if health >= GOOD else "fair" if health >= FAIR else "bad"


def draw_wagers(made: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Place each resolved wager at its stated probability, and tell what was said and what held on average."""
    resolved = [one for one in made if one["outcome"] is not None]
    if not resolved:
        return {"dots": [], "said": None, "held": None}
    seen: dict[tuple[int, bool], int] = {}
    dots = []
    for one in resolved:
        key = (round(one["probability"] * 100), one["outcome"])
        seen[key] = seen.get(key, 0) + 1
        # Equal ones stand beside each other.
        dots.append({"round": one["round"], "x": 10 + key[0] * 2.8 + (seen[key] - 1) * 9, "is_held": one["outcome"]})
    said = sum(one["probability"] for one in resolved) / len(resolved)
    return {"dots": dots, "said": said, "held": sum(one["outcome"] for one in resolved) / len(resolved)}


def show_debrief(found: Game, told: dict[str, Any]) -> dict[str, Any]:
    """What the debrief's page draws."""
    regret = told["regret"]
    others = [("You", told["value"], "as you played")]
    others += [(one["name"], one["value"], NOTES.get(one["name"], "")) for one in told["others"]]
    values = {one["name"]: one["value"] for one in told["others"]}
    parts = [(name, note, regret[key]) for key, name, note in PARTS]
    dearest = max((one["cost"] for one in told["costs"]), default=0.0) or 1.0
    choices = {one["name"]: one["choices"] for one in told["others"]}
    return {
        "game": found, "told": told, "others": draw_bars(others),
        "steps": draw_waterfall(told["value"], parts, values["oracle"]),
        "visible": values["visible information"], "nothing": values["do nothing"],
        "healths": draw_healths(told["kpis"], told.get("course", [])), "wagers": draw_wagers(told["made"]),
        "decisions": [
            one | {
                "share": one["cost"] / dearest * 100, "is_worst": told["worst"] is not None
                and one["round"] == told["worst"]["round"],
                "visible": choices["visible information"].get(one["decision"], ""),
                "oracle": choices["oracle"].get(one["decision"], ""),
            }
            for one in told["costs"]
        ],
        "scale": [(10 + 2.8 * share, f"{share} %") for share in (0, 25, 50, 75, 100)],
        "mistakes": [(kind, counts, sum(counts)) for kind, counts in told["mistake_counts"].items()],
        "rounds": range(1, told["scenario"]["rounds"] + 1), "tiles": draw_tiles(told["series"]),
    }  # fmt: skip


NOTES = {
    "do nothing": "never decides",
    "visible information": "the best policy found on what can be seen",
    "informed": "the same, told what is hidden",
    "oracle": "knows the luck as well",
}
"""Who the others are, by name."""
